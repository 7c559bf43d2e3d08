// A whole desk goes from one database to another, and nothing is forgotten: no table, no row, no sign.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { TestContext } from 'node:test'
import { after, describe, test } from 'node:test'
import { sql } from 'kysely'
import pg from 'pg'
import { readBackup, writeBackup } from '../../../src/adapters/store/backup-file.ts'
import { connectionAs, listeningName } from '../../../src/adapters/store/connection-name.ts'
import {
  differences,
  leftOut,
  presentShapes,
  shapesOf,
  sqliteSource,
  sumsOf,
  tellNobody,
} from '../../../src/adapters/store/copying.ts'
import { connectTo, desksOn, postgresSource } from '../../../src/adapters/store/copying-postgres.ts'
import { openPostgresDatabase, openSqliteDatabase } from '../../../src/adapters/store/database.ts'
import { steps } from '../../../src/adapters/store/migrations.ts'
import {
  moveToPostgres,
  restoreIntoPostgres,
  restoreIntoSqlite,
} from '../../../src/adapters/store/restoring.ts'
import { indexTables, keptTables, passingTables } from '../../../src/adapters/store/schema.ts'
import { openPostgresStore, openSqliteStore } from '../../../src/adapters/store/store.ts'
import { eventually } from '../../support/eventually.ts'
import { fillTables, seededChance } from '../../support/full-desk.ts'
import { startPostgres } from '../../support/postgres.ts'
import { aDesk, aTicket, nine } from '../../support/tickets.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'belay-copying-'))
after(() => rmSync(folder, { recursive: true }))

let made = 0
const aFile = (): string => path.join(folder, `${++made}.sqlite`)
const database = async (): Promise<string> => (await startPostgres()).createDatabase()

const desk = aDesk()
const about = { release: '0.0.0', now: nine, secrets: ['a key of this test, thirty-two signs'] }
const checks = { belongsTo: null, admit: () => undefined, keep: () => undefined }

const aFullDesk = async (seed: number, rows: number): Promise<string> => {
  const file = aFile()
  const store = await openSqliteStore({ file, desk })
  await store.write(async (writer) => {
    await writer.saveSetting('belongs-to', 'https://gitlab.example.com project it/helpdesk')
    for (let entry = 0; entry < 5; entry++)
      await writer.keepAudit({
        by: { kind: 'agent', id: 4, username: 'davi' },
        what: 'sign-in',
        at: nine + entry,
        ticketId: null,
        about: '',
        result: 'done',
      })
    // The log begins behind its first entries, as after some years.
    await writer.forgetAudit({ before: nine + 2, limit: 10 })
  })
  await store.close()
  const open = new DatabaseSync(file)
  await fillTables(open, { rows, chance: seededChance(seed) })
  open.close()
  return file
}

const sumsOfFile = async (file: string) => {
  const open = new DatabaseSync(file, { readOnly: true })
  try {
    return await sumsOf(sqliteSource(open), shapesOf(open))
  } finally {
    open.close()
  }
}

const sumsOfPostgres = async (url: string) => {
  const client = await connectTo(url)
  try {
    await client.query('begin isolation level repeatable read read only')
    return await sumsOf(postgresSource(client), await presentShapes())
  } finally {
    await client.end()
  }
}

/** What a restored desk does not believe any more, see restoring.ts. */
const touched = [
  'audit',
  'changes',
  'counts',
  'operations',
  'requester_sessions',
  'sessions',
  'settings',
  'sign_in_links',
]

const found = async (store: Awaited<ReturnType<typeof openSqliteStore>>, typed: string) => {
  const query = { view: 'all', me: null, level: null, category: null, state: null, assignee: null } as const
  const page = await store.read((reader) => reader.page({ ...query, words: typed, cursor: null, limit: 100 }))
  return page.tickets.map(({ id }) => id).sort()
}

