// The chain of the audit log: whatever is changed, taken out or put in afterwards shows.

import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AuditEntry, AuditRecord } from '../../src/domain/audit.ts'
import { beginning, deedOf, entryOf, follow, linkAfter } from '../../src/domain/audit.ts'
import type { Decision } from '../../src/domain/decision.ts'
import { happened, toBeDone } from '../../src/domain/decision.ts'
import { aTicket, nine } from '../support/tickets.ts'

const digest = (text: string) => hash('sha256', text)

const entry: fc.Arbitrary<AuditEntry> = fc.record({
  by: fc.oneof(
    fc.constant({ kind: 'requester' } as const),
    fc.constant({ kind: 'belay' } as const),
    fc.record({ kind: fc.constant('agent' as const), id: fc.nat(), username: fc.string() }),
  ),
  what: fc.constantFrom('reply', 'escalate', 'retry'),
  at: fc.nat(),
  ticketId: fc.option(fc.uuid()),
  about: fc.string(),
  result: fc.constantFrom('done', 'no-right', 'top-level'),
})

const chained = (entries: readonly AuditEntry[]): AuditRecord[] => {
  let former = beginning
  return entries.map((one) => {
    former = linkAfter(former, one, digest)
    return { ...one, ...former }
  })
}

test('a log that nobody touched is whole, however it is followed in slices', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 20 }), fc.nat(20), (entries, cut) => {
      const records = chained(entries)
      const first = follow(beginning, records.slice(0, cut), digest)
      const { reached, broken } = follow(first.reached, records.slice(cut), digest)
      assert.deepEqual([first.broken, broken, reached.n], [null, null, records.length])
    }),
  )
})

test('whoever changes anything of an entry, or takes one out, is seen at that entry or the next', () => {
  const changes: ((record: AuditRecord) => AuditRecord | null)[] = [
    (record) => ({ ...record, at: record.at + 1 }),
    (record) => ({ ...record, by: { kind: 'agent', id: 4_711, username: 'nobody' } }),
    (record) => ({ ...record, what: 'drop' }),
    (record) => ({ ...record, ticketId: `${record.ticketId}x` }),
    (record) => ({ ...record, about: `${record.about}x` }),
    (record) => ({ ...record, result: 'busy' }),
    (record) => ({ ...record, hash: digest(record.hash) }),
    () => null,
  ]
  fc.assert(
    fc.property(
      fc.array(entry, { minLength: 2, maxLength: 10 }),
      fc.nat(8),
      fc.constantFrom(...changes),
      (entries, at, change) => {
        const records = chained(entries)
        const index = at % (records.length - 1)
        const touched = records.flatMap((record, place) =>
          place === index ? (change(record) ?? []) : record,
        )
        const { broken } = follow(beginning, touched, digest)
        assert.ok(broken && broken.n >= index + 1 && broken.n <= index + 2)
      },
    ),
  )
})

test('an entry that was put in between two others is seen', () => {
  const records = chained([1, 2, 3].map((at) => ({ ...said, at })))
  const [first, second, third] = records
  assert.ok(first && second && third)
  const smuggled = { ...said, at: 9, ...linkAfter(first, { ...said, at: 9 }, digest) }
  assert.deepEqual(
    follow(beginning, [first, smuggled, { ...second, n: 3 }, { ...third, n: 4 }], digest).broken,
    {
      n: 3,
      why: 'changed',
    },
  )
})

const said: AuditEntry = {
  by: { kind: 'requester' },
  what: 'reply',
  at: 0,
  ticketId: null,
  about: '',
  result: 'done',
}

test('of a decision the log tells who, what, when and on which ticket, and nothing that anybody wrote', () => {
  const ticket = aTicket()
  const bruno = { kind: 'agent', id: 11, username: 'bruno', name: 'Bruno' } as const
  const circumstances = { by: bruno, at: nine, newId: () => 'o-1' }
  const note = toBeDone(ticket, circumstances, {
    kind: 'note',
    purpose: 'reply',
    text: 'the password of ana@school.example is 1234',
    internal: false,
  })
  const decision: Decision = {
    ticket,
    operations: [note],
    events: [happened(ticket, circumstances, note.id, { kind: 'replied', text: 'secret' })],
  }
  const told = entryOf(decision)
  assert.deepEqual(told, {
    by: { kind: 'agent', id: 11, username: 'bruno' },
    what: 'reply',
    at: nine,
    ticketId: ticket.id,
    about: '',
    result: 'done',
  })
  const ana = { kind: 'requester', name: 'Ana Alves' } as const
  assert.deepEqual(entryOf({ ...decision, operations: [{ ...note, author: ana }] })?.by, {
    kind: 'requester',
  })
})

test('a decision is named by what it tells GitLab, else by what happened', () => {
  const ticket = aTicket()
  const circumstances = { by: { kind: 'desk', name: 'Belay' } as const, at: nine, newId: () => 'o-1' }
  const event = (what: Parameters<typeof happened>[3]) => happened(ticket, circumstances, 'o-1', what)
  const change = toBeDone(ticket, circumstances, { kind: 'change', addLabels: [], removeLabels: [] })
  assert.equal(deedOf({ operations: [change], events: [event({ kind: 'reopened' })] }), 'reopen')
  assert.equal(
    deedOf({ operations: [change], events: [event({ kind: 'assigned', assignee: null })] }),
    'assign',
  )
  assert.equal(deedOf({ operations: [change], events: [] }), 'change')
})
