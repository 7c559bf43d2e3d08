// Restoring a backup, and moving a desk to PostgreSQL: the same copying of tables, in one transaction or under
// another name until it is whole. Killed at any moment it leaves the data of before or the new ones.
// A restored desk is older than what GitLab and people know of it, see `asAfterRestore`.

import { copyFileSync, createReadStream, createWriteStream, existsSync, linkSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { pipeline } from 'node:stream/promises'
import type { Client } from 'pg'
import { restoredAfter } from '../../application/announce-by-hand.ts'
import { sha256 } from '../../application/check-audit.ts'
import { linkAfter } from '../../domain/audit.ts'
import type { Manifest } from './backup-file.ts'
import {
  fileProblem,
  freshPrivateFile,
  isDamage,
  knownSchema,
  movedAt,
  movedSentence,
  movedTo,
  nameFile,
  noFile,
  readBackup,
  removeDatabase,
  unreadable,
} from './backup-file.ts'
import { BackupProblem } from './backup-problem.ts'
import type { Shape, Source, Sum, Telling } from './copying.ts'
import { copy, differences, migrateFile, presentShapes, sqliteSource, sumsOf, wholeSum } from './copying.ts'
import {
  connectTo,
  desksOn,
  filledTables,
  layOutAgain,
  postgresProblem,
  postgresSource,
  postgresTarget,
  schemaOn,
  stayInSchema,
  tablesOfOthers,
} from './copying-postgres.ts'
import { SchemaTooNew, steps } from './migrations.ts'
import { openDatabaseFile } from './sqlite-dialect.ts'
import { learnWords, postgresWords, sqliteWords } from './words-again.ts'

// --- What a restored desk must not believe ---------------------------------------------------------

/**
 * What was under way when the backup was made may have been done since: it is looked up before it is sent, and the
 * wait for a late effect begins now. Sessions and sign-in links may have been ended since: all of them are, and
 * people sign in again. No page that a browser kept is the present one. What agents did in GitLab by hand until now may
 * have been mailed to requesters already.
 */
const asAfterRestore = (now: number): readonly string[] => [
  `update operations set unsure = 1, fence = fence + 1, sent_at = ${now},
     state = case when state <> 'sending' then state when unsure = 1 then 'unknown' else 'ready' end,
     not_before = case when state = 'stuck' then not_before else ${now} end,
     due_at = case when state = 'stuck' then null else ${now} end
   where state <> 'done'`,
  `delete from counts where name like 'operation:%'`,
  `insert into counts (name, number) select 'operation:' || state, count(*) from operations group by state`,
  `insert into sessions (user_id, valid_from) select id, ${now} from members where true
     on conflict (user_id) do nothing`,
  `update sessions set valid_from = ${now} where valid_from < ${now}`,
  `insert into requester_sessions (address_hash, valid_from)
     select distinct address_hash, ${now} from sign_in_links where true on conflict (address_hash) do nothing`,
  `update requester_sessions set valid_from = ${now} where valid_from < ${now}`,
  `update sign_in_links set used_at = ${now} where used_at is null`,
  `insert into settings (name, value) values ('${restoredAfter}', '${now}')
     on conflict (name) do update set value = excluded.value`,
  `update changes set number = case when number < ${now} then ${now} else number + 1 end`,
]

type Head = { readonly n: number; readonly hash: string }

const headQuery = 'select n, hash from audit order by n desc limit 1'
const startQuery = 'select n, hash from audit_start'

const entryQuery = (hole: (index: number) => string): string =>
  `insert into audit (n, at, doer, user_id, username, what, ticket_id, about, result, hash)
   values (${hole(1)}, ${hole(2)}, 'belay', null, '', 'restore', null, ${hole(3)}, 'done', ${hole(4)})`

/** What happened after the backup is in no log any more: the log says so itself. */
const entryAfter = (head: Head, now: number, madeAt: string): [number, number, string, string] => {
  const entry = {
    by: { kind: 'belay' },
    what: 'restore',
    at: now,
    ticketId: null,
    about: madeAt,
    result: 'done',
  } as const
  const { n, hash } = linkAfter(head, entry, sha256)
  return [n, now, madeAt, hash]
}

// --- Before anything is touched --------------------------------------------------------------------

export type RestoreChecks = {
  /** What the settings say the desk is of; null where they name no GitLab. */
  readonly belongsTo: string | null
  /** Of the key: before anything is touched, and may refuse. */
  readonly admit: (manifest: Manifest) => void
  /** The last thing before the data become the desk's. */
  readonly keep: (manifest: Manifest) => void
}

const admit = (file: string, manifest: Manifest, { belongsTo, admit: allowed }: RestoreChecks): void => {
  if (belongsTo !== null && manifest.belongsTo !== '' && manifest.belongsTo !== belongsTo)
    throw new BackupProblem(
      `${file} is a backup of the desk of ${manifest.belongsTo}, but the settings name ${belongsTo}. Correct GITLAB_URL and GITLAB_PROJECT, or take another backup; nothing was changed.`,
    )
  allowed(manifest)
}

const settle = (database: DatabaseSync, now: number, madeAt: string): void => {
  for (const statement of asAfterRestore(now)) database.exec(statement)
  const row = database.prepare(headQuery).get() ?? database.prepare(startQuery).get()
  const head = { n: Number(row?.n), hash: String(row?.hash) }
  database.prepare(entryQuery(() => '?')).run(...entryAfter(head, now, madeAt))
}

const settleIn = async (client: Client, now: number, madeAt: string): Promise<void> => {
  for (const statement of asAfterRestore(now)) await client.query(statement)
  const found = await client.query<Head>(headQuery)
  const head = found.rows[0] ?? (await client.query<Head>(startQuery)).rows[0]
  if (!head) throw new Error('the audit log has no beginning')
  await client.query(
    entryQuery((index) => `$${index}`),
    entryAfter(head, now, madeAt),
  )
}

const withoutList = (database: DatabaseSync): void => {
  // The key of the desk lies in it: no free page may keep it.
  database.exec('pragma secure_delete = on')
  database.exec('drop table if exists backup_manifest')
  database.exec('drop table if exists backup_tables')
}

async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file, { highWaterMark: 1_000_000 })
  } catch (error) {
    throw unreadable(file, error)
  }
}

