// Tables for spreadsheets. A cell that begins like a formula, also behind spaces or in full-width signs,
// would be run by the program that opens it; an apostrophe ahead makes it a text. Where a semicolon or a tab
// parts cells, as spreadsheets in German expect, a cell of ours falls apart at them, so each part is looked at.

const formula = /^(?=[\s\p{Cc}\p{Cf}"']*[=+\-@＝＋－﹣−﹢＠﹫])/u
const formulaWithin = /([;\t\r\n])(?=(?:(?![\t\r\n])[\s\p{Cc}\p{Cf}"'])*[=+\-@＝＋－﹣−﹢＠﹫])/gu

export const csvCell = (value: string | number): string => {
  const text = String(value)
  const inert = typeof value === 'string' ? text.replace(formula, "'").replace(formulaWithin, "$1'") : text
  return `"${inert.replaceAll('"', '""')}"`
}

/** With the line ends of RFC 4180. */
export const csvLine = (cells: readonly (string | number)[]): string => `${cells.map(csvCell).join(',')}\r\n`
