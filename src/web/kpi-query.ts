// What an address asks of the figures, and the address of what is asked: the page, its lists and charts, the table
// and the JSON all say it the same way. What cannot be is as not said. Agents by name are for those who lead.

import type { KpiView, SaidName } from '../application/ask-for-figures.ts'
import {
  defaultClock,
  defaultPeriod,
  isBehindName,
  nobody,
  noCategory,
  viewOf,
} from '../application/ask-for-figures.ts'
import type { Desk } from '../domain/desk.ts'
import type { Age, BehindName, BehindQuery } from '../domain/kpi/report.ts'
import { ages } from '../domain/kpi/report.ts'
import { isAtLeast } from '../domain/role.ts'
import { lineOf } from './form-fields.ts'
import type { AgentVisit } from './visit.ts'

export type { KpiView } from '../application/ask-for-figures.ts'
export { reportQueryOf } from '../application/ask-for-figures.ts'

type Asking = Pick<AgentVisit, 'query' | 'viewer'> & {
  readonly door: { readonly parts: Pick<AgentVisit['door']['parts'], 'desk' | 'clock'> }
}

/** Who leads may see what single people did; everybody else sees the desk's. */
export const mayAskForAgents = ({ viewer }: Pick<AgentVisit, 'viewer'>): boolean =>
  isAtLeast(viewer.role, 'lead')

/** `now` is the same instant for all that is made of one request. */
export const kpiViewOf = (visit: Asking, now = visit.door.parts.clock.now()): KpiView => {
  const said = (name: SaidName) => lineOf(visit.query, name).slice(0, 255)
  const leads = mayAskForAgents(visit)
  const by = said('by')
  const { view } = viewOf(
    {
      period: said('period'),
      from: said('from'),
      to: said('to'),
      category: said('category'),
      level: said('level'),
      agent: leads ? said('agent') : '',
      by: by === 'agent' && !leads ? '' : by,
      clock: said('clock'),
    },
    { desk: visit.door.parts.desk, now },
  )
  return view
}

/** Of which number the tickets are asked for, and which page of them (from 1). */
export type BehindView = { readonly figure: BehindName; readonly age: Age | null; readonly page: number }

/** null where the address names no number of this desk. */
export const behindViewOf = ({ query, door }: Asking): BehindView | null => {
  const figure = lineOf(query, 'figure')
  if (!isBehindName(figure, door.parts.desk)) return null
  const page = lineOf(query, 'page')
  const age = ages.find((one) => one === query.get('age')) ?? null
  return {
    figure,
    age: figure === 'backlog' ? age : null,
    page: /^[1-9]\d{0,5}$/u.test(page) ? Number(page) : 1,
  }
}

export const behindQueryOf = (
  { period, filter, clock }: KpiView,
  { figure, age, page }: BehindView,
  options: { readonly now: number; readonly perPage: number },
): BehindQuery => ({
  figure,
  period: period.period,
  filter,
  now: options.now,
  age,
  clock,
  offset: (page - 1) * options.perPage,
  limit: options.perPage,
})

/** The words of an address for this view; the usual is left out. */
const wordsOf = ({ period, filter, by, clock }: KpiView, desk: Desk): [string, string][] => {
  const [, from, to] = /^(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)$/u.exec(period.name) ?? []
  const words: [string, string][] =
    from !== undefined && to !== undefined
      ? [
          ['from', from],
          ['to', to],
        ]
      : period.name === defaultPeriod
        ? []
        : [['period', period.name]]
  if (filter.category !== null)
    words.push(['category', filter.category === '' ? noCategory : filter.category])
  if (filter.level !== null) words.push(['level', String(filter.level)])
  if (filter.agent !== null) words.push(['agent', filter.agent === '' ? nobody : filter.agent])
  if (by !== 'category') words.push(['by', by])
  if (clock !== defaultClock(desk)) words.push(['clock', clock])
  return words
}

/** `/kpi`, `/kpi.csv`, `/kpi/tickets`, … with all that the view says; `behind` for a list of tickets. */
export const kpiUrl = (
  path: string,
  view: KpiView,
  desk: Desk,
  behind?: Partial<BehindView> & Pick<BehindView, 'figure'>,
): string => {
  const words = wordsOf(view, desk)
  if (behind) {
    words.push(['figure', behind.figure])
    if (behind.age) words.push(['age', behind.age])
    if (behind.page !== undefined && behind.page > 1) words.push(['page', String(behind.page)])
  }
  const said = new URLSearchParams(words).toString()
  return said === '' ? path : `${path}?${said}`
}
