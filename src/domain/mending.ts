// What Belay puts right in GitLab by itself, once and visibly: a level label left standing beside a
// higher one; a second issue that GitLab made of one opening because its answer came too late; the
// category that a mail's subject asks for; and what GitLab's Service Desk leaves as it was when the
// requester answers. All are ordinary operations with an event in the timeline; nobody's name stands on them.

import type { Category } from './category.ts'
import { categoriesInTitle } from './category.ts'
import type { Circumstances, Decision } from './decision.ts'
import { happened, toBeDone } from './decision.ts'
import type { Desk } from './desk.ts'
import type { TicketEvent } from './event.ts'
import type { Author } from './operation.ts'
import type { RemoteHistory } from './remote.ts'
import type { Ticket } from './ticket.ts'

/** Whose deed it is when Belay mends something. */
export const theDesk: Author = { kind: 'desk', name: 'Belay' }

/** The label of a closed double; GitLab makes it where it is missing. */
export const duplicateLabel = 'duplicate'

/** Takes level labels away that stand below the ticket's level. */
export const mendLevels = (
  ticket: Ticket,
  below: readonly string[],
  circumstances: Circumstances,
): Decision => {
  const change = toBeDone(ticket, circumstances, { kind: 'change', addLabels: [], removeLabels: below })
  return {
    ticket: { ...ticket, labels: ticket.labels.filter((label) => !below.includes(label)) },
    events: below.map((label, index) => ({
      ...happened(ticket, circumstances, change.id, { kind: 'label-removed', label }),
      source: index === 0 ? `op:${change.id}` : `op:${change.id}:${index}`,
    })),
    operations: [change],
  }
}

/**
 * `double`: GitLab's second issue of the opening that `real` has. It leaves the desk at once and is closed
 * in GitLab, unless that was done or tried before: what people make of it afterwards is theirs.
 */
export const closeDouble = (
  double: Ticket,
  real: number,
  already: { readonly closed: boolean; readonly tried: boolean },
  circumstances: Circumstances,
): Decision => {
  const done = already.tried || (already.closed && double.labels.includes(duplicateLabel))
  return {
    ticket: {
      ...double,
      state: 'resolved',
      awaitingSince: null,
      gone: { why: 'duplicate', of: real },
    },
    events: [],
    operations: done
      ? []
      : [
          toBeDone(double, circumstances, {
            kind: 'change',
            addLabels: [duplicateLabel],
            removeLabels: [],
            state: 'closed',
          }),
          toBeDone(double, circumstances, {
            kind: 'note',
            purpose: 'note',
            text: `This is a duplicate of #${real}: GitLab finished it after Belay had sent the ticket again. Everything goes on in #${real}.`,
            internal: true,
          }),
        ],
  }
}

/**
 * The category that the title of a ticket asks for that was not opened here. null where it asks for none or
 * several, or where somebody ever gave it one or took it away: then it is theirs.
 */
export const categoryToMend = (
  ticket: Ticket,
  { ticket: remote, labelEvents }: RemoteHistory,
  desk: Desk,
): Category | null => {
  if (remote.marker !== null || ticket.gone !== null || ticket.state === 'resolved') return null
  const labels = desk.categories.map(({ label }) => label.name)
  const decided =
    labels.some((label) => remote.labels.includes(label)) ||
    labelEvents.some(({ label }) => label !== null && labels.includes(label))
  const [asked, another] = decided ? [] : categoriesInTitle(ticket.title, desk)
  return asked && !another ? asked : null
}

/** An answer on a resolved ticket that is older than this was seen by people before we came (milliseconds). */
const lately = 86_400_000

/**
 * What the requester's answer by mail should have ended, and GitLab did not: waiting for them, or that the ticket
 * is resolved. Our own ways of answering do it at once.
 */
export const endedByAnswer = (
  ticket: Ticket,
  events: readonly TicketEvent[],
  desk: Desk,
  at: number,
): 'waiting' | 'resolved' | null => {
  if (ticket.gone !== null || ticket.state === 'open') return null
  // The label itself, not what is told of it: of those that an issue was opened with, nothing is told.
  const began = events.findLast(({ what, hidden }) =>
    ticket.state === 'waiting'
      ? what.kind === 'label-added' && what.label === desk.labels.waiting
      : what.kind === 'resolved' && !hidden,
  )
  const words = events.filter(({ what, at: said }) => what.kind === 'replied' && said > (began?.at ?? 0))
  const last = words.at(-1)
  if (!began || last?.actor.kind !== 'requester') return null
  if (ticket.state === 'waiting') return 'waiting'
  const inTime = last.at - began.at <= desk.mail.reopenWithin && at - last.at <= lately
  return ticket.requester.serviceDesk && inTime ? 'resolved' : null
}
