// One desk, one set of figures: the table, the JSON, the command and the metrics tell the same numbers, to the
// millisecond, and nobody but those who lead gets those of single people.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { KpiLine } from '../../src/domain/kpi/lines.ts'
import type { KpiDesk } from '../support/kpi-doors.ts'
import { csvLines, jsonLines, kpiSeries, linesOfJson, openKpiDesk, seriesOf } from '../support/kpi-doors.ts'
import type { Visitor } from '../support/visitor.ts'

/** What a linked number of the page counts, and how it says it. */
type Told = { readonly figure: string; readonly category: string | null; readonly text: string }

const toldOnPage = (html: string): Told[] =>
  [...html.matchAll(/<a class="kpi-number" href="([^"]*)"[^>]*>([^<]*)<\/a>/gu)].flatMap(
    ([, href = '', text = '']) => {
      const { searchParams } = new URL(href.replaceAll('&amp;', '&'), 'http://desk.invalid')
      const age = searchParams.get('age')
      const figure = searchParams.get('figure') ?? ''
      return {
        figure: age === null ? figure : `${figure}_${age}`,
        category: searchParams.get('category'),
        text,
      }
    },
  )

/** As people in England write it; made anew here, so that the page's own way of writing is looked at as well. */
const inWords = (milliseconds: number): string => {
  const minutes = Math.floor(milliseconds / 60_000)
  const [days, hours, rest] = [Math.floor(minutes / 1_440), Math.floor((minutes % 1_440) / 60), minutes % 60]
  const parts =
    days > 0
      ? ([
          [days, 'd'],
          [hours, 'h'],
        ] as const)
      : ([
          [hours, 'h'],
          [rest, 'min'],
        ] as const)
  return parts.flatMap(([n, unit]) => (n > 0 ? [`${n} ${unit}`] : [])).join(' ')
}

const percent = (ratio: number): string => `${(ratio * 100).toFixed(1)}%`

/** Where there are fewer than five values the page tells them all: as many as there are, the ninth decile among them. */
const areValues = ({ unit, n, p90 }: KpiLine, text: string): boolean => {
  const values = text.split(' · ')
  return unit === 'ms' && n < 5 && values.length === n && p90 !== null && values.includes(inWords(p90))
}

/** All the ways in which the page may say a line. */
const waysOf = ({ unit, p50, p90, value, part, n }: KpiLine): string[] => {
  if (unit === 'tickets') return [String(value)]
  if (unit === 'ratio') return value === null ? [] : [percent(value), `${part} of ${n}`]
  return p50 === null || p90 === null ? [] : [inWords(p50), inWords(p90), String(n)]
}

let kpi: KpiDesk
let davi: Visitor

before(async () => {
  kpi = await openKpiDesk()
  davi = await kpi.desk.signedIn('davi')
})
after(() => kpi[Symbol.asyncDispose]())

const named = (lines: readonly KpiLine[], figure: string): KpiLine => {
  const found = lines.find((line) => line.figure === figure && line.by === null)
  assert.ok(found, `${figure} is told`)
  return found
}

test('there is something to tell', async () => {
  const lines = await csvLines(davi, '?period=last-365-days')
  // The first of them came in a day too early for it.
  assert.equal(named(lines, 'inflow').value, 299)
  assert.ok((named(lines, 'frt').p50 ?? 0) > 0)
  assert.ok((named(lines, 'level_2').n ?? 0) > 0)
  assert.ok((named(lines, 'backlog').value ?? 0) > 0)
})

for (const [name, search, args] of [
  ['of the last 30 days', '', []],
  ['of a year by category', '?period=last-365-days', ['--period', 'last-365-days']],
  ['by level', '?period=last-90-days&by=level', ['--period', 'last-90-days', '--by', 'level']],
  ['by agent', '?period=last-90-days&by=agent', ['--period', 'last-90-days', '--by', 'agent']],
  ['by month', '?period=last-365-days&by=month', ['--period', 'last-365-days', '--by', 'month']],
  [
    'of one agent, at Level 2, in one category',
    '?period=last-365-days&category=Hardware&level=2&agent=carla',
    ['--period', 'last-365-days', '--category', 'Hardware', '--level', '2', '--agent', 'carla'],
  ],
] as const)
  test(`table, JSON and command tell the same figures ${name}`, async () => {
    const lines = await jsonLines(davi, search)
    assert.ok(lines.length > 20)
    assert.deepEqual(await csvLines(davi, search), lines)
    const asJson = await kpi.command('kpi', '--format', 'json', ...args)
    assert.equal(asJson.code, 0, asJson.err)
    assert.deepEqual(linesOfJson(asJson.out), lines)
  })

