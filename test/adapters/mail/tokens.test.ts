// Proves that a token means its ticket and no other, that only its one spelling is a token, and that
// tokens are found where answers carry them.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createMailTokens } from '../../../src/adapters/mail/tokens.ts'
import {
  agentMessageId,
  agentThreadRoot,
  base32Of,
  bytesOfBase32,
  noticeMessageId,
  threadRoot,
  tokenAddress,
  tokensIn,
} from '../../../src/domain/mail-token.ts'

const key = (byte: number) => new Uint8Array(32).fill(byte)
const ticketId = fc.oneof(fc.uuid({ version: 7 }), fc.uuid({ version: 5 }))
const signs = 'abcdefghijklmnopqrstuvwxyz234567'
const id = '0197f000-0000-7000-8000-000000000042'
const operationId = '0197f0a0-0000-7000-8000-000000000001'
const tokens = createMailTokens([key(1)])
const token = tokens.tokenFor(id)
const address = 'help@school.example'

const nowhere = { refersTo: [], to: [], cc: [], deliveredTo: [] }
const person = (written: string) => ({ name: '', address: written })

describe('a token', () => {
  test('means its ticket, and is 26 signs of lower-case base32', () => {
    fc.assert(
      fc.property(ticketId, (one) => {
        assert.match(tokens.tokenFor(one), /^[a-z2-7]{26}$/)
        assert.deepEqual(tokens.read(tokens.tokenFor(one)), [one])
      }),
    )
  })

  test('of another ticket is another one', () => {
    fc.assert(
      fc.property(ticketId, ticketId, (one, other) => {
        fc.pre(one !== other)
        assert.notEqual(tokens.tokenFor(one), tokens.tokenFor(other))
      }),
    )
  })

  test('is written in one way only: of the four last signs with the same bits one is a token', () => {
    fc.assert(
      fc.property(ticketId, (one) => {
        const made = tokens.tokenFor(one)
        const others = [...signs]
          .map((sign) => made.slice(0, -1) + sign)
          .filter((other) => tokens.read(other).includes(one))
        assert.deepEqual(others, [made])
      }),
    )
  })

  test('is nothing when a sign is missing, added, not of the alphabet or in capitals', () => {
    const { read } = tokens
    for (const wrong of [
      '',
      token.slice(1),
      `${token}a`,
      `0${token.slice(1)}`,
      token.toUpperCase(),
      `${token}\n`,
    ])
      assert.deepEqual(read(wrong), [], JSON.stringify(wrong))
  })

  test('survives a new key, while the former one is kept, and a stranger cannot read it', () => {
    assert.deepEqual(
      createMailTokens([key(2), key(1)])
        .read(token)
        .filter((one) => one === id),
      [id],
    )
    assert.ok(
      !createMailTokens([key(2)])
        .read(token)
        .includes(id),
    )
    assert.notEqual(createMailTokens([key(2), key(1)]).tokenFor(id), token)
  })

  test('that somebody guessed means nearly always nothing, and never an id that is no ticket id', () => {
    let guessed = 0
    for (let tries = 0; tries < 2_000; tries++)
      for (const found of tokens.read(base32Of(randomBytes(16)))) {
        guessed++
        assert.match(found, /^[0-9a-f]{8}-[0-9a-f]{4}-[57][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      }
    assert.ok(guessed < 200, `${guessed} of 2000`)
  })

  test('uses the first 16 bytes of a key, and none without a key is made', () => {
    const long = Uint8Array.from([...key(1).subarray(0, 16), ...key(9).subarray(0, 16)])
    assert.equal(createMailTokens([long]).tokenFor(id), token)
    assert.throws(() => createMailTokens([]), RangeError)
    assert.throws(() => createMailTokens([new Uint8Array(8)]), RangeError)
    assert.throws(() => tokens.tokenFor('t1'), RangeError)
  })

  test('is what AES-128 makes of the id (FIPS 197, C.1)', () => {
    const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))
    assert.equal(
      createMailTokens([bytes('000102030405060708090a0b0c0d0e0f')]).tokenFor(
        '00112233-4455-6677-8899-aabbccddeeff',
      ),
      base32Of(bytes('69c4e0d86a7b0430d8cdb78070b4c55a')),
    )
  })
})

describe('base32', () => {
  test('gives back every row of bytes, in one spelling', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        assert.deepEqual(bytesOfBase32(base32Of(bytes)), bytes)
      }),
    )
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...signs), maxLength: 40 }), (text) => {
        const bytes = bytesOfBase32(text)
        if (bytes) assert.equal(base32Of(bytes), text)
      }),
    )
  })

  test('writes what RFC 4648 writes', () => {
    assert.equal(base32Of(Buffer.from('foobar')), 'mzxw6ytboi')
    assert.equal(base32Of(Buffer.from('foob')), 'mzxw6yq')
  })
})

describe('an answer', () => {
  const own = { address }
  test('shows its token in the address it was sent to, in any letter case', () => {
    const written = tokenAddress(address, token) ?? ''
    assert.equal(written, `help+${token}@school.example`)
    for (const one of [written, written.toUpperCase(), `Help+${token}@School.Example`]) {
      assert.deepEqual(tokensIn({ ...nowhere, to: [person(one)] }, own), [token])
      assert.deepEqual(tokensIn({ ...nowhere, cc: [person(one)] }, own), [token])
      assert.deepEqual(tokensIn({ ...nowhere, deliveredTo: [one] }, own), [token])
    }
  })

  test('shows its token in the mails it refers to, with brackets and without', () => {
    const domain = 'school.example'
    for (const one of [noticeMessageId(token, operationId, domain), threadRoot(token, domain)])
      for (const written of [one, one.toUpperCase(), `<${one}>`])
        assert.deepEqual(tokensIn({ ...nowhere, refersTo: [written] }, own), [token], written)
  })

  test('to an agent’s notice shows none', () => {
    const refersTo = [agentMessageId(operationId, 'school.example'), agentThreadRoot(id, 'school.example')]
    assert.deepEqual(tokensIn({ ...nowhere, refersTo }, own), [])
  })

  test('shows none where somebody else’s address or Message-ID only looks alike', () => {
    const to = [
      `${token}@school.example`,
      `other+${token}@school.example`,
      `help+${token}@else.example`,
      `help+${token}x@school.example`,
      `help+${token}@school.exampla`,
      `help+${token}@evil.school.example`,
    ].map(person)
    const refersTo = [
      `x${token}@school.example`,
      `${token}.abc@school.example`,
      token,
      `${token}@`,
      `a.${token}@b.example`,
    ]
    assert.deepEqual(tokensIn({ ...nowhere, to, refersTo }, own), [])
  })

  test('to two tickets shows both, that of the address first, each once', () => {
    const other = tokens.tokenFor('0197f000-0000-7000-8000-000000000043')
    const mail = {
      ...nowhere,
      to: [person(tokenAddress(address, token) ?? '')],
      refersTo: [threadRoot(other, 'a.example'), threadRoot(token, 'a.example')],
    }
    assert.deepEqual(tokensIn(mail, own), [token, other])
  })

  test('goes to the plain address where there is no room for a token', () => {
    assert.equal(tokenAddress(`${'a'.repeat(40)}@school.example`, token), null)
  })
})
