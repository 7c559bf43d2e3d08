// From when on help that is asked for becomes a flood, and who is counted as one.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Bound, Signs, Tally } from '../../src/domain/flood.ts'
import {
  addressCounted,
  asksForWork,
  clientOf,
  countAt,
  doubtOf,
  emptyTally,
  floodLimits,
  hasRoom,
  heldBounds,
  isWork,
  oneMore,
  roomAt,
} from '../../src/domain/flood.ts'
import { hour, minute, nine, second } from '../support/tickets.ts'

const bound: Bound = { window: 10 * minute, limit: 5 }

/** Comes at each of these instants; answers those at which it got through. */
const through = (instants: readonly number[], of: Bound): number[] => {
  let tally: Tally = emptyTally
  return instants.filter((at) => {
    if (roomAt(tally, at, of) !== null) return false
    tally = oneMore(tally, at, of)
    return true
  })
}

test('no window of time ever sees more than its limit, whenever people come', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 4 * minute }), { maxLength: 200 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 90 }).map((minutes) => minutes * minute),
      fc.nat({ max: hour }),
      (pauses, limit, window, start) => {
        let at = nine + start
        const instants = pauses.map((pause) => {
          at += pause
          return at
        })
        const passed = through(instants, { window, limit })
        for (const from of passed) {
          const inside = passed.filter((one) => one >= from && one <= from + window)
          assert.ok(inside.length <= limit, `${inside.length} of ${limit}`)
        }
      },
    ),
  )
})

test('whoever is told when to come again gets through then, and not a moment before', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 2 * minute }), { minLength: 5, maxLength: 60 }), (pauses) => {
      let tally: Tally = emptyTally
      let at = nine
      for (const pause of pauses) {
        at += pause
        if (roomAt(tally, at, bound) === null) tally = oneMore(tally, at, bound)
      }
      const room = roomAt(tally, at, bound)
      if (room === null) return
      assert.ok(room > at && room <= at + 1.1 * bound.window)
      assert.notEqual(roomAt(tally, room - 1, bound), null)
      assert.equal(roomAt(tally, room, bound), null)
    }),
  )
})

test('it takes the same little room, however many come', () => {
  let tally: Tally = emptyTally
  for (let number = 0; number < 10_000; number++) tally = oneMore(tally, nine + number * 100, bound)
  assert.ok(tally.slices.length < 20)
  assert.ok(countAt(tally, nine + 10_000 * 100, bound) >= 6_000)
})

test('a clock that is turned back makes nobody wait for the old time', () => {
  let tally: Tally = emptyTally
  for (let number = 0; number < 5; number++) tally = oneMore(tally, nine, bound)
  const yesterday = nine - 24 * hour
  const room = roomAt(tally, yesterday, bound)
  assert.ok(room !== null && room <= yesterday + 1.1 * bound.window)
})

test('everybody behind the first half of an IPv6 address is one client, and IPv4 is itself', () => {
  const one = [
    '2001:db8:0:1::1',
    '2001:db8:0:1:ffff:ffff:ffff:ffff',
    '2001:0DB8:0000:0001::%eth0',
    '2001:db8::1:0:0:0:9',
  ]
  assert.deepEqual([...new Set(one.map(clientOf))], ['2001:db8:0:1::/64'])
  assert.equal(clientOf('2001:db8:0:2::1'), '2001:db8:0:2::/64')
  assert.equal(clientOf('::1'), '0:0:0:0::/64')
  assert.equal(clientOf('::ffff:192.0.2.7'), '192.0.2.7')
  assert.equal(clientOf('192.0.2.7'), '192.0.2.7')
  assert.equal(clientOf(''), '')
})

test('letter case and what follows a plus make no other person of an address', () => {
  assert.equal(addressCounted(' Ana+1@School.example'), 'ana@school.example')
  assert.equal(addressCounted('ana@school.example'), 'ana@school.example')
  assert.notEqual(addressCounted('anna@school.example'), 'ana@school.example')
})

