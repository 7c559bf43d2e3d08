// Several processes of one desk lose nothing and say nothing twice, the quick part: a kill and a restart of PostgreSQL
// under load, and a stop while GitLab is silent. The long part is `npm run prove -- --only replicas`.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gracefulStop } from '../../prove/replicas/graceful-stop.ts'
import { killUnderLoad } from '../../prove/replicas/kill-under-load.ts'
import type { Told } from '../../prove/replicas.ts'
import { replicasAreMissing, tell } from '../../prove/replicas.ts'

const nothingWrong = ({ faults, figures }: Told): void => {
  assert.deepEqual(faults, [], figures.join('\n'))
  assert.notEqual(figures.length, 0)
}

const skip = replicasAreMissing() ?? false

// Both are mostly waiting.
describe('processes that come and go', { concurrency: 2 }, () => {
  test('two replicas behind NGINX lose nothing when one dies and PostgreSQL is restarted', {
    skip,
  }, async () => {
    nothingWrong(await tell((parts) => killUnderLoad({ ...parts, seed: 11, play: 'brief' })))
  })

  test('a desk that is asked to stop while GitLab is silent ends in time and loses nothing', {
    skip,
  }, async () => {
    nothingWrong(await tell((parts) => gracefulStop({ ...parts, seed: 12, play: 'short' })))
  })
})
