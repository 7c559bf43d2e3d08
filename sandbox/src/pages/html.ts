/** Text that may stand in a page as it is. Made by `html` and by the Markdown renderer, by nothing else. */
export type Safe = { readonly safe: string }

export const safe = (text: string): Safe => ({ safe: text })

type Part = Safe | string | number | null | undefined | false | readonly Part[]

/** Builds a page; whatever is put in is escaped unless it is `Safe` already. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Safe {
  return safe(
    strings.reduce((page, text, at) => page + text + (at < parts.length ? render(parts[at]) : ''), ''),
  )
}

function render(part: Part): string {
  if (part === null || part === undefined || part === false) return ''
  if (typeof part === 'string') return escapeHtml(part)
  if (typeof part === 'number') return String(part)
  if ('safe' in part) return part.safe
  return part.map(render).join('')
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
}
