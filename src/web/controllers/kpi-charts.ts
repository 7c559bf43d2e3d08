// Charts of the figures: an image that any browser shows without a script, and the same numbers as a table.

import type { Chart, ChartName } from '../charts/chart.ts'
import { chartNames } from '../charts/chart.ts'
import { charts } from '../charts/charts.ts'
import { csvLine } from '../csv.ts'
import { kpiViewOf } from '../kpi-query.ts'
import { chartContextOf } from '../pages/kpi.ts'
import { sightOf } from '../pages/kpi-sight.ts'
import type { AgentVisit, Answer } from '../visit.ts'
import { missing } from '../visit.ts'

const chartOf = async (
  visit: AgentVisit,
): Promise<{ readonly name: ChartName; readonly chart: Chart; readonly period: string } | null> => {
  const name = chartNames.find((one) => one === visit.param('chart'))
  if (name === undefined) return null
  const { parts, kpis } = visit.door
  const now = parts.clock.now()
  const sight = sightOf(kpiViewOf(visit, now), parts.desk, now)
  const context = chartContextOf({ t: visit.t, locale: visit.locale, desk: parts.desk }, sight)
  return { name, chart: charts[name](await kpis.report(sight.query), context), period: sight.name }
}

export const image = async (visit: AgentVisit): Promise<Answer> => {
  const found = await chartOf(visit)
  if (!found) return missing
  const look = { dark: visit.query.get('theme') === 'dark', narrow: visit.query.get('size') === 'narrow' }
  const { option, width, height } = found.chart
  const body = await visit.door.kpis.draw({
    option: option(look),
    width: width(look),
    height: height(look),
  })
  return {
    kind: 'data',
    status: 200,
    type: 'image/svg+xml',
    body,
    headers: {
      // The language and who may see it are not in the address.
      'cache-control': 'private, max-age=60',
      vary: 'Cookie, Accept-Language',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    },
  }
}

export const table = async (visit: AgentVisit): Promise<Answer> => {
  const found = await chartOf(visit)
  if (!found) return missing
  const { columns, rows } = found.chart.table
  return {
    kind: 'data',
    status: 200,
    type: 'text/csv; charset=utf-8',
    body: [
      columns.map(({ key }) => key),
      ...rows.map(({ key, cells }) => [key, ...cells.map((cell) => cell ?? '')]),
    ]
      .map(csvLine)
      .join(''),
    headers: {
      'content-disposition': `attachment; filename="${found.name}-${found.period.replaceAll(/[^\w-]+/gu, '-')}.csv"`,
    },
  }
}
