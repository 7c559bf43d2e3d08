// The figures of the desk on one page: what was asked for on top, the most important numbers, then six questions,
// each with a chart and its figures, and at the end the same by category, level, agent or time. Every number is a
// link to the tickets behind it; what can still change is marked.

import { noCategory } from '../../application/ask-for-figures.ts'
import type { Member } from '../../application/ports.ts'
import type {
  BehindName,
  CountName,
  Dimension,
  DurationName,
  Figures,
  Group,
  RateFigure,
  RateName,
  Report,
} from '../../domain/kpi/report.ts'
import { ages } from '../../domain/kpi/report.ts'
import { levelName } from '../../domain/level.ts'
import { isAgent, isAtLeast } from '../../domain/role.ts'
import type { Chart, ChartContext, ChartName, ChartUnit } from '../charts/chart.ts'
import { charts } from '../charts/charts.ts'
import type { PageContext } from '../page.ts'
import type { KpiChange, KpiSight } from './kpi-sight.ts'
import type { Change, Speaking } from './kpi-words.ts'
import {
  betterOf,
  categoryText,
  countChange,
  dash,
  daysOf,
  dayText,
  durationChange,
  durationText,
  fewest,
  figureMeaning,
  figureName,
  localDay,
  maybeDuration,
  numberText,
  partText,
  percentText,
  periodText,
  rateChange,
  spreadOf,
  spreadText,
} from './kpi-words.ts'
import type { LayoutModel } from './layout.ts'
import { layout } from './layout.ts'

export type Choice = { readonly value: string; readonly label: string; readonly selected: boolean }

/** A number: what is read, where its tickets are, and what else is to be known of it. */
export type Cell = {
  readonly text: string
  /** null: nothing stands behind it. */
  readonly url: string | null
  readonly title: string
  /** It may still change, because not everything is read yet. */
  readonly star: boolean
}

export type DurationRow = {
  readonly name: string
  readonly title: string
  readonly median: Cell
  /** null: too few for it, the first cell tells the values. */
  readonly p90: Cell | null
  readonly n: Cell
  readonly change: Change | null
}

export type RateRow = {
  readonly name: string
  readonly title: string
  readonly rate: Cell
  readonly of: Cell
  readonly note: string | null
  readonly change: Change | null
}

export type ChartModel = {
  readonly id: ChartName
  readonly heading: string
  readonly caption: string
  readonly alt: string
  /** null: nothing to draw. */
  readonly pictures: {
    readonly light: string
    readonly dark: string
    readonly narrow: string
    readonly narrowDark: string
    readonly width: number
    readonly height: number
    readonly narrowWidth: number
    readonly narrowHeight: number
  } | null
  readonly tableLabel: string
  readonly csvUrl: string
  readonly columns: readonly { readonly label: string; readonly numeric: boolean }[]
  readonly rows: readonly {
    readonly label: string
    readonly cells: readonly {
      readonly text: string
      /** As in the CSV. */
      readonly value: string
      readonly url: string | null
    }[]
  }[]
}

export type KpiSection = {
  readonly id: string
  readonly heading: string
  readonly charts: readonly ChartModel[]
  readonly durations: readonly DurationRow[]
  readonly rates: readonly RateRow[]
  /** Numbers of tickets, with their change. */
  readonly counts: readonly {
    readonly name: string
    readonly title: string
    readonly cell: Cell
    readonly change: Change | null
  }[]
  /** Where there is nothing to tell, why. */
  readonly empty: string | null
  readonly meanings: readonly { readonly name: string; readonly text: string }[]
}

