// How figures are said: durations in days, hours and minutes, shares in per cent, numbers in the reader's own
// writing. Durations are rounded down to the minute, and only here. Business time is told in hours and minutes
// alone, because a business day is no 24 hours.

import type { Desk } from '../../domain/desk.ts'
import type {
  BehindName,
  Clock,
  CountName,
  Dimension,
  DurationFigure,
  DurationName,
  Period,
  RateFigure,
  RateName,
  Spread,
} from '../../domain/kpi/report.ts'
import { levelName } from '../../domain/level.ts'
import type { Locale, Translate } from '../page.ts'

/** Stands where there is nothing to tell: no 0, because 0 would be a value. */
export const dash = '–'

/** With fewer values than these, the values themselves are told. */
export const fewest = 5

const minute = 60_000

const tagOf: Record<Locale, string> = { en: 'en-GB', de: 'de-DE' }

const formatsOf = (locale: Locale) => {
  const tag = tagOf[locale]
  return {
    number: new Intl.NumberFormat(tag),
    percent: new Intl.NumberFormat(tag, {
      style: 'percent',
      minimumFractionDigits: 1,
      maximumFractionDigits: 1,
    }),
    points: new Intl.NumberFormat(tag, { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    whole: new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 0 }),
    day: new Intl.DateTimeFormat(tag, { timeZone: 'UTC', day: 'numeric', month: 'short', year: 'numeric' }),
    shortDay: new Intl.DateTimeFormat(tag, { timeZone: 'UTC', day: 'numeric', month: 'short' }),
    month: new Intl.DateTimeFormat(tag, { timeZone: 'UTC', month: 'short', year: 'numeric' }),
  }
}

const formats = { en: formatsOf('en'), de: formatsOf('de') }

export const numberText = (value: number, locale: Locale): string => formats[locale].number.format(value)

export const percentText = (rate: number | null, locale: Locale): string =>
  rate === null ? dash : formats[locale].percent.format(rate)

/** Without decimals: how much more or less something is than before. */
export const wholePercentText = (rate: number, locale: Locale): string => formats[locale].whole.format(rate)

/** A difference between two shares, in points of per cent. */
export const pointsText = (difference: number, locale: Locale): string =>
  formats[locale].points.format(difference * 100)

export type Speaking = { readonly t: Translate; readonly locale: Locale }

/** Milliseconds as people say them. */
export const durationText = (milliseconds: number, clock: Clock, { t, locale }: Speaking): string => {
  const minutes = Math.floor(milliseconds / minute)
  if (minutes === 0) return t(milliseconds > 0 ? 'kpi.time.underMinute' : 'kpi.time.zero')
  const say = (unit: string, value: number) => t(`kpi.time.${unit}`, { n: numberText(value, locale) })
  const days = clock === 'calendar' ? Math.floor(minutes / 1_440) : 0
  const hours = Math.floor(minutes / 60) - days * 24
  const rest = minutes % 60
  const told =
    days > 0
      ? [say('d', days), ...(hours > 0 ? [say('h', hours)] : [])]
      : [...(hours > 0 ? [say('h', hours)] : []), ...(rest > 0 ? [say('min', rest)] : [])]
  return told.join(' ')
}

export const maybeDuration = (milliseconds: number | null, clock: Clock, speaking: Speaking): string =>
  milliseconds === null ? dash : durationText(milliseconds, clock, speaking)

/** The median, or where there are too few the values. */
export const spreadText = (spread: Spread, clock: Clock, speaking: Speaking): string => {
  if (spread.n === 0) return dash
  return spread.n < fewest && spread.values
    ? spread.values.map((value) => durationText(value, clock, speaking)).join(' · ')
    : maybeDuration(spread.p50, clock, speaking)
}

export const spreadOf = (figure: DurationFigure | undefined, clock: Clock): Spread =>
  figure?.[clock] ?? { n: 0, p50: null, p90: null, mean: null }

/** `YYYY-MM-DD` of the desk's own calendar as a point in UTC, so that no zone moves it. */
const dayAt = (day: string): number => Date.parse(`${day}T00:00:00Z`)

export const dayText = (day: string, locale: Locale): string => formats[locale].day.format(dayAt(day))

/** A day, a week by its Monday, a month, as short as an axis needs it. */
export const partText = (day: string, part: Dimension, locale: Locale): string =>
  part === 'month' ? formats[locale].month.format(dayAt(day)) : formats[locale].shortDay.format(dayAt(day))

const dayInZone = new Map<string, Intl.DateTimeFormat>()

/** The local day of an instant (UTC ms), `YYYY-MM-DD`. */
export const localDay = (at: number, timeZone: string): string => {
  let format = dayInZone.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
    dayInZone.set(timeZone, format)
  }
  return format.format(at)
}

/** First and last day of a period, both meant. */
export const daysOf = (period: Period, timeZone: string): { readonly from: string; readonly to: string } => ({
  from: localDay(period.from, timeZone),
  to: localDay(Math.max(period.from, period.to - 1), timeZone),
})

export const periodText = (period: Period, timeZone: string, { t, locale }: Speaking): string => {
  const { from, to } = daysOf(period, timeZone)
  return from === to
    ? dayText(from, locale)
    : t('kpi.period.fromTo', { from: dayText(from, locale), to: dayText(to, locale) })
}

const levelFigure = /^level_(\d+)(_net)?$/u
const levelPromise = /^ola_level_(\d+)$/u

