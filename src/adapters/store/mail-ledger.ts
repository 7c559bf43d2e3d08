// The ledger of mails that came in. Each has one row from the moment it was fetched, and stays when it
// was answered, ignored or held; the raw mail lies apart and may go when it is old.
// A row leaves its state only under a guard, so that two workers cannot end one mail twice.

import { type SqlBool, sql } from 'kysely'
import { z } from 'zod'
import type { LedgerMail, LedgerPage, LedgerQuery, MailWriter } from '../../application/mail-ports.ts'
import type { MailReason, MailState } from '../../domain/mail.ts'
import type { MailRow } from './schema.ts'
import { wordsIn } from './search.ts'
import type { Queries, Writing } from './statements.ts'
import { count, countsNamed } from './ticket-index.ts'
import { storable } from './ticket-row.ts'

export const mailOf = (row: MailRow): LedgerMail => ({
  id: row.id,
  place: { mailbox: row.mailbox, uidValidity: row.uid_validity, uid: row.uid },
  receivedAt: row.received_at,
  bytes: row.bytes,
  state: row.state as MailState,
  reason: row.reason as MailReason | null,
  detail: row.detail,
  from: row.sender,
  fromName: row.sender_name,
  subject: row.subject,
  messageId: row.message_id,
  ticketId: row.ticket_id,
  operationId: row.operation_id,
  attempts: row.attempts,
  filed: row.filed === 1,
  forced: row.forced === 1,
})

// --- Reading -----------------------------------------------------------------------------------

const rowOf = (q: Queries, id: string): Promise<MailRow | undefined> =>
  q.first('mails.one', { id }, (db, hole) => db.selectFrom('mails').selectAll().where('id', '=', hole.id))

export const mail = async (q: Queries, id: string): Promise<LedgerMail | null> => {
  const row = await rowOf(q, id)
  return row ? mailOf(row) : null
}

export const mailSource = async (q: Queries, id: string): Promise<Uint8Array | null> =>
  (
    await q.first('mailSources.one', { id }, (db, hole) =>
      db.selectFrom('mail_sources').select('content').where('mail_id', '=', hole.id),
    )
  )?.content ?? null

export const mailsToRead = async (q: Queries, limit: number): Promise<LedgerMail[]> =>
  (
    await q.all('mails.toRead', { limit }, (db, hole) =>
      db
        .selectFrom('mails')
        .selectAll()
        .where(sql<SqlBool>`state = 'received'`)
        .orderBy('received_at')
        .orderBy('id')
        .limit(hole.limit),
    )
  ).map(mailOf)

export const mailsToFile = async (q: Queries, limit: number): Promise<LedgerMail[]> =>
  (
    await q.all('mails.toFile', { limit }, (db, hole) =>
      db
        .selectFrom('mails')
        .selectAll()
        .where(sql<SqlBool>`filed = 0 and state <> 'received'`)
        .orderBy('received_at')
        .orderBy('id')
        .limit(hole.limit),
    )
  ).map(mailOf)

/** Whoever writes mails chooses their Message-IDs: thousands can have the same one. */
const mostWithMessageId = 50

export const mailsByMessageId = async (q: Queries, messageIds: readonly string[]): Promise<LedgerMail[]> => {
  if (messageIds.length === 0) return []
  const values = { messageIds: q.list(messageIds.map(storable)), limit: mostWithMessageId }
  const rows = await q.all('mails.byMessageId', values, (db, hole) =>
    db
      .selectFrom('mails')
      .selectAll()
      .where(q.among('message_id', hole.messageIds))
      .where('ticket_id', 'is not', null)
      .orderBy('received_at', 'desc')
      .orderBy('id', 'desc')
      .limit(hole.limit),
  )
  return rows.map(mailOf)
}

