// How every action goes (design sections 3 and 4; security I3): one transaction, done once for one form however often
// it is sent, and asked again when somebody else was quicker.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { askForTicketBranch } from '../../src/application/ask-for-ticket-branch.ts'
import { assignTicket } from '../../src/application/assign-ticket.ts'
import { categoriseTicket } from '../../src/application/categorise-ticket.ts'
import { decide } from '../../src/application/decide.ts'
import { escalateTicket } from '../../src/application/escalate-ticket.ts'
import { handBackTicket } from '../../src/application/hand-back-ticket.ts'
import { noteOnTicket } from '../../src/application/note-on-ticket.ts'
import { openTicket } from '../../src/application/open-ticket.ts'
import type { Store } from '../../src/application/ports.ts'
import { reopenTicket } from '../../src/application/reopen-ticket.ts'
import { replyToTicket } from '../../src/application/reply-to-ticket.ts'
import { resolveTicket } from '../../src/application/resolve-ticket.ts'
import { setTicketWaiting } from '../../src/application/set-ticket-waiting.ts'
import { reply } from '../../src/domain/conversation.ts'
import { refuse } from '../../src/domain/refusal.ts'
import { ana, byAna, byBruno, byCarla, byDavi } from '../support/people.ts'
import { aDesk, only, refusedWith } from '../support/tickets.ts'
import { aDeskAtWork, asDone } from './a-desk.ts'

const kinds = (operations: readonly { readonly intent: { readonly kind: string } }[]) =>
  operations.map(({ intent }) => intent.kind)

describe('a form that is sent twice', () => {
  test('escalates once: the second time nothing changes and the ticket is as it is', async (t) => {
    const desk = await aDeskAtWork(t)
    const { id } = await desk.opened()
    const request = { ref: { id }, by: byBruno, reason: 'x', from: 1, key: 'form-1' }
    assert.equal(asDone(await escalateTicket(desk.parts, request)).already, false)
    const before = await desk.operations(id)
    const nudges = desk.nudges()
    const again = asDone(await escalateTicket(desk.parts, request))
    assert.deepEqual([again.already, again.ticket.level], [true, 2])
    assert.deepEqual(await desk.operations(id), before)
    assert.equal(desk.nudges(), nudges)
  })

  test('replies once, even where the rule itself would say yes again', async (t) => {
    const desk = await aDeskAtWork(t)
    const { id } = await desk.opened()
    const request = { ref: { id }, by: byBruno, body: 'Try the other cable', key: 'form-1' }
    await replyToTicket(desk.parts, request)
    await desk.pushAll()
    assert.equal(asDone(await replyToTicket(desk.parts, request)).already, true)
    assert.deepEqual(await desk.operations(id), [])
    await replyToTicket(desk.parts, { ...request, key: 'form-2' })
    assert.equal((await desk.operations(id)).length, 1)
  })

  test('opens one ticket, and both answers name it', async (t) => {
    const desk = await aDeskAtWork(t)
    const opening = { title: 'Screen', text: 'Black', category: '', requester: ana, files: [] }
    const request = { by: byAna, opening, files: [], key: 'form-1' }
    const [first, second] = await Promise.all([
      openTicket(desk.parts, request),
      openTicket(desk.parts, request),
    ])
    const third = await openTicket(desk.parts, request)
    assert.equal(asDone(first).ticket.id, asDone(third).ticket.id)
    assert.equal(asDone(second).ticket.id, asDone(third).ticket.id)
    assert.equal((await desk.read((reader) => reader.counts(null))).all, 1)
  })

  test('pressed twice at the same instant it is done once', async (t) => {
    const desk = await aDeskAtWork(t)
    const { id } = await desk.opened()
    const request = { ref: { id }, by: byBruno, reason: 'x', from: 1, key: 'form-1' }
    const results = await Promise.all([1, 2, 3].map(() => escalateTicket(desk.parts, request)))
    assert.deepEqual(results.map((result) => asDone(result).already).sort(), [false, true, true])
    assert.deepEqual(kinds(await desk.operations(id)), ['change', 'branch', 'note'])
  })

  test('that was refused may be sent again with the same key', async (t) => {
    const desk = await aDeskAtWork(t)
    const { id } = await desk.opened()
    const request = { ref: { id }, by: byBruno, key: 'form-1' }
    refusedWith(await replyToTicket(desk.parts, { ...request, body: ' ' }), 'text-empty')
    assert.equal(asDone(await replyToTicket(desk.parts, { ...request, body: 'Hello' })).already, false)
  })
})

