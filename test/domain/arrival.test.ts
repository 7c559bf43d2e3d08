// What a mail is before anything is done (security section 4, "Mail in").

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  arrivalOf,
  isFromRequester,
  numberInSubject,
  requesterOfMail,
  textWithFolds,
  titleOfMail,
} from '../../src/domain/arrival.ts'
import { isBlank } from '../../src/domain/conversation.ts'
import type { Automatic, ReadMail } from '../../src/domain/mail.ts'
import { aReadMail } from '../support/mail-reading.ts'
import { aDesk } from '../support/tickets.ts'

const own = 'Help@desk.example'
const arrival = (changes: Partial<ReadMail>, desk = aDesk()) => {
  const found = arrivalOf(aReadMail(changes), own, desk)
  return 'reason' in found ? `${found.kind} ${found.reason}` : found.kind
}

const automatic: Automatic[] = ['auto-reply', 'list', 'loop', 'report', 'null-sender']

describe('a mail', () => {
  test('of a person is a message', () => {
    assert.equal(arrival({}), 'message')
  })

  test('that is a failure notice is one, whatever else it is', () => {
    const bounce = { failed: [], final: true }
    for (const reason of [null, ...automatic]) assert.equal(arrival({ bounce, automatic: reason }), 'bounce')
    assert.equal(arrival({ bounce, from: null, text: '', subject: '' }), 'bounce')
    assert.equal(arrival({ bounce, from: { name: '', address: own } }), 'bounce')
  })

  test('from our own address or one of its answering addresses is our own, in any letters', () => {
    for (const address of [
      'help@desk.example',
      'HELP@DESK.EXAMPLE',
      'help+abc@desk.example',
      'Help+@desk.example',
    ])
      assert.equal(arrival({ from: { name: '', address } }), 'ignore own-address', address)
    for (const address of [
      'helper@desk.example',
      'elp@desk.example',
      'help@desk.example.evil.example',
      'help@evil-desk.example',
      'x+help@desk.example',
    ])
      assert.equal(arrival({ from: { name: '', address } }), 'message', address)
  })

  test('that is automatic is ignored for the reason it gives, without a sender too', () => {
    for (const reason of automatic) {
      assert.equal(arrival({ automatic: reason }), `ignore ${reason}`)
      assert.equal(arrival({ automatic: reason, from: null }), `ignore ${reason}`)
    }
  })

  test('in which nobody can see anything is ignored; a subject, a word or a file is something', () => {
    const file = { name: 'a', type: 'text/plain', bytes: new Uint8Array(), contentId: null }
    assert.equal(arrival({ text: ' \u200b', subject: '\u00ad' }), 'ignore nothing-in-it')
    assert.equal(arrival({ text: '', subject: 'Help' }), 'message')
    assert.equal(arrival({ text: 'Help', subject: '' }), 'message')
    assert.equal(arrival({ text: '', subject: '', files: [file] }), 'message')
  })

  test('without one sender waits for a person', () => {
    assert.equal(arrival({ from: null }), 'quarantine no-sender')
  })

  test('from a domain that may not use the form waits for a person', () => {
    const desk = aDesk({ form: { public: true, emailDomains: ['school.example'], maxFileBytes: 1 } })
    const from = (address: string) => arrival({ from: { name: '', address } }, desk)
    assert.equal(from('ana@school.example'), 'message')
    assert.equal(from('ana@School.Example'), 'message')
    for (const address of ['ana@sub.school.example', 'ana@xschool.example', 'a@school.example.evil.example'])
      assert.equal(from(address), 'quarantine form-closed', address)
  })

  test('is never a message when a program wrote it, whatever else it says', () => {
    const words = fc.string({ unit: 'grapheme' })
    fc.assert(
      fc.property(
        fc.constantFrom(...automatic),
        words,
        words,
        fc.option(fc.record({ name: words, address: fc.emailAddress() })),
        (reason, text, subject, from) => {
          assert.match(arrival({ automatic: reason, text, subject, from }), /^ignore /u)
        },
      ),
    )
  })
})

describe('the number in a subject', () => {
  test('is read as our own mails write it, and not otherwise', () => {
    assert.equal(numberInSubject('Re: My screen (#12)'), 12)
    assert.equal(numberInSubject('(#999999999) x'), 999_999_999)
    for (const subject of ['#12', '(12)', '(#012)', '(#0)', '(#-1)', '(#1e3)', '(# 12)', '(#1234567890)', ''])
      assert.equal(numberInSubject(subject), null, subject)
  })
})

describe('the requester of a mail', () => {
  test('has the name it gives, else what stands before the sign @', () => {
    const of = (name: string) =>
      requesterOfMail(aReadMail({ from: { name, address: 'ana.a@school.example' } })).name
    assert.equal(of('Ana'), 'Ana')
    assert.equal(of(' \u200b'), 'ana.a')
    assert.equal(of('x'.repeat(300)).length, 200)
  })

  test('is nobody to write to where there is no sender', () => {
    assert.deepEqual(requesterOfMail(aReadMail({ from: null, language: null })), {
      name: '',
      email: null,
      username: null,
    })
  })

  test('is known again by the address alone, in any letters', () => {
    const requester = { name: 'Ana', email: 'Ana@school.example', username: null }
    const from = (address: string) =>
      isFromRequester(aReadMail({ from: { name: 'x', address } }), { requester })
    assert.equal(from('ANA@SCHOOL.example'), true)
    assert.equal(from('ana@school.example.evil.example'), false)
    assert.equal(
      isFromRequester(aReadMail({ from: null }), { requester: { ...requester, email: null } }),
      false,
    )
    assert.equal(isFromRequester(aReadMail({}), { requester: { ...requester, email: null } }), false)
  })
})

describe('the title of a mail', () => {
  test('is never empty, never too long for GitLab and never half a sign', () => {
    const signs = fc.constantFrom(' ', '\u200b', '\u00a0', 'x', '😀', '\ud83d', '\t')
    const any = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc
        .array(fc.tuple(signs, fc.nat(300)), { maxLength: 4 })
        .map((runs) => runs.map(([sign, count]) => sign.repeat(count)).join('')),
    )
    fc.assert(
      fc.property(any, any, (words, text) => {
        const subject = words.replace(/[\r\n]/gu, ' ')
        const title = titleOfMail({ subject, text })
        assert.ok(!isBlank(title) && title.length <= 255 && title.isWellFormed(), JSON.stringify(title))
        assert.doesNotMatch(title, /\n/u)
      }),
    )
    assert.equal(titleOfMail({ subject: `${' '.repeat(300)}Help`, text: '' }), 'Help')
    assert.equal(titleOfMail({ subject: `${'\u200b'.repeat(300)}Help`, text: 'Mouse' }), 'Mouse')
    assert.equal(titleOfMail({ subject: `${'x'.repeat(254)}😀`, text: '' }).isWellFormed(), true)
  })
})

describe('what was folded away', () => {
  test('stands closed below the new text, and empty parts do not', () => {
    const text = textWithFolds('New.', [
      { kind: 'quote', text: '> Old.' },
      { kind: 'signature', text: ' \u200b' },
      { kind: 'signature', text: 'Ana\nRoom 7' },
    ])
    assert.equal(
      text,
      'New.\n\n<details><summary>Quoted text</summary>\n\n> Old.\n\n</details>\n\n<details><summary>Signature</summary>\n\nAna\nRoom 7\n\n</details>',
    )
    assert.equal(textWithFolds('New.', []), 'New.')
  })
})
