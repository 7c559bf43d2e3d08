// The whole way of a mail with Postfix and Dovecot as Debian ships them: sent over SMTP to a plus address, fetched over
// IMAP. Where they are not installed these are skipped, and .ci/run installs them.

import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import { createTransport } from 'nodemailer'
import { createMailbox } from '../../../src/adapters/mail/imap.ts'
import type { FetchedMail, Mailbox } from '../../../src/application/mail-ports.ts'
import { type Account, type Dovecot, startDovecot } from '../../support/mail-servers/dovecot.ts'
import { withoutPostfix } from '../../support/mail-servers/home.ts'
import { DOMAIN, type Postfix, startPostfix } from '../../support/mail-servers/postfix.ts'
import { startProxy } from '../../support/mail-servers/proxy.ts'

const skip = withoutPostfix
const never = new AbortController().signal
let dovecot: Dovecot
let postfix: Postfix

before(async () => {
  if (skip) return
  dovecot = await startDovecot()
  postfix = await startPostfix(dovecot)
})
after(async () => {
  if (!skip) await Promise.all([postfix.stop(), dovecot.stop()])
})

const open = (t: TestContext, account: Account): Mailbox => {
  const folders = { done: 'Done', quarantine: 'Quarantine' }
  const mailbox = createMailbox({ url: account.url(), folders, log: { info() {}, warn() {} } })
  t.after(() => mailbox.close())
  return mailbox
}

const send = async (port: number, to: string, messageId: string): Promise<void> => {
  const transport = createTransport({ host: '127.0.0.1', port, secure: false, ignoreTLS: true })
  try {
    await transport.sendMail({
      envelope: { from: 'ana@school.example', to },
      from: { name: 'Ana', address: 'ana@school.example' },
      to: { name: 'Help desk', address: to },
      subject: 'Re: The printer is on fire',
      messageId,
      text: 'It still burns.\n.\nA line with one dot before.',
    })
  } finally {
    transport.close()
  }
}

/** Waits for so many as people do: by looking when the server tells of news. */
const arrive = async (mailbox: Mailbox, count: number): Promise<FetchedMail[]> => {
  const mails: FetchedMail[] = []
  while (mails.length < count) {
    for await (const one of mailbox.fetch({ signal: never })) mails.push(one)
    if (mails.length < count) await mailbox.news(60_000, never)
  }
  return mails
}

const textOf = ({ source }: FetchedMail): string => Buffer.from(source).toString('latin1')

test('an answer to the address with a token reaches the mailbox, and says which address it was sent to', {
  skip,
}, async (t) => {
  const account = dovecot.account()
  const to = `${account.name}+abcdefghijklmnopqrstuvwxyz@${DOMAIN}`
  const mailbox = open(t, account)
  await mailbox.news(1, never)
  const began = performance.now()
  await send(postfix.smtp, to, '<one@school.example>')
  const [one] = await arrive(mailbox, 1)
  t.diagnostic(`from sending to fetched: ${Math.round(performance.now() - began)} ms`)
  assert.ok(one)
  assert.match(textOf(one), new RegExp(`^Delivered-To: <?${to.replace('+', '\\+')}>?\r$`, 'm'))
  assert.match(textOf(one), /^Return-Path: <ana@school\.example>\r$/m)
  assert.match(textOf(one), /It still burns\.\r\n\.\r\nA line/)
  await mailbox.file(one.place, 'done')
})

test('a sender who is cut off after the last dot sends the mail again, and both are fetched under one Message-ID', {
  skip,
}, async (t) => {
  const account = dovecot.account()
  const to = `${account.name}@${DOMAIN}`
  const proxy = await startProxy(postfix.smtp)
  t.after(() => proxy.stop())
  // Postfix has taken it, and its word of that is lost.
  proxy.rule = (piece, way) =>
    way === 'from server' && piece.includes('queued as') && proxy.cuts === 0 ? 0 : null
  await assert.rejects(send(proxy.port, to, '<twice@school.example>'))
  assert.equal(proxy.cuts, 1)
  await send(proxy.port, to, '<twice@school.example>')
  const mailbox = open(t, account)
  const mails = await arrive(mailbox, 2)
  for (const one of mails) assert.match(textOf(one), /^Message-ID: <twice@school\.example>\r$/im)
  assert.equal(new Set(mails.map(({ place }) => place.uid)).size, 2)
  for (const one of mails) await mailbox.file(one.place, 'done')
  for await (const more of mailbox.fetch({ signal: never })) assert.fail(textOf(more))
})
