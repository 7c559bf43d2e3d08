// The small handles on a ticket: who works on it, what it is about, and whether it waits on
// the requester. Asking for what is already so changes nothing and bothers GitLab with nothing.

import { categoryById } from './category.ts'
import type { Circumstances, Decision } from './decision.ts'
import { happened, toBeDone } from './decision.ts'
import type { Desk } from './desk.ts'
import { levelName } from './level.ts'
import type { Refusal } from './refusal.ts'
import { refuse } from './refusal.ts'
import type { Agent } from './role.ts'
import { mayWorkAtLevel } from './role.ts'
import type { Ticket } from './ticket.ts'

const unchanged = (ticket: Ticket): Decision => ({ ticket, events: [], operations: [] })

/** `assignee` null = nobody. Level 2 and above takes somebody who can push the fix. */
export const assign = (
  ticket: Ticket,
  assignee: Agent | null,
  desk: Desk,
  circumstances: Circumstances,
): Decision | Refusal => {
  if (assignee && !mayWorkAtLevel(assignee.role, ticket.level))
    return refuse('assignee-not-for-level', { name: assignee.name, level: levelName(ticket.level, desk) })
  const username = assignee?.username ?? null
  if (ticket.assignee === username) return unchanged(ticket)
  const change = toBeDone(ticket, circumstances, {
    kind: 'change',
    addLabels: [],
    removeLabels: [],
    assignee: assignee?.id ?? null,
  })
  return {
    ticket: { ...ticket, assignee: username, changedAt: circumstances.at },
    events: [happened(ticket, circumstances, change.id, { kind: 'assigned', assignee: username })],
    operations: [change],
  }
}

/** `id` '' = no category. The labels of all other categories go in the same change. */
export const categorise = (
  ticket: Ticket,
  id: string,
  desk: Desk,
  circumstances: Circumstances,
): Decision | Refusal => {
  const category = id === '' ? null : categoryById(id, desk)
  if (category === undefined) return refuse('category-unknown', { id })
  const wrong = desk.categories
    .filter((other) => other.id !== category?.id && ticket.labels.includes(other.label.name))
    .map((other) => other.label.name)
  if (ticket.category === (category?.id ?? null) && wrong.length === 0) return unchanged(ticket)
  const right = category?.label.name
  const change = toBeDone(ticket, circumstances, {
    kind: 'change',
    addLabels: right === undefined ? [] : [right],
    removeLabels: wrong,
  })
  return {
    ticket: {
      ...ticket,
      category: category?.id ?? null,
      labels: [
        ...ticket.labels.filter((label) => !wrong.includes(label) && label !== right),
        ...(right === undefined ? [] : [right]),
      ],
      changedAt: circumstances.at,
    },
    events: [
      happened(ticket, circumstances, change.id, { kind: 'categorised', category: category?.id ?? null }),
    ],
    operations: [change],
  }
}

export const setWaiting = (
  ticket: Ticket,
  waiting: boolean,
  desk: Desk,
  circumstances: Circumstances,
): Decision | Refusal => {
  if (ticket.state === 'resolved') return refuse('ticket-resolved')
  if ((ticket.state === 'waiting') === waiting) return unchanged(ticket)
  const label = desk.labels.waiting
  const change = toBeDone(ticket, circumstances, {
    kind: 'change',
    addLabels: waiting ? [label] : [],
    removeLabels: waiting ? [] : [label],
  })
  return {
    ticket: {
      ...ticket,
      state: waiting ? 'waiting' : 'open',
      labels: waiting ? [...ticket.labels, label] : ticket.labels.filter((other) => other !== label),
      awaitingSince: waiting ? null : circumstances.at,
      changedAt: circumstances.at,
    },
    events: [
      happened(ticket, circumstances, change.id, { kind: waiting ? 'waiting-started' : 'waiting-ended' }),
    ],
    operations: [change],
  }
}
