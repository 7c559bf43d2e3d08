// Sums and the tickets behind them: held against a slow second way of counting, which follows the definitions word
// by word, and against themselves: a number is as large as the list it opens, and a group is what its filter gives.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Stop, TicketFigures } from '../../../src/domain/kpi/figures.ts'
import { partsOf } from '../../../src/domain/kpi/periods.ts'
import type {
  BehindName,
  BehindQuery,
  Dimension,
  Filter,
  Group,
  Period,
  Report,
  ReportQuery,
} from '../../../src/domain/kpi/report.ts'
import { ages } from '../../../src/domain/kpi/report.ts'
import type { MeasuredRow, SummaryRules } from '../../../src/domain/kpi/summarise.ts'
import { lookBehind, summarise } from '../../../src/domain/kpi/summarise.ts'
import { hour, minute, nine } from '../../support/tickets.ts'
import { anyTicket, aResolution, aRow, aSpan, aStop, aTarget, day } from './rows.ts'

const rules: SummaryRules = { levels: 3, timeZone: 'Europe/Berlin', reopenWithin: 14 * day }
const everything: Filter = { category: null, level: null, agent: null }
const dimensions: readonly Dimension[] = ['category', 'level', 'agent', 'day', 'week', 'month']

const rowsOf = (...figures: TicketFigures[]): MeasuredRow[] =>
  figures.map((one, index) => ({ n: index + 1, figures: one }))

const asked = (changes: Partial<ReportQuery> = {}): ReportQuery => ({
  period: { from: nine, to: nine + 30 * day },
  before: null,
  filter: everything,
  by: [],
  now: nine + 100 * day,
  ...changes,
})

const behind = (
  rows: readonly MeasuredRow[],
  figure: BehindName,
  query: ReportQuery,
  changes: Partial<BehindQuery> = {},
) =>
  lookBehind(
    rows,
    {
      figure,
      period: query.period,
      filter: query.filter,
      now: query.now,
      age: null,
      offset: 0,
      limit: 1_000_000,
      ...changes,
    },
    rules,
  )

// --- A slow second way of counting ---------------------------------------------------------------

type Slow = Pick<Stop, 'at' | 'level' | 'by'> & {
  n: number
  calendar?: number
  business?: number
  part?: boolean
}

