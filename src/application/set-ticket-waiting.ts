// A ticket waits on its requester, or no longer does.
// While it waits it is in nobody's queue.

import { setWaiting } from '../domain/handling.ts'
import type { Author } from '../domain/operation.ts'
import { decide } from './decide.ts'
import type { Parts, TicketRef } from './ports.ts'

export const setTicketWaiting = (
  parts: Parts,
  request: { readonly ref: TicketRef; readonly by: Author; readonly waiting: boolean },
) =>
  decide(parts, request, (ticket, circumstances) =>
    setWaiting(ticket, request.waiting, parts.desk, circumstances),
  )
