// The same sentences on PostgreSQL.

import pg from 'pg'
import { openPostgresStore } from '../../src/adapters/store/store.ts'
import { startPostgres } from '../support/postgres.ts'
import { keepsFigures } from './kpi-sentences.ts'

keepsFigures({
  name: 'PostgreSQL',
  runs: 6,
  fresh: async (t, desk) => {
    const postgres = await startPostgres()
    const url = await postgres.createDatabase()
    const store = await openPostgresStore({ url, desk })
    const stores = [store]
    t.after(async () => {
      for (const one of stores) await one.close()
    })
    return {
      store,
      again: async (other) => {
        const another = await openPostgresStore({ url, desk: other })
        stores.push(another)
        return another
      },
      tables: async () => {
        const client = new pg.Client({ connectionString: url })
        await client.connect()
        const { rows } = await client.query(
          `select table_name as name from information_schema.tables
            where table_schema = current_schema() and table_name <> 'schema_version'`,
        )
        await client.end()
        return rows.map(({ name }) => String(name))
      },
    }
  },
})