export type KpiModel = {
  readonly view: 'kpi'
  readonly layout: LayoutModel
  readonly lead: string
  readonly clockText: string
  readonly form: {
    readonly periods: readonly { readonly url: string; readonly label: string; readonly current: boolean }[]
    /** What the address says besides, for the form to say it again; of own days the fields say it. */
    readonly hidden: readonly { readonly name: string; readonly value: string }[]
    readonly from: string
    readonly to: string
    readonly selects: readonly {
      readonly name: string
      readonly label: string
      readonly choices: readonly Choice[]
    }[]
  }
  readonly progress: readonly {
    readonly id: string
    readonly text: string
    readonly done: number
    readonly total: number
  }[]
  readonly incomplete: { readonly text: string; readonly url: string } | null
  readonly tiles: readonly {
    readonly name: string
    readonly title: string
    readonly cell: Cell
    readonly detail: string
    readonly change: Change | null
  }[]
  readonly sections: readonly KpiSection[]
  readonly groups: {
    readonly heading: string
    readonly choices: readonly { readonly url: string; readonly label: string; readonly current: boolean }[]
    readonly column: string
    readonly columns: readonly { readonly label: string; readonly title: string }[]
    readonly rows: readonly {
      readonly name: string
      readonly url: string | null
      readonly cells: readonly Cell[]
    }[]
    readonly empty: string | null
    /** Said where not all are shown. */
    readonly cut: string | null
  }
  readonly excluded: {
    readonly heading: string
    readonly text: string
    readonly url: string | null
    readonly reasons: readonly { readonly text: string; readonly url: string }[]
  }
  readonly intake: string | null
  readonly csvUrl: string
  readonly jsonUrl: string
}

export type KpiInput = {
  readonly sight: KpiSight
  readonly report: Report
  readonly members: readonly Member[]
  /** Tickets that are not read in full yet, and all there are. */
  readonly reading: { readonly unread: number; readonly all: number }
  readonly measuring: { readonly done: number; readonly total: number } | null
}

export const chartContextOf = (
  { t, locale, desk }: Pick<PageContext, 't' | 'locale' | 'desk'>,
  { clock, part }: KpiSight,
): ChartContext => ({ t, locale, clock, part, levels: desk.levels.map(({ name }) => name) })

/** Which calendar business time is of; '' = the desk has none. */
const calendarOf = ({ desk }: PageContext): string => desk.calendars[0]?.id ?? ''

const clockTextOf = (ctx: PageContext, { clock }: KpiSight): string => {
  const calendar = calendarOf(ctx)
  if (calendar === '') return ctx.t('kpi.clock.noCalendar')
  return clock === 'calendar'
    ? ctx.t('kpi.clock.calendarText')
    : ctx.t('kpi.clock.businessText', { calendar })
}

const starts = ['last-7-days', 'last-30-days', 'last-90-days', 'last-365-days'] as const

const two = (value: number): string => String(value).padStart(2, '0')

/** The periods to choose from, by the names they have in addresses; months, quarters and years are the desk's. */
const periodsOf = (ctx: PageContext, { name, url }: KpiSight): KpiModel['form']['periods'] => {
  const { t, now, desk } = ctx
  const today = localDay(now, desk.timeZone)
  const [year, month] = [Number(today.slice(0, 4)), Number(today.slice(5, 7))]
  const before = month === 1 ? { year: year - 1, month: 12 } : { year, month: month - 1 }
  const quarter = Math.ceil(month / 3)
  const lastQuarter = quarter === 1 ? { year: year - 1, quarter: 4 } : { year, quarter: quarter - 1 }
  const choices: [string, string][] = [
    ...starts.map((value): [string, string] => [value, t(`kpi.period.${value}`)]),
    [`${year}-${two(month)}`, t('kpi.period.thisMonth')],
    [`${before.year}-${two(before.month)}`, t('kpi.period.lastMonth')],
    [`${year}-Q${quarter}`, t('kpi.period.thisQuarter')],
    [`${lastQuarter.year}-Q${lastQuarter.quarter}`, t('kpi.period.lastQuarter')],
    [String(year), t('kpi.period.thisYear')],
    [String(year - 1), t('kpi.period.lastYear')],
  ]
  return choices.map(([value, label]) => ({
    url: url('/kpi', { period: value }),
    label,
    current: value === name,
  }))
}

const isOwn = (name: string): boolean => name.includes('..')

