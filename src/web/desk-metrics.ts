// Figures of the whole desk, as every process tells them alike: what waits to be sent, how GitLab and the mail servers
// are, what was promised, and the KPIs. Each text has a registry of its own: what is not there any more must not stay.

import { Counter, Gauge, Registry } from 'prom-client'
import { livingWorkers, spokesman } from '../application/living-workers.ts'
import type { Pulse } from '../application/monitoring-ports.ts'
import type { Connection, Reader } from '../application/ports.ts'
import type { SeenWorker } from '../application/presence-ports.ts'
import type { Desk } from '../domain/desk.ts'
import { linesOf } from '../domain/kpi/lines.ts'
import type { Report } from '../domain/kpi/report.ts'
import type { TargetKind } from '../domain/target.ts'
import type { MetricsSources } from './metrics.ts'

const ofDesk = 'Of the whole desk: every process says the same.'

/** Makes gauges of one registry. */
const gaugesIn =
  (registry: Registry) =>
  <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> =>
    new Gauge({ name, help, labelNames, registers: [registry] })

// --- What waits, and how the world around is ----------------------------------------------------

const queueText = (registry: Registry, pulse: Pulse, now: number): void => {
  const gauge = gaugesIn(registry)
  const operations = gauge(
    'belay_queue_operations',
    `What must still be told to GitLab or sent by mail: waiting, unknown (looked up before it is sent again), or stuck (a lead decides). ${ofDesk}`,
    ['lane', 'state'],
  )
  const oldest = gauge(
    'belay_queue_oldest_seconds',
    `For how long the oldest waits that could be sent; 0 where none does. ${ofDesk}`,
    ['lane'],
  )
  for (const { lane, waiting, unknown, stuck, oldestAt } of pulse.lanes) {
    operations.set({ lane, state: 'waiting' }, waiting)
    operations.set({ lane, state: 'unknown' }, unknown)
    operations.set({ lane, state: 'stuck' }, stuck)
    oldest.set({ lane }, oldestAt === null ? 0 : Math.max(0, now - oldestAt) / 1_000)
  }
}

type Backlog = Awaited<ReturnType<Reader['backlog']>>

const backlogText = (registry: Registry, { held, unread, unsearched }: Backlog): void => {
  const gauge = gaugesIn(registry)
  gauge('belay_submissions_held', `Submissions that wait for a lead's word. ${ofDesk}`).set(held)
  gauge(
    'belay_tickets_unread',
    `Tickets whose replies are not read from GitLab yet, or are to be read again. ${ofDesk}`,
  ).set(unread)
  gauge('belay_tickets_unsearched', `Tickets that no search finds yet. ${ofDesk}`).set(unsearched)
}

const gitlabText = (registry: Registry, { state, lastAnswerAt }: Connection, now: number): void => {
  const gauge = gaugesIn(registry)
  gauge('belay_gitlab_up', `1 while GitLab answers, as the worker on duty sees it, else 0. ${ofDesk}`).set(
    state === 'up' ? 1 : 0,
  )
  gauge('belay_gitlab_token_refused', `1 while GitLab does not accept our token, else 0. ${ofDesk}`).set(
    state === 'unauthorised' ? 1 : 0,
  )
  if (lastAnswerAt !== null)
    gauge(
      'belay_gitlab_last_answer_seconds',
      `How long ago GitLab answered the worker on duty last. ${ofDesk}`,
    ).set(Math.max(0, now - lastAnswerAt) / 1_000)
}

const mailUpText = (registry: Registry, { mail }: SeenWorker): void => {
  if (mail === null) return
  const up = gaugesIn(registry)(
    'belay_mail_up',
    `1 while the mail server answers and accepts us, else 0; absent where there is none. ${ofDesk}`,
    ['direction'],
  )
  up.set({ direction: 'sending' }, mail.sending === 'up' ? 1 : 0)
  if (mail.fetching !== 'off') up.set({ direction: 'fetching' }, mail.fetching === 'up' ? 1 : 0)
}

const workersText = (
  registry: Registry,
  workers: readonly SeenWorker[],
  own: Connection,
  now: number,
): void => {
  const gauge = gaugesIn(registry)
  const alive = livingWorkers(workers)
  gauge('belay_workers', `Workers that said within the last minute that they live. ${ofDesk}`).set(
    alive.length,
  )
  gauge(
    'belay_workers_on_duty',
    `Those of them that read GitLab and the mailbox, and look after promises: one. ${ofDesk}`,
  ).set(alive.filter(({ onDuty }) => onDuty).length)
  const [latest] = workers
  if (latest)
    gauge(
      'belay_worker_seen_seconds',
      `How long ago a worker said last that it lives; absent after an hour. ${ofDesk}`,
    ).set(Math.max(0, latest.age) / 1_000)
  const told = spokesman(alive)
  // Without any worker nobody knows how GitLab is; a desk in which none ever reported speaks for itself.
  if (told) gitlabText(registry, told.gitlab, now)
  else if (workers.length === 0) gitlabText(registry, own, now)
  if (told) mailUpText(registry, told)
}

