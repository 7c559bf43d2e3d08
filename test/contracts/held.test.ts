// Held submissions on SQLite.

import { openSqliteStore } from '../../src/adapters/store/store.ts'
import { aDesk } from '../support/tickets.ts'
import { holdsItsWord } from './held-sentences.ts'

holdsItsWord({
  name: 'SQLite in memory',
  fresh: async (t) => {
    const store = await openSqliteStore({ file: ':memory:', desk: aDesk() })
    t.after(() => store.close())
    return { store }
  },
})