test('the command’s table for a spreadsheet is the one that the address gives', async () => {
  const { code, out } = await kpi.command('kpi', '--format', 'csv', '--period', 'last-90-days')
  assert.equal(code, 0)
  assert.equal(out, (await davi.get('/kpi.csv?period=last-90-days')).text)
})

test('the metrics tell the figures of the last 30 days, every one of them', async () => {
  const lines = await jsonLines(davi)
  const answer = await kpi.desk.stranger().get('/metrics')
  const told = kpiSeries(answer.text)
  assert.ok(told.size > 20)
  assert.deepEqual([...told].sort(), [...seriesOf(lines)].sort())
})

for (const [name, search, args] of [
  ['of the last 30 days', '', []],
  [
    'of a year by category',
    '?period=last-365-days&by=category',
    ['--period', 'last-365-days', '--by', 'category'],
  ],
] as const)
  test(`page, table, command and metrics tell the same figures ${name}`, async () => {
    const lines = await csvLines(davi, search)
    const asJson = await kpi.command('kpi', '--format', 'json', ...args)
    assert.deepEqual(linesOfJson(asJson.out), lines)
    if (search === '') {
      const metrics = (await kpi.desk.stranger().get('/metrics')).text
      assert.deepEqual([...kpiSeries(metrics)].sort(), [...seriesOf(lines)].sort())
    }
    const told = toldOnPage((await davi.get(`/kpi${search}`)).text)
    assert.ok(told.length > 50, String(told.length))
    for (const { figure, category, text } of told) {
      const [by, key] = category === null ? [null, ''] : (['category', category.replace(/^-$/u, '')] as const)
      const line = lines.find(
        (one) => one.figure === figure && one.clock !== 'business' && one.by === by && one.key === key,
      )
      assert.ok(line, `${figure} of ${category} is on the page and not in the table`)
      const said = `${figure} of ${category}: the page says ${text}, the table ${JSON.stringify(line)}`
      assert.ok(waysOf(line).includes(text) || areValues(line, text), said)
    }
    // And nothing that has a value is missing on the page.
    for (const line of lines.filter(({ by, clock, n }) => by === null && clock !== 'business' && n > 0)) {
      if (/^backlog_(waiting|level)/u.test(line.figure) || (line.unit === 'ms' && line.n < 5)) continue
      const texts = told.filter(({ figure, category }) => figure === line.figure && category === null)
      for (const way of waysOf(line))
        assert.ok(
          texts.some(({ text }) => text === way),
          `the page does not say ${way} of ${line.figure}`,
        )
    }
  })

test('what is written after a report is in the next one', async () => {
  const bruno = await kpi.desk.signedIn('bruno')
  const count = async () => named(await jsonLines(bruno), 'backlog').value ?? 0
  const earlier = await count()
  const opened = await kpi.desk.stranger().post('/open-issue', {
    title: 'My screen stays black',
    description: 'Since today.',
    category: 'Hardware',
    name: 'Ana',
    email: 'ana@school.example',
  })
  assert.equal(opened.status, 303, opened.text)
  assert.equal(await count(), earlier + 1)
})

test('Bruno gets the desk’s figures where he asks for Carla’s', async () => {
  const bruno = await kpi.desk.signedIn('bruno')
  assert.deepEqual(
    await jsonLines(bruno, '?period=last-90-days&agent=carla&by=agent'),
    await jsonLines(davi, '?period=last-90-days'),
  )
  const ofAgents = await jsonLines(davi, '?period=last-90-days&by=agent')
  assert.ok(ofAgents.some(({ by, key }) => by === 'agent' && key === 'carla'))
})

test('what is saved has a name, and is no page', async () => {
  const csv = await davi.get('/kpi.csv?from=2026-05-01&to=2026-05-07')
  assert.equal(csv.headers['content-disposition'], 'attachment; filename="kpi-2026-05-01-2026-05-07.csv"')
  const json = await davi.get('/kpi.json')
  assert.equal(json.headers['content-disposition'], 'attachment; filename="kpi-last-30-days.json"')
  assert.match(json.headers['content-security-policy'] ?? '', /sandbox/)
})
