// From a ticket's timeline to the events that the figures are made of. GitLab's own label and state events count,
// not what the timeline tells of them; what we did ourselves counts until GitLab's own is read. Of a ticket that was
// never read in full only what a list tells is known: when it was opened, and how it stands.

import { categoryById, categoryOfLabels } from '../category.ts'
import type { Desk } from '../desk.ts'
import type { Actor, TicketEvent } from '../event.ts'
import type { Ticket } from '../ticket.ts'
import type { Exclusion, KpiEvent, KpiHappening, KpiTicket } from './figures.ts'
import { compareKpiEvents } from './order.ts'

export type MeasuredTicket = Pick<
  Ticket,
  | 'iid'
  | 'category'
  | 'priority'
  | 'assignee'
  | 'labels'
  | 'level'
  | 'state'
  | 'openedAt'
  | 'resolvedAt'
  | 'gone'
>

const doubleKinds: readonly TicketEvent['what']['kind'][] = ['marked-duplicate', 'has-duplicate', 'reopened']

/**
 * The number of the ticket that goes on for this one, which was closed as its duplicate; null where none does. Whoever
 * opens it again takes that back, as in GitLab.
 */
export const goesOnAs = (
  ticket: Pick<MeasuredTicket, 'state'>,
  events: readonly TicketEvent[],
): number | null => {
  if (ticket.state !== 'resolved') return null
  const last = events
    .filter(({ what }) => doubleKinds.includes(what.kind))
    .sort(compareKpiEvents)
    .at(-1)
  return last?.what.kind === 'marked-duplicate' ? last.what.of : null
}

const exclusionOf = (
  ticket: MeasuredTicket,
  events: readonly TicketEvent[],
  { labels }: Desk,
): Exclusion | null => {
  if (ticket.gone !== null) return ticket.gone.why
  if (goesOnAs(ticket, events) !== null) return 'duplicate'
  const out = ticket.labels.some((label) => label === labels.noKpi || labels.notCounted.includes(label))
  return out ? 'label' : null
}

/** Read in full, or opened here: then all that happened before GitLab is read was our own doing. */
const isTold = (events: readonly TicketEvent[]): boolean => events.some(({ what }) => what.kind === 'opened')

/** `readAt`: when it was last read in full, null = never. `arrivedAt`: when the mail came that it was made of. */
export const kpiTicketOf = (
  ticket: MeasuredTicket,
  events: readonly TicketEvent[],
  {
    readAt,
    desk,
    arrivedAt = null,
  }: { readonly readAt: number | null; readonly desk: Desk; readonly arrivedAt?: number | null },
): KpiTicket => ({
  createdAt: ticket.openedAt,
  category: ticket.category,
  priority: ticket.priority,
  assignee: ticket.assignee,
  excluded: exclusionOf(ticket, events, desk),
  complete: readAt !== null || ticket.iid === null || isTold(events),
  arrivedAt,
})

type Who = Pick<KpiEvent, 'actor' | 'by'>

const whoOf = (actor: Actor): Who =>
  actor.kind === 'agent' ? { actor: 'agent', by: actor.username || null } : { actor: actor.kind, by: null }

const nobody: Who = { actor: 'other', by: null }

/** Not confirmed by GitLab yet. */
const isOwn = (source: string): boolean => source.startsWith('op:')

const isLabelFact = ({ source, hidden }: TicketEvent): boolean =>
  hidden && (source.startsWith('label:') || source.startsWith('noticed:label:'))

/** Labels of a new issue get events of their own a moment later: it was opened with them (milliseconds). */
const opening = 2_000

/** Labels that came or went, or all categories replaced by one. */
type Marking = { readonly at: number; readonly source: string } & (
  | { readonly label: string; readonly added: boolean }
  | { readonly category: string | null }
)

/**
 * What the ticket was about and how urgent it was, as it changed: of several labels the first of the desk's order
 * counts, so each instant is looked at as a whole.
 */
