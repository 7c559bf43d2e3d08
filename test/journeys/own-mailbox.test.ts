// A desk with a mailbox of its own, beside Postfix and Dovecot as Debian ships them: what Ana writes and what
// reaches her, over the whole way. Here only the settings know that the servers are private ones.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createTransport } from 'nodemailer'
import type { Email } from 'postal-mime'
import PostalMime from 'postal-mime'
import { createMailbox } from '../../src/adapters/mail/imap.ts'
import { readConfig } from '../../src/config.ts'
import { openDesk } from '../support/desk.ts'
import { eventually } from '../support/eventually.ts'
import type { Account, Dovecot } from '../support/mail-servers/dovecot.ts'
import { startDovecot } from '../support/mail-servers/dovecot.ts'
import { withoutPostfix } from '../support/mail-servers/home.ts'
import type { Postfix } from '../support/mail-servers/postfix.ts'
import { DOMAIN, startPostfix } from '../support/mail-servers/postfix.ts'
import { visitor } from '../support/visitor.ts'

let dovecot: Dovecot
let postfix: Postfix

const quiet = { info: () => undefined, warn: () => undefined }

/** All mails that lie in somebody's inbox, the oldest first. */
const inboxOf = async (account: Account): Promise<Email[]> => {
  const mailbox = createMailbox({
    url: account.url(),
    folders: { done: 'Read', quarantine: 'Bad' },
    log: quiet,
  })
  try {
    const mails: Email[] = []
    for await (const { source } of mailbox.fetch({ signal: AbortSignal.timeout(20_000) }))
      mails.push(await PostalMime.parse(source))
    return mails
  } finally {
    await mailbox.close()
  }
}

const headerOf = (mail: Email, name: string): string =>
  mail.headers.find(({ key }) => key === name)?.value ?? ''

describe('a desk with its own mailbox', { skip: withoutPostfix }, () => {
  before(async () => {
    dovecot = await startDovecot()
    postfix = await startPostfix(dovecot)
  })
  after(async () => {
    await postfix?.stop()
    await dovecot?.stop()
  })

  test('Ana writes a mail, hears of its number, is answered, answers, and opens it again after it was resolved', async () => {
    const help = dovecot.account()
    const ana = dovecot.account()
    const anas = `${ana.name}@${DOMAIN}`
    const desks = `${help.name}@${DOMAIN}`
    const { mail, desk } = readConfig('desk', {
      SMTP_URL: `smtp://127.0.0.1:${postfix.smtp}`,
      IMAP_URL: help.url(),
      MAIL_FROM: `Help desk <${desks}>`,
    })
    await using running = await openDesk({ desk: { mail: desk.mail }, config: { mail } })
    const sending = createTransport({ host: '127.0.0.1', port: postfix.smtp, ignoreTLS: true })
    try {
      await sending.sendMail({
        from: { name: 'Ana Alves', address: anas },
        to: desks,
        subject: '[Hardware] Buying a new screen',
        text: 'My screen is black.\n\n-- \nAna Alves\nRoom 12',
      })
      const received = await eventually(
        'Ana hears of her ticket',
        async () => (await inboxOf(ana))[0],
        30_000,
      )
      assert.equal(headerOf(received, 'auto-submitted'), 'auto-replied')
      assert.doesNotMatch(`${received.subject}${received.text}`, /screen/u)
      const number = Number(/#(\d+)/u.exec(received.subject ?? '')?.[1])
      const issue = running.sandbox.issue(number)
      assert.equal(issue?.title, '[Hardware] Buying a new screen')
      assert.deepEqual(issue?.labels.includes('hardware'), true)

      const bruno = await running.signedIn('bruno')
      const asked = await bruno.get(`/issues/${number}`)
      assert.match(asked.text, /My screen is black/u)
      await bruno.post(`/issues/${number}/replies`, { body: 'Which room?', key: 'which-room' })
      const reply = await eventually('Ana is answered', async () => (await inboxOf(ana))[1], 30_000)
      assert.match(reply.text ?? '', /Which room\?/u)
      assert.equal(reply.from?.name, 'Help desk')

      // By the address alone, as a program does that names no mail it answers.
      const back = reply.replyTo?.[0]?.address ?? ''
      assert.match(back, new RegExp(`^${help.name}\\+[a-z2-7]{26}@`, 'u'))
      await sending.sendMail({ from: anas, to: back, subject: 'Room', text: 'Room 12.' })
      await eventually(
        'her answer stands on the ticket',
        async () => /Room 12\./u.test((await bruno.get(`/issues/${number}`)).text),
        30_000,
      )

      await bruno.post(`/issues/${number}/resolve`, { answer: 'You have a new one.', key: 'resolve-it' })
      const resolved = await eventually(
        'Ana hears that it is resolved',
        async () => (await inboxOf(ana))[2],
        30_000,
      )
      assert.match(resolved.text ?? '', /You have a new one\./u)

      // In the thread, as a mail program does, to the plain address.
      await sending.sendMail({
        from: anas,
        to: desks,
        subject: `Re: ${resolved.subject}`,
        inReplyTo: resolved.messageId ?? '',
        references: [resolved.messageId ?? ''],
        text: 'It is black again.',
      })
      await eventually('it is open again', () => running.sandbox.issue(number)?.state === 'opened', 30_000)

      const davi = await running.signedIn('davi')
      const mails = await davi.get('/mail')
      assert.equal(mails.status, 200)
      assert.match(mails.text, /3 received/u)
      const link = /(http:\/\/127\.0\.0\.1:\d+)(\/t\/[\w-]+)/u.exec(received.text ?? '')
      assert.equal((await visitor(running.url).get(link?.[2] ?? '/')).status, 200)
    } finally {
      sending.close()
    }
  })
})
