// What Ana says once her ticket was resolved: that it is not solved, and how she was helped.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TicketEvent } from '../../src/domain/event.ts'
import { ticketOfHistory } from '../../src/domain/history.ts'
import { commentOf, notSolved, rate, ratingOf } from '../../src/domain/satisfaction.ts'
import { byAna } from '../support/people.ts'
import {
  aDesk,
  aHistory,
  aMarker,
  aNote,
  aTicket,
  circumstances,
  decided,
  hour,
  intents,
  nine,
  refusedWith,
} from '../support/tickets.ts'

const desk = aDesk()
const resolved = aTicket({ state: 'resolved', resolvedAt: nine, awaitingSince: null })
const soon = circumstances(byAna)
const tooLate = circumstances(byAna, nine + desk.mail.reopenWithin + 1)
const nothing = { text: ' ', files: [] }

test('without a word Ana opens her ticket again, and with one it is her reply', () => {
  const silent = decided(notSolved(resolved, nothing, desk, soon))
  assert.deepEqual([silent.ticket.state, silent.ticket.awaitingSince], ['open', soon.at])
  assert.deepEqual(
    intents(silent).map(({ kind }) => kind),
    ['change'],
  )
  assert.deepEqual(silent.events[0]?.actor, { kind: 'requester', name: resolved.requester.name })
  const told = decided(notSolved(resolved, { text: 'Black again.', files: [] }, desk, soon))
  assert.deepEqual(
    told.events.map(({ what }) => what.kind),
    ['replied', 'reopened'],
  )
})

test('a ticket that was resolved too long ago is opened again by nobody but an agent', () => {
  refusedWith(notSolved(resolved, nothing, desk, tooLate), 'ticket-resolved')
  refusedWith(notSolved(resolved, { text: 'Black again.', files: [] }, desk, tooLate), 'ticket-resolved')
})

test('an open ticket needs no opening', () => {
  const open = aTicket()
  assert.equal(decided(notSolved(open, nothing, desk, soon)).ticket, open)
})

test('what Ana says of the help goes to GitLab as a note among agents', () => {
  const decision = decided(rate(resolved, [], { good: false, comment: ' Too slow. ' }, soon))
  const [note] = intents(decision)
  assert.ok(note?.kind === 'note')
  assert.deepEqual([note.purpose, note.internal, note.good], ['satisfaction', true, false])
  assert.equal(commentOf(note.text), 'Too slow.')
  assert.deepEqual(decision.events[0]?.what, { kind: 'rated', good: false, text: 'Too slow.' })
  assert.equal(decision.ticket.awaitingSince, null)
})

test('without a comment the note has words all the same, and none of them is hers', () => {
  for (const good of [true, false]) {
    const decision = decided(rate(resolved, [], { good, comment: '\u200b' }, soon))
    const [note] = intents(decision)
    assert.deepEqual(decision.events[0]?.what, { kind: 'rated', good, text: '' })
    assert.ok(note?.kind === 'note' && note.text.length > 10)
    assert.equal(commentOf(note.text), '')
  }
})

test('the same answer again changes nothing, another one counts from then on', () => {
  const first = decided(rate(resolved, [], { good: true, comment: '' }, soon))
  assert.equal(decided(rate(resolved, first.events, { good: true, comment: '' }, soon)).ticket, resolved)
  const later = circumstances(byAna, soon.at + hour)
  const second = decided(rate(resolved, first.events, { good: false, comment: '' }, later))
  assert.deepEqual(ratingOf([...first.events, ...second.events]), { good: false, comment: '' })
})

test('an open ticket is not judged yet, and one that was opened again is judged anew', () => {
  refusedWith(rate(aTicket(), [], { good: true, comment: '' }, soon), 'ticket-open')
  const rated = decided(rate(resolved, [], { good: true, comment: '' }, soon)).events
  const [again] = decided(notSolved(resolved, nothing, desk, circumstances(byAna, soon.at + hour))).events
  assert.ok(again)
  assert.equal(ratingOf([...rated, again]), null)
})

test('read back from GitLab it is the same answer, and never a reply', () => {
  const [note] = intents(decided(rate(resolved, [], { good: true, comment: 'Quick!' }, soon)))
  assert.ok(note?.kind === 'note')
  const marker = aMarker({ kind: 'satisfaction', author: 'requester', good: true })
  const eventsOf = (internal: boolean): readonly TicketEvent[] =>
    ticketOfHistory(aHistory({ notes: [aNote(1, soon.at, { text: note.text, internal, marker })] }), {
      known: null,
      own: [],
      ownBranches: [],
      noticed: [],
      members: [],
      desk,
    }).events
  for (const internal of [true, false]) {
    const told = eventsOf(internal).filter(({ source }) => source === 'note:1')
    assert.deepEqual(
      told.map(({ what, actor, byHand }) => [what, actor.kind, byHand]),
      [[{ kind: 'rated', good: true, text: 'Quick!' }, 'requester', false]],
    )
  }
})
