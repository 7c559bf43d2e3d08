// E-mail by GitLab's Service Desk, the whole of it: people write by SMTP to the sandbox, agents work in Belay,
// and what GitLab mails is looked at in its outbox. Belay itself has no mail server, except where it must not use it.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import type { SendMailOptions } from 'nodemailer'
import { createTransport } from 'nodemailer'
import type { Ticket } from '../../src/domain/ticket.ts'
import type { TestDesk } from '../support/desk.ts'
import { openDesk } from '../support/desk.ts'
import { eventually } from '../support/eventually.ts'
import { arrivedAt } from '../support/mail-arriving.ts'
import { forwardClock } from '../support/mail-clock.ts'
import { aMailDeskOf } from '../support/mail-desk.ts'
import { only } from '../support/tickets.ts'
import type { Visitor } from '../support/visitor.ts'

const day = 86_400_000

/** Somebody's mail program, which sends to the Service Desk of the project. */
const mailProgram = (t: TestContext, { sandbox }: TestDesk) => {
  const smtp = sandbox.smtp ?? assert.fail('the sandbox takes no mail')
  const transport = createTransport({ host: smtp.host, port: smtp.port, ignoreTLS: true })
  t.after(() => transport.close())
  return (mail: SendMailOptions) =>
    transport.sendMail({ from: 'Ana Alves <ana@school.example>', to: smtp.address, ...mail })
}

const withMail = { sandbox: { smtpPort: 0 } } as const

const ticketOf = (desk: TestDesk, iid: number) => desk.parts.store.read((reader) => reader.ticket({ iid }))

/** The ticket as soon as it is so. */
const becomes = (desk: TestDesk, iid: number, what: string, so: (ticket: Ticket) => boolean) =>
  eventually(what, async () => {
    const ticket = await ticketOf(desk, iid)
    return ticket && so(ticket) ? ticket : null
  })

/** What GitLab has mailed of public notes, oldest first. */
const outbox = async ({ sandbox }: TestDesk) => {
  await sandbox.mailSettled()
  return sandbox.sentMails().filter(({ kind }) => kind === 'new note')
}

/** Bruno sends a form of the ticket's page, and GitLab has all of it. */
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

