// What /metrics is made of, without a web server: as `belay work` tells it, and where the database is away.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSqliteStore } from '../../src/adapters/store/store.ts'
import type { Connection, Store } from '../../src/application/ports.ts'
import type { SeenWorker, WorkerReport } from '../../src/application/presence-ports.ts'
import type { GitlabCall, MetricsSources } from '../../src/web/metrics.ts'
import { createMetrics } from '../../src/web/metrics.ts'
import { aDesk, minute, nine, second } from '../support/tickets.ts'

const up: Connection = { state: 'up', lastAnswerAt: nine - 7 * second, reading: null }

const aWorker = (changes: Partial<SeenWorker> = {}): SeenWorker => ({
  id: 'one',
  release: '1.0.0',
  onDuty: true,
  gitlab: up,
  mail: null,
  age: 3 * second,
  ...changes,
})

/** A worker's sources: a store in memory, a clock to turn, and whoever has reported. */
const sourcesOf = async (workers: readonly SeenWorker[] = [aWorker()]) => {
  const store: Store = await openSqliteStore({ file: ':memory:', desk: aDesk() })
  const world = { now: nine, reads: 0, failures: [] as string[], ready: true }
  const sources: MetricsSources = {
    store: {
      read: (work) => {
        world.reads += 1
        return store.read(work)
      },
      presence: { ...store.presence, workers: async () => workers },
    },
    clock: { now: () => world.now },
    desk: aDesk(),
    gateway: { remaining: () => null },
    connection: () => up,
    ready: async () => world.ready,
    report: null,
    streams: () => 0,
    failed: (_, message) => world.failures.push(message),
  }
  return { store, sources, world, [Symbol.asyncDispose]: () => store.close() }
}

/** Value of one series, by name and labels as they are written; undefined where it is not told. */
const seriesValue = (text: string, series: string): number | undefined => {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}

test('a worker without pages tells all but the figures', async () => {
  await using desk = await sourcesOf()
  const text = await createMetrics({ version: '1.2.3' }).text(desk.sources)
  assert.match(text, /^belay_build_info\{version="1\.2\.3",node="v[0-9.]+"\} 1$/m)
  assert.equal(seriesValue(text, 'belay_database_up'), 1)
  assert.equal(seriesValue(text, 'belay_ready'), 1)
  assert.equal(seriesValue(text, 'belay_workers'), 1)
  assert.equal(seriesValue(text, 'belay_gitlab_last_answer_seconds'), 7)
  assert.doesNotMatch(text, /belay_kpi|belay_mail_up|belay_gitlab_rate_limit/)
})

test('what costs a query is read once in five seconds, however often somebody asks', async () => {
  await using desk = await sourcesOf()
  const metrics = createMetrics()
  await Promise.all([metrics.text(desk.sources), metrics.text(desk.sources)])
  desk.world.now += 5 * second - 1
  await metrics.text(desk.sources)
  assert.equal(desk.world.reads, 1)
  desk.world.now += 1
  await metrics.text(desk.sources)
  assert.equal(desk.world.reads, 2)
})

test('without its database the process still tells of itself, and says it in the log once', async () => {
  const desk = await sourcesOf()
  const metrics = createMetrics()
  metrics.observe('GET', '/issues', 500, 0.1)
  await desk.store.close()
  for (let round = 0; round < 3; round++) {
    const text = await metrics.text(desk.sources)
    assert.equal(seriesValue(text, 'belay_database_up'), 0)
    assert.match(text, /^belay_http_request_seconds_count\{method="GET",route="\/issues",status="500"\} 1$/m)
    assert.match(text, /^process_resident_memory_bytes /m)
    assert.doesNotMatch(text, /belay_queue/)
    desk.world.now += 5 * second
  }
  assert.deepEqual(desk.world.failures, ['the database does not answer: most metrics are left out'])
})

test('a process that is not ready says so', async () => {
  await using desk = await sourcesOf()
  desk.world.ready = false
  assert.equal(seriesValue(await createMetrics().text(desk.sources), 'belay_ready'), 0)
})

