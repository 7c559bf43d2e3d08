// A ticket's figures as they are kept: a short text of names and a row of numbers. A year of them is read and
// summed up while somebody waits for a page, so that nothing but numbers is unpacked: tickets share their texts.

import type { TargetKind, TargetStanding } from '../target.ts'
import type { Exclusion, Resolution, Span, Stop, TicketFigures } from './figures.ts'

export type PackedFigures = { readonly names: string; readonly numbers: Float64Array }

// The row: when it was created; flags; two numbers of three counts each; then, each only where there is one,
// intake delay, unanswered since, returned at, first response, escalation; then the lists. NaN stands for null.

const exclusions: readonly (Exclusion | null)[] = [
  null,
  'label',
  'deleted',
  'moved',
  'no-ticket',
  'duplicate',
]

const flag = {
  complete: 8,
  intakeDelay: 16,
  unansweredSince: 32,
  returnedAt: 64,
  firstResponse: 128,
  escalation: 256,
} as const

/** Three counts in one number. */
const most = 2 ** 17

const counts = (a: number, b: number, c: number): number => {
  for (const count of [a, b, c])
    if (!(count >= 0 && count < most)) throw new RangeError(`so much has not happened to a ticket: ${count}`)
  return (a * most + b) * most + c
}

/** Agents are counted from 1 and stand behind category, priority and assignee; 0 = nobody. */
const beforeAgents = 2

/** No ladder has so many levels. */
const levels = 1_024

const orNaN = (value: number | null): number => value ?? Number.NaN
const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value)

const kindCode = (kind: TargetKind): number =>
  kind === 'first_response' ? 0 : kind === 'resolution' ? 1 : 1 + Number(kind.slice('level_'.length))

const kindOf = (code: number): TargetKind =>
  code === 0 ? 'first_response' : code === 1 ? 'resolution' : `level_${code - 1}`

export const packFigures = (figures: TicketFigures): PackedFigures => {
  const { firstResponse, nextResponses, escalation, spans, resolutions, ratings, targets } = figures
  const { intakeDelay, unansweredSince, returnedAt } = figures

  const stops = [
    ...(firstResponse ? [firstResponse] : []),
    ...(escalation ? [escalation] : []),
    ...nextResponses,
    ...resolutions,
  ]
  const people = [...new Set(stops.flatMap(({ by }) => by ?? []))].sort()
  const names = [figures.category, figures.priority, figures.assignee, ...people]

  const numbers: number[] = []
  const stop = ({ at, calendar, business, level, by }: Stop, correction = false): void => {
    if (!(level >= 0 && level < levels)) throw new RangeError(`no ladder is that high: ${level}`)
    const who = by === null ? 0 : people.indexOf(by) + 1
    numbers.push(at, calendar, business, 2 * (who * levels + level) + (correction ? 1 : 0))
  }

  let flags = exclusions.indexOf(figures.excluded)
  if (figures.complete) flags += flag.complete
  if (intakeDelay !== null) flags += flag.intakeDelay
  if (unansweredSince !== null) flags += flag.unansweredSince
  if (returnedAt !== null) flags += flag.returnedAt
  if (firstResponse !== null) flags += flag.firstResponse
  if (escalation !== null) flags += flag.escalation
  numbers.push(
    figures.createdAt,
    flags,
    counts(figures.publicReplies, spans.length, nextResponses.length),
    counts(resolutions.length, ratings.length, targets.length),
  )
  if (intakeDelay !== null) numbers.push(intakeDelay)
  if (unansweredSince !== null) numbers.push(unansweredSince)
  if (returnedAt !== null) numbers.push(returnedAt)
  for (const each of stops.slice(0, stops.length - resolutions.length)) stop(each)
  for (const resolution of resolutions) {
    stop(resolution, resolution.correction)
    numbers.push(orNaN(resolution.reopenedAt))
  }
  for (const { from, to, level, waiting, business } of spans)
    numbers.push(from, orNaN(to), 2 * level + (waiting ? 1 : 0), business)
  for (const { at, good, resolution } of ratings) numbers.push(at, good ? 1 : 0, resolution)
  for (const { kind, within, due, warn, left, stopped, missed, whenMissed } of targets)
    numbers.push(
      2 * kindCode(kind) + (whenMissed === 'escalate' ? 1 : 0),
      within,
      orNaN(due),
      orNaN(warn),
      orNaN(left),
      orNaN(stopped),
      orNaN(missed),
    )
  return { names: JSON.stringify(names), numbers: Float64Array.from(numbers) }
}