const selectsOf = (ctx: PageContext, input: KpiInput): KpiModel['form']['selects'] => {
  const { t, desk, viewer } = ctx
  const { sight, report, members } = input
  const { filter } = sight.query
  const select = (
    name: string,
    label: string,
    any: string,
    value: string | null,
    options: [string, string][],
  ) => ({
    name,
    label,
    choices: [
      { value: '', label: any, selected: value === null },
      ...options.map(([of, text]) => ({ value: of, label: text, selected: of === value })),
    ],
  })
  const lead = viewer !== null && isAtLeast(viewer.role, 'lead')
  const agents = members.filter((member) => isAgent(member.role))
  const away = (report.groups.get('agent') ?? [])
    .map(({ key }) => key)
    .filter((key) => key !== '' && agents.every(({ username }) => username !== key))
  return [
    select(
      'category',
      t('filter.category'),
      t('filter.anyCategory'),
      filter.category === '' ? noCategory : filter.category,
      [
        ...desk.categories.map(({ id }): [string, string] => [id, id]),
        [noCategory, t('category.none')] as [string, string],
      ],
    ),
    select(
      'level',
      t('filter.level'),
      t('filter.anyLevel'),
      filter.level === null ? null : String(filter.level),
      desk.levels.map(({ name }, index) => [String(index + 1), name]),
    ),
    ...(lead
      ? [
          select('agent', t('kpi.by.agent'), t('filter.anyAssignee'), filter.agent, [
            ...agents.map((member): [string, string] => [member.username, member.name]),
            ...away.map((username): [string, string] => [username, username]),
          ]),
        ]
      : []),
    ...(desk.calendars.length === 0
      ? []
      : [
          {
            name: 'clock',
            label: t('kpi.clock.label'),
            choices: (['business', 'calendar'] as const).map((value) => ({
              value,
              label: t(`kpi.clock.${value}`),
              selected: value === sight.clock,
            })),
          },
        ]),
  ]
}

/** What only a list tells is right at once; all else may change while conversations are being read. */
const isSure = (figure: BehindName): boolean =>
  figure === 'inflow' || figure === 'incomplete' || figure === 'excluded' || figure.startsWith('running')

type Maker = {
  readonly speaking: Speaking
  readonly ctx: PageContext
  readonly sight: KpiSight
  readonly report: Report
  /** A number and the list behind it. */
  readonly cell: (
    text: string,
    figure: BehindName,
    more?: { readonly title?: string; readonly change?: KpiChange; readonly incomplete?: boolean },
  ) => Cell
}

const makerOf = (ctx: PageContext, { sight, report }: KpiInput): Maker => ({
  speaking: ctx,
  ctx,
  sight,
  report,
  cell: (text, figure, more = {}) => ({
    text,
    url: text === dash ? null : sight.url('/kpi/tickets', { ...more.change, figure }),
    title: more.title ?? '',
    star: text !== dash && (more.incomplete ?? report.incomplete > 0) && !isSure(figure),
  }),
})

const durationRow = (name: DurationName, maker: Maker): DurationRow => {
  const { ctx, sight, report, cell, speaking } = maker
  const { t, locale, desk } = ctx
  const figure = report.figures.durations.get(name)
  const spread = spreadOf(figure, sight.clock)
  const other = sight.clock === 'business' ? 'calendar' : 'business'
  const says = (value: number | null) => maybeDuration(value, sight.clock, speaking)
  const otherwise = spreadOf(figure, other).p50
  const title = [
    ...(otherwise === null || desk.calendars.length === 0
      ? []
      : [t(`kpi.clock.${other}Is`, { value: durationText(otherwise, other, speaking) })]),
    ...(spread.mean === null ? [] : [t('kpi.meanIs', { value: says(spread.mean) })]),
  ].join(', ')
  return {
    name: figureName(name, t, desk),
    title: figureMeaning(name, t, desk),
    median: cell(spreadText(spread, sight.clock, speaking), name, { title }),
    p90: spread.n < fewest && spread.n > 0 && spread.values ? null : cell(says(spread.p90), name),
    n: cell(numberText(spread.n, locale), name),
    change: report.before
      ? durationChange(
          spread,
          spreadOf(report.before.durations.get(name), sight.clock),
          sight.clock,
          betterOf(name),
          speaking,
        )
      : null,
  }
}

const noRate: RateFigure = { part: 0, whole: 0, rate: null, provisional: 0 }

const rateRow = (name: RateName, { ctx, report, cell, speaking }: Maker): RateRow => {
  const { t, locale, desk } = ctx
  const figure = report.figures.rates.get(name) ?? noRate
  const { part, whole, rate, provisional } = figure
  return {
    name: figureName(name, t, desk),
    title: figureMeaning(name, t, desk),
    rate: cell(percentText(rate, locale), name),
    of: cell(t('kpi.partOf', { part: numberText(part, locale), whole: numberText(whole, locale) }), name),
    note: provisional > 0 ? t('kpi.provisional', { count: provisional }) : null,
    change: report.before
      ? rateChange(figure, report.before.rates.get(name) ?? noRate, betterOf(name), speaking)
      : null,
  }
}

