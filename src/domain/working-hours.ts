// When the desk works. A calendar says the hours of each weekday in local time, its holidays and its extra days;
// a newer version takes over on its first day and changes nothing before it. Business time between two instants
// is what falls into these hours; a due time is the first instant at which so much business time has gone by.

import { Temporal } from 'temporal-polyfill'

/** Minutes since local midnight, half-open; `to` may be 1,440. */
export type Hours = { readonly from: number; readonly to: number }

/** `year` null: every year. */
export type Holiday = { readonly year: number | null; readonly month: number; readonly day: number }

export type CalendarVersion = {
  /** The first local day on which it holds, `YYYY-MM-DD`; null = from ever. */
  readonly validFrom: string | null
  /** IANA name. */
  readonly timeZone: string
  /** Monday first; each in order and without overlaps. */
  readonly week: readonly (readonly Hours[])[]
  readonly holidays: readonly Holiday[]
  /** Days (`YYYY-MM-DD`) with hours of their own, holidays or not. */
  readonly extraDays: Readonly<Record<string, readonly Hours[]>>
}

/** Plain data: it is handed to other threads. */
export type Calendar = {
  readonly id: string
  /** By `validFrom`, the oldest first; never empty. */
  readonly versions: readonly CalendarVersion[]
}

export type WorkingHours = {
  /** Business milliseconds in [from, to), UTC ms; 0 where `to` is not after `from`. */
  between(from: number, to: number): number
  /** The first instant at which so much business time has gone by since `from`; null where that is never. */
  after(from: number, duration: number): number | null
}

/** Day and night: what a desk without a calendar keeps. */
export const aroundTheClock: WorkingHours = {
  between: (from, to) => Math.max(0, to - from),
  after: (from, duration) => from + Math.max(0, duration),
}

const day = 86_400_000
/** No desk has worked before, and after it none is asked about: an instant that makes no sense costs nothing. */
const firstYear = 1970
const lastYear = 2199
/** What has not come within twenty years never does. */
const horizon = 7_305 * day

/** Between two changes of a zone's clocks: its local time is UTC plus `offset` (milliseconds). */
type Stretch = { readonly until: number; readonly from: number; readonly offset: number }

/** The zone's stretches from one instant to another. */
const stretchesOf = (timeZone: string, from: number, to: number): Stretch[] => {
  const stretches: Stretch[] = []
  let at = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timeZone)
  for (;;) {
    const next = at.getTimeZoneTransition('next')
    const until = next?.epochMilliseconds ?? Number.POSITIVE_INFINITY
    stretches.push({ from: at.epochMilliseconds, until, offset: at.offsetNanoseconds / 1e6 })
    if (next === null || until >= to) return stretches
    at = next
  }
}

/**
 * When a clock on the wall first shows this time or a later one (local and UTC milliseconds). So an hour that the
 * clocks leave out is nobody's, one that comes twice is open both times if the desk is open around it, and on a day
 * that a zone left out altogether nobody works.
 */
const instantOf = (local: number, stretches: readonly Stretch[]): number => {
  const stretch = stretches.find(({ until, offset }) => local < until + offset)
  return stretch ? Math.max(stretch.from, local - stretch.offset) : Number.POSITIVE_INFINITY
}

/** Days since 1970-01-01. */
const dayNumber = (text: string): number => Date.parse(`${text}T00:00:00Z`) / day

const hoursOn = (version: CalendarVersion): ((number: number) => readonly Hours[]) => {
  const extra = new Map(Object.entries(version.extraDays).map(([text, hours]) => [dayNumber(text), hours]))
  const key = (year: number | null, month: number, date: number) => `${year ?? ''}-${month}-${date}`
  const holidays = new Set(version.holidays.map((one) => key(one.year, one.month, one.day)))
  return (number) => {
    const own = extra.get(number)
    if (own) return own
    const date = new Date(number * day)
    const month = date.getUTCMonth() + 1
    const isHoliday =
      holidays.has(key(null, month, date.getUTCDate())) ||
      holidays.has(key(date.getUTCFullYear(), month, date.getUTCDate()))
    // The first of January 1970 was a Thursday.
    return isHoliday ? [] : (version.week[(number + 3) % 7] ?? [])
  }
}

/** What counts from one instant to another: each version's time, with the version that holds in it. */
const reigns = (calendar: Calendar) => {
  const begins = calendar.versions.map(({ validFrom, timeZone }) => {
    // Also for a version from ever: a zone that nobody knows is refused at once.
    const midnight = Temporal.PlainDate.from(validFrom ?? '1970-01-01').toZonedDateTime(timeZone)
    return validFrom === null ? Number.NEGATIVE_INFINITY : midnight.epochMilliseconds
  })
  return calendar.versions.map((version, index) => ({
    version,
    from: begins[index] ?? Number.NEGATIVE_INFINITY,
    until: Math.min(...begins.slice(index + 1)),
    hoursOn: hoursOn(version),
  }))
}

