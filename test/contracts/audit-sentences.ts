// What the desk relies on when it keeps its audit log, whatever the database.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { IndexedStore } from '../../src/adapters/store/store.ts'
import type { AuditPage, AuditQuery } from '../../src/application/audit-ports.ts'
import { auditStanding, checkAuditSome, checkAuditWhole } from '../../src/application/check-audit.ts'
import type { AuditEntry } from '../../src/domain/audit.ts'
import { happened, toBeDone } from '../../src/domain/decision.ts'
import { aTicket, hour, nine } from '../support/tickets.ts'
import type { Backend } from './store-sentences.ts'

/** As somebody with the database's own tools. */
export type Meddling = { readonly store: IndexedStore; readonly meddle: (sql: string) => Promise<void> }

const day = 24 * hour

const entry: AuditEntry = {
  by: { kind: 'agent', id: 11, username: 'bruno' },
  what: 'retry',
  at: nine,
  ticketId: null,
  about: 'o-1',
  result: 'done',
}

const everything: AuditQuery = {
  by: null,
  what: null,
  ticketId: null,
  from: null,
  to: null,
  cursor: null,
  limit: 100,
}

const keep = (store: IndexedStore, entries: readonly Partial<AuditEntry>[]): Promise<void> =>
  store.write(async (writer) => {
    for (const one of entries) await writer.keepAudit({ ...entry, ...one })
  })

const numbered = (count: number): Partial<AuditEntry>[] =>
  Array.from({ length: count }, (_, index) => ({ at: nine + index, about: `o-${index + 1}` }))

