// What GitLab has not been told yet, of all tickets, for those who lead the desk: what is stuck
// first, then what is not confirmed, then what is on its way; page by page, the oldest first.

import type { Parts, Reader, UnsettledPage, ViewCounts } from './ports.ts'

export type OperationsReading = UnsettledPage & {
  readonly backlog: Awaited<ReturnType<Reader['backlog']>>
  readonly counts: ViewCounts
}

/** `me`: GitLab username of who looks. A broken cursor is as none. */
export const listOperations = (
  parts: Pick<Parts, 'store'>,
  query: { readonly cursor: string | null; readonly limit: number; readonly me: string },
): Promise<OperationsReading> =>
  parts.store.read(async (reader) => ({
    ...(await reader.unsettled(query)),
    backlog: await reader.backlog(),
    counts: await reader.counts(query.me),
  }))
