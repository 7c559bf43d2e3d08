// Resolving and reopening (design section 4, "Notes", "Levels", "The fewest calls"; kpi.md section 1).

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { reopen, resolve } from '../../src/domain/resolution.ts'
import type { Ticket } from '../../src/domain/ticket.ts'
import { byBruno, byCarla } from '../support/people.ts'
import {
  aDesk,
  aTicket,
  circumstances,
  decided,
  hour,
  intents,
  intentsOf,
  nine,
  only,
  refusedWith,
} from '../support/tickets.ts'

const standardAnswer = 'Your ticket is resolved.'

const resolved = (ticket: Ticket, answer = 'The cable was loose.') =>
  decided(resolve(ticket, { answer, standardAnswer, desk: aDesk() }, circumstances(byBruno)))

describe('resolving', () => {
  test('writes the answer as a public reply and then closes, in this order and nothing else', () => {
    const [note, close, ...rest] = intents(resolved(aTicket()))
    assert.deepEqual(note, {
      kind: 'note',
      purpose: 'resolve',
      text: 'The cable was loose.',
      internal: false,
    })
    assert.deepEqual(close, { kind: 'change', addLabels: [], removeLabels: [], state: 'closed' })
    assert.deepEqual(rest, [])
  })

  test('an empty answer becomes the standard sentence', () => {
    assert.equal(only(intentsOf(resolved(aTicket(), ''), 'note')).text, standardAnswer)
    assert.equal(only(intentsOf(resolved(aTicket(), ' \r\n\t '), 'note')).text, standardAnswer)
  })

  test('an answer that nobody can see is empty too: zero-width signs, NUL, a bidi mark', () => {
    for (const answer of ['\u200b', '\u0000', '\u2060 \u200d', '\u202e', '\ufeff', '\u00ad'])
      assert.equal(only(intentsOf(resolved(aTicket(), answer), 'note')).text, standardAnswer)
  })

  test('the ticket is resolved now and no longer our turn; level and assignee stay', () => {
    const { ticket } = resolved(aTicket({ level: 2, labels: ['level::2', 'hardware'], assignee: 'carla' }))
    assert.equal(ticket.state, 'resolved')
    assert.equal(ticket.resolvedAt, nine + hour)
    assert.equal(ticket.awaitingSince, null)
    assert.equal(ticket.level, 2)
    assert.equal(ticket.assignee, 'carla')
    assert.deepEqual(ticket.labels, ['level::2', 'hardware'])
  })

  test('a ticket that waited on Ana waits no longer, in the same change', () => {
    const decision = resolved(aTicket({ state: 'waiting', labels: ['level::1', 'hardware', 'waiting'] }))
    assert.deepEqual(only(intentsOf(decision, 'change')).removeLabels, ['waiting'])
    assert.deepEqual(decision.ticket.labels, ['level::1', 'hardware'])
  })

  test('touches no assignee and no level label in GitLab', () => {
    const change = only(intentsOf(resolved(aTicket({ assignee: 'bruno' })), 'change'))
    assert.equal(change.assignee, undefined)
    assert.deepEqual([change.addLabels, change.removeLabels], [[], []])
  })

  test('one event tells of it, with the answer that Ana gets', () => {
    const event = only(resolved(aTicket(), '').events)
    assert.deepEqual(event.what, { kind: 'resolved', text: standardAnswer, viaMergeRequest: null })
  })

  test('a resolved ticket is not resolved again', () => {
    const ticket = aTicket({ state: 'resolved' })
    refusedWith(
      resolve(ticket, { answer: 'x', standardAnswer, desk: aDesk() }, circumstances(byBruno)),
      'ticket-resolved',
    )
  })
})

describe('reopening', () => {
  const closed = aTicket({
    state: 'resolved',
    resolvedAt: nine,
    awaitingSince: null,
    level: 2,
    labels: ['level::2', 'hardware'],
    assignee: 'carla',
    formerAssignee: 'bruno',
  })

  test('keeps level, labels and assignee, and from now on it is our turn', () => {
    const { ticket } = decided(reopen(closed, aDesk(), circumstances(byCarla)))
    assert.deepEqual(ticket, {
      ...closed,
      state: 'open',
      resolvedAt: null,
      awaitingSince: nine + hour,
      changedAt: nine + hour,
    })
  })

  test('is one change in GitLab that touches nothing else', () => {
    const decision = decided(reopen(closed, aDesk(), circumstances(byCarla)))
    const change = only(intentsOf(decision, 'change'))
    assert.equal(decision.operations.length, 1)
    assert.deepEqual(change, { kind: 'change', addLabels: [], removeLabels: [], state: 'opened' })
    assert.deepEqual(only(decision.events).what, { kind: 'reopened' })
  })

  test('a ticket that was closed by hand while it waited is our turn again once it is reopened', () => {
    const closed = aTicket({ state: 'resolved', labels: ['level::1', 'waiting'], awaitingSince: null })
    const { ticket, operations } = decided(reopen(closed, aDesk(), circumstances(byCarla)))
    assert.deepEqual(ticket.labels, ['level::1'])
    const [change] = operations
    assert.ok(change?.intent.kind === 'change')
    assert.deepEqual(change.intent.removeLabels, ['waiting'])
  })

  test('an open or waiting ticket cannot be reopened', () => {
    refusedWith(reopen(aTicket(), aDesk(), circumstances(byCarla)), 'ticket-open')
    refusedWith(reopen(aTicket({ state: 'waiting' }), aDesk(), circumstances(byCarla)), 'ticket-open')
  })

  test('a resolved ticket that is reopened can be escalated and resolved as before', () => {
    const { ticket } = decided(reopen(closed, aDesk(), circumstances(byCarla)))
    assert.equal(resolved(ticket).ticket.state, 'resolved')
  })
})
