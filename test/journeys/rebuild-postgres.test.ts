// The same on PostgreSQL.

import { openPostgresStore } from '../../src/adapters/store/store.ts'
import { startPostgres } from '../support/postgres.ts'
import { isRebuilt } from './a-rebuilt-desk.ts'

isRebuilt({
  name: 'PostgreSQL',
  fresh: async (_, desk) => openPostgresStore({ url: await (await startPostgres()).createDatabase(), desk }),
})
