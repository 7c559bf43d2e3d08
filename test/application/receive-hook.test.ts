// Webhooks are hints (design section 4): they make a reading come sooner and change nothing else. Lost, doubled and
// many at once, the desk ends up with what GitLab says. The clock is turned.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { describe, test } from 'node:test'
import type { Hint, Hooks } from '../../src/application/receive-hook.ts'
import { createHooks, hookEvidence } from '../../src/application/receive-hook.ts'
import type { Worker } from '../../src/worker.ts'
import { startWorker } from '../../src/worker.ts'
import { aHistory, aNote, aRemoteTicket, minute, nine, second } from '../support/tickets.ts'
import type { DeskAtWork } from './a-desk.ts'
import { aDeskAtWork } from './a-desk.ts'
import { refusedConnection } from './scripted-gateway.ts'

const poll = 5 * minute

/** One that GitLab has and the desk does not know yet. */
const fresh = aRemoteTicket({ id: '0197f000-0000-7000-8000-000000000043', iid: 43, changedAt: nine + minute })

type Hooked = DeskAtWork & { readonly hooks: Hooks; readonly worker: Worker; readonly errors: string[] }

/** A desk that knows ticket 42 as GitLab has it, polls every five minutes and has rested since its last poll. */
const aHookedDesk = async (t: TestContext, more: { readonly project?: string } = {}): Promise<Hooked> => {
  const desk = await aDeskAtWork(t)
  const errors: string[] = []
  const log = {
    info: () => undefined,
    warn: () => undefined,
    error: (_: object, message: string) => void errors.push(message),
  }
  desk.gateway.play('listing', async () => ({ tickets: [aRemoteTicket()], next: null, total: 1 }))
  desk.gateway.play('history', async (iid) => aHistory({ ticket: iid === 42 ? aRemoteTicket() : fresh }))
  const worker = startWorker({
    ...desk.push,
    desk: desk.parts.desk,
    newId: desk.parts.newId,
    pollMs: poll,
    readPauseMs: 0,
    wishMs: 2 * second,
    hooked: true,
    log,
    onSettled: () => undefined,
  })
  desk.beforeEnd(worker.stop)
  const { store, clock } = desk
  const hooks = createHooks({
    store,
    clock,
    project: more.project ?? 'demo/helpdesk',
    look: worker.look,
    log,
  })
  await desk.clock.turn(70 * second)
  return { ...desk, hooks, worker, errors }
}

const hint = (changes: Partial<Hint> = {}): Hint => ({
  id: null,
  project: { id: 1, path: 'demo/helpdesk' },
  iids: [42],
  ...changes,
})

const said = (desk: DeskAtWork) => ({
  lists: desk.gateway.called('listing').length,
  readings: desk.gateway.called('history').length,
})

const evidence = (desk: DeskAtWork) => desk.read(hookEvidence)

const repliesOf = async (desk: DeskAtWork) =>
  (await desk.read((reader) => reader.events(aRemoteTicket().id))).flatMap(({ what }) =>
    what.kind === 'replied' ? what.text : [],
  )