export const mailLike = async (
  q: Queries,
  fingerprint: string,
  notId: string,
): Promise<LedgerMail | null> => {
  const row = await q.first('mails.like', { fingerprint: storable(fingerprint), notId }, (db, hole) =>
    db
      .selectFrom('mails')
      .selectAll()
      .where('fingerprint', '=', hole.fingerprint)
      .where('fingerprint', 'is not', null)
      .where('id', '<>', hole.notId)
      .where(sql<SqlBool>`${q.undriven('state')} <> 'received' and reason <> 'seen-before'`)
      .orderBy('received_at')
      .orderBy('id')
      .limit(1),
  )
  return row ? mailOf(row) : null
}

export const mailsOf = async (q: Queries, ticketId: string): Promise<LedgerMail[]> =>
  (
    await q.all('mails.ofTicket', { ticketId }, (db, hole) =>
      db
        .selectFrom('mails')
        .selectAll()
        .where('ticket_id', '=', hole.ticketId)
        .where('ticket_id', 'is not', null)
        .orderBy('received_at')
        .orderBy('id'),
    )
  ).map(mailOf)

const longestThread = 10

const messageIdsOf = async (
  q: Queries,
  ticketId: string,
  direction: 'asc' | 'desc',
  limit: number,
): Promise<string[]> => {
  const rows = await q.all(`mails.thread.${direction}`, { ticketId, limit }, (db, hole) =>
    db
      .selectFrom('mails')
      .select('message_id')
      .where('ticket_id', '=', hole.ticketId)
      .where('ticket_id', 'is not', null)
      .where('message_id', 'is not', null)
      .where(sql<SqlBool>`${q.undriven('state')} in ('opened', 'appended')`)
      .orderBy('received_at', direction)
      .orderBy('id', direction)
      .limit(hole.limit),
  )
  return rows.flatMap((row) => row.message_id ?? [])
}

/**
 * Message-IDs of what people wrote on this ticket, the oldest first. Of a long thread the first one, which
 * mail programs hang all others on, and the newest.
 */
export const mailThread = async (q: Queries, ticketId: string): Promise<string[]> => {
  const newest = (await messageIdsOf(q, ticketId, 'desc', longestThread)).reverse()
  if (newest.length < longestThread) return [...new Set(newest)]
  return [...new Set([...(await messageIdsOf(q, ticketId, 'asc', 1)), ...newest.slice(1)])]
}

// --- Pages -------------------------------------------------------------------------------------

const cursorShape = z.object({ at: z.number().int(), id: z.string().max(100) })

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

const mostOnPage = 500
const wordsOfQuery = 8
/** Mails that one page of a search looks at: parts of words are in no index. */
const mostLookedAt = 10_000

const stateText = (state: MailState | null) =>
  state === null ? sql<SqlBool>`1 = 1` : sql<SqlBool>`state = ${sql.lit(state)}`

/** The instant down to which a search looks; null = to the end. */
const boundOf = async (q: Queries, state: MailState | null, from: Cursor): Promise<number | null> => {
  const row = await q.first(
    `mails.bound.${state ?? 'any'}`,
    { ...from, behind: mostLookedAt - 1 },
    (db, hole) =>
      db
        .selectFrom('mails')
        .select('received_at')
        .where(stateText(state))
        .where(sql<SqlBool>`(received_at, id) < (${hole.at}, ${hole.id})`)
        .orderBy('received_at', 'desc')
        .orderBy('id', 'desc')
        .limit(1)
        .offset(hole.behind),
  )
  return row?.received_at ?? null
}

const beforeAll = Number.MIN_SAFE_INTEGER
const behindAll: Cursor = { at: Number.MAX_SAFE_INTEGER, id: '' }
const states: readonly MailState[] = ['received', 'opened', 'appended', 'bounced', 'ignored', 'quarantined']

