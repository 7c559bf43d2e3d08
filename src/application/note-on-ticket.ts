// An agent writes an internal note.
// Requesters never see it, and nothing else about the ticket changes.

import { noteInternally } from '../domain/conversation.ts'
import type { Author } from '../domain/operation.ts'
import { decide } from './decide.ts'
import type { Parts, TicketRef } from './ports.ts'

export const noteOnTicket = (
  parts: Parts,
  request: {
    readonly ref: TicketRef
    readonly by: Author
    readonly body: string
    readonly key?: string | undefined
  },
) => decide(parts, request, (ticket, circumstances) => noteInternally(ticket, request.body, circumstances))
