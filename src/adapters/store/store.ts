// The store: everything the desk remembers, in SQLite or PostgreSQL. Three writes exist, each one
// transaction: record (a rule decided), adopt (GitLab says), settle (GitLab was told).

import type { Reader, Store, Writer } from '../../application/ports.ts'
import { entryOf } from '../../domain/audit.ts'
import type { Decision } from '../../domain/decision.ts'
import type { Desk } from '../../domain/desk.ts'
import { adopt } from './adoption.ts'
import { listeners, nobodyElse, presenceAlone } from './alone.ts'
import { auditChain, auditHead, auditPage, auditStart, forgetAudit, keepAudit } from './audit.ts'
import { type Database, openPostgresDatabase, openSqliteDatabase, type SqliteOptions } from './database.ts'
import {
  beginErasure,
  countErasure,
  erasedTickets,
  eraseTicket,
  erasure,
  erasures,
  erasuresUnderWay,
  forgetFormKeys,
  forgetUploads,
  heldFrom,
  mailsFrom,
  resolvedBefore,
} from './erasure.ts'
import { addEvent, eventRow, eventsOf, replyCount } from './event-log.ts'
import { kpiReaderOn, kpiWriterOn, saveFigures } from './figures.ts'
import { fileBytes, filesOf, saveFiles } from './files.ts'
import { dropHeld, held, heldAmount, heldFiles, heldOfAddress, heldPage, heldWithKey, hold } from './held.ts'
import { linkGeneration, renewLink } from './link-generations.ts'
import { countAndTell, hearingIn, type Log, type Pauses } from './listening.ts'
import {
  acknowledged,
  acknowledgements,
  beginReading,
  eraseMailsFrom,
  forgetMailSources,
  mail,
  mailAccepted,
  mailCounts,
  mailFiled,
  mailLike,
  mailSource,
  mails,
  mailsByMessageId,
  mailsOf,
  mailsToFile,
  mailsToRead,
  receiveMail,
  replayMail,
  settleMail,
} from './mail-ledger.ts'
import { type Measuring, measuringBy } from './measuring-again.ts'
import { endSessions, member, members, saveMembers, sessionsValidFrom } from './members.ts'
import { schemaNumbers } from './migrations.ts'
import { monitoringReaderOn } from './monitoring.ts'
import { notice, noticedOf, rememberLabels } from './noticed.ts'
import {
  addOperations,
  backlog,
  claim,
  dropOperation,
  nextDue,
  openOperations,
  operation,
  ownBranches,
  ownChanges,
  ownNotes,
  progressOf,
  retryOperation,
  settle,
} from './outbox.ts'
import { presenceIn } from './presence.ts'
import { dropIndex } from './rebuilding.ts'
import { saveRequesters, ticketsOfAddress, ticketsOfAsker } from './requesters.ts'
import { formKey, saveFormKey, saveSetting, setting } from './settings.ts'
import {
  accountSince,
  endRequesterSessions,
  forgetAddress,
  forgetEndedRequesterSessions,
  forgetSignInLinks,
  provenAddresses,
  requesterSessionsValidFrom,
  saveAccountName,
  saveProvenAddress,
  saveSignInLink,
  signInLink,
  signInLinksSince,
  useSignInLink,
} from './sign-in-links.ts'
import type { Queries, Writing } from './statements.ts'
import {
  changeTicket,
  indexWordsDue,
  insertTicket,
  marked,
  markUnread,
  openedBetween,
  rowById,
  saveCounts,
  ticket,
  ticketsByIids,
  toBeRead,
  unread,
  viewCounts,
  walkTickets,
} from './ticket-index.ts'
import { page, similar } from './ticket-pages.ts'
import { columnsOf, looksDifferent } from './ticket-row.ts'
import { unsettled } from './unsettled.ts'
import { saveWish, wish, wishes } from './wishes.ts'

/** A store whose index can be dropped; kept tables and tickets that GitLab does not know in full stay. */
export type IndexedStore = Store & { dropIndex(): Promise<void> }

