// What the desk relies on when it keeps figures and promises, whatever the database: kpi-store.test.ts runs these
// on SQLite, kpi-postgres.test.ts on PostgreSQL.

import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { indexTables, keptTables, passingTables } from '../../src/adapters/store/schema.ts'
import type { IndexedStore } from '../../src/adapters/store/store.ts'
import type { FigureRow } from '../../src/application/kpi-ports.ts'
import type { Adopted, Claimed } from '../../src/application/ports.ts'
import { noteInternally, reply } from '../../src/domain/conversation.ts'
import type { Desk } from '../../src/domain/desk.ts'
import type { TicketEvent } from '../../src/domain/event.ts'
import { assign, setWaiting } from '../../src/domain/handling.ts'
import type { TicketFigures } from '../../src/domain/kpi/figures.ts'
import { kpiEventsOf, kpiTicketOf } from '../../src/domain/kpi/kpi-events.ts'
import { measure } from '../../src/domain/kpi/measure.ts'
import { unpackFigures } from '../../src/domain/kpi/packed-figures.ts'
import { kpiRulesOf } from '../../src/domain/kpi/rules.ts'
import { open } from '../../src/domain/opening.ts'
import { resolve } from '../../src/domain/resolution.ts'
import type { Ticket } from '../../src/domain/ticket.ts'
import { ana, bruno, byAna, byBruno } from '../support/people.ts'
import { aDesk, aTicket, decided, hour, ids, minute, nine, only } from '../support/tickets.ts'

export type KpiBackend = {
  readonly name: string
  /**
   * Opens a database with nothing in it, by this desk's rules. `again`: the same data as another process of a desk
   * with these rules sees them. `tables`: the names of all there are, but for the schema's own number.
   */
  fresh(
    context: TestContext,
    desk: Desk,
  ): Promise<{
    readonly store: IndexedStore
    readonly again: (desk: Desk) => Promise<IndexedStore>
    readonly tables: () => Promise<readonly string[]>
  }>
  readonly runs: number
}

const day = 24 * hour

/** Answered within an hour, told of after half of it; resolved within eight. */
const promising = aDesk({
  targets: [
    {
      category: null,
      priority: null,
      calendar: null,
      within: { first_response: hour, resolution: 8 * hour },
      warnAt: 0.5,
      whenMissed: 'tell',
    },
  ],
})

const promisingMore = aDesk({
  targets: promising.targets.map((target) => ({ ...target, within: { first_response: 2 * hour } })),
})

const idOf = (iid: number): string => `00000000-0000-5000-8000-${String(iid).padStart(12, '0')}`

const numbered = (iid: number, changes: Partial<Ticket> = {}): Ticket =>
  aTicket({
    id: idOf(iid),
    iid,
    revision: 0,
    source: 'gitlab',
    openedAt: nine + iid * minute,
    changedAt: nine + iid * minute,
    awaitingSince: nine + iid * minute,
    ...changes,
  })

const resolvedAt = (at: number): Partial<Ticket> => ({
  state: 'resolved',
  resolvedAt: at,
  changedAt: at,
  awaitingSince: null,
})

const happening = (
  { id }: Ticket,
  source: string,
  at: number,
  what: TicketEvent['what'],
  changes: Partial<TicketEvent> = {},
): TicketEvent => ({
  ticketId: id,
  source,
  at,
  actor: { kind: 'agent', name: 'Bruno', username: 'bruno' },
  byHand: true,
  hidden: false,
  what,
  ...changes,
})

const openedOf = (ticket: Ticket): TicketEvent =>
  happening(
    ticket,
    'issue',
    ticket.openedAt,
    { kind: 'opened' },
    {
      actor: { kind: 'requester', name: 'Ana' },
    },
  )

const listed = (ticket: Ticket): Adopted => ({ ticket, events: null, readAt: null })

/** Read in full: Bruno replied so many times. */
const readIn = (ticket: Ticket, replies = 1): Adopted => ({
  ticket,
  readAt: ticket.changedAt + day,
  events: [
    openedOf(ticket),
    ...Array.from({ length: replies }, (_, index) =>
      happening(ticket, `note:${index}`, ticket.openedAt + (index + 1) * 5 * minute, {
        kind: 'replied',
        text: `Is it plugged in? ${index}`,
      }),
    ),
    ...(ticket.resolvedAt === null
      ? []
      : [
          happening(ticket, 'state:1', ticket.resolvedAt, {
            kind: 'resolved',
            text: 'It works.',
            viaMergeRequest: null,
          }),
        ]),
  ],
})

