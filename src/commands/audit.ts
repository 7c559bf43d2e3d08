// `belay audit`: follows the whole chain of the audit log from its beginning, and says where it is broken.
// The newest entry's hash, kept elsewhere, proves later that nothing before it was changed.

import { checkAuditWhole } from '../application/check-audit.ts'
import type { Store } from '../application/ports.ts'

/** Exit code: 1 where the chain is broken. `expected`: a hash that was kept elsewhere and must be in the chain. */
export const runAudit = async (
  options: { readonly json: boolean; readonly expected: string | null },
  parts: { readonly store: Store; readonly stdout: { write(text: string): unknown } },
): Promise<0 | 1> => {
  const found = await checkAuditWhole(parts, options.expected)
  const lost = options.expected !== null && !found.met
  const broken = found.broken !== null || lost
  if (options.json) parts.stdout.write(`${JSON.stringify(found, null, 2)}\n`)
  else if (found.broken)
    parts.stdout.write(
      `The audit log is broken at entry ${found.broken.n} (${found.broken.why}). Compare it with a backup, and ask who can write to the database.\n`,
    )
  else if (lost)
    parts.stdout.write(
      'The chain is whole, but no entry has the hash you gave: it is not the log that hash was taken from.\n',
    )
  else
    parts.stdout.write(
      `The audit log is whole: ${found.entries} entries. Newest: number ${found.head.n}, hash ${found.head.hash || 'none'}.\n`,
    )
  return broken ? 1 : 0
}
