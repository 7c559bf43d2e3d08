// Whose tickets are whose, and proofs of addresses, on SQLite.

import { openSqliteStore } from '../../src/adapters/store/store.ts'
import { aDesk } from '../support/tickets.ts'
import { knowsRequesters } from './requester-sentences.ts'

knowsRequesters({
  name: 'SQLite',
  runs: 40,
  fresh: async (t) => {
    const store = await openSqliteStore({ file: ':memory:', desk: aDesk() })
    t.after(() => store.close())
    return { store }
  },
})
