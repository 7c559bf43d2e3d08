// Rows as `measure` makes them, by hand or at random: a ticket's life is played, and its row written along.

import fc from 'fast-check'
import type { Resolution, Span, Stop, TicketFigures } from '../../../src/domain/kpi/figures.ts'
import type { TargetStanding } from '../../../src/domain/target.ts'
import { hour, minute, nine } from '../../support/tickets.ts'

export const day = 24 * hour

/** Open at Level 1 since nine, unless something else is said. */
export const aRow = (changes: Partial<TicketFigures> = {}): TicketFigures => {
  const createdAt = changes.createdAt ?? nine
  return {
    createdAt,
    category: null,
    priority: 'normal',
    assignee: null,
    excluded: null,
    complete: true,
    intakeDelay: null,
    firstResponse: null,
    nextResponses: [],
    unansweredSince: null,
    publicReplies: 0,
    spans: [aSpan(createdAt, changes.resolutions?.at(-1)?.at ?? null)],
    resolutions: [],
    escalation: null,
    returnedAt: null,
    ratings: [],
    targets: [],
    ...changes,
  }
}

export const aSpan = (from: number, to: number | null, changes: Partial<Span> = {}): Span => ({
  from,
  to,
  level: 1,
  waiting: false,
  business: to === null ? 0 : Math.floor((to - from) / 3),
  ...changes,
})

/** `took` milliseconds; a third of them in business hours. */
export const aStop = (at: number, took: number, changes: Partial<Stop> = {}): Stop => ({
  at,
  calendar: took,
  business: Math.floor(took / 3),
  level: 1,
  by: 'bruno',
  ...changes,
})

export const aResolution = (at: number, took: number, changes: Partial<Resolution> = {}): Resolution => ({
  ...aStop(at, took),
  reopenedAt: null,
  correction: false,
  ...changes,
})

export const aTarget = (changes: Partial<TargetStanding> = {}): TargetStanding => ({
  kind: 'first_response',
  within: 4 * hour,
  due: null,
  warn: null,
  left: null,
  stopped: null,
  missed: null,
  whenMissed: 'tell',
  ...changes,
})

// --- At random ----------------------------------------------------------------------------------

const steps = ['answer', 'ask', 'up', 'down', 'wait', 'go on', 'resolve', 'reopen', 'rate'] as const

type Step = { readonly pause: number; readonly what: (typeof steps)[number]; readonly by: string | null }

type Life = Pick<
  TicketFigures,
  'createdAt' | 'category' | 'assignee' | 'excluded' | 'complete' | 'intakeDelay'
> & {
  readonly level: number
  readonly promised: number
  readonly steps: readonly Step[]
}

const played = (life: Life): TicketFigures => {
  const { createdAt, promised } = life
  const spans: Span[] = []
  const nextResponses: Stop[] = []
  const resolutions: Resolution[] = []
  const ratings: TicketFigures['ratings'][number][] = []
  let firstResponse: Stop | null = null
  let escalation: Stop | null = null
  let returnedAt: number | null = null
  let asked: number | null = null
  let publicReplies = 0
  let { level } = life
  let waiting = false
  let open = true
  let at = createdAt
  let since = createdAt
  const enter = (): void => {
    spans.push(aSpan(since, at, { level, waiting }))
    since = at
  }
  for (const { pause, what, by } of life.steps) {
    at += pause
    if (what === 'answer') {
      publicReplies++
      if (firstResponse === null) firstResponse = aStop(at, at - createdAt, { level, by })
      else if (asked !== null) nextResponses.push(aStop(at, at - asked, { level, by }))
      asked = null
    } else if (what === 'ask') {
      if (firstResponse !== null) asked ??= at
    } else if (what === 'up' && open && level < 3) {
      enter()
      level++
      if (level === 2) escalation ??= aStop(at, at - createdAt, { level, by })
    } else if (what === 'down' && open && level > 1) {
      enter()
      level--
      if (level === 1 && escalation !== null) returnedAt ??= at
    } else if (what === 'wait' && open && !waiting) {
      enter()
      waiting = true
    } else if (what === 'go on' && open && waiting) {
      enter()
      waiting = false
    } else if (what === 'resolve' && open) {
      enter()
      resolutions.push(aResolution(at, at - createdAt, { level, by }))
      open = false
      waiting = false
    } else if (what === 'reopen' && !open) {
      const last = resolutions.pop()
      if (last)
        resolutions.push({
          ...last,
          reopenedAt: at,
          correction: at - last.at <= 5 * minute && last.by === by,
        })
      open = true
      since = at
    } else if (what === 'rate' && resolutions.length > 0) {
      const resolution = resolutions.length - 1
      if (!ratings.some((one) => one.resolution === resolution))
        ratings.push({ at, good: at % 2 === 0, resolution })
    }
  }
  if (open) spans.push(aSpan(since, null, { level, waiting }))
  const due = createdAt + promised
  const ended = (stopped: number | null): Partial<TargetStanding> =>
    stopped === null
      ? waiting
        ? { left: promised }
        : { due }
      : { stopped, missed: stopped > due ? due : null }
  return {
    createdAt,
    category: life.category,
    priority: 'normal',
    assignee: life.assignee,
    excluded: life.excluded,
    complete: life.complete,
    intakeDelay: life.intakeDelay,
    firstResponse,
    nextResponses,
    unansweredSince: asked,
    publicReplies,
    spans,
    resolutions,
    escalation,
    returnedAt,
    ratings,
    targets: [
      aTarget({ within: promised, ...ended(firstResponse?.at ?? null) }),
      aTarget({
        kind: 'resolution',
        within: promised,
        ...ended(open ? null : (resolutions.at(-1)?.at ?? null)),
      }),
      ...(escalation === null
        ? []
        : [aTarget({ kind: 'level_2', within: promised, ...ended(returnedAt ?? null) })]),
    ],
  }
}

const agent = fc.constantFrom('bruno', 'carla', null)

/** Tickets created in the 120 days after nine; what was done with them may reach into another 100. */
export const anyTicket: fc.Arbitrary<TicketFigures> = fc
  .record({
    // Often on the hour, so that something happens at midnight, too, where one day ends and another begins.
    createdAt: fc.oneof(
      fc.nat({ max: 120 * 24 * 60 }).map((minutes) => nine + minutes * minute),
      fc.nat({ max: 120 * 24 }).map((hours) => nine + hours * hour),
    ),
    category: fc.constantFrom('Hardware', 'Gitlab Account', null),
    assignee: agent,
    excluded: fc.constantFrom(null, null, null, null, null, null, null, 'label' as const, 'moved' as const),
    complete: fc.constantFrom(true, true, true, false),
    intakeDelay: fc.option(fc.nat({ max: hour })),
    level: fc.constantFrom(1, 1, 1, 2),
    promised: fc.constantFrom(hour, day, 10 * day),
    steps: fc.array(
      fc.record({
        pause: fc.oneof(
          fc.nat({ max: 4 * minute }),
          fc.nat({ max: day }),
          fc.nat({ max: 20 * day }),
          fc.constantFrom(0, hour, day, 14 * day),
        ),
        what: fc.constantFrom(...steps, 'answer' as const, 'resolve' as const, 'resolve' as const),
        by: agent,
      }),
      { maxLength: 9, size: 'max' },
    ),
  })
  .map(played)
