// What becomes of a mail (security sections 1 and 4, "Mail in"): with the real parser and the real store, one
// mail after the other, and what the desk would then say to whom.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { after, describe, test } from 'node:test'
import { createMailParser } from '../../src/adapters/mail/parser.ts'
import { intakeMail } from '../../src/application/intake-mail.ts'
import type { MailParser } from '../../src/application/mail-ports.ts'
import type { Parts, Writer } from '../../src/application/ports.ts'
import { replayMail } from '../../src/application/replay-mail.ts'
import { replyToTicket } from '../../src/application/reply-to-ticket.ts'
import { resolveTicket } from '../../src/application/resolve-ticket.ts'
import { setTicketWaiting } from '../../src/application/set-ticket-waiting.ts'
import { noticeMessageId } from '../../src/domain/mail-token.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import type { DeskWithMailbox } from '../support/mail-desk.ts'
import { aDeskWithMailbox, aMailDeskOf, conserved, day } from '../support/mail-desk.ts'
import type { Written } from '../support/mail-writing.ts'
import { deskAddress, writtenMail } from '../support/mail-writing.ts'
import { byBruno, byDavi } from '../support/people.ts'
import { hour, minute, only } from '../support/tickets.ts'

const parser = createMailParser()
after(() => parser.close())

const aDesk = (t: TestContext, options: Partial<Parameters<typeof aDeskWithMailbox>[1]> = {}) =>
  aDeskWithMailbox(t, { parser, ...options })

const mallory = 'Mallory <mallory@evil.example>'

const resolved = async ({ parts, pushToGitlab }: DeskWithMailbox, id: string) => {
  const answer = { answer: 'A new cable.', standardAnswer: 'Done.' }
  assert.ok(!isRefusal(await resolveTicket(parts, { ref: { id }, by: byBruno, ...answer })))
  await pushToGitlab()
}

const notices = async (desk: DeskWithMailbox, id: string) =>
  (await desk.outgoing(id)).map(({ notice, to }) => [notice, to.address])

const ends = ({ state, reason }: { state: string; reason: string | null }) => [state, reason]

describe('a mail without a token', () => {
  test('opens a ticket of its sender, with the category its subject asks for', async (t) => {
    const desk = await aDesk(t)
    const mail = await desk.takeIn({ subject: '[Hardware] Buying a new screen', text: 'A wide one, please.' })
    assert.deepEqual(ends(mail), ['opened', 'new'])
    const ticket = await desk.ticketOf(mail)
    assert.deepEqual(
      [ticket.title, ticket.text, ticket.category, ticket.source, ticket.level, ticket.confidential],
      ['[Hardware] Buying a new screen', 'A wide one, please.', 'Hardware', 'mail', 1, true],
    )
    assert.deepEqual(ticket.labels, ['level::1', 'hardware'])
    assert.deepEqual([ticket.requester.name, ticket.requester.email], ['Ana Alves', 'ana@school.example'])
    assert.deepEqual(
      [mail.from, mail.fromName, mail.subject, mail.operationId],
      ['ana@school.example', 'Ana Alves', '[Hardware] Buying a new screen', ticket.id],
    )
    assert.deepEqual(
      (await desk.operations(ticket.id)).map(({ intent }) => intent.kind),
      ['open', 'mail'],
    )
  })

  test('is confirmed once, to its sender alone, with nothing of what was sent', async (t) => {
    const desk = await aDesk(t)
    const { ticketId } = await desk.takeIn({
      subject: 'SECRET-SUBJECT',
      text: 'SECRET-TEXT',
      cc: 'chef@school.example',
      replyTo: 'victim@elsewhere.example',
    })
    const { to, ...rest } = only(await desk.outgoing(ticketId ?? ''))
    assert.equal(to.address, 'ana@school.example')
    assert.deepEqual([rest.notice, rest.text, rest.files ?? []], ['received', '', []])
    assert.doesNotMatch(JSON.stringify(rest), /SECRET/u)
  })

  test('asks for two categories and gets none', async (t) => {
    const desk = await aDesk(t)
    const mail = await desk.takeIn({ subject: '[Hardware] or [Gitlab Account]?' })
    assert.equal((await desk.ticketOf(mail)).category, null)
  })

  test('without a subject is named by its first line, and without any words by a sentence', async (t) => {
    const desk = await aDesk(t)
    const first = await desk.takeIn({ subject: '', text: '\n\n  My mouse is gone.\nReally.' })
    assert.equal((await desk.ticketOf(first)).title, 'My mouse is gone.')
    const file = { filename: 'photo.png', content: Buffer.from('a picture'), contentType: 'image/png' }
    const second = await desk.takeIn({ subject: '', text: '', attachments: [file] })
    assert.equal((await desk.ticketOf(second)).title, 'E-mail without a subject')
  })

  test('in German is confirmed in German, whatever the desk speaks', async (t) => {
    const desk = await aDesk(t)
    const { ticketId } = await desk.takeIn({
      subject: 'Bildschirm bleibt schwarz',
      text: 'Guten Tag,\n\nseit heute früh ist mein Bildschirm schwarz und ich kann nicht arbeiten.\n\nViele Grüße\nAna',
    })
    const { notice, language } = only(await desk.outgoing(ticketId ?? ''))
    assert.deepEqual([notice, language], ['received', 'de'])
  })

  test('with Ana in From and a stranger in Reply-To is answered to Ana alone', async (t) => {
    const desk = await aDesk(t)
    const { ticketId } = await desk.takeIn({ replyTo: 'victim@elsewhere.example' })
    assert.deepEqual(await notices(desk, ticketId ?? ''), [['received', 'ana@school.example']])
  })

  test('with two writers, or with none, waits for a person and is answered to nobody', async (t) => {
    const desk = await aDesk(t)
    const two = String(await writtenMail()).replace(/^From: .*$/mu, 'From: a@x.example\r\nFrom: b@x.example')
    const none = String(await writtenMail()).replace(/^From: .*\r\n/mu, '')
    for (const source of [two, none])
      assert.deepEqual(ends(await desk.takeIn(Buffer.from(source))), ['quarantined', 'no-sender'])
    assert.deepEqual(await desk.tickets(), [])
  })

  test('from a domain that may not use the form waits for a person', async (t) => {
    const form = { public: true, emailDomains: ['school.example'], maxFileBytes: 10_000 }
    const desk = await aDesk(t, { desk: aMailDeskOf({ form }) })
    for (const from of [mallory, 'ana@school.example.evil.example', 'ana@notschool.example'])
      assert.deepEqual(ends(await desk.takeIn({ from })), ['quarantined', 'form-closed'], from)
    assert.deepEqual(ends(await desk.takeIn({ from: 'Ana <ana@SCHOOL.example>' })), ['opened', 'new'])
  })
})