/** A verified copy of the backup at `to`, brought up to this Belay's schema. */
const copyOfBackup = async (
  file: string,
  to: string,
  checks: RestoreChecks,
  telling: Telling,
  known: typeof steps = steps,
): Promise<Manifest> => {
  if (!existsSync(file)) throw noFile(file)
  telling.stage('Copying', null)
  freshPrivateFile(to)
  // Into the file that is there: copied by the system it would have the backup's own mode first, and the key is in it.
  await pipeline(bytesOf(file), createWriteStream(to, { flags: 'r+' }))
  const manifest = await readBackup(to, telling, file)
  admit(file, manifest, checks)
  const database = openDatabaseFile(to, { plain: true })
  try {
    database.exec('pragma journal_mode = delete')
    withoutList(database)
    await migrateFile(database, known)
  } finally {
    database.close()
  }
  return manifest
}

// --- Into SQLite -----------------------------------------------------------------------------------

const keepAs = (from: string, to: string): void => {
  try {
    linkSync(from, to)
  } catch {
    // Not every file system knows links.
    copyFileSync(from, to)
  }
}

const besides = ['-wal', '-shm', '-journal']

/** What stands in the log alone goes into the file. False where the file is damaged. */
const takeLogIn = (file: string): boolean => {
  let old: DatabaseSync | null = null
  try {
    old = openDatabaseFile(file)
    const found = old.prepare('pragma wal_checkpoint(truncate)').get()
    if (Number(found?.busy) === 0) return true
  } catch (error) {
    if (isDamage(error)) return false
    throw error
  } finally {
    old?.close()
  }
  throw new BackupProblem(
    `Another process reads ${file} just now (a report, a backup). Try again when it is done; nothing was changed.`,
  )
}

