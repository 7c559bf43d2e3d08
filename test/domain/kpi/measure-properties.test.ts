// What holds for every ticket, whatever happened to it: order and repetition of its events change nothing, its
// stretches add up, and business time is never more than calendar time.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { KpiEvent, KpiHappening, KpiTicket, TicketFigures } from '../../../src/domain/kpi/figures.ts'
import { measure } from '../../../src/domain/kpi/measure.ts'
import { compareSources } from '../../../src/domain/kpi/order.ts'
import { mattersUntil, packFigures, unpackFigures } from '../../../src/domain/kpi/packed-figures.ts'
import { aKpiTicket, aTarget, berlin, dayAndNight, minute, theRules } from './a-ticket.ts'

const created = berlin('2026-06-05 15:30')

const happenings = (): fc.Arbitrary<KpiHappening> => {
  const level = fc.integer({ min: 1, max: 3 })
  const priority = fc.constantFrom('normal', 'high')
  const category = fc.constantFrom('Hardware', 'Gitlab Account')
  return fc.oneof(
    fc.constantFrom<KpiHappening>(
      { kind: 'public_out' },
      { kind: 'public_in' },
      { kind: 'wait_on' },
      { kind: 'wait_off' },
      { kind: 'resolved' },
      { kind: 'reopened' },
    ),
    fc.record({
      kind: fc.constantFrom('level_on' as const, 'level_off' as const, 'level_at' as const),
      level,
    }),
    fc.record({ kind: fc.constant('rated' as const), good: fc.boolean() }),
    fc.record({ kind: fc.constantFrom('priority_on' as const, 'priority_off' as const), priority }),
    fc.record({ kind: fc.constantFrom('category_on' as const, 'category_off' as const), category }),
  )
}

/** Few instants and few names, so that much happens at once; some before the ticket was there. */
const stories = (): fc.Arbitrary<KpiEvent[]> =>
  fc
    .array(
      fc.record({
        at: fc.oneof(
          fc.integer({ min: -2, max: 12 }).map((hours) => created + hours * 60 * minute),
          fc.integer({ min: 0, max: 5 * 1_440 * minute }).map((after) => created + after),
        ),
        happening: happenings(),
        by: fc.constantFrom('bruno', 'carla', null),
        actor: fc.constantFrom<KpiEvent['actor']>('agent', 'agent', 'requester', 'bot'),
        source: fc.constantFrom('label', 'note', 'state'),
      }),
      { maxLength: 14 },
    )
    .map((all) =>
      all.map(
        ({ at, happening, by, actor, source }, index): KpiEvent => ({
          at,
          source: `${source}:${index + 1}`,
          actor,
          by: actor === 'agent' ? by : null,
          ...happening,
        }),
      ),
    )

const tickets = (): fc.Arbitrary<KpiTicket> =>
  fc.record({
    category: fc.constantFrom('Hardware', 'Gitlab Account', null),
    priority: fc.constantFrom('normal', 'high'),
    assignee: fc.constantFrom('bruno', null),
    excluded: fc.constantFrom(null, null, null, 'label' as const, 'deleted' as const),
    complete: fc.constantFrom(true, true, true, false),
    arrivedAt: fc.constantFrom(null, created - 90_000),
    createdAt: fc.constant(created),
  })

const targets = [
  aTarget({ resolution: 60 * minute, level_2: 30 * minute }, { priority: 'high', whenMissed: 'escalate' }),
  aTarget({ first_response: 45 * minute }, { category: 'Hardware' }),
  aTarget({
    first_response: 240 * minute,
    resolution: 480 * minute,
    level_1: 120 * minute,
    level_2: 90 * minute,
  }),
]

const rules = theRules(targets, { levels: 3 })

const always = (holds: (figures: TicketFigures, events: readonly KpiEvent[], ticket: KpiTicket) => void) =>
  fc.assert(
    fc.property(tickets(), stories(), (ticket, events) =>
      holds(measure(ticket, events, rules), events, ticket),
    ),
    { numRuns: 500 },
  )

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0)