const countRow = (name: CountName, { ctx, report, cell, speaking }: Maker): KpiSection['counts'][number] => {
  const { t, locale, desk } = ctx
  const count = report.figures.counts.get(name) ?? 0
  return {
    name: figureName(name, t, desk),
    title: figureMeaning(name, t, desk),
    cell: cell(numberText(count, locale), name),
    change: report.before ? countChange(count, report.before.counts.get(name) ?? 0, speaking) : null,
  }
}

const unitText = (value: number | null, unit: ChartUnit, { ctx, sight }: Maker): string => {
  if (value === null) return dash
  if (unit === 'ms') return durationText(value, sight.clock, ctx)
  return unit === 'ratio' ? percentText(value, ctx.locale) : numberText(value, ctx.locale)
}

/** What stands in the CSV: milliseconds, shares and numbers as they are. */
export const plainValue = (value: number | null): string => (value === null ? '' : String(value))

const chartModel = (id: ChartName, maker: Maker): ChartModel => {
  const { ctx, sight, report } = maker
  const { t } = ctx
  const chart: Chart = charts[id](report, chartContextOf(ctx, sight))
  const [wide, narrow] = [{ narrow: false }, { narrow: true }]
  const path = `/kpi/${id}.svg`
  const { columns, rows } = chart.table
  const values = columns.slice(1)
  return {
    id,
    heading: t(`kpi.chart.${id}.heading`),
    caption: t(`kpi.chart.${id}.caption`),
    alt: t(`kpi.chart.${id}.alt`, { period: periodText(sight.query.period, ctx.desk.timeZone, ctx) }),
    pictures: chart.empty
      ? null
      : {
          light: sight.url(path),
          dark: sight.url(path, { theme: 'dark' }),
          narrow: sight.url(path, { size: 'narrow' }),
          narrowDark: sight.url(path, { size: 'narrow', theme: 'dark' }),
          width: chart.width(wide),
          height: chart.height(wide),
          narrowWidth: chart.width(narrow),
          narrowHeight: chart.height(narrow),
        },
    tableLabel: t('kpi.chart.table', { name: t(`kpi.chart.${id}.heading`) }),
    csvUrl: sight.url(`/kpi/${id}.csv`),
    columns: columns.map(({ label, unit }) => ({ label, numeric: unit !== 'text' })),
    rows: rows.map(({ label, cells, narrows }) => ({
      label,
      cells: cells.map((value, index) => {
        const column = values[index]
        const figure = column?.figure
        const filter = {
          ...narrows.filter,
          ...(column?.level === undefined ? {} : { level: column.level }),
        }
        return {
          text: unitText(value, column?.unit ?? 'tickets', maker),
          value: plainValue(value),
          url:
            figure === undefined || value === null || (value === 0 && column?.unit === 'tickets')
              ? null
              : sight.url('/kpi/tickets', { ...narrows, filter, figure }),
        }
      }),
    })),
  }
}

const has = (map: ReadonlyMap<string, unknown>, name: string): boolean => map.has(name)

const section = (
  id: string,
  maker: Maker,
  parts: {
    readonly charts?: readonly ChartName[]
    readonly durations?: readonly DurationName[]
    readonly rates?: readonly RateName[]
    readonly counts?: KpiSection['counts']
    readonly empty?: string | null
    readonly meanings?: readonly (BehindName | 'backlog')[]
  },
): KpiSection => {
  const { ctx, report } = maker
  const { t, desk } = ctx
  const durations = (parts.durations ?? []).filter((name) => has(report.figures.durations, name))
  const rates = (parts.rates ?? []).filter((name) => has(report.figures.rates, name))
  return {
    id,
    heading: t(`kpi.section.${id}`),
    charts: (parts.charts ?? []).map((name) => chartModel(name, maker)),
    durations: durations.map((name) => durationRow(name, maker)),
    rates: rates.map((name) => rateRow(name, maker)),
    counts: parts.counts ?? [],
    empty: parts.empty ?? null,
    meanings: [...durations, ...rates, ...(parts.meanings ?? [])].map((name) => ({
      name: figureName(name, t, desk),
      text: figureMeaning(name, t, desk),
    })),
  }
}