/** All there is to say of one figure, at any time. */
const slowly = (rows: readonly MeasuredRow[], figure: string, now: number): Slow[] => {
  const window = rules.reopenWithin
  const found = rows
    .filter(({ figures }) => figures.excluded === null)
    .flatMap(({ n, figures }): Slow[] => {
      const { spans, publicReplies, ratings } = figures
      const real = figures.resolutions.filter(({ correction, at }) => !correction && at <= now)
      const last = figures.resolutions.at(-1)
      const standing = last !== undefined && last.reopenedAt === null && last.at <= now ? [last] : []
      const created = { at: figures.createdAt, level: spans[0]?.level ?? 1, by: null }
      const summed = (wanted: (span: (typeof spans)[number]) => boolean) =>
        standing.map((stop) => ({
          ...stop,
          calendar: spans.filter(wanted).reduce((sum, { from, to }) => sum + (to ?? 0) - from, 0),
          business: spans.filter(wanted).reduce((sum, { business }) => sum + business, 0),
        }))
      const everAbove = spans.some(({ level }) => level > 1)
      const cameBack = real.some(({ at, reopenedAt }) => reopenedAt !== null && reopenedAt - at <= window)
      const settled = standing.filter(({ at }) => at + window <= now)
      const kept = (kinds: readonly string[]) =>
        figures.targets
          .filter(({ kind }) => kinds.includes(kind))
          .flatMap(({ kind, stopped, missed, due }) => {
            const at = missed ?? stopped ?? (due !== null && due < now ? due : null)
            if (at === null) return []
            const before = spans.findLast(({ from }) => from <= at)?.level ?? created.level
            const who =
              kind === 'first_response' && figures.firstResponse?.at === stopped
                ? figures.firstResponse
                : [...figures.resolutions, figures.escalation].find((one) => one?.at === stopped)
            return [
              {
                at,
                part: missed === null && stopped !== null,
                level: kind.startsWith('level_')
                  ? Number(kind.at(-1))
                  : missed === null && stopped !== null
                    ? (who?.level ?? before)
                    : before,
                by: who?.by ?? null,
              },
            ]
          })
      const told = (): Omit<Slow, 'n'>[] => {
        const [, level, net] = /^level_(\d)(_net)?$/u.exec(figure) ?? []
        if (level !== undefined)
          return spans.some((span) => span.level === Number(level))
            ? summed((span) => span.level === Number(level) && !(net && span.waiting))
            : []
        switch (figure) {
          case 'frt':
            return figures.firstResponse ? [figures.firstResponse] : []
          case 'nrt':
            return [...figures.nextResponses]
          case 'ttr_first':
            return real.slice(0, 1)
          case 'ttr':
            return standing
          case 'ttr_net':
          case 'requester_wait':
            return summed(({ waiting }) => !waiting)
          case 'open_time':
            return summed(() => true)
          case 'waiting':
            return spans.some(({ waiting, from, to }) => waiting && (to ?? 0) > from)
              ? summed(({ waiting }) => waiting)
              : []
          case 'tte':
            return figures.escalation ? [figures.escalation] : []
          case 'inflow':
            return [created]
          case 'outflow':
            return real
          case 'escalation_rate':
            return standing.map((stop) => ({ ...stop, part: everAbove }))
          case 'flr':
            return standing.map((stop) => ({ ...stop, part: !everAbove }))
          case 'fcr':
            return settled.map((stop) => ({ ...stop, part: publicReplies <= 1 && !cameBack }))
          case 'fcr_no_reply':
            return settled.map((stop) => ({ ...stop, part: publicReplies === 0 && !cameBack }))
          case 'de_escalation_rate':
            return (figures.escalation ? [figures.escalation] : []).map((stop) => ({
              ...stop,
              part: figures.returnedAt !== null && figures.returnedAt <= now,
            }))
          case 'reopen_rate':
            return real.map((stop) => ({
              ...stop,
              part: stop.reopenedAt !== null && stop.reopenedAt <= now && stop.reopenedAt - stop.at <= window,
            }))
          case 'sla':
            return kept(['first_response', 'resolution'])
          case 'sla_first_response':
            return kept(['first_response'])
          case 'sla_resolution':
            return kept(['resolution'])
          case 'csat':
            return ratings.map(({ at, good, resolution }) => ({
              at,
              part: good,
              level: figures.resolutions[resolution]?.level ?? 0,
              by: figures.resolutions[resolution]?.by ?? null,
            }))
          case 'csat_answered':
            return figures.resolutions
              .map((stop, index) => ({
                ...stop,
                part: ratings.some(({ resolution, at }) => resolution === index && at <= now),
              }))
              .filter(({ correction }) => !correction)
          default:
            return kept([figure.replace('ola_', '')])
        }
      }
      return told().map((one) => ({ ...one, n }))
    })
  return found.filter(({ at }) => at <= now)
}

const slowSpread = (values: readonly number[]) => {
  const sorted = values.toSorted((a, b) => a - b)
  const n = sorted.length
  return {
    n,
    p50: sorted[Math.ceil(n * 0.5) - 1] ?? null,
    p90: sorted[Math.ceil((n * 9) / 10) - 1] ?? null,
    mean: n === 0 ? null : sorted.reduce((sum, one) => sum + one, 0) / n,
    ...(n < 5 && { values: sorted }),
  }
}

const slowBacklog = (rows: readonly MeasuredRow[], at: number, { level, agent }: Filter) => {
  const lying = rows.flatMap(({ figures }) =>
    figures.excluded === null &&
    figures.createdAt <= at &&
    (agent === null || (figures.assignee ?? '') === agent)
      ? figures.spans
          .filter(({ from, to }) => from <= at && (to === null || to > at))
          .filter((span) => level === null || span.level === level)
          .map((span) => ({ ...span, days: (at - figures.createdAt) / day }))
      : [],
  )
  const bounds = [0, 1, 3, 7, 30, Number.POSITIVE_INFINITY]
  const byAge = (of: typeof lying) =>
    ages.map(
      (_, age) => of.filter(({ days }) => days >= (bounds[age] ?? 0) && days < (bounds[age + 1] ?? 0)).length,
    )
  return {
    at,
    total: lying.length,
    waiting: lying.filter(({ waiting }) => waiting).length,
    byLevel: [1, 2, 3].map((one) => byAge(lying.filter((span) => span.level === one))),
    byAge: byAge(lying),
  }
}

// --- Any desk ------------------------------------------------------------------------------------

