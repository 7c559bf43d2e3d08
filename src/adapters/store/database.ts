// Connections. SQLite: one that writes and one that reads, so that a page never waits for a
// transaction; ':memory:' shares one, and readers wait there until the writer is done.
// PostgreSQL: a pool; writers take turns by the lock on one row.

import { AsyncLocalStorage } from 'node:async_hooks'
import type { DatabaseSync } from 'node:sqlite'
import { type CompiledQuery, Kysely, PostgresDialect, sql } from 'kysely'
import type { CustomTypesConfig } from 'pg'
import { sqliteFault, tellingPool } from './away.ts'
import { connectionAs, deskName } from './connection-name.ts'
import { migrate, type steps } from './migrations.ts'
import type { Tables } from './schema.ts'
import { type Execute, executeOn, nodeSqliteDialect, openDatabaseFile } from './sqlite-dialect.ts'
import {
  type Queries,
  queriesOn,
  type Run,
  runThrough,
  type Speech,
  type Tally,
  type Writing,
} from './statements.ts'

export type Database = {
  readonly speech: Speech
  readonly reader: Queries
  /**
   * One transaction at a time, rolled back when `work` throws. `finish` runs last inside of it.
   * `repeatable`: it can be done again, so its end need not wait for the disk. A power cut may take it
   * back, but not once something after it has lasted.
   */
  transaction<T>(
    work: (writing: Writing) => Promise<T>,
    finish: (writing: Writing) => Promise<void>,
    options?: { readonly repeatable?: boolean },
  ): Promise<T>
  close(): Promise<void>
}

type Connections = {
  readonly speech: Speech
  readonly reader: Kysely<Tables>
  readonly writer: Kysely<Tables>
  /** How queries run on each of them; left out, as kysely does it. */
  readonly runs?: { readonly reader: Run; readonly writer: Run }
  /** Before the next transaction begins: whether its end waits until the disk has it. */
  lasting(lasting: boolean): void
  /** First statement of each write transaction. */
  lock(writing: Writing, options: { readonly repeatable: boolean }): Promise<unknown>
  close(): Promise<void>
}

/** Runs one after the other, in the order of asking. */
const turns = () => {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  let wanted = Promise.withResolvers<void>()
  const idle = { busy: false, until: Promise.resolve() as Promise<unknown> }
  return {
    idle,
    /** Somebody cannot go on before whoever's turn it is. */
    want: () => wanted.resolve(),
    wanted: () => wanted.promise,
    take<T>(work: () => Promise<T>): Promise<T> {
      waiting++
      wanted.resolve()
      const mine = last.then(async () => {
        waiting--
        if (waiting === 0) wanted = Promise.withResolvers()
        idle.busy = true
        try {
          return await work()
        } finally {
          idle.busy = false
        }
      })
      last = mine.catch(() => {})
      idle.until = last
      return mine
    },
  }
}

type Turns = ReturnType<typeof turns>

const onConnections = (
  connections: Connections,
  writers: Turns,
  inside: AsyncLocalStorage<true>,
): Database => {
  const { speech, runs } = connections
  const compiled = new Map<string, CompiledQuery>()
  return {
    speech,
    reader: queriesOn(connections.reader, speech, compiled, runs?.reader ?? runThrough(connections.reader)),
    transaction: (work, finish, { repeatable = false } = {}) => {
      if (inside.getStore()) throw new Error('a write inside a write would wait for itself for ever')
      return writers.take(() =>
        inside.run(true, () => {
          connections.lasting(!repeatable)
          const written = connections.writer.transaction().execute(async (transaction) => {
            const tally: Tally = { counts: new Map(), requesters: new Map(), figures: new Set(), written: 0 }
            const run = runs?.writer ?? runThrough(transaction)
            const queries = queriesOn(transaction, speech, compiled, run, tally)
            const writing = { ...queries, tally, wanted: writers.wanted }
            await connections.lock(writing, { repeatable })
            const result = await work(writing)
            await finish(writing)
            return result
          })
          return speech === 'sqlite' ? written.catch(rethrowAs(sqliteFault)) : written
        }),
      )
    },
    close: async () => {
      await writers.take(async () => {})
      await connections.close()
    },
  }
}

export type SqliteOptions = {
  readonly file: string
  /** An open one to use instead of opening the file; for proofs that empty it and begin again. */
  readonly database?: DatabaseSync
  /** Ahead of each statement of the writing connection; for tests that let it crash. */
  readonly before?: (sql: string) => void
  /** Ahead of each statement of the reading connection; for tests that look at them. */
  readonly seen?: (sql: string) => void
  readonly steps?: typeof steps
}