const limits = floodLimits.form
const nothingOdd: Signs = {
  trapped: false,
  renderedAt: nine - minute,
  worked: false,
  before: { client: 0, address: 0, all: 0 },
}
const doubt = (changes: Partial<Signs>, before: Partial<Signs['before']> = {}) =>
  doubtOf({ ...nothingOdd, ...changes, before: { ...nothingOdd.before, ...before } }, nine, limits)

test('the first few simply go through, whenever their page was made', () => {
  for (const renderedAt of [null, nine, nine - second, nine - 48 * hour, nine - minute])
    assert.equal(doubt({ renderedAt }), null)
  assert.equal(doubt({ renderedAt: null }, { client: limits.odd.client - 1 }), null)
})

test('whoever fills in what nobody sees is doubted at once', () => {
  assert.equal(doubt({ trapped: true }), 'trap')
  assert.equal(doubt({ trapped: true, worked: true }), 'trap')
})

test('where many come, no time, a quick and an old one are doubted, and a person who took their time is not', () => {
  for (const before of [{ client: limits.odd.client }, { all: limits.odd.all }]) {
    assert.equal(doubt({ renderedAt: null }, before), 'no-time')
    assert.equal(doubt({ renderedAt: nine - 1_999 }, before), 'too-quick')
    assert.equal(doubt({ renderedAt: nine + 1 }, before), 'too-quick')
    assert.equal(doubt({ renderedAt: nine - 24 * hour - 1 }, before), 'too-old')
    for (const age of [2_000, 24 * hour]) assert.equal(doubt({ renderedAt: nine - age }, before), null)
  }
})

test('where very many come the browser has to work, and whose does goes through', () => {
  assert.equal(doubt({}, { client: limits.work.client - 1, all: limits.work.all - 1 }), null)
  assert.equal(doubt({}, { client: limits.work.client }), 'many-from-client')
  assert.equal(doubt({}, { all: limits.work.all }), 'many-in-all')
  assert.equal(doubt({ worked: true }, { client: limits.work.client, all: limits.work.all }), null)
  assert.equal(doubt({ worked: true, renderedAt: null }, { client: limits.work.client }), 'no-time')
  assert.ok(asksForWork({ client: limits.work.client, address: 0, all: 0 }, limits))
  assert.ok(asksForWork({ client: 0, address: 0, all: limits.work.all }, limits))
  assert.ok(!asksForWork({ client: limits.work.client - 1, address: 99, all: limits.work.all - 1 }, limits))
})

test('no work lets anybody use one e-mail address over and over', () => {
  assert.equal(doubt({ worked: true }, { address: limits.address - 1 }), null)
  assert.equal(doubt({ worked: true }, { address: limits.address }), 'many-from-address')
})

test('what asks for more than the first few is bounded by what is refused', () => {
  const { client, address, all } = floodLimits.gates.form
  assert.ok(client && address && all)
  assert.ok(limits.odd.client < limits.work.client && limits.work.client < client.limit)
  assert.ok(limits.odd.all < limits.work.all && limits.work.all < all.limit)
  assert.ok(limits.address < address.limit)
})

test('work is a digest that begins with enough zero bits', () => {
  assert.ok(isWork(Uint8Array.of(0, 0, 255), 16))
  assert.ok(!isWork(Uint8Array.of(0, 1, 0), 16))
  assert.ok(!isWork(Uint8Array.of(128, 0, 0), 16))
  assert.ok(isWork(Uint8Array.of(0, 0b0001_1111), 11))
  assert.ok(!isWork(Uint8Array.of(0, 0b0010_0000), 11))
})

test('what is held has a bound for all and one for each client, in number and in bytes', () => {
  const nothing = { count: 0, bytes: 0 }
  assert.ok(hasRoom({ all: nothing, client: nothing }, heldBounds.client.bytes))
  assert.ok(!hasRoom({ all: nothing, client: nothing }, heldBounds.client.bytes + 1))
  assert.ok(!hasRoom({ all: { ...nothing, count: heldBounds.all.count }, client: nothing }, 1))
  assert.ok(!hasRoom({ all: { ...nothing, bytes: heldBounds.all.bytes }, client: nothing }, 1))
  assert.ok(!hasRoom({ all: nothing, client: { ...nothing, count: heldBounds.client.count } }, 1))
})