const adopted = (store: IndexedStore, ...changes: Adopted[]): Promise<number> =>
  store.write((writer) => writer.adopt(changes))

const opening = (newId: () => string, at = nine, desk: Desk = aDesk()) =>
  decided(
    open(
      { title: 'My screen stays black', text: 'Since.', category: 'Hardware', requester: ana, files: [] },
      desk,
      { by: byAna, at, newId },
    ),
  )

const theTicket = async (store: IndexedStore, id: string): Promise<Ticket> => {
  const ticket = await store.read((reader) => reader.ticket({ id }))
  assert.ok(ticket, `no ticket ${id}`)
  return ticket
}

const brunoAt = (at: number, newId: () => string) => ({ by: byBruno, at, newId })

const recorded = async (store: IndexedStore, decision: Parameters<typeof decided>[0]): Promise<void> => {
  assert.equal(await store.write((writer) => writer.record(decided(decision))), 'recorded')
}

const claimed = async (store: IndexedStore, now: number): Promise<Claimed | undefined> =>
  (await store.write((writer) => writer.claim({ now, leaseMs: minute, limit: 1 })))[0]

/** GitLab does what it is told; the ticket gets this number. */
const sendAll = async (store: IndexedStore, iid: number, now: number): Promise<void> => {
  for (;;) {
    const claim = await claimed(store, now)
    if (!claim) return
    const { kind } = claim.operation.intent
    const outcome =
      kind === 'open'
        ? (
            {
              kind,
              outcome: { kind: 'opened', iid, url: `http://gitlab.test/${iid}`, changedAt: nine },
            } as const
          ).outcome
        : kind === 'branch'
          ? ({ kind: 'branch-made', name: `${iid}-fix`, url: null } as const)
          : kind === 'note'
            ? ({ kind: 'noted', noteId: 500 + claim.operation.sequence } as const)
            : kind === 'hand-to-service-desk'
              ? ({ kind: 'handed-to-service-desk', to: 'ana@school.example' } as const)
              : ({ kind: 'changed', labels: [], changedAt: nine } as const)
    await store.write((writer) =>
      writer.settle(claim.operation.id, claim.fence, { state: 'done', outcome }, now),
    )
  }
}

/** All rows, portion by portion. */
const rowsOf = async (
  store: IndexedStore,
  { version = 0, since = 0, limit = 3 } = {},
): Promise<FigureRow[]> => {
  const rows: FigureRow[] = []
  let after: { version: number; n: number } | null = null
  for (;;) {
    const from = after
    const found: readonly FigureRow[] = await store.read((reader) =>
      reader.figureRows({ version, since, after: from, limit }),
    )
    rows.push(...found)
    const last = found.at(-1)
    if (!last || found.length < limit) return rows
    after = { version: last.version, n: last.n }
  }
}

const stateOf = (store: IndexedStore) => store.read((reader) => reader.figuresState())

const contentOf = ({ packed }: FigureRow): string =>
  packed === null ? 'gone' : `${packed.names} ${Buffer.from(packed.numbers).toString('hex')}`

const figuresIn = ({ packed }: FigureRow): TicketFigures => {
  assert.ok(packed)
  const { names, numbers } = packed
  // They can be looked at as they are: nothing else lies before or behind them.
  assert.equal(numbers.byteLength, numbers.buffer.byteLength)
  return unpackFigures({ names, numbers: new Float64Array(numbers.buffer) })
}

const figuresOf = async (store: IndexedStore, id: string): Promise<TicketFigures> => {
  const rows = (await rowsOf(store)).filter(({ packed }) => packed !== null)
  const tickets = await store.read((reader) => reader.ticketsByKeys(rows.map(({ n }) => n)))
  const ticket = only(tickets.filter((one) => one.id === id))
  return figuresIn(only(rows.filter(({ n }) => n === ticket.n)))
}

/** By ticket: what is kept of it. */
const keptOf = async (store: IndexedStore): Promise<Map<number, string>> =>
  new Map((await rowsOf(store)).filter(({ packed }) => packed !== null).map((row) => [row.n, contentOf(row)]))

