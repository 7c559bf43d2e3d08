// Tickets from before there were figures: the upgrade keeps them as they are, and they are measured when the desk
// runs again, on both databases.

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
import { startPostgres } from '../../support/postgres.ts'
import { aDesk, hour, nine, only } from '../../support/tickets.ts'

const makesFigures = (step: (typeof steps)[number]): boolean =>
  step('sqlite').some((one) => one.toOperationNode().sqlFragments.join('').includes('create table figures'))

const stepsBefore = steps.slice(0, steps.findIndex(makesFigures))

const desk = aDesk({
  targets: [
    {
      category: null,
      priority: null,
      calendar: null,
      within: { first_response: hour },
      warnAt: 0.5,
      whenMissed: 'tell',
    },
  ],
})

const id = '00000000-0000-5000-8000-000000000042'

/** Ana's ticket as it was written then, and Bruno's answer. */
const writeThen = (database: Database): Promise<void> =>
  database.transaction(
    async (q) => {
      await q.run(
        'test.ticket',
        {},
        () => sql`insert into tickets (n, id, iid, revision, state, level, category, assignee, queue_position, opened_at,
            changed_at, awaiting_since, resolved_at, former_assignee, priority, confidential, requester, source, labels,
            branch, url, title, replies, delivery, pending, marked, read_at, read_changed_at, read_class, read_due, hidden,
            gone, text)
          values (${sql.lit(nine * 1024 + 42)}, ${sql.lit(id)}, 42, 3, 'open', 1, 'Hardware', 'bruno', 7, ${sql.lit(nine)},
            ${sql.lit(nine)}, null, null, 'carla', 'normal', 1, '{"name":"Ana","email":null,"username":null}', 'form',
            '["hardware"]', null, null, 'My screen stays black', 1, null, 0, 0, ${sql.lit(nine)}, ${sql.lit(nine)}, null,
            null, 0, null, 'Since this morning.')`,
      )
      const events = [
        ['issue', nine, 'opened', '{"kind":"requester","name":"Ana"}', '{"kind":"opened"}'],
        [
          'note:1',
          nine + hour / 2,
          'replied',
          '{"kind":"agent","name":"Bruno","username":"bruno"}',
          '{"kind":"replied","text":"Is it plugged in?"}',
        ],
      ] as const
      for (const [source, at, kind, actor, what] of events)
        await q.run('test.event', { source, at, kind, actor, what }, (db, hole) =>
          db.insertInto('events').values({
            n: nine * 1024 + 42,
            source: hole.source,
            at: hole.at,
            kind: hole.kind,
            by_hand: 0,
            hidden: 0,
            actor: hole.actor,
            what: hole.what,
          }),
        )
    },
    async () => {},
  )

const hasItsFigures = async (store: IndexedStore): Promise<void> => {
  const ticket = await store.read((reader) => reader.ticket({ iid: 42 }))
  assert.equal(ticket?.id, id)
  assert.equal(ticket?.text, 'Since this morning.')
  assert.equal(ticket?.formerAssignee, 'carla')
  assert.equal(ticket?.requester.name, 'Ana')
  const before = await store.read((reader) => reader.figuresState())
  assert.deepEqual(before.measuring, { done: 0, total: 1 })
  assert.equal(await store.write((writer) => writer.measureAgain(10, nine)), 1)
  const read = { version: 0, since: 0, after: null, limit: 10 }
  const row = only(await store.read((reader) => reader.figureRows(read)))
  assert.equal(row.n, nine * 1024 + 42)
  const [answered] = await store.read((reader) => reader.targets(id))
  assert.equal(answered?.stopped, nine + hour / 2)
  assert.equal((await store.read((reader) => reader.figuresState())).measuring, null)
}

test('a ticket in an SQLite file from before there were figures is kept, and measured', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'belay-figures-upgrade-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = path.join(folder, 'belay.sqlite')
  const database = await openSqliteDatabase({ file, steps: stepsBefore })
  await writeThen(database)
  await database.close()
  const store = await openSqliteStore({ file, desk })
  t.after(() => store.close())
  await hasItsFigures(store)
})

test('a ticket in PostgreSQL from before there were figures is kept, and measured', async (t) => {
  const postgres = await startPostgres()
  const url = await postgres.createDatabase()
  const database = await openPostgresDatabase({ url, steps: stepsBefore })
  await writeThen(database)
  await database.close()
  const store = await openPostgresStore({ url, desk })
  t.after(() => store.close())
  await hasItsFigures(store)
})
