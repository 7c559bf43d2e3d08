// Taking over what GitLab says. Most of what a poll reads is known already: equal tickets are
// found by comparing what would be written and cost no write. A ticket with operations under
// way is left alone, because GitLab does not know yet what it is about to be told.

import { createHash } from 'node:crypto'
import type { Adopted, AdoptOptions } from '../../application/ports.ts'
import { eraseAgain, erasedChange, tombsAmong } from './erasure.ts'
import { eventRows, replaceEvents, replyCount } from './event-log.ts'
import { rememberFiles } from './files.ts'
import { moveKept, openedAs, openSources, progressOfTickets, stopOperations } from './outbox.ts'
import type { TicketRow } from './schema.ts'
import type { Queries, Writing } from './statements.ts'
import {
  changeTicket,
  indexWords,
  insertTicket,
  mark,
  removeTicket,
  rowsByIds,
  rowsByIids,
  takenKeys,
  wordsDue,
} from './ticket-index.ts'
import { columnsOf, looksDifferent } from './ticket-row.ts'

/**
 * Which stored row an issue is. By its number first: a number is one issue for ever, while ids are
 * derived and change when a marker becomes readable.
 *
 * - Number and id are the same row, or only the number is known: that row; it keeps its id, unless
 *   GitLab's id comes from a marker of ours (the ticket was opened here: links and form keys name it)
 *   and nothing kept names the old one.
 * - Only the id is known, without a number yet: our own ticket, seen before its sending was settled.
 * - Only the id is known, but with another number: GitLab made a second issue of one opening. The id belongs
 *   to the one that our operation was settled with, else to the lower number.
 * - Two rows, one by id without a number and one by number: one issue. Ours survives.
 */
type Place = {
  /** The ticket whose opening this issue is once more. */
  readonly doubleOf?: TicketRow
  /** The double that has the id until now and must give it up. */
  readonly usurper?: TicketRow
} & (
  | { readonly kind: 'new'; readonly id: string }
  | {
      readonly kind: 'stored'
      readonly row: TicketRow
      readonly id: string
      readonly stray: TicketRow | null
    }
)

type Known = { readonly byId: Map<string, TicketRow>; readonly byIid: Map<number, TicketRow> }

const isNamed = async (q: Queries, ticketId: string): Promise<boolean> => {
  const operation = await q.first('kept.operation', { ticketId }, (db, hole) =>
    db.selectFrom('operations').select('id').where('ticket_id', '=', hole.ticketId).limit(1),
  )
  if (operation) return true
  const key = await q.first('kept.formKey', { ticketId }, (db, hole) =>
    db.selectFrom('form_keys').select('key').where('ticket_id', '=', hole.ticketId).limit(1),
  )
  if (key) return true
  const mail = await q.first('kept.mail', { ticketId }, (db, hole) =>
    db.selectFrom('mails').select('id').where('ticket_id', '=', hole.ticketId).limit(1),
  )
  return mail !== undefined
}

