// What can be asked of the figures, said in words: in an address, or behind a command. A period by its name or by
// its first and last day, a category, a level, an agent, and by what they are divided.

import type { Desk } from '../domain/desk.ts'
import type { NamedPeriod } from '../domain/kpi/periods.ts'
import { namedPeriod } from '../domain/kpi/periods.ts'
import type { BehindName, Clock, Dimension, Filter, ReportQuery } from '../domain/kpi/report.ts'

export const dimensions = [
  'category',
  'level',
  'agent',
  'day',
  'week',
  'month',
] as const satisfies Dimension[]

export const defaultPeriod = 'last-30-days'

/** Stands for tickets without a category. */
export const noCategory = '-'

/** Stands for what nobody we know did. */
export const nobody = '-'

/** A desk without a calendar has day and night only: both clocks then say the same. */
export const defaultClock = (desk: Desk): Clock => (desk.calendars.length > 0 ? 'business' : 'calendar')

/** One way to look at the figures. */
export type KpiView = {
  readonly period: NamedPeriod
  readonly filter: Filter
  readonly by: Dimension
  readonly clock: Clock
}

/** What was said, as texts; absent or '' = nothing. `from`, `to`: local days, `YYYY-MM-DD`, both meant. */
export type Said = {
  readonly [Name in SaidName]?: string | undefined
}

type Part = 'period' | 'category' | 'level' | 'agent' | 'by' | 'clock'
export type SaidName = Part | 'from' | 'to'

/** What was said and can be; `wrong`: the parts that cannot, for which the usual stands instead. */
export const viewOf = (
  texts: Said,
  { desk, now }: { readonly desk: Desk; readonly now: number },
): { readonly view: KpiView; readonly wrong: readonly Part[] } => {
  const wrong: Part[] = []
  const said = (name: SaidName): string => texts[name] ?? ''
  const orElse = <T>(part: Part, text: string, found: T | undefined, usual: T): T => {
    if (text === '') return usual
    if (found === undefined) wrong.push(part)
    return found ?? usual
  }
  const named = (name: string): NamedPeriod | undefined => namedPeriod(name, now, desk.timeZone) ?? undefined
  const usual = named(defaultPeriod)
  if (!usual) throw new RangeError(`${defaultPeriod} is no period`)
  const days = said('from') !== '' || said('to') !== ''
  const name = days ? `${said('from')}..${said('to')}` : said('period')
  const ids = new Set(desk.categories.map(({ id }) => id))
  const category =
    said('category') === noCategory ? '' : ids.has(said('category')) ? said('category') : undefined
  const level = /^[1-9]\d?$/u.test(said('level')) ? Number(said('level')) : undefined
  const agent = said('agent').replace(/^@/u, '')
  return {
    view: {
      period: orElse('period', name, named(name), usual),
      filter: {
        category: orElse<string | null>('category', said('category'), category, null),
        level: orElse<number | null>(
          'level',
          said('level'),
          level !== undefined && level <= desk.levels.length ? level : undefined,
          null,
        ),
        agent: orElse<string | null>(
          'agent',
          agent,
          agent === nobody ? '' : /^[\w.-]{1,255}$/u.test(agent) ? agent : undefined,
          null,
        ),
      },
      by: orElse<Dimension>(
        'by',
        said('by'),
        dimensions.find((one) => one === said('by')),
        'category',
      ),
      clock: orElse<Clock>(
        'clock',
        said('clock'),
        (['calendar', 'business'] as const).find((one) => one === said('clock')),
        defaultClock(desk),
      ),
    },
    wrong,
  }
}

/** `divided`: other than the view's own, where something is shown in several ways at once. `less`: what is not asked for. */
export const reportQueryOf = (
  { period, filter, by }: KpiView,
  now: number,
  divided: readonly Dimension[] = [by],
  less: Pick<ReportQuery, 'groupDurations' | 'clock'> = {},
): ReportQuery => ({
  period: period.period,
  before: period.before,
  filter,
  by: divided,
  now,
  ...less,
})

const plainNames: readonly BehindName[] = [
  'frt',
  'nrt',
  'ttr_first',
  'ttr',
  'ttr_net',
  'open_time',
  'requester_wait',
  'waiting',
  'tte',
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
  'csat',
  'csat_answered',
  'inflow',
  'outflow',
  'backlog',
  'running_late',
  'running_due',
  'running_paused',
  'incomplete',
  'excluded',
]

const levelNames = [/^level_([1-9]\d?)$/u, /^level_([1-9]\d?)_net$/u, /^ola_level_([1-9]\d?)$/u]

/** A name behind which tickets stand on this desk. */
export const isBehindName = (text: string, desk: Desk): text is BehindName =>
  plainNames.some((name) => name === text) ||
  levelNames.some((name) => Number(name.exec(text)?.[1] ?? Number.NaN) <= desk.levels.length)
