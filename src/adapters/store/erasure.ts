// Erasing what is kept of a requester, and remembering that it was erased. Tickets are an index and come back
// from GitLab: those that are remembered here are erased again whenever they do. Operations, mails and files
// are kept and would not be asked for again, so they are erased here once and for good.

import { type SqlBool, sql } from 'kysely'
import type { ErasedTicket, Erasure, ErasureReader } from '../../application/erasure-ports.ts'
import type { Adopted } from '../../application/ports.ts'
import { erasedEvent, erasedOperation, erasedTicket, filesThatStay } from '../../domain/erasure.ts'
import { foldedAddress } from '../../domain/mail-address.ts'
import { eventRows, eventsOf, replaceEvents } from './event-log.ts'
import { filesOf } from './files.ts'
import { eraseMails, mailOf } from './mail-ledger.ts'
import { allOperations, eraseOperation, refreshTicket } from './outbox.ts'
import type { Tables, TicketRow } from './schema.ts'
import type { Queries, Writing } from './statements.ts'
import { changeTicket, rowById } from './ticket-index.ts'
import { columnsOf, requesterOf, ticketOf } from './ticket-row.ts'

// --- Reading -----------------------------------------------------------------------------------

const erasureOf = (row: Tables['erasures']): Erasure => ({
  id: row.id,
  at: row.at,
  by: row.doer,
  whom: row.whom,
  tickets: row.tickets,
  mails: row.mails,
})

const tombOf = (row: Tables['erased_tickets'], left: ErasedTicket['left']): ErasedTicket => ({
  left,
  ticketId: row.ticket_id,
  iid: row.iid,
  erasureId: row.erasure_id,
  at: row.at,
  uploads: JSON.parse(row.uploads),
})

export const erasures = async (q: Queries, limit: number): Promise<Erasure[]> =>
  (
    await q.all('erasures.newest', { limit }, (db, hole) =>
      db.selectFrom('erasures').selectAll().orderBy('at', 'desc').orderBy('id', 'desc').limit(hole.limit),
    )
  ).map(erasureOf)

export const erasure = async (q: Queries, id: string): Promise<Erasure | null> => {
  const row = await q.first('erasures.one', { id }, (db, hole) =>
    db.selectFrom('erasures').selectAll().where('id', '=', hole.id),
  )
  return row ? erasureOf(row) : null
}

export const erasuresUnderWay = async (q: Queries): Promise<Erasure[]> =>
  (
    await q.all('erasures.underWay', {}, (db) =>
      db.selectFrom('erasures').selectAll().where(sql<SqlBool>`whom <> ''`).orderBy('at').orderBy('id'),
    )
  ).map(erasureOf)

const leftOf = async (q: Queries, ticketId: string): Promise<ErasedTicket['left']> => {
  const told = (await allOperations(q, ticketId)).filter(({ intent }) => intent.kind === 'erase')
  const outcome = told.at(-1)?.outcome ?? null
  if (told.length > 0 && outcome === null) return null
  return outcome?.kind === 'erased' ? outcome.left : []
}

export const erasedTickets = async (
  q: Queries,
  erasureId: string,
  limit: number,
): Promise<ErasedTicket[]> => {
  const rows = await q.all('erased.ofErasure', { erasureId, limit }, (db, hole) =>
    db
      .selectFrom('erased_tickets')
      .selectAll()
      .where('erasure_id', '=', hole.erasureId)
      .orderBy('ticket_id')
      .limit(hole.limit),
  )
  const found: ErasedTicket[] = []
  for (const row of rows) found.push(tombOf(row, await leftOf(q, row.ticket_id)))
  return found
}

export const mailsFrom: (
  q: Queries,
  ...given: Parameters<ErasureReader['mailsFrom']>
) => ReturnType<ErasureReader['mailsFrom']> = async (q, address, limit) =>
  (
    await q.all('mails.from', { address: foldedAddress(address), limit }, (db, hole) =>
      db
        .selectFrom('mails')
        .selectAll()
        .where(sql<SqlBool>`lower(sender) = ${hole.address}`)
        .orderBy('received_at')
        .orderBy('id')
        .limit(hole.limit),
    )
  ).map(mailOf)

/** Few are held at a time. */
export const heldFrom = async (q: Queries, address: string): Promise<string[]> => {
  const rows = await q.all('held.requesters', {}, (db) =>
    db.selectFrom('held_submissions').select(['id', 'requester']),
  )
  return rows
    .filter(({ requester }) => foldedAddress(JSON.parse(requester).email ?? '') === foldedAddress(address))
    .map(({ id }) => id)
}

export const resolvedBefore = async (
  q: Queries,
  { before, after, limit }: Parameters<ErasureReader['resolvedBefore']>[0],
): Promise<{ at: number; id: string }[]> => {
  const from = after ?? { at: Number.MIN_SAFE_INTEGER, id: '' }
  const rows = await q.all('tickets.resolvedBefore', { before, limit, ...from }, (db, hole) =>
    db
      .selectFrom('tickets')
      .select(['resolved_at', 'id'])
      .where('resolved_at', 'is not', null)
      .where(sql<SqlBool>`(resolved_at, id) > (${hole.at}, ${hole.id})`)
      .where('resolved_at', '<', hole.before)
      .where(sql<SqlBool>`${q.undriven('state')} = 'resolved'`)
      .orderBy('resolved_at')
      .orderBy('id')
      .limit(hole.limit),
  )
  return rows.flatMap(({ resolved_at, id }) => (resolved_at === null ? [] : { at: resolved_at, id }))
}

// --- Remembering -------------------------------------------------------------------------------

