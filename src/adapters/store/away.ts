// Which faults of a database mean that it is away for a moment, told from mistakes of ours. By the databases' own codes,
// and by where a fault comes from: a connection that cannot be made, or ended, has none.

import type { PostgresPool, PostgresPoolClient } from 'kysely'
import type { Pool, PoolClient } from 'pg'
import { StoreAway } from '../../application/store-away.ts'

/** SQLite: busy, read-only, input or output failed, full, cannot be opened (https://sqlite.org/rescode.html). */
const sqliteCodes = new Set([5, 8, 10, 13, 14])

/** The fault as the desk's own, or as it was. */
export const sqliteFault = (error: unknown): unknown =>
  error instanceof Error &&
  'errcode' in error &&
  typeof error.errcode === 'number' &&
  sqliteCodes.has(error.errcode & 0xff)
    ? new StoreAway('the database takes nothing just now', { cause: error })
    : error

/**
 * PostgreSQL: connection exceptions, too many connections, disk full, a transaction that stood still too long, shutting
 * down or starting up (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */
const postgresCodes = /^(08...|53300|53100|25P03|57P0[123])$/u

const isFromServer = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && 'severity' in error && 'code' in error && typeof error.code === 'string'

const isOfOurs = (error: unknown): boolean => error instanceof TypeError || error instanceof RangeError

const postgresFault = (error: unknown): unknown => {
  if (isOfOurs(error)) return error
  return isFromServer(error) && !postgresCodes.test(error.code)
    ? error
    : new StoreAway('the database does not answer', { cause: error })
}

/** The pool as kysely uses it; what goes wrong with a connection is told as such. */
export const tellingPool = (pool: Pool): PostgresPool => {
  const wrapped = new WeakMap<PoolClient, PostgresPoolClient>()
  const telling = (client: PoolClient): PostgresPoolClient => {
    const known = wrapped.get(client)
    if (known) return known
    const query = async (text: string, values: readonly unknown[]) => {
      try {
        return await client.query(text, [...values])
      } catch (error) {
        throw postgresFault(error)
      }
    }
    const one: PostgresPoolClient = {
      // Nobody reads by cursors through it.
      query: query as unknown as PostgresPoolClient['query'],
      release: (destroy) => client.release(destroy),
    }
    wrapped.set(client, one)
    return one
  }
  return {
    options: pool.options,
    connect: async () => {
      try {
        return telling(await pool.connect())
      } catch (error) {
        throw postgresFault(error)
      }
    },
    end: () => pool.end(),
  }
}