describe('a delivery', () => {
  test('lets the ticket be read at once, and asks for no list', async (t) => {
    const desk = await aHookedDesk(t)
    const before = said(desk)
    desk.gateway.play('history', async () => aHistory({ notes: [aNote(7, nine)] }))
    assert.equal(desk.hooks.receive(hint()), 'taken')
    await desk.clock.turn(200)
    assert.deepEqual(said(desk), { lists: before.lists, readings: before.readings + 1 })
    assert.deepEqual(await repliesOf(desk), ['Have you tried another cable?'])
  })

  test('of a ticket that is not known yet brings the list forward', async (t) => {
    const desk = await aHookedDesk(t)
    const before = said(desk)
    desk.gateway.play('listing', async () => ({ tickets: [fresh], next: null, total: 1 }))
    desk.hooks.receive(hint({ iids: [43] }))
    await desk.clock.turn(second)
    assert.equal(said(desk).lists, before.lists + 1)
    assert.ok(await desk.read((reader) => reader.ticket({ iid: 43 })))
    await desk.clock.turn(minute)
    assert.equal(said(desk).lists, before.lists + 1, 'once')
  })

  test('of what never becomes a ticket costs a list and no more, however often it comes', async (t) => {
    const desk = await aHookedDesk(t)
    const before = said(desk)
    for (let n = 0; n < 50; n++) {
      desk.hooks.receive(hint({ iids: [9_999] }))
      await desk.clock.turn(100)
    }
    const { lists } = said(desk)
    assert.ok(lists - before.lists <= 7, `${lists - before.lists} lists within five seconds`)
  })

  test('is one of a hundred: they cost one list and one reading of each ticket', async (t) => {
    const desk = await aHookedDesk(t)
    const before = said(desk)
    const version = await desk.store.version()
    for (let n = 0; n < 100; n++) desk.hooks.receive(hint({ id: `delivery ${n}`, iids: [n % 2 ? 42 : 43] }))
    await desk.clock.turn(minute)
    assert.deepEqual(said(desk), { lists: before.lists + 1, readings: before.readings + 1 })
    const writes = (await desk.store.version()) - version
    assert.ok(writes <= 5, `${writes} writes`)
  })

  test('that comes again has no effect', async (t) => {
    const desk = await aHookedDesk(t)
    desk.hooks.receive(hint({ id: 'the same' }))
    await desk.clock.turn(minute)
    const before = said(desk)
    const version = await desk.store.version()
    assert.equal(desk.hooks.receive(hint({ id: 'the same' })), 'known')
    await desk.clock.turn(minute)
    assert.deepEqual(said(desk), before)
    assert.equal(await desk.store.version(), version)
    await desk.clock.turn(16 * minute)
    assert.equal(
      desk.hooks.receive(hint({ id: 'the same' })),
      'taken',
      'by then its signature is too old anyway',
    )
  })

  test('of another project has no effect, even with a number of ours', async (t) => {
    const desk = await aHookedDesk(t)
    const before = said(desk)
    const version = await desk.store.version()
    for (const project of [
      { id: 1, path: 'demo/archive' },
      { id: 1, path: null },
      { id: 1, path: 'demo/helpdesk2' },
    ])
      assert.equal(desk.hooks.receive(hint({ project })), 'foreign')
    await desk.clock.turn(minute)
    assert.deepEqual(said(desk), before)
    assert.equal(await desk.store.version(), version)
    assert.equal((await evidence(desk)).lastDelivery, null)
    const byNumber = await aHookedDesk(t, { project: '1' })
    assert.equal(byNumber.hooks.receive(hint({ project: { id: 2, path: '1' } })), 'foreign')
    assert.equal(byNumber.hooks.receive(hint({ project: { id: 1, path: 'renamed/since' } })), 'taken')
  })

  test('that comes while its ticket is being read lets it be read once more', async (t) => {
    const desk = await aHookedDesk(t)
    // The reading has taken the notes when the next comment comes, and its delivery overtakes the answer.
    desk.gateway.play('history', async () => {
      desk.gateway.play('history', async () => aHistory({ notes: [aNote(7, nine), aNote(8, nine)] }))
      desk.hooks.receive(hint())
      await desk.clock.sleep(second)
      return aHistory({ notes: [aNote(7, nine)] })
    })
    desk.hooks.receive(hint())
    await desk.clock.turn(3 * second)
    assert.equal((await repliesOf(desk)).length, 2)
  })

  test('while GitLab is away is remembered until it is back', async (t) => {
    const desk = await aHookedDesk(t)
    desk.gateway.failAll(refusedConnection)
    desk.hooks.receive(hint({ iids: [43] }))
    await desk.clock.turn(10 * second)
    desk.gateway.recover()
    const before = said(desk)
    await desk.clock.turn(2 * minute)
    assert.equal(said(desk).lists, before.lists + 1)
  })

  test('that was answered just before the end is written down at the end', async (t) => {
    const desk = await aHookedDesk(t)
    desk.hooks.receive(hint())
    await desk.hooks.stop()
    assert.deepEqual(await desk.read((reader) => reader.marked([42, 43])), [42])
  })

  test('that cannot be written down is told of in the log and stops nothing', async (t) => {
    const desk = await aHookedDesk(t)
    let away = true
    const errors: string[] = []
    const hooks = createHooks({
      ...desk.parts,
      store: {
        ...desk.store,
        write: (work) => (away ? Promise.reject(new Error('database is locked')) : desk.store.write(work)),
      },
      project: '1',
      look: desk.worker.look,
      log: { error: (_, message) => void errors.push(message) },
    })
    hooks.receive(hint())
    await desk.clock.turn(second)
    assert.equal(errors.length, 1)
    away = false
    const before = said(desk)
    hooks.receive(hint())
    await desk.clock.turn(second)
    assert.equal(said(desk).readings, before.readings + 1)
  })
})

