// The figures for spreadsheets and programs: one line for each number, the same ones that the page shows.

import type { KpiLine } from '../../domain/kpi/lines.ts'
import { linesOf } from '../../domain/kpi/lines.ts'
import type { Report } from '../../domain/kpi/report.ts'
import { csvLine } from '../csv.ts'
import type { KpiView } from '../kpi-query.ts'
import { kpiViewOf, reportQueryOf } from '../kpi-query.ts'
import type { AgentVisit, Answer } from '../visit.ts'

const reported = async (visit: AgentVisit): Promise<{ readonly view: KpiView; readonly report: Report }> => {
  const now = visit.door.parts.clock.now()
  const view = kpiViewOf(visit, now)
  return { view, report: await visit.door.kpis.report(reportQueryOf(view, now)) }
}

const fileName = (view: KpiView, ending: string): string =>
  `attachment; filename="kpi-${view.period.name.replaceAll(/[^\w-]+/gu, '-')}.${ending}"`

/** In the order in which they stand in the table. */
const columns = [
  'figure',
  'by',
  'key',
  'clock',
  'unit',
  'n',
  'p50',
  'p90',
  'mean',
  'value',
  'part',
  'provisional',
  'before',
] as const satisfies (keyof KpiLine)[]

export const table = async (visit: AgentVisit): Promise<Answer> => {
  const { view, report } = await reported(visit)
  return {
    kind: 'data',
    status: 200,
    type: 'text/csv; charset=utf-8',
    body: [columns, ...linesOf(report).map((line) => columns.map((column) => line[column] ?? ''))]
      .map(csvLine)
      .join(''),
    headers: { 'content-disposition': fileName(view, 'csv') },
  }
}

const instants = ({ from, to }: { readonly from: number; readonly to: number }) => ({
  from: new Date(from).toISOString(),
  to: new Date(to).toISOString(),
})

export const json = async (visit: AgentVisit): Promise<Answer> => {
  const { view, report } = await reported(visit)
  const { query, excluded, incomplete } = report
  const body = {
    period: { name: view.period.name, ...instants(query.period) },
    before: query.before && instants(query.before),
    filter: query.filter,
    by: query.by,
    lines: linesOf(report),
    excluded: Object.fromEntries(excluded),
    incomplete,
  }
  return {
    kind: 'data',
    status: 200,
    type: 'application/json',
    body: `${JSON.stringify(body)}\n`,
    headers: {
      'content-disposition': fileName(view, 'json'),
      'content-security-policy': "default-src 'none'; sandbox",
    },
  }
}
