// The probes of a process that shows no pages (`belay work`): the same answers as `/healthz`, `/readyz` and `/metrics` of
// one that does, and nothing else.

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Metrics, MetricsSources } from './metrics.ts'
import { mayReadMetrics } from './metrics.ts'
import type { Readiness } from './readiness.ts'
import { readinessAnswer } from './readiness.ts'

type Answer = { readonly status: number; readonly type: string; readonly body: string }

const plain = (status: number, body: string): Answer => ({ status, type: 'text/plain; charset=utf-8', body })

export const probes = (parts: {
  readonly readiness: () => Promise<Readiness>
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>
  readonly sources: Omit<MetricsSources, 'ready' | 'report' | 'streams'>
  readonly metricsToken: string | null
}): RequestListener => {
  const { readiness, metrics, sources, metricsToken } = parts

  const answerTo = async (request: IncomingMessage): Promise<Answer> => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return plain(405, 'only GET is answered here\n')
    const [path] = (request.url ?? '').split('?', 1)
    if (path === '/healthz') return plain(200, 'ok\n')
    if (path === '/readyz') return readinessAnswer(await readiness())
    if (path !== '/metrics' || !mayReadMetrics(request, metricsToken))
      return plain(404, 'there is nothing here\n')
    const body = await metrics.text({
      ...sources,
      ready: async () => (await readiness()).status !== 'unready',
      // The figures of the desk are told by those who show pages.
      report: null,
      streams: () => 0,
    })
    return { status: 200, type: metrics.contentType, body }
  }

  const write = (response: ServerResponse, { status, type, body }: Answer) => {
    response.writeHead(status, {
      'content-type': type,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    response.end(body)
  }

  return (request, response) => {
    answerTo(request).then(
      (answer) => write(response, answer),
      (error: unknown) => {
        sources.failed(error, 'a probe could not be answered')
        write(response, plain(500, 'this could not be answered; the log says why\n'))
      },
    )
  }
}
