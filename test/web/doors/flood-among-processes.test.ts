// Several processes show the pages of one desk, and a proxy sends a flood to all of them in turn: together they let
// through what one would. Who came is told by marks, and where nothing can be told each counts by itself.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { openPostgresStore } from '../../../src/adapters/store/store.ts'
import type { Clock } from '../../../src/application/ports.ts'
import type { Neighbours } from '../../../src/application/presence-ports.ts'
import { realClock } from '../../../src/composition-root.ts'
import { floodLimits } from '../../../src/domain/flood.ts'
import type { FloodGate } from '../../../src/web/flood-gate.ts'
import { createFloodGate } from '../../../src/web/flood-gate.ts'
import { turnableClock } from '../../support/clock.ts'
import { openDoor } from '../../support/door.ts'
import { eventually } from '../../support/eventually.ts'
import { startPostgres } from '../../support/postgres.ts'
import { aDesk } from '../../support/tickets.ts'

const limit = floodLimits.gates.form.client?.limit ?? 0
const key = randomBytes(32)
const school = { client: '192.0.2.7' }

type Line = { readonly message: string }

/** What is told arrives at all others, in a moment; `said` is all that went over. */
const amongThem = () => {
  const said: string[] = []
  const all = new Set<(topic: string, message: string) => void>()
  const oneMore = (): Neighbours => {
    const topics = new Map<string, (message: string) => void>()
    const hear = (topic: string, message: string) => topics.get(topic)?.(message)
    all.add(hear)
    return {
      tell: async (topic, message) => {
        said.push(message)
        for (const other of all) if (other !== hear) other(topic, message)
      },
      onTold: (topic, listener) => {
        topics.set(topic, listener)
        return () => topics.delete(topic)
      },
    }
  }
  return { said, oneMore }
}

const aGate = (
  neighbours: Neighbours,
  clock: Clock,
  more: {
    readonly keys?: readonly Uint8Array[]
    readonly lines?: Line[]
    readonly stopped?: AbortSignal
  } = {},
): FloodGate => {
  const say = (_data: object, message: string) => more.lines?.push({ message })
  return createFloodGate({
    clock,
    limits: floodLimits,
    keys: more.keys ?? [key],
    neighbours,
    log: { info: say, warn: say },
    ...(more.stopped ? { stopped: more.stopped } : {}),
  })
}

test('forms that come to two processes in turn are counted as one flood: the hundred and first is refused', async () => {
  const clock = turnableClock()
  const desk = amongThem()
  const gates = [aGate(desk.oneMore(), clock), aGate(desk.oneMore(), clock)]
  const through: boolean[] = []
  for (let number = 0; number <= limit; number++) {
    through.push(gates[number % 2]?.pass('form', school).open ?? false)
    await clock.turn(20)
  }
  assert.deepEqual(through, [...Array.from({ length: limit }, () => true), false])
  for (const gate of gates) {
    assert.equal(gate.before('form', school).client, limit)
    assert.equal(gate.before('form', school).all, limit)
    assert.equal(gate.before('reply', school).all, 0)
  }
  for (const gate of gates)
    assert.equal(gate.pass('form', { client: '198.51.100.9' }).open, true, 'others are not shut out')
})

test('the same e-mail address is one at all of them', async () => {
  const clock = turnableClock()
  const desk = amongThem()
  const [here, there] = [aGate(desk.oneMore(), clock), aGate(desk.oneMore(), clock)]
  here.pass('form', { client: '192.0.2.1', address: 'Ana+x@school.example' })
  await clock.rest()
  assert.equal(there.before('form', { client: '192.0.2.2', address: 'ana@school.example' }).address, 1)
})

test('what is told names nobody, and only who has the same key understands it', async () => {
  const clock = turnableClock()
  const desk = amongThem()
  const here = aGate(desk.oneMore(), clock)
  const stranger = aGate(desk.oneMore(), clock, { keys: [randomBytes(32)] })
  here.pass('form', { client: 'account 4711', address: 'ana@school.example' })
  here.pass('reply', school)
  await clock.turn(20)
  const words = desk.said.join('\n')
  assert.doesNotMatch(words, /4711|ana|school|192\.0/u)
  assert.ok(!words.includes(here.markOf(school.client)), 'nor by what a lead sees')
  assert.equal(stranger.before('reply', school).client, 0)
})

