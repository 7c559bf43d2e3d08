// What those who watch the desk from afar are told of its queues, whatever the database.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Pulse } from '../../src/application/monitoring-ports.ts'
import type { Claimed, Settlement, Store } from '../../src/application/ports.ts'
import { toBeDone } from '../../src/domain/decision.ts'
import type { Intent, Lane } from '../../src/domain/operation.ts'
import { byBruno } from '../support/people.ts'
import { aTicket, ids, minute, nine } from '../support/tickets.ts'
import type { Backend } from './store-sentences.ts'

const aNote: Intent = { kind: 'note', purpose: 'reply', text: 'Is it plugged in?', internal: false }
const aMail: Intent = {
  kind: 'mail',
  notice: 'reply',
  to: { name: 'Ana', address: 'ana@school.example' },
  language: 'en',
  text: 'Is it plugged in?',
}

const idOf = (iid: number) => `00000000-0000-5000-8000-${String(iid).padStart(12, '0')}`

/** A ticket of GitLab's with these things to be done, asked for at `at`. */
const withToDo = async (
  store: Store,
  iid: number,
  intents: readonly Intent[],
  at: number,
  newId: () => string,
) => {
  const ticket = aTicket({ id: idOf(iid), iid, revision: 0 })
  await store.write((writer) => writer.adopt([{ ticket, events: [], readAt: nine }]))
  await store.write(async (writer) => {
    const kept = await writer.ticket({ iid })
    assert.ok(kept)
    const operations = intents.map((intent) => toBeDone(kept, { by: byBruno, at, newId }, intent))
    await writer.record({ ticket: kept, events: [], operations })
  })
}

const pulse = (store: Store): Promise<Pulse> => store.read((reader) => reader.pulse())

const lane = async (store: Store, wanted: Lane) => {
  const { lanes } = await pulse(store)
  const { lane: _, ...rest } = lanes.find((one) => one.lane === wanted) ?? assert.fail('no such lane')
  return rest
}

const trouble = { code: 'permanent', detail: '403 Forbidden', at: nine }

const claim = async (store: Store, wanted: Lane, now = nine): Promise<Claimed> => {
  const [claimed] = await store.write((writer) =>
    writer.claim({ now, leaseMs: minute, limit: 1, lane: wanted }),
  )
  return claimed ?? assert.fail('nothing is due')
}

const settle = (store: Store, { operation, fence }: Claimed, settlement: Settlement) =>
  store.write((writer) => writer.settle(operation.id, fence, settlement, nine))

export const tellsHowItIs = (backend: Pick<Backend, 'name' | 'fresh'>) => {
  describe(`${backend.name}: the desk from afar`, () => {
    const { fresh } = backend

    test('nothing waits where nothing was asked for, and the data have a size and a schema', async (t) => {
      const { store } = await fresh(t)
      const nothing = { waiting: 0, unknown: 0, stuck: 0, oldestAt: null }
      assert.deepEqual(await lane(store, 'gitlab'), nothing)
      assert.deepEqual(await lane(store, 'mail'), nothing)
      const { bytes, schema, told } = await pulse(store)
      assert.ok(Number.isInteger(bytes) && bytes > 4_096, String(bytes))
      assert.ok(Number.isInteger(schema) && schema > 0, String(schema))
      assert.deepEqual(told, [])
    })

    test('what waits is counted for GitLab and the mail server apart, with the age of the oldest', async (t) => {
      const { store } = await fresh(t)
      const newId = ids()
      await withToDo(store, 1, [aNote, aMail], nine, newId)
      await withToDo(store, 2, [aMail], nine + minute, newId)
      await withToDo(store, 3, [aNote], nine + 2 * minute, newId)
      assert.deepEqual(await lane(store, 'gitlab'), { waiting: 2, unknown: 0, stuck: 0, oldestAt: nine })
      // The first of them waits until GitLab has the note it tells of: that is not the mail server's fault.
      assert.deepEqual(await lane(store, 'mail'), {
        waiting: 2,
        unknown: 0,
        stuck: 0,
        oldestAt: nine + minute,
      })
      const note = await claim(store, 'gitlab')
      assert.deepEqual(await lane(store, 'gitlab'), { waiting: 2, unknown: 0, stuck: 0, oldestAt: nine })
      await settle(store, note, { state: 'done', outcome: { kind: 'noted', noteId: 5 } })
      assert.deepEqual(await lane(store, 'gitlab'), {
        waiting: 1,
        unknown: 0,
        stuck: 0,
        oldestAt: nine + 2 * minute,
      })
      assert.equal((await lane(store, 'mail')).oldestAt, nine)
    })

    test('what is unknown is still waited for; what is stuck is not, nor what waits behind it', async (t) => {
      const { store } = await fresh(t)
      const newId = ids()
      await withToDo(store, 1, [aNote, aNote], nine, newId)
      await withToDo(store, 2, [aNote], nine + minute, newId)
      const first = await claim(store, 'gitlab')
      await settle(store, first, { state: 'unknown', notBefore: nine + minute, trouble })
      assert.deepEqual(await lane(store, 'gitlab'), { waiting: 2, unknown: 1, stuck: 0, oldestAt: nine })
      const again = await claim(store, 'gitlab', nine + minute)
      assert.equal(again.operation.id, first.operation.id)
      await settle(store, again, { state: 'stuck', trouble })
      assert.deepEqual(await lane(store, 'gitlab'), {
        waiting: 2,
        unknown: 0,
        stuck: 1,
        oldestAt: nine + minute,
      })
    })

    test('telling of a promise is counted once, however often it is tried', async (t) => {
      const { store } = await fresh(t)
      await withToDo(store, 1, [], nine, ids())
      const tell = (news: 'approaching' | 'missed') =>
        store.write((writer) => writer.targetTold(idOf(1), 'level_2', news, nine))
      await tell('approaching')
      await tell('missed')
      await tell('missed')
      const { told } = await pulse(store)
      assert.deepEqual(
        [...told].sort((a, b) => (a.news < b.news ? -1 : 1)),
        [
          { kind: 'level_2', news: 'approaching', times: 1 },
          { kind: 'level_2', news: 'missed', times: 1 },
        ],
      )
    })
  })
}
