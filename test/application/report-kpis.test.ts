// Reports are made of rows that are kept at hand: they say what the store says now, whatever happened to it meanwhile,
// and read no more of it than they must.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { FigureRow } from '../../src/application/kpi-ports.ts'
import type { FigureSource } from '../../src/application/report-kpis.ts'
import { createKpis, keepRows } from '../../src/application/report-kpis.ts'
import type { TicketFigures } from '../../src/domain/kpi/figures.ts'
import { mattersUntil, packFigures } from '../../src/domain/kpi/packed-figures.ts'
import type { ReportQuery } from '../../src/domain/kpi/report.ts'
import { aDesk, hour, nine } from '../support/tickets.ts'

const day = 24 * hour

/** Created at nine and resolved an hour later, unless told otherwise. */
const figuresOf = (changes: Partial<TicketFigures> = {}): TicketFigures => {
  const createdAt = changes.createdAt ?? nine
  const stop = { at: createdAt + hour, calendar: hour, business: hour, level: 1, by: 'bruno' }
  return {
    createdAt,
    category: 'Hardware',
    priority: 'normal',
    assignee: 'bruno',
    excluded: null,
    complete: true,
    intakeDelay: null,
    firstResponse: null,
    nextResponses: [],
    unansweredSince: null,
    publicReplies: 0,
    spans: [{ from: createdAt, to: createdAt + hour, level: 1, waiting: false, business: hour }],
    resolutions: [{ ...stop, reopenedAt: null, correction: false }],
    escalation: null,
    returnedAt: null,
    ratings: [],
    targets: [],
    ...changes,
  }
}

const stillOpen = (createdAt = nine): TicketFigures =>
  figuresOf({
    createdAt,
    spans: [{ from: createdAt, to: null, level: 1, waiting: false, business: 0 }],
    resolutions: [],
  })

const packedRow = (figures: TicketFigures): NonNullable<FigureRow['packed']> => {
  const { names, numbers } = packFigures(figures)
  // As PostgreSQL's driver hands it out: somewhere in a larger buffer.
  return {
    names,
    numbers: Buffer.from(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)),
  }
}

/** What the store promises about its rows (kpi-ports.ts), with a count of what was read of it. */
const aSource = () => {
  let rows = new Map<number, { readonly version: number; readonly figures: TicketFigures | null }>()
  let version = 0
  let epoch = 1
  const asked: { version: number; since: number; rows: number }[] = []
  const source: FigureSource = {
    read: (work) =>
      work({
        figuresState: async () => ({ epoch: String(epoch), version, measuring: null }),
        figureRows: async ({ version: from, since, after, limit }) => {
          const found = [...rows]
            .map(([n, row]) => ({ n, ...row }))
            .filter((row) => row.version > from)
            .map((row) =>
              row.figures && mattersUntil(row.figures) < since
                ? { ...row, figures: null, over: true }
                : { ...row, over: false },
            )
            .filter(({ over }) => from > 0 || !over)
            .sort((a, b) => a.version - b.version || a.n - b.n)
            .filter(
              (row) =>
                after === null ||
                row.version > after.version ||
                (row.version === after.version && row.n > after.n),
            )
            .slice(0, limit)
          asked.push({ version: from, since, rows: found.length })
          return found.map(({ n, version: at, figures }) => ({
            n,
            version: at,
            packed: figures && packedRow(figures),
          }))
        },
      }),
  }
  return {
    source,
    asked: () => asked.splice(0),
    write: (changes: Readonly<Record<number, TicketFigures | null>>) => {
      version += 1
      for (const [n, figures] of Object.entries(changes)) rows.set(Number(n), { version, figures })
    },
    dropAll: () => {
      rows = new Map()
      epoch += 1
    },
  }
}

const kpisOf = (source: FigureSource) =>
  createKpis({
    store: source,
    desk: aDesk(),
    clock: { sleep: async () => {} },
    draw: async () => '',
  })

