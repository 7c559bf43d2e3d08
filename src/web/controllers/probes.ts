// For machines: does the process live, can it work, and how does it do.

import { mayReadMetrics } from '../metrics.ts'
import type { Answer, Visit } from '../visit.ts'
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

export const metrics = async ({ door, request }: Visit): Promise<Answer> => {
  if (!mayReadMetrics(request, door.metricsToken)) return missing
  const { registry } = door.metrics
  return { kind: 'data', status: 200, type: registry.contentType, body: await registry.metrics() }
}
