// Everything the ticket page shows: the ticket, its timeline, what GitLab must still be told,
// and its files.

import type { TicketEvent } from '../domain/event.ts'
import type { Operation } from '../domain/operation.ts'
import type { Ticket } from '../domain/ticket.ts'
import type { Parts, StoredFile, TicketRef } from './ports.ts'

export type TicketReading = {
  readonly ticket: Ticket
  readonly events: readonly TicketEvent[]
  readonly operations: readonly Operation[]
  readonly files: readonly StoredFile[]
}

export const readTicket = (parts: Pick<Parts, 'store'>, ref: TicketRef): Promise<TicketReading | null> =>
  parts.store.read(async (reader) => {
    const ticket = await reader.ticket(ref)
    if (!ticket) return null
    return {
      ticket,
      events: await reader.events(ticket.id),
      operations: await reader.operations(ticket.id),
      files: await reader.files(ticket.id),
    }
  })
