// The background door (design section 3 and 4; security I4, I15, I18): it sends and reads by the clock, an outage costs
// few calls, and it stops cleanly. Nobody sleeps here: the clock is turned.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { describe, test } from 'node:test'
import type { Gateway } from '../../src/application/ports.ts'
import { replyToTicket } from '../../src/application/reply-to-ticket.ts'
import type { Worker, WorkerParts } from '../../src/worker.ts'
import { startWorker } from '../../src/worker.ts'
import { brunosAccount, byBruno, carlasAccount, davisAccount } from '../support/people.ts'
import { aHistory, aRemoteTicket, hour, minute, nine, second } from '../support/tickets.ts'
import type { DeskAtWork } from './a-desk.ts'
import { aDeskAtWork } from './a-desk.ts'
import { badToken, refusedConnection, refusedForGood, timeOut, tooMany } from './scripted-gateway.ts'

const poll = 15 * second

type AtWork = DeskAtWork & {
  readonly worker: Worker
  readonly logged: { readonly level: 'info' | 'warn' | 'error'; readonly message: string }[]
  readonly settled: string[]
}

const aWorkingDesk = async (
  t: TestContext,
  more: { prepare?: (desk: DeskAtWork) => unknown; parts?: (desk: DeskAtWork) => Partial<WorkerParts> } = {},
): Promise<AtWork> => {
  const desk = await aDeskAtWork(t)
  desk.gateway.play('members', async () => [
    { ...brunosAccount, role: 'agent' },
    { ...carlasAccount, role: 'specialist' },
    { ...davisAccount, role: 'lead' },
  ])
  await more.prepare?.(desk)
  const logged: AtWork['logged'] = []
  const settled: string[] = []
  const worker = startWorker({
    ...desk.push,
    desk: desk.parts.desk,
    newId: desk.parts.newId,
    pollMs: poll,
    readPauseMs: 0,
    log: {
      info: (_, message) => void logged.push({ level: 'info', message }),
      warn: (_, message) => void logged.push({ level: 'warn', message }),
      error: (_, message) => void logged.push({ level: 'error', message }),
    },
    onSettled: (id) => void settled.push(id),
    ...more.parts?.(desk),
  })
  let stopped: Promise<void> | null = null
  const stop = () => {
    stopped ??= worker.stop()
    return stopped
  }
  desk.beforeEnd(stop)
  await desk.clock.rest()
  return { ...desk, worker: { ...worker, stop }, logged, settled }
}

/** A gateway method whose answers the test gives when it likes. */
const held = <T>() => {
  const waiting: { resolve: (value: T) => void; reject: (error: Error) => void }[] = []
  return {
    ask: () => new Promise<T>((resolve, reject) => void waiting.push({ resolve, reject })),
    waiting: () => waiting.length,
    answer: (value: T) => waiting.shift()?.resolve(value),
    fail: (error: Error) => waiting.shift()?.reject(error),
  }
}