const readerOn = (q: Queries, desk: Desk): Reader => ({
  ticket: (ref) => ticket(q, ref),
  tickets: (iids) => ticketsByIids(q, iids),
  events: (id) => eventsOf(q, id),
  operations: (id) => openOperations(q, id),
  operation: (id) => operation(q, id),
  unsettled: (query) => unsettled(q, query),
  page: (query) => page(q, query),
  counts: (me) => viewCounts(q, me, desk.levels.length),
  similar: (text, limit) => similar(q, text, limit),
  files: (id) => filesOf(q, id),
  fileBytes: (id) => fileBytes(q, id),
  formKey: (key) => formKey(q, key),
  members: () => members(q),
  member: (username) => member(q, username),
  sessionsValidFrom: (userId) => sessionsValidFrom(q, userId),
  ownChanges: (id) => ownChanges(q, id),
  ownBranches: (id) => ownBranches(q, id),
  noticed: (iid) => noticedOf(q, iid),
  walk: (options) => walkTickets(q, options),
  openedBetween: (from, to) => openedBetween(q, from, to),
  ownNotes: (id, since) => ownNotes(q, id, since),
  unread: (limit, now, options) => unread(q, limit, now, options),
  marked: (iids) => marked(q, iids),
  toBeRead: (iids) => toBeRead(q, iids),
  backlog: async () => ({ ...(await backlog(q)), held: (await heldAmount(q, null)).count }),
  nextDue: (lane) => nextDue(q, lane),
  setting: (name) => setting(q, name),
  linkGeneration: (id) => linkGeneration(q, id),
  mail: (id) => mail(q, id),
  mailSource: (id) => mailSource(q, id),
  mailsToRead: (limit) => mailsToRead(q, limit),
  mailsToFile: (limit) => mailsToFile(q, limit),
  mailsByMessageId: (messageIds) => mailsByMessageId(q, messageIds),
  mailLike: (fingerprint, notId) => mailLike(q, fingerprint, notId),
  mailsOf: (id) => mailsOf(q, id),
  mails: (query) => mails(q, query),
  mailCounts: () => mailCounts(q),
  acknowledgements: (address, since) => acknowledgements(q, address, since),
  wish: (userId) => wish(q, userId),
  wishes: () => wishes(q),
  held: (id) => held(q, id),
  heldFiles: (id) => heldFiles(q, id),
  heldPage: (query) => heldPage(q, query),
  heldWithKey: (key) => heldWithKey(q, key),
  heldOfAddress: (address) => heldOfAddress(q, address),
  heldAmount: (client) => heldAmount(q, client),
  ticketsOfAsker: (asker, query) => ticketsOfAsker(q, asker, query),
  ticketsOfAddress: (address, query) => ticketsOfAddress(q, address, query),
  signInLinksSince: (address, since) => signInLinksSince(q, address, since),
  signInLink: (token) => signInLink(q, token),
  requesterSessionsValidFrom: (address) => requesterSessionsValidFrom(q, address),
  provenAddresses: (userId, since) => provenAddresses(q, userId, since),
  accountSince: (userId, username) => accountSince(q, userId, username),
  audit: (query) => auditPage(q, query),
  erasures: (limit) => erasures(q, limit),
  erasure: (id) => erasure(q, id),
  erasuresUnderWay: () => erasuresUnderWay(q),
  erasedTickets: (id, limit) => erasedTickets(q, id, limit),
  mailsFrom: (address, limit) => mailsFrom(q, address, limit),
  heldFrom: (address) => heldFrom(q, address),
  resolvedBefore: (query) => resolvedBefore(q, query),
  auditStart: () => auditStart(q),
  auditHead: () => auditHead(q),
  auditChain: (options) => auditChain(q, options),
  ...kpiReaderOn(q),
  ...monitoringReaderOn(q),
})

type RecordOptions = NonNullable<Parameters<Writer['record']>[1]>

