// Two tickets of one matter: which of them is counted, and since when Ana waited.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rebuildIndex } from '../../src/application/rebuild-index.ts'
import type { KpiLine } from '../../src/domain/kpi/lines.ts'
import { closes, gitlabByHand, opens, reopens, says } from '../support/by-hand-in-gitlab.ts'
import { jsonLines } from '../support/kpi-doors.ts'
import { office } from '../support/stories-with-figures.ts'
import { minute } from '../support/tickets.ts'

const lineIn = (lines: readonly KpiLine[], name: string, clock: KpiLine['clock'] = null): KpiLine =>
  lines.find((line) => line.figure === name && line.clock === clock) ?? assert.fail(name)

test('a duplicate lends its opening to the one that goes on, and takes it back when it is opened again', async (t) => {
  const hand = await gitlabByHand('2026-07-29 08:00', office)
  t.after(() => hand.stop())
  await hand.tell([
    { story: 'older', at: '2026-07-30 09:00', deed: opens('ana') },
    { story: 'younger', at: '2026-07-30 09:30', deed: opens('ana') },
    { story: 'younger', at: '2026-07-30 10:00', deed: says('bruno') },
  ])
  hand.turnTo('2026-07-31 10:00')
  const desk = await hand.openBelay({ worker: false })
  t.after(() => desk.stop())
  const lead = await desk.signedIn('davi')
  /** Opened, and how long the answer took: as it is read, and as it is made again. */
  const told = async () => {
    const said: (number | null)[][] = []
    for (const again of [false, true]) {
      if (again) await rebuildIndex(desk.parts)
      else await desk.pull()
      const lines = (await jsonLines(lead, '?period=2026-07')).filter(({ by }) => by === null)
      said.push([lineIn(lines, 'inflow').value, (lineIn(lines, 'frt', 'calendar').mean ?? 0) / minute])
    }
    return said
  }
  const both = (inflow: number, frt: number) => [
    [inflow, frt],
    [inflow, frt],
  ]
  assert.deepEqual(await told(), both(2, 30))
  hand.turnTo('2026-07-31 11:00')
  await says('bruno', `/duplicate #${hand.iid('younger')}`)(hand, 'older')
  assert.deepEqual(await told(), both(1, 60))
  const explained = (await lead.get(`/issues/${hand.iid('younger')}/figures`)).text
  assert.match(explained, /First response<\/th>.*?>1 h<.*?>1 h</su)
  hand.turnTo('2026-07-31 11:10')
  await reopens('carla')(hand, 'older')
  assert.deepEqual(await told(), both(2, 30))
  hand.turnTo('2026-07-31 11:20')
  await closes('carla')(hand, 'older')
  assert.deepEqual(await told(), both(2, 30))
})
