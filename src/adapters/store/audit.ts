// The audit log, chained. The database itself refuses to change an entry, and to take one out unless the
// chain's start was moved behind it first, so that a shortened log says where it begins.

import { type SqlBool, sql } from 'kysely'
import { z } from 'zod'
import type { AuditPage, AuditQuery } from '../../application/audit-ports.ts'
import { sha256 } from '../../application/check-audit.ts'
import type { AuditEntry, AuditRecord, AuditResult, Deed, Doer, Link } from '../../domain/audit.ts'
import { linkAfter } from '../../domain/audit.ts'
import type { AuditRow } from './schema.ts'
import type { Queries, Writing } from './statements.ts'
import { storable } from './ticket-row.ts'

const doerOfRow = ({ doer, user_id, username }: AuditRow): Doer =>
  doer === 'agent'
    ? { kind: 'agent', id: user_id ?? 0, username }
    : { kind: doer === 'belay' ? 'belay' : 'requester' }

const recordOf = (row: AuditRow): AuditRecord => ({
  n: row.n,
  hash: row.hash,
  at: row.at,
  by: doerOfRow(row),
  what: row.what as Deed,
  ticketId: row.ticket_id,
  about: row.about,
  result: row.result as AuditResult,
})

export const auditStart = async (q: Queries): Promise<Link & { at: number }> => {
  const row = await q.first('audit.start', {}, (db) =>
    db.selectFrom('audit_start').select(['n', 'hash', 'at']).where('id', '=', 1),
  )
  if (!row) throw new Error('the audit log has no beginning')
  return row
}

export const auditHead = async (q: Queries): Promise<Link> =>
  (await q.first('audit.head', {}, (db) =>
    db.selectFrom('audit').select(['n', 'hash']).orderBy('n', 'desc').limit(1),
  )) ?? (await auditStart(q))

export const keepAudit = async (q: Writing, entry: AuditEntry): Promise<void> => {
  const { by, at, what, result, ticketId } = entry
  const kept: AuditEntry = {
    ...entry,
    by: by.kind === 'agent' ? { ...by, username: storable(by.username) } : by,
    about: storable(entry.about).slice(0, 200),
  }
  const { n, hash } = linkAfter(await auditHead(q), kept, sha256)
  const values = {
    n,
    hash,
    at,
    what,
    result,
    ticketId,
    about: kept.about,
    doer: by.kind,
    userId: by.kind === 'agent' ? by.id : null,
    username: kept.by.kind === 'agent' ? kept.by.username : '',
  }
  // Not counted as a change: pages that somebody looks at stay true.
  await q.all('audit.keep', values, (db, hole) =>
    db.insertInto('audit').values({
      n: hole.n,
      at: hole.at,
      doer: hole.doer,
      user_id: hole.userId,
      username: hole.username,
      what: hole.what,
      ticket_id: hole.ticketId,
      about: hole.about,
      result: hole.result,
      hash: hole.hash,
    }),
  )
}

export const auditChain = async (
  q: Queries,
  options: { readonly after: number; readonly limit: number },
): Promise<AuditRecord[]> =>
  (
    await q.all('audit.chain', options, (db, hole) =>
      db.selectFrom('audit').selectAll().where('n', '>', hole.after).orderBy('n').limit(hole.limit),
    )
  ).map(recordOf)

export const forgetAudit = async (
  q: Writing,
  { before, limit }: { readonly before: number; readonly limit: number },
): Promise<number> => {
  const rows = await q.all('audit.oldest', { limit }, (db, hole) =>
    db.selectFrom('audit').select(['n', 'hash', 'at']).orderBy('n').limit(hole.limit),
  )
  // In order of the chain: where a clock stood wrong, what comes first goes first.
  const young = rows.findIndex(({ at }) => at >= before)
  const old = young < 0 ? rows : rows.slice(0, young)
  const last = old.at(-1)
  if (!last) return 0
  await q.all('audit.moveStart', last, (db, hole) =>
    db.updateTable('audit_start').set({ n: hole.n, hash: hole.hash, at: hole.at }).where('id', '=', 1),
  )
  await q.all('audit.forget', { n: last.n }, (db, hole) => db.deleteFrom('audit').where('n', '<=', hole.n))
  return old.length
}

// --- Pages -------------------------------------------------------------------------------------

const cursorShape = z.object({ at: z.number().int(), n: z.number().int() })
type Cursor = z.infer<typeof cursorShape>

const write = (cursor: Cursor): string => Buffer.from(JSON.stringify(cursor)).toString('base64url')

const read = (text: string | null): Cursor | null => {
  if (text === null || text === '' || text.length > 200) return null
  try {
    return cursorShape.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))).data ?? null
  } catch {
    return null
  }
}

const mostOnPage = 1_000

/** By time, as people look for it, and by number where clocks agree. */
export const auditPage = async (q: Queries, query: AuditQuery): Promise<AuditPage> => {
  const limit = Math.max(1, Math.min(query.limit, mostOnPage))
  const from = read(query.cursor) ?? { at: Number.MAX_SAFE_INTEGER, n: 0 }
  const { by } = query
  const doer = typeof by === 'string' ? by : by === null ? null : 'agent'
  const username = typeof by === 'object' && by !== null ? storable(by.username) : null
  const asked = { doer, what: query.what, ticket: query.ticketId }
  const name = Object.entries(asked).flatMap(([key, value]) => (value === null ? [] : [key]))
  const values = {
    ...from,
    doer: doer ?? '',
    username: username ?? '',
    what: query.what ?? '',
    ticket: query.ticketId ?? '',
    since: query.from ?? Number.MIN_SAFE_INTEGER,
    until: query.to ?? Number.MAX_SAFE_INTEGER,
    limit: limit + 1,
  }
  const rows = await q.all(`audit.page.${name.join('.')}`, values, (db, hole) => {
    let select = db
      .selectFrom('audit')
      .selectAll()
      .where(sql<SqlBool>`(at, n) < (${hole.at}, ${hole.n})`)
      .where('at', '>=', hole.since)
      .where('at', '<', hole.until)
    // Both, or the index could not go on to the time: whoever has no name has the name ''.
    if (doer !== null) select = select.where('doer', '=', hole.doer).where('username', '=', hole.username)
    if (query.what !== null) select = select.where('what', '=', hole.what)
    if (query.ticketId !== null) select = select.where('ticket_id', '=', hole.ticket)
    return select.orderBy('at', 'desc').orderBy('n', 'desc').limit(hole.limit)
  })
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    records: shown.map(recordOf),
    next: last && rows.length > limit ? write({ at: last.at, n: last.n }) : null,
  }
}
