// After a ticket was resolved its requester says whether it is solved, and how they were helped.
// "Not solved" opens it again within the desk's time for that. How they were helped is one answer, good or
// bad, that they may change while the ticket stays resolved; agents read it, and it lives in GitLab.

import { hearFromRequester, isBlank, mayStillAnswer } from './conversation.ts'
import type { Circumstances, Decision } from './decision.ts'
import { happened, toBeDone } from './decision.ts'
import type { Desk } from './desk.ts'
import type { TicketEvent } from './event.ts'
import { compareEvents } from './event.ts'
import type { FileRef } from './operation.ts'
import type { Refusal } from './refusal.ts'
import { refuse } from './refusal.ts'
import { reopen } from './resolution.ts'
import type { Ticket } from './ticket.ts'

export type Rating = { readonly good: boolean; readonly comment: string }

const unchanged = (ticket: Ticket): Decision => ({ ticket, events: [], operations: [] })

const byRequester = (ticket: Ticket, circumstances: Circumstances): Circumstances => ({
  ...circumstances,
  by: { kind: 'requester', name: ticket.requester.name },
})

/** The requester says that it is not solved, with a text and files or without. On an open ticket that is a reply. */
export const notSolved = (
  ticket: Ticket,
  { text, files }: { readonly text: string; readonly files: readonly FileRef[] },
  desk: Desk,
  circumstances: Circumstances,
): Decision | Refusal => {
  if (!isBlank(text) || files.length > 0)
    return hearFromRequester(ticket, { text, files, from: null }, desk, circumstances)
  if (ticket.state !== 'resolved') return unchanged(ticket)
  if (!mayStillAnswer(ticket, desk, circumstances.at)) return refuse('ticket-resolved')
  return reopen(ticket, desk, byRequester(ticket, circumstances))
}

/** The answer that counts now: the last one since the ticket was last opened again; null = none. */
export const ratingOf = (events: readonly TicketEvent[]): Rating | null => {
  let rating: Rating | null = null
  for (const { what, hidden } of [...events].sort(compareEvents)) {
    if (what.kind === 'reopened') rating = null
    if (what.kind === 'rated' && !hidden) rating = { good: what.good, comment: what.text }
  }
  return rating
}

const heads = { good: 'It was a good help.', bad: 'It was no good help.' } as const

/** As it stands in GitLab, for people: a note must not be empty, and a comment may be. */
const told = ({ good, comment }: Rating): string =>
  [good ? heads.good : heads.bad, ...(comment === '' ? [] : [comment])].join('\n\n')

/** The comment in such a note. */
export const commentOf = (text: string): string => {
  const head = Object.values(heads).find((sentence) => text === sentence || text.startsWith(`${sentence}\n`))
  return head === undefined ? text : text.slice(head.length).trimStart()
}

/** `events`: of this ticket. The same answer given again changes nothing. */
export const rate = (
  ticket: Ticket,
  events: readonly TicketEvent[],
  said: Rating,
  circumstances: Circumstances,
): Decision | Refusal => {
  if (ticket.state !== 'resolved') return refuse('ticket-open')
  const rating = { good: said.good, comment: isBlank(said.comment) ? '' : said.comment.trim() }
  const before = ratingOf(events)
  if (before?.good === rating.good && before.comment === rating.comment) return unchanged(ticket)
  const requester = byRequester(ticket, circumstances)
  const note = toBeDone(ticket, requester, {
    kind: 'note',
    purpose: 'satisfaction',
    text: told(rating),
    internal: true,
    good: rating.good,
  })
  return {
    ticket: { ...ticket, changedAt: circumstances.at },
    events: [
      happened(ticket, requester, note.id, { kind: 'rated', good: rating.good, text: rating.comment }),
    ],
    operations: [note],
  }
}
