// The requester says that it is not solved: within the desk's time for that the ticket is open again, with
// what they wrote, if they wrote anything.

import { notSolved } from '../domain/satisfaction.ts'
import type { TicketId } from '../domain/ticket.ts'
import { decide } from './decide.ts'
import type { Parts } from './ports.ts'

export const reopenOwnTicket = (
  parts: Parts,
  { id, body, key }: { readonly id: TicketId; readonly body: string; readonly key?: string | undefined },
) =>
  decide(parts, { ref: { id }, by: { kind: 'requester', name: '' }, key }, (ticket, circumstances) =>
    notSolved(ticket, body, parts.desk, circumstances),
  )
