// Open tickets that look like the one an agent is typing, so that nobody opens a second one.
// Agents only: others would read strangers' titles.

import type { Parts, TicketSummary } from './ports.ts'

export const findSimilar = (parts: Pick<Parts, 'store'>, title: string): Promise<readonly TicketSummary[]> =>
  parts.store.read((reader) => reader.similar(title, 5))
