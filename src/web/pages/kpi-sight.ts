// What an address of the figures asks for, and how to ask for something a little different: every link on these
// pages is the page's own address with one thing changed, so that period and filters never get lost.

import type { Desk } from '../../domain/desk.ts'
import type {
  Age,
  BehindName,
  Clock,
  Dimension,
  DurationName,
  Filter,
  Period,
  ReportQuery,
} from '../../domain/kpi/report.ts'
import type { KpiView } from '../kpi-query.ts'
import { kpiUrl, reportQueryOf } from '../kpi-query.ts'
import { daysOf } from './kpi-words.ts'

export type KpiChange = {
  /** A period by its name, or by its instants. */
  readonly period?: string | Period
  readonly filter?: Partial<Filter>
  readonly clock?: Clock
  readonly by?: Dimension
  readonly figure?: BehindName
  readonly age?: Age | null
  readonly page?: number
  readonly theme?: 'dark'
  readonly size?: 'narrow'
}

export type KpiSight = {
  /** What the page, its charts and their tables ask alike, so that it is summed up once. */
  readonly query: ReportQuery
  /** As the address names the period (`last-30-days`, `2026-Q3`, `2026-10-01..2026-10-09`). */
  readonly name: string
  readonly clock: Clock
  /** By what the last table is divided. */
  readonly by: Dimension
  /** How long the parts are that charts divide the period into. */
  readonly part: 'day' | 'week' | 'month'
  readonly url: (path: string, change?: KpiChange) => string
}

const day = 86_400_000

/** Days up to two months, weeks up to a year and a bit, then months. */
export const partOf = ({ from, to }: Period): KpiSight['part'] => {
  const days = Math.round((to - from) / day)
  return days <= 62 ? 'day' : days <= 400 ? 'week' : 'month'
}

/** First and last day, both meant, as addresses say them. */
const nameOf = (period: Period, timeZone: string): string => {
  const { from, to } = daysOf(period, timeZone)
  return `${from}..${to}`
}

const changed = (view: KpiView, { period, filter, by, clock }: KpiChange, timeZone: string): KpiView => ({
  period:
    period === undefined
      ? view.period
      : { ...view.period, name: typeof period === 'string' ? period : nameOf(period, timeZone) },
  filter: { ...view.filter, ...filter },
  by: by ?? view.by,
  clock: clock ?? view.clock,
})

/** What charts and the table of groups say of durations; to spread every one of them would take a page twice as long. */
const shownByGroup = (
  by: Dimension,
  part: Dimension,
  { levels }: Desk,
): NonNullable<ReportQuery['groupDurations']> => ({
  [part]: ['frt'],
  [by]: ['frt', 'ttr'],
  category: [
    'frt',
    'ttr',
    'open_time',
    'waiting',
    ...levels.map((_, index): DurationName => `level_${index + 1}_net`),
  ],
})

export const sightOf = (view: KpiView, desk: Desk, now: number): KpiSight => {
  const part = partOf(view.period.period)
  // Without a calendar both say the same, and days read better than hours.
  const clock = desk.calendars.length === 0 ? 'calendar' : view.clock
  return {
    query: reportQueryOf(view, now, [...new Set<Dimension>(['category', part, view.by])], {
      groupDurations: shownByGroup(view.by, part, desk),
      clock,
    }),
    name: view.period.name,
    clock,
    by: view.by,
    part,
    url: (path, change = {}) => {
      const { figure, age, page, theme, size } = change
      const url = kpiUrl(
        path,
        changed(view, change, desk.timeZone),
        desk,
        figure === undefined
          ? undefined
          : { figure, age: age ?? null, ...(page === undefined ? {} : { page }) },
      )
      const more = [...(theme ? [`theme=${theme}`] : []), ...(size ? [`size=${size}`] : [])].join('&')
      return more === '' ? url : `${url}${url.includes('?') ? '&' : '?'}${more}`
    },
  }
}
