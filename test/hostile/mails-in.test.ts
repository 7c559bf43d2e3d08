// Every hostile mail, one after the other into one desk: the real parser in its process, the real store, the real
// gateway into a sandbox. Each ends as the table says; none commands or mentions anything, none is answered to strangers.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createMailParser, fingerprintOf } from '../../src/adapters/mail/parser.ts'
import { createMailTokens } from '../../src/adapters/mail/tokens.ts'
import { intakeMail } from '../../src/application/intake-mail.ts'
import { noticeMessageId } from '../../src/domain/mail-token.ts'
import { deskAndGitlab } from '../support/desk-and-gitlab.ts'
import { aMailDeskOf } from '../support/mail-desk.ts'
import { deskAddress } from '../support/mail-writing.ts'
import type { MailIn } from './inputs/mails-in.ts'
import { mailsIn } from './inputs/mails-in.ts'
import { textOf } from './row.ts'

/** Long enough for a busy machine: what these mails do is looked at, not how fast. */
const parser = createMailParser({ deadlineMs: 60_000 })
after(() => parser.close())

const rawOf = ({ headers = {}, body = 'It is still black.' }: MailIn, id: string): string => {
  const all = {
    From: 'Ana <ana@school.example>',
    To: `Help desk <${deskAddress}>`,
    Subject: `Screen, ${id}`,
    'Message-ID': `<${id.replace(/\W+/g, '-')}@school.example>`,
    Date: 'Mon, 08 Jun 2026 09:00:00 +0000',
    'MIME-Version': '1.0',
    ...headers,
  }
  const lines = Object.entries(all).flatMap(([name, values]) =>
    (Array.isArray(values) ? values : [values]).flatMap((value) => {
      const written = textOf(value)
      return written === '' && headers[name] === ''
        ? name === 'Subject'
          ? ['Subject:']
          : []
        : [`${name}: ${written}`]
    }),
  )
  return `${lines.join('\r\n')}\r\n\r\n${textOf(body)}`
}

test('a hostile mail ends as it should, and the next one is read', async (t) => {
  const desk = await deskAndGitlab(t, {
    sandbox: { empty: true, serviceDesk: false, limits: { notes: 0, issues: 0 } },
    desk: aMailDeskOf(),
  })
  const { store, parts, sandbox } = desk
  const tokens = createMailTokens([new Uint8Array(32).fill(7)])
  const intake = { ...parts, parser, tokens, address: deskAddress, fingerprintOf }
  const takeIn = async (id: string, source: string) => {
    const place = { mailbox: 'INBOX', uidValidity: '1', uid: String(++uid) }
    const entry = {
      id: parts.newId(),
      place,
      receivedAt: parts.clock.now(),
      source: Buffer.from(source, 'utf8'),
    }
    await store.write((writer) => writer.receiveMail(entry))
    const kept = await store.read((reader) => reader.mail(entry.id))
    assert.ok(kept, id)
    await intakeMail(intake, kept)
    await desk.push()
    const ended = await store.read((reader) => reader.mail(entry.id))
    assert.ok(ended, id)
    return ended
  }
  let uid = 0

  const known = await takeIn('known', rawOf({}, 'known'))
  const ticketId = known.ticketId ?? assert.fail('Ana has no ticket')
  const { iid } = (await store.read((reader) => reader.ticket({ id: ticketId }))) ?? {}
  assert.equal(iid, 1)
  const token = tokens.tokenFor(ticketId)
  const filled = (text: string) =>
    text
      .replaceAll('{token}', token)
      .replaceAll('{token-short}', token.slice(0, -1))
      .replaceAll('{token-other}', `${token.slice(0, -1)}${token.endsWith('a') ? 'b' : 'a'}`)
      .replaceAll('{known}', known.messageId ?? '')
      .replaceAll('{own}', noticeMessageId(token, ticketId, 'desk.example'))

  const publicNotes = () => sandbox.notes(1).filter((note) => !note.system && !note.internal).length
  for (const { id, input, expect } of mailsIn)
    await t.test(id, async () => {
      const before = publicNotes()
      const mail = await takeIn(id, filled(rawOf(input, id)))
      assert.equal(`${mail.state} ${mail.reason}`, expect, `${mail.detail} ${mail.from} ${mail.subject}`)
      assert.equal(
        publicNotes() - before,
        expect === 'appended by-token' ? 1 : 0,
        'a public answer without proof',
      )
      if (mail.state === 'opened' && mail.ticketId !== null) {
        assert.notEqual(mail.ticketId, ticketId)
        const ticket = await store.read((reader) => reader.ticket({ id: mail.ticketId ?? '' }))
        assert.equal(ticket?.confidential, true)
        assert.equal(ticket?.requester.email, mail.from)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that none is left is what is asked
        assert.doesNotMatch(`${ticket?.title}${ticket?.requester.name}`, /[\x00-\x1f\u202a-\u202e]/)
      }
    })

  await t.test('nothing happened in GitLab but that the texts are there', async () => {
    assert.deepEqual([sandbox.mentions(), sandbox.todos(), sandbox.crossReferences()], [[], [], []])
    for (const issue of sandbox.issues()) {
      assert.deepEqual([issue.state, issue.confidential], ['opened', 1], `ticket ${issue.iid}`)
      assert.deepEqual(issue.labels, ['level::1'])
      assert.deepEqual(sandbox.emails(issue.iid), [])
    }
    assert.deepEqual(sandbox.sentMails(), [])
  })

  await t.test('only who wrote is written to, and nothing of what was written is repeated', async () => {
    const tickets = await store.read((reader) => reader.walk({ after: null, limit: 1_000 }))
    for (const { id, requester } of tickets) {
      const open = await store.read((reader) => reader.operations(id))
      for (const { intent } of open) {
        if (intent.kind !== 'mail') continue
        assert.ok(['ana@school.example', requester.email].includes(intent.to.address), intent.to.address)
        assert.ok(!/victim|close|@all/u.test(JSON.stringify({ ...intent, to: intent.to.address })))
      }
    }
    const acknowledged = await store.read((reader) => reader.acknowledgements('x@evil.example', 0))
    assert.ok(acknowledged <= 3, `${acknowledged} automatic mails to one stranger`)
  })
})
