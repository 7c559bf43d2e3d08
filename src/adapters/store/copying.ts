// Copying a whole desk from one database to another, in bounded memory: backups, restoring and moving to
// PostgreSQL are this. Rows go over in the order of their table's key, some at a time. What was read and what
// arrived is summed up in one form for both databases, so that equal sums mean equal rows.

import { createHash } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { migrate, steps } from './migrations.ts'
import { passingTables, type Tables } from './schema.ts'
import { executeOn, nodeSqliteDialect, openDatabaseFile } from './sqlite-dialect.ts'

export type Value = null | number | string | Uint8Array

/** In the order of its shape's columns. */
export type Row = readonly Value[]

export type Column = { readonly name: string; readonly kind: 'int' | 'text' | 'bytes' }

export type Shape = {
  readonly name: string
  /** By name, so that both databases agree on the order. */
  readonly columns: readonly Column[]
  /** What orders its rows: the primary key; all columns where it has none. */
  readonly key: readonly string[]
}

/** Whom the processes of a desk see just now: it is true of no other place and time. */
export const leftOut: readonly string[] = passingTables

/** Derived or another's: each database makes its own words, and writes its own number of the schema. */
const ofTheDatabase = (name: string): boolean => /^(search(_.*)?|schema_version|sqlite_.*)$/u.test(name)

/** Of every table that is there, also those of the search's own; names that begin with `backup_` are a backup's. */
const allShapes = (database: DatabaseSync): Shape[] => {
  const names = database
    .prepare(
      `select name from sqlite_master where type = 'table' and sql not like 'create virtual%' order by name`,
    )
    .all()
    .map(({ name }) => String(name))
  return names
    .filter((name) => !name.startsWith('backup_') && !name.startsWith('sqlite_'))
    .map((name) => {
      const found = database.prepare(`select name, type, pk from pragma_table_info(?)`).all(name)
      const columns = found
        .map((column): Column => {
          const type = String(column.type).toLowerCase()
          return {
            name: String(column.name),
            kind: type.startsWith('int') ? 'int' : type === 'blob' ? 'bytes' : 'text',
          }
        })
        .sort((a, b) => (a.name < b.name ? -1 : 1))
      const key = found
        .filter(({ pk }) => Number(pk) > 0)
        .sort((a, b) => Number(a.pk) - Number(b.pk))
        .map((column) => String(column.name))
      return { name, columns, key: key.length > 0 ? key : columns.map((column) => column.name) }
    })
}

/** The tables that hold the desk, in a file of any schema. */
export const shapesOf = (database: DatabaseSync): Shape[] =>
  allShapes(database).filter(({ name }) => !ofTheDatabase(name) && !leftOut.includes(name))

/** What a file holds beside them: a backup of SQLite brings its words along. */
export const searchShapesOf = (database: DatabaseSync): Shape[] =>
  allShapes(database).filter(({ name }) => name.startsWith('search_'))

/** Brings an open file up to date; throws SchemaTooNew. */
export const migrateFile = (database: DatabaseSync, known: typeof steps = steps): Promise<void> =>
  migrate(kyselyOn(database), 'sqlite', known)

export const kyselyOn = (database: DatabaseSync): Kysely<Tables> =>
  new Kysely<Tables>({ dialect: nodeSqliteDialect(database, executeOn(database)) })

/** Of the schema that this Belay writes. */
export const presentShapes = async (): Promise<Shape[]> => {
  const database = openDatabaseFile(':memory:')
  try {
    await migrateFile(database)
    return shapesOf(database)
  } finally {
    database.close()
  }
}

/** A step of a long work; where it is. `total` is an estimate. */
export type Telling = {
  stage(name: string, total: number | null): void
  done(more: number): void
}

export const tellNobody: Telling = { stage: () => undefined, done: () => undefined }

export type Source = {
  /** In the order of the key, some at a time. */
  rows(shape: Shape): AsyncIterable<readonly Row[]>
  /** About how many rows these tables have. */
  amount(shapes: readonly Shape[]): Promise<number>
}

export type Target = { put(shape: Shape, rows: readonly Row[]): Promise<void> }

/** So many rows or so many bytes are in memory at once, whichever is less. */
const rowsAtOnce = 500
const bytesAtOnce = 4_000_000

const weigh = (row: Row): number => {
  let weight = 0
  for (const value of row)
    weight += typeof value === 'string' || value instanceof Uint8Array ? value.length : 8
  return weight
}

// --- Sums --------------------------------------------------------------------------------------

export type Sum = { readonly name: string; readonly rows: number; readonly sum: string }

const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex')