describe('an answer with the token of its ticket', () => {
  const ways: readonly (readonly [string, (desk: DeskWithMailbox, id: string) => Written])[] = [
    ['in the address it goes to', (desk, id) => ({ to: desk.plusAddress(id) })],
    [
      'in that address, in capital letters',
      (desk, id) => ({ to: desk.plusAddress(id).toUpperCase().replace('DESK.EXAMPLE', 'desk.example') }),
    ],
    ['in Delivered-To', (desk, id) => ({ headers: { 'Delivered-To': desk.plusAddress(id) } })],
    ['in the Cc of an answer to all', (desk, id) => ({ to: 'b@school.example', cc: desk.plusAddress(id) })],
    [
      'in the mail it answers',
      (desk, id) => ({
        answers: noticeMessageId(desk.token(id), '0197f0a0-0000-7000-8000-000000000001', 'desk.example'),
      }),
    ],
    [
      'far back in its references',
      (desk, id) => ({ refers: [`${desk.token(id)}@desk.example`, 'x@y.example', 'z@y.example'] }),
    ],
  ]
  for (const [where, written] of ways)
    test(`${where} is Ana’s public answer`, async (t) => {
      const desk = await aDesk(t)
      const { id } = await desk.opened()
      const mail = await desk.takeIn({
        subject: 'Another subject',
        text: 'It was the cable.',
        ...written(desk, id),
      })
      assert.deepEqual([...ends(mail), mail.ticketId], ['appended', 'by-token', id])
      const note = only(await desk.intents(id, 'note'))
      assert.deepEqual([note.purpose, note.internal, note.text], ['reply', false, 'It was the cable.'])
      assert.deepEqual(await desk.said(id), [['replied', 'requester', 'It was the cable.']])
      assert.deepEqual(await notices(desk, id), [['received', 'ana@school.example']])
      assert.equal((await desk.tickets()).length, 1)
    })

  test('ends the waiting, and it is our turn again', async (t) => {
    const desk = await aDesk(t)
    const { id } = await desk.opened()
    assert.ok(!isRefusal(await setTicketWaiting(desk.parts, { ref: { id }, by: byBruno, waiting: true })))
    await desk.pushToGitlab()
    await desk.clock.turn(hour)
    await desk.takeIn({ to: desk.plusAddress(id) })
    const ticket = await desk.ticket(id)
    assert.deepEqual([ticket.state, ticket.awaitingSince], ['open', desk.clock.now()])
    assert.deepEqual(only(await desk.intents(id, 'change')).removeLabels, ['waiting'])
  })

  test('from another address is kept under the name it gives, and answers go to Ana as before', async (t) => {
    const desk = await aDesk(t)
    const { id } = await desk.opened()
    const mail = await desk.takeIn({
      from: 'Ben <ben@school.example>',
      to: desk.plusAddress(id),
      text: 'For Ana.',
    })
    assert.deepEqual(ends(mail), ['appended', 'by-token'])
    assert.equal(only(await desk.intents(id, 'note')).text, '(Ben)\n\nFor Ana.')
    assert.equal((await desk.ticket(id)).requester.email, 'ana@school.example')
    assert.ok(!isRefusal(await replyToTicket(desk.parts, { ref: { id }, by: byBruno, body: 'Thanks.' })))
    assert.deepEqual(await notices(desk, id), [
      ['received', 'ana@school.example'],
      ['reply', 'ana@school.example'],
    ])
  })

  test('comes up to 14 days after the ticket was resolved, and opens it again', async (t) => {
    const desk = await aDesk(t)
    const { id } = await desk.opened()
    await resolved(desk, id)
    await desk.clock.turn(14 * day)
    const mail = await desk.takeIn({ to: desk.plusAddress(id), text: 'Black again.' })
    assert.deepEqual([...ends(mail), mail.ticketId], ['appended', 'by-token', id])
    const ticket = await desk.ticket(id)
    assert.deepEqual(
      [ticket.state, ticket.resolvedAt, ticket.awaitingSince],
      ['open', null, desk.clock.now()],
    )
    assert.equal(only(await desk.intents(id, 'change')).state, 'opened')
    const [, , reopened] = (await desk.events(id)).filter(({ what }) => what.kind !== 'opened')
    assert.equal(reopened?.what.kind, 'reopened')
    // Ana did it herself: nobody tells her.
    assert.deepEqual(
      (await notices(desk, id)).map(([notice]) => notice),
      ['received', 'resolved'],
    )
  })

  test('comes later than that: it opens a new ticket, and the old one stays as it is', async (t) => {
    const desk = await aDesk(t)
    const { id } = await desk.opened()
    await resolved(desk, id)
    await desk.clock.turn(14 * day + 1)
    const mail = await desk.takeIn({ to: desk.plusAddress(id), subject: 'Re: [Hardware] screen' })
    assert.deepEqual(ends(mail), ['opened', 'resolved-long-ago'])
    assert.notEqual(mail.ticketId, id)
    assert.equal((await desk.ticket(id)).state, 'resolved')
    assert.deepEqual(await notices(desk, mail.ticketId ?? ''), [['received', 'ana@school.example']])
  })

  test('of a desk that reopens nothing by mail is a new ticket a moment later', async (t) => {
    const desk = await aDesk(t, {
      desk: aMailDeskOf({ mail: { own: true, language: 'en', reopenWithin: 0 } }),
    })
    const { id } = await desk.opened()
    await resolved(desk, id)
    await desk.clock.turn(1)
    assert.deepEqual(ends(await desk.takeIn({ to: desk.plusAddress(id) })), ['opened', 'resolved-long-ago'])
  })

  test('that is no token of this desk’s key opens a new ticket', async (t) => {
    const desk = await aDesk(t)
    const { id } = await desk.opened()
    const token = desk.token(id)
    const forged = [
      `help+${token.slice(0, -2)}aa@desk.example`,
      `help+${'a'.repeat(26)}@desk.example`,
      `help+${token}x@desk.example`,
      `help+${token}@evil.example`,
      `hell+${token}@desk.example`,
    ]
    for (const to of forged) {
      const mail = await desk.takeIn({ to: [deskAddress, to], text: to })
      assert.deepEqual(ends(mail), ['opened', 'new'], to)
    }
    assert.deepEqual(await desk.said(id), [])
  })

  test('with nothing in it but a subject waits for a person', async (t) => {
    const desk = await aDesk(t)
    const { id } = await desk.opened()
    const mail = await desk.takeIn({ to: desk.plusAddress(id), subject: 'Yes please', text: '\n' })
    assert.deepEqual([...ends(mail), mail.detail], ['quarantined', 'refused', 'text-empty'])
    assert.deepEqual(await desk.said(id), [])
  })

  test('on a ticket that is gone opens a new ticket', async (t) => {
    const desk = await aDesk(t)
    const ticket = await desk.opened()
    const gone = { ...ticket, state: 'resolved', awaitingSince: null, gone: { why: 'deleted' } } as const
    await desk.store.write((writer) => writer.adopt([{ ticket: gone, events: null, readAt: null }]))
    const mail = await desk.takeIn({ to: desk.plusAddress(ticket.id) })
    assert.deepEqual(ends(mail), ['opened', 'new'])
    assert.notEqual(mail.ticketId, ticket.id)
  })
})