/** Open from `starts[i]` to `ends[i]`, before which `sums[i]` milliseconds were; whole years of UTC. */
type Compiled = {
  readonly from: number
  readonly to: number
  readonly starts: Float64Array
  readonly ends: Float64Array
  /** One more than there are intervals: the last is the sum of all. */
  readonly sums: Float64Array
}

const openBetween = (all: ReturnType<typeof reigns>, from: number, to: number): number[] => {
  const edges: number[] = []
  for (const reign of all) {
    const begin = Math.max(from, reign.from)
    const end = Math.min(to, reign.until)
    if (begin >= end) continue
    // Local days lie at most a day beside those of UTC.
    const stretches = stretchesOf(reign.version.timeZone, begin - 2 * day, end)
    for (let number = Math.floor(begin / day) - 1; number <= Math.floor(end / day) + 1; number += 1)
      for (const hours of reign.hoursOn(number)) {
        const open = Math.max(begin, instantOf(number * day + hours.from * 60_000, stretches))
        const close = Math.min(end, instantOf(number * day + hours.to * 60_000, stretches))
        if (open < close) edges.push(open, close)
      }
  }
  return edges
}

const compiledOf = (from: number, to: number, edges: readonly number[]): Compiled => {
  const n = edges.length / 2
  const starts = new Float64Array(n)
  const ends = new Float64Array(n)
  const sums = new Float64Array(n + 1)
  for (let i = 0; i < n; i += 1) {
    const start = edges[2 * i] ?? 0
    const end = edges[2 * i + 1] ?? 0
    starts[i] = start
    ends[i] = end
    sums[i + 1] = (sums[i] ?? 0) + end - start
  }
  return { from, to, starts, ends, sums }
}

const edgesOf = ({ starts, ends }: Compiled): number[] =>
  [...starts].flatMap((start, index) => [start, ends[index] ?? start])

/** How many of the ascending values are at most this one. */
const countUpTo = (values: Float64Array, value: number): number => {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((values[middle] ?? 0) <= value) low = middle + 1
    else high = middle
  }
  return low
}

/** Open milliseconds since the compiled years began. */
const sumUntil = ({ starts, ends, sums }: Compiled, at: number): number => {
  const index = countUpTo(starts, at) - 1
  const start = starts[index]
  if (start === undefined) return 0
  return (sums[index] ?? 0) + Math.min(at, ends[index] ?? at) - start
}

const newYear = (year: number): number => Date.UTC(year, 0, 1)
const beginning = newYear(firstYear)
const ending = newYear(lastYear + 1)
const yearOf = (at: number): number => new Date(at).getUTCFullYear()

const compile = (calendar: Calendar): WorkingHours => {
  const all = reigns(calendar)
  let known: Compiled | null = null

  /** Compiled for these instants at least; what was compiled before stays. */
  const covering = (from: number, to: number): Compiled => {
    if (known && known.from <= from && to <= known.to) return known
    const begin = Math.min(known?.from ?? ending, newYear(yearOf(from)))
    const end = Math.max(known?.to ?? beginning, Math.min(ending, newYear(yearOf(to) + 1)))
    const edges = known
      ? [...openBetween(all, begin, known.from), ...edgesOf(known), ...openBetween(all, known.to, end)]
      : openBetween(all, begin, end)
    known = compiledOf(begin, end, edges)
    return known
  }

  return {
    between: (from, to) => {
      const begin = Math.max(from, beginning)
      const end = Math.min(to, ending)
      if (!(begin < end)) return 0
      const compiled = covering(begin, end)
      return sumUntil(compiled, end) - sumUntil(compiled, begin)
    },
    after: (from, duration) => {
      if (!(duration > 0)) return from
      const begin = Math.max(from, beginning)
      if (!(begin < ending)) return null
      // Nearly always it comes within the year; the rest is looked at only if it must be.
      for (const ahead of [366 * day, 3 * 366 * day, horizon]) {
        const until = Math.min(begin + ahead, ending)
        const compiled = covering(begin, until)
        const wanted = sumUntil(compiled, begin) + duration
        if (wanted > sumUntil(compiled, until)) continue
        // The last interval before which less than that was: its end, if that is where the sum is reached.
        let low = 0
        let high = compiled.starts.length
        while (low < high) {
          const middle = (low + high) >>> 1
          if ((compiled.sums[middle + 1] ?? 0) < wanted) low = middle + 1
          else high = middle
        }
        return (compiled.starts[low] ?? 0) + wanted - (compiled.sums[low] ?? 0)
      }
      return null
    },
  }
}

const compiledCalendars = new WeakMap<Calendar, WorkingHours>()

/** Throws RangeError for a time zone nobody knows. What is compiled is kept with the calendar. */
export const workingHours = (calendar: Calendar): WorkingHours => {
  let hours = compiledCalendars.get(calendar)
  if (!hours) {
    hours = compile(calendar)
    compiledCalendars.set(calendar, hours)
  }
  return hours
}
