// Days, weeks and months as the desk's people count them: they begin at midnight where the desk is, also on the
// two days of the year that are shorter and longer.

import type { Period } from './report.ts'

export type PeriodPart = Period & {
  /** The first local day, `YYYY-MM-DD`. */
  readonly day: string
}

/** Ways to say a period in an address: `2026`, `2026-Q3`, `2026-11`, `last-30-days`, or from and to (days, both meant). */
export type NamedPeriod = { readonly period: Period; readonly before: Period; readonly name: string }
