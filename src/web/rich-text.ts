// What people wrote, as HTML: Markdown as GitLab knows it, without any HTML of their own, and once
// more through a sanitiser, so that one mistake is not enough. Pictures come only through Belay's
// own file route; every other one is named, not loaded. Rendered text is remembered by revision.

import { LRUCache } from 'lru-cache'
import MarkdownIt from 'markdown-it'
import sanitizeHtml from 'sanitize-html'
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

/** `text` as Markdown. */
export const richText = (text: string, fileAddress: FileAddress): string =>
  text.length > longestMarkdown
    ? `<pre>${escapeHtml(text)}</pre>`
    : sanitised(markdown.render(text, { fileAddress }))

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
