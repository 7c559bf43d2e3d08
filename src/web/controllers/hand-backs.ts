// Handing a ticket back one level down, to whoever had it before.

import { handBackTicket } from '../../application/hand-back-ticket.ts'
import { levelName } from '../../domain/level.ts'
import { keyOf, levelOf, textOf } from '../form-fields.ts'
import { acted, alreadyAtLevel, attempt, mistaken, onTicket, tooLong } from '../ticket-actions.ts'
import type { AgentVisit, Answer } from '../visit.ts'
import { authorOf } from '../visit.ts'

type HandBack = { readonly reason: string; readonly from: number; readonly key: string | undefined }

const read = (
  fields: ReadonlyMap<string, string>,
  visit: AgentVisit,
): { value: HandBack } | { problem: string } => {
  const reason = textOf(fields, 'reason')
  const from = levelOf(fields.get('from') ?? '')
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
    if ('problem' in form) return mistaken(visit, ref, attempt('hand-back', reason, form.problem))
    const { parts } = visit.door
    const by = authorOf(visit.viewer)
    const result = await handBackTicket(parts, { ref, by, role: visit.viewer.role, ...form.value })
    return acted(visit, ref, result, {
      attempt: attempt('hand-back', reason),
      say: 'flash.handedBack',
      sayAlready: ({ ticket }) =>
        alreadyAtLevel({ level: ticket.level, name: levelName(ticket.level, parts.desk) }),
    })
  })
