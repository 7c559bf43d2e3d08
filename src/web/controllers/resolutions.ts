// Resolving answers the requester and closes the ticket; undoing it opens it again.

import { reopenTicket } from '../../application/reopen-ticket.ts'
import { resolveTicket } from '../../application/resolve-ticket.ts'
import { isBlank } from '../../domain/conversation.ts'
import { keyOf, textOf } from '../form-fields.ts'
import { acted, attempt, mistaken, onTicket, tooLong } from '../ticket-actions.ts'
import type { AgentVisit, Answer } from '../visit.ts'
import { authorOf } from '../visit.ts'

const read = (
  fields: ReadonlyMap<string, string>,
  visit: AgentVisit,
): { value: { answer: string; key: string | undefined } } | { problem: string } => {
  const answer = textOf(fields, 'answer')
  const long = tooLong(answer, visit)
  if (long) return { problem: long }
  // Signs nobody can see are no answer: the standard sentence takes their place.
  return { value: { answer: isBlank(answer) ? '' : answer, key: keyOf(fields) } }
}

export const create = (visit: AgentVisit): Promise<Answer> =>
  onTicket(visit, async (ref) => {
    const { fields } = await visit.form()
    const answer = textOf(fields, 'answer')
    const form = read(fields, visit)
    if ('problem' in form) return mistaken(visit, ref, attempt('resolve', answer, form.problem))
    const result = await resolveTicket(visit.door.parts, {
      ref,
      by: authorOf(visit.viewer),
      standardAnswer: visit.t('answers.resolved'),
      ...form.value,
    })
    return acted(visit, ref, result, {
      attempt: attempt('resolve', answer),
      say: 'flash.resolved',
    })
  })

export const undo = (visit: AgentVisit): Promise<Answer> =>
  onTicket(visit, async (ref) => {
    const result = await reopenTicket(visit.door.parts, { ref, by: authorOf(visit.viewer) })
    return acted(visit, ref, result, {
      attempt: attempt('reopen'),
      say: 'flash.reopened',
    })
  })
