// Figures and promises, on SQLite.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openSqliteStore } from '../../src/adapters/store/store.ts'
import { keepsFigures } from './kpi-sentences.ts'

keepsFigures({
  name: 'an SQLite file',
  runs: 30,
  fresh: async (t, desk) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'belay-figures-'))
    const file = path.join(folder, 'belay.sqlite')
    const store = await openSqliteStore({ file, desk })
    const stores = [store]
    t.after(async () => {
      for (const one of stores) await one.close()
      await rm(folder, { recursive: true })
    })
    return {
      store,
      again: async (other) => {
        const another = await openSqliteStore({ file, desk: other })
        stores.push(another)
        return another
      },
      tables: async () => {
        const database = new DatabaseSync(file, { readOnly: true })
        // The search has tables of its own behind its name.
        const rows = database
          .prepare(
            `select name from sqlite_master where type = 'table' and name <> 'schema_version'
              and name not like 'search\\_%' escape '\\'`,
          )
          .all()
        database.close()
        return rows.map(({ name }) => String(name))
      },
    }
  },
})
