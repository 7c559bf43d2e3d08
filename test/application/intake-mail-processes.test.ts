// Two processes on one PostgreSQL take mails in at the same time, while agents work: each mail has its effect once,
// whoever was quicker (security I5, I6, I15).

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { after, test } from 'node:test'
import { createMailParser } from '../../src/adapters/mail/parser.ts'
import { openPostgresStore } from '../../src/adapters/store/store.ts'
import { intakeMail } from '../../src/application/intake-mail.ts'
import { noteOnTicket } from '../../src/application/note-on-ticket.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import type { DeskWithMailbox } from '../support/mail-desk.ts'
import { aDeskWithMailbox, conserved } from '../support/mail-desk.ts'
import { writtenMail } from '../support/mail-writing.ts'
import { byBruno } from '../support/people.ts'
import { startPostgres } from '../support/postgres.ts'

const parser = createMailParser()
const another = createMailParser()
after(() => Promise.all([parser.close(), another.close()]))

const twoProcesses = async (t: TestContext) => {
  const url = await (await startPostgres()).createDatabase()
  const open = (reader: typeof parser) =>
    aDeskWithMailbox(t, { parser: reader, store: (desk) => openPostgresStore({ url, desk }) })
  return [await open(parser), await open(another)] as const
}

/** As the worker does it, again and again until nothing is in flight. */
const takeInAll = async (desk: DeskWithMailbox): Promise<void> => {
  for (let round = 0; round < 10; round++) {
    const waiting = await desk.store.read((reader) => reader.mailsToRead(20))
    if (waiting.length === 0) return
    for (const mail of waiting) await intakeMail(desk.intake, mail)
  }
  assert.fail('a mail stays in flight for ever')
}

test('each of twenty mails opens one ticket and is confirmed once', async (t) => {
  const [one, two] = await twoProcesses(t)
  for (let number = 0; number < 20; number++)
    await one.keep(await writtenMail({ from: `p${number}@school.example`, text: `Mail ${number}` }))
  await Promise.all([takeInAll(one), takeInAll(two)])
  const tickets = await one.tickets()
  assert.deepEqual(
    tickets.map(({ text }) => text).sort(),
    Array.from({ length: 20 }, (_, number) => `Mail ${number}`).sort(),
  )
  for (const { id, requester } of tickets)
    assert.deepEqual(
      (await one.outgoing(id)).map(({ notice, to }) => [notice, to.address]),
      [['received', requester.email]],
    )
  const counts = await conserved(two.store, 20)
  assert.deepEqual([counts.opened, counts.received], [20, 0])
})

test('the same mail, delivered twice and read by both at once, opens one ticket', async (t) => {
  const [one, two] = await twoProcesses(t)
  const source = await writtenMail()
  const entries = [await one.keep(source), await two.keep(source)] as const
  const states = await Promise.all([intakeMail(one.intake, entries[0]), intakeMail(two.intake, entries[1])])
  assert.deepEqual(states.toSorted(), ['ignored', 'opened'])
  assert.equal((await one.tickets()).length, 1)
})

test('answers on one ticket while an agent writes there are all kept, once each', async (t) => {
  const [one, two] = await twoProcesses(t)
  const { id } = await one.opened()
  const words = Array.from({ length: 8 }, (_, number) => `Answer ${number}`)
  for (const text of words) await one.keep(await writtenMail({ to: one.plusAddress(id), text }))
  const notes = async () => {
    for (let number = 0; number < 5; number++) {
      const done = await noteOnTicket(one.parts, { ref: { id }, by: byBruno, body: `Note ${number}` })
      assert.ok(!isRefusal(done))
    }
  }
  await Promise.all([takeInAll(one), takeInAll(two), notes()])
  const said = await two.said(id)
  assert.deepEqual(
    said
      .filter(([kind]) => kind === 'replied')
      .map(([, , text]) => text)
      .sort(),
    words,
  )
  assert.equal(said.filter(([kind]) => kind === 'noted').length, 5)
  assert.equal((await two.intents(id, 'note')).length, 13)
  await conserved(one.store, 8)
})

test('confirmations to one address stay three an hour, however many processes send them', async (t) => {
  const [one, two] = await twoProcesses(t)
  for (let number = 0; number < 8; number++) await one.keep(await writtenMail({ text: `Mail ${number}` }))
  await Promise.all([takeInAll(one), takeInAll(two)])
  const tickets = await one.tickets()
  assert.equal(tickets.length, 8)
  const confirmations = []
  for (const { id } of tickets) confirmations.push(...(await one.outgoing(id)))
  assert.equal(confirmations.length, 3)
})
