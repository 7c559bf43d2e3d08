// One process alone, on SQLite.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSqliteStore } from '../../src/adapters/store/store.ts'
import { aDesk } from '../support/tickets.ts'
import { keepsCompany } from './presence-sentences.ts'

keepsCompany({
  name: 'SQLite',
  fresh: async (t) => {
    const store = await openSqliteStore({ file: ':memory:', desk: aDesk() })
    t.after(() => store.close())
    return { store }
  },
})

test('who has the data alone is on duty, whoever asks, and hears nobody', async (t) => {
  const store = await openSqliteStore({ file: ':memory:', desk: aDesk() })
  t.after(() => store.close())
  assert.equal(await store.presence.takeDuty('bruno', 30_000), true)
  assert.equal(await store.presence.takeDuty('carla', 30_000), true)
  store.neighbours.onTold('greetings', () => assert.fail('nobody is there'))
  await store.neighbours.tell('greetings', 'hello')
})
