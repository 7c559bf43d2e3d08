// The page of one ticket. Its address is its number; by its id it is found before GitLab has
// given it one, and that address leads to the number afterwards.

import { onTicket, showTicket } from '../ticket-actions.ts'
import type { AgentVisit, Answer } from '../visit.ts'

export const show = (visit: AgentVisit): Promise<Answer> =>
  onTicket(visit, async (ref) => {
    const reading = await visit.door.browse.ticket(ref)
    if ('id' in ref && reading && reading.ticket.iid !== null)
      return { kind: 'redirect', status: 302, to: `/issues/${reading.ticket.iid}` }
    return showTicket(visit, ref)
  })
