// A report as a desk of some size would have it, made by hand: the numbers fit together as far as pages show them,
// and nothing is measured or summed up for it.

import type {
  Backlog,
  Behind,
  Dimension,
  DurationFigure,
  DurationName,
  Figures,
  Group,
  RateFigure,
  RateName,
  Report,
  ReportQuery,
  Spread,
} from '../../../src/domain/kpi/report.ts'
import { ages } from '../../../src/domain/kpi/report.ts'
import { now } from './believable.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

export const spread = (n: number, p50: number, p90 = p50 * 4): Spread => {
  if (n === 0) return { n: 0, p50: null, p90: null, mean: null, values: [] }
  const values = Array.from({ length: n }, (_, index) => Math.round(p50 * (0.5 + index / n)))
  return { n, p50, p90, mean: Math.round(p50 * 1.6), ...(n < 5 ? { values } : {}) }
}

const duration = (n: number, calendar: number): DurationFigure => ({
  calendar: spread(n, calendar),
  business: spread(n, Math.round(calendar * 0.35)),
})

const rate = (part: number, whole: number, provisional = 0): RateFigure => ({
  part,
  whole,
  rate: whole === 0 ? null : part / whole,
  provisional,
})

/** `n` tickets were resolved; `slower`: how much longer everything took than usual. */
export const figures = (n: number, slower = 1, levels = 3): Figures => {
  const each = Array.from({ length: levels }, (_, index) => index + 1)
  const escalated = Math.round(n * 0.23)
  const took = (share: number, of: number): DurationFigure =>
    duration(Math.round(n * share), Math.round(of * slower))
  return {
    durations: new Map<DurationName, DurationFigure>([
      ['frt', took(1.05, 95 * minute)],
      ['nrt', took(0.6, 3 * hour + 12 * minute)],
      ['ttr_first', took(1, 27 * hour)],
      ['ttr', took(0.96, 31 * hour + 20 * minute)],
      ['ttr_net', took(0.96, 22 * hour + 5 * minute)],
      ['open_time', took(0.96, 30 * hour)],
      ['requester_wait', took(0.96, 22 * hour + 5 * minute)],
      ['waiting', took(0.4, 7 * hour + 55 * minute)],
      ...each.flatMap((level): [DurationName, DurationFigure][] => [
        [`level_${level}`, took(level === 1 ? 0.96 : 0.23 / (level - 1), (18 * hour) / level + 11 * minute)],
        [
          `level_${level}_net`,
          took(level === 1 ? 0.96 : 0.23 / (level - 1), (12 * hour) / level + 7 * minute),
        ],
      ]),
      ['tte', took(0.22, 5 * hour + 40 * minute)],
    ]),
    rates: new Map<RateName, RateFigure>([
      ['escalation_rate', rate(escalated, n)],
      ['escalations_per_created', rate(escalated + 2, n + 4)],
      ['de_escalation_rate', rate(Math.round(escalated / 5), escalated)],
      ['flr', rate(n - escalated, n)],
      ['fcr', rate(Math.round(n * 0.31), Math.round(n * 0.7), Math.round(n * 0.3))],
      ['fcr_no_reply', rate(Math.round(n * 0.03), Math.round(n * 0.7), Math.round(n * 0.3))],
      ['reopen_rate', rate(Math.round(n * 0.04), n, Math.round(n * 0.3))],
      ['sla', rate(Math.round(n * 1.7), Math.round(n * 1.9))],
      ['sla_first_response', rate(Math.round(n * 0.93), n)],
      ['sla_resolution', rate(Math.round(n * 0.77), Math.round(n * 0.9))],
      ...each.map((level): [RateName, RateFigure] => [
        `ola_level_${level}`,
        level === 2 ? rate(Math.round(escalated * 0.8), escalated) : rate(0, 0),
      ]),
      ['csat', rate(Math.round(n * 0.4), Math.round(n * 0.44))],
      ['csat_answered', rate(Math.round(n * 0.44), n)],
    ]),
    counts: new Map([
      ['inflow', n + 4],
      ['outflow', n],
    ]),
  }
}

export const backlogOf = (total: number, levels = 3): Backlog => {
  const shares = [0.3, 0.25, 0.2, 0.15, 0.1]
  const byAge = shares.map((share) => Math.round(total * share))
  const all = byAge.reduce((sum, count) => sum + count, 0)
  const byLevel = Array.from({ length: levels }, (_, level) =>
    byAge.map((count) =>
      level === 0
        ? levels === 1
          ? count
          : Math.ceil(count * 0.7)
        : level === 1
          ? count - Math.ceil(count * 0.7)
          : 0,
    ),
  )
  return { at: now, total: all, waiting: Math.round(all / 5), byLevel, byAge }
}

