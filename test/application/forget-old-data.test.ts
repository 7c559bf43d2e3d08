// What was kept for long enough goes by itself, a slice at a time, and what must stay stays.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { v7 } from 'uuid'
import { openSqliteStore } from '../../src/adapters/store/store.ts'
import { auditStanding } from '../../src/application/check-audit.ts'
import { keepHouse } from '../../src/application/forget-old-data.ts'
import type { Retention } from '../../src/domain/retention.ts'
import { tooOld, usualRetention } from '../../src/domain/retention.ts'
import type { Ticket } from '../../src/domain/ticket.ts'
import { keepMail } from '../support/mails.ts'
import { aDesk, aTicket, hour, nine } from '../support/tickets.ts'

const day = 24 * hour

const house = async (t: TestContext, retention: Partial<Retention> = {}) => {
  const store = await openSqliteStore({ file: ':memory:', desk: aDesk() })
  t.after(() => store.close())
  let now = nine
  const parts = {
    store,
    clock: { now: () => now, sleep: async () => undefined },
    newId: () => v7(),
    nudge: () => undefined,
    retention: { ...usualRetention, ...retention },
  }
  let number = 100
  return {
    store,
    round: () => keepHouse(parts),
    later: (milliseconds: number) => {
      now += milliseconds
    },
    keep: async (changes: Partial<Ticket>): Promise<Ticket> => {
      const ticket = aTicket({ id: v7(), iid: number++, revision: 0, ...changes })
      await store.write((writer) => writer.adopt([{ ticket, events: [], readAt: nine }]))
      return ticket
    },
    entries: () => store.read(auditStanding),
  }
}

test('a day too old is too old, and 0 keeps for ever', () => {
  assert.equal(tooOld(1, nine), nine - day)
  assert.equal(tooOld(0, nine), null)
})

test('sources of mails go after their time, and the ledger stays', async (t) => {
  const { store, round, later } = await house(t)
  const { id } = await keepMail(store, {})
  await round()
  assert.ok(await store.read((reader) => reader.mailSource(id)))
  later(91 * day)
  await round()
  assert.equal(await store.read((reader) => reader.mailSource(id)), null)
  assert.equal((await store.read((reader) => reader.mail(id)))?.from, 'ana@school.example')
})

test('the audit log forgets, says so itself, and stays whole', async (t) => {
  const { store, round, later, entries } = await house(t, { auditDays: 10 })
  await store.write(async (writer) => {
    for (let n = 0; n < 450; n++)
      await writer.keepAudit({
        by: { kind: 'requester' },
        what: 'reply',
        at: nine + n,
        ticketId: null,
        about: '',
        result: 'done',
      })
  })
  later(11 * day)
  assert.equal(await round(), false, 'there is more than one slice')
  while (!(await round()));
  const { entries: count, checked, broken } = await entries()
  assert.deepEqual([count, checked, broken], [3, 3, null])
  const { records } = await store.read((reader) =>
    reader.audit({
      by: 'belay',
      what: 'forget',
      ticketId: null,
      from: null,
      to: null,
      cursor: null,
      limit: 9,
    }),
  )
  assert.deepEqual(
    records.map(({ about }) => about),
    ['audit: 50', 'audit: 200', 'audit: 200'],
  )
})

test('keys of forms go a while after resolving, and those of open tickets stay', async (t) => {
  const { store, round, later, keep } = await house(t, { formKeyDays: 30 })
  const open = await keep({})
  const done = await keep({ state: 'resolved', resolvedAt: nine })
  await store.write(async (writer) => {
    for (const { id } of [open, done]) {
      const ticket = await writer.ticket({ id })
      assert.ok(ticket)
      await writer.record({ ticket, events: [], operations: [] }, { key: `key-of-${id}` })
    }
  })
  later(31 * day)
  await round()
  assert.equal(await store.read((reader) => reader.formKey(`key-of-${done.id}`)), null)
  assert.equal(await store.read((reader) => reader.formKey(`key-of-${open.id}`)), open.id)
})

test('personal data of tickets resolved long ago are erased where the desk wants it, and only there', async (t) => {
  for (const [days, erased] of [
    [0, false],
    [365, true],
  ] as const) {
    const { store, round, later, keep } = await house(t, { closedTicketPersonalDataDays: days })
    const [old, young, open] = [
      await keep({ state: 'resolved', resolvedAt: nine }),
      await keep({ state: 'resolved', resolvedAt: nine + 300 * day }),
      await keep({}),
    ]
    later(366 * day)
    while (!(await round()));
    const isErased = async ({ id }: Ticket) =>
      (await store.read((reader) => reader.ticket({ id })))?.requester.erased === true
    assert.deepEqual(
      [await isErased(old), await isErased(young), await isErased(open)],
      [erased, false, false],
    )
    const told = await store.read((reader) => reader.operations(old.id))
    assert.deepEqual(
      told.map(({ intent, author }) => [intent.kind, author.kind]),
      erased ? [['erase', 'desk']] : [],
    )
  }
})

test('a round with nothing to do changes nothing', async (t) => {
  const { store, round, keep } = await house(t)
  await keep({})
  await round()
  const before = await store.version()
  assert.equal(await round(), true)
  assert.equal(await store.version(), before)
})
