// The PostgreSQL side of copying a desk: one connection, one transaction, cursors for what is read and arrays of
// columns for what is written.

import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import type { Client, CustomTypesConfig } from 'pg'
import { BackupProblem } from './backup-problem.ts'
import { connectionAs, copyingName, deskName, listeningName } from './connection-name.ts'
import type { Row, Shape, Source, Target, Value } from './copying.ts'
import { columnList, keyList, leftOut, onlyRow } from './copying.ts'
import { steps } from './migrations.ts'
import type { Tables } from './schema.ts'

const int8 = 20

const lockNotAvailable = '55P03'

/** Connections that ended by themselves. */
const lost = new WeakSet<Client>()

/** What the server said, as a sentence; everything else is thrown on. */
export const postgresProblem = (client: Client, error: unknown): unknown => {
  if (!(error instanceof Error) || error instanceof BackupProblem) return error
  if (lost.has(client))
    return new BackupProblem(
      `The connection to PostgreSQL was lost (${error.message}). Check the server and run the same command again.`,
      { cause: error },
    )
  const code = 'severity' in error && 'code' in error ? String(error.code) : null
  if (code === null) return error
  return new BackupProblem(
    code === lockNotAvailable
      ? 'Somebody works on this PostgreSQL database just now. Stop all of its Belay processes first; nothing was changed.'
      : `PostgreSQL could not do it (${error.message}); nothing was changed.`,
    { cause: error },
  )
}

/** Throws BackupProblem where the server cannot be reached. */
export const connectTo = async (url: string): Promise<Client> => {
  const { default: pg } = await import('pg')
  const client = new pg.Client({
    ...connectionAs(copyingName, url),
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === int8 ? Number : pg.types.getTypeParser(oid, format ?? 'text'),
    } as CustomTypesConfig,
  })
  client.on('error', () => lost.add(client))
  try {
    await client.connect()
  } catch (error) {
    const why = error instanceof Error ? error.message || String(error.cause ?? error.name) : String(error)
    throw new BackupProblem(
      `PostgreSQL cannot be reached (${why}). Check DATABASE_URL and that the server runs; nothing was changed.`,
      { cause: error },
    )
  }
  // A copy takes as long as it takes, whatever the server allows to pages.
  await client.query('set statement_timeout = 0; set idle_in_transaction_session_timeout = 0')
  return client
}

/** Connections that desks have to this database just now. An idle desk keeps only the one that listens. */
export const desksOn = async (client: Client): Promise<number> => {
  // Inside of a transaction the server goes on showing what it showed at first.
  await client.query('select pg_stat_clear_snapshot()')
  const { rows } = await client.query<{ count: number }>(
    `select count(*) as count from pg_stat_activity
     where datname = current_database() and application_name = any($1) and pid <> pg_backend_pid()`,
    [[deskName, listeningName]],
  )
  return rows[0]?.count ?? 0
}

const quoted = (name: string): string => `"${name}"`

const mostRows = 1_000
/** Mails and files: a few large ones may come after many small ones. */
const mostContents = 4
const bytesAtOnce = 4_000_000

const bytesOf = (rows: readonly Row[]): number => {
  let bytes = 0
  for (const row of rows)
    for (const value of row)
      bytes += typeof value === 'string' || value instanceof Uint8Array ? value.length : 8
  return bytes
}

/** Inside of a repeatable read transaction it is one moment of the desk. */
export const postgresSource = (client: Client): Source => {
  let cursors = 0
  return {
    async *rows(shape) {
      const cursor = `belay_copy_${++cursors}`
      await client.query(
        `declare ${cursor} no scroll cursor for
         select ${columnList(shape)} from ${quoted(shape.name)} order by ${keyList(shape)}`,
      )
      const most = shape.columns.some(({ name }) => name === 'content') ? mostContents : mostRows
      let next = Math.min(most, 100)
      for (;;) {
        const { rows } = await client.query<Value[]>({
          text: `fetch forward ${next} from ${cursor}`,
          rowMode: 'array',
        })
        if (rows.length === 0) break
        yield rows
        const each = Math.max(1, bytesOf(rows) / rows.length)
        next = Math.max(1, Math.min(most, Math.floor(bytesAtOnce / each)))
      }
      await client.query(`close ${cursor}`)
    },
    amount: async (shapes) => {
      const { rows } = await client.query<{ count: number }>(
        `select coalesce(sum(greatest(reltuples, 0)), 0)::bigint as count from pg_class
         where relnamespace = current_schema()::regnamespace and relname = any($1)`,
        [shapes.map(({ name }) => name)],
      )
      return rows[0]?.count ?? 0
    },
  }
}

