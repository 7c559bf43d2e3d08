// Making a store takes longer than many a story: each thread keeps those it has made, empties
// them, and lends them to the next story. One that a story left inside a transaction is thrown away.

import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { openDatabaseFile } from '../src/adapters/store/sqlite-dialect.ts'
import { openSqliteStore } from '../src/adapters/store/store.ts'
import type { Store } from '../src/application/ports.ts'
import type { Desk } from '../src/domain/desk.ts'

type Kept = { readonly database: DatabaseSync; store: Store; readonly empty: () => void }

const shelf = new Map<Desk, Kept[]>()

/** Brings every table back to the rows that it has in a new store. */
const emptying = (database: DatabaseSync): (() => void) => {
  const virtual = database
    .prepare(`select name from sqlite_master where type = 'table' and sql like 'create virtual%'`)
    .all()
    .map(({ name }) => String(name))
  const plain = database
    .prepare(`select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\'`)
    .all()
    .map(({ name }) => String(name))
    .filter((name) => !virtual.some((one) => name === one || name.startsWith(`${one}_`)))
  const clear = [
    ...plain.map((name) => database.prepare(`delete from "${name}"`)),
    ...virtual.map((name) => database.prepare(`insert into "${name}" ("${name}") values ('delete-all')`)),
  ]
  const first = plain.flatMap((name) =>
    database
      .prepare(`select * from "${name}"`)
      .all()
      .map((row) => {
        const values = Object.values(row) as SQLInputValue[]
        const insert = database.prepare(`insert into "${name}" values (${values.map(() => '?').join(', ')})`)
        return () => insert.run(...values)
      }),
  )
  return () => {
    database.exec('begin')
    for (const statement of clear) statement.run()
    for (const again of first) again()
    database.exec('commit')
  }
}

const make = async (desk: Desk): Promise<Kept> => {
  const database = openDatabaseFile(':memory:')
  const store = await openSqliteStore({ file: ':memory:', database, desk })
  // The audit log lets nobody empty it, not even for the next story.
  for (const { name } of database.prepare(`select name from sqlite_master where type = 'trigger'`).all())
    database.exec(`drop trigger "${String(name)}"`)
  return { database, store, empty: emptying(database) }
}

/** What still runs of a story that is over finds a store that never answers, not the next story's. */
export const borrowStore = async (
  desk: Desk,
  spoil?: (database: DatabaseSync) => void,
): Promise<{ store: Store; giveBack: () => void }> => {
  const free = shelf.get(desk) ?? []
  shelf.set(desk, free)
  const former = spoil ? undefined : free.pop()
  const kept = former ?? (await make(desk))
  const { database } = kept
  spoil?.(database)
  // It remembers by which rules all was measured, and that was another story.
  if (former && desk.targets.length > 0)
    kept.store = await openSqliteStore({ file: ':memory:', database, desk })
  const never: Promise<never> = new Promise(() => undefined)
  let mine = true
  const { store } = kept
  return {
    store: {
      read: (work) => (mine ? store.read(work) : never),
      write: (work, options) => (mine ? store.write(work, options) : never),
      version: () => (mine ? store.version() : never),
      onChange: (listener) => store.onChange(() => mine && listener()),
      presence: store.presence,
      neighbours: store.neighbours,
      schema: () => (mine ? store.schema() : never),
      close: async () => undefined,
    },
    giveBack: () => {
      mine = false
      if (spoil || database.isTransaction) return database.close()
      kept.empty()
      free.push(kept)
    },
  }
}
