// Which tickets are whose: by the address of who asked, and by the GitLab account they were signed in
// with. An index beside the tickets, written in one go at the end of each transaction. Whatever it
// finds is looked at again, so that no mistake in it shows anybody a stranger's ticket.

import { type SqlBool, sql } from 'kysely'
import { z } from 'zod'
import type { AskedPage, AskedQuery, Asker } from '../../application/requester-ports.ts'
import { foldedAddress } from '../../domain/mail-address.ts'
import type { Requester } from '../../domain/ticket.ts'
import type { TicketRow } from './schema.ts'
import type { Queries, Writing } from './statements.ts'
import { requesterOf, type SummaryRow, summaryColumns, summaryOf } from './ticket-row.ts'

/** PostgreSQL refuses long texts in an index; nobody is written to at such addresses. */
const longestKey = 320

/** What JSON writes otherwise (quotes, control signs, half characters) stands in no address that mail goes to. */
const indexed = (text: string | null): text is string =>
  text !== null && text !== '' && text.length <= longestKey && JSON.stringify(text) === `"${text}"`

const addressKey = (address: string): string => `a:${foldedAddress(address)}`
const accountKey = (username: string): string => `u:${username}`

const keysOf = ({ email, username }: Requester): string[] => [
  ...(indexed(email) ? [addressKey(email)] : []),
  ...(indexed(username) ? [accountKey(username)] : []),
]

// --- Writing -----------------------------------------------------------------------------------

const note = (q: Writing, row: Pick<TicketRow, 'n' | 'requester'>, there: boolean): void => {
  for (const key of keysOf(requesterOf(row))) q.tally.requesters.set(`${row.n} ${key}`, there)
}

/** This ticket is theirs from the end of the transaction on. */
export const addRequester = (q: Writing, row: Pick<TicketRow, 'n' | 'requester'>): void => note(q, row, true)

export const removeRequester = (q: Writing, row: Pick<TicketRow, 'n' | 'requester'>): void =>
  note(q, row, false)

const numberOf = sql<number>`cast(substr(value, 1, position(' ' in value) - 1) as bigint)`

/** Among the last things of a transaction, and before a reading within it. */
export const saveRequesters = async (q: Writing): Promise<void> => {
  const { requesters } = q.tally
  if (requesters.size === 0) return
  const entries = [...requesters]
  const gone = entries.flatMap(([entry, there]) => (there ? [] : [entry]))
  const there = entries.flatMap(([entry, there]) => (there ? [entry] : []))
  requesters.clear()
  if (gone.length > 0)
    await q.run('requesters.remove', { gone: q.list(gone) }, (_db, hole) =>
      q.speech === 'sqlite'
        ? sql`delete from requesters where (key, n) in (
            select substr(value, instr(value, ' ') + 1), cast(value as integer) from json_each(${hole.gone}))`
        : sql`delete from requesters where (key, n) in (
            select substr(value, position(' ' in value) + 1), ${numberOf} from unnest(${hole.gone}::text[]) as value)`,
    )
  if (there.length > 0)
    await q.run('requesters.add', { there: q.list(there) }, (_db, hole) =>
      q.speech === 'sqlite'
        ? sql`insert or ignore into requesters (key, n)
            select substr(value, instr(value, ' ') + 1), cast(value as integer) from json_each(${hole.there})`
        : sql`insert into requesters (key, n)
            select substr(value, position(' ' in value) + 1), ${numberOf} from unnest(${hole.there}::text[]) as value
            on conflict do nothing`,
    )
}

// --- Reading -----------------------------------------------------------------------------------

const cursorShape = z.object({ n: z.number().int().nonnegative() })

const write = (n: number): string => Buffer.from(JSON.stringify({ n })).toString('base64url')

const beyondAll = Number.MAX_SAFE_INTEGER

const read = (text: string | null): number => {
  if (text === null || text === '' || text.length > 100) return beyondAll
  let told: unknown
  try {
    told = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return beyondAll
  }
  return cursorShape.safeParse(told).data?.n ?? beyondAll
}

type Found = SummaryRow & { readonly hidden: number }

const walk = (q: Queries, key: string, before: number, hidden: number, limit: number): Promise<Found[]> =>
  q.all('requesters.walk', { key, before, hidden, limit }, (db, hole) =>
    db
      .selectFrom('requesters')
      .innerJoin('tickets', 'tickets.n', 'requesters.n')
      .select(summaryColumns.map((column) => `tickets.${column}` as const))
      .select('tickets.hidden')
      .where('requesters.key', '=', hole.key)
      .where('requesters.n', '<', hole.before)
      .where(sql<SqlBool>`${q.undriven('tickets.hidden')} <= ${hole.hidden}`)
      .orderBy('requesters.n', 'desc')
      .limit(hole.limit),
  )

const mostOnPage = 500

/** Each key walks its index for itself; what one ticket is found by twice stands there once. */
const pageOf = async (
  q: Queries,
  walks: readonly { readonly key: string; readonly isTheirs: (row: SummaryRow) => boolean }[],
  query: AskedQuery,
  doubles: boolean,
): Promise<AskedPage> => {
  const limit = Math.max(1, Math.min(query.limit, mostOnPage))
  const before = read(query.cursor)
  const found = new Map<number, { readonly row: Found; readonly theirs: boolean }>()
  for (const { key, isTheirs } of walks)
    for (const row of await walk(q, key, before, doubles ? 2 : 1, limit + 1))
      found.set(row.n, { row, theirs: found.get(row.n)?.theirs === true || isTheirs(row) })
  const rows = [...found.values()].sort((one, other) => other.row.n - one.row.n)
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    tickets: shown.flatMap(({ row: { hidden: _hidden, ...row }, theirs }) => (theirs ? summaryOf(row) : [])),
    next: last && rows.length > limit ? write(last.row.n) : null,
  }
}

const walkOfAddress = (address: string) => {
  const folded = foldedAddress(address)
  return {
    key: addressKey(address),
    isTheirs: (row: SummaryRow) => foldedAddress(requesterOf(row).email ?? '') === folded,
  }
}

export const ticketsOfAddress = async (
  q: Queries,
  address: string,
  query: AskedQuery & { readonly doubles?: boolean },
): Promise<AskedPage> =>
  indexed(address)
    ? pageOf(q, [walkOfAddress(address)], query, query.doubles === true)
    : { tickets: [], next: null }

export const ticketsOfAsker = async (
  q: Queries,
  { addresses, account }: Asker,
  query: AskedQuery,
): Promise<AskedPage> => {
  const ofAccount =
    account !== null && indexed(account.username)
      ? [
          {
            key: accountKey(account.username),
            isTheirs: (row: SummaryRow) =>
              requesterOf(row).username === account.username && row.opened_at >= account.since,
          },
        ]
      : []
  return pageOf(q, [...addresses.filter(indexed).map(walkOfAddress), ...ofAccount], query, false)
}
