// Figures for those who run the desk: how the process does, and how long answers take by route.
// Routes are named as the table names them, so that no ticket's link stands in a figure.

import { timingSafeEqual } from 'node:crypto'
import type { Request } from 'express'
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'

export type Metrics = {
  readonly registry: Registry
  /** `seconds` that an answer took. `route` as in the table. */
  observe(method: string, route: string, status: number, seconds: number): void
}

export const createMetrics = (): Metrics => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const durations = new Histogram({
    name: 'belay_http_request_seconds',
    help: 'How long answers took, by route.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10],
    registers: [registry],
  })
  // Finding the series by its labels costs more than observing: each is looked up once.
  const series = new Map<string, Histogram.Internal<'method' | 'route' | 'status'>>()
  return {
    registry,
    observe: (method, route, status, seconds) => {
      const key = `${method} ${status} ${route}`
      let one = series.get(key)
      if (!one) {
        one = durations.labels({ method, route, status: String(status) })
        series.set(key, one)
      }
      one.observe(seconds)
    },
  }
}

const loopback = /^(127\.|::1$|::ffff:127\.)/u
const forwarded = ['x-forwarded-for', 'x-real-ip', 'forwarded', 'via']

/** With a token only whoever sends it as a bearer; without one only this machine, and no proxy on it. */
export const mayReadMetrics = (request: Request, token: string | null): boolean => {
  if (token === null)
    return (
      loopback.test(request.socket.remoteAddress ?? '') &&
      forwarded.every((name) => !(name in request.headers))
    )
  const given = Buffer.from(request.headers.authorization ?? '')
  const wanted = Buffer.from(`Bearer ${token}`)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}
