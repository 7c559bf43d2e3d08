// What GitLab does not know yet, over all tickets, page by page for those who lead the desk. Each
// page walks an index from where the last one ended, however many there are and were.

import { type SqlBool, sql } from 'kysely'
import { z } from 'zod'
import type { UnsettledPage } from '../../application/ports.ts'
import { operationOf } from './outbox.ts'
import type { OperationRow } from './schema.ts'
import type { Queries } from './statements.ts'

const cursorShape = z.object({
  rank: z.number().int().min(0).max(2),
  at: z.number().int(),
  id: z.string().max(100),
})

type Cursor = z.infer<typeof cursorShape>

const write = (cursor: Cursor): string => Buffer.from(JSON.stringify(cursor)).toString('base64url')

const read = (text: string | null): Cursor | null => {
  if (text === null || text === '' || text.length > 500) return null
  let told: unknown
  try {
    told = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return null
  }
  const { data } = cursorShape.safeParse(told)
  return data && !data.id.includes('\0') ? data : null
}

/** As the index has it, word for word. */
const rankOf = sql<number>`case operations.state when 'stuck' then 0 when 'unknown' then 1 else 2 end`

const rankOfRow = ({ state }: OperationRow): number => (state === 'stuck' ? 0 : state === 'unknown' ? 1 : 2)

type Row = OperationRow & { readonly ticket_iid: number | null; readonly ticket_title: string | null }

/** Of one rank, behind the cursor. */
const walk = (q: Queries, cursor: Cursor, limit: number): Promise<Row[]> =>
  q.all('operations.unsettled', { ...cursor, limit }, (db, hole) =>
    db
      .selectFrom('operations')
      .leftJoin('tickets', 'tickets.id', 'operations.ticket_id')
      .selectAll('operations')
      .select(['tickets.iid as ticket_iid', 'tickets.title as ticket_title'])
      .where(sql<SqlBool>`operations.state <> 'done'`)
      .where(sql<SqlBool>`${rankOf} = ${hole.rank}`)
      .where(sql<SqlBool>`(operations.created_at, operations.id) > (${hole.at}, ${hole.id})`)
      .orderBy('operations.created_at')
      .orderBy('operations.id')
      .limit(hole.limit),
  )

const lastRank = 2
const beforeAll = Number.MIN_SAFE_INTEGER

export const unsettled = async (
  q: Queries,
  query: { readonly limit: number; readonly cursor: string | null },
): Promise<UnsettledPage> => {
  const { limit } = query
  const rows: Row[] = []
  let from: Cursor = read(query.cursor) ?? { rank: 0, at: beforeAll, id: '' }
  for (; from.rank <= lastRank && rows.length <= limit; from = { rank: from.rank + 1, at: beforeAll, id: '' })
    rows.push(...(await walk(q, from, limit + 1 - rows.length)))
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    operations: shown.map((row) => ({
      operation: operationOf(row),
      ticket: { id: row.ticket_id, iid: row.ticket_iid, title: row.ticket_title ?? '' },
    })),
    next:
      last && rows.length > limit ? write({ rank: rankOfRow(last), at: last.created_at, id: last.id }) : null,
  }
}
