// The figures for spreadsheets and programs: one line for each number, the same ones that the page shows.

import { figuresAsCells, figuresAsData } from '../../application/figures-as-lines.ts'
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

export const table = async (visit: AgentVisit): Promise<Answer> => {
  const { view, report } = await reported(visit)
  return {
    kind: 'data',
    status: 200,
    type: 'text/csv; charset=utf-8',
    body: figuresAsCells(report).map(csvLine).join(''),
    headers: { 'content-disposition': fileName(view, 'csv') },
  }
}

export const json = async (visit: AgentVisit): Promise<Answer> => {
  const { view, report } = await reported(visit)
  return {
    kind: 'data',
    status: 200,
    type: 'application/json',
    body: `${JSON.stringify(figuresAsData(view, report))}\n`,
    headers: {
      'content-disposition': fileName(view, 'json'),
      'content-security-policy': "default-src 'none'; sandbox",
    },
  }
}
