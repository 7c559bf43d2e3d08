// Our searchable copy of the tickets: finding one, writing one, counting them. Every write of a
// ticket goes through here, so that counts, search and the plan of readings follow each change.

import { sql } from 'kysely'
import type { TicketRef, ViewCounts } from '../../application/ports.ts'
import type { Ticket } from '../../domain/ticket.ts'
import { eventRows, moveEvents, removeEvents, wordsOfEvents } from './event-log.ts'
import { addRequester, removeRequester } from './requesters.ts'
import type { EventRow, TicketRow } from './schema.ts'
import { addDocument, removeDocument, replaceDocument } from './search.ts'
import type { Holes, Queries, Writing } from './statements.ts'
import { moveNews } from './target-news.ts'
import {
  countedAs,
  isDifferent,
  measuresDifferent,
  requesterOf,
  ticketColumns,
  ticketOf,
  withReading,
} from './ticket-row.ts'

export const rowById = (q: Queries, id: string): Promise<TicketRow | undefined> =>
  q.first('tickets.byId', { id }, (db, hole) =>
    db.selectFrom('tickets').select(ticketColumns).where('id', '=', hole.id),
  )

export const rowByIid = (q: Queries, iid: number): Promise<TicketRow | undefined> =>
  q.first('tickets.byIid', { iid }, (db, hole) =>
    db.selectFrom('tickets').select(ticketColumns).where('iid', '=', hole.iid),
  )

export const rowsByIds = (q: Queries, ids: readonly string[]): Promise<TicketRow[]> =>
  q.all('tickets.byIds', { ids: q.list(ids) }, (db, hole) =>
    db.selectFrom('tickets').select(ticketColumns).where(q.among('id', hole.ids)),
  )

export const rowsByIids = (q: Queries, iids: readonly number[]): Promise<TicketRow[]> =>
  q.all('tickets.byIids', { iids: q.list(iids) }, (db, hole) =>
    db.selectFrom('tickets').select(ticketColumns).where(q.among('iid', hole.iids)),
  )

export const ticketsByIids = async (q: Queries, iids: readonly number[]): Promise<Ticket[]> =>
  iids.length === 0 ? [] : (await rowsByIids(q, iids)).map(ticketOf)

/** Few only: what is left when the index was dropped. */
export const allTickets = (q: Queries): Promise<TicketRow[]> =>
  q.all('tickets.all', {}, (db) => db.selectFrom('tickets').select(ticketColumns))

export const ticket = async (q: Queries, ref: TicketRef): Promise<Ticket | null> => {
  const row = 'id' in ref ? await rowById(q, ref.id) : await rowByIid(q, ref.iid)
  return row ? ticketOf(row) : null
}

/** All there are, in order of opening, doubles left out; `after`: the last id of the former portion. */
export const walkTickets = async (
  q: Queries,
  options: { readonly after: string | null; readonly limit: number },
): Promise<Ticket[]> => {
  const last = options.after === null ? undefined : await rowById(q, options.after)
  const rows = await q.all('tickets.walk', { after: last?.n ?? -1, limit: options.limit }, (db, hole) =>
    db
      .selectFrom('tickets')
      .select(ticketColumns)
      .where('n', '>', hole.after)
      .where('hidden', '<', 2)
      .orderBy('n')
      .limit(hole.limit),
  )
  return rows.map(ticketOf)
}

/** Numbers of the tickets that GitLab has had since then (inclusive) and before then, as far as we think it has them. */
export const openedBetween = async (q: Queries, from: number, to: number): Promise<number[]> => {
  const rows = await q.all('tickets.openedBetween', { from: from * slots, to: to * slots }, (db, hole) =>
    db
      .selectFrom('tickets')
      .select('iid')
      .where('n', '>=', hole.from)
      .where('n', '<', hole.to)
      .where('iid', 'is not', null)
      .where('hidden', '=', 0)
      .orderBy('n'),
  )
  return rows.flatMap(({ iid }) => iid ?? [])
}

