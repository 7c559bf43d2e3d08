// How a ticket stands with what was promised, and which promise its line shows.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { TargetKind, TargetStanding } from '../../src/domain/target.ts'
import { leadingTarget, targetState } from '../../src/domain/target.ts'
import { aPromise } from '../support/promises.ts'
import { hour, minute, nine } from '../support/tickets.ts'

describe('a promise', () => {
  test('is due until its time has gone by, and late from the next moment on', () => {
    const promise = aPromise({ due: nine + hour })
    assert.equal(targetState(promise, nine), 'due')
    assert.equal(targetState(promise, nine + hour), 'due')
    assert.equal(targetState(promise, nine + hour + 1), 'late')
  })

  test('is paused while the desk waits for the requester, however long that takes', () => {
    const paused = aPromise({ due: null, warn: null, left: 20 * minute })
    assert.equal(targetState(paused, nine + 1_000 * hour), 'paused')
  })

  test('is met once it is done, whatever the time is by then', () => {
    const met = aPromise({ due: nine + hour, stopped: nine + hour })
    assert.equal(targetState(met, nine + 1_000 * hour), 'met')
  })

  test('that was broken stays broken: done too late, paused afterwards, or with a later time since', () => {
    for (const changes of [
      { missed: nine, stopped: nine + minute },
      { missed: nine, due: null, left: 0 },
      { missed: nine, due: nine + 10 * hour },
    ])
      assert.equal(targetState(aPromise(changes), nine + 2 * minute), 'late')
  })
})

describe('of several promises the line shows', () => {
  const leading = (...standings: TargetStanding[]) => leadingTarget(standings, nine)?.standing.kind
  const due = (kind: TargetKind, at: number) => aPromise({ kind, due: at })

  test('none where none was given', () => {
    assert.equal(leadingTarget([], nine), null)
  })

  test('the one whose time ends first, late or not', () => {
    assert.equal(
      leading(due('resolution', nine + hour), due('first_response', nine + minute)),
      'first_response',
    )
    assert.equal(leading(due('first_response', nine + minute), due('level_1', nine - hour)), 'level_1')
  })

  test('one that runs before one that is paused, and that before one that is over', () => {
    const paused = aPromise({ kind: 'resolution', due: null, left: minute })
    const late = aPromise({ kind: 'first_response', missed: nine - hour, stopped: nine })
    assert.equal(leading(paused, late, due('level_2', nine + 99 * hour)), 'level_2')
    assert.equal(leading(late, paused), 'resolution')
  })

  test('of those that are over the one that was broken', () => {
    const met = aPromise({ kind: 'first_response', stopped: nine })
    const broken = aPromise({ kind: 'resolution', missed: nine - hour, stopped: nine })
    assert.equal(leading(met, broken), 'resolution')
  })

  test('the same one in whatever order they come, where no two end at one time', () => {
    const some = fc.uniqueArray(
      fc.record({
        at: fc.integer({ min: 1, max: 1_000 }),
        how: fc.constantFrom('runs', 'met', 'broken', 'late'),
      }),
      { selector: ({ at }) => at, minLength: 1, maxLength: 6 },
    )
    fc.assert(
      fc.property(some, fc.integer({ min: 0, max: 1_000 }), (promises, now) => {
        const standings = promises.map(({ at, how }, index) =>
          aPromise({
            kind: `level_${index + 1}`,
            due: at,
            ...(how === 'met' ? { stopped: at } : {}),
            ...(how === 'broken' ? { missed: at, stopped: at + 1 } : {}),
            ...(how === 'late' ? { missed: at } : {}),
          }),
        )
        assert.deepEqual(leadingTarget(standings, now), leadingTarget(standings.toReversed(), now))
      }),
    )
  })
})