describe('sending', () => {
  test('begins with what was left from before', async (t) => {
    const desk = await aWorkingDesk(t, { prepare: (one) => one.open() })
    assert.deepEqual(desk.gateway.called('perform'), ['open'])
  })

  test('a nudge sends at once, without waiting for any time to pass', async (t) => {
    const desk = await aWorkingDesk(t)
    const { id } = await desk.open()
    const at = desk.clock.now()
    desk.worker.nudge()
    await desk.clock.rest()
    assert.equal(desk.clock.now(), at)
    assert.equal((await desk.ticket(id)).iid, 101)
    assert.deepEqual(desk.settled, [id])
  })

  test('a nudge while it is busy is not lost', async (t) => {
    const desk = await aWorkingDesk(t)
    const gate = held<Awaited<ReturnType<Gateway['perform']>>>()
    desk.gateway.play('perform', gate.ask)
    await desk.open()
    desk.worker.nudge()
    await desk.clock.rest()
    const second = await desk.open()
    desk.worker.nudge()
    gate.answer({ kind: 'opened', iid: 1, url: 'http://gitlab/1', changedAt: 0 })
    await desk.clock.rest()
    gate.answer({ kind: 'opened', iid: 2, url: 'http://gitlab/2', changedAt: 0 })
    await desk.clock.rest()
    assert.equal((await desk.ticket(second.id)).iid, 2)
  })

  test('without a nudge it is found within half a minute', async (t) => {
    const desk = await aWorkingDesk(t)
    const { id } = await desk.open()
    await desk.clock.turn(31 * second)
    assert.ok((await desk.ticket(id)).iid !== null)
  })

  test('goes on with a ticket’s next operation as soon as the one before is done', async (t) => {
    const desk = await aWorkingDesk(t)
    const { id } = await desk.open()
    for (const body of ['one', 'two', 'three'])
      await replyToTicket(desk.parts, { ref: { id }, by: byBruno, body })
    desk.worker.nudge()
    await desk.clock.rest()
    assert.deepEqual(desk.gateway.called('perform'), ['open', 'note', 'note', 'note'])
  })

  test('never has more than a few calls under way, and every one is sent in the end', async (t) => {
    const desk = await aWorkingDesk(t)
    let underWay = 0
    let most = 0
    desk.gateway.play('perform', async ({ ticket }) => {
      most = Math.max(most, ++underWay)
      await desk.clock.sleep(second)
      underWay--
      return { kind: 'opened', iid: Number(ticket.title), url: 'http://gitlab/x', changedAt: 0 }
    })
    for (let number = 1; number <= 30; number++) await desk.open({ title: String(number) })
    desk.worker.nudge()
    await desk.clock.turn(minute)
    assert.ok(most >= 2 && most <= 8, `${most} at once`)
    assert.equal((await desk.read((reader) => reader.backlog())).operations.done, 30)
  })

  test('tries again when the time for it has come', async (t) => {
    const desk = await aWorkingDesk(t)
    const { id } = await desk.open()
    desk.gateway.play('perform', async () => {
      throw tooMany(20 * second)
    })
    desk.worker.nudge()
    await desk.clock.turn(10 * second)
    desk.gateway.play('perform')
    await desk.clock.turn(9 * second)
    assert.equal((await desk.ticket(id)).iid, null, 'GitLab asked for 20 s')
    await desk.clock.turn(5 * second)
    assert.ok((await desk.ticket(id)).iid !== null)
  })

  test('one that GitLab refuses for good holds up nobody and is no outage', async (t) => {
    const desk = await aWorkingDesk(t)
    const bad = await desk.open({ title: 'bad' })
    const good = await desk.open({ title: 'good' })
    desk.gateway.play('perform', async ({ ticket }) => {
      if (ticket.id === bad.id) throw refusedForGood()
      return { kind: 'opened', iid: 5, url: 'http://gitlab/5', changedAt: 0 }
    })
    desk.worker.nudge()
    await desk.clock.rest()
    assert.equal((await desk.ticket(good.id)).iid, 5)
    assert.equal(desk.worker.connection().state, 'up')
    assert.equal(desk.worker.prompt(), true)
  })

  test('a mistake of our own is logged, and the others go on', async (t) => {
    const desk = await aWorkingDesk(t)
    const bad = await desk.open()
    const good = await desk.open()
    desk.gateway.play('perform', async ({ ticket }) => {
      if (ticket.id === bad.id) throw new TypeError('a bug')
      return { kind: 'opened', iid: 5, url: 'http://gitlab/5', changedAt: 0 }
    })
    desk.worker.nudge()
    await desk.clock.rest()
    assert.equal((await desk.ticket(good.id)).iid, 5)
    assert.ok(desk.logged.some(({ level }) => level === 'error'))
  })

  test('a database that is away for a moment ends nothing', async (t) => {
    let away = false
    const desk = await aWorkingDesk(t, {
      parts: ({ store }) => ({
        store: {
          ...store,
          write: (work) => (away ? Promise.reject(new Error('database is locked')) : store.write(work)),
        },
      }),
    })
    const crashes: unknown[] = []
    const note = (error: unknown) => void crashes.push(error)
    const others = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    process.on('unhandledRejection', note)
    t.after(() => {
      process.off('unhandledRejection', note)
      for (const other of others) process.on('unhandledRejection', other)
    })
    const { id } = await desk.open()
    away = true
    desk.worker.nudge()
    await desk.clock.turn(minute)
    away = false
    await desk.clock.turn(minute)
    assert.deepEqual(crashes, [])
    assert.ok((await desk.ticket(id)).iid !== null)
  })
})

