import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { createMailParser, fingerprintOf } from '../../../src/adapters/mail/parser.ts'
import { type MailFile, mayBeAnswered, type ReadMail } from '../../../src/domain/mail.ts'
import { deskHeader, replyDelimiter } from '../../../src/domain/mail-token.ts'
import { multipart, rawMail } from './raw-mail.ts'

// A busy machine is no finding here.
const parser = createMailParser({ deadlineMs: 60_000 })
after(() => parser.close())

const read = async (source: Buffer): Promise<ReadMail> => {
  const reading = await parser.read(source)
  if (!reading.ok) assert.fail(`${reading.reason}: ${reading.detail}`)
  return reading.mail
}

const mail = (headers: Parameters<typeof rawMail>[0], body?: string): Promise<ReadMail> =>
  read(rawMail(headers, body))

const named = ({ name, type, bytes }: MailFile): string =>
  `${name} ${type} ${Buffer.from(bytes).toString('latin1')}`

describe('who wrote it', () => {
  test('an ordinary mail says who wrote, to whom, when and what', async () => {
    assert.deepEqual(
      await mail({
        Cc: 'Bruno <bruno@example.com>, carla@example.com',
        'Reply-To': 'Ana at home <ana@home.example>',
        'Delivered-To': 'desk+abc@example.com',
        'X-Original-To': 'help@example.com',
        'In-Reply-To': '<b@example.com>',
        References: '<a@example.com>\r\n <b@example.com>',
      }),
      {
        messageId: 'one@example.com',
        refersTo: ['b@example.com', 'a@example.com'],
        from: { name: 'Ana Alves', address: 'ana@example.com' },
        replyTo: { name: 'Ana at home', address: 'ana@home.example' },
        to: [{ name: '', address: 'desk@example.com' }],
        cc: [
          { name: 'Bruno', address: 'bruno@example.com' },
          { name: '', address: 'carla@example.com' },
        ],
        deliveredTo: ['desk+abc@example.com', 'help@example.com'],
        subject: 'Screen broken',
        sentAt: Date.UTC(2026, 9, 5, 8),
        language: null,
        text: 'My screen stays black.',
        folded: [],
        hasHtml: false,
        files: [],
        automatic: null,
        bounce: null,
      } satisfies ReadMail,
    )
  })

  for (const [title, from] of [
    ['two From headers', ['ana@example.com', 'mallory@example.net']],
    ['two addresses in one From', 'Ana <ana@example.com>, Mallory <mallory@example.net>'],
    ['two bare addresses in one From', 'ana@example.com, mallory@example.net'],
    ['two addresses in a group', 'Both: ana@example.com, mallory@example.net;'],
    ['two addresses with only a blank between', 'ana@example.com mallory@example.net'],
    ['an address that is more than one word', '<"ana b"@example.com>'],
    ['an address written in code words', '=?utf-8?Q?ana=40example.com?='],
    ['no From at all', []],
  ] as const)
    test(`a mail with ${title} has no writer who could be answered`, async () => {
      const found = await mail({ From: from })
      assert.equal(found.from, null)
      assert.equal(mayBeAnswered(found), false)
    })

  test('a name shows no line breaks and turns no text around', async () => {
    const name = Buffer.from('Ana\n\u202eevil\u0000 Alves').toString('base64')
    assert.equal((await mail({ From: `=?utf-8?B?${name}?= <ana@example.com>` })).from?.name, 'Ana evil Alves')
  })

  test('an encoded subject with line breaks is one line', async () => {
    const subject = Buffer.from('Hello\r\nBcc: all@example.com\n\u2066x').toString('base64')
    assert.equal((await mail({ Subject: `=?utf-8?B?${subject}?=` })).subject, 'Hello Bcc: all@example.com x')
  })

  test('a subject has at most 1,000 characters and ends with a whole one', async () => {
    const { subject } = await mail({ Subject: `${'a'.repeat(999)}😀😀` })
    assert.equal(subject, 'a'.repeat(999))
  })

  test('a Message-ID that is too long is none, and at most 50 mails are referred to, the newest first', async () => {
    const ids = Array.from({ length: 80 }, (_, index) => `<m${index}@example.com>`)
    const found = await mail({ 'Message-ID': `<${'x'.repeat(1100)}@e>`, References: ids.join('\r\n ') })
    assert.equal(found.messageId, null)
    assert.equal(found.refersTo.length, 50)
    assert.equal(found.refersTo[0], 'm79@example.com')
  })

  test('a mail in German is told from one in English, and its header counts more', async () => {
    const german = 'Hallo, ich habe ein Problem mit dem Drucker und kann nicht drucken. Bitte helfen Sie mir.'
    assert.equal((await mail({}, german)).language, 'de')
    assert.equal(
      (await mail({}, 'Hello, I have a problem with the printer and cannot print.')).language,
      'en',
    )
    assert.equal((await mail({ 'Content-Language': 'en-GB' }, german)).language, 'en')
    assert.equal((await mail({ 'Content-Language': 'fr' }, german)).language, null)
  })
})

