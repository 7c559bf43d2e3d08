// Reading what changed in GitLab (design section 4, "Webhooks are hints" and "Reading"; security I10, I11, I18): nothing
// is skipped, not by a crash and not by a replica that lags, and what is read again is not told again.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { browseTickets } from '../../src/application/browse-tickets.ts'
import { downloadFile } from '../../src/application/download-file.ts'
import { escalateTicket } from '../../src/application/escalate-ticket.ts'
import type { ListingPage } from '../../src/application/ports.ts'
import { pullListing, readInFull, readOneInFull } from '../../src/application/pull-changes.ts'
import { readTicket } from '../../src/application/read-ticket.ts'
import { refreshMembers } from '../../src/application/refresh-members.ts'
import { replyToTicket } from '../../src/application/reply-to-ticket.ts'
import type { RemoteHistory, RemoteTicket } from '../../src/domain/remote.ts'
import { brunosAccount, byBruno, carlasAccount, davisAccount, theBot } from '../support/people.ts'
import {
  aHistory,
  aLabelEvent,
  aMarker,
  aNote,
  aRemoteTicket,
  hour,
  kindsTold,
  minute,
  nine,
  only,
  second,
} from '../support/tickets.ts'
import { aDeskAtWork } from './a-desk.ts'
import { refusedConnection } from './scripted-gateway.ts'

/** An issue of GitLab with a number of its own, changed then. */
const anIssue = (iid: number, changedAt = nine, changes: Partial<RemoteTicket> = {}): RemoteTicket => {
  const id = `0197f000-0000-7000-8000-${String(iid).padStart(12, '0')}`
  return aRemoteTicket({
    id,
    iid,
    title: `Ticket ${iid}`,
    changedAt,
    marker: aMarker({
      kind: 'open',
      operation: id,
      author: 'requester',
      requester: aRemoteTicket().marker?.requester ?? null,
    }),
    ...changes,
  })
}

const aPage = (tickets: readonly RemoteTicket[], next: string | null = null): ListingPage => ({
  tickets,
  next,
  total: null,
})

const sinceOf = (call: string | undefined): number | null => JSON.parse(call ?? '{}').since

