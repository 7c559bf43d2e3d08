// Two tickets about one thing: in the figures they are one.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Happening, TicketEvent } from '../../../src/domain/event.ts'
import { kpiTicketOf } from '../../../src/domain/kpi/kpi-events.ts'
import type { Ticket } from '../../../src/domain/ticket.ts'
import { aDesk, aTicket } from '../../support/tickets.ts'

const desk = aDesk()
const minute = 60_000

const told = (ticket: Ticket, ...happenings: readonly Happening[]): TicketEvent[] =>
  happenings.map((what, index) => ({
    ticketId: ticket.id,
    source: `duplicate:${index}`,
    at: ticket.openedAt + index * minute,
    actor: { kind: 'agent', name: 'Davi', username: 'davi' },
    byHand: true,
    hidden: false,
    what,
  }))

const excluded = (more: Partial<Ticket>, ...happenings: readonly Happening[]) => {
  const ticket = aTicket(more)
  return kpiTicketOf(ticket, told(ticket, ...happenings), { readAt: 1, desk }).excluded
}

const ofTwelve: Happening = { kind: 'marked-duplicate', of: 12 }
const hasFifteen: Happening = { kind: 'has-duplicate', duplicate: 15 }
const closed: Happening = { kind: 'resolved', text: '', viaMergeRequest: null }

test('a ticket closed as a duplicate is counted once, in the one that goes on', () => {
  assert.equal(excluded({ state: 'resolved' }, ofTwelve, closed), 'duplicate')
  assert.equal(excluded({ state: 'resolved' }, closed, ofTwelve), 'duplicate')
  assert.equal(excluded({ state: 'open' }, hasFifteen), null)
  assert.equal(excluded({ state: 'resolved' }, hasFifteen, closed), null)
})

test('a duplicate that was opened again is a ticket of its own, also once it is resolved', () => {
  assert.equal(excluded({ state: 'open' }, ofTwelve, closed, { kind: 'reopened' }), null)
  assert.equal(excluded({ state: 'resolved' }, ofTwelve, closed, { kind: 'reopened' }, closed), null)
})

test('where it was turned round, the one that has the duplicate now counts', () => {
  assert.equal(excluded({ state: 'resolved' }, ofTwelve, hasFifteen, closed), null)
  assert.equal(excluded({ state: 'resolved' }, hasFifteen, ofTwelve, closed), 'duplicate')
})

test('a label that keeps it out and a place where it has gone are told as they are', () => {
  assert.equal(excluded({ labels: ['no-kpi'] }), 'label')
  assert.equal(excluded({ state: 'resolved', gone: { why: 'deleted' } }, ofTwelve), 'deleted')
})
