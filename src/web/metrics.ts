// Figures for those who run the desk: how this process does (requests, calls to GitLab, mails, memory), and how the desk
// does, see desk-metrics.ts. Routes are named as the tables name them, so that no ticket's link stands in a figure.
// Not a word of what people wrote, and no address, is among them.

import { timingSafeEqual } from 'node:crypto'
import { statfs } from 'node:fs/promises'
import { totalmem } from 'node:os'
import type { Request } from 'express'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Clock, Connection, Gateway, Store } from '../application/ports.ts'
import type { Desk } from '../domain/desk.ts'
import type { Report } from '../domain/kpi/report.ts'
import { figuresText, pulseText } from './desk-metrics.ts'
import { within } from './within.ts'

/** A call to GitLab as its client reports it. */
export type GitlabCall = {
  readonly method: string
  /** As in GitLab's documentation: `/projects/:project/issues/:iid`. */
  readonly route: string
  /** null = no answer. */
  readonly status: number | null
  readonly ms: number
  /** How many calls GitLab allows at all, where it says so. */
  readonly limit: number | null
}

/** `later`: it is tried again. `refused`: never; a lead decides. */
export type MailOutcome = 'sent' | 'later' | 'refused'

/** What is read when somebody asks. */
export type MetricsSources = {
  readonly store: Pick<Store, 'read' | 'presence'>
  readonly clock: Pick<Clock, 'now'>
  readonly desk: Desk
  readonly gateway: Pick<Gateway, 'remaining'>
  /** How GitLab is, as this process knows it; where workers have reported, theirs counts. */
  readonly connection: () => Connection
  /** What `/readyz` says. */
  readonly ready: () => Promise<boolean>
  /** Of the last 30 days, neither divided nor compared; null where this process makes none. */
  readonly report: (() => Promise<Report>) | null
  /** Event streams that are open. */
  readonly streams: () => number
  /** Told once for as long as it goes on. */
  readonly failed: (error: unknown, message: string) => void
}

export type Metrics = {
  /** What the text is, for its header. */
  readonly contentType: string
  /** A request has come; call what is answered once when it is over. */
  began(): () => void
  /** `seconds` that an answer took. `route` as in the table. */
  observe(method: string, route: string, status: number, seconds: number): void
  called(call: GitlabCall): void
  mailed(outcome: MailOutcome): void
  /** `seconds` that a writing transaction took, its waiting for its turn included. */
  wrote(seconds: number): void
  /** All of it, as Prometheus reads it. Never fails: what cannot be read is left out. */
  text(sources: MetricsSources): Promise<string>
}

/** However often somebody asks: what costs a query is read at most so often, and the figures (milliseconds). */
const lasting = { pulse: 5_000, figures: 60_000 }

/** So long is waited for a database that does not answer (milliseconds): Prometheus itself waits ten seconds. */
const patience = 3_000

// --- GitLab's calls -----------------------------------------------------------------------------

export const callKinds = [
  'listing',
  'issue',
  'notes',
  'history',
  'branch',
  'upload',
  'members',
  'labels',
  'account',
  'other',
] as const

export const callOutcomes = [
  'ok',
  'missing',
  'refused',
  'unauthorised',
  'limited',
  'failed',
  'no_answer',
] as const

