// Tables for spreadsheets. A cell that begins like a formula, also behind spaces or in full-width signs,
// would be run by the program that opens it; an apostrophe ahead makes it a text.

const formula = /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－﹣−﹢＠﹫]/u

export const csvCell = (value: string | number): string => {
  const text = String(value)
  const inert = typeof value === 'string' && formula.test(text) ? `'${text}` : text
  return `"${inert.replaceAll('"', '""')}"`
}

/** With the line ends of RFC 4180. */
export const csvLine = (cells: readonly (string | number)[]): string => `${cells.map(csvCell).join(',')}\r\n`