/** What is kept of each ticket is what its events say, by these rules. */
const assertMeasured = async (store: IndexedStore, desk: Desk, read: ReadonlySet<string>): Promise<void> => {
  const rows = (await rowsOf(store)).filter(({ packed }) => packed !== null)
  const tickets = await store.read((reader) => reader.ticketsByKeys(rows.map(({ n }) => n)))
  assert.equal(tickets.length, rows.length, 'a row of a ticket that is not there')
  for (const ticket of tickets) {
    const { targets, events } = await store.read(async (reader) => ({
      targets: await reader.targets(ticket.id),
      events: await reader.events(ticket.id),
    }))
    const figures = measure(
      kpiTicketOf(ticket, events, { readAt: read.has(ticket.id) ? 1 : null, desk }),
      kpiEventsOf(ticket, events, desk),
      kpiRulesOf(desk),
    )
    // The standings have a column of their own, so that pages need not unpack numbers.
    assert.deepEqual(figuresIn(only(rows.filter(({ n }) => n === ticket.n))), figures, `#${ticket.iid}`)
    assert.deepEqual(targets, figures.targets, `#${ticket.iid}`)
  }
}

const measureAll = async (store: IndexedStore, limit: number, now: number): Promise<number[]> => {
  const portions: number[] = []
  for (;;) {
    const measured = await store.write((writer) => writer.measureAgain(limit, now))
    portions.push(measured)
    if (measured === 0) return portions
    assert.ok(portions.length < 100, 'it measures for ever')
  }
}

const due = (store: IndexedStore, now: number, limit = 10) =>
  store.read((reader) => reader.dueTargets(now, limit))

const inMinutes = (found: Awaited<ReturnType<typeof due>>): string[] =>
  found.map(({ kind, news, at }) => `${kind} ${news} ${(at - nine) / minute}`)