describe('an answer that only claims to belong to a ticket', () => {
  /** Ana's first mail has opened a ticket, which GitLab has. */
  const byMail = async (t: TestContext) => {
    const desk = await aDesk(t)
    const first = await desk.takeIn({ id: 'first@school.example' })
    await desk.pushToGitlab()
    return { desk, ticket: await desk.ticketOf(first) }
  }

  test('by the mail that opened it, from Ana, stands among agents and is marked', async (t) => {
    const { desk, ticket } = await byMail(t)
    const mail = await desk.takeIn({ answers: 'first@school.example', text: 'One more thing.' })
    assert.deepEqual([...ends(mail), mail.ticketId], ['appended', 'unverified', ticket.id])
    const note = only(await desk.intents(ticket.id, 'note'))
    assert.deepEqual([note.purpose, note.internal], ['note', true])
    assert.match(note.text, /^Not verified: .*Ana Alves <ana@school\.example>.*\n\nOne more thing\.$/u)
    assert.deepEqual(
      (await desk.said(ticket.id)).map(([kind, who]) => [kind, who]),
      [['noted', 'bot']],
    )
  })

  test('changes nobody’s turn, and is not answered', async (t) => {
    const { desk, ticket } = await byMail(t)
    assert.ok(
      !isRefusal(await setTicketWaiting(desk.parts, { ref: { id: ticket.id }, by: byBruno, waiting: true })),
    )
    await desk.pushToGitlab()
    const before = await desk.ticket(ticket.id)
    await desk.clock.turn(hour)
    await desk.takeIn({ answers: 'first@school.example', text: 'One more thing.' })
    const after = await desk.ticket(ticket.id)
    assert.deepEqual(
      [after.state, after.awaitingSince, after.labels],
      [before.state, before.awaitingSince, before.labels],
    )
    assert.deepEqual(await notices(desk, ticket.id), [['received', 'ana@school.example']])
  })

  test('by a copied Message-ID, from a stranger, stands among agents under the stranger’s name', async (t) => {
    const { desk, ticket } = await byMail(t)
    const mail = await desk.takeIn({ from: mallory, refers: ['first@school.example'], text: 'Reset it.' })
    assert.deepEqual([...ends(mail), mail.ticketId], ['appended', 'unverified', ticket.id])
    const note = only(await desk.intents(ticket.id, 'note'))
    assert.ok(note.internal)
    assert.match(note.text, /Mallory <mallory@evil\.example>/u)
    assert.deepEqual(await notices(desk, ticket.id), [['received', 'ana@school.example']])
  })

  test('by the number in its subject: from Ana a note among agents, from a stranger a new ticket', async (t) => {
    const { desk, ticket } = await byMail(t)
    const subject = `Re: My screen (#${ticket.iid})`
    const anas = await desk.takeIn({ subject, from: 'ANA <Ana@School.example>', text: 'Any news?' })
    assert.deepEqual([...ends(anas), anas.ticketId], ['appended', 'unverified', ticket.id])
    const strangers = await desk.takeIn({ subject, from: mallory, text: 'Any news?' })
    assert.deepEqual(ends(strangers), ['opened', 'new'])
    assert.notEqual(strangers.ticketId, ticket.id)
    assert.equal((await desk.intents(ticket.id, 'note')).length, 1)
  })

  test('on a resolved ticket does not open it', async (t) => {
    const { desk, ticket } = await byMail(t)
    await resolved(desk, ticket.id)
    const mail = await desk.takeIn({ answers: 'first@school.example', text: 'Thank you!' })
    assert.deepEqual(ends(mail), ['appended', 'unverified'])
    assert.equal((await desk.ticket(ticket.id)).state, 'resolved')
  })

  test('on a ticket that was resolved long ago is still a note among agents there', async (t) => {
    const { desk, ticket } = await byMail(t)
    await resolved(desk, ticket.id)
    await desk.clock.turn(15 * day)
    const mail = await desk.takeIn({ answers: 'first@school.example', text: 'Thank you!' })
    assert.deepEqual([...ends(mail), mail.ticketId], ['appended', 'unverified', ticket.id])
  })

  test('by a Message-ID that a stranger used before Ana did: both are kept, and Ana’s answer finds Ana’s ticket', async (t) => {
    const desk = await aDesk(t)
    const id = 'first@school.example'
    const strangers = await desk.takeIn({ from: mallory, id, text: 'I was here first.' })
    const anas = await desk.takeIn({ id, text: 'My own mail.' })
    const again = await desk.takeIn({ from: mallory, id, text: 'And last.' })
    assert.deepEqual([strangers, anas, again].map(ends), Array(3).fill(['opened', 'new']))
    assert.equal(new Set([strangers.ticketId, anas.ticketId, again.ticketId]).size, 3)
    const answer = await desk.takeIn({ answers: id, text: 'One more thing.' })
    assert.deepEqual([...ends(answer), answer.ticketId], ['appended', 'unverified', anas.ticketId])
    await conserved(desk.store, 4)
  })
})

