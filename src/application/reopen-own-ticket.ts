// The requester says that it is not solved: within the desk's time for that the ticket is open again, with
// what they wrote and sent along, if anything.

import type { FileRef } from '../domain/operation.ts'
import { notSolved } from '../domain/satisfaction.ts'
import type { TicketId } from '../domain/ticket.ts'
import { decide } from './decide.ts'
import type { Parts } from './ports.ts'

export const reopenOwnTicket = (
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
    { ref: { id }, by: { kind: 'requester', name: '' }, key, files },
    (ticket, circumstances) =>
      notSolved(ticket, { text, files: files.map(({ file }) => file) }, parts.desk, circumstances),
  )
}