const anyRows = fc.array(anyTicket, { maxLength: 25, size: 'max' }).map((tickets) => rowsOf(...tickets))

const anyPeriod = fc
  .tuple(fc.nat({ max: 150 * 24 }), fc.integer({ min: 1, max: 90 * 24 }))
  .map(([from, length]): Period => ({ from: nine + from * hour, to: nine + (from + length) * hour }))

const anyFilter: fc.Arbitrary<Filter> = fc.record({
  category: fc.constantFrom(null, null, 'Hardware', ''),
  level: fc.constantFrom(null, null, 1, 2),
  agent: fc.constantFrom(null, null, 'bruno', ''),
})

const anyQuery: fc.Arbitrary<ReportQuery> = fc.record({
  period: anyPeriod,
  before: fc.option(anyPeriod),
  filter: anyFilter,
  by: fc.constant(dimensions),
  now: fc.oneof(
    fc.constant(nine + 400 * day),
    fc.nat({ max: 300 * 24 }).map((hours) => nine + hours * hour),
  ),
})

test('any report is what the definitions give when they are followed word by word', () => {
  fc.assert(
    fc.property(anyRows, anyQuery, (rows, query) => {
      const report = summarise(rows, query, rules)
      const { filter, now } = query
      const ofCategory = rows.filter(
        ({ figures }) => filter.category === null || (figures.category ?? '') === filter.category,
      )
      const told = (figure: string, { from, to }: Period) =>
        slowly(ofCategory, figure, now).filter(
          ({ at, level, by }) =>
            at >= from &&
            at < to &&
            (filter.level === null || level === filter.level) &&
            (filter.agent === null || (by ?? '') === filter.agent),
        )
      const check = (figures: Report['figures'], period: Period) => {
        for (const [name, { calendar, business }] of figures.durations) {
          const all = told(name, period)
          assert.deepEqual(calendar, slowSpread(all.map((one) => one.calendar ?? -1)), name)
          assert.deepEqual(business, slowSpread(all.map((one) => one.business ?? -1)), name)
        }
        for (const [name, value] of figures.counts) assert.equal(value, told(name, period).length, name)
        for (const [name, { part, whole, rate }] of figures.rates) {
          let all = told(name, period)
          if (name === 'escalations_per_created') {
            assert.equal(part, told('tte', period).length)
            assert.equal(whole, told('inflow', period).length)
          } else {
            // One ticket counts once, reopened if any of its resolutions was.
            if (name === 'reopen_rate')
              all = [...new Set(all.map(({ n }) => n))].map((n) => ({
                n,
                at: 0,
                level: 0,
                by: null,
                part: all.some((one) => one.n === n && one.part === true),
              }))
            assert.equal(part, all.filter((one) => one.part).length, name)
            assert.equal(whole, all.length, name)
          }
          assert.equal(rate, whole === 0 ? null : part / whole)
        }
      }
      check(report.figures, query.period)
      if (query.before === null) assert.equal(report.before, null)
      else if (report.before !== null) check(report.before, query.before)
      assert.deepEqual(report.backlog, slowBacklog(ofCategory, Math.min(query.period.to, now), filter))
    }),
    { numRuns: 150 },
  )
})

test('each number is as large as the list it opens, and a rate’s part is those in it that count', () => {
  fc.assert(
    fc.property(anyRows, anyQuery, (rows, query) => {
      const { figures, backlog, running, excluded, incomplete } = summarise(rows, query, rules)
      for (const [name, { calendar, business }] of figures.durations) {
        assert.ok(calendar && business)
        const { total, tickets } = behind(rows, name, query)
        assert.equal(total, calendar.n, name)
        assert.equal(
          tickets[0]?.calendar ?? null,
          total === 0 ? null : Math.max(...tickets.map((one) => one.calendar ?? 0)),
        )
        assert.equal(tickets[calendar.n - Math.ceil(calendar.n / 2)]?.calendar ?? null, calendar.p50, name)
        assert.equal(business.n, total)
      }
      for (const [name, { part, whole }] of figures.rates) {
        const { total, tickets } = behind(rows, name, query)
        assert.equal(total, name === 'escalations_per_created' ? part + whole : whole, name)
        assert.equal(tickets.filter(({ counts }) => counts === true).length, part, name)
        assert.ok(tickets.slice(0, part).every(({ counts }) => counts === true))
      }
      for (const [name, value] of figures.counts) assert.equal(behind(rows, name, query).total, value, name)
      assert.equal(behind(rows, 'backlog', query).total, backlog.total)
      ages.forEach((age, index) => {
        assert.equal(behind(rows, 'backlog', query, { age }).total, backlog.byAge[index])
      })
      assert.deepEqual(
        [behind(rows, 'running_due', query).total, behind(rows, 'running_late', query).total],
        [running.due, running.late],
      )
      assert.equal(behind(rows, 'running_paused', query).total, running.paused)
      assert.equal(behind(rows, 'incomplete', query).total, incomplete)
      assert.equal(
        behind(rows, 'excluded', query).total,
        [...excluded.values()].reduce((sum, one) => sum + one, 0),
      )
    }),
    { numRuns: 100 },
  )
})

