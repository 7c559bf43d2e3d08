// Promises that run out and are broken: each is told of once, by mail or in GitLab, and a broken one escalates its
// ticket once, whatever dies in between and however many look after it. What is written is read back from the store.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { describe, test } from 'node:test'
import { openPostgresStore, openSqliteStore } from '../../src/adapters/store/store.ts'
import { assignTicket } from '../../src/application/assign-ticket.ts'
import { noteOnTicket } from '../../src/application/note-on-ticket.ts'
import { openTicket } from '../../src/application/open-ticket.ts'
import type { Parts, Store } from '../../src/application/ports.ts'
import { replyToTicket } from '../../src/application/reply-to-ticket.ts'
import { resolveTicket } from '../../src/application/resolve-ticket.ts'
import { setTicketWaiting } from '../../src/application/set-ticket-waiting.ts'
import { watchTargets } from '../../src/application/watch-targets.ts'
import type { Desk } from '../../src/domain/desk.ts'
import type { Target } from '../../src/domain/target.ts'
import { startWorker } from '../../src/worker.ts'
import type { TurnableClock } from '../support/clock.ts'
import { turnableClock } from '../support/clock.ts'
import {
  ana,
  bruno,
  brunosAccount,
  byAna,
  byBruno,
  byDavi,
  carla,
  carlasAccount,
  davi,
  davisAccount,
} from '../support/people.ts'
import { startPostgres } from '../support/postgres.ts'
import { aTarget } from '../support/promises.ts'
import { aDesk, hour, ids, minute, nine } from '../support/tickets.ts'
import { asDone, everybody } from './a-desk.ts'
import { refusedConnection, refusedForGood, scriptedGateway } from './scripted-gateway.ts'

type Watched = {
  readonly parts: Parts
  readonly clock: TurnableClock
  /** Ana asks at nine, and Bruno takes it. */
  opened(): Promise<string>
  /** What is due by now is told of. */
  watch(): Promise<number>
  /** Every operation that tells or escalates, in short, in the order in which it is done. */
  done(id: string): Promise<string[]>
  level(id: string): Promise<number>
}

const deskWith = (target: Partial<Target>, changes: Partial<Desk> = {}): Desk =>
  aDesk({ targets: [aTarget(target)], mail: { ...aDesk().mail, own: true }, ...changes })

const around = (store: Store, desk: Desk, clock = turnableClock(nine), newId = ids()): Watched => {
  const parts: Parts = {
    store,
    gateway: scriptedGateway(),
    clock,
    newId,
    desk,
    nudge: () => undefined,
    settled: async () => undefined,
    prompt: () => false,
  }
  return {
    parts,
    clock,
    opened: async () => {
      const opening = {
        title: 'My screen stays black',
        text: 'Since this morning.',
        category: 'Hardware',
        requester: ana,
        files: [],
      }
      const { id } = asDone(await openTicket(parts, { by: byAna, opening, files: [] })).ticket
      asDone(await assignTicket(parts, { ref: { id }, by: byDavi, username: 'bruno' }))
      return id
    },
    watch: async () => (await watchTargets(parts, clock.now())).told.length,
    done: async (id) =>
      (await store.read((reader) => reader.operations(id))).flatMap(({ intent, author }) => {
        if (intent.kind === 'branch') return ['branch']
        if (intent.kind === 'note' && author.kind === 'desk') return [`${intent.purpose}: ${intent.text}`]
        if (intent.kind !== 'mail' || !/^(target-|escalated)/u.test(intent.notice)) return []
        return [`${intent.notice} to ${intent.to.name}: ${intent.text}`]
      }),
    level: async (id) => (await store.read((reader) => reader.ticket({ id })))?.level ?? 0,
  }
}

/** Everybody is a member and has chosen their notices; promises count from nine on. */
const prepared = async (store: Store): Promise<Store> => {
  await store.write(async (writer) => {
    await writer.saveMembers(everybody(nine))
    for (const [agent, wish] of [
      [bruno, 'mine'],
      [carla, 'all'],
      [davi, 'all'],
    ] as const)
      await writer.saveWish({
        userId: agent.id,
        address: `${agent.username}@desk.example`,
        wish,
        language: 'en',
      })
    while ((await writer.measureAgain(200, nine)) > 0);
  })
  return store
}

