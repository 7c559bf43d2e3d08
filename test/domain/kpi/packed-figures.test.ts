// How a ticket's figures are kept: small, and exactly what they were.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Exclusion, TicketFigures } from '../../../src/domain/kpi/figures.ts'
import { measure } from '../../../src/domain/kpi/measure.ts'
import { mattersUntil, packFigures, unpackFigures } from '../../../src/domain/kpi/packed-figures.ts'
import type { TargetKind } from '../../../src/domain/target.ts'
import { aKpiTicket, anEvent, aTarget, berlin, minute, theRules } from './a-ticket.ts'

const nine = berlin('2026-06-08 09:00')

/** An ordinary one: answered, escalated, answered again and resolved, with two promises. */
const ordinary = (changes: Partial<Parameters<typeof aKpiTicket>[1]> = {}): TicketFigures =>
  measure(
    aKpiTicket(nine, { category: 'Hardware', assignee: 'carla', ...changes }),
    [
      anEvent(nine, { kind: 'created' }, { actor: 'requester' }),
      anEvent(nine, { kind: 'level_on', level: 1 }),
      anEvent(nine + 10 * minute, { kind: 'public_out' }),
      anEvent(nine + 20 * minute, { kind: 'public_in' }),
      anEvent(nine + 40 * minute, { kind: 'level_on', level: 2 }),
      anEvent(nine + 40 * minute, { kind: 'level_off', level: 1 }),
      anEvent(nine + 100 * minute, { kind: 'public_out' }, { by: 'carla' }),
      anEvent(nine + 100 * minute, { kind: 'resolved' }, { by: 'carla' }),
    ],
    theRules([aTarget({ first_response: 60 * minute, resolution: 480 * minute })]),
  )

test('an ordinary ticket takes at most fifty numbers and a line of names', () => {
  const { names, numbers } = packFigures(ordinary())
  assert.ok(numbers.length <= 50, `${numbers.length} numbers`)
  assert.ok(names.length <= 60, names)
})

const instant = fc.integer({ min: -1e12, max: 4e12 })
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: null })
const name = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '\u0000', '["x"]', '\ud800', 'a,b|c'),
)
const stop = {
  at: instant,
  calendar: fc.nat(),
  business: fc.nat(),
  level: fc.integer({ min: 1, max: 40 }),
  by: maybe(name),
}
const kind: fc.Arbitrary<TargetKind> = fc.oneof(
  fc.constantFrom('first_response' as const, 'resolution' as const),
  fc.integer({ min: 1, max: 40 }).map((level) => `level_${level}` as const),
)

const figures: fc.Arbitrary<TicketFigures> = fc.record({
  createdAt: instant,
  category: maybe(name),
  priority: name,
  assignee: maybe(name),
  excluded: maybe(fc.constantFrom<Exclusion>('label', 'deleted', 'moved', 'no-ticket', 'duplicate')),
  complete: fc.boolean(),
  intakeDelay: maybe(instant),
  firstResponse: maybe(fc.record(stop)),
  nextResponses: fc.array(fc.record(stop), { maxLength: 5 }),
  unansweredSince: maybe(instant),
  publicReplies: fc.nat({ max: 5_000 }),
  spans: fc.array(
    fc.record({
      from: instant,
      to: maybe(instant),
      level: fc.integer({ min: 1, max: 40 }),
      waiting: fc.boolean(),
      business: fc.nat(),
    }),
    { maxLength: 5 },
  ),
  resolutions: fc.array(fc.record({ ...stop, reopenedAt: maybe(instant), correction: fc.boolean() }), {
    maxLength: 4,
  }),
  escalation: maybe(fc.record(stop)),
  returnedAt: maybe(instant),
  ratings: fc.array(fc.record({ at: instant, good: fc.boolean(), resolution: fc.nat({ max: 9 }) }), {
    maxLength: 3,
  }),
  targets: fc.array(
    fc.record({
      kind,
      within: fc.nat(),
      due: maybe(instant),
      warn: maybe(instant),
      left: maybe(fc.nat()),
      stopped: maybe(instant),
      missed: maybe(instant),
      whenMissed: fc.constantFrom('tell' as const, 'escalate' as const),
    }),
    { maxLength: 4 },
  ),
})

test('packed and unpacked everything is what it was, whatever names are made of', () => {
  fc.assert(
    fc.property(figures, (one) => {
      const { names, numbers } = packFigures(one)
      // As the store keeps it: bytes, and a text without NUL.
      const kept = new Float64Array(new Uint8Array(numbers.buffer).slice().buffer)
      assert.ok(!names.includes('\u0000'))
      // fast-check's records have no prototype; a copy of plain data has one again.
      assert.deepEqual(unpackFigures({ names, numbers: kept }), structuredClone(one))
    }),
    { numRuns: 1_000 },
  )
})

test('two tickets of the same people share their text of names', () => {
  const one = packFigures(ordinary())
  const another = packFigures(ordinary({ createdAt: nine - minute }))
  assert.equal(one.names, another.names)
})

test('a level that no ladder has is not written down as another one', () => {
  const one = ordinary()
  const { firstResponse } = one
  assert.ok(firstResponse)
  assert.throws(() => packFigures({ ...one, firstResponse: { ...firstResponse, level: 1_024 } }), RangeError)
})

test('an open ticket matters for ever, a resolved one until its last instant, a deleted one no longer', () => {
  const events = [anEvent(nine + minute, { kind: 'public_out' })]
  const rules = theRules()
  assert.equal(mattersUntil(measure(aKpiTicket(nine), events, rules)), Number.POSITIVE_INFINITY)
  assert.equal(mattersUntil(measure(aKpiTicket(nine, { excluded: 'deleted' }), events, rules)), nine + minute)
  const resolved = [...events, anEvent(nine + 5 * minute, { kind: 'resolved' })]
  assert.equal(mattersUntil(measure(aKpiTicket(nine), resolved, rules)), nine + 5 * minute)
  const rated = [...resolved, anEvent(nine + 90 * minute, { kind: 'rated', good: true })]
  assert.equal(mattersUntil(measure(aKpiTicket(nine), rated, rules)), nine + 90 * minute)
})
