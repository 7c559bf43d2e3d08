// Replies go to Ana, internal notes stay among agents (design section 4, "Notes"; security section 4).

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  hearFromRequester,
  isBlank,
  mayStillAnswer,
  noteInternally,
  noteUnverified,
  reply,
} from '../../src/domain/conversation.ts'
import { levelOfLabels } from '../../src/domain/level.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import type { Ticket } from '../../src/domain/ticket.ts'
import { byBruno } from '../support/people.ts'
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

const invisible = [
  '\u0000',
  '\u200b',
  '\u200c',
  '\u200d',
  '\u2060',
  '\ufeff',
  '\u00ad',
  '\u202e',
  '\u200e',
  '\u061c',
  '\u180e',
  '\ufe0f',
  '\u3164',
  '\u115f',
  ' ',
  '\t',
  '\r',
  '\n',
  '\u00a0',
  '\u3000',
  '\u2028',
  '\u0007',
  '\u001b',
  '\u007f',
  '\u0085',
  '\u{e0020}',
  '\u{1d173}',
]

describe('a reply', () => {
  test('is one public note and nothing else', () => {
    const decision = decided(reply(aTicket(), 'Try the other cable.', circumstances(byBruno)))
    assert.deepEqual(intents(decision), [
      { kind: 'note', purpose: 'reply', text: 'Try the other cable.', internal: false },
    ])
    assert.deepEqual(only(decision.events).what, { kind: 'replied', text: 'Try the other cable.' })
  })

  test('means that it is Ana’s turn, and changes nothing else about the ticket', () => {
    const { ticket } = decided(reply(aTicket(), 'Try the other cable.', circumstances(byBruno)))
    assert.deepEqual(ticket, { ...aTicket(), awaitingSince: null, changedAt: nine + hour })
  })

  test('can be written at every level and after the ticket is resolved', () => {
    for (const ticket of [
      aTicket({ level: 2 }),
      aTicket({ state: 'resolved' }),
      aTicket({ state: 'waiting' }),
    ])
      assert.equal(
        decided(reply(ticket, 'One more thing', circumstances(byBruno))).ticket.state,
        ticket.state,
      )
  })

  test('keeps the text exactly as it was written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!isBlank(text))
        const [note] = intents(decided(reply(aTicket(), text, circumstances(byBruno))))
        assert.equal(note?.kind === 'note' ? note.text : null, text)
      }),
    )
  })
})

describe('an internal note', () => {
  test('is internal, and nobody waits for another because of it', () => {
    const decision = decided(noteInternally(aTicket(), 'He called twice.', circumstances(byBruno)))
    assert.deepEqual(intents(decision), [
      { kind: 'note', purpose: 'note', text: 'He called twice.', internal: true },
    ])
    assert.deepEqual(decision.ticket, { ...aTicket(), changedAt: nine + hour })
    assert.deepEqual(only(decision.events).what, { kind: 'noted', text: 'He called twice.' })
  })
})

describe('text that nobody can see', () => {
  test('is refused as a reply and as a note: empty, spaces, zero-width signs, NUL, bidi marks', () => {
    for (const text of ['', ...invisible, invisible.join('')]) {
      refusedWith(reply(aTicket(), text, circumstances(byBruno)), 'text-empty')
      refusedWith(noteInternally(aTicket(), text, circumstances(byBruno)), 'text-empty')
    }
  })

  test('is blank in any mixture, and one visible sign makes it a text', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...invisible)),
        fc.constantFrom('a', '.', '👍', 'ß', '/', '٣', '-'),
        fc.array(fc.constantFrom(...invisible)),
        (before, sign, after) => {
          assert.equal(isBlank([...before, ...after].join('')), true)
          assert.equal(isBlank([...before, sign, ...after].join('')), false)
        },
      ),
    )
  })
})

