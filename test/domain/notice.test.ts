// Who is mailed of what was decided (security I7 and I9, section 4 "Mail out"; docs/mail.md "Who gets which mail").

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { hearFromRequester, noteInternally, noteUnverified, reply } from '../../src/domain/conversation.ts'
import type { Decision } from '../../src/domain/decision.ts'
import { escalate, handBack } from '../../src/domain/escalation.ts'
import { assign, categorise, setWaiting } from '../../src/domain/handling.ts'
import type { Listener } from '../../src/domain/notice.ts'
import { ownMailAddress, withNotices } from '../../src/domain/notice.ts'
import { open } from '../../src/domain/opening.ts'
import type { Author } from '../../src/domain/operation.ts'
import type { Refusal } from '../../src/domain/refusal.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { reopen, resolve } from '../../src/domain/resolution.ts'
import type { Agent } from '../../src/domain/role.ts'
import type { Requester, Ticket } from '../../src/domain/ticket.ts'
import { aMailDeskOf } from '../support/mail-desk.ts'
import { ana, bruno, byAna, byBruno, byCarla, byDavi, carla, davi } from '../support/people.ts'
import { aDesk, aTicket, circumstances, decided, intentsOf, only } from '../support/tickets.ts'

const desk = aMailDeskOf()
const listener = (
  agent: Agent,
  wish: Listener['wish'],
  address = `${agent.username}@desk.example`,
): Listener => ({
  agent,
  address,
  wish,
  language: 'de',
})
const everybody = [listener(bruno, 'all'), listener(carla, 'all'), listener(davi, 'all')]

/** Every deed there is, done to this ticket by somebody; null where the rule says no. */
const deeds: Readonly<Record<string, (ticket: Ticket, by: Author) => Decision | Refusal>> = {
  opens: (ticket, by) =>
    open(
      {
        title: ticket.title,
        text: ticket.text,
        category: 'Hardware',
        requester: ticket.requester,
        files: [],
        serviceDesk: true,
      },
      desk,
      circumstances(by),
    ),
  replies: (ticket, by) => reply(ticket, 'WORDS', circumstances(by)),
  notes: (ticket, by) => noteInternally(ticket, 'WORDS', circumstances(by)),
  hears: (ticket, by) =>
    hearFromRequester(ticket, { text: 'WORDS', files: [], from: null }, desk, circumstances(by)),
  'notes an unverified mail': (ticket, by) =>
    noteUnverified(ticket, { text: 'WORDS', files: [], by: 'Not verified.' }, circumstances(by)),
  resolves: (ticket, by) =>
    resolve(ticket, { answer: 'WORDS', standardAnswer: 'Done.', desk }, circumstances(by)),
  reopens: (ticket, by) => reopen(ticket, desk, circumstances(by)),
  escalates: (ticket, by) =>
    escalate(ticket, { reason: 'WORDS', from: ticket.level, desk }, circumstances(by)),
  'hands back': (ticket, by) =>
    handBack(
      ticket,
      { reason: 'WORDS', from: ticket.level, desk, formerAssigneeId: null, role: 'lead' },
      circumstances(by),
    ),
  assigns: (ticket, by) => assign(ticket, carla, desk, circumstances(by)),
  categorises: (ticket, by) => categorise(ticket, 'Gitlab Account', desk, circumstances(by)),
  waits: (ticket, by) => setWaiting(ticket, true, desk, circumstances(by)),
}

const announced = (
  decision: Decision,
  world: Partial<Parameters<typeof withNotices>[1]> = {},
  by: Author = byBruno,
) =>
  intentsOf(
    withNotices(decision, { desk, listeners: [], acknowledge: true, ...world }, circumstances(by)),
    'mail',
  )

const did = (deed: string, ticket: Ticket, by: Author): Decision =>
  decided((deeds[deed] ?? assert.fail(deed))(ticket, by))

