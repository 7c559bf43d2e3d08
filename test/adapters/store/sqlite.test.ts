// What is special about the desk's data in an SQLite file: upgrades that can die anywhere, a
// newer Belay's data, readers beside a writer, one process at a time, and walks along indexes.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, test } from 'node:test'
import { sql } from 'kysely'
import { openSqliteDatabase } from '../../../src/adapters/store/database.ts'
import { takeLock } from '../../../src/adapters/store/lock.ts'
import { SchemaTooNew, steps } from '../../../src/adapters/store/migrations.ts'
import { indexTables, keptTables, passingTables } from '../../../src/adapters/store/schema.ts'
import { openSqliteStore } from '../../../src/adapters/store/store.ts'
import type { TicketQuery, View } from '../../../src/application/ports.ts'
import { aDesk, aTicket } from '../../support/tickets.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'belay-sqlite-'))
after(() => rmSync(folder, { recursive: true }))

let made = 0
const aFile = (): string => path.join(folder, `${++made}.sqlite`)

const desk = aDesk()

const schemaOf = (file: string): string[] => {
  const database = new DatabaseSync(file)
  const rows = database.prepare('select type, name, sql from sqlite_master order by type, name').all()
  database.close()
  return rows.map((row) => JSON.stringify(row))
}

/** Two steps: the real ones, and one that a later Belay might bring. */
const withLaterStep = [
  ...steps,
  () => [
    sql`create table colours (name text primary key)`,
    sql`insert into colours select distinct category from tickets`,
    sql`alter table tickets add column colour text`,
  ],
]

describe('upgrading the data of the desk', () => {
  test('an upgrade that dies at any statement is done in full by the next start', async () => {
    const whole = aFile()
    let statements = 0
    const counting = { file: whole, steps: withLaterStep, before: () => void statements++ }
    await (await openSqliteDatabase(counting)).close()
    assert.ok(statements > 30, `only ${statements} statements seen`)

    for (let last = 1; last <= statements; last++) {
      const file = aFile()
      let seen = 0
      const before = () => {
        if (++seen === last) throw new Error('killed')
      }
      await assert.rejects(openSqliteDatabase({ file, steps: withLaterStep, before }), /killed/)
      await (await openSqliteDatabase({ file, steps: withLaterStep })).close()
      assert.deepEqual(schemaOf(file), schemaOf(whole), `killed at statement ${last}`)
    }
  })

  test('an upgrade keeps what was there', async () => {
    const file = aFile()
    const old = await openSqliteStore({ file, desk })
    await old.write(async (writer) => {
      await writer.adopt([{ ticket: aTicket(), events: null, readAt: null }])
      await writer.saveSetting('cursor', 'one')
    })
    await old.close()
    const upgraded = await openSqliteStore({ file, desk, steps: withLaterStep })
    assert.equal((await upgraded.read((reader) => reader.ticket({ iid: 42 })))?.title, aTicket().title)
    assert.equal(await upgraded.read((reader) => reader.setting('cursor')), 'one')
    await upgraded.close()
  })

  test('tickets of the first schema are all on the desk, found and counted after the second', async () => {
    const file = aFile()
    await (await openSqliteDatabase({ file, steps: steps.slice(0, 1) })).close()
    const old = new DatabaseSync(file)
    const ticket = aTicket()
    old
      .prepare(
        `insert into tickets (n, id, iid, revision, state, level, category, assignee, queue_position, opened_at,
           changed_at, awaiting_since, priority, confidential, requester, source, labels, url, title, replies, pending,
           marked, text)
         values (?, ?, 42, 3, 'open', 1, 'Hardware', '', ?, ?, ?, ?, 'normal', 1, ?, 'form', ?, ?, ?, 0, 0, 0, ?)`,
      )
      .run(
        ticket.openedAt * 1_024,
        ticket.id,
        ticket.openedAt,
        ticket.openedAt,
        ticket.changedAt,
        ticket.awaitingSince,
        JSON.stringify(ticket.requester),
        JSON.stringify(ticket.labels),
        ticket.url,
        ticket.title,
        ticket.text,
      )
    old.close()
    const store = await openSqliteStore({ file, desk })
    assert.deepEqual(await store.read((reader) => reader.ticket({ iid: 42 })), ticket)
    const query = {
      view: 'level-1',
      me: null,
      level: null,
      category: null,
      state: null,
      assignee: null,
      words: '',
      cursor: null,
      limit: 10,
    } as const
    assert.equal((await store.read((reader) => reader.page(query))).tickets.length, 1)
    await store.close()
    const fresh = aFile()
    await (await openSqliteDatabase({ file: fresh })).close()
    assert.deepEqual(schemaOf(file), schemaOf(fresh))
  })

  test('data of a newer Belay are refused with a sentence and left as they are', async () => {
    const file = aFile()
    await (await openSqliteDatabase({ file, steps: withLaterStep })).close()
    const before = schemaOf(file)
    await assert.rejects(openSqliteStore({ file, desk }), (error) => {
      assert.ok(error instanceof SchemaTooNew)
      assert.match(
        error.message,
        new RegExp(
          `written by a newer Belay .*schema is ${steps.length + 1}, this one knows ${steps.length}`,
        ),
      )
      return true
    })
    assert.deepEqual(schemaOf(file), before)
  })

  test('every table is kept, part of the index, or passing', async () => {
    const file = aFile()
    await (await openSqliteDatabase({ file })).close()
    const database = new DatabaseSync(file)
    const tables = database
      .prepare(
        `select name from sqlite_master where type = 'table' and name not like 'search\\_%' escape '\\'`,
      )
      .all()
      .map(({ name }) => String(name))
    database.close()
    assert.deepEqual(
      tables.sort(),
      [...keptTables, ...indexTables, ...passingTables, 'schema_version'].sort(),
    )
  })
})

