// Where a ticket lives: at its number once GitLab gave it one, at its id until then.

import type { Ticket } from '../../domain/ticket.ts'

export const ticketUrl = (ticket: Pick<Ticket, 'iid' | 'id'>): string => `/issues/${ticket.iid ?? ticket.id}`

/** A mail that became part of it, as it came. */
export const ticketMailUrl = (ticket: Pick<Ticket, 'iid' | 'id'>, mailId: string): string =>
  `${ticketUrl(ticket)}/mails/${mailId}`

/** `n` counts from 1, in the order the files were sent. */
export const fileUrl = (ticket: Pick<Ticket, 'iid' | 'id'>, n: number): string =>
  `${ticketUrl(ticket)}/files/${n}`