describe('reading', () => {
  test('asks for the list at once and then as often as POLL_SECONDS says', async (t) => {
    const desk = await aWorkingDesk(t)
    assert.equal(desk.gateway.called('listing').length, 1)
    await desk.clock.turn(10 * poll)
    const count = desk.gateway.called('listing').length
    assert.ok(count >= 10 && count <= 11, String(count))
  })

  test('the members are asked for every few minutes, within five', async (t) => {
    const desk = await aWorkingDesk(t)
    assert.equal(desk.gateway.called('members').length, 1)
    await desk.clock.turn(hour)
    const count = desk.gateway.called('members').length
    assert.ok(count >= 12 && count <= 32, String(count))
  })

  test('an idle hour costs the polls and the members and nothing else', async (t) => {
    const desk = await aWorkingDesk(t)
    await desk.clock.turn(hour)
    assert.ok(desk.gateway.calls.length <= 1 + hour / poll + 32, String(desk.gateway.calls.length))
  })

  test('a ticket that changed is read in full', async (t) => {
    const issue = aRemoteTicket()
    const desk = await aWorkingDesk(t, {
      prepare: ({ gateway }) => {
        gateway.play('listing', async () => ({ tickets: [issue], next: null, total: 1 }))
        gateway.play('history', async () => aHistory({ ticket: issue }))
      },
    })
    await desk.clock.turn(second)
    assert.deepEqual([...new Set(desk.gateway.called('history'))], ['42'])
    assert.equal((await desk.read((reader) => reader.backlog())).unread, 0)
  })

  test('where GitLab has few calls left, old tickets wait for their turn, and an open one does not', async (t) => {
    const old = Array.from({ length: 4 }, (_, index) =>
      aRemoteTicket({ id: `old-${index}`, iid: index + 1, closed: true, closedAt: nine }),
    )
    const open = aRemoteTicket({ id: 'open', iid: 42 })
    let there = old
    const desk = await aWorkingDesk(t, {
      prepare: ({ gateway, clock }) => {
        gateway.play('listing', async () => ({ tickets: there, next: null, total: there.length }))
        gateway.play('history', async (iid) =>
          aHistory({ ticket: there.find((one) => one.iid === iid) ?? open }),
        )
        gateway.play('remaining', () => ({ calls: 16, resetAt: clock.now() + 20 * second }))
      },
      // One at a time, as with a real GitLab.
      parts: () => ({ readPauseMs: 100 }),
    })
    await desk.clock.turn(second)
    assert.equal(desk.gateway.called('history').length, 1, 'sixteen calls, half of them: two tickets in 20 s')
    there = [...old, open]
    desk.worker.look([42])
    await desk.clock.turn(poll)
    assert.ok(desk.gateway.called('history').includes('42'))
    assert.equal(new Set(desk.gateway.called('history')).size, 3, 'the open one, and one old one more')
    desk.gateway.play('remaining', () => null)
    await desk.clock.turn(minute)
    assert.equal(new Set(desk.gateway.called('history')).size, 5)
  })

  test('“sync now” reads at once, in full where that was asked, and only once', async (t) => {
    const desk = await aWorkingDesk(t)
    await desk.clock.turn(poll / 3)
    const before = desk.gateway.called('listing').length
    await desk.store.write((writer) => writer.saveSetting('sync.asked', 'now full'))
    await desk.clock.turn(2 * second)
    const asked = desk.gateway.called('listing').slice(before)
    assert.deepEqual(
      asked.map((call) => JSON.parse(call).inOrderOf ?? 'change'),
      ['change', 'opening'],
    )
    assert.equal(await desk.read((reader) => reader.setting('sync.done')), 'now full')
  })

  test('a wish that was met before is not met again after a restart', async (t) => {
    const desk = await aWorkingDesk(t, {
      prepare: async ({ store, gateway }) => {
        gateway.play('listing', async () => ({ tickets: [aRemoteTicket()], next: null, total: 1 }))
        await store.write(async (writer) => {
          await writer.saveSetting('pull.cursor', String(nine))
          await writer.saveSetting('sync.asked', 'yesterday full')
          await writer.saveSetting('sync.done', 'yesterday full')
        })
      },
    })
    const [first] = desk.gateway.called('listing')
    assert.notEqual(JSON.parse(first ?? '{}').since, null)
  })

  test('a mistake of our own while reading is logged and tried again, not at once', async (t) => {
    const desk = await aWorkingDesk(t, {
      prepare: ({ gateway }) =>
        gateway.play('listing', async () => {
          throw new TypeError('a bug')
        }),
    })
    await desk.clock.turn(minute)
    assert.ok(desk.logged.some(({ level }) => level === 'error'))
    const count = desk.gateway.called('listing').length
    assert.ok(count >= 2 && count <= 60, String(count))
  })
})

