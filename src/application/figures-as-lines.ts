// The figures for spreadsheets and programs: the table and the JSON that the address and the command both give,
// one line for each number.

import { lineCells, lineColumns, linesOf } from '../domain/kpi/lines.ts'
import type { Period, Report } from '../domain/kpi/report.ts'
import type { KpiView } from './ask-for-figures.ts'

/** Headings first; what there is not is empty. */
export const figuresAsCells = (report: Report): (string | number)[][] => [
  [...lineColumns],
  ...linesOf(report).map((line) => lineCells(line).map((cell) => cell ?? '')),
]

const instants = ({ from, to }: Period) => ({
  from: new Date(from).toISOString(),
  to: new Date(to).toISOString(),
})

/** Plain data: instants as ISO 8601, durations in milliseconds. */
export const figuresAsData = (view: KpiView, report: Report) => ({
  period: { name: view.period.name, ...instants(report.query.period) },
  before: report.query.before && instants(report.query.before),
  filter: report.query.filter,
  by: report.query.by,
  lines: linesOf(report),
  excluded: Object.fromEntries(report.excluded),
  incomplete: report.incomplete,
})
