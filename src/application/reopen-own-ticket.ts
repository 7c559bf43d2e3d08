// The requester says that it is not solved: within the desk's time for that the ticket is open again, with
// what they wrote and sent along, if anything.

import { notSolved } from '../domain/satisfaction.ts'
import type { Parts } from './ports.ts'
import type { OwnWords } from './write-on-own-ticket.ts'
import { writeOnOwnTicket } from './write-on-own-ticket.ts'

export const reopenOwnTicket = (parts: Parts, request: OwnWords) =>
  writeOnOwnTicket(parts, request, (ticket, said, circumstances) =>
    notSolved(ticket, said, parts.desk, circumstances),
  )
