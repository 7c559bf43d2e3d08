// The same sentences on PostgreSQL.

import { openPostgresStore } from '../../src/adapters/store/store.ts'
import { startPostgres } from '../support/postgres.ts'
import { aDesk } from '../support/tickets.ts'
import { keepsItsWord } from './store-sentences.ts'

keepsItsWord({
  name: 'PostgreSQL',
  runs: 25,
  fresh: async (t) => {
    const postgres = await startPostgres()
    const url = await postgres.createDatabase()
    const stores = [await openPostgresStore({ url, desk: aDesk() })]
    t.after(async () => {
      for (const store of stores) await store.close()
    })
    const [store] = stores
    if (!store) throw new Error('no store')
    return {
      store,
      another: async () => {
        const another = await openPostgresStore({ url, desk: aDesk() })
        stores.push(another)
        return another
      },
    }
  },
})
