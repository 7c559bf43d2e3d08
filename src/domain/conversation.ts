// Replies are public and go to the requester; internal notes stay among agents. A reply says
// that it is no longer our turn; a note changes nothing about who waits for whom.

import type { Circumstances, Decision } from './decision.ts'
import { happened, toBeDone } from './decision.ts'
import type { Refusal } from './refusal.ts'
import { refuse } from './refusal.ts'
import type { Ticket } from './ticket.ts'

/** Text without anything a person could see counts as empty: GitLab would refuse such a note. */
export const isBlank = (text: string): boolean =>
  text.replace(/[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}]/gu, '') === ''

export const reply = (ticket: Ticket, text: string, circumstances: Circumstances): Decision | Refusal => {
  if (isBlank(text)) return refuse('text-empty')
  const note = toBeDone(ticket, circumstances, { kind: 'note', purpose: 'reply', text, internal: false })
  return {
    ticket: { ...ticket, awaitingSince: null, changedAt: circumstances.at },
    events: [happened(ticket, circumstances, note.id, { kind: 'replied', text })],
    operations: [note],
  }
}

export const noteInternally = (
  ticket: Ticket,
  text: string,
  circumstances: Circumstances,
): Decision | Refusal => {
  if (isBlank(text)) return refuse('text-empty')
  const note = toBeDone(ticket, circumstances, { kind: 'note', purpose: 'note', text, internal: true })
  return {
    ticket: { ...ticket, changedAt: circumstances.at },
    events: [happened(ticket, circumstances, note.id, { kind: 'noted', text })],
    operations: [note],
  }
}