test('a group is what its own filter or period gives, its backlog and open questions included', () => {
  const narrowed = (query: ReportQuery, dimension: Dimension, { key, period }: Group): ReportQuery | null => {
    const { filter } = query
    const plain = { ...query, before: null, by: [] }
    if (period !== null) return { ...plain, period }
    const value = dimension === 'level' ? Number(key) : key
    // Another one than the filter asks for: nothing can be in it.
    const already = filter[dimension as keyof Filter]
    if (already !== null && already !== value) return null
    return { ...plain, filter: { ...filter, [dimension]: value } }
  }
  fc.assert(
    fc.property(anyRows, anyQuery, (rows, query) => {
      const report = summarise(rows, query, rules)
      for (const [dimension, groups] of report.groups) {
        for (const group of groups) {
          const own = narrowed(query, dimension, group)
          if (own === null) {
            assert.equal(group.figures.counts.get('outflow'), 0)
            continue
          }
          const alone = summarise(rows, own, rules)
          assert.deepEqual(group.figures, alone.figures, `${dimension} ${group.key}`)
          assert.deepEqual(group.backlog, alone.backlog, `${dimension} ${group.key}`)
          assert.equal(group.incomplete, alone.incomplete, `${dimension} ${group.key}`)
        }
        // Nobody is left out: what adds up over the groups is the whole.
        for (const [name, value] of report.figures.counts)
          assert.equal(
            groups.reduce((sum, { figures }) => sum + (figures.counts.get(name) ?? 0), 0),
            value,
            `${name} by ${dimension}`,
          )
        for (const [name, { calendar }] of report.figures.durations)
          assert.equal(
            groups.reduce((sum, { figures }) => sum + (figures.durations.get(name)?.calendar?.n ?? 0), 0),
            calendar?.n,
          )
      }
    }),
    { numRuns: 40 },
  )
})

test('the order in which tickets are read changes nothing', () => {
  fc.assert(
    fc.property(
      anyRows.chain((rows) =>
        fc.tuple(
          fc.constant(rows),
          fc.shuffledSubarray(rows, { minLength: rows.length, maxLength: rows.length }),
        ),
      ),
      anyQuery,
      ([rows, shuffled], query) => {
        assert.deepEqual(summarise(shuffled, query, rules), summarise(rows, query, rules))
        for (const figure of ['nrt', 'reopen_rate', 'backlog', 'outflow', 'running_late'] as const)
          assert.deepEqual(behind(shuffled, figure, query), behind(rows, figure, query))
      },
    ),
    { numRuns: 60 },
  )
})

test('rows are read once and may come from anywhere', () => {
  const rows = rowsOf(aRow(), aRow({ resolutions: [aResolution(nine + hour, hour)] }))
  const once = function* () {
    yield* rows
  }
  assert.deepEqual(
    summarise(once(), asked({ by: dimensions }), rules),
    summarise(rows, asked({ by: dimensions }), rules),
  )
})

// --- Single rules ---------------------------------------------------------------------------------

test('a quiet desk shows dashes and not 0 %, and every figure it has', () => {
  const report = summarise([], asked({ by: ['level', 'category'] }), rules)
  assert.deepEqual(
    [...report.figures.rates.values()].filter(({ rate, whole }) => rate !== null || whole !== 0),
    [],
  )
  assert.deepEqual([...report.figures.durations.keys()].slice(0, 3), ['frt', 'nrt', 'ttr_first'])
  assert.deepEqual(report.figures.durations.get('level_3_net')?.calendar, {
    n: 0,
    p50: null,
    p90: null,
    mean: null,
    values: [],
  })
  assert.deepEqual(
    report.groups.get('level')?.map(({ key }) => key),
    ['1', '2', '3'],
  )
  assert.deepEqual(report.groups.get('category'), [])
  assert.equal(report.intakeDelay.n, 0)
})

