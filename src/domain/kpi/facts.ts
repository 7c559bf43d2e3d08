// What a ticket's row says, one figure at a time: that it counted, when, how long it took, at which level and by whom.
// Every sum and every list of tickets behind a number is made of these facts and of nothing else.
// Something that lies after the present instant is no fact yet.

import type { TargetStanding } from '../target.ts'
import { targetState } from '../target.ts'
import type { Resolution, Stop, TicketFigures } from './figures.ts'
import type { CountName, DurationName, RateName } from './report.ts'

export type FigureNames = {
  readonly durations: readonly DurationName[]
  readonly rates: readonly RateName[]
  readonly counts: readonly CountName[]
  /** The three of them in a row. Facts name their figure by its place here: there are millions of them. */
  readonly all: readonly (DurationName | RateName | CountName)[]
}

const known: FigureNames[] = []

/** The figures of a desk with so many levels, in the order in which they are shown. */
export const figureNames = (levels: number): FigureNames => {
  let names = known[levels]
  if (!names) {
    const each = Array.from({ length: levels }, (_, index) => index + 1)
    const durations: readonly DurationName[] = [
      'frt',
      'nrt',
      'ttr_first',
      'ttr',
      'ttr_net',
      'open_time',
      'requester_wait',
      'waiting',
      ...each.flatMap((level): DurationName[] => [`level_${level}`, `level_${level}_net`]),
      'tte',
    ]
    const rates: readonly RateName[] = [
      'escalation_rate',
      'escalations_per_created',
      'de_escalation_rate',
      'flr',
      'fcr',
      'fcr_no_reply',
      'reopen_rate',
      'sla',
      'sla_first_response',
      'sla_resolution',
      ...each.map((level): RateName => `ola_level_${level}`),
      'csat',
      'csat_answered',
    ]
    const counts: readonly CountName[] = ['inflow', 'outflow']
    names = { durations, rates, counts, all: [...durations, ...rates, ...counts] }
    known[levels] = names
  }
  return names
}

export type EmitFact = (
  /** The place of its name in `figureNames(levels).all`. */
  figure: number,
  /** UTC ms: it belongs to the period in which this lies. */
  at: number,
  /** Milliseconds; 0 where the figure is no duration. */
  calendar: number,
  business: number,
  level: number,
  /** GitLab username of who did it; null = nobody, or nobody we know. */
  agent: string | null,
  /** Of a rate: whether it is part of the part; null = that can still change. Else true. */
  counts: boolean | null,
) => void

type Places = Readonly<
  Record<Exclude<DurationName | RateName | CountName, `level_${string}` | `ola_${string}`>, number>
> & {
  /** Index 0 is Level 1; `_net` follows each. */
  readonly level: readonly number[]
  readonly ola: readonly number[]
}

const knownPlaces: Places[] = []

const placesOf = (levels: number): Places => {
  let places = knownPlaces[levels]
  if (!places) {
    const { all } = figureNames(levels)
    const of = (name: (typeof all)[number]): number => all.indexOf(name)
    const each = Array.from({ length: levels }, (_, index) => index + 1)
    places = {
      frt: of('frt'),
      nrt: of('nrt'),
      ttr_first: of('ttr_first'),
      ttr: of('ttr'),
      ttr_net: of('ttr_net'),
      open_time: of('open_time'),
      requester_wait: of('requester_wait'),
      waiting: of('waiting'),
      tte: of('tte'),
      escalation_rate: of('escalation_rate'),
      escalations_per_created: of('escalations_per_created'),
      de_escalation_rate: of('de_escalation_rate'),
      flr: of('flr'),
      fcr: of('fcr'),
      fcr_no_reply: of('fcr_no_reply'),
      reopen_rate: of('reopen_rate'),
      sla: of('sla'),
      sla_first_response: of('sla_first_response'),
      sla_resolution: of('sla_resolution'),
      csat: of('csat'),
      csat_answered: of('csat_answered'),
      inflow: of('inflow'),
      outflow: of('outflow'),
      level: each.map((level) => of(`level_${level}`)),
      ola: each.map((level) => of(`ola_level_${level}`)),
    }
    knownPlaces[levels] = places
  }
  return places
}