// --- Counting ----------------------------------------------------------------------------------

export const count = (q: Writing, names: readonly string[], by: 1 | -1): void => {
  for (const name of names) q.tally.counts.set(name, (q.tally.counts.get(name) ?? 0) + by)
}

/** Writes the transaction's differences; the last thing before its end. */
export const saveCounts = async (q: Writing): Promise<void> => {
  for (const [name, difference] of q.tally.counts) {
    if (difference === 0) continue
    await q.run('counts.add', { name, difference }, (db, hole) =>
      db
        .insertInto('counts')
        .values({ name: hole.name, number: hole.difference })
        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet((eb) => ({
            number: eb('counts.number', '+', hole.difference),
          })),
        ),
    )
  }
  q.tally.counts.clear()
}

export const countsNamed = async (q: Queries, names: readonly string[]): Promise<Map<string, number>> => {
  const rows = await q.all('counts.named', { names: q.list(names) }, (db, hole) =>
    db.selectFrom('counts').select(['name', 'number']).where(q.among('name', hole.names)),
  )
  return new Map(rows.map((row) => [row.name, row.number]))
}

export const viewCounts = async (q: Queries, me: string | null, levels: number): Promise<ViewCounts> => {
  const level = Array.from({ length: levels }, (_, index) => `level:${index + 1}`)
  const mine = `mine:${me ?? ''}`
  const found = await countsNamed(q, [...level, mine, 'unassigned', 'waiting', 'resolved', 'all'])
  const of = (name: string): number => found.get(name) ?? 0
  return {
    levels: level.map(of),
    mine: me === null ? 0 : of(mine),
    unassigned: of('unassigned'),
    waiting: of('waiting'),
    resolved: of('resolved'),
    all: of('all'),
  }
}

// --- Writing -----------------------------------------------------------------------------------

const slots = 1024

const likelyKey = (openedAt: number, iid: number | null): number => openedAt * slots + ((iid ?? 0) % slots)

/** Those keys that have been given away already, of all that these tickets are likely to get. */
export const takenKeys = async (
  q: Queries,
  rows: readonly { readonly openedAt: number; readonly iid: number | null }[],
): Promise<Set<number>> => {
  const likely = rows.map(({ openedAt, iid }) => likelyKey(openedAt, iid))
  const found = await q.all('tickets.takenOf', { likely: q.list(likely) }, (db, hole) =>
    db.selectFrom('tickets').select('n').where(q.among('n', hole.likely)),
  )
  return new Set(found.map(({ n }) => n))
}

/** A free key for a ticket opened then. More than 1,024 in one millisecond take the next one's. */
const freeKey = async (q: Queries, openedAt: number, iid: number | null): Promise<number> => {
  const base = openedAt * slots
  const taken = async (n: number): Promise<boolean> =>
    (await q.first('tickets.taken', { n }, (db, hole) =>
      db.selectFrom('tickets').select('n').where('n', '=', hole.n),
    )) !== undefined
  const likely = likelyKey(openedAt, iid)
  if (!(await taken(likely))) return likely
  const last = await q.first('tickets.lastSlot', { from: base, until: base + slots }, (db, hole) =>
    db
      .selectFrom('tickets')
      .select('n')
      .where('n', '>=', hole.from)
      .where('n', '<', hole.until)
      .orderBy('n', 'desc')
      .limit(1),
  )
  let next = (last?.n ?? base) + 1
  while (await taken(next)) next++
  return next
}

const holesOf = (hole: Holes<TicketRow>): Holes<TicketRow> =>
  Object.fromEntries(ticketColumns.map((column) => [column, hole[column]])) as Holes<TicketRow>

/** What a ticket is found by. */
export const searchedTexts = (
  row: Pick<TicketRow, 'title' | 'requester' | 'text'>,
  events: readonly Pick<EventRow, 'what'>[],
): string[] => {
  const requester = requesterOf(row)
  return [
    row.title,
    requester.name,
    requester.email ?? '',
    requester.username ?? '',
    row.text,
    ...wordsOfEvents(events),
  ]
}

