// The way every action on a ticket goes: find the ticket, ask the rule, write down what it
// decided in one piece, tell the worker, and wait a moment so that the page can already show
// GitLab's answer. A form that was sent before, and a rule that changes nothing, do nothing.

import type { Circumstances, Decision } from '../domain/decision.ts'
import type { Author, FileRef } from '../domain/operation.ts'
import type { Refusal } from '../domain/refusal.ts'
import { isRefusal, refuse } from '../domain/refusal.ts'
import type { Ticket, TicketId } from '../domain/ticket.ts'
import type { Parts, Reader, TicketRef, Writer } from './ports.ts'
import { recordAndAnnounce } from './record-and-announce.ts'

export type Done = {
  readonly ticket: Ticket
  /** True where nothing was changed: the form was sent before, or it is so already. */
  readonly already: boolean
}

/** How long a request waits for its own operations, in milliseconds. */
const patience = 1_000

/** Somebody else may have changed the ticket between reading and writing; then the rule is asked again. */
const attempts = 5

export const circumstancesOf = (parts: Parts, by: Author): Circumstances => ({
  by,
  at: parts.clock.now(),
  newId: parts.newId,
})

export const decide = async (
  parts: Parts,
  request: {
    readonly ref: TicketRef
    readonly by: Author
    readonly key?: string | undefined
    readonly files?: readonly { readonly file: FileRef; readonly bytes: Uint8Array }[]
  },
  rule: (
    ticket: Ticket,
    circumstances: Circumstances,
    reader: Reader,
  ) => Decision | Refusal | Promise<Decision | Refusal>,
): Promise<Done | Refusal> =>
  writeAndSend<never>(parts, async (writer) => {
    const ticket = await writer.ticket(request.ref)
    if (!ticket) return refuse('ticket-missing')
    if (request.key && (await writer.formKey(request.key)) !== null) return { ticket, already: true }
    if (ticket.gone !== null) return refuse('ticket-gone')
    const circumstances = circumstancesOf(parts, request.by)
    const decision = await rule(ticket, circumstances, writer)
    if (isRefusal(decision)) return decision
    if (decision.ticket === ticket) return { ticket, already: true }
    const written = await recordAndAnnounce(
      writer,
      decision,
      { desk: parts.desk, circumstances },
      { ...(request.key ? { key: request.key } : {}), ...(request.files ? { files: request.files } : {}) },
    )
    return written === 'conflict' ? 'conflict' : { ticket: decision.ticket, already: false }
  })

/**
 * Writes, again where somebody was quicker, and sends what is to be told. `null` is the caller's own: nothing
 * was there to write on.
 */
export const writeAndSend = async <N extends null = never>(
  parts: Parts,
  write: (writer: Writer) => Promise<Done | Refusal | 'conflict' | N>,
): Promise<Done | Refusal | N> => {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const result = await parts.store.write(write)
    if (result === 'conflict') continue
    if (result === null || isRefusal(result) || result.already) return result
    return { ticket: await sent(parts, result.ticket), already: false }
  }
  return refuse('busy')
}

/** Nudges the worker, waits a moment where that is worth it, and gives the ticket as it is then. */
export const sent = async (parts: Parts, ticket: Ticket): Promise<Ticket> => {
  parts.nudge()
  if (parts.prompt()) await parts.settled(ticket.id, patience)
  return (await fresh(parts, ticket.id)) ?? ticket
}

const fresh = (parts: Parts, id: TicketId): Promise<Ticket | null> =>
  parts.store.read((reader) => reader.ticket({ id }))