const aWatchedDesk = async (
  t: TestContext,
  target: Partial<Target> = {},
  changes: Partial<Desk> = {},
): Promise<Watched> => {
  const desk = deskWith(target, changes)
  const store = await openSqliteStore({ file: ':memory:', desk })
  t.after(() => store.close())
  return around(await prepared(store), desk)
}

const runsOut =
  'The time for a first response ends on Monday, 8 June 2026 at 13:00, and nobody has answered yet.'
const ranOut = 'The time for a first response ended on Monday, 8 June 2026 at 13:00, and nobody has answered.'

/** A broken promise of an answer, with escalation: in this order, and each of them once. */
const escalatedOnce = [
  'branch',
  `escalate: ${ranOut}`,
  `target-missed to Bruno: ${ranOut}`,
  `escalated to Carla: ${ranOut}`,
  `escalated to Davi: ${ranOut}`,
]

describe('a promise that runs out', () => {
  test('is told of once, to whoever has the ticket', async (t) => {
    const desk = await aWatchedDesk(t)
    const id = await desk.opened()
    await desk.clock.turn(3 * hour - 1)
    assert.equal(await desk.watch(), 0)
    await desk.clock.turn(1)
    assert.equal(await desk.watch(), 1)
    assert.deepEqual(await desk.done(id), [`target-approaching to Bruno: ${runsOut}`])
    await desk.clock.turn(30 * minute)
    assert.equal(await desk.watch(), 0)
    assert.equal((await desk.done(id)).length, 1)
  })

  test('that ran out while Belay was away is told of as broken only', async (t) => {
    const desk = await aWatchedDesk(t)
    const id = await desk.opened()
    await desk.clock.turn(48 * hour)
    await desk.watch()
    await desk.watch()
    assert.deepEqual(await desk.done(id), [
      `target-missed to Bruno: ${ranOut}`,
      `target-missed to Davi: ${ranOut}`,
    ])
  })

  test('is told of nobody where it was kept a moment before', async (t) => {
    const desk = await aWatchedDesk(t, { whenMissed: 'escalate' })
    const id = await desk.opened()
    await desk.clock.turn(3 * hour - 1)
    asDone(await replyToTicket(desk.parts, { ref: { id }, by: byBruno, body: 'Another cable, please.' }))
    await desk.clock.turn(48 * hour)
    assert.equal(await desk.watch(), 0)
    assert.deepEqual([await desk.done(id), await desk.level(id)], [[], 1])
  })

  test('is not kept by an internal note', async (t) => {
    const desk = await aWatchedDesk(t)
    const id = await desk.opened()
    asDone(await noteOnTicket(desk.parts, { ref: { id }, by: byBruno, body: 'I look at it.' }))
    await desk.clock.turn(3 * hour)
    assert.equal(await desk.watch(), 1)
  })

  test('waits where the requester is waited for, and is told of by as much later', async (t) => {
    const desk = await aWatchedDesk(t, { within: { resolution: 4 * hour } })
    const id = await desk.opened()
    const waiting = (on: boolean) => setTicketWaiting(desk.parts, { ref: { id }, by: byBruno, waiting: on })
    await desk.clock.turn(2 * hour)
    asDone(await waiting(true))
    await desk.clock.turn(24 * hour)
    assert.equal(await desk.watch(), 0)
    asDone(await waiting(false))
    await desk.clock.turn(hour - 1)
    assert.equal(await desk.watch(), 0)
    await desk.clock.turn(1)
    assert.equal(await desk.watch(), 1)
    assert.match((await desk.done(id)).join(), /ends on Tuesday, 9 June 2026 at 13:00, .* not resolved yet/u)
  })
})