const textsOf = async (q: Queries, row: TicketRow, fresh: boolean): Promise<string[]> =>
  searchedTexts(row, fresh ? [] : await eventRows(q, row.n))

/** Must be called when a ticket's events changed and `changeTicket` was not told so. */
export const indexWords = async (q: Writing, row: TicketRow): Promise<void> => {
  await replaceDocument(q, { n: row.n, texts: await textsOf(q, row, false) })
  // Read in full before its turn had come: whose it is nobody would learn any more.
  if (await notDue(q, row.n)) addRequester(q, row)
}

/**
 * A ticket that is not stored yet, without events; `row.n` is chosen here. `taken`: what `takenKeys` said
 * of it, and every key given away since. `wordsLater`: somebody sees to its words, to whose it is and to
 * its figures, see `wordsDue`.
 */
export const insertTicket = async (
  q: Writing,
  row: TicketRow,
  { taken, wordsLater = false }: { readonly taken?: Set<number>; readonly wordsLater?: boolean } = {},
): Promise<TicketRow> => {
  const likely = likelyKey(row.opened_at, row.iid)
  const n = taken && !taken.has(likely) ? likely : await freeKey(q, row.opened_at, row.iid)
  taken?.add(n)
  const written = withReading({ ...row, n })
  await q.run('tickets.insert', written, (db, hole) => db.insertInto('tickets').values(holesOf(hole)))
  if (!wordsLater) {
    addRequester(q, written)
    q.tally.figures.add(n)
    await addDocument(q, { n, texts: await textsOf(q, written, true) })
  }
  count(q, countedAs(written), 1)
  return written
}

/** Writes what differs; `eventsChanged` where the timeline did. Answers the row as it is now stored. */
export const changeTicket = async (
  q: Writing,
  before: TicketRow,
  wanted: TicketRow,
  eventsChanged: boolean,
): Promise<TicketRow> => {
  const moved = before.opened_at !== wanted.opened_at
  const n = moved ? await freeKey(q, wanted.opened_at, wanted.iid) : before.n
  const after = withReading({ ...wanted, n })
  if (isDifferent(before, after)) {
    await q.run('tickets.update', { ...after, before: before.n }, (db, hole) =>
      db.updateTable('tickets').set(holesOf(hole)).where('n', '=', hole.before),
    )
    if (measuresDifferent(before, after)) q.tally.figures.add(before.n).add(n)
    if (before.id !== after.id) await moveNews(q, before.id, after.id)
  }
  if (moved || before.requester !== after.requester) {
    removeRequester(q, before)
    addRequester(q, after)
  }
  if (moved) {
    await moveEvents(q, before.n, n)
    await removeDocument(q, before.n)
    await notDue(q, before.n)
  }
  const reworded =
    eventsChanged ||
    before.title !== after.title ||
    before.text !== after.text ||
    before.requester !== after.requester
  if (moved || reworded) await indexWords(q, after)
  count(q, countedAs(before), -1)
  count(q, countedAs(after), 1)
  return after
}

export const removeTicket = async (q: Writing, row: TicketRow): Promise<void> => {
  q.tally.figures.add(row.n)
  await removeEvents(q, row.n)
  await removeDocument(q, row.n)
  removeRequester(q, row)
  await notDue(q, row.n)
  await q.run('tickets.remove', { n: row.n }, (db, hole) => db.deleteFrom('tickets').where('n', '=', hole.n))
  count(q, countedAs(row), -1)
}

// --- What the search, whoever looks for their own, and the figures do not know yet -----------------

const notDue = async (q: Writing, n: number): Promise<boolean> => {
  const known = await q.run('wordsDue.done', { n }, (db, hole) =>
    db.deleteFrom('words_due').where('n', '=', hole.n),
  )
  if (known > 0) count(q, ['words due'], -1)
  return known > 0
}