const arrayType = { int: 'bigint[]', text: 'text[]', bytes: 'bytea[]' } as const

export const postgresTarget = (client: Client): Target => ({
  put: async (shape, rows) => {
    await client.query({
      name: `put ${shape.name}`,
      text: `insert into ${quoted(shape.name)} (${columnList(shape)})
        select * from unnest(${shape.columns.map(({ kind }, index) => `$${index + 1}::${arrayType[kind]}`).join(', ')})${onlyRow(shape)}`,
      values: shape.columns.map((_, index) => rows.map((row) => row[index])),
    })
  },
})

const compiling = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})

const hasTable = async (client: Client, name: string): Promise<boolean> =>
  (
    await client.query(
      'select 1 from information_schema.tables where table_schema = current_schema() and table_name = $1',
      [name],
    )
  ).rows.length > 0

/** null where Belay has never been; another program may have a table of that name as well. */
export const schemaOn = async (client: Client): Promise<number | null> => {
  const columns = await client.query<{ name: string; type: string }>(
    `select column_name as name, data_type as type from information_schema.columns
     where table_schema = current_schema() and table_name = 'schema_version'`,
  )
  const [only, more] = columns.rows
  if (only?.name !== 'version' || only.type !== 'integer' || more) return null
  const { rows } = await client.query<{ version: number }>('select version from schema_version')
  return rows[0]?.version ?? null
}

/** Names of tables with rows that nobody has but who works with this desk. */
export const filledTables = async (client: Client, shapes: readonly Shape[]): Promise<string[]> => {
  const filled: string[] = []
  for (const { name } of shapes) {
    if (name === 'changes' || name === 'audit_start' || !(await hasTable(client, name))) continue
    const { rows } = await client.query(`select 1 from ${quoted(name)} limit 1`)
    if (rows.length > 0) filled.push(name)
  }
  return filled
}

const tablesOfDesk = (shapes: readonly Shape[]): string[] => [
  ...shapes.map(({ name }) => name),
  ...leftOut,
  'search',
  'schema_version',
]

/**
 * From here on a name means what is in the schema where tables are made: a path such as `"$user", public` would else find
 * another program's table in the second one, where the first has none.
 */
export const stayInSchema = async (client: Client): Promise<void> => {
  await client.query(`select set_config('search_path', quote_ident(current_schema()), true)`)
}

/** What has a name that a desk needs, where there is no desk. */
export const tablesOfOthers = async (client: Client, shapes: readonly Shape[]): Promise<string[]> => {
  if ((await schemaOn(client)) !== null) return []
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = current_schema()::regnamespace and relname = any($1) order by relname`,
    [tablesOfDesk(shapes)],
  )
  return rows.map(({ name }) => name)
}

/** Everything of a desk goes, and its tables are there again, empty. In the transaction under way. */
export const layOutAgain = async (client: Client, shapes: readonly Shape[]): Promise<void> => {
  if ((await schemaOn(client)) !== null) {
    for (const name of tablesOfDesk(shapes))
      await client.query(`drop table if exists ${quoted(name)} cascade`)
    await client.query('drop function if exists audit_guard() cascade')
  }
  await client.query('create table schema_version (version integer not null)')
  for (const step of steps)
    for (const statement of step('postgres')) {
      const { sql, parameters } = statement.compile(compiling)
      await client.query(sql, [...parameters])
    }
  await client.query('insert into schema_version (version) values ($1)', [steps.length])
}
