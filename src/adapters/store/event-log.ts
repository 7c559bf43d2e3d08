// The timeline of each ticket. Events come from GitLab's history; an event of ours with the
// source `op:…` stands in for GitLab's own until the ticket is read again.

import type { TicketEvent } from '../../domain/event.ts'
import type { EventRow } from './schema.ts'
import type { Queries, Writing } from './statements.ts'
import { storable } from './ticket-row.ts'

export const eventRow = (n: number, event: TicketEvent): EventRow => ({
  n,
  source: event.source,
  at: event.at,
  kind: event.what.kind,
  by_hand: event.byHand ? 1 : 0,
  hidden: event.hidden ? 1 : 0,
  actor: JSON.stringify(event.actor),
  what: JSON.stringify(event.what),
})

const eventOf = (row: EventRow, ticketId: string): TicketEvent => ({
  ticketId,
  source: row.source,
  at: row.at,
  actor: JSON.parse(row.actor),
  byHand: row.by_hand === 1,
  hidden: row.hidden === 1,
  what: JSON.parse(row.what),
})

export const eventRows = (q: Queries, n: number): Promise<EventRow[]> =>
  q.all('events.of', { n }, (db, hole) =>
    db.selectFrom('events').selectAll().where('n', '=', hole.n).orderBy('at').orderBy('source'),
  )

export const eventsOf = async (q: Queries, id: string): Promise<TicketEvent[]> => {
  const rows = await q.all('events.ofTicket', { id }, (db, hole) =>
    db
      .selectFrom('events')
      .selectAll()
      .where('n', '=', db.selectFrom('tickets').select('n').where('id', '=', hole.id))
      .orderBy('at')
      .orderBy('source'),
  )
  return rows.map((row) => eventOf(row, id))
}

export const addEvent = (q: Writing, row: EventRow): Promise<number> => {
  q.tally.figures.add(row.n)
  return q.run('events.add', row, (db, hole) =>
    db.insertInto('events').values({
      n: hole.n,
      source: hole.source,
      at: hole.at,
      kind: hole.kind,
      by_hand: hole.by_hand,
      hidden: hole.hidden,
      actor: hole.actor,
      what: hole.what,
    }),
  )
}

/** The ticket itself moves with them, and sees to its figures: `changeTicket`. */
export const moveEvents = (q: Writing, from: number, to: number): Promise<number> =>
  q.run('events.move', { from, to }, (db, hole) =>
    db.updateTable('events').set({ n: hole.to }).where('n', '=', hole.from),
  )

export const removeEvents = (q: Writing, n: number): Promise<number> =>
  q.run('events.remove', { n }, (db, hole) => db.deleteFrom('events').where('n', '=', hole.n))

const removeEvent = (q: Writing, n: number, source: string): Promise<number> => {
  q.tally.figures.add(n)
  return q.run('events.removeOne', { n, source }, (db, hole) =>
    db.deleteFrom('events').where('n', '=', hole.n).where('source', '=', hole.source),
  )
}

const columns = ['at', 'kind', 'by_hand', 'hidden', 'actor', 'what'] as const

/**
 * Makes the timeline what is given, and keeps those of `kept` sources besides. Touches only what differs.
 * Answers whether anything did.
 */
export const replaceEvents = async (
  q: Writing,
  n: number,
  events: readonly TicketEvent[],
  kept: ReadonlySet<string>,
): Promise<boolean> => {
  const before = new Map((await eventRows(q, n)).map((row) => [row.source, row]))
  const after = new Map(events.map((event) => [event.source, eventRow(n, event)]))
  let changed = false
  for (const source of before.keys())
    if (!after.has(source) && !kept.has(source)) {
      await removeEvent(q, n, source)
      changed = true
    }
  for (const [source, row] of after) {
    const known = before.get(source)
    if (known && columns.every((column) => known[column] === row[column])) continue
    if (known) await removeEvent(q, n, source)
    await addEvent(q, row)
    changed = true
  }
  return changed
}

/** Public replies of a timeline, for the dashboard's line. */
export const replyCount = (rows: readonly Pick<EventRow, 'kind' | 'hidden'>[]): number =>
  rows.filter((row) => row.kind === 'replied' && row.hidden === 0).length

/** What people wrote, for the search: replies, notes, answers, reasons. */
export const wordsOfEvents = (rows: readonly Pick<EventRow, 'what'>[]): string[] =>
  rows.flatMap(({ what }) => {
    const told: unknown = JSON.parse(what)
    if (typeof told !== 'object' || told === null) return []
    const text = 'text' in told ? told.text : 'reason' in told ? told.reason : ''
    return typeof text === 'string' && text !== '' ? [storable(text)] : []
  })
