// Giving a ticket to an agent, or to nobody.

import { assignTicket } from '../../application/assign-ticket.ts'
import { lineOf } from '../form-fields.ts'
import { acted, attempt, onTicket } from '../ticket-actions.ts'
import type { AgentVisit, Answer } from '../visit.ts'
import { authorOf } from '../visit.ts'

export const change = (visit: AgentVisit): Promise<Answer> =>
  onTicket(visit, async (ref) => {
    const { fields } = await visit.form()
    const assignee = lineOf(fields, 'assignee')
    const result = await assignTicket(visit.door.parts, {
      ref,
      by: authorOf(visit.viewer),
      username: assignee,
    })
    return acted(visit, ref, result, {
      attempt: attempt('assignee', assignee),
      say: 'flash.assigned',
    })
  })
