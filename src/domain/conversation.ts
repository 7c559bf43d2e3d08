// Replies are public and go to the requester; internal notes stay among agents. An agent's reply says
// that it is no longer our turn, the requester's that it is; a note changes nothing about who waits
// for whom. Who answers soon after the ticket was resolved has it open again.

import type { Circumstances, Decision } from './decision.ts'
import { happened, toBeDone } from './decision.ts'
import type { Desk } from './desk.ts'
import { isErased } from './erasure.ts'
import type { FileRef, NewOperation } from './operation.ts'
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

const uploadsOf = (ticket: Ticket, files: readonly FileRef[], circumstances: Circumstances): NewOperation[] =>
  files.map((file) => toBeDone(ticket, circumstances, { kind: 'upload', file }))

/** Whether an answer of the requester's still belongs to this ticket; afterwards it is a new one. */
export const mayStillAnswer = (
  ticket: Pick<Ticket, 'state' | 'resolvedAt' | 'gone' | 'requester'>,
  desk: Desk,
  at: number,
): boolean =>
  ticket.gone === null &&
  // Nobody knows any more whose it was, and what is written on it would be erased.
  !isErased(ticket) &&
  (ticket.state !== 'resolved' || at - (ticket.resolvedAt ?? 0) <= desk.mail.reopenWithin)

/**
 * The requester answers, by whatever way. `from`: somebody else writes in their place, as far as the ticket's own
 * mail came to them; null = the requester. A resolved ticket is open again, and it is our turn.
 */
export const hearFromRequester = (
  ticket: Ticket,
  said: {
    readonly text: string
    readonly files: readonly FileRef[]
    readonly from: { readonly name: string } | null
  },
  desk: Desk,
  circumstances: Circumstances,
): Decision | Refusal => {
  if (isBlank(said.text) && said.files.length === 0) return refuse('text-empty')
  if (!mayStillAnswer(ticket, desk, circumstances.at)) return refuse('ticket-resolved')
  const requester: Circumstances = {
    ...circumstances,
    by: { kind: 'requester', name: ticket.requester.name },
  }
  const written = isBlank(said.text) ? '(Files only.)' : said.text
  const text = said.from === null ? written : `(${said.from.name})\n\n${written}`
  const uploads = uploadsOf(ticket, said.files, requester)
  const note = toBeDone(ticket, requester, {
    kind: 'note',
    purpose: 'reply',
    text,
    internal: false,
    ...(said.files.length > 0 ? { files: said.files } : {}),
  })
  const { waiting } = desk.labels
  const wasWaiting = ticket.state === 'waiting' || ticket.labels.includes(waiting)
  const wasResolved = ticket.state === 'resolved'
  const change =
    wasWaiting || wasResolved
      ? toBeDone(ticket, requester, {
          kind: 'change',
          addLabels: [],
          removeLabels: wasWaiting ? [waiting] : [],
          ...(wasResolved ? { state: 'opened' as const } : {}),
        })
      : null
  const ends = change && (wasResolved ? ('reopened' as const) : ('waiting-ended' as const))
  return {
    ticket: {
      ...ticket,
      state: 'open',
      labels: ticket.labels.filter((label) => label !== waiting),
      awaitingSince:
        wasWaiting || wasResolved ? circumstances.at : (ticket.awaitingSince ?? circumstances.at),
      resolvedAt: null,
      changedAt: circumstances.at,
    },
    events: [
      happened(ticket, requester, note.id, { kind: 'replied', text }),
      ...(change && ends ? [happened(ticket, requester, change.id, { kind: ends })] : []),
    ],
    operations: [...uploads, note, ...(change ? [change] : [])],
  }
}

/** What came without proof of who wrote it: among agents, in the name it gives, and nobody's turn changes. */
export const noteUnverified = (
  ticket: Ticket,
  said: { readonly text: string; readonly files: readonly FileRef[]; readonly by: string },
  circumstances: Circumstances,
): Decision => {
  const desk: Circumstances = { ...circumstances, by: { kind: 'desk', name: 'Belay' } }
  const text = `${said.by}\n\n${said.text}`
  const note = toBeDone(ticket, desk, {
    kind: 'note',
    purpose: 'note',
    text,
    internal: true,
    quotes: true,
    ...(said.files.length > 0 ? { files: said.files } : {}),
  })
  return {
    ticket: { ...ticket, changedAt: circumstances.at },
    events: [happened(ticket, desk, note.id, { kind: 'noted', text })],
    operations: [...uploadsOf(ticket, said.files, desk), note],
  }
}
