// The requester says how they were helped: one answer for each resolution, which they may change while the
// ticket stays resolved.

import { rate } from '../domain/satisfaction.ts'
import type { TicketId } from '../domain/ticket.ts'
import { decide } from './decide.ts'
import type { Parts } from './ports.ts'

export const rateTicket = (
  parts: Parts,
  request: {
    readonly id: TicketId
    readonly good: boolean
    readonly comment: string
    readonly key?: string | undefined
  },
) => {
  const { id, good, comment, key } = request
  return decide(
    parts,
    { ref: { id }, by: { kind: 'requester', name: '' }, key },
    async (ticket, circumstances, reader) =>
      rate(ticket, await reader.events(id), { good, comment }, circumstances),
  )
}
