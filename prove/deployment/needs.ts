// What these proofs need of the machine: Debian's own programs, and root, who alone can make a root folder of its own.

import { existsSync } from 'node:fs'

const isRoot = process.getuid?.() === 0

const packages: Readonly<Record<string, string>> = {
  debootstrap: '/usr/sbin/debootstrap',
  'nginx-light': '/usr/sbin/nginx',
  postgresql: '/usr/lib/postgresql/15/bin/postgres',
  'gettext-base': '/usr/bin/envsubst',
  openssl: '/usr/bin/openssl',
  systemd: '/usr/bin/systemd-analyze',
}

export const postgresPrograms = '/usr/lib/postgresql/15/bin'

/** null, or a sentence that .ci/run looks for. */
export const missingFor = (...names: string[]): string | null => {
  const missing = names.filter((name) => !existsSync(packages[name] ?? name))
  if (missing.length > 0) return `skipped: not here: ${missing.join(', ')} (apt-get install)`
  return isRoot ? null : 'skipped: this is not root'
}
