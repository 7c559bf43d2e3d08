// Every hostile value, in mails that the real mailer sends to a real mail server: one mail, to one person, with the
// headers that are ours. Only `received` may go to an address that nobody has proven, and it repeats nothing.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createMailer } from '../../src/adapters/mail/smtp.ts'
import { loadTemplates } from '../../src/adapters/mail/templates.ts'
import { createMailTokens } from '../../src/adapters/mail/tokens.ts'
import { GatewayError } from '../../src/application/gateway-error.ts'
import type { Claimed } from '../../src/application/ports.ts'
import type { NoticeKind } from '../../src/domain/operation.ts'
import { turnableClock } from '../support/clock.ts'
import { arrivedAt } from '../support/mail-arriving.ts'
import { byBruno } from '../support/people.ts'
import { aDesk, aTicket, minute, nine } from '../support/tickets.ts'
import type { MailOut } from './inputs/mails-out.ts'
import { mailsOut } from './inputs/mails-out.ts'
import { textOf } from './row.ts'

const ours = [
  ...['from', 'to', 'reply-to', 'subject', 'date', 'message-id', 'in-reply-to', 'references', 'mime-version'],
  ...[
    'content-type',
    'content-transfer-encoding',
    'auto-submitted',
    'x-auto-response-suppress',
    'x-belay-desk',
  ],
]

const claimed = (said: MailOut, notice: NoticeKind, number: number): Claimed => {
  const file = said.file
    ? { id: 'f1', name: said.file.name, type: said.file.type ?? 'text/plain', bytes: 3 }
    : null
  return {
    operation: {
      id: `0197f0a0-0000-7000-8000-${String(number).padStart(12, '0')}`,
      ticketId: aTicket().id,
      sequence: 2,
      intent: {
        kind: 'mail',
        notice,
        to: { name: said.name ?? 'Ana', address: said.to ?? 'ana@school.example' },
        language: 'en',
        text: textOf(said.text ?? 'Please look at the cable.'),
        ...(file ? { files: [file] } : {}),
      },
      author: { ...byBruno, ...(said.author === undefined ? {} : { name: said.author }) },
      state: 'sending',
      attempts: 1,
      notBefore: nine,
      createdAt: nine,
      sentAt: nine,
      settledAt: null,
      outcome: null,
      trouble: null,
    },
    fence: 1,
    unsure: false,
    until: nine + minute,
    ticket: aTicket({ title: textOf(said.title ?? 'My screen stays black') }),
    uploads: {},
    ...(said.thread ? { mailThread: said.thread } : {}),
  }
}

describe('a mail of ours with a hostile value in it', () => {
  test('is one plain mail or none', async (t) => {
    const server = await arrivedAt(t)
    const mailer = createMailer({
      config: {
        smtpUrl: server.url,
        imapUrl: 'imap://127.0.0.1',
        from: { name: 'Help desk', address: 'help@school.example' },
        templates: null,
        plusAddressing: true,
      },
      tokens: createMailTokens([new Uint8Array(32).fill(3)]),
      templates: loadTemplates(null),
      linkFor: () => 'https://desk.example/t/of-ana',
      ticketUrl: ({ iid }) => `https://desk.example/issues/${iid}`,
      desk: aDesk(),
      clock: turnableClock(nine),
      baseUrl: 'https://desk.example',
      fileBytes: async () => new Uint8Array([1, 2, 3]),
    })
    t.after(() => mailer.close())
    let number = 0
    const arrivedFrom = async (said: MailOut, notice: NoticeKind) => {
      const before = server.mails().length
      number += 1
      const sending = mailer.perform(claimed(said, notice, number)).then(
        () => null,
        (error: unknown) => error,
      )
      const error = await sending
      if (error === null) await server.waitFor(before + 1)
      return { error, mails: server.mails().slice(before) }
    }
    for (const { id, input, expect } of mailsOut)
      await t.test(id, async () => {
        const { error, mails } = await arrivedFrom(input, 'reply')
        if (expect === 'not sent') {
          assert.ok(error instanceof GatewayError && error.kind === 'permanent', String(error))
          assert.deepEqual(mails, [])
          return
        }
        assert.equal(error, null)
        assert.equal(mails.length, 1)
        const [mail] = mails
        assert.ok(mail)
        assert.deepEqual(mail.to, ['ana@school.example'])
        assert.match(mail.from, /^help\+[a-z2-7]{26}@school\.example$/)
        const { email } = mail
        assert.deepEqual(
          email.to?.map(({ address }) => address),
          ['ana@school.example'],
        )
        const names = email.headers.map(({ key }) => key)
        assert.deepEqual(
          names.filter((name) => !ours.includes(name)),
          [],
        )
        assert.equal(new Set(names).size, names.length, 'a header stands twice')
        assert.match(email.subject ?? '', /\(#42\)$|…$/)
        assert.ok(
          mail.source
            .toString('latin1')
            .split('\r\n')
            .every((line) => line.length <= 998),
        )
        assert.doesNotMatch(
          `${email.subject}${email.to?.[0]?.name}${email.attachments[0]?.filename ?? ''}`,
          /[\p{Cc}\u2028\u202a-\u202e]/u,
        )
        const html = email.html ?? ''
        assert.doesNotMatch(
          html,
          /<(?!\/?(?:html|head|meta|title|body|p|br|hr|strong|em|s|a|code|pre|blockquote|[uo]l|li|h\d|table|thead|tbody|t[rhd])\b|!DOCTYPE)/i,
        )
        assert.doesNotMatch(html, /<[^>]*\s(?:on\w+|src)\s*=|<a [^>]*href="(?!https?:|mailto:)/i)
        const links = [...html.matchAll(/<a href="([^"]*)"/g)].map(([, href = '']) => href)
        if (input.text === undefined)
          assert.deepEqual(
            links.filter((href) => !href.startsWith('https://desk.example/')),
            [],
          )
        assert.ok(!email.text?.includes(import.meta.dirname) || input.text === undefined)
        assert.ok(email.attachments.length === (input.file ? 1 : 0))
        assert.ok(!email.attachments.some(({ mimeType }) => /^(?:multipart|message)\//.test(mimeType)))
      })

    await t.test('and an acknowledgement repeats none of them', async () => {
      for (const { id, input, expect } of mailsOut) {
        if (expect === 'not sent' || input.text !== undefined) continue
        const { mails } = await arrivedFrom({ ...input, text: 'SECRET-TEXT' }, 'received')
        assert.equal(mails.length, 1, id)
        const whole = `${mails[0]?.email.subject} ${mails[0]?.email.text} ${mails[0]?.email.html} ${mails[0]?.email.to?.[0]?.name}`
        for (const said of [
          input.name,
          input.title,
          input.file?.name,
          'SECRET-TEXT',
          'My screen stays black',
        ])
          if (said !== undefined && textOf(said).length > 4)
            assert.ok(!whole.includes(textOf(said).slice(0, 40)), `${id}: ${whole}`)
      }
    })
  })
})
