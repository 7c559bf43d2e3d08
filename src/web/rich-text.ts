// What people wrote, as HTML: Markdown as GitLab knows it, without any HTML of their own, and once
// more through a sanitiser, so that one mistake is not enough. Pictures come only through Belay's
// own file route; every other one is named, not loaded. Rendered text is remembered by revision.
// The one HTML that counts is the fold that mails end with: earlier mails and signatures.

import { LRUCache } from 'lru-cache'
import MarkdownIt from 'markdown-it'
import sanitizeHtml from 'sanitize-html'
import type { Translate } from './page.ts'
import { escapeHtml } from './pages/html.ts'
import { inOnePiece, mostRemembered, sizeOf } from './remembering.ts'

/** Address within Belay of a file the text names, or null where it is none of this ticket's. */
export type FileAddress = (path: string) => string | null

/** Longer texts (logs, dumps) are shown as they are: parsing them as Markdown would hold up everybody. */
const longestMarkdown = 60_000

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true })
// "setup.sh" and "notes.md" are files here, not the web sites of those names.
markdown.linkify.set({ fuzzyLink: false, fuzzyIP: false })
markdown.renderer.rules.image = (tokens, index, _options, env) => {
  const token = tokens[index]
  const alt = token?.content ?? ''
  const address =
    (env as { fileAddress?: FileAddress }).fileAddress?.(String(token?.attrGet('src') ?? '')) ?? null
  return address === null
    ? `<em>${escapeHtml(alt === '' ? '▣' : `▣ ${alt}`)}</em>`
    : `<a href="${escapeHtml(address)}"><img src="${escapeHtml(address)}" alt="${escapeHtml(alt)}" loading="lazy"></a>`
}
markdown.core.ruler.push('file-links', (state) => {
  const { fileAddress } = state.env as { fileAddress?: FileAddress }
  for (const block of state.tokens)
    for (const token of block.children ?? []) {
      if (token.type !== 'link_open') continue
      const href = String(token.attrGet('href') ?? '')
      if (href.includes('/uploads/')) token.attrSet('href', fileAddress?.(href) ?? '')
    }
})

const ownFile = /^\/issues\/[0-9a-f-]+\/files\/\d+$/
const link = 'nofollow noopener noreferrer'

const sanitised = (html: string): string =>
  sanitizeHtml(html, {
    allowedTags: [
      ...['p', 'br', 'hr', 'strong', 'em', 's', 'a', 'img', 'code', 'pre', 'blockquote', 'ul', 'ol', 'li'],
      ...['h4', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
    ],
    allowedAttributes: { a: ['href', 'rel'], img: ['src', 'alt', 'loading'], ol: ['start'] },
    allowedSchemes: ['http', 'https', 'mailto'],
    allowProtocolRelative: false,
    transformTags: {
      // The page has its own headings down to the third; a text's own all stand below those.
      ...Object.fromEntries(['h1', 'h2', 'h3', 'h5', 'h6'].map((tag) => [tag, 'h4'])),
      a: (tagName, { href }): sanitizeHtml.Tag =>
        href === undefined || href === ''
          ? { tagName: 'em', attribs: {} }
          : { tagName, attribs: { href, rel: link } },
    },
    exclusiveFilter: ({ tag, attribs }) => tag === 'img' && !ownFile.test(attribs.src ?? ''),
  })

const markdownHtml = (text: string, fileAddress: FileAddress): string =>
  text.length > longestMarkdown
    ? `<pre>${escapeHtml(text)}</pre>`
    : sanitised(markdown.render(text, { fileAddress }))

/** The first line of a fold, as the intake of mails writes it, and the sentence that stands for it. */
const folds: ReadonlyMap<string, string> = new Map([
  ['<details><summary>Quoted text</summary>', 'fold.quote'],
  ['<details><summary>Signature</summary>', 'fold.signature'],
])

type Fold = { readonly name: string; readonly start: number; readonly end: number }

/**
 * Which lines are folds, in one pass, because strangers write these texts. What stands in a fence is shown as it
 * is; one that stays open is none. A fold within a fold is not folded once more.
 */
const foldsIn = (lines: readonly string[]): Fold[] => {
  const found: Fold[] = []
  const open: { readonly name: string; readonly start: number }[] = []
  const fenced = fencesIn(lines)
  for (let at = 0; at < lines.length; at++) {
    at = fenced.get(at) ?? at
    const line = lines[at] ?? ''
    const name = folds.get(line)
    if (name !== undefined && !lines[at - 1]?.trim() && lines[at + 1] === '') open.push({ name, start: at })
    else if (line === '</details>' && lines[at - 1] === '') {
      const begun = open.pop()
      if (begun === undefined) continue
      while (found.length > 0 && (found.at(-1)?.start ?? 0) > begun.start) found.pop()
      found.push({ ...begun, end: at })
    }
  }
  return found
}

/** Where each closed fence ends, by the line it begins at. */
const fencesIn = (lines: readonly string[]): ReadonlyMap<number, number> => {
  const found = new Map<number, number>()
  let open: { readonly mark: string; readonly start: number } | null = null
  for (const [at, line] of lines.entries()) {
    const [, mark, after = ''] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? []
    if (mark === undefined) continue
    if (open === null) open = { mark, start: at }
    else if (mark.startsWith(open.mark) && after.trim() === '') {
      found.set(open.start, at)
      open = null
    }
  }
  return found
}

/** `text` as Markdown. Folds stay folded; all other HTML in it is text like any other. */
export const richText = (text: string, fileAddress: FileAddress, t: Translate): string => {
  if (!text.includes('<details><summary>')) return markdownHtml(text, fileAddress)
  const lines = text.split('\n')
  const pieces: string[] = []
  const show = (from: number, to: number) => {
    const piece = lines.slice(from, to).join('\n')
    if (piece.trim() !== '') pieces.push(markdownHtml(piece, fileAddress))
  }
  let shown = 0
  for (const { name, start, end } of foldsIn(lines)) {
    show(shown, start)
    pieces.push(`<details class="fold"><summary>${escapeHtml(t(name))}</summary>`)
    show(start + 2, end - 1)
    pieces.push('</details>')
    shown = end + 1
  }
  show(shown, lines.length)
  return pieces.join('')
}

const remembered = new LRUCache<string, string>({
  maxSize: mostRemembered.texts,
  sizeCalculation: sizeOf,
})

/** What `make` printed for this key before, else prints it. The key names the ticket, its revision and the language. */
export const rememberedHtml = (key: string, make: () => string): string => {
  let html = remembered.get(key)
  if (html === undefined) {
    html = inOnePiece(make())
    remembered.set(key, html)
  }
  return html
}