/**
 * Calls `emit` for each fact of one ticket. Nothing is allocated here: 100,000 tickets are gone through while
 * somebody waits for a page.
 *
 * A resolution that was taken back as a slip (same agent, five minutes) did not happen as far as `outflow`,
 * `ttr_first`, the reopen rate and the first contact are concerned: neither it nor its reopening is told.
 */
export const eachFact = (
  figures: TicketFigures,
  levels: number,
  now: number,
  reopenWithin: number,
  emit: EmitFact,
): void => {
  if (figures.excluded !== null) return
  const places = placesOf(levels)
  const { createdAt, firstResponse, nextResponses, escalation, returnedAt, resolutions, ratings, targets } =
    figures

  if (createdAt <= now) {
    const level = figures.spans[0]?.level ?? 1
    emit(places.inflow, createdAt, 0, 0, level, null, true)
    // Two populations in one ratio: here the tickets that came in, below those that were escalated.
    emit(places.escalations_per_created, createdAt, 0, 0, level, null, false)
  }
  if (firstResponse !== null && firstResponse.at <= now) {
    const { at, calendar, business, level, by } = firstResponse
    emit(places.frt, at, calendar, business, level, by, true)
  }
  for (let index = 0; index < nextResponses.length; index++) {
    const response = nextResponses[index]
    if (response === undefined || response.at > now) continue
    emit(places.nrt, response.at, response.calendar, response.business, response.level, response.by, true)
  }
  if (escalation !== null && escalation.at <= now) {
    const { at, calendar, business, level, by } = escalation
    emit(places.tte, at, calendar, business, level, by, true)
    emit(places.escalations_per_created, at, 0, 0, level, by, true)
    emit(places.de_escalation_rate, at, 0, 0, level, by, returnedAt !== null && returnedAt <= now)
  }

  let reopened = false
  let first = true
  for (let index = 0; index < resolutions.length; index++) {
    const resolution = resolutions[index]
    if (resolution === undefined || resolution.correction || resolution.at > now) continue
    const { at, level, by, reopenedAt } = resolution
    emit(places.outflow, at, 0, 0, level, by, true)
    if (first) emit(places.ttr_first, at, resolution.calendar, resolution.business, level, by, true)
    first = false
    emit(places.csat_answered, at, 0, 0, level, by, isRated(figures, index, now))
    const again = reopenedAt !== null && reopenedAt <= now
    emit(
      places.reopen_rate,
      at,
      0,
      0,
      level,
      by,
      again && reopenedAt - at <= reopenWithin ? true : !again && at + reopenWithin > now ? null : false,
    )
    if (reopenedAt === null)
      eachFactOfResolved(figures, resolution, reopened, places, now, reopenWithin, emit)
    else if (reopenedAt - at <= reopenWithin) reopened = true
  }

  for (let index = 0; index < ratings.length; index++) {
    const rating = ratings[index]
    if (rating === undefined || rating.at > now) continue
    const of = resolutions[rating.resolution]
    emit(places.csat, rating.at, 0, 0, of?.level ?? 1, of?.by ?? null, rating.good)
  }
  for (let index = 0; index < targets.length; index++) {
    const target = targets[index]
    if (target !== undefined) factOfTarget(figures, target, places, now, emit)
  }
}

