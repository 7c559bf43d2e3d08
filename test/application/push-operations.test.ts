// Telling GitLab (design section 4, "Markers"; security section 2): what is unknown is looked up before it is ever sent
// again, what is refused for good is shown, and whoever lost the lease writes nothing.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { escalateTicket } from '../../src/application/escalate-ticket.ts'
import { GatewayError } from '../../src/application/gateway-error.ts'
import { effectsMayLand, lease, pushOperation } from '../../src/application/push-operations.ts'
import { replyToTicket } from '../../src/application/reply-to-ticket.ts'
import type { Operation, Outcome } from '../../src/domain/operation.ts'
import { byBruno } from '../support/people.ts'
import { hour, minute, only, second } from '../support/tickets.ts'
import type { DeskAtWork } from './a-desk.ts'
import { aDeskAtWork } from './a-desk.ts'
import {
  badToken,
  notThere,
  refusedConnection,
  refusedForGood,
  serverError,
  timeOut,
  tooMany,
} from './scripted-gateway.ts'

const fail = (error: () => Error) => async (): Promise<never> => {
  throw error()
}

/** Ana's ticket, not sent yet, and its opening operation whenever asked. */
const anOpening = async (t: TestContext) => {
  const desk = await aDeskAtWork(t)
  const { id } = await desk.open()
  const operation = async (): Promise<Operation> => {
    const found = await desk.read((reader) => reader.operation(id))
    assert.ok(found)
    return found
  }
  return { desk, id, operation }
}

/** Turns the clock to when the operation is due and sends what is due then. */
const untilDue = async (desk: DeskAtWork): Promise<void> => {
  const due = await desk.read((reader) => reader.nextDue())
  assert.ok(due !== null, 'nothing will ever be due')
  await desk.clock.turn(Math.max(0, due - desk.clock.now()))
  await desk.pushAll()
}

const untilDone = async (desk: DeskAtWork, operation: () => Promise<Operation>): Promise<void> => {
  for (let round = 0; round < 50; round++) {
    if ((await operation()).state === 'done') return
    await untilDue(desk)
  }
  assert.fail('it is never done')
}

describe('an operation that GitLab performs', () => {
  test('is done, with its outcome, after one call', async (t) => {
    const { desk, id, operation } = await anOpening(t)
    await desk.pushAll()
    assert.deepEqual(
      desk.gateway.calls.map(({ method }) => method),
      ['perform'],
    )
    assert.equal((await operation()).state, 'done')
    assert.equal((await desk.ticket(id)).iid, 101)
    assert.equal(await desk.pushAll(), 0)
  })

  test('the parts of an escalation go in their order, and no later one before an earlier is done', async (t) => {
    const desk = await aDeskAtWork(t)
    const { id } = await desk.opened()
    await escalateTicket(desk.parts, { ref: { id }, by: byBruno, reason: 'x', from: 1 })
    const [first, ...rest] = await desk.claim(10)
    assert.equal(first?.operation.intent.kind, 'change')
    assert.deepEqual(rest, [])
    assert.deepEqual(await desk.claim(10), [])
    assert.ok(first)
    await pushOperation(desk.push, first)
    await desk.pushAll()
    assert.deepEqual(desk.gateway.called('perform'), ['open', 'change', 'branch', 'note'])
  })

  test('one ticket’s trouble does not hold up another’s', async (t) => {
    const desk = await aDeskAtWork(t)
    const bad = await desk.open({ title: 'bad' })
    const good = await desk.open({ title: 'good' })
    desk.gateway.play('perform', async ({ ticket }) => {
      if (ticket.id === bad.id) throw refusedConnection()
      return { kind: 'opened', iid: 5, url: 'http://gitlab/5', changedAt: 0 }
    })
    await desk.pushAll()
    assert.equal((await desk.ticket(good.id)).iid, 5)
    assert.equal((await desk.ticket(bad.id)).iid, null)
  })
})