/** Always the same one for the same issue: a rebuild must not change it. */
const idOfCopy = (id: string, iid: number): string => {
  const digits = createHash('sha256').update(`${id}:${iid}`).digest('hex')
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-8${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`
}

const placeOf = async (q: Queries, known: Known, change: Adopted): Promise<Place> => {
  const { ticket } = change
  const byIid = ticket.iid === null ? undefined : known.byIid.get(ticket.iid)
  const byId = known.byId.get(ticket.id)
  if (byId && byIid && byId.id !== byIid.id) {
    if (byId.iid === null) return { kind: 'stored', row: byId, id: byId.id, stray: byIid }
    return { kind: 'stored', row: byIid, id: byIid.id, stray: null, doubleOf: byId }
  }
  if (byIid) {
    const ours = ticket.source === 'form' || ticket.source === 'mail'
    const becomes = byIid.id !== ticket.id && ours && !(await isNamed(q, byIid.id))
    return { kind: 'stored', row: byIid, id: becomes ? ticket.id : byIid.id, stray: null }
  }
  if (!byId) return { kind: 'new', id: ticket.id }
  if (byId.iid !== null && ticket.iid !== null && byId.iid !== ticket.iid) {
    const settled = await openedAs(q, ticket.id)
    if (ticket.iid === settled || (settled !== byId.iid && ticket.iid < byId.iid))
      return { kind: 'new', id: ticket.id, usurper: byId }
    return { kind: 'new', id: idOfCopy(ticket.id, ticket.iid), doubleOf: byId }
  }
  return { kind: 'stored', row: byId, id: byId.id, stray: null }
}

/** Answers how many tickets changed. For the options see the port. */
export const adopt = async (
  q: Writing,
  changes: readonly Adopted[],
  { onDouble = () => undefined, wordsLater = false }: AdoptOptions = {},
): Promise<number> => {
  const ids = changes.map((change) => change.ticket.id)
  const iids = changes.flatMap(({ ticket }) => ticket.iid ?? [])
  const known: Known = { byId: new Map(), byIid: new Map() }
  const learn = (row: TicketRow): void => {
    known.byId.set(row.id, row)
    if (row.iid !== null) known.byIid.set(row.iid, row)
  }
  const forget = (row: TicketRow): void => {
    known.byId.delete(row.id)
    if (row.iid !== null) known.byIid.delete(row.iid)
  }
  for (const row of await rowsByIids(q, iids)) learn(row)
  // Few are left to look for: in most listings every number is known with its id.
  const missing = ids.filter((id) => !known.byId.has(id))
  if (missing.length > 0) for (const row of await rowsByIds(q, missing)) learn(row)
  const strangers = ids.filter((id) => !known.byId.has(id))
  const progress = strangers.length > 0 ? await progressOfTickets(q, strangers) : new Map()

  const tickets = changes.map(({ ticket }) => ticket)
  const given = strangers.length > 0 ? { taken: await takenKeys(q, tickets) } : {}
  const wordless: number[] = []

  const tombs = await tombsAmong(q, ids, iids)

  let changed = 0
  for (const told of changes) {
    const { id: toldId, iid: toldIid, requester } = told.ticket
    const present = (toldIid === null ? undefined : known.byIid.get(toldIid)) ?? known.byId.get(toldId)
    const buried = tombs.ids.has(toldId) || (toldIid !== null && tombs.iids.has(toldIid))
    const erased = buried || requester.erased === true || (present && tombs.ids.has(present.id)) === true
    const change = erased ? erasedChange(told) : told
    if (erased && present) {
      forget(present)
      learn(
        await eraseAgain(
          q,
          present,
          buried || tombs.ids.has(present.id),
          told.readAt ?? told.ticket.changedAt,
        ),
      )
    }
    const place = await placeOf(q, known, change)
    const { iid } = change.ticket
    if (place.doubleOf && iid !== null) onDouble({ iid, of: place.doubleOf.id })
    if (place.usurper && place.usurper.iid !== null && iid !== null) {
      const { usurper } = place
      forget(usurper)
      const id = idOfCopy(usurper.id, place.usurper.iid)
      learn(await changeTicket(q, usurper, { ...usurper, id, revision: usurper.revision + 1 }, false))
      onDouble({ iid: place.usurper.iid, of: place.id })
    }
    if (place.kind === 'new') {
      const { pending, delivery } = progress.get(place.id) ?? { pending: 0, delivery: null }
      const later = wordsLater && change.events === null
      const row = await insertTicket(
        q,
        {
          n: 0,
          id: place.id,
          revision: 1,
          replies: 0,
          delivery,
          pending,
          marked: 0,
          ...readingOf(change, null),
          read_class: null,
          read_due: null,
          targets: '',
          ...columnsOf(change.ticket),
        },
        { ...given, wordsLater: later },
      )
      if (later) wordless.push(row.n)
      const learned = change.events === null ? row : await withEvents(q, row, change)
      learn(learned)
      await rememberFiles(q, place.id, change.files ?? [])
      if (erased && !buried) await eraseAgain(q, learned, false, change.readAt ?? change.ticket.changedAt)
      changed++
      continue
    }
    const { id, stray } = place
    let { row } = place
    // Not `pending`: mails that wait for the mail server are not counted there, and stop too.
    if (change.ticket.gone !== null && row.delivery !== null && !isStale(change, row)) {
      forget(row)
      row = await stopOperations(q, row, change.readAt ?? change.ticket.changedAt)
      learn(row)
    } else if (row.pending > 0 || isStale(change, row)) {
      await leave(q, row, stray, change)
      continue
    }
    // One of them is being sent this moment; when that is settled the ticket is read again.
    if (row.pending > 0) {
      await leave(q, row, stray, change)
      continue
    }
    if (stray) {
      await moveKept(q, stray.id, row.id)
      await removeTicket(q, stray)
      forget(stray)
    }
    const wanted = {
      ...row,
      id,
      ...columnsOf(change.ticket),
      ...readingOf(change, row),
      marked: change.readAt === null ? row.marked : 0,
    }
    if (change.events !== null) await rememberFiles(q, id, change.files ?? [])
    const events =
      change.events === null
        ? { changed: false, replies: row.replies }
        : await adoptEvents(q, row, change.events)
    const after = { ...wanted, replies: events.replies }
    const seen = events.changed || looksDifferent(row, after)
    // It looks different and yet GitLab moved no time: who did that is told by its history alone.
    if (seen && change.readAt === null && row.changed_at === after.changed_at) after.marked = 1
    if (seen) changed++
    forget(row)
    const stored = await changeTicket(
      q,
      row,
      seen ? { ...after, revision: row.revision + 1 } : after,
      events.changed,
    )
    given.taken?.add(stored.n)
    learn(stored)
  }
  await wordsDue(q, wordless)
  return changed
}

/** Decided on a copy of ours that is not the present one: what it kept of ours may be out of date. */
const isStale = (change: Adopted, row: TicketRow): boolean =>
  change.ticket.revision !== 0 && change.ticket.revision !== row.revision

const readingOf = (
  { readAt, ticket }: Adopted,
  row: TicketRow | null,
): Pick<TicketRow, 'read_at' | 'read_changed_at'> =>
  readAt === null
    ? { read_at: row?.read_at ?? null, read_changed_at: row?.read_changed_at ?? null }
    : { read_at: readAt, read_changed_at: ticket.changedAt }

const leave = async (q: Writing, row: TicketRow, stray: TicketRow | null, change: Adopted): Promise<void> => {
  await mark(q, row)
  // The double that waits to be taken over must not be read again and again meanwhile.
  if (stray && change.readAt !== null)
    await changeTicket(
      q,
      stray,
      { ...stray, marked: 0, read_at: change.readAt, read_changed_at: stray.changed_at },
      false,
    )
}

const adoptEvents = async (
  q: Writing,
  row: TicketRow,
  events: NonNullable<Adopted['events']>,
): Promise<{ changed: boolean; replies: number }> => {
  const changed = await replaceEvents(q, row.n, events, await openSources(q, row.id))
  return { changed, replies: changed ? replyCount(await eventRows(q, row.n)) : row.replies }
}

const withEvents = async (q: Writing, row: TicketRow, change: Adopted): Promise<TicketRow> => {
  if (change.events === null) return row
  const { changed, replies } = await adoptEvents(q, row, change.events)
  if (!changed) return row
  if (replies === row.replies) {
    await indexWords(q, row)
    return row
  }
  return changeTicket(q, row, { ...row, replies }, true)
}
