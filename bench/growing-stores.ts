// Stores of desks of any size: a year of tickets is written into SQLite as GitLab's listing is, and from there copied
// table by table into PostgreSQL, where writing them one by one would take twenty minutes for a million.

import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { type Document, wordsIn } from '../src/adapters/store/search.ts'
import { openPostgresStore, openSqliteStore } from '../src/adapters/store/store.ts'
import type { Desk } from '../src/domain/desk.ts'
import { writeYear } from '../test/support/year-of-tickets.ts'
import { asGrowingDesk } from './growing-tickets.ts'

/** As the worker does when it measures by other rules. */
const measuredAtOnce = 200

/** A desk that has read its GitLab up to now: what is there is known, and the next reading asks for what is new. */
export const fillSqlite = async (
  file: string,
  { tickets, now, desk }: { readonly tickets: number; readonly now: number; readonly desk: Desk },
): Promise<void> => {
  const store = await openSqliteStore({ file, desk })
  try {
    // There are none yet: from now on these are the rules.
    await store.write((writer) => writer.measureAgain(measuredAtOnce, now))
    await writeYear(asGrowingDesk(store, { tickets, desk }), { tickets, now, desk })
    await store.write((writer) => writer.saveSetting('pull.cursor', String(now)))
  } finally {
    await store.close()
  }
}

/** Made anew from the tickets' words: SQLite keeps them in a table that cannot be read. */
const searchTable = 'search'
/** Filled by the migrations, and guarded. */
const filledAlready = new Set(['audit_start', 'schema_version'])

const atOnce = 5_000

type Column = { readonly name: string; readonly type: string }

const rowsOf = async <R extends object>(
  client: pg.Client,
  text: string,
  values: unknown[] = [],
): Promise<R[]> => (await client.query<R>(text, values)).rows

const insert = (client: pg.Client, table: string, columns: readonly Column[], rows: readonly object[]) =>
  client.query(
    `insert into ${table} (${columns.map(({ name }) => name).join(', ')})
      select * from unnest(${columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ')})
      on conflict do nothing`,
    columns.map(({ name }) =>
      rows.map((row) => {
        const value: unknown = Reflect.get(row, name)
        return value instanceof Uint8Array ? Buffer.from(value) : value
      }),
    ),
  )

/** In portions, so that a million rows are never in memory. */
const portionsOf = function* (from: DatabaseSync, text: string): Generator<object[]> {
  let some: object[] = []
  for (const row of from.prepare(text).iterate()) {
    some.push(row as object)
    if (some.length === atOnce) {
      yield some
      some = []
    }
  }
  if (some.length > 0) yield some
}

const copyTable = async (from: DatabaseSync, client: pg.Client, table: string): Promise<void> => {
  const columns = await rowsOf<Column>(
    client,
    `select column_name as name, udt_name as type from information_schema.columns
      where table_schema = current_schema() and table_name = $1 order by ordinal_position`,
    [table],
  )
  const list = columns.map(({ name }) => name).join(', ')
  for (const rows of portionsOf(from, `select ${list} from ${table}`))
    await insert(client, table, columns, rows)
}

type Worded = {
  readonly n: number
  readonly title: string
  readonly text: string
  readonly requester: string
}

const documentOf = ({ n, title, text, requester }: Worded): Document => {
  const { name, email, username } = JSON.parse(requester) as Record<string, string | null>
  return { n, texts: [title, name ?? '', email ?? '', username ?? '', text] }
}

/** As `addDocument` does, many at once. */
const copyWords = async (from: DatabaseSync, client: pg.Client): Promise<void> => {
  const most = 8_000
  for (const rows of portionsOf(from, 'select n, title, text, requester from tickets')) {
    const documents = (rows as Worded[]).map(documentOf)
    await client.query(
      `insert into ${searchTable} (n, words)
        select (row ->> 'n')::bigint, array_to_tsvector(array(select jsonb_array_elements_text(row -> 'words')))
        from jsonb_array_elements($1::jsonb) as row`,
      [JSON.stringify(documents.map(({ n, texts }) => ({ n, words: wordsIn(texts, most) })))],
    )
  }
}

/** Into a new, empty database; answers when all is there and PostgreSQL knows what it looks like. */
export const copyToPostgres = async (file: string, url: string, desk: Desk): Promise<void> => {
  // The tables, as the desk makes them.
  await (await openPostgresStore({ url, desk })).close()
  const from = new DatabaseSync(file, { readOnly: true })
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('set synchronous_commit = off')
    const indexes = await rowsOf<{ name: string; definition: string }>(
      client,
      `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
        join pg_class on pg_class.oid = indrelid
        where relnamespace = current_schema()::regnamespace and not indisprimary`,
    )
    // Made at the end, all at once, which is quicker by far.
    for (const { name } of indexes) await client.query(`drop index ${name}`)
    const tables = await rowsOf<{ name: string }>(
      client,
      `select tablename as name from pg_tables where schemaname = current_schema()`,
    )
    for (const { name } of tables)
      if (name !== searchTable && !filledAlready.has(name)) await copyTable(from, client, name)
    await copyWords(from, client)
    for (const { definition } of indexes) await client.query(definition)
    const [known] = from.prepare('select number from changes').all() as { number: number }[]
    await client.query('update changes set number = $1', [known?.number ?? 1])
  } finally {
    from.close()
    await client.end()
  }
}
