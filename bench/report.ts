// What was measured, as a table for people and as JSON for comparing runs. A figure that misses
// its limit is told as such and ends nothing: this is a measurement, not a test.

import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'

export type Figure = {
  readonly name: string
  readonly value: string
  /** What it is held against, measured in the same run, or a fixed limit. */
  readonly against: string
  /** Value over floor; null where the limit is an absolute one. */
  readonly ratio: number | null
  readonly limit: string
  /** null = only told, nothing is demanded. */
  readonly met: boolean | null
  /** Every number behind it. */
  readonly detail: unknown
}

export const whole = (value: number): string => Math.round(value).toLocaleString('en-US')
export const fixed = (value: number, digits = 2): string => value.toFixed(digits)

const verdict = (met: boolean | null): string => (met === null ? '' : met ? 'met' : 'NOT MET')

export const tableOf = (figures: readonly Figure[]): string => {
  const rows = [
    ['figure', 'value', 'floor or limit', 'ratio', 'asked', ''],
    ...figures.map(({ name, value, against, ratio, limit, met }) => [
      name,
      value,
      against,
      ratio === null ? '' : fixed(ratio),
      limit,
      verdict(met),
    ]),
  ]
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export const writeReport = (file: string, report: object): void => {
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
}
