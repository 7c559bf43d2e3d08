// Proves, with a real mail server, that each notice arrives once as what it is: with its Message-ID for
// ever, an envelope that bounces can use and no header of anybody else's; and that a server's no, its
// "not now" and its silence are told apart.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:net'
import type { TestContext } from 'node:test'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import PostalMime, { type Email } from 'postal-mime'
import type { SMTPServerOptions } from 'smtp-server'
import { SMTPServer } from 'smtp-server'
import type { MailerParts } from '../../../src/adapters/mail/smtp.ts'
import { createMailer } from '../../../src/adapters/mail/smtp.ts'
import { languages, loadTemplates, notices } from '../../../src/adapters/mail/templates.ts'
import { createMailTokens } from '../../../src/adapters/mail/tokens.ts'
import { GatewayError } from '../../../src/application/gateway-error.ts'
import type { Claimed } from '../../../src/application/ports.ts'
import { deskHeader, tokensIn } from '../../../src/domain/mail-token.ts'
import type { MailIntent, NoticeKind } from '../../../src/domain/operation.ts'
import type { Ticket } from '../../../src/domain/ticket.ts'
import { turnableClock } from '../../support/clock.ts'
import { byBruno } from '../../support/people.ts'
import { aDesk, aTicket, minute, nine } from '../../support/tickets.ts'

const tokens = createMailTokens([new Uint8Array(32).fill(3)])
const templates = loadTemplates(null)
const token = tokens.tokenFor(aTicket().id)
const address = 'help@school.example'
const operationId = '0197f0a0-0000-7000-8000-000000000001'
const link = 'https://desk.example/t/secret-of-ana'

const anIntent = (changes: Partial<MailIntent> = {}): MailIntent => ({
  kind: 'mail',
  notice: 'reply',
  to: { name: 'Ana', address: 'ana@school.example' },
  language: 'en',
  text: 'Please look at the **cable**.',
  ...changes,
})

