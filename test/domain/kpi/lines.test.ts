// What CSV, JSON, command and metrics print: each number of a report once, by a name that stays.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lineCells, lineColumns, linesOf } from '../../../src/domain/kpi/lines.ts'
import type { Dimension, Period } from '../../../src/domain/kpi/report.ts'
import { summarise } from '../../../src/domain/kpi/summarise.ts'
import { hour, nine } from '../../support/tickets.ts'
import { aResolution, aRow, aSpan, aStop, aTarget, day } from './rows.ts'

const period: Period = { from: nine, to: nine + 30 * day }

const rows = [
  aRow({
    category: 'Hardware',
    intakeDelay: 4_000,
    firstResponse: aStop(nine + hour, hour),
    targets: [aTarget({ stopped: nine + hour })],
    resolutions: [aResolution(nine + 3 * hour, 3 * hour)],
    ratings: [{ at: nine + 4 * hour, good: true, resolution: 0 }],
  }),
  aRow({
    complete: false,
    targets: [aTarget({ due: nine + hour })],
    spans: [aSpan(nine, null, { level: 2 })],
  }),
  aRow({
    createdAt: nine - 3 * day,
    firstResponse: aStop(nine - day, 2 * day),
    resolutions: [aResolution(nine - day, 2 * day)],
  }),
  aRow({ excluded: 'label' }),
].map((figures, index) => ({ n: index + 1, figures }))

const told = (by: readonly Dimension[] = [], before: Period | null = null) =>
  linesOf(
    summarise(
      rows,
      { period, before, filter: { category: null, level: null, agent: null }, by, now: nine + 2 * day },
      { levels: 2, timeZone: 'Europe/Berlin', reopenWithin: 14 * day },
    ),
  )

const line = (lines: ReturnType<typeof told>, figure: string, key = '', clock: string | null = null) =>
  lines.find((one) => one.figure === figure && one.key === key && one.clock === clock)

test('a duration is told by both clocks, a rate with its part and whole, a number of tickets as such', () => {
  const lines = told()
  const plain = {
    by: null,
    key: '',
    p50: null,
    p90: null,
    mean: null,
    part: null,
    provisional: 0,
    before: null,
  }
  assert.deepEqual(line(lines, 'frt', '', 'calendar'), {
    ...plain,
    figure: 'frt',
    clock: 'calendar',
    unit: 'ms',
    n: 1,
    p50: hour,
    p90: hour,
    mean: hour,
    value: null,
  })
  assert.equal(line(lines, 'frt', '', 'business')?.p50, hour / 3)
  assert.deepEqual(line(lines, 'sla'), {
    ...plain,
    figure: 'sla',
    clock: null,
    unit: 'ratio',
    n: 2,
    part: 1,
    value: 0.5,
  })
  assert.deepEqual(line(lines, 'inflow'), {
    ...plain,
    figure: 'inflow',
    clock: null,
    unit: 'tickets',
    n: 2,
    value: 2,
  })
  assert.deepEqual([line(lines, 'ola_level_2')?.value, line(lines, 'ola_level_2')?.n], [null, 0])
  assert.equal(line(lines, 'reopen_rate')?.provisional, 1)
})

test('backlog, running promises and what is left out are lines as well', () => {
  const lines = told()
  const values = (figures: readonly string[]) => figures.map((figure) => line(lines, figure)?.value)
  assert.deepEqual(
    values([
      'backlog',
      'backlog_waiting',
      'backlog_level_1',
      'backlog_level_2',
      'backlog_<1d',
      'backlog_1-3d',
    ]),
    [1, 0, 0, 1, 0, 1],
  )
  assert.deepEqual(values(['targets_due', 'targets_late', 'targets_paused']), [0, 1, 0])
  assert.deepEqual(values(['incomplete', 'excluded', 'excluded_label', 'excluded_moved']), [1, 1, 1, 0])
  assert.equal(line(lines, 'intake_delay', '', 'calendar')?.p50, 4_000)
})

test('beside each number stands the same of the period before, where it is compared', () => {
  const lines = told(['category'], { from: nine - 30 * day, to: nine })
  assert.equal(line(lines, 'frt', '', 'calendar')?.before, 2 * day)
  assert.deepEqual(
    [line(lines, 'inflow')?.before, line(lines, 'flr')?.before, line(lines, 'sla')?.before],
    [1, 1, null],
  )
  assert.equal(line(lines, 'frt', 'Hardware', 'calendar')?.before, null)
})

test('no two lines have the same name, and a quiet desk prints the same ones in the same order', () => {
  const name = ({ figure, by, key, clock }: ReturnType<typeof told>[number]) =>
    [figure, by, key, clock].join(' ')
  const names = told(['category', 'level', 'month']).map(name)
  assert.equal(new Set(names).size, names.length)
  const quiet = linesOf(
    summarise(
      [],
      { period, before: null, filter: { category: null, level: null, agent: null }, by: [], now: nine },
      { levels: 2, timeZone: 'Europe/Berlin', reopenWithin: 14 * day },
    ),
  )
  assert.deepEqual(quiet.map(name), told().map(name))
})

test('the cells of a line stand under their headings', () => {
  const [first] = told(['level']).filter(({ by }) => by === 'level')
  assert.ok(first)
  assert.equal(lineColumns.length, Object.keys(first).length)
  assert.deepEqual(lineCells(first).slice(0, 6), ['inflow', 'level', '1', null, 'tickets', 1])
})