const desk = aDesk()
const fortnight = desk.mail.reopenWithin
const aFile = (name: string) => ({ id: `file-${name}`, name, type: 'text/plain', bytes: 3 })
const said = (text: string, more: { files?: string[]; from?: string } = {}) => ({
  text,
  files: (more.files ?? []).map(aFile),
  from: more.from === undefined ? null : { name: more.from },
})
const heard = (ticket: Ticket, words = said('It was the cable.'), at = nine + hour) =>
  hearFromRequester(ticket, words, desk, circumstances(byBruno, at))
const waiting = aTicket({
  state: 'waiting',
  labels: ['level::2', 'hardware', 'waiting'],
  awaitingSince: null,
})
const resolved = aTicket({ state: 'resolved', awaitingSince: null, resolvedAt: nine })

describe('Ana’s answer', () => {
  test('is a public note in her name, whoever took it in, and our turn since she first waited', () => {
    const decision = decided(heard(aTicket()))
    assert.deepEqual(intents(decision), [
      { kind: 'note', purpose: 'reply', text: 'It was the cable.', internal: false },
    ])
    assert.deepEqual(only(decision.operations).author, { kind: 'requester', name: 'Ana' })
    assert.deepEqual(only(decision.events).actor, { kind: 'requester', name: 'Ana' })
    assert.deepEqual(decision.ticket, { ...aTicket(), changedAt: nine + hour })
    assert.equal(decided(heard(aTicket({ awaitingSince: null }))).ticket.awaitingSince, nine + hour)
  })

  test('ends the waiting: the label goes, and it is our turn from now on', () => {
    const decision = decided(heard(waiting))
    assert.deepEqual(intentsOf(decision, 'change'), [
      { kind: 'change', addLabels: [], removeLabels: ['waiting'] },
    ])
    const { ticket } = decision
    assert.deepEqual(
      [ticket.state, ticket.labels, ticket.awaitingSince],
      ['open', ['level::2', 'hardware'], nine + hour],
    )
    assert.deepEqual(
      decision.events.map(({ what }) => what.kind),
      ['replied', 'waiting-ended'],
    )
  })

  test('opens a resolved ticket again for 14 days, and is refused afterwards', () => {
    for (const at of [nine, nine + fortnight]) {
      const decision = decided(heard(resolved, said('Black again.'), at))
      assert.deepEqual(intentsOf(decision, 'change'), [
        { kind: 'change', addLabels: [], removeLabels: [], state: 'opened' },
      ])
      const { state, resolvedAt, awaitingSince } = decision.ticket
      assert.deepEqual([state, resolvedAt, awaitingSince], ['open', null, at])
      assert.deepEqual(
        decision.events.map(({ what }) => what.kind),
        ['replied', 'reopened'],
      )
    }
    refusedWith(heard(resolved, said('Black again.'), nine + fortnight + 1), 'ticket-resolved')
    assert.equal(mayStillAnswer(resolved, desk, nine + fortnight + 1), false)
  })

  test('of a ticket that is gone is refused', () => {
    refusedWith(heard(aTicket({ gone: { why: 'deleted' } })), 'ticket-resolved')
  })

  test('takes its files along: they go first, and files alone are an answer too', () => {
    const decision = decided(heard(aTicket(), said(' \u200b', { files: ['a', 'b'] })))
    assert.deepEqual(
      intents(decision).map(({ kind }) => kind),
      ['upload', 'upload', 'note'],
    )
    const note = only(intentsOf(decision, 'note'))
    assert.equal(isBlank(note.text), false)
    assert.deepEqual(
      note.files?.map(({ name }) => name),
      ['a', 'b'],
    )
    refusedWith(heard(aTicket(), said(' \u200b')), 'text-empty')
  })

  test('that somebody else wrote says whose words they are, and is still a requester’s', () => {
    const decision = decided(heard(aTicket(), said('Thanks.', { from: 'Ben' })))
    assert.equal(only(intentsOf(decision, 'note')).text, '(Ben)\n\nThanks.')
    assert.equal(only(decision.events).actor.name, 'Ana')
    assert.deepEqual(decision.ticket.requester, aTicket().requester)
  })
})

