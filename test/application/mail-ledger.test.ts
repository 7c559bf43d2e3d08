// What leads and agents can do with mails that came in: see them all, read one again, have one read anew,
// and choose which mails they want themselves. And with which text each file of a ticket came.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMailParser } from '../../src/adapters/mail/parser.ts'
import { canBeGranted, chooseNotices, readWish } from '../../src/application/choose-notices.ts'
import { listMails } from '../../src/application/list-mails.ts'
import { readMailHtml, readMailOriginal, readMailSource } from '../../src/application/read-mail-original.ts'
import { opening, readTicket } from '../../src/application/read-ticket.ts'
import { recordAndAnnounce } from '../../src/application/record-and-announce.ts'
import { replayMail } from '../../src/application/replay-mail.ts'
import { noteUnverified } from '../../src/domain/conversation.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { keepMail, rawMail } from '../support/mails.ts'
import { bruno, byBruno } from '../support/people.ts'
import { aDesk, circumstances, hour, nine, only, refusedWith } from '../support/tickets.ts'
import { aDeskAtWork } from './a-desk.ts'

const mailDesk = aDesk({ mail: { own: true, language: 'en', reopenWithin: 14 * 24 * hour } })
const everything = { words: '', state: null, cursor: null, limit: 50, me: 'davi' } as const

test('the list shows every mail with its ticket’s number, and counts that sum up to all that came', async (t) => {
  const desk = await aDeskAtWork(t, { desk: mailDesk })
  const ticket = await desk.opened()
  await keepMail(desk.store, { ticketId: ticket.id, receivedAt: nine })
  await keepMail(desk.store, { state: 'ignored', reason: 'list', receivedAt: nine + 1 })
  await keepMail(desk.store, { state: 'received', reason: null, receivedAt: nine + 2 })
  const reading = await listMails(desk.parts, everything)
  assert.deepEqual(
    reading.mails.map(({ state }) => state),
    ['received', 'ignored', 'opened'],
  )
  assert.equal(reading.numbers.get(ticket.id), ticket.iid)
  const { received, opened, appended, bounced, ignored, quarantined } = reading.mailCounts
  assert.equal(received + opened + appended + bounced + ignored + quarantined, 3)
})

test('only a lead has a mail read anew, and only one that is on no ticket', async (t) => {
  const desk = await aDeskAtWork(t, { desk: mailDesk })
  const ticket = await desk.opened()
  const { id } = await keepMail(desk.store, { state: 'quarantined', reason: 'form-closed' })
  refusedWith(await replayMail(desk.parts, { id, role: 'specialist', forced: true }), 'not-your-role')
  const nudges = desk.nudges()
  const lead = { role: 'lead', forced: true } as const
  const result = await replayMail(desk.parts, { id, ...lead })
  assert.ok(result && !isRefusal(result) && result.replayed)
  assert.equal(desk.nudges(), nudges + 1, 'the intake goes on at once')
  const now = await desk.read((reader) => reader.mail(id))
  assert.deepEqual([now?.state, now?.forced], ['received', true])
  const onTicket = await keepMail(desk.store, { ticketId: ticket.id })
  for (const one of [id, onTicket.id]) {
    const again = await replayMail(desk.parts, { id: one, ...lead })
    assert.ok(again && !isRefusal(again) && !again.replayed, one)
  }
  assert.equal(await replayMail(desk.parts, { id: 'never', ...lead }), null)
  assert.equal(desk.nudges(), nudges + 1)
})

test('on a ticket’s page a mail of another ticket does not exist', async (t) => {
  const mailParser = createMailParser()
  t.after(() => mailParser.close())
  const desk = await aDeskAtWork(t, { desk: mailDesk, mailParser })
  const [own, other] = [await desk.opened(), await desk.opened()]
  assert.ok(own.iid !== null && other.iid !== null)
  const source = rawMail({ html: '<p>Still <b>black</b></p>' })
  const { id } = await keepMail(desk.store, { ticketId: own.id, source })
  for (const ref of [{ iid: own.iid }, { id: own.id }]) {
    const original = await readMailOriginal(desk.parts, { id, ref })
    assert.ok(original?.reading?.ok)
    assert.match((await readMailHtml(desk.parts, { id, ref })) ?? '', /<b>black<\/b>/)
  }
  for (const ref of [{ iid: other.iid }, { id: other.id }, { iid: 4_711 }]) {
    assert.equal(await readMailOriginal(desk.parts, { id, ref }), null)
    assert.equal(await readMailHtml(desk.parts, { id, ref }), null)
    assert.equal(await readMailSource(desk.parts, { id, ref }), null)
  }
  assert.deepEqual((await readMailSource(desk.parts, { id }))?.source, source)
  const onNone = await keepMail(desk.store, { state: 'ignored', reason: 'list' })
  assert.equal(await readMailOriginal(desk.parts, { id: onNone.id, ref: { iid: own.iid } }), null)
  assert.equal((await readMailOriginal(desk.parts, { id: onNone.id }))?.ticket, null)
})

