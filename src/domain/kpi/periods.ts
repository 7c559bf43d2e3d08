// Days, weeks and months as the desk's people count them: they begin at midnight where the desk is, also on the
// two days of the year that are shorter and longer. A period has a name that stands in addresses, and one of the
// same kind before it, with which it is compared.

import { Temporal } from 'temporal-polyfill'
import type { Period } from './report.ts'

export type PeriodPart = Period & {
  /** The first local day of the whole part, `YYYY-MM-DD`: the same name in every period that cuts it. */
  readonly day: string
}

/** Ways to say a period in an address: `2026`, `2026-Q3`, `2026-11`, `last-30-days`, or from and to (days, both meant). */
export type NamedPeriod = { readonly period: Period; readonly before: Period; readonly name: string }

/** Ten years: a longer period is a slip. */
const longest = 3_660

/** A local day that exists, in years that people write; else null. */
const dayIn = (text: string): Temporal.PlainDate | null => {
  if (!/^\d{4}-\d{2}-\d{2}$/u.test(text)) return null
  try {
    return Temporal.PlainDate.from(text)
  } catch {
    return null
  }
}

/** Where a zone leaves midnight out, the day begins when its clocks go on. */
const begins = (date: Temporal.PlainDate, timeZone: string): number =>
  date.toZonedDateTime(timeZone).epochMilliseconds

const dateAt = (at: number, timeZone: string): Temporal.PlainDate =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate()

/** The local day of an instant (UTC ms), `YYYY-MM-DD`. Throws RangeError for a time zone nobody knows. */
export const dayOf = (at: number, timeZone: string): string => dateAt(at, timeZone).toString()

/** When a local day begins (UTC ms). Throws RangeError for what is no day, or a time zone nobody knows. */
export const startOfDay = (day: string, timeZone: string): number => {
  const date = dayIn(day)
  if (date === null) throw new RangeError(`${day} is no day`)
  return begins(date, timeZone)
}

const monday = (date: Temporal.PlainDate) => date.subtract({ days: date.dayOfWeek - 1 })
const firstOfMonth = (date: Temporal.PlainDate) => date.with({ day: 1 })
const firstOfQuarter = (date: Temporal.PlainDate) =>
  firstOfMonth(date).subtract({ months: (date.month - 1) % 3 })
const firstOfYear = (date: Temporal.PlainDate) => date.with({ month: 1, day: 1 })

const partsIn = {
  day: { first: (date: Temporal.PlainDate) => date, length: { days: 1 } },
  week: { first: monday, length: { weeks: 1 } },
  month: { first: firstOfMonth, length: { months: 1 } },
} as const

/**
 * The days, weeks (from Monday) or months that a period touches, in order. The first and the last are cut where the
 * period begins and ends, so that the parts are the period, with nothing between them and nothing beside it.
 */
export const partsOf = (period: Period, by: 'day' | 'week' | 'month', timeZone: string): PeriodPart[] => {
  const parts: PeriodPart[] = []
  if (!(period.from < period.to)) return parts
  const { first, length } = partsIn[by]
  let date = first(dateAt(period.from, timeZone))
  let start = begins(date, timeZone)
  while (start < period.to) {
    const next = date.add(length)
    const end = begins(next, timeZone)
    const from = Math.max(start, period.from)
    const to = Math.min(end, period.to)
    // A day that a zone left out has no instant.
    if (from < to) parts.push({ day: date.toString(), from, to })
    date = next
    start = end
  }
  return parts
}

/** From the beginning of one day to the beginning of another, and what lies before it. */
const between = (
  name: string,
  [before, from, to]: readonly [Temporal.PlainDate, Temporal.PlainDate, Temporal.PlainDate],
  timeZone: string,
): NamedPeriod => {
  const start = begins(from, timeZone)
  return {
    name,
    period: { from: start, to: begins(to, timeZone) },
    before: { from: begins(before, timeZone), to: start },
  }
}

type Length = { weeks: number } | { months: number } | { years: number }

const kinds: Readonly<
  Record<string, { first: (date: Temporal.PlainDate) => Temporal.PlainDate; length: Length }>
> = {
  week: { first: monday, length: { weeks: 1 } },
  month: { first: firstOfMonth, length: { months: 1 } },
  quarter: { first: firstOfQuarter, length: { months: 3 } },
  year: { first: firstOfYear, length: { years: 1 } },
}

/** The first day of `2026`, `2026-Q3`, `2026-11` or `2026-W47`, and how long that is. */
const calendarPeriod = (text: string): { from: Temporal.PlainDate; length: Length } | null => {
  const [, year = '', quarter, month, week] =
    /^(\d{4})(?:-Q([1-4])|-(0[1-9]|1[0-2])|-W(0[1-9]|[1-4]\d|5[0-3]))?$/u.exec(text) ?? []
  const january = dayIn(`${year}-01-01`)
  if (january === null) return null
  if (quarter) return { from: january.add({ months: 3 * (Number(quarter) - 1) }), length: { months: 3 } }
  if (month) return { from: january.with({ month: Number(month) }), length: { months: 1 } }
  if (week) {
    // The fourth of January is in the first week of its year; not every year has 53.
    const from = monday(january.with({ day: 4 })).add({ weeks: Number(week) - 1 })
    return from.yearOfWeek === january.year ? { from, length: { weeks: 1 } } : null
  }
  return { from: january, length: { years: 1 } }
}

/**
 * The days from one to another, both meant; before it as many days. Its name is `2026-05-01..2026-05-07`. null where
 * one is no day, where they stand the wrong way round, and for more than 3,660 days.
 */
export const periodOf = (from: string, to: string, timeZone: string): NamedPeriod | null => {
  const first = dayIn(from)
  const last = dayIn(to)
  if (first === null || last === null) return null
  const days = first.until(last, { largestUnit: 'days' }).days + 1
  if (days < 1 || days > longest) return null
  return between(`${from}..${to}`, [first.subtract({ days }), first, last.add({ days: 1 })], timeZone)
}

/**
 * The period of a name; `now` in UTC ms. `last-30-days` are today and the 29 days before it; a month, a quarter, a
 * year is meant whole, also while it lasts. Takes the names that `periodOf` gives too; null for any other text.
 */
export const namedPeriod = (text: string, now: number, timeZone: string): NamedPeriod | null => {
  const [, fromDay, toDay] = /^([\d-]{10})\.\.([\d-]{10})$/u.exec(text) ?? []
  if (fromDay && toDay) return periodOf(fromDay, toDay, timeZone)

  const [, count] = /^last-(7|30|90|365)-days$/u.exec(text) ?? []
  if (count) {
    const days = Number(count)
    const tomorrow = dateAt(now, timeZone).add({ days: 1 })
    const first = tomorrow.subtract({ days })
    return between(text, [first.subtract({ days }), first, tomorrow], timeZone)
  }

  const [, which, kind = ''] = /^(this|last)-(week|month|quarter|year)$/u.exec(text) ?? []
  const spoken = kinds[kind]
  if (which && spoken) {
    const current = spoken.first(dateAt(now, timeZone))
    const from = which === 'this' ? current : current.subtract(spoken.length)
    return between(text, [from.subtract(spoken.length), from, from.add(spoken.length)], timeZone)
  }

  const dated = calendarPeriod(text)
  return dated
    ? between(text, [dated.from.subtract(dated.length), dated.from, dated.from.add(dated.length)], timeZone)
    : null
}