const aClaim = (
  changes: Partial<MailIntent> = {},
  more: {
    readonly ticket?: Partial<Ticket>
    readonly mailThread?: readonly string[]
    readonly id?: string
  } = {},
): Claimed => ({
  operation: {
    id: more.id ?? operationId,
    ticketId: aTicket().id,
    sequence: 2,
    intent: anIntent(changes),
    author: byBruno,
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
  ticket: aTicket(more.ticket),
  uploads: {},
  ...(more.mailThread ? { mailThread: more.mailThread } : {}),
})

const aMailer = (t: TestContext, smtpUrl: string, changes: Partial<MailerParts> = {}) => {
  const mailer = createMailer({
    config: {
      smtpUrl,
      imapUrl: 'imap://127.0.0.1',
      from: { name: 'Help desk', address },
      templates: null,
      plusAddressing: true,
    },
    tokens,
    templates,
    linkFor: () => link,
    ticketUrl: ({ iid }) => `https://desk.example/issues/${iid}`,
    desk: aDesk(),
    clock: turnableClock(nine),
    baseUrl: 'https://desk.example',
    ...changes,
  })
  t.after(() => mailer.close())
  return mailer
}

type Arrived = {
  readonly from: string
  readonly to: readonly string[]
  readonly source: string
  readonly email: Email
}

/** A mail server, and what arrived at it. */
const aServer = async (t: TestContext, options: SMTPServerOptions = {}) => {
  const arrived: Arrived[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    // The server ends before the mailer does: it does not wait for its connections.
    closeTimeout: 1,
    onData: (stream, { envelope }, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', async () => {
        const source = Buffer.concat(chunks)
        arrived.push({
          from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
          to: envelope.rcptTo.map((one) => one.address),
          source: source.toString('utf8'),
          email: await PostalMime.parse(source),
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
  const { port } = server.server.address() as AddressInfo
  return { arrived, port, url: `smtp://127.0.0.1:${port}` }
}

const header = ({ email }: Arrived, name: string): string | undefined =>
  email.headers.find(({ key }) => key === name.toLowerCase())?.value

const only = <T>(items: readonly T[]): T => {
  assert.equal(items.length, 1)
  const [item] = items
  assert.ok(item !== undefined)
  return item
}

/** What became of sending, which must not work. */
const failure = async (sending: Promise<unknown>): Promise<GatewayError> => {
  const error = await sending.then(
    () => assert.fail('it was sent'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof GatewayError, String(error))
  return error
}

const refusing = (code: number, words: string) => Object.assign(new Error(words), { responseCode: code })

describe('a notice', () => {
  for (const language of languages)
    for (const notice of notices)
      test(`${notice} in ${language} arrives with its headers and its envelope`, async (t) => {
        const server = await aServer(t)
        const forAgent: boolean = [
          'escalated',
          'handed-back',
          'assigned',
          'target-approaching',
          'target-missed',
        ].includes(notice)
        const text = ['received', 'reopened', 'assigned', 'link'].includes(notice)
          ? ''
          : 'Please look at the **cable**.'
        const outcome = await aMailer(t, server.url).perform(aClaim({ notice, language, text }))
        const mail = only(server.arrived)
        const { email } = mail

        const written = forAgent ? 'desk' : token
        const expected = `${written}.agl7biaaabyabaaaaaaaaaaaae@school.example`
        assert.deepEqual(outcome, { kind: 'mailed', messageId: expected })
        assert.equal(email.messageId, `<${expected}>`)
        assert.equal(mail.from, forAgent ? address : `help+${token}@school.example`)
        assert.deepEqual(mail.to, ['ana@school.example'])
        assert.deepEqual(email.from, { name: 'Help desk', address })
        assert.deepEqual(email.to, [
          { name: ['received', 'link'].includes(notice) ? '' : 'Ana', address: 'ana@school.example' },
        ])
        const answers = forAgent
          ? undefined
          : [{ name: 'Help desk', address: `help+${token}@school.example` }]
        assert.deepEqual(email.replyTo, answers)
        assert.equal(header(mail, 'Date'), 'Mon, 08 Jun 2026 09:00:00 +0000')
        assert.equal(header(mail, deskHeader), '1')
        assert.equal(
          header(mail, 'Auto-Submitted'),
          notice === 'received'
            ? 'auto-replied'
            : forAgent || notice === 'reopened' || notice === 'link'
              ? 'auto-generated'
              : undefined,
        )
        assert.equal(
          header(mail, 'X-Auto-Response-Suppress'),
          ['reply', 'resolved'].includes(notice) ? 'OOF, AutoReply' : 'All',
        )
        for (const never of ['List-Id', 'Precedence', 'Cc', 'Bcc', 'X-Mailer', 'Sender'])
          assert.equal(header(mail, never), undefined, never)

        const root = forAgent ? /^<desk-ticket\.[a-z2-7]{26}@school\.example>$/ : `<${token}@school.example>`
        for (const name of ['In-Reply-To', 'References'])
          if (typeof root === 'string') assert.equal(header(mail, name), root)
          else assert.match(header(mail, name) ?? '', root)

        const page = forAgent ? 'https://desk.example/issues/42' : link
        for (const part of [email.text, email.html]) assert.ok(part?.includes(page), notice)
        assert.match(email.subject ?? '', /#42/)
        const saysNothing = notice === 'received' || notice === 'link'
        assert.equal(email.subject?.includes('My screen stays black'), !saysNothing)
        assert.equal(email.text?.includes('**cable**'), text !== '')
        assert.equal(email.html?.includes('<strong>cable</strong>'), text !== '')
      })

  test('sent twice has one Message-ID, and another notice another one', async (t) => {
    const server = await aServer(t)
    const mailer = aMailer(t, server.url)
    await mailer.perform(aClaim())
    await mailer.perform({ ...aClaim(), fence: 2, unsure: true })
    await mailer.perform(aClaim({}, { id: '0197f0a0-0000-7000-8000-000000000002' }))
    const [first, again, other] = server.arrived.map(({ email }) => email.messageId)
    assert.equal(again, first)
    assert.notEqual(other, first)
    assert.equal(await mailer.lookUp(aClaim()), null)
  })

  test('stands in the thread of the mails that came in, and what is no Message-ID is left out', async (t) => {
    const server = await aServer(t)
    const mailThread = [
      'first@ana.example',
      'a b\r\nBcc: x@y.example',
      '<latest@ana.example>',
      'x><y@evil.example',
    ]
    await aMailer(t, server.url).perform(aClaim({}, { mailThread }))
    const mail = only(server.arrived)
    assert.equal(header(mail, 'In-Reply-To'), '<latest@ana.example>')
    assert.equal(
      header(mail, 'References')?.replaceAll(/\s+/g, ' '),
      `<${token}@school.example> <first@ana.example> <latest@ana.example>`,
    )
  })

  test('answered by a mail program leads back to its ticket by either of the two ways', async (t) => {
    const server = await aServer(t)
    await aMailer(t, server.url).perform(aClaim())
    const { email } = only(server.arrived)
    const nowhere = { refersTo: [], to: [], cc: [], deliveredTo: [] }
    const to = (email.replyTo ?? []).map((one) => ({ name: one.name, address: one.address ?? '' }))
    const byAddress = tokensIn({ ...nowhere, to }, { address })
    const byMessageId = tokensIn({ ...nowhere, refersTo: [email.messageId ?? ''] }, { address })
    for (const found of [byAddress, byMessageId]) assert.ok(tokens.read(only(found)).includes(aTicket().id))
  })

  test('to an agent bears no token anywhere: an agent’s answer is nobody’s answer', async (t) => {
    const server = await aServer(t)
    await aMailer(t, server.url).perform(
      aClaim({ notice: 'escalated' }, { mailThread: ['first@ana.example'] }),
    )
    assert.ok(!only(server.arrived).source.includes(token))
    assert.ok(!only(server.arrived).source.includes('first@ana.example'))
  })

  test('comes from the plain address where the mail server knows no other, or answers are not fetched', async (t) => {
    const server = await aServer(t)
    const config = { smtpUrl: server.url, from: { name: '', address }, templates: null }
    await aMailer(t, server.url, {
      config: { ...config, imapUrl: 'imap://127.0.0.1', plusAddressing: false },
    }).perform(aClaim())
    await aMailer(t, server.url, { config: { ...config, imapUrl: null, plusAddressing: true } }).perform(
      aClaim(),
    )
    for (const { from, email } of server.arrived) {
      assert.equal(from, address)
      assert.equal(email.replyTo, undefined)
    }
    const [answered, unread] = server.arrived.map(({ email }) => email.text ?? '')
    assert.match(answered ?? '', /^##- Please .+ -##\n/)
    assert.match(unread ?? '', /not read/)
    assert.doesNotMatch(unread ?? '', /##-/)
  })

  test('has its files with it; those that are gone or too large are named and wait on the page', async (t) => {
    const server = await aServer(t)
    const file = (id: string, name: string, type = 'image/png') => ({ id, name, type, bytes: 3 })
    const bytes: Record<string, Uint8Array> = {
      a: Buffer.from('abc'),
      b: new Uint8Array(10 * 1024 * 1024),
      c: Buffer.from('xyz'),
    }
    const mailer = aMailer(t, server.url, { fileBytes: async (id) => bytes[id] ?? null })
    const files = [
      file('a', 'cable.png'),
      file('b', 'film.mp4', 'video/mp4'),
      file('c', 'x"\r\nBcc: evil@x.example\r\n\r\n<b>.html', 'text/html\r\nBcc: evil@x.example'),
      file('gone', 'lost.txt'),
    ]
    await mailer.perform(aClaim({ files }))
    const { email, source } = only(server.arrived)
    assert.deepEqual(
      email.attachments.map(({ filename, mimeType, disposition }) => [filename, mimeType, disposition]),
      [
        ['cable.png', 'image/png', 'attachment'],
        ['x" Bcc: evil@x.example <b>.html', 'application/octet-stream', 'attachment'],
      ],
    )
    assert.match(email.text ?? '', /On the page of your request: film\.mp4, lost\.txt/)
    assert.doesNotMatch(source, /^Bcc/im)
  })

  test('is refused before anything is said to a server when its address is more than an address', async (t) => {
    const server = await aServer(t)
    const mailer = aMailer(t, server.url)
    for (const evil of [
      'ana@school.example, mallory@evil.example',
      'ana@school.example\r\nRCPT TO:<mallory@evil.example>',
      'Ana <ana@school.example>',
      'ana@school.example>',
      '"ana"@school.example',
      '',
    ])
      assert.equal(
        (await failure(mailer.perform(aClaim({ to: { name: 'Ana', address: evil } })))).kind,
        'permanent',
        evil,
      )
    assert.deepEqual(server.arrived, [])
  })

  test('without its ticket’s number waits for it', async (t) => {
    const server = await aServer(t)
    const error = await failure(aMailer(t, server.url).perform(aClaim({}, { ticket: { iid: null } })))
    assert.deepEqual([error.kind, error.effect], ['transient', 'none'])
  })

  test('takes no header, no recipient and no markup from names and titles', async (t) => {
    const server = await aServer(t)
    const mailer = aMailer(t, server.url)
    const hostile = fc
      .array(
        fc.oneof(
          fc.constantFrom(
            '\r\n',
            '\n',
            '\r',
            '\u2028',
            '\0',
            '\u202e',
            ',',
            ';',
            '<',
            '>',
            '"',
            '\\',
            '=?utf-8?q?',
            '?=',
          ),
          fc.constantFrom(
            'Bcc: evil@x.example',
            'X-Evil: 1',
            '<b>',
            '](http://evil.example)',
            '[a',
            '\ue000',
            '```',
          ),
          fc.string({ unit: 'grapheme' }),
        ),
        { minLength: 1, maxLength: 12 },
      )
      .map((pieces) => pieces.join(''))
    const allowed =
      /^(from|to|reply-to|message-id|in-reply-to|references|subject|date|auto-submitted|x-auto-response-suppress|x-belay-desk|mime-version|content-(type|transfer-encoding))$/
    await fc.assert(
      fc.asyncProperty(
        hostile,
        hostile,
        fc.constantFrom<NoticeKind>(...notices),
        async (name, title, notice) => {
          server.arrived.length = 0
          await mailer.perform(
            aClaim({ to: { name, address: 'ana@school.example' }, notice }, { ticket: { title } }),
          )
          const mail = only(server.arrived)
          assert.deepEqual(mail.to, ['ana@school.example'])
          const named = mail.email.headers.map(({ key }) => key)
          assert.deepEqual(
            named.filter((key) => !allowed.test(key)),
            [],
          )
          assert.equal(new Set(named).size, named.length)
          assert.deepEqual(
            mail.email.to?.map((one) => one.address),
            ['ana@school.example'],
          )
          assert.doesNotMatch(mail.email.subject ?? '', /[\r\n]/)
          assert.doesNotMatch(mail.email.html ?? '', /<b>|<a href="(?!https:\/\/desk\.example\/)/)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('that acknowledges repeats nothing that was submitted, nowhere in the mail', async (t) => {
    const server = await aServer(t)
    const mailer = aMailer(t, server.url, { fileBytes: async () => Buffer.from('bytes') })
    const said = fc.stringMatching(/^Q[a-z0-9]{5,20}Z$/)
    await fc.assert(
      fc.asyncProperty(
        said,
        said,
        said,
        said,
        fc.constantFrom(...languages),
        async (title, text, name, file, language) => {
          server.arrived.length = 0
          const claim = aClaim(
            {
              notice: 'received',
              language,
              text: `${text} http://evil.example/${text}`,
              to: { name, address: 'ana@school.example' },
              files: [{ id: 'f', name: `${file}.html`, type: 'text/html', bytes: 5 }],
            },
            { ticket: { title, text, requester: { name, email: 'ana@school.example', username: null } } },
          )
          await mailer.perform({
            ...claim,
            operation: { ...claim.operation, author: { kind: 'requester', name } },
          })
          const { email, source } = only(server.arrived)
          const everything = [source, email.subject, email.text, email.html, JSON.stringify(email.to)].join(
            '\n',
          )
          for (const word of [title, text, name, file, 'evil.example'])
            assert.ok(!everything.includes(word), word)
          assert.deepEqual(email.attachments, [])
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('a mail server that', () => {
  const cases = [
    [
      'refuses the address',
      { onRcptTo: (_a, _s, done) => done(refusing(550, 'No such person here')) },
      'permanent',
      550,
    ],
    [
      'has a full mailbox there',
      { onRcptTo: (_a, _s, done) => done(refusing(450, 'Try later')) },
      'transient',
      450,
    ],
    [
      'refuses us as the sender',
      { onMailFrom: (_a, _s, done) => done(refusing(553, 'Not your address')) },
      'permanent',
      553,
    ],
    [
      'wants us to sign in first',
      { onMailFrom: (_a, _s, done) => done(refusing(530, 'Sign in')) },
      'unauthorised',
      530,
    ],
    [
      'refuses the text',
      {
        onData: (stream, _s, done) => {
          stream.resume()
          stream.on('end', () => done(refusing(554, 'Looks like spam')))
        },
      },
      'permanent',
      554,
    ],
    [
      'cannot take the text now',
      {
        onData: (stream, _s, done) => {
          stream.resume()
          stream.on('end', () => done(refusing(451, 'Disk full')))
        },
      },
      'transient',
      451,
    ],
    [
      'goes away at the address',
      { onRcptTo: (_a, _s, done) => done(refusing(421, 'Shutting down')) },
      'transient',
      null,
    ],
  ] as const satisfies readonly (readonly [string, SMTPServerOptions, string, number | null])[]
  for (const [what, options, kind, status] of cases)
    test(`${what} is ${kind}, and nothing was sent`, async (t) => {
      const server = await aServer(t, options)
      const error = await failure(aMailer(t, server.url).perform(aClaim()))
      assert.deepEqual([error.kind, error.effect, error.status], [kind, 'none', status])
    })

  test('has said no is quoted, in one line, shortened and without the token', async (t) => {
    const words = `<help+${token}@school.example> not welcome ${'x'.repeat(400)}`
    const server = await aServer(t, { onMailFrom: (_a, _s, done) => done(refusing(550, words)) })
    const error = await failure(aMailer(t, server.url).perform(aClaim()))
    const { message } = error
    assert.ok(!inspect(error).includes(token))
    assert.match(message, /^The mail server said: 550 <help\+…@school\.example> not welcome x+…$/)
    assert.equal(message.length, 300)
  })

  test('goes on after a refused mail takes the next one', async (t) => {
    const server = await aServer(t, {
      onRcptTo: (one, _s, done) => (one.address.startsWith('gone') ? done(refusing(550, 'Gone')) : done()),
    })
    const mailer = aMailer(t, server.url)
    await failure(mailer.perform(aClaim({ to: { name: '', address: 'gone@school.example' } })))
    await mailer.perform(aClaim())
    assert.equal(server.arrived.length, 1)
  })

  test('does not know our password is unauthorised, and the password is not repeated', async (t) => {
    const server = await aServer(t, {
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ password }, _s, done) =>
        done(
          new Error(
            `wrong: ${password} ${encodeURIComponent(password ?? '')} ${Buffer.from(password ?? '').toString('base64')}`,
          ),
        ),
    })
    const mailer = aMailer(t, `smtp://desk:s%C3%A9cret%2F42@127.0.0.1:${server.port}`)
    for (const sending of [() => mailer.perform(aClaim()), () => mailer.verify()]) {
      const error = await failure(sending())
      assert.deepEqual([error.kind, error.effect, error.status], ['unauthorised', 'none', 535])
      assert.doesNotMatch(inspect(error), /cret|c8OpY3JldC80Mg/)
    }
  })

  test('is named with a percent sign in its password is spoken to all the same', async (t) => {
    const server = await aServer(t, {
      allowInsecureAuth: true,
      onAuth: ({ password }, _s, done) =>
        password === '100%' ? done(null, { user: 1 }) : done(new Error('wrong')),
    })
    await aMailer(t, `smtp://desk:100%@127.0.0.1:${server.port}`).perform(aClaim())
    assert.equal(server.arrived.length, 1)
  })

  test('knows our password takes the mail', async (t) => {
    const server = await aServer(t, {
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _s, done) =>
        username === 'desk' && password === 'sécret/42' ? done(null, { user: 1 }) : done(new Error('wrong')),
    })
    const mailer = aMailer(t, `smtp://desk:s%C3%A9cret%2F42@127.0.0.1:${server.port}`)
    await mailer.verify()
    await mailer.perform(aClaim())
    assert.equal(server.arrived.length, 1)
  })

  for (const [what, scheme, options] of [
    ['speaks TLS from the start', 'smtps', { secure: true }],
    ['offers TLS', 'smtp', { disabledCommands: [] }],
  ] as const satisfies readonly (readonly [string, string, SMTPServerOptions])[])
    test(`${what} with a certificate nobody vouches for gets neither mail nor password, until a setting trusts it`, async (t) => {
      const asked: boolean[] = []
      const server = await aServer(t, {
        ...options,
        authOptional: false,
        onAuth: (_auth, { secure }, done) => {
          asked.push(secure)
          done(null, { user: 1 })
        },
      })
      const url = `${scheme}://desk:secret@127.0.0.1:${server.port}`
      const error = await failure(aMailer(t, url).perform(aClaim()))
      assert.deepEqual([error.kind, error.effect], ['transient', 'none'])
      assert.match(error.message, /certificate/)
      assert.deepEqual([asked, server.arrived], [[], []])

      await aMailer(t, `${url}?tls.rejectUnauthorized=false`).perform(aClaim())
      assert.deepEqual(asked, [true])
      assert.equal(server.arrived.length, 1)
    })

  test('offers no TLS gets nothing where the setting asks for it', async (t) => {
    const server = await aServer(t)
    const error = await failure(aMailer(t, `${server.url}?requireTLS=true`).perform(aClaim()))
    assert.deepEqual([error.kind, error.effect], ['transient', 'none'])
    assert.deepEqual(server.arrived, [])
  })

  test('is not there is transient', async (t) => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    const mailer = aMailer(t, `smtp://127.0.0.1:${port}`)
    for (const sending of [() => mailer.perform(aClaim()), () => mailer.verify()]) {
      const error = await failure(sending())
      assert.deepEqual([error.kind, error.effect, error.status], ['transient', 'none', null])
    }
  })
})

/** Speaks SMTP as far as `until`, and then cuts the connection, says nothing any more or begins an answer that never ends. */
const aServerThat = async (
  t: TestContext,
  until: 'connect' | 'RCPT' | 'DATA' | 'half' | 'dot',
  then: 'cuts' | 'is silent' | 'goes on',
): Promise<string> => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    const end = () => {
      if (then === 'cuts') socket.resetAndDestroy()
      else if (then === 'is silent') socket.pause()
      else {
        const going = setInterval(() => socket.write('250-and so on\r\n'), 20)
        socket.on('close', () => clearInterval(going))
      }
    }
    let data = false
    let text = ''
    if (until === 'connect') return end()
    socket.write('220 mail.example\r\n')
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      if (data && until === 'half') return end()
      if (data && until === 'dot') return text.endsWith('\r\n.\r\n') ? end() : undefined
      for (;;) {
        const [line] = /^.*\r\n/.exec(text) ?? []
        if (line === undefined) return
        text = text.slice(line.length)
        const command = line.slice(0, 4)
        if (command === until) return end()
        data = command === 'DATA'
        socket.write(data ? '354 Go on\r\n' : '250 Yes\r\n')
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('a connection that', () => {
  const large = { fileBytes: async () => new Uint8Array(9 * 1024 * 1024) }
  const files = [{ id: 'f', name: 'film.mp4', type: 'video/mp4', bytes: 9 * 1024 * 1024 }]
  for (const [until, what, effect] of [
    ['connect', 'before the greeting', 'none'],
    ['RCPT', 'at the address', 'none'],
    ['DATA', 'before the text', 'none'],
    ['half', 'within the text', 'none'],
    ['dot', 'after the final dot', 'maybe'],
  ] as const) {
    test(`is cut ${what} is transient, and ${effect === 'maybe' ? 'perhaps the mail went out' : 'no mail went out'}`, async (t) => {
      const url = await aServerThat(t, until, 'cuts')
      const error = await failure(aMailer(t, url, large).perform(aClaim(until === 'half' ? { files } : {})))
      assert.deepEqual([error.kind, error.effect, error.status], ['transient', effect, null])
    })
    // Within the text it cannot be staged: what the server does not read, the two kernels between us take.
    if (until !== 'half')
      test(`falls silent ${what} is given up, and ${effect === 'maybe' ? 'perhaps the mail went out' : 'no mail went out'}`, async (t) => {
        const url = await aServerThat(t, until, 'is silent')
        const mailer = aMailer(t, url, { limits: { connection: 150, silence: 150 } })
        const error = await failure(mailer.perform(aClaim()))
        assert.deepEqual([error.kind, error.effect, error.status], ['transient', effect, null])
      })
  }

  test('takes longer than the lease is ended, so that no other worker sends beside it', async (t) => {
    const url = await aServerThat(t, 'dot', 'goes on')
    const mailer = aMailer(t, url)
    const error = await failure(mailer.perform({ ...aClaim(), until: nine + 3_000 }))
    assert.deepEqual([error.kind, error.effect], ['transient', 'maybe'])
  })

  test('the server closed while it was idle is opened again', async (t) => {
    const sockets = new Set<Socket>()
    const server = await aServer(t, {
      onConnect: (_session, done) => done(),
      onMailFrom: (_a, _s, done) => done(),
    })
    const front = createServer(async (socket) => {
      const { connect } = await import('node:net')
      const back = connect(server.port, '127.0.0.1')
      sockets.add(socket)
      for (const one of [socket, back]) one.on('error', () => undefined)
      socket.pipe(back).pipe(socket)
    }).listen(0, '127.0.0.1')
    await once(front, 'listening')
    t.after(() => {
      for (const socket of sockets) socket.destroy()
      front.close()
    })
    const mailer = aMailer(t, `smtp://127.0.0.1:${(front.address() as AddressInfo).port}`)
    await mailer.perform(aClaim())
    for (const socket of sockets) socket.resetAndDestroy()
    await mailer.perform(aClaim())
    assert.equal(server.arrived.length, 2)
  })
})
