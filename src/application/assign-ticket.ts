// A ticket is given to an agent, or to nobody.
// Only members of the GitLab project can be given one, and Level 2 only those who can push.

import { assign } from '../domain/handling.ts'
import type { Author } from '../domain/operation.ts'
import { refuse } from '../domain/refusal.ts'
import { isAgent } from '../domain/role.ts'
import { decide } from './decide.ts'
import type { Parts, TicketRef } from './ports.ts'

export const assignTicket = (
  parts: Parts,
  request: {
    readonly ref: TicketRef
    readonly by: Author
    /** '' = nobody. */
    readonly username: string
  },
) =>
  decide(parts, request, async (ticket, circumstances, reader) => {
    if (request.username === '') return assign(ticket, null, parts.desk, circumstances)
    const member = await reader.member(request.username)
    if (!member || !isAgent(member.role)) return refuse('assignee-unknown', { name: request.username })
    return assign(ticket, member, parts.desk, circumstances)
  })