describe('beside another worker on the same data', () => {
  test('a worker that is not on duty sends, but reads nothing and keeps no house', async (t) => {
    const desk = await aWorkingDesk(t, { parts: () => ({ onDuty: () => false, shared: true }) })
    const { id } = await desk.open()
    desk.worker.nudge()
    await desk.clock.rest()
    assert.ok((await desk.ticket(id)).iid !== null)
    await desk.clock.turn(hour)
    assert.deepEqual(desk.gateway.called('listing'), [])
    assert.deepEqual(desk.gateway.called('members'), [])
    assert.deepEqual(desk.gateway.called('history'), [])
  })

  test('put on duty it reads at once, and no more once the duty is another’s', async (t) => {
    let duty = false
    const desk = await aWorkingDesk(t, { parts: () => ({ onDuty: () => duty, shared: true }) })
    duty = true
    desk.worker.begin()
    await desk.clock.rest()
    assert.equal(desk.gateway.called('listing').length, 1)
    duty = false
    await desk.clock.turn(2 * poll)
    const then = desk.gateway.called('listing').length
    await desk.clock.turn(hour)
    assert.equal(desk.gateway.called('listing').length, then)
  })

  test('what another process queued is found without being told', async (t) => {
    const desk = await aWorkingDesk(t, { parts: () => ({ shared: true, lookMs: 2 * second }) })
    const { id } = await desk.open()
    await desk.clock.turn(3 * second)
    assert.ok((await desk.ticket(id)).iid !== null)
  })
})

describe('standing still', () => {
  test('is not said of a worker that reads a long list slowly', async (t) => {
    const desk = await aWorkingDesk(t, {
      prepare: ({ gateway, clock }) => {
        let pages = 0
        gateway.play('listing', async () => {
          await clock.sleep(minute)
          pages += 1
          const issue = aRemoteTicket({ iid: pages })
          return { tickets: [issue], next: pages < 30 ? String(pages) : null, total: 30 }
        })
      },
    })
    for (let minutes = 0; minutes < 29; minutes++) {
      await desk.clock.turn(minute)
      assert.equal(desk.worker.turns(), true, `after ${minutes + 1} minutes`)
    }
    desk.gateway.play('listing', async () => ({ tickets: [], next: null, total: 30 }))
    await desk.clock.turn(2 * minute)
  })

  test('is not said of a worker that GitLab asked to wait for half an hour', async (t) => {
    const desk = await aWorkingDesk(t, {
      prepare: ({ gateway }) => gateway.play('listing', async () => Promise.reject(tooMany(30 * minute))),
    })
    await desk.open()
    desk.worker.nudge()
    for (let minutes = 0; minutes < 29; minutes++) {
      await desk.clock.turn(minute)
      assert.equal(desk.worker.turns(), true, `after ${minutes + 1} minutes`)
    }
  })

  test('is said of a worker whose call to GitLab never comes to an end', async (t) => {
    const gate = held<Awaited<ReturnType<Gateway['listing']>>>()
    const desk = await aWorkingDesk(t, { prepare: ({ gateway }) => gateway.play('listing', gate.ask) })
    await desk.clock.turn(10 * minute)
    assert.equal(desk.worker.turns(), false)
    gate.answer({ tickets: [], next: null, total: 0 })
    await desk.clock.turn(minute)
    assert.equal(desk.worker.turns(), true)
    for (let left = gate.waiting(); left > 0; left--) gate.answer({ tickets: [], next: null, total: 0 })
  })
})

