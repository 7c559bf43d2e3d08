// The button for a branch that is missing.

import { askForTicketBranch } from '../../application/ask-for-ticket-branch.ts'
import { acted, attempt, onTicket } from '../ticket-actions.ts'
import type { AgentVisit, Answer } from '../visit.ts'
import { authorOf } from '../visit.ts'

export const create = (visit: AgentVisit): Promise<Answer> =>
  onTicket(visit, async (ref) => {
    const result = await askForTicketBranch(visit.door.parts, { ref, by: authorOf(visit.viewer) })
    return acted(visit, ref, result, {
      attempt: attempt('branch'),
      say: 'flash.branchAsked',
    })
  })
