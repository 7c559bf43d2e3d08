// A resolved ticket is opened again, where it was and with whom it was.
// From this instant it is our turn.

import type { Author } from '../domain/operation.ts'
import { reopen } from '../domain/resolution.ts'
import { decide } from './decide.ts'
import type { Parts, TicketRef } from './ports.ts'

export const reopenTicket = (parts: Parts, request: { readonly ref: TicketRef; readonly by: Author }) =>
  decide(parts, request, (ticket, circumstances) => reopen(ticket, parts.desk, circumstances))
