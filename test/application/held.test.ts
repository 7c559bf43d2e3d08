// A form is held once and becomes one ticket, whatever crosses on the way: a double click, the same form
// that goes through meanwhile, two leads, a category that belay.yaml no longer has.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { dropHeldSubmissions } from '../../src/application/drop-held-submission.ts'
import { holdSubmission } from '../../src/application/hold-submission.ts'
import { openHeldSubmission } from '../../src/application/open-held-submission.ts'
import { openTicket } from '../../src/application/open-ticket.ts'
import { heldBounds } from '../../src/domain/flood.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { keepHeld } from '../support/held.ts'
import { ana, byAna } from '../support/people.ts'
import { intentsOf, minute, nine, only, refusedWith } from '../support/tickets.ts'
import type { DeskAtWork } from './a-desk.ts'
import { aDeskAtWork, asDone } from './a-desk.ts'

const opening = {
  title: 'My screen stays black',
  text: 'Since this morning.',
  category: 'Hardware',
  requester: ana,
}
const key = 'the-key-of-the-form'

const hold = ({ parts }: DeskAtWork, changes: Partial<Parameters<typeof holdSubmission>[1]> = {}) =>
  holdSubmission(parts, { opening, files: [], key, doubt: 'trap', client: 'c1', ...changes })

const held = async (desk: DeskAtWork) =>
  (await desk.read((reader) => reader.heldPage({ cursor: null, limit: 50 }))).lines

const tickets = async (desk: DeskAtWork) => (await desk.read((reader) => reader.counts(null))).all

const heldOnce = async (t: TestContext) => {
  const desk = await aDeskAtWork(t)
  await hold(desk)
  return { desk, id: only(await held(desk)).id }
}

test('two clicks at the same moment hold one submission', async (t) => {
  const desk = await aDeskAtWork(t)
  const both = await Promise.all([hold(desk), hold(desk)])
  assert.deepEqual(
    both.map(({ kind }) => kind),
    ['held', 'held'],
  )
  assert.equal((await held(desk)).length, 1)
})

test('a form without a key is held each time', async (t) => {
  const desk = await aDeskAtWork(t)
  await hold(desk, { key: undefined })
  await hold(desk, { key: undefined })
  assert.equal((await held(desk)).length, 2)
})

test('a form that has become a ticket leads there, however much the second sending is doubted', async (t) => {
  const desk = await aDeskAtWork(t)
  const { ticket } = asDone(
    await openTicket(desk.parts, { by: byAna, opening: { ...opening, files: [] }, files: [], key }),
  )
  const holding = await hold(desk)
  assert.deepEqual([holding.kind, holding.kind === 'opened' && holding.ticket.id], ['opened', ticket.id])
  assert.deepEqual(await held(desk), [])
})

test('what is held and went through meanwhile becomes no second ticket, and waits no longer', async (t) => {
  const { desk, id } = await heldOnce(t)
  const { ticket } = asDone(
    await openTicket(desk.parts, { by: byAna, opening: { ...opening, files: [] }, files: [], key }),
  )
  const result = await openHeldSubmission(desk.parts, { id, role: 'lead' })
  assert.ok(result !== null && !isRefusal(result))
  assert.deepEqual([result.ticket.id, result.already], [ticket.id, true])
  assert.deepEqual([await tickets(desk), (await held(desk)).length], [1, 0])
})

test('it is opened with its files ahead of it, by its requester, at the time it came', async (t) => {
  const desk = await aDeskAtWork(t)
  const file = { id: 'f1', name: 'screen.txt', type: 'text/plain', bytes: 5 }
  await hold(desk, { files: [{ file, bytes: new TextEncoder().encode('black') }] })
  const { id } = only(await held(desk))
  await desk.clock.turn(30 * minute)
  asDone((await openHeldSubmission(desk.parts, { id, role: 'lead' })) ?? assert.fail('it is not held'))
  const ticket = await desk.ticket(id)
  assert.deepEqual([ticket.openedAt, ticket.awaitingSince, ticket.requester], [nine, nine, ana])
  const operations = await desk.operations(id)
  assert.deepEqual(
    operations.map(({ intent }) => intent.kind),
    ['upload', 'open'],
  )
  assert.deepEqual(only(intentsOf({ ticket, events: [], operations }, 'open')).files, [file])
  assert.deepEqual(await desk.read((reader) => reader.fileBytes('f1')), new TextEncoder().encode('black'))
  assert.equal(desk.nudges(), 1)
})

test('two leads at the same moment open one ticket, and one of them is told', async (t) => {
  const { desk, id } = await heldOnce(t)
  const both = await Promise.all([
    openHeldSubmission(desk.parts, { id, role: 'lead' }),
    openHeldSubmission(desk.parts, { id, role: 'lead' }),
  ])
  const told = both.map((result) => result !== null && !isRefusal(result) && result.already)
  assert.deepEqual(told.sort(), [false, true])
  assert.equal(await tickets(desk), 1)
})

test('one opens and the other drops: it is a ticket or it is gone, and never both', async (t) => {
  for (const first of ['open', 'drop']) {
    const { desk, id } = await heldOnce(t)
    const ways = {
      open: () => openHeldSubmission(desk.parts, { id, role: 'lead' }),
      drop: () => dropHeldSubmissions(desk.parts, { ids: [id, id], role: 'lead' }),
    }
    const [opened, dropped] =
      first === 'open'
        ? await Promise.all([ways.open(), ways.drop()])
        : (await Promise.all([ways.drop(), ways.open()])).toReversed()
    assert.equal(dropped, first === 'open' ? 0 : 1)
    assert.equal(opened === null, first === 'drop')
    assert.equal(await tickets(desk), first === 'open' ? 1 : 0)
    assert.deepEqual(await held(desk), [])
  }
})

test('a category that belay.yaml no longer has keeps nothing held: the title decides then', async (t) => {
  const desk = await aDeskAtWork(t)
  const category = 'A category of last year'
  const { id } = await keepHeld(desk.store, { category })
  const { id: other } = await keepHeld(desk.store, { category, title: '[Hardware] My screen stays black' })
  for (const one of [id, other]) await openHeldSubmission(desk.parts, { id: one, role: 'lead' })
  assert.deepEqual(
    [(await desk.ticket(id)).category, (await desk.ticket(other)).category],
    [null, 'Hardware'],
  )
  assert.deepEqual(await held(desk), [])
})

test('only a lead opens and drops what is held', async (t) => {
  const { desk, id } = await heldOnce(t)
  for (const role of ['requester', 'agent', 'specialist'] as const) {
    refusedWith(await openHeldSubmission(desk.parts, { id, role }), 'not-your-role')
    refusedWith(await dropHeldSubmissions(desk.parts, { ids: [id], role }), 'not-your-role')
  }
  assert.deepEqual([await tickets(desk), (await held(desk)).length], [0, 1])
})

test('files count towards the room that there is', async (t) => {
  const desk = await aDeskAtWork(t)
  await keepHeld(desk.store, { bytes: heldBounds.client.bytes - 100 })
  const bytes = new Uint8Array(200)
  const file = { id: 'f1', name: 'a', type: 'text/plain', bytes: 200 }
  assert.equal((await hold(desk, { files: [{ file, bytes }] })).kind, 'full')
  assert.equal((await hold(desk, { files: [{ file, bytes }], client: 'c2' })).kind, 'held')
})