test('Ana mails the project’s Service Desk and is helped, and nobody runs anything', async (t) => {
  const { clock, later } = forwardClock()
  await using desk = await openDesk({ ...withMail, clock })
  const send = mailProgram(t, desk)
  let bruno = await desk.signedIn('bruno')

  await t.test('her mail is a ticket on the dashboard, with her address and its category', async () => {
    await send({
      subject: '[Hardware] Buying a new screen',
      text: 'A wide one, please.',
      messageId: '<first@school.example>',
    })
    const ticket = await becomes(desk, 1, 'it has its category', ({ category }) => category === 'Hardware')
    assert.deepEqual(
      [
        ticket.source,
        ticket.requester.email,
        ticket.requester.serviceDesk,
        ticket.level,
        ticket.confidential,
      ],
      ['service-desk', 'ana@school.example', true, 1, true],
    )
    await eventually('GitLab has the label', () => desk.sandbox.issue(1)?.labels.includes('hardware'))
    const queue = await bruno.get('/issues')
    assert.match(queue.text, /\[Hardware\] Buying a new screen/u)
    assert.match(queue.text, /ana@school\.example/u)
  })

  await t.test('Bruno’s reply is a public note, which GitLab mails to her', async () => {
    await act(desk, bruno, 1, 'replies', { body: 'How wide?' })
    const note = only(desk.sandbox.notes(1).filter(({ body }) => body.includes('How wide?')))
    assert.equal(note.internal, 0)
    const mail = only(await outbox(desk))
    assert.deepEqual([mail.recipient, mail.note_id], ['ana@school.example', note.id])
    assert.match(mail.text ?? '', /Bruno Berg.*How wide\?/su)
  })

  await t.test('an internal note is mailed to nobody', async () => {
    await act(desk, bruno, 1, 'notes', { body: 'She had one last year.' })
    assert.ok(
      desk.sandbox.notes(1).some(({ body, internal }) => internal === 1 && body.includes('last year')),
    )
    assert.equal((await outbox(desk)).length, 1)
  })

  await t.test('her answer by mail ends the waiting, in GitLab too', async () => {
    await act(desk, bruno, 1, 'waiting', { waiting: 'on' })
    assert.ok(desk.sandbox.issue(1)?.labels.includes('waiting'))
    later(desk)
    const { message_id } = only(await outbox(desk))
    await send({
      subject: 'Re: [Hardware] Buying a new screen (#1)',
      text: '34 inches.',
      inReplyTo: message_id,
    })
    await eventually('GitLab has no label', () => !desk.sandbox.issue(1)?.labels.includes('waiting'))
    const ticket = await becomes(desk, 1, 'it is our turn', ({ state }) => state === 'open')
    assert.notEqual(ticket.awaitingSince, null)
    const page = await bruno.get('/issues/1')
    assert.match(page.text, /34 inches/u)
  })

  await t.test('resolving writes the answer as a public note, and GitLab mails it', async () => {
    later(desk)
    await act(desk, bruno, 1, 'resolve', { answer: 'It stands on your desk.' })
    assert.equal(desk.sandbox.issue(1)?.state, 'closed')
    const [, mail, ...more] = await outbox(desk)
    assert.equal(more.length, 0)
    assert.equal(mail?.recipient, 'ana@school.example')
    assert.match(mail?.text ?? '', /It stands on your desk\./u)
  })

  await t.test('her answer some days later opens it again', async () => {
    later(desk, 13 * day)
    bruno = await desk.signedIn('bruno')
    const closedAt = desk.sandbox.stateEvents(1).at(-1)?.created_at ?? 0
    const [, mail] = await outbox(desk)
    await send({ subject: 'Re: screen', text: 'It stays black.', inReplyTo: mail?.message_id ?? '' })
    await eventually('GitLab has it open', () => desk.sandbox.issue(1)?.state === 'opened', 20_000)
    assert.ok(desk.sandbox.notes(1).some(({ created_at }) => created_at - closedAt > 12 * day))
    const ticket = await becomes(desk, 1, 'it is open', ({ state }) => state === 'open')
    assert.notEqual(ticket.awaitingSince, null)
    const page = await bruno.get('/issues/1')
    assert.match(page.text, /It stays black/u)
    // Opening it again is told to nobody.
    assert.equal((await outbox(desk)).length, 2)
  })

  await t.test('the category was given once, by one label event', () => {
    const given = desk.sandbox.labelEvents(1).filter(({ label }) => label === 'hardware')
    assert.equal(given.length, 1)
  })
})

test('with webhooks a mail is a categorised ticket without waiting for a poll', async (t) => {
  const webhookSecret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
  await using desk = await openDesk({ ...withMail, config: { webhookSecret, pollMs: 3_600_000 } })
  const send = mailProgram(t, desk)
  const answer = await fetch(`${desk.sandbox.url}/api/v4/projects/1/hooks`, {
    method: 'POST',
    headers: { 'private-token': desk.sandbox.tokenOf('davi'), 'content-type': 'application/json' },
    body: JSON.stringify({
      url: `${desk.url}/hooks/gitlab`,
      signing_token: webhookSecret,
      issues_events: true,
      confidential_issues_events: true,
      note_events: true,
      confidential_note_events: true,
    }),
  })
  assert.equal(answer.status, 201, await answer.text())
  // The first poll is over: what comes now comes by webhook.
  await eventually('GitLab was read once', () =>
    desk.parts.store.read((reader) => reader.setting('pull.cursor')),
  )
  await send({ subject: '[gitlab ACCOUNT ] Locked out', text: 'Since Monday.' })
  const ticket = await becomes(
    desk,
    1,
    'it has its category',
    ({ category }) => category === 'Gitlab Account',
  )
  assert.equal(ticket.requester.email, 'ana@school.example')
  await eventually('GitLab has the label', () => desk.sandbox.issue(1)?.labels.includes('gitlab-account'))
})

test('titles of all kinds get the category they ask for, and none where they ask for two', async (t) => {
  await using desk = await openDesk(withMail)
  const send = mailProgram(t, desk)
  const subjects = [
    'Service Desk (from jake@x.example): [Hardware] My mouse',
    'Re: Fwd: [ hardware] and [Gitlab Account]',
    'Re: my [HARDWARE ] is broken',
    'Hardware without brackets',
  ]
  for (const subject of subjects) await send({ subject, text: subject })
  const last = await becomes(desk, 3, 'the third has its category', ({ category }) => category !== null)
  assert.equal(last.category, 'Hardware')
  await becomes(desk, 1, 'the first has its category', ({ category }) => category === 'Hardware')
  // All four were read in full by now, the others too.
  await eventually('everything is read', async () => {
    const { unread } = await desk.parts.store.read((reader) => reader.backlog())
    return unread === 0 && (await ticketOf(desk, 4))
  })
  for (const iid of [1, 2, 3, 4]) await desk.settled(iid)
  assert.deepEqual([(await ticketOf(desk, 2))?.category, (await ticketOf(desk, 4))?.category], [null, null])
  assert.deepEqual(
    desk.sandbox.issues().map(({ labels }) => labels),
    [['hardware'], [], ['hardware'], []],
  )
})