describe('two who act at the same time', () => {
  test('Bruno and Davi escalate: one does, the other is told where the ticket is', async (t) => {
    const desk = await aDeskAtWork(t)
    const { id } = await desk.opened()
    const results = await Promise.all(
      [byBruno, byDavi].map((by) => escalateTicket(desk.parts, { ref: { id }, by, reason: 'x', from: 1 })),
    )
    const [first, second] = results
    assert.equal(asDone(first ?? refuse('busy')).ticket.level, 2)
    refusedWith(second, 'already-at-level')
    assert.deepEqual(kinds(await desk.operations(id)), ['change', 'branch', 'note'])
    const told = (await desk.read((reader) => reader.events(id))).filter(
      ({ what }) => what.kind === 'escalated',
    )
    assert.equal(told.length, 1)
  })

  /** A store where somebody else is quicker, so many times. */
  const contended = (store: Store, times: number): Store => {
    let left = times
    return {
      ...store,
      write: (work) =>
        store.write((writer) =>
          work({
            ...writer,
            record: async (decision, options) => (left-- > 0 ? 'conflict' : writer.record(decision, options)),
          }),
        ),
    }
  }

  test('when somebody else was quicker the rule is asked again with the ticket as it is then', async (t) => {
    const desk = await aDeskAtWork(t)
    const { id } = await desk.opened()
    const parts = { ...desk.parts, store: contended(desk.store, 3) }
    let asked = 0
    const result = await decide(parts, { ref: { id }, by: byBruno }, (ticket, circumstances) => {
      asked++
      return reply(ticket, 'Hello', circumstances)
    })
    assert.equal(asDone(result).already, false)
    assert.equal(asked, 4)
    assert.equal((await desk.operations(id)).length, 1)
  })

  test('after five times it is said that the ticket is busy, and nothing was written', async (t) => {
    const desk = await aDeskAtWork(t)
    const { id } = await desk.opened()
    const parts = { ...desk.parts, store: contended(desk.store, 100) }
    refusedWith(await replyToTicket(parts, { ref: { id }, by: byBruno, body: 'Hello' }), 'busy')
    assert.deepEqual(await desk.operations(id), [])
  })
})

describe('an action', () => {
  test('is written whole or not at all: a crash in the middle leaves nothing', async (t) => {
    const desk = await aDeskAtWork(t)
    const { id } = await desk.opened()
    const before = await desk.ticket(id)
    await assert.rejects(
      decide(desk.parts, { ref: { id }, by: byBruno, key: 'form-1' }, (ticket, circumstances) => {
        const decision = reply(ticket, 'Hello', circumstances)
        if ('refused' in decision) return decision
        const [operation] = decision.operations
        assert.ok(operation)
        return { ...decision, operations: [operation, operation] }
      }),
    )
    assert.deepEqual(await desk.ticket(id), before)
    assert.deepEqual(await desk.operations(id), [])
    assert.equal(await desk.read((reader) => reader.formKey('form-1')), null)
  })

  test('on a ticket that nobody has is refused', async (t) => {
    const desk = await aDeskAtWork(t)
    for (const ref of [{ iid: 4711 }, { id: 'nobody' }])
      refusedWith(await replyToTicket(desk.parts, { ref, by: byBruno, body: 'x' }), 'ticket-missing')
  })

  test('finds the ticket by its number and by its id alike', async (t) => {
    const desk = await aDeskAtWork(t)
    const { id, iid } = await desk.opened()
    assert.ok(iid !== null)
    for (const ref of [{ iid }, { id }])
      assert.equal(asDone(await noteOnTicket(desk.parts, { ref, by: byBruno, body: 'x' })).ticket.id, id)
  })

  test('bears the time of the clock', async (t) => {
    const desk = await aDeskAtWork(t)
    const { id } = await desk.opened()
    await desk.clock.turn(12_345)
    const { ticket } = asDone(await replyToTicket(desk.parts, { ref: { id }, by: byBruno, body: 'x' }))
    assert.equal(ticket.changedAt, desk.clock.now())
    assert.equal(only(await desk.operations(id)).createdAt, desk.clock.now())
  })

  test('tells the worker, and waits for GitLab a second at most, only where that is worth it', async (t) => {
    const waits: number[] = []
    let worthIt = true
    const desk = await aDeskAtWork(t, {
      prompt: () => worthIt,
      settled: async (_, milliseconds) => {
        waits.push(milliseconds)
      },
    })
    const { id } = await desk.open()
    assert.equal(waits.length, 1)
    worthIt = false
    await replyToTicket(desk.parts, { ref: { id }, by: byBruno, body: 'x' })
    assert.equal(waits.length, 1)
    assert.ok((waits[0] ?? Number.POSITIVE_INFINITY) <= 1_000)
    assert.equal(desk.nudges(), 2)
  })

  test('answers with the ticket as it is after that wait: GitLab’s number is already there', async (t) => {
    const desk = await aDeskAtWork(t)
    const parts = { ...desk.parts, prompt: () => true, settled: async () => void (await desk.pushAll()) }
    const opening = { title: 'Screen', text: 'Black', category: '', requester: ana, files: [] }
    const { ticket } = asDone(await openTicket(parts, { by: byAna, opening, files: [] }))
    assert.ok(ticket.iid !== null)
    assert.deepEqual(await desk.operations(ticket.id), [])
  })

  test('that changes nothing tells nobody', async (t) => {
    const desk = await aDeskAtWork(t)
    const { id } = await desk.opened()
    const before = await desk.ticket(id)
    const nudges = desk.nudges()
    const results = [
      await assignTicket(desk.parts, { ref: { id }, by: byBruno, username: '' }),
      await categoriseTicket(desk.parts, { ref: { id }, by: byBruno, category: 'Hardware' }),
      await setTicketWaiting(desk.parts, { ref: { id }, by: byBruno, waiting: false }),
    ]
    assert.deepEqual(
      results.map((result) => asDone(result).already),
      [true, true, true],
    )
    assert.deepEqual(await desk.ticket(id), before)
    assert.equal(desk.nudges(), nudges)
  })
})

