// The audit log as those who lead the desk read it: a page of entries with the numbers of their tickets, and
// whether the chain is whole. All of a filter can be had as a table for a spreadsheet.

import type { AuditRecord } from '../domain/audit.ts'
import type { AuditPage, AuditQuery } from './audit-ports.ts'
import type { AuditStanding } from './check-audit.ts'
import { auditStanding } from './check-audit.ts'
import type { Parts, Reader, ViewCounts } from './ports.ts'

export type AuditReading = AuditPage & {
  /** Numbers of the tickets on this page, by ticket id. */
  readonly numbers: ReadonlyMap<string, number | null>
  readonly standing: AuditStanding
  /** GitLab usernames of who works here, for choosing. */
  readonly usernames: readonly string[]
  readonly counts: ViewCounts
  readonly stuck: number
}

/** A ticket by its number, or by its id; null where there is none of that number. */
export const ticketIdOf = async (reader: Reader, text: string): Promise<string | null> =>
  /^\d{1,15}$/.test(text) ? ((await reader.ticket({ iid: Number(text) }))?.id ?? null) : text

const numbersOf = async (reader: Reader, records: readonly AuditRecord[]) => {
  const numbers = new Map<string, number | null>()
  for (const id of new Set(records.map(({ ticketId }) => ticketId))) {
    const ticket = id === null ? null : await reader.ticket({ id })
    if (ticket) numbers.set(ticket.id, ticket.iid)
  }
  return numbers
}

type Asked = Omit<AuditQuery, 'ticketId' | 'limit'> & {
  /** Its number or id; '' = any. */
  readonly ticket: string
}

const pageOf = async (reader: Reader, asked: Asked, limit: number): Promise<AuditPage> => {
  const { ticket, ...query } = asked
  const ticketId = ticket === '' ? null : await ticketIdOf(reader, ticket)
  if (ticket !== '' && ticketId === null) return { records: [], next: null }
  return reader.audit({ ...query, ticketId, limit })
}

/** `me`: GitLab username of who looks. */
export const readAudit = (
  parts: Pick<Parts, 'store'>,
  { me, limit, ...asked }: Asked & { readonly me: string; readonly limit: number },
): Promise<AuditReading> =>
  parts.store.read(async (reader) => {
    const page = await pageOf(reader, asked, limit)
    return {
      ...page,
      numbers: await numbersOf(reader, page.records),
      standing: await auditStanding(reader),
      usernames: (await reader.members()).map(({ username }) => username).sort(),
      counts: await reader.counts(me),
      stuck: (await reader.backlog()).operations.stuck,
    }
  })

/** At most so many entries in one table. */
export const mostInTable = 50_000

/** The newest first, a portion at a time, so that nobody else waits for all of them. */
export async function* auditTable(
  parts: Pick<Parts, 'store'>,
  asked: Asked,
): AsyncGenerator<Pick<AuditReading, 'records' | 'numbers'>> {
  let cursor = asked.cursor
  for (let told = 0; told < mostInTable; ) {
    const from = cursor
    const { records, next, numbers } = await parts.store.read(async (reader) => {
      const page = await pageOf(reader, { ...asked, cursor: from }, 1_000)
      return { ...page, numbers: await numbersOf(reader, page.records) }
    })
    yield { records, numbers }
    told += records.length
    if (next === null) return
    cursor = next
  }
}
