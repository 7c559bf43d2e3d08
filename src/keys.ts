// The key material: one file in the data folder, made at first start, readable by its owner only.
// Everything that is signed or sealed uses a key of its own, derived from it (HKDF), so that one
// kind of token can never be taken for another.

import { createHash, hkdfSync, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type KeyPurpose =
  | 'session'
  | 'ticket-link'
  | 'marker'
  | 'mail-token'
  | 'render-time'
  | 'client-mark'
  | 'requester-session'

export type Keys = {
  /** The first one writes, all of them read. 32 bytes each. */
  readonly forPurpose: (purpose: KeyPurpose) => readonly { readonly id: string; readonly key: Uint8Array }[]
}

export const keysOf = (secrets: readonly string[]): Keys => {
  if (secrets.length === 0) throw new Error('no key material')
  return {
    forPurpose: (purpose) =>
      secrets.map((secret) => ({
        id: createHash('sha256').update(`belay key id ${secret}`).digest('hex').slice(0, 8),
        key: new Uint8Array(hkdfSync('sha256', secret, 'belay', purpose, 32)),
      })),
  }
}

/** Reads the data folder's secret, or makes it. `made` is its path when it is new. */
export const secretOfFolder = (dataFolder: string): { secrets: string[]; made: string | null } => {
  const path = join(dataFolder, 'secret')
  if (existsSync(path))
    return { secrets: readFileSync(path, 'utf8').split(/\s+/u).filter(Boolean), made: null }
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  const secret = randomBytes(32).toString('hex')
  writeFileSync(path, `${secret}\n`, { mode: 0o600, flag: 'wx' })
  chmodSync(path, 0o600)
  return { secrets: [secret], made: path }
}
