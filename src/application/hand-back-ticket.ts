// Level 2 hands a ticket back one level down, with a reason.
// Whoever had it before the escalation gets it again, as long as they are still a member.

import { handBack } from '../domain/escalation.ts'
import type { Author } from '../domain/operation.ts'
import type { Role } from '../domain/role.ts'
import { isAgent } from '../domain/role.ts'
import { decide } from './decide.ts'
import type { Parts, TicketRef } from './ports.ts'

export const handBackTicket = (
  parts: Parts,
  request: {
    readonly ref: TicketRef
    readonly by: Author
    readonly role: Role
    readonly reason: string
    readonly from: number
    readonly key?: string | undefined
  },
) =>
  decide(parts, request, async (ticket, circumstances, reader) => {
    const former = ticket.formerAssignee === null ? null : await reader.member(ticket.formerAssignee)
    return handBack(
      ticket,
      {
        desk: parts.desk,
        from: request.from,
        reason: request.reason,
        role: request.role,
        // Who has left the project since cannot be given anything.
        formerAssigneeId: former && isAgent(former.role) ? former.id : null,
      },
      circumstances,
    )
  })
