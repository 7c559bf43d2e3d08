// When GitLab does not answer: how long to wait, and how few calls an outage costs (design section 4; security section 3).

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { afterFault, allowance, closedCircuit, isOpen } from '../../src/domain/circuit.ts'
import { backOff, withJitter } from '../../src/domain/operation-policy.ts'
import { hour, minute, nine, second } from '../support/tickets.ts'

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('waiting longer after each failure', () => {
  test('one second, two, four, and so on up to five minutes', () => {
    assert.deepEqual(
      [1, 2, 3, 4, 5].map(backOff),
      [1, 2, 4, 8, 16].map((seconds) => seconds * second),
    )
    assert.equal(backOff(9), 256 * second)
    for (const attempts of [10, 50, 10_000, Number.MAX_SAFE_INTEGER])
      assert.equal(backOff(attempts), 5 * minute)
  })

  test('never shorter than the time before, and never nothing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), (attempts) => {
        assert.ok(backOff(attempts) >= second)
        assert.ok(backOff(attempts + 1) >= backOff(attempts))
      }),
    )
  })

  test('is spread by a quarter to both sides, in whole milliseconds, so that not all come at once', () => {
    assert.equal(withJitter(1_000, 0), 750)
    assert.equal(withJitter(1_000, 0.5), 1_000)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 * minute }), chance, (wait, luck) => {
        const spread = withJitter(wait, luck)
        assert.ok(Number.isInteger(spread))
        assert.ok(spread >= Math.floor(wait * 0.75) && spread <= Math.ceil(wait * 1.25))
      }),
    )
  })
})

describe('the circuit to GitLab', () => {
  const fault = (now: number, retryAfter: number | null = null) => ({ now, retryAfter, chance: 0.5 })

  test('is closed at first: nothing waits and as many calls as usual may be under way', () => {
    assert.equal(isOpen(closedCircuit, nine), false)
    assert.equal(allowance(closedCircuit, 4), 4)
  })

  test('opens at the first failure, for as long as the back-off says', () => {
    const circuit = afterFault(closedCircuit, fault(nine))
    assert.equal(isOpen(circuit, nine), true)
    assert.equal(isOpen(circuit, nine + second - 1), true)
    assert.equal(isOpen(circuit, nine + second), false)
  })

  test('when its time is over one call tries whether GitLab is back', () => {
    const circuit = afterFault(closedCircuit, fault(nine))
    assert.equal(allowance(circuit, 4), 1)
  })

  test('never tries sooner than GitLab asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 24 * hour }),
        chance,
        fc.nat(30),
        (retryAfter, luck, failures) => {
          const circuit = afterFault({ failures, openUntil: 0 }, { now: nine, retryAfter, chance: luck })
          assert.ok(circuit.openUntil >= nine + retryAfter)
        },
      ),
    )
  })

  test('a later failure never shortens what an earlier answer asked for', () => {
    const asked = afterFault(closedCircuit, fault(nine, hour))
    assert.ok(afterFault(asked, fault(nine + second)).openUntil >= nine + hour)
  })

  test('a whole day without GitLab costs a call a minute, not more', () => {
    let circuit = closedCircuit
    let now = nine
    let calls = 0
    while (now < nine + 24 * hour) {
      circuit = afterFault(circuit, fault(now))
      now = circuit.openUntil
      calls++
    }
    assert.ok(calls < 24 * 60 + 20, String(calls))
    assert.ok(calls > 24 * 30, 'and still notices within two minutes that GitLab is back')
  })
})