const dayKey = (at: number): string => new Date(at).toISOString().slice(0, 10)

const partsOf = (query: ReportQuery, part: 'day' | 'week' | 'month', levels: number): Group[] => {
  const step = part === 'day' ? day : part === 'week' ? 7 * day : 30 * day
  const groups: Group[] = []
  let index = 0
  for (let from = query.period.from; from < query.period.to; from += step) {
    const n = Math.round((6 + 4 * Math.sin(index * 1.7)) * (step / day) ** 0.8)
    groups.push({
      key: dayKey(from),
      period: { from, to: Math.min(from + step, query.period.to) },
      figures: figures(n, 1 + 0.5 * Math.sin(index), levels),
      backlog: backlogOf(Math.round(40 + 9 * Math.sin(index / 3)), levels),
      incomplete: 0,
    })
    index += 1
  }
  return groups
}

const keyed = (keys: readonly [string, number, number][], levels: number): Group[] =>
  keys.map(([key, n, slower]) => ({
    key,
    period: null,
    figures: figures(n, slower, levels),
    backlog: backlogOf(Math.round(n / 6), levels),
    incomplete: 0,
  }))

/** Thirty days that end tonight. */
export const query = (more: Partial<ReportQuery> = {}): ReportQuery => {
  const to = Date.UTC(2026, 10, 21)
  return {
    period: { from: to - 30 * day, to },
    before: { from: to - 60 * day, to: to - 30 * day },
    filter: { category: null, level: null, agent: null },
    by: ['category', 'day'],
    now,
    ...more,
  }
}

export const report = (more: Partial<Report> = {}, levels = 3): Report => {
  const asked = more.query ?? query()
  const groups = new Map<Dimension, readonly Group[]>()
  for (const by of asked.by)
    groups.set(
      by,
      by === 'category'
        ? keyed(
            [
              ['Hardware', 96, 1.3],
              ['Gitlab Account', 71, 0.6],
              ['', 19, 0.9],
            ],
            levels,
          )
        : by === 'level'
          ? keyed(
              Array.from({ length: levels }, (_, index) => [String(index + 1), 120 - index * 50, 1 + index]),
              levels,
            )
          : by === 'agent'
            ? keyed(
                [
                  ['bruno', 90, 0.9],
                  ['carla', 61, 1.4],
                  ['somebody-who-left', 20, 1],
                  ['', 15, 1],
                ],
                levels,
              )
            : partsOf(asked, by, levels),
    )
  return {
    query: asked,
    figures: figures(186, 1, levels),
    before: figures(170, 1.18, levels),
    backlog: backlogOf(43, levels),
    groups,
    running: { due: 31, late: 4, paused: 9 },
    runningByKind: new Map(),
    excluded: new Map([
      ['label', 7],
      ['duplicate', 3],
    ]),
    incomplete: 0,
    intakeDelay: spread(52, 40_000),
    ...more,
  }
}

const none: Figures = figures(0)

/** A desk on which nothing has happened. */
export const emptyReport = (asked: ReportQuery = query()): Report => ({
  query: asked,
  figures: {
    ...none,
    counts: new Map([
      ['inflow', 0],
      ['outflow', 0],
    ]),
  },
  before: {
    ...none,
    counts: new Map([
      ['inflow', 0],
      ['outflow', 0],
    ]),
  },
  backlog: backlogOf(0),
  groups: new Map<Dimension, readonly Group[]>([
    ['category', []],
    [
      'day',
      partsOf(asked, 'day', 3).map((group) => ({
        ...group,
        figures: {
          ...none,
          counts: new Map([
            ['inflow', 0],
            ['outflow', 0],
          ]),
        },
        backlog: backlogOf(0),
      })),
    ],
  ]),
  running: { due: 0, late: 0, paused: 0 },
  runningByKind: new Map(),
  excluded: new Map(),
  incomplete: 0,
  intakeDelay: spread(0, 0),
})

export const behind: Behind = {
  total: 120,
  tickets: Array.from({ length: 20 }, (_, index) => ({
    n: index + 1,
    at: now - index * 7 * hour,
    calendar: (40 - index) * hour + index * minute,
    business: (14 - index / 2) * hour,
    counts: null,
  })),
}

export { ages }