describe('an operation whose outcome is unknown', () => {
  test('is looked up, and done when GitLab has it: nothing is sent again', async (t) => {
    const { desk, id, operation } = await anOpening(t)
    desk.gateway.play('perform', fail(timeOut))
    await desk.pushAll()
    assert.equal((await operation()).state, 'unknown')
    desk.gateway.play('lookUp', async () => ({
      kind: 'opened',
      iid: 9,
      url: 'http://gitlab/9',
      changedAt: 0,
    }))
    await untilDue(desk)
    assert.deepEqual(
      desk.gateway.calls.map(({ method }) => method),
      ['perform', 'lookUp'],
    )
    assert.equal((await operation()).state, 'done')
    assert.equal((await desk.ticket(id)).iid, 9)
  })

  test('is not sent again before GitLab’s own request limit has passed, however often it is looked up', async (t) => {
    const { desk, operation } = await anOpening(t)
    desk.gateway.play('perform', fail(serverError))
    const sentAt = desk.clock.now()
    await desk.pushAll()
    desk.gateway.play('perform')
    await untilDone(desk, operation)
    assert.ok(effectsMayLand > 60 * second, 'GitLab ends a request of its own after 60 s')
    assert.ok(desk.clock.now() >= sentAt + effectsMayLand)
    const methods = desk.gateway.calls.map(({ method }) => method)
    assert.deepEqual([methods[0], methods.at(-2), methods.at(-1)], ['perform', 'lookUp', 'perform'])
    assert.equal(methods.filter((method) => method === 'perform').length, 2)
    assert.ok(methods.filter((method) => method === 'lookUp').length >= 2, 'it looks twice')
  })

  test('an effect that lands late is found by the last look before sending', async (t) => {
    const { desk, operation } = await anOpening(t)
    desk.gateway.play('perform', fail(timeOut))
    const sentAt = desk.clock.now()
    await desk.pushAll()
    desk.gateway.play('lookUp', async () =>
      desk.clock.now() >= sentAt + minute
        ? { kind: 'opened', iid: 9, url: 'http://gitlab/9', changedAt: 0 }
        : null,
    )
    await untilDone(desk, operation)
    assert.deepEqual(desk.gateway.called('perform'), ['open'])
  })

  test('stays unknown while GitLab cannot be asked, and is never sent without a look', async (t) => {
    const { desk, operation } = await anOpening(t)
    desk.gateway.play('perform', fail(timeOut))
    desk.gateway.play('lookUp', fail(refusedConnection))
    await desk.pushAll()
    for (let round = 0; round < 10; round++) {
      await untilDue(desk)
      assert.equal((await operation()).state, 'unknown')
    }
    assert.deepEqual(desk.gateway.called('perform'), ['open'])
    desk.gateway.play('lookUp')
    desk.gateway.play('perform')
    await untilDone(desk, operation)
    assert.deepEqual(desk.gateway.called('perform'), ['open', 'open'])
  })

  test('a worker that died while sending leaves it unknown: the next looks first', async (t) => {
    const { desk, operation } = await anOpening(t)
    await desk.claim() // and never heard of again
    assert.equal(await desk.pushAll(), 0, 'its lease holds')
    await desk.clock.turn(lease)
    desk.gateway.play('lookUp', async () => ({
      kind: 'opened',
      iid: 9,
      url: 'http://gitlab/9',
      changedAt: 0,
    }))
    await desk.pushAll()
    assert.deepEqual(
      desk.gateway.calls.map(({ method }) => method),
      ['lookUp'],
    )
    assert.equal((await operation()).state, 'done')
  })

  test('sent a second time without an answer it gets the same time to land before a third', async (t) => {
    const { desk, operation } = await anOpening(t)
    const sentAt: number[] = []
    desk.gateway.play('perform', async () => {
      sentAt.push(desk.clock.now())
      throw timeOut()
    })
    for (let round = 0; round < 50 && sentAt.length < 3; round++) {
      await untilDue(desk)
      assert.equal((await operation()).state, 'unknown')
    }
    const [first, next, third] = sentAt
    assert.ok(first !== undefined && next !== undefined && third !== undefined)
    assert.ok(next - first >= effectsMayLand)
    assert.ok(third - next >= effectsMayLand, `sent again after ${third - next} ms`)
  })

  test('however time-outs, refusals and late effects mix, GitLab ends with one issue', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('lost', 'done but lost', 'refused', 'late'), { maxLength: 4 }),
        fc.array(fc.boolean(), { maxLength: 6 }),
        async (faults, lookUpsFail) => {
          const cleanups: (() => unknown)[] = []
          const context = { after: (cleanup: () => unknown) => void cleanups.push(cleanup) }
          const desk = await aDeskAtWork(context as unknown as TestContext)
          const { id } = await desk.open()
          const landed: number[] = []
          const outcome: Outcome = { kind: 'opened', iid: 9, url: 'http://gitlab/9', changedAt: 0 }
          const left = [...faults]
          const looks = [...lookUpsFail]
          desk.gateway.play('perform', async () => {
            const fault = left.shift()
            if (fault === 'refused') throw refusedConnection()
            if (fault === 'lost') throw timeOut()
            landed.push(desk.clock.now() + (fault === 'late' ? 55 * second : 0))
            if (fault) throw timeOut()
            return outcome
          })
          desk.gateway.play('lookUp', async () => {
            if (looks.shift()) throw serverError()
            return landed.some((at) => at <= desk.clock.now()) ? outcome : null
          })
          for (let round = 0; round < 60 && (await desk.ticket(id)).iid === null; round++)
            await untilDue(desk)
          assert.equal((await desk.ticket(id)).iid, 9)
          assert.equal(landed.length, 1)
          for (const cleanup of cleanups) await cleanup()
        },
      ),
      { numRuns: 30 },
    )
  })
})

