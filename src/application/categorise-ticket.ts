// A ticket gets another category, or none.
// In GitLab that is one change of labels.

import { categorise } from '../domain/handling.ts'
import type { Author } from '../domain/operation.ts'
import { decide } from './decide.ts'
import type { Parts, TicketRef } from './ports.ts'

export const categoriseTicket = (
  parts: Parts,
  request: { readonly ref: TicketRef; readonly by: Author /** '' = none. */; readonly category: string },
) =>
  decide(parts, request, (ticket, circumstances) =>
    categorise(ticket, request.category, parts.desk, circumstances),
  )
