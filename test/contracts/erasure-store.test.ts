// What the desk relies on when it erases, on SQLite and on PostgreSQL.

import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { IndexedStore } from '../../src/adapters/store/store.ts'
import { openPostgresStore, openSqliteStore } from '../../src/adapters/store/store.ts'
import { happened, toBeDone } from '../../src/domain/decision.ts'
import { keepMail, rawMail } from '../support/mails.ts'
import { startPostgres } from '../support/postgres.ts'
import { aDesk, aTicket, minute, nine } from '../support/tickets.ts'

const backends: readonly { name: string; fresh: (t: TestContext) => Promise<IndexedStore> }[] = [
  {
    name: 'SQLite',
    fresh: async (t) => {
      const store = await openSqliteStore({ file: ':memory:', desk: aDesk() })
      t.after(() => store.close())
      return store
    },
  },
  {
    name: 'PostgreSQL',
    fresh: async (t) => {
      const url = await (await startPostgres()).createDatabase()
      const store = await openPostgresStore({ url, desk: aDesk() })
      t.after(() => store.close())
      return store
    },
  },
]

const ana = { name: 'Ana Alves', email: 'ana@school.example', username: null }
const byAna = { kind: 'requester', name: 'Ana Alves' } as const
const byBruno = { kind: 'agent', id: 11, username: 'bruno', name: 'Bruno' } as const

const kept = async (store: IndexedStore) => {
  const ticket = aTicket({ revision: 0, requester: ana, title: 'crimson', text: 'kettle' })
  let n = 0
  const circumstances = (by: typeof byAna | typeof byBruno) => ({ by, at: nine, newId: () => `o-${++n}` })
  const file = { id: 'f-1', name: 'passport.png', type: 'image/png', bytes: 3 }
  const agentsFile = { id: 'f-2', name: 'manual.pdf', type: 'application/pdf', bytes: 3 }
  const reply = toBeDone(ticket, circumstances(byAna), {
    kind: 'note',
    purpose: 'reply',
    text: 'the kettle',
    internal: false,
    files: [file],
  })
  const answer = toBeDone(ticket, circumstances(byBruno), {
    kind: 'note',
    purpose: 'reply',
    text: 'Read the manual',
    internal: false,
    files: [agentsFile],
  })
  const mail = toBeDone(ticket, circumstances(byBruno), {
    kind: 'mail',
    notice: 'reply',
    to: { name: 'Ana Alves', address: 'ana@school.example' },
    language: 'en',
    text: 'Read the manual',
  })
  const upload = toBeDone(ticket, circumstances(byAna), { kind: 'upload', file })
  await store.write((writer) =>
    writer.record(
      {
        ticket,
        events: [
          happened(ticket, circumstances(byAna), reply.id, { kind: 'replied', text: 'the kettle' }),
          happened(ticket, circumstances(byBruno), answer.id, { kind: 'replied', text: 'Read the manual' }),
        ],
        operations: [upload, reply, answer, mail],
      },
      {
        key: 'form-key-1',
        files: [
          { file, bytes: new Uint8Array([1]) },
          { file: agentsFile, bytes: new Uint8Array([2]) },
        ],
      },
    ),
  )
  await store.write((writer) => writer.acknowledged('ana@school.example', ticket.id, nine))
  const { id } = await keepMail(store, { ticketId: ticket.id, source: rawMail({ text: 'kettle' }) })
  return { ticket, mailId: id, operations: { upload, reply, answer, mail } }
}