describe('a mail that nobody wrote', () => {
  const automatic: readonly (readonly [string, Written])[] = [
    ['own-address', { from: deskAddress }],
    ['own-address', { from: `Help <help+abc@DESK.example>` }],
    ['auto-reply', { headers: { 'Auto-Submitted': 'auto-replied' } }],
    ['auto-reply', { headers: { 'X-Autoreply': 'yes' } }],
    ['auto-reply', { headers: { 'X-Auto-Response-Suppress': 'All' } }],
    ['list', { headers: { 'List-Id': '<all.school.example>' } }],
    ['list', { headers: { Precedence: 'bulk' } }],
    ['loop', { headers: { 'X-Belay-Desk': '1' } }],
    ['null-sender', { headers: { 'Return-Path': '<>' } }],
  ]
  for (const [reason, written] of automatic)
    test(`(${reason}: ${JSON.stringify(written)}) is ignored, answered by nothing, and opens nothing`, async (t) => {
      const desk = await aDesk(t)
      const { id } = await desk.opened()
      const alone = await desk.takeIn(written)
      const onTicket = await desk.takeIn({ ...written, to: desk.plusAddress(id), text: 'I am away.' })
      assert.deepEqual(ends(alone), ['ignored', reason])
      assert.deepEqual([...ends(onTicket), onTicket.ticketId], ['ignored', reason, id])
      assert.equal((await desk.tickets()).length, 1)
      assert.deepEqual(await desk.said(id), [])
      assert.deepEqual(await notices(desk, id), [['received', 'ana@school.example']])
    })

  test('says nothing at all and is ignored', async (t) => {
    const desk = await aDesk(t)
    assert.deepEqual(ends(await desk.takeIn({ subject: ' \u200b', text: '\n\u00a0\n' })), [
      'ignored',
      'nothing-in-it',
    ])
  })

  const report = (more: { readonly to: string; readonly action?: string; readonly about?: string }) =>
    Buffer.from(
      [
        'Return-Path: <>',
        'From: Mail Delivery System <MAILER-DAEMON@mail.desk.example>',
        `To: ${more.to}`,
        'Subject: Undelivered Mail Returned to Sender',
        `Message-ID: <bounce-${more.to}-${more.action ?? ''}-${more.about ?? ''}@mail.desk.example>`,
        'Auto-Submitted: auto-replied',
        'MIME-Version: 1.0',
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
        '',
        '--b',
        'Content-Type: text/plain',
        '',
        'The mail could not be delivered.',
        '--b',
        'Content-Type: message/delivery-status',
        '',
        'Reporting-MTA: dns; mail.desk.example',
        '',
        'Final-Recipient: rfc822; ana@school.example',
        `Action: ${more.action ?? 'failed'}`,
        'Status: 5.1.1',
        'Diagnostic-Code: smtp; 550 5.1.1 User unknown',
        '',
        '--b',
        'Content-Type: text/rfc822-headers',
        '',
        `Message-ID: <${more.about ?? 'x@y.example'}>`,
        'From: help@desk.example',
        'Subject: We have your mail',
        '',
        '--b--',
        '',
      ].join('\r\n'),
    )

  test('but reports a failure shows on its ticket among agents, and changes nobody’s turn', async (t) => {
    const desk = await aDesk(t)
    const { id, ...before } = await desk.opened()
    const messageId = noticeMessageId(desk.token(id), '0197f0a0-0000-7000-8000-000000000001', 'desk.example')
    const cases = [report({ to: desk.plusAddress(id) }), report({ to: deskAddress, about: messageId })]
    for (const source of cases) {
      const mail = await desk.takeIn(source)
      assert.deepEqual([...ends(mail), mail.ticketId], ['bounced', 'undeliverable', id])
      assert.match(mail.detail, /ana@school\.example 5\.1\.1/u)
    }
    const notes = await desk.intents(id, 'note')
    assert.deepEqual(
      notes.map(({ internal }) => internal),
      [true, true],
    )
    assert.match(notes[0]?.text ?? '', /could not be delivered.*\n\n- `ana@school\.example` 5\.1\.1/u)
    assert.deepEqual(await notices(desk, id), [['received', 'ana@school.example']])
    const after = await desk.ticket(id)
    assert.deepEqual(
      [after.state, after.awaitingSince, after.labels],
      [before.state, before.awaitingSince, before.labels],
    )
  })

  test('and reports only a delay, or a failure of nothing of ours, is kept in the ledger alone', async (t) => {
    const desk = await aDesk(t)
    const { id } = await desk.opened()
    const late = await desk.takeIn(report({ to: desk.plusAddress(id), action: 'delayed' }))
    assert.deepEqual([...ends(late), late.ticketId], ['bounced', 'delayed', id])
    const foreign = await desk.takeIn(report({ to: deskAddress }))
    assert.deepEqual([...ends(foreign), foreign.ticketId], ['bounced', 'unknown-bounce', null])
    // Of a mail that Ana sent herself: anybody can make up such a report.
    const first = await desk.takeIn({ id: 'first@school.example' })
    const made = await desk.takeIn(report({ to: deskAddress, about: 'first@school.example' }))
    assert.deepEqual([...ends(made), made.ticketId], ['bounced', 'unknown-bounce', null])
    assert.deepEqual(await desk.said(first.ticketId ?? ''), [])
    assert.deepEqual(await desk.said(id), [])
    assert.equal((await desk.tickets()).length, 2)
  })
})