test('a ticket counts in the period in which it was resolved, and comes in when it was created', () => {
  const at = nine + 40 * day
  const rows = rowsOf(aRow({ resolutions: [aResolution(at, 40 * day)] }))
  const told = (period: Period) => {
    const { counts, durations } = summarise(rows, asked({ period }), rules).figures
    return [counts.get('inflow'), counts.get('outflow'), durations.get('ttr')?.calendar?.n]
  }
  assert.deepEqual(told({ from: nine, to: at }), [1, 0, 0])
  assert.deepEqual(told({ from: nine + 1, to: at + 1 }), [0, 1, 1])
})

test('resolved twice and reopened once: one ticket of the reopen rate, in each month in which it was resolved', () => {
  // 8 June, and 8 July.
  const second = nine + 30 * day
  const rows = rowsOf(
    aRow({
      resolutions: [
        aResolution(nine + hour, hour, { reopenedAt: nine + day }),
        aResolution(nine + 2 * day, 2 * day, { reopenedAt: nine + 3 * day }),
        aResolution(second, 30 * day),
      ],
    }),
  )
  const query = asked({ period: { from: nine, to: nine + 60 * day }, by: ['month'], now: second + day })
  const { figures, groups } = summarise(rows, query, rules)
  assert.deepEqual(figures.rates.get('reopen_rate'), { part: 1, whole: 1, rate: 1, provisional: 0 })
  assert.deepEqual(
    groups.get('month')?.map(({ key, figures: { rates } }) => [key, rates.get('reopen_rate')]),
    [
      ['2026-06-01', { part: 1, whole: 1, rate: 1, provisional: 0 }],
      ['2026-07-01', { part: 0, whole: 1, rate: 0, provisional: 1 }],
      ['2026-08-01', { part: 0, whole: 0, rate: null, provisional: 0 }],
    ],
  )
  assert.deepEqual(behind(rows, 'reopen_rate', query).tickets, [
    { n: 1, at: nine + 2 * day, calendar: null, business: null, counts: true },
  ])
})

test('young resolutions are provisional: part of the reopen rate already, of the first contact not yet', () => {
  const rows = rowsOf(
    aRow({ publicReplies: 1, resolutions: [aResolution(nine + hour, hour)] }),
    aRow({ publicReplies: 1, resolutions: [aResolution(nine + 9 * day, 9 * day)] }),
  )
  const { rates } = summarise(rows, asked({ now: nine + 20 * day }), rules).figures
  assert.deepEqual(rates.get('fcr'), { part: 1, whole: 1, rate: 1, provisional: 1 })
  assert.deepEqual(rates.get('reopen_rate'), { part: 0, whole: 2, rate: 0, provisional: 1 })
  assert.equal(rates.get('flr')?.provisional, 0)
})

test('escalations per created may be more than one: who came in before is escalated now', () => {
  const rows = rowsOf(
    ...[1, 2, 3].map((days) =>
      aRow({
        createdAt: nine - days * day,
        escalation: aStop(nine + days * hour, days * day, { level: 2, by: 'bruno' }),
      }),
    ),
    aRow(),
    aRow(),
  )
  const query = asked()
  assert.deepEqual(summarise(rows, query, rules).figures.rates.get('escalations_per_created'), {
    part: 3,
    whole: 2,
    rate: 1.5,
    provisional: 0,
  })
  assert.deepEqual(
    behind(rows, 'escalations_per_created', query).tickets.map(({ n, counts }) => [n, counts]),
    [
      [3, true],
      [2, true],
      [1, true],
      [4, false],
      [5, false],
    ],
  )
})

test('tickets that are left out are counted apart, by why, where they were created or resolved', () => {
  const rows = rowsOf(
    aRow({ excluded: 'label' }),
    aRow({ excluded: 'duplicate', createdAt: nine - day, resolutions: [aResolution(nine + hour, day)] }),
    aRow({ excluded: 'moved', createdAt: nine - day, spans: [aSpan(nine - day, null)] }),
    aRow({
      excluded: 'deleted',
      createdAt: nine - day,
      resolutions: [aResolution(nine, day, { reopenedAt: nine + minute, correction: true })],
    }),
    aRow({ spans: [aSpan(nine, null)] }),
  )
  const report = summarise(rows, asked(), rules)
  assert.deepEqual(
    [...report.excluded],
    [
      ['duplicate', 1],
      ['label', 1],
    ],
  )
  assert.equal(report.figures.counts.get('inflow'), 1)
  assert.equal(report.backlog.total, 1)
})

