// Figures for those who run the desk: how the process does, how long answers take by route, and how the desk does.
// Routes are named as the table names them, so that no ticket's link stands in a figure.

import { timingSafeEqual } from 'node:crypto'
import type { Request } from 'express'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { KpiLine } from '../domain/kpi/lines.ts'

export type Metrics = {
  readonly registry: Registry
  /** `seconds` that an answer took. `route` as in the table. */
  observe(method: string, route: string, status: number, seconds: number): void
  /**
   * The desk's figures as text. They are made at most once a minute; where that fails they are left out, and
   * `failed` is told why.
   */
  kpis(
    now: number,
    make: () => Promise<readonly KpiLine[]>,
    failed: (error: unknown) => void,
  ): Promise<string>
}

const remembered = 60_000

/** A registry of their own: what is not there any more must not stay. */
const kpiText = (lines: readonly KpiLine[]): Promise<string> => {
  const registry = new Registry()
  const registers = [registry]
  const durations = new Gauge({
    name: 'belay_kpi_milliseconds',
    help: 'Durations of the last 30 days: median (p50), ninth decile (p90) and mean, in calendar and business time.',
    labelNames: ['figure', 'clock', 'stat'] as const,
    registers,
  })
  const rates = new Gauge({
    name: 'belay_kpi_ratio',
    help: 'Rates of the last 30 days, from 0 to 1.',
    labelNames: ['figure'] as const,
    registers,
  })
  const tickets = new Gauge({
    name: 'belay_kpi_tickets',
    help: 'Numbers of tickets: those of the last 30 days, and the backlog and the promises as they are now.',
    labelNames: ['figure'] as const,
    registers,
  })
  const values = new Gauge({
    name: 'belay_kpi_values',
    help: 'How many values a duration is made of, and of a rate the whole.',
    labelNames: ['figure', 'clock'] as const,
    registers,
  })
  for (const line of lines) {
    const { figure, unit, value, n } = line
    if (line.by !== null) continue
    if (unit === 'tickets') {
      if (value !== null) tickets.set({ figure }, value)
      continue
    }
    const clock = line.clock ?? ''
    values.set({ figure, clock }, n)
    if (unit === 'ratio') {
      if (value !== null) rates.set({ figure }, value)
      continue
    }
    for (const stat of ['p50', 'p90', 'mean'] as const) {
      const milliseconds = line[stat]
      if (milliseconds !== null) durations.set({ figure, clock, stat }, milliseconds)
    }
  }
  return registry.metrics()
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
  let latest: { readonly at: number; readonly text: Promise<string> } | null = null
  return {
    registry,
    kpis: (now, make, failed) => {
      if (latest === null || now - latest.at >= remembered || now < latest.at)
        latest = {
          at: now,
          text: make()
            .then(kpiText)
            .catch((error: unknown) => {
              failed(error)
              return ''
            }),
        }
      return latest.text
    },
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
