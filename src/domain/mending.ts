// What Belay puts right in GitLab by itself, once and visibly: a level label left standing beside
// a higher one, and a second issue that GitLab made of one opening because its answer came too
// late. Both are ordinary operations with an event in the timeline; nobody's name stands on them.

import type { Circumstances, Decision } from './decision.ts'
import { happened, toBeDone } from './decision.ts'
import type { Author } from './operation.ts'
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
