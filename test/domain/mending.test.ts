// What Belay puts right after GitLab's Service Desk: the category that a subject asks for, and what the
// requester's answer should have ended. Never against what a person has decided.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Happening, TicketEvent } from '../../src/domain/event.ts'
import { categoryToMend, endedByAnswer } from '../../src/domain/mending.ts'
import type { Ticket } from '../../src/domain/ticket.ts'
import { brunosAccount, supportBot, theBot } from '../support/people.ts'
import {
  aDesk,
  aHistory,
  aLabelEvent,
  aRemoteTicket,
  aTicket,
  hour,
  minute,
  nine,
} from '../support/tickets.ts'

const desk = aDesk()
const day = 24 * hour

const mailed: Partial<Ticket> = {
  source: 'service-desk',
  category: null,
  labels: [],
  requester: { name: 'ana@school.example', email: 'ana@school.example', username: null, serviceDesk: true },
}

describe('the category of a ticket that came by Service Desk', () => {
  const asked = (
    title: string,
    more: {
      ticket?: Partial<Ticket>
      remote?: Parameters<typeof aRemoteTicket>[0]
      events?: Parameters<typeof aLabelEvent>[]
    } = {},
  ) => {
    const remote = aRemoteTicket({ title, author: supportBot, marker: null, labels: [], ...more.remote })
    const history = aHistory({
      ticket: remote,
      labelEvents: (more.events ?? []).map((event) => aLabelEvent(...event)),
    })
    return categoryToMend(aTicket({ ...mailed, title, ...more.ticket }), history, desk)?.id ?? null
  }

  test('is the one its title asks for, in the old form of title too', () => {
    assert.equal(asked('[Hardware] Buying a new screen'), 'Hardware')
    assert.equal(asked('Service Desk (from jake@x.example): [Hardware] My mouse'), 'Hardware')
    assert.equal(asked('Re: locked out [gitlab  ACCOUNT]'), 'Gitlab Account')
  })

  test('is none where the title asks for none, or for two', () => {
    assert.equal(asked('Hardware'), null)
    assert.equal(asked('[Hardware] [Gitlab Account]'), null)
  })

  test('is left to people once anybody gave it one or took one away', () => {
    const title = '[Hardware] Buying a new screen'
    assert.equal(asked(title, { remote: { labels: ['gitlab-account'] } }), null)
    assert.equal(asked(title, { events: [[1, nine, brunosAccount, '+gitlab-account']] }), null)
    assert.equal(
      asked(title, {
        events: [
          [1, nine, theBot, '+hardware'],
          [2, nine + minute, brunosAccount, '-hardware'],
        ],
      }),
      null,
    )
    assert.equal(asked(title, { events: [[1, nine, brunosAccount, '+urgent']] }), 'Hardware')
  })

  test('is not looked at where the ticket was opened here, is resolved or gone', () => {
    const title = '[Hardware] Buying a new screen'
    assert.equal(asked(title, { remote: { marker: aRemoteTicket().marker } }), null)
    assert.equal(asked(title, { ticket: { state: 'resolved' } }), null)
    assert.equal(asked(title, { ticket: { gone: { why: 'deleted' } } }), null)
  })
})

describe('what Ana’s answer by mail ends', () => {
  const by = {
    ana: { kind: 'requester', name: 'Ana' },
    bruno: { kind: 'agent', name: 'Bruno', username: 'bruno' },
    desk: { kind: 'bot', name: 'Belay' },
  } as const
  const event = (at: number, who: keyof typeof by, what: Happening, hidden = false): TicketEvent => ({
    ticketId: aTicket().id,
    source: `note:${at}`,
    at: nine + at,
    actor: by[who],
    byHand: false,
    hidden,
    what,
  })
  const waits = (at: number, hidden = true) =>
    event(at, 'bruno', { kind: 'label-added', label: 'waiting' }, hidden)
  const says = (at: number, who: keyof typeof by = 'ana') => event(at, who, { kind: 'replied', text: 'Yes.' })
  const notes = (at: number) => event(at, 'bruno', { kind: 'noted', text: 'Hm.' })
  const resolves = (at: number, hidden = false) =>
    event(at, 'bruno', { kind: 'resolved', text: 'Done.', viaMergeRequest: null }, hidden)
  const waiting = aTicket({ ...mailed, state: 'waiting', labels: ['waiting'], awaitingSince: null })
  const resolved = aTicket({ ...mailed, state: 'resolved', resolvedAt: nine, awaitingSince: null })
  const ended = (ticket: Ticket, events: readonly TicketEvent[], at = hour) =>
    endedByAnswer(ticket, events, desk, nine + at)

  test('is the waiting that began before it, whether or not that was told', () => {
    assert.equal(ended(waiting, [waits(1), says(2)]), 'waiting')
    assert.equal(ended(waiting, [waits(1, false), notes(2), says(3), notes(4)]), 'waiting')
  })

  test('is not a waiting that began after it', () => {
    assert.equal(ended(waiting, [says(1), waits(2)]), null)
    assert.equal(ended(waiting, [waits(1), says(2), waits(3)]), null)
    assert.equal(ended(waiting, [waits(1)]), null)
  })

  test('is nothing where an agent has answered since, or only an agent has', () => {
    assert.equal(ended(waiting, [waits(1), says(2), says(3, 'bruno')]), null)
    assert.equal(ended(waiting, [waits(1), says(2, 'bruno')]), null)
    assert.equal(ended(waiting, [waits(1), notes(2)]), null)
  })

  test('is that the ticket is resolved, within 14 days and where GitLab mails her', () => {
    assert.equal(ended(resolved, [resolves(1), says(2)]), 'resolved')
    assert.equal(ended(resolved, [resolves(0), says(14 * day)], 14 * day), 'resolved')
    assert.equal(ended(resolved, [resolves(0), says(14 * day + 1)], 14 * day + 1), null)
    assert.equal(ended(aTicket({ state: 'resolved' }), [resolves(1), says(2)]), null)
  })

  test('is a resolving that was told before it, though GitLab closed the issue only afterwards', () => {
    assert.equal(ended(resolved, [resolves(1), says(2), resolves(3, true)]), 'resolved')
  })

  test('is not a resolving that came after it, and not of a ticket that was closed again since', () => {
    assert.equal(ended(resolved, [says(1), resolves(2)]), null)
    assert.equal(ended(resolved, [resolves(1), says(2), resolves(3)]), null)
  })

  test('is not what people have long seen: an answer of more than a day ago reopens nothing', () => {
    assert.equal(ended(resolved, [resolves(0), says(minute)], minute + day), 'resolved')
    assert.equal(ended(resolved, [resolves(0), says(minute)], minute + day + 1), null)
  })

  test('is nothing on an open ticket and on one that is gone', () => {
    assert.equal(ended(aTicket(mailed), [waits(1), says(2)]), null)
    const gone = { ...waiting, gone: { why: 'deleted' } } as const
    assert.equal(ended(gone, [waits(1), says(2)]), null)
  })
})
