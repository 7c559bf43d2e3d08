// What the requester's ways of writing on their own ticket have in common: their words, their files, and
// their name, which the rule puts to it.

import type { Circumstances, Decision } from '../domain/decision.ts'
import type { FileRef } from '../domain/operation.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { Ticket, TicketId } from '../domain/ticket.ts'
import type { Done } from './decide.ts'
import { decide } from './decide.ts'
import type { Parts } from './ports.ts'

export type OwnWords = {
  readonly id: TicketId
  readonly body: string
  readonly files: readonly { readonly file: FileRef; readonly bytes: Uint8Array }[]
  readonly key?: string | undefined
}

export const writeOnOwnTicket = (
  parts: Parts,
  { id, body: text, files, key }: OwnWords,
  rule: (
    ticket: Ticket,
    said: { readonly text: string; readonly files: readonly FileRef[] },
    circumstances: Circumstances,
  ) => Decision | Refusal,
): Promise<Done | Refusal> =>
  decide(parts, { ref: { id }, by: { kind: 'requester', name: '' }, key, files }, (ticket, circumstances) =>
    rule(ticket, { text, files: files.map(({ file }) => file) }, circumstances),
  )