/** What is told of a ticket by the resolution that stands: it was not opened again since. */
const eachFactOfResolved = (
  figures: TicketFigures,
  resolution: Resolution,
  reopened: boolean,
  places: Places,
  now: number,
  reopenWithin: number,
  emit: EmitFact,
): void => {
  const { spans, publicReplies } = figures
  const { at, level, by } = resolution
  let active = 0
  let activeBusiness = 0
  let waiting = 0
  let waitingBusiness = 0
  let escalated = false
  for (let index = 0; index < spans.length; index++) {
    const span = spans[index]
    if (span === undefined) continue
    const length = (span.to ?? at) - span.from
    if (span.waiting) {
      waiting += length
      waitingBusiness += span.business
    } else {
      active += length
      activeBusiness += span.business
    }
    if (span.level > 1 && span.from <= at) escalated = true
  }
  emit(places.ttr, at, resolution.calendar, resolution.business, level, by, true)
  // By its definition (waiting and resolved stretches removed) the net time to resolution is what the requester
  // waited for us; both names are known to somebody.
  emit(places.ttr_net, at, active, activeBusiness, level, by, true)
  emit(places.open_time, at, active + waiting, activeBusiness + waitingBusiness, level, by, true)
  emit(places.requester_wait, at, active, activeBusiness, level, by, true)
  // Most tickets never wait: with all of them the median would say nothing but that.
  if (waiting > 0) emit(places.waiting, at, waiting, waitingBusiness, level, by, true)

  for (let rung = 0; rung < places.level.length; rung++) {
    const place = places.level[rung] ?? 0
    let visited = false
    let gross = 0
    let grossBusiness = 0
    let net = 0
    let netBusiness = 0
    for (let index = 0; index < spans.length; index++) {
      const span = spans[index]
      if (span === undefined || span.level !== rung + 1) continue
      visited = true
      const length = (span.to ?? at) - span.from
      gross += length
      grossBusiness += span.business
      if (span.waiting) continue
      net += length
      netBusiness += span.business
    }
    if (!visited) continue
    emit(place, at, gross, grossBusiness, level, by, true)
    emit(place + 1, at, net, netBusiness, level, by, true)
  }

  emit(places.escalation_rate, at, 0, 0, level, by, escalated)
  emit(places.flr, at, 0, 0, level, by, !escalated)
  // Who is content comes back within the window or not at all: before it is over nothing is said of the first contact.
  const over = at + reopenWithin <= now
  emit(places.fcr, at, 0, 0, level, by, over ? publicReplies <= 1 && !reopened : null)
  emit(places.fcr_no_reply, at, 0, 0, level, by, over ? publicReplies === 0 && !reopened : null)
}

const isRated = (figures: TicketFigures, resolution: number, now: number): boolean => {
  const { ratings } = figures
  for (let index = 0; index < ratings.length; index++) {
    const rating = ratings[index]
    if (rating !== undefined && rating.resolution === resolution && rating.at <= now) return true
  }
  return false
}

/**
 * A promise counts once its outcome is known: when it was kept, or when its due time went by. It is said of the level
 * that had the ticket then, and of the agent who did what was promised; while nobody has, of nobody.
 */
const factOfTarget = (
  figures: TicketFigures,
  target: TargetStanding,
  places: Places,
  now: number,
  emit: EmitFact,
): void => {
  const { kind, missed, stopped, due } = target
  const state = targetState(target, now)
  if (state !== 'late' && state !== 'met') return
  const kept = state === 'met'
  const at = kept ? stopped : (missed ?? due)
  if (at === null || at > now) return
  const stop = stopped === null ? null : stopAt(figures, stopped, kind)
  const by = stop?.by ?? null
  if (kind === 'first_response' || kind === 'resolution') {
    const level = kept && stop !== null ? stop.level : levelAt(figures, at)
    emit(places.sla, at, 0, 0, level, by, kept)
    emit(kind === 'resolution' ? places.sla_resolution : places.sla_first_response, at, 0, 0, level, by, kept)
    return
  }
  const level = Number(kind.slice('level_'.length))
  const place = places.ola[level - 1]
  if (place !== undefined) emit(place, at, 0, 0, level, by, kept)
}

/** What ended a promise: the answer, the resolution (also of one that got no answer), or the step upwards. */
const stopAt = (
  { firstResponse, escalation, resolutions }: TicketFigures,
  at: number,
  kind: TargetStanding['kind'],
): Stop | null => {
  if (kind === 'first_response' && firstResponse?.at === at) return firstResponse
  for (let index = 0; index < resolutions.length; index++) {
    const resolution = resolutions[index]
    if (resolution !== undefined && resolution.at === at) return resolution
  }
  return escalation?.at === at ? escalation : null
}

const levelAt = ({ spans }: TicketFigures, at: number): number => {
  let level = spans[0]?.level ?? 1
  for (let index = 1; index < spans.length; index++) {
    const span = spans[index]
    if (span === undefined || span.from > at) break
    level = span.level
  }
  return level
}