describe('whatever happens to a ticket', () => {
  test('in whatever order and however often its events come, it measures the same', () => {
    fc.assert(
      fc.property(
        tickets(),
        stories().chain((events) =>
          fc.tuple(
            fc.constant(events),
            fc.shuffledSubarray(events, { minLength: events.length }),
            fc.subarray(events),
          ),
        ),
        (ticket, [events, shuffled, again]) => {
          const figures = measure(ticket, events, rules)
          assert.deepEqual(measure(ticket, [...again, ...shuffled, ...again], rules), figures)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('its stretches are in order, do not overlap, last some time, and differ from the one before', () => {
    always(({ spans, createdAt }) => {
      let before: TicketFigures['spans'][number] | undefined
      for (const span of spans) {
        assert.ok(span.from >= (before?.to ?? createdAt))
        if (before) assert.notEqual(before.to, null, 'only the last one lasts')
        if (before?.to === span.from)
          assert.ok(before.level !== span.level || before.waiting !== span.waiting, 'two that are one')
        if (span.to !== null) assert.ok(span.to > span.from)
        before = span
      }
    })
  })

  test('it is open exactly until it was resolved and from when it was reopened', () => {
    always(({ spans, resolutions, createdAt }) => {
      const end = resolutions.at(-1)?.at ?? createdAt
      const closed = resolutions.map(({ at, reopenedAt }) => (reopenedAt ?? end) - at)
      const open = sum(spans.map(({ from, to }) => (to ?? Math.max(from, end)) - from))
      const last = resolutions.at(-1)
      const running = last?.reopenedAt != null || !last
      assert.equal(spans.at(-1)?.to === null, running)
      if (!running) assert.equal(open, end - createdAt - sum(closed))
    })
  })

  test('its levels add up to its open time, and net is at most open is at most full', () => {
    always(({ spans, resolutions, createdAt }) => {
      const last = resolutions.at(-1)
      if (!last || last.reopenedAt !== null) return
      const took = ({ from, to }: TicketFigures['spans'][number]) => (to ?? Number.NaN) - from
      for (const [time, full] of [
        [took, last.calendar],
        [(span: TicketFigures['spans'][number]) => span.business, last.business],
      ] as const) {
        const open = sum(spans.map(time))
        const levels = [1, 2, 3].map((level) => sum(spans.filter((span) => span.level === level).map(time)))
        const net = sum(spans.filter(({ waiting }) => !waiting).map(time))
        assert.equal(sum(levels), open)
        assert.ok(net <= open && open <= full)
      }
      assert.equal(last.calendar, last.at - createdAt)
    })
  })

  test('no duration is negative, and business time is at most calendar time', () => {
    always(({ firstResponse, nextResponses, escalation, resolutions, spans }) => {
      const stops = [...nextResponses, ...resolutions]
      for (const stop of [firstResponse, escalation]) if (stop) stops.push(stop)
      for (const { calendar, business } of stops) assert.ok(0 <= business && business <= calendar)
      for (const { from, to, business } of spans)
        assert.ok(0 <= business && business <= (to === null ? 0 : to - from))
    })
  })

  test('day and night, business time is calendar time', () => {
    fc.assert(
      fc.property(tickets(), stories(), (ticket, events) => {
        const { resolutions, spans } = measure(ticket, events, dayAndNight(targets, 3))
        for (const { calendar, business } of resolutions) assert.equal(business, calendar)
        for (const { from, to, business } of spans) if (to !== null) assert.equal(business, to - from)
      }),
    )
  })

  test('who was escalated was at Level 2 or above first then, and came back only after that', () => {
    always(({ spans, escalation, returnedAt }) => {
      const up = spans.findIndex(({ level }) => level > 1)
      assert.equal(escalation?.at ?? null, spans[up]?.from ?? null)
      const back = up < 0 ? undefined : spans.slice(up).find(({ level }) => level === 1)
      assert.equal(returnedAt, back?.from ?? null)
    })
  })

  test('a promise says when it is due or how much is left, and is missed at the time it was due', () => {
    always(({ targets: standings, excluded, complete, spans }) => {
      if (excluded !== null || !complete) assert.deepEqual(standings, [])
      assert.equal(new Set(standings.map(({ kind }) => kind)).size, standings.length)
      for (const { due, warn, left, missed, stopped, within } of standings) {
        if (missed !== null) {
          assert.equal(due, missed)
          if (stopped !== null) assert.ok(missed < stopped)
        } else if (stopped !== null) assert.ok(due !== null && due >= stopped && left === null)
        else if (left === null) assert.ok(due !== null && warn !== null)
        else assert.ok(due === null && warn === null && spans.at(-1)?.waiting)
        if (left !== null) assert.ok(0 <= left && left <= within)
        if (warn !== null && due !== null) assert.ok(warn <= due)
      }
    })
  })

  test('ratings belong to a resolution before them, one to each', () => {
    always(({ ratings, resolutions }) => {
      assert.equal(new Set(ratings.map(({ resolution }) => resolution)).size, ratings.length)
      for (const { at, resolution } of ratings) assert.ok((resolutions[resolution]?.at ?? Infinity) <= at)
    })
  })

  test('packed and unpacked it is the same', () => {
    always((figures) => assert.deepEqual(unpackFigures(packFigures(figures)), figures))
  })

  test('it matters for ever while it is open, else until the last that happened', () => {
    always((figures, events) => {
      const until = mattersUntil(figures)
      if (figures.excluded === 'deleted') assert.ok(Number.isFinite(until))
      else assert.equal(until === Infinity, figures.spans.at(-1)?.to === null)
      const told = events.filter(({ kind }) => kind === 'resolved' || kind === 'reopened')
      if (Number.isFinite(until) && figures.resolutions.length > 0)
        assert.ok(
          until >= Math.max(...figures.resolutions.map(({ at, reopenedAt }) => reopenedAt ?? at)),
          String(told),
        )
    })
  })
})

describe('the order of events at one instant', () => {
  test('is one order: nobody comes before themselves by way of others', () => {
    const source = fc
      .tuple(
        fc.constantFrom('label', 'state', 'label:opening', 'op'),
        fc.oneof(fc.nat({ max: 30 }).map(String), fc.constantFrom('1x', 'x', '', '007', '7')),
      )
      .map((parts) => parts.join(':'))
    fc.assert(
      fc.property(source, source, source, (a, b, c) => {
        assert.equal(Math.sign(compareSources(a, b)), -Math.sign(compareSources(b, a)) + 0)
        assert.equal(compareSources(a, b) === 0, a === b)
        if (compareSources(a, b) < 0 && compareSources(b, c) < 0) assert.ok(compareSources(a, c) < 0)
      }),
      { numRuns: 2_000 },
    )
  })

  test('is GitLab’s counting where both are its events of one kind', () => {
    assert.ok(compareSources('state:9', 'state:10') < 0)
    assert.ok(compareSources('label:99', 'state:1') < 0)
  })
})

test('a ticket of nothing but its opening is open since', () => {
  const { spans } = measure(aKpiTicket(created), [], rules)
  assert.deepEqual(spans, [{ from: created, to: null, level: 1, waiting: false, business: 0 }])
})
