// The requester writes on their own page of the ticket: a public reply, with files. It ends our waiting for
// them, and soon after it was resolved the ticket is open again.

import { hearFromRequester } from '../domain/conversation.ts'
import type { FileRef } from '../domain/operation.ts'
import type { TicketId } from '../domain/ticket.ts'
import { decide } from './decide.ts'
import type { Parts } from './ports.ts'

export const answerOwnTicket = (
  parts: Parts,
  request: {
    readonly id: TicketId
    readonly body: string
    readonly files: readonly { readonly file: FileRef; readonly bytes: Uint8Array }[]
    readonly key?: string | undefined
  },
) => {
  const { id, body: text, files, key } = request
  return decide(
    parts,
    // The rule puts the requester's name to it.
    { ref: { id }, by: { kind: 'requester', name: '' }, key, files },
    (ticket, circumstances) =>
      hearFromRequester(
        ticket,
        { text, files: files.map(({ file }) => file), from: null },
        parts.desk,
        circumstances,
      ),
  )
}