describe('what it says', () => {
  const html = (body: string, extra: Record<string, string> = {}): Promise<ReadMail> =>
    mail({ 'Content-Type': 'text/html; charset=utf-8', ...extra }, body)

  test('of text and HTML the text is taken', async () => {
    const both = multipart('alternative', [
      { headers: 'Content-Type: text/plain', body: 'As text.' },
      { headers: 'Content-Type: text/html', body: '<p>As <b>HTML</b>.</p>' },
    ])
    const found = await mail(both.headers, both.body)
    assert.equal(found.text, 'As text.')
    assert.equal(found.hasHtml, true)
  })

  for (const plain of ['', ' \r\n\u00a0\r\n', 'Your mail program does not support HTML mails.'])
    test(`HTML is taken where the text is ${JSON.stringify(plain)}`, async () => {
      const both = multipart('alternative', [
        { headers: 'Content-Type: text/plain; charset=utf-8', body: plain },
        { headers: 'Content-Type: text/html', body: '<p>As <b>HTML</b>.</p>' },
      ])
      assert.equal((await mail(both.headers, both.body)).text, 'As **HTML**.')
    })

  test('HTML becomes Markdown without scripts, styles, hidden text and pictures from elsewhere', async () => {
    const found = await html(
      `<html><head><style>p {}</style><title>T</title></head><body><script>go()</script>
       <div style="display:none">preview</div><h2>Title</h2><p>See <a href="https://example.com/a(b)">this</a>,
       <a href="javascript:go()">that</a></p><ul><li>one</li><li>two</li></ul>
       <img src="https://tracker.example/x.gif" alt="Logo"><img src="cid:pic@1" alt="My screen"></body></html>`,
    )
    assert.equal(
      found.text,
      [
        '## Title',
        'See [this](https://example.com/a%28b%29), that',
        '-   one\n-   two',
        'Logo![My screen](cid:pic@1)',
      ].join('\n\n'),
    )
  })

  test('a picture that plain text names by its Content-ID is marked, if it came along', async () => {
    const related = multipart('related', [
      { headers: 'Content-Type: text/plain', body: 'Look: [cid:image001.png@01D] [cid:gone@1]' },
      {
        headers:
          'Content-Type: image/png\r\nContent-ID: <image001.png@01D>\r\nContent-Transfer-Encoding: base64',
        body: 'iVBORw0KGgo=',
      },
    ])
    const found = await mail(related.headers, related.body)
    assert.equal(found.text, 'Look: ![](cid:image001.png@01D) [cid:gone@1]')
    assert.equal(found.files[0]?.contentId, 'image001.png@01D')
  })

  test('flowed lines are joined again', async () => {
    const found = await mail({ 'Content-Type': 'text/plain; format=flowed' }, 'one \r\ntwo\r\nthree\r\n')
    assert.equal(found.text, 'one two\nthree')
  })

  for (const [title, headers, body, text] of [
    ['an unknown character set', { 'Content-Type': 'text/plain; charset=x-nothing' }, 'plain', 'plain'],
    ['UTF-7', { 'Content-Type': 'text/plain; charset=utf-7' }, '+ADw-script+AD4-', '+ADw-script+AD4-'],
    ['NUL and other control characters', {}, 'a\u0000b\u0007c\td', 'abc\td'],
    [
      'Latin letters',
      { 'Content-Type': 'text/plain; charset=iso-8859-1', 'Content-Transfer-Encoding': 'quoted-printable' },
      'Gr=FC=DFe an alle',
      'Grüße an alle',
    ],
    [
      'a boundary that never comes',
      { 'Content-Type': 'multipart/mixed; boundary=never' },
      'still here',
      'still here',
    ],
  ] as const)
    test(`text with ${title} is read`, async () => {
      assert.equal((await mail(headers, body)).text, text)
    })

  test('half a character is no character', async () => {
    const found = await mail({ 'Content-Type': 'text/html' }, '<p>a&#xD800;b&#0;c</p>')
    assert.equal(found.text.isWellFormed(), true)
    assert.match(found.text, /^a.?b.?c$/u)
  })

  test('text beyond a million characters comes along whole as a file', async () => {
    const found = await mail({}, 'All work and no play. \r\n'.repeat(60_000))
    assert.ok(found.text.length <= 1_000_000)
    assert.deepEqual(
      found.files.map(({ name, bytes }) => [name, bytes.length > 1_200_000]),
      [['mail.txt', true]],
    )
  })
})

