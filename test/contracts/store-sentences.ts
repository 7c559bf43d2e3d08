// What the desk relies on when it keeps something, whatever the database. Each backend runs these
// same sentences: store.test.ts for SQLite, store-postgres.test.ts for PostgreSQL.

import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import fc from 'fast-check'
import type { IndexedStore } from '../../src/adapters/store/store.ts'
import type {
  Adopted,
  Claimed,
  Settlement,
  TicketPage,
  TicketQuery,
  UnsettledPage,
  View,
  Writer,
} from '../../src/application/ports.ts'
import { noteInternally, reply } from '../../src/domain/conversation.ts'
import type { Decision } from '../../src/domain/decision.ts'
import { toBeDone } from '../../src/domain/decision.ts'
import { askForBranch, escalate } from '../../src/domain/escalation.ts'
import type { TicketEvent } from '../../src/domain/event.ts'
import { assign } from '../../src/domain/handling.ts'
import { open } from '../../src/domain/opening.ts'
import type { FileRef, Intent, MailIntent, Outcome } from '../../src/domain/operation.ts'
import { resolve } from '../../src/domain/resolution.ts'
import { queuePosition, type Ticket } from '../../src/domain/ticket.ts'
import { ana, bruno, byAna, byBruno, carla } from '../support/people.ts'
import { aDesk, aTicket, decided, hour, ids, minute, nine, only, second } from '../support/tickets.ts'
import { keepsMails } from './mail-ledger-sentences.ts'

export type Backend = {
  readonly name: string
  /** A store with nothing in it. `another`: the same data as a second process sees them. */
  fresh(context: TestContext): Promise<{ store: IndexedStore; another?: () => Promise<IndexedStore> }>
  /** Runs of each property: fewer where each costs a round trip. */
  readonly runs: number
}

/** With a mail server of its own: nothing is handed to GitLab's Service Desk besides. */
const desk = aDesk({ mail: { ...aDesk().mail, own: true } })

const aQuery = (changes: Partial<TicketQuery> = {}): TicketQuery => ({
  view: 'all',
  me: null,
  level: null,
  category: null,
  state: null,
  assignee: null,
  words: '',
  cursor: null,
  limit: 25,
  ...changes,
})

const listed = (ticket: Ticket): Adopted => ({ ticket, events: null, readAt: null })

/** A ticket of GitLab's with this number; opened so many minutes after nine. */
const numbered = (iid: number, changes: Partial<Ticket> = {}): Ticket =>
  aTicket({
    id: `00000000-0000-5000-8000-${String(iid).padStart(12, '0')}`,
    iid,
    revision: 0,
    source: 'gitlab',
    openedAt: nine + iid * minute,
    changedAt: nine + iid * minute,
    awaitingSince: nine + iid * minute,
    ...changes,
  })

const repliedBy = (ticket: Ticket, source: string, at: number, text: string): TicketEvent => ({
  ticketId: ticket.id,
  source,
  at,
  actor: { kind: 'agent', name: 'Bruno', username: 'bruno' },
  byHand: true,
  hidden: false,
  what: { kind: 'replied', text },
})

const fails = (code: string) => ({ code, detail: 'GitLab said no', at: nine })

const leaseMs = 60_000

/** Opens Ana's ticket at `at`; ids ascend over all tickets of one test. */
const opening = (newId: () => string, at = nine, title = 'My screen stays black', files: FileRef[] = []) =>
  decided(
    open({ title, text: 'Since this morning.', category: 'Hardware', requester: ana, files }, desk, {
      by: byAna,
      at,
      newId,
    }),
  )

const claimed = (store: IndexedStore, now: number, limit = 10): Promise<readonly Claimed[]> =>
  store.write((writer) => writer.claim({ now, leaseMs, limit }))

const done = (store: IndexedStore, claim: Claimed, outcome: Outcome, at = nine): Promise<boolean> =>
  store.write((writer) => writer.settle(claim.operation.id, claim.fence, { state: 'done', outcome }, at))

const mailsClaimed = (store: IndexedStore, now: number, limit = 10): Promise<readonly Claimed[]> =>
  store.write((writer) => writer.claim({ now, leaseMs, limit, lane: 'mail' }))

const toAna: MailIntent = {
  kind: 'mail',
  notice: 'reply',
  to: { name: 'Ana', address: 'ana@school.example' },
  language: 'en',
  text: 'Is it plugged in?',
}

const aNote: Intent = { kind: 'note', purpose: 'reply', text: 'Is it plugged in?', internal: false }
const aBranch: Intent = { kind: 'branch', title: 'x', confidential: false, project: '', ref: '' }
const toServiceDesk: Intent = { kind: 'hand-to-service-desk', address: 'ana@school.example' }

/** These things are to be done for this ticket, in this order. */
const toDo = (ticket: Ticket, newId: () => string, intents: readonly Intent[], at = nine): Decision => ({
  ticket,
  events: [],
  operations: intents.map((intent) => toBeDone(ticket, { by: byBruno, at, newId }, intent)),
})

const outcomeOf = (claim: Claimed, iid: number): Outcome => {
  const { intent } = claim.operation
  if (intent.kind === 'mail') return { kind: 'mailed', messageId: `${claim.operation.id}@desk.example` }
  if (intent.kind === 'hand-to-service-desk') return { kind: 'handed-to-service-desk', to: intent.address }
  if (intent.kind === 'open')
    return { kind: 'opened', iid, url: `http://gitlab.test/${iid}`, changedAt: nine }
  if (intent.kind === 'upload')
    return { kind: 'uploaded', markdown: `![](${intent.file.id})`, path: `/uploads/${intent.file.id}` }
  if (intent.kind === 'branch') return { kind: 'branch-made', name: `${iid}-fix`, url: null }
  if (intent.kind === 'note') return { kind: 'noted', noteId: 500 + claim.operation.sequence }
  return { kind: 'changed', labels: [], changedAt: nine }
}

/** Sends everything there is, as a GitLab that does what it is told. */
const sendAll = async (store: IndexedStore, iid: number, now: number): Promise<string[]> => {
  const sent: string[] = []
  for (;;) {
    const [claim] = await claimed(store, now, 1)
    if (!claim) return sent
    sent.push(claim.operation.intent.kind)
    assert.equal(await done(store, claim, outcomeOf(claim, iid), now), true)
  }
}

const theTicket = async (store: IndexedStore, id: string): Promise<Ticket> => {
  const ticket = await store.read((reader) => reader.ticket({ id }))
  assert.ok(ticket)
  return ticket
}

const summary = async (store: IndexedStore, id: string) => {
  const page = await store.read((reader) => reader.page(aQuery({ limit: 100 })))
  return only(page.tickets.filter((ticket) => ticket.id === id))
}

const sources = async (store: IndexedStore, id: string): Promise<string[]> =>
  (await store.read((reader) => reader.events(id))).map((event) => event.source)

const walk = async (store: IndexedStore, query: TicketQuery): Promise<TicketPage[]> => {
  const pages: TicketPage[] = []
  let cursor: string | null = null
  do {
    const page: TicketPage = await store.read((reader) => reader.page({ ...query, cursor }))
    pages.push(page)
    assert.ok(pages.length < 1_000, 'the pages have no end')
    cursor = page.next
  } while (cursor !== null)
  return pages
}

const walkBack = async (store: IndexedStore, query: TicketQuery, from: TicketPage): Promise<TicketPage[]> => {
  const pages: TicketPage[] = [from]
  let cursor = from.previous
  while (cursor !== null) {
    const page: TicketPage = await store.read((reader) => reader.page({ ...query, cursor }))
    pages.unshift(page)
    assert.ok(pages.length < 1_000, 'the way back has no end')
    cursor = page.previous
  }
  return pages
}

const iidsOf = (pages: readonly TicketPage[]): (number | null)[] =>
  pages.flatMap((page) => page.tickets.map((ticket) => ticket.iid))

const found = async (store: IndexedStore, words: string, changes: Partial<TicketQuery> = {}) =>
  iidsOf(await walk(store, aQuery({ words, ...changes })))