const mailsText = (registry: Registry, counts: Awaited<ReturnType<Reader['mailCounts']>>): void => {
  const mails = gaugesIn(registry)(
    'belay_mails',
    `Mails that came in, by what became of them; received: not read yet. ${ofDesk}`,
    ['state'],
  )
  for (const [state, number] of Object.entries(counts)) mails.set({ state }, number)
  new Counter({
    name: 'belay_mails_received_total',
    help: `Mails that came in. ${ofDesk}`,
    registers: [registry],
  }).inc(Object.values(counts).reduce((sum, number) => sum + number, 0))
}

const kindsOf = ({ targets }: Desk): readonly TargetKind[] => [
  ...new Set(targets.flatMap(({ within }) => Object.keys(within) as TargetKind[])),
]

const newsText = (registry: Registry, told: Pulse['told'], desk: Desk): void => {
  const news = new Counter({
    name: 'belay_target_news_total',
    help: `How often it was told that a promise runs out (approaching) or was broken (missed). Begins anew after a rebuild. ${ofDesk}`,
    labelNames: ['kind', 'news'] as const,
    registers: [registry],
  })
  for (const kind of kindsOf(desk))
    for (const one of ['approaching', 'missed']) news.inc({ kind, news: one }, 0)
  for (const { kind, news: one, times } of told) news.inc({ kind, news: one }, times)
}

/** What costs a query. Throws where the database does not answer. */
export const pulseText = async ({ store, clock, desk, connection }: MetricsSources): Promise<string> => {
  const { pulse, backlog, mails } = await store.read(async (reader) => ({
    pulse: await reader.pulse(),
    backlog: await reader.backlog(),
    mails: await reader.mailCounts(),
  }))
  const workers = await store.presence.workers()
  const now = clock.now()
  const registry = new Registry()
  queueText(registry, pulse, now)
  backlogText(registry, backlog)
  workersText(registry, workers, connection(), now)
  mailsText(registry, mails)
  if (desk.targets.length > 0) newsText(registry, pulse.told, desk)
  const gauge = gaugesIn(registry)
  gauge('belay_database_bytes', `Size of the database. ${ofDesk}`).set(pulse.bytes)
  gauge('belay_database_schema_version', `Which schema the data have. ${ofDesk}`).set(pulse.schema)
  return registry.metrics()
}

// --- Promises and figures -----------------------------------------------------------------------

const standings = ['running', 'soon', 'late', 'paused'] as const

const targetsText = (registry: Registry, { runningByKind }: Report, desk: Desk): void => {
  const targets = gaugesIn(registry)(
    'belay_targets',
    `Promises that run now, by kind: running, soon (its warning time has come), late, paused. At most a minute old. ${ofDesk}`,
    ['kind', 'standing'],
  )
  for (const kind of kindsOf(desk)) for (const standing of standings) targets.set({ kind, standing }, 0)
  for (const [kind, { due, soon, late, paused }] of runningByKind) {
    targets.set({ kind, standing: 'running' }, due - soon)
    targets.set({ kind, standing: 'soon' }, soon)
    targets.set({ kind, standing: 'late' }, late)
    targets.set({ kind, standing: 'paused' }, paused)
  }
}

export const figuresText = (report: Report, desk: Desk): Promise<string> => {
  const registry = new Registry()
  const gauge = gaugesIn(registry)
  if (desk.targets.length > 0) targetsText(registry, report, desk)
  const durations = gauge(
    'belay_kpi_milliseconds',
    `Durations of the last 30 days: median (p50), ninth decile (p90) and mean, in calendar and business time. ${ofDesk}`,
    ['figure', 'clock', 'stat'],
  )
  const rates = gauge('belay_kpi_ratio', `Rates of the last 30 days, from 0 to 1. ${ofDesk}`, ['figure'])
  const tickets = gauge(
    'belay_kpi_tickets',
    `Numbers of tickets: those of the last 30 days, and the backlog and the promises as they are now. ${ofDesk}`,
    ['figure'],
  )
  const values = gauge(
    'belay_kpi_values',
    `How many values a duration is made of, and of a rate the whole. ${ofDesk}`,
    ['figure', 'clock'],
  )
  for (const line of linesOf(report)) {
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
