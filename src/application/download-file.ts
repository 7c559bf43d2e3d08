// A ticket's file, always through Belay and its checks, never by a GitLab address.
// Until GitLab has it, it is read from where it is kept on its way.

import type { Parts, StoredFile, TicketRef } from './ports.ts'

export const downloadFile = async (
  parts: Pick<Parts, 'store' | 'gateway'>,
  request: { readonly ref: TicketRef /** From 1, in the order they were sent. */; readonly n: number },
): Promise<{ readonly file: StoredFile; readonly bytes: Uint8Array } | null> => {
  const found = await parts.store.read(async (reader) => {
    const ticket = await reader.ticket(request.ref)
    const file = ticket ? (await reader.files(ticket.id))[request.n - 1] : undefined
    if (!file) return null
    return { file, bytes: file.remotePath === null ? await reader.fileBytes(file.id) : null }
  })
  if (!found) return null
  if (found.bytes) return { file: found.file, bytes: found.bytes }
  if (found.file.remotePath === null) return null
  const { bytes } = await parts.gateway.download(found.file.remotePath)
  return { file: found.file, bytes }
}