export const keepsItsWord = (backend: Backend): void => {
  describe(`the store on ${backend.name}`, () => {
    describe('recording what a rule decided', () => {
      test('an opened ticket reads back as it was decided, one revision on', async (t) => {
        const { store } = await backend.fresh(t)
        const decision = opening(ids())
        assert.equal(await store.write((writer) => writer.record(decision)), 'recorded')
        assert.deepEqual(await theTicket(store, decision.ticket.id), { ...decision.ticket, revision: 1 })
        assert.deepEqual(await store.read((reader) => reader.events(decision.ticket.id)), decision.events)
        const [operation] = await store.read((reader) => reader.operations(decision.ticket.id))
        assert.deepEqual(operation?.intent, decision.operations[0]?.intent)
        assert.equal(operation?.state, 'ready')
      })

      test('a decision on a copy that is out of date writes nothing', async (t) => {
        const { store } = await backend.fresh(t)
        const newId = ids()
        const first = opening(newId)
        await store.write((writer) => writer.record(first))
        const ticket = await theTicket(store, first.ticket.id)
        const one = decided(reply(ticket, 'Is it plugged in?', { by: byBruno, at: nine, newId }))
        const other = decided(noteInternally(ticket, 'Old screen', { by: byBruno, at: nine, newId }))
        assert.equal(await store.write((writer) => writer.record(one)), 'recorded')
        const version = await store.version()
        assert.equal(await store.write((writer) => writer.record(other, { key: 'k' })), 'conflict')
        assert.equal(await store.version(), version)
        assert.equal(await store.read((reader) => reader.formKey('k')), null)
        assert.equal((await theTicket(store, ticket.id)).revision, 2)
        assert.equal((await store.read((reader) => reader.operations(ticket.id))).length, 2)
      })

      test('a form sent twice makes one ticket', async (t) => {
        const { store } = await backend.fresh(t)
        const newId = ids()
        const first = opening(newId)
        const again = opening(newId)
        assert.equal(await store.write((writer) => writer.record(first, { key: 'form-1' })), 'recorded')
        assert.equal(await store.write((writer) => writer.record(again, { key: 'form-1' })), 'conflict')
        assert.equal(await store.read((reader) => reader.formKey('form-1')), first.ticket.id)
        assert.equal(await store.read((reader) => reader.ticket({ id: again.ticket.id })), null)
        assert.equal((await store.read((reader) => reader.counts(null))).all, 1)
      })

      test('a new ticket whose id is taken already is a conflict', async (t) => {
        const { store } = await backend.fresh(t)
        const decision = opening(ids())
        await store.write((writer) => writer.record(decision))
        assert.equal(await store.write((writer) => writer.record(decision)), 'conflict')
      })

      test('assigning a ticket to whom it is assigned leaves no trace', async (t) => {
        const { store } = await backend.fresh(t)
        await store.write((writer) => writer.adopt([listed(numbered(1, { assignee: 'bruno' }))]))
        const ticket = await theTicket(store, numbered(1).id)
        const version = await store.version()
        const decision = decided(assign(ticket, bruno, desk, { by: byBruno, at: nine, newId: ids() }))
        assert.equal(await store.write((writer) => writer.record(decision)), 'recorded')
        assert.deepEqual(await theTicket(store, ticket.id), ticket)
        assert.equal(await store.version(), version)
      })

      test('what fails half-way has not happened, and nobody saw it meanwhile', async (t) => {
        const { store } = await backend.fresh(t)
        const decision = opening(ids())
        const { promise: written, resolve: told } = Promise.withResolvers<void>()
        const { promise: failing, reject: fail } = Promise.withResolvers<never>()
        const writing = store.write(async (writer) => {
          await writer.record(decision, { key: 'k' })
          told()
          await failing
        })
        await written
        const seen = store.read((reader) => reader.ticket({ id: decision.ticket.id }))
        // Time enough to look, for whoever does not wait for the writer.
        for (let round = 0; round < 20; round++) await new Promise((rested) => setImmediate(rested))
        fail(new Error('the power went'))
        await assert.rejects(writing, /the power went/)
        assert.equal(await seen, null)
        assert.equal(await store.read((reader) => reader.formKey('k')), null)
        assert.equal((await store.read((reader) => reader.counts(null))).all, 0)
        assert.equal(await store.write((writer) => writer.record(decision)), 'recorded')
      })

      test('a write inside a write is refused instead of waiting for itself', async (t) => {
        const { store } = await backend.fresh(t)
        await assert.rejects(
          store.write(() => store.write(async () => 'never')),
          /write inside a write/,
        )
      })

      test('a text with signs that no database can hold is kept with a sign in their place', async (t) => {
        const { store } = await backend.fresh(t)
        const ticket = numbered(1, { title: 'a\0b', text: 'half \ud800 character' })
        await store.write((writer) => writer.adopt([listed(ticket)]))
        const kept = await theTicket(store, ticket.id)
        assert.equal(kept.title, 'a\uFFFDb')
        assert.equal(kept.text, 'half \uFFFD character')
        assert.equal(await store.write((writer) => writer.adopt([listed(ticket)])), 0)
      })
    })

    describe('files on their way', () => {
      const file: FileRef = { id: 'file-1', name: 'screen.png', type: 'image/png', bytes: 3 }
      const bytes = Uint8Array.of(1, 0, 255)

      test('bytes are kept until GitLab has them, then only the way to them', async (t) => {
        const { store } = await backend.fresh(t)
        const decision = opening(ids(), nine, 'With a picture', [file])
        const { id } = decision.ticket
        await store.write((writer) => writer.record(decision, { files: [{ file, bytes }] }))
        const kept = await store.read((reader) => reader.fileBytes('file-1'))
        assert.deepEqual([...(kept ?? [])], [1, 0, 255])
        const [upload] = await claimed(store, nine)
        assert.ok(upload)
        await done(store, upload, outcomeOf(upload, 42))
        assert.equal(await store.read((reader) => reader.fileBytes('file-1')), null)
        assert.deepEqual(await store.read((reader) => reader.files(id)), [
          { ...file, ticketId: id, remotePath: '/uploads/file-1' },
        ])
        const [opener] = await claimed(store, nine)
        assert.deepEqual(opener?.uploads, { 'file-1': { markdown: '![](file-1)' } })
      })

      test('files keep the order in which they were sent', async (t) => {
        const { store } = await backend.fresh(t)
        const files = ['z', 'a', 'm'].map((id) => ({ file: { ...file, id }, bytes }))
        const decision = opening(
          ids(),
          nine,
          'Three pictures',
          files.map((one) => one.file),
        )
        await store.write((writer) => writer.record(decision, { files }))
        const kept = await store.read((reader) => reader.files(decision.ticket.id))
        assert.deepEqual(
          kept.map((one) => one.id),
          ['z', 'a', 'm'],
        )
      })
    })

    describe('telling GitLab', () => {
      test('operations of one ticket go one after the other, those of others beside them', async (t) => {
        const { store } = await backend.fresh(t)
        const newId = ids()
        const [one, two] = [opening(newId), opening(newId, nine + second)]
        await store.write(async (writer) => {
          await writer.record(one)
          await writer.record(two)
          const ticket = { ...one.ticket, revision: 1 }
          await writer.record(decided(reply(ticket, 'Hello', { by: byBruno, at: nine, newId })))
        })
        const first = await claimed(store, nine + minute)
        assert.deepEqual(
          first.map((claim) => claim.operation.ticketId),
          [one.ticket.id, two.ticket.id],
        )
        assert.deepEqual(await claimed(store, nine + minute), [])
        const [opener] = first
        assert.ok(opener)
        await done(store, opener, outcomeOf(opener, 7))
        const [note] = await claimed(store, nine + minute)
        assert.equal(note?.operation.intent.kind, 'note')
        assert.equal(note?.ticket.iid, 7)
      })

      test('no more are handed out than were asked for, the oldest first', async (t) => {
        const { store } = await backend.fresh(t)
        const newId = ids()
        const all = [3, 1, 2].map((minutes) => opening(newId, nine + minutes * minute))
        await store.write(async (writer) => {
          for (const decision of all) await writer.record(decision)
        })
        const two = await claimed(store, nine + hour, 2)
        assert.deepEqual(
          two.map((claim) => claim.operation.createdAt - nine),
          [minute, 2 * minute],
        )
      })

      test('an operation whose lease ran out is handed out again, as one to look up first', async (t) => {
        const { store } = await backend.fresh(t)
        const decision = opening(ids())
        await store.write((writer) => writer.record(decision))
        const [first] = await claimed(store, nine)
        assert.equal(first?.unsure, false)
        assert.equal(await store.read((reader) => reader.nextDue()), nine + leaseMs)
        assert.deepEqual(await claimed(store, nine + leaseMs - 1), [])
        const [second] = await claimed(store, nine + leaseMs)
        assert.ok(first && second)
        assert.equal(second.unsure, true)
        assert.ok(second.fence > first.fence)
        assert.equal(second.operation.sentAt, nine + leaseMs, 'it was sent by then, if at all')
        assert.equal((await summary(store, decision.ticket.id)).delivery, 'unknown')
        // Whoever slept through the lease writes nothing.
        assert.equal(await done(store, first, outcomeOf(first, 8)), false)
        assert.equal((await theTicket(store, decision.ticket.id)).iid, null)
        assert.equal(await done(store, second, outcomeOf(second, 9)), true)
        assert.equal((await theTicket(store, decision.ticket.id)).iid, 9)
        assert.equal(await done(store, second, outcomeOf(second, 9)), false)
      })

      test('an unknown outcome is looked up, not before its time', async (t) => {
        const { store } = await backend.fresh(t)
        const decision = opening(ids())
        await store.write((writer) => writer.record(decision))
        const claim = only(await claimed(store, nine))
        const trouble = fails('transient')
        await store.write((writer) =>
          writer.settle(
            claim.operation.id,
            claim.fence,
            { state: 'unknown', notBefore: nine + hour, trouble },
            nine,
          ),
        )
        assert.equal((await summary(store, decision.ticket.id)).delivery, 'unknown')
        assert.equal(await store.read((reader) => reader.nextDue()), nine + hour)
        assert.deepEqual(await claimed(store, nine + hour - 1), [])
        const again = only(await claimed(store, nine + hour))
        assert.equal(again.unsure, true)
        assert.deepEqual(again.operation.trouble, trouble)
        assert.equal(again.operation.attempts, 2)
      })

      test('what surely had no effect is sent again later, without looking', async (t) => {
        const { store } = await backend.fresh(t)
        const decision = opening(ids())
        await store.write((writer) => writer.record(decision))
        const claim = only(await claimed(store, nine))
        await store.write((writer) =>
          writer.settle(
            claim.operation.id,
            claim.fence,
            { state: 'ready', notBefore: nine + minute, trouble: fails('transient') },
            nine,
          ),
        )
        assert.equal((await summary(store, decision.ticket.id)).delivery, 'queued')
        assert.deepEqual(await claimed(store, nine), [])
        assert.equal(only(await claimed(store, nine + minute)).unsure, false)
      })

      test('a stuck operation blocks its ticket until a lead answers', async (t) => {
        const { store } = await backend.fresh(t)
        const newId = ids()
        const decision = opening(newId)
        const { id } = decision.ticket
        await store.write(async (writer) => {
          await writer.record(decision)
          const ticket = { ...decision.ticket, revision: 1 }
          await writer.record(decided(reply(ticket, 'Hello', { by: byBruno, at: nine, newId })))
        })
        const claim = only(await claimed(store, nine))
        await store.write((writer) =>
          writer.settle(
            claim.operation.id,
            claim.fence,
            { state: 'stuck', trouble: fails('permanent') },
            nine,
          ),
        )
        assert.equal((await summary(store, id)).delivery, 'stuck')
        assert.equal(await store.read((reader) => reader.nextDue()), null)
        assert.deepEqual(await claimed(store, nine + hour), [])
        const { operations } = await store.read((reader) => reader.backlog())
        assert.deepEqual(operations, { ready: 1, sending: 0, unknown: 0, done: 0, stuck: 1 })

        assert.equal(await store.write((writer) => writer.retryOperation('nobody', nine)), false)
        assert.equal(await store.write((writer) => writer.retryOperation(id, nine + hour)), true)
        assert.equal((await summary(store, id)).delivery, 'queued')
        const again = only(await claimed(store, nine + hour))
        assert.equal(again.operation.attempts, 1)
        assert.equal(again.operation.trouble, null)
        assert.equal(await store.write((writer) => writer.retryOperation(id, nine)), false)
      })

      test('what GitLab does not know yet is listed once, over all tickets: stuck, unknown, queued, oldest first', async (t) => {
        const { store } = await backend.fresh(t)
        const newId = ids()
        // Seven tickets, opened in this order; some in the same millisecond.
        const decisions = [0, 0, 1, 2, 2, 3, 4].map((at, n) => opening(newId, nine + at, `Ticket ${n}`))
        const all = () => store.read((reader) => reader.unsettled({ limit: 100, cursor: null }))
        assert.deepEqual(await all(), { operations: [], next: null })
        for (const decision of decisions) await store.write((writer) => writer.record(decision))
        const claims = await claimed(store, nine + second, 6)
        const settledAs = async (n: number, settlement: Parameters<Writer['settle']>[2]) => {
          const claim = only(claims.filter(({ ticket }) => ticket.title === `Ticket ${n}`))
          await store.write((writer) => writer.settle(claim.operation.id, claim.fence, settlement, nine))
          return claim
        }
        const trouble = fails('permanent')
        await settledAs(0, { state: 'unknown', notBefore: nine, trouble: fails('transient') })
        await settledAs(1, { state: 'ready', notBefore: nine, trouble: null })
        const known = await settledAs(2, {
          state: 'done',
          outcome: { kind: 'opened', iid: 9, url: 'u', changedAt: nine },
        })
        await settledAs(3, { state: 'stuck', trouble })
        await settledAs(4, { state: 'stuck', trouble })
        await store.write(async (writer) => {
          const ticket = await writer.ticket({ id: known.ticket.id })
          assert.ok(ticket)
          await writer.record(decided(reply(ticket, 'Hi', { by: byBruno, at: nine + minute, newId })))
        })
        const inOrder = (await all()).operations
        assert.deepEqual(
          inOrder.map(({ operation, ticket }) => [operation.state, ticket.title, ticket.iid]),
          [
            ['stuck', 'Ticket 3', null],
            ['stuck', 'Ticket 4', null],
            ['unknown', 'Ticket 0', null],
            ['ready', 'Ticket 1', null],
            ['sending', 'Ticket 5', null],
            ['ready', 'Ticket 6', null],
            ['ready', 'Ticket 2', 9],
          ],
        )
        assert.deepEqual(inOrder[0]?.operation.trouble, trouble)
        for (const limit of [1, 2, 3, 6, 7]) {
          const pages = []
          let cursor: string | null = null
          do {
            const page: UnsettledPage = await store.read((reader) => reader.unsettled({ limit, cursor }))
            pages.push(page.operations)
            assert.ok(page.operations.length <= limit && pages.length <= 7)
            cursor = page.next
          } while (cursor !== null)
          assert.deepEqual(pages.flat(), inOrder, `${limit} a page`)
        }
        for (const broken of ['', 'x', btoa('{}'), btoa('{"rank":7,"at":0,"id":""}'), 'a'.repeat(600)])
          assert.deepEqual(
            (await store.read((reader) => reader.unsettled({ limit: 1, cursor: broken }))).operations,
            inOrder.slice(0, 1),
          )
        await store.write((writer) => writer.dropOperation(inOrder[0]?.operation.id ?? '', nine))
        await store.write((writer) => writer.retryOperation(inOrder[1]?.operation.id ?? '', nine))
        assert.deepEqual(
          (await all()).operations.map(({ ticket }) => ticket.title),
          [0, 1, 4, 5, 6, 2].map((n) => `Ticket ${n}`),
        )
      })

      test('a stuck branch blocks nothing', async (t) => {
        const { store } = await backend.fresh(t)
        await store.write((writer) => writer.adopt([listed(numbered(1))]))
        const ticket = await theTicket(store, numbered(1).id)
        const newId = ids()
        await store.write((writer) =>
          writer.record(
            decided(
              escalate(ticket, { desk, from: 1, reason: 'Needs a fix' }, { by: byBruno, at: nine, newId }),
            ),
          ),
        )
        const change = only(await claimed(store, nine))
        await done(store, change, outcomeOf(change, 1))
        const branch = only(await claimed(store, nine))
        assert.equal(branch.operation.intent.kind, 'branch')
        await store.write((writer) =>
          writer.settle(
            branch.operation.id,
            branch.fence,
            { state: 'stuck', trouble: fails('permanent') },
            nine,
          ),
        )
        const note = only(await claimed(store, nine))
        assert.equal(note.operation.intent.kind, 'note')
        await done(store, note, outcomeOf(note, 1))
        assert.equal((await summary(store, ticket.id)).delivery, 'stuck')
        // Asked for no longer, so that it can be asked for again.
        assert.equal(await store.write((writer) => writer.dropOperation(branch.operation.id, nine)), true)
        assert.deepEqual((await theTicket(store, ticket.id)).branch, { state: 'missing', why: 'none-yet' })
        assert.equal((await summary(store, ticket.id)).delivery, null)
      })

      test('what was given up lets its ticket be read again: the desk must not claim it any longer', async (t) => {
        const { store } = await backend.fresh(t)
        await store.write((writer) => writer.adopt([listed(numbered(1))]))
        const ticket = await theTicket(store, numbered(1).id)
        await store.write((writer) =>
          writer.record(
            decided(noteInternally(ticket, 'Two of them', { by: byBruno, at: nine, newId: ids() })),
          ),
        )
        const note = only(await claimed(store, nine))
        const { id } = note.operation
        await store.write((writer) =>
          writer.settle(id, note.fence, { state: 'stuck', trouble: fails('permanent') }, nine),
        )
        await store.write((writer) =>
          writer.adopt([{ ...listed(numbered(1)), events: [], readAt: nine + hour }]),
        )
        assert.deepEqual(await sources(store, ticket.id), [`op:${id}`], 'stuck: still to be said')
        assert.deepEqual(await store.read((reader) => reader.marked([1])), [])
        assert.equal(await store.write((writer) => writer.dropOperation(id, nine + hour)), true)
        assert.deepEqual(await store.read((reader) => reader.marked([1])), [1])
        await store.write((writer) =>
          writer.adopt([{ ...listed(numbered(1)), events: [], readAt: nine + hour }]),
        )
        assert.deepEqual(await sources(store, ticket.id), [])
      })

      test('dropping an opening drops what could never follow it', async (t) => {
        const { store } = await backend.fresh(t)
        const newId = ids()
        const decision = opening(newId)
        const { id } = decision.ticket
        await store.write(async (writer) => {
          await writer.record(decision)
          await writer.record(
            decided(reply({ ...decision.ticket, revision: 1 }, 'Hi', { by: byBruno, at: nine, newId })),
          )
        })
        const claim = only(await claimed(store, nine))
        await store.write((writer) =>
          writer.settle(
            claim.operation.id,
            claim.fence,
            { state: 'stuck', trouble: fails('permanent') },
            nine,
          ),
        )
        assert.equal(await store.write((writer) => writer.dropOperation(id, nine)), true)
        assert.deepEqual(await store.read((reader) => reader.operations(id)), [])
        assert.equal(await store.read((reader) => reader.nextDue()), null)
        assert.equal(await store.write((writer) => writer.dropOperation(id, nine)), false)
        await store.dropIndex()
        assert.equal((await theTicket(store, id)).text, 'Since this morning.', 'nobody else has it')
      })

      test('escalating writes the branch into the ticket and its timeline', async (t) => {
        const { store } = await backend.fresh(t)
        await store.write((writer) => writer.adopt([listed(numbered(1))]))
        const ticket = await theTicket(store, numbered(1).id)
        const decision = decided(
          escalate(ticket, { desk, from: 1, reason: 'Needs a fix' }, { by: byBruno, at: nine, newId: ids() }),
        )
        await store.write((writer) => writer.record(decision))
        assert.deepEqual((await theTicket(store, ticket.id)).branch, { state: 'asked' })
        assert.deepEqual(await sendAll(store, 1, nine), ['change', 'branch', 'note'])
        const after = await theTicket(store, ticket.id)
        assert.deepEqual(after.branch, { state: 'made', name: '1-fix', url: null })
        const events = await store.read((reader) => reader.events(ticket.id))
        const made = only(events.filter((event) => event.what.kind === 'branch-made'))
        assert.equal(made.source, `op:${decision.operations[1]?.id}`)
        assert.deepEqual(made.actor, { kind: 'agent', name: 'Bruno', username: 'bruno' })
        assert.equal((await summary(store, ticket.id)).delivery, null)
      })

      test('a branch that cannot be made is said in the ticket, and can be asked for again', async (t) => {
        const { store } = await backend.fresh(t)
        await store.write((writer) => writer.adopt([listed(numbered(1, { level: 2 }))]))
        const ticket = await theTicket(store, numbered(1).id)
        const by = { by: byBruno, at: nine, newId: ids() }
        await store.write((writer) => writer.record(decided(askForBranch(ticket, desk, by))))
        const claim = only(await claimed(store, nine))
        await done(store, claim, { kind: 'branch-missing', why: 'empty-repository' })
        const after = await theTicket(store, ticket.id)
        assert.deepEqual(after.branch, { state: 'missing', why: 'empty-repository' })
        assert.ok(after.revision > ticket.revision + 1)
      })

      test('our own changes and notes are known by their persons afterwards', async (t) => {
        const { store } = await backend.fresh(t)
        await store.write((writer) => writer.adopt([listed(numbered(1))]))
        const ticket = await theTicket(store, numbered(1).id)
        const newId = ids()
        const by = { by: byBruno, at: nine, newId }
        await store.write((writer) =>
          writer.record(decided(resolve(ticket, { answer: 'Try now', standardAnswer: '', desk }, by))),
        )
        assert.deepEqual(await store.read((reader) => reader.ownChanges(ticket.id)), [])
        await sendAll(store, 1, nine + minute)
        const change = only(await store.read((reader) => reader.ownChanges(ticket.id)))
        assert.deepEqual(change, {
          operation: change.operation,
          at: nine + minute,
          author: byBruno,
          addLabels: [],
          removeLabels: [],
          state: 'closed',
          assignee: undefined,
        })
        assert.deepEqual(await store.read((reader) => reader.ownNotes(ticket.id, nine)), [501])
        assert.deepEqual(await store.read((reader) => reader.ownNotes(ticket.id, nine + hour)), [])
      })

      test('two workers never get the same operation', async (t) => {
        const { store, another } = await backend.fresh(t)
        const newId = ids()
        await store.write(async (writer) => {
          for (let index = 0; index < 12; index++) await writer.record(opening(newId, nine + index))
        })
        const second = another ? await another() : store
        const hands = await Promise.all(
          Array.from({ length: 6 }, (_, index) => claimed(index % 2 === 0 ? store : second, nine + hour, 3)),
        )
        const taken = hands.flat().map((claim) => claim.operation.id)
        assert.equal(taken.length, 12)
        assert.equal(new Set(taken).size, 12)
      })
    })

    describe('telling people by mail', () => {
      /** Ticket 1 of GitLab with these things to be done. */
      const withToDo = async (
        store: IndexedStore,
        intents: readonly Intent[],
        newId = ids(),
        iid = 1,
      ): Promise<Ticket> => {
        await store.write((writer) =>
          writer.adopt([{ ticket: numbered(iid), events: [], readAt: nine + hour }]),
        )
        const ticket = await theTicket(store, numbered(iid).id)
        await store.write((writer) => writer.record(toDo(ticket, newId, intents)))
        return theTicket(store, ticket.id)
      }
      const settle = (store: IndexedStore, claim: Claimed, settlement: Settlement) =>
        store.write((writer) => writer.settle(claim.operation.id, claim.fence, settlement, nine))
      const stuck = (store: IndexedStore, claim: Claimed) =>
        settle(store, claim, { state: 'stuck', trouble: fails('permanent') })
      const due = (store: IndexedStore, lane?: 'gitlab' | 'mail') =>
        store.read((reader) => reader.nextDue(lane))

      test("GitLab's operations never wait for mails", async (t) => {
        const { store } = await backend.fresh(t)
        await withToDo(store, [toAna, aNote, toAna, aNote])
        const mail = only(await mailsClaimed(store, nine))
        const first = only(await claimed(store, nine))
        assert.equal(first.operation.intent.kind, 'note')
        await done(store, first, outcomeOf(first, 1))
        await settle(store, mail, { state: 'unknown', notBefore: nine + hour, trouble: fails('transient') })
        const second = only(await claimed(store, nine))
        assert.equal(second.operation.sequence, 4)
        assert.equal(second.mailThread, undefined)
      })

      test('a mail waits until GitLab knows the reply it tells of', async (t) => {
        const { store } = await backend.fresh(t)
        await withToDo(store, [aNote, toAna])
        assert.deepEqual(await mailsClaimed(store, nine), [])
        assert.equal(await due(store, 'mail'), null)
        assert.equal(await due(store), nine)
        const note = only(await claimed(store, nine))
        assert.deepEqual(await mailsClaimed(store, nine), [])
        await stuck(store, note)
        assert.deepEqual(await mailsClaimed(store, nine), [])
        await store.write((writer) => writer.retryOperation(note.operation.id, nine))
        const again = only(await claimed(store, nine))
        await done(store, again, outcomeOf(again, 1))
        assert.equal(await due(store, 'mail'), nine)
        assert.equal(await due(store), null)
        const mail = only(await mailsClaimed(store, nine))
        assert.deepEqual(mail.operation.intent, toAna)
        assert.deepEqual(await claimed(store, nine), [])
      })

      test('mails of one ticket go one after the other, those of others beside them', async (t) => {
        const { store } = await backend.fresh(t)
        const newId = ids()
        const one = await withToDo(store, [toAna, toAna], newId)
        const two = await withToDo(store, [toAna], newId, 2)
        const first = await mailsClaimed(store, nine)
        assert.deepEqual(
          first.map(({ operation }) => operation.ticketId),
          [one.id, two.id],
        )
        assert.deepEqual(await mailsClaimed(store, nine), [])
        const [mail, other] = first
        assert.ok(mail && other)
        await done(store, other, outcomeOf(other, 2))
        await settle(store, mail, { state: 'ready', notBefore: nine + hour, trouble: fails('transient') })
        assert.deepEqual(await mailsClaimed(store, nine), [])
        const later = only(await mailsClaimed(store, nine + hour))
        assert.equal(later.operation.id, mail.operation.id)
        await done(store, later, outcomeOf(later, 1))
        assert.equal(only(await mailsClaimed(store, nine)).operation.sequence, 2)
      })

      test('a mail that could not be delivered holds up no other', async (t) => {
        const { store } = await backend.fresh(t)
        const { id } = await withToDo(store, [toAna, toAna, aNote])
        await stuck(store, only(await mailsClaimed(store, nine)))
        assert.equal((await summary(store, id)).delivery, 'stuck')
        assert.equal(only(await mailsClaimed(store, nine)).operation.sequence, 2)
        assert.equal(only(await claimed(store, nine)).operation.intent.kind, 'note')
        assert.deepEqual(await store.read((reader) => reader.marked([1])), [])
      })

      test('a branch or a handing over that is stuck holds up neither GitLab nor mails', async (t) => {
        const { store } = await backend.fresh(t)
        await withToDo(store, [aBranch, toServiceDesk, aNote, toAna])
        await stuck(store, only(await claimed(store, nine)))
        const handing = only(await claimed(store, nine))
        assert.equal(handing.operation.intent.kind, 'hand-to-service-desk')
        assert.deepEqual(await mailsClaimed(store, nine), [])
        await stuck(store, handing)
        const note = only(await claimed(store, nine))
        assert.equal(note.operation.intent.kind, 'note')
        await done(store, note, outcomeOf(note, 1))
        assert.equal(only(await mailsClaimed(store, nine)).operation.intent.kind, 'mail')
      })

      test('whatever fails, each operation goes when those it waits for are settled, and not before', async (t) => {
        const { store } = await backend.fresh(t)
        const aKind = fc.constantFrom<Intent>(aNote, toAna, toAna, aBranch, toServiceDesk)
        const aStep = fc.record({
          lane: fc.constantFrom('gitlab' as const, 'mail' as const),
          end: fc.constantFrom<Settlement['state']>('done', 'done', 'ready', 'unknown', 'stuck'),
        })
        let iid = 0
        const newId = ids()
        await fc.assert(
          fc.asyncProperty(
            fc.array(aKind, { minLength: 1, maxLength: 7 }),
            fc.array(aStep, { maxLength: 14 }),
            async (intents, steps) => {
              iid++
              const ticket = await withToDo(store, intents, newId, iid)
              const states: Settlement['state'][] = intents.map(() => 'ready')
              const isMail = (index: number) => intents[index]?.kind === 'mail'
              const next = (lane: 'gitlab' | 'mail'): number => {
                const first = intents.findIndex((_, index) => {
                  if (isMail(index) !== (lane === 'mail')) return false
                  if (states[index] === 'done' || states[index] === 'stuck') return false
                  return intents.slice(0, index).every((earlier, place) => {
                    if (states[place] === 'done') return true
                    if (isMail(place)) return lane === 'gitlab' || states[place] === 'stuck'
                    return states[place] === 'stuck' && /^(branch|hand)/.test(earlier.kind)
                  })
                })
                return first
              }
              for (const { lane, end } of steps) {
                const place = next(lane)
                const [claim, ...more] = await store.write((writer) =>
                  writer.claim({ now: nine, leaseMs, limit: 5, lane }),
                )
                assert.deepEqual(more, [])
                assert.equal(claim?.operation.sequence ?? 0, place + 1)
                assert.equal((await due(store, lane)) === null, place === -1)
                if (!claim) continue
                states[place] = end
                const trouble = fails('transient')
                await settle(
                  store,
                  claim,
                  end === 'done'
                    ? { state: end, outcome: outcomeOf(claim, iid) }
                    : end === 'stuck'
                      ? { state: end, trouble }
                      : { state: end, notBefore: nine, trouble },
                )
              }
              const open = states.some((state, index) => !isMail(index) && !/done|stuck/.test(state))
              const title = 'Changed in GitLab'
              const { events, readAt } = { events: [], readAt: nine + hour }
              await store.write((writer) =>
                writer.adopt([{ ticket: numbered(iid, { title }), events, readAt }]),
              )
              assert.equal((await theTicket(store, ticket.id)).title === title, !open)
              const expected = states.every((state) => state === 'done')
                ? null
                : states.includes('stuck')
                  ? 'stuck'
                  : states.includes('unknown')
                    ? 'unknown'
                    : 'queued'
              assert.equal((await summary(store, ticket.id)).delivery, expected)
              // Out of the way of the next run.
              for (;;) {
                const rest = await store.read((reader) => reader.operations(ticket.id))
                if (rest.length === 0) break
                for (const { id, state } of rest)
                  if (state === 'stuck') await store.write((writer) => writer.dropOperation(id, nine))
                for (const lane of ['gitlab', 'mail'] as const)
                  for (const claim of await store.write((writer) =>
                    writer.claim({ now: nine + hour, leaseMs, limit: 50, lane }),
                  ))
                    await done(store, claim, outcomeOf(claim, iid))
              }
            },
          ),
          { numRuns: backend.runs },
        )
      })

      test('a mail under way keeps no pull from its ticket, and is seen on it', async (t) => {
        const { store } = await backend.fresh(t)
        const { id, revision } = await withToDo(store, [toAna])
        assert.equal((await summary(store, id)).delivery, 'queued')
        const title = 'Changed in GitLab'
        assert.equal(await store.write((writer) => writer.adopt([listed(numbered(1, { title }))])), 1)
        assert.equal((await theTicket(store, id)).title, title)
        assert.equal((await summary(store, id)).delivery, 'queued')
        await store.write((writer) =>
          writer.adopt([{ ticket: numbered(1, { title }), events: [], readAt: nine + hour }]),
        )
        const mail = only(await mailsClaimed(store, nine))
        await done(store, mail, outcomeOf(mail, 1))
        assert.equal((await summary(store, id)).delivery, null)
        assert.ok((await theTicket(store, id)).revision > revision)
        // A mail tells GitLab nothing: there is nothing new to be read.
        assert.deepEqual(await store.read((reader) => reader.marked([1])), [])
      })

      test('given up or not delivered, a mail gives no reason to read its ticket again', async (t) => {
        const { store } = await backend.fresh(t)
        await withToDo(store, [toAna])
        const mail = only(await mailsClaimed(store, nine))
        await stuck(store, mail)
        assert.equal(await store.write((writer) => writer.dropOperation(mail.operation.id, nine)), true)
        assert.deepEqual(await store.read((reader) => reader.marked([1])), [])
        assert.equal((await summary(store, numbered(1).id)).delivery, null)
      })

      test('mails of a ticket that is gone are sent by nobody but by a lead', async (t) => {
        const { store } = await backend.fresh(t)
        const newId = ids()
        await withToDo(store, [toAna, toAna], newId)
        const sending = only(await mailsClaimed(store, nine))
        const gone = numbered(1, { gone: { why: 'deleted' }, state: 'resolved' })
        await store.write((writer) => writer.adopt([{ ticket: gone, events: [], readAt: nine + 2 * hour }]))
        const states = async () =>
          (await store.read((reader) => reader.operations(gone.id))).map(({ state, trouble }) => [
            state,
            trouble?.code,
          ])
        assert.deepEqual(await states(), [
          ['sending', undefined],
          ['stuck', 'gone'],
        ])
        await settle(store, sending, { state: 'ready', notBefore: nine, trouble: fails('transient') })
        assert.deepEqual(await states(), [
          ['stuck', 'gone'],
          ['stuck', 'gone'],
        ])
        assert.equal(await due(store, 'mail'), null)
        await store.write((writer) => writer.retryOperation(sending.operation.id, nine))
        const mail = only(await mailsClaimed(store, nine))
        assert.equal(await done(store, mail, outcomeOf(mail, 1)), true)
      })

      test('a ticket that Service Desk took over says so, and is read again', async (t) => {
        const { store } = await backend.fresh(t)
        const { id, requester } = await withToDo(store, [toServiceDesk, aNote])
        const handing = only(await claimed(store, nine))
        await done(store, handing, outcomeOf(handing, 1))
        const after = await theTicket(store, id)
        assert.deepEqual(after.requester, { ...requester, serviceDesk: true })
        assert.deepEqual(await store.read((reader) => reader.marked([1])), [1])
        await sendAll(store, 1, nine)
        const { revision } = await theTicket(store, id)
        const told = { ...numbered(1), requester: { ...numbered(1).requester, serviceDesk: true as const } }
        await store.write((writer) => writer.adopt([{ ticket: told, events: [], readAt: nine + hour }]))
        assert.equal((await theTicket(store, id)).revision, revision)
        assert.deepEqual(await found(store, 'screen'), [1])
      })

      test('where there is no Service Desk the ticket stays as it was', async (t) => {
        const { store } = await backend.fresh(t)
        const { id, requester } = await withToDo(store, [toServiceDesk])
        await done(store, only(await claimed(store, nine)), { kind: 'handed-to-service-desk', to: null })
        assert.deepEqual((await theTicket(store, id)).requester, requester)
      })

      test("the requester's language is kept, and a pull that says the same changes nothing", async (t) => {
        const { store } = await backend.fresh(t)
        const requester = { ...ana, language: 'de' as const }
        const decision = opening(ids())
        const ticket = { ...decision.ticket, requester }
        await store.write((writer) => writer.record({ ...decision, ticket }))
        assert.deepEqual((await theTicket(store, ticket.id)).requester, requester)
        await sendAll(store, 1, nine)
        const known = await theTicket(store, ticket.id)
        const { name, email, username, language } = requester
        // As the marker tells it: the parts may come in any order.
        const read = { ...known, revision: 0, requester: { language, username, email, name } }
        assert.equal(await store.write((writer) => writer.adopt([listed(read)])), 0)
      })

      test('a mail hangs on the mails that came in: on the first, and on the newest of many', async (t) => {
        const { store } = await backend.fresh(t)
        const { id } = await withToDo(store, [toAna, toAna])
        const cameIn = async (index: number, state: 'opened' | 'appended' | 'bounced' | 'ignored') => {
          const place = { mailbox: 'INBOX', uidValidity: '1', uid: String(index) }
          await store.write(async (writer) => {
            const receivedAt = nine + index
            await writer.receiveMail({ id: `m${index}`, place, receivedAt, source: Uint8Array.of(1) })
            const messageId = `${index}@school.example`
            await writer.settleMail(`m${index}`, { state, reason: 'new', messageId, ticketId: id })
          })
        }
        await cameIn(2, 'appended')
        await cameIn(1, 'opened')
        await cameIn(3, 'bounced')
        await cameIn(4, 'ignored')
        const first = only(await mailsClaimed(store, nine))
        assert.deepEqual(first.mailThread, ['1@school.example', '2@school.example'])
        await done(store, first, outcomeOf(first, 1))
        for (let index = 5; index <= 15; index++) await cameIn(index, 'appended')
        const second = only(await mailsClaimed(store, nine))
        assert.deepEqual(
          second.mailThread,
          [1, 7, 8, 9, 10, 11, 12, 13, 14, 15].map((index) => `${index}@school.example`),
        )
      })

      test('a ticket that takes over its double takes over its mails', async (t) => {
        const { store } = await backend.fresh(t)
        const newId = ids()
        const decision = opening(newId)
        const { id } = decision.ticket
        await store.write((writer) => writer.record(decision))
        const claim = only(await claimed(store, nine))
        await withToDo(store, [toAna], newId, 7)
        const place = { mailbox: 'INBOX', uidValidity: '1', uid: '1' }
        await store.write(async (writer) => {
          await writer.receiveMail({ id: 'm1', place, receivedAt: nine, source: Uint8Array.of(1) })
          await writer.settleMail('m1', { state: 'appended', reason: 'by-token', ticketId: numbered(7).id })
        })
        await done(store, claim, outcomeOf(claim, 7))
        assert.deepEqual(
          (await store.read((reader) => reader.mailsOf(id))).map((mail) => mail.id),
          ['m1'],
        )
        assert.equal(only(await mailsClaimed(store, nine)).operation.ticketId, id)
      })

      test('a ticket that a mail names keeps its id when its marker becomes readable', async (t) => {
        const { store } = await backend.fresh(t)
        await store.write((writer) => writer.adopt([listed(numbered(1))]))
        const place = { mailbox: 'INBOX', uidValidity: '1', uid: '1' }
        await store.write(async (writer) => {
          await writer.receiveMail({ id: 'm1', place, receivedAt: nine, source: Uint8Array.of(1) })
          await writer.settleMail('m1', { state: 'appended', reason: 'unverified', ticketId: numbered(1).id })
        })
        const readable = numbered(1, { id: '0197f000-0000-7000-8000-000000000001', source: 'form' })
        await store.write((writer) => writer.adopt([listed(readable)]))
        assert.equal((await store.read((reader) => reader.ticket({ iid: 1 })))?.id, numbered(1).id)
      })

      test('a rebuild forgets no mail under way', async (t) => {
        const { store } = await backend.fresh(t)
        await withToDo(store, [toAna])
        await store.dropIndex()
        assert.equal(only(await mailsClaimed(store, nine)).ticket.iid, 1)
      })
    })

    keepsMails(backend)

    describe('taking over what GitLab says', () => {
      test('a ticket of GitLab is here as it is there', async (t) => {
        const { store } = await backend.fresh(t)
        const ticket = numbered(5, {
          assignee: 'carla',
          branch: { state: 'made', name: '5-x', url: 'http://x' },
        })
        assert.equal(await store.write((writer) => writer.adopt([listed(ticket)])), 1)
        assert.deepEqual(await store.read((reader) => reader.ticket({ iid: 5 })), { ...ticket, revision: 1 })
      })

      test('what is equal already keeps its revision and counts for nothing', async (t) => {
        const { store } = await backend.fresh(t)
        const tickets = [1, 2, 3].map((iid) => numbered(iid))
        await store.write((writer) => writer.adopt(tickets.map(listed)))
        const version = await store.version()
        assert.equal(await store.write((writer) => writer.adopt(tickets.map(listed))), 0)
        assert.equal(await store.version(), version)
        const moved = tickets.map((ticket) => (ticket.iid === 2 ? { ...ticket, level: 2 } : ticket))
        assert.equal(await store.write((writer) => writer.adopt(moved.map(listed))), 1)
        assert.equal((await theTicket(store, numbered(2).id)).revision, 2)
        assert.equal((await theTicket(store, numbered(1).id)).revision, 1)
        assert.ok((await store.version()) > version)
      })

      test('a ticket with operations under way is left as it is, and read again afterwards', async (t) => {
        const { store } = await backend.fresh(t)
        const read = { ticket: numbered(1), events: [], readAt: nine + hour }
        await store.write((writer) => writer.adopt([read]))
        assert.deepEqual(await store.read((reader) => reader.unread(5, nine + hour)), [])
        const ticket = await theTicket(store, numbered(1).id)
        const decision = decided(
          escalate(ticket, { desk, from: 1, reason: 'Needs a fix' }, { by: byBruno, at: nine, newId: ids() }),
        )
        await store.write((writer) => writer.record(decision))
        const stale = { ...numbered(1), title: 'Changed in GitLab' }
        assert.equal(await store.write((writer) => writer.adopt([listed(stale)])), 0)
        assert.equal((await theTicket(store, ticket.id)).level, 2)
        assert.equal((await theTicket(store, ticket.id)).title, ticket.title)
        assert.deepEqual(await store.read((reader) => reader.unread(5, nine + hour)), [])
        await sendAll(store, 1, nine + hour)
        assert.deepEqual(await store.read((reader) => reader.unread(5, nine + hour)), [
          { iid: 1, id: ticket.id },
        ])
        assert.equal(await store.write((writer) => writer.adopt([listed(stale)])), 1)
      })

      test('a reading begun before our copy changed is not believed, and done again', async (t) => {
        const { store } = await backend.fresh(t)
        const readAt = nine + 10 * hour
        const adopt = (ticket: Ticket) =>
          store.write((writer) => writer.adopt([{ ticket, events: [], readAt }]))
        await adopt(numbered(1))
        const before = await theTicket(store, numbered(1).id)
        await adopt({ ...before, title: 'Newer' })
        assert.deepEqual(await store.read((reader) => reader.unread(1, readAt)), [])
        assert.equal(await adopt({ ...before, title: 'Older' }), 0)
        assert.equal((await theTicket(store, before.id)).title, 'Newer')
        assert.equal(only(await store.read((reader) => reader.unread(1, readAt))).iid, 1)
      })

      test('the timeline becomes what GitLab tells, but what GitLab does not know yet stays', async (t) => {
        const { store } = await backend.fresh(t)
        const ticket = numbered(1)
        const events = [
          repliedBy(ticket, 'note:1', nine + minute, 'One'),
          repliedBy(ticket, 'note:2', nine + hour, 'Two'),
        ]
        const inFull = (given: TicketEvent[]): Adopted => ({ ticket, events: given, readAt: nine })
        assert.equal(await store.write((writer) => writer.adopt([inFull(events)])), 1)
        assert.deepEqual(await store.read((reader) => reader.events(ticket.id)), events)
        assert.equal((await summary(store, ticket.id)).replies, 2)
        assert.equal(await store.write((writer) => writer.adopt([inFull(events)])), 0)

        const note = decided(
          reply(await theTicket(store, ticket.id), 'Mine', { by: byBruno, at: nine, newId: ids() }),
        )
        await store.write((writer) => writer.record(note))
        const claim = only(await claimed(store, nine))
        await store.write((writer) =>
          writer.settle(
            claim.operation.id,
            claim.fence,
            { state: 'stuck', trouble: fails('permanent') },
            nine,
          ),
        )
        assert.equal(await store.write((writer) => writer.adopt([inFull(events.slice(0, 1))])), 1)
        assert.deepEqual(await sources(store, ticket.id), [`op:${claim.operation.id}`, 'note:1'])
        assert.equal((await summary(store, ticket.id)).replies, 2)

        await store.write((writer) => writer.dropOperation(claim.operation.id, nine))
        assert.equal(await store.write((writer) => writer.adopt([inFull(events.slice(1))])), 1)
        assert.deepEqual(await sources(store, ticket.id), ['note:2'])
        assert.equal((await summary(store, ticket.id)).replies, 1)
        assert.equal(await store.write((writer) => writer.adopt([listed(ticket)])), 0)
        assert.deepEqual(await sources(store, ticket.id), ['note:2'])
      })

      test('a ticket whose instant of opening GitLab corrects keeps its timeline and is found', async (t) => {
        const { store } = await backend.fresh(t)
        const ticket = numbered(1)
        const events = [repliedBy(ticket, 'note:1', nine + hour, 'Unplugged')]
        await store.write((writer) => writer.adopt([{ ticket, events, readAt: nine }, listed(numbered(2))]))
        const later = { ...ticket, openedAt: nine + 10 * hour }
        await store.write((writer) => writer.adopt([listed(later)]))
        assert.deepEqual(await sources(store, ticket.id), ['note:1'])
        assert.deepEqual(await found(store, 'unplugged'), [1])
        assert.deepEqual(iidsOf(await walk(store, aQuery())), [1, 2])
      })

      test('tickets opened in the same instant are all there', async (t) => {
        const { store } = await backend.fresh(t)
        const tickets = [1, 2, 1025, 1026, 2049].map((iid) => numbered(iid, { openedAt: nine }))
        await store.write((writer) => writer.adopt(tickets.map(listed)))
        assert.deepEqual(
          new Set(iidsOf(await walk(store, aQuery({ limit: 2 })))),
          new Set([1, 2, 1025, 1026, 2049]),
        )
      })

      test('our ticket, seen by a poll before its sending is settled, stays one ticket', async (t) => {
        const { store } = await backend.fresh(t)
        const decision = opening(ids())
        const { id } = decision.ticket
        await store.write((writer) => writer.record(decision))
        const claim = only(await claimed(store, nine))
        const seen = numbered(7, { id, source: 'form' })
        assert.equal(await store.write((writer) => writer.adopt([listed(seen)])), 0)
        await done(store, claim, outcomeOf(claim, 7))
        assert.equal((await theTicket(store, id)).iid, 7)
        assert.equal((await store.read((reader) => reader.counts(null))).all, 1)
      })

      test('where the poll could not read its marker, ours survives and takes over the other', async (t) => {
        const { store } = await backend.fresh(t)
        const newId = ids()
        const decision = opening(newId)
        const { id } = decision.ticket
        await store.write((writer) => writer.record(decision))
        const claim = only(await claimed(store, nine))
        const stray = numbered(7)
        await store.write((writer) => writer.adopt([listed(stray)]))
        const theirs = await theTicket(store, stray.id)
        await store.write((writer) =>
          writer.record(decided(reply(theirs, 'Hello', { by: byBruno, at: nine, newId })), { key: 'k' }),
        )
        await done(store, claim, outcomeOf(claim, 7))
        assert.equal((await theTicket(store, id)).iid, 7)
        assert.equal(await store.read((reader) => reader.ticket({ id: stray.id })), null)
        assert.equal(await store.read((reader) => reader.formKey('k')), id)
        const note = only(await claimed(store, nine))
        assert.equal(note.operation.ticketId, id)
        assert.equal(note.ticket.iid, 7)
        assert.equal((await store.read((reader) => reader.counts(null))).all, 1)
        assert.deepEqual(await found(store, 'screen'), [7])
      })

      test('a marker that becomes readable gives the ticket its own id, unless the old one is in use', async (t) => {
        const { store } = await backend.fresh(t)
        await store.write((writer) => writer.adopt([listed(numbered(1)), listed(numbered(2))]))
        const used = await theTicket(store, numbered(2).id)
        await store.write((writer) =>
          writer.record(decided(reply(used, 'Hello', { by: byBruno, at: nine, newId: ids() }))),
        )
        await sendAll(store, 2, nine)
        const own = (iid: number) =>
          numbered(iid, { id: `0197f000-0000-7000-8000-00000000000${iid}`, source: 'form' })
        await store.write((writer) => writer.adopt([listed(own(1)), listed(own(2))]))
        assert.equal((await store.read((reader) => reader.ticket({ iid: 1 })))?.id, own(1).id)
        assert.equal((await store.read((reader) => reader.ticket({ iid: 2 })))?.id, numbered(2).id)
        assert.equal(await store.read((reader) => reader.ticket({ id: numbered(1).id })), null)
      })

      test('an issue with a copied marker is a ticket of its own, the same at every reading', async (t) => {
        const { store } = await backend.fresh(t)
        const copy = numbered(2, { id: numbered(1).id })
        await store.write((writer) => writer.adopt([listed(numbered(1)), listed(copy)]))
        assert.equal((await theTicket(store, numbered(1).id)).iid, 1)
        const other = await store.read((reader) => reader.ticket({ iid: 2 }))
        assert.ok(other && other.id !== numbered(1).id)
        assert.equal(await store.write((writer) => writer.adopt([listed(copy), listed(numbered(1))])), 0)
        await store.dropIndex()
        await store.write((writer) => writer.adopt([listed(numbered(1)), listed(copy)]))
        assert.equal((await store.read((reader) => reader.ticket({ iid: 2 })))?.id, other.id)
      })
    })

    describe('what to read next', () => {
      const order = async (store: IndexedStore, now: number) =>
        (await store.read((reader) => reader.unread(10, now))).map(({ iid }) => iid)

      test('marked tickets first, then open ones, then resolved ones, newest first', async (t) => {
        const { store } = await backend.fresh(t)
        const resolved = { state: 'resolved', resolvedAt: nine, awaitingSince: null } as const
        await store.write((writer) =>
          writer.adopt([
            listed(numbered(1)),
            listed(numbered(2, resolved)),
            listed(numbered(3)),
            listed(numbered(4, resolved)),
            { ticket: numbered(5, resolved), events: [], readAt: nine + 10 * hour },
          ]),
        )
        assert.deepEqual(await order(store, nine), [3, 1, 4, 2])
        assert.equal((await store.read((reader) => reader.backlog())).unread, 4)
        await store.write((writer) => writer.markUnread([2, 5, 999]))
        assert.deepEqual(await order(store, nine), [5, 2, 3, 1, 4])
        assert.deepEqual((await store.read((reader) => reader.unread(2, nine))).length, 2)
      })

      test('read too soon after a change means once more when GitLab has settled, not before', async (t) => {
        const { store } = await backend.fresh(t)
        const ticket = numbered(1, { changedAt: nine })
        const readAt = (at: number): Adopted => ({ ticket, events: [], readAt: at })
        await store.write((writer) => writer.adopt([readAt(nine + 5 * second)]))
        assert.deepEqual(await order(store, nine + 64_999), [])
        assert.deepEqual(await order(store, nine + 65_000), [1])
        await store.write((writer) => writer.adopt([readAt(nine + 65_000)]))
        assert.deepEqual(await order(store, nine + hour), [])
        await store.write((writer) => writer.adopt([listed({ ...ticket, changedAt: nine + hour })]))
        assert.deepEqual(await order(store, nine + hour), [1])
      })

      test('a GitLab whose clock goes ahead of ours is not read over and over', async (t) => {
        const { store } = await backend.fresh(t)
        const ticket = numbered(1, { changedAt: nine + hour })
        await store.write((writer) => writer.adopt([{ ticket, events: [], readAt: nine }]))
        assert.deepEqual(await order(store, nine + second), [])
        assert.deepEqual(await order(store, nine + hour + 65 * second), [1])
      })

      test('those that are marked are known until they were read', async (t) => {
        const { store } = await backend.fresh(t)
        const marks = () => store.read((reader) => reader.marked([1, 2, 3, 4]))
        await store.write(async (writer) => {
          await writer.adopt([1, 2, 3].map((iid) => listed(numbered(iid))))
          await writer.markUnread([1, 3, 4])
        })
        assert.deepEqual([...(await marks())].sort(), [1, 3])
        await store.write((writer) =>
          writer.adopt([{ ...listed(numbered(3)), events: [], readAt: nine + hour }]),
        )
        assert.deepEqual(await marks(), [1])
        assert.deepEqual(await store.read((reader) => reader.marked([])), [])
      })

      test('a ticket that GitLab does not have yet cannot be read', async (t) => {
        const { store } = await backend.fresh(t)
        await store.write((writer) => writer.record(opening(ids())))
        assert.deepEqual(await order(store, nine + hour), [])
      })
    })

    describe('the dashboard', () => {
      const aCrowd = fc
        .array(
          fc.record({
            level: fc.integer({ min: 1, max: 2 }),
            state: fc.constantFrom('open', 'waiting', 'resolved' as const),
            assignee: fc.constantFrom(null, 'bruno', 'carla'),
            category: fc.constantFrom(null, 'Hardware', 'Gitlab Account'),
            // Few distinct instants: many tickets share their place in the queue.
            at: fc.integer({ min: 0, max: 6 }),
            ours: fc.boolean(),
          }),
          { maxLength: 40 },
        )
        .map((crowd) =>
          crowd.map(({ level, state, assignee, category, at, ours }, index) =>
            numbered(index + 1, {
              level,
              state,
              assignee,
              category,
              openedAt: nine + at * minute,
              changedAt: nine + ((at * 3) % 7) * minute,
              awaitingSince: state === 'open' && ours ? nine + at * minute : null,
              resolvedAt: state === 'resolved' ? nine + ((at * 5) % 4) * minute : null,
            }),
          ),
        )

      const aFilter = fc.record({
        view: fc.constantFrom<View>('level-1', 'level-2', 'mine', 'unassigned', 'waiting', 'resolved', 'all'),
        me: fc.constantFrom('bruno', null),
        level: fc.constantFrom(null, null, 1, 2),
        category: fc.constantFrom(null, null, 'Hardware'),
        state: fc.constantFrom(null, null, 'open', 'waiting', 'resolved' as const),
        assignee: fc.constantFrom(null, null, '', 'carla'),
        limit: fc.integer({ min: 1, max: 7 }),
      })

      const wanted = (ticket: Ticket, query: Partial<TicketQuery> & { view: View; me: string | null }) => {
        const { view, me, level, category, state, assignee } = query
        const place =
          view === 'mine'
            ? me !== null && ticket.assignee === me
            : view === 'unassigned'
              ? ticket.assignee === null
              : view.startsWith('level-')
                ? ticket.level === Number(view.slice(6))
                : true
        const states =
          view === 'all'
            ? ['open', 'waiting', 'resolved']
            : view === 'mine'
              ? ['open', 'waiting']
              : view === 'waiting' || view === 'resolved'
                ? [view]
                : ['open']
        return (
          place &&
          (state ? ticket.state === state : states.includes(ticket.state)) &&
          (level ?? ticket.level) === ticket.level &&
          (category ?? ticket.category) === ticket.category &&
          (assignee ?? ticket.assignee ?? '') === (ticket.assignee ?? '')
        )
      }

      const byQueue = (a: Ticket, b: Ticket) =>
        queuePosition(a) - queuePosition(b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
      const byResolution = (a: Ticket, b: Ticket) =>
        (b.resolvedAt ?? 0) - (a.resolvedAt ?? 0) || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0)

      test('walking all pages shows each ticket of the view once and in order, and so does walking back', async (t) => {
        const { store } = await backend.fresh(t)
        await fc.assert(
          fc.asyncProperty(aCrowd, aFilter, async (crowd, filter) => {
            await store.dropIndex()
            await store.write((writer) => writer.adopt(crowd.map(listed)))
            const query = aQuery(filter)
            const pages = await walk(store, query)
            for (const page of pages.slice(0, -1)) assert.equal(page.tickets.length, filter.limit)
            const shown = pages.flatMap((page) => page.tickets)
            const expected = crowd.filter((ticket) => wanted(ticket, filter))
            if (filter.view === 'all') {
              assert.deepEqual(
                shown.map((ticket) => ticket.openedAt),
                expected.map((ticket) => ticket.openedAt).sort((a, b) => b - a),
              )
              assert.deepEqual(
                shown.map((ticket) => ticket.id).sort(),
                expected.map((ticket) => ticket.id).sort(),
              )
            } else {
              const order =
                (filter.state ?? (filter.view === 'resolved' ? 'resolved' : null)) === 'resolved'
                  ? byResolution
                  : byQueue
              assert.deepEqual(
                shown.map((ticket) => ticket.iid),
                expected.sort(order).map((ticket) => ticket.iid),
              )
            }
            const last = pages.at(-1)
            assert.ok(last)
            assert.equal(pages[0]?.previous, null)
            assert.deepEqual(iidsOf(await walkBack(store, query, last)), iidsOf(pages))
          }),
          { numRuns: backend.runs },
        )
      })

      test('the counts are what counting would say, after any changes', async (t) => {
        const { store } = await backend.fresh(t)
        await fc.assert(
          fc.asyncProperty(aCrowd, aCrowd, async (crowd, later) => {
            await store.dropIndex()
            const now = new Map<number | null, Ticket>()
            for (const tickets of [crowd, later]) {
              await store.write((writer) => writer.adopt(tickets.map(listed)))
              for (const ticket of tickets) now.set(ticket.iid, ticket)
            }
            const all = [...now.values()]
            const of = (test: (ticket: Ticket) => boolean) => all.filter(test).length
            assert.deepEqual(await store.read((reader) => reader.counts('bruno')), {
              levels: [1, 2].map((level) => of((one) => one.state === 'open' && one.level === level)),
              mine: of((one) => one.state !== 'resolved' && one.assignee === 'bruno'),
              unassigned: of((one) => one.state === 'open' && one.assignee === null),
              waiting: of((one) => one.state === 'waiting'),
              resolved: of((one) => one.state === 'resolved'),
              all: all.length,
            })
            assert.equal((await store.read((reader) => reader.backlog())).unread, all.length)
          }),
          { numRuns: backend.runs },
        )
      })

      test('a page turned while tickets move on shows none twice', async (t) => {
        const { store } = await backend.fresh(t)
        await store.write((writer) => writer.adopt([1, 2, 3, 4].map((iid) => listed(numbered(iid)))))
        const query = aQuery({ view: 'level-1', limit: 2 })
        const first = await store.read((reader) => reader.page(query))
        await store.write((writer) =>
          writer.adopt([listed(numbered(1, { state: 'resolved', resolvedAt: nine, awaitingSince: null }))]),
        )
        const second = await store.read((reader) => reader.page({ ...query, cursor: first.next }))
        assert.deepEqual(iidsOf([first, second]), [1, 2, 3, 4])
      })

      test('a broken address shows the first page', async (t) => {
        const { store } = await backend.fresh(t)
        await store.write((writer) => writer.adopt([1, 2].map((iid) => listed(numbered(iid)))))
        const encoded = (told: unknown) => Buffer.from(JSON.stringify(told)).toString('base64url')
        const cursors = [
          'nonsense',
          '%%%',
          encoded(null),
          encoded({ order: 'queue', to: 'next', at: 1e300, id: '' }),
          encoded({ order: 'queue', to: 'next', at: 0, id: 'a\0b' }),
          encoded({ order: 'opened', to: 'next', at: Number.MAX_SAFE_INTEGER, id: '' }),
          'x'.repeat(10_000),
        ]
        for (const cursor of cursors) {
          const page = await store.read((reader) => reader.page(aQuery({ view: 'level-1', cursor })))
          assert.deepEqual(iidsOf([page]), [1, 2])
        }
      })

      test('nobody in particular has no tickets of their own', async (t) => {
        const { store } = await backend.fresh(t)
        await store.write((writer) => writer.adopt([listed(numbered(1))]))
        for (const me of [null, ''])
          assert.deepEqual(iidsOf(await walk(store, aQuery({ view: 'mine', me }))), [])
        assert.equal((await store.read((reader) => reader.counts(null))).mine, 0)
      })

      test('a category, name or level made of query syntax is only a category, name or level', async (t) => {
        const { store } = await backend.fresh(t)
        const evil = `'; drop table tickets; --`
        await store.write((writer) =>
          writer.adopt([listed(numbered(1, { category: evil, assignee: evil })), listed(numbered(2))]),
        )
        assert.deepEqual(iidsOf(await walk(store, aQuery({ category: evil }))), [1])
        assert.deepEqual(iidsOf(await walk(store, aQuery({ view: 'mine', me: evil }))), [1])
        assert.deepEqual(iidsOf(await walk(store, aQuery({ view: 'level-x' as unknown as View }))), [])
        assert.equal((await store.read((reader) => reader.counts(evil))).mine, 1)
      })
    })

    describe('searching', () => {
      const crowd = async (t: TestContext) => {
        const { store } = await backend.fresh(t)
        const noted = numbered(4, { title: 'Coffee machine', text: '' })
        await store.write((writer) =>
          writer.adopt([
            listed(numbered(1, { title: 'Écran CASSÉ', text: 'La salle 12 est concernée.' })),
            listed(numbered(2, { title: 'Printer', text: 'jammed, see foo-bar@x.example' })),
            listed(
              numbered(3, {
                title: 'Login',
                text: '',
                requester: { name: 'Zoë Müller', email: 'zoe@school.example', username: null },
              }),
            ),
            {
              ticket: noted,
              events: [
                repliedBy(noted, 'note:1', nine, 'We ordered a gasket'),
                {
                  ...repliedBy(noted, 'note:2', nine, ''),
                  what: { kind: 'noted', text: 'Supplier is slow' },
                },
                {
                  ...repliedBy(noted, 'note:3', nine, ''),
                  what: { kind: 'escalated', from: 1, to: 2, reason: 'Needs plumbing' },
                },
              ],
              readAt: nine,
            },
          ]),
        )
        return store
      }

      test('titles, texts, requesters, replies, notes and reasons are searched', async (t) => {
        const store = await crowd(t)
        assert.deepEqual(await found(store, 'printer'), [2])
        assert.deepEqual(await found(store, 'concernée'), [1])
        assert.deepEqual(await found(store, 'zoe@school.example'), [3])
        assert.deepEqual(await found(store, 'muller'), [3])
        assert.deepEqual(await found(store, 'gasket'), [4])
        assert.deepEqual(await found(store, 'supplier'), [4])
        assert.deepEqual(await found(store, 'plumbing'), [4])
      })

      test('letter case and accents do not matter, and the last word may be half typed', async (t) => {
        const store = await crowd(t)
        assert.deepEqual(await found(store, 'ecran casse'), [1])
        assert.deepEqual(await found(store, 'ÉCRAN cas'), [1])
        assert.deepEqual(await found(store, 'cas ecran'), [], 'only the last one')
        assert.deepEqual(await found(store, 'jammed nothing'), [])
      })

      test('a number finds its ticket, before all that only mention it', async (t) => {
        const store = await crowd(t)
        await store.write((writer) => writer.adopt([listed(numbered(12, { title: 'Room 12' }))]))
        await store.write((writer) => writer.adopt([listed(numbered(13, { title: 'Room 12 again' }))]))
        for (const words of ['12', '#12', ' 12 ']) {
          assert.deepEqual(await found(store, words), [12, 13, 1], words)
          for (const limit of [1, 2, 3]) {
            const query = aQuery({ words, limit })
            const pages = await walk(store, query)
            assert.deepEqual(iidsOf(pages), [12, 13, 1])
            const last = pages.at(-1)
            assert.ok(last)
            assert.deepEqual(iidsOf(await walkBack(store, query, last)), [12, 13, 1], `${words} by ${limit}`)
          }
        }
        assert.deepEqual(await found(store, '99999999999999999999'), [])
        assert.deepEqual(await found(store, '12', { category: 'Gitlab Account' }), [])
      })

      test('nothing a person types is query syntax', async (t) => {
        const store = await crowd(t)
        for (const words of [
          '"',
          '" OR "',
          'printer" OR "login',
          '*',
          'NEAR(a b)',
          'printer AND',
          'words:x',
          '-',
          "'",
          "' | '",
          ':*',
          '\\',
          '(',
          'a\0b',
          '\ud800',
          '!!!',
          '&',
        ])
          assert.ok(Array.isArray(await found(store, words)), words)
        assert.deepEqual(await found(store, 'printer" OR "login'), [])
        assert.deepEqual(await found(store, 'foo-bar'), [2])
      })

      test('what is left for later is searched once its words are known, the newest first', async (t) => {
        const { store } = await backend.fresh(t)
        const aged = (iid: number, title: string) =>
          listed(numbered(iid, { title, openedAt: nine + iid, changedAt: nine + iid }))
        const index = (limit: number) => store.write((writer) => writer.indexWords(limit))
        const due = async () => (await store.read((reader) => reader.backlog())).unsearched
        await store.write((writer) =>
          writer.adopt([aged(1, 'Old screen'), aged(2, 'New screen'), aged(3, 'Newest screen')], {
            wordsLater: true,
          }),
        )
        assert.deepEqual(await found(store, 'screen'), [])
        assert.deepEqual(await found(store, '2'), [2], 'a number is no word')
        assert.equal(await due(), 3)
        assert.equal(await index(1), 1)
        assert.deepEqual(await found(store, 'screen'), [3])
        // Whoever changes one meanwhile finds it at once.
        await store.write((writer) => writer.adopt([aged(1, 'Old monitor')]))
        assert.deepEqual(await found(store, 'monitor'), [1])
        assert.equal(await due(), 1)
        assert.equal(await index(100), 1)
        assert.equal(await index(100), 0)
        assert.equal(await due(), 0)
        assert.deepEqual(await found(store, 'screen'), [3, 2])
      })

      test('a ticket that is listed twice or opened at another time is searched once, and none is left over', async (t) => {
        const { store } = await backend.fresh(t)
        const at = (iid: number, title: string, openedAt: number) =>
          listed(numbered(iid, { title, openedAt, changedAt: openedAt }))
        await store.write((writer) =>
          writer.adopt([at(1, 'First lamp', nine), at(1, 'Second lamp', nine + 1), at(2, 'Lamp', nine)], {
            wordsLater: true,
          }),
        )
        await store.write((writer) => writer.adopt([at(2, 'Lamp', nine + 5)]))
        await store.write((writer) => writer.indexWords(100))
        assert.deepEqual(await found(store, 'lamp'), [2, 1])
        assert.deepEqual(await found(store, 'first'), [])
        assert.equal((await store.read((reader) => reader.backlog())).unsearched, 0)
        await store.write((writer) => writer.adopt([at(3, 'Lamp', nine)], { wordsLater: true }))
        await store.dropIndex()
        assert.equal((await store.read((reader) => reader.backlog())).unsearched, 0)
        assert.equal(await store.write((writer) => writer.indexWords(100)), 0)
      })

      test('a search obeys the view and its filters, newest opened first', async (t) => {
        const { store } = await backend.fresh(t)
        await store.write((writer) =>
          writer.adopt(
            [1, 2, 3, 4, 5, 6].map((iid) =>
              listed(numbered(iid, { level: iid % 2 === 0 ? 2 : 1, assignee: iid > 3 ? 'bruno' : null })),
            ),
          ),
        )
        assert.deepEqual(await found(store, 'screen'), [6, 5, 4, 3, 2, 1])
        assert.deepEqual(await found(store, 'screen', { view: 'level-2' }), [6, 4, 2])
        assert.deepEqual(await found(store, 'screen', { view: 'mine', me: 'bruno' }), [6, 5, 4])
        assert.deepEqual(await found(store, 'screen', { assignee: '', limit: 1 }), [3, 2, 1])
        assert.deepEqual(await found(store, 'screen', { state: 'resolved' }), [])
      })

      test('a search that lets few of many matches through says that it was cut, and goes on', async (t) => {
        const { store } = await backend.fresh(t)
        const tickets = Array.from({ length: 2_300 }, (_, index) =>
          numbered(index + 1, index === 0 ? { level: 2 } : {}),
        )
        for (let from = 0; from < tickets.length; from += 100)
          await store.write((writer) => writer.adopt(tickets.slice(from, from + 100).map(listed)))
        const query = aQuery({ words: 'screen', view: 'level-2' })
        const first = await store.read((reader) => reader.page(query))
        assert.deepEqual(iidsOf([first]), [])
        assert.equal(first.cut, true)
        const second = await store.read((reader) => reader.page({ ...query, cursor: first.next }))
        assert.deepEqual(iidsOf([second]), [1])
        assert.equal(second.cut, false)
        assert.equal(second.next, null)
      })

      test('what was changed is found by its new words and no longer by the old ones', async (t) => {
        const store = await crowd(t)
        await store.write((writer) => writer.adopt([listed(numbered(2, { title: 'Scanner', text: '' }))]))
        assert.deepEqual(await found(store, 'printer'), [])
        assert.deepEqual(await found(store, 'scanner'), [2])
        const ticket = await theTicket(store, numbered(2).id)
        const decision = decided(reply(ticket, 'Use the lid', { by: byBruno, at: nine, newId: ids() }))
        await store.write((writer) => writer.record(decision))
        assert.deepEqual(await found(store, 'scanner lid'), [2])
      })

      test('similar tickets share words, are not resolved, and the best come first', async (t) => {
        const { store } = await backend.fresh(t)
        const resolved = { state: 'resolved', resolvedAt: nine, awaitingSince: null } as const
        await store.write((writer) =>
          writer.adopt([
            listed(numbered(1, { title: 'Projector flickers in room Kepler', text: '' })),
            listed(numbered(2, { title: 'Projector is loud', text: '' })),
            listed(numbered(3, { title: 'Projector flickers', text: '', ...resolved })),
            listed(numbered(4, { title: 'Something else', text: '' })),
          ]),
        )
        const similar = (text: string, limit = 5) =>
          store.read(async (reader) => (await reader.similar(text, limit)).map(({ iid }) => iid))
        assert.deepEqual(await similar('The projector of Kepler flickers'), [1, 2])
        assert.deepEqual(await similar('The projector of Kepler flickers', 1), [1])
        assert.deepEqual(await similar('a of to'), [])
        assert.deepEqual(await similar('"*'), [])
      })
    })

    describe('people and small things', () => {
      test('members are known by name and by their latest role', async (t) => {
        const { store } = await backend.fresh(t)
        const seen = (agent: typeof bruno, seenAt: number) => ({ ...agent, seenAt })
        await store.write((writer) => writer.saveMembers([seen(carla, 1), seen(bruno, 1)]))
        assert.deepEqual(
          (await store.read((reader) => reader.members())).map(({ username }) => username),
          ['bruno', 'carla'],
        )
        await store.write((writer) => writer.saveMembers([seen({ ...bruno, role: 'lead' }, 2)]))
        assert.deepEqual(await store.read((reader) => reader.member('bruno')), {
          ...bruno,
          role: 'lead',
          seenAt: 2,
        })
        assert.equal(await store.read((reader) => reader.member('nobody')), null)
        // GitLab gave the name to somebody else.
        await store.write((writer) => writer.saveMembers([seen({ ...carla, username: 'bruno' }, 3)]))
        assert.equal((await store.read((reader) => reader.member('bruno')))?.id, carla.id)
        assert.equal((await store.read((reader) => reader.members())).length, 1)
      })

      test('sessions that were ended stay ended', async (t) => {
        const { store } = await backend.fresh(t)
        assert.equal(await store.read((reader) => reader.sessionsValidFrom(11)), 0)
        await store.write((writer) => writer.endSessions(11, nine))
        await store.write((writer) => writer.endSessions(11, nine - hour))
        assert.equal(await store.read((reader) => reader.sessionsValidFrom(11)), nine)
        assert.equal(await store.read((reader) => reader.sessionsValidFrom(12)), 0)
      })

      test('a link that was made new stays so when the index is dropped', async (t) => {
        const { store } = await backend.fresh(t)
        const of = (id: string) => store.read((reader) => reader.linkGeneration(id))
        assert.equal(await of('ana'), 0)
        assert.equal(await store.write((writer) => writer.renewLink('ana')), 1)
        assert.equal(await store.write((writer) => writer.renewLink('ana')), 2)
        await store.dropIndex()
        assert.deepEqual([await of('ana'), await of('carla')], [2, 0])
      })

      test('a setting is what it was last set to', async (t) => {
        const { store } = await backend.fresh(t)
        assert.equal(await store.read((reader) => reader.setting('cursor')), null)
        for (const value of ['one', 'two']) await store.write((writer) => writer.saveSetting('cursor', value))
        assert.equal(await store.read((reader) => reader.setting('cursor')), 'two')
      })

      test('the version grows with each change and with nothing else, whoever made it', async (t) => {
        const { store, another } = await backend.fresh(t)
        const start = await store.version()
        await store.write(async (writer) => {
          await writer.claim({ now: nine, leaseMs, limit: 5 })
          await writer.markUnread([1])
        })
        assert.equal(await store.version(), start)
        const other = another ? await another() : store
        await other.write((writer) => writer.saveSetting('cursor', 'one'))
        const after = await store.version()
        assert.ok(after > start)
        assert.equal(await other.version(), after)
      })
    })

    describe('dropping the index', () => {
      test('what GitLab can tell goes; what it cannot tell stays', async (t) => {
        const { store } = await backend.fresh(t)
        const newId = ids()
        const local = opening(newId)
        await store.write(async (writer) => {
          await writer.adopt([1, 2].map((iid) => listed(numbered(iid))))
          await writer.saveMembers([{ ...bruno, seenAt: 1 }])
          await writer.endSessions(11, nine)
          await writer.saveSetting('cursor', 'one')
          await writer.record(local, { key: 'form-1' })
          const ticket = await writer.ticket({ iid: 2 })
          assert.ok(ticket)
          await writer.record(decided(reply(ticket, 'On its way', { by: byBruno, at: nine, newId })))
        })
        await store.dropIndex()
        const reader = <T>(work: Parameters<typeof store.read<T>>[0]) => store.read(work)
        assert.equal(await reader((r) => r.ticket({ iid: 1 })), null)
        assert.equal((await reader((r) => r.ticket({ iid: 2 })))?.title, numbered(2).title)
        assert.deepEqual((await theTicket(store, local.ticket.id)).title, local.ticket.title)
        assert.equal((await reader((r) => r.operations(local.ticket.id))).length, 1)
        assert.equal(await reader((r) => r.formKey('form-1')), local.ticket.id)
        assert.equal(await reader((r) => r.setting('cursor')), 'one')
        assert.equal(await reader((r) => r.sessionsValidFrom(11)), nine)
        assert.equal((await reader((r) => r.members())).length, 1)
        assert.equal((await reader((r) => r.counts(null))).all, 2)
        assert.equal((await reader((r) => r.backlog())).operations.ready, 2)
        assert.deepEqual(await found(store, 'screen'), iidsOf(await walk(store, aQuery())))
        assert.equal((await claimed(store, nine + hour)).length, 2)
      })
    })
  })
}
