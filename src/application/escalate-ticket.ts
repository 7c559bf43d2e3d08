// An agent escalates a ticket one level up.
// However often and by however many it is pressed, each visit to a level is entered once.

import { escalate } from '../domain/escalation.ts'
import type { Author } from '../domain/operation.ts'
import { decide } from './decide.ts'
import type { Parts, TicketRef } from './ports.ts'

export const escalateTicket = (
  parts: Parts,
  request: {
    readonly ref: TicketRef
    readonly by: Author
    readonly reason: string
    /** The level the page showed. */
    readonly from: number
    readonly key?: string | undefined
  },
) =>
  decide(parts, request, (ticket, circumstances) =>
    escalate(ticket, { desk: parts.desk, from: request.from, reason: request.reason }, circumstances),
  )
