import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { startSandbox } from '../src/start.ts'
import { open } from './support/desk.ts'
import { type MailDesk, openMailDesk } from './support/mail.ts'

const notes = '/projects/1/issues/1/notes'

test('a mail to the help desk opens a confidential ticket by support-bot, labelled by nobody', async (t) => {
  const desk = await openMailDesk(t)
  const { response } = await desk.send({
    subject: '[Hardware] Buying a new screen',
    text: 'A wide one.\n\nAna',
  })
  assert.match(response ?? '', /^250 .*opened #1/)
  const { body: issue } = await desk.bot('GET', '/projects/1/issues/1')
  assert.deepEqual(
    [issue.title, issue.description, issue.confidential, issue.labels, issue.issue_type],
    ['[Hardware] Buying a new screen', 'A wide one.\n\nAna', true, [], 'issue'],
  )
  assert.equal(issue.service_desk_reply_to, 'ana@people.example')
  assert.equal((issue.author as { username: string }).username, 'support-bot')
  assert.deepEqual(desk.sandbox.emails(1), ['ana@people.example'])
})

test('Reply-To comes before From', async (t) => {
  const desk = await openMailDesk(t)
  await desk.send({ replyTo: 'Office <office@school.example>' })
  assert.equal(desk.sandbox.issue(1)?.service_desk_reply_to, 'office@school.example')
})

test('whoever wrote is thanked, in text and HTML, and no program need answer that', async (t) => {
  const desk = await openMailDesk(t)
  await desk.send()
  const [thanks, ...more] = await desk.inbox()
  assert.ok(thanks)
  assert.equal(more.length, 0)
  assert.deepEqual([thanks.kind, thanks.to?.[0]?.address], ['thank you', 'ana@people.example'])
  assert.equal(thanks.subject, 'Re: Screen is black (#1)')
  assert.match(
    thanks.text ?? '',
    /^Thank you for your support request! We are tracking your request as ticket #1,/,
  )
  assert.match(thanks.html ?? '', /ticket #1/)
  assert.equal(thanks.messageId, `<issue_${desk.sandbox.issue(1)?.id}@gitlab.example>`)
  assert.equal(thanks.replyTo?.[0]?.address, `incoming+${thanks.key}@gitlab.example`)
  const header = (name: string) => thanks.headers.find((one) => one.key === name)?.value
  assert.deepEqual(
    [header('auto-submitted'), header('x-auto-response-suppress'), header('x-gitlab-issue-iid')],
    ['auto-generated', 'All', '1'],
  )
})

test('every public note of a user is mailed with its raw text, hidden comments included', async (t) => {
  const desk = await openMailDesk(t)
  await desk.send()
  await desk.say(1, '**Bruno:** which room?\n\n<!-- belay:v1:abc -->')
  const mail = (await desk.inbox())[1]
  assert.ok(mail)
  assert.equal(mail.kind, 'new note')
  assert.equal(mail.text?.includes('**Bruno:** which room?\n\n<!-- belay:v1:abc -->'), true, mail.text)
  assert.match(mail.html ?? '', /<strong>Bruno:<\/strong> which room\?/)
  assert.doesNotMatch(mail.html ?? '', /belay:v1/)
  assert.deepEqual(
    [mail.from?.name, mail.from?.address, mail.subject],
    ['Bruno Berg (@bruno)', 'gitlab@gitlab.example', 'Re: Screen is black (#1)'],
  )
})

test('the mails of a ticket are one thread', async (t) => {
  const desk = await openMailDesk(t)
  await desk.send()
  await desk.say(1, 'First')
  await desk.say(1, 'Second')
  const [thanks, first, second] = await desk.inbox()
  assert.equal(first?.inReplyTo, thanks?.messageId)
  assert.equal(second?.inReplyTo, thanks?.messageId)
  assert.notEqual(first?.messageId, second?.messageId)
  assert.equal(second?.references, `<reply-${second?.key}@gitlab.example> ${thanks?.messageId}`)
})

test('internal notes, edits, system notes, closing and reopening are mailed to nobody', async (t) => {
  const desk = await openMailDesk(t)
  await desk.send()
  const public_ = await desk.say(1, 'Hello')
  const before = (await desk.inbox()).length
  await desk.say(1, 'Among us', true)
  await desk.bruno('PUT', `${notes}/${public_}`, { body: 'Hello again' })
  await desk.bruno('PUT', '/projects/1/issues/1', { title: 'Another', assignee_ids: [4], labels: 'hardware' })
  await desk.bruno('PUT', '/projects/1/issues/1', { state_event: 'close' })
  await desk.bruno('PUT', '/projects/1/issues/1', { state_event: 'reopen' })
  await desk.say(1, '/due 2026-05-01')
  assert.equal((await desk.inbox()).length, before)
})

test('an answer becomes a public note by support-bot, whether it follows the address, the thread or the first mail', async (t) => {
  const desk = await openMailDesk(t)
  await desk.send({ messageId: '<first@people.example>' })
  await desk.say(1, 'Which room?')
  const mail = (await desk.inbox())[1]
  await desk.send({ to: mail?.replyTo?.[0]?.address ?? '', text: 'Room 7' })
  await desk.send({ references: `<x@y.example> <reply-${mail?.key}@gitlab.example>`, text: 'Near the door' })
  await desk.send({ inReplyTo: mail?.messageId ?? '', text: 'The left one' })
  await desk.send({ references: ['<first@people.example>'], text: 'Forgot: it is urgent' })
  assert.equal(desk.sandbox.issues().length, 1)
  assert.deepEqual(
    desk.sandbox.notes(1).map((note) => [note.author, note.body, note.internal, note.external_author]),
    [
      ['bruno', 'Which room?', 0, null],
      ['support-bot', 'Room 7', 0, 'ana@people.example'],
      ['support-bot', 'Near the door', 0, 'ana@people.example'],
      ['support-bot', 'The left one', 0, 'ana@people.example'],
      ['support-bot', 'Forgot: it is urgent', 0, 'ana@people.example'],
    ],
  )
  // Nobody is mailed what they wrote themselves.
  assert.equal((await desk.inbox()).length, 2)
})

test('a Message-ID nobody has seen opens a ticket of its own', async (t) => {
  const desk = await openMailDesk(t)
  await desk.send()
  await desk.send({ inReplyTo: '<unknown@people.example>', subject: 'Re: Something' })
  assert.deepEqual(
    desk.sandbox.issues().map((issue) => issue.title),
    ['Screen is black', 'Re: Something'],
  )
})

test('an answer of one participant goes to the others, and whoever answers by Message-ID joins them', async (t) => {
  const desk = await openMailDesk(t)
  await desk.send({ messageId: '<first@people.example>' })
  await desk.say(1, '/add_email office@school.example')
  await desk.send({ from: 'boss@school.example', inReplyTo: '<first@people.example>', text: 'Approved' })
  assert.deepEqual(desk.sandbox.emails(1), [
    'ana@people.example',
    'boss@school.example',
    'office@school.example',
  ])
  const mails = (await desk.inbox()).filter((mail) => mail.kind === 'new note')
  assert.deepEqual(
    mails.map((mail) => mail.recipient),
    ['ana@people.example', 'office@school.example'],
  )
})

test('the old mail below an answer is folded away', async (t) => {
  const desk = await openMailDesk(t)
  await desk.send()
  await desk.say(1, 'Which room?')
  const to = (await desk.inbox())[1]?.replyTo?.[0]?.address ?? ''
  await desk.send({
    to,
    text: 'Room 7\r\n\r\nAm Montag, 2. März 2026 schrieb Bruno Berg (@bruno)\r\n<gitlab@gitlab.example>:\r\n\r\n> Which room?\r\n> /close',
  })
  const body = desk.sandbox.notes(1).at(-1)?.body ?? ''
  assert.match(body, /^Room 7\n\n<details><summary>\.\.\.<\/summary>\n\nAm Montag/)
  await desk.send({ to, text: '> only\n> the old mail' })
  assert.equal(desk.sandbox.notes(1).filter((note) => !note.system).length, 2)
  const rejection = (await desk.inbox()).at(-1)
  assert.deepEqual([rejection?.kind, rejection?.subject], ['rejection', '[Rejected] Screen is black'])
  assert.match(rejection?.text ?? '', /It appears that the email is blank/)
})

test('commands in mails are put into code and do nothing; those of the project’s template run', async (t) => {
  const desk = await openMailDesk(t)
  await desk.bot('POST', '/projects/1/labels', { name: 'level::1', color: '#36a64f' })
  desk.sandbox.setServiceDesk({ ticketTemplate: '/label ~"level::1"' })
  await desk.send({
    messageId: '<first@people.example>',
    text: 'Hello\n/close\n/add_email evil@x.example\n/etc/hosts is odd\n',
  })
  const issue = desk.sandbox.issue(1)
  assert.equal(issue?.description, 'Hello\n`/close`\n`/add_email evil@x.example`\n/etc/hosts is odd')
  assert.deepEqual([issue?.state, issue?.labels], ['opened', ['level::1']])
  await desk.send({ inReplyTo: '<first@people.example>', text: '/close' })
  assert.deepEqual([desk.sandbox.notes(1).at(-1)?.body, desk.sandbox.issue(1)?.state], ['`/close`', 'opened'])
  assert.deepEqual(desk.sandbox.emails(1), ['ana@people.example'])
})

test('attachments become uploads with links, images are shown', async (t) => {
  const desk = await openMailDesk(t)
  await desk.send({
    attachments: [
      { filename: 'photo of it.png', content: Buffer.from('png') },
      { filename: '../../etc/passwd', content: 'root' },
    ],
  })
  const uploads = desk.sandbox.uploads()
  assert.deepEqual(
    uploads.map(({ filename, size }) => [filename, size]),
    [
      ['photo_of_it.png', 3],
      ['passwd', 4],
    ],
  )
  assert.equal(
    desk.sandbox.issue(1)?.description,
    `Since this morning.\n\n![photo_of_it](/uploads/${uploads[0]?.secret}/photo_of_it.png)\n\n[passwd](/uploads/${uploads[1]?.secret}/passwd)`,
  )
})

test('uploads of a note go along as attachments up to 10 MB, beyond that as links', async (t) => {
  const desk = await openMailDesk(t)
  await desk.send()
  const upload = async (size: number) => {
    const form = new FormData()
    form.append('file', new Blob(['x'.repeat(size)]), 'plan.txt')
    const answer = await fetch(`${desk.sandbox.url}/api/v4/projects/1/uploads`, {
      method: 'POST',
      headers: { 'PRIVATE-TOKEN': desk.sandbox.token },
      body: form,
    })
    return ((await answer.json()) as { markdown: string }).markdown
  }
  await desk.say(1, `See ${await upload(5)}`)
  await desk.say(1, `See ${await upload(10 * 1024 * 1024 + 1)}`)
  const [, small, large] = await desk.inbox()
  assert.deepEqual(
    small?.attachments.map((file) => file.filename),
    ['plan.txt'],
  )
  assert.match(small?.html ?? '', /See plan\.txt/)
  assert.deepEqual(large?.attachments, [])
  assert.match(large?.html ?? '', new RegExp(`href="${desk.sandbox.url}/-/project/1/uploads/`))
})

test('what a machine sent is ignored: nothing opens, nobody is answered', async (t) => {
  const desk = await openMailDesk(t)
  for (const headers of [
    { 'Auto-Submitted': 'auto-replied' },
    { 'Auto-Submitted': 'auto-generated (vacation)' },
    { 'X-Autoreply': 'yes' },
  ]) {
    assert.match((await desk.send({ headers })).response ?? '', /ignored/)
  }
  assert.equal(desk.sandbox.issues().length, 0)
  assert.equal((await desk.inbox()).length, 0)
  await desk.send({ headers: { 'Auto-Submitted': 'no' } })
  assert.equal(desk.sandbox.issues().length, 1)
  // GitLab's own mails come back as replies of machines, and end here.
  await desk.inbox()
  const own = desk.sandbox.sentMails()[0]?.raw
  assert.ok(own)
  assert.equal((await desk.sandbox.receiveMail(own)).kind, 'ignored')
})

test('mail for anybody else is refused at the door', async (t) => {
  const desk = await openMailDesk(t)
  for (const to of [
    'root@gitlab.example',
    'incoming+demo-archive-1-issue-@gitlab.example',
    'incoming+demo-helpdesk-9-issue-@gitlab.example',
    `incoming+${'0'.repeat(32)}@gitlab.example`,
    desk.address.replace('gitlab.example', 'elsewhere.example'),
  ]) {
    await assert.rejects(desk.send({ to }), { responseCode: 550 }, to)
  }
  await desk.send({ to: desk.address.toUpperCase() })
  assert.equal(desk.sandbox.issues().length, 1)
})

test('a mail of more than 25 MB is refused and not kept', async (t) => {
  const desk = await openMailDesk(t)
  const content = Buffer.alloc(19 * 1024 * 1024)
  await assert.rejects(desk.send({ attachments: [{ filename: 'film.mov', content }] }), { responseCode: 552 })
  assert.equal(desk.sandbox.receivedMails().length, 0)
})

/** Speaks SMTP line by line, without the care of a mail program. */
async function speakSmtp(t: TestContext, desk: MailDesk) {
  const socket = connect(desk.sandbox.smtp?.port ?? 0, '127.0.0.1').setEncoding('utf8')
  socket.on('error', () => {})
  t.after(() => socket.destroy())
  const replies = createInterface({ input: socket })[Symbol.asyncIterator]()
  await replies.next()
  return {
    socket,
    async ask(line: string): Promise<string> {
      socket.write(`${line}\r\n`)
      for (;;) {
        const { value } = await replies.next()
        if (value === undefined || /^\d{3} /.test(value)) return value ?? ''
      }
    },
  }
}

test('a mail that does not say its size is refused when it turns out too large', async (t) => {
  const desk = await openMailDesk(t)
  const { ask } = await speakSmtp(t, desk)
  for (const line of [
    'EHLO people.example',
    'MAIL FROM:<ana@people.example>',
    `RCPT TO:<${desk.address}>`,
    'DATA',
  ])
    assert.match(await ask(line), /^[23]/)
  const text = `${'x'.repeat(998)}\r\n`.repeat(26_500)
  assert.match(await ask(`From: ana@people.example\r\n\r\n${text}.`), /^552 the mail is larger than 25 MB/)
  assert.match(await ask('NOOP'), /^250/)
  assert.equal(desk.sandbox.receivedMails().length, 0)
})

test('a mail that breaks off halfway is no mail, and holds up nobody who stops the sandbox', async (t) => {
  const desk = await openMailDesk(t)
  const { ask, socket } = await speakSmtp(t, desk)
  for (const line of [
    'EHLO people.example',
    'MAIL FROM:<ana@people.example>',
    `RCPT TO:<${desk.address}>`,
    'DATA',
  ])
    await ask(line)
  socket.end('From: ana@people.example\r\nSubject: Half\r\n\r\nThis is')
  await once(socket, 'close')
  await desk.send({ subject: 'Whole' })
  assert.deepEqual(
    desk.sandbox.receivedMails().map((mail) => mail.subject),
    ['Whole'],
  )
  await desk.sandbox.stop()
})

test('with Service Desk switched off no mail is taken or sent, and nothing can be converted', async (t) => {
  const desk = await openMailDesk(t, { serviceDesk: false })
  const project = async () => (await desk.bot('GET', '/projects/1')).body
  assert.deepEqual(
    [(await project()).service_desk_enabled, (await project()).service_desk_address],
    [false, null],
  )
  await assert.rejects(desk.send(), { responseCode: 550 })
  await desk.bot('POST', '/projects/1/issues', { title: 'Screen', confidential: true })
  const refused = await desk.bot('POST', notes, { body: '/convert_to_ticket ana@people.example' })
  assert.deepEqual(
    [refused.status, refused.body.message],
    [400, '400 Bad request - Cannot convert to ticket because Service Desk is disabled.'],
  )
  assert.equal((await desk.carla('PUT', '/projects/1', { service_desk_enabled: true })).status, 403)
  assert.equal((await desk.davi('PUT', '/projects/1', { service_desk_enabled: true })).status, 200)
  assert.deepEqual(
    [(await project()).service_desk_enabled, (await project()).service_desk_address],
    [true, desk.address],
  )
  await desk.send()
  assert.equal(desk.sandbox.issues().length, 2)
  assert.equal((await desk.inbox()).length, 1)
  desk.sandbox.setServiceDesk({ enabled: false })
  await desk.bruno('POST', '/projects/1/issues/2/notes', { body: 'Is anybody there?' })
  const [thanks, ...more] = await desk.inbox()
  assert.equal(more.length, 0)
  await desk.send({ to: thanks?.replyTo?.[0]?.address ?? '', text: 'Yes' })
  assert.deepEqual(
    desk.sandbox.notes(2).map((note) => note.body),
    ['Is anybody there?'],
  )
})

test('an issue becomes a ticket by /convert_to_ticket: no thanks, the next public note is the first mail', async (t) => {
  const desk = await openMailDesk(t)
  const iid = await open(desk, { confidential: true })
  const done = await desk.bot('POST', notes, { body: '/convert_to_ticket ana@people.example' })
  assert.deepEqual(
    [done.status, done.body],
    [202, { commands_changes: {}, summary: ['Converted issue to Service Desk ticket.'] }],
  )
  const issue = desk.sandbox.issue(iid)
  assert.deepEqual([issue?.service_desk_reply_to, issue?.confidential], ['ana@people.example', 1])
  const { body: shown } = await desk.bot<{ author: { username: string } }>('GET', `/projects/1/issues/${iid}`)
  assert.equal(shown.author.username, 'support-bot')
  assert.deepEqual(desk.sandbox.emails(iid), ['ana@people.example'])
  const said = desk.sandbox.notes(iid).find((note) => !note.system)
  assert.deepEqual([said?.author, said?.internal], ['support-bot', 1])
  assert.match(
    said?.body ?? '',
    /^This issue has been converted to a Service Desk ticket\. .*`@project_1_bot_/,
  )
  assert.deepEqual(await desk.inbox(), [])
  await desk.say(iid, 'Which room?')
  const [mail, ...more] = await desk.inbox()
  assert.deepEqual([mail?.kind, mail?.recipient, more.length], ['new note', 'ana@people.example', 0])
  await desk.send({ to: mail?.replyTo?.[0]?.address ?? '', text: 'Room 7' })
  assert.equal(desk.sandbox.notes(iid).at(-1)?.body, 'Room 7')
})

test('a wrong address, a second conversion and a Guest are refused with GitLab’s words', async (t) => {
  const desk = await openMailDesk(t)
  await open(desk)
  await desk.davi('POST', '/projects/1/members', { username: 'ana', access_level: 10 })
  const convert = async (who: typeof desk.bot, argument: string) => {
    const { status, body } = await who('POST', notes, { body: `/convert_to_ticket ${argument}` })
    return [status, body.message]
  }
  const invalid =
    '400 Bad request - Cannot convert issue to ticket because no email was provided or the format was invalid.'
  assert.deepEqual(await convert(desk.bot, 'nobody'), [400, invalid])
  assert.deepEqual(await convert(desk.bot, 'Ana <ana@people.example>'), [400, invalid])
  const noop = [400, '400 Bad request - Could not apply convert_to_ticket command.']
  assert.deepEqual(await convert(desk.ana, 'ana@people.example'), noop)
  assert.equal((await convert(desk.bot, 'ana@people.example'))[0], 202)
  assert.deepEqual(await convert(desk.bot, 'other@people.example'), noop)
})

test('a public issue becomes confidential when converted, unless the setting says otherwise', async (t) => {
  const desk = await openMailDesk(t)
  const first = await open(desk)
  await desk.say(first, '/convert_to_ticket ana@people.example')
  desk.sandbox.setServiceDesk({ confidential: false, issueType: 'ticket' })
  const second = await open(desk)
  await desk.say(second, '/convert_to_ticket ana@people.example')
  await desk.send()
  desk.sandbox.setProject({ visibility: 'public' })
  await desk.send()
  assert.deepEqual(
    desk.sandbox.issues().map((issue) => [issue.confidential, issue.issue_type]),
    [
      [1, 'issue'],
      [0, 'ticket'],
      [0, 'ticket'],
      [1, 'ticket'],
    ],
  )
})

test('/add_email adds six at once and ten in all, tells each of them, and /remove_email ends it', async (t) => {
  const desk = await openMailDesk(t)
  await desk.send()
  const people = Array.from({ length: 12 }, (_, at) => `p${at + 1}@x.example`)
  const command = async (line: string) => {
    const { status, body } = await desk.bruno('POST', notes, { body: line })
    return [status, (body.summary as string[] | undefined)?.[0] ?? body.message]
  }
  assert.deepEqual(await command(`/add_email ${people.slice(0, 7).join(' ')} P1@x.example`), [
    202,
    'Added p1@x.example, p2@x.example, p3@x.example, p4@x.example, p5@x.example, and p6@x.example.',
  ])
  assert.deepEqual(await command(`/add_email ANA@people.example ${people.slice(6, 12).join(' ')}`), [
    202,
    'Added p7@x.example, p8@x.example, and p9@x.example.',
  ])
  assert.equal(desk.sandbox.emails(1).length, 10)
  const none = 'No email participants were added. Either none were provided, or they already exist.'
  assert.deepEqual(await command('/add_email p10@x.example'), [400, `400 Bad request - ${none}`])
  const welcome = (await desk.inbox()).filter((mail) => mail.kind === 'new participant')
  assert.equal(welcome.length, 9)
  assert.match(welcome[0]?.text ?? '', /^You have been added to ticket #1/)
  assert.deepEqual(await command('/remove_email p1@x.example P2@X.example unknown@x.example'), [
    202,
    'Removed p1@x.example and p2@x.example.',
  ])
  assert.equal((await command('/remove_email unknown@x.example'))[0], 400)
  const before = (await desk.inbox()).length
  await desk.say(1, 'To all of you')
  assert.equal((await desk.inbox()).length - before, 8)
  assert.ok(desk.sandbox.notes(1).some((note) => note.system && note.body.startsWith('added p1@x.example')))
})

test('an answer leaves a closed ticket closed, unless the setting reopens it', async (t) => {
  const desk = await openMailDesk(t)
  await desk.send({ messageId: '<first@people.example>' })
  const answer = () => desk.send({ inReplyTo: '<first@people.example>', text: 'Still black' })
  const close = () => desk.bruno('PUT', '/projects/1/issues/1', { state_event: 'close', assignee_ids: [5] })
  await close()
  await answer()
  assert.equal(desk.sandbox.issue(1)?.state, 'closed')
  desk.sandbox.setServiceDesk({ reopenOnExternalNote: true })
  await answer()
  assert.equal(desk.sandbox.issue(1)?.state, 'opened')
  const last = desk.sandbox.notes(1).at(-1)
  assert.deepEqual([last?.author, last?.internal], ['support-bot', 1])
  assert.match(last?.body ?? '', /^@carla :wave: This issue has been reopened/)
  assert.deepEqual(desk.sandbox.stateEvents(1).at(-1)?.user, 'support-bot')
})

test('the project’s own templates are sent as HTML alone, with their placeholders filled', async (t) => {
  const desk = await openMailDesk(t)
  desk.sandbox.setServiceDesk({
    outgoingName: 'IT desk',
    thankYou: 'We got **%{ISSUE_ID}** (%{ ISSUE_PATH }), %{UNKNOWN}',
    newNote: 'News: %{NOTE_TEXT}\n\n[leave](%{UNSUBSCRIBE_URL})',
  })
  await desk.send()
  await desk.say(1, 'Come *by* <script>')
  const [thanks, note] = await desk.inbox()
  assert.equal(thanks?.from?.name, 'IT desk')
  assert.equal(thanks?.html?.trim(), '<p>We got <strong>#1</strong> (demo/helpdesk#1), %{UNKNOWN}</p>')
  assert.match(note?.html ?? '', /News: Come <em>by<\/em> &lt;script&gt;/)
  assert.match(
    note?.html ?? '',
    new RegExp(`href="${desk.sandbox.url}/-/sent_notifications/[0-9a-f]{32}/unsubscribe"`),
  )
  assert.doesNotMatch(String(Buffer.from(desk.sandbox.sentMails()[0]?.raw ?? '')), /text\/plain/)
})

test('the link in a mail unsubscribes its reader, but only after asking', async (t) => {
  const desk = await openMailDesk(t)
  await desk.send()
  const link = /http\S+unsubscribe/.exec((await desk.inbox())[0]?.text ?? '')?.[0] ?? ''
  assert.match(await (await fetch(link)).text(), /Unsubscribe ana@people\.example/)
  assert.deepEqual(desk.sandbox.emails(1), ['ana@people.example'])
  assert.equal(
    (await fetch(link, { method: 'POST', headers: { 'Sec-Fetch-Site': 'cross-site' } })).status,
    403,
  )
  assert.match(await (await fetch(link, { method: 'POST' })).text(), /is not subscribed/)
  assert.deepEqual(desk.sandbox.emails(1), [])
  await desk.say(1, 'Are you there?')
  assert.equal((await desk.inbox()).length, 1)
})

test('webhooks tell of tickets and notes by mail as of all others, as confidential ones', async (t) => {
  const desk = await openMailDesk(t)
  const got: { event: unknown; by: string; kind: string }[] = []
  const listener = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const payload = JSON.parse(body)
    got.push({
      event: request.headers['x-gitlab-event'],
      by: payload.user.username,
      kind: payload.object_attributes.action,
    })
    response.end()
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  t.after(() => listener.close())
  await desk.davi('POST', '/projects/1/hooks', {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}/`,
    issues_events: true,
    note_events: true,
    confidential_issues_events: true,
    confidential_note_events: true,
  })
  await desk.send({ messageId: '<first@people.example>' })
  await desk.sandbox.hooksSettled()
  await desk.send({ inReplyTo: '<first@people.example>', text: 'Room 7' })
  await desk.sandbox.hooksSettled()
  assert.deepEqual(got, [
    { event: 'Confidential Issue Hook', by: 'support-bot', kind: 'open' },
    { event: 'Confidential Note Hook', by: 'support-bot', kind: 'create' },
  ])
})

test('the limit on new issues counts for mail too, and asks to come back later', async (t) => {
  const desk = await openMailDesk(t, { limits: { issues: 1 } })
  await desk.send()
  await assert.rejects(desk.send(), { responseCode: 451 })
  await desk.send({ from: 'jake@x.example' })
  desk.turn(60_000)
  await desk.send()
  assert.equal(desk.sandbox.issues().length, 3)
})

test('mails are kept as files and survive a restart, and an old mail can be answered then', async (t) => {
  const data = await mkdtemp(join(tmpdir(), 'sandbox-mail-'))
  t.after(() => rm(data, { recursive: true, force: true }))
  const first = await openMailDesk(t, { data })
  await first.send()
  await first.say(1, 'Which room?')
  await first.say(1, 'And which floor?')
  await first.sandbox.mailSettled()
  await first.sandbox.stop()
  // As if it had been killed between writing the letter down and making it up.
  const file = new DatabaseSync(join(data, 'gitlab-sandbox.sqlite'))
  file.exec('update sent_mails set raw = null where id = 3')
  file.close()
  await rm(join(data, 'mail/3.eml'))
  const again = await openMailDesk(t, { data })
  const mails = await again.inbox()
  assert.deepEqual(
    mails.map((mail) => mail.kind),
    ['thank you', 'new note', 'new note'],
  )
  assert.deepEqual((await readdir(join(data, 'mail'))).sort(), ['1.eml', '2.eml', '3.eml'])
  assert.match(await readFile(join(data, 'mail/3.eml'), 'utf8'), /And which floor\?/)
  await again.send({ to: mails[1]?.replyTo?.[0]?.address ?? '', text: 'Room 7' })
  assert.equal(again.sandbox.notes(1).at(-1)?.body, 'Room 7')
})

test('auto finds another port where 2525 is taken, and a given port that is taken is said', async (t) => {
  const taken = createTcpServer()
  taken.listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.after(() => taken.close())
  const { port } = taken.address() as AddressInfo
  await assert.rejects(startSandbox({ empty: true, smtpPort: port }), { code: 'EADDRINUSE', port })
  const [one, two] = await Promise.all([
    openMailDesk(t, { smtpPort: 'auto' }),
    openMailDesk(t, { smtpPort: 'auto' }),
  ])
  assert.notEqual(one.sandbox.smtp?.port, two.sandbox.smtp?.port)
  const idle = connect(one.sandbox.smtp?.port ?? 0, '127.0.0.1')
  await once(idle, 'data')
  idle.on('error', () => {})
  await one.sandbox.stop()
})