const meaningsOf = (markings: readonly Marking[], desk: Desk): KpiEvent[] => {
  const present = new Set<string>()
  const categoryNow = () => categoryOfLabels([...present], desk)?.id ?? null
  const priorityNow = () =>
    (desk.priorities.find(({ label }) => label !== null && present.has(label)) ?? desk.priorities[0])?.id ??
    null
  let category = categoryNow()
  let priority = priorityNow()
  const events: KpiEvent[] = []
  const inOrder = [...markings].sort(compareKpiEvents)
  inOrder.forEach((marking, index) => {
    const { at } = marking
    if ('label' in marking) marking.added ? present.add(marking.label) : present.delete(marking.label)
    else {
      for (const other of desk.categories) present.delete(other.label.name)
      const chosen = marking.category === null ? undefined : categoryById(marking.category, desk)
      if (chosen) present.add(chosen.label.name)
    }
    if (inOrder[index + 1]?.at === at) return
    const add = (source: string, happening: KpiHappening) =>
      events.push({ at, source: `${source}:${at}`, ...nobody, ...happening })
    const newCategory = categoryNow()
    if (newCategory !== category) {
      if (category !== null) add('category:off', { kind: 'category_off', category })
      if (newCategory !== null) add('category:on', { kind: 'category_on', category: newCategory })
      category = newCategory
    }
    const newPriority = priorityNow()
    if (newPriority !== priority) {
      if (priority !== null) add('priority:off', { kind: 'priority_off', priority })
      if (newPriority !== null) add('priority:on', { kind: 'priority_on', priority: newPriority })
      priority = newPriority
    }
  })
  return events
}

const isOfState = ({ kind }: KpiEvent): boolean =>
  kind === 'resolved' || kind === 'reopened' || kind === 'wait_on' || kind === 'wait_off'

const isOfLevel = ({ kind }: KpiEvent): boolean =>
  kind === 'level_on' || kind === 'level_off' || kind === 'level_at'

const holds = (event: KpiEvent, { state, level }: MeasuredTicket): boolean => {
  if (event.kind === 'resolved') return state === 'resolved'
  if (event.kind === 'reopened') return state !== 'resolved'
  if (event.kind === 'wait_on') return state === 'waiting'
  if (event.kind === 'wait_off') return state !== 'waiting'
  return event.kind !== 'level_at' || event.level === level
}

/**
 * GitLab refused what we wanted (its operation is stuck) and was read since: our event stays in the timeline for a
 * person to see, but the ticket does not stand as it says.
 */
const withoutRefused = (inOrder: readonly KpiEvent[], ticket: MeasuredTicket): readonly KpiEvent[] => {
  if (!inOrder.some(({ source }) => isOwn(source))) return inOrder
  const refused = new Set<KpiEvent>()
  for (const belongs of [isOfState, isOfLevel])
    for (const event of inOrder.filter(belongs).reverse()) {
      if (!isOwn(event.source) || holds(event, ticket)) break
      refused.add(event)
    }
  return refused.size === 0 ? inOrder : inOrder.filter((event) => !refused.has(event))
}

/** What a list tells of a ticket that was never read, and our own events do not tell better. */
const fromListing = (ticket: MeasuredTicket, events: readonly TicketEvent[]): KpiEvent[] => {
  const made: KpiEvent[] = []
  const start = (source: string, happening: KpiHappening) =>
    made.push({ at: ticket.openedAt, source: `created:${source}`, ...nobody, ...happening })
  let level: number | null = null
  let waiting: boolean | null = null
  for (const { what } of events) {
    if (what.kind === 'escalated' || what.kind === 'handed-back' || what.kind === 'level-changed')
      level ??= what.from
    else if (what.kind === 'waiting-started') waiting ??= false
    else if (what.kind === 'waiting-ended') waiting ??= true
  }
  level ??= ticket.level
  if (level > 1) start('level', { kind: 'level_on', level })
  if (waiting ?? ticket.state === 'waiting') start('waiting', { kind: 'wait_on' })
  return made
}

/**
 * GitLab knows no event for the closing of some issues: imported ones, and those from before it kept any. When they
 * were closed it does know.
 */