test('what is not read in full is told where it can still change something', () => {
  const incomplete = { complete: false } as const
  const rows = rowsOf(
    aRow({ ...incomplete, category: 'Hardware', resolutions: [aResolution(nine + 40 * day, 40 * day)] }),
    aRow({ ...incomplete, createdAt: nine + 50 * day }),
    aRow({ ...incomplete, excluded: 'label' }),
    aRow(),
  )
  const query = asked({ period: { from: nine, to: nine + 45 * day }, by: ['month', 'category', 'level'] })
  const report = summarise(rows, query, rules)
  assert.equal(report.incomplete, 1)
  const told = (dimension: Dimension) =>
    report.groups.get(dimension)?.map(({ key, incomplete }) => [key, incomplete])
  assert.deepEqual(told('month'), [
    ['2026-06-01', 1],
    ['2026-07-01', 1],
  ])
  assert.deepEqual(told('category'), [
    ['Hardware', 1],
    ['', 0],
  ])
  // Which levels it was at is what we do not know yet.
  assert.deepEqual(told('level'), [
    ['1', 1],
    ['2', 1],
    ['3', 1],
  ])
})

test('the ages of the backlog begin where the ones before end', () => {
  const at = nine + 60 * day
  const rows = rowsOf(
    ...[0, day - 1, day, 3 * day - 1, 3 * day, 7 * day, 30 * day - 1, 30 * day].map((age) =>
      aRow({ createdAt: at - age }),
    ),
    aRow({ createdAt: at + 1 }),
    aRow({ createdAt: at - day, resolutions: [aResolution(at, day)] }),
  )
  const query = asked({ period: { from: nine, to: nine + 90 * day }, now: at })
  const { backlog } = summarise(rows, query, rules)
  assert.deepEqual([backlog.at, backlog.total, backlog.byAge], [at, 8, [2, 2, 1, 2, 1]])
  assert.deepEqual(
    behind(rows, 'backlog', query, { age: '1-3d' }).tickets.map(({ calendar }) => calendar),
    [3 * day - 1, day],
  )
})

test('the backlog of each day is counted at its end: who comes in at midnight lies there already', () => {
  // Midnight in Berlin, and what happens to the ticket there.
  const midnight = nine + 13 * hour
  const period = { from: midnight - day, to: midnight + 4 * day }
  const rows = rowsOf(
    aRow({
      createdAt: midnight,
      spans: [
        aSpan(midnight, midnight + day),
        aSpan(midnight + day, midnight + 2 * day, { level: 2, waiting: true }),
      ],
      resolutions: [aResolution(midnight + 2 * day, 2 * day)],
    }),
  )
  const { groups } = summarise(rows, asked({ period, by: ['day'] }), rules)
  assert.deepEqual(
    groups
      .get('day')
      ?.map(({ backlog: { total, waiting, byAge, byLevel } }) => [
        total,
        waiting,
        byAge,
        byLevel.map((each) => each.reduce((sum, one) => sum + one, 0)),
      ]),
    [
      [1, 0, [1, 0, 0, 0, 0], [1, 0, 0]],
      [1, 1, [0, 1, 0, 0, 0], [0, 1, 0]],
      [0, 0, [0, 0, 0, 0, 0], [0, 0, 0]],
      [0, 0, [0, 0, 0, 0, 0], [0, 0, 0]],
      [0, 0, [0, 0, 0, 0, 0], [0, 0, 0]],
    ],
  )
})

test('running promises are told by kind, and which of them run out', () => {
  const now = nine + 10 * hour
  const running = (changes: Parameters<typeof aTarget>[0]) => aRow({ targets: [aTarget(changes)] })
  const rows = rowsOf(
    running({ kind: 'resolution', due: now + hour, warn: now }),
    running({ kind: 'resolution', due: now + 2 * hour, warn: now + 1 }),
    running({ kind: 'resolution', due: now - hour, warn: now - 2 * hour }),
    running({ kind: 'level_2', left: hour }),
    running({ kind: 'first_response', stopped: now - hour }),
  )
  assert.deepEqual(
    [...summarise(rows, asked({ now }), rules).runningByKind],
    [
      ['resolution', { due: 2, late: 1, paused: 0, soon: 1 }],
      ['level_2', { due: 0, late: 0, paused: 1, soon: 0 }],
    ],
  )
})