for (const { name, fresh } of backends)
  describe(`erasing, in ${name}`, () => {
    test('what is hers goes, what agents wrote and the keys of forms stay', async (t) => {
      const store = await fresh(t)
      const { ticket, mailId, operations } = await kept(store)
      const before = await store.version()
      assert.equal(await store.write((writer) => writer.eraseTicket(ticket.id, 'e-1', nine)), true)
      assert.notEqual(await store.version(), before)
      await store.read(async (reader) => {
        const all = [
          await reader.ticket({ id: ticket.id }),
          await reader.events(ticket.id),
          await reader.operation(operations.reply.id),
          await reader.operation(operations.mail.id),
          await reader.operation(operations.upload.id),
          await reader.files(ticket.id),
          await reader.mail(mailId),
          await reader.mailSource(mailId),
        ]
        assert.doesNotMatch(JSON.stringify(all), /ana|crimson|kettle|passport/iu)
        assert.equal((await reader.operation(operations.upload.id))?.state, 'done', 'its bytes are gone')
        assert.equal((await reader.operation(operations.mail.id))?.state, 'done', 'nobody is mailed any more')
        assert.equal((await reader.operation(operations.reply.id))?.state, 'ready')
        assert.match(JSON.stringify(await reader.events(ticket.id)), /Read the manual/u)
        assert.deepEqual(
          (await reader.files(ticket.id)).map((file) => file.name),
          ['manual.pdf'],
        )
        assert.equal(await reader.fileBytes('f-1'), null)
        assert.equal(await reader.formKey('form-key-1'), ticket.id)
        assert.equal(await reader.acknowledgements('ana@school.example', 0), 0)
        assert.equal((await reader.mailCounts()).opened, 1, 'mail is conserved')
        const page = await reader.ticketsOfAddress('ana@school.example', { limit: 5, cursor: null })
        assert.deepEqual(page.tickets, [])
      })
      assert.equal(await store.write((writer) => writer.eraseTicket('no-such', 'e-1', nine)), false)
    })

    test('whatever GitLab says of it afterwards comes in erased, also after the index was dropped', async (t) => {
      const store = await fresh(t)
      const ticket = aTicket({ iid: 42, requester: ana, title: 'crimson', text: 'kettle', revision: 0 })
      const said = {
        ticketId: ticket.id,
        source: 'note:1',
        at: nine,
        actor: { kind: 'requester', name: 'Ana Alves' } as const,
        byHand: false,
        hidden: false,
        what: { kind: 'replied', text: 'kettle' } as const,
      }
      const change = { ticket, events: [said], readAt: nine + minute }
      await store.write((writer) => writer.adopt([change]))
      await store.write((writer) => writer.eraseTicket(ticket.id, 'e-1', nine))
      const nothing = async (when: string) =>
        assert.doesNotMatch(
          JSON.stringify(
            await store.read(async (reader) => [
              await reader.ticket({ iid: 42 }),
              await reader.events(ticket.id),
            ]),
          ),
          /ana|crimson|kettle/iu,
          when,
        )
      await store.write((writer) => writer.adopt([change]))
      await nothing('read again')
      await store.write((writer) => writer.adopt([{ ...change, events: null, readAt: null }]))
      await nothing('listed again')
      await store.write((writer) => writer.dropIndex({ labels: [], at: nine }))
      await store.write((writer) => writer.adopt([change]))
      await nothing('made anew')
      // Where its mark became readable it has another id.
      await store.write((writer) => writer.dropIndex({ labels: [], at: nine }))
      const other = { ...ticket, id: '0197f000-0000-7000-8000-0000000000ff' }
      await store.write((writer) => writer.adopt([{ ...change, ticket: other }]))
      await nothing('under another id')
      assert.equal((await store.read((reader) => reader.ticket({ iid: 42 })))?.requester.erased, true)
    })

    test('mails of an address go in any letter case, and no others', async (t) => {
      const store = await fresh(t)
      const { id } = await keepMail(store, { from: 'ANA@School.example', subject: 'crimson' })
      const other = await keepMail(store, { from: 'susanna@school.example' })
      assert.equal((await store.read((reader) => reader.mailsFrom('ana@school.example', 9))).length, 1)
      assert.equal(await store.write((writer) => writer.eraseMailsFrom('Ana@school.example', 9)), 1)
      assert.equal(await store.write((writer) => writer.eraseMailsFrom('Ana@school.example', 9)), 0)
      assert.equal((await store.read((reader) => reader.mail(id)))?.subject, '')
      assert.equal(await store.read((reader) => reader.mailSource(id)), null)
      assert.equal((await store.read((reader) => reader.mail(other.id)))?.from, 'susanna@school.example')
    })

    test('an erasure knows whose data it was only while it is under way', async (t) => {
      const store = await fresh(t)
      await store.write((writer) =>
        writer.beginErasure({ id: 'e-1', at: nine, by: 'davi', whom: 'ana@school.example' }),
      )
      assert.equal((await store.read((reader) => reader.erasuresUnderWay())).length, 1)
      await store.write((writer) => writer.countErasure('e-1', { tickets: 2, mails: 3, ended: true }))
      assert.deepEqual(await store.read((reader) => reader.erasuresUnderWay()), [])
      assert.deepEqual(await store.read((reader) => reader.erasure('e-1')), {
        id: 'e-1',
        at: nine,
        by: 'davi',
        whom: '',
        tickets: 2,
        mails: 3,
      })
    })
  })
