// The key of a desk on its way with a backup, or to PostgreSQL. It is never printed: where a person must do
// something about it, it lies in a file that only this user may read, and the sentence names the file.

import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { SetupProblem } from './setup-problem.ts'

type Settings = { readonly dataFolder: string; readonly secrets: readonly string[] }

const fileOf = (dataFolder: string): string => join(dataFolder, 'secret')

/** What a data folder's file holds; nothing where there is none. */
const secretsInFolder = (dataFolder: string): string[] => {
  const file = fileOf(dataFolder)
  return existsSync(file) ? readFileSync(file, 'utf8').split(/\s+/u).filter(Boolean) : []
}

const missingIn = (wanted: readonly string[], present: readonly string[]): string[] =>
  wanted.filter((secret) => !present.includes(secret))

/** The whole file or the one of before. */
const writePrivate = (file: string, secrets: readonly string[]): void => {
  const part = `${file}.part`
  rmSync(part, { force: true })
  const handle = openSync(part, 'wx', 0o600)
  try {
    writeSync(handle, `${secrets.join('\n')}\n`)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  chmodSync(part, 0o600)
  renameSync(part, file)
}

/** Throws SetupProblem where the desk has no key yet. */
export const secretsToBackUp = ({ dataFolder, secrets }: Settings): readonly string[] => {
  const found = secrets.length > 0 ? secrets : secretsInFolder(dataFolder)
  if (found.length > 0) return found
  throw new SetupProblem(
    `The key of the desk is missing: there is no file ${fileOf(dataFolder)}. Set BELAY_DATA to the desk's folder, or BELAY_SECRET to its key; a backup without it could not read names and addresses in GitLab.`,
    1,
  )
}

const theirs = (manifest: { readonly secrets: string }): string[] =>
  manifest.secrets.split(' ').filter(Boolean)

/** Throws SetupProblem where settings have keys, and the backup's is not among them. */
export const admitKey = (
  settings: Settings & { readonly databaseUrl: string | null },
  manifest: { readonly secrets: string },
): void => {
  const { dataFolder, secrets, databaseUrl } = settings
  if (secrets.length === 0 && databaseUrl === null) return
  const missing = missingIn(theirs(manifest), secrets)
  if (missing.length === 0) return
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  const file = join(dataFolder, 'secret-of-backup')
  writePrivate(file, [...theirs(manifest), ...missingIn(secrets, theirs(manifest))])
  throw new SetupProblem(
    `BELAY_SECRET does not hold the key of this backup, without which names and addresses in GitLab cannot be read. ` +
      `The key was written to ${file}, which only this user may read${secrets.length > 0 ? ', with yours behind it' : ''}. ` +
      `Set BELAY_SECRET_FILE=${file} instead of BELAY_SECRET, or move its content into BELAY_SECRET and remove the file; then run the same command again. The data were not touched.`,
    1,
  )
}

/** Into the data folder, where settings name none. The backup's key writes from now on; what was there still reads. */
export const keepKey = (
  settings: Settings & { readonly databaseUrl: string | null },
  manifest: { readonly secrets: string },
): void => {
  const { dataFolder, secrets, databaseUrl } = settings
  if (secrets.length > 0 || databaseUrl !== null) return
  const present = secretsInFolder(dataFolder)
  const wanted = [...theirs(manifest), ...missingIn(present, theirs(manifest))]
  if (wanted.join() !== present.join()) writePrivate(fileOf(dataFolder), wanted)
}

/** With PostgreSQL the key comes from settings: it must be the data folder's. Throws SetupProblem. */
export const admitMove = ({ dataFolder, secrets }: Settings): void => {
  const missing = missingIn(secretsInFolder(dataFolder), secrets)
  const file = fileOf(dataFolder)
  if (missing.length > 0)
    throw new SetupProblem(
      `BELAY_SECRET does not hold the key of ${dataFolder}. With PostgreSQL the key comes from the settings: set BELAY_SECRET_FILE=${file} (a copy of it where the desk will run), or put its content into BELAY_SECRET, in front of any other key; then run the same command again. Nothing was moved.`,
      2,
    )
  if (secrets.length === 0)
    throw new SetupProblem(
      'BELAY_SECRET is missing: with PostgreSQL the key comes from the settings. Set it to the key that the desk had; nothing was moved.',
      2,
    )
}
