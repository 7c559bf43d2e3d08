// What is on its way, unsure or stuck, in words: to GitLab, and by mail.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GatewayErrorKind } from '../../../src/application/gateway-error.ts'
import type { Intent, NoticeKind } from '../../../src/domain/operation.ts'
import { operationLine } from '../../../src/web/pages/operation-line.ts'
import { ticketPage } from '../../../src/web/pages/ticket.ts'
import { locales } from '../../../src/web/translate.ts'
import { context, davi, members, now, operation, ticket, troubles } from './believable.ts'

// As records, so that one which is added in the domain and forgotten here does not compile.
const notices: Record<NoticeKind, true> = {
  received: true,
  reply: true,
  resolved: true,
  reopened: true,
  link: true,
  escalated: true,
  'handed-back': true,
  assigned: true,
  'target-approaching': true,
  'target-missed': true,
}
const kinds: Record<GatewayErrorKind, true> = {
  transient: true,
  permanent: true,
  conflict: true,
  unauthorised: true,
  missing: true,
}

const mail = (notice: NoticeKind, name = 'Ana Lindqvist'): Intent => ({
  kind: 'mail',
  notice,
  to: { name, address: 'ana@school.example' },
  language: 'en',
  text: '',
})
const handOver: Intent = { kind: 'hand-to-service-desk', address: 'ana@school.example' }

const lead = (locale: 'en' | 'de' = 'en') => context({ locale, viewer: davi, operationsUrl: '/operations' })

const lineOf = (...[operation, ctx]: Parameters<typeof operationLine>) =>
  operationLine(operation, ctx) ?? assert.fail('there is no line')

test('each kind of mail says to whom it goes and what about, and what giving it up means', () => {
  for (const locale of locales)
    for (const intent of [...(Object.keys(notices) as NoticeKind[]).map((one) => mail(one)), handOver]) {
      const line = lineOf(operation('ready', intent), lead(locale))
      for (const text of [line.what, line.dropMeans]) {
        assert.doesNotMatch(text, /operation[s]?\.|\{\{/)
        assert.match(text, /Ana Lindqvist|ana@school\.example|Service Desk/)
      }
    }
  assert.equal(lineOf(operation('ready', mail('reply')), lead()).what, 'Mail to Ana Lindqvist: answer')
  assert.equal(
    lineOf(operation('ready', mail('reply', '')), lead()).what,
    'Mail to ana@school.example: answer',
  )
})

test('a mail that is stuck speaks of the mail server and never of GitLab', () => {
  for (const locale of locales)
    for (const code of [...Object.keys(kinds), 'never-heard-of']) {
      const trouble = { code, detail: '550 5.1.1 no such user', at: now }
      const line = lineOf(operation('stuck', mail('reply'), trouble), lead(locale))
      assert.doesNotMatch(line.reason ?? '', /GitLab|trouble\.|Token/i, `${locale} ${code}`)
      assert.match(line.reason ?? '', /mail server|Mailserver/, `${locale} ${code}`)
      assert.equal(line.detail, '550 5.1.1 no such user')
    }
})

test('an address that the mail server refused leads to what to do next', () => {
  const trouble = { code: 'permanent', detail: '', at: now }
  const { reason } = lineOf(operation('stuck', mail('reply'), trouble), lead())
  assert.match(reason ?? '', /Check whether the address is spelt right and reach the person another way/)
  const toGitlab = lineOf(operation('stuck', handOver, trouble), lead())
  assert.equal(toGitlab.reason, 'GitLab refused it.')
})

test('a mail that may have gone out is not said to be looked up', () => {
  const trouble = { code: 'transient', detail: '', at: now }
  const { next } = lineOf(operation('unknown', mail('reply'), trouble), lead())
  assert.match(next ?? '', /sends the same mail once more/)
})

test('a heading claims nothing of GitLab where a mail is under way', () => {
  const heading = (operations: Parameters<typeof ticketPage>[1]['operations']) =>
    ticketPage(lead(), { ticket: ticket(), events: [], files: [], members, operations, newKey: 'k' })
      .operationsHeading
  assert.equal(heading([operation('ready', mail('reply'))]), 'On its way')
  assert.equal(heading([...troubles, operation('ready', mail('reply'))]), 'Not everything has arrived yet')
  assert.equal(heading(troubles), 'GitLab does not know everything yet')
})