describe('a mail without proof', () => {
  test('is an internal note of nobody’s with its files, and changes nothing about the ticket', () => {
    for (const ticket of [aTicket(), waiting, resolved]) {
      const words = { text: 'Reset it.', files: [aFile('a')], by: 'Not verified: `m@evil.example`.' }
      const decision = noteUnverified(ticket, words, circumstances(byBruno))
      assert.deepEqual(
        intents(decision).map(({ kind }) => kind),
        ['upload', 'note'],
      )
      const note = only(intentsOf(decision, 'note'))
      assert.deepEqual([note.internal, note.purpose], [true, 'note'])
      assert.equal(note.text, 'Not verified: `m@evil.example`.\n\nReset it.')
      assert.deepEqual(
        decision.operations.map(({ author }) => author.kind),
        ['desk', 'desk'],
      )
      assert.deepEqual(only(decision.events).what, { kind: 'noted', text: note.text })
      assert.deepEqual(decision.ticket, { ...ticket, changedAt: nine + hour })
    }
  })
})

describe('whatever requesters write, by whatever way', () => {
  const labels = fc.subarray(['level::1', 'level::2', 'hardware', 'urgent', 'waiting', 'no-kpi'])
  const tickets = fc
    .record({
      state: fc.constantFrom<Ticket['state']>('open', 'waiting', 'resolved'),
      labels,
      level: fc.constantFrom(1, 2),
      assignee: fc.constantFrom(null, 'bruno'),
      awaitingSince: fc.constantFrom(null, nine),
      resolvedAt: fc.constantFrom(null, nine, nine - fortnight),
    })
    .map((changes) => aTicket(changes))
  const words = fc.record({
    text: fc.string({ unit: 'grapheme', maxLength: 20 }),
    files: fc.subarray(['a', 'b']),
    from: fc.option(fc.string({ unit: 'grapheme', maxLength: 10 }), { nil: undefined }),
  })
  const others = (ticket: Ticket) => {
    const { state, labels: _, awaitingSince, resolvedAt, changedAt, ...rest } = ticket
    return rest
  }

  test('level, category, person and every label but "waiting" stay as they are, and text is kept word for word', () => {
    fc.assert(
      fc.property(tickets, words, (ticket, { text, files, from }) => {
        const decision = heard(ticket, said(text, { files, ...(from === undefined ? {} : { from }) }))
        if (isRefusal(decision)) return
        assert.deepEqual(others(decision.ticket), others(ticket))
        assert.deepEqual(
          decision.ticket.labels,
          ticket.labels.filter((label) => label !== 'waiting'),
        )
        assert.equal(levelOfLabels(decision.ticket.labels, desk), levelOfLabels(ticket.labels, desk))
        assert.deepEqual([decision.ticket.state, decision.ticket.resolvedAt], ['open', null])
        assert.notEqual(decision.ticket.awaitingSince, null)
        for (const change of intentsOf(decision, 'change')) {
          assert.deepEqual(change.addLabels, [])
          assert.deepEqual(
            change.removeLabels.filter((label) => label !== 'waiting'),
            [],
          )
          assert.equal(change.assignee, undefined)
        }
        const note = only(intentsOf(decision, 'note'))
        assert.equal(note.internal, false)
        if (!isBlank(text)) assert.ok(note.text.endsWith(text))
        assert.deepEqual(intentsOf(decision, 'mail'), [])
        assert.ok(decision.events.every(({ actor }) => actor.kind === 'requester'))
      }),
    )
  })

  test('without proof nothing is public, nothing is changed and nobody is mailed', () => {
    fc.assert(
      fc.property(tickets, words, (ticket, { text, files }) => {
        const by = 'Not verified.'
        const decision = noteUnverified(ticket, { text, files: files.map(aFile), by }, circumstances(byBruno))
        assert.deepEqual({ ...decision.ticket, changedAt: 0 }, { ...ticket, changedAt: 0 })
        assert.ok(intents(decision).every(({ kind }) => kind === 'upload' || kind === 'note'))
        assert.equal(only(intentsOf(decision, 'note')).internal, true)
        assert.deepEqual(
          decision.events.map(({ what }) => what.kind),
          ['noted'],
        )
      }),
    )
  })
})
