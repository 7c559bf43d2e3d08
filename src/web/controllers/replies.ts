// A reply goes to the requester, under the agent's name.

import { replyToTicket } from '../../application/reply-to-ticket.ts'
import { isBlank } from '../../domain/conversation.ts'
import { refuse } from '../../domain/refusal.ts'
import { keyOf, textOf } from '../form-fields.ts'
import { refusalText } from '../pages/refusal-text.ts'
import { acted, attempt, mistaken, onTicket, tooLong } from '../ticket-actions.ts'
import type { AgentVisit, Answer } from '../visit.ts'
import { authorOf } from '../visit.ts'

const read = (
  fields: ReadonlyMap<string, string>,
  visit: AgentVisit,
): { value: { body: string; key: string | undefined } } | { problem: string } => {
  const body = textOf(fields, 'body')
  if (isBlank(body)) return { problem: refusalText(refuse('text-empty'), visit.t) }
  const long = tooLong(body, visit)
  return long ? { problem: long } : { value: { body, key: keyOf(fields) } }
}

export const create = (visit: AgentVisit): Promise<Answer> =>
  onTicket(visit, async (ref) => {
    const { fields } = await visit.form()
    const form = read(fields, visit)
    const body = textOf(fields, 'body')
    if ('problem' in form) return mistaken(visit, ref, attempt('reply', body, form.problem))
    const result = await replyToTicket(visit.door.parts, { ref, by: authorOf(visit.viewer), ...form.value })
    return acted(visit, ref, result, { attempt: attempt('reply', body), say: 'flash.replied' })
  })
