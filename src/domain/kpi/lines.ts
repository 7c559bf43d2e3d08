// A report as lines, one for each number: what the CSV, the JSON, the command and the metrics print.

import type { Dimension, Report } from './report.ts'

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

export const linesOf = (_report: Report): KpiLine[] => {
  throw new Error('not there yet')
}