describe('the same mail', () => {
  test('delivered twice has its effect once', async (t) => {
    const desk = await aDesk(t)
    const source = await writtenMail()
    assert.deepEqual(ends(await desk.takeIn(source)), ['opened', 'new'])
    const again = Buffer.concat([Buffer.from('Received: by another road; Mon, 8 Jun 2026\r\n'), source])
    assert.deepEqual(ends(await desk.takeIn(again)), ['ignored', 'seen-before'])
    assert.equal((await desk.tickets()).length, 1)
    const { id } = only(await desk.tickets())
    const answer = await writtenMail({ to: desk.plusAddress(id), text: 'It was the cable.' })
    assert.deepEqual([await desk.takeIn(answer), await desk.takeIn(answer)].map(ends), [
      ['appended', 'by-token'],
      ['ignored', 'seen-before'],
    ])
    assert.equal((await desk.said(id)).length, 1)
  })

  test('read by two processes at once is taken in once', async (t) => {
    const desk = await aDesk(t)
    const entry = await desk.keep(await writtenMail())
    const states = await Promise.all([1, 2, 3].map(() => intakeMail(desk.intake, entry)))
    assert.deepEqual(states, ['opened', 'opened', 'opened'])
    assert.equal((await desk.tickets()).length, 1)
    assert.deepEqual(await notices(desk, (await desk.mail(entry.id)).ticketId ?? ''), [
      ['received', 'ana@school.example'],
    ])
    await conserved(desk.store, 1)
  })

  test('is not read again once it is at its end', async (t) => {
    const desk = await aDesk(t)
    const { id } = await desk.takeIn({})
    const before = await desk.mail(id)
    assert.equal(await intakeMail(desk.intake, { ...before, state: 'received', attempts: 0 }), 'opened')
    assert.deepEqual(await desk.mail(id), before)
    assert.equal((await desk.tickets()).length, 1)
  })
})

