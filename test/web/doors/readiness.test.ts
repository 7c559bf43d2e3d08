// What a probe reads: ready, degraded or unready, and why. Whoever sends people to this process believes it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Connection, Store } from '../../../src/application/ports.ts'
import type { WorkerReport } from '../../../src/application/presence-ports.ts'
import type { AppOptions } from '../../../src/web/app.ts'
import type { Readiness } from '../../../src/web/readiness.ts'
import { askReadiness } from '../../../src/web/readiness.ts'
import type { TestDoor } from '../../support/door.ts'
import { openDoor } from '../../support/door.ts'
import { nine } from '../../support/tickets.ts'

const up: Connection = { state: 'up', lastAnswerAt: nine, reading: null }
const aWorker: WorkerReport = { id: 'w-1', release: '1.2.3', onDuty: true, gitlab: up, mail: null }

const probe = async (door: TestDoor): Promise<Readiness & { readonly httpStatus: number }> => {
  const answer = await door.stranger().get('/readyz')
  assert.equal(answer.headers['content-type'], 'application/json')
  assert.equal(answer.headers['cache-control'], 'no-store')
  return { ...(JSON.parse(answer.text) as Readiness), httpStatus: answer.status }
}

const openWith = async (
  workers: readonly Partial<WorkerReport>[],
  options: Partial<AppOptions> = {},
): Promise<TestDoor> => {
  const door = await openDoor({ options })
  for (const worker of workers) await door.store.presence.report({ ...aWorker, ...worker })
  return door
}

test('a desk with a database, a worker and GitLab is ready', async () => {
  await using door = await openWith([{}])
  const { httpStatus, status, checks } = await probe(door)
  assert.deepEqual([httpStatus, status], [200, 'ready'])
  assert.deepEqual(checks.database, { ok: true })
  assert.equal(checks.migrations.ok, true)
  assert.ok((checks.migrations.known ?? 0) > 0)
  assert.equal(checks.migrations.found, checks.migrations.known)
  assert.ok((checks.worker.lastSeenMs ?? -1) >= 0)
  assert.equal(checks.worker.onDuty, 1)
  assert.deepEqual(checks.gitlab, { ok: true, state: 'up', lastAnswerAt: nine })
  assert.equal(checks.mail, undefined)
  assert.equal(checks.stopping, false)
})

test('without a worker, or with none on duty, it takes what people ask and is degraded', async () => {
  await using none = await openWith([])
  const nobody = await probe(none)
  assert.deepEqual([nobody.httpStatus, nobody.status], [200, 'degraded'])
  assert.deepEqual(nobody.checks.worker, { ok: false, lastSeenMs: null, onDuty: 0 })
  await using idle = await openWith([{ onDuty: false }])
  const resting = await probe(idle)
  assert.deepEqual([resting.status, resting.checks.worker.ok], ['degraded', false])
})

test('while GitLab is away, or lets the desk in no more, it queues and is degraded', async () => {
  for (const state of ['down', 'unauthorised'] as const) {
    await using door = await openWith([{}], { connection: () => ({ ...up, state }) })
    const { httpStatus, status, checks } = await probe(door)
    assert.deepEqual([httpStatus, status], [200, 'degraded'])
    assert.deepEqual(checks.gitlab, { ok: false, state, lastAnswerAt: nine })
  }
})

test('a mail server that does not answer is told of', async () => {
  await using well = await openWith([{ mail: { sending: 'up', fetching: 'off' } }])
  const fine = await probe(well)
  assert.deepEqual([fine.status, fine.checks.mail?.ok], ['ready', true])
  await using ill = await openWith([{ mail: { sending: 'up', fetching: 'unauthorised' } }])
  const worse = await probe(ill)
  assert.deepEqual([worse.httpStatus, worse.status], [200, 'degraded'])
  assert.deepEqual(worse.checks.mail, { ok: false, sending: 'up', fetching: 'unauthorised' })
})

test('a process that stops says so, and is sent nobody any more', async () => {
  const stop = new AbortController()
  await using door = await openWith([{}], { stopped: stop.signal })
  assert.equal((await probe(door)).httpStatus, 200)
  stop.abort()
  const { httpStatus, status, checks } = await probe(door)
  assert.deepEqual([httpStatus, status, checks.stopping], [503, 'unready', true])
  assert.equal((await door.stranger().get('/healthz')).status, 200, 'it lives until it is gone')
})

const readinessOf = (store: Partial<Pick<Store, 'schema' | 'presence'>>, lines: unknown[] = []) => {
  const log = { info: () => undefined, warn: () => undefined, error: (data: object) => lines.push(data) }
  const presence = { ...nobodyHere, workers: async () => [{ ...aWorker, age: 5 }] }
  const schema = async () => ({ found: 12, known: 12 })
  return askReadiness({
    store: { schema, presence, ...store },
    connection: () => up,
    stopping: () => false,
    log,
  })
}

const nobodyHere: Store['presence'] = {
  takeDuty: async () => true,
  report: async () => undefined,
  workers: async () => [],
  leave: async () => undefined,
}

test('beside a newer release it works on and is degraded; on older data it is not ready', async () => {
  const newer = await readinessOf({ schema: async () => ({ found: 13, known: 12 }) })()
  assert.equal(newer.status, 'degraded')
  assert.deepEqual(newer.checks.migrations, { ok: false, found: 13, known: 12 })
  const older = await readinessOf({ schema: async () => ({ found: 11, known: 12 }) })()
  assert.equal(older.status, 'unready')
  assert.equal((await readinessOf({})()).status, 'ready')
})

test('a worker that has been silent for a minute is none', async () => {
  const of = (age: number) =>
    readinessOf({ presence: { ...nobodyHere, workers: async () => [{ ...aWorker, age }] } })()
  assert.equal((await of(60_000)).status, 'ready')
  const silent = await of(60_001)
  assert.equal(silent.status, 'degraded')
  assert.deepEqual(silent.checks.worker, { ok: false, lastSeenMs: 60_001, onDuty: 0 })
})

test('a database that refuses or never answers makes it unready, and what it said stays in the log', async () => {
  const refused = new Error('password authentication failed for user "belay" at db.school.example:5432')
  const lines: unknown[] = []
  const refusing = await readinessOf({ schema: () => Promise.reject(refused) }, lines)()
  assert.equal(refusing.status, 'unready')
  assert.deepEqual(refusing.checks.database, { ok: false })
  assert.doesNotMatch(JSON.stringify(refusing), /password|db\.school/u)
  assert.deepEqual(lines, [{ err: refused }])

  let asked = 0
  const silent = readinessOf({
    schema: () => {
      asked += 1
      return new Promise(() => undefined)
    },
  })
  const many = await Promise.all([silent(), silent(), silent()])
  assert.deepEqual(
    many.map(({ status }) => status),
    ['unready', 'unready', 'unready'],
  )
  assert.equal(asked, 1, 'however many ask, the database is asked once')
})
