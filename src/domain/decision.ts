// What a rule decides: how the ticket stands now, what happened, and what GitLab must be told.
// The three are written in one transaction or not at all, so that nothing is half decided.

import type { Actor, Happening, TicketEvent } from './event.ts'
import type { Author, Intent, NewOperation } from './operation.ts'
import type { Ticket } from './ticket.ts'

export type Decision = {
  /** The ticket as it is from now on; its revision is the one it was decided on. */
  readonly ticket: Ticket
  readonly events: readonly TicketEvent[]
  readonly operations: readonly NewOperation[]
}

/** Who decides, when (UTC milliseconds), and fresh ids (UUIDv7, ascending). */
export type Circumstances = {
  readonly by: Author
  readonly at: number
  readonly newId: () => string
}

export const actorOf = (author: Author): Actor =>
  author.kind === 'agent'
    ? { kind: 'agent', name: author.name, username: author.username }
    : { kind: author.kind === 'desk' ? 'bot' : 'requester', name: author.name }

export const happened = (
  ticket: Pick<Ticket, 'id'>,
  circumstances: Circumstances,
  operationId: string,
  what: Happening,
): TicketEvent => ({
  ticketId: ticket.id,
  source: `op:${operationId}`,
  at: circumstances.at,
  actor: actorOf(circumstances.by),
  byHand: false,
  hidden: false,
  what,
})

export const toBeDone = (
  ticket: Pick<Ticket, 'id'>,
  circumstances: Circumstances,
  intent: Intent,
): NewOperation => ({
  id: circumstances.newId(),
  ticketId: ticket.id,
  intent,
  author: circumstances.by,
  createdAt: circumstances.at,
})