/** One line of JSON for each row; bytes stand there as their own sum. */
const summing = (name: string) => {
  const hash = createHash('sha256')
  let count = 0
  return {
    add: (rows: readonly Row[]) => {
      let text = ''
      for (const row of rows)
        text += `${JSON.stringify(row.map((value) => (value instanceof Uint8Array ? { sha256: sha256(value) } : value)))}\n`
      hash.update(text)
      count += rows.length
    },
    end: (): Sum => ({ name, rows: count, sum: hash.digest('hex') }),
  }
}

/** One sum of all. */
export const wholeSum = (sums: readonly Sum[]): string =>
  sha256(JSON.stringify(sums.map(({ name, rows, sum }) => [name, rows, sum]).sort()))

/** Reads all rows of these tables, hands each portion on, and answers the sums of what was read. */
const walk = async (
  source: Source,
  shapes: readonly Shape[],
  telling: Telling,
  put?: Target['put'],
): Promise<Sum[]> => {
  const sums: Sum[] = []
  for (const shape of shapes) {
    const sum = summing(shape.name)
    for await (const rows of source.rows(shape)) {
      sum.add(rows)
      await put?.(shape, rows)
      telling.done(rows.length)
    }
    sums.push(sum.end())
  }
  return sums
}

export const sumsOf = (
  source: Source,
  shapes: readonly Shape[],
  telling: Telling = tellNobody,
): Promise<Sum[]> => walk(source, shapes, telling)

/** Answers the sums of what was read. */
export const copy = (
  from: Source,
  to: Target,
  shapes: readonly Shape[],
  telling: Telling = tellNobody,
): Promise<Sum[]> => walk(from, shapes, telling, (shape, rows) => to.put(shape, rows))

/** Names of the tables in which the two differ. */
export const differences = (one: readonly Sum[], other: readonly Sum[]): string[] => {
  const known = new Map(other.map((sum) => [sum.name, sum]))
  const differing = one
    .filter(({ name, rows, sum }) => known.get(name)?.rows !== rows || known.get(name)?.sum !== sum)
    .map(({ name }) => name)
  const names = new Set(one.map(({ name }) => name))
  return [...differing, ...other.filter(({ name }) => !names.has(name)).map(({ name }) => name)]
}

// --- SQLite ------------------------------------------------------------------------------------

const quoted = (name: string): string => `"${name}"`

export const columnList = (shape: Shape): string => shape.columns.map(({ name }) => quoted(name)).join(', ')
export const keyList = (shape: Shape): string => shape.key.map(quoted).join(', ')

/** Between `begin` and `commit` of its connection it is one moment of the desk. */
export const sqliteSource = (database: DatabaseSync): Source => ({
  async *rows(shape) {
    const statement = database.prepare(
      `select ${columnList(shape)} from ${quoted(shape.name)} order by ${keyList(shape)}`,
    )
    statement.setReturnArrays(true)
    // The search's own numbers are larger than ours ever get; they are only summed up.
    const large = shape.name.startsWith('search_')
    statement.setReadBigInts(large)
    let rows: Row[] = []
    let weight = 0
    for (const found of statement.iterate()) {
      const values = found as unknown as readonly (Value | bigint)[]
      const row = large
        ? values.map((value) => (typeof value === 'bigint' ? String(value) : value))
        : (values as Row)
      rows.push(row)
      weight += weigh(row)
      if (rows.length < rowsAtOnce && weight < bytesAtOnce) continue
      yield rows
      rows = []
      weight = 0
    }
    if (rows.length > 0) yield rows
  },
  amount: async (shapes) =>
    shapes.reduce(
      (total, { name }) =>
        total + Number(database.prepare(`select count(*) as count from ${quoted(name)}`).get()?.count ?? 0),
      0,
    ),
})

export const sqliteTarget = (database: DatabaseSync): Target => {
  const statements = new Map<string, StatementSync>()
  const statementFor = (shape: Shape): StatementSync => {
    const known = statements.get(shape.name)
    if (known) return known
    const statement = database.prepare(
      `insert into ${quoted(shape.name)} (${columnList(shape)}) values (${shape.columns.map(() => '?').join(', ')})${onlyRow(shape)}`,
    )
    statements.set(shape.name, statement)
    return statement
  }
  return {
    put: async (shape, rows) => {
      const statement = statementFor(shape)
      for (const row of rows) statement.run(...row)
    },
  }
}

/** Tables of one row have it from the first on; it cannot be taken out (audit_start), but it becomes another. */
export const onlyRow = ({ name, columns }: Shape): string =>
  name === 'changes' || name === 'audit_start'
    ? ` on conflict (id) do update set ${columns
        .filter((column) => column.name !== 'id')
        .map((column) => `${quoted(column.name)} = excluded.${quoted(column.name)}`)
        .join(', ')}`
    : ''
