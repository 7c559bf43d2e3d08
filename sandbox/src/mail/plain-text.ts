import MarkdownIt from 'markdown-it'

const { unescapeAll } = new MarkdownIt().utils

/** The text of an HTML mail that brought no text part: paragraphs, list items and links stay, everything else goes. */
export function plainText(html: string): string {
  const text = html
    .replace(/<!--[\s\S]*?-->|<(script|style|head|title)\b[\s\S]*?<\/\1\s*>/gi, '')
    .replace(/\s+/g, ' ')
    .replace(/<a\b[^>]*\shref="(https?:[^"]*)"[^>]*>([^<]*)<\/a>/gi, (_, href: string, words: string) =>
      words.trim() === '' || words.trim() === href ? href : `[${words.trim()}](${href})`,
    )
    .replace(/<li\b[^>]*>/gi, '\n- ')
    .replace(/<br\b[^>]*>/gi, '\n')
    .replace(/<\/?(p|div|h[1-6]|ul|ol|table|tr|blockquote)\b[^>]*>/gi, '\n\n')
    .replace(/<[^>]*>/g, '')
  return unescapeAll(text)
    .replaceAll('\u00a0', ' ')
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}
