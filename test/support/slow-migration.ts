// Brings data up to date and stands still in the middle of it, until somebody kills it. Started by tests:
// `slow-migration.ts FILE N` at the Nth statement, `slow-migration.ts postgres://… N` within the Nth step.

import { writeSync } from 'node:fs'
import { sql } from 'kysely'
import { openPostgresDatabase, openSqliteDatabase } from '../../src/adapters/store/database.ts'
import { steps } from '../../src/adapters/store/migrations.ts'

const [where = '', number = ''] = process.argv.slice(2)
const stop = Number(number)

const standStill = () => {
  writeSync(1, 'standing still\n')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

if (where.startsWith('postgres:')) {
  const slow = steps.map((step, index): (typeof steps)[number] =>
    index + 1 !== stop
      ? step
      : (speech) => {
          const [first, ...others] = step(speech)
          // Not for ever: a server does not notice that its client is gone before the statement is over.
          return [...(first ? [first] : []), sql`select pg_sleep(2)`, ...others]
        },
  )
  await openPostgresDatabase({ url: where, steps: slow })
} else {
  let seen = 0
  await openSqliteDatabase({
    file: where,
    before: () => {
      if (++seen === stop) standStill()
    },
  })
}
writeSync(1, 'done\n')
process.exit(0)