describe('an SQLite file', () => {
  test('what was written is there after closing and opening, the count of changes too', async () => {
    const file = aFile()
    const first = await openSqliteStore({ file, desk })
    await first.write((writer) => writer.adopt([{ ticket: aTicket(), events: null, readAt: null }]))
    const version = await first.version()
    await first.close()
    const second = await openSqliteStore({ file, desk })
    assert.equal((await second.read((reader) => reader.ticket({ iid: 42 })))?.id, aTicket().id)
    assert.equal(await second.version(), version)
    await second.close()
  })

  test('a page is read while somebody writes', async () => {
    const store = await openSqliteStore({ file: aFile(), desk })
    const { promise: going, resolve: go } = Promise.withResolvers<void>()
    const writing = store.write(async (writer) => {
      await writer.saveSetting('cursor', 'new')
      await going
    })
    // Would hang here if it had to wait for the writer.
    assert.equal(await store.read((reader) => reader.setting('cursor')), null)
    go()
    await writing
    assert.equal(await store.read((reader) => reader.setting('cursor')), 'new')
    await store.close()
  })

  test('closing waits for the write under way', async () => {
    const file = aFile()
    const store = await openSqliteStore({ file, desk })
    const writing = store.write(async (writer) => {
      await new Promise((resolve) => setImmediate(resolve))
      await writer.saveSetting('cursor', 'last')
    })
    await store.close()
    await writing
    const again = await openSqliteStore({ file, desk })
    assert.equal(await again.read((reader) => reader.setting('cursor')), 'last')
    await again.close()
  })

  test('what was acknowledged survives a power cut, and nobody waits for a writer', async () => {
    const file = aFile()
    const database = await openSqliteDatabase({ file })
    const pragma = async (name: 'synchronous' | 'journal_mode' | 'cache_size') =>
      database.transaction(
        async (q) =>
          Object.values((await q.first(name, {}, () => sql<object>`pragma ${sql.raw(name)}`)) ?? {}),
        async () => {},
      )
    assert.deepEqual(await pragma('synchronous'), [2])
    assert.deepEqual(await pragma('journal_mode'), ['wal'])
    assert.deepEqual(await pragma('cache_size'), [-2000])
    await database.close()
  })

  test('every view, filter and page walks along an index, sorts nothing and is planned once', async () => {
    const file = aFile()
    const asked = new Set<string>()
    const store = await openSqliteStore({ file, desk, seen: (statement) => asked.add(statement) })
    const query = (changes: Partial<TicketQuery>): TicketQuery => ({
      view: 'all',
      me: 'bruno',
      level: null,
      category: null,
      state: null,
      assignee: null,
      words: '',
      cursor: null,
      limit: 5,
      ...changes,
    })
    const cursor = (order: string, to: string) =>
      Buffer.from(JSON.stringify({ order, to, at: 1, id: '' })).toString('base64url')
    const cursors = ['queue', 'resolved', 'opened'].flatMap((order) => [
      cursor(order, 'next'),
      cursor(order, 'previous'),
    ])
    const views: View[] = ['level-1', 'mine', 'unassigned', 'waiting', 'resolved', 'all']
    for (const view of views)
      for (const state of [null, 'open', 'waiting', 'resolved'] as const)
        for (const level of [null, 1])
          for (const category of [null, 'Hardware'])
            for (const assignee of [null, '', 'carla'])
              for (const at of [null, ...cursors])
                await store.read((reader) =>
                  reader.page(query({ view, state, level, category, assignee, cursor: at })),
                )
    await store.close()

    const database = new DatabaseSync(file)
    const pages = [...asked].filter((text) => / from "tickets"/.test(text))
    assert.ok(pages.length > 100, `only ${pages.length} statements seen`)
    for (const text of pages) {
      const plan = database
        .prepare(`explain query plan ${text}`)
        .all(...Array.from({ length: (text.match(/\?/g) ?? []).length }, () => 1))
        .map(({ detail }) => String(detail))
      const walked = plan.join('; ')
      assert.doesNotMatch(walked, /TEMP B-TREE/, text)
      // SQLite plans a statement with a bare `limit ?` anew at each run.
      assert.doesNotMatch(text, /limit \?(?! \+ 0)/, text)
      // The list of all tickets without any filter is the table itself, which is in order of opening.
      assert.match(walked, /^SEARCH tickets USING (INDEX tickets_|INTEGER PRIMARY KEY)|^SCAN tickets$/, text)
    }
    database.close()
  })
})

