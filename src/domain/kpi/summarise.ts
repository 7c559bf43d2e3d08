// Summing up: from the tickets' figures to a report, and to the tickets behind each number of it. Both go over the
// same facts (facts.ts), so that a number and the list it opens cannot disagree.

import type { TicketFigures } from './figures.ts'
import type { Behind, BehindQuery, Report, ReportQuery } from './report.ts'

export type MeasuredRow = { readonly n: number; readonly figures: TicketFigures }

export type SummaryRules = {
  readonly levels: number
  readonly timeZone: string
  /** How long after a resolution a reopening counts against it (milliseconds). */
  readonly reopenWithin: number
}

export const summarise = (
  _rows: Iterable<MeasuredRow>,
  _query: ReportQuery,
  _rules: SummaryRules,
): Report => {
  throw new Error('not there yet')
}

export const lookBehind = (
  _rows: Iterable<MeasuredRow>,
  _query: BehindQuery,
  _rules: SummaryRules,
): Behind => {
  throw new Error('not there yet')
}
