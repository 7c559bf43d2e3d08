// What an address asks of the figures, and the address of what is asked: the page, its lists and charts, the table
// and the JSON all say it the same way. What cannot be is as not said. Agents by name are for those who lead.

import type { KpiView, SaidName } from '../application/ask-for-figures.ts'
import {
  defaultClock,
  defaultPeriod,
  isBehindName,
  noCategory,
  reportQueryOf,
  viewOf,
} from '../application/ask-for-figures.ts'
import type { Desk } from '../domain/desk.ts'
import { dayOf } from '../domain/kpi/periods.ts'
import type { Age, BehindName, BehindQuery, Filter, Period } from '../domain/kpi/report.ts'
import { ages } from '../domain/kpi/report.ts'
import { isAtLeast } from '../domain/role.ts'
import { lineOf } from './form-fields.ts'
import type { KpiChange, KpiSight } from './pages/kpi-sight.ts'
import { partOf } from './pages/kpi-sight.ts'
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

/** Of which number the tickets are asked for, and how many of them are left out before. */
export type BehindView = { readonly figure: BehindName; readonly age: Age | null; readonly offset: number }

/** null where the address names no number of this desk. */
export const behindViewOf = ({ query, door }: Asking): BehindView | null => {
  const figure = lineOf(query, 'figure')
  if (!isBehindName(figure, door.parts.desk)) return null
  const offset = lineOf(query, 'offset')
  const age = ages.find((one) => one === query.get('age')) ?? null
  return {
    figure,
    age: figure === 'backlog' ? age : null,
    offset: /^[1-9]\d{0,6}$/u.test(offset) ? Number(offset) : 0,
  }
}

export const behindQueryOf = (
  { period, filter }: Pick<KpiView, 'period' | 'filter'>,
  behind: BehindView,
  options: { readonly now: number; readonly limit: number },
): BehindQuery => ({ ...behind, period: period.period, filter, ...options })

const ownDays = /^(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)$/u

const periodWords = (view: KpiView, period: Period | undefined, desk: Desk): [string, string][] => {
  if (period)
    return [
      ['from', dayOf(period.from, desk.timeZone)],
      ['to', dayOf(period.to - 1, desk.timeZone)],
    ]
  const { name } = view.period
  const [, from, to] = ownDays.exec(name) ?? []
  if (from !== undefined && to !== undefined)
    return [
      ['from', from],
      ['to', to],
    ]
  return name === defaultPeriod ? [] : [['period', name]]
}

const filterWords = ({ category, level, agent }: Filter): [string, string][] => [
  ...(category === null ? [] : [['category', category === '' ? noCategory : category] as [string, string]]),
  ...(level === null ? [] : [['level', String(level)] as [string, string]]),
  ...(agent === null ? [] : [['agent', agent] as [string, string]]),
]

/** `/kpi`, `/kpi.csv`, `/kpi/tickets`, … with all that the view says, and this changed; the usual is left out. */
export const kpiUrl = (path: string, view: KpiView, desk: Desk, change: KpiChange = {}): string => {
  const by = change.by ?? view.by
  const clock = change.clock ?? view.clock
  const words = [
    ...periodWords(view, change.period, desk),
    ...filterWords({ ...view.filter, ...change.filter }),
  ]
  if (by !== 'category') words.push(['by', by])
  if (clock !== defaultClock(desk)) words.push(['clock', clock])
  if (change.figure) words.push(['figure', change.figure])
  if (change.age) words.push(['age', change.age])
  if (change.offset) words.push(['offset', String(change.offset)])
  if (change.theme) words.push(['theme', change.theme])
  if (change.size) words.push(['size', change.size])
  const said = new URLSearchParams(words).toString()
  return said === '' ? path : `${path}?${said}`
}

/** What the pages need to know of it; `query` is divided as the view says. */
export const kpiSightOf = (view: KpiView, now: number, desk: Desk): KpiSight => ({
  query: reportQueryOf(view, now),
  name: ownDays.test(view.period.name) ? '' : view.period.name,
  clock: view.clock,
  by: view.by,
  part: partOf(view.period.period),
  url: (path, change) => kpiUrl(path, view, desk, change),
})
