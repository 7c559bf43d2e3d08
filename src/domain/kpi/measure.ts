// Measuring one ticket: from its events, in any order and however often repeated, to what it contributes.
// docs/kpi.md says in a user's words what each figure means.

import type { KpiEvent, KpiTicket, TicketFigures } from './figures.ts'
import type { KpiRules } from './rules.ts'

export const measure = (
  _ticket: KpiTicket,
  _events: readonly KpiEvent[],
  _rules: KpiRules,
): TicketFigures => {
  throw new Error('not there yet')
}
