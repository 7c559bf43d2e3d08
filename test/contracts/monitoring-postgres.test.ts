// The desk from afar, on PostgreSQL.

import { openPostgresStore } from '../../src/adapters/store/store.ts'
import { startPostgres } from '../support/postgres.ts'
import { aDesk } from '../support/tickets.ts'
import { tellsHowItIs } from './monitoring-sentences.ts'

tellsHowItIs({
  name: 'PostgreSQL',
  fresh: async (t) => {
    const postgres = await startPostgres()
    const store = await openPostgresStore({ url: await postgres.createDatabase(), desk: aDesk() })
    t.after(() => store.close())
    return { store }
  },
})
