// What processes that share a desk know of each other, whatever the database: who is on duty, who lives, that something
// changed, and what they tell. Where the data belong to one process alone, it is its own only neighbour.

import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { IndexedStore } from '../../src/adapters/store/store.ts'
import type { WorkerReport } from '../../src/application/presence-ports.ts'
import { nine } from '../support/tickets.ts'

export type Backend = {
  readonly name: string
  /** A store with nothing in it; where it has to listen to be told something, it does. */
  fresh(context: TestContext): Promise<{ readonly store: IndexedStore }>
}

export const aReport = (changes: Partial<WorkerReport> = {}): WorkerReport => ({
  id: 'bruno',
  release: '1.2.3',
  onDuty: true,
  gitlab: { state: 'up', lastAnswerAt: nine, reading: { done: 5, total: null } },
  mail: { sending: 'up', fetching: 'off' },
  ...changes,
})

export const saving = (store: IndexedStore, value: string) =>
  store.write((writer) => writer.saveSetting('cursor', value))

export const keepsCompany = (backend: Backend): void => {
  describe(`company on ${backend.name}`, () => {
    test('whoever is on duty holds it for longer by asking again', async (t) => {
      const { store } = await backend.fresh(t)
      for (let times = 0; times < 3; times++)
        assert.equal(await store.presence.takeDuty('bruno', 30_000), true)
    })

    test('a worker is seen as it described itself last, the latest first, until it leaves', async (t) => {
      const { presence } = (await backend.fresh(t)).store
      assert.deepEqual(await presence.workers(), [])
      await presence.report(aReport())
      await presence.report(aReport({ id: 'carla', onDuty: false, mail: null }))
      const again = aReport({ gitlab: { state: 'down', lastAnswerAt: null, reading: null } })
      await presence.report(again)
      const seen = await presence.workers()
      assert.deepEqual(
        seen.map(({ age: _, ...report }) => report),
        [again, aReport({ id: 'carla', onDuty: false, mail: null })],
      )
      for (const { age } of seen) assert.ok(age >= 0 && age < 60_000, `${age} ms`)
      await presence.leave('bruno')
      assert.deepEqual(
        (await presence.workers()).map(({ id }) => id),
        ['carla'],
      )
    })

    test('none of it is a change of the desk', async (t) => {
      const { store } = await backend.fresh(t)
      await saving(store, 'one')
      const version = await store.version()
      await store.presence.takeDuty('bruno', 30_000)
      await store.presence.report(aReport())
      await store.presence.workers()
      await store.neighbours.tell('greetings', 'hello')
      await store.presence.leave('bruno')
      assert.equal(await store.version(), version)
    })

    test('it goes on while somebody writes', async (t) => {
      const { store } = await backend.fresh(t)
      await store.write(async (writer) => {
        await writer.saveSetting('cursor', 'one')
        // Would hang here if it had to wait for the writer.
        assert.equal(await store.presence.takeDuty('bruno', 30_000), true)
        await store.presence.report(aReport())
        assert.equal((await store.presence.workers()).length, 1)
        await store.presence.leave('bruno')
      })
    })

    test('who wants to hear of changes is told of each one that was committed, and of none that was not', async (t) => {
      const { store } = await backend.fresh(t)
      await saving(store, 'one')
      let told = 0
      const stop = store.onChange(() => {
        told++
      })
      await assert.rejects(
        store.write(async (writer) => {
          await writer.saveSetting('cursor', 'never')
          throw new Error('a rule said no')
        }),
      )
      await store.write((writer) => writer.saveSetting('cursor', 'one'))
      assert.equal(told, 0)
      await saving(store, 'two')
      assert.equal(told, 1)
      stop()
      await saving(store, 'three')
      assert.equal(told, 1)
    })
  })
}
