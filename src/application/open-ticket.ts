// Somebody opens a ticket. It is accepted here and now, whether or not GitLab answers; the
// same form sent twice makes one ticket. Files are kept until GitLab has them.

import type { Opening } from '../domain/opening.ts'
import { open } from '../domain/opening.ts'
import type { Author, FileRef } from '../domain/operation.ts'
import type { Refusal } from '../domain/refusal.ts'
import { isRefusal, refuse } from '../domain/refusal.ts'
import type { Done } from './decide.ts'
import { circumstancesOf, sent } from './decide.ts'
import type { Parts } from './ports.ts'
import { recordAndAnnounce } from './record-and-announce.ts'
import { knowsServiceDesk } from './refresh-members.ts'

export const openTicket = async (
  parts: Parts,
  request: {
    readonly by: Author
    readonly opening: Opening
    readonly files: readonly { readonly file: FileRef; readonly bytes: Uint8Array }[]
    readonly key?: string | undefined
  },
): Promise<Done | Refusal> => {
  const { desk } = parts
  const circumstances = circumstancesOf(parts, request.by)
  const { key, files } = request
  const result = await parts.store.write(async (writer): Promise<Done | Refusal> => {
    const former = key ? await writer.formKey(key) : null
    const ticket = former === null ? null : await writer.ticket({ id: former })
    if (ticket) return { ticket, already: true }
    const serviceDesk = await knowsServiceDesk(writer)
    const decision = open({ ...request.opening, serviceDesk }, desk, circumstances)
    if (isRefusal(decision)) return decision
    const written = await recordAndAnnounce(
      writer,
      decision,
      { desk, circumstances },
      { files, ...(key ? { key } : {}) },
    )
    return written === 'recorded' ? { ticket: decision.ticket, already: false } : refuse('busy')
  })
  if (isRefusal(result) || result.already) return result
  return { ticket: await sent(parts, result.ticket), already: false }
}