describe('what is new in it', () => {
  const answer = (body: string, subject = 'Re: Screen broken'): Promise<ReadMail> =>
    mail({ Subject: subject, 'Content-Type': 'text/plain; charset=utf-8' }, body)

  for (const language of ['en', 'de'] as const)
    test(`what stands below our own line is folded (${language})`, async () => {
      const found = await answer(
        `It works, thank you.\n\n${replyDelimiter[language]}\n\nTicket 12\nA long mail of ours`,
      )
      assert.equal(found.text, 'It works, thank you.')
      assert.deepEqual(found.folded, [
        { kind: 'quote', text: `${replyDelimiter[language]}\n\nTicket 12\nA long mail of ours` },
      ])
    })

  test('an answer below our quoted mail is what is new', async () => {
    const found = await answer(
      `On Mon, 5 Oct 2026 at 10:00, Desk <desk@example.com> wrote:\n> ${replyDelimiter.en}\n>\n> Is it plugged in?\n\nYes, it is.`,
    )
    assert.match(found.text, /Yes, it is\.$/)
  })

  for (const [title, kind, below] of [
    ['German', 'quote', 'Am 05.10.26 um 10:00 schrieb Desk <desk@example.com>:\n\n> Alt\n> Text'],
    [
      'wrapped German',
      'quote',
      'Am Mo., 5. Okt. 2026 um 10:00 Uhr schrieb Desk der Firma <\ndesk@example.com>:\n> Alt',
    ],
    ['French', 'quote', 'Le lun. 5 oct. 2026 à 10:00, Desk <desk@example.com> a écrit :\n> Vieux'],
    [
      'Outlook',
      'quote',
      'Von: Desk <desk@example.com>\nGesendet: Montag, 5. Oktober 2026 10:00\nAn: Ana\nBetreff: AW: x\n\nAlt',
    ],
    [
      'Outlook on the web',
      'quote',
      '________________________________\nFrom: Desk\nSent: Monday\nTo: Ana\nSubject: x\n\nOld',
    ],
    ['old Outlook', 'quote', '-----Ursprüngliche Nachricht-----\nVon: Desk\nAlt'],
    ['a telephone', 'signature', 'Von meinem iPhone gesendet'],
    [
      'an Android telephone',
      'signature',
      'Diese Nachricht wurde von meinem Android-Gerät mit GMX Mail gesendet.',
    ],
    ['a signature', 'signature', '-- \nAna Alves\nPorto'],
    ['a greeting', 'signature', 'Mit freundlichen Grüßen\n\nAna Alves'],
  ] as const)
    test(`what ${title} puts below the answer is folded`, async () => {
      const found = await answer(`Es geht wieder.\n\n${below}`)
      assert.equal(found.text, 'Es geht wieder.')
      assert.deepEqual(found.folded, [{ kind, text: below }])
    })

  test('signature and history are folded each for itself, in order', async () => {
    const found = await answer('Done.\n\n-- \nAna\n\nOn 5 Oct 2026, Desk <d@example.com> wrote:\n> Old')
    assert.deepEqual(
      found.folded.map(({ kind }) => kind),
      ['signature', 'quote'],
    )
  })

  test('a short quote with an answer below it stays, so that the answer is understood', async () => {
    const body = 'Some answers:\n\n> Is it on?\n\nYes.\n\n> Which one?\n\nThe left one.'
    assert.deepEqual(await answer(body).then(({ text, folded }) => ({ text, folded })), {
      text: body,
      folded: [],
    })
  })

  for (const subject of ['Fwd: Offer', 'WG: Angebot', 'Offer'])
    test(`a forwarded mail keeps what was forwarded ("${subject}")`, async () => {
      const body =
        'Please look.\n\n---------- Forwarded message ---------\nFrom: Shop <shop@example.com>\nDate: Mon\nSubject: Offer\nTo: Ana\n\nBuy!\n-- \nThe shop'
      assert.equal((await answer(body, subject)).text, body)
    })

  test('Outlook forwards under a heading only, and that stays too', async () => {
    const body =
      'Zur Info\n\nVon: Shop <shop@example.com>\nGesendet: Montag\nAn: Ana\nBetreff: Angebot\n\nKaufen!'
    assert.equal((await answer(body, 'WG: Angebot')).text, body)
  })

  test('where nothing new would be left everything stays', async () => {
    const body = '> Old text\n> that is all'
    assert.deepEqual(await answer(body).then(({ text, folded }) => ({ text, folded })), {
      text: body,
      folded: [],
    })
  })

  test('what programs mark as quoted in HTML is folded, and a forwarded one is not', async () => {
    const quoted = (first: string): string =>
      `<div>It works.</div><div class="gmail_quote"><div>${first}</div><blockquote>Old text</blockquote></div>`
    const answered = await mail({ 'Content-Type': 'text/html' }, quoted('On Mon, Desk wrote:'))
    assert.equal(answered.text, 'It works.')
    assert.equal(answered.folded[0]?.kind, 'quote')
    assert.match(answered.folded[0]?.text ?? '', /Old text/)
    const forwarded = await mail(
      { 'Content-Type': 'text/html' },
      quoted('---------- Forwarded message ---------'),
    )
    assert.match(forwarded.text, /It works\.[\s\S]*Old text/)
  })

  test('what Outlook puts below its line in HTML is folded', async () => {
    const found = await mail(
      { 'Content-Type': 'text/html' },
      '<p>Works.</p><div id="Signature"><p>Ana, Porto</p></div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Desk<br><b>Sent:</b> Monday</div><div>Old text</div>',
    )
    assert.equal(found.text, 'Works.')
    assert.deepEqual(
      found.folded.map(({ kind }) => kind),
      ['signature', 'quote'],
    )
  })
})

