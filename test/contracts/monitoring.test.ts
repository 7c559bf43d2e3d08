// The desk from afar, on SQLite.

import { openSqliteStore } from '../../src/adapters/store/store.ts'
import { aDesk } from '../support/tickets.ts'
import { tellsHowItIs } from './monitoring-sentences.ts'

tellsHowItIs({
  name: 'SQLite in memory',
  fresh: async (t) => {
    const store = await openSqliteStore({ file: ':memory:', desk: aDesk() })
    t.after(() => store.close())
    return { store }
  },
})