describe('a promise that was broken', () => {
  test('escalates the ticket once, with its branch and the reason', async (t) => {
    const desk = await aWatchedDesk(t, { whenMissed: 'escalate' })
    const id = await desk.opened()
    await desk.clock.turn(4 * hour)
    for (let again = 0; again < 3; again++) {
      await desk.watch()
      await desk.clock.turn(hour)
    }
    assert.deepEqual(await desk.done(id), escalatedOnce)
    const ticket = await desk.parts.store.read((reader) => reader.ticket({ id }))
    assert.deepEqual(
      [ticket?.level, ticket?.assignee, ticket?.formerAssignee, ticket?.branch],
      [2, null, 'bruno', { state: 'asked' }],
    )
    const events = await desk.parts.store.read((reader) => reader.events(id))
    const escalated = events.filter(({ what }) => what.kind === 'escalated')
    assert.deepEqual(
      escalated.map(({ actor, what }) => [actor, what]),
      [
        [
          { kind: 'bot', name: 'Belay' },
          { kind: 'escalated', from: 1, to: 2, reason: ranOut },
        ],
      ],
    )
  })

  test('gives its reason in the language of the desk, and each mail its own', async (t) => {
    const mail = { ...aDesk().mail, own: true, language: 'de' as const }
    const desk = await aWatchedDesk(t, { whenMissed: 'escalate' }, { mail, timeZone: 'Europe/Berlin' })
    const id = await desk.opened()
    await desk.clock.turn(4 * hour)
    await desk.watch()
    const [, note, missed] = await desk.done(id)
    assert.equal(
      note,
      'escalate: Die Zeit für die erste Antwort endete am Montag, 8. Juni 2026 um 15:00, und niemand hat geantwortet.',
    )
    assert.match(missed ?? '', /^target-missed to Bruno: The time for a first response ended .* 15:00/u)
  })

  test('at the highest level is only told of', async (t) => {
    const desk = await aWatchedDesk(
      t,
      { whenMissed: 'escalate' },
      { levels: [{ name: 'Level 1', label: 'level::1' }] },
    )
    const id = await desk.opened()
    await desk.clock.turn(4 * hour)
    await desk.watch()
    assert.deepEqual(await desk.done(id), [
      `target-missed to Bruno: ${ranOut}`,
      `target-missed to Davi: ${ranOut}`,
    ])
  })

  test('by a ticket that was resolved in time is none', async (t) => {
    const desk = await aWatchedDesk(t, { within: { resolution: hour }, whenMissed: 'escalate' })
    const id = await desk.opened()
    await desk.clock.turn(10 * minute)
    asDone(
      await resolveTicket(desk.parts, {
        ref: { id },
        by: byBruno,
        answer: 'It was the cable.',
        standardAnswer: '',
      }),
    )
    await desk.clock.turn(10 * hour)
    await desk.watch()
    assert.deepEqual(await desk.done(id), [])
  })
})

describe('promises that are given to a desk that has tickets', () => {
  test('are told of from then on: what was broken before is history', async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'belay-targets-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const file = path.join(folder, 'belay.sqlite')
    const desk = deskWith({ whenMissed: 'escalate' })
    const clock = turnableClock(nine)
    const newId = ids()
    const former = { ...desk, targets: [] }
    const first = await openSqliteStore({ file, desk: former })
    const before = around(await prepared(first), former, clock, newId)
    const old = await before.opened()
    await clock.turn(hour)
    const recent = await before.opened()
    await clock.turn(3.5 * hour)
    assert.equal(await before.watch(), 0)
    await first.close()

    const second = await openSqliteStore({ file, desk })
    t.after(() => second.close())
    await second.write(async (writer) => {
      while ((await writer.measureAgain(200, clock.now())) > 0);
    })
    const after = around(second, desk, clock, newId)
    assert.equal(await after.watch(), 0)
    await clock.turn(0.5 * hour)
    assert.equal(await after.watch(), 1)
    assert.deepEqual([await after.level(old), await after.level(recent)], [1, 2])
  })
})

