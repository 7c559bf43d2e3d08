// Since when somebody waits for what a ticket is about: where others were closed as its duplicates, since the earliest
// of them all was opened (docs/kpi.md). The store measures by the same; this is for showing one ticket.

import type { TicketEvent } from '../domain/event.ts'
import { goesOnAs } from '../domain/kpi/kpi-events.ts'
import type { Ticket } from '../domain/ticket.ts'
import type { Reader } from './ports.ts'

/** UTC ms. */
export const earliestOpening = async (
  reader: Pick<Reader, 'ticket' | 'events'>,
  ticket: Pick<Ticket, 'iid' | 'openedAt'>,
  events: readonly TicketEvent[],
): Promise<number> => {
  let earliest = ticket.openedAt
  const named = new Set(events.flatMap(({ what }) => (what.kind === 'has-duplicate' ? [what.duplicate] : [])))
  for (const iid of named) {
    const double = await reader.ticket({ iid })
    if (double === null || double.openedAt >= earliest) continue
    if (goesOnAs(double, await reader.events(double.id)) === ticket.iid) earliest = double.openedAt
  }
  return earliest
}
