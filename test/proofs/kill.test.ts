// Nothing lost, nothing twice (security I1–I4, I11, I18), the quick part: a real desk under load, killed twenty times
// behind a network that cuts and swallows. The long part is `node prove/kill.ts --kills 200`.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KillReport } from '../../prove/kill.ts'
import { killProof } from '../../prove/kill.ts'
import { startPostgres } from '../support/postgres.ts'

const nothingWrong = (report: KillReport): void => {
  assert.deepEqual(report.faults, [], JSON.stringify(report))
  assert.ok(report.acknowledged > 3 && report.escalations > 0, JSON.stringify(report))
  assert.equal(report.acknowledged, report.submitted)
}

test('a desk killed twenty times under load loses nothing and says nothing twice', async () => {
  const report = await killProof({ kills: 20, seed: 20, store: 'sqlite' })
  assert.equal(report.kills, 20)
  nothingWrong(report)
})

test('nor do two desks on one PostgreSQL that die and stand still in turns', async () => {
  await startPostgres()
  const report = await killProof({ kills: 12, seed: 3, store: 'postgres' })
  assert.equal(report.kills, 12)
  assert.ok(report.pauses > 0, 'one of them stood still past its lease')
  nothingWrong(report)
})

test('a desk that sends again without looking is found out', async () => {
  // Whether a lost answer meets a text and not a reading is chance, the more so on a busy machine.
  const found: string[] = []
  for (const seed of [5, 6, 7, 8, 9]) {
    const { faults } = await killProof({
      kills: 4,
      seed,
      store: 'sqlite',
      bug: 'forgetful',
      swallowing: true,
    })
    found.push(...faults)
    if (found.some((fault) => /^\[I[13]\] .* (is|stands|has) [2-9]/u.test(fault))) return
  }
  assert.fail(found.join('\n') || 'nothing was found')
})