describe('Ana is mailed', () => {
  const mails: readonly (readonly [string, Ticket, string, string])[] = [
    ['opens', aTicket(), 'received', ''],
    ['replies', aTicket(), 'reply', 'WORDS'],
    ['resolves', aTicket(), 'resolved', 'WORDS'],
    ['reopens', aTicket({ state: 'resolved' }), 'reopened', ''],
  ]
  for (const [deed, ticket, notice, text] of mails)
    test(`that Bruno ${deed}: "${notice}"`, () => {
      const mail = only(announced(did(deed, ticket, byBruno)))
      assert.deepEqual(mail, {
        kind: 'mail',
        notice,
        text,
        to: { name: 'Ana', address: 'ana@school.example' },
        language: 'en',
      })
    })

  test('in the language she chose, else in the desk’s', () => {
    const german = aTicket({ requester: { ...ana, language: 'de' } })
    assert.equal(only(announced(did('replies', german, byBruno))).language, 'de')
    const mail = { own: true, language: 'de', reopenWithin: 0 } as const
    const world = { desk: aMailDeskOf({ mail }) }
    assert.equal(only(announced(did('replies', aTicket(), byBruno), world)).language, 'de')
  })

  for (const deed of ['notes', 'notes an unverified mail', 'escalates', 'assigns', 'categorises', 'waits'])
    test(`nothing when Bruno ${deed}`, () => {
      assert.deepEqual(announced(did(deed, aTicket(), byBruno)), [])
    })

  test('nothing of her own answer, and nothing of the reopening that it is', () => {
    assert.deepEqual(
      announced(did('hears', aTicket({ state: 'resolved', resolvedAt: aTicket().openedAt }), byAna)),
      [],
    )
    assert.deepEqual(announced(did('hears', aTicket({ state: 'waiting' }), byBruno)), [])
  })

  test('no confirmation where none may be sent, and all else all the same', () => {
    assert.deepEqual(announced(did('opens', aTicket(), byAna), { acknowledge: false }), [])
    assert.equal(announced(did('replies', aTicket(), byBruno), { acknowledge: false }).length, 1)
  })

  test('nothing about a ticket that GitLab mails about, that is gone, or without a mail server', () => {
    const silent = [
      aTicket({ requester: { ...ana, serviceDesk: true } }),
      aTicket({ gone: { why: 'deleted' } }),
      aTicket({ requester: { ...ana, email: null } }),
      aTicket({ requester: { ...ana, email: 'ana@school.example, victim@elsewhere.example' } }),
    ]
    for (const ticket of silent) {
      assert.equal(ownMailAddress(ticket, desk), null)
      assert.deepEqual(announced(did('replies', ticket, byBruno)), [])
    }
    assert.deepEqual(announced(did('replies', aTicket(), byBruno), { desk: aDesk() }), [])
  })
})

describe('an agent who asks is mailed', () => {
  const asBruno: Requester = { name: 'Bruno', email: 'bruno@desk.example', username: 'bruno' }

  test('nothing of what they do to their own ticket, and what others do to it', () => {
    const ticket = aTicket({ requester: asBruno })
    assert.deepEqual(announced(did('resolves', ticket, byBruno)), [])
    assert.equal(only(announced(did('resolves', ticket, byCarla))).to.address, 'bruno@desk.example')
  })

  test('where only the address is theirs: others may read there too', () => {
    const ticket = aTicket({ requester: { ...asBruno, username: null } })
    assert.equal(announced(did('replies', ticket, byBruno), { listeners: everybody }).length, 1)
  })
})

describe('agents are mailed as they wish', () => {
  const to = (mails: ReturnType<typeof announced>) => mails.map(({ notice, to }) => `${notice} ${to.address}`)

  test('of what comes to levels they may work at, never to Level 1 agents of Level 2', () => {
    const mails = announced(did('escalates', aTicket({ requester: { ...ana, email: null } }), byBruno), {
      listeners: everybody,
    })
    assert.deepEqual(to(mails), ['escalated carla@desk.example', 'escalated davi@desk.example'])
    assert.deepEqual(
      mails.map(({ text, language }) => [text, language]),
      Array(2).fill(['WORDS', 'de']),
    )
  })

  test('by an escalation of somebody else’s too: Level 1 agents hear nothing of Level 2', () => {
    const mails = announced(did('escalates', aTicket({ requester: { ...ana, email: null } }), byDavi), {
      listeners: everybody,
    })
    assert.deepEqual(to(mails), ['escalated carla@desk.example'])
  })

  test('of a ticket that is handed back, who may work at the level it comes to', () => {
    const ticket = aTicket({ level: 2, labels: ['level::2'] })
    const mails = announced(did('hands back', ticket, byCarla), { listeners: everybody })
    assert.deepEqual(to(mails), ['handed-back bruno@desk.example', 'handed-back davi@desk.example'])
  })

  test('of their own tickets only, where they wish so', () => {
    const listeners = [listener(bruno, 'mine'), listener(carla, 'mine'), listener(davi, 'mine')]
    assert.deepEqual(to(announced(did('assigns', aTicket(), byDavi), { listeners })), [
      'assigned carla@desk.example',
    ])
    assert.deepEqual(to(announced(did('escalates', aTicket(), byBruno), { listeners })), [])
  })

  test('not of what they did themselves: who takes a ticket is not told that it is theirs', () => {
    assert.deepEqual(announced(did('assigns', aTicket(), byCarla), { listeners: everybody }), [])
  })

  test('also of Service Desk tickets, and not without a mail server', () => {
    const ticket = aTicket({ requester: { ...ana, serviceDesk: true } })
    assert.equal(announced(did('assigns', ticket, byDavi), { listeners: everybody }).length, 1)
    assert.deepEqual(announced(did('assigns', ticket, byDavi), { listeners: everybody, desk: aDesk() }), [])
  })

  test('not at what is no plain address', () => {
    for (const address of ['', 'carla', 'carla@desk.example, x@evil.example', 'C <carla@desk.example>'])
      assert.deepEqual(
        announced(did('assigns', aTicket(), byDavi), { listeners: [listener(carla, 'all', address)] }),
        [],
        address,
      )
  })
})

