// Replies go to Ana, internal notes stay among agents (design section 4, "Notes"; security section 4).

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { isBlank, noteInternally, reply } from '../../src/domain/conversation.ts'
import { byBruno } from '../support/people.ts'
import {
  aTicket,
  circumstances,
  decided,
  hour,
  intents,
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
