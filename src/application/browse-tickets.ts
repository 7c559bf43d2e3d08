// The dashboard's question: which tickets, in which order, and how many stand in each view.
// Local tickets that GitLab does not know yet stand in the same list.

import type { Parts, Reader, TicketPage, TicketQuery, ViewCounts } from './ports.ts'

export type Browsing = {
  readonly page: TicketPage
  readonly counts: ViewCounts
  readonly backlog: Awaited<ReturnType<Reader['backlog']>>
}

export const browseTickets = (parts: Pick<Parts, 'store'>, query: TicketQuery): Promise<Browsing> =>
  parts.store.read(async (reader) => ({
    page: await reader.page(query),
    counts: await reader.counts(query.me),
    backlog: await reader.backlog(),
  }))
