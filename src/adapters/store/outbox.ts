// Operations: what GitLab and people must still be told. They are kept until settled, sent in order
// per ticket, and handed out under a lease with a growing fence, so that a worker that slept too
// long cannot write down anything about an operation somebody else has taken over.
// There are two lanes: GitLab never waits for mails, mails wait until GitLab knows what they tell of.

import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Claimed, Settlement } from '../../application/ports.ts'
import { actorOf } from '../../domain/decision.ts'
import type { OwnBranch, OwnChange } from '../../domain/history.ts'
import type {
  Intent,
  Lane,
  NewOperation,
  Operation,
  OperationState,
  Outcome,
  Trouble,
} from '../../domain/operation.ts'
import type { TicketBranch } from '../../domain/ticket.ts'
import { addEvent, eventRow } from './event-log.ts'
import { dropBytes, fileArrived } from './files.ts'
import { mailThread, moveMails } from './mail-ledger.ts'
import type { OperationRow, TicketRow } from './schema.ts'
import type { Queries, Writing } from './statements.ts'
import { moveNews } from './target-news.ts'
import {
  changeTicket,
  count,
  countsNamed,
  mark,
  removeTicket,
  rowById,
  rowByIid,
  rowsByIds,
} from './ticket-index.ts'
import { looksDifferent, requesterOf, requesterText, ticketOf } from './ticket-row.ts'

export const operationOf = (row: OperationRow): Operation => ({
  id: row.id,
  ticketId: row.ticket_id,
  sequence: row.sequence,
  intent: JSON.parse(row.intent),
  author: JSON.parse(row.author),
  state: row.state as OperationState,
  attempts: row.attempts,
  notBefore: row.not_before,
  createdAt: row.created_at,
  sentAt: row.sent_at,
  settledAt: row.settled_at,
  outcome: row.outcome === null ? null : JSON.parse(row.outcome),
  trouble: row.trouble === null ? null : JSON.parse(row.trouble),
})

// --- Reading -----------------------------------------------------------------------------------

const openRows = (q: Queries, ticketId: string): Promise<OperationRow[]> =>
  q.all('operations.open', { ticketId }, (db, hole) =>
    db
      .selectFrom('operations')
      .selectAll()
      .where('ticket_id', '=', hole.ticketId)
      .where(sql<SqlBool>`state <> 'done'`)
      .orderBy('sequence'),
  )

export const openOperations = async (q: Queries, ticketId: string): Promise<Operation[]> =>
  (await openRows(q, ticketId)).map(operationOf)

const rowOf = (q: Queries, id: string): Promise<OperationRow | undefined> =>
  q.first('operations.one', { id }, (db, hole) =>
    db.selectFrom('operations').selectAll().where('id', '=', hole.id),
  )

export const operation = async (q: Queries, id: string): Promise<Operation | null> => {
  const row = await rowOf(q, id)
  return row ? operationOf(row) : null
}

const settledRows = (
  q: Queries,
  ticketId: string,
  kind: Intent['kind'],
  since: number,
): Promise<OperationRow[]> =>
  q.all('operations.settled', { ticketId, kind, since }, (db, hole) =>
    db
      .selectFrom('operations')
      .selectAll()
      .where('ticket_id', '=', hole.ticketId)
      .where('kind', '=', hole.kind)
      .where('state', '=', 'done')
      .where('outcome', 'is not', null)
      .where('settled_at', '>=', hole.since)
      .orderBy('sequence'),
  )

const settled = async (
  q: Queries,
  ticketId: string,
  kind: Intent['kind'],
  since: number,
): Promise<Operation[]> => (await settledRows(q, ticketId, kind, since)).map(operationOf)

const always = 0

export const ownChanges = async (q: Queries, ticketId: string): Promise<OwnChange[]> =>
  (await settled(q, ticketId, 'change', always)).flatMap(({ id, intent, author, settledAt }) =>
    intent.kind === 'change'
      ? {
          operation: id,
          at: settledAt ?? 0,
          author,
          addLabels: intent.addLabels,
          removeLabels: intent.removeLabels,
          state: intent.state ?? null,
          assignee: intent.assignee,
        }
      : [],
  )