const kindsByRoute: readonly (readonly [RegExp, (typeof callKinds)[number]])[] = [
  [/\/notes(\/|$)/u, 'notes'],
  [/\/(resource_[a-z]+_events|related_merge_requests)$/u, 'history'],
  [/\/issues\/:iid(\/|$)/u, 'issue'],
  [/\/issues$/u, 'listing'],
  [/\/(repository\/branches|protected_branches)(\/|$)/u, 'branch'],
  [/\/uploads(\/|$)/u, 'upload'],
  [/\/members\//u, 'members'],
  [/\/labels$/u, 'labels'],
  [/^\/(user|version|personal_access_tokens\/self|projects\/:project)$/u, 'account'],
]

const kindOf = ({ method, route }: Pick<GitlabCall, 'method' | 'route'>): (typeof callKinds)[number] => {
  const found = kindsByRoute.find(([pattern]) => pattern.test(route))?.[1] ?? 'other'
  return found === 'listing' && method !== 'GET' ? 'issue' : found
}

const outcomeOf = (status: number | null): (typeof callOutcomes)[number] => {
  if (status === null) return 'no_answer'
  if (status < 400) return 'ok'
  if (status === 401) return 'unauthorised'
  if (status === 404) return 'missing'
  if (status === 429) return 'limited'
  return status === 408 || status >= 500 ? 'failed' : 'refused'
}

// --- Reading ------------------------------------------------------------------------------------

/** The text made last, for as long as it is fresh; made at most once at the same time. */
const remembered = (milliseconds: number) => {
  let latest: { readonly at: number; readonly text: Promise<string> } | null = null
  return (now: number, make: () => Promise<string>): Promise<string> => {
    if (latest === null || now - latest.at >= milliseconds || now < latest.at)
      latest = { at: now, text: make() }
    return latest.text
  }
}

/** Says it once, and again only after it went well meanwhile. */
const once = () => {
  let said = false
  return {
    well: () => {
      said = false
    },
    badly: (say: () => void) => {
      if (!said) say()
      said = true
    },
  }
}

// --- All of it ----------------------------------------------------------------------------------

/** What the system allows this process; null where that is all the machine has. */
const memoryLimit = (): number | null => {
  const limit = process.constrainedMemory()
  return limit > 0 && limit < totalmem() ? limit : null
}

export const createMetrics = (
  options: {
    /** Of Belay. */
    readonly version?: string
    /** Whose disk must not become full. */
    readonly dataFolder?: string
  } = {},
): Metrics => {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  new Gauge({
    name: 'belay_build_info',
    help: 'Always 1: which Belay this process is, and on which Node it runs.',
    labelNames: ['version', 'node'] as const,
    registers,
  }).set({ version: options.version ?? 'unknown', node: process.version }, 1)
  const requests = new Histogram({
    name: 'belay_http_request_seconds',
    help: 'How long answers took, by route. Of this process. Event streams are not among them.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  const inFlight = new Gauge({
    name: 'belay_http_requests_in_flight',
    help: 'Requests that wait for their answer now. Of this process.',
    registers,
  })
  const streams = new Gauge({
    name: 'belay_event_streams',
    help: 'Dashboards that are open and are told of changes. Of this process.',
    registers,
  })
  const calls = new Counter({
    name: 'belay_gitlab_calls_total',
    help: 'Calls to GitLab, by what they were about and what came of them. Of this process. Signing in is not among them.',
    labelNames: ['method', 'kind', 'outcome'] as const,
    registers,
  })
  const callSeconds = new Histogram({
    name: 'belay_gitlab_call_seconds',
    help: 'How long GitLab took to answer, or until nobody waited any more. Of this process.',
    labelNames: ['method', 'kind'] as const,
    buckets: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
    registers,
  })
  const mails = new Counter({
    name: 'belay_mails_sent_total',
    help: 'Mails that the mail server took (sent), put off (later: tried again), or would not have (refused). Of this process.',
    labelNames: ['outcome'] as const,
    registers,
  })
  for (const outcome of ['sent', 'later', 'refused'] satisfies MailOutcome[]) mails.inc({ outcome }, 0)
  const writes = new Histogram({
    name: 'belay_database_write_seconds',
    help: 'How long transactions that write took, their waiting for their turn included. Of this process.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  })
  const limit = memoryLimit()
  if (limit !== null)
    new Gauge({
      name: 'belay_memory_limit_bytes',
      help: 'Memory that the system allows this process; absent where that is all the machine has.',
      registers,
    }).set(limit)

  let open = 0
  /** GitLab names it with answers that tell what is left, and only there. */
  let allowed: number | null = null
  // Finding the series by its labels costs more than observing: each is looked up once.
  const series = new Map<string, Histogram.Internal<'method' | 'route' | 'status'>>()
  const pulse = remembered(lasting.pulse)
  const figures = remembered(lasting.figures)
  const trouble = { database: once(), figures: once() }
  /** A database that does not answer is asked once, not every five seconds once more. */
  let asked: Promise<string> | null = null

  const rateLimitText = async (gateway: Pick<Gateway, 'remaining'>, now: number): Promise<string> => {
    const left = gateway.remaining()
    // Afterwards GitLab counts from the start again: what it said is no longer true.
    if (left === null || left.resetAt <= now) return ''
    const own = new Registry()
    new Gauge({
      name: 'belay_gitlab_rate_limit_remaining',
      help: 'Calls that GitLab still takes from our account, as this process was told last; absent where GitLab says nothing of it.',
      registers: [own],
    }).set(left.calls)
    if (allowed !== null)
      new Gauge({
        name: 'belay_gitlab_rate_limit',
        help: 'Calls that GitLab takes from our account in one period, as this process was told last.',
        registers: [own],
      }).set(allowed)
    return own.metrics()
  }

  const diskText = async (): Promise<string> => {
    if (options.dataFolder === undefined) return ''
    const disk = await statfs(options.dataFolder).catch(() => null)
    if (disk === null) return ''
    const own = new Registry()
    new Gauge({
      name: 'belay_data_folder_free_bytes',
      help: 'Room that is left on the disk of the data folder. Of this process.',
      registers: [own],
    }).set(disk.bavail * disk.bsize)
    new Gauge({
      name: 'belay_data_folder_size_bytes',
      help: 'Size of the disk of the data folder. Of this process.',
      registers: [own],
    }).set(disk.blocks * disk.bsize)
    return own.metrics()
  }

  const askDatabase = (sources: MetricsSources): Promise<string> => {
    asked ??= pulseText(sources).finally(() => {
      asked = null
    })
    return asked
  }

  const readPulse = async (sources: MetricsSources): Promise<string> => {
    const [ready, disk, desk] = await Promise.all([
      within(sources.ready(), patience).catch(() => false),
      diskText(),
      within(askDatabase(sources), patience).then(
        (text) => {
          trouble.database.well()
          return text
        },
        (error: unknown) => {
          trouble.database.badly(() =>
            sources.failed(error, 'the database does not answer: most metrics are left out'),
          )
          return null
        },
      ),
    ])
    const own = new Registry()
    new Gauge({
      name: 'belay_ready',
      help: '1 while this process can serve requests, 0 where /readyz says why not.',
      registers: [own],
    }).set(ready ? 1 : 0)
    new Gauge({
      name: 'belay_database_up',
      help: '1 while the database answers this process, else 0.',
      registers: [own],
    }).set(desk === null ? 0 : 1)
    return `${await own.metrics()}${desk ?? ''}${disk}`
  }

  const readFigures = async ({ report, desk, failed }: MetricsSources): Promise<string> => {
    if (report === null) return ''
    try {
      const text = await figuresText(await report(), desk)
      trouble.figures.well()
      return text
    } catch (error) {
      trouble.figures.badly(() => failed(error, 'the figures are left out of the metrics'))
      return ''
    }
  }

  return {
    contentType: registry.contentType,
    began: () => {
      open += 1
      let over = false
      return () => {
        if (!over) open -= 1
        over = true
      }
    },
    observe: (method, route, status, seconds) => {
      const key = `${method} ${status} ${route}`
      let one = series.get(key)
      if (!one) {
        one = requests.labels({ method, route, status: String(status) })
        series.set(key, one)
      }
      one.observe(seconds)
    },
    called: (call) => {
      const { method } = call
      const kind = kindOf(call)
      calls.inc({ method, kind, outcome: outcomeOf(call.status) })
      callSeconds.observe({ method, kind }, call.ms / 1_000)
      allowed = call.limit ?? allowed
    },
    mailed: (outcome) => mails.inc({ outcome }),
    wrote: (seconds) => writes.observe(seconds),
    text: async (sources) => {
      const now = sources.clock.now()
      const streaming = sources.streams()
      streams.set(streaming)
      inFlight.set(Math.max(0, open - streaming))
      const parts = await Promise.all([
        registry.metrics(),
        rateLimitText(sources.gateway, now),
        pulse(now, () => readPulse(sources)),
        // What takes longer is there for whoever asks next.
        within(
          figures(now, () => readFigures(sources)),
          2 * patience,
        ).catch(() => ''),
      ])
      return parts.map((part) => (part === '' || part.endsWith('\n') ? part : `${part}\n`)).join('')
    },
  }
}

// --- Who may read it ----------------------------------------------------------------------------

const loopback = /^(127\.|::1$|::ffff:127\.)/u
const forwarded = ['x-forwarded-for', 'x-real-ip', 'forwarded', 'via']

/** With a token only whoever sends it as a bearer; without one only this machine, and no proxy on it. */
export const mayReadMetrics = (
  request: Pick<Request, 'headers'> & { readonly socket: Pick<Request['socket'], 'remoteAddress'> },
  token: string | null,
): boolean => {
  if (token === null)
    return (
      loopback.test(request.socket.remoteAddress ?? '') &&
      forwarded.every((name) => !(name in request.headers))
    )
  const given = Buffer.from(request.headers.authorization ?? '')
  const wanted = Buffer.from(`Bearer ${token}`)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}
