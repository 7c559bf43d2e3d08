// What all actions on a ticket have in common: which ticket is meant, what the visitor reads
// afterwards, and the page with everything typed still in its field when a rule said no.

import type { Done } from '../application/decide.ts'
import { keepAudit } from '../application/keep-audit.ts'
import type { Member, TicketRef } from '../application/ports.ts'
import type { TicketReading } from '../application/read-ticket.ts'
import type { Deed } from '../domain/audit.ts'
import { doerOf } from '../domain/audit.ts'
import { levelName } from '../domain/level.ts'
import { laneOf } from '../domain/operation.ts'
import type { Refusal } from '../domain/refusal.ts'
import { isRefusal } from '../domain/refusal.ts'
import type { Ticket } from '../domain/ticket.ts'
import type { Flash } from './flash.ts'
import { flash } from './flash.ts'
import { longestText } from './form-fields.ts'
import { refusalText } from './pages/refusal-text.ts'
import type { ReturnedForm, TicketForm, TicketFormField } from './pages/ticket.ts'
import { mayDo, ticketPage } from './pages/ticket.ts'
import { ticketUrl } from './pages/ticket-url.ts'
import { renderPage } from './rendering.ts'
import { ticketRefOf } from './security.ts'
import type { AgentVisit, Answer } from './visit.ts'
import { authorOf, missing, page, redirect, refPath } from './visit.ts'

/** What was sent and may come back with a sentence. */
export type Attempt = {
  readonly form: TicketForm
  /** What was written, or chosen. */
  readonly text: string
  /** null = the sentence is still to come. */
  readonly problem: string | null
}

export const attempt = (form: TicketForm, text = '', problem: string | null = null): Attempt => ({
  form,
  text,
  problem,
})

/** A sentence for a text that is too long, or null. */
export const tooLong = (text: string, visit: AgentVisit): string | null =>
  text.length > longestText ? visit.t('errors.tooLong', { count: longestText }) : null

const fields: Record<TicketForm, TicketFormField | null> = {
  reply: 'body',
  note: 'body',
  escalate: 'reason',
  'hand-back': 'reason',
  resolve: 'answer',
  category: 'category',
  assignee: 'assignee',
  waiting: 'waiting',
  reopen: null,
  branch: null,
  'new-link': null,
}

/** Where a kind of text is not offered any more, its words wait in the internal note: nothing typed is lost. */
const placeFor = ({ form, text }: Attempt, ticket: Ticket, visit: AgentVisit): TicketForm => {
  const may = mayDo(ticket, visit.viewer.role, visit.door.parts)
  const gone =
    (form === 'escalate' && !may.escalate) ||
    (form === 'hand-back' && !may.handBack) ||
    (form === 'resolve' && !may.resolve)
  return gone && text !== '' ? 'note' : form
}

const returned = (again: Attempt, ticket: Ticket, visit: AgentVisit): ReturnedForm => {
  const form = placeFor(again, ticket, visit)
  const field = fields[form]
  return {
    form,
    state: {
      values: field === null ? {} : { [field]: again.text },
      errors: again.problem === null ? {} : { '': again.problem },
    },
  }
}

type Again = Attempt & { readonly status: number }

/** The page of a ticket; `formKey` stands in its forms, so that one sent twice counts once. */
export const ticketAnswer = (
  visit: AgentVisit,
  reading: TicketReading & { readonly members: readonly Member[] },
  formKey: string,
  again: Again | null = null,
): Answer => {
  const form = again ? returned(again, reading.ticket, visit) : null
  return page(renderPage(ticketPage(visit.context(), { ...reading, newKey: formKey, form })), again?.status)
}

const ticketAgain = async (visit: AgentVisit, ref: TicketRef, again: Again): Promise<Answer> => {
  const reading = await visit.door.browse.ticket(ref)
  return reading ? ticketAnswer(visit, reading, visit.door.parts.newId(), again) : missing
}

/** Reads which ticket is meant and goes on; a reference that cannot be one is no page of ours. */
export const onTicket = (visit: AgentVisit, work: (ref: TicketRef) => Promise<Answer>): Promise<Answer> => {
  const ref = ticketRefOf(visit.param('ref'))
  return ref ? work(ref) : Promise.resolve(missing)
}

/** The page again with the form's mistake beside its field. */
export const mistaken = (visit: AgentVisit, ref: TicketRef, again: Attempt): Promise<Answer> =>
  ticketAgain(visit, ref, { ...again, status: 422 })

/** Where the visitor goes after a use case has answered. */
export const acted = async (
  visit: AgentVisit,
  ref: TicketRef,
  result: Done | Refusal,
  options: {
    readonly attempt: Attempt
    /** Key of the sentence for what was done. */
    readonly say: Flash['key']
    /** For a form that was sent before; else the same sentence. */
    readonly sayAlready?: (done: Done) => Flash
  },
): Promise<Answer> => {
  if (isRefusal(result)) return refused(visit, ref, result, options.attempt)
  const to = ticketUrl(result.ticket)
  if (result.already && options.sayAlready) return redirect(to, options.sayAlready(result))
  const values = {
    level: levelName(result.ticket.level, visit.door.parts.desk),
    name: result.ticket.requester.name || visit.t('requester.unknown'),
  }
  return redirect(to, flash((await isDelivered(visit, result)) ? 'done' : 'saved', options.say, values))
}

/** Whether GitLab knows it all already, mails or not; a ticket has few operations, so this is one small look. */
const isDelivered = async (visit: AgentVisit, { ticket }: Done): Promise<boolean> => {
  const open = await visit.door.parts.store.read((reader) => reader.operations(ticket.id))
  return open.every(({ intent }) => laneOf(intent) === 'mail')
}

const deeds: Readonly<Record<TicketForm, Deed>> = {
  reply: 'reply',
  note: 'note',
  escalate: 'escalate',
  'hand-back': 'hand-back',
  resolve: 'resolve',
  category: 'categorise',
  assignee: 'assign',
  waiting: 'wait',
  reopen: 'reopen',
  branch: 'branch',
  'new-link': 'renew-link',
}

const refused = async (
  visit: AgentVisit,
  ref: TicketRef,
  refusal: Refusal,
  again: Attempt,
): Promise<Answer> => {
  if (refusal.code === 'ticket-missing') return missing
  const { parts } = visit.door
  const ticket = await parts.store.read((reader) => reader.ticket(ref))
  await keepAudit(parts, {
    by: doerOf(authorOf(visit.viewer)),
    what: deeds[again.form],
    ticketId: ticket?.id ?? null,
    about: '',
    result: refusal.code,
  })
  // Somebody was quicker. What was wanted is so, and the page shows by whom.
  if (refusal.code === 'already-at-level') return redirect(refPath(ref), alreadyAtLevel(refusal.particulars))
  return ticketAgain(visit, ref, { ...again, problem: refusalText(refusal, visit.t), status: 409 })
}

export const alreadyAtLevel = (particulars: Refusal['particulars']): Flash =>
  flash('refused', 'refusals.already-at-level', { ...particulars })