export const mails = async (q: Queries, query: LedgerQuery): Promise<LedgerPage> => {
  const limit = Math.max(1, Math.min(query.limit, mostOnPage))
  // It stands in the text of the statement.
  const state = states.find((one) => one === query.state) ?? null
  const from = read(query.cursor) ?? behindAll
  const words = wordsIn([query.words], wordsOfQuery)
  const searched = query.words.trim() !== ''
  if (searched && words.length === 0) return { mails: [], next: null }
  const bound = searched ? await boundOf(q, state, from) : null
  const patterns = Object.fromEntries(words.map((word, index) => [`word${index}`, `%${word}%`]))
  const rows = await q.all(
    `mails.page.${state ?? 'any'}.${words.length}`,
    { ...patterns, ...from, bound: bound ?? beforeAll, limit: limit + 1 },
    (db, hole) => {
      let select = db
        .selectFrom('mails')
        .selectAll()
        .where(stateText(state))
        .where(sql<SqlBool>`(received_at, id) < (${hole.at}, ${hole.id})`)
      if (searched) select = select.where('received_at', '>=', hole.bound)
      for (const name of Object.keys(patterns))
        select = select.where(sql<SqlBool>`search like ${(hole as Record<string, unknown>)[name]}`)
      return select.orderBy('received_at', 'desc').orderBy('id', 'desc').limit(hole.limit)
    },
  )
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const further = bound === null ? null : write({ at: bound, id: '' })
  return {
    mails: shown.map(mailOf),
    next: last && rows.length > limit ? write({ at: last.received_at, id: last.id }) : further,
  }
}

export const mailCounts = async (q: Queries): Promise<Record<MailState, number>> => {
  const found = await countsNamed(
    q,
    states.map((state) => `mail:${state}`),
  )
  const of = (state: MailState): number => found.get(`mail:${state}`) ?? 0
  return {
    received: of('received'),
    opened: of('opened'),
    appended: of('appended'),
    bounced: of('bounced'),
    ignored: of('ignored'),
    quarantined: of('quarantined'),
  }
}

/** The counts are an index: after a rebuild they are counted anew. */
export const countMails = async (q: Writing): Promise<void> => {
  const rows = await q.all('mails.countAll', {}, (db) =>
    db
      .selectFrom('mails')
      .select((eb) => ['state', eb.fn.countAll<number>().as('number')])
      .groupBy('state'),
  )
  for (const { state, number } of rows) q.tally.counts.set(`mail:${state}`, Number(number))
}

// --- Writing -----------------------------------------------------------------------------------

const moved = (q: Writing, from: string, to: string): void => {
  count(q, [`mail:${from}`], -1)
  count(q, [`mail:${to}`], 1)
}

export const receiveMail = async (
  q: Writing,
  received: Parameters<MailWriter['receiveMail']>[0],
): Promise<boolean> => {
  const { id, place, receivedAt, source } = received
  const rows = await q.run(
    'mails.receive',
    { id, ...place, receivedAt, bytes: source.byteLength },
    (db, hole) =>
      db
        .insertInto('mails')
        .values({
          id: hole.id,
          mailbox: hole.mailbox,
          uid_validity: hole.uidValidity,
          uid: hole.uid,
          received_at: hole.receivedAt,
          bytes: hole.bytes,
          state: 'received',
          reason: null,
          detail: '',
          sender: '',
          sender_name: '',
          subject: '',
          message_id: null,
          fingerprint: null,
          search: '',
          ticket_id: null,
          operation_id: null,
          attempts: 0,
          filed: 0,
          forced: 0,
        })
        .onConflict((conflict) => conflict.columns(['mailbox', 'uid_validity', 'uid']).doNothing()),
  )
  if (rows !== 1) return false
  await q.run('mailSources.save', { id, receivedAt, source }, (db, hole) =>
    db
      .insertInto('mail_sources')
      .values({ mail_id: hole.id, received_at: hole.receivedAt, content: hole.source }),
  )
  count(q, ['mail:received'], 1)
  return true
}

export const beginReading = async (q: Writing, id: string): Promise<void> => {
  await q.run('mails.begin', { id }, (db, hole) =>
    db
      .updateTable('mails')
      .set((eb) => ({ attempts: eb('attempts', '+', 1) }))
      .where('id', '=', hole.id)
      .where(sql<SqlBool>`state = 'received'`),
  )
}

const wordsOfMail = 200
/** In bytes. PostgreSQL refuses longer ones in an index, and no honest mail has them (RFC 5322: 998 a line). */
const longestName = 1_000