describe('what is copied', () => {
  test('each table of the schema is copied, or left out on purpose', async () => {
    const copied = (await presentShapes()).map(({ name }) => name)
    const derived = ['search']
    assert.deepEqual([...copied, ...derived].sort(), [...keptTables, ...indexTables].sort())
    assert.deepEqual([...leftOut], [...passingTables])
  })

  test('both databases have the same tables, with the same columns', async () => {
    const url = await database()
    await (await openPostgresDatabase({ url })).close()
    const client = await connectTo(url)
    const { rows } = await client.query<{ table: string; name: string; type: string }>(
      `select table_name as table, column_name as name, data_type as type
       from information_schema.columns where table_schema = current_schema()`,
    )
    await client.end()
    const kinds = new Map([
      ['bigint', 'int'],
      ['text', 'text'],
      ['bytea', 'bytes'],
    ])
    const left = [...leftOut, 'search', 'schema_version']
    const there = rows
      .filter(({ table }) => !left.includes(table))
      .map(({ table, name, type }) => `${table}.${name} ${kinds.get(type) ?? type}`)
    const shapes = await presentShapes()
    const known = shapes.flatMap((shape) =>
      shape.columns.map(({ name, kind }) => `${shape.name}.${name} ${kind}`),
    )
    assert.deepEqual(there.sort(), known.sort())
  })

  test('one changed sign, one row more and one row less each show in the sums', async () => {
    const file = await aFullDesk(1, 30)
    const before = await sumsOfFile(file)
    const open = new DatabaseSync(file)
    const changed = async (statement: string) => {
      open.exec('begin')
      open.exec(statement)
      const different = differences(before, await sumsOf(sqliteSource(open), shapesOf(open)))
      open.exec('rollback')
      return different
    }
    assert.deepEqual(
      await changed(`update files set content = x'00' where id = (select min(id) from files)`),
      ['files'],
    )
    assert.deepEqual(await changed(`update wishes set language = language || ' '`), ['wishes'])
    assert.deepEqual(await changed('delete from noticed where iid = (select min(iid) from noticed)'), [
      'noticed',
    ])
    assert.deepEqual(await changed(`insert into form_keys values ('one', 'more')`), ['form_keys'])
    assert.deepEqual(await changed(`update mails set detail = null where false`), [])
    open.close()
  })
})