/** Everything of the old data under a name of its own, and nothing of them beside the old name but the file itself. */
const keepOld = (file: string, kept: string): void => {
  // A damaged one, perhaps why a backup is restored, is kept with its log, as it is.
  if (!takeLogIn(file))
    for (const end of besides) if (existsSync(`${file}${end}`)) keepAs(`${file}${end}`, `${kept}${end}`)
  keepAs(file, kept)
  // A log that stayed here would be taken for the new data's.
  for (const end of besides) rmSync(`${file}${end}`, { force: true })
}

/** The caller holds the lock of the data folder. Answers where the data of before are now, null where none were. */
export const restoreIntoSqlite = async (
  file: string,
  to: {
    readonly file: string
    readonly replace: boolean
    readonly now: number
    /** For tests. */
    readonly steps?: typeof steps
  },
  checks: RestoreChecks,
  telling: Telling,
): Promise<{ readonly manifest: Manifest; readonly kept: string | null }> => {
  const before = existsSync(to.file)
  if (before && !to.replace)
    throw new BackupProblem(
      `There are data in ${path.dirname(to.file)} already. Add --replace to put the backup in their place (they are kept under another name), or use another BELAY_DATA.`,
    )
  const part = `${to.file}.restoring`
  try {
    const manifest = await copyOfBackup(file, part, checks, telling, to.steps)
    const database = openDatabaseFile(part, { plain: true })
    try {
      database.exec('pragma cache_size = -16384')
      database.exec('begin')
      if (manifest.words === 'no') {
        const shapes = await presentShapes()
        telling.stage('Words', manifest.sums.find(({ name }) => name === 'tickets')?.rows ?? null)
        await learnWords(sqliteSource(database), sqliteWords(database), shapes, telling)
      }
      settle(database, to.now, manifest.madeAt)
      database.exec('commit')
    } finally {
      database.close()
    }
    checks.keep(manifest)
    let kept: string | null = null
    if (before) {
      const stamp = new Date(to.now).toISOString().replace(/[:.]/gu, '-')
      kept = `${to.file}.before-${stamp}`
      keepOld(to.file, kept)
    }
    nameFile(part, to.file, { replace: true })
    return { manifest, kept }
  } catch (error) {
    removeDatabase(part)
    throw fileProblem(to.file, error)
  }
}

// --- Into PostgreSQL -------------------------------------------------------------------------------

const lockOfMigrations = 7_238_120

const admitNoDesk = async (client: Client): Promise<void> => {
  if ((await desksOn(client)) > 0)
    throw new BackupProblem(
      'Belay is running on this PostgreSQL database. Stop all its processes first; nothing was changed.',
    )
}

/** Whether the tables may go: nobody works on them, and where they hold a desk somebody said so. */
const admitTarget = async (
  client: Client,
  shapes: readonly Shape[],
  replace: { readonly allowed: boolean; readonly sentence: string },
): Promise<void> => {
  const others = await tablesOfOthers(client, shapes)
  if (others.length > 0)
    throw new BackupProblem(
      `The PostgreSQL database holds tables of another program (${others.join(', ')}); name an empty database or schema. Nothing was changed.`,
    )
  const found = (await schemaOn(client)) ?? 0
  if (found > steps.length) throw new SchemaTooNew(found, steps.length)
  await admitNoDesk(client)
  const filled = await filledTables(client, shapes)
  if (filled.length > 0 && !replace.allowed) throw new BackupProblem(replace.sentence)
}

