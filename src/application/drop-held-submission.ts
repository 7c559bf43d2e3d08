// A lead says that nobody needs this: it goes, with its files, and leaves nothing behind. Nobody is told,
// and whoever sends the same form again is held again.

import { doerOf } from '../domain/audit.ts'
import { theDesk } from '../domain/mending.ts'
import type { Author } from '../domain/operation.ts'
import type { Refusal } from '../domain/refusal.ts'
import { refuse } from '../domain/refusal.ts'
import type { Role } from '../domain/role.ts'
import { isAtLeast } from '../domain/role.ts'
import type { Parts } from './ports.ts'

/** Answers how many were held and are not any more. */
export const dropHeldSubmissions = (
  parts: Pick<Parts, 'store' | 'clock'>,
  /** `by`: for the audit log; left out = no person. */
  request: { readonly ids: readonly string[]; readonly role: Role; readonly by?: Author },
): Promise<number | Refusal> => {
  if (!isAtLeast(request.role, 'lead')) return Promise.resolve(refuse('not-your-role'))
  return parts.store.write(async (writer) => {
    let dropped = 0
    const entry = { by: doerOf(request.by ?? theDesk), what: 'drop-held', ticketId: null } as const
    for (const id of new Set(request.ids)) {
      if (!(await writer.dropHeld(id))) continue
      dropped += 1
      await writer.keepAudit({ ...entry, at: parts.clock.now(), about: id, result: 'done' })
    }
    return dropped
  })
}
