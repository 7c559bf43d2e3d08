// What GitLab has not been told yet, for those who lead the desk, and their two answers to what is
// stuck. Afterwards they are where they came from: on the list, or on the ticket.

import type { StuckAnswer, StuckAnswered } from '../../application/answer-stuck-operation.ts'
import { dropOperation } from '../../application/drop-operation.ts'
import { listOperations } from '../../application/list-operations.ts'
import { retryOperation } from '../../application/retry-operation.ts'
import type { Operation } from '../../domain/operation.ts'
import { laneOf } from '../../domain/operation.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { isRefusal } from '../../domain/refusal.ts'
import type { Flash } from '../flash.ts'
import { flash } from '../flash.ts'
import { operationsPage } from '../pages/operations.ts'
import { ticketUrl } from '../pages/ticket-url.ts'
import { renderPage } from '../rendering.ts'
import { ticketRefOf } from '../security.ts'
import type { AgentVisit, Answer } from '../visit.ts'
import { authorOf, missing, page, redirect } from '../visit.ts'

const perPage = 50
const listUrl = '/operations'

export const show = async (visit: AgentVisit): Promise<Answer> => {
  const { door, query, viewer } = visit
  const cursor = query.get('cursor') ?? null
  const reading = await listOperations(door.parts, { cursor, limit: perPage, me: viewer.username })
  return page(renderPage(operationsPage(visit.context(), reading)))
}

const afterRetry: Record<Operation['state'], Flash> = {
  done: flash('done', 'flash.retried'),
  stuck: flash('refused', 'flash.stuckAgain'),
  ready: flash('saved', 'flash.retrying'),
  sending: flash('saved', 'flash.retrying'),
  unknown: flash('saved', 'flash.retrying'),
}

/** Nobody waits for a mail to go out; it is on its way to no GitLab. */
const afterMailRetry: Record<Operation['state'], Flash> = {
  done: flash('done', 'flash.mailSent'),
  stuck: flash('refused', 'flash.mailStuckAgain'),
  ready: flash('done', 'flash.retrying'),
  sending: flash('done', 'flash.retrying'),
  unknown: flash('done', 'flash.retrying'),
}

const isMail = ({ operation }: StuckAnswered): boolean => laneOf(operation.intent) === 'mail'

/** `work` changes it where it is stuck; `say` is what the lead reads. */
const answer = async <A extends StuckAnswered>(
  visit: AgentVisit,
  work: (request: StuckAnswer) => Promise<A | Refusal | null>,
  say: { readonly did: string; readonly told: (answered: A) => Flash },
): Promise<Answer> => {
  // An operation's id looks like a ticket's.
  const ref = ticketRefOf(visit.param('id'))
  if (!ref || !('id' in ref)) return missing
  const { fields } = await visit.form()
  const answered = await work({ id: ref.id, role: visit.viewer.role, by: authorOf(visit.viewer) })
  if (answered === null) return missing
  if (isRefusal(answered))
    return redirect(listUrl, flash('refused', `refusals.${answered.code}`, { ...answered.particulars }))
  const to = fields.get('back') === 'ticket' ? ticketUrl(answered.ticket) : listUrl
  if (answered.already) return redirect(to, flash('refused', 'flash.notStuck'))
  visit.door.log.info(
    {
      operation: ref.id,
      kind: answered.operation.intent.kind,
      ticket: answered.ticket.iid,
      by: visit.viewer.username,
    },
    say.did,
  )
  return redirect(to, say.told(answered))
}

export const retry = (visit: AgentVisit): Promise<Answer> =>
  answer(visit, (request) => retryOperation(visit.door.parts, request), {
    did: 'a stuck operation is sent again',
    told: (answered) => (isMail(answered) ? afterMailRetry : afterRetry)[answered.state],
  })

export const drop = (visit: AgentVisit): Promise<Answer> =>
  answer(visit, (request) => dropOperation(visit.door.parts, request), {
    did: 'a stuck operation is given up',
    told: (answered) => flash('done', isMail(answered) ? 'flash.mailDropped' : 'flash.dropped'),
  })
