// Tickets that were on the desk before it knew whose they are: the upgrade finds the same as writing them
// anew would, whatever stands in their requesters, on both databases.

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { sql } from 'kysely'
import type { Database } from '../../../src/adapters/store/database.ts'
import { openPostgresDatabase, openSqliteDatabase } from '../../../src/adapters/store/database.ts'
import { steps } from '../../../src/adapters/store/migrations.ts'
import type { IndexedStore } from '../../../src/adapters/store/store.ts'
import { openPostgresStore, openSqliteStore } from '../../../src/adapters/store/store.ts'
import type { Store } from '../../../src/application/ports.ts'
import { startPostgres } from '../../support/postgres.ts'
import { aDesk, aTicket, minute, nine } from '../../support/tickets.ts'

const emails = [
  'ana@school.example',
  'Ana@School.EXAMPLE',
  '\u212Aim@desk.example',
  'ÄNA@school.example',
  null,
  '',
  'a b',
  "o'neil@x.example",
  'x'.repeat(320),
]
/** Neither database could be asked for these: they are in nobody's list, and stop no upgrade. */
const odd = [
  'a\0b@x.example',
  'a"b@x.example',
  'a\\b',
  'x'.repeat(321),
  'y'.repeat(5_000),
  '\ud800@x.example',
  'a\nb',
]

const keep = (store: Store): Promise<number> =>
  store.write((writer) =>
    writer.adopt(
      [...emails, ...odd].map((email, index) => ({
        ticket: aTicket({
          id: `00000000-0000-5000-8000-${String(index + 1).padStart(12, '0')}`,
          iid: index + 1,
          revision: 0,
          openedAt: nine + index * minute,
          requester: { name: 'A"email":"\0\ud800', email, username: index % 2 ? email : 'ana' },
        }),
        events: null,
        readAt: null,
      })),
    ),
  )

const rowsOf = (database: Database): Promise<{ key: string; n: number }[]> =>
  database.reader.all('test.requesters', {}, (db) =>
    db.selectFrom('requesters').select(['key', 'n']).orderBy('n').orderBy('key'),
  )

/** As the upgrade does it, into an empty table. */
const fillAgain = async (database: Database): Promise<void> => {
  const step = steps
    .map((one) => one(database.speech))
    .find((statements) =>
      statements.some((one) =>
        one.toOperationNode().sqlFragments.join('').includes('insert into requesters'),
      ),
    )
  assert.ok(step)
  const inserts = step.filter((one) => one.toOperationNode().sqlFragments.join('').includes('insert into'))
  assert.equal(inserts.length, 2)
  await database.transaction(
    async (q) => {
      await q.run('test.empty', {}, () => sql`delete from requesters`)
      for (const [index, insert] of inserts.entries()) await q.run(`test.fill.${index}`, {}, () => insert)
    },
    async () => {},
  )
}

const isTheSame = async (store: IndexedStore, database: Database): Promise<void> => {
  await keep(store)
  const written = await rowsOf(database)
  assert.ok(written.length > emails.length)
  const oddOnes = nine + emails.length * minute
  await fillAgain(database)
  const upgraded = await rowsOf(database)
  // What the upgrade finds beyond that is looked at again by whoever reads it.
  const plain = (rows: typeof written) => rows.filter(({ n }) => n < oddOnes * 1_024)
  assert.deepEqual(plain(upgraded), plain(written))
  // A mistake in the index shows nobody a stranger's ticket.
  const [, , strangers] = await store.read((reader) => reader.walk({ after: null, limit: 3 }))
  const n = (strangers?.openedAt ?? 0) * 1_024 + 3
  await database.transaction(
    async (q) => {
      const wrong = (key: string) =>
        q.run(
          `test.${key}`,
          { n },
          (_db, hole) => sql`insert into requesters values (${sql.lit(key)}, ${hole.n})`,
        )
      assert.equal(await wrong('a:ana@school.example'), 1)
      assert.equal(await wrong('u:mallory'), 1)
    },
    async () => {},
  )
  const mallory = { addresses: [], account: { username: 'mallory', since: 0 } }
  const hers = await store.read((reader) => reader.ticketsOfAsker(mallory, { limit: 10, cursor: null }))
  assert.deepEqual(hers, { tickets: [], next: null })
  const page = await store.read((reader) =>
    reader.ticketsOfAddress('ANA@school.example', { limit: 10, cursor: null }),
  )
  assert.deepEqual(
    page.tickets.map(({ iid }) => iid),
    [2, 1],
  )
}

/** What is read is looked at again, so only the table itself tells. */
const leavesNothing = async (store: IndexedStore, database: Database): Promise<void> => {
  const write = (email: string, openedAt: number) =>
    store.write((writer) =>
      writer.adopt([
        {
          ticket: aTicket({ iid: 99, revision: 0, openedAt, requester: { name: '', email, username: null } }),
          events: null,
          readAt: null,
        },
      ]),
    )
  const before = await rowsOf(database)
  await write('one@x.example', nine)
  await write('two@x.example', nine + minute)
  const added = (await rowsOf(database)).filter(
    ({ key }) => key.endsWith('@x.example') && /one|two/u.test(key),
  )
  assert.deepEqual(
    added.map(({ key }) => key),
    ['a:two@x.example'],
  )
  assert.equal((await rowsOf(database)).length, before.length + 1)
  await store.dropIndex()
  assert.deepEqual(await rowsOf(database), [])
}

test('an upgrade knows whose tickets are whose, on SQLite', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'belay-upgrade-'))
  const file = path.join(folder, 'belay.sqlite')
  const store = await openSqliteStore({ file, desk: aDesk() })
  const database = await openSqliteDatabase({ file })
  t.after(async () => {
    await database.close()
    await store.close()
    await rm(folder, { recursive: true })
  })
  await isTheSame(store, database)
  await leavesNothing(store, database)
})

test('an upgrade knows whose tickets are whose, on PostgreSQL', async (t) => {
  const postgres = await startPostgres()
  const url = await postgres.createDatabase()
  const store = await openPostgresStore({ url, desk: aDesk() })
  const database = await openPostgresDatabase({ url })
  t.after(async () => {
    await database.close()
    await store.close()
  })
  await isTheSame(store, database)
  await leavesNothing(store, database)
})