export const ownNotes = async (q: Queries, ticketId: string, since: number): Promise<number[]> =>
  (await settled(q, ticketId, 'note', since)).flatMap(({ outcome }) =>
    outcome?.kind === 'noted' ? outcome.noteId : [],
  )

export const ownBranches = async (q: Queries, ticketId: string): Promise<OwnBranch[]> =>
  (await settled(q, ticketId, 'branch', always)).flatMap(({ id, intent, author, settledAt, outcome }) =>
    intent.kind === 'branch' && (outcome?.kind === 'branch-made' || outcome?.kind === 'branch-missing')
      ? { operation: id, at: settledAt ?? 0, author, elsewhere: intent.project !== '', outcome }
      : [],
  )

/** The number that GitLab gave to the ticket of this opening operation; null while it has not. */
export const openedAs = async (q: Queries, operationId: string): Promise<number | null> => {
  const row = await rowOf(q, operationId)
  const outcome = row ? operationOf(row).outcome : null
  return outcome?.kind === 'opened' ? outcome.iid : null
}

const goneAt = (at: number): Trouble => ({ code: 'gone', detail: '', at })

/** The ticket is gone: what was still to be told of it waits for a person. Not what is being sent. */
export const stopOperations = async (q: Writing, ticket: TicketRow, at: number): Promise<TicketRow> => {
  const trouble = JSON.stringify(goneAt(at))
  for (const row of await openRows(q, ticket.id))
    if (row.state === 'ready' || row.state === 'unknown')
      await changeOperation(q, row, { state: 'stuck', trouble, due_at: null })
  return refreshTicket(q, ticket)
}

const uploadsOf = async (q: Queries, ticketId: string): Promise<Claimed['uploads']> =>
  Object.fromEntries(
    (await settled(q, ticketId, 'upload', always)).flatMap(({ intent, outcome }) =>
      intent.kind === 'upload' && outcome?.kind === 'uploaded'
        ? [[intent.file.id, { markdown: outcome.markdown }]]
        : [],
    ),
  )

/** As the indexes have it, word for word. */
export const isOfLane: Readonly<Record<Lane, RawBuilder<SqlBool>>> = {
  gitlab: sql<SqlBool>`due_at is not null and kind <> 'mail'`,
  mail: sql<SqlBool>`due_at is not null and kind = 'mail'`,
}

/**
 * Only the first unsettled operation of a ticket may go. A stuck one blocks the later ones, but a branch
 * that cannot be made blocks nothing, and neither does a Service Desk that will not take over. GitLab's
 * operations wait for no mail, and nobody's mail waits for one that could not be delivered.
 */
export const isFirstOfTicket = (lane: Lane): RawBuilder<SqlBool> => sql<SqlBool>`not exists (
  select 1 from operations as earlier
  where earlier.ticket_id = operations.ticket_id
    and earlier.sequence < operations.sequence
    and earlier.state <> 'done'
    and not (earlier.state = 'stuck' and earlier.kind in ('branch', 'hand-to-service-desk'))
    and not (earlier.kind = 'mail' ${lane === 'mail' ? sql`and earlier.state = 'stuck'` : sql``}))`

export const hasTicket = sql<SqlBool>`exists (select 1 from tickets where tickets.id = operations.ticket_id)`

export const nextDue = async (q: Queries, lane: Lane = 'gitlab'): Promise<number | null> =>
  (
    await q.first(`operations.nextDue.${lane}`, {}, (db) =>
      db
        .selectFrom('operations')
        .select((eb) => eb.fn.min('due_at').as('due'))
        .where(isOfLane[lane])
        .where(isFirstOfTicket(lane))
        .where(hasTicket),
    )
  )?.due ?? null

const operationStates = ['ready', 'sending', 'unknown', 'done', 'stuck'] as const

export const backlog = async (
  q: Queries,
): Promise<{ unread: number; unsearched: number; operations: Record<OperationState, number> }> => {
  const found = await countsNamed(q, [
    'unread',
    'words due',
    ...operationStates.map((state) => `operation:${state}`),
  ])
  const of = (state: OperationState): number => found.get(`operation:${state}`) ?? 0
  return {
    unread: found.get('unread') ?? 0,
    unsearched: found.get('words due') ?? 0,
    operations: {
      ready: of('ready'),
      sending: of('sending'),
      unknown: of('unknown'),
      done: of('done'),
      stuck: of('stuck'),
    },
  }
}

