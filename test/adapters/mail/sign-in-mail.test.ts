// Proves, with a real mail server, that the mail with a sign-in link goes to its address alone, says nothing of
// any ticket, and that neither link nor address stands in what is told when the server does not take it.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import PostalMime, { type Email } from 'postal-mime'
import type { SMTPServerOptions } from 'smtp-server'
import { SMTPServer } from 'smtp-server'
import { createMailer } from '../../../src/adapters/mail/smtp.ts'
import { createMailTokens } from '../../../src/adapters/mail/tokens.ts'
import { GatewayError } from '../../../src/application/gateway-error.ts'
import { deskHeader } from '../../../src/domain/mail-token.ts'
import { turnableClock } from '../../support/clock.ts'
import { aDesk, nine } from '../../support/tickets.ts'

const to = 'ana@school.example'
const url = `https://desk.example/my-tickets/sign-in/${'Az09_-'.repeat(7)}A`

type Arrived = { readonly from: string; readonly to: readonly string[]; readonly email: Email }

const aServer = async (t: TestContext, options: SMTPServerOptions = {}) => {
  const arrived: Arrived[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    closeTimeout: 1,
    onData: (stream, { envelope }, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', async () => {
        arrived.push({
          from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
          to: envelope.rcptTo.map((one) => one.address),
          email: await PostalMime.parse(Buffer.concat(chunks)),
        })
        done()
      })
    },
    ...options,
  })
  server.on('error', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  t.after(() => new Promise<void>((resolve) => server.close(resolve)))
  const mailer = createMailer({
    config: {
      smtpUrl: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
      imapUrl: null,
      from: { name: 'Help desk', address: 'help@school.example' },
      templates: null,
      plusAddressing: true,
    },
    tokens: createMailTokens([new Uint8Array(32).fill(3)]),
    linkFor: () => '',
    ticketUrl: () => '',
    desk: aDesk(),
    clock: turnableClock(nine),
    baseUrl: 'https://desk.example',
  })
  t.after(() => mailer.close())
  return { arrived, mailer }
}

const refusing = (code: number, words: string) => Object.assign(new Error(words), { responseCode: code })

const failure = async (sending: Promise<unknown>): Promise<GatewayError> => {
  const error = await sending.then(
    () => assert.fail('it was sent'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof GatewayError, String(error))
  return error
}

describe('a sign-in link', () => {
  for (const language of ['en', 'de'] as const)
    test(`goes to its address in ${language}, from nobody, and can be pressed as text and as a page`, async (t) => {
      const { arrived, mailer } = await aServer(t)
      await mailer.sendSignInLink({ to, language, url })
      const [mail, ...others] = arrived
      assert.ok(mail && others.length === 0)
      assert.deepEqual([mail.from, mail.to], ['help@school.example', [to]])
      const { email } = mail
      assert.deepEqual(email.to, [{ name: '', address: to }])
      assert.equal(email.replyTo, undefined)
      const header = (name: string) => email.headers.find(({ key }) => key === name.toLowerCase())?.value
      assert.equal(header('Auto-Submitted'), 'auto-generated')
      assert.equal(header('X-Auto-Response-Suppress'), 'All')
      assert.equal(header(deskHeader), '1')
      assert.equal(header('Date'), 'Mon, 08 Jun 2026 09:00:00 +0000')
      assert.match(email.subject ?? '', language === 'en' ? /^Your link to your tickets$/u : /^Ihr Link/u)
      assert.match(
        email.text ?? '',
        language === 'en' ? /once, within 20 minutes/u : /einmal, innerhalb von 20/u,
      )
      assert.ok(email.text?.includes(`<${url}>`))
      assert.ok(email.html?.includes(`href="${url}"`))
      assert.doesNotMatch(`${email.subject}${email.text}${email.html}`, /#\d|undefined|null|Ana\b/u)
    })

  test('that the server does not take is told without the link and without the address', async (t) => {
    for (const [code, kind] of [
      [550, 'permanent'],
      [451, 'transient'],
    ] as const) {
      const { mailer } = await aServer(t, {
        onRcptTo: (_address, _session, done) => done(refusing(code, `no ${to}: ${url}`)),
      })
      const error = await failure(mailer.sendSignInLink({ to, language: 'en', url }))
      assert.deepEqual([error.kind, error.status], [kind, code])
      const told = inspect(error, { depth: 9 })
      assert.ok(!told.includes(to) && !told.includes(url), told)
    }
  })

  test('is never sent to what is no plain address', async (t) => {
    const { arrived, mailer } = await aServer(t)
    for (const odd of [
      'ana',
      'ana@school.example, bob@x.example',
      'ana@school.example\r\nBcc: bob@x.example',
      '',
    ])
      assert.equal((await failure(mailer.sendSignInLink({ to: odd, language: 'en', url }))).kind, 'permanent')
    assert.deepEqual(arrived, [])
  })
})
