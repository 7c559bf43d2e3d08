// The figures for spreadsheets and programs: the table and the JSON that the address and the command both give,
// one line for each number.

import type { KpiLine } from '../domain/kpi/lines.ts'
import { linesOf } from '../domain/kpi/lines.ts'
import type { Period, Report } from '../domain/kpi/report.ts'
import type { KpiView } from './ask-for-figures.ts'

/** In the order in which they stand in the table. */
const columns = [
  'figure',
  'by',
  'key',
  'clock',
  'unit',
  'n',
  'p50',
  'p90',
  'mean',
  'value',
  'part',
  'provisional',
  'before',
] as const satisfies (keyof KpiLine)[]

/** Headings first; what there is not is empty. */
export const figuresAsCells = (report: Report): (string | number)[][] => [
  [...columns],
  ...linesOf(report).map((line) => columns.map((column) => line[column] ?? '')),
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
