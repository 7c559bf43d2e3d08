// Charts as they are drawn: plain data, well-formed pictures, the numbers of the report, light and dark.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawChart } from '../../../src/adapters/charts/draw.ts'
import type { Group, Report } from '../../../src/domain/kpi/report.ts'
import type { Chart, ChartName, Look } from '../../../src/web/charts/chart.ts'
import { chartNames } from '../../../src/web/charts/chart.ts'
import { charts } from '../../../src/web/charts/charts.ts'
import { chartContextOf } from '../../../src/web/pages/kpi.ts'
import { backlogOf, emptyReport, figures, report } from './believable-report.ts'
import { leadAt, sight } from './kpi-screens.ts'

const hour = 3_600_000
const light: Look = { dark: false, narrow: false }

const chartOf = (name: ChartName, of?: Report, locale: 'en' | 'de' = 'en'): Chart =>
  charts[name](of ?? report({ query: sight().query }), chartContextOf(leadAt(locale), sight()))

const draw = (chart: Chart, look: Look): Promise<string> =>
  drawChart({
    // As it comes out of the other thread: a function in it would throw here.
    option: structuredClone(chart.option(look)),
    width: chart.width(look),
    height: chart.height(look),
  })

const tags = /<(\/?)([a-zA-Z]+)(?:\s+[\w:-]+="[^"<]*")*\s*(\/?)>/gu

/** Every opened element is closed again, and no attribute holds its own end. */
const assertWellFormed = (svg: string, name: string) => {
  const drawing = svg.replaceAll(/<!\[CDATA\[.*?\]\]>/gsu, '')
  const open: string[] = []
  for (const [, end, tag = '', empty] of drawing.matchAll(tags))
    if (end) assert.equal(open.pop(), tag, name)
    else if (!empty) open.push(tag)
  assert.deepEqual(open, [], name)
  assert.doesNotMatch(drawing.replaceAll(tags, ''), /[<>]/u, name)
}

for (const name of chartNames)
  test(`the chart ${name} is drawn in light and dark, wide and narrow, and needs nothing from elsewhere`, async () => {
    const chart = chartOf(name)
    const drawn = new Map<string, string>()
    for (const dark of [false, true])
      for (const narrow of [false, true]) {
        const svg = await draw(chart, { dark, narrow })
        assertWellFormed(svg, name)
        assert.match(svg, new RegExp(`^<svg width="${narrow ? 360 : 640}"`, 'u'))
        assert.doesNotMatch(
          svg.replaceAll(/xmlns(:xlink)?="[^"]*"/gu, ''),
          /https?:|<script|<image|@import|NaN/u,
        )
        drawn.set(`${dark} ${narrow}`, svg)
      }
    assert.equal(new Set(drawn.values()).size, 4)
    assert.match(drawn.get('false false') ?? '', /#12614f|#9ccabd/u)
    assert.doesNotMatch(drawn.get('true false') ?? '', /#12614f|#9ccabd|#1c221f/u)
  })

test('a category of any name is text in a chart and nothing else', async () => {
  const evil = '<script>alert("1")</script> & {b} \'x\''
  const group: Group = { key: evil, period: null, figures: figures(9), backlog: backlogOf(9), incomplete: 1 }
  const of = report({ groups: new Map([['category', [group]]]) })
  for (const name of ['time', 'escalations'] as const) {
    const svg = await draw(chartOf(name, of), light)
    assert.doesNotMatch(svg, /<script/u)
    assertWellFormed(svg, name)
    assert.match(svg, /&lt;script/u)
  }
})

test('parts that are not read in full yet bear a star', () => {
  const whole = report({ query: sight().query })
  const [first, ...others] = whole.groups.get('day') ?? []
  assert.ok(first)
  const of: Report = {
    ...whole,
    groups: new Map([['day', [{ ...first, incomplete: 4 }, ...others]]]),
  }
  for (const name of ['flow', 'response'] as const) {
    const [starred, plain] = chartOf(name, of).table.rows
    assert.match(starred?.label ?? '', / \*$/u)
    assert.doesNotMatch(plain?.label ?? '', /\*/u)
  }
})

test('the parts of where time goes add up to the mean open time, also where few were at Level 2', () => {
  const spread = (n: number, mean: number) => ({ n, p50: mean, p90: mean, mean })
  const both = (n: number, mean: number) => ({ calendar: spread(n, mean), business: spread(n, mean) })
  const usual = figures(10, 1, 2)
  // Ten tickets were open for 4 h each on the mean; two of them for 5 h at Level 2; four waited 2 h.
  const durations = new Map(usual.durations)
    .set('open_time', both(10, 4 * hour))
    .set('level_1_net', both(10, 2.2 * hour))
    .set('level_2_net', both(2, 5 * hour))
    .set('level_3_net', both(0, 0))
    .set('waiting', both(4, 2 * hour))
  const group: Group = {
    key: 'Hardware',
    period: null,
    figures: { ...usual, durations },
    backlog: backlogOf(0),
    incomplete: 0,
  }
  const { rows } = chartOf('time', report({ groups: new Map([['category', [group]]]) })).table
  const hours = rows[0]?.cells.map((cell) => Math.round(((cell ?? 0) / hour) * 100) / 100)
  assert.deepEqual(hours?.slice(0, 5), [2.2, 1, 0, 0.8, 4])
})

test('a few answers do not bend the chart of the others, and alone they are drawn hollow', () => {
  const dayOf = (key: string, n: number): Group => ({
    key,
    period: null,
    figures: figures(n),
    backlog: backlogOf(0),
    incomplete: 0,
  })
  type Drawn = { series: { data: { value: number | null; itemStyle?: object }[] }[] }
  const medians = (...numbers: number[]) => {
    const groups = numbers.map((n, index) => dayOf(`2026-11-0${index + 1}`, n))
    const { series } = chartOf('response', report({ groups: new Map([['day', groups]]) })).option(
      light,
    ) as Drawn
    return (series[1]?.data ?? []).map(({ value, itemStyle }) =>
      value === null ? 'none' : itemStyle ? 'hollow' : 'full',
    )
  }
  assert.deepEqual(medians(20, 0, 2, 30), ['full', 'none', 'none', 'full'])
  assert.deepEqual(medians(2, 0, 3, 30), ['hollow', 'none', 'hollow', 'full'])
})

test('where nothing happened there is nothing to draw, and the table says so in noughts', () => {
  for (const name of chartNames) assert.equal(chartOf(name, emptyReport(sight().query)).empty, true, name)
  assert.ok(
    chartOf('flow', emptyReport(sight().query)).table.rows.every(({ cells }) => cells.join() === '0,0,0'),
  )
})

test('a chart speaks the language of the page', async () => {
  const svg = await draw(chartOf('flow', undefined, 'de'), light)
  assert.match(svg, /eröffnet/u)
  assert.match(svg, /22\. Okt\./u)
})
