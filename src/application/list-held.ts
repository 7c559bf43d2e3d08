// What waits for a lead before it becomes a ticket, the oldest first, with why it waits: the desk doubts
// that a person sent it.

import type { HeldAmount } from '../domain/flood.ts'
import type { HeldPage } from './held-ports.ts'
import type { Parts, Reader, ViewCounts } from './ports.ts'

export type HeldReading = HeldPage & {
  readonly amount: HeldAmount
  readonly counts: ViewCounts
  readonly backlog: Awaited<ReturnType<Reader['backlog']>>
}

/** `me`: GitLab username of who looks. A broken cursor is as none. */
export const listHeld = (
  parts: Pick<Parts, 'store'>,
  query: { readonly cursor: string | null; readonly limit: number; readonly me: string },
): Promise<HeldReading> =>
  parts.store.read(async (reader) => ({
    ...(await reader.heldPage(query)),
    amount: await reader.heldAmount(null),
    counts: await reader.counts(query.me),
    backlog: await reader.backlog(),
  }))
