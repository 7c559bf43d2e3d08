// What an HTML mail says, as Markdown: no scripts, no styles, no pictures from elsewhere (they tell the sender who
// read the mail). Pictures that came along stay as `![alt](cid:<content-id>)`. What mail programs mark as quoted or
// as a signature keeps a mark, which reply-text.ts folds away.

import TurndownService from 'turndown'
import { isForwardLine } from './reply-lines.ts'

/** Private-use signs, which are taken out of the mail first: a mail cannot write a mark itself. */
export const foldMarks = { quote: '\ue000', signature: '\ue001', end: '\ue002', history: '\ue003' } as const

/** Beyond these the tree would be too dear, and the text is taken without any structure. */
const most = { characters: 1_000_000, tags: 20_000, depth: 200 }

const quoting =
  /(^|\s)(gmail_quote|gmail_extra|yahoo_quoted|protonmail_quote|tutanota_quote|zmail_extra|moz-cite-prefix)(\s|$)/
const signing = /(^|\s)(gmail_signature|moz-signature|protonmail_signature_block|x_gmail_signature)(\s|$)/
/** Outlook marks only where the earlier mail begins; it goes on to the end. */
const historyBegins =
  /^(x_)?(divRplyFwdMsg|appendonsend|mail-editor-reference-message-container|ms-outlook-mobile-reference-message)$/
const signatureId = /^(x_)?(Signature|ms-outlook-mobile-signature|gmail_signature)$/

type Element = {
  readonly nodeName: string
  getAttribute(name: string): string | null
}

const attribute = (node: unknown, name: string): string => (node as Element).getAttribute?.(name) ?? ''

const isHidden = (node: unknown): boolean =>
  /(^|;)\s*(display\s*:\s*none|mso-hide\s*:\s*all)/i.test(attribute(node, 'style')) ||
  attribute(node, 'hidden') !== ''

const isQuote = (node: unknown): boolean =>
  quoting.test(attribute(node, 'class')) ||
  ((node as Element).nodeName === 'BLOCKQUOTE' && /^cite$/i.test(attribute(node, 'type')))

const isSignature = (node: unknown): boolean =>
  signing.test(attribute(node, 'class')) ||
  signatureId.test(attribute(node, 'id')) ||
  attribute(node, 'data-smartmail') === 'gmail_signature'

const linkText = (content: string, href: string): string => {
  const words = content.replace(/\s+/g, ' ').trim()
  if (!/^(https?:|mailto:)/i.test(href)) return words
  const target = href.replace(/[\s<>()\\]/g, (sign) =>
    encodeURIComponent(sign).replace('(', '%28').replace(')', '%29'),
  )
  if (words === '') return ''
  const plain = words.replaceAll('\\', '')
  return plain === href || `mailto:${plain}` === href ? plain : `[${words}](${target})`
}

const turndown = (): TurndownService => {
  const service = new TurndownService({
    headingStyle: 'atx',
    hr: '---',
    bulletListMarker: '-',
    codeBlockStyle: 'fenced',
    emDelimiter: '*',
    blankReplacement: (_content, node) => {
      if (historyBegins.test(attribute(node, 'id'))) return `\n\n${foldMarks.history}\n\n`
      return 'isBlock' in node && node.isBlock === true ? '\n\n' : ''
    },
  })
  service.addRule('unseen', {
    filter: (node) =>
      /^(SCRIPT|STYLE|HEAD|TITLE|NOSCRIPT|TEMPLATE|IFRAME|OBJECT|EMBED|SVG|MATH|SELECT|TEXTAREA|META|LINK|AUDIO|VIDEO)$/i.test(
        node.nodeName,
      ) || isHidden(node),
    replacement: () => '',
  })
  service.addRule('picture', {
    filter: 'img',
    replacement: (_content, node) => {
      const source = attribute(node, 'src').trim()
      const alt = attribute(node, 'alt')
        .replace(/[\s[\]\\]+/g, ' ')
        .trim()
        .slice(0, 200)
      const inline = /^cid:([^\s<>()]{1,300})$/i.exec(source)
      return inline === null ? alt : `![${alt}](cid:${inline[1]})`
    },
  })
  service.addRule('link', {
    filter: (node) => node.nodeName === 'A',
    replacement: (content, node) => linkText(content, attribute(node, 'href').trim()),
  })
  service.addRule('history', {
    filter: (node) => historyBegins.test(attribute(node, 'id')),
    replacement: (content) => `\n\n${foldMarks.history}\n\n${content}\n\n`,
  })
  service.addRule('quote', {
    filter: (node) => isQuote(node),
    replacement: (content) =>
      content.split('\n', 20).some((line) => isForwardLine(line))
        ? `\n\n${content.trim()}\n\n`
        : `\n\n${foldMarks.quote}\n\n${content.trim()}\n\n${foldMarks.end}\n\n`,
  })
  service.addRule('signature', {
    filter: (node) => isSignature(node),
    replacement: (content) =>
      content.trim() === '' ? '' : `\n\n${foldMarks.signature}\n\n${content.trim()}\n\n${foldMarks.end}\n\n`,
  })
  return service
}