describe('an operation that surely had no effect', () => {
  test('is sent again without a look, later each time, where GitLab answers that it cannot do this one', async (t) => {
    const { desk, operation } = await anOpening(t)
    const locked = () => new GatewayError('transient', 'Resource lock', { status: 409 })
    desk.gateway.play('perform', fail(locked))
    const waits: number[] = []
    for (let attempt = 0; attempt < 12; attempt++) {
      await desk.pushAll()
      const { state, notBefore, trouble } = await operation()
      assert.deepEqual([state, trouble?.code], ['ready', 'transient'])
      waits.push(notBefore - desk.clock.now())
      await desk.clock.turn(notBefore - desk.clock.now())
    }
    assert.deepEqual(
      waits.slice(0, 4),
      [1, 2, 4, 8].map((seconds) => seconds * second),
    )
    assert.equal(waits.at(-1), 5 * minute)
    assert.deepEqual(desk.gateway.called('lookUp'), [])
  })

  test('keeps its place in the queue while all of GitLab is away: the circuit keeps the distance', async (t) => {
    const { desk, operation } = await anOpening(t)
    desk.gateway.play('perform', fail(refusedConnection))
    for (let attempt = 0; attempt < 12; attempt++) {
      await desk.pushAll()
      const { state, notBefore } = await operation()
      assert.deepEqual([state, notBefore - desk.clock.now()], ['ready', second])
      await desk.clock.turn(second)
    }
    assert.deepEqual(desk.gateway.called('lookUp'), [])
  })

  test('waits as long as GitLab asks: Retry-After is honoured', async (t) => {
    const { desk, operation } = await anOpening(t)
    desk.gateway.play(
      'perform',
      fail(() => tooMany(90 * second)),
    )
    await desk.pushAll()
    assert.ok((await operation()).notBefore >= desk.clock.now() + 90 * second)
    desk.gateway.play('perform')
    await desk.clock.turn(90 * second - 1)
    assert.equal(await desk.pushAll(), 0)
    await desk.clock.turn(second)
    assert.equal(await desk.pushAll(), 1)
    assert.deepEqual(desk.gateway.called('lookUp'), [])
  })

  test('is tried for as long as it takes while our token is not accepted', async (t) => {
    const { desk, operation } = await anOpening(t)
    desk.gateway.play('perform', fail(badToken))
    for (let round = 0; round < 30; round++) await untilDue(desk)
    assert.deepEqual(
      [(await operation()).state, (await operation()).trouble?.code],
      ['ready', 'unauthorised'],
    )
    desk.gateway.play('perform')
    await untilDue(desk)
    assert.equal((await operation()).state, 'done')
  })
})