describe('reading the list of tickets', () => {
  test('the first time reads all there is, page after page', async (t) => {
    const desk = await aDeskAtWork(t)
    desk.gateway.play('listing', async ({ page }) =>
      page === null ? aPage([anIssue(1), anIssue(2)], 'two') : aPage([anIssue(3)]),
    )
    assert.deepEqual(await pullListing(desk.parts), { read: 3, changed: 3 })
    assert.deepEqual(
      desk.gateway.called('listing').map((call) => JSON.parse(call)),
      [
        { since: null, page: null },
        { since: null, page: 'two' },
      ],
    )
    assert.equal((await desk.read((reader) => reader.counts(null))).all, 3)
  })

  test('the next time asks from the last change seen, with an overlap of more than a minute', async (t) => {
    const desk = await aDeskAtWork(t)
    const changedAt = nine + hour
    desk.gateway.play('listing', async () => aPage([anIssue(1), anIssue(2, changedAt)]))
    await pullListing(desk.parts)
    await pullListing(desk.parts)
    const since = sinceOf(desk.gateway.called('listing').at(-1))
    assert.ok(
      since !== null && since <= changedAt - 65 * second,
      'GitLab moves the time once a minute at most',
    )
    assert.ok(since >= changedAt - 10 * minute, 'and little more is read twice')
  })

  test('goes by GitLab’s clock alone: ours may be wrong by days', async (t) => {
    const desk = await aDeskAtWork(t)
    await desk.clock.turn(72 * hour)
    desk.gateway.play('listing', async () => aPage([anIssue(1, nine)]))
    await pullListing(desk.parts)
    await pullListing(desk.parts)
    assert.ok((sinceOf(desk.gateway.called('listing').at(-1)) ?? nine) < nine)
  })

  test('what is read twice changes nothing the second time', async (t) => {
    const desk = await aDeskAtWork(t)
    desk.gateway.play('listing', async () => aPage([anIssue(1), anIssue(2)]))
    await pullListing(desk.parts)
    const before = await desk.ticket(anIssue(1).id)
    const version = await desk.store.version()
    assert.deepEqual(await pullListing(desk.parts), { read: 2, changed: 0 })
    assert.deepEqual(await desk.ticket(anIssue(1).id), before)
    assert.equal(await desk.store.version(), version)
  })

  test('a list that was asked for before an escalation does not take it back', async (t) => {
    const desk = await aDeskAtWork(t)
    const { id, iid } = await desk.opened()
    const asItWas = anIssue(iid ?? 0, nine, { id, labels: ['level::1'] })
    desk.gateway.play('listing', async () => {
      // On its way, while GitLab is told: by us, or by another worker while we stand still.
      await desk.clock.turn(second)
      await escalateTicket(desk.parts, { ref: { id }, by: byBruno, reason: 'Needs a fix', from: 1 })
      await desk.pushAll()
      return aPage([asItWas])
    })
    await pullListing(desk.parts)
    assert.equal((await desk.ticket(id)).level, 2)
    assert.deepEqual(await desk.read((reader) => reader.marked([iid ?? 0])), [iid], 'and it is read again')
  })

  test('somebody who wants to write or to read waits for no page of GitLab’s', async (t) => {
    const desk = await aDeskAtWork(t)
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>()
    const { promise: second, resolve: answer } = Promise.withResolvers<ListingPage>()
    desk.gateway.play('listing', async ({ page }) => {
      if (page === null) return aPage([anIssue(1)], 'two')
      ask()
      return second
    })
    const reading = pullListing(desk.parts)
    await asked
    await desk.store.write((writer) => writer.saveSetting('mine', 'saved'))
    assert.equal(await desk.read((reader) => reader.setting('mine')), 'saved')
    assert.equal((await desk.read((reader) => reader.counts(null))).all, 1, 'page one is stored')
    answer(aPage([anIssue(2)]))
    assert.deepEqual(await reading, { read: 2, changed: 2 })
  })

  test('a reader of the same connection ends a write that only waits for GitLab', async (t) => {
    const desk = await aDeskAtWork(t)
    const { promise: second, resolve: answer } = Promise.withResolvers<ListingPage>()
    desk.gateway.play('listing', async ({ page }) => (page === null ? aPage([anIssue(1)], 'two') : second))
    const reading = pullListing(desk.parts)
    while ((await desk.read((reader) => reader.counts(null))).all === 0);
    answer(aPage([anIssue(2)]))
    assert.deepEqual(await reading, { read: 2, changed: 2 })
  })

  test('a page is stored before the cursor moves: a crash on page two reads page two again', async (t) => {
    const desk = await aDeskAtWork(t)
    let broken = true
    desk.gateway.play('listing', async ({ page }) => {
      if (page === null) return aPage([anIssue(1), anIssue(2)], 'two')
      if (broken) throw refusedConnection()
      return aPage([anIssue(3, nine + hour)])
    })
    await assert.rejects(pullListing(desk.parts))
    assert.equal((await desk.read((reader) => reader.counts(null))).all, 2, 'page one is kept')
    broken = false
    const before = desk.gateway.called('listing').length
    await pullListing(desk.parts)
    assert.equal((await desk.read((reader) => reader.counts(null))).all, 3)
    const pages = desk.gateway
      .called('listing')
      .slice(before)
      .map((call) => JSON.parse(call).page)
    assert.deepEqual(pages, ['two'], 'it goes on where it was')
  })

  test('a crash while a page is stored leaves the cursor where it was', async (t) => {
    const desk = await aDeskAtWork(t)
    desk.gateway.play('listing', async () => aPage([anIssue(1, nine + hour)]))
    const crashing = {
      ...desk.parts,
      store: {
        ...desk.store,
        write: () => Promise.reject(new Error('disk full')),
      },
    }
    await assert.rejects(pullListing(crashing), /disk full/u)
    await pullListing(desk.parts)
    assert.deepEqual(desk.gateway.called('listing').map(sinceOf), [null, null])
    assert.equal((await desk.read((reader) => reader.counts(null))).all, 1)
  })

  test('stopped in the middle it goes on from there the next time', async (t) => {
    const desk = await aDeskAtWork(t)
    const stop = new AbortController()
    desk.gateway.play('listing', async ({ page }) =>
      page === null ? aPage([anIssue(1)], 'two') : aPage([anIssue(2)]),
    )
    await pullListing(desk.parts, { signal: stop.signal, onProgress: () => stop.abort() })
    await pullListing(desk.parts)
    assert.equal((await desk.read((reader) => reader.counts(null))).all, 2)
  })

  test('in full reads everything again, whatever was read before', async (t) => {
    const desk = await aDeskAtWork(t)
    desk.gateway.play('listing', async () => aPage([anIssue(1)]))
    await pullListing(desk.parts)
    await pullListing(desk.parts, { full: true })
    assert.equal(sinceOf(desk.gateway.called('listing').at(-1)), null)
  })

  test('an empty GitLab is read without trouble, again and again', async (t) => {
    const desk = await aDeskAtWork(t)
    for (let round = 0; round < 3; round++)
      assert.deepEqual(await pullListing(desk.parts), { read: 0, changed: 0 })
    for (const since of desk.gateway.called('listing').map(sinceOf))
      assert.ok(since === null || Number.isFinite(since))
  })

  test('a ticket with operations under way is never overwritten', async (t) => {
    const desk = await aDeskAtWork(t)
    const ticket = await desk.opened()
    await escalateTicket(desk.parts, { ref: { id: ticket.id }, by: byBruno, reason: 'x', from: 1 })
    const stale = anIssue(ticket.iid ?? 0, nine, { id: ticket.id, labels: ['level::1'], title: 'stale' })
    desk.gateway.play('listing', async () => aPage([stale]))
    await pullListing(desk.parts)
    const { level, title } = await desk.ticket(ticket.id)
    assert.deepEqual([level, title], [2, 'My screen stays black'])
  })
})

