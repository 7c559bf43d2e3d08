// A report as lines, one for each number: what the CSV, the JSON, the command and the metrics print.
// Names and order stay the same whatever happened on the desk, so that whoever follows a number finds it again.

import type { Exclusion } from './figures.ts'
import type { Backlog, Dimension, Figures, Report, Spread } from './report.ts'
import { ages } from './report.ts'

export type KpiLine = {
  /** `frt`, `level_2_net`, `backlog`, `backlog_waiting`, `backlog_<1d`, `targets_late`, … */
  readonly figure: string
  /** null = of all; else of the group of this key. */
  readonly by: Dimension | null
  readonly key: string
  /** Absent where time has nothing to do with it. */
  readonly clock: 'calendar' | 'business' | null
  readonly unit: 'ms' | 'ratio' | 'tickets'
  /** Of a rate the whole. */
  readonly n: number
  readonly p50: number | null
  readonly p90: number | null
  readonly mean: number | null
  /** A rate, or a number of tickets; null for durations and for a rate of nothing. */
  readonly value: number | null
  /** Of a rate the part. */
  readonly part: number | null
  readonly provisional: number
  /** The same of the period before: the median, or the value; null where it is not compared. */
  readonly before: number | null
}

/** In this order they are columns. */
export const lineColumns = [
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
] as const satisfies readonly (keyof KpiLine)[]

export const lineCells = (line: KpiLine): (string | number | null)[] =>
  lineColumns.map((column) => line[column])

/** All are told, also with 0: who watches a number must not lose it on a quiet day. */
const exclusions = Object.keys({
  label: true,
  duplicate: true,
  deleted: true,
  moved: true,
  'no-ticket': true,
} satisfies Record<Exclusion, true>)

type Of = Pick<KpiLine, 'by' | 'key'>

const clocks = ['calendar', 'business'] as const

const duration = (
  of: Of,
  figure: string,
  clock: 'calendar' | 'business',
  { n, p50, p90, mean }: Spread,
  before: number | null,
): KpiLine => ({
  figure,
  ...of,
  clock,
  unit: 'ms',
  n,
  p50,
  p90,
  mean,
  value: null,
  part: null,
  provisional: 0,
  before,
})

const tickets = (of: Of, figure: string, value: number, before: number | null = null): KpiLine => ({
  figure,
  ...of,
  clock: null,
  unit: 'tickets',
  n: value,
  p50: null,
  p90: null,
  mean: null,
  value,
  part: null,
  provisional: 0,
  before,
})

const linesOfFigures = (of: Of, figures: Figures, before: Figures | null): KpiLine[] => [
  ...[...figures.counts].map(([name, value]) => tickets(of, name, value, before?.counts.get(name) ?? null)),
  ...[...figures.durations].flatMap(([name, figure]) =>
    clocks.flatMap((clock) => {
      const spread = figure[clock]
      return spread
        ? [duration(of, name, clock, spread, before?.durations.get(name)?.[clock]?.p50 ?? null)]
        : []
    }),
  ),
  ...[...figures.rates].map(
    ([name, { part, whole, rate, provisional }]): KpiLine => ({
      ...tickets(of, name, whole),
      unit: 'ratio',
      value: rate,
      part,
      provisional,
      before: before?.rates.get(name)?.rate ?? null,
    }),
  ),
]

const linesOfBacklog = (of: Of, { total, waiting, byLevel, byAge }: Backlog): KpiLine[] => [
  tickets(of, 'backlog', total),
  tickets(of, 'backlog_waiting', waiting),
  ...byLevel.map((row, index) =>
    tickets(
      of,
      `backlog_level_${index + 1}`,
      row.reduce((sum, one) => sum + one, 0),
    ),
  ),
  ...ages.map((age, index) => tickets(of, `backlog_${age}`, byAge[index] ?? 0)),
]

/** First of all tickets, then of each group; the figures in the order of the page. */
export const linesOf = (report: Report): KpiLine[] => {
  const all: Of = { by: null, key: '' }
  const { due, late, paused } = report.running
  const left = exclusions.map((why) => ({ why, tickets: report.excluded.get(why) ?? 0 }))
  return [
    ...linesOfFigures(all, report.figures, report.before),
    ...linesOfBacklog(all, report.backlog),
    tickets(all, 'targets_due', due),
    tickets(all, 'targets_late', late),
    tickets(all, 'targets_paused', paused),
    tickets(all, 'incomplete', report.incomplete),
    tickets(
      all,
      'excluded',
      left.reduce((sum, one) => sum + one.tickets, 0),
    ),
    ...left.map((one) => tickets(all, `excluded_${one.why}`, one.tickets)),
    duration(all, 'intake_delay', 'calendar', report.intakeDelay, null),
    ...[...report.groups].flatMap(([by, groups]) =>
      groups.flatMap((group) => {
        const of: Of = { by, key: group.key }
        return [
          ...linesOfFigures(of, group.figures, null),
          ...linesOfBacklog(of, group.backlog),
          tickets(of, 'incomplete', group.incomplete),
        ]
      }),
    ),
  ]
}
