import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { schema } from './schema.ts'

export type Database = {
  one<T>(sql: string, ...values: SQLInputValue[]): T | undefined
  all<T>(sql: string, ...values: SQLInputValue[]): T[]
  /** Answers the id of the row it made (meaningful for inserts only) and how many rows it changed. */
  run(sql: string, ...values: SQLInputValue[]): { id: number; changes: number }
  /** All or nothing. Nested calls join the outer one. */
  transaction<T>(work: () => T): T
  script(sql: string): void
  close(): void
}

/** Opens (and where needed makes) the sandbox's database; `:memory:` forgets everything at the end. */
export function openDatabase(data: string): Database {
  let file = ':memory:'
  if (data !== ':memory:') {
    mkdirSync(data, { recursive: true })
    file = join(data, 'gitlab-sandbox.sqlite')
  }
  const sqlite = new DatabaseSync(file)
  // NORMAL: a killed process loses nothing; only a power cut could, and a sandbox may.
  sqlite.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on')
  sqlite.exec('pragma busy_timeout = 3000; pragma cache_size = -65536; pragma temp_store = memory')
  sqlite.exec(schema)

  const statements = new Map<string, StatementSync>()
  const prepared = (sql: string): StatementSync => {
    const known = statements.get(sql)
    if (known) return known
    const made = sqlite.prepare(sql)
    statements.set(sql, made)
    return made
  }

  let depth = 0
  return {
    one: <T>(sql: string, ...values: SQLInputValue[]) => prepared(sql).get(...values) as T | undefined,
    all: <T>(sql: string, ...values: SQLInputValue[]) => prepared(sql).all(...values) as T[],
    run(sql, ...values) {
      const done = prepared(sql).run(...values)
      return { id: Number(done.lastInsertRowid), changes: Number(done.changes) }
    },
    transaction(work) {
      if (depth > 0) return work()
      sqlite.exec('begin immediate')
      depth++
      try {
        const result = work()
        sqlite.exec('commit')
        return result
      } catch (error) {
        sqlite.exec('rollback')
        throw error
      } finally {
        depth--
      }
    },
    script: (sql) => sqlite.exec(sql),
    close: () => sqlite.close(),
  }
}
