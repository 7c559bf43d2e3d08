// Escalating a ticket one level up. A page that showed another level, or a form that was sent
// before, changes nothing and says so.

import { escalateTicket } from '../../application/escalate-ticket.ts'
import { levelName } from '../../domain/level.ts'
import { keyOf, levelOf, textOf } from '../form-fields.ts'
import { acted, alreadyAtLevel, attempt, mistaken, onTicket, tooLong } from '../ticket-actions.ts'
import type { AgentVisit, Answer } from '../visit.ts'
import { authorOf } from '../visit.ts'

type Escalation = { readonly reason: string; readonly from: number; readonly key: string | undefined }

const read = (
  fields: ReadonlyMap<string, string>,
  visit: AgentVisit,
): { value: Escalation } | { problem: string } => {
  const reason = textOf(fields, 'reason')
  const from = levelOf(fields.get('from') || '1')
  const long = tooLong(reason, visit)
  if (long) return { problem: long }
  if (from === null) return { problem: visit.t('errors.form') }
  return { value: { reason, from, key: keyOf(fields) } }
}

export const create = (visit: AgentVisit): Promise<Answer> =>
  onTicket(visit, async (ref) => {
    const { fields } = await visit.form()
    const reason = textOf(fields, 'reason')
    const form = read(fields, visit)
    if ('problem' in form) return mistaken(visit, ref, attempt('escalate', reason, form.problem))
    const { parts } = visit.door
    const result = await escalateTicket(parts, { ref, by: authorOf(visit.viewer), ...form.value })
    return acted(visit, ref, result, {
      attempt: attempt('escalate', reason),
      say: 'flash.escalated',
      sayAlready: ({ ticket }) =>
        alreadyAtLevel({ level: ticket.level, name: levelName(ticket.level, parts.desk) }),
    })
  })