describe('while GitLab is away', () => {
  test('an hour costs few calls, however many tickets wait and however often somebody nudges', async (t) => {
    const desk = await aWorkingDesk(t)
    desk.gateway.failAll(refusedConnection)
    for (let number = 0; number < 40; number++) await desk.open()
    const before = desk.gateway.calls.length
    for (let round = 0; round < 60; round++) {
      desk.worker.nudge()
      await desk.clock.turn(minute)
    }
    const calls = desk.gateway.calls.length - before
    assert.ok(calls <= 200, `${calls} calls in an hour`)
    assert.ok(calls >= 30, 'and it goes on looking whether GitLab is back')
  })

  test('a slow outage too: one call at a time tries whether it is back', async (t) => {
    const desk = await aWorkingDesk(t)
    let underWay = 0
    let most = 0
    const slowly = async (): Promise<never> => {
      most = Math.max(most, ++underWay)
      await desk.clock.sleep(10 * second)
      underWay--
      throw timeOut()
    }
    desk.gateway.play('listing', slowly)
    for (let number = 0; number < 20; number++) await desk.open()
    desk.gateway.play('perform', slowly)
    desk.gateway.play('lookUp', slowly)
    desk.worker.nudge()
    await desk.clock.turn(minute)
    most = 0
    await desk.clock.turn(20 * minute)
    assert.ok(most <= 2, `${most} at once: sending and reading each try one`)
  })

  test('it says so, does not promise quick answers, and says when GitLab is back', async (t) => {
    const desk = await aWorkingDesk(t)
    assert.deepEqual([desk.worker.connection().state, desk.worker.prompt()], ['up', true])
    desk.gateway.failAll(refusedConnection)
    await desk.clock.turn(minute)
    assert.deepEqual([desk.worker.connection().state, desk.worker.prompt()], ['down', false])
    const lastAnswer = desk.worker.connection().lastAnswerAt
    assert.ok(lastAnswer !== null && lastAnswer <= desk.clock.now() - 30 * second)
    desk.gateway.recover()
    await desk.clock.turn(2 * minute)
    assert.deepEqual([desk.worker.connection().state, desk.worker.prompt()], ['up', true])
    assert.ok((desk.worker.connection().lastAnswerAt ?? 0) > lastAnswer)
  })

  test('our token refused is said as that, and asked for at most every half minute', async (t) => {
    const desk = await aWorkingDesk(t)
    desk.gateway.failAll(badToken)
    await desk.clock.turn(minute)
    const before = desk.gateway.calls.length
    await desk.clock.turn(10 * minute)
    assert.equal(desk.worker.connection().state, 'unauthorised')
    assert.ok(desk.gateway.calls.length - before <= 42, String(desk.gateway.calls.length - before))
  })

  test('429 is no outage: GitLab is there and asks to wait', async (t) => {
    const desk = await aWorkingDesk(t)
    desk.gateway.failAll(() => tooMany(40 * second))
    await desk.clock.turn(poll + second)
    assert.equal(desk.worker.connection().state, 'up')
    assert.equal(desk.worker.prompt(), false)
    const before = desk.gateway.calls.length
    await desk.clock.turn(30 * second)
    assert.equal(desk.gateway.calls.length, before, 'and nobody asks before that')
  })

  test('when GitLab says that no call is left, nothing is sent, read or promised until it counts anew', async (t) => {
    const desk = await aWorkingDesk(t)
    const until = desk.clock.now() + 10 * minute
    desk.gateway.play('heldUntil', () => until)
    const before = desk.gateway.calls.length
    const { id } = await desk.open()
    desk.worker.nudge()
    desk.worker.look([7])
    await desk.clock.turn(10 * minute - second)
    assert.equal(desk.gateway.calls.length, before)
    assert.deepEqual([desk.worker.connection().state, desk.worker.prompt()], ['up', false])
    assert.deepEqual(
      (await desk.operations(id)).map(({ state, attempts, trouble }) => [state, attempts, trouble]),
      [['ready', 0, null]],
    )
    await desk.clock.turn(2 * second)
    assert.equal((await desk.ticket(id)).iid, 101)
    assert.ok(desk.gateway.called('listing').length > 0)
    assert.equal(desk.worker.prompt(), true)
  })

  test('everything that waited goes out once it is back, each once', async (t) => {
    const desk = await aWorkingDesk(t)
    desk.gateway.failAll(refusedConnection)
    for (let number = 0; number < 40; number++) await desk.open()
    await desk.clock.turn(hour)
    desk.gateway.recover()
    const before = desk.gateway.called('perform').length
    await desk.clock.turn(10 * minute)
    assert.equal((await desk.read((reader) => reader.backlog())).operations.done, 40)
    assert.equal(desk.gateway.called('perform').length - before, 40)
  })
})