describe('files of a mail', () => {
  test('go to GitLab before the ticket that names them; one that is too large is said and not dropped silently', async (t) => {
    const form = { public: true, emailDomains: [], maxFileBytes: 1_048_576 }
    const desk = await aDesk(t, { desk: aMailDeskOf({ form }) })
    const mail = await desk.takeIn({
      attachments: [
        { filename: 'small.txt', content: 'error -71' },
        { filename: 'film.mp4', content: Buffer.alloc(1_048_577), contentType: 'video/mp4' },
        { filename: 'just.bin', content: Buffer.alloc(1_048_576), contentType: 'application/octet-stream' },
      ],
    })
    const ticket = await desk.ticketOf(mail)
    assert.equal(
      ticket.text,
      'Since this morning.\n\n(The file film.mp4, 1.0 MB, is too large and was left in the e-mail.)',
    )
    assert.deepEqual(
      (await desk.operations(ticket.id)).map(({ intent }) =>
        intent.kind === 'upload' ? intent.file.name : intent.kind,
      ),
      ['small.txt', 'just.bin', 'open', 'mail'],
    )
    const files = await desk.store.read((reader) => reader.files(ticket.id))
    const bytes = await desk.store.read((reader) => reader.fileBytes(files[0]?.id ?? ''))
    assert.equal(new TextDecoder().decode(bytes ?? undefined), 'error -71')
  })

  test('that stand in the text are named where they stood', async (t) => {
    const desk = await aDesk(t)
    const mail = await desk.takeIn({
      text: undefined,
      html: '<p>Before</p><p><img src="cid:two@x" alt="the back"></p><p><img src="cid:nowhere@x"></p>',
      attachments: [
        { filename: 'a.png', content: Buffer.from('one'), contentType: 'image/png', cid: 'one@x' },
        { filename: 'b.png', content: Buffer.from('two'), contentType: 'image/png', cid: 'two@x' },
      ],
    })
    const ticket = await desk.ticketOf(mail)
    const opening = only(await desk.intents(ticket.id, 'open'))
    const place = opening.files.findIndex(({ name }) => name === 'b.png') + 1
    assert.match(opening.text, new RegExp(`\\]\\(cid:${place}\\)`, 'u'))
    assert.equal(opening.files.length, 2)
  })

  test('of an answer come with its note, and an answer of files alone says so', async (t) => {
    const desk = await aDesk(t)
    const { id } = await desk.opened()
    await desk.takeIn({
      to: desk.plusAddress(id),
      text: '',
      attachments: [{ filename: 'log.txt', content: 'error -71' }],
    })
    const note = only(await desk.intents(id, 'note'))
    assert.equal(note.text, '(Files only.)')
    assert.deepEqual(
      note.files?.map(({ name }) => name),
      ['log.txt'],
    )
  })

  test('quoted mails and signatures are folded away and not thrown away', async (t) => {
    const desk = await aDesk(t)
    const { id } = await desk.opened()
    await desk.takeIn({
      to: desk.plusAddress(id),
      text: 'It was the cable.\n\nOn Mon, 8 Jun 2026 at 09:00, Help desk <help@desk.example> wrote:\n> Is the cable in?\n',
    })
    const { text } = only(await desk.intents(id, 'note'))
    assert.match(
      text,
      /^It was the cable\.\n\n<details><summary>Quoted text<\/summary>\n\n.*Is the cable in\?.*<\/details>$/su,
    )
  })
})

