// With SQLite one process pushes and pulls. It holds an exclusive lock on a small SQLite file
// beside the data, which the system frees when the process dies, however it dies.

import { DatabaseSync } from 'node:sqlite'

export type Lock = { release(): void }

// SQLite's own result codes for "somebody else has it".
const busy = new Set([5, 6])

const isBusy = (error: unknown): boolean =>
  error instanceof Error &&
  'errcode' in error &&
  typeof error.errcode === 'number' &&
  busy.has(error.errcode & 0xff)

/** null where another process (or another part of this one) holds it. */
export const takeLock = (file: string): Lock | null => {
  const database = new DatabaseSync(file, { timeout: 0 })
  try {
    database.exec('begin exclusive')
  } catch (error) {
    database.close()
    if (isBusy(error)) return null
    throw error
  }
  return {
    release: () => {
      if (database.isOpen) database.close()
    },
  }
}