describe('reading a ticket in full', () => {
  const issue = anIssue(7, nine)

  const historyOf = (more: Partial<RemoteHistory> = {}): RemoteHistory => aHistory({ ticket: issue, ...more })

  test('brings its conversation, whose turn it is, and settles what was unread', async (t) => {
    const desk = await aDeskAtWork(t)
    desk.gateway.play('listing', async () => aPage([issue]))
    await pullListing(desk.parts)
    assert.equal((await desk.read((reader) => reader.backlog())).unread, 1)
    desk.gateway.play('history', async () =>
      historyOf({ notes: [aNote(1, nine + minute, { author: carlasAccount, text: 'Which screen?' })] }),
    )
    await desk.clock.turn(hour)
    assert.equal(await readInFull(desk.parts, { limit: 10 }), 1)
    assert.equal((await desk.ticket(issue.id)).awaitingSince, null)
    assert.deepEqual(kindsTold(await desk.read((reader) => reader.events(issue.id))), ['opened', 'replied'])
    assert.equal((await desk.read((reader) => reader.backlog())).unread, 0)
    assert.equal(await readInFull(desk.parts, { limit: 10 }), 0)
  })

  test('sooner than 65 s after its change it is read once more then', async (t) => {
    const desk = await aDeskAtWork(t)
    desk.gateway.play('listing', async () => aPage([issue]))
    desk.gateway.play('history', async () => historyOf())
    await pullListing(desk.parts)
    await desk.clock.turn(30 * second)
    assert.equal(await readInFull(desk.parts, { limit: 10 }), 1)
    assert.equal(await readInFull(desk.parts, { limit: 10 }), 0)
    await desk.clock.turn(36 * second)
    assert.equal(await readInFull(desk.parts, { limit: 10 }), 1)
    await desk.clock.turn(hour)
    assert.equal(await readInFull(desk.parts, { limit: 10 }), 0)
  })

  test('again tells nothing twice and moves no revision', async (t) => {
    const desk = await aDeskAtWork(t)
    desk.gateway.play('history', async () =>
      historyOf({
        notes: [aNote(1, nine + minute, { author: carlasAccount })],
        labelEvents: [aLabelEvent(1, nine + hour, carlasAccount, '+level::2')],
      }),
    )
    await readOneInFull(desk.parts, 7)
    const before = await readTicket(desk.parts, { iid: 7 })
    await readOneInFull(desk.parts, 7)
    assert.deepEqual(await readTicket(desk.parts, { iid: 7 }), before)
  })

  test('our own escalation coming back adds no second event', async (t) => {
    const desk = await aDeskAtWork(t)
    const { id, iid } = await desk.opened()
    assert.ok(iid !== null)
    await desk.clock.turn(hour)
    await escalateTicket(desk.parts, { ref: { id }, by: byBruno, reason: 'Needs a driver', from: 1 })
    await desk.pushAll()
    const noted = (await desk.read((reader) => reader.ownNotes(id, 0)))[0]
    assert.ok(noted !== undefined)
    const at = desk.clock.now()
    desk.gateway.play('history', async () =>
      aHistory({
        ticket: anIssue(iid, at, { id, labels: ['level::2', 'hardware'], title: 'My screen stays black' }),
        labelEvents: [aLabelEvent(1, at, theBot, '+level::2'), aLabelEvent(2, at, theBot, '-level::1')],
        notes: [
          aNote(noted, at, {
            internal: true,
            text: 'Needs a driver',
            marker: aMarker({ kind: 'escalate', level: 2 }),
          }),
        ],
        branches: [{ name: `${iid}-confidential-issue`, url: null }],
      }),
    )
    await readOneInFull(desk.parts, iid)
    const kinds = kindsTold(await desk.read((reader) => reader.events(id)))
    assert.deepEqual(kinds.sort(), ['branch-made', 'escalated', 'opened'])
  })

  test('from a replica that lags behind our own note is as not read', async (t) => {
    const desk = await aDeskAtWork(t)
    const { id, iid } = await desk.opened()
    assert.ok(iid !== null)
    await replyToTicket(desk.parts, { ref: { id }, by: byBruno, body: 'Try the other cable' })
    await desk.pushAll()
    const before = await readTicket(desk.parts, { id })
    const remote = anIssue(iid, desk.clock.now(), { id, title: 'older' })
    desk.gateway.play('history', async () => aHistory({ ticket: remote }))
    await readOneInFull(desk.parts, iid)
    assert.deepEqual(await readTicket(desk.parts, { id }), before)
    const due = await desk.read((reader) => reader.unread(10, desk.clock.now()))
    assert.deepEqual(
      due.map((one) => one.iid),
      [iid],
      'and is read again',
    )
  })

  test('that was begun before an escalation does not take it back', async (t) => {
    const desk = await aDeskAtWork(t)
    const { id, iid } = await desk.opened()
    assert.ok(iid !== null)
    const asItWas = anIssue(iid, desk.clock.now(), { id, labels: ['level::1'] })
    desk.gateway.play('history', async () => {
      await desk.clock.turn(second)
      await escalateTicket(desk.parts, { ref: { id }, by: byBruno, reason: 'Needs a fix', from: 1 })
      await desk.pushAll()
      // The ticket was asked for first, its notes came last.
      const notes = await desk.read((reader) => reader.ownNotes(id, 0))
      return aHistory({ ticket: asItWas, notes: notes.map((note) => aNote(note, nine)) })
    })
    await readOneInFull(desk.parts, iid)
    assert.equal((await desk.ticket(id)).level, 2)
    assert.deepEqual(await desk.read((reader) => reader.marked([iid])), [iid], 'and it is read again')
  })

  test('from before an escalation of which its label events tell already is as not read, for a minute', async (t) => {
    const desk = await aDeskAtWork(t)
    const { id, iid } = await desk.opened()
    assert.ok(iid !== null)
    await escalateTicket(desk.parts, { ref: { id }, by: byBruno, reason: 'Needs a fix', from: 1 })
    await desk.pushAll()
    const notes = await desk.read((reader) => reader.ownNotes(id, 0))
    const moved = desk.clock.now()
    const asItWas = () =>
      aHistory({
        ticket: anIssue(iid, nine, { id, labels: ['level::1'] }),
        notes: notes.map((note) => aNote(note, nine)),
        labelEvents: [aLabelEvent(1, moved, theBot, '+level::2'), aLabelEvent(2, moved, theBot, '-level::1')],
      })
    await desk.clock.turn(second)
    desk.gateway.play('history', async () => asItWas())
    await readOneInFull(desk.parts, iid)
    assert.equal((await desk.ticket(id)).level, 2)
    assert.deepEqual(await desk.read((reader) => reader.marked([iid])), [iid], 'and it is read again')
    // Events that contradict the ticket for good hold nothing up.
    await desk.clock.turn(hour)
    desk.gateway.play('history', async () => asItWas())
    await readOneInFull(desk.parts, iid)
    assert.equal((await desk.ticket(id)).level, 1)
  })

  test('a note that somebody deleted long after is no lagging replica', async (t) => {
    const desk = await aDeskAtWork(t)
    const { id, iid } = await desk.opened()
    assert.ok(iid !== null)
    await replyToTicket(desk.parts, { ref: { id }, by: byBruno, body: 'Try the other cable' })
    await desk.pushAll()
    await desk.clock.turn(hour)
    desk.gateway.play('history', async () =>
      aHistory({ ticket: anIssue(iid, desk.clock.now(), { id, title: 'newer' }) }),
    )
    await readOneInFull(desk.parts, iid)
    assert.equal((await desk.ticket(id)).title, 'newer')
  })

  test('that is changed on the desk meanwhile leaves the desk’s word', async (t) => {
    const desk = await aDeskAtWork(t)
    const { id, iid } = await desk.opened()
    assert.ok(iid !== null)
    await desk.clock.turn(hour)
    desk.gateway.play('history', async () => {
      await escalateTicket(desk.parts, { ref: { id }, by: byBruno, reason: 'x', from: 1 })
      return aHistory({ ticket: anIssue(iid, nine, { id, labels: ['level::1'] }) })
    })
    await readOneInFull(desk.parts, iid)
    assert.equal((await desk.ticket(id)).level, 2)
  })

  test('that GitLab has deleted takes the ticket off the desk, keeps what we know and is not asked for again', async (t) => {
    const desk = await aDeskAtWork(t)
    desk.gateway.play('listing', async () => aPage([issue]))
    await pullListing(desk.parts)
    const before = await desk.ticket(issue.id)
    await desk.clock.turn(hour)
    await readInFull(desk.parts, { limit: 10 })
    const after = await desk.ticket(issue.id)
    assert.deepEqual([after.gone, after.state, after.awaitingSince], [{ why: 'deleted' }, 'resolved', null])
    assert.deepEqual(
      [after.title, after.text, after.requester],
      [before.title, before.text, before.requester],
    )
    assert.equal((await desk.read((reader) => reader.counts(null))).all, 0)
    const told = await desk.read((reader) => reader.events(issue.id))
    assert.deepEqual(only(told.filter(({ what }) => what.kind === 'deleted')).source, 'noticed:deleted')
    assert.equal(await readInFull(desk.parts, { limit: 10 }), 0)
  })

  test('that GitLab does not show yet is tried again, not taken for deleted', async (t) => {
    const desk = await aDeskAtWork(t)
    const { id } = await desk.opened()
    await desk.store.write((writer) => writer.markUnread([101]))
    const failed: string[] = []
    await readInFull(desk.parts, { limit: 10, onFailure: (_, error) => failed.push(error.kind) })
    assert.deepEqual([(await desk.ticket(id)).gone, failed], [null, ['missing']])
  })

  test('asks for branches and merge requests only where there can be any', async (t) => {
    const desk = await aDeskAtWork(t)
    const codes: boolean[] = []
    let labels = ['level::1']
    desk.gateway.play('history', async (_, { code }) => {
      codes.push(code)
      return historyOf({ ticket: { ...issue, labels }, branches: code ? [] : null })
    })
    desk.gateway.play('listing', async () => aPage([{ ...issue, labels }]))
    await pullListing(desk.parts)
    await readOneInFull(desk.parts, 7)
    labels = ['level::2']
    await pullListing(desk.parts)
    await readOneInFull(desk.parts, 7)
    assert.deepEqual(codes, [false, true])
  })

  test('live and rebuilt from nothing are the same, for a ticket that was escalated and handed back', async (t) => {
    const remote = anIssue(7, nine + hour, { labels: ['level::1'] })
    const full = historyOf({
      ticket: remote,
      labelEvents: [
        aLabelEvent(1, nine + minute, carlasAccount, '+level::2'),
        aLabelEvent(2, nine + hour, carlasAccount, '-level::2'),
      ],
    })
    const branches = [{ name: '7-confidential-issue', url: null }]
    const live = await aDeskAtWork(t)
    const rebuilt = await aDeskAtWork(t)
    for (const { gateway } of [live, rebuilt]) {
      gateway.play('history', async (_, { code }) => ({ ...full, branches: code ? branches : null }))
      gateway.play('listing', async () => aPage([remote]))
    }
    live.gateway.play('listing', async () => aPage([{ ...remote, labels: ['level::2'] }]))
    for (const { parts } of [live, rebuilt]) {
      await pullListing(parts)
      await readOneInFull(parts, 7)
      await readOneInFull(parts, 7)
    }
    const { revision: _, ...one } = await live.ticket(remote.id)
    const { revision: __, ...other } = await rebuilt.ticket(remote.id)
    assert.deepEqual(other, one)
  })

  test('has the one read again that goes on for it, once: GitLab calls its new note no change', async (t) => {
    const desk = await aDeskAtWork(t)
    const [goesOn, double] = [anIssue(1), anIssue(2)]
    const marked = { id: 7, at: nine + minute, by: davisAccount, of: 1, has: null }
    desk.gateway.play('listing', async () => aPage([goesOn, double]))
    desk.gateway.play('history', async (iid) =>
      iid === 1 ? aHistory({ ticket: goesOn }) : aHistory({ ticket: double, duplicates: [marked] }),
    )
    await pullListing(desk.parts)
    await readOneInFull(desk.parts, 1)
    const isMarked = async () => desk.read((reader) => reader.marked([1]))
    assert.deepEqual(await isMarked(), [])
    await readOneInFull(desk.parts, 2)
    assert.deepEqual(await isMarked(), [1])
    await readOneInFull(desk.parts, 1)
    await readOneInFull(desk.parts, 2)
    assert.deepEqual(await isMarked(), [])
  })

  test('of many the marked are first, then open ones, then the newest; one that fails holds up no other', async (t) => {
    const desk = await aDeskAtWork(t)
    desk.gateway.play('listing', async () => aPage([anIssue(1), anIssue(2), anIssue(3)]))
    await pullListing(desk.parts)
    await desk.clock.turn(hour)
    desk.gateway.play('history', async (iid) => {
      if (iid === 3) throw Object.assign(refusedConnection(), { kind: 'permanent' })
      return aHistory({ ticket: anIssue(iid) })
    })
    const avoided = new Map<number, number>()
    for (let round = 0; round < 5; round++) await readInFull(desk.parts, { limit: 1, avoided })
    assert.deepEqual([...new Set(desk.gateway.called('history'))].sort(), ['1', '2', '3'])
  })
})

