// What the desk relies on when it keeps something, on SQLite: in memory and on a file.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openSqliteStore } from '../../src/adapters/store/store.ts'
import { aDesk } from '../support/tickets.ts'
import { keepsItsWord } from './store-sentences.ts'

keepsItsWord({
  name: 'SQLite in memory',
  runs: 100,
  fresh: async (t) => {
    const store = await openSqliteStore({ file: ':memory:', desk: aDesk() })
    t.after(() => store.close())
    return { store }
  },
})

keepsItsWord({
  name: 'an SQLite file',
  runs: 50,
  fresh: async (t) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'belay-store-'))
    const file = path.join(folder, 'belay.sqlite')
    const stores = [await openSqliteStore({ file, desk: aDesk() })]
    t.after(async () => {
      for (const store of stores) await store.close()
      await rm(folder, { recursive: true })
    })
    const [store] = stores
    if (!store) throw new Error('no store')
    return {
      store,
      another: async () => {
        const another = await openSqliteStore({ file, desk: aDesk() })
        stores.push(another)
        return another
      },
    }
  },
})