describe('what GitLab refuses for good', () => {
  test('is stuck at once, with GitLab’s words, and asked for no more', async (t) => {
    const { desk, operation } = await anOpening(t)
    desk.gateway.play('perform', fail(refusedForGood))
    await desk.pushAll()
    const { state, trouble } = await operation()
    assert.deepEqual([state, trouble?.code, trouble?.detail], ['stuck', 'permanent', 'title is too long'])
    await desk.clock.turn(24 * hour)
    assert.equal(await desk.pushAll(), 0)
    assert.equal(await desk.read((reader) => reader.nextDue()), null)
  })

  test('a lead can have it sent again, once it can be', async (t) => {
    const { desk, id, operation } = await anOpening(t)
    desk.gateway.play('perform', fail(refusedForGood))
    await desk.pushAll()
    desk.gateway.play('perform')
    assert.equal(await desk.store.write((writer) => writer.retryOperation(id, desk.clock.now())), true)
    await desk.pushAll()
    assert.equal((await operation()).state, 'done')
  })

  test('a thing that is not there is looked for some times, since a replica may lag, and then stuck', async (t) => {
    const desk = await aDeskAtWork(t)
    const { id } = await desk.opened()
    await replyToTicket(desk.parts, { ref: { id }, by: byBruno, body: 'x' })
    desk.gateway.play('perform', fail(notThere))
    const state = async () => only(await desk.operations(id)).state
    await desk.pushAll()
    assert.equal(await state(), 'ready')
    for (let round = 0; round < 10 && (await state()) !== 'stuck'; round++) await untilDue(desk)
    assert.equal(await state(), 'stuck')
    const tries = desk.gateway.called('perform').filter((kind) => kind === 'note').length
    assert.ok(tries > 1 && tries < 10)
  })

  test('long answers are cut', async (t) => {
    const { desk, operation } = await anOpening(t)
    const long = () => Object.assign(refusedForGood(), { message: 'x'.repeat(10_000) })
    desk.gateway.play('perform', fail(long))
    await desk.pushAll()
    assert.ok(((await operation()).trouble?.detail.length ?? 0) <= 500)
  })
})

describe('two workers', () => {
  test('never hold the same operation', async (t) => {
    const { desk } = await anOpening(t)
    const [first, second] = await Promise.all([desk.claim(), desk.claim()])
    assert.equal(first.length + second.length, 1)
  })

  test('whoever wakes after the lease writes nothing: the other’s outcome stands', async (t) => {
    const { desk, id, operation } = await anOpening(t)
    const slow = only(await desk.claim())
    await desk.clock.turn(lease)
    const quick = only(await desk.claim())
    assert.notEqual(quick.fence, slow.fence)
    desk.gateway.play('lookUp', async () => ({
      kind: 'opened',
      iid: 9,
      url: 'http://gitlab/9',
      changedAt: 0,
    }))
    await pushOperation(desk.push, quick)
    desk.gateway.play('perform', fail(refusedForGood))
    await pushOperation(desk.push, slow)
    assert.equal((await operation()).state, 'done')
    assert.equal((await desk.ticket(id)).iid, 9)
  })

  test('nor while the other is still at it', async (t) => {
    const { desk, operation } = await anOpening(t)
    const slow = only(await desk.claim())
    await desk.clock.turn(lease)
    const quick = only(await desk.claim())
    await pushOperation(desk.push, slow)
    assert.equal((await operation()).state, 'sending', 'its outcome is not the slow one’s to tell')
    desk.gateway.play('lookUp', async () => ({
      kind: 'opened',
      iid: 101,
      url: 'http://gitlab/101',
      changedAt: 0,
    }))
    await pushOperation(desk.push, quick)
    assert.equal((await operation()).state, 'done')
  })
})

describe('a mistake of our own', () => {
  test('is not taken for GitLab’s: it is thrown, and the operation is looked up after its lease', async (t) => {
    const { desk, operation } = await anOpening(t)
    desk.gateway.play(
      'perform',
      fail(() => new TypeError('a bug')),
    )
    const claimed = only(await desk.claim())
    await assert.rejects(pushOperation(desk.push, claimed), TypeError)
    assert.equal((await operation()).state, 'sending')
    await desk.clock.turn(lease)
    assert.equal(only(await desk.claim()).unsure, true)
  })
})
