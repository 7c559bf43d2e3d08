// Measuring one ticket: from its events, in any order and however often repeated, to what it contributes.
// docs/kpi.md says in a user's words what each figure means.

import type { WorkingHours } from '../working-hours.ts'
import type { KpiEvent, KpiTicket, Rating, Resolution, Span, Stop, TicketFigures } from './figures.ts'
import { compareKpiEvents } from './order.ts'
import type { KpiRules } from './rules.ts'
import type { Promised } from './standing.ts'
import { standingsOf } from './standing.ts'

/** Opened again by the same agent within this time: they had clicked too soon (milliseconds). */
const slip = 5 * 60_000

/** The level that counts of those whose labels are present: the highest, Level 1 if there is none. */
const highestOf = (present: ReadonlySet<number>): number => {
  let highest = 1
  for (const level of present) if (level > highest) highest = level
  return highest
}

type About = Extract<KpiEvent, { kind: `category_${string}` | `priority_${string}` }>

const isAbout = (event: KpiEvent): event is About =>
  event.kind.startsWith('category_') || event.kind.startsWith('priority_')

/** What a ticket was about, in stretches: the last one is as it is now. */
const promisedOf = (ticket: KpiTicket, inOrder: readonly KpiEvent[]): Promised[] => {
  const changes = inOrder.filter(isAbout)
  const last: Promised = { from: ticket.createdAt, category: ticket.category, priority: ticket.priority }
  if (changes.length === 0) return [last]
  const ofCategory = changes.find(({ kind }) => kind === 'category_on' || kind === 'category_off')
  const ofPriority = changes.find(({ kind }) => kind === 'priority_on' || kind === 'priority_off')
  // What was never changed is as it is now; what ended without a beginning was so from the start.
  let category =
    ofCategory === undefined
      ? ticket.category
      : ofCategory.kind === 'category_off'
        ? ofCategory.category
        : null
  let priority =
    ofPriority === undefined
      ? ticket.priority
      : ofPriority.kind === 'priority_off'
        ? ofPriority.priority
        : null
  const promised: Promised[] = []
  let from = ticket.createdAt
  for (const event of changes) {
    const at = Math.max(event.at, ticket.createdAt)
    if (at > from) promised.push({ from, category, priority })
    from = at
    if (event.kind === 'category_on') category = event.category
    else if (event.kind === 'category_off' && event.category === category) category = null
    else if (event.kind === 'priority_on') priority = event.priority
    else if (event.kind === 'priority_off' && event.priority === priority) priority = null
  }
  promised.push({ ...last, from })
  return promised
}

const firstOfEach = (events: readonly KpiEvent[]): KpiEvent[] => {
  const seen = new Set<string>()
  const inOrder: KpiEvent[] = []
  for (const event of [...events].sort(compareKpiEvents)) {
    if (seen.has(event.source)) continue
    seen.add(event.source)
    inOrder.push(event)
  }
  return inOrder
}

type Course = Pick<
  TicketFigures,
  | 'firstResponse'
  | 'nextResponses'
  | 'unansweredSince'
  | 'publicReplies'
  | 'spans'
  | 'resolutions'
  | 'escalation'
  | 'returnedAt'
  | 'ratings'
>

const changeLevels = (present: Set<number>, event: KpiEvent): boolean => {
  if (event.kind === 'level_on') present.add(event.level)
  else if (event.kind === 'level_off') present.delete(event.level)
  else if (event.kind === 'level_at') {
    present.clear()
    present.add(event.level)
  } else return false
  return true
}

/** How it was opened: what is there at the instant of the opening. */
const levelAtFirst = (createdAt: number, inOrder: readonly KpiEvent[]): number => {
  const present = new Set<number>()
  for (const event of inOrder) {
    if (event.at > createdAt) break
    changeLevels(present, event)
  }
  return highestOf(present)
}

