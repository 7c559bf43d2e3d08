// The quick part of the proof: two thousand schedules in which nothing may be lost or done twice,
// and some planted bugs that must be found, because a proof that finds nothing proves nothing.
// The whole runs with `npm run prove`.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from '../../prove/run.ts'

test('nothing is lost and nothing done twice in two thousand schedules of faults, deaths and double clicks', async () => {
  const { played, wrong } = await run({ from: 1, count: 2_000 })
  assert.equal(played, 2_000)
  assert.deepEqual(wrong, [])
})

for (const bug of [
  'does not look up after a time-out',
  'forgets the key of a form',
  'writes internal notes as replies',
  'writes ticket and operations in two transactions',
  'tells the mailbox before the mail is kept',
  'makes a new Message-ID at each try',
  'escalates by how a promise stood a while ago',
  'does not measure a ticket again when its category changes',
])
  test(`a desk that ${bug} is found out`, async () => {
    const { wrong } = await run({ from: 1, count: 1_000, bug, untilWrong: true })
    assert.ok(wrong.length > 0, 'the simulator saw nothing wrong')
  })
