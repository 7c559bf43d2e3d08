// The audit log on SQLite and on PostgreSQL.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { openPostgresStore, openSqliteStore } from '../../src/adapters/store/store.ts'
import { startPostgres } from '../support/postgres.ts'
import { aDesk } from '../support/tickets.ts'
import { keepsItsAuditLog } from './audit-sentences.ts'

keepsItsAuditLog({
  name: 'SQLite',
  fresh: async (t) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'belay-audit-'))
    const file = path.join(folder, 'belay.sqlite')
    const store = await openSqliteStore({ file, desk: aDesk() })
    const tool = new DatabaseSync(file)
    t.after(async () => {
      tool.close()
      await store.close()
      await rm(folder, { recursive: true })
    })
    return { store, meddle: async (sql) => tool.exec(sql) }
  },
})

keepsItsAuditLog({
  name: 'PostgreSQL',
  fresh: async (t) => {
    const postgres = await startPostgres()
    const url = await postgres.createDatabase()
    const store = await openPostgresStore({ url, desk: aDesk() })
    const tool = new pg.Client({ connectionString: url })
    await tool.connect()
    t.after(async () => {
      await tool.end()
      await store.close()
    })
    return {
      store,
      meddle: async (sql) => {
        await tool.query(sql)
      },
    }
  },
})