const aQuery = (changes: Partial<ReportQuery> = {}): ReportQuery => ({
  period: { from: nine - day, to: nine + day },
  before: null,
  filter: { category: null, level: null, agent: null },
  by: [],
  now: nine + 2 * hour,
  ...changes,
})

test('a report counts what the store has, and what was written since the one before', async () => {
  const { source, write } = aSource()
  const kpis = kpisOf(source)
  write({ 1: figuresOf(), 2: stillOpen() })
  const first = await kpis.report(aQuery())
  assert.equal(first.figures.counts.get('inflow'), 2)
  assert.equal(first.backlog.total, 1)
  write({ 2: figuresOf(), 3: stillOpen() })
  const second = await kpis.report(aQuery())
  assert.equal(second.figures.counts.get('inflow'), 3)
  assert.equal(second.figures.counts.get('outflow'), 2)
  write({ 3: null })
  assert.equal((await kpis.report(aQuery())).figures.counts.get('inflow'), 2)
})

test('the tickets behind a number are those that the report counts, also after a change', async () => {
  const { source, write } = aSource()
  const kpis = kpisOf(source)
  const behind = async () => {
    const { period, filter, now } = aQuery()
    const found = await kpis.behind({
      figure: 'backlog',
      period,
      filter,
      now,
      age: null,
      offset: 0,
      limit: 10,
    })
    return found.tickets.map(({ n }) => n)
  }
  write({ 1: figuresOf(), 2: stillOpen() })
  assert.deepEqual(await behind(), [2])
  write({ 2: figuresOf() })
  assert.deepEqual(await behind(), [])
})

test('what is at hand is not read again', async () => {
  const { source, write, asked } = aSource()
  const kpis = kpisOf(source)
  write({ 1: figuresOf(), 2: stillOpen() })
  await kpis.report(aQuery())
  assert.deepEqual(
    asked().map(({ rows }) => rows),
    [2],
  )
  await kpis.report(aQuery({ filter: { category: 'Hardware', level: null, agent: null } }))
  assert.deepEqual(asked(), [])
  write({ 2: figuresOf() })
  await kpis.report(aQuery())
  assert.deepEqual(
    asked().map(({ rows }) => rows),
    [1],
  )
})

test('who asks at the same time waits for one reading', async () => {
  const { source, write, asked } = aSource()
  const kpis = kpisOf(source)
  write({ 1: figuresOf(), 2: stillOpen() })
  const queries = [aQuery(), aQuery({ by: ['category'] }), aQuery({ by: ['level'] })]
  const reports = await Promise.all(queries.map((query) => kpis.report(query)))
  assert.deepEqual(
    reports.map(({ figures }) => figures.counts.get('inflow')),
    [2, 2, 2],
  )
  assert.equal(asked().length, 1)
})

test('a report of an earlier time reads what was left out before, and no more than that time needs', async () => {
  const { source, write, asked } = aSource()
  const kpis = kpisOf(source)
  const longAgo = nine - 100 * day
  write({ 1: figuresOf({ createdAt: longAgo }), 2: figuresOf() })
  assert.equal((await kpis.report(aQuery())).figures.counts.get('inflow'), 1)
  assert.deepEqual(
    asked().map(({ rows }) => rows),
    [1],
  )
  const before = { from: longAgo - day, to: longAgo + day }
  const compared = await kpis.report(aQuery({ before }))
  assert.equal(compared.before?.counts.get('inflow'), 1)
  assert.deepEqual(
    asked().map(({ rows }) => rows),
    [2],
  )
})

test('a ticket that turns out to have ended long ago is out of the report', async () => {
  const { source, write } = aSource()
  const kpis = kpisOf(source)
  write({ 1: stillOpen(nine - 100 * day) })
  assert.equal((await kpis.report(aQuery())).backlog.total, 1)
  write({ 1: figuresOf({ createdAt: nine - 100 * day }) })
  const { backlog, figures } = await kpis.report(aQuery())
  assert.equal(backlog.total, 0)
  assert.equal(figures.counts.get('outflow'), 0)
})

