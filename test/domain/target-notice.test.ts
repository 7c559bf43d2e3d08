// Who hears that a promise runs out or was broken, and what they read.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { escalate } from '../../src/domain/escalation.ts'
import { theDesk } from '../../src/domain/mending.ts'
import type { Listener } from '../../src/domain/notice.ts'
import type { MailIntent } from '../../src/domain/operation.ts'
import type { TargetKind } from '../../src/domain/target.ts'
import type { TargetNotice } from '../../src/domain/target-notice.ts'
import { stillTrue, targetMails, targetNote, targetSentence } from '../../src/domain/target-notice.ts'
import type { Ticket } from '../../src/domain/ticket.ts'
import { bruno, carla, davi } from '../support/people.ts'
import { aPromise } from '../support/promises.ts'
import { aDesk, aTicket, circumstances, decided, hour, nine, only } from '../support/tickets.ts'

const desk = aDesk({ mail: { ...aDesk().mail, own: true } })

const notice = (changes: Partial<TargetNotice> = {}): TargetNotice => ({
  kind: 'first_response',
  news: 'approaching',
  due: nine + 4 * hour,
  ...changes,
})

const listener = (agent: Listener['agent'], wish: Listener['wish'], changes: Partial<Listener> = {}) => ({
  agent,
  address: `${agent.username}@desk.example`,
  wish,
  language: 'en' as const,
  ...changes,
})

const told = (ticket: Ticket, what: TargetNotice, listeners: readonly Listener[], from = desk) =>
  targetMails(ticket, what, { desk: from, listeners, escalated: null }, circumstances(theDesk)).map(
    ({ intent }) => (intent as MailIntent).to.name,
  )

const everybody = [listener(bruno, 'all'), listener(carla, 'all'), listener(davi, 'all')]

describe('who is told that the time runs out', () => {
  test('whoever has the ticket, and nobody else', () => {
    assert.deepEqual(told(aTicket({ assignee: 'bruno' }), notice(), everybody), ['Bruno'])
    assert.deepEqual(told(aTicket({ assignee: 'bruno' }), notice(), [listener(bruno, 'mine')]), ['Bruno'])
  })

  test('where nobody has it, all who want to hear of all and may work at its level', () => {
    assert.deepEqual(told(aTicket(), notice(), everybody), ['Bruno', 'Carla', 'Davi'])
    assert.deepEqual(told(aTicket({ level: 2 }), notice(), everybody), ['Carla', 'Davi'])
    assert.deepEqual(told(aTicket(), notice(), [listener(bruno, 'mine'), listener(carla, 'all')]), ['Carla'])
  })

  test('never the requester, also where they are an agent', () => {
    const ticket = aTicket({ requester: { name: 'Bruno', email: null, username: 'bruno' } })
    assert.deepEqual(told(ticket, notice(), everybody), ['Carla', 'Davi'])
    assert.deepEqual(told({ ...ticket, assignee: 'bruno' }, notice({ news: 'missed' }), everybody), ['Davi'])
  })

  test('nobody by mail where Belay sends none, or the address is none', () => {
    assert.deepEqual(told(aTicket(), notice(), everybody, aDesk()), [])
    assert.deepEqual(told(aTicket(), notice(), [listener(bruno, 'all', { address: 'bruno' })]), [])
  })
})

describe('who is told that it was broken', () => {
  test('the same, and the leads who want to hear of all', () => {
    const missed = notice({ news: 'missed' })
    assert.deepEqual(told(aTicket({ assignee: 'bruno' }), missed, everybody), ['Bruno', 'Davi'])
    assert.deepEqual(
      told(aTicket({ assignee: 'bruno' }), missed, [listener(bruno, 'mine'), listener(davi, 'mine')]),
      ['Bruno'],
    )
  })

  test('who is told that it was escalated because of that gets no second mail', () => {
    const ticket = aTicket({ assignee: 'bruno' })
    const moved = decided(escalate(ticket, { desk, from: 1, reason: 'Late.' }, circumstances(theDesk)))
    const [event] = moved.events
    assert.ok(event)
    const mails = targetMails(
      ticket,
      notice({ news: 'missed' }),
      { desk, listeners: everybody, escalated: { event, ticket: moved.ticket } },
      circumstances(theDesk),
    )
    assert.deepEqual(
      mails.map(({ intent }) => (intent as MailIntent).to.name),
      ['Bruno'],
    )
  })
})

describe('what they read', () => {
  const kinds: TargetKind[] = ['first_response', 'resolution', 'level_2']

  test('which promise, and until when, in the time zone of the desk', () => {
    const berlin = aDesk({ timeZone: 'Europe/Berlin' })
    assert.equal(
      targetSentence(notice({ news: 'missed' }), 'en', berlin),
      'The time for a first response ended on Monday, 8 June 2026 at 15:00, and nobody has answered.',
    )
    assert.equal(
      targetSentence(notice({ kind: 'level_2' }), 'de', berlin),
      'Die Zeit bei Level 2 endet am Montag, 8. Juni 2026 um 15:00, und das Ticket ist noch dort.',
    )
  })

  test('another sentence for each promise, each news and each language', () => {
    const sentences = kinds.flatMap((kind) =>
      (['approaching', 'missed'] as const).flatMap((news) =>
        (['en', 'de'] as const).map((language) => targetSentence(notice({ kind, news }), language, desk)),
      ),
    )
    assert.equal(new Set(sentences).size, 12)
  })

  test('each listener reads their own language', () => {
    const mails = targetMails(
      aTicket(),
      notice(),
      { desk, listeners: [listener(bruno, 'all', { language: 'de' })], escalated: null },
      circumstances(theDesk),
    )
    assert.match((only(mails).intent as MailIntent).text, /^Die Zeit für die erste Antwort endet am /)
  })
})

describe('where Belay sends no mails', () => {
  test('an internal note mentions who has the ticket', () => {
    const note = targetNote({ assignee: 'bruno' }, notice(), aDesk())
    assert.match(note ?? '', /^@bruno The time for a first response ends on /)
  })

  test('where nobody has it, a note says only that it was broken', () => {
    assert.equal(targetNote({ assignee: null }, notice(), aDesk()), null)
    assert.match(targetNote({ assignee: null }, notice({ news: 'missed' }), aDesk()) ?? '', /^The time /)
  })

  test('and none where it does', () => {
    assert.equal(targetNote({ assignee: 'bruno' }, notice(), desk), null)
  })
})

describe('news are still true', () => {
  test('while the promise runs and ends when it was said to', () => {
    const runs = aPromise()
    assert.equal(stillTrue(notice(), [runs]), runs)
    assert.equal(stillTrue(notice({ news: 'missed' }), [runs]), runs)
  })

  test('not once it is done, paused, moved or not promised any more', () => {
    for (const news of ['approaching', 'missed'] as const)
      for (const standings of [
        [],
        [aPromise({ kind: 'resolution' })],
        [aPromise({ stopped: nine })],
        [aPromise({ due: null, warn: null, left: hour })],
        [aPromise({ due: nine + 5 * hour })],
      ])
        assert.equal(stillTrue(notice({ news }), standings), null)
  })

  test('that it was broken stays true, also where a later time counts now; that it runs out does not', () => {
    const broken = aPromise({ missed: nine + 4 * hour, due: nine + 9 * hour })
    assert.equal(stillTrue(notice({ news: 'missed' }), [broken]), broken)
    assert.equal(stillTrue(notice(), [broken]), null)
  })
})