export const keepsFigures = (backend: KpiBackend): void => {
  describe(`figures in ${backend.name}`, () => {
    test('the one of two that goes on counts from the earlier opening, as long as the other stays closed', async (t) => {
      const { store } = await backend.fresh(t, aDesk())
      const goesOn = numbered(9)
      const double = numbered(2, resolvedAt(nine + hour))
      const hasDouble = happening(goesOn, 'duplicate:7', nine + hour, { kind: 'has-duplicate', duplicate: 2 })
      const marked = happening(double, 'duplicate:6', nine + hour, { kind: 'marked-duplicate', of: 9 })
      const withMark = (read: ReturnType<typeof readIn>) => ({
        ...read,
        events: [...(read.events ?? []), marked],
      })
      const read = readIn(goesOn)
      const createdAt = async () => (await figuresOf(store, goesOn.id)).createdAt - nine
      await adopted(store, { ...read, events: [...(read.events ?? []), hasDouble] })
      assert.equal(await createdAt(), 9 * minute)
      await adopted(store, withMark(readIn(double)))
      assert.equal(await createdAt(), 2 * minute)
      await adopted(store, withMark(readIn(numbered(2))))
      assert.equal(await createdAt(), 9 * minute)
    })

    test('a ticket made of a mail knows how long the mail had lain there; an answer by mail says nothing of it', async (t) => {
      const { store } = await backend.fresh(t, aDesk())
      const mailed = numbered(3, { source: 'mail' })
      const answered = numbered(4, { source: 'mail' })
      const written = numbered(5)
      const arrivals = [
        [mailed, mailed.openedAt - 4 * minute],
        [mailed, mailed.openedAt + hour],
        [answered, answered.openedAt + hour],
        [written, written.openedAt - minute],
      ] as const
      await store.write(async (writer) => {
        for (const [index, [ticket, receivedAt]] of arrivals.entries()) {
          const place = { mailbox: 'INBOX', uidValidity: '1', uid: String(index) }
          await writer.receiveMail({ id: `m${index}`, place, receivedAt, source: new Uint8Array([65]) })
          await writer.settleMail(`m${index}`, { state: 'opened', reason: 'new', ticketId: ticket.id })
        }
        await writer.adopt([mailed, answered, written].map((ticket) => readIn(ticket)))
      })
      const delay = async ({ id }: Ticket) => (await figuresOf(store, id)).intakeDelay
      assert.deepEqual(
        [await delay(mailed), await delay(answered), await delay(written)],
        [4 * minute, null, null],
      )
    })

    test('each table is kept, can be made again from GitLab, or passes', async (t) => {
      const { tables } = await backend.fresh(t, aDesk())
      assert.deepEqual([...(await tables())].sort(), [...keptTables, ...indexTables, ...passingTables].sort())
    })

    test('a ticket is measured in the write that opens it, that answers it and that tells GitLab', async (t) => {
      const { store } = await backend.fresh(t, aDesk())
      const newId = ids()
      const first = opening(newId)
      const { id } = first.ticket
      await recorded(store, first)
      const row = only(await rowsOf(store))
      assert.equal(row.version, await store.version())
      assert.equal(figuresIn(row).publicReplies, 0)
      await assertMeasured(store, aDesk(), new Set())

      await sendAll(store, 7, nine + minute)
      await assertMeasured(store, aDesk(), new Set())
      const ticket = await theTicket(store, id)
      await recorded(store, reply(ticket, 'Is it plugged in?', brunoAt(nine + 5 * minute, newId)))
      const answered = only(await rowsOf(store))
      assert.equal(answered.version, await store.version())
      assert.equal(figuresIn(answered).firstResponse?.by, 'bruno')
      await recorded(
        store,
        assign(await theTicket(store, id), bruno, aDesk(), brunoAt(nine + 6 * minute, newId)),
      )
      assert.equal(figuresIn(only(await rowsOf(store))).assignee, 'bruno')
      await assertMeasured(store, aDesk(), new Set())
      await sendAll(store, 7, nine + 10 * minute)
      await assertMeasured(store, aDesk(), new Set())
    })

    test('what changes nothing that is measured writes no figures', async (t) => {
      const { store } = await backend.fresh(t, aDesk())
      await adopted(store, readIn(numbered(1)))
      const { version } = only(await rowsOf(store))
      await adopted(store, readIn(numbered(1, { title: 'Another title' })))
      await store.write((writer) => writer.markUnread([1]))
      assert.equal(only(await rowsOf(store)).version, version)
    })

    test('a ticket read in full is measured by its conversation, however long it is', async (t) => {
      const { store } = await backend.fresh(t, aDesk())
      const tickets = [1, 2, 3, 4, 5].map((iid) =>
        numbered(iid, iid % 2 ? resolvedAt(nine + iid * hour) : {}),
      )
      await adopted(store, ...tickets.map((ticket, index) => readIn(ticket, index * 10)))
      assert.equal((await rowsOf(store)).length, 5)
      await assertMeasured(store, aDesk(), new Set(tickets.map(({ id }) => id)))
    })

    test('a ticket known from a list alone is measured when the search learns its words', async (t) => {
      const { store } = await backend.fresh(t, aDesk())
      await store.write((writer) =>
        writer.adopt(
          [1, 2, 3].map((iid) => listed(numbered(iid))),
          { wordsLater: true },
        ),
      )
      assert.deepEqual(await rowsOf(store), [])
      await store.write((writer) => writer.indexWords(2))
      assert.equal((await rowsOf(store)).length, 2)
      await store.write((writer) => writer.indexWords(2))
      assert.equal((await rowsOf(store)).length, 3)
      await assertMeasured(store, aDesk(), new Set())
      assert.ok((await rowsOf(store)).every((row) => !figuresIn(row).complete))
      // Read in full there may be nothing to tell; that it was read is told.
      await adopted(store, { ticket: numbered(1), events: [], readAt: nine + hour })
      await assertMeasured(store, aDesk(), new Set([idOf(1)]))
    })

    test('a reply that was deleted in GitLab counts no more', async (t) => {
      const { store } = await backend.fresh(t, aDesk())
      await adopted(store, readIn(numbered(1), 3))
      assert.equal(figuresIn(only(await rowsOf(store))).publicReplies, 3)
      await adopted(store, readIn(numbered(1), 2))
      assert.equal(figuresIn(only(await rowsOf(store))).publicReplies, 2)
    })

    test('where a ticket takes over its double, whoever follows learns that the double went', async (t) => {
      const { store } = await backend.fresh(t, promising)
      const newId = ids()
      const first = opening(newId)
      await recorded(store, first)
      await adopted(store, listed(numbered(7)))
      const known = await stateOf(store)
      const stray = (await rowsOf(store)).find((row) => row.n % 1024 === 7)
      assert.ok(stray)
      assert.ok(await store.write((writer) => writer.targetTold(idOf(7), 'first_response', 'missed', nine)))
      await sendAll(store, 7, nine + 10 * minute)
      const changed = await rowsOf(store, { version: known.version })
      assert.equal(changed.find(({ n }) => n === stray.n)?.packed, null)
      assert.equal((await keptOf(store)).size, 1)
      // What was told of the double is not told again of the ticket.
      assert.ok(
        !(await store.write((writer) =>
          writer.targetTold(first.ticket.id, 'first_response', 'missed', nine),
        )),
      )
    })

    test('a ticket that turns out to be older moves, and leaves nothing behind', async (t) => {
      const { store } = await backend.fresh(t, promising)
      await measureAll(store, 10, nine - day)
      await adopted(store, readIn(numbered(1), 0))
      const known = await stateOf(store)
      const before = only(await rowsOf(store))
      await adopted(store, readIn(numbered(1, { openedAt: nine - hour }), 0))
      const changed = await rowsOf(store, { version: known.version })
      assert.equal(changed.length, 2)
      assert.equal(changed.find(({ n }) => n === before.n)?.packed, null)
      await assertMeasured(store, promising, new Set([idOf(1)]))
      assert.deepEqual(inMinutes(await due(store, nine)), [
        'first_response approaching -30',
        'first_response missed 0',
      ])
    })

    test('only rows that still matter are read, and those that no longer do are taken back', async (t) => {
      const { store } = await backend.fresh(t, aDesk())
      const late = nine + 40 * day
      await adopted(
        store,
        readIn(numbered(1, resolvedAt(nine + hour))),
        readIn(numbered(2)),
        readIn(numbered(3)),
      )
      assert.equal((await rowsOf(store)).length, 3)
      assert.equal((await rowsOf(store, { since: late })).length, 2)
      const { version } = await stateOf(store)
      await adopted(store, readIn(numbered(3, resolvedAt(nine + 2 * hour))))
      assert.equal(only(await rowsOf(store, { version, since: late })).packed, null)
      assert.notEqual(only(await rowsOf(store, { version })).packed, null)
      assert.equal((await rowsOf(store, { since: late })).length, 1)
    })

    test('who reads them all learns of a ticket that goes meanwhile', async (t) => {
      const { store } = await backend.fresh(t, aDesk())
      await adopted(store, readIn(numbered(1)))
      await adopted(store, readIn(numbered(2)))
      const read = { version: 0, since: nine, limit: 1 }
      const first = only(await store.read((reader) => reader.figureRows({ ...read, after: null })))
      await adopted(store, readIn(numbered(1, { openedAt: nine - hour })))
      const after = { version: first.version, n: first.n }
      const rest = await store.read((reader) => reader.figureRows({ ...read, after, limit: 10 }))
      assert.equal(rest.find(({ n }) => n === first.n)?.packed, null)
      assert.equal(rest.length, 3)
    })

    test('whoever follows the writes has at any time what a reading from the start gives', async (t) => {
      const steps = fc.array(
        fc.record({
          kind: fc.constantFrom('list', 'read', 'words', 'resolve', 'move', 'again', 'drop', 'assign'),
          iid: fc.integer({ min: 1, max: 5 }),
          size: fc.integer({ min: 1, max: 4 }),
        }),
        { minLength: 3, maxLength: 14 },
      )
      await fc.assert(
        fc.asyncProperty(steps, fc.constantFrom(0, nine + 20 * day), async (steps, since) => {
          const { store, again } = await backend.fresh(t, aDesk())
          const other = await again(promising)
          const read = new Set<string>()
          const held = new Map<number, string>()
          let known: { epoch: string; version: number } | null = null
          const take = (row: FigureRow) =>
            row.packed === null ? held.delete(row.n) : held.set(row.n, contentOf(row))
          for (const { kind, iid, size } of steps) {
            const ticket = numbered(iid, { changedAt: nine + size * hour })
            const several = Array.from({ length: size }, (_, index) => numbered(iid + index))
            if (kind === 'list')
              await store.write((writer) => writer.adopt(several.map(listed), { wordsLater: true }))
            if (kind === 'words') await store.write((writer) => writer.indexWords(size))
            if (kind === 'read') await adopted(store, readIn(ticket, size))
            if (kind === 'resolve') await adopted(store, readIn(numbered(iid, resolvedAt(nine + size * day))))
            if (kind === 'move') await adopted(store, readIn(numbered(iid, { openedAt: nine - size * day })))
            if (kind === 'assign') await adopted(store, listed(numbered(iid, { assignee: 'bruno' })))
            if (kind === 'again') await other.write((writer) => writer.measureAgain(size, nine))
            if (kind === 'drop') await store.dropIndex()
            if (kind === 'read' || kind === 'resolve' || kind === 'move') read.add(ticket.id)
            if (kind === 'drop') read.clear()

            const state = await stateOf(store)
            if (known?.epoch !== state.epoch) {
              held.clear()
              known = null
            }
            for (const row of await rowsOf(store, { version: known?.version ?? 0, since, limit: 2 }))
              take(row)
            known = state
            const fromTheStart = (await rowsOf(store, { since })).filter(({ packed }) => packed !== null)
            assert.deepEqual(
              [...held].sort(),
              fromTheStart.map((row): [number, string] => [row.n, contentOf(row)]).sort(),
            )
          }
          if (!steps.some(({ kind }) => kind === 'again')) await assertMeasured(store, aDesk(), read)
        }),
        { numRuns: backend.runs },
      )
    })

    test('a desk without tickets is up to date at once, also with other rules', async (t) => {
      const { store, again } = await backend.fresh(t, aDesk())
      assert.equal((await stateOf(store)).measuring, null)
      assert.deepEqual(await measureAll(store, 10, nine), [0])
      assert.deepEqual(await measureAll(await again(promising), 10, nine), [0])
      assert.equal((await stateOf(store)).measuring, null)
    })

    test('other rules measure all tickets again, and a page is told how far that is', async (t) => {
      const { store, again } = await backend.fresh(t, aDesk())
      const tickets = [1, 2, 3, 4, 5].map((iid) => numbered(iid))
      await adopted(store, ...tickets.map((ticket) => readIn(ticket)))
      assert.deepEqual((await stateOf(store)).measuring, { done: 0, total: 5 })
      assert.deepEqual(await measureAll(store, 2, nine), [2, 2, 1, 0])
      assert.deepEqual((await stateOf(store)).measuring, null)
      assert.deepEqual(await measureAll(store, 2, nine), [0])
      const settled = await store.version()
      const first = await theTicket(store, idOf(1))

      const other = await again(promising)
      assert.deepEqual(await other.read((reader) => reader.targets(idOf(1))), [])
      assert.equal(await other.write((writer) => writer.measureAgain(2, nine)), 2)
      assert.deepEqual((await stateOf(other)).measuring, { done: 2, total: 5 })
      // Newest first: of these people ask.
      assert.equal((await other.read((reader) => reader.targets(idOf(5)))).length, 2)
      assert.deepEqual(await other.read((reader) => reader.targets(idOf(1))), [])
      assert.deepEqual(await measureAll(other, 2, nine), [2, 1, 0])
      assert.equal((await stateOf(other)).measuring, null)
      await assertMeasured(other, promising, new Set(tickets.map(({ id }) => id)))
      assert.ok((await rowsOf(other)).every(({ version }) => version > settled))
      // Derived: nobody's form is out of date for it.
      assert.equal((await theTicket(store, idOf(1))).revision, first.revision)
      const page = await other.read((reader) =>
        reader.page({
          view: 'all',
          me: null,
          level: null,
          category: null,
          state: null,
          assignee: null,
          words: '',
          cursor: null,
          limit: 25,
        }),
      )
      assert.deepEqual(
        page.tickets.map(({ targets }) => targets.map(({ kind }) => kind)),
        Array.from({ length: 5 }, () => ['first_response', 'resolution']),
      )
    })

    test('measuring goes on where it was interrupted, and counts as news what is due since it began', async (t) => {
      const { store, again } = await backend.fresh(t, aDesk())
      await adopted(store, ...[1, 2, 3, 4, 5, 6, 7].map((iid) => readIn(numbered(iid), 0)))
      await measureAll(store, 10, nine)
      const other = await again(promising)
      assert.equal(await other.write((writer) => writer.measureAgain(3, nine + 64 * minute)), 3)
      await assert.rejects(
        other.write(async (writer) => {
          assert.equal(await writer.measureAgain(3, nine + 65 * minute), 3)
          throw new Error('killed')
        }),
        /killed/,
      )
      const started = await again(promising)
      assert.deepEqual((await stateOf(started)).measuring, { done: 3, total: 7 })
      assert.deepEqual(await measureAll(started, 3, nine + 4 * day), [3, 1, 0])
      assert.deepEqual(inMinutes(await due(started, nine + 68 * minute)), [
        'first_response missed 64',
        'first_response missed 65',
        'first_response missed 66',
        'first_response missed 67',
      ])
    })

    test('two processes with different rules do not measure against each other for ever', async (t) => {
      const { store, again } = await backend.fresh(t, aDesk())
      await adopted(store, ...[1, 2, 3, 4].map((iid) => readIn(numbered(iid))))
      await measureAll(store, 10, nine)
      // Up to date when it started; it goes on for a while when the others have come.
      const before = await again(aDesk())
      assert.deepEqual(await measureAll(before, 10, nine), [0])
      const old = await again(promising)
      const young = await again(promisingMore)
      const both = [old, young]
      for (let round = 0; round < 20; round++)
        for (const one of both) await one.write((writer) => writer.measureAgain(1, nine))
      for (const one of [store, before, ...both])
        assert.equal(await one.write((writer) => writer.measureAgain(1, nine)), 0)
      await assertMeasured(young, promisingMore, new Set([1, 2, 3, 4].map(idOf)))
    })

    test('what is due is told in its order, as long as nobody has done it', async (t) => {
      const { store } = await backend.fresh(t, promising)
      const newId = ids()
      await measureAll(store, 10, nine - hour)
      assert.equal(await store.read((reader) => reader.nextTargetDue()), null)
      const first = opening(newId, nine, promising)
      const { id } = first.ticket
      await recorded(store, first)
      assert.equal(await store.read((reader) => reader.nextTargetDue()), nine + 30 * minute)
      assert.deepEqual(await due(store, nine + 30 * minute - 1), [])
      assert.deepEqual(await due(store, nine + 30 * minute), [
        { ticketId: id, kind: 'first_response', news: 'approaching', at: nine + 30 * minute },
      ])
      assert.deepEqual(inMinutes(await due(store, nine + day)), [
        'first_response approaching 30',
        'first_response missed 60',
        'resolution approaching 240',
        'resolution missed 480',
      ])
      assert.equal((await due(store, nine + day, 2)).length, 2)
      await recorded(store, reply(await theTicket(store, id), 'Yes?', brunoAt(nine + 10 * minute, newId)))
      assert.deepEqual(inMinutes(await due(store, nine + day)), [
        'resolution approaching 240',
        'resolution missed 480',
      ])
      const waits = setWaiting(
        await theTicket(store, id),
        true,
        promising,
        brunoAt(nine + 20 * minute, newId),
      )
      await recorded(store, waits)
      assert.deepEqual(await due(store, nine + day), [])
      const goesOn = setWaiting(
        await theTicket(store, id),
        false,
        promising,
        brunoAt(nine + 50 * minute, newId),
      )
      await recorded(store, goesOn)
      assert.equal(await store.read((reader) => reader.nextTargetDue()), nine + 270 * minute)
      const done = resolve(
        await theTicket(store, id),
        { answer: 'It works.', standardAnswer: '', desk: promising },
        brunoAt(nine + hour, newId),
      )
      await recorded(store, done)
      assert.deepEqual(await due(store, nine + day), [])
      assert.equal(await store.read((reader) => reader.nextTargetDue()), null)
      assert.equal((await store.read((reader) => reader.targets(id))).length, 2)
    })

    test('a note changes no promise, and a ticket that is gone has none', async (t) => {
      const { store } = await backend.fresh(t, promising)
      const newId = ids()
      await measureAll(store, 10, nine - hour)
      await adopted(store, readIn(numbered(1), 0))
      const before = await due(store, nine + day)
      assert.equal(before.length, 4)
      await recorded(
        store,
        noteInternally(await theTicket(store, idOf(1)), 'Hm.', brunoAt(nine + 2 * minute, newId)),
      )
      assert.deepEqual(await due(store, nine + day), before)
      await sendAll(store, 1, nine + 3 * minute)
      await adopted(store, { ...readIn(numbered(1, { gone: { why: 'deleted' } }), 0) })
      assert.deepEqual(await due(store, nine + day), [])
    })

    test('each promise is told of once, whoever asks at the same time and whatever happens later', async (t) => {
      const { store, again } = await backend.fresh(t, promising)
      const other = await again(promising)
      await measureAll(store, 10, nine - hour)
      await adopted(store, readIn(numbered(1), 0))
      const tell = (one: IndexedStore, news: 'approaching' | 'missed') =>
        one.write((writer) => writer.targetTold(idOf(1), 'first_response', news, nine + hour))
      const told = await Promise.all([store, other, store, other].map((one) => tell(one, 'approaching')))
      assert.deepEqual(told.filter(Boolean), [true])
      const left = ['first_response missed 61', 'resolution approaching 241', 'resolution missed 481']
      assert.deepEqual(inMinutes(await due(store, nine + day)), left)
      // Measured again it is not told again.
      await adopted(store, readIn(numbered(1, { assignee: 'carla' }), 0))
      assert.deepEqual(inMinutes(await due(store, nine + day)), left)
      assert.equal(await tell(other, 'missed'), true)
      assert.equal(await tell(store, 'missed'), false)
      assert.deepEqual(inMinutes(await due(store, nine + day)), left.slice(1))
    })

    test('what was due before promises were made is not told', async (t) => {
      const { store } = await backend.fresh(t, promising)
      await adopted(store, readIn(numbered(1), 0))
      assert.deepEqual(await due(store, nine + day), [])
      await measureAll(store, 10, nine + 100 * minute)
      assert.deepEqual(inMinutes(await due(store, nine + day)), [
        'resolution approaching 241',
        'resolution missed 481',
      ])
    })

    test('a rebuild gives the same figures, and tells nothing twice', async (t) => {
      const { store } = await backend.fresh(t, promising)
      const newId = ids()
      await measureAll(store, 10, nine - hour)
      const all = [
        readIn(numbered(1), 0),
        readIn(numbered(2, resolvedAt(nine + 3 * hour)), 2),
        readIn(numbered(3), 3),
      ]
      await adopted(store, ...all)
      const waiting = opening(newId, nine + 2 * hour, promising)
      await recorded(store, waiting)
      await store.write((writer) => writer.targetTold(idOf(1), 'first_response', 'approaching', nine + hour))
      const before = {
        kept: await keptOf(store),
        due: await due(store, nine + day),
        state: await stateOf(store),
      }
      assert.equal(before.kept.size, 4)

      await store.dropIndex()
      const dropped = await stateOf(store)
      assert.notEqual(dropped.epoch, before.state.epoch)
      assert.ok(dropped.version > before.state.version)
      // GitLab does not know it yet: it stays, with its figures and promises.
      assert.deepEqual([...(await keptOf(store)).keys()].length, 1)
      assert.deepEqual(
        (await due(store, nine + day)).map(({ ticketId }) => ticketId),
        Array.from({ length: 4 }, () => waiting.ticket.id),
      )
      await store.write((writer) =>
        writer.adopt(
          all.map(({ ticket }) => listed(ticket)),
          { wordsLater: true },
        ),
      )
      await adopted(store, ...all)
      assert.deepEqual(await keptOf(store), before.kept)
      assert.deepEqual(await due(store, nine + day), before.due)
      assert.equal((await stateOf(store)).epoch, dropped.epoch)
      await assertMeasured(store, promising, new Set([1, 2, 3].map(idOf)))
    })

    test('tickets are found by their keys, and a key that nobody has finds none', async (t) => {
      const { store } = await backend.fresh(t, aDesk())
      await adopted(store, listed(numbered(1)), listed(numbered(2)))
      const rows = await rowsOf(store)
      const found = await store.read((reader) => reader.ticketsByKeys([...rows.map(({ n }) => n), 5]))
      assert.deepEqual(found.map(({ iid }) => iid).sort(), [1, 2])
      assert.deepEqual(found.map(({ n }) => n).sort(), rows.map(({ n }) => n).sort())
      assert.deepEqual(await store.read((reader) => reader.ticketsByKeys([])), [])
      assert.deepEqual(await store.read((reader) => reader.targets('nobody')), [])
    })
  })
}