describe('refreshing the members', () => {
  test('brings names and roles, without bots', async (t) => {
    const desk = await aDeskAtWork(t)
    desk.gateway.play('members', async () => [
      { ...brunosAccount, role: 'specialist' },
      { ...davisAccount, role: 'lead' },
      { ...theBot, role: 'specialist' },
    ])
    await refreshMembers(desk.parts)
    const members = await desk.read((reader) => reader.members())
    assert.deepEqual(
      members.map(({ username, role }) => [username, role]),
      [
        ['bruno', 'specialist'],
        ['carla', 'requester'],
        ['davi', 'lead'],
      ],
    )
  })

  test('whoever left keeps the name in the history and has no rights', async (t) => {
    const desk = await aDeskAtWork(t)
    await refreshMembers(desk.parts)
    const carla = await desk.read((reader) => reader.member('carla'))
    assert.deepEqual([carla?.name, carla?.role], ['Carla', 'requester'])
  })

  test('GitLab’s being away takes nobody’s rights', async (t) => {
    const desk = await aDeskAtWork(t)
    desk.gateway.play('members', async () => {
      throw refusedConnection()
    })
    await assert.rejects(refreshMembers(desk.parts))
    assert.equal((await desk.read((reader) => reader.member('carla')))?.role, 'specialist')
  })
})

