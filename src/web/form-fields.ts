// What stands in a form's fields, as plain text: line ends as on every system of ours, nothing
// that a database or GitLab chokes on. Everything else stays as the person typed it.

/** Longest text of one field, in characters; longer things are files. */
export const longestText = 100_000

export const textOf = (fields: ReadonlyMap<string, string>, name: string): string =>
  (fields.get(name) ?? '').replace(/\r\n?/gu, '\n').replaceAll('\0', '').toWellFormed()

/** One line of text, without what a line cannot hold. */
export const lineOf = (fields: ReadonlyMap<string, string>, name: string): string =>
  textOf(fields, name)
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()

/** The form's own key, by which the same form sent twice is known; anything odd is as none. */
export const keyOf = (fields: ReadonlyMap<string, string>): string | undefined => {
  const key = fields.get('key') ?? ''
  return /^[\w-]{8,100}$/u.test(key) ? key : undefined
}

/** A level's number, null when it is none. */
export const levelOf = (text: string): number | null => (/^[1-9][0-9]?$/u.test(text) ? Number(text) : null)
