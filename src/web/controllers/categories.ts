// Saying what a ticket is about.

import { categoriseTicket } from '../../application/categorise-ticket.ts'
import { lineOf } from '../form-fields.ts'
import { acted, attempt, onTicket } from '../ticket-actions.ts'
import type { AgentVisit, Answer } from '../visit.ts'
import { authorOf } from '../visit.ts'

export const change = (visit: AgentVisit): Promise<Answer> =>
  onTicket(visit, async (ref) => {
    const { fields } = await visit.form()
    const category = lineOf(fields, 'category')
    const result = await categoriseTicket(visit.door.parts, { ref, by: authorOf(visit.viewer), category })
    return acted(visit, ref, result, {
      attempt: attempt('category', category),
      say: 'flash.categorised',
    })
  })