const backlogCounts = (maker: Maker): KpiSection['counts'] => {
  const { ctx, report, cell } = maker
  const { t, locale, desk } = ctx
  const { total, waiting, byAge } = report.backlog
  return [
    {
      name: t('kpi.figure.backlog'),
      title: figureMeaning('backlog', t, desk),
      cell: cell(numberText(total, locale), 'backlog', {
        title: waiting > 0 ? t('kpi.ofThemWaiting', { count: waiting }) : '',
      }),
      change: null,
    },
    ...ages.map((age, index) => ({
      name: t('kpi.ofAge', { age: t(`kpi.age.${age}`) }),
      title: '',
      cell: cell(numberText(byAge[index] ?? 0, locale), 'backlog', { change: { age } }),
      change: null,
    })),
  ]
}

const runningCounts = ({ ctx, report, cell }: Maker): KpiSection['counts'] => {
  const { t, locale, desk } = ctx
  const { due, late, paused } = report.running
  const of = (figure: 'running_due' | 'running_late' | 'running_paused', value: number) => ({
    name: figureName(figure, t, desk),
    title: figureMeaning(figure, t, desk),
    cell: cell(numberText(value, locale), figure),
    change: null,
  })
  return [of('running_due', due), of('running_late', late), of('running_paused', paused)]
}

const sectionsOf = (maker: Maker): KpiSection[] => {
  const { ctx, report } = maker
  const { t, desk } = ctx
  const levels = desk.levels.map((_, index) => index + 1)
  const promised = [...report.figures.rates].some(
    ([name, { whole }]) => (name.startsWith('sla') || name.startsWith('ola')) && whole > 0,
  )
  const { due, late, paused } = report.running
  const promises = desk.targets.length > 0 || promised || due + late + paused > 0
  /** Few desks promise something between all their levels. */
  const isPromised = (name: `ola_level_${number}`) =>
    desk.targets.some(({ within }) => Object.keys(within).some((kind) => name === `ola_${kind}`))
  const rated = report.figures.rates.get('csat')?.whole ?? 0
  const asked = report.figures.rates.get('csat_answered')?.whole ?? 0
  return [
    section('quick', maker, {
      charts: ['response'],
      durations: ['frt', 'nrt', 'ttr', 'ttr_net', 'ttr_first'],
    }),
    section('where', maker, {
      charts: ['time'],
      durations: [
        'open_time',
        'requester_wait',
        'waiting',
        ...levels.flatMap((level) => [`level_${level}` as const, `level_${level}_net` as const]),
      ],
    }),
    section('escalated', maker, {
      charts: ['escalations'],
      durations: ['tte'],
      rates: [
        'escalation_rate',
        'flr',
        'fcr',
        'fcr_no_reply',
        'escalations_per_created',
        'de_escalation_rate',
        'reopen_rate',
      ],
    }),
    section('keeping', maker, {
      charts: ['flow', 'backlog'],
      counts: [countRow('inflow', maker), countRow('outflow', maker), ...backlogCounts(maker)],
      meanings: ['inflow', 'outflow', 'backlog'],
    }),
    section('promises', maker, {
      ...(promises
        ? {
            rates: [
              'sla',
              'sla_first_response',
              'sla_resolution',
              ...levels
                .map((level) => `ola_level_${level}` as const)
                .filter((name) => isPromised(name) || (report.figures.rates.get(name)?.whole ?? 0) > 0),
            ],
            counts: runningCounts(maker),
            meanings: ['running_due', 'running_late', 'running_paused'],
          }
        : { empty: t('kpi.noPromises') }),
    }),
    section('content', maker, {
      ...(rated + asked > 0
        ? { rates: ['csat', 'csat_answered'] }
        : { rates: ['csat', 'csat_answered'], empty: t('kpi.noRatings') }),
    }),
  ]
}

