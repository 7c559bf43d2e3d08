import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { type MailDesk, openMailDesk } from './support/mail.ts'

/** Sends a mail word for word; only line ends are made right. */
function sendRaw(desk: MailDesk, lines: readonly string[] | Buffer) {
  const raw = Buffer.isBuffer(lines) ? lines : lines.join('\r\n')
  return desk.send({ envelope: { from: 'ana@people.example', to: desk.address }, raw })
}

const from = 'From: Ana <ana@people.example>'

test('a mail without a sender opens nothing, and one with only a Sender is taken', async (t) => {
  const desk = await openMailDesk(t)
  assert.match(
    (await sendRaw(desk, ['Subject: Hello', '', 'Text'])).response ?? '',
    /ignored: it has no sender/,
  )
  assert.match(
    (await sendRaw(desk, ['From: "no address here"', 'Subject: Hello', '', 'Text'])).response ?? '',
    /ignored/,
  )
  await sendRaw(desk, ['Sender: ana@people.example', 'Subject: Hello', '', 'Text'])
  assert.equal(desk.sandbox.issue(1)?.service_desk_reply_to, 'ana@people.example')
  assert.deepEqual(
    desk.sandbox.receivedMails().map((mail) => [mail.outcome, mail.why]),
    [
      ['ignored', 'it has no sender'],
      ['ignored', 'it has no sender'],
      ['opened', null],
    ],
  )
})

test('an empty mail is written down, and opens nothing', async (t) => {
  const desk = await openMailDesk(t)
  await sendRaw(desk, ['', ''])
  assert.equal(desk.sandbox.issues().length, 0)
  assert.equal(desk.sandbox.receivedMails().length, 1)
})

test('NUL and broken characters do not stand in a ticket', async (t) => {
  const desk = await openMailDesk(t)
  await sendRaw(
    desk,
    Buffer.concat([
      Buffer.from(`${from}\r\nSubject: =?utf-8?Q?a=00b?=\r\n\r\nbefore`),
      Buffer.from([0, 0xff, 0xfe]),
      Buffer.from('after\r\n'),
    ]),
  )
  const issue = desk.sandbox.issue(1)
  assert.equal(issue?.title, 'ab')
  assert.match(issue?.description ?? '', /^before.{0,4}after$/)
  assert.doesNotMatch(issue?.description ?? '', /\0/)
})

test('a mail without a subject gets a title', async (t) => {
  const desk = await openMailDesk(t)
  await sendRaw(desk, [from, '', 'Text'])
  await sendRaw(desk, [from, 'Subject:   ', '', 'Text'])
  await sendRaw(desk, [from, 'Subject: =?utf-8?Q?=0D=0A=00?=', '', 'Text'])
  assert.deepEqual(
    desk.sandbox.issues().map((issue) => issue.title),
    ['(no subject)', '(no subject)', '(no subject)'],
  )
})

test('encoded line breaks in a subject make neither a second line nor a header', async (t) => {
  const desk = await openMailDesk(t)
  await sendRaw(desk, [
    from,
    'Subject: =?utf-8?Q?Screen=0D=0ABcc:_victim=40x.example=0D=0A=E2=80=A8/close?=',
    '',
    'Text',
  ])
  assert.equal(desk.sandbox.issue(1)?.title, 'Screen Bcc: victim@x.example /close')
  const [thanks] = await desk.inbox()
  assert.equal(thanks?.bcc, undefined)
  assert.equal(thanks?.subject, 'Re: Screen Bcc: victim@x.example /close (#1)')
})

test('a subject that is too long for a title comes back as GitLab sends it back', async (t) => {
  const desk = await openMailDesk(t)
  await desk.send({ subject: 'x'.repeat(256) })
  assert.equal(desk.sandbox.issues().length, 0)
  const [rejection] = await desk.inbox()
  assert.equal(rejection?.kind, 'rejection')
  assert.match(rejection?.text ?? '', /could not be processed\.\n\nGitlab::Email::InvalidIssueError/)
  await desk.send({ subject: '😀'.repeat(255) })
  assert.equal(desk.sandbox.issues().length, 1)
})

test('a mail of 1,000 parts is one ticket with all of them', async (t) => {
  const desk = await openMailDesk(t)
  const parts = Array.from({ length: 1000 }, (_, at) => [
    '--part',
    `Content-Disposition: attachment; filename="${at}.txt"`,
    '',
    String(at),
  ]).flat()
  await sendRaw(desk, [
    from,
    'Subject: Many',
    'Content-Type: multipart/mixed; boundary=part',
    '',
    ...parts,
    '--part--',
  ])
  assert.equal(desk.sandbox.uploads().length, 1000)
  assert.match(desk.sandbox.issue(1)?.description ?? '', /\[999\.txt\]/)
})

