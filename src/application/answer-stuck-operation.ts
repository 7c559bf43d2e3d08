// What retrying and giving up have in common: only who leads the desk may, only what is stuck can
// be answered, and whoever comes second changes nothing and hears that it was answered already.

import type { Deed } from '../domain/audit.ts'
import { doerOf } from '../domain/audit.ts'
import { theDesk } from '../domain/mending.ts'
import type { Author, Operation } from '../domain/operation.ts'
import type { Refusal } from '../domain/refusal.ts'
import { refuse } from '../domain/refusal.ts'
import type { Role } from '../domain/role.ts'
import { isAtLeast } from '../domain/role.ts'
import type { Ticket } from '../domain/ticket.ts'
import type { Parts, Writer } from './ports.ts'

export type StuckAnswered = {
  readonly ticket: Ticket
  /** As it was before. */
  readonly operation: Operation
  /** True where it was not stuck any more: nothing was changed. */
  readonly already: boolean
}

/** `by`: for the audit log; left out = no person. */
export type StuckAnswer = { readonly id: string; readonly role: Role; readonly by?: Author }

/** null: there is no such operation. */
export const answerStuckOperation = async (
  parts: Parts,
  request: StuckAnswer,
  what: Extract<Deed, 'retry' | 'drop'>,
  answer: (writer: Writer, now: number) => Promise<boolean>,
): Promise<StuckAnswered | Refusal | null> => {
  if (!isAtLeast(request.role, 'lead')) return refuse('not-your-role')
  return parts.store.write(async (writer) => {
    const operation = await writer.operation(request.id)
    const ticket = operation && (await writer.ticket({ id: operation.ticketId }))
    if (!operation || !ticket) return null
    const at = parts.clock.now()
    const already = !(await answer(writer, at))
    const by = doerOf(request.by ?? theDesk)
    if (!already)
      await writer.keepAudit({ by, what, at, ticketId: ticket.id, about: operation.id, result: 'done' })
    return { ticket, operation, already }
  })
}