const record = async (
  q: Writing,
  decision: Decision,
  { key, files = [], audit }: RecordOptions,
): Promise<'recorded' | 'conflict'> => {
  if (key !== undefined && (await formKey(q, key)) !== null) return 'conflict'
  const known = await rowById(q, decision.ticket.id)
  if ((known?.revision ?? 0) !== decision.ticket.revision) return 'conflict'
  const columns = columnsOf(decision.ticket)
  const before =
    known ??
    (await insertTicket(q, {
      n: 0,
      id: decision.ticket.id,
      revision: 0,
      replies: 0,
      delivery: null,
      pending: 0,
      marked: 0,
      read_at: null,
      read_changed_at: null,
      read_class: null,
      read_due: null,
      targets: '',
      ...columns,
    }))
  if (key !== undefined) await saveFormKey(q, key, before.id)
  const rows = decision.events.map((event) => eventRow(before.n, event))
  for (const row of rows) await addEvent(q, row)
  await addOperations(q, before.id, decision.operations)
  await saveFiles(q, before.id, files)
  const wanted = {
    ...before,
    ...columns,
    ...(await progressOf(q, before.id)),
    replies: before.replies + replyCount(rows),
  }
  // A decision that changes nothing ("assign it to whom it is assigned") leaves no trace.
  const changed =
    known === undefined || rows.length > 0 || decision.operations.length > 0 || looksDifferent(before, wanted)
  if (changed) await changeTicket(q, before, { ...wanted, revision: before.revision + 1 }, rows.length > 0)
  const entry = changed ? entryOf(decision, audit) : null
  if (entry) await keepAudit(q, entry)
  return 'recorded'
}

const writerOn = (q: Writing, desk: Desk, measuring: Measuring): Writer => ({
  ...readerOn(q, desk),
  record: (decision, options = {}) => record(q, decision, options),
  adopt: (changes, options) => adopt(q, changes, options),
  wanted: () => q.wanted(),
  indexWords: (limit) => indexWordsDue(q, limit),
  settle: (id, fence, settlement, at) => settle(q, id, fence, settlement, at),
  claim: (options) => claim(q, options),
  notice: (iid, noticed) => notice(q, iid, noticed),
  dropIndex: async ({ labels, at }) => {
    await rememberLabels(q, labels, at)
    await dropIndex(q)
  },
  markUnread: (iids) => markUnread(q, iids),
  saveMembers: (saved) => saveMembers(q, saved),
  endSessions: (userId, at) => endSessions(q, userId, at),
  saveSetting: (name, value) => saveSetting(q, name, value),
  renewLink: (id) => renewLink(q, id),
  retryOperation: (id, now) => retryOperation(q, id, now),
  dropOperation: (id, now) => dropOperation(q, id, now),
  receiveMail: (received) => receiveMail(q, received),
  beginReading: (id) => beginReading(q, id),
  settleMail: (id, end) => settleMail(q, id, end),
  mailFiled: (id) => mailFiled(q, id),
  mailAccepted: (id) => mailAccepted(q, id),
  replayMail: (id, options) => replayMail(q, id, options),
  acknowledged: (address, ticketId, at) => acknowledged(q, address, ticketId, at),
  saveWish: (saved) => saveWish(q, saved),
  hold: (one, files) => hold(q, one, files),
  dropHeld: (id) => dropHeld(q, id),
  forgetMailSources: (before) => forgetMailSources(q, before),
  ticketsOfAsker: async (asker, query) => {
    await saveRequesters(q)
    return ticketsOfAsker(q, asker, query)
  },
  ticketsOfAddress: async (address, query) => {
    await saveRequesters(q)
    return ticketsOfAddress(q, address, query)
  },
  saveSignInLink: (link) => saveSignInLink(q, link),
  useSignInLink: (token, at) => useSignInLink(q, token, at),
  forgetSignInLinks: (before) => forgetSignInLinks(q, before),
  endRequesterSessions: (address, at) => endRequesterSessions(q, address, at),
  forgetEndedRequesterSessions: (before) => forgetEndedRequesterSessions(q, before),
  saveProvenAddress: (userId, address, at) => saveProvenAddress(q, userId, address, at),
  saveAccountName: (userId, username, at) => saveAccountName(q, userId, username, at),
  forgetAddress: (address, at) => forgetAddress(q, address, at),
  keepAudit: (entry) => keepAudit(q, entry),
  beginErasure: (begun) => beginErasure(q, begun),
  countErasure: (id, more) => countErasure(q, id, more),
  eraseTicket: (id, erasureId, at) => eraseTicket(q, id, erasureId, at),
  eraseMailsFrom: (address, limit) => eraseMailsFrom(q, address, limit),
  forgetFormKeys: (ids) => forgetFormKeys(q, ids),
  forgetUploads: (id) => forgetUploads(q, id),
  forgetAudit: (options) => forgetAudit(q, options),
  ...kpiWriterOn(q, measuring),
})