// --- What a ticket says of its operations --------------------------------------------------------

type Progress = Pick<TicketRow, 'pending' | 'delivery'>

const isMail = ({ kind }: Pick<OperationRow, 'kind'>): boolean => kind === 'mail'

/** Mails are under way for the person who looks, but they keep no pull from the ticket: GitLab knows all of it. */
const progressIn = (rows: readonly Pick<OperationRow, 'kind' | 'state' | 'unsure'>[]): Progress => {
  const stuck = rows.some((row) => row.state === 'stuck')
  const unknown = rows.some((row) => row.state === 'unknown' || (row.state === 'sending' && row.unsure === 1))
  return {
    pending: rows.filter((row) => row.state !== 'stuck' && !isMail(row)).length,
    delivery: rows.length === 0 ? null : stuck ? 'stuck' : unknown ? 'unknown' : 'queued',
  }
}

export const progressOf = async (q: Queries, ticketId: string): Promise<Progress> =>
  progressIn(await openRows(q, ticketId))

export const progressOfTickets = async (
  q: Queries,
  ticketIds: readonly string[],
): Promise<Map<string, Progress>> => {
  const rows = await q.all('operations.openOfTickets', { ids: q.list(ticketIds) }, (db, hole) =>
    db
      .selectFrom('operations')
      .select(['ticket_id', 'kind', 'state', 'unsure'])
      .where(sql<SqlBool>`state <> 'done'`)
      .where(q.among('ticket_id', hole.ids)),
  )
  const byTicket = Map.groupBy(rows, (row) => row.ticket_id)
  return new Map([...byTicket].map(([id, open]) => [id, progressIn(open)]))
}

/** Writes the ticket with the state of its operations; its revision grows when one could see a difference. */
export const refreshTicket = async (
  q: Writing,
  before: TicketRow,
  wanted: TicketRow = before,
  eventsChanged = false,
): Promise<TicketRow> => {
  const after = { ...wanted, ...(await progressOf(q, wanted.id)) }
  const seen = eventsChanged || looksDifferent(before, after)
  return changeTicket(
    q,
    before,
    { ...after, revision: seen ? before.revision + 1 : before.revision },
    eventsChanged,
  )
}

// --- Writing -----------------------------------------------------------------------------------

export const addOperations = async (
  q: Writing,
  ticketId: string,
  operations: readonly NewOperation[],
): Promise<void> => {
  let sequence = await lastSequence(q, ticketId)
  for (const { id, intent, author, createdAt } of operations) {
    sequence++
    await q.run(
      'operations.add',
      {
        id,
        ticketId,
        sequence,
        kind: intent.kind,
        intent: JSON.stringify(intent),
        author: JSON.stringify(author),
        createdAt,
      },
      (db, hole) =>
        db.insertInto('operations').values({
          id: hole.id,
          ticket_id: hole.ticketId,
          sequence: hole.sequence,
          kind: hole.kind,
          intent: hole.intent,
          author: hole.author,
          state: 'ready',
          attempts: 0,
          not_before: hole.createdAt,
          created_at: hole.createdAt,
          fence: 0,
          due_at: hole.createdAt,
          unsure: 0,
        }),
    )
    count(q, ['operation:ready'], 1)
  }
}

const lastSequence = async (q: Queries, ticketId: string): Promise<number> =>
  (
    await q.first('operations.lastSequence', { ticketId }, (db, hole) =>
      db
        .selectFrom('operations')
        .select('sequence')
        .where('ticket_id', '=', hole.ticketId)
        .orderBy('sequence', 'desc')
        .limit(1),
    )
  )?.sequence ?? 0

type Change = Pick<
  OperationRow,
  | 'state'
  | 'attempts'
  | 'not_before'
  | 'sent_at'
  | 'settled_at'
  | 'outcome'
  | 'trouble'
  | 'fence'
  | 'due_at'
  | 'unsure'
>

