// A backup is one SQLite file, whichever database it is of: all tables of the desk at one moment, the key of the
// desk, and a list of row counts and sums. It is written beside its name, verified, and only then given the name.

import {
  chmodSync,
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
} from 'node:fs'
import path from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { checkAuditWhole } from '../../application/check-audit.ts'
import { auditChain, auditHead, auditStart } from './audit.ts'
import { BackupProblem } from './backup-problem.ts'
import type { Shape, Sum, Telling } from './copying.ts'
import {
  copy,
  differences,
  kyselyOn,
  leftOut,
  migrateFile,
  presentShapes,
  searchShapesOf,
  shapesOf,
  sqliteSource,
  sqliteTarget,
  sumsOf,
  wholeSum,
} from './copying.ts'
import { connectTo, postgresProblem, postgresSource, schemaOn } from './copying-postgres.ts'
import { SchemaTooNew, SchemaTooOld, steps } from './migrations.ts'
import { openDatabaseFile } from './sqlite-dialect.ts'
import { queriesOn, runThrough } from './statements.ts'

const format = 1

const manifestShape = z.object({
  format: z.coerce.number(),
  /** Version of Belay. */
  release: z.string(),
  schema: z.coerce.number().int(),
  /** UTC, as ISO 8601. */
  madeAt: z.string(),
  /** '' where the desk had never been started. */
  belongsTo: z.string(),
  from: z.enum(['sqlite', 'postgres']),
  /** Key material of the desk, parted by spaces; the first one writes. */
  secrets: z.string(),
  /** Whether the search's words came along. */
  words: z.enum(['yes', 'no']),
  audit: z.enum(['whole', 'broken']),
})

export type Manifest = z.infer<typeof manifestShape> & { readonly sums: readonly Sum[] }

export type DataOf = { readonly file: string } | { readonly url: string }

/** Set where the data were moved to PostgreSQL, see restoring.ts. '' = they are worked on again. */
export const movedTo = 'moved-to'

// --- Errors --------------------------------------------------------------------------------------

const sqliteCode = (error: unknown): number | null =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : null

const [failing, corrupt, full, cannotOpen, noDatabase] = [10, 11, 13, 14, 26]

export const isDamage = (error: unknown): boolean => [corrupt, noDatabase].includes(sqliteCode(error) ?? -1)

const fileCodes: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'there is no such folder',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'it can only be read',
  ENOSPC: 'there is no space left',
  EDQUOT: 'there is no space left',
  EISDIR: 'it is a folder',
}

/** What the system said about a file, as a sentence; everything else is thrown on. */
export const fileProblem = (file: string, error: unknown): unknown => {
  if (error instanceof BackupProblem) return error
  const code = sqliteCode(error)
  const system = error instanceof Error && 'code' in error ? fileCodes[String(error.code)] : undefined
  const sqlite = new Map([
    [failing, 'the disk reports an error'],
    [full, fileCodes.ENOSPC],
    [cannotOpen, 'it cannot be opened'],
  ])
  const why = sqlite.get(code ?? 0) ?? system
  return why === undefined
    ? error
    : new BackupProblem(`${file} cannot be written: ${why}. Nothing was changed.`, { cause: error })
}

// --- Files ---------------------------------------------------------------------------------------