test('many are told of together, never in a message that is too long, and everybody together always', async () => {
  const clock = turnableClock()
  const desk = amongThem()
  const [here, there] = [aGate(desk.oneMore(), clock), aGate(desk.oneMore(), clock)]
  const many = 1_000
  for (let number = 0; number < many; number++)
    here.pass('form', { client: `10.0.${number >> 8}.${number & 255}` })
  await clock.rest()
  assert.equal(desk.said.length, 1, 'the first one at once')
  await clock.turn(20)
  assert.equal(desk.said.length, 2)
  assert.equal(there.before('form', school).all, many)
  await clock.turn(1_000)
  assert.ok(desk.said.length < 12, `${desk.said.length} messages`)
  for (const message of desk.said) assert.ok(Buffer.byteLength(message) < 7_000)
  for (let number = 0; number < many; number++)
    assert.equal(there.before('form', { client: `10.0.${number >> 8}.${number & 255}` }).client, 1)
  assert.equal(clock.sleepers(), 0)
})

test('where nothing can be told each counts for itself, says so once, and once more when it goes again', async () => {
  const clock = turnableClock()
  const lines: Line[] = []
  let broken = true
  const heard: string[] = []
  const neighbours: Neighbours = {
    tell: async (_topic, message) => {
      if (broken) throw new Error('the connection is gone')
      heard.push(message)
    },
    onTold: () => () => undefined,
  }
  const gate = aGate(neighbours, clock, { lines })
  for (let number = 0; number < 5; number++) {
    assert.equal(gate.pass('form', school).open, true)
    await clock.turn(5_000)
  }
  assert.equal(gate.before('form', school).client, 5)
  assert.equal(lines.length, 1)
  assert.match(lines[0]?.message ?? '', /each counts alone/u)
  broken = false
  gate.pass('form', school)
  await clock.turn(5_000)
  assert.equal(heard.length, 1)
  assert.equal(lines.length, 2)
})

test('what another release tells and nobody understands counts nothing and breaks nothing', async () => {
  const clock = turnableClock()
  const lines: Line[] = []
  let tell: (message: string) => void = () => undefined
  let deaf = false
  const neighbours: Neighbours = {
    tell: async () => undefined,
    onTold: (topic, listener) => {
      assert.equal(topic, 'flood')
      tell = listener
      return () => {
        deaf = true
      }
    },
  }
  const stop = new AbortController()
  const gate = aGate(neighbours, clock, { lines, stopped: stop.signal })
  const mark = 'A'.repeat(22)
  for (const odd of [
    'no json',
    '[]',
    'null',
    '{"form all ":-5}',
    '{"form all ":1e99}',
    '{"__proto__":{"form all ":3}}',
    `{"gate-of-tomorrow all ":3,"form all ${mark}":3,"form client ":3,"sign-in address ${mark}":3,"form moon ${mark}":3}`,
  ])
    tell(odd)
  assert.deepEqual(gate.before('form', school), { client: 0, address: 0, all: 0 })
  assert.equal(lines.length, 1)
  tell('{"form all ":3}')
  assert.equal(gate.before('form', school).all, 3)
  stop.abort()
  assert.ok(deaf)
})

test('a form that one process lets through counts at the door of the other', async () => {
  const desk = amongThem()
  const [one, other] = [desk.oneMore(), desk.oneMore()]
  const few = {
    ...floodLimits,
    gates: { ...floodLimits.gates, form: { all: { window: 600_000, limit: 4 } } },
  }
  const shared = { floodLimits: few }
  await using here = await openDoor({ options: shared, neighbours: one })
  await using there = await openDoor({ options: shared, neighbours: other })
  const statuses: number[] = []
  for (let number = 0; number < 5; number++) {
    const door = number % 2 ? there : here
    const sent = await door.stranger().post('/open-issue', {
      title: `Buy ${number}`,
      description: 'x',
      name: 'Bot',
      email: `bot${number}@evil.example`,
    })
    statuses.push(sent.status)
  }
  assert.deepEqual(statuses, [303, 303, 303, 303, 429])
})

test('two processes on one PostgreSQL count together', async (t: TestContext) => {
  const postgres = await startPostgres()
  const url = await postgres.createDatabase()
  const gates: FloodGate[] = []
  for (let number = 0; number < 2; number++) {
    const store = await openPostgresStore({ url, desk: aDesk() })
    t.after(() => store.close())
    gates.push(aGate(store.neighbours, realClock))
  }
  const [here, there] = gates
  assert.ok(here && there)
  // What is told before the other one listens is lost.
  const hears = (from: FloodGate, to: FloodGate, warmUp: string) =>
    eventually(`${warmUp} is heard`, () => {
      from.pass('reply', { client: warmUp })
      return to.before('reply', { client: warmUp }).client > 0
    })
  await hears(here, there, 'account 1')
  await hears(there, here, 'account 2')
  for (let number = 0; number < limit; number++) {
    const pair: readonly [FloodGate, FloodGate] = number % 2 ? [there, here] : [here, there]
    const [at, other] = pair
    assert.equal(at.pass('form', school).open, true, `number ${number + 1}`)
    await eventually('the other one knows', () => other.before('form', school).client === number + 1)
  }
  for (const gate of gates) assert.equal(gate.pass('form', school).open, false)
})