export const keepsItsAuditLog = (
  backend: Pick<Backend, 'name'> & {
    readonly fresh: (t: Parameters<Backend['fresh']>[0]) => Promise<Meddling>
  },
): void => {
  describe(`the audit log, kept by ${backend.name}`, () => {
    test('a decision stands in the log when it is recorded, and neither when the write fails', async (t) => {
      const { store } = await backend.fresh(t)
      const ticket = aTicket({ revision: 0 })
      const by = { kind: 'agent', id: 11, username: 'bruno', name: 'Bruno' } as const
      const circumstances = { by, at: nine, newId: () => 'o-9' }
      const note = toBeDone(ticket, circumstances, {
        kind: 'note',
        purpose: 'note',
        text: 'the cable',
        internal: true,
      })
      const decision = {
        ticket,
        operations: [note],
        events: [happened(ticket, circumstances, note.id, { kind: 'noted', text: 'the cable' })],
      }
      await assert.rejects(
        store.write(async (writer) => {
          await writer.record(decision)
          throw new Error('the power is off')
        }),
      )
      assert.deepEqual((await store.read((reader) => reader.audit(everything))).records, [])
      await store.write((writer) => writer.record(decision))
      const { records } = await store.read((reader) => reader.audit(everything))
      assert.deepEqual(
        records.map(({ n, by: doer, what, ticketId }) => [n, doer, what, ticketId]),
        [[1, { kind: 'agent', id: 11, username: 'bruno' }, 'note', ticket.id]],
      )
      assert.doesNotMatch(JSON.stringify(records), /cable|Ana/u)
    })

    test('an entry of the log makes no page out of date', async (t) => {
      const { store } = await backend.fresh(t)
      const before = await store.version()
      await keep(store, [{}])
      assert.equal(await store.version(), before)
    })

    test('nobody changes an entry, takes one out or empties the log', async (t) => {
      const { store, meddle } = await backend.fresh(t)
      await keep(store, numbered(3))
      for (const sql of [
        `update audit set username = 'carla' where n = 2`,
        'delete from audit where n = 2',
        'delete from audit',
        'delete from audit_start',
      ])
        await assert.rejects(meddle(sql), /audit log/u, sql)
      assert.equal((await checkAuditWhole({ store })).entries, 3)
    })

    test('filters find who, what, which ticket and when, page by page, the newest first', async (t) => {
      const { store } = await backend.fresh(t)
      await keep(store, [
        ...numbered(7),
        { by: { kind: 'requester' }, what: 'reply', at: nine + 50, ticketId: 't-1' },
        { by: { kind: 'agent', id: 12, username: 'requester' }, what: 'reply', at: nine + 60 },
        { by: { kind: 'belay' }, what: 'forget', at: nine + 70 },
      ])
      const found = async (query: Partial<AuditQuery>) =>
        (await store.read((reader) => reader.audit({ ...everything, ...query }))).records.map(({ n }) => n)
      assert.deepEqual(await found({}), [10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
      assert.deepEqual(await found({ by: 'requester' }), [8])
      assert.deepEqual(await found({ by: { username: 'requester' } }), [9])
      assert.deepEqual(await found({ by: 'belay' }), [10])
      assert.deepEqual(await found({ what: 'reply' }), [9, 8])
      assert.deepEqual(await found({ what: 'reply', by: 'requester', ticketId: 't-1' }), [8])
      assert.deepEqual(await found({ from: nine + 2, to: nine + 4 }), [4, 3])
      const pages: number[][] = []
      for (let cursor: string | null = null; ; ) {
        const from: string | null = cursor
        const page: AuditPage = await store.read((reader) =>
          reader.audit({ ...everything, limit: 4, cursor: from }),
        )
        pages.push(page.records.map(({ n }) => n))
        cursor = page.next
        if (cursor === null) break
      }
      assert.deepEqual(pages, [
        [10, 9, 8, 7],
        [6, 5, 4, 3],
        [2, 1],
      ])
      assert.deepEqual(await found({ cursor: 'broken' }), await found({}))
    })

    test('what was kept for long enough goes, and the chain says where it begins', async (t) => {
      const { store } = await backend.fresh(t)
      await keep(store, numbered(5))
      const forget = (before: number, limit: number) =>
        store.write((writer) => writer.forgetAudit({ before, limit }))
      assert.equal(await forget(nine + 3, 2), 2)
      assert.equal(await forget(nine + 3, 2), 1)
      assert.equal(await forget(nine + 3, 2), 0)
      assert.equal((await store.read((reader) => reader.auditStart())).n, 3)
      await keep(store, [{ at: nine + 9 }])
      assert.deepEqual(await checkAuditWhole({ store }), {
        entries: 3,
        head: { ...(await store.read((reader) => reader.auditHead())) },
        broken: null,
        met: false,
      })
      assert.equal(await forget(nine + day, 100), 3)
      await keep(store, [{}])
      assert.equal((await store.read((reader) => reader.auditHead())).n, 7)
    })

    test('the check goes on where it was, and finds what was changed behind its back', async (t) => {
      const { store, meddle } = await backend.fresh(t)
      let now = nine
      const parts = { store, clock: { now: () => now, sleep: async () => undefined } }
      const standing = () => store.read(auditStanding)
      await keep(store, numbered(7))
      assert.deepEqual([await checkAuditSome(parts, 3), await checkAuditSome(parts, 3)], [false, false])
      assert.equal((await standing()).wholeAt, null)
      now += 1
      assert.equal(await checkAuditSome(parts, 3), true)
      const { wholeAt, entries, checked, broken } = await standing()
      assert.deepEqual([wholeAt, entries, checked, broken], [now, 7, 7, null])
      for (const sql of [
        'drop trigger audit_unchanged',
        'drop trigger audit_kept',
        'drop trigger audit_rows on audit',
      ])
        await meddle(sql).catch(() => undefined)
      await meddle(`update audit set username = 'carla' where n = 2`)
      await checkAuditSome(parts)
      assert.equal((await standing()).broken, null, 'followed already')
      now += day
      await checkAuditSome(parts)
      assert.deepEqual((await standing()).broken, { n: 2, why: 'changed' })
      assert.deepEqual((await checkAuditWhole({ store })).broken, { n: 2, why: 'changed' })
      await meddle(`update audit set username = 'bruno' where n = 2`)
      now += day
      await checkAuditSome(parts)
      assert.equal((await standing()).broken, null)
      await meddle('delete from audit where n >= 6')
      assert.deepEqual((await standing()).broken, { n: 6, why: 'missing' })
    })
  })
}
