// Staying within GitLab's limits by ourselves: so many notes a minute, and nothing after the call that was the last one.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { freshPace, heldAfter, historyPause, pacedAs, takeTurn } from '../../src/domain/pace.ts'
import { hour, minute, nine, second } from '../support/tickets.ts'

describe('notes and new tickets, which GitLab counts by the minute', () => {
  test('a few go at once, then each waits for its turn', () => {
    let pace = freshPace
    const waits = Array.from({ length: 30 }, () => {
      const turn = takeTurn(pace, nine)
      pace = turn.pace
      return turn.wait
    })
    assert.deepEqual(waits.slice(0, 20), new Array(20).fill(0))
    for (const [index, wait] of waits.slice(20).entries())
      assert.equal(wait, Math.ceil(((index + 1) / 270) * minute))
  })

  test('other operations wait for nothing', () => {
    assert.equal(pacedAs({ kind: 'change' }), null)
    assert.equal(pacedAs({ kind: 'note' }), 'note')
    assert.equal(pacedAs({ kind: 'hand-to-service-desk' }), 'note')
  })
})

describe('a call that GitLab says was the last one', () => {
  const reset = nine + 40 * second

  test('is followed by none until the limit counts from the start again', () => {
    assert.equal(heldAfter(0, { calls: 0, resetAt: reset }, nine), reset)
  })

  test('holds nothing up while calls are left', () => {
    assert.equal(heldAfter(0, { calls: 1, resetAt: reset }, nine), 0)
  })

  test('is not forgotten because an answer from before it, or of another limit, comes late', () => {
    const held = heldAfter(0, { calls: 0, resetAt: reset }, nine)
    assert.equal(heldAfter(held, { calls: 12, resetAt: reset }, nine + second), reset)
    assert.equal(heldAfter(held, { calls: 0, resetAt: reset - 10 * second }, nine + second), reset)
  })

  test('holds everything up for an hour at most, whatever a clock on the way says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 15 }), (resetAt) => {
        assert.ok(heldAfter(0, { calls: 0, resetAt }, nine) <= nine + hour)
      }),
    )
  })
})

describe('reading years of history', () => {
  const reset = nine + 40 * second

  test('goes on where GitLab says nothing of a limit, and hardly pauses as long as plenty of calls are left', () => {
    assert.equal(historyPause(null, nine), 0)
    assert.equal(historyPause({ calls: 100_000, resetAt: reset }, nine), 4)
    assert.equal(historyPause({ calls: 8, resetAt: nine - second }, nine), 0)
  })

  test('leaves half of the calls that are left to people, and pauses rather than take the last one', () => {
    // 80 calls: half of them are ten tickets of four calls, over forty seconds.
    assert.equal(historyPause({ calls: 80, resetAt: reset }, nine), 4 * second)
    assert.equal(historyPause({ calls: 0, resetAt: reset }, nine), minute)
    fc.assert(
      fc.property(fc.nat(5_000), fc.integer({ min: 1, max: 3_600_000 }), (calls, ahead) => {
        const pause = historyPause({ calls, resetAt: nine + ahead }, nine)
        assert.ok(pause > 0 && pause <= minute)
        if (pause < minute) assert.ok((ahead / pause) * 4 <= Math.max(calls / 2, 0) + 1e-6)
      }),
    )
  })
})