test('a mail that is too old to be kept still says what became of it', async (t) => {
  const desk = await aDeskAtWork(t, { desk: mailDesk })
  const { id } = await keepMail(desk.store, { state: 'ignored', reason: 'list' })
  await desk.store.write((writer) => writer.forgetMailSources(nine + hour))
  const original = await readMailOriginal(desk.parts, { id })
  assert.deepEqual([original?.mail.reason, original?.kept, original?.reading], ['list', false, null])
  assert.equal(await readMailSource(desk.parts, { id }), null)
})

test('an agent chooses which mails they want, and none are sent to what is no plain address', async (t) => {
  const desk = await aDeskAtWork(t, { desk: mailDesk })
  assert.equal(await readWish(desk.parts, bruno.id), null)
  const wish = { userId: bruno.id, address: 'bruno@desk.example', wish: 'mine', language: 'de' } as const
  await chooseNotices(desk.parts, wish)
  assert.deepEqual(await readWish(desk.parts, bruno.id), wish)
  for (const address of ['', 'bruno', 'bruno@desk.example, ana@school.example', 'B <bruno@desk.example>']) {
    assert.equal(canBeGranted({ ...wish, address }), false, address)
    assert.throws(() => chooseNotices(desk.parts, { ...wish, address }), TypeError)
  }
  assert.ok(canBeGranted({ wish: 'none', address: '' }))
})

test('a file stands with the text it came with, before GitLab has it and after', async (t) => {
  const desk = await aDeskAtWork(t, { desk: mailDesk })
  const first = { id: desk.parts.newId(), name: 'screen.png', type: 'image/png', bytes: 3 }
  const { id } = await desk.opened({ files: [first] })
  const secret = { id: desk.parts.newId(), name: 'salaries.ods', type: 'application/ods', bytes: 3 }
  const by = { ...circumstances(byBruno), newId: desk.parts.newId }
  const decision = noteUnverified(
    await desk.ticket(id),
    { text: 'Look.', files: [secret], by: 'Not verified: this e-mail.' },
    by,
  )
  const files = [{ file: secret, bytes: new Uint8Array(3) }]
  await desk.store.write((writer) =>
    recordAndAnnounce(writer, decision, { desk: mailDesk, circumstances: by }, { files }),
  )
  const note = only(decision.events).source
  const sources = async () => (await readTicket(desk.parts, { id }))?.fileSources
  const expected = new Map([
    [first.id, opening],
    [secret.id, note],
  ])
  assert.deepEqual(await sources(), expected)
  await desk.clock.turn(2 * hour)
  assert.ok((await desk.pushAll()) > 0)
  assert.deepEqual(await sources(), expected)
})

test('a file whose note was given up stands nowhere, and never with the ticket’s own text', async (t) => {
  const desk = await aDeskAtWork(t, { desk: mailDesk })
  const { id } = await desk.opened()
  const secret = { id: desk.parts.newId(), name: 'salaries.ods', type: 'application/ods', bytes: 3 }
  const by = { ...circumstances(byBruno), newId: desk.parts.newId }
  const decision = noteUnverified(
    await desk.ticket(id),
    { text: 'Look.', files: [secret], by: 'Not verified.' },
    by,
  )
  const files = [{ file: secret, bytes: new Uint8Array(3) }]
  await desk.store.write((writer) => writer.record({ ...decision, events: [] }, { files }))
  assert.deepEqual((await readTicket(desk.parts, { id }))?.fileSources, new Map())
})

test('a mail is found on its ticket by the note that carried it, under either of its names', async (t) => {
  const desk = await aDeskAtWork(t, { desk: mailDesk })
  const { id } = await desk.opened()
  const by = { ...circumstances(byBruno), newId: desk.parts.newId }
  const decision = noteUnverified(
    await desk.ticket(id),
    { text: 'Look.', files: [], by: 'Not verified.' },
    by,
  )
  await desk.store.write((writer) => writer.record(decision))
  const operationId = only(decision.operations).id
  await keepMail(desk.store, { ticketId: id, operationId: id })
  await keepMail(desk.store, { state: 'appended', reason: 'unverified', ticketId: id, operationId })
  await keepMail(desk.store, { state: 'ignored', reason: 'auto-reply', ticketId: id })
  const read = async () => (await readTicket(desk.parts, { id })) ?? assert.fail('the ticket is gone')
  const sources = async () => (await read()).mails.map(({ source }) => source)
  assert.deepEqual(await sources(), [opening, `op:${operationId}`, null])
  await desk.clock.turn(2 * hour)
  await desk.pushAll()
  const outcome = (await desk.read((reader) => reader.operation(operationId)))?.outcome
  const noteId = outcome?.kind === 'noted' ? outcome.noteId : assert.fail('GitLab has no note')
  const { ticket, events } = await read()
  const asGitlabSaysIt = events.map((event) =>
    event.source === `op:${operationId}` ? { ...event, source: `note:${noteId}` } : event,
  )
  await desk.store.write((writer) =>
    writer.adopt([
      { ticket: { ...ticket, changedAt: nine + 2 * hour }, events: asGitlabSaysIt, readAt: nine + 2 * hour },
    ]),
  )
  assert.deepEqual(await sources(), [opening, `note:${noteId}`, null])
})
