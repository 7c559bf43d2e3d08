import MarkdownIt from 'markdown-it'

const { unescapeAll } = new MarkdownIt().utils

const unseen = new Set(['script', 'style', 'head', 'title'])
const apart = new Set([
  'p',
  'div',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'ul',
  'ol',
  'table',
  'tr',
  'blockquote',
])

/**
 * The text of an HTML mail that brought no text part: paragraphs, list items and links stay, everything else goes.
 * Tag by tag from front to back: strangers write this.
 */
export function plainText(html: string): string {
  const text: string[] = []
  let link: { href: string; from: number } | undefined
  let hidden: string | undefined
  for (const { words, tag } of tagsOf(html)) {
    if (hidden === undefined) text.push(words.replace(/\s+/g, ' '))
    const [, slash = '', name = ''] =
      /^(\/?)([a-z][a-z0-9]*)/i.exec(tag)?.map((part) => part.toLowerCase()) ?? []
    if (hidden !== undefined) {
      if (slash !== '' && name === hidden) hidden = undefined
    } else if (slash === '' && unseen.has(name)) hidden = name
    else if (name === 'br') text.push('\n')
    else if (name === 'li' && slash === '') text.push('\n- ')
    else if (apart.has(name)) text.push('\n\n')
    else if (name === 'a' && slash === '') {
      const href = /\shref\s*=\s*["']?(https?:[^"'\s>]*)/i.exec(tag)?.[1]
      link = href === undefined ? undefined : { href, from: text.length }
    } else if (name === 'a' && link) {
      const said = text.splice(link.from).join('').trim()
      text.push(said === '' || said === link.href ? link.href : `[${said}](${link.href})`)
      link = undefined
    }
  }
  return unescapeAll(text.join(''))
    .replaceAll('\u00a0', ' ')
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

/** Each tag with the words before it; comments are tags without a name. */
function* tagsOf(html: string): Generator<{ words: string; tag: string }> {
  let at = 0
  for (;;) {
    const open = html.indexOf('<', at)
    const comment = open >= 0 && html.startsWith('!--', open + 1)
    const close = open < 0 ? -1 : html.indexOf(comment ? '-->' : '>', open + 1)
    if (close < 0) {
      yield { words: html.slice(at), tag: '' }
      return
    }
    yield { words: html.slice(at, open), tag: comment ? '' : html.slice(open + 1, close) }
    at = close + (comment ? 3 : 1)
  }
}
