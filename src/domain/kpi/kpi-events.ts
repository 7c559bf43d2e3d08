// From a ticket's timeline to the events that the figures are made of. GitLab's own label and state events count,
// not what the timeline tells of them; what we did ourselves counts until GitLab's own is read.

import type { Desk } from '../desk.ts'
import type { TicketEvent } from '../event.ts'
import type { Ticket } from '../ticket.ts'
import type { KpiEvent, KpiTicket } from './figures.ts'

export type MeasuredTicket = Pick<
  Ticket,
  | 'iid'
  | 'category'
  | 'priority'
  | 'assignee'
  | 'labels'
  | 'level'
  | 'state'
  | 'openedAt'
  | 'resolvedAt'
  | 'gone'
>

/** `readAt`: when it was last read in full, null = never. */
export const kpiTicketOf = (
  _ticket: MeasuredTicket,
  _events: readonly TicketEvent[],
  _context: { readonly readAt: number | null; readonly desk: Desk },
): KpiTicket => {
  throw new Error('not there yet')
}

/** Texts of replies and notes are not looked at: they may be left out. */
export const kpiEventsOf = (
  _ticket: MeasuredTicket,
  _events: readonly TicketEvent[],
  _desk: Desk,
): KpiEvent[] => {
  throw new Error('not there yet')
}
