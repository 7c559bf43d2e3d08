// A lead says that nobody needs this: it goes, with its files, and leaves nothing behind. Nobody is told,
// and whoever sends the same form again is held again.

import type { Refusal } from '../domain/refusal.ts'
import { refuse } from '../domain/refusal.ts'
import type { Role } from '../domain/role.ts'
import { isAtLeast } from '../domain/role.ts'
import type { Parts } from './ports.ts'

/** Answers how many were held and are not any more. */
export const dropHeldSubmissions = (
  parts: Pick<Parts, 'store'>,
  request: { readonly ids: readonly string[]; readonly role: Role },
): Promise<number | Refusal> => {
  if (!isAtLeast(request.role, 'lead')) return Promise.resolve(refuse('not-your-role'))
  return parts.store.write(async (writer) => {
    let dropped = 0
    for (const id of new Set(request.ids)) if (await writer.dropHeld(id)) dropped += 1
    return dropped
  })
}