describe('looking', () => {
  test('at the dashboard, tickets that GitLab does not know yet stand with the others', async (t) => {
    const desk = await aDeskAtWork(t)
    await desk.opened({ title: 'known' })
    await desk.clock.turn(minute)
    await desk.open({ title: 'on its way' })
    const { page, counts } = await browseTickets(desk.parts, {
      view: 'level-1',
      me: null,
      level: null,
      category: null,
      state: null,
      assignee: null,
      words: '',
      cursor: null,
      limit: 25,
    })
    assert.deepEqual(
      page.tickets.map(({ title, delivery }) => [title, delivery]),
      [
        ['known', null],
        ['on its way', 'queued'],
      ],
    )
    assert.deepEqual(counts.levels, [2, 0])
  })

  test('at a ticket that nobody has answers nothing', async (t) => {
    const desk = await aDeskAtWork(t)
    assert.equal(await readTicket(desk.parts, { iid: 4711 }), null)
    assert.equal(await downloadFile(desk.parts, { ref: { iid: 4711 }, n: 1 }), null)
  })

  test('at a file: from here while it is on its way, from GitLab afterwards, and no other', async (t) => {
    const desk = await aDeskAtWork(t)
    const files = [{ id: 'f1', name: 'one.png', type: 'image/png', bytes: 3 }]
    const { id } = await desk.open({ files })
    assert.equal((await downloadFile(desk.parts, { ref: { id }, n: 1 }))?.bytes.length, 3)
    assert.deepEqual(desk.gateway.called('download'), [])
    await desk.pushAll()
    desk.gateway.play('download', async () => ({ bytes: new Uint8Array(5), type: 'image/png' }))
    const loaded = await downloadFile(desk.parts, { ref: { id }, n: 1 })
    assert.deepEqual([loaded?.bytes.length, loaded?.file.name], [5, 'one.png'])
    for (const n of [0, 2, -1, 1.5, Number.NaN])
      assert.equal(await downloadFile(desk.parts, { ref: { id }, n }), null)
    assert.equal(only(desk.gateway.called('download')), '/uploads/1')
  })
})
