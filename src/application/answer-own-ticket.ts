// The requester writes on their own page of the ticket: a public reply, with files. It ends our waiting for
// them, and soon after it was resolved the ticket is open again.

import { hearFromRequester } from '../domain/conversation.ts'
import type { Parts } from './ports.ts'
import type { OwnWords } from './write-on-own-ticket.ts'
import { writeOnOwnTicket } from './write-on-own-ticket.ts'

export const answerOwnTicket = (parts: Parts, request: OwnWords) =>
  writeOnOwnTicket(parts, request, (ticket, said, circumstances) =>
    hearFromRequester(ticket, { ...said, from: null }, parts.desk, circumstances),
  )