/** Guarded: only while the operation is in the state and under the fence it was read with. */
const changeOperation = async (
  q: Writing,
  before: OperationRow,
  change: Partial<Change>,
): Promise<boolean> => {
  const after: OperationRow = { ...before, ...change }
  const rows = await q.run(
    'operations.change',
    { ...after, knownFence: before.fence, knownState: before.state },
    (db, hole) =>
      db
        .updateTable('operations')
        .set({
          state: hole.state,
          attempts: hole.attempts,
          not_before: hole.not_before,
          sent_at: hole.sent_at,
          settled_at: hole.settled_at,
          outcome: hole.outcome,
          trouble: hole.trouble,
          fence: hole.fence,
          due_at: hole.due_at,
          unsure: hole.unsure,
        })
        .where('id', '=', hole.id)
        .where('fence', '=', hole.knownFence)
        .where('state', '=', hole.knownState),
  )
  if (rows !== 1) return false
  count(q, [`operation:${before.state}`], -1)
  count(q, [`operation:${after.state}`], 1)
  return true
}

export const claim = async (
  q: Writing,
  options: {
    readonly now: number
    readonly leaseMs: number
    readonly limit: number
    readonly lane?: Lane
  },
): Promise<Claimed[]> => {
  const { now, leaseMs, limit, lane = 'gitlab' } = options
  const due = await q.all(`operations.due.${lane}`, { now, limit }, (db, hole) =>
    db
      .selectFrom('operations')
      .selectAll()
      .where(isOfLane[lane])
      .where('due_at', '<=', hole.now)
      .where(isFirstOfTicket(lane))
      .where(hasTicket)
      .orderBy('created_at')
      .orderBy('sequence')
      .limit(hole.limit),
  )
  if (due.length === 0) return []
  const tickets = new Map(
    (
      await rowsByIds(
        q,
        due.map((row) => row.ticket_id),
      )
    ).map((row) => [row.id, row]),
  )
  const claimed: Claimed[] = []
  for (const row of due) {
    const ticket = tickets.get(row.ticket_id)
    if (!ticket) continue
    // A lease that ran out: whoever had it may have sent it.
    const unsure = row.unsure === 1 || row.state === 'unknown' || row.state === 'sending'
    const change = {
      state: 'sending',
      fence: row.fence + 1,
      attempts: row.attempts + 1,
      due_at: now + leaseMs,
      unsure: unsure ? 1 : 0,
      // The last instant at which it may have been sent: an effect can land until some time after it.
      // A lease that ran out says no more than that it was within the lease.
      sent_at: row.state === 'sending' ? row.due_at : unsure && row.sent_at !== null ? row.sent_at : now,
    }
    if (!(await changeOperation(q, row, change))) continue
    const known = unsure && row.state !== 'unknown' ? await refreshTicket(q, ticket) : ticket
    claimed.push({
      operation: operationOf({ ...row, ...change }),
      fence: change.fence,
      unsure,
      until: now + leaseMs,
      ticket: ticketOf(known),
      uploads: await uploadsOf(q, row.ticket_id),
      ...(lane === 'mail' ? { mailThread: await mailThread(q, row.ticket_id) } : {}),
    })
  }
  return claimed
}

export const settle = async (
  q: Writing,
  id: string,
  fence: number,
  settlement: Settlement,
  at: number,
): Promise<boolean> => {
  const row = await rowOf(q, id)
  if (row?.state !== 'sending' || row.fence !== fence) return false
  const ticket = await rowById(q, row.ticket_id)
  // It was being sent when its ticket was found to be gone and all others were stopped.
  const stopped = isMail(row) && typeof ticket?.gone === 'string' && settlement.state !== 'done'
  const settled: Settlement =
    stopped && settlement.state !== 'stuck' ? { state: 'stuck', trouble: goneAt(at) } : settlement
  if (!(await changeOperation(q, row, settledAs(row, settled, at)))) return false
  if (settlement.state !== 'done') {
    const after = ticket && (await refreshTicket(q, ticket))
    // What is stuck may be so because the ticket is another than we think, or gone.
    if (after && settlement.state === 'stuck') await markWhenQuiet(q, row, after)
    return true
  }
  const { outcome } = settlement
  if (outcome.kind === 'uploaded' && row.kind === 'upload') {
    const intent: Intent = JSON.parse(row.intent)
    if (intent.kind === 'upload') await fileArrived(q, intent.file.id, outcome.path)
  }
  if (!ticket) return true
  const stray = outcome.kind === 'opened' ? await takeOverStray(q, ticket, outcome.iid) : false
  const told =
    outcome.kind === 'branch-made' ? await tellBranch(q, ticket, operationOf(row), outcome, at) : false
  // Whom GitLab answers from now on, it says only when it is asked.
  const handed = outcome.kind === 'handed-to-service-desk' && outcome.to !== null
  const after = await refreshTicket(
    q,
    ticket,
    withOutcome(stray || handed ? { ...ticket, marked: 1 } : ticket, outcome),
    told,
  )
  // GitLab may not move `updated_at` for a note (FACTS 12): nobody else would tell us to read it again.
  await markWhenQuiet(q, row, after)
  return true
}