/** The way of a ticket: how it stood when, and what came. */
const courseOf = (createdAt: number, inOrder: readonly KpiEvent[], hours: WorkingHours): Course => {
  const stop = (from: number, at: number, level: number, by: string | null): Stop => ({
    at,
    calendar: at - from,
    business: hours.between(from, at),
    level,
    by,
  })

  let open = true
  let waiting = false
  const levels = new Set<number>()
  /** As it was before the present instant: labels of one change come in any order. */
  let level = levelAtFirst(createdAt, inOrder)
  let movedBy: string | null = null

  let firstResponse: Stop | null = null
  let unansweredSince: number | null = null
  let publicReplies = 0
  const nextResponses: Stop[] = []
  const resolutions: Resolution[] = []
  const ratings: (Rating & { resolution: number })[] = []
  const spans: Span[] = []
  let escalation: Stop | null = null
  let returnedAt: number | null = null
  /** The stretch that lasts; null while resolved. */
  let present: Span | null = null

  /** After all that happened at one instant. */
  const goOn = (at: number): void => {
    level = highestOf(levels)
    if (present !== null) {
      if (open && present.level === level && present.waiting === waiting) return
      spans.push({ ...present, to: at, business: hours.between(present.from, at) })
      present = null
    }
    if (!open) return
    present = { from: at, to: null, level, waiting, business: 0 }
    if (level > 1) escalation ??= stop(createdAt, at, level, movedBy)
    else if (escalation !== null) returnedAt ??= at
  }

  const take = (event: KpiEvent, at: number): void => {
    const by = event.actor === 'agent' ? event.by : null
    if (changeLevels(levels, event)) {
      if (highestOf(levels) !== level) movedBy = by
      return
    }
    switch (event.kind) {
      case 'created':
        movedBy = by
        break
      case 'public_out':
        if (event.actor !== 'agent') break
        publicReplies++
        if (firstResponse === null) firstResponse = stop(createdAt, at, level, by)
        else if (unansweredSince !== null) nextResponses.push(stop(unansweredSince, at, level, by))
        unansweredSince = null
        break
      case 'public_in':
        // Before the first response it belongs to the question.
        if (firstResponse !== null) unansweredSince ??= at
        waiting = false
        break
      case 'wait_on':
        if (open) waiting = true
        break
      case 'wait_off':
        waiting = false
        break
      case 'resolved':
        if (!open) break
        open = false
        waiting = false
        resolutions.push({ ...stop(createdAt, at, level, by), reopenedAt: null, correction: false })
        break
      case 'reopened': {
        const last = resolutions.at(-1)
        if (open || last === undefined) break
        open = true
        const correction = by !== null && by === last.by && at - last.at <= slip
        resolutions[resolutions.length - 1] = { ...last, reopenedAt: at, correction }
        break
      }
      case 'rated': {
        const resolution = resolutions.length - 1
        if (resolution < 0) break
        if (ratings.at(-1)?.resolution === resolution) ratings.pop()
        ratings.push({ at, good: event.good, resolution })
        break
      }
      default:
        break
    }
  }

  let at = createdAt
  for (const event of inOrder) {
    if (event.at > at) {
      goOn(at)
      at = event.at
    }
    take(event, at)
  }
  goOn(at)
  if (present !== null) spans.push(present)
  return {
    firstResponse,
    nextResponses,
    unansweredSince: open ? unansweredSince : null,
    publicReplies,
    spans,
    resolutions,
    escalation,
    returnedAt,
    ratings,
  }
}

export const measure = (ticket: KpiTicket, events: readonly KpiEvent[], rules: KpiRules): TicketFigures => {
  const { createdAt, category, priority, assignee, excluded, complete, arrivedAt } = ticket
  const inOrder = firstOfEach(events)
  const course = courseOf(createdAt, inOrder, rules.hours)
  // Of half a story nobody can say that a promise was broken.
  const promising = excluded === null && complete && rules.targets.length > 0
  return {
    createdAt,
    category,
    priority,
    assignee,
    excluded,
    complete,
    intakeDelay: arrivedAt === null ? null : createdAt - arrivedAt,
    ...course,
    targets: promising ? standingsOf(createdAt, course, promisedOf(ticket, inOrder), rules) : [],
  }
}
