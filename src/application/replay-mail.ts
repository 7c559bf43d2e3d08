// A lead has a mail read anew: by the rules as they are now, or as a ticket whatever the rules say. Not
// one that is on a ticket already, since everybody would then read it twice.

import { doerOf } from '../domain/audit.ts'
import { theDesk } from '../domain/mending.ts'
import type { Author } from '../domain/operation.ts'
import type { Refusal } from '../domain/refusal.ts'
import { refuse } from '../domain/refusal.ts'
import type { Role } from '../domain/role.ts'
import { isAtLeast } from '../domain/role.ts'
import type { LedgerMail } from './mail-ports.ts'
import type { Parts } from './ports.ts'

export type Replayed = {
  /** As it was before. */
  readonly mail: LedgerMail
  /** False where nothing was changed: it is on a ticket, in flight already, or its source is not kept any more. */
  readonly replayed: boolean
}

/** null: there is no such mail. */
export const replayMail = async (
  parts: Pick<Parts, 'store' | 'nudge' | 'clock'>,
  /** `by`: for the audit log; left out = no person. */
  request: { readonly id: string; readonly role: Role; readonly forced: boolean; readonly by?: Author },
): Promise<Replayed | Refusal | null> => {
  if (!isAtLeast(request.role, 'lead')) return refuse('not-your-role')
  const result = await parts.store.write(async (writer): Promise<Replayed | null> => {
    const mail = await writer.mail(request.id)
    if (!mail) return null
    const replayed = await writer.replayMail(request.id, { forced: request.forced })
    if (replayed)
      await writer.keepAudit({
        by: doerOf(request.by ?? theDesk),
        what: request.forced ? 'open-mail' : 'replay-mail',
        at: parts.clock.now(),
        ticketId: null,
        about: mail.id,
        result: 'done',
      })
    return { mail, replayed }
  })
  if (result?.replayed) parts.nudge()
  return result
}