/** Into empty tables, in the transaction under way; what arrived is read again and compared. */
const fill = async (
  client: Client,
  source: Source,
  shapes: readonly Shape[],
  telling: Telling,
): Promise<Sum[]> => {
  await client.query(`set local lock_timeout = '10s'`)
  await layOutAgain(client, shapes)
  // One that started since the first look has read what is gone now. Whoever starts later waits for the lock and reads
  // what is there then.
  await admitNoDesk(client)
  const total = await source.amount(shapes)
  telling.stage('Writing', total)
  const sums = await copy(source, postgresTarget(client), shapes, telling)
  telling.stage('Verifying', total)
  const arrived = await sumsOf(postgresSource(client), shapes, telling)
  const different = differences(sums, arrived)
  if (different.length > 0)
    throw new BackupProblem(
      `What arrived in PostgreSQL is not what was sent (${different.join(', ')}); nothing was changed.`,
    )
  telling.stage('Words', sums.find(({ name }) => name === 'tickets')?.rows ?? null)
  await learnWords(source, postgresWords(client), shapes, telling)
  return sums
}

/** What was done, and what somebody should do about it. */
type Warned = { readonly warning: string | null }

/** Without statistics the first pages would be looked for badly. What was committed stays, whatever comes of this. */
const gatherStatistics = async (client: Client): Promise<string | null> => {
  try {
    await client.query('analyze')
    return null
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return `All of it is there, but PostgreSQL did not gather its statistics (${why}), and pages may be slow at first. Run ANALYZE on the database.`
  }
}

const inTransaction = async <T>(url: string, work: (client: Client) => Promise<T>): Promise<T & Warned> => {
  const client = await connectTo(url)
  try {
    const result = await committed(client, work)
    return { ...result, warning: await gatherStatistics(client) }
  } finally {
    await client.end().catch(() => undefined)
  }
}

const committed = async <T>(client: Client, work: (client: Client) => Promise<T>): Promise<T> => {
  try {
    await client.query('begin')
    // Nobody brings the schema up to date meanwhile, and nobody else restores.
    await client.query('select pg_advisory_xact_lock($1)', [lockOfMigrations])
    await stayInSchema(client)
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw postgresProblem(client, error)
  }
}

export const restoreIntoPostgres = async (
  file: string,
  to: {
    readonly url: string
    readonly replace: boolean
    readonly now: number
    /** Where the backup can lie meanwhile, only for this user to read. */
    readonly part: string
  },
  checks: RestoreChecks,
  telling: Telling,
): Promise<{ readonly manifest: Manifest } & Warned> => {
  const shapes = await presentShapes()
  const notEmpty = {
    allowed: to.replace,
    sentence:
      'The PostgreSQL database holds a desk already. Add --replace to put the backup in its place (what is there is gone then: back it up first), or name an empty database.',
  }
  try {
    return await inTransaction(to.url, async (client) => {
      await admitTarget(client, shapes, notEmpty)
      const manifest = await copyOfBackup(file, to.part, checks, telling)
      const database = openDatabaseFile(to.part, { readOnly: true })
      try {
        database.exec('pragma cache_size = -16384')
        await fill(client, sqliteSource(database), shapes, telling)
      } finally {
        database.close()
      }
      await settleIn(client, to.now, manifest.madeAt)
      return { manifest }
    })
  } catch (error) {
    throw fileProblem(to.part, error)
  } finally {
    removeDatabase(to.part)
  }
}

// --- Moving ----------------------------------------------------------------------------------------

/** In PostgreSQL: the sum of the data that came from SQLite. */
const movedFrom = 'moved-from'

const saveSetting =
  'insert into settings (name, value) values (?, ?) on conflict (name) do update set value = excluded.value'

const mark = (file: string, value: string): void => {
  const database = openDatabaseFile(file)
  try {
    database.prepare(saveSetting).run(movedTo, value)
  } finally {
    database.close()
  }
}

const markOf = (database: DatabaseSync): string => {
  const value = database.prepare('select value from settings where name = ?').get(movedTo)?.value
  return typeof value === 'string' ? value : ''
}

