// Text out of a mail, made fit to be stored and shown: no NUL, no half characters, no control signs,
// and in what stands in one line (names, subjects) nothing that turns the writing direction around.

// biome-ignore lint/suspicious/noControlCharactersInRegex: mails have them, and PostgreSQL takes no NUL
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g

/** Signs nobody sees: direction marks, zero-width space, byte order mark. Joiners stay: scripts and emoji need them. */
const unseen = /[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g

export const cleanText = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n?|\u0085|\u2028|\u2029/g, '\n')
    .replace(controls, '')

/** One line of at most so many characters; never half a character at its end. */
export function cleanLine(text: string, longest: number): string {
  const line = cleanText(text).replace(unseen, '').replace(/\s+/g, ' ').trim()
  return shorten(line, longest)
}

export function shorten(text: string, longest: number): string {
  if (text.length <= longest) return text
  return text
    .slice(0, longest)
    .toWellFormed()
    .replace(/\ufffd$/, '')
    .trimEnd()
}
