// Who has waited longest on us comes first (design section 7; kpi.md section 1, "waiting").

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { TicketEvent } from '../../src/domain/event.ts'
import { compareEvents } from '../../src/domain/event.ts'
import { awaitingSinceOf } from '../../src/domain/history.ts'
import { queuePosition } from '../../src/domain/ticket.ts'
import { aTicket, hour, minute, nine } from '../support/tickets.ts'

const actors = {
  ana: { kind: 'requester', name: 'Ana' },
  bruno: { kind: 'agent', name: 'Bruno', username: 'bruno' },
  bot: { kind: 'bot', name: 'Belay' },
} as const

let count = 0
const event = (at: number, by: keyof typeof actors, what: TicketEvent['what']): TicketEvent => ({
  ticketId: aTicket().id,
  source: `note:${++count}`,
  at,
  actor: actors[by],
  byHand: false,
  hidden: false,
  what,
})

const replied = (at: number, by: keyof typeof actors) => event(at, by, { kind: 'replied', text: 'x' })
const resolved = (at: number) => event(at, 'bruno', { kind: 'resolved', text: 'x', viaMergeRequest: null })
const at = (minutes: number) => nine + minutes * minute

describe('the queue', () => {
  test('is sorted by who has waited longest on us; the others come after, by their last change', () => {
    const longest = { awaitingSince: nine, changedAt: nine + 9 * hour }
    const shorter = { awaitingSince: nine + hour, changedAt: nine + hour }
    const answeredFirst = { awaitingSince: null, changedAt: nine - 1000 * hour }
    const answeredLast = { awaitingSince: null, changedAt: nine + hour }
    const sorted = [answeredLast, shorter, answeredFirst, longest].sort(
      (a, b) => queuePosition(a) - queuePosition(b),
    )
    assert.deepEqual(sorted, [longest, shorter, answeredFirst, answeredLast])
  })

  test('whoever waits on us stands before whoever does not, at any date', () => {
    const date = fc.integer({ min: 0, max: Date.UTC(2200, 0) })
    fc.assert(
      fc.property(date, date, date, (since, changed, other) => {
        const waits = queuePosition({ awaitingSince: since, changedAt: changed })
        assert.ok(waits < queuePosition({ awaitingSince: null, changedAt: other }))
        assert.ok(Number.isSafeInteger(queuePosition({ awaitingSince: null, changedAt: other })))
      }),
    )
  })
})

describe('since when it is our turn', () => {
  const since = (...events: TicketEvent[]) => awaitingSinceOf(nine, events)

  test('from the opening until an agent replies', () => {
    assert.equal(since(), nine)
    assert.equal(since(replied(at(10), 'bruno')), null)
  })

  test('from Ana’s oldest word without an answer, however often she writes again', () => {
    assert.equal(since(replied(at(10), 'bruno'), replied(at(20), 'ana'), replied(at(30), 'ana')), at(20))
    assert.equal(since(replied(at(10), 'ana')), nine)
  })

  test('an internal note and a bot’s words are no answer', () => {
    assert.equal(since(event(at(5), 'bruno', { kind: 'noted', text: 'x' }), replied(at(10), 'bot')), nine)
  })

  test('moving, assigning and categorising a ticket is no answer', () => {
    assert.equal(
      since(
        event(at(1), 'bruno', { kind: 'escalated', from: 1, to: 2, reason: '' }),
        event(at(2), 'bruno', { kind: 'assigned', assignee: 'carla' }),
        event(at(3), 'bruno', { kind: 'categorised', category: 'Hardware' }),
      ),
      nine,
    )
  })

  test('not while the ticket waits on Ana, and again from when it no longer does', () => {
    const waits = event(at(10), 'bruno', { kind: 'waiting-started' })
    assert.equal(since(waits), null)
    assert.equal(since(waits, event(at(20), 'bruno', { kind: 'waiting-ended' })), at(20))
  })

  test('Ana’s word ends the waiting at that time', () => {
    const waits = event(at(10), 'bruno', { kind: 'waiting-started' })
    assert.equal(
      since(waits, replied(at(15), 'ana'), event(at(20), 'bruno', { kind: 'waiting-ended' })),
      at(15),
    )
  })

  test('resolving ends it, reopening begins it anew', () => {
    assert.equal(since(resolved(at(10))), null)
    assert.equal(since(resolved(at(10)), event(at(30), 'bruno', { kind: 'reopened' })), at(30))
  })

  test('a waiting label that is taken away with the resolution begins nothing', () => {
    const story = [
      event(at(5), 'bruno', { kind: 'waiting-started' }),
      resolved(at(10)),
      event(at(10) + 200, 'bruno', { kind: 'waiting-ended' }),
    ]
    assert.equal(since(...story), null)
    assert.equal(since(...story, event(at(60), 'bruno', { kind: 'reopened' })), at(60))
  })

  test('the order in which events are handed over does not matter', () => {
    const kinds = fc.constantFrom<(minutes: number) => TicketEvent>(
      (minutes) => replied(at(minutes), 'ana'),
      (minutes) => replied(at(minutes), 'bruno'),
      (minutes) => replied(at(minutes), 'bot'),
      (minutes) => resolved(at(minutes)),
      (minutes) => event(at(minutes), 'bruno', { kind: 'reopened' }),
      (minutes) => event(at(minutes), 'bruno', { kind: 'waiting-started' }),
      (minutes) => event(at(minutes), 'bruno', { kind: 'waiting-ended' }),
    )
    const stories = fc.array(fc.tuple(kinds, fc.integer({ min: 0, max: 60 })), { maxLength: 12 })
    fc.assert(
      fc.property(
        stories.chain((story) => {
          const events = story.map(([make, minutes]) => make(minutes))
          return fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length }))
        }),
        ([events, shuffled]) => {
          const told = awaitingSinceOf(nine, events)
          assert.equal(awaitingSinceOf(nine, shuffled), told)
          const last = [...events].sort(compareEvents).at(-1)
          assert.ok(told === null || (told >= nine && told <= Math.max(nine, last?.at ?? nine)))
        },
      ),
    )
  })

  test('telling everything twice changes nothing', () => {
    const story = [replied(at(1), 'bruno'), replied(at(2), 'ana'), resolved(at(3)), replied(at(4), 'bruno')]
    assert.equal(since(...story, ...story), since(...story))
  })
})