describe('from one database to another', () => {
  for (const seed of [11, 12, 13])
    test(`every row of every table is the same in PostgreSQL and in a backup of it (seed ${seed})`, async () => {
      const file = await aFullDesk(seed, 300)
      const before = await sumsOfFile(file)
      const url = await database()
      const { sums, already } = await moveToPostgres({ file }, { url, where: 'here', now: nine }, tellNobody)
      assert.equal(already, false)
      assert.deepEqual(differences(before, sums), [])
      // Its own mark is all that PostgreSQL has more.
      assert.deepEqual(differences(before, await sumsOfPostgres(url)), ['settings'])

      const backup = aFile()
      await writeBackup({ url }, { file: backup, force: false }, about, tellNobody)
      assert.deepEqual(differences(before, await sumsOfFile(backup)), ['settings'])

      const [back, again] = [aFile(), await database()]
      await restoreIntoSqlite(backup, { file: back, replace: false, now: nine }, checks, tellNobody)
      const part = aFile()
      await restoreIntoPostgres(backup, { url: again, replace: false, now: nine, part }, checks, tellNobody)
      for (const restored of [await sumsOfFile(back), await sumsOfPostgres(again)])
        assert.deepEqual(differences(before, restored).sort(), touched)
      assert.deepEqual(differences(await sumsOfFile(back), await sumsOfPostgres(again)), [])
    })

  test('a backup of SQLite has every row, and is the same desk again in SQLite', async () => {
    const file = await aFullDesk(21, 600)
    const before = await sumsOfFile(file)
    const backup = aFile()
    const manifest = await writeBackup({ file }, { file: backup, force: false }, about, tellNobody)
    assert.deepEqual(differences(before, await sumsOfFile(backup)), [])
    assert.equal(manifest.audit, 'whole')
    assert.deepEqual(manifest.secrets, about.secrets.join(' '))
    const back = aFile()
    await restoreIntoSqlite(backup, { file: back, replace: false, now: nine }, checks, tellNobody)
    assert.deepEqual(differences(before, await sumsOfFile(back)).sort(), touched)
  })

  test('tickets are found by what was written on them, wherever the desk went', async () => {
    const file = aFile()
    const first = await openSqliteStore({ file, desk })
    const needles = ['straße', 'пароль', 'needle1 ', 'needle7 ', 'nobody', 'ana', 'screen']
    await first.write((writer) =>
      writer.adopt(
        Array.from({ length: 450 }, (_, number) => {
          const id = `0197f000-0000-7000-8000-${String(number).padStart(12, '0')}`
          const title = number % 3 === 0 ? 'Meine Straße' : 'Neither words nor пароль'
          const what = { kind: 'replied', text: `needle${number % 11} and more` } as const
          const actor = { kind: 'agent', name: 'Bruno', username: 'bruno' } as const
          const source = `note:${number}`
          const events = [{ ticketId: id, source, at: nine, actor, byHand: false, hidden: false, what }]
          const ticket = aTicket({ id, iid: 1_000 + number, title, openedAt: nine + number * 1_000 })
          return { ticket, events: number % 2 === 0 ? events : [], readAt: nine }
        }),
      ),
    )
    // Some are only listed so far, and nobody has learnt their words.
    await first.write((writer) =>
      writer.adopt([{ ticket: aTicket({ title: 'A screen of later' }), events: null, readAt: null }]),
    )
    await first.close()

    const url = await database()
    const backup = aFile()
    await writeBackup({ file }, { file: backup, force: false }, about, tellNobody)
    await moveToPostgres({ file }, { url, where: 'here', now: nine }, tellNobody)
    const ofPostgres = aFile()
    await writeBackup({ url }, { file: ofPostgres, force: false }, about, tellNobody)
    const stores = [await openPostgresStore({ url, desk })]
    for (const one of [backup, ofPostgres]) {
      const back = aFile()
      await restoreIntoSqlite(one, { file: back, replace: false, now: nine }, checks, tellNobody)
      stores.push(await openSqliteStore({ file: back, desk }))
    }
    const again = await openSqliteStore({ file, desk })
    while ((await again.write((writer) => writer.indexWords(100))) > 0);
    const wanted = await Promise.all(needles.map((needle) => found(again, needle)))
    await again.close()
    assert.ok(wanted.flat().length > 200, 'nothing to find')
    for (const store of stores) {
      while ((await store.write((writer) => writer.indexWords(100))) > 0);
      assert.deepEqual(await Promise.all(needles.map((needle) => found(store, needle))), wanted)
      await store.close()
    }
  })

  test('who is on duty is in no backup', async () => {
    const file = await aFullDesk(41, 5)
    const open = new DatabaseSync(file)
    open.exec(`insert into duties (name, holder, until) values ('reading', 'a process that ended', 1)`)
    open.close()
    const backup = aFile()
    await writeBackup({ file }, { file: backup, force: false }, about, tellNobody)
    const copy = new DatabaseSync(backup, { readOnly: true })
    assert.equal(copy.prepare('select count(*) as count from duties').get()?.count, 0)
    copy.close()
    await readBackup(backup, tellNobody)
  })

  test('a backup of an older schema is brought up to date when it is restored', async () => {
    const file = await aFullDesk(51, 20)
    const backup = aFile()
    await writeBackup({ file }, { file: backup, force: false }, about, tellNobody)
    const later = [...steps, () => [sql`alter table wishes add column colour text not null default 'red'`]]
    const back = aFile()
    const to = { file: back, replace: false, now: nine, steps: later }
    await restoreIntoSqlite(backup, to, checks, tellNobody)
    const open = new DatabaseSync(back, { readOnly: true })
    assert.equal(open.prepare('select version from schema_version').get()?.version, later.length)
    assert.deepEqual(
      { ...open.prepare('select count(*) as count, min(colour) as colour from wishes').get() },
      {
        count: 20,
        colour: 'red',
      },
    )
    open.close()
  })

  test('a desk of an older schema is not backed up by a newer Belay: one of the two is meant', async () => {
    const file = aFile()
    await (await openSqliteDatabase({ file, steps: steps.slice(0, -1) })).close()
    const backup = aFile()
    await assert.rejects(
      writeBackup({ file }, { file: backup, force: false }, about, tellNobody),
      /written by an older Belay/,
    )
    assert.equal(existsSync(backup) || existsSync(`${backup}.part`), false)
  })
})

const aBackup = async (): Promise<string> => {
  const [file, backup] = [await aFullDesk(61, 5), aFile()]
  await writeBackup({ file }, { file: backup, force: false }, about, tellNobody)
  return backup
}

