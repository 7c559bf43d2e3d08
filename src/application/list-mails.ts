// Where is my mail? Every mail that ever came in, the newest first, and how many there are in each state:
// their sum is how many were received, so that none can be missing without being seen.

import type { MailState } from '../domain/mail.ts'
import type { LedgerPage, LedgerQuery } from './mail-ports.ts'
import type { Parts, Reader, ViewCounts } from './ports.ts'

export type MailsReading = LedgerPage & {
  readonly mailCounts: Readonly<Record<MailState, number>>
  /** Numbers of the tickets on this page, by ticket id. */
  readonly numbers: ReadonlyMap<string, number | null>
  readonly counts: ViewCounts
  readonly stuck: number
  readonly held: number
}

const numbersOf = async (reader: Reader, ids: readonly (string | null)[]) => {
  const numbers = new Map<string, number | null>()
  for (const id of new Set(ids)) {
    const ticket = id === null ? null : await reader.ticket({ id })
    if (ticket) numbers.set(ticket.id, ticket.iid)
  }
  return numbers
}

/** `me`: GitLab username of who looks. A broken cursor is as none. */
export const listMails = (
  parts: Pick<Parts, 'store'>,
  query: LedgerQuery & { readonly me: string },
): Promise<MailsReading> =>
  parts.store.read(async (reader) => {
    const page = await reader.mails(query)
    const { operations, held } = await reader.backlog()
    return {
      ...page,
      mailCounts: await reader.mailCounts(),
      numbers: await numbersOf(
        reader,
        page.mails.map(({ ticketId }) => ticketId),
      ),
      counts: await reader.counts(query.me),
      stuck: operations.stuck,
      held,
    }
  })