describe('polling beside webhooks', () => {
  const changes = (desk: DeskAtWork, changedAt: number) => {
    const ticket = aRemoteTicket({ changedAt })
    desk.gateway.play('listing', async () => ({ tickets: [ticket], next: null, total: 1 }))
    desk.gateway.play('history', async () => aHistory({ ticket }))
  }

  test('a comment within a minute of the last change is found although its delivery was lost', async (t) => {
    const desk = await aHookedDesk(t)
    const at = desk.clock.now()
    const ticket = aRemoteTicket({ changedAt: at })
    desk.gateway.play('history', async () => aHistory({ ticket, notes: [aNote(7, at)] }))
    desk.hooks.receive(hint())
    await desk.clock.turn(30 * second)
    assert.equal((await repliesOf(desk)).length, 1)
    // GitLab does not move the time of the change for this one, and nobody tells us.
    desk.gateway.play('history', async () =>
      aHistory({ ticket, notes: [aNote(7, at), aNote(8, at + 40_000)] }),
    )
    await desk.clock.turn(34 * second)
    assert.equal((await repliesOf(desk)).length, 1)
    await desk.clock.turn(4 * second)
    assert.equal((await repliesOf(desk)).length, 2, '65 s after the change it was read once more')
    const { readings } = said(desk)
    await desk.clock.turn(2 * minute)
    assert.equal(said(desk).readings, readings, 'and then no more')
  })

  test('what only polling found is counted until a delivery comes', async (t) => {
    const desk = await aHookedDesk(t)
    assert.deepEqual(await evidence(desk), { lastDelivery: null, missed: 0 })
    changes(desk, nine + 2 * minute)
    await desk.clock.turn(poll)
    assert.deepEqual(await evidence(desk), { lastDelivery: null, missed: 1 })
    await desk.clock.turn(poll)
    assert.equal((await evidence(desk)).missed, 1, 'the same change again is no other one')
    changes(desk, nine + 3 * minute)
    await desk.clock.turn(poll)
    assert.equal((await evidence(desk)).missed, 2)
    const at = desk.clock.now()
    desk.hooks.receive(hint())
    await desk.clock.turn(second)
    assert.deepEqual(await evidence(desk), { lastDelivery: at + 100, missed: 0 })
  })

  test('what was told of is not counted, whoever reads it first', async (t) => {
    const desk = await aHookedDesk(t)
    changes(desk, nine + 2 * minute)
    // Told of, but GitLab does not show this ticket just now: the poll is first.
    await desk.store.write((writer) => writer.markUnread([42]))
    desk.gateway.play('history', async () => {
      throw refusedConnection()
    })
    await desk.clock.turn(2 * poll)
    assert.equal((await evidence(desk)).missed, 0)
  })

  test('the last delivery is written down once a minute', async (t) => {
    const desk = await aHookedDesk(t)
    const noted = new Set<number | null>()
    for (let n = 0; n < 30; n++) {
      desk.hooks.receive(hint({ iids: [] }))
      await desk.clock.turn(4 * second)
      noted.add((await evidence(desk)).lastDelivery)
    }
    assert.ok(noted.size <= 3, `${noted.size} times in two minutes`)
  })
})