test('of several workers the one on duty says how GitLab and the mail servers are', async () => {
  const mail: WorkerReport['mail'] = { sending: 'up', fetching: 'unauthorised' }
  await using desk = await sourcesOf([
    aWorker({ id: 'two', onDuty: false, age: second }),
    aWorker({ gitlab: { ...up, state: 'unauthorised' }, mail, age: 8 * second }),
    aWorker({ id: 'gone', age: 2 * minute }),
  ])
  const text = await createMetrics().text(desk.sources)
  assert.deepEqual(
    [
      'belay_workers',
      'belay_workers_on_duty',
      'belay_worker_seen_seconds',
      'belay_gitlab_up',
      'belay_gitlab_token_refused',
      'belay_mail_up{direction="sending"}',
      'belay_mail_up{direction="fetching"}',
    ].map((series) => seriesValue(text, series)),
    [2, 1, 1, 0, 1, 1, 0],
  )
})

test('where no worker is heard any more nobody claims to know how GitLab is', async () => {
  await using desk = await sourcesOf([aWorker({ age: 5 * minute })])
  const text = await createMetrics().text(desk.sources)
  assert.equal(seriesValue(text, 'belay_workers'), 0)
  assert.equal(seriesValue(text, 'belay_worker_seen_seconds'), 300)
  assert.equal(seriesValue(text, 'belay_gitlab_up'), undefined)
})

test('calls to GitLab are counted by what they are about, never by which ticket', async () => {
  await using desk = await sourcesOf()
  const metrics = createMetrics()
  const issues = '/projects/:project/issues'
  const calls: [string, string, number | null][] = [
    ['GET', issues, 200],
    ['POST', issues, 201],
    ['GET', `${issues}/:iid`, 404],
    ['POST', `${issues}/:iid/notes`, 429],
    ['GET', `${issues}/:iid/resource_label_events`, 502],
    ['GET', '/projects/:project/repository/branches/:branch', 401],
    ['POST', '/projects/:project/uploads', null],
    ['GET', '/projects/:project/members/all/:user', 403],
    ['GET', '/user', 200],
    ['GET', '/something/new', 200],
  ]
  for (const [method, route, status] of calls) {
    const call: GitlabCall = { method, route, status, ms: 120, limit: null }
    metrics.called(call)
  }
  const told = (await metrics.text(desk.sources)).match(/^belay_gitlab_calls_total\{.*$/gm)
  const series = (method: string, kind: string, outcome: string) =>
    `belay_gitlab_calls_total{method="${method}",kind="${kind}",outcome="${outcome}"} 1`
  assert.deepEqual(told, [
    series('GET', 'listing', 'ok'),
    series('POST', 'issue', 'ok'),
    series('GET', 'issue', 'missing'),
    series('POST', 'notes', 'limited'),
    series('GET', 'history', 'failed'),
    series('GET', 'branch', 'unauthorised'),
    series('POST', 'upload', 'no_answer'),
    series('GET', 'members', 'refused'),
    series('GET', 'account', 'ok'),
    series('GET', 'other', 'ok'),
  ])
})

test('what GitLab said of its limit is told until it counts anew', async () => {
  await using desk = await sourcesOf()
  const metrics = createMetrics()
  metrics.called({ method: 'GET', route: '/user', status: 200, ms: 5, limit: 2_000 })
  const sources = { ...desk.sources, gateway: { remaining: () => ({ calls: 150, resetAt: nine + minute }) } }
  const text = await metrics.text(sources)
  assert.equal(seriesValue(text, 'belay_gitlab_rate_limit_remaining'), 150)
  assert.equal(seriesValue(text, 'belay_gitlab_rate_limit'), 2_000)
  desk.world.now += minute
  assert.doesNotMatch(await metrics.text(sources), /belay_gitlab_rate_limit/)
})

test('requests that wait for their answer are counted, and open dashboards apart from them', async () => {
  await using desk = await sourcesOf()
  const metrics = createMetrics()
  const ended = metrics.began()
  metrics.began()
  const sources = { ...desk.sources, streams: () => 1 }
  const text = await metrics.text(sources)
  assert.equal(seriesValue(text, 'belay_http_requests_in_flight'), 1)
  assert.equal(seriesValue(text, 'belay_event_streams'), 1)
  ended()
  ended()
  assert.equal(seriesValue(await metrics.text(sources), 'belay_http_requests_in_flight'), 0)
})