const closingWithoutEvent = (inOrder: readonly KpiEvent[], ticket: MeasuredTicket): KpiEvent[] => {
  if (ticket.state !== 'resolved' || ticket.resolvedAt === null) return []
  const last = inOrder.findLast(({ kind }) => kind === 'resolved' || kind === 'reopened')
  if (last?.kind === 'resolved') return []
  const at = Math.max(ticket.resolvedAt, last?.at ?? ticket.openedAt)
  // Behind all others of that instant.
  return [{ at, source: 'zz:closed', ...nobody, kind: 'resolved' }]
}

/** Texts of replies and notes are not looked at: they may be left out. */
export const kpiEventsOf = (
  ticket: MeasuredTicket,
  events: readonly TicketEvent[],
  desk: Desk,
): KpiEvent[] => {
  const found: KpiEvent[] = []
  const markings: Marking[] = []
  const removed = new Set<string>()
  let opener = nobody

  const tell = ({ at, source, actor }: TicketEvent, happening: KpiHappening, head = ''): void => {
    found.push({ at, source: head + source, ...whoOf(actor), ...happening })
  }

  const tellLabel = (event: TicketEvent, label: string, added: boolean): void => {
    // Those of the opening first: the removal of one can stand at the same instant.
    const atOpening = event.source.startsWith('label:opening:')
    const early = added && !removed.has(label) && event.at - ticket.openedAt < opening
    const at = early ? ticket.openedAt : event.at
    const source = atOpening ? `created:${event.source}` : event.source
    if (!added) removed.add(label)
    const level = desk.levels.findIndex((one) => one.label === label) + 1
    if (level > 0) {
      const kind = added ? 'level_on' : 'level_off'
      found.push({ at, source, ...whoOf(event.actor), kind, level })
    } else if (label === desk.labels.waiting) {
      const kind = added ? 'wait_on' : 'wait_off'
      found.push({ at, source, ...whoOf(event.actor), kind })
    } else markings.push({ at, source, label, added })
  }

  for (const event of [...events].sort(compareKpiEvents)) {
    const { what, source, actor, at, hidden } = event
    const own = isOwn(source)
    switch (what.kind) {
      case 'opened':
        opener = whoOf(actor)
        break
      case 'label-added':
      case 'label-removed':
        if (isLabelFact(event) && what.label !== null)
          tellLabel(event, what.label, what.kind === 'label-added')
        break
      case 'replied':
        if (hidden) break
        if (actor.kind === 'agent') tell(event, { kind: 'public_out' })
        else if (actor.kind === 'requester') tell(event, { kind: 'public_in' })
        break
      case 'resolved':
        // The closing is GitLab's state event; what a note tells of it is the answer that came with it.
        if (own || source.startsWith('state:')) tell(event, { kind: 'resolved' })
        if (!hidden && actor.kind === 'agent' && (own || source.startsWith('note:')))
          tell(event, { kind: 'public_out' }, 'answer:')
        break
      case 'reopened':
        tell(event, { kind: 'reopened' })
        break
      case 'rated':
        if (!hidden) tell(event, { kind: 'rated', good: what.good })
        break
      case 'escalated':
      case 'handed-back':
      case 'level-changed':
        if (own) tell(event, { kind: 'level_at', level: Math.min(what.to, desk.levels.length) })
        break
      case 'waiting-started':
        if (own) tell(event, { kind: 'wait_on' })
        break
      case 'waiting-ended':
        if (own) tell(event, { kind: 'wait_off' })
        break
      case 'categorised':
        if (own) markings.push({ at, source, category: what.category })
        break
      default:
        break
    }
  }

  found.push({ at: ticket.openedAt, source: 'created', ...opener, kind: 'created' })
  if (!isTold(events)) found.push(...fromListing(ticket, events))
  found.push(...meaningsOf(markings, desk))
  const known = withoutRefused(found.sort(compareKpiEvents), ticket)
  return [...known, ...closingWithoutEvent(known, ticket)].sort(compareKpiEvents)
}
