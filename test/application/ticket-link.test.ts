import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { ticketLinks } from '../../src/application/ticket-link.ts'

const key = randomBytes(32)
const holder = { id: '0197f000-0000-7000-8000-000000000042', email: 'ana@school.example', generation: 0 }

test('whoever has the key makes the same link again, so that a rebuild ends none', () => {
  const token = ticketLinks([key]).tokenFor(holder)
  assert.match(token, /^[\w-]{43}$/u)
  assert.equal(ticketLinks([key]).tokenFor(holder), token)
  const claim = ticketLinks([key]).read(token)
  assert.equal(claim?.id, holder.id)
  assert.equal(claim?.isFor(holder), true)
})

test('a link is for one address, one generation and one ticket', () => {
  const links = ticketLinks([key])
  const claim = links.read(links.tokenFor(holder))
  assert.equal(claim?.isFor({ ...holder, email: 'eve@school.example' }), false)
  assert.equal(claim?.isFor({ ...holder, email: null }), false)
  assert.equal(claim?.isFor({ ...holder, generation: 1 }), false)
  const bytes = (id: string) => Buffer.from(links.tokenFor({ ...holder, id }), 'base64url')
  const another = '0197f000-0000-7000-8000-000000000043'
  const stitched = Buffer.concat([bytes(another).subarray(0, 16), bytes(holder.id).subarray(16)])
  const forged = links.read(stitched.toString('base64url'))
  assert.equal(forged?.id, another)
  assert.equal(forged?.isFor(holder), false)
})

test('links of a former key are read as long as it is kept; new ones are made with the first', () => {
  const fresh = randomBytes(32)
  const old = ticketLinks([key]).tokenFor(holder)
  const both = ticketLinks([fresh, key])
  assert.equal(both.read(old)?.isFor(holder), true)
  assert.notEqual(both.tokenFor(holder), old)
  assert.equal(ticketLinks([fresh]).read(old)?.isFor(holder), false)
})

test('only one spelling of a link is one', () => {
  const links = ticketLinks([key])
  const token = links.tokenFor(holder)
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = letters.indexOf(token.at(-1) ?? '')
  const twin = `${token.slice(0, -1)}${letters[last + 1]}`
  for (const odd of [twin, `${token}=`, ` ${token}`, token.slice(1), `${token}A`, '', 'ö'.repeat(43)])
    assert.equal(links.read(odd), null, odd)
})
