// An agent resolves a ticket with an answer.
// The answer is a public reply; an empty one becomes the standard sentence in the agent's language.

import type { Author } from '../domain/operation.ts'
import { resolve } from '../domain/resolution.ts'
import { decide } from './decide.ts'
import type { Parts, TicketRef } from './ports.ts'

export const resolveTicket = (
  parts: Parts,
  request: {
    readonly ref: TicketRef
    readonly by: Author
    readonly answer: string
    readonly standardAnswer: string
    readonly key?: string | undefined
  },
) =>
  decide(parts, request, (ticket, circumstances) =>
    resolve(
      ticket,
      { answer: request.answer, standardAnswer: request.standardAnswer, desk: parts.desk },
      circumstances,
    ),
  )