describe('where Belay sends no mails', () => {
  const quiet = { mail: aDesk().mail }

  test('GitLab mails who has the ticket, because a note mentions them', async (t) => {
    const desk = await aWatchedDesk(t, {}, quiet)
    const id = await desk.opened()
    await desk.clock.turn(3 * hour)
    await desk.watch()
    await desk.clock.turn(hour)
    await desk.watch()
    await desk.watch()
    assert.deepEqual(await desk.done(id), [`note: @bruno ${runsOut}`, `note: @bruno ${ranOut}`])
    const ticket = await desk.parts.store.read((reader) => reader.ticket({ id }))
    assert.equal(ticket?.awaitingSince, nine, 'it is our turn as before')
  })

  test('nobody has it: only that it was broken is noted', async (t) => {
    const desk = await aWatchedDesk(t, {}, quiet)
    const id = await desk.opened()
    asDone(await assignTicket(desk.parts, { ref: { id }, by: byDavi, username: '' }))
    for (const later of [3 * hour, hour]) {
      await desk.clock.turn(later)
      await desk.watch()
    }
    assert.deepEqual(await desk.done(id), [`note: ${ranOut}`])
  })

  test('the note of an escalation says it all', async (t) => {
    const desk = await aWatchedDesk(t, { whenMissed: 'escalate' }, quiet)
    const id = await desk.opened()
    await desk.clock.turn(4 * hour)
    await desk.watch()
    assert.deepEqual(await desk.done(id), ['branch', `escalate: ${ranOut}`])
  })
})

describe('exactly once', () => {
  test('whatever statement it dies at: nothing of it was written then, and all of it the next time', async (t) => {
    const desk = deskWith({ whenMissed: 'escalate' })
    let points = 0
    for (let point = 1; ; point++) {
      let left: number | null = null
      const store = await openSqliteStore({
        file: ':memory:',
        desk,
        before: () => {
          if (left !== null && --left === 0) throw new Error('power cut')
        },
      })
      const watched = around(await prepared(store), desk)
      const id = await watched.opened()
      await watched.clock.turn(4 * hour)
      left = point
      const died = await watched.watch().then(
        () => false,
        () => true,
      )
      const reached = left <= 0
      left = null
      if (died) assert.deepEqual([await watched.done(id), await watched.level(id)], [[], 1], `at ${point}`)
      await watched.watch()
      await watched.watch()
      assert.deepEqual([await watched.done(id), await watched.level(id)], [escalatedOnce, 2], `at ${point}`)
      await store.close()
      if (!reached) break
      points++
    }
    assert.ok(points > 20, `died at ${points} statements only`)
    t.diagnostic(`${points} statements`)
  })

  test('after a restart', async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'belay-targets-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const desk = deskWith({ whenMissed: 'escalate' })
    const open = () => openSqliteStore({ file: path.join(folder, 'belay.sqlite'), desk })
    const clock = turnableClock(nine)
    const newId = ids()
    const first = await open()
    const before = around(await prepared(first), desk, clock, newId)
    const id = await before.opened()
    await clock.turn(4 * hour)
    await before.watch()
    await first.close()
    const second = await open()
    t.after(() => second.close())
    const after = around(second, desk, clock, newId)
    await clock.turn(hour)
    await after.watch()
    assert.deepEqual(await after.done(id), escalatedOnce)
  })

  const together = async (one: Store, other: Store, desk: Desk) => {
    const clock = turnableClock(nine)
    const newId = ids()
    const here = around(await prepared(one), desk, clock, newId)
    const there = around(other, desk, clock, newId)
    const tickets: string[] = []
    for (let count = 0; count < 4; count++) tickets.push(await here.opened())
    await clock.turn(4 * hour)
    const told = await Promise.all([here.watch(), there.watch(), here.watch(), there.watch()])
    for (const id of tickets) assert.deepEqual(await here.done(id), escalatedOnce)
    // Of each ticket that it ran out, which nobody need hear any more, and that it was broken.
    assert.equal(
      told.reduce((sum, count) => sum + count, 0),
      8,
    )
  }

  test('two look after them at once, on one SQLite file', async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'belay-targets-'))
    const desk = deskWith({ whenMissed: 'escalate' })
    const stores = [1, 2].map(() => openSqliteStore({ file: path.join(folder, 'belay.sqlite'), desk }))
    t.after(async () => {
      for (const store of stores) await (await store).close()
      rmSync(folder, { recursive: true, force: true })
    })
    const [one, other] = await Promise.all(stores)
    assert.ok(one && other)
    await together(one, other, desk)
  })

  test('two processes look after them at once, on one PostgreSQL', async (t) => {
    const postgres = await startPostgres()
    const url = await postgres.createDatabase()
    const desk = deskWith({ whenMissed: 'escalate' })
    const one = await openPostgresStore({ url, desk })
    const other = await openPostgresStore({ url, desk })
    t.after(async () => {
      await one.close()
      await other.close()
    })
    await together(one, other, desk)
  })
})