describe('stopping', () => {
  test('an idle worker stops at once, and nobody is left sleeping', async (t) => {
    const desk = await aWorkingDesk(t)
    await desk.worker.stop()
    assert.equal(desk.clock.sleepers(), 0)
    const calls = desk.gateway.calls.length
    await desk.clock.turn(hour)
    assert.equal(desk.gateway.calls.length, calls)
  })

  test('what is under way is finished and written down; nothing new is begun', async (t) => {
    const desk = await aWorkingDesk(t)
    const gate = held<Awaited<ReturnType<Gateway['perform']>>>()
    desk.gateway.play('perform', gate.ask)
    const { id } = await desk.open()
    await replyToTicket(desk.parts, { ref: { id }, by: byBruno, body: 'Hello' })
    desk.worker.nudge()
    await desk.clock.rest()
    let over = false
    const stopping = desk.worker.stop().then(() => {
      over = true
    })
    await desk.clock.rest()
    assert.equal(over, false, 'a call is under way')
    gate.answer({ kind: 'opened', iid: 8, url: 'http://gitlab/8', changedAt: 0 })
    await stopping
    assert.equal((await desk.ticket(id)).iid, 8)
    assert.deepEqual(desk.gateway.called('perform'), ['open'])
    assert.deepEqual(
      (await desk.operations(id)).map(({ state }) => state),
      ['ready'],
    )
  })

  test('in the middle of an outage it stops at once too', async (t) => {
    const desk = await aWorkingDesk(t)
    desk.gateway.failAll(refusedConnection)
    await desk.open()
    await desk.clock.turn(minute)
    await desk.worker.stop()
    assert.equal(desk.clock.sleepers(), 0)
  })

  test('in the middle of reading it stops after the page, and the next start goes on from there', async (t) => {
    const gate = held<Awaited<ReturnType<Gateway['listing']>>>()
    const desk = await aWorkingDesk(t, { prepare: ({ gateway }) => gateway.play('listing', gate.ask) })
    assert.equal(gate.waiting(), 1)
    const stopping = desk.worker.stop()
    gate.answer({ tickets: [aRemoteTicket()], next: 'two', total: 200 })
    await stopping
    assert.equal(desk.gateway.called('listing').length, 1)
    assert.equal((await desk.read((reader) => reader.counts(null))).all, 1)
    assert.equal(await desk.read((reader) => reader.setting('pull.page')), 'two')
  })

  test('stopped while asking for the members it does not begin to read', async (t) => {
    const gate = held<Awaited<ReturnType<Gateway['members']>>>()
    const desk = await aWorkingDesk(t, { prepare: ({ gateway }) => gateway.play('members', gate.ask) })
    const stopping = desk.worker.stop()
    gate.answer([])
    await stopping
    assert.deepEqual(desk.gateway.called('listing'), [])
  })
})