/** Without the marks of moving, which only one side has. */
const withoutMarks = (source: Source, settings: Shape): Source => {
  const name = settings.columns.findIndex((column) => column.name === 'name')
  const isMark = (value: unknown) => value === movedTo || value === movedFrom
  return {
    ...source,
    async *rows(shape) {
      for await (const rows of source.rows(shape))
        if (shape.name !== settings.name) yield rows
        else yield rows.filter((row) => !isMark(row[name]))
    },
  }
}

export type Move = {
  readonly sums: readonly Sum[]
  /** It had been done already, and was only not written down here. */
  readonly already: boolean
}

/**
 * The caller holds the lock of the data folder. `where`: host and database, without name and password. Done again
 * after it was killed it finds what had arrived in full, or begins anew.
 */
export const moveToPostgres = async (
  from: { readonly file: string },
  to: { readonly url: string; readonly where: string; readonly now: number },
  telling: Telling,
): Promise<Move & Warned> => {
  const writing = openDatabaseFile(from.file)
  try {
    await migrateFile(writing)
  } finally {
    writing.close()
  }
  const shapes = await presentShapes()
  const settings = shapes.find(({ name }) => name === 'settings')
  if (!settings) throw new Error('there is no table settings')
  const database = openDatabaseFile(from.file, { readOnly: true })
  let done: Move & Warned
  let known: string
  try {
    database.exec('pragma cache_size = -16384')
    database.exec('begin')
    known = markOf(database)
    const source = withoutMarks(sqliteSource(database), settings)
    const sum = async () => {
      telling.stage('Comparing', await source.amount(shapes))
      return sumsOf(source, shapes, telling)
    }
    done = await inTransaction(to.url, async (client): Promise<Move> => {
      const arrived = await arrivedFrom(client)
      if (arrived !== null) {
        const sums = await sum()
        if (arrived === wholeSum(sums)) return { sums, already: true }
        throw new BackupProblem(
          `The PostgreSQL database ${to.where} holds this desk already, and since it was moved there somebody has gone on with ${from.file}. To move it once more, name an empty database; to stay with the one there, start Belay with DATABASE_URL.`,
        )
      }
      if (known !== '')
        throw new BackupProblem(
          `${movedSentence(from.file, known)} To move these data once more all the same, run first: ./belay migrate --back-to-sqlite`,
        )
      await admitTarget(client, shapes, {
        allowed: false,
        sentence: `The PostgreSQL database ${to.where} is not empty. Name an empty one; nothing was changed.`,
      })
      const sums = await fill(client, source, shapes, telling)
      await client.query('insert into settings (name, value) values ($1, $2)', [movedFrom, wholeSum(sums)])
      return { sums, already: false }
    })
  } finally {
    database.close()
  }
  if (known === '') mark(from.file, JSON.stringify({ at: to.now, to: to.where }))
  return done
}

const arrivedFrom = async (client: Client): Promise<string | null> => {
  if ((await schemaOn(client)) === null) return null
  const { rows } = await client.query<{ value: string }>('select value from settings where name = $1', [
    movedFrom,
  ])
  return rows[0]?.value ?? null
}

/**
 * The data in this file are worked on again, as they were when they were moved: as after a restore, for the desk on
 * PostgreSQL may have sent since what they still have to send. Answers whether they were moved.
 */
export const backToSqlite = async (file: string, now: number): Promise<boolean> => {
  const database = openDatabaseFile(file)
  try {
    if (knownSchema(database) === 0) return false
    const known = markOf(database)
    if (known === '') return false
    await migrateFile(database)
    database.exec('begin immediate')
    settle(database, now, new Date(movedAt(known) ?? now).toISOString())
    database.prepare(saveSetting).run(movedTo, '')
    database.exec('commit')
    return true
  } catch (error) {
    throw fileProblem(file, error)
  } finally {
    // What was begun and did not come to its end is taken back.
    database.close()
  }
}