/** These tickets are found by their words, by whose they are, and in the figures only after `indexWordsDue`. */
export const wordsDue = async (q: Writing, ns: readonly number[]): Promise<void> => {
  if (ns.length === 0) return
  await q.run('wordsDue.add', { ns: q.list(ns) }, (_db, hole) =>
    q.speech === 'sqlite'
      ? sql`insert into words_due (n) select value from json_each(${hole.ns})`
      : sql`insert into words_due (n) select unnest(${hole.ns}::bigint[])`,
  )
  q.tally.counts.set('words due', (q.tally.counts.get('words due') ?? 0) + ns.length)
}

/** Newest first, at most so many; answers how many it were. */
export const indexWordsDue = async (q: Writing, limit: number): Promise<number> => {
  const due = await q.all('wordsDue.next', { limit }, (db, hole) =>
    db.selectFrom('words_due').select('n').orderBy('n', 'desc').limit(hole.limit),
  )
  if (due.length === 0) return 0
  const ns = due.map(({ n }) => n)
  const rows = await q.all('wordsDue.tickets', { ns: q.list(ns) }, (db, hole) =>
    db.selectFrom('tickets').select(ticketColumns).where(q.among('n', hole.ns)),
  )
  for (const row of rows) {
    addRequester(q, row)
    q.tally.figures.add(row.n)
    await replaceDocument(q, { n: row.n, texts: await textsOf(q, row, false) })
  }
  const done = await q.run('wordsDue.doneAll', { ns: q.list(ns) }, (db, hole) =>
    db.deleteFrom('words_due').where(q.among('n', hole.ns)),
  )
  q.tally.counts.set('words due', (q.tally.counts.get('words due') ?? 0) - done)
  return due.length
}

// --- Reading plan ------------------------------------------------------------------------------

/** Marked ones, then open ones, then resolved ones; newest first. Those with operations under way wait. */
export const unread = async (
  q: Queries,
  limit: number,
  now: number,
  { history = true }: { readonly history?: boolean } = {},
): Promise<{ iid: number; id: string }[]> => {
  const found: { iid: number; id: string }[] = []
  // One walk per class keeps each on its index, whatever the number of tickets.
  for (const readClass of history ? [0, 1, 2] : [0, 1]) {
    if (found.length >= limit) break
    const rows = await q.all('tickets.unread', { readClass, now, limit: limit - found.length }, (db, hole) =>
      db
        .selectFrom('tickets')
        .select(['iid', 'id'])
        .where('read_class', '=', hole.readClass)
        .where('read_class', 'is not', null)
        .where('read_due', '<=', hole.now)
        .where('pending', '=', 0)
        .orderBy('n', 'desc')
        .limit(hole.limit),
    )
    for (const { iid, id } of rows) if (iid !== null) found.push({ iid, id })
  }
  return found
}

export const markUnread = async (q: Writing, iids: readonly number[]): Promise<void> => {
  for (const row of await rowsByIids(q, iids)) await mark(q, row)
}

export const marked = async (q: Queries, iids: readonly number[]): Promise<number[]> => {
  const rows = await q.all('tickets.marked', { iids: q.list(iids) }, (db, hole) =>
    db.selectFrom('tickets').select('iid').where('marked', '=', 1).where(q.among('iid', hole.iids)),
  )
  return rows.flatMap(({ iid }) => iid ?? [])
}

export const toBeRead = async (q: Queries, iids: readonly number[]): Promise<number[]> => {
  const rows = await q.all('tickets.toBeRead', { iids: q.list(iids) }, (db, hole) =>
    db.selectFrom('tickets').select('iid').where('read_due', 'is not', null).where(q.among('iid', hole.iids)),
  )
  return rows.flatMap(({ iid }) => iid ?? [])
}

export const mark = async (q: Writing, row: TicketRow): Promise<void> => {
  if (row.marked === 0) await changeTicket(q, row, { ...row, marked: 1 }, false)
}