/** How deep tags are nested and how many there are, without building anything. */
function isTooMuch(html: string): boolean {
  if (html.length > most.characters) return true
  let depth = 0
  let tags = 0
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', at + 1)) {
    const next = html.charCodeAt(at + 1) | 32
    if (html.charCodeAt(at + 1) === 47) depth = Math.max(0, depth - 1)
    else if (next >= 97 && next <= 122) {
      tags++
      if (
        !/^<(br|img|hr|meta|link|input|wbr|col|area|base|p|li|td|tr|th|o:p)\b/i.test(html.slice(at, at + 8))
      )
        depth++
    }
    if (depth > most.depth || tags > most.tags) return true
  }
  return false
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
}

/** The words alone, in one pass: for HTML that no tree should be built of. */
export function wordsOfHtml(html: string): string {
  const parts: string[] = []
  let at = 0
  while (at < html.length) {
    const open = html.indexOf('<', at)
    if (open < 0) {
      parts.push(html.slice(at))
      break
    }
    parts.push(html.slice(at, open))
    const name = /^<(script|style|head|title|!--)/i.exec(html.slice(open, open + 8))?.[1]?.toLowerCase()
    const until = name === undefined ? '>' : name === '!--' ? '-->' : `</${name}`
    let close = html.indexOf(until, open + 1)
    if (close < 0 && name !== undefined) close = html.toLowerCase().indexOf(until, open + 1)
    if (close < 0) break
    if (/^<\/?(p|div|br|tr|table|li|h\d|blockquote)\b/i.test(html.slice(open, open + 14))) parts.push('\n')
    else if (/^<\/?t[dh]\b/i.test(html.slice(open, open + 5))) parts.push(' ')
    at = name !== undefined && name !== '!--' ? html.indexOf('>', close) : close + until.length - 1
    if (at < 0) break
    at++
  }
  return parts
    .join('')
    .replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,4}));/gi, (whole, decimal, hex, name) => {
      if (name !== undefined) return entities[String(name).toLowerCase()] ?? whole
      const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ''
    })
    .split('\n')
    .map((line) => line.replace(/[ \t]+/g, ' ').trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

/** Markdown, with marks of `foldMarks` in lines of their own. */
export function markdownOf(html: string): string {
  const clean = html.replace(/[\ue000-\ue003]/g, '')
  if (isTooMuch(clean)) return wordsOfHtml(clean)
  try {
    return turndown()
      .turndown(clean)
      .replace(/\u00a0/g, ' ')
      .replace(/[ \t]+$/gm, (spaces) => (spaces.startsWith('  ') ? '  ' : ''))
      .replace(/\n([ \t]*\n){2,}/g, '\n\n')
  } catch (problem) {
    // Too deep for its recursion all the same: the words are what counts.
    if (problem instanceof RangeError) return wordsOfHtml(clean)
    throw problem
  }
}
