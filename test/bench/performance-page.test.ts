import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Cell,
  figuresOf,
  type Growth,
  performancePage,
  type Report,
} from '../../bench/growth-figures.ts'
import type { Figure } from '../../bench/report.ts'

const cell = (
  operation: Cell['operation'],
  database: string,
  tickets: number,
  cost: number,
  more: Partial<Cell> = {},
): Cell => ({
  operation,
  database,
  tickets,
  perSecond: 1_000 / cost,
  p50: cost * 8,
  p99: cost * 20,
  cost,
  ratio: cost / 0.02,
  ratioP50: 11,
  ratioP99: 12,
  detail: null,
  ...more,
})

const growth: Growth = {
  sizes: [1_000, 1_000_000],
  databases: [
    { name: 'SQLite 3.50', settings: [] },
    { name: 'PostgreSQL 15.1', settings: ['fsync=on'] },
  ],
  rounds: 3,
  seconds: 1.5,
  starts: 3,
  connections: 8,
  cells: [
    cell('dashboard', 'SQLite 3.50', 1_000, 0.1),
    cell('dashboard', 'SQLite 3.50', 1_000_000, 0.12, { growth: 1.25 }),
    cell('dashboard, made', 'SQLite 3.50', 1_000, 2),
    cell('dashboard, made', 'SQLite 3.50', 1_000_000, 2.8),
    cell('dashboard', 'PostgreSQL 15.1', 1_000, 0.3),
    cell('start', 'SQLite 3.50', 1_000, 400, { ms: 400, ratio: 8 }),
    cell('memory at rest', 'SQLite 3.50', 1_000, 100, { bytes: 104_857_600, ratio: 2 }),
    cell('sync', 'SQLite 3.50', 1_000_000, 0.04, { ms: 40_000, detail: { againstFloor: 1.9 } }),
  ],
  problems: ['PostgreSQL 15.1: pages: the desk ended with 134\n    at somewhere'],
}

const figure: Figure = {
  name: '  its 99th percentile',
  value: '1.10 ms',
  against: '0.20 ms',
  ratio: 5.5,
  limit: 'at most 5',
  met: false,
  detail: { every: 'number' },
}

const report: Report = {
  at: '2026-05-22T08:15:30.000Z',
  quick: false,
  machine: {
    processors: 2,
    model: 'A processor',
    node: 'v24.0.0',
    memoryBytes: 8 * 1_024 ** 3,
    loadBefore: 0.1,
  },
  problem: null,
  figures: [figure],
  growth,
}

const page = performancePage(report)
const rowsOf = (heading: string): string[] =>
  (page.split(`### ${heading}\n`)[1] ?? '')
    .split(/^#/mu, 1)
    .join('')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2)

test('the page says when, on which machine and on which databases it was measured', () => {
  assert.match(
    page,
    /Measured 2026-05-22 08:15 UTC on 2 processors \(A processor\), 8 GiB of memory, Node v24\.0\.0/u,
  )
  assert.match(page, /SQLite 3\.50, PostgreSQL 15\.1 \(fsync=on\)\./u)
})

test('an operation has a line for each database and size, with its growth and what it costs of the bare server', () => {
  assert.deepEqual(rowsOf('Dashboard, each page made'), [
    '| SQLite 3.50 | 1,000 | 500/s | 16.0 ms | 40.0 ms | 100 × | 11.0 × | 12.0 × | 1.00 × |',
    '| SQLite 3.50 | 1,000,000 | 357/s | 22.4 ms | 56.0 ms | 140 × | 11.0 × | 12.0 × | 1.40 × |',
    '| PostgreSQL 15.1 | 1,000 | not measured |  |  |  |  |  |  |',
    '| PostgreSQL 15.1 | 1,000,000 | not measured |  |  |  |  |  |  |',
  ])
})

test('growth is the one of the same rounds where both sizes ran in them', () => {
  assert.match(rowsOf('Dashboard, as agents look at it')[1] ?? '', / 1\.25 × \|$/u)
})

test('times, memory and the reading from the start are told in their own units', () => {
  assert.equal(rowsOf('Start')[0], '| SQLite 3.50 | 1,000 | 400 ms | 8.00 × | 1.00 × |')
  assert.equal(rowsOf('Memory after the start')[0], '| SQLite 3.50 | 1,000 | 100 MiB | 2.00 × | 1.00 × |')
  // Nothing was read into the small desk: how it grows nobody knows.
  assert.equal(
    rowsOf('Reading GitLab from the start')[1],
    '| SQLite 3.50 | 1,000,000 | 40.0 s | 25,000/s | 1.90 × | 2.00 × |  |',
  )
})

test('a dashboard that costs too much with a million tickets is told to have missed its limit', () => {
  const verdicts = rowsOf('What is asked of it').map((line) => line.split(' | ').slice(-3).join(' | '))
  assert.deepEqual(verdicts, [
    '1.25 | at most 1.3 | met |',
    '1.40 | at most 1.3 | **NOT MET** |',
    ' | at most 1.3 | not measured |',
    ' | at most 1.3 | not measured |',
  ])
  const asked = figuresOf(growth).filter(({ limit }) => limit === 'at most 1.3')
  assert.deepEqual(
    asked.map(({ met }) => met),
    [true, false, null, null],
  )
})

test('what could not be measured is said with its reason, and never guessed', () => {
  assert.match(
    page,
    /\*\*What could not be measured:\*\*\n\n- PostgreSQL 15\.1: pages: the desk ended with 134\n/u,
  )
  assert.doesNotMatch(page, /NaN|undefined|null|at somewhere/u)
})

test('the other figures of the same run stand below, with their limits', () => {
  assert.match(
    page,
    /\| its 99th percentile \| 1\.10 ms \| 0\.20 ms \| 5\.50 \| at most 5 \| \*\*NOT MET\*\* \|/u,
  )
})

test('a run without growth, or with nothing else, says which part is missing', () => {
  assert.match(
    performancePage({ ...report, growth: null }),
    /## How it grows\n\nIt was not measured in this run\./u,
  )
  assert.match(performancePage({ ...report, figures: [] }), /They were not measured in this run/u)
})

test('a limit that was asked of other sizes is not judged', () => {
  const other = figuresOf({ ...growth, sizes: [100, 1_000_000] })
  assert.ok(other.filter(({ limit }) => limit === 'at most 1.3').every(({ met }) => met === null))
})