describe('the worker', () => {
  const working = async (t: TestContext, made?: Watched) => {
    const desk = made ?? (await aWatchedDesk(t, { whenMissed: 'escalate' }))
    const gateway = scriptedGateway()
    gateway.play('members', async () => [
      { ...brunosAccount, role: 'agent' },
      { ...carlasAccount, role: 'specialist' },
      { ...davisAccount, role: 'lead' },
    ])
    // Nothing is read of the ticket itself: what is known of it here counts.
    gateway.play('history', async () => {
      throw refusedForGood()
    })
    const id = await desk.opened()
    const failures: unknown[] = []
    const begin = () => {
      const worker = startWorker({
        ...desk.parts,
        gateway,
        chance: () => 0.5,
        pollMs: 15_000,
        readPauseMs: 0,
        log: {
          info: () => undefined,
          warn: () => undefined,
          error: (data) => void failures.push(data),
        },
        onSettled: () => undefined,
      })
      t.after(() => worker.stop())
      return worker
    }
    return { ...desk, gateway, id, begin, failures }
  }

  test('tells of what is due as soon as GitLab was read since then', async (t) => {
    const desk = await working(t)
    // GitLab will not have this ticket, so that it has no news of it either.
    desk.gateway.play('perform', async () => {
      throw refusedForGood()
    })
    desk.begin()
    await desk.clock.turn(4 * hour - 1)
    assert.equal(await desk.level(desk.id), 1)
    await desk.clock.turn(minute)
    const done = [`target-approaching to Bruno: ${runsOut}`, ...escalatedOnce]
    assert.deepEqual([await desk.level(desk.id), await desk.done(desk.id)], [2, done])
    await desk.clock.turn(hour)
    assert.deepEqual(await desk.done(desk.id), done)
    assert.deepEqual(desk.failures, [])
  })

  test('does so all the same while GitLab is away, a little later', async (t) => {
    const desk = await working(t)
    desk.gateway.failAll(refusedConnection)
    desk.begin()
    await desk.clock.turn(4 * hour + minute)
    assert.equal(await desk.level(desk.id), 1)
    await desk.clock.turn(2 * minute)
    assert.equal(await desk.level(desk.id), 2)
  })

  test('that was away reads GitLab first, before it tells of what ran out meanwhile', async (t) => {
    const desk = await working(t)
    await desk.clock.turn(48 * hour)
    const levels: number[] = []
    desk.gateway.play('listing', async () => {
      if (levels.length === 0) await desk.clock.sleep(30_000)
      levels.push(await desk.level(desk.id))
      return { tickets: [], next: null, total: 0 }
    })
    desk.begin()
    await desk.clock.turn(minute)
    assert.equal(levels[0], 1, 'escalated before GitLab had answered')
    assert.equal(await desk.level(desk.id), 2)
  })

  test('measures all tickets first, where that was never done by the rules of this desk', async (t) => {
    const rules = deskWith({ whenMissed: 'escalate' })
    const store = await openSqliteStore({ file: ':memory:', desk: rules })
    t.after(() => store.close())
    await store.write((writer) => writer.saveMembers(everybody(nine)))
    const measuring = () => store.read(async (reader) => (await reader.figuresState()).measuring)
    const desk = await working(t, around(store, rules))
    assert.deepEqual(await measuring(), { done: 0, total: 1 })
    desk.begin()
    await desk.clock.turn(minute)
    assert.equal(await measuring(), null)
    // It cannot be read in GitLab, which is waited for a while.
    await desk.clock.turn(4 * hour + 15 * minute)
    assert.equal(await desk.level(desk.id), 2)
  })

  test('stops at once, also while it waits for the next one', async (t) => {
    const desk = await working(t)
    const worker = desk.begin()
    await desk.clock.turn(minute)
    await worker.stop()
    assert.equal(desk.clock.sleepers(), 0)
  })
})