const indexable = (name: string | null): string | null =>
  name === null || Buffer.byteLength(name) > longestName ? null : storable(name)

type End = Parameters<MailWriter['settleMail']>[1]

export const settleMail = async (q: Writing, id: string, end: End): Promise<boolean> => {
  const row = await rowOf(q, id)
  if (!row) return false
  const sender = storable(end.from ?? row.sender)
  const senderName = storable(end.fromName ?? row.sender_name)
  const subject = storable(end.subject ?? row.subject)
  const values = {
    id,
    state: end.state,
    reason: end.reason,
    detail: storable(end.detail ?? ''),
    sender,
    senderName,
    subject,
    messageId: end.messageId === undefined ? row.message_id : indexable(end.messageId),
    fingerprint: end.fingerprint === undefined ? row.fingerprint : indexable(end.fingerprint),
    search: wordsIn([sender, senderName, subject], wordsOfMail).join(' '),
    ticketId: end.ticketId ?? null,
    operationId: end.operationId ?? null,
  }
  const rows = await q.run('mails.settle', values, (db, hole) =>
    db
      .updateTable('mails')
      .set({
        state: hole.state,
        reason: hole.reason,
        detail: hole.detail,
        sender: hole.sender,
        sender_name: hole.senderName,
        subject: hole.subject,
        message_id: hole.messageId,
        fingerprint: hole.fingerprint,
        search: hole.search,
        ticket_id: hole.ticketId,
        operation_id: hole.operationId,
      })
      .where('id', '=', hole.id)
      .where(sql<SqlBool>`state = 'received'`),
  )
  if (rows !== 1) return false
  moved(q, 'received', end.state)
  return true
}

export const mailFiled = async (q: Writing, id: string): Promise<void> => {
  await q.run('mails.filed', { id }, (db, hole) =>
    db
      .updateTable('mails')
      .set({ filed: 1 })
      .where('id', '=', hole.id)
      .where(sql<SqlBool>`filed = 0 and state <> 'received'`),
  )
}

export const mailAccepted = async (q: Writing, id: string): Promise<boolean> => {
  const rows = await q.run('mails.accepted', { id }, (db, hole) =>
    db
      .updateTable('mails')
      .set({ reason: 'accepted' })
      .where('id', '=', hole.id)
      .where(sql<SqlBool>`state = 'appended' and reason = 'unverified'`),
  )
  return rows === 1
}

/** What was read out of it stays to be seen until it is read again; the mailbox is told what becomes of it then. */
export const replayMail = async (
  q: Writing,
  id: string,
  { forced }: { readonly forced: boolean },
): Promise<boolean> => {
  const row = await rowOf(q, id)
  if (!row || ['received', 'opened', 'appended'].includes(row.state)) return false
  const rows = await q.run('mails.replay', { id, state: row.state, forced: forced ? 1 : 0 }, (db, hole) =>
    db
      .updateTable('mails')
      .set({
        state: 'received',
        reason: null,
        detail: '',
        ticket_id: null,
        operation_id: null,
        attempts: 0,
        filed: 0,
        forced: hole.forced,
      })
      .where('id', '=', hole.id)
      .where('state', '=', hole.state)
      // What only names a ticket, an automatic answer with its token for instance, has done nothing yet.
      .where('operation_id', 'is', null)
      .where(sql<SqlBool>`exists (select 1 from mail_sources where mail_sources.mail_id = mails.id)`),
  )
  if (rows !== 1) return false
  moved(q, row.state, 'received')
  return true
}

/** What named one ticket names another from now on, the automatic mails about it too. */
export const moveMails = async (q: Writing, from: string, to: string): Promise<void> => {
  await q.run('mails.move', { from, to }, (db, hole) =>
    db
      .updateTable('mails')
      .set({ ticket_id: hole.to })
      .where('ticket_id', '=', hole.from)
      .where('ticket_id', 'is not', null),
  )
  await q.run('mailAcknowledgements.move', { from, to }, (db, hole) =>
    db.updateTable('mail_acknowledgements').set({ ticket_id: hole.to }).where('ticket_id', '=', hole.from),
  )
}