/** Few texts for many tickets: each is read once. */
const known = new Map<string, readonly (string | null)[]>()
const knownAtMost = 20_000

const namesIn = (text: string): readonly (string | null)[] => {
  let names = known.get(text)
  if (!names) {
    const read: readonly (string | null)[] = JSON.parse(text)
    names = read
    if (known.size >= knownAtMost) known.clear()
    known.set(text, names)
  }
  return names
}

/** The exact inverse. `from`: where the row begins, of many that lie in one array. */
export const unpackFigures = ({ names: text, numbers }: PackedFigures, from = 0): TicketFigures => {
  const names = namesIn(text)
  let next = from
  const take = (): number => numbers[next++] ?? Number.NaN

  const takeStop = (): Stop => {
    const at = take()
    const calendar = take()
    const business = take()
    const code = take() >> 1
    const who = Math.floor(code / levels)
    const by = who === 0 ? null : (names[beforeAgents + who] ?? null)
    return { at, calendar, business, level: code % levels, by }
  }

  const createdAt = take()
  const flags = take()
  const first = take()
  const second = take()
  const nexts = first % most
  const spanCount = Math.floor(first / most) % most
  const resolutionCount = Math.floor(second / most / most)
  const ratingCount = Math.floor(second / most) % most
  const targetCount = second % most

  const intakeDelay = flags & flag.intakeDelay ? take() : null
  const unansweredSince = flags & flag.unansweredSince ? take() : null
  const returnedAt = flags & flag.returnedAt ? take() : null
  const firstResponse = flags & flag.firstResponse ? takeStop() : null
  const escalation = flags & flag.escalation ? takeStop() : null

  const nextResponses: Stop[] = []
  for (let index = 0; index < nexts; index++) nextResponses.push(takeStop())

  const resolutions: Resolution[] = []
  for (let index = 0; index < resolutionCount; index++) {
    const correction = ((numbers[next + 3] ?? 0) & 1) === 1
    const { at, calendar, business, level, by } = takeStop()
    resolutions.push({ at, calendar, business, level, by, reopenedAt: orNull(take()), correction })
  }

  const spans: Span[] = []
  for (let index = 0; index < spanCount; index++) {
    const begun = take()
    const to = orNull(take())
    const code = take()
    spans.push({ from: begun, to, level: code >> 1, waiting: (code & 1) === 1, business: take() })
  }

  const ratings: TicketFigures['ratings'][number][] = []
  for (let index = 0; index < ratingCount; index++)
    ratings.push({ at: take(), good: take() === 1, resolution: take() })

  const targets: TargetStanding[] = []
  for (let index = 0; index < targetCount; index++) {
    const code = take()
    targets.push({
      kind: kindOf(code >> 1),
      within: take(),
      due: orNull(take()),
      warn: orNull(take()),
      left: orNull(take()),
      stopped: orNull(take()),
      missed: orNull(take()),
      whenMissed: code & 1 ? 'escalate' : 'tell',
    })
  }

  return {
    createdAt,
    category: names[0] ?? null,
    priority: names[1] ?? '',
    assignee: names[2] ?? null,
    excluded: exclusions[flags & 7] ?? null,
    complete: (flags & flag.complete) !== 0,
    intakeDelay,
    firstResponse,
    nextResponses,
    unansweredSince,
    publicReplies: Math.floor(first / most / most),
    spans,
    resolutions,
    escalation,
    returnedAt,
    ratings,
    targets,
  }
}

/** The last instant (UTC ms) at which it mattered to any period: for open tickets there is none, Infinity. */
export const mattersUntil = (figures: TicketFigures): number => {
  const { excluded, spans } = figures
  const isGone = excluded !== null && excluded !== 'label'
  if (!isGone && spans.at(-1)?.to === null) return Number.POSITIVE_INFINITY
  let last = figures.createdAt
  const look = (at: number | null | undefined): void => {
    if (at !== null && at !== undefined && at > last) last = at
  }
  look(figures.firstResponse?.at)
  look(figures.escalation?.at)
  look(figures.returnedAt)
  for (const { at } of figures.nextResponses) look(at)
  for (const { from, to } of spans) look(to ?? from)
  for (const { at, reopenedAt } of figures.resolutions) {
    look(at)
    look(reopenedAt)
  }
  for (const { at } of figures.ratings) look(at)
  for (const { stopped, missed, due } of figures.targets) {
    look(stopped)
    look(missed)
    look(due)
  }
  return last
}
