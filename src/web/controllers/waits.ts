// Whether a ticket waits on its requester.

import { setTicketWaiting } from '../../application/set-ticket-waiting.ts'
import { acted, attempt, mistaken, onTicket } from '../ticket-actions.ts'
import type { AgentVisit, Answer } from '../visit.ts'
import { authorOf } from '../visit.ts'

export const change = (visit: AgentVisit): Promise<Answer> =>
  onTicket(visit, async (ref) => {
    const { fields } = await visit.form()
    const wish = fields.get('waiting')
    if (wish !== 'on' && wish !== 'off')
      return mistaken(visit, ref, attempt('waiting', '', visit.t('errors.form')))
    const waiting = wish === 'on'
    const result = await setTicketWaiting(visit.door.parts, { ref, by: authorOf(visit.viewer), waiting })
    return acted(visit, ref, result, {
      attempt: attempt('waiting'),
      say: waiting ? 'flash.waiting' : 'flash.notWaiting',
    })
  })