/** When GitLab was told all there is; a mail tells GitLab nothing. */
const markWhenQuiet = async (
  q: Writing,
  operation: Pick<OperationRow, 'kind'>,
  ticket: TicketRow,
): Promise<void> => {
  if (ticket.pending === 0 && !isMail(operation)) await mark(q, ticket)
}

const settledAs = (row: OperationRow, settlement: Settlement, at: number): Partial<Change> => {
  if (settlement.state === 'done')
    return {
      state: 'done',
      outcome: JSON.stringify(settlement.outcome),
      trouble: null,
      settled_at: at,
      due_at: null,
      unsure: 0,
    }
  if (settlement.state === 'stuck')
    return { state: 'stuck', trouble: JSON.stringify(settlement.trouble), due_at: null }
  const { notBefore, trouble } = settlement
  const retry = {
    not_before: notBefore,
    due_at: notBefore,
    trouble: trouble === null ? row.trouble : JSON.stringify(trouble),
  }
  if (settlement.state === 'unknown')
    return { ...retry, state: 'unknown', unsure: 1, sent_at: settlement.sentAt ?? row.sent_at }
  // Without trouble it was not sent at all, which is no attempt.
  return {
    ...retry,
    state: 'ready',
    unsure: 0,
    attempts: trouble === null ? Math.max(0, row.attempts - 1) : row.attempts,
  }
}

const withOutcome = (ticket: TicketRow, outcome: Outcome): TicketRow => {
  if (outcome.kind === 'opened') return { ...ticket, iid: outcome.iid, url: outcome.url }
  if (outcome.kind === 'branch-made')
    return withBranch(ticket, { state: 'made', name: outcome.name, url: outcome.url })
  if (outcome.kind === 'branch-missing') return withBranch(ticket, { state: 'missing', why: outcome.why })
  if (outcome.kind === 'handed-to-service-desk' && outcome.to !== null)
    return { ...ticket, requester: requesterText({ ...requesterOf(ticket), serviceDesk: true }) }
  return ticket
}

const withBranch = (ticket: TicketRow, branch: TicketBranch): TicketRow => ({
  ...ticket,
  branch: JSON.stringify(branch),
})

const tellBranch = async (
  q: Writing,
  ticket: TicketRow,
  { id, author }: Operation,
  outcome: Extract<Outcome, { kind: 'branch-made' }>,
  at: number,
): Promise<boolean> => {
  await addEvent(
    q,
    eventRow(ticket.n, {
      ticketId: ticket.id,
      source: `op:${id}`,
      at,
      actor: actorOf(author),
      byHand: false,
      hidden: false,
      what: { kind: 'branch-made', name: outcome.name, url: outcome.url },
    }),
  )
  return true
}

/**
 * A poll can see our issue before its sending is settled, and where its marker could not be read it
 * stands here as a ticket of its own. Ours survives with its id; what people did on the other moves over.
 */
const takeOverStray = async (q: Writing, ours: TicketRow, iid: number): Promise<boolean> => {
  const stray = await rowByIid(q, iid)
  if (!stray || stray.id === ours.id) return false
  await moveKept(q, stray.id, ours.id)
  await removeTicket(q, stray)
  return true
}

