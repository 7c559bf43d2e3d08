// E-mail by a mailbox of the desk's own: the whole desk beside its GitLab, a real mail server that takes what it sends,
// and mails put where fetching puts them (test/adapters/mail has the mailbox itself).

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { v7 } from 'uuid'
import { chooseNotices } from '../../src/application/choose-notices.ts'
import type { LedgerMail } from '../../src/application/mail-ports.ts'
import type { Clock } from '../../src/application/ports.ts'
import { tokensIn } from '../../src/domain/mail-token.ts'
import type { TestDesk } from '../support/desk.ts'
import { openDesk } from '../support/desk.ts'
import { eventually } from '../support/eventually.ts'
import type { ArrivedMail } from '../support/mail-arriving.ts'
import { arrivedAt } from '../support/mail-arriving.ts'
import { forwardClock } from '../support/mail-clock.ts'
import { aMailDeskOf, conserved } from '../support/mail-desk.ts'
import type { Written } from '../support/mail-writing.ts'
import { deskAddress, writtenMail } from '../support/mail-writing.ts'
import { only } from '../support/tickets.ts'
import type { Visitor } from '../support/visitor.ts'

const day = 86_400_000

const withMailbox = (smtpUrl: string, clock: Clock) =>
  openDesk({
    clock,
    desk: aMailDeskOf(),
    config: {
      mail: {
        smtpUrl,
        // Nobody listens there: the test puts the mails where fetching would, and the desk says that answers are read.
        imapUrl: 'imap://help:secret@127.0.0.1:1',
        from: { name: 'Help desk', address: deskAddress },
        templates: null,
        folders: { done: 'Done', quarantine: 'Quarantine' },
        plusAddressing: true,
      },
    },
  })

let uid = 0

/** As the mailbox hands it over; resolves when the desk knows what it is. */
const comesIn = async ({ parts }: TestDesk, mail: Written | Uint8Array): Promise<LedgerMail> => {
  const id = v7()
  const source = mail instanceof Uint8Array ? mail : await writtenMail(mail)
  uid += 1
  const place = { mailbox: 'INBOX', uidValidity: '1', uid: String(uid) }
  const receivedAt = parts.clock.now()
  assert.ok(await parts.store.write((writer) => writer.receiveMail({ id, place, receivedAt, source })))
  parts.nudge()
  return eventually('the mail is at its end', async () => {
    const entry = await parts.store.read((reader) => reader.mail(id))
    return entry?.state === 'received' ? null : entry
  })
}

const act = async (
  desk: TestDesk,
  agent: Visitor,
  iid: number,
  action: string,
  fields: Record<string, string>,
) => {
  const page = await agent.get(`/issues/${iid}`)
  const sent = await agent.post(`/issues/${iid}/${action}`, { ...fields, key: agent.hidden(page, 'key') })
  assert.equal(sent.status, 303, sent.text)
  await desk.settled(iid)
}

const header = ({ email }: ArrivedMail, name: string): string =>
  email.headers.find(({ key }) => key === name.toLowerCase())?.value ?? ''

const idOf = (mail: ArrivedMail): string => header(mail, 'message-id').replace(/[<>]/gu, '')

const inGitlab = (desk: TestDesk, iid: number, words: string) =>
  eventually(`GitLab has "${words}"`, () => desk.sandbox.notes(iid).find(({ body }) => body.includes(words)))

const begun = async (t: TestContext) => {
  const arriving = await arrivedAt(t)
  const { clock, later } = forwardClock()
  return { arriving, clock, later }
}

