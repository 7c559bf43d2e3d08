// kysely over Node's own SQLite: no native add-on. Statements are prepared once and kept.
// Calls are synchronous underneath, so each statement is over before the next one of anybody begins.

import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import {
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type LimitNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { LRUCache } from 'lru-cache'

type Parameter = null | number | bigint | string | Uint8Array

type Prepared = { readonly statement: StatementSync; readonly reads: boolean }

const preparedStatements = 300

/** Runs one statement: its rows where it has any, else how many it has changed. */
export type Execute = (
  sql: string,
  parameters: readonly unknown[],
) => Promise<{ readonly rows: unknown[]; readonly changes: number }>

/** Prepares each SQL text once. `before`: called ahead of each statement; may wait, or throw as a crash would. */
export const executeOn = (
  database: DatabaseSync,
  before?: (sql: string) => void | Promise<void>,
): Execute => {
  const known = new LRUCache<string, Prepared>({ max: preparedStatements })
  const prepare = (sql: string): Prepared => {
    const found = known.get(sql)
    if (found) return found
    const statement = database.prepare(sql)
    const prepared = { statement, reads: statement.columns().length > 0 }
    known.set(sql, prepared)
    return prepared
  }
  return async (sql, parameters) => {
    const wait = before?.(sql)
    if (wait) await wait
    const { statement, reads } = prepare(sql)
    const values = parameters as Parameter[]
    if (reads) return { rows: statement.all(...values), changes: 0 }
    return { rows: [], changes: Number(statement.run(...values).changes) }
  }
}

const connectionTo = (execute: Execute): DatabaseConnection => ({
  async executeQuery<R>({ sql, parameters }: { sql: string; parameters: readonly unknown[] }) {
    const { rows, changes } = await execute(sql, parameters)
    return { rows: rows as R[], numAffectedRows: BigInt(changes) }
  },
  // biome-ignore lint/correctness/useYield: nobody streams here
  async *streamQuery() {
    throw new Error('this store does not stream')
  },
})

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === busy

const busy = 5
const patience = 10_000
const between = 10

/**
 * `immediate`: a transaction that reads first could otherwise fail when it turns to writing. While
 * another process writes, SQLite's own waiting would hold up everybody in this one; ours does not.
 */
const beginWriting = async (database: DatabaseSync): Promise<void> => {
  database.exec('pragma busy_timeout = 0')
  try {
    for (let waited = 0; ; waited += between)
      try {
        database.exec('begin immediate')
        return
      } catch (error) {
        if (!isBusy(error) || waited >= patience) throw error
        await setTimeout(between)
      }
  } finally {
    database.exec('pragma busy_timeout = 5000')
  }
}

/** kysely's own adapter locks a connection for each query; ours needs no lock, see above. */
class UnlockedSqliteAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true
  }
}

/**
 * Since 3.47 SQLite plans with the value of a bare `limit ?` and therefore compiles the statement again for each
 * run of it, which costs more than most of ours take (sqlite3ExprIsInteger, expmask). It does not look into a sum.
 */
class PlanKeepingCompiler extends SqliteQueryCompiler {
  protected override visitLimit(node: LimitNode): void {
    super.visitLimit(node)
    this.append(' + 0')
  }
}

export const nodeSqliteDialect = (database: DatabaseSync, execute: Execute): Dialect => ({
  createAdapter: () => new UnlockedSqliteAdapter(),
  createQueryCompiler: () => new PlanKeepingCompiler(),
  createIntrospector: (db) => new SqliteIntrospector(db),
  createDriver: (): Driver => {
    const connection = connectionTo(execute)
    return {
      init: async () => {},
      acquireConnection: async () => connection,
      releaseConnection: async () => {},
      beginTransaction: async () => beginWriting(database),
      commitTransaction: async () => database.exec('commit'),
      // A full disk has rolled back already; the error of that must not be hidden by ours.
      rollbackTransaction: async () => {
        if (database.isOpen && database.isTransaction) database.exec('rollback')
      },
      destroy: async () => {},
    }
  },
})

/** Opens a file (or ':memory:') with the settings that every connection of ours has. */
export const openDatabaseFile = (
  file: string,
  /** `plain`: a file of one connection, whose writing is thrown away when it ends early. */
  options: { readonly readOnly?: boolean; readonly plain?: boolean } = {},
): DatabaseSync => {
  const database = new DatabaseSync(file, { readOnly: options.readOnly ?? false, timeout: 5_000 })
  database.exec('pragma foreign_keys = on')
  // Kibibytes: two connections of this size leave the process small with any number of tickets.
  database.exec('pragma cache_size = -2000')
  if (!options.readOnly && !options.plain && file !== ':memory:') {
    database.exec('pragma journal_mode = wal')
    // FULL: what was acknowledged survives a power cut, not only the death of this process.
    database.exec('pragma synchronous = full')
    // Pages: a first reading dirties the same ones again and again; 16 MB at a time are written once.
    database.exec('pragma wal_autocheckpoint = 4000')
    database.exec('pragma journal_size_limit = 67108864')
  }
  return database
}
