// Where the browser gets stylesheet, scripts and shapes: with a hash of what is in them, so that
// it may keep them for ever and still sees a new one at once.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('assets', import.meta.url))
const known = new Map<string, string>()

/** Address of a file in assets/. Throws when there is none. */
export const assetUrl = (name: string): string => {
  let url = known.get(name)
  if (url === undefined) {
    const hash = createHash('sha256').update(readFileSync(path.join(folder, name)))
    url = `/assets/${name}?v=${hash.digest('base64url').slice(0, 10)}`
    known.set(name, url)
  }
  return url
}