const tilesOf = (maker: Maker): KpiModel['tiles'] => {
  const { ctx, sight, report, cell } = maker
  const { t, locale, desk } = ctx
  const ofDuration = (name: DurationName): KpiModel['tiles'][number] => {
    const { median, change, title } = durationRow(name, maker)
    const spread = spreadOf(report.figures.durations.get(name), sight.clock)
    const detail =
      spread.n === 0
        ? t('kpi.tile.none')
        : spread.n < fewest
          ? t('kpi.tile.few', { count: spread.n })
          : t('kpi.tile.spread', {
              p90: maybeDuration(spread.p90, sight.clock, ctx),
              n: numberText(spread.n, locale),
            })
    return { name: t(`kpi.tile.${name}`), title, cell: median, detail, change }
  }
  const ofRate = (name: RateName): KpiModel['tiles'][number] => {
    const { rate, of, change, title } = rateRow(name, maker)
    return { name: figureName(name, t, desk), title, cell: rate, detail: of.text, change }
  }
  const { total, waiting } = report.backlog
  const wholeOf = (name: RateName) => report.figures.rates.get(name)?.whole ?? 0
  return [
    ofDuration('frt'),
    ofDuration('ttr'),
    ofRate('escalation_rate'),
    {
      name: t('kpi.figure.backlog'),
      title: figureMeaning('backlog', t, desk),
      cell: cell(numberText(total, locale), 'backlog'),
      detail: t('kpi.ofThemWaiting', { count: waiting }),
      change: null,
    },
    wholeOf('sla') > 0 || desk.targets.length > 0 ? ofRate('sla') : ofRate('reopen_rate'),
    ofRate('csat'),
  ]
}

const groupColumns: readonly (CountName | 'backlog' | 'frt' | 'ttr' | RateName)[] = [
  'inflow',
  'outflow',
  'backlog',
  'frt',
  'ttr',
  'escalation_rate',
  'fcr',
  'reopen_rate',
  'sla',
  'csat',
]

/** Ten years of days would be a page of megabytes; of days and weeks the last ones are wanted. */
const mostGroups = 400

const groupName = (by: Dimension, { key }: Group, ctx: PageContext, members: readonly Member[]): string => {
  switch (by) {
    case 'category':
      return categoryText(key, ctx.t)
    case 'level':
      return levelName(Number(key), ctx.desk)
    case 'agent':
      return key === ''
        ? ctx.t('assignee.nobody')
        : (members.find(({ username }) => username === key)?.name ?? key)
    case 'month':
      return partText(key, by, ctx.locale)
    case 'week':
      return ctx.t('kpi.weekOf', { day: dayText(key, ctx.locale) })
    case 'day':
      return dayText(key, ctx.locale)
  }
}

const groupChange = (by: Dimension, { key, period }: Group): KpiChange => {
  switch (by) {
    case 'category':
      return { filter: { category: key } }
    case 'level':
      return { filter: { level: Number(key) } }
    case 'agent':
      return { filter: { agent: key } }
    default:
      return period ? { period } : {}
  }
}

const groupsOf = (maker: Maker, { members }: KpiInput): KpiModel['groups'] => {
  const { ctx, sight, report, cell } = maker
  const { t, locale, desk, viewer } = ctx
  const lead = viewer !== null && isAtLeast(viewer.role, 'lead')
  const { by, clock } = sight
  const promises = desk.targets.length > 0 || (report.figures.rates.get('sla')?.whole ?? 0) > 0
  const columns = groupColumns.filter((name) => name !== 'sla' || promises)
  const textOf = (figures: Figures, group: Group, name: (typeof groupColumns)[number]): string => {
    if (name === 'backlog') return numberText(group.backlog.total, locale)
    if (name === 'inflow' || name === 'outflow') return numberText(figures.counts.get(name) ?? 0, locale)
    if (name === 'frt' || name === 'ttr')
      return maybeDuration(spreadOf(figures.durations.get(name), clock).p50, clock, ctx)
    return percentText(figures.rates.get(name)?.rate ?? null, locale)
  }
  const titleOf = (figures: Figures, name: (typeof groupColumns)[number]): string => {
    if (name === 'frt' || name === 'ttr')
      return t('kpi.nIs', { n: numberText(spreadOf(figures.durations.get(name), clock).n, locale) })
    if (name === 'backlog' || name === 'inflow' || name === 'outflow') return ''
    const { part, whole } = figures.rates.get(name) ?? { part: 0, whole: 0 }
    return t('kpi.partOf', { part: numberText(part, locale), whole: numberText(whole, locale) })
  }
  const groups = report.groups.get(by) ?? []
  const shown = groups.slice(-mostGroups)
  return {
    heading: t('kpi.byHeading'),
    choices: (
      ['category', 'level', ...(lead ? (['agent'] as const) : []), 'day', 'week', 'month'] as const
    ).map((dimension) => ({
      url: `${sight.url('/kpi', { by: dimension })}#groups`,
      label: t(`kpi.by.${dimension}`),
      current: dimension === by,
    })),
    column: t(`kpi.by.${by}`),
    columns: columns.map((name) => ({
      label: t(`kpi.short.${name}`),
      title: figureMeaning(name, t, desk),
    })),
    rows: shown.map((group) => {
      const change = groupChange(by, group)
      return {
        name: groupName(by, group, ctx, members),
        url: sight.url('/kpi', change),
        cells: columns.map((name) =>
          cell(textOf(group.figures, group, name), name, {
            change,
            title: titleOf(group.figures, name),
            incomplete: group.incomplete > 0,
          }),
        ),
      }
    }),
    empty: groups.length === 0 ? t('kpi.noGroups') : null,
    cut: shown.length < groups.length ? t('kpi.cut', { count: shown.length }) : null,
  }
}