test('that is so also where the next report reaches further back', async () => {
  const { source, write } = aSource()
  const kpis = kpisOf(source)
  const longAgo = nine - 100 * day
  write({ 1: stillOpen(longAgo) })
  assert.equal((await kpis.report(aQuery())).backlog.total, 1)
  write({ 1: figuresOf({ createdAt: longAgo }) })
  const before = { from: nine - 50 * day, to: nine - day }
  assert.equal((await kpis.report(aQuery({ before }))).backlog.total, 0)
})

test('after the index was made again nothing of the old one is counted', async () => {
  const { source, write, dropAll } = aSource()
  const kpis = kpisOf(source)
  write({ 1: figuresOf(), 2: figuresOf(), 3: figuresOf() })
  await kpis.report(aQuery())
  dropAll()
  write({ 7: figuresOf() })
  assert.equal((await kpis.report(aQuery())).figures.counts.get('inflow'), 1)
})

test('an index that is made again while it is read is read from its beginning', async () => {
  const { source, write, dropAll } = aSource()
  write({ 1: figuresOf(), 2: figuresOf() })
  let once = true
  const shaken: FigureSource = {
    read: async (work) => {
      const answer = await source.read(work)
      if (once && Array.isArray(answer)) {
        once = false
        dropAll()
        write({ 9: figuresOf() })
      }
      return answer
    },
  }
  const report = await kpisOf(shaken).report(aQuery())
  assert.equal(report.figures.counts.get('inflow'), 1)
})

test('within a minute the same question has the same answer; a minute later promises may have run out', async () => {
  const { source, write } = aSource()
  const kpis = kpisOf(source)
  write({ 1: stillOpen() })
  const first = await kpis.report(aQuery())
  assert.equal(await kpis.report(aQuery({ now: aQuery().now + 30_000 })), first)
  assert.notEqual(await kpis.report(aQuery({ now: aQuery().now + 60_000 })), first)
})

test('a store that does not answer spoils one report and not the next', async () => {
  const { source, write } = aSource()
  write({ 1: figuresOf() })
  let broken = true
  const kpis = kpisOf({
    read: async (work) => {
      if (broken) throw new Error('the disk is gone')
      return source.read(work)
    },
  })
  await assert.rejects(kpis.report(aQuery()), /the disk is gone/)
  broken = false
  assert.equal((await kpis.report(aQuery())).figures.counts.get('inflow'), 1)
})

test('rows come back as they were kept, however often tickets were written again or went', () => {
  const one = fc.record({
    n: fc.nat(12),
    createdAt: fc.nat(10_000),
    // Some are longer than a whole block.
    answers: fc.nat(60),
    delayed: fc.boolean(),
    category: fc.constantFrom(null, 'Hardware', 'Gitlab Account'),
    gone: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(one, { maxLength: 200 }), fc.integer({ min: 40, max: 160 }), (writes, block) => {
      const kept = keepRows(block)
      const expected = new Map<number, TicketFigures>()
      for (const { n, createdAt, answers, delayed, category, gone } of writes) {
        if (gone) {
          kept.drop(n)
          expected.delete(n)
          continue
        }
        const stop = { at: createdAt, calendar: 1, business: 1, level: 1, by: 'carla' }
        const figures = figuresOf({
          createdAt,
          category,
          intakeDelay: delayed ? 7 : null,
          nextResponses: Array.from({ length: answers }, () => stop),
        })
        expected.set(n, figures)
        kept.keep(n, packedRow(figures))
      }
      const found = new Map([...kept.rows()].map(({ n, figures }) => [n, figures]))
      assert.equal(kept.size(), expected.size)
      assert.deepEqual(
        [...found].sort(([a], [b]) => a - b),
        [...expected].sort(([a], [b]) => a - b),
      )
    }),
    { numRuns: 200 },
  )
})
