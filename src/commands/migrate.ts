// `belay migrate`: brings the database up to date. With --to-postgres it moves the desk from the data folder to the
// database of DATABASE_URL, whole and verified; with --back-to-sqlite the data that stayed behind are worked on again.

import { holdData, openCare, openStore } from '../composition-root.ts'
import type { Config } from '../config.ts'
import { readConfig } from '../config.ts'
import { SetupProblem } from '../setup-problem.ts'
import { stages } from './progress.ts'

/** Opening the store brings it up to date; a newer one than this version is refused there. */
export const runMigrate = async (): Promise<number> => {
  const store = await openStore(readConfig('desk'))
  await store.close()
  process.stdout.write('The database is up to date.\n')
  return 0
}

/** The data folder's lock, which a desk on SQLite holds, whatever DATABASE_URL says. */
const holdFolder = (config: Config) => {
  const lock = holdData({ ...config, databaseUrl: null })
  if (lock) return lock
  throw new SetupProblem(
    `Belay is running on the data folder ${config.dataFolder}. Stop it first; nothing was changed.`,
    1,
  )
}

/** Host and database: no name and no password, for this is printed and kept. */
const whereOf = (url: string): string => {
  if (!URL.canParse(url)) return 'of DATABASE_URL'
  const { host, pathname, searchParams } = new URL(url)
  return `${host || searchParams.get('host') || 'localhost'}${pathname}`
}

export const runMove = async (): Promise<number> => {
  const config = readConfig('data')
  if (config.databaseUrl === null)
    throw new SetupProblem(
      'DATABASE_URL is missing: the PostgreSQL database to move to, such as postgres://belay@db.example.com/belay.',
      2,
    )
  const lock = holdFolder(config)
  const telling = stages()
  const where = whereOf(config.databaseUrl)
  try {
    const { sums, already, warning } = await (await openCare(config)).move(
      { url: config.databaseUrl, where },
      telling,
    )
    telling.stop()
    const of = (name: string) => sums.find((sum) => sum.name === name)?.rows ?? 0
    const rows = sums.reduce((total, sum) => total + sum.rows, 0)
    process.stdout.write(
      `${already ? 'The desk had been moved already' : 'The desk moved'} to ${where}: ${of('tickets').toLocaleString('en')} tickets, ${rows.toLocaleString('en')} rows, compared. Start Belay with DATABASE_URL from now on; the data in ${config.dataFolder} stay as they are.\n`,
    )
    if (warning !== null) process.stderr.write(`${warning}\n`)
    return 0
  } finally {
    telling.stop()
    lock.release()
  }
}

export const runBack = async (): Promise<number> => {
  const config = { ...readConfig('data'), databaseUrl: null }
  const lock = holdFolder(config)
  try {
    const moved = await (await openCare(config)).back()
    process.stdout.write(
      moved
        ? `The data in ${config.dataFolder} are worked on again, as they were when they were moved. Start Belay without DATABASE_URL; what they had still to send is looked up in GitLab first, and people sign in again.\n`
        : `The data in ${config.dataFolder} were not moved; nothing was changed.\n`,
    )
    return 0
  } finally {
    lock.release()
  }
}