/** What a figure is called. */
export const figureName = (
  name: BehindName | DurationName | RateName | CountName,
  t: Translate,
  desk: Desk,
): string => {
  const [, level, net] = levelFigure.exec(name) ?? []
  if (level !== undefined)
    return t(net === undefined ? 'kpi.figure.level' : 'kpi.figure.levelNet', {
      level: levelName(Number(level), desk),
    })
  const [, promised] = levelPromise.exec(name) ?? []
  if (promised !== undefined) return t('kpi.figure.ola', { level: levelName(Number(promised), desk) })
  return t(`kpi.figure.${name}`)
}

/** In one line what it means. */
export const figureMeaning = (
  name: BehindName | DurationName | RateName | CountName,
  t: Translate,
  desk: Desk,
): string => {
  const [, level, net] = levelFigure.exec(name) ?? []
  if (level !== undefined)
    return t(net === undefined ? 'kpi.means.level' : 'kpi.means.levelNet', {
      level: levelName(Number(level), desk),
    })
  const [, promised] = levelPromise.exec(name) ?? []
  if (promised !== undefined) return t('kpi.means.ola', { level: levelName(Number(promised), desk) })
  return t(`kpi.means.${name}`)
}

export type Better = 'less' | 'more' | 'neither'

/** Whether it is good news when a figure grows. */
export const betterOf = (name: DurationName | RateName | CountName | 'backlog'): Better => {
  if (name === 'waiting' || name === 'inflow' || name === 'outflow') return 'neither'
  if (name === 'de_escalation_rate' || name === 'fcr_no_reply') return 'neither'
  if (name === 'flr' || name === 'fcr' || name.startsWith('sla') || name.startsWith('ola')) return 'more'
  if (name === 'csat' || name === 'csat_answered') return 'more'
  return 'less'
}

/** How it stands beside the period before: an arrow for the direction, a word for what it means. */
export type Change = {
  readonly icon: 'up' | 'down' | 'same'
  readonly tone: 'good' | 'bad' | 'plain'
  readonly text: string
  /** What it was before. */
  readonly title: string
}

/** Smaller differences come and go by chance: they are told, and called neither good nor bad. */
const small = { duration: 0.05, rate: 0.01 }

const toneOf = (difference: number, better: Better): Change['tone'] => {
  if (better === 'neither') return 'plain'
  return difference < 0 === (better === 'less') ? 'good' : 'bad'
}

const changeOf = (
  difference: number,
  better: Better,
  said: { readonly more: string; readonly less: string; readonly size: string; readonly title: string },
  { t }: Speaking,
): Change => {
  const { title } = said
  if (difference === 0) return { icon: 'same', tone: 'plain', text: t('kpi.change.same'), title }
  const words = difference > 0 ? said.more : said.less
  return {
    icon: difference > 0 ? 'up' : 'down',
    tone: toneOf(difference, better),
    text: t(words, { size: said.size }),
    title,
  }
}

/** Medians are compared where there are enough values on both sides; else there is nothing to say. */
export const durationChange = (
  now: Spread,
  before: Spread,
  clock: Clock,
  better: Better,
  speaking: Speaking,
): Change | null => {
  if (now.p50 === null || before.p50 === null || now.n < fewest || before.n < fewest) return null
  const { t, locale } = speaking
  const title = t('kpi.change.was', { value: durationText(before.p50, clock, speaking) })
  const shown = (value: number) => Math.floor(value / minute)
  const difference = shown(now.p50) - shown(before.p50)
  const size =
    before.p50 < minute
      ? durationText(Math.abs(now.p50 - before.p50), clock, speaking)
      : wholePercentText(Math.abs(now.p50 - before.p50) / before.p50, locale)
  const tells =
    before.p50 > 0 && Math.abs(now.p50 - before.p50) / before.p50 < small.duration ? 'neither' : better
  const words =
    tells === 'neither'
      ? { more: 'kpi.change.longer', less: 'kpi.change.shorter' }
      : { more: 'kpi.change.slower', less: 'kpi.change.quicker' }
  return changeOf(difference, tells, { ...words, size, title }, speaking)
}

/** Shares of fewer than five tickets are not compared: one ticket would be twenty points. */
export const rateChange = (
  { rate: now, whole }: Pick<RateFigure, 'rate' | 'whole'>,
  { rate: before, whole: wholeBefore }: Pick<RateFigure, 'rate' | 'whole'>,
  better: Better,
  speaking: Speaking,
): Change | null => {
  if (now === null || before === null || whole < fewest || wholeBefore < fewest) return null
  const { t, locale } = speaking
  const difference = Math.round((now - before) * 1_000) / 1_000
  const tells = Math.abs(difference) < small.rate ? 'neither' : better
  const more = tells === 'more' ? 'better' : tells === 'less' ? 'worse' : 'higher'
  const less = tells === 'more' ? 'worse' : tells === 'less' ? 'better' : 'lower'
  return changeOf(
    difference,
    tells,
    {
      more: `kpi.change.points.${more}`,
      less: `kpi.change.points.${less}`,
      size: pointsText(Math.abs(difference), locale),
      title: t('kpi.change.was', { value: percentText(before, locale) }),
    },
    speaking,
  )
}

export const countChange = (now: number, before: number, speaking: Speaking): Change | null => {
  const { t, locale } = speaking
  if (now === 0 && before === 0) return null
  const difference = now - before
  return changeOf(
    difference,
    'neither',
    {
      more: 'kpi.change.more',
      less: 'kpi.change.fewer',
      size: numberText(Math.abs(difference), locale),
      title: t('kpi.change.was', { value: numberText(before, locale) }),
    },
    speaking,
  )
}

/** A category as figures name it; '' = those without one. */
export const categoryText = (key: string, t: Translate): string => (key === '' ? t('category.none') : key)
