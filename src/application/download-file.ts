// A ticket's file, always through Belay and its checks, never by a GitLab address.
// Until GitLab has it, it is read from where it is kept on its way.

import type { Parts, StoredFile, TicketRef } from './ports.ts'
import { ownFiles } from './read-own-ticket.ts'
import type { TicketReading } from './read-ticket.ts'

export type Downloaded = { readonly file: StoredFile; readonly bytes: Uint8Array }

const download = async (
  parts: Pick<Parts, 'store' | 'gateway'>,
  ref: TicketRef,
  chosen: (files: readonly StoredFile[]) => StoredFile | undefined,
): Promise<Downloaded | null> => {
  const found = await parts.store.read(async (reader) => {
    const ticket = await reader.ticket(ref)
    const file = ticket ? chosen(await reader.files(ticket.id)) : undefined
    if (!file) return null
    return { file, bytes: file.remotePath === null ? await reader.fileBytes(file.id) : null }
  })
  if (!found) return null
  if (found.bytes) return { file: found.file, bytes: found.bytes }
  if (found.file.remotePath === null) return null
  const { bytes } = await parts.gateway.download(found.file.remotePath)
  return { file: found.file, bytes }
}

export const downloadFile = (
  parts: Pick<Parts, 'store' | 'gateway'>,
  request: { readonly ref: TicketRef /** From 1, in the order they were sent. */; readonly n: number },
): Promise<Downloaded | null> => download(parts, request.ref, (files) => files[request.n - 1])

/** `n`: from 1, in the requester's own list. */
export const downloadOwnFile = async (
  parts: Pick<Parts, 'store' | 'gateway'>,
  reading: TicketReading,
  n: number,
): Promise<Downloaded | null> => {
  const own = ownFiles(reading)[n - 1]
  if (!own) return null
  return download(parts, { id: reading.ticket.id }, (files) => files.find(({ id }) => id === own.file.id))
}