describe('whatever is done to whatever ticket', () => {
  const people = [
    { by: byAna, agent: null },
    { by: byBruno, agent: bruno },
    { by: byCarla, agent: carla },
    { by: byDavi, agent: davi },
    { by: { kind: 'desk', name: 'Belay' } as const, agent: null },
  ]
  const addresses = ['ana@school.example', 'bruno@desk.example', 'Carla@desk.example', 'no address', null]
  const world = fc.record({
    deed: fc.constantFrom(...Object.keys(deeds)),
    who: fc.constantFrom(...people),
    own: fc.constantFrom(true, true, true, false),
    acknowledge: fc.boolean(),
    ticket: fc.record({
      state: fc.constantFrom('open', 'waiting', 'resolved'),
      level: fc.constantFrom(1, 2),
      assignee: fc.constantFrom(null, 'bruno', 'carla'),
      email: fc.constantFrom(...addresses),
      username: fc.constantFrom(null, 'ana', 'bruno'),
      serviceDesk: fc.constantFrom(false, false, true),
      gone: fc.constantFrom(null, null, null, { why: 'deleted' } as const),
    }),
    listeners: fc.subarray([
      ...everybody,
      listener(bruno, 'mine'),
      listener(carla, 'mine', 'ana@school.example'),
      listener(davi, 'mine', 'not an address'),
    ]),
  })

  test('one channel answers, nobody hears of their own deed, and a confirmation says nothing of what was sent', () => {
    let mailed = 0
    fc.assert(
      fc.property(world, ({ deed, who, own, acknowledge, ticket: drawn, listeners }) => {
        const { email, username, serviceDesk, level, ...more } = drawn
        const ticket = aTicket({
          ...more,
          level,
          labels: [`level::${level}`, 'hardware', ...(more.state === 'waiting' ? ['waiting'] : [])],
          resolvedAt: more.state === 'resolved' ? aTicket().openedAt : null,
          title: 'TITLE',
          text: 'BODY',
          requester: { name: 'SENDER', email, username, ...(serviceDesk ? { serviceDesk } : {}) },
        })
        const decision = (deeds[deed] ?? assert.fail(deed))(ticket, who.by)
        if (isRefusal(decision)) return
        const there = own ? desk : aDesk()
        const result = withNotices(decision, { desk: there, listeners, acknowledge }, circumstances(who.by))
        // What was decided stays as it was, and comes first: mails wait until GitLab knows.
        assert.deepEqual([result.ticket, result.events], [decision.ticket, decision.events])
        assert.deepEqual(result.operations.slice(0, decision.operations.length), decision.operations)
        const mails = result.operations.slice(decision.operations.length)
        if (!own) assert.deepEqual(mails, [], 'a mail without a mail server')
        for (const { intent, ticketId } of mails) {
          mailed++
          assert.equal(ticketId, decision.ticket.id)
          assert.ok(intent.kind === 'mail')
          const { notice, to, text } = intent
          if (['received', 'reply', 'resolved', 'reopened'].includes(notice)) {
            assert.equal(to.address, email)
            const { requester, gone } = decision.ticket
            assert.ok(!requester.serviceDesk && gone === null, 'both channels answer')
            if (notice === 'received') {
              assert.ok(acknowledge)
              assert.doesNotMatch(JSON.stringify([text, intent.files]), /TITLE|BODY|WORDS/u)
            } else {
              assert.notEqual(who.by.kind, 'requester')
              assert.ok(username === null || username !== who.agent?.username)
            }
          } else {
            assert.notEqual(to.name, who.by.name, 'told of their own deed')
            const heard = listeners.filter(
              ({ address, agent }) => address === to.address && agent.name === to.name,
            )
            assert.ok(heard.length > 0)
          }
        }
        // One notice of one event to one person.
        const once = mails.map(({ intent }) => JSON.stringify(intent))
        const wishes = new Set(listeners.map(({ agent, address }) => `${agent.username} ${address}`))
        if (wishes.size === listeners.length) assert.equal(new Set(once).size, once.length)
      }),
      { numRuns: 2_000 },
    )
    assert.ok(mailed > 50, `only ${mailed} mails were looked at`)
  })
})