describe('opening a ticket', () => {
  test('is accepted though GitLab is away: it stands in the queue and waits for its number', async (t) => {
    const desk = await aDeskAtWork(t)
    const ticket = await desk.open()
    assert.equal(ticket.iid, null)
    assert.deepEqual(kinds(await desk.operations(ticket.id)), ['open'])
    assert.deepEqual((await desk.read((reader) => reader.counts(null))).levels, [1, 0])
    assert.deepEqual(desk.gateway.calls, [])
  })

  test('keeps the files until GitLab has them, and they go before the ticket', async (t) => {
    const desk = await aDeskAtWork(t)
    const files = [{ id: 'f1', name: 'one.png', type: 'image/png', bytes: 3 }]
    const { id } = await desk.open({ files })
    assert.equal((await desk.read((reader) => reader.fileBytes('f1')))?.length, 3)
    await desk.pushAll()
    assert.deepEqual(desk.gateway.called('perform'), ['upload', 'open'])
    assert.equal(await desk.read((reader) => reader.fileBytes('f1')), null)
    assert.equal(only(await desk.read((reader) => reader.files(id))).remotePath, '/uploads/1')
  })

  test('in a category that the desk does not have keeps nothing', async (t) => {
    const desk = await aDeskAtWork(t)
    const opening = { title: 'x', text: 'x', category: 'Catering', requester: ana, files: [] }
    const files = [{ file: { id: 'f1', name: 'a', type: 'b', bytes: 1 }, bytes: new Uint8Array(1) }]
    refusedWith(await openTicket(desk.parts, { by: byAna, opening, files, key: 'k' }), 'category-unknown')
    assert.equal((await desk.read((reader) => reader.counts(null))).all, 0)
    assert.equal(await desk.read((reader) => reader.fileBytes('f1')), null)
  })
})

