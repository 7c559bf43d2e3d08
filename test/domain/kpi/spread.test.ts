// Median and ninth decile by nearest rank: vectors J and K of the figures' definitions, and any values at all.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nearestRank, spreadOf } from '../../../src/domain/kpi/spread.ts'

const spread = (values: readonly number[]) => spreadOf(Float64Array.from(values))

test('one ticket that took for ever moves the mean, and hardly the median (vector J)', () => {
  assert.deepEqual(spread([5000, 10, 40, 20, 30]), { n: 5, p50: 30, p90: 5000, mean: 1020 })
})

test('of an even number the lower one of the middle is told, and nothing between two tickets (vector K)', () => {
  assert.deepEqual(spread([40, 10, 30, 20]), { n: 4, p50: 20, p90: 40, mean: 25, values: [10, 20, 30, 40] })
})

test('of no ticket at all nothing is told', () => {
  assert.deepEqual(spread([]), { n: 0, p50: null, p90: null, mean: null, values: [] })
})

test('fewer than five are told one by one, five are not', () => {
  assert.deepEqual(spread([7]), { n: 1, p50: 7, p90: 7, mean: 7, values: [7] })
  assert.equal('values' in spread([1, 2, 3, 4, 5]), false)
})

test('a rank is exact where a tenth of the number is a whole one', () => {
  for (let tens = 1; tens <= 1_000; tens++) {
    assert.equal(nearestRank(tens * 10, 9), tens * 9)
    assert.equal(nearestRank(tens * 10 + 1, 9), tens * 9 + 1)
  }
})

test('any values give what sorting them gives, and only those asked for are touched', () => {
  const value = fc.oneof(fc.nat({ max: 9 }), fc.nat({ max: 2 ** 40 }), fc.constant(0))
  const many = fc.array(value, { maxLength: 400, size: 'max' })
  fc.assert(
    fc.property(many, fc.array(value, { maxLength: 9 }), (values, beside) => {
      const all = Float64Array.from([...beside, ...values, ...beside])
      const told = spreadOf(all, beside.length, beside.length + values.length)
      const sorted = values.toSorted((a, b) => a - b)
      const n = sorted.length
      assert.equal(told.n, n)
      assert.equal(told.p50, sorted[Math.ceil(n / 2) - 1] ?? null)
      assert.equal(told.p90, sorted[Math.ceil((n * 9) / 10) - 1] ?? null)
      assert.equal(told.mean, n === 0 ? null : values.reduce((sum, one) => sum + one, 0) / n)
      assert.deepEqual(told.values, n < 5 ? sorted : undefined)
      assert.deepEqual([...all.subarray(0, beside.length)], beside)
      assert.deepEqual([...all.subarray(beside.length + n)], beside)
    }),
  )
})

test('values in order, in reverse and all alike take no other way than any', () => {
  const n = 50_001
  for (const values of [
    Float64Array.from({ length: n }, (_, index) => index),
    Float64Array.from({ length: n }, (_, index) => n - 1 - index),
    Float64Array.from({ length: n }, (_, index) => (index % 2 === 0 ? index : n - index)),
  ]) {
    const sorted = values.toSorted()
    const { p50, p90 } = spreadOf(values)
    assert.deepEqual([p50, p90], [sorted[25_000], sorted[45_000]])
  }
  assert.deepEqual(spreadOf(new Float64Array(n)), { n, p50: 0, p90: 0, mean: 0 })
})

test('tens of thousands of durations give what sorting them gives, from none to centuries', () => {
  const value = fc.oneof(
    fc.nat({ max: 3 }),
    fc.nat({ max: 2 ** 31 }),
    fc.double({ min: 0, max: 2 ** 48, noNaN: true }),
  )
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 20, maxLength: 60, size: 'max' }),
      fc.nat({ max: 50 }),
      (few, beside) => {
        // Repeated with a little more each time: some fall together, some do not.
        const values = Float64Array.from({ length: 9_000 }, (_, index) =>
          Math.floor((few[index % few.length] ?? 0) * (1 + Math.floor(index / few.length) / 4_096)),
        )
        const sorted = values.slice(beside).sort()
        const n = sorted.length
        const { p50, p90 } = spreadOf(values, beside)
        assert.deepEqual([p50, p90], [sorted[Math.ceil(n / 2) - 1], sorted[Math.ceil((n * 9) / 10) - 1]])
      },
    ),
    { numRuns: 50 },
  )
})