export const openSqliteDatabase = async (options: SqliteOptions): Promise<Database> => {
  const { file } = options
  const writers = turns()
  const inside = new AsyncLocalStorage<true>()
  const memory = file === ':memory:'
  const writing = options.database ?? openDatabaseFile(file)
  const onWriter = executeOn(writing, options.before)
  const writer = new Kysely<Tables>({ dialect: nodeSqliteDialect(writing, onWriter) })
  try {
    await migrate(writer, 'sqlite', options.steps)
  } catch (error) {
    writing.close()
    throw error
  }
  const reading = memory ? writing : openDatabaseFile(file, { readOnly: true })
  const onReader = executeOn(
    reading,
    memory
      ? () => {
          // Half a transaction must not be seen; whoever is inside it may look.
          if (writers.idle.busy && !inside.getStore()) return untilIdle(writers)
        }
      : options.seen,
  )
  const reader = new Kysely<Tables>({ dialect: nodeSqliteDialect(reading, onReader) })
  let lasts = true
  return onConnections(
    {
      speech: 'sqlite',
      reader,
      writer,
      runs: { reader: runOn(onReader), writer: runOn(onWriter) },
      lasting: (lasting) => {
        if (lasting === lasts) return
        // In this journal a transaction that lasts takes all before it along.
        writing.exec(`pragma synchronous = ${lasting ? 'full' : 'normal'}`)
        // What comes from GitLab's list comes in masses; everything else writes a few pages (of 4 KiB).
        writing.exec(`pragma wal_autocheckpoint = ${lasting ? 4_000 : 16_000}`)
        lasts = lasting
      },
      lock: async () => {},
      close: async () => {
        if (reading !== writing) reading.close()
        writing.close()
      },
    },
    writers,
    inside,
  )
}

const rethrowAs =
  (translate: (error: unknown) => unknown) =>
  (error: unknown): never => {
    throw translate(error)
  }

const runOn =
  (execute: Execute): Run =>
  ({ sql }, parameters) =>
    execute(sql, parameters).catch(rethrowAs(sqliteFault))

const untilIdle = async (writers: Turns): Promise<void> => {
  writers.want()
  while (writers.idle.busy) await writers.idle.until
}

const int8 = 20

/** Milliseconds: a desk that stands still inside a write has the one lock; then the server takes it away. */
const mostIdle = 10_000

/** Milliseconds until a query fails for want of a connection: while the server is away, requests fail and do not hang. */
const longestConnecting = 10_000

/**
 * Connections of one process at most: these, one that listens (listening.ts; `serve` and `work`, not the commands), and
 * one while reports are made (reading.ts). So `max_connections` of the server is at least ten for each process, and some
 * for whoever looks after it.
 */
const mostConnections = 8

/**
 * After the server was away everything comes back by itself: what was under way fails as an ordinary error, and the next
 * query has a new connection. A write whose end was under way can then have happened, though it is reported as failed:
 * nobody knows. Sent again, the key of its form finds what it did; work of our own looks first how things stand.
 */
export const openPostgresDatabase = async (options: {
  readonly url: string
  readonly mostIdle?: number
  readonly steps?: typeof steps
}): Promise<Database> => {
  // Loaded only where it is used: a desk on SQLite is smaller and starts sooner without it.
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({
    ...connectionAs(deskName, options.url),
    max: mostConnections,
    connectionTimeoutMillis: longestConnecting,
    // Notices a server whose machine is gone; else an idle connection to it would be taken for a good one.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    idle_in_transaction_session_timeout: options.mostIdle ?? mostIdle,
    types: {
      // Our integers stay below 2^53; as text they would compare wrongly.
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === int8 ? Number : pg.types.getTypeParser(oid, format ?? 'text'),
    } as CustomTypesConfig,
  })
  // A connection that dies while idle is replaced by the pool at the next query, which reports what is wrong.
  pool.on('error', () => {})
  // One that dies between two queries of a write says so to nobody, which would end the process; the next query fails.
  pool.on('connect', (client) => client.on('error', () => {}))
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: tellingPool(pool) }) })
  try {
    await migrate(db, 'postgres', options.steps)
  } catch (error) {
    await db.destroy()
    throw error
  }
  return onConnections(
    {
      speech: 'postgres',
      reader: db,
      writer: db,
      lasting: () => {},
      lock: async (writing, { repeatable }) => {
        if (repeatable) await writing.all('changes.hasten', {}, () => sql`set local synchronous_commit = off`)
        await writing.all('changes.lock', {}, (q) => q.selectFrom('changes').select('number').forUpdate())
      },
      close: () => db.destroy(),
    },
    turns(),
    new AsyncLocalStorage<true>(),
  )
}