/** That it came in, when and what became of it stays; who wrote it, to whom it answered and what it said goes. */
export const eraseMails = async (
  q: Writing,
  whose: { readonly ticketId: string } | { readonly ids: readonly string[] },
): Promise<number> => {
  const ids = 'ids' in whose ? whose.ids : (await mailsOf(q, whose.ticketId)).map(({ id }) => id)
  if (ids.length > 0)
    await q.run('mailSources.erase', { ids: q.list(ids) }, (db, hole) =>
      db.deleteFrom('mail_sources').where(q.among('mail_id', hole.ids)),
    )
  if ('ticketId' in whose)
    await q.run('mailAcknowledgements.erase', { ticketId: whose.ticketId }, (db, hole) =>
      db.deleteFrom('mail_acknowledgements').where('ticket_id', '=', hole.ticketId),
    )
  if (ids.length === 0) return 0
  return q.run('mails.erase', { ids: q.list(ids) }, (db, hole) =>
    db
      .updateTable('mails')
      .set({ sender: '', sender_name: '', subject: '', message_id: null, search: '', detail: '' })
      .where(q.among('id', hole.ids)),
  )
}

/** Up to `limit` mails of this address that are at an end; answers how many. */
export const eraseMailsFrom = async (q: Writing, address: string, limit: number): Promise<number> => {
  const key = addressKey(address)
  const rows = await q.all('mails.idsFrom', { key, limit }, (db, hole) =>
    db.selectFrom('mails').select('id').where(sql<SqlBool>`lower(sender) = ${hole.key}`).limit(hole.limit),
  )
  await q.run('mailAcknowledgements.eraseOf', { key }, (db, hole) =>
    db.deleteFrom('mail_acknowledgements').where('address', '=', hole.key),
  )
  return eraseMails(q, { ids: rows.map(({ id }) => id) })
}

const forgottenAtOnce = 500

export const forgetMailSources = async (q: Writing, before: number): Promise<number> => {
  const old = await q.all('mailSources.old', { before, limit: forgottenAtOnce }, (db, hole) =>
    db
      .selectFrom('mail_sources')
      .innerJoin('mails', 'mails.id', 'mail_sources.mail_id')
      .select('mail_sources.mail_id')
      .where('mail_sources.received_at', '<', hole.before)
      .where(sql<SqlBool>`${q.undriven('mails.state')} not in ('received', 'quarantined')`)
      .orderBy('mail_sources.received_at')
      .orderBy('mail_sources.mail_id')
      .limit(hole.limit),
  )
  if (old.length === 0) return 0
  return q.run('mailSources.forget', { ids: q.list(old.map((row) => row.mail_id)) }, (db, hole) =>
    db.deleteFrom('mail_sources').where(q.among('mail_id', hole.ids)),
  )
}

// --- Automatic mails -----------------------------------------------------------------------------

/** In any letter case the same; cut, because longer ones do not fit into an index. */
const addressKey = (address: string): string => storable(address.trim().toLowerCase().slice(0, 320))

export const acknowledgements = async (q: Queries, address: string, since: number): Promise<number> =>
  Number(
    (
      await q.first('mailAcknowledgements.count', { address: addressKey(address), since }, (db, hole) =>
        db
          .selectFrom('mail_acknowledgements')
          .select((eb) => eb.fn.countAll<number>().as('number'))
          .where('address', '=', hole.address)
          .where('at', '>=', hole.since),
      )
    )?.number ?? 0,
  )

export const acknowledged = async (
  q: Writing,
  address: string,
  ticketId: string,
  at: number,
): Promise<void> => {
  await q.run('mailAcknowledgements.add', { address: addressKey(address), ticketId, at }, (db, hole) =>
    db
      .insertInto('mail_acknowledgements')
      .values({ address: hole.address, ticket_id: hole.ticketId, at: hole.at }),
  )
}
