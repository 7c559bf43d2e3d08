// When something was, as people say it: "3 h", "2 d" on a line of the queue, day and time on the
// ticket. Ages are coarse on purpose: they change seldom, so what was rendered stays valid longer.

import type { Locale, Translate } from '../page.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** `milliseconds` of waiting as a short label. */
export const ageLabel = (milliseconds: number, t: Translate): string => {
  if (milliseconds < minute) return t('age.now')
  if (milliseconds < hour) return t('age.minutes', { count: Math.floor(milliseconds / minute) })
  if (milliseconds < 48 * hour) return t('age.hours', { count: Math.floor(milliseconds / hour) })
  return t('age.days', { count: Math.floor(milliseconds / day) })
}

/** The same inside a sentence, after "for" or "seit". */
export const ageWords = (milliseconds: number, t: Translate): string => {
  if (milliseconds < minute) return t('age.words.moment')
  if (milliseconds < hour) return t('age.words.minutes', { count: Math.floor(milliseconds / minute) })
  if (milliseconds < 48 * hour) return t('age.words.hours', { count: Math.floor(milliseconds / hour) })
  return t('age.words.days', { count: Math.floor(milliseconds / day) })
}

/** How urgent a wait looks: nothing below four hours, more from a day on. */
export const ageWeight = (milliseconds: number): 'short' | 'long' | 'very-long' =>
  milliseconds >= 24 * hour ? 'very-long' : milliseconds >= 4 * hour ? 'long' : 'short'

const formats: Record<
  Locale,
  { full: Intl.DateTimeFormat; short: Intl.DateTimeFormat; day: Intl.DateTimeFormat }
> = (() => {
  const of = (tag: string) => ({
    full: new Intl.DateTimeFormat(tag, { dateStyle: 'full', timeStyle: 'short' }),
    short: new Intl.DateTimeFormat(tag, {
      day: 'numeric',
      month: 'short',
      hour: '2-digit',
      minute: '2-digit',
    }),
    day: new Intl.DateTimeFormat(tag, { day: 'numeric', month: 'short', year: 'numeric' }),
  })
  return { en: of('en-GB'), de: of('de-DE') }
})()

/** The time zone all times are written in; assets/times.js writes them anew for who lives in another. */
export const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone

export type Moment = {
  /** ISO 8601 in UTC, for <time datetime>. */
  readonly iso: string
  readonly label: string
  /** Day, date and time in full. */
  readonly title: string
}

/** An instant (UTC ms) with day and time. */
export const moment = (at: number, locale: Locale): Moment => ({
  iso: new Date(at).toISOString(),
  label: formats[locale].short.format(at),
  title: formats[locale].full.format(at),
})

/** An instant (UTC ms) as a day. */
export const dayOf = (at: number, locale: Locale): Moment => ({
  iso: new Date(at).toISOString(),
  label: formats[locale].day.format(at),
  title: formats[locale].full.format(at),
})