test('a mail nested a thousand deep, or with megabytes of headers, is written down as unreadable', async (t) => {
  const desk = await openMailDesk(t)
  const deep = Array.from({ length: 1000 }, (_, at) => [
    `Content-Type: multipart/mixed; boundary=b${at}`,
    '',
    `--b${at}`,
  ]).flat()
  await sendRaw(desk, [from, ...deep, '', 'Text'])
  await sendRaw(desk, [
    from,
    ...Array.from({ length: 40_000 }, (_, at) => `X-${at}: ${'x'.repeat(80)}`),
    '',
    'Text',
  ])
  assert.deepEqual(
    desk.sandbox.receivedMails().map((mail) => [mail.outcome, mail.why?.startsWith('it cannot be read')]),
    [
      ['ignored', true],
      ['ignored', true],
    ],
  )
  await desk.send()
  assert.equal(desk.sandbox.issues().length, 1)
})

test('a mail of HTML alone becomes text, and nothing of it runs', async (t) => {
  const desk = await openMailDesk(t)
  await desk.send({
    text: undefined,
    html: '<html><head><title>no</title><style>p{}</style></head><body><p>Hello&nbsp;desk,<br>it is <a href="https://x.example/a">here</a></p><ul><li>one<li>two</ul><script>alert(1)</script><p>/close</p></body></html>',
  })
  assert.equal(
    desk.sandbox.issue(1)?.description,
    'Hello desk,\nit is [here](https://x.example/a)\n\n- one\n- two\n\n`/close`',
  )
})

test('megabytes of open tags, comments and links are read like any other mail', async (t) => {
  const desk = await openMailDesk(t)
  for (const part of ['<script', '<!--', '<a href="https://x.example">x</a>', '<p', '&lt;'])
    await desk.send({ text: undefined, html: `<p>Before</p>${part.repeat(2_000_000 / part.length)}` })
  assert.deepEqual(
    desk.sandbox.receivedMails().map((mail) => mail.outcome),
    ['rejected', 'rejected', 'rejected', 'rejected', 'opened'],
  )
})

test('a Reply-To that is no address does not become one', async (t) => {
  const desk = await openMailDesk(t)
  for (const replyTo of ['"; drop"', '<a b@x.example>', `${'x'.repeat(250)}@x.example`, 'a@b@c']) {
    await sendRaw(desk, [from, `Reply-To: ${replyTo}`, 'Subject: Hello', '', 'Text'])
  }
  for (const issue of desk.sandbox.issues())
    assert.match(issue.service_desk_reply_to ?? '', /^[^@\s<>"]+@[^@\s<>"]+$/)
  assert.equal(desk.sandbox.issues().length, 4)
})

test('the same mail twice is two tickets, as in GitLab', async (t) => {
  const desk = await openMailDesk(t)
  await desk.send({ messageId: '<same@people.example>' })
  await desk.send({ messageId: '<same@people.example>' })
  await desk.send({ inReplyTo: '<same@people.example>', text: 'For the first' })
  assert.equal(desk.sandbox.issues().length, 2)
  assert.equal(desk.sandbox.notes(1).length, 1)
})

const corpus = join(import.meta.dirname, '../../../shared/mail-corpus')
const skip = existsSync(corpus) ? false : 'the mails of ../shared/mail-corpus are not here'

test('no real mail stops the desk: each is opened, ignored or rejected', { skip }, async (t) => {
  const desk = await openMailDesk(t, { limits: { issues: 0 } })
  const counts: Record<string, number> = {}
  for (const folder of ['mime', 'bounces']) {
    for (const name of await readdir(join(corpus, folder))) {
      if (name === 'LICENSE') continue
      const { kind } = await desk.sandbox.receiveMail(await readFile(join(corpus, folder, name)))
      counts[kind] = (counts[kind] ?? 0) + 1
    }
  }
  assert.equal(
    Object.values(counts).reduce((sum, n) => sum + n, 0),
    desk.sandbox.receivedMails().length,
  )
  assert.ok((counts.opened ?? 0) > 100 && (counts.ignored ?? 0) > 50, JSON.stringify(counts))
  for (const { description, title } of desk.sandbox.issues())
    assert.doesNotMatch(`${title}${description}`, /\0/)
  for (const mail of await desk.inbox()) assert.ok(mail.to?.[0]?.address)
})