test('running promises: the longest late, the next due and the least time left come first', () => {
  const now = nine + 10 * hour
  const running = (changes: Parameters<typeof aTarget>[0]) => aRow({ targets: [aTarget(changes)] })
  const rows = rowsOf(
    running({ due: now - hour }),
    running({ missed: now - 5 * hour }),
    running({ due: now + 2 * hour }),
    running({ due: now + minute }),
    running({ left: 2 * hour }),
    running({ left: hour }),
    running({ stopped: nine + hour, missed: nine + minute }),
    { ...running({ due: now - hour }), excluded: 'label' },
    aRow({
      resolutions: [aResolution(nine + hour, hour)],
      targets: [aTarget({ kind: 'resolution', stopped: nine + hour }), aTarget({ due: now })],
    }),
  )
  const query = asked({ now })
  const report = summarise(rows, query, rules)
  assert.deepEqual(report.running, { due: 2, late: 2, paused: 2 })
  const order = (figure: BehindName) => behind(rows, figure, query).tickets.map(({ n }) => n)
  assert.deepEqual(
    [order('running_late'), order('running_due'), order('running_paused')],
    [
      [2, 1],
      [4, 3],
      [6, 5],
    ],
  )
})

test('asked for Bruno’s, his answers count, and what came in to nobody does not', () => {
  const rows = rowsOf(
    aRow({ assignee: 'bruno', firstResponse: aStop(nine + hour, hour) }),
    aRow({ assignee: 'carla', firstResponse: aStop(nine + hour, hour, { by: 'carla' }) }),
    aRow(),
  )
  const told = (agent: string) => {
    const { figures, backlog } = summarise(rows, asked({ filter: { ...everything, agent } }), rules)
    return [figures.durations.get('frt')?.calendar?.n, figures.counts.get('inflow'), backlog.total]
  }
  assert.deepEqual(told('bruno'), [1, 0, 1])
  assert.deepEqual(told(''), [0, 3, 1])
})

test('the delay between a mail and its ticket is told of those that came in by mail', () => {
  const rows = rowsOf(
    aRow({ intakeDelay: minute }),
    aRow({ intakeDelay: 3 * minute }),
    aRow(),
    aRow({ intakeDelay: hour, createdAt: nine - 1, spans: [aSpan(nine - 1, null)] }),
    aRow({ intakeDelay: hour, excluded: 'label' }),
  )
  const { n, p50, values } = summarise(rows, asked(), rules).intakeDelay
  assert.deepEqual([n, p50, values], [2, minute, [minute, 3 * minute]])
})

test('a list is told a page at a time, the longest first', () => {
  const rows = rowsOf(
    ...[5, 9, 1, 7, 3].map((hours) => aRow({ firstResponse: aStop(nine + hours * hour, hours * hour) })),
  )
  const page = behind(rows, 'frt', asked(), { offset: 1, limit: 2 })
  assert.equal(page.total, 5)
  assert.deepEqual(
    page.tickets.map(({ n, calendar, business }) => [n, calendar, business]),
    [
      [4, 7 * hour, (7 * hour) / 3],
      [1, 5 * hour, (5 * hour) / 3],
    ],
  )
})

test('what took as long and happened at once stands in the order of the tickets', () => {
  const rows = rowsOf(...[1, 2, 3].map(() => aRow({ firstResponse: aStop(nine + hour, hour) })))
  for (const order of [rows, rows.toReversed()])
    assert.deepEqual(
      behind(order, 'frt', asked()).tickets.map(({ n }) => n),
      [1, 2, 3],
    )
})

test('what happens at one instant is told apart by level, and by ticket', () => {
  const rows = rowsOf(
    aRow({ category: 'Gitlab Account' }),
    aRow({ category: 'Hardware', escalation: aStop(nine, 0, { level: 2, by: null }) }),
  )
  const { groups } = summarise(rows, asked({ by: ['category', 'level'] }), rules)
  const told = (dimension: Dimension) =>
    groups
      .get(dimension)
      ?.map(({ key, figures }) => [
        key,
        figures.counts.get('inflow'),
        figures.durations.get('tte')?.calendar?.n,
      ])
  assert.deepEqual(told('category'), [
    ['Gitlab Account', 1, 0],
    ['Hardware', 1, 1],
  ])
  assert.deepEqual(told('level'), [
    ['1', 2, 0],
    ['2', 0, 1],
    ['3', 0, 0],
  ])
})