export const beginErasure = async (
  q: Writing,
  { id, at, by, whom }: Omit<Erasure, 'tickets' | 'mails'>,
): Promise<void> => {
  await q.run('erasures.begin', { id, at, by, whom }, (db, hole) =>
    db
      .insertInto('erasures')
      .values({ id: hole.id, at: hole.at, doer: hole.by, whom: hole.whom, tickets: 0, mails: 0 })
      .onConflict((conflict) => conflict.column('id').doNothing()),
  )
}

export const countErasure = async (
  q: Writing,
  id: string,
  { tickets = 0, mails = 0, ended = false }: { tickets?: number; mails?: number; ended?: boolean },
): Promise<void> => {
  await q.run('erasures.count', { id, tickets, mails }, (db, hole) =>
    db
      .updateTable('erasures')
      .set((eb) => ({ tickets: eb('tickets', '+', hole.tickets), mails: eb('mails', '+', hole.mails) }))
      .where('id', '=', hole.id),
  )
  if (ended)
    await q.run('erasures.end', { id }, (db, hole) =>
      db.updateTable('erasures').set({ whom: '' }).where('id', '=', hole.id),
    )
}

export const forgetUploads = async (q: Writing, erasureId: string): Promise<void> => {
  await q.run('erased.forgetUploads', { erasureId }, (db, hole) =>
    db.updateTable('erased_tickets').set({ uploads: '[]' }).where('erasure_id', '=', hole.erasureId),
  )
}

/** Of these tickets and numbers those that were erased: ids and numbers. */
export const tombsAmong = async (
  q: Queries,
  ids: readonly string[],
  iids: readonly number[],
): Promise<{ readonly ids: ReadonlySet<string>; readonly iids: ReadonlySet<number> }> => {
  const rows = await q.all('erased.among', { ids: q.list(ids), iids: q.list(iids) }, (db, hole) =>
    db
      .selectFrom('erased_tickets')
      .select(['ticket_id', 'iid'])
      .where((eb) => eb.or([q.among('ticket_id', hole.ids), q.among('iid', hole.iids)])),
  )
  return {
    ids: new Set(rows.map((row) => row.ticket_id)),
    iids: new Set(rows.flatMap((row) => row.iid ?? [])),
  }
}

// --- Erasing -----------------------------------------------------------------------------------

const remember = async (
  q: Writing,
  tomb: { ticketId: string; iid: number | null; erasureId: string; at: number; uploads: string },
): Promise<void> => {
  await q.run('erased.remember', tomb, (db, hole) =>
    db
      .insertInto('erased_tickets')
      .values({
        ticket_id: hole.ticketId,
        iid: hole.iid,
        erasure_id: hole.erasureId,
        at: hole.at,
        uploads: hole.uploads,
      })
      .onConflict((conflict) => conflict.column('ticket_id').doUpdateSet({ iid: hole.iid })),
  )
}

/** What no reading of GitLab brings back: operations, files, mails and automatic mails of this ticket. */
const eraseKept = async (q: Writing, row: TicketRow, erasureId: string, at: number): Promise<void> => {
  const operations = await allOperations(q, row.id)
  const staying = filesThatStay(operations)
  for (const operation of operations)
    await eraseOperation(q, operation, erasedOperation(operation, staying), at)
  const files = (await filesOf(q, row.id)).filter(({ id }) => !staying.has(id))
  const uploads = JSON.stringify(files.flatMap(({ remotePath }) => remotePath ?? []))
  await remember(q, { ticketId: row.id, iid: row.iid, erasureId, at, uploads })
  await q.run('files.erase', { ids: q.list(files.map(({ id }) => id)) }, (db, hole) =>
    db.deleteFrom('files').where(q.among('id', hole.ids)),
  )
  await eraseMails(q, { ticketId: row.id })
}

/** Answers the row as it is then. */
export const eraseRow = async (
  q: Writing,
  row: TicketRow,
  erasureId: string,
  at: number,
): Promise<TicketRow> => {
  await eraseKept(q, row, erasureId, at)
  const events = (await eventsOf(q, row.id)).map(erasedEvent)
  await replaceEvents(q, row.n, events, new Set((await eventRows(q, row.n)).map(({ source }) => source)))
  const wanted = { ...row, ...columnsOf(erasedTicket(ticketOf(row))) }
  // With the operations that have nothing to do any more.
  return refreshTicket(q, await changeTicket(q, row, wanted, true))
}

export const eraseTicket = async (
  q: Writing,
  ticketId: string,
  erasureId: string,
  at: number,
): Promise<boolean> => {
  const row = await rowById(q, ticketId)
  if (!row) return false
  await eraseRow(q, row, erasureId, at)
  return true
}

/** GitLab's mark alone knew of it: from before the backup that this database was made from again. */
const fromGitlab = 'gitlab'

/** A ticket that was erased comes in erased, whatever GitLab or a backup still says of it. */
export const erasedChange = (change: Adopted): Adopted => ({
  ...change,
  ticket: erasedTicket(change.ticket),
  events: change.events === null ? null : change.events.map(erasedEvent),
})

/** The row it has, erased where it was not. */
export const eraseAgain = async (
  q: Writing,
  row: TicketRow,
  known: boolean,
  at: number,
): Promise<TicketRow> => (known && requesterOf(row).erased === true ? row : eraseRow(q, row, fromGitlab, at))

export const forgetFormKeys = (q: Writing, ticketIds: readonly string[]): Promise<number> =>
  q.run('formKeys.forget', { ids: q.list(ticketIds) }, (db, hole) =>
    db.deleteFrom('form_keys').where(q.among('ticket_id', hole.ids)),
  )