describe('whether a person wrote it', () => {
  for (const [says, headers] of [
    ['auto-reply', { 'Auto-Submitted': 'auto-replied' }],
    ['auto-reply', { 'Auto-Submitted': 'auto-generated (failure)' }],
    ['auto-reply', { 'X-Auto-Response-Suppress': 'DR, OOF, AutoReply' }],
    ['auto-reply', { 'X-Autoreply': 'yes' }],
    ['auto-reply', { Precedence: 'auto_reply' }],
    ['auto-reply', { Subject: 'Automatische Antwort: Urlaub', 'In-Reply-To': '<x@y>' }],
    ['auto-reply', { From: 'no-reply@example.com' }],
    ['list', { Precedence: 'bulk' }],
    ['list', { 'List-Id': '<all.example.com>' }],
    ['list', { 'List-Unsubscribe': '<mailto:x@example.com>' }],
    ['null-sender', { 'Return-Path': '<>' }],
    ['loop', { [deskHeader]: '1' }],
    ['loop', { 'X-OTRS-Loop': 'True' }],
    ['loop', { 'X-JIRA-FingerPrint': 'abc', 'Auto-Submitted': 'auto-generated' }],
    ['report', { 'Content-Type': 'multipart/report; report-type=disposition-notification; boundary=x' }],
    [null, { 'Auto-Submitted': 'no' }],
    [null, { 'X-Auto-Response-Suppress': 'DR, RN' }],
    [null, { Subject: 'Out of office printer is broken' }],
    [null, { 'Return-Path': '<ana@example.com>' }],
  ] as const)
    test(`${JSON.stringify(headers)} says ${says ?? 'nothing'}`, async () => {
      const found = await mail(headers)
      assert.equal(found.automatic, says)
      assert.equal(mayBeAnswered(found), says === null)
    })
})