test('what GitLab does not know yet is found along an index, however much is done', async () => {
  const file = aFile()
  const asked = new Set<string>()
  const store = await openSqliteStore({ file, desk, seen: (statement) => asked.add(statement) })
  await store.read((reader) => reader.unsettled({ limit: 5, cursor: null }))
  await store.close()
  const database = new DatabaseSync(file)
  const plans = [...asked].flatMap((text) =>
    database
      .prepare(`explain query plan ${text}`)
      .all(1, 1, '', 5)
      .map(({ detail }) => String(detail)),
  )
  database.close()
  assert.match(plans.join('; '), /SEARCH operations USING INDEX operations_unsettled \(<expr>=\? AND/)
  assert.doesNotMatch(plans.join('; '), /SCAN|TEMP B-TREE/)
})

describe('one process pushes and pulls', () => {
  test('the lock is held by one and free after its release', () => {
    const file = path.join(folder, 'lock-1')
    const first = takeLock(file)
    assert.ok(first)
    assert.equal(takeLock(file), null)
    first.release()
    const second = takeLock(file)
    assert.ok(second)
    second.release()
    second.release()
  })

  test('the system frees the lock of a process that was killed', async () => {
    const file = path.join(folder, 'lock-2')
    const code = `
      const { takeLock } = await import(${JSON.stringify(new URL('../../../src/adapters/store/lock.ts', import.meta.url).href)})
      console.log(takeLock(${JSON.stringify(file)}) ? 'held' : 'not held')
      setInterval(() => {}, 1_000)`
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', code],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const [said] = await once(child.stdout, 'data')
    assert.equal(String(said).trim(), 'held')
    assert.equal(takeLock(file), null)
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
    const lock = takeLock(file)
    assert.ok(lock)
    lock.release()
  })

  test("a file that cannot be opened is an error and not somebody else's lock", () => {
    assert.throws(() => takeLock(path.join(folder, 'nowhere', 'lock')))
  })
})