describe('confirmations', () => {
  test('go to one address three times an hour at most, in whatever letters it is written', async (t) => {
    const desk = await aDesk(t)
    const confirmed = async (from: string) => {
      const mail = await desk.takeIn({ from, text: `Mail at ${desk.clock.now()} of ${from}` })
      assert.equal(mail.state, 'opened')
      await desk.clock.turn(minute)
      return (await notices(desk, mail.ticketId ?? '')).length
    }
    const counts = []
    for (const from of [
      'ana@school.example',
      'ANA@school.example',
      'ana@SCHOOL.example',
      'Ana@school.example',
    ])
      counts.push(await confirmed(from))
    assert.deepEqual(counts, [1, 1, 1, 0])
    assert.equal(await confirmed('ben@school.example'), 1, 'somebody else is not kept from theirs')
    await desk.clock.turn(hour)
    assert.equal(await confirmed('ana@school.example'), 1)
  })

  test('count from the form and by mail together', async (t) => {
    const desk = await aDesk(t)
    for (const _ of [1, 2, 3]) await desk.opened()
    const { ticketId } = await desk.takeIn({})
    assert.deepEqual(await notices(desk, ticketId ?? ''), [])
  })

  test('that were not sent do not keep people’s own words from being mailed', async (t) => {
    const desk = await aDesk(t)
    for (const _ of [1, 2, 3]) await desk.opened()
    const { id } = await desk.opened()
    assert.ok(!isRefusal(await replyToTicket(desk.parts, { ref: { id }, by: byBruno, body: 'Which room?' })))
    assert.deepEqual(await notices(desk, id), [['reply', 'ana@school.example']])
  })
})

