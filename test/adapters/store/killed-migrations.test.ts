// A process that brings the desk's data up to date is killed in the middle, with `kill -9`. The next one does it in
// full: nothing is half, nothing is lost.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import pg from 'pg'
import { openPostgresDatabase, openSqliteDatabase } from '../../../src/adapters/store/database.ts'
import { steps } from '../../../src/adapters/store/migrations.ts'
import { openPostgresStore, openSqliteStore } from '../../../src/adapters/store/store.ts'
import type { Store } from '../../../src/application/ports.ts'
import { belay } from '../../support/belay-command.ts'
import { eventually } from '../../support/eventually.ts'
import { startPostgres } from '../../support/postgres.ts'
import { aDesk, aTicket } from '../../support/tickets.ts'

const desk = aDesk()
const program = path.join(import.meta.dirname, '..', '..', 'support', 'slow-migration.ts')
const secret = 'f00d'.repeat(16)

/** Tickets as the first schema had them. */
const tickets = 40
const columns = `n, id, iid, revision, state, level, category, assignee, queue_position, opened_at, changed_at,
  awaiting_since, priority, confidential, requester, source, labels, url, title, replies, pending, marked, text`

const rows = (): (string | number | null)[][] =>
  Array.from({ length: tickets }, (_, index) => {
    const { openedAt, changedAt, requester, labels, url, text } = aTicket()
    const at = openedAt + index
    const id = `0197f000-0000-7000-8000-${String(index).padStart(12, '0')}`
    const before = [
      at * 1_024,
      id,
      index + 1,
      3,
      'open',
      1,
      'Hardware',
      '',
      at,
      at,
      changedAt,
      at,
      'normal',
      1,
    ]
    const behind = [
      JSON.stringify(requester),
      'form',
      JSON.stringify(labels),
      url,
      `Title ${index}`,
      0,
      0,
      0,
      text,
    ]
    return [...before, ...behind]
  })

/** Started, and killed when `when` says so. */
const killed = async (
  t: TestContext,
  args: readonly string[],
  when: (said: () => string) => Promise<unknown>,
): Promise<void> => {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  let said = ''
  child.stdout.on('data', (more) => {
    said += String(more)
  })
  await when(() => said)
  child.kill('SIGKILL')
  const [, signal] = await once(child, 'exit')
  assert.equal(signal, 'SIGKILL')
}

const isWhole = async (store: Store): Promise<void> => {
  const all = await store.read((reader) => reader.walk({ after: null, limit: 100 }))
  assert.deepEqual(
    all.map(({ title }) => title),
    Array.from({ length: tickets }, (_, index) => `Title ${index}`),
  )
  const { tickets: asked } = await store.write((writer) =>
    writer.ticketsOfAddress(aTicket().requester.email ?? '', { limit: 100, cursor: null }),
  )
  assert.equal(asked.length, tickets)
  await store.close()
}

const schemaOf = (file: string): string[] => {
  const database = new DatabaseSync(file)
  const found = database.prepare('select type, name, sql from sqlite_master order by type, name').all()
  database.close()
  return found.map((row) => JSON.stringify(row))
}

test('SQLite: killed at a statement of any step, the data are brought up to date by the next one', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'belay-killed-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const fresh = path.join(folder, 'fresh.sqlite')
  await (await openSqliteDatabase({ file: fresh })).close()
  const ofTheFirst = async (file: string, before?: () => void) => {
    await (await openSqliteDatabase({ file, steps: steps.slice(0, 1) })).close()
    const old = new DatabaseSync(file)
    const insert = old.prepare(
      `insert into tickets (${columns}) values (${rows()[0]
        ?.map(() => '?')
        .join(', ')})`,
    )
    for (const row of rows()) insert.run(...row)
    old.close()
    if (before) await (await openSqliteDatabase({ file, before })).close()
  }
  let statements = 0
  await ofTheFirst(path.join(folder, 'counted.sqlite'), () => void statements++)
  assert.ok(statements > 60, `only ${statements} statements`)

  for (let last = 5; last < statements; last += Math.ceil(statements / 8)) {
    const data = path.join(folder, `killed-at-${last}`)
    const file = path.join(data, 'belay.sqlite')
    mkdirSync(data)
    writeFileSync(path.join(data, 'secret'), secret)
    await ofTheFirst(file)
    await killed(t, [file, String(last)], (said) =>
      eventually('it stands still', () => said().includes('standing still')),
    )
    const said = await belay(['migrate'], { BELAY_DATA: data }, folder)
    assert.deepEqual([said.code, said.stderr], [0, ''], `killed at statement ${last}`)
    assert.deepEqual(schemaOf(file), schemaOf(fresh), `killed at statement ${last}`)
    await isWhole(await openSqliteStore({ file, desk }))
  }
})

test('PostgreSQL: killed within any step, the data are brought up to date by the next one', async (t) => {
  const postgres = await startPostgres()
  const folder = mkdtempSync(path.join(tmpdir(), 'belay-killed-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const schemaIn = async (client: pg.Client) => {
    const found = await client.query(
      `select table_name, column_name, data_type, column_default, is_nullable from information_schema.columns
       where table_schema = 'public' order by 1, 2`,
    )
    const indexes = await client.query(
      `select indexdef from pg_indexes where schemaname = 'public' order by 1`,
    )
    return { columns: found.rows, indexes: indexes.rows.map(({ indexdef }) => indexdef) }
  }
  const connected = async (url: string) => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    return client
  }
  const freshUrl = await postgres.createDatabase()
  await (await openPostgresDatabase({ url: freshUrl })).close()
  const fresh = await connected(freshUrl)
  const wanted = await schemaIn(fresh)
  await fresh.end()

  for (const step of [2, 5, 7, 9, steps.length]) {
    const url = await postgres.createDatabase()
    await (await openPostgresDatabase({ url, steps: steps.slice(0, 1) })).close()
    const client = await connected(url)
    for (const row of rows())
      await client.query(
        `insert into tickets (${columns}) values (${row.map((_, index) => `$${index + 1}`).join(', ')})`,
        row,
      )
    await killed(t, [url, String(step)], () =>
      eventually('it is in the middle of the step', async () => {
        const { rows: sleeping } = await client.query(
          `select 1 from pg_stat_activity
           where datname = current_database() and state = 'active' and query like 'select pg_sleep%'`,
        )
        return sleeping.length > 0
      }),
    )
    const { rows: found } = await client.query<{ version: number }>('select version from schema_version')
    assert.equal(found[0]?.version, step - 1, 'the step was not half done')
    const env = { DATABASE_URL: url, BELAY_SECRET: secret, BELAY_DATA: folder }
    const said = await belay(['migrate'], env, folder)
    assert.deepEqual([said.code, said.stderr], [0, ''], `killed in step ${step}`)
    assert.deepEqual(await schemaIn(client), wanted, `killed in step ${step}`)
    await client.end()
    await isWhole(await openPostgresStore({ url, desk }))
  }
})
