// The thread in which reports are made and charts are drawn, put together: a reading connection of its own, the
// rows at hand, echarts. It is told what to do by kpi-thread-door.ts, and ended by it.

import { parentPort, workerData } from 'node:worker_threads'
import { drawChart } from './adapters/charts/draw.ts'
import { openPostgresFigures, openSqliteFigures } from './adapters/store/reading.ts'
import type { Kpis } from './application/kpi-ports.ts'
import { createKpis } from './application/report-kpis.ts'
import type { KpiThreadData, ThreadAnswer, ThreadQuestion } from './kpi-thread-messages.ts'

const port = parentPort
if (!port) throw new Error('kpi-thread.ts is started as a thread')

const { data, desk } = workerData as KpiThreadData

const open = async (): Promise<Kpis> => {
  const store = 'file' in data ? await openSqliteFigures(data.file) : await openPostgresFigures(data.url)
  return createKpis({ store, desk, draw: drawChart, clock: { sleep: () => new Promise(setImmediate) } })
}

let opening: Promise<Kpis> | null = null

const answer = async ({ ask, query }: ThreadQuestion): Promise<unknown> => {
  // Drawing needs no data.
  if (ask === 'draw') return drawChart(query)
  opening ??= open().catch((error: unknown) => {
    // The next question tries again.
    opening = null
    throw error
  })
  const kpis = await opening
  return ask === 'report' ? kpis.report(query) : kpis.behind(query)
}

port.on('message', (question: ThreadQuestion) => {
  const { id } = question
  answer(question).then(
    (value) => port.postMessage({ id, value } satisfies ThreadAnswer),
    (error: unknown) => port.postMessage({ id, failed: String(error) } satisfies ThreadAnswer),
  )
})
