// Who is on duty (docs/decisions/0011-running-for-real.md): it is asked for again and again, a worker that stands still
// does not, and a database that is away for a moment takes it from nobody.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { nobodyElse, presenceAlone } from '../src/adapters/store/alone.ts'
import type { Presence, WorkerReport } from '../src/application/presence-ports.ts'
import { keepDuty } from '../src/duty.ts'
import { turnableClock } from './support/clock.ts'
import { second } from './support/tickets.ts'

const well: Pick<WorkerReport, 'gitlab' | 'mail'> = {
  gitlab: { state: 'up', lastAnswerAt: null, reading: null },
  mail: null,
}

const aWorker = async (t: TestContext, change: (presence: Presence) => Partial<Presence> = () => ({})) => {
  const clock = turnableClock()
  const alone = presenceAlone()
  const presence = { ...alone, ...change(alone) }
  const told: string[] = []
  let report: typeof well | null = well
  let taken = 0
  const duty = keepDuty({
    store: { presence, neighbours: nobodyElse },
    clock,
    log: { info: (_, message) => void told.push(message), warn: (_, message) => void told.push(message) },
    id: 'one',
    release: '1.0.0',
    report: () => report,
    onTaken: () => {
      taken += 1
    },
  })
  t.after(() => duty.stop())
  await clock.rest()
  return {
    clock,
    duty,
    presence,
    told,
    taken: () => taken,
    standStill: () => {
      report = null
    },
  }
}

test('a worker takes the duty at once, says so, and is told only once that it has it', async (t) => {
  const worker = await aWorker(t)
  assert.equal(worker.duty.held(), true)
  await worker.clock.turn(60 * second)
  assert.equal(worker.taken(), 1)
  const [said] = await worker.presence.workers()
  assert.deepEqual([said?.id, said?.onDuty, said?.release], ['one', true, '1.0.0'])
})

test('a worker that stands still says nothing any more and asks for no duty', async (t) => {
  let asked = 0
  const worker = await aWorker(t, ({ takeDuty }) => ({
    takeDuty: (holder, forMs) => {
      asked += 1
      return takeDuty(holder, forMs)
    },
  }))
  worker.standStill()
  const before = asked
  await worker.clock.turn(60 * second)
  assert.equal(asked, before)
  assert.match(worker.told.join(), /stands still/)
})

test('a database that does not answer for a moment takes the duty from nobody', async (t) => {
  let away = false
  const worker = await aWorker(t, ({ takeDuty }) => ({
    takeDuty: async (holder, forMs) => {
      if (away) throw new Error('the connection was refused')
      return takeDuty(holder, forMs)
    },
  }))
  away = true
  await worker.clock.turn(11 * second)
  assert.match(worker.told.join(), /asking again/)
  assert.equal(worker.duty.held(), true)
  away = false
  await worker.clock.turn(11 * second)
  assert.equal(worker.duty.held(), true)
})

test('who ends holds no duty and is not among the workers any more', async (t) => {
  const worker = await aWorker(t)
  await worker.duty.stop()
  assert.equal(worker.duty.held(), false)
  assert.deepEqual(await worker.presence.workers(), [])
})