describe("a PostgreSQL database that is not Belay's alone", () => {
  const holding = async (t: TestContext, ...statements: string[]) => {
    const url = await database()
    const client = await connectTo(url)
    t.after(() => client.end())
    for (const statement of statements) await client.query(statement)
    return { url, client }
  }

  for (const [whose, table] of [
    ['workers', 'create table workers (name text)'],
    // As some programs for migrations keep it.
    ['schema_version', 'create table schema_version (installed_rank integer, version text)'],
    ['search', 'create view search as select 1 as one'],
  ] as const)
    test(`another program's ${whose} is left alone, also with --replace`, async (t) => {
      const { url, client } = await holding(t, table)
      const before = await client.query(`select oid from pg_class where relname = $1`, [whose])
      const to = { url, replace: true, now: nine, part: aFile() }
      const says = new RegExp(
        `holds tables of another program \\(${whose}\\); name an empty database or schema`,
        'u',
      )
      await assert.rejects(restoreIntoPostgres(await aBackup(), to, checks, tellNobody), says)
      const file = await aFullDesk(62, 5)
      await assert.rejects(moveToPostgres({ file }, { url, where: 'here', now: nine }, tellNobody), says)
      const after = await client.query(`select oid from pg_class where relname = $1`, [whose])
      assert.deepEqual([before.rows.length, after.rows], [1, before.rows])
    })

  test('where its statistics cannot be gathered the desk is there all the same, and a sentence says what to do', async (t) => {
    const { url, client } = await holding(
      t,
      'create schema theirs',
      'create table theirs.things (name text)',
      `create function theirs.short(name text) returns text language plpgsql immutable
         as $$ begin return name; end $$`,
      'create index on theirs.things (theirs.short(name))',
      `insert into theirs.things values ('one')`,
      `create or replace function theirs.short(name text) returns text language plpgsql immutable
         as $$ begin raise 'too short'; end $$`,
    )
    const file = await aFullDesk(63, 5)
    const says = /^All of it is there, but .*\(too short\).*Run ANALYZE on the database\.$/u
    const moved = await moveToPostgres({ file }, { url, where: 'here', now: nine }, tellNobody)
    assert.match(moved.warning ?? '', says)
    const to = { url, replace: true, now: nine, part: aFile() }
    const restored = await restoreIntoPostgres(await aBackup(), to, checks, tellNobody)
    assert.match(restored.warning ?? '', says)
    assert.equal((await client.query('select 1 from tickets')).rows.length, 5)
  })

  test('nor does a desk with a schema of its own touch the tables beside it', async (t) => {
    const { url, client } = await holding(
      t,
      'create schema belay',
      'create table public.workers (name text)',
      `insert into public.workers values ('of another program')`,
    )
    const to = { url, replace: true, now: nine, part: aFile() }
    await restoreIntoPostgres(await aBackup(), to, checks, tellNobody)
    // As an older Belay left it, which had no such table: the name alone would mean the other one now.
    await client.query('drop table belay.workers')
    await restoreIntoPostgres(await aBackup(), to, checks, tellNobody)
    const { rows } = await client.query('select name from public.workers')
    const tickets = await client.query('select 1 from belay.tickets')
    assert.deepEqual([rows, tickets.rows.length], [[{ name: 'of another program' }], 5])
  })
})

describe('a desk that works on the PostgreSQL database', () => {
  const running = /Belay is running on this PostgreSQL database\. Stop all its processes first/u
  const aDatabaseWithDesk = async (t: TestContext): Promise<{ url: string; client: pg.Client }> => {
    const url = await database()
    const store = await openPostgresStore({ url, desk })
    await store.write((writer) => writer.saveSetting('told', 'of now'))
    await store.close()
    const client = await connectTo(url)
    t.after(() => client.end())
    return { url, client }
  }
  const named = (url: string) => `${url}?connect_timeout=10&application_name=the-help-desk`
  const replacing = async (url: string) =>
    restoreIntoPostgres(await aBackup(), { url, replace: true, now: nine, part: aFile() }, checks, tellNobody)

  test('is seen, whatever its URL calls it', async (t) => {
    const { url, client } = await aDatabaseWithDesk(t)
    assert.equal(await desksOn(client), 0)
    const store = await openPostgresStore({ url: named(url), desk })
    t.after(() => store.close())
    assert.ok((await desksOn(client)) > 0)
    await assert.rejects(replacing(url), running)
  })

  test('is seen by the connection that listens alone: a desk at rest keeps no other', async (t) => {
    const { url, client } = await aDatabaseWithDesk(t)
    const listening = new pg.Client(connectionAs(listeningName, named(url)))
    t.after(() => listening.end())
    await listening.connect()
    assert.equal(await desksOn(client), 1)
    await assert.rejects(replacing(url), running)
  })

  test('and began while a backup was being restored is noticed before anything is lost', async (t) => {
    const { url, client } = await aDatabaseWithDesk(t)
    // Holds the restore up between its first look and its second one.
    await client.query('begin; lock table tickets in access share mode')
    const refused = assert.rejects(replacing(url), running)
    const watching = await connectTo(url)
    t.after(() => watching.end())
    await eventually('the restore waits', async () => {
      const { rows } = await watching.query(
        `select 1 from pg_stat_activity
         where datname = current_database() and application_name = 'belay copying' and wait_event_type = 'Lock'`,
      )
      return rows.length > 0
    })
    const opening = openPostgresStore({ url, desk })
    await eventually('a desk starts', async () => (await desksOn(watching)) > 0)
    await client.query('rollback')
    await refused
    const store = await opening
    assert.equal(await store.read((reader) => reader.setting('told')), 'of now')
    await store.close()
  })
})
