// A lead's two answers to what GitLab refuses for good (security I4): who may give them, and what they do.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { dropOperation } from '../../src/application/drop-operation.ts'
import { listOperations } from '../../src/application/list-operations.ts'
import { replyToTicket } from '../../src/application/reply-to-ticket.ts'
import { retryOperation } from '../../src/application/retry-operation.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { byBruno } from '../support/people.ts'
import { only, refusedWith } from '../support/tickets.ts'
import { aDeskAtWork } from './a-desk.ts'
import { refusedForGood, timeOut } from './scripted-gateway.ts'

const aStuckReply = async (t: TestContext) => {
  const desk = await aDeskAtWork(t)
  const { id } = await desk.opened()
  await replyToTicket(desk.parts, { ref: { id }, by: byBruno, body: 'Is the cable in?' })
  desk.gateway.play('perform', async () => {
    throw refusedForGood()
  })
  await desk.pushAll()
  desk.gateway.play('perform')
  const stuck = only(await desk.operations(id))
  assert.equal(stuck.state, 'stuck')
  return { desk, ticketId: id, id: stuck.id }
}

test('only who leads the desk may answer, whatever door they came by', async (t) => {
  const { desk, id } = await aStuckReply(t)
  for (const role of ['requester', 'agent', 'specialist'] as const) {
    refusedWith(await retryOperation(desk.parts, { id, role }), 'not-your-role')
    refusedWith(await dropOperation(desk.parts, { id, role }), 'not-your-role')
  }
  const operation = await desk.read((reader) => reader.operation(id))
  assert.equal(operation?.state, 'stuck')
})

test('sending again tells what became of it, and once it arrived there is nothing left to answer', async (t) => {
  const { desk, id, ticketId } = await aStuckReply(t)
  const before = desk.gateway.called('perform').length
  const patient = { ...desk.parts, prompt: () => true, settled: async () => void (await desk.pushAll()) }
  const retried = await retryOperation(patient, { id, role: 'lead' })
  assert.ok(retried && !isRefusal(retried))
  assert.deepEqual([retried.already, retried.state], [false, 'done'])
  assert.deepEqual(await desk.operations(ticketId), [])
  for (const answer of [retryOperation, dropOperation]) {
    const late = await answer(desk.parts, { id, role: 'lead' })
    assert.ok(late && !isRefusal(late) && late.already)
  }
  await desk.pushAll()
  assert.equal(desk.gateway.called('perform').length, before + 1)
})

test('what may have arrived before it got stuck is looked up before it is sent again', async (t) => {
  const desk = await aDeskAtWork(t)
  const { id } = await desk.opened()
  await replyToTicket(desk.parts, { ref: { id }, by: byBruno, body: 'Is the cable in?' })
  desk.gateway.play('perform', async () => {
    throw timeOut()
  })
  await desk.pushAll()
  desk.gateway.play('lookUp', async () => {
    throw refusedForGood()
  })
  await desk.clock.turn(120_000)
  await desk.pushAll()
  const stuck = only(await desk.operations(id))
  assert.equal(stuck.state, 'stuck')
  const sendings = desk.gateway.called('perform').length
  // It had arrived, and the lead has mended why it could not be looked up.
  desk.gateway.play('perform')
  desk.gateway.play('lookUp', async () => ({ kind: 'noted', noteId: 7 }))
  await retryOperation(desk.parts, { id: stuck.id, role: 'lead' })
  await desk.pushAll()
  assert.deepEqual(await desk.operations(id), [])
  assert.equal(desk.gateway.called('perform').length, sendings, 'not sent twice')
})

test('giving up wakes the worker for what waited behind it', async (t) => {
  const { desk, id, ticketId } = await aStuckReply(t)
  await replyToTicket(desk.parts, { ref: { id: ticketId }, by: byBruno, body: 'And the plug?' })
  assert.equal(await desk.pushAll(), 0)
  const nudges = desk.nudges()
  const dropped = await dropOperation(desk.parts, { id, role: 'lead' })
  assert.ok(dropped && !isRefusal(dropped) && !dropped.already)
  assert.equal(desk.nudges(), nudges + 1)
  assert.equal(await desk.pushAll(), 1)
  assert.deepEqual((await listOperations(desk.parts, { cursor: null, limit: 9, me: 'davi' })).operations, [])
})

test('there is no answer to what is no operation', async (t) => {
  const { desk } = await aStuckReply(t)
  for (const answer of [retryOperation, dropOperation])
    assert.equal(await answer(desk.parts, { id: 'nobody', role: 'lead' }), null)
})