const countChange = async (q: Writing): Promise<void> => {
  await q.run('changes.add', {}, (db) =>
    db
      .updateTable('changes')
      .set((eb) => ({ number: eb('number', '+', 1) }))
      .where('id', '=', 1),
  )
}

/** What each transaction ends with: figures and counts, and the number that says something changed. false = nothing did. */
const finish = async (q: Writing, desk: Desk, count: typeof countChange): Promise<boolean> => {
  await saveFigures(q, desk)
  await saveCounts(q)
  await saveRequesters(q)
  if (q.tally.written === 0) return false
  await count(q)
  return true
}

/** Who else there is on the same data. */
type Company = Pick<Store, 'presence' | 'neighbours'> & {
  /** Counts a change, in its transaction. */
  readonly count: typeof countChange
  /** From now on somebody wants to hear of changes. */
  readonly listen: () => void
  readonly close: () => Promise<void>
}

const alone = (): Company => ({
  presence: presenceAlone(),
  neighbours: nobodyElse,
  count: countChange,
  listen: () => undefined,
  close: async () => undefined,
})

const storeOn = (
  database: Database,
  desk: Desk,
  heard = listeners(),
  company: Company = alone(),
): IndexedStore => {
  const reader = readerOn(database.reader, desk)
  const measuring = measuringBy(desk)
  /** One transaction; who wants to hear of changes is told once it is committed. */
  const write = async <T>(
    work: (q: Writing) => Promise<T>,
    options?: { readonly repeatable?: boolean },
  ): Promise<T> => {
    let changed = false
    const end = async (q: Writing) => {
      changed = await finish(q, desk, company.count)
    }
    try {
      return await database.transaction(work, end, options)
    } finally {
      // Where it failed at its very end, it may have been committed and only the answer lost.
      if (changed) heard.tell()
    }
  }
  return {
    read: (work) => work(reader),
    write: (work, options) => write((q) => work(writerOn(q, desk, measuring)), options),
    version: async () =>
      (await database.reader.first('changes.number', {}, (db) => db.selectFrom('changes').select('number')))
        ?.number ?? 0,
    onChange: (listener) => {
      company.listen()
      return heard.add(listener)
    },
    schema: () => schemaNumbers(database.reader),
    presence: company.presence,
    neighbours: company.neighbours,
    dropIndex: () => write(dropIndex),
    close: async () => {
      await company.close()
      await database.close()
    },
  }
}

/** `file`: a path or ':memory:'. Makes the file and brings its schema up to date. */
export const openSqliteStore = async (
  options: SqliteOptions & { readonly desk: Desk },
): Promise<IndexedStore> => storeOn(await openSqliteDatabase(options), options.desk)

/** `log`: is told when this process stops hearing the others, and when it does again. */
export const openPostgresStore = async (options: {
  readonly url: string
  readonly desk: Desk
  readonly log?: Log
  readonly pauses?: Pauses
}): Promise<IndexedStore> => {
  const { url, desk, log, pauses } = options
  const database = await openPostgresDatabase({ url })
  const heard = listeners()
  const hearing = hearingIn({ url, q: database.reader, changed: heard.tell, log, pauses })
  return storeOn(database, desk, heard, {
    presence: presenceIn(database.reader),
    neighbours: hearing.neighbours,
    count: (q) => countAndTell(q, hearing.id),
    listen: hearing.listen,
    close: hearing.close,
  })
}
