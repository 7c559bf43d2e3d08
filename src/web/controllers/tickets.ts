// The page of one ticket. Its address is its number; by its id it is found before GitLab has
// given it one, and that address leads to the number afterwards.

import { onTicket, ticketAnswer } from '../ticket-actions.ts'
import type { AgentVisit, Answer } from '../visit.ts'
import { missing } from '../visit.ts'

export const show = (visit: AgentVisit): Promise<Answer> =>
  onTicket(visit, (ref) =>
    visit.door.pages.recall(visit, async (formKey) => {
      const reading = await visit.door.browse.ticket(ref, visit.version)
      if (!reading) return missing
      const { iid } = reading.ticket
      return 'id' in ref && iid !== null
        ? { kind: 'redirect', status: 302, to: `/issues/${iid}` }
        : ticketAnswer(visit, reading, formKey)
    }),
  )
