// GitLab says with an answer that it was the last one it gives for a while: nothing more is asked then, nothing is
// lost, and everything goes on afterwards.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '../../src/application/gateway-error.ts'
import { replyToTicket } from '../../src/application/reply-to-ticket.ts'
import { deskAndGitlab } from '../support/desk-and-gitlab.ts'
import { minute, second } from '../support/tickets.ts'

test('after the last call that GitLab takes, replies wait for the next minute and arrive once', async (t) => {
  const desk = await deskAndGitlab(t)
  const { id, iid } = await desk.opened()
  assert.ok(iid)
  const reply = (body: string) =>
    desk.done(replyToTicket(desk.parts, { ref: { id }, by: desk.agent('bruno'), body }))
  desk.sandbox.faults([{ method: 'POST', path: '/notes$', kind: 'last', ms: minute, times: 1 }])
  await reply('Is the cable in?')
  await desk.push()
  desk.sandbox.resetCalls()

  await reply('And is the lamp on?')
  await desk.push()
  const refused = await desk.pull().then(
    () => assert.fail('it was read'),
    (error: unknown) => error,
  )
  assert.ok(refused instanceof GatewayError)
  assert.equal(refused.status, 429)
  assert.ok((refused.retryAfter ?? 0) > 50 * second)
  assert.deepEqual(desk.sandbox.calls(), {})
  const [waiting] = await desk.store.read((reader) => reader.operations(id))
  assert.equal(waiting?.state, 'ready')

  desk.turn(minute + 5 * second)
  await desk.push()
  await desk.pull()
  assert.equal(desk.sandbox.notes(iid).filter((note) => note.body.includes('And is the lamp on?')).length, 1)
  assert.deepEqual((await desk.told(iid)).filter(([kind]) => kind === 'replied').length, 2)
})
