// Connections to PostgreSQL end at odd moments: the server restarts, a desk stands still in the middle of a write. One
// write fails then; the desk lives on, and nobody else waits for it (security section 3).

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import type { Database } from '../../../src/adapters/store/database.ts'
import { openPostgresDatabase } from '../../../src/adapters/store/database.ts'
import { saveSetting, setting } from '../../../src/adapters/store/settings.ts'
import { startPostgres } from '../../support/postgres.ts'

const aServer = async (t: TestContext) => {
  const postgres = await startPostgres()
  const url = await postgres.createDatabase()
  return {
    open: async (options: { readonly mostIdle?: number } = {}): Promise<Database> => {
      const database = await openPostgresDatabase({ url, ...options })
      t.after(() => database.close())
      return database
    },
    /** As a restart does; resolves when no connection to this database is left. */
    endAll: async () => {
      const admin = new pg.Client({ connectionString: postgres.url })
      await admin.connect()
      const name = new URL(url).pathname.slice(1)
      try {
        for (;;) {
          const { rowCount } = await admin.query(
            'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1',
            [name],
          )
          if (rowCount === 0) return
          await wait(20)
        }
      } finally {
        await admin.end()
      }
    },
  }
}

const finish = async () => {}
const write = (database: Database, value: string) =>
  database.transaction((q) => saveSetting(q, 'test', value), finish)

test('a server that restarts in the middle of a write fails that write and nothing else', async (t) => {
  const server = await aServer(t)
  const database = await server.open()
  await write(database, 'before')
  await assert.rejects(
    database.transaction(async (q) => {
      await saveSetting(q, 'test', 'never')
      await server.endAll()
      // Its last words reach us while nothing is asked.
      await wait(50)
      await saveSetting(q, 'test', 'neither')
    }, finish),
  )
  assert.equal(await setting(database.reader, 'test'), 'before')
  await write(database, 'after')
  assert.equal(await setting(database.reader, 'test'), 'after')
})

test('a desk that stands still inside a write does not hold up the others for ever', async (t) => {
  const server = await aServer(t)
  const still = await server.open({ mostIdle: 300 })
  const other = await server.open()
  let goOn = () => {}
  let begun = () => {}
  const inside = new Promise<void>((resolve) => {
    begun = resolve
  })
  const stands = still.transaction(async (q) => {
    await saveSetting(q, 'test', 'never')
    begun()
    await new Promise<void>((resolve) => {
      goOn = resolve
    })
    await saveSetting(q, 'test', 'neither')
  }, finish)
  const failed = assert.rejects(stands)
  await inside
  await write(other, 'the other')
  goOn()
  await failed
  assert.equal(await setting(other.reader, 'test'), 'the other')
})