/** Operations, files, form keys and mails of one ticket become another's, in order behind its own. */
export const moveKept = async (q: Writing, from: string, to: string): Promise<void> => {
  const behind = await lastSequence(q, to)
  await q.run('operations.move', { from, to, behind }, (db, hole) =>
    db
      .updateTable('operations')
      .set((eb) => ({ ticket_id: hole.to, sequence: eb('sequence', '+', hole.behind) }))
      .where('ticket_id', '=', hole.from),
  )
  await q.run('files.move', { from, to }, (db, hole) =>
    db.updateTable('files').set({ ticket_id: hole.to }).where('ticket_id', '=', hole.from),
  )
  await q.run('formKeys.move', { from, to }, (db, hole) =>
    db.updateTable('form_keys').set({ ticket_id: hole.to }).where('ticket_id', '=', hole.from),
  )
  await moveMails(q, from, to)
  await moveNews(q, from, to)
}

/** Settled ones too. */
export const allOperations = async (q: Queries, ticketId: string): Promise<Operation[]> =>
  (
    await q.all('operations.ofTicket', { ticketId }, (db, hole) =>
      db.selectFrom('operations').selectAll().where('ticket_id', '=', hole.ticketId).orderBy('sequence'),
    )
  ).map(operationOf)

/** Its words are others now; `void`: it is not sent any more. Whoever is sending it this moment has the former ones. */
export const eraseOperation = async (
  q: Writing,
  { id, state }: Pick<Operation, 'id' | 'state'>,
  after: Pick<Operation, 'intent' | 'author' | 'outcome'> & { readonly void: boolean },
  at: number,
): Promise<void> => {
  const values = {
    id,
    intent: JSON.stringify(after.intent),
    author: JSON.stringify(after.author),
    outcome: after.outcome === null ? null : JSON.stringify(after.outcome),
  }
  await q.run('operations.erase', values, (db, hole) =>
    db
      .updateTable('operations')
      .set({ intent: hole.intent, author: hole.author, outcome: hole.outcome })
      .where('id', '=', hole.id),
  )
  if (!after.void || state === 'done') return
  const row = await rowOf(q, id)
  if (row)
    await changeOperation(q, row, {
      state: 'done',
      settled_at: at,
      due_at: null,
      outcome: null,
      trouble: null,
      unsure: 0,
    })
}

// --- A lead's answers to a stuck operation -------------------------------------------------------

export const retryOperation = async (q: Writing, id: string, now: number): Promise<boolean> => {
  const row = await rowOf(q, id)
  if (row?.state !== 'stuck') return false
  // `unsure` stays: where an earlier sending may have had its effect, it is looked up first even now.
  await changeOperation(q, row, { state: 'ready', attempts: 0, not_before: now, due_at: now, trouble: null })
  const ticket = await rowById(q, row.ticket_id)
  if (ticket) await refreshTicket(q, ticket)
  return true
}

/**
 * Never, then. What it would have said to GitLab is not true, so the ticket is read again; without an opening
 * nothing of its ticket can ever be sent, so its other operations go too.
 */
export const dropOperation = async (q: Writing, id: string, now: number): Promise<boolean> => {
  const row = await rowOf(q, id)
  if (row?.state !== 'stuck') return false
  const dropped = row.kind === 'open' ? await openRows(q, row.ticket_id) : [row]
  for (const one of dropped) {
    await changeOperation(q, one, { state: 'done', settled_at: now, due_at: null, outcome: null, unsure: 0 })
    const intent: Intent = JSON.parse(one.intent)
    if (intent.kind === 'upload') await dropBytes(q, intent.file.id)
  }
  const ticket = await rowById(q, row.ticket_id)
  if (!ticket) return true
  const branchless = row.kind === 'branch' && ticket.branch === JSON.stringify({ state: 'asked' })
  const after = await refreshTicket(
    q,
    ticket,
    branchless ? withBranch(ticket, { state: 'missing', why: 'none-yet' }) : ticket,
  )
  if (!isMail(row)) await mark(q, after)
  return true
}

/** Sources of the events that stand in for operations which are not done. */
export const openSources = async (q: Queries, ticketId: string): Promise<Set<string>> =>
  new Set((await openRows(q, ticketId)).map((row) => `op:${row.id}`))
