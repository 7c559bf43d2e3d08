// Resolving answers the requester and closes the ticket. There is always a written answer,
// because GitLab itself tells a requester nothing when an issue is closed: an empty one
// becomes a standard sentence. Reopening puts it back where it was, level and person included.

import { isBlank } from './conversation.ts'
import type { Circumstances, Decision } from './decision.ts'
import { happened, toBeDone } from './decision.ts'
import type { Desk } from './desk.ts'
import type { Refusal } from './refusal.ts'
import { refuse } from './refusal.ts'
import type { Ticket } from './ticket.ts'

export const resolve = (
  ticket: Ticket,
  input: { readonly answer: string; readonly standardAnswer: string; readonly desk: Desk },
  circumstances: Circumstances,
): Decision | Refusal => {
  if (ticket.state === 'resolved') return refuse('ticket-resolved')
  const { waiting } = input.desk.labels
  const text = isBlank(input.answer) ? input.standardAnswer : input.answer
  const note = toBeDone(ticket, circumstances, { kind: 'note', purpose: 'resolve', text, internal: false })
  const close = toBeDone(ticket, circumstances, {
    kind: 'change',
    addLabels: [],
    removeLabels: ticket.labels.includes(waiting) ? [waiting] : [],
    state: 'closed',
  })
  return {
    ticket: {
      ...ticket,
      state: 'resolved',
      labels: ticket.labels.filter((label) => label !== waiting),
      awaitingSince: null,
      resolvedAt: circumstances.at,
      changedAt: circumstances.at,
    },
    events: [happened(ticket, circumstances, note.id, { kind: 'resolved', text, viaMergeRequest: null })],
    operations: [note, close],
  }
}

export const reopen = (ticket: Ticket, desk: Desk, circumstances: Circumstances): Decision | Refusal => {
  if (ticket.state !== 'resolved') return refuse('ticket-open')
  // Closed by hand it may still bear the label; opened again it is our turn.
  const { waiting } = desk.labels
  const change = toBeDone(ticket, circumstances, {
    kind: 'change',
    addLabels: [],
    removeLabels: ticket.labels.includes(waiting) ? [waiting] : [],
    state: 'opened',
  })
  return {
    ticket: {
      ...ticket,
      state: 'open',
      labels: ticket.labels.filter((label) => label !== waiting),
      awaitingSince: circumstances.at,
      resolvedAt: null,
      changedAt: circumstances.at,
    },
    events: [happened(ticket, circumstances, change.id, { kind: 'reopened' })],
    operations: [change],
  }
}