const fsyncPath = (file: string): void => {
  const handle = openSync(file, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** An empty file that only its owner may read; what a killed run left there is gone. */
export const freshPrivateFile = (file: string): void => {
  removeDatabase(file)
  closeSync(openSync(file, 'wx', 0o600))
  chmodSync(file, 0o600)
}

export const removeDatabase = (file: string): void => {
  for (const end of ['', '-journal', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
}

/** All of it is on the disk before the name says so, and the name as well. */
export const nameFile = (from: string, to: string, options: { readonly replace: boolean }): void => {
  const handle = openSync(from, 'r')
  try {
    fsyncSync(handle)
    const [opened, there] = [fstatSync(handle), statSync(from)]
    if (opened.ino !== there.ino)
      throw new BackupProblem(`Another backup is being written to ${to} just now; try again when it is done.`)
  } finally {
    closeSync(handle)
  }
  if (options.replace) renameSync(from, to)
  else
    try {
      linkSync(from, to)
      unlinkSync(from)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw overwrites(to)
      // Not every file system knows links.
      if (existsSync(to)) throw overwrites(to)
      renameSync(from, to)
    }
  fsyncPath(path.dirname(to))
}

const overwrites = (file: string): BackupProblem =>
  new BackupProblem(`${file} is there already. Choose another name, or add --force to write over it.`)

// --- Writing -------------------------------------------------------------------------------------

export type BackupAbout = {
  readonly release: string
  /** UTC milliseconds. */
  readonly now: number
  readonly secrets: readonly string[]
}

const settingIn = (database: DatabaseSync, name: string): string | null => {
  const value = database.prepare('select value from settings where name = ?').get(name)?.value
  return typeof value === 'string' ? value : null
}

const isWhole = async (database: DatabaseSync): Promise<boolean> => {
  const db = kyselyOn(database)
  const queries = queriesOn(db, 'sqlite', new Map(), runThrough(db))
  const reader = {
    auditStart: () => auditStart(queries),
    auditHead: () => auditHead(queries),
    auditChain: (options: { readonly after: number; readonly limit: number }) => auditChain(queries, options),
  }
  return (await checkAuditWhole({ store: { read: (work) => work(reader) } })).broken === null
}

const writeManifest = (database: DatabaseSync, { sums, ...manifest }: Manifest): void => {
  database.exec('begin')
  database.exec('create table backup_manifest (name text primary key, value text not null)')
  database.exec(
    'create table backup_tables (name text primary key, rows integer not null, sum text not null)',
  )
  const about = database.prepare('insert into backup_manifest (name, value) values (?, ?)')
  for (const [name, value] of Object.entries(manifest)) about.run(name, String(value))
  about.run('sum', sumOfManifest({ ...manifest, sums }))
  const table = database.prepare('insert into backup_tables (name, rows, sum) values (?, ?, ?)')
  for (const { name, rows, sum } of sums) table.run(name, rows, sum)
  database.exec('commit')
}

const sumOfManifest = ({ sums, ...about }: Manifest): string => {
  const said = Object.entries(about).map(([name, value]) => `${name} ${value}`)
  return wholeSum([...sums, ...said.map((sum) => ({ name: 'about', rows: 0, sum }))])
}

/** Settings for a file that is thrown away when its writing ends early. */
export const writeFast = (database: DatabaseSync): void => {
  database.exec('pragma journal_mode = off')
  database.exec('pragma synchronous = off')
  database.exec('pragma cache_size = -16384')
}

export const knownSchema = (database: DatabaseSync): number =>
  Number(database.prepare('select version from schema_version').get()?.version ?? 0)

const copyFromSqlite = (from: string, to: string): void => {
  const source = openDatabaseFile(from, { readOnly: true })
  try {
    const found = knownSchema(source)
    if (found > steps.length) throw new SchemaTooNew(found, steps.length)
    if (found < steps.length) throw new SchemaTooOld()
    const moved = settingIn(source, movedTo)
    if (moved)
      throw new BackupProblem(`${movedSentence(from, moved)} Back up the desk there: set DATABASE_URL.`)
    // One reading, however much is written meanwhile; what was deleted from the data is not in the copy either.
    source.prepare('vacuum into ?').run(to)
  } finally {
    source.close()
  }
}

const moveIn = (mark: string) => z.object({ at: z.number(), to: z.string() }).safeParse(safeJson(mark)).data

/** UTC milliseconds; null where the mark does not say. */
export const movedAt = (mark: string): number | null => moveIn(mark)?.at ?? null

/** Where data went, said to whoever would work on what stayed behind. */
export const movedSentence = (file: string, mark: string): string => {
  const moved = moveIn(mark)
  return `The desk of ${file} moved to PostgreSQL${moved ? ` (${moved.to}) at ${new Date(moved.at).toISOString()}` : ''}.`
}

const safeJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const copyFromPostgres = async (url: string, to: DatabaseSync, telling: Telling): Promise<Sum[]> => {
  const client = await connectTo(url)
  try {
    await client.query('begin isolation level repeatable read read only')
    const found = (await schemaOn(client)) ?? 0
    if (found > steps.length) throw new SchemaTooNew(found, steps.length)
    if (found < steps.length) throw new SchemaTooOld()
    const shapes = await presentShapes()
    const source = postgresSource(client)
    telling.stage('Reading', await source.amount(shapes))
    to.exec('begin')
    const sums = await copy(source, sqliteTarget(to), shapes, telling)
    to.exec('commit')
    await client.query('commit')
    return sums
  } catch (error) {
    throw postgresProblem(client, error)
  } finally {
    await client.end().catch(() => undefined)
  }
}

const takeOut = (database: DatabaseSync): void => {
  for (const name of leftOut)
    if (database.prepare('select 1 from sqlite_master where name = ?').get(name))
      database.exec(`delete from "${name}"`)
}

const counted = (source: DatabaseSync, shapes: readonly Shape[]): Promise<number> =>
  sqliteSource(source).amount(shapes)

/** Beside a desk that runs, or none. Answers what is in the file, verified. Throws BackupProblem. */
export const writeBackup = async (
  from: DataOf,
  to: { readonly file: string; readonly force: boolean },
  about: BackupAbout,
  telling: Telling,
): Promise<Manifest> => {
  if (existsSync(to.file) && !to.force) throw overwrites(to.file)
  const part = `${to.file}.part`
  try {
    freshPrivateFile(part)
  } catch (error) {
    throw fileProblem(to.file, error)
  }
  try {
    telling.stage('Copying', null)
    if ('file' in from) copyFromSqlite(from.file, part)
    const database = openDatabaseFile(part, { plain: true })
    try {
      writeFast(database)
      let read: Sum[] | null = null
      if ('url' in from) {
        await migrateFile(database)
        read = await copyFromPostgres(from.url, database, telling)
      } else takeOut(database)
      const shapes = [...shapesOf(database), ...('file' in from ? searchShapesOf(database) : [])]
      telling.stage('Summing up', await counted(database, shapes))
      const sums = await sumsOf(sqliteSource(database), shapes, telling)
      if (read && differences(read, sums).length > 0)
        throw new BackupProblem(
          `What was read from PostgreSQL is not what ${to.file} holds (${differences(read, sums).join(', ')}). Try again; if it stays so, check the disk.`,
        )
      writeManifest(database, {
        format,
        release: about.release,
        schema: knownSchema(database),
        madeAt: new Date(about.now).toISOString(),
        belongsTo: settingIn(database, 'belongs-to') ?? '',
        from: 'file' in from ? 'sqlite' : 'postgres',
        secrets: about.secrets.join(' '),
        words: 'file' in from ? 'yes' : 'no',
        audit: (await isWhole(database)) ? 'whole' : 'broken',
        sums,
      })
    } finally {
      database.close()
    }
    fsyncPath(part)
    const manifest = await readBackup(part, telling)
    nameFile(part, to.file, { replace: to.force })
    return manifest
  } catch (error) {
    removeDatabase(part)
    throw fileProblem(to.file, error)
  }
}

// --- Reading -------------------------------------------------------------------------------------

const damaged = (file: string, what: string, cause?: unknown): BackupProblem =>
  new BackupProblem(
    `${file} is damaged (${what}); nothing was changed. Take another backup.`,
    cause === undefined ? {} : { cause },
  )

const noBackup = (file: string): BackupProblem =>
  new BackupProblem(
    `${file} is not a backup of Belay; nothing was changed. Name a file that ./belay backup has written.`,
  )

export const noFile = (file: string): BackupProblem =>
  new BackupProblem(
    `There is no file ${file}. Check the path; it is a file that ./belay backup has written. Nothing was changed.`,
  )

export const unreadable = (file: string, cause: unknown): BackupProblem =>
  new BackupProblem(`${file} cannot be read; check the path and its permissions. Nothing was changed.`, {
    cause,
  })

const manifestIn = (database: DatabaseSync, file: string): Manifest => {
  const tables = database
    .prepare(`select name from sqlite_master where name in ('backup_manifest', 'backup_tables')`)
    .all()
  if (tables.length < 2) throw noBackup(file)
  const rows = database.prepare('select name, value from backup_manifest').all()
  const said = Object.fromEntries(rows.map(({ name, value }) => [String(name), value]))
  if (Number(said.format) > format || Number(said.schema) > steps.length)
    throw new BackupProblem(
      `${file} was made by a newer Belay (${String(said.release)}; its schema is ${String(said.schema)}, this one knows ${steps.length}). Restore it with that version or a later one; nothing was changed.`,
    )
  const about = manifestShape.safeParse(said)
  const sums = z
    .array(z.object({ name: z.string(), rows: z.number(), sum: z.string() }))
    .safeParse(database.prepare('select name, rows, sum from backup_tables order by name').all())
  if (!about.success || !sums.success) throw damaged(file, 'its list cannot be read')
  const manifest = { ...about.data, sums: sums.data }
  if (said.sum !== sumOfManifest(manifest)) throw damaged(file, 'its list is not as it was written')
  return manifest
}

/** Verified: it is whole, row for row, and its audit log is what it was. Throws BackupProblem. */
export const readBackup = async (
  file: string,
  telling: Telling,
  /** For sentences, where the file is read under another name. */
  name: string = file,
): Promise<Manifest> => {
  if (!existsSync(file)) throw noFile(name)
  let database: DatabaseSync | null = null
  try {
    database = openDatabaseFile(file, { readOnly: true })
    database.exec('pragma cache_size = -16384')
    const manifest = manifestIn(database, name)
    telling.stage('Verifying', null)
    const found = database.prepare('pragma integrity_check(1)').all()
    const [first] = found.map((row) => String(Object.values(row)[0]))
    if (first !== 'ok') throw damaged(name, first ?? 'it cannot be checked')
    if (knownSchema(database) !== manifest.schema) throw damaged(name, 'its schema is another')
    const shapes = [...shapesOf(database), ...(manifest.words === 'yes' ? searchShapesOf(database) : [])]
    telling.stage('Verifying', await counted(database, shapes))
    const different = differences(manifest.sums, await sumsOf(sqliteSource(database), shapes, telling))
    if (different.length > 0) throw damaged(name, `not as it was written: ${different.join(', ')}`)
    if (manifest.audit === 'whole' && !(await isWhole(database)))
      throw damaged(name, 'its audit log is broken')
    return manifest
  } catch (error) {
    if (sqliteCode(error) === noDatabase) throw noBackup(name)
    if (isDamage(error)) throw damaged(name, error instanceof Error ? error.message : String(error), error)
    if (sqliteCode(error) === cannotOpen) throw unreadable(name, error)
    throw error
  } finally {
    database?.close()
  }
}
