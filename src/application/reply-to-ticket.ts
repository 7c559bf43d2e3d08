// An agent answers the requester: a public reply.
// The ticket leaves the queue of those who wait on us until the requester writes again.

import { reply } from '../domain/conversation.ts'
import type { Author } from '../domain/operation.ts'
import { decide } from './decide.ts'
import type { Parts, TicketRef } from './ports.ts'

export const replyToTicket = (
  parts: Parts,
  request: {
    readonly ref: TicketRef
    readonly by: Author
    readonly body: string
    readonly key?: string | undefined
  },
) => decide(parts, request, (ticket, circumstances) => reply(ticket, request.body, circumstances))
