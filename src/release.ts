// Which Belay this is: the version that stands in package.json.

import { readFileSync } from 'node:fs'

const described: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

export const release: string =
  typeof described === 'object' &&
  described !== null &&
  'version' in described &&
  typeof described.version === 'string'
    ? described.version
    : 'unknown'