const progressOf = ({ t }: PageContext, { reading, measuring, report }: KpiInput): KpiModel['progress'] => [
  ...(report.incomplete > 0 && reading.unread > 0 && reading.all > 0
    ? [
        {
          id: 'reading',
          text: t('kpi.reading', { done: Math.max(0, reading.all - reading.unread), total: reading.all }),
          done: Math.max(0, reading.all - reading.unread),
          total: reading.all,
        },
      ]
    : []),
  ...(measuring
    ? [{ id: 'measuring', text: t('kpi.measuring', measuring), done: measuring.done, total: measuring.total }]
    : []),
]

const excludedOf = ({ ctx, sight, report }: Maker): KpiModel['excluded'] => {
  const { t, desk } = ctx
  const url = sight.url('/kpi/tickets', { figure: 'excluded' })
  const reasons = [...report.excluded].filter(([, count]) => count > 0)
  const labels = [desk.labels.noKpi, ...desk.labels.notCounted].join(', ')
  return {
    heading: t('kpi.excluded.heading'),
    text: t(reasons.length === 0 ? 'kpi.excluded.none' : 'kpi.excluded.text', { labels }),
    url: reasons.length === 0 ? null : url,
    reasons: reasons.map(([why, count]) => ({ text: t(`kpi.excluded.why.${why}`, { count }), url })),
  }
}

export const kpiPage = (ctx: PageContext, input: KpiInput): KpiModel => {
  const { t, desk } = ctx
  const { sight, report } = input
  const maker = makerOf(ctx, input)
  const { period, before } = sight.query
  const days = daysOf(period, desk.timeZone)
  const said = periodText(period, desk.timeZone, ctx)
  return {
    view: 'kpi',
    layout: layout(ctx, { title: t('kpi.title'), data: 'kpi' }),
    lead:
      before === null
        ? said
        : t('kpi.lead', { period: said, before: periodText(before, desk.timeZone, ctx) }),
    clockText: clockTextOf(ctx, sight),
    form: {
      periods: periodsOf(ctx, sight),
      hidden: [
        ...(isOwn(sight.name) ? [] : [{ name: 'period', value: sight.name }]),
        ...(sight.by === 'category' ? [] : [{ name: 'by', value: sight.by }]),
      ],
      from: isOwn(sight.name) ? days.from : '',
      to: isOwn(sight.name) ? days.to : '',
      selects: selectsOf(ctx, input),
    },
    progress: progressOf(ctx, input),
    incomplete:
      report.incomplete > 0
        ? {
            text: t('kpi.incomplete', { count: report.incomplete }),
            url: sight.url('/kpi/tickets', { figure: 'incomplete' }),
          }
        : null,
    tiles: tilesOf(maker),
    sections: sectionsOf(maker),
    groups: groupsOf(maker, input),
    excluded: excludedOf(maker),
    intake:
      report.intakeDelay.n > 0
        ? t('kpi.intake', {
            value: spreadText(report.intakeDelay, 'calendar', ctx),
            count: report.intakeDelay.n,
          })
        : null,
    csvUrl: sight.url('/kpi.csv'),
    jsonUrl: sight.url('/kpi.json'),
  }
}