test('of tens of thousands of tickets each one counts, in the whole and in its month', () => {
  const from = Date.UTC(2026, 4, 31, 22)
  const took = (index: number): number => ((index * 7_919) % 20_011) * minute
  const rows = rowsOf(
    ...Array.from({ length: 20_000 }, (_, index) => {
      const createdAt = from + index * minute * 4
      return aRow({ createdAt, firstResponse: aStop(createdAt, took(index)) })
    }),
  )
  const { figures, groups } = summarise(
    rows,
    asked({ period: { from, to: from + 60 * day }, by: ['month', 'level'] }),
    rules,
  )
  const all = rows.map((_, index) => took(index))
  const june = all.slice(0, (30 * day) / (4 * minute))
  const frt = (of: Report['figures'] | undefined) => of?.durations.get('frt')?.calendar
  assert.deepEqual(frt(figures), slowSpread(all))
  assert.deepEqual(
    groups.get('month')?.map((group) => frt(group.figures)),
    [slowSpread(june), slowSpread(all.slice(june.length))],
  )
  assert.deepEqual(frt(groups.get('level')?.[0]?.figures), slowSpread(all))
})

test('months add up to the year, and days of 23 and 25 hours are days', () => {
  const from = Date.UTC(2025, 11, 31, 23)
  const period = { from, to: Date.UTC(2026, 11, 31, 23) }
  const rows = rowsOf(
    ...Array.from({ length: 2 * 365 }, (_, index) => aRow({ createdAt: from + index * 12 * hour })),
  )
  const { groups, figures } = summarise(rows, asked({ period, by: ['day', 'month'], now: period.to }), rules)
  assert.equal(figures.counts.get('inflow'), 730)
  for (const [dimension, parts] of [
    ['day', 365],
    ['month', 12],
  ] as const) {
    const each = groups.get(dimension) ?? []
    assert.equal(each.length, parts)
    assert.deepEqual(
      each.map((group) => group.period),
      partsOf(period, dimension, rules.timeZone).map((part) => ({ from: part.from, to: part.to })),
    )
    assert.equal(
      each.reduce((sum, group) => sum + (group.figures.counts.get('inflow') ?? 0), 0),
      730,
    )
  }
})

test('the list behind a duration is in the order of the clock that is looked at', () => {
  const overnight = aRow({ firstResponse: { ...aStop(nine + 20 * hour, 20 * hour), business: hour } })
  const byDay = aRow({ firstResponse: { ...aStop(nine + 3 * hour, 3 * hour), business: 3 * hour } })
  const rows = rowsOf(overnight, byDay)
  const listed = (clock?: 'calendar' | 'business') =>
    lookBehind(
      rows,
      {
        figure: 'frt',
        period: { from: nine, to: nine + 2 * day },
        filter: everything,
        now: nine + 2 * day,
        age: null,
        offset: 0,
        limit: 10,
        ...(clock ? { clock } : {}),
      },
      rules,
    ).tickets.map(({ calendar }) => (calendar ?? 0) / hour)
  assert.deepEqual(listed(), [20, 3])
  assert.deepEqual(listed('calendar'), [20, 3])
  assert.deepEqual(listed('business'), [3, 20])
})

test('what is not asked for is not told: the other clock, and durations of groups', () => {
  const rows = rowsOf(aRow({ firstResponse: aStop(nine + hour, hour) }))
  const { figures, groups } = summarise(
    rows,
    { ...asked({ by: ['category', 'level'] }), clock: 'business', groupDurations: { category: ['frt'] } },
    rules,
  )
  const full = summarise(rows, asked({ by: ['category', 'level'] }), rules)
  const names = (dimension: Dimension) => [...(groups.get(dimension)?.[0]?.figures.durations.keys() ?? [])]
  assert.deepEqual(Object.keys(figures.durations.get('frt') ?? {}), ['business'])
  assert.deepEqual(figures.durations.get('frt')?.business, full.figures.durations.get('frt')?.business)
  assert.deepEqual(names('category'), ['frt'])
  assert.deepEqual(names('level'), [...full.figures.durations.keys()])
})