describe('a mail that came back', () => {
  const report = (action: string): ReturnType<typeof multipart> =>
    multipart('report; report-type=delivery-status', [
      { headers: 'Content-Type: text/plain', body: 'I am sorry.' },
      {
        headers: 'Content-Type: message/delivery-status',
        body: `Reporting-MTA: dns; mx.example.com\r\n\r\nFinal-Recipient: rfc822; ana@example.com\r\nAction: ${action}\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 ${'No such user. '.repeat(60)}\r\n`,
      },
      {
        headers: 'Content-Type: text/rfc822-headers',
        body: 'From: desk@example.com\r\nMessage-ID:\r\n <ours.token@desk.example>\r\nReferences: <first@desk.example>\r\n',
      },
    ])

  test('says which address failed, in the words of the mail server, and which mail of ours it was', async () => {
    const { headers, body } = report('failed')
    const found = await mail({ ...headers, 'Return-Path': '<>', From: 'MAILER-DAEMON@mx.example.com' }, body)
    assert.equal(found.bounce?.final, true)
    const [failed] = found.bounce?.failed ?? []
    assert.equal(failed?.address, 'ana@example.com')
    assert.equal(failed?.status, '5.1.1')
    assert.match(failed?.detail ?? '', /^550 5\.1\.1 No such user/)
    assert.ok((failed?.detail.length ?? 0) <= 500)
    assert.deepEqual(found.refersTo, ['ours.token@desk.example', 'first@desk.example'])
    assert.equal(mayBeAnswered(found), false)
  })

  test('is only late where the mail server says so', async () => {
    const { headers, body } = report('delayed')
    assert.equal((await mail(headers, body)).bounce?.final, false)
  })

  test('is no failure where it was delivered', async () => {
    const { headers, body } = report('delivered')
    const found = await mail(
      {
        ...headers,
        'Return-Path': '<>',
        From: 'MAILER-DAEMON@mx.example.com',
        Subject: 'Delivery Status Notification (Success)',
      },
      body,
    )
    assert.equal(found.bounce, null)
    assert.equal(mayBeAnswered(found), false)
  })

  test('in prose only is understood too', async () => {
    const found = await mail(
      { From: 'MAILER-DAEMON@mx.example.com', 'Return-Path': '<>', Subject: 'failure notice' },
      'Hi. I was unable to deliver your message.\n\n<ana@example.com>:\n550 5.7.1 no thanks\n\n--- Below this line is a copy of the message.\n\nMessage-ID: <ours@desk.example>\nTo: other@example.com\n',
    )
    assert.deepEqual(found.bounce, {
      failed: [
        { address: 'ana@example.com', status: '5.7.1', detail: '<ana@example.com>: 550 5.7.1 no thanks' },
      ],
      final: true,
    })
    assert.deepEqual(found.refersTo, ['ours@desk.example'])
  })

  test('a person who writes about a failed delivery is a person', async () => {
    const found = await mail(
      { Subject: 'Mail delivery failed' },
      'I got: 550 user unknown <x@example.com>. Help!',
    )
    assert.equal(mayBeAnswered(found), true)
  })
})