describe('assigning and handing back ask who is a member', () => {
  test('a ticket can be given to members only, by their username', async (t) => {
    const desk = await aDeskAtWork(t)
    const { id } = await desk.opened()
    const give = (username: string) => assignTicket(desk.parts, { ref: { id }, by: byBruno, username })
    const refusal = refusedWith(await give('mallory'), 'assignee-unknown')
    assert.deepEqual(refusal.particulars, { name: 'mallory' })
    assert.equal(asDone(await give('carla')).ticket.assignee, 'carla')
    assert.equal(asDone(await give('')).ticket.assignee, null)
  })

  test('whoever left the project gets no ticket', async (t) => {
    const desk = await aDeskAtWork(t)
    const { id } = await desk.opened()
    await desk.store.write((writer) =>
      writer.saveMembers([{ id: 11, username: 'bruno', name: 'Bruno', role: 'requester', seenAt: 0 }]),
    )
    const result = await assignTicket(desk.parts, { ref: { id }, by: byDavi, username: 'bruno' })
    refusedWith(result, 'assignee-unknown')
  })

  const escalatedFromBruno = async (t: Parameters<typeof aDeskAtWork>[0]) => {
    const desk = await aDeskAtWork(t)
    const { id } = await desk.opened()
    await assignTicket(desk.parts, { ref: { id }, by: byBruno, username: 'bruno' })
    await escalateTicket(desk.parts, { ref: { id }, by: byBruno, reason: 'x', from: 1 })
    await desk.pushAll()
    const back = () =>
      handBackTicket(desk.parts, { ref: { id }, by: byCarla, role: 'specialist', reason: 'cable', from: 2 })
    return { desk, id, back }
  }

  test('handing back gives the ticket to Bruno again', async (t) => {
    const { desk, id, back } = await escalatedFromBruno(t)
    assert.equal((await desk.ticket(id)).assignee, null)
    assert.equal(asDone(await back()).ticket.assignee, 'bruno')
    const [change] = await desk.operations(id)
    assert.equal(change?.intent.kind === 'change' ? change.intent.assignee : null, 11)
  })

  test('but not where Bruno has left the project since', async (t) => {
    const { desk, back } = await escalatedFromBruno(t)
    desk.gateway.play('members', async () => [])
    await desk.store.write((writer) =>
      writer.saveMembers([{ id: 11, username: 'bruno', name: 'Bruno', role: 'requester', seenAt: 0 }]),
    )
    assert.equal(asDone(await back()).ticket.assignee, null)
  })

  test('a Level 1 agent cannot hand back', async (t) => {
    const { desk, id } = await escalatedFromBruno(t)
    const request = { ref: { id }, by: byBruno, role: 'agent', reason: '', from: 2 } as const
    refusedWith(await handBackTicket(desk.parts, request), 'not-your-role')
  })
})

describe('the other verbs, from the form to the operations', () => {
  test('resolving an open ticket answers, then closes; reopening it opens', async (t) => {
    const desk = await aDeskAtWork(t)
    const { id } = await desk.opened()
    const request = { ref: { id }, by: byBruno, answer: '', standardAnswer: 'Resolved.' }
    assert.equal(asDone(await resolveTicket(desk.parts, request)).ticket.state, 'resolved')
    const [note, close] = await desk.operations(id)
    assert.equal(note?.intent.kind === 'note' ? note.intent.text : null, 'Resolved.')
    assert.equal(close?.intent.kind === 'change' ? close.intent.state : null, 'closed')
    refusedWith(await resolveTicket(desk.parts, request), 'ticket-resolved')
    assert.equal(asDone(await reopenTicket(desk.parts, { ref: { id }, by: byBruno })).ticket.state, 'open')
    refusedWith(await reopenTicket(desk.parts, { ref: { id }, by: byBruno }), 'ticket-open')
  })

  test('the button for a missing branch asks once, however often it is pressed', async (t) => {
    const categories = aDesk().categories
    const desk = await aDeskAtWork(t, { desk: aDesk({ categories }) })
    desk.gateway.play('perform', async ({ operation }) =>
      operation.intent.kind === 'branch'
        ? { kind: 'branch-missing', why: 'archived-project' }
        : operation.intent.kind === 'open'
          ? { kind: 'opened', iid: 7, url: 'http://gitlab/7', changedAt: 0 }
          : operation.intent.kind === 'note'
            ? { kind: 'noted', noteId: 1 }
            : { kind: 'changed', labels: [], changedAt: 0 },
    )
    const { id } = await desk.opened()
    await escalateTicket(desk.parts, { ref: { id }, by: byBruno, reason: 'x', from: 1 })
    await desk.pushAll()
    assert.deepEqual((await desk.ticket(id)).branch, { state: 'missing', why: 'archived-project' })
    assert.equal((await desk.ticket(id)).level, 2, 'a branch that cannot be made never blocks')
    assert.deepEqual(await desk.operations(id), [])
    desk.gateway.play('perform')
    asDone(await askForTicketBranch(desk.parts, { ref: { id }, by: byCarla }))
    refusedWith(await askForTicketBranch(desk.parts, { ref: { id }, by: byCarla }), 'busy')
    await desk.pushAll()
    refusedWith(await askForTicketBranch(desk.parts, { ref: { id }, by: byCarla }), 'branch-exists')
  })
})
