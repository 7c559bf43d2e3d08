// For machines: does the process live, can it work, and how does it do.

import { defaultPeriod, reportQueryOf, viewOf } from '../../application/ask-for-figures.ts'
import type { KpiLine } from '../../domain/kpi/lines.ts'
import { linesOf } from '../../domain/kpi/lines.ts'
import { mayReadMetrics } from '../metrics.ts'
import type { Answer, Door, Visit } from '../visit.ts'
import { missing } from '../visit.ts'

const plain = (status: number, body: string): Answer => ({ kind: 'data', status, type: 'text/plain', body })

export const alive = (): Answer => plain(200, 'ok\n')

export const ready = async ({ door }: Visit): Promise<Answer> => {
  try {
    await door.parts.store.read((reader) => reader.setting('ready'))
    return plain(200, 'ready\n')
  } catch (error) {
    door.log.error({ err: error }, 'the store does not answer')
    return plain(503, 'the store does not answer\n')
  }
}

/** Of the usual period, neither divided nor compared. */
const kpiLines = async ({ kpis, parts: { desk } }: Door, now: number): Promise<KpiLine[]> => {
  const { view } = viewOf({ period: defaultPeriod }, { desk, now })
  return linesOf(await kpis.report({ ...reportQueryOf(view, now, []), before: null }))
}

export const metrics = async ({ door, request }: Visit): Promise<Answer> => {
  if (!mayReadMetrics(request, door.metricsToken)) return missing
  const { registry } = door.metrics
  const now = door.parts.clock.now()
  const kpis = await door.metrics.kpis(
    now,
    () => kpiLines(door, now),
    (error) => door.log.error({ err: error }, 'the figures are left out of the metrics'),
  )
  return { kind: 'data', status: 200, type: registry.contentType, body: `${await registry.metrics()}${kpis}` }
}