test('a category that a person took away stays away', async (t) => {
  const { clock, later } = forwardClock()
  await using desk = await openDesk({ ...withMail, clock })
  const send = mailProgram(t, desk)
  await send({ subject: '[Hardware] Buying a new screen', text: 'A wide one.' })
  await becomes(desk, 1, 'it has its category', ({ category }) => category === 'Hardware')
  await desk.settled(1)
  const bruno = await desk.signedIn('bruno')
  const sent = await bruno.post('/issues/1/category', { category: '' })
  assert.equal(sent.status, 303, sent.text)
  await desk.settled(1)
  later(desk)
  await send({
    subject: 'Re: screen',
    text: 'Please hurry.',
    inReplyTo: `<issue_${desk.sandbox.issue(1)?.id}@gitlab.example>`,
  })
  await eventually('her answer is read', async () => {
    const ticket = await ticketOf(desk, 1)
    const events = ticket && (await desk.parts.store.read((reader) => reader.events(ticket.id)))
    return events?.some(({ what }) => what.kind === 'replied' && what.text.includes('Please hurry'))
  })
  await desk.settled(1)
  assert.equal((await ticketOf(desk, 1))?.category, null)
  assert.deepEqual(
    desk.sandbox.issue(1)?.labels.filter((label) => label === 'hardware'),
    [],
  )
})

test('a desk with a mail server of its own never mails about a Service Desk ticket, and GitLab never about its own', async (t) => {
  const arriving = await arrivedAt(t)
  await using desk = await openDesk({
    ...withMail,
    desk: aMailDeskOf(),
    config: {
      mail: {
        smtpUrl: arriving.url,
        imapUrl: null,
        from: { name: 'Help desk', address: 'help@desk.example' },
        templates: null,
        folders: { done: 'Done', quarantine: 'Quarantine' },
        plusAddressing: true,
      },
    },
  })
  const send = mailProgram(t, desk)
  const bruno = await desk.signedIn('bruno')
  await send({ subject: '[Hardware] By Service Desk', text: 'One.' })
  await becomes(desk, 1, 'it has its category', ({ category }) => category === 'Hardware')
  await desk.settled(1)
  const ana = desk.stranger()
  const opened = await ana.post('/open-issue', {
    title: 'By the form',
    description: 'Two.',
    category: 'Hardware',
    name: 'Ana Alves',
    email: 'ana@school.example',
  })
  assert.equal(opened.status, 303, opened.text)
  await eventually('GitLab has the other one', () => desk.sandbox.issue(2))
  await desk.settled(2)
  for (const iid of [1, 2]) {
    await act(desk, bruno, iid, 'replies', { body: `Reply to ${iid}` })
    await act(desk, bruno, iid, 'resolve', { answer: `Answer to ${iid}` })
    await act(desk, bruno, iid, 'reopen', {})
  }
  await arriving.waitFor(4)
  // GitLab was told of both to the end; Belay has mailed of the second all there is, in order.
  const mails = arriving.mails().map(({ to, email }) => [to.join(), email.text ?? ''] as const)
  assert.ok(mails.every(([to]) => to === 'ana@school.example'))
  assert.ok(mails.every(([, text]) => !text.includes('to 1')))
  assert.deepEqual(
    mails.map(([, text]) => /Reply to 2|Answer to 2/u.exec(text)?.[0] ?? ''),
    ['', 'Reply to 2', 'Answer to 2', ''],
  )
  const byGitlab = await outbox(desk)
  assert.deepEqual(
    byGitlab.map(({ text }) => /(Reply|Answer) to \d/u.exec(text ?? '')?.[0]),
    ['Reply to 1', 'Answer to 1'],
  )
  const one = await ticketOf(desk, 1)
  const operations = one ? await desk.parts.store.read((reader) => reader.operations(one.id)) : []
  assert.deepEqual(
    operations.filter(({ intent }) => intent.kind === 'mail'),
    [],
  )
})
