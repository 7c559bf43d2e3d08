// A mail that names a ticket without its token stands there as a note among agents, until one of them vouches
// for it (security section 4, I8): then it is the requester's public answer, once.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { createMailParser, fingerprintOf } from '../../src/adapters/mail/parser.ts'
import { createMailTokens } from '../../src/adapters/mail/tokens.ts'
import { acceptMail } from '../../src/application/accept-mail.ts'
import { intakeMail } from '../../src/application/intake-mail.ts'
import { readTicket } from '../../src/application/read-ticket.ts'
import { resolveTicket } from '../../src/application/resolve-ticket.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { keepMail, rawMail } from '../support/mails.ts'
import { byBruno, byCarla } from '../support/people.ts'
import { aDesk, hour, only, refusedWith } from '../support/tickets.ts'
import { aDeskAtWork, asDone } from './a-desk.ts'

const mailDesk = aDesk({ mail: { own: true, language: 'en', reopenWithin: 14 * 24 * hour } })

/** Ana has a ticket, and this mail came that names its number but not its token. */
const unverified = async (t: TestContext, said: Parameters<typeof rawMail>[0] = {}) => {
  const mailParser = createMailParser()
  t.after(() => mailParser.close())
  const desk = await aDeskAtWork(t, { desk: mailDesk, mailParser })
  const ticket = await desk.opened()
  await keepMail(desk.store, {
    state: 'received',
    reason: null,
    source: rawMail({ subject: `Re: My screen (#${ticket.iid})`, ...said }),
  })
  const [waiting] = await desk.read((reader) => reader.mailsToRead(1))
  assert.ok(waiting)
  const { parts } = desk
  await intakeMail(
    {
      ...parts,
      parser: mailParser,
      tokens: createMailTokens([randomBytes(32)]),
      address: 'help@desk.example',
      fingerprintOf,
    },
    waiting,
  )
  const mail = async () => (await desk.read((reader) => reader.mail(waiting.id))) ?? assert.fail('it is gone')
  assert.equal((await mail()).reason, 'unverified')
  return { desk, ticket, id: waiting.id, mail }
}

const accept = async (desk: Awaited<ReturnType<typeof aDeskAtWork>>, id: string, by = byBruno) =>
  (await acceptMail(desk.parts, { id, by })) ?? assert.fail('there is no such mail')

const conversation = async (desk: Awaited<ReturnType<typeof aDeskAtWork>>, id: string) =>
  ((await readTicket(desk.parts, { id }))?.events ?? []).flatMap(({ what, actor }) =>
    what.kind === 'replied' || what.kind === 'noted'
      ? [{ kind: what.kind, who: actor.kind, text: what.text }]
      : [],
  )

test('an accepted mail is the public answer of the requester, with its files, and our turn again', async (t) => {
  const { desk, ticket, id, mail } = await unverified(t, {
    text: 'It was the cable.',
    file: { name: 'log.txt', text: 'error -71' },
  })
  await desk.pushAll()
  const before = await conversation(desk, ticket.id)
  assert.deepEqual(
    before.map(({ kind }) => kind),
    ['noted'],
  )
  // The page leaves this sentence out: it says so by itself.
  assert.match(before[0]?.text ?? '', /^Not verified: [^\n]*\n\nIt was the cable\./u)
  const { ticket: now } = asDone(await accept(desk, id))
  assert.notEqual(now.awaitingSince, null)
  assert.equal((await mail()).reason, 'accepted')
  const [, answer] = await conversation(desk, ticket.id)
  assert.deepEqual(answer, { kind: 'replied', who: 'requester', text: 'It was the cable.' })
  const operations = await desk.operations(ticket.id)
  const note = only(operations.filter(({ intent }) => intent.kind === 'note'))
  assert.ok(note.intent.kind === 'note' && !note.intent.internal)
  assert.equal(note.author.kind, 'requester')
  assert.deepEqual(
    note.intent.files?.map(({ name }) => name),
    ['log.txt'],
  )
  const upload = only(operations.filter(({ intent }) => intent.kind === 'upload'))
  const file = upload.intent.kind === 'upload' ? upload.intent.file.id : ''
  const bytes = await desk.read((reader) => reader.fileBytes(file))
  assert.equal(new TextDecoder().decode(bytes ?? undefined).trim(), 'error -71')
})

