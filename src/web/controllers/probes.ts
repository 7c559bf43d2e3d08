// For machines: does the process live, can it work, and how does it do.

import { defaultPeriod, reportQueryOf, viewOf } from '../../application/ask-for-figures.ts'
import type { Report } from '../../domain/kpi/report.ts'
import { mayReadMetrics } from '../metrics.ts'
import { readinessAnswer } from '../readiness.ts'
import type { Answer, Door, Visit } from '../visit.ts'
import { missing } from '../visit.ts'

const plain = (status: number, body: string): Answer => ({ kind: 'data', status, type: 'text/plain', body })

export const alive = (): Answer => plain(200, 'ok\n')

export const ready = async ({ door }: Visit): Promise<Answer> => ({
  kind: 'data',
  ...readinessAnswer(await door.readiness()),
})

/** Of the usual period, neither divided nor compared. */
const usualReport = async ({ kpis, parts: { desk, clock } }: Door): Promise<Report> => {
  const now = clock.now()
  const { view } = viewOf({ period: defaultPeriod }, { desk, now })
  return kpis.report({ ...reportQueryOf(view, now, []), before: null })
}

export const metrics = async ({ door, request }: Visit): Promise<Answer> => {
  if (!mayReadMetrics(request, door.metricsToken)) return missing
  const { store, clock, desk, gateway } = door.parts
  const body = await door.metrics.text({
    store,
    clock,
    desk,
    gateway,
    connection: door.connection,
    ready: async () => (await door.readiness()).status !== 'unready',
    report: () => usualReport(door),
    streams: door.streams.open,
    failed: (error, message) => door.log.error({ err: error }, message),
  })
  return { kind: 'data', status: 200, type: door.metrics.contentType, body }
}
