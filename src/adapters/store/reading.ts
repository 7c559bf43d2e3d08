// The figures alone, read beside a desk that runs: on a connection that writes nothing and brings nothing up to date.
// Reports are made on it in a thread of their own, and by a command.

import { Kysely, PostgresDialect } from 'kysely'
import type { CustomTypesConfig } from 'pg'
import type { KpiReader } from '../../application/kpi-ports.ts'
import { connectionAs, reportsName } from './connection-name.ts'
import { kpiReaderOn } from './figures.ts'
import { checkSchema } from './migrations.ts'
import type { Tables } from './schema.ts'
import { executeOn, nodeSqliteDialect, openDatabaseFile } from './sqlite-dialect.ts'
import { queriesOn, runThrough, type Speech } from './statements.ts'

export type FigureStore = {
  read<T>(work: (reader: KpiReader) => Promise<T>): Promise<T>
  close(): Promise<void>
}

const onConnection = async (
  db: Kysely<Tables>,
  speech: Speech,
  close: () => Promise<void> | void,
): Promise<FigureStore> => {
  try {
    await checkSchema(db, speech)
  } catch (error) {
    await close()
    throw error
  }
  const reader = kpiReaderOn(queriesOn(db, speech, new Map(), runThrough(db)))
  return { read: (work) => work(reader), close: async () => close() }
}

/** The file must be there. Throws SchemaTooOld and SchemaTooNew. */
export const openSqliteFigures = async (file: string): Promise<FigureStore> => {
  const database = openDatabaseFile(file, { readOnly: true })
  const db = new Kysely<Tables>({ dialect: nodeSqliteDialect(database, executeOn(database)) })
  return onConnection(db, 'sqlite', () => database.close())
}

const int8 = 20

/** One connection. Throws SchemaTooOld and SchemaTooNew. */
export const openPostgresFigures = async (url: string): Promise<FigureStore> => {
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({
    ...connectionAs(reportsName, url),
    max: 1,
    types: {
      // As for the desk's own connections, see database.ts.
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === int8 ? Number : pg.types.getTypeParser(oid, format ?? 'text'),
    } as CustomTypesConfig,
  })
  // A connection that dies while idle is replaced by the pool at the next query, which reports what is wrong.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  return onConnection(db, 'postgres', () => db.destroy())
}