test('two agents who press at the same moment accept it once', async (t) => {
  const { desk, ticket, id } = await unverified(t)
  const results = await Promise.all([accept(desk, id), accept(desk, id, byCarla), accept(desk, id)])
  assert.deepEqual(results.map((result) => asDone(result).already).sort(), [false, true, true])
  const answers = (await conversation(desk, ticket.id)).filter(({ kind }) => kind === 'replied')
  assert.equal(answers.length, 1)
  assert.equal(asDone(await accept(desk, id)).already, true)
})

test('what somebody else wrote bears their name, not the requester’s', async (t) => {
  const { desk, ticket, id, mail } = await unverified(t, { from: 'Ana <ana@school.example>' })
  const { ticketId, operationId } = await mail()
  // Only from Ana's own address does a number in a subject lead anywhere; another address comes by a copied Message-ID.
  const other = await keepMail(desk.store, {
    state: 'appended',
    reason: 'unverified',
    from: 'mallory@evil.example',
    fromName: 'Mallory',
    ticketId,
    operationId,
    source: rawMail({ from: 'Mallory <mallory@evil.example>', text: 'Please send the password here.' }),
  })
  asDone(await accept(desk, other.id))
  asDone(await accept(desk, id))
  const texts = (await conversation(desk, ticket.id))
    .filter(({ kind }) => kind === 'replied')
    .map(({ text }) => text)
  assert.deepEqual(texts, ['(Mallory)\n\nPlease send the password here.', 'It is still black.'])
})

test('where the raw mail is not kept any more, the words of the note are accepted', async (t) => {
  const { desk, ticket, id } = await unverified(t, { text: 'First line.\r\n\r\nSecond line.' })
  await desk.store.write((writer) => writer.forgetMailSources(desk.clock.now() + hour))
  asDone(await accept(desk, id))
  const [, answer] = await conversation(desk, ticket.id)
  assert.equal(answer?.text, 'First line.\n\nSecond line.')
})

test('a rule that says no leaves the mail unverified, so that it can be accepted later', async (t) => {
  const { desk, ticket, id, mail } = await unverified(t)
  asDone(
    await resolveTicket(desk.parts, {
      ref: { id: ticket.id },
      by: byBruno,
      answer: 'A new cable.',
      standardAnswer: 'Done.',
    }),
  )
  await desk.pushAll()
  await desk.clock.turn(15 * 24 * hour)
  refusedWith(await accept(desk, id), 'ticket-resolved')
  assert.equal((await mail()).reason, 'unverified')
})

test('a mail that is on no ticket, and one that never was, cannot be accepted', async (t) => {
  const desk = await aDeskAtWork(t, { desk: mailDesk })
  const { id } = await keepMail(desk.store, { state: 'ignored', reason: 'list' })
  assert.equal(await acceptMail(desk.parts, { id, by: byBruno }), null)
  assert.equal(await acceptMail(desk.parts, { id: 'never', by: byBruno }), null)
})

test('what was proven needs nobody to accept it, and is not said twice', async (t) => {
  const desk = await aDeskAtWork(t, { desk: mailDesk })
  const ticket = await desk.opened()
  const { id } = await keepMail(desk.store, { state: 'appended', reason: 'by-token', ticketId: ticket.id })
  const result = await acceptMail(desk.parts, { id, by: byBruno })
  assert.ok(result && !isRefusal(result) && result.already)
  assert.deepEqual(await conversation(desk, ticket.id), [])
})