describe('its files', () => {
  const attached = (headers: string, body = 'SGVsbG8='): ReturnType<typeof multipart> =>
    multipart('mixed', [
      { headers: 'Content-Type: text/plain', body: 'See file.' },
      { headers: `${headers}\r\nContent-Transfer-Encoding: base64`, body },
    ])

  for (const [title, headers, file] of [
    [
      'is named and typed',
      'Content-Type: application/pdf; name="Offer.pdf"\r\nContent-Disposition: attachment',
      'Offer.pdf application/pdf Hello',
    ],
    [
      'with a path has only a name',
      'Content-Disposition: attachment; filename="../../etc/passwd"',
      'passwd text/plain Hello',
    ],
    [
      'with a Windows path has only a name',
      'Content-Type: a/b\r\nContent-Disposition: attachment; filename="C:\\\\x\\\\evil.exe"',
      'evil.exe a/b Hello',
    ],
    [
      'turned around is named plainly',
      `Content-Disposition: attachment; filename*=utf-8''a%E2%80%AEgpj.exe%00%0A`,
      'agpj.exe text/plain Hello',
    ],
    [
      'without a name gets one',
      'Content-Type: image/png\r\nContent-ID: <p@1>',
      'picture-1.png image/png Hello',
    ],
    [
      'of dots only gets a name',
      'Content-Disposition: attachment; filename=".."',
      'file-1.txt text/plain Hello',
    ],
    [
      'of no plausible type is just bytes',
      'Content-Type: <script>/x\r\nContent-Disposition: attachment; filename=a',
      'a application/octet-stream Hello',
    ],
  ] as const)
    test(`a file ${title}`, async () => {
      const parts = attached(headers)
      assert.deepEqual((await mail(parts.headers, parts.body)).files.map(named), [file])
    })

  test('a mail in a mail is one file, and its text is not the text', async () => {
    const parts = multipart('mixed', [
      { headers: 'Content-Type: text/plain', body: 'See mail.' },
      {
        headers: 'Content-Type: message/rfc822',
        body: 'From: x@example.com\r\nSubject: Inner\r\n\r\nInner text',
      },
    ])
    const found = await mail(parts.headers, parts.body)
    assert.equal(found.text, 'See mail.')
    assert.deepEqual(
      found.files.map(({ name, type }) => [name, type]),
      [['file-1.eml', 'message/rfc822']],
    )
  })

  test('an invitation and a signature are files', async () => {
    const parts = multipart('mixed', [
      { headers: 'Content-Type: text/plain', body: 'Come.' },
      { headers: 'Content-Type: text/calendar; method=REQUEST', body: 'BEGIN:VCALENDAR' },
      { headers: 'Content-Type: application/pkcs7-signature', body: 'abc' },
    ])
    assert.deepEqual(
      (await mail(parts.headers, parts.body)).files.map(({ name }) => name),
      ['file-1.ics', 'file-2.p7s'],
    )
  })

  test('at most 50 files are taken', async () => {
    const part = { headers: 'Content-Disposition: attachment; filename=a', body: 'x' }
    const parts = multipart(
      'mixed',
      Array.from({ length: 60 }, () => part),
    )
    assert.equal((await mail(parts.headers, parts.body)).files.length, 50)
  })

  test('large files arrive byte by byte, also within a mail in the mail', async () => {
    const bytes = Buffer.alloc(1_000_001)
    for (let at = 0; at < bytes.length; at++) bytes[at] = (at * 31 + (at >> 8)) & 255
    const base64 = bytes.toString('base64').replace(/(.{76})/g, '$1\r\n')
    const inner = `From: x@example.com\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64.trimEnd()}\r\n. the end`
    const parts = multipart('mixed', [
      { headers: 'Content-Type: text/plain', body: 'See files.' },
      {
        headers: 'Content-Disposition: attachment; filename=a\r\nContent-Transfer-Encoding: base64',
        body: base64,
      },
      { headers: 'Content-Type: message/rfc822', body: inner },
      {
        headers: 'Content-Disposition: attachment; filename=b\r\nContent-Transfer-Encoding: base64',
        body: base64,
      },
    ])
    const { files } = await mail(parts.headers, parts.body)
    // The parser writes the line breaks of text in its own way.
    const sameLines = (got: Uint8Array, text: string): boolean =>
      Buffer.from(got).toString('latin1').replaceAll('\r', '').trim() === text.replaceAll('\r', '').trim()
    assert.deepEqual(
      files.map(({ name, bytes: got }) => [
        name,
        name.endsWith('.eml') ? sameLines(got, inner) : Buffer.from(got).equals(bytes),
      ]),
      [
        ['a', true],
        ['file-2.eml', true],
        ['b', true],
      ],
    )
  })

  test('large base64 that somebody pasted into the text is text', async () => {
    const base64 = Buffer.alloc(300_000, 'abc')
      .toString('base64')
      .replace(/(.{76})/g, '$1\n')
    const found = await mail({}, `Look:\n${base64}`)
    assert.equal(found.text.replace(/\s/g, ''), `Look:${base64.replace(/\s/g, '')}`)
  })
})