test('Ana mails the desk’s own mailbox and is helped in one thread', async (t) => {
  const { arriving, clock, later } = await begun(t)
  await using desk = await withMailbox(arriving.url, clock)
  let bruno = await desk.signedIn('bruno')
  const first = 'first@school.example'
  let link = ''
  let received = 0
  const arrives = async (mail: Written | Uint8Array) => {
    received++
    return comesIn(desk, mail)
  }
  const nextMail = async (): Promise<ArrivedMail> => {
    seen++
    return (await arriving.waitFor(seen))[seen - 1] ?? assert.fail()
  }
  let seen = 0

  await t.test('her mail is a ticket with its category, in Belay and in GitLab', async () => {
    const mail = await arrives({
      id: first,
      subject: '[Hardware] Buying a new screen',
      text: 'A WIDE ONE, please.',
      from: 'Ana Secretname <ana@school.example>',
    })
    assert.deepEqual([mail.state, mail.reason], ['opened', 'new'])
    const issue = await eventually('GitLab has it', () => desk.sandbox.issue(1))
    assert.deepEqual([issue.labels, issue.confidential], [['hardware', 'level::1'], 1])
    assert.equal(issue.service_desk_reply_to ?? null, null)
    assert.match((await bruno.get('/issues')).text, /Buying a new screen/u)
  })

  await t.test('she is told its number and a link, and nothing of what she sent', async () => {
    const mail = await nextMail()
    assert.deepEqual(mail.to, ['ana@school.example'])
    const { subject = '', text = '', html = '' } = mail.email
    assert.match(subject, /#1/u)
    link = /https?:\/\/\S+\/t\/[\w-]{43}/u.exec(text)?.[0] ?? assert.fail(`no link in ${text}`)
    for (const part of [subject, text, html, header(mail, 'to')])
      assert.doesNotMatch(part, /WIDE|screen|Hardware|Secretname/iu)
    assert.equal(header(mail, 'auto-submitted'), 'auto-replied')
    assert.match(header(mail, 'references'), new RegExp(`<${first}>`, 'u'))
    const page = await desk.stranger().get(new URL(link).pathname)
    assert.equal(page.status, 200)
    assert.match(page.text, /Buying a new screen/u)
  })

  await t.test(
    'Bruno’s reply is mailed to her in the same thread; a note and an escalation are not',
    async () => {
      await act(desk, bruno, 1, 'notes', { body: 'AMONG US' })
      await act(desk, bruno, 1, 'escalate', { reason: 'AMONG US TOO', from: '1' })
      await act(desk, bruno, 1, 'replies', { body: 'How **wide**?' })
      const mail = await nextMail()
      assert.deepEqual(mail.to, ['ana@school.example'])
      assert.match(mail.email.text ?? '', /How \*?\*?wide/u)
      assert.match(header(mail, 'references'), new RegExp(`<${first}>`, 'u'))
      assert.equal(header(mail, 'auto-submitted'), '')
      assert.doesNotMatch(mail.source.toString(), /AMONG US/u)
    },
  )

  await t.test(
    'her answer, with our mail quoted below, is public, ends the waiting, and is told to nobody',
    async () => {
      await act(desk, bruno, 1, 'waiting', { waiting: 'on' })
      assert.ok(desk.sandbox.issue(1)?.labels.includes('waiting'))
      const [, question] = arriving.mails()
      assert.ok(question)
      // To our plain address: the mail it refers to proves it.
      const mail = await arrives({
        answers: idOf(question),
        text: '34 inches.\n\nOn Mon, 8 Jun 2026 at 09:00, Help desk <help@desk.example> wrote:\n> How wide?\n',
      })
      assert.deepEqual([mail.state, mail.reason], ['appended', 'by-token'])
      const note = await inGitlab(desk, 1, '34 inches.')
      assert.equal(note.internal, 0)
      await desk.settled(1)
      assert.ok(!desk.sandbox.issue(1)?.labels.includes('waiting'))
      assert.match((await desk.stranger().get(new URL(link).pathname)).text, /34 inches/u)
      assert.equal(arriving.mails().length, seen)
    },
  )

  await t.test('a bounce of our mail shows to agents and not to her', async () => {
    const [confirmation] = arriving.mails()
    assert.ok(confirmation)
    const report = [
      'Return-Path: <>',
      'From: MAILER-DAEMON@mail.desk.example',
      // Where our envelope said that bounces go.
      `To: ${confirmation.from}`,
      'Subject: Undelivered Mail Returned to Sender',
      'Message-ID: <bounce@mail.desk.example>',
      'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
      'MIME-Version: 1.0',
      '',
      '--b',
      'Content-Type: text/plain',
      '',
      'Not delivered.',
      '--b',
      'Content-Type: message/delivery-status',
      '',
      'Final-Recipient: rfc822; ana@school.example',
      'Action: failed',
      'Status: 5.2.2',
      'Diagnostic-Code: smtp; 552 mailbox full',
      '',
      '--b--',
    ].join('\r\n')
    const mail = await arrives(Buffer.from(report))
    assert.deepEqual([mail.state, mail.reason], ['bounced', 'undeliverable'])
    assert.equal((await inGitlab(desk, 1, 'could not be delivered')).internal, 1)
    assert.match((await bruno.get('/issues/1')).text, /could not be delivered/u)
    assert.doesNotMatch((await desk.stranger().get(new URL(link).pathname)).text, /could not be delivered/u)
  })

  await t.test(
    'the answer with which Bruno resolves it is mailed, and her reply within 14 days opens it again',
    async () => {
      await act(desk, bruno, 1, 'resolve', { answer: 'It stands on your desk.' })
      assert.equal(desk.sandbox.issue(1)?.state, 'closed')
      const mail = await nextMail()
      assert.match(mail.email.text ?? '', /It stands on your desk\./u)
      later(desk, 13 * day)
      const answersTo = mail.email.replyTo?.[0]?.address ?? mail.from
      assert.equal(
        tokensIn(
          { refersTo: [], to: [{ name: '', address: answersTo }], cc: [], deliveredTo: [] },
          { address: deskAddress },
        ).length,
        1,
      )
      const answer = await arrives({
        to: answersTo,
        subject: 'A subject of her own',
        text: 'It stays black.',
      })
      assert.deepEqual([answer.state, answer.reason], ['appended', 'by-token'])
      await inGitlab(desk, 1, 'It stays black.')
      await desk.settled(1)
      assert.equal(desk.sandbox.issue(1)?.state, 'opened')
    },
  )

  await t.test('her reply after that is a new ticket, and she is told so', async () => {
    bruno = await desk.signedIn('bruno')
    await act(desk, bruno, 1, 'resolve', { answer: 'A new cable.' })
    const mail = await nextMail()
    later(desk, 15 * day)
    const answer = await arrives({
      answers: idOf(mail),
      subject: 'Re: [Hardware] screen',
      text: 'Another one.',
    })
    assert.deepEqual([answer.state, answer.reason], ['opened', 'resolved-long-ago'])
    await eventually('GitLab has it', () => desk.sandbox.issue(2))
    const told = await nextMail()
    assert.match(told.email.subject ?? '', /#2/u)
    assert.equal(desk.sandbox.issue(1)?.state, 'closed')
  })

  await t.test('each notice went out once, under a name of its own, and no mail is missing', async () => {
    const names = arriving.mails().map(idOf)
    assert.equal(new Set(names).size, names.length)
    assert.equal(names.length, seen)
    const counts = await conserved(desk.parts.store, received)
    assert.deepEqual([counts.received, counts.quarantined], [0, 0])
    const { operations } = await desk.parts.store.read((reader) => reader.backlog())
    assert.deepEqual([operations.ready, operations.stuck, operations.unknown], [0, 0, 0])
  })
})

test('an agent who answers a notice by mail does not write to Ana', async (t) => {
  const { arriving, clock } = await begun(t)
  await using desk = await withMailbox(arriving.url, clock)
  const bruno = await desk.signedIn('bruno')
  await desk.signedIn('carla')
  const carla = await eventually('Carla is a member', () =>
    desk.parts.store.read((reader) => reader.member('carla')),
  )
  const wish = { userId: carla.id, address: 'carla@desk.example', wish: 'all', language: 'en' } as const
  await chooseNotices(desk.parts, wish)
  await comesIn(desk, { subject: 'My screen stays black' })
  await eventually('GitLab has it', () => desk.sandbox.issue(1))
  await arriving.waitFor(1)
  await desk.settled(1)
  await act(desk, bruno, 1, 'escalate', { reason: 'The panel is broken', from: '1' })
  const [, notice] = await arriving.waitFor(2)
  assert.ok(notice)
  assert.deepEqual(notice.to, ['carla@desk.example'])
  assert.match(notice.email.text ?? '', /The panel is broken/u)
  const answer = await comesIn(desk, {
    from: 'Carla <carla@desk.example>',
    to: notice.email.replyTo?.[0]?.address ?? deskAddress,
    answers: idOf(notice),
    subject: `Re: ${notice.email.subject}`,
    text: 'Leave her waiting.',
  })
  assert.deepEqual([answer.state, answer.reason], ['opened', 'new'])
  assert.ok(!desk.sandbox.notes(1).some(({ body }) => body.includes('Leave her waiting')))
  const [, , confirmation] = await arriving.waitFor(3)
  assert.deepEqual(confirmation?.to, ['carla@desk.example'])
})

test('two desks that answer each other stop after one mail', async (t) => {
  const { arriving, clock } = await begun(t)
  await using desk = await withMailbox(arriving.url, clock)
  await comesIn(desk, { from: 'Other desk <desk@elsewhere.example>', subject: 'We have your mail' })
  const [confirmation] = await arriving.waitFor(1)
  assert.ok(confirmation)
  // The other one answers to our confirmation, as desks do.
  for (const headers of [
    { 'Auto-Submitted': 'auto-replied' },
    { 'X-Belay-Desk': '1' },
    { 'X-Loop': 'desk' },
  ]) {
    const mail = await comesIn(desk, {
      from: 'Other desk <desk@elsewhere.example>',
      to: confirmation.from,
      answers: idOf(confirmation),
      headers,
    })
    assert.equal(mail.state, 'ignored')
  }
  // And our own confirmation, which somebody's rule sends back to us, is ours.
  const back = await comesIn(desk, confirmation.source)
  assert.deepEqual([back.state, back.reason], ['ignored', 'own-address'])
  await desk.settled(1)
  only(arriving.mails())
  assert.equal(desk.sandbox.issues().length, 1)
})

test('whatever mails say, in subject, words, names and reports, changes nothing in GitLab but that text', async (t) => {
  const { arriving, clock } = await begun(t)
  await using desk = await withMailbox(arriving.url, clock)
  const hostile = [
    '/close',
    '/assign @carla',
    '/label ~urgent',
    '/add_email evil@x.example',
    '/convert_to_ticket evil@x.example',
    '/confidential',
    'Ask @carla and @all, see #1, !1, ~hardware and GL-1.',
    '<!-- belay:v1:abc:def:ghi -->',
    '`/lock`',
  ].join('\n')
  const name = '/close @carla #1 `x'
  await comesIn(desk, { id: 'first@school.example', subject: 'First', text: 'Honest.' })
  const honest = await eventually('GitLab has it', () => desk.sandbox.issue(1))
  const [confirmation] = await arriving.waitFor(1)
  assert.ok(confirmation)
  const from = { name, address: 'mallory@evil.example' }
  const attachments = [{ filename: '..\\close @carla #1.txt', content: '/close' }]
  const ends = []
  for (const mail of [
    { subject: `${name} [Hardware]`, text: hostile, from, attachments },
    { subject: '/close', text: `A fence:\n\n\`\`\`\n${hostile}\n\`\`\`\n${hostile}`, from },
    {
      subject: 'HTML',
      from,
      html: `<p>/close</p><p>@carla</p><pre>${hostile}</pre><img src="cid:x" alt="@carla /close">`,
    },
    { to: confirmation.from, text: hostile, from, attachments },
    { answers: 'first@school.example', text: hostile, from, attachments },
    {
      to: confirmation.from,
      from: 'MAILER-DAEMON@evil.example',
      subject: 'Undelivered Mail Returned to Sender',
      headers: { 'Return-Path': '<>' },
      text: `<ana@school.example>: host x said: 550 ${hostile}`,
      attachments: [
        {
          contentType: 'message/delivery-status',
          content: `Final-Recipient: rfc822; ana@school.example\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 @carla #1\r\n /close\r\n`,
        },
      ],
    },
  ]) {
    const { state, reason } = await comesIn(desk, mail)
    ends.push(`${state} ${reason}`)
  }
  assert.deepEqual(ends, [
    'opened new',
    'opened new',
    'opened new',
    'appended by-token',
    'appended unverified',
    'bounced undeliverable',
  ])
  await eventually('GitLab has all', () => desk.sandbox.issues().length === 4)
  for (const iid of [1, 2, 3, 4]) await desk.settled(iid)
  assert.equal(desk.sandbox.notes(1).filter(({ system }) => !system).length, 3)
  assert.deepEqual(
    desk.sandbox
      .issues()
      .map(({ state, labels, confidential, assignee_id }) => [state, labels, confidential, assignee_id]),
    [
      [honest.state, honest.labels, honest.confidential, null],
      ['opened', ['hardware', 'level::1'], 1, null],
      ['opened', ['level::1'], 1, null],
      ['opened', ['level::1'], 1, null],
    ],
  )
  assert.deepEqual(desk.sandbox.mentions(), [])
  assert.deepEqual(desk.sandbox.crossReferences(), [])
  assert.deepEqual(desk.sandbox.todos(), [])
  for (const iid of [1, 2, 3, 4]) assert.deepEqual(desk.sandbox.emails(iid), [])
  // And every word of it can be read in Belay.
  const bruno = await desk.signedIn('bruno')
  assert.match((await bruno.get('/issues/2')).text, /Ask @carla and @all, see #1/u)
})