describe('a lead', () => {
  const forced = async (desk: DeskWithMailbox, id: string) => {
    const result = await replayMail(desk.parts, { id, role: 'lead', forced: true })
    assert.ok(result && !isRefusal(result) && result.replayed)
    await intakeMail(desk.intake, await desk.mail(id))
    return desk.mail(id)
  }

  test('has a mail opened whatever the rules say: from a closed domain, and the person is told', async (t) => {
    const form = { public: true, emailDomains: ['school.example'], maxFileBytes: 10_000 }
    const desk = await aDesk(t, { desk: aMailDeskOf({ form }) })
    const { id } = await desk.takeIn({ from: 'Parent <parent@home.example>' })
    const mail = await forced(desk, id)
    assert.deepEqual(ends(mail), ['opened', 'opened-by-lead'])
    assert.deepEqual(await notices(desk, mail.ticketId ?? ''), [['received', 'parent@home.example']])
    await conserved(desk.store, 1)
  })

  test('has an automatic mail opened, and it is still not answered', async (t) => {
    const desk = await aDesk(t)
    const { id } = await desk.takeIn({
      headers: { 'Auto-Submitted': 'auto-generated' },
      subject: 'Disk full',
    })
    const mail = await forced(desk, id)
    assert.deepEqual(ends(mail), ['opened', 'opened-by-lead'])
    assert.equal((await desk.ticketOf(mail)).title, 'Disk full')
    assert.deepEqual(await notices(desk, mail.ticketId ?? ''), [])
  })

  test('has a mail without a sender opened, which nobody can be told of', async (t) => {
    const desk = await aDesk(t)
    const source = String(await writtenMail()).replace(/^From: .*\r\n/mu, '')
    const { id } = await desk.takeIn(Buffer.from(source))
    const mail = await forced(desk, id)
    assert.equal((await desk.ticketOf(mail)).requester.email, null)
    assert.deepEqual(await notices(desk, mail.ticketId ?? ''), [])
    assert.ok(
      !isRefusal(
        await replyToTicket(desk.parts, { ref: { id: mail.ticketId ?? '' }, by: byDavi, body: 'Who?' }),
      ),
    )
    assert.deepEqual(await notices(desk, mail.ticketId ?? ''), [])
  })
})

describe('a mail that does harm', () => {
  test('is put aside when it kills its reader, and the next one goes on', async (t) => {
    const desk = await aDesk(t)
    const harmful: MailParser = {
      ...parser,
      read: async () => ({ ok: false, reason: 'too-much-memory', detail: '129 MB' }),
    }
    const mail = await desk.takeIn({}, harmful)
    assert.deepEqual([...ends(mail), mail.detail], ['quarantined', 'too-much-memory', '129 MB'])
    assert.deepEqual(ends(await desk.takeIn({})), ['opened', 'new'])
  })

  test('is put aside when it has killed us three times', async (t) => {
    const desk = await aDesk(t)
    const deadly: MailParser = {
      ...parser,
      read: () => Promise.reject(new Error('the whole process is gone')),
    }
    const { id } = await desk.keep(await writtenMail())
    for (const attempts of [1, 2, 3]) {
      await assert.rejects(intakeMail({ ...desk.intake, parser: deadly }, await desk.mail(id)), /gone/u)
      const mail = await desk.mail(id)
      assert.deepEqual([mail.state, mail.attempts], ['received', attempts])
    }
    assert.equal(await intakeMail({ ...desk.intake, parser: deadly }, await desk.mail(id)), 'quarantined')
    assert.deepEqual(ends(await desk.mail(id)), ['quarantined', 'unreadable'])
    assert.ok(await desk.store.read((reader) => reader.mailSource(id)), 'its source is kept')
    await conserved(desk.store, 1)
  })

  test('has no effect when its end cannot be written', async (t) => {
    const desk = await aDesk(t)
    const entry = await desk.keep(await writtenMail())
    const broken: Parts['store'] = {
      ...desk.store,
      write: (work, options) =>
        desk.store.write(
          (writer) =>
            work({
              ...writer,
              settleMail: () => Promise.reject(new Error('the disk is full')),
            } as Writer),
          options,
        ),
    }
    await assert.rejects(intakeMail({ ...desk.intake, store: broken }, entry), /disk is full/u)
    assert.deepEqual(await desk.tickets(), [])
    assert.equal(await intakeMail(desk.intake, await desk.mail(entry.id)), 'opened')
    assert.equal((await desk.tickets()).length, 1)
  })

  test('stays in flight while somebody else changes its ticket, and is taken in afterwards', async (t) => {
    const desk = await aDesk(t)
    const { id } = await desk.opened()
    const entry = await desk.keep(await writtenMail({ to: desk.plusAddress(id), text: 'It was the cable.' }))
    const busy: Parts['store'] = {
      ...desk.store,
      write: (work, options) =>
        desk.store.write((writer) => work({ ...writer, record: async () => 'conflict' } as Writer), options),
    }
    assert.equal(await intakeMail({ ...desk.intake, store: busy }, entry), 'received')
    assert.deepEqual([(await desk.mail(entry.id)).state, await desk.said(id)], ['received', []])
    assert.equal(await intakeMail(desk.intake, await desk.mail(entry.id)), 'appended')
    assert.deepEqual(await desk.said(id), [['replied', 'requester', 'It was the cable.']])
    await conserved(desk.store, 1)
  })
})