describe('the same mail', () => {
  test('delivered by two ways has one fingerprint', async () => {
    const one = await mail({ 'Delivered-To': 'a@example.com', Received: 'from x' })
    const other = await mail({ 'Delivered-To': 'b@example.com', Received: 'from y', 'X-Spam': 'no' })
    assert.equal(fingerprintOf(one), fingerprintOf(other))
    assert.match(fingerprintOf(one), /^[0-9a-f]{64}$/)
  })

  for (const [title, headers, body] of [
    ['text', {}, 'Something else.'],
    ['writer', { From: 'mallory@example.net' }, undefined],
    ['subject', { Subject: 'Other' }, undefined],
    ['date', { Date: 'Tue, 06 Oct 2026 10:00:00 +0200' }, undefined],
  ] as const)
    test(`a stranger's mail under the same Message-ID with another ${title} is another mail`, async () => {
      assert.notEqual(fingerprintOf(await mail(headers, body)), fingerprintOf(await mail({})))
    })
})

describe('the original HTML', () => {
  test('comes with its pictures in it', async () => {
    const related = multipart('related', [
      { headers: 'Content-Type: text/html', body: '<p>Hi <img src="cid:p@1"><img src="cid:gone"></p>' },
      {
        headers: 'Content-Type: image/png\r\nContent-ID: <p@1>\r\nContent-Transfer-Encoding: base64',
        body: 'SGVsbG8=',
      },
    ])
    assert.equal(
      (await parser.html(rawMail(related.headers, related.body)))?.trim(),
      '<p>Hi <img src="data:image/png;base64,SGVsbG8="><img src="cid:gone"></p>',
    )
  })

  test('is none where the mail has none', async () => {
    assert.equal(await parser.html(rawMail({})), null)
  })

  test('holds no picture that could be a program', async () => {
    const related = multipart('related', [
      { headers: 'Content-Type: text/html', body: '<img src="cid:p@1">' },
      { headers: 'Content-Type: image/svg+xml\r\nContent-ID: <p@1>', body: '<svg onload="go()"/>' },
    ])
    assert.equal((await parser.html(rawMail(related.headers, related.body)))?.trim(), '<img src="cid:p@1">')
  })
})
