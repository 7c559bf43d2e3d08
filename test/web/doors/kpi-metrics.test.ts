// The figures among the metrics: made at most once a minute, and left out where they cannot be made.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawChart } from '../../../src/adapters/charts/draw.ts'
import type { Kpis } from '../../../src/application/kpi-ports.ts'
import { createKpis } from '../../../src/application/report-kpis.ts'
import type { TestDoor } from '../../support/door.ts'
import { openDoor } from '../../support/door.ts'
import { kpiSeries } from '../../support/kpi-doors.ts'
import { minute } from '../../support/tickets.ts'

/** A door whose reports can fail, and are counted. */
const countedDoor = async () => {
  let made = 0
  let broken = false
  let kpis: Kpis | null = null
  const door: TestDoor = await openDoor({
    options: {
      kpis: {
        report: async (query) => {
          made += 1
          if (broken || !kpis) throw new Error('the disk is gone')
          return kpis.report(query)
        },
        behind: () => Promise.reject(new Error('not asked here')),
        draw: () => Promise.reject(new Error('not asked here')),
        close: async () => undefined,
      },
    },
  })
  kpis = createKpis({ store: door.store, desk: door.parts.desk, clock: door.parts.clock, draw: drawChart })
  return {
    door,
    made: () => made,
    breakDown: () => {
      broken = true
    },
    series: async () => kpiSeries((await door.stranger().get('/metrics')).text),
  }
}

const inflow = 'belay_kpi_tickets{figure="inflow"}'

test('metrics tell the figures, made at most once a minute', async () => {
  const { door, made, series } = await countedDoor()
  await using _ = door
  await door.keep({})
  assert.equal((await series()).get(inflow), 1)
  await door.keep({})
  door.turn(minute - 1)
  assert.equal((await series()).get(inflow), 1)
  assert.equal(made(), 1)
  door.turn(1)
  assert.equal((await series()).get(inflow), 2)
  assert.equal(made(), 2)
})

test('figures that cannot be made are left out, said in the log, and the rest is told', async () => {
  const { door, breakDown, made } = await countedDoor()
  await using _ = door
  breakDown()
  const answer = await door.stranger().get('/metrics')
  assert.equal(answer.status, 200)
  assert.match(answer.text, /^process_resident_memory_bytes /m)
  assert.doesNotMatch(answer.text, /belay_kpi/)
  const errors = door.lines.filter(({ level }) => level === 'error')
  assert.equal(errors.length, 1)
  await door.stranger().get('/metrics')
  assert.equal(made(), 1, 'who asks often does not make it worse')
})
