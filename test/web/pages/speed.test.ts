// How long pages take, in microseconds: printed for whoever works on them, and held to generous bounds,
// since test machines are slow and shared. bench/ measures the whole desk.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dashboardPage } from '../../../src/web/pages/dashboard.ts'
import { ticketPage } from '../../../src/web/pages/ticket.ts'
import { renderPage } from '../../../src/web/rendering.ts'
import { backlog, context, counts, files, members, page, query, queue, story, ticket } from './believable.ts'

/** Processor time of one `work`, median of several rounds: what else runs on the machine disturbs it less. */
const microseconds = (work: () => unknown, times: number): number => {
  for (let index = 0; index < times; index++) work()
  const rounds = Array.from({ length: 9 }, () => {
    const start = process.cpuUsage()
    for (let index = 0; index < times; index++) work()
    const { user, system } = process.cpuUsage(start)
    return (user + system) / times
  })
  return rounds.sort((a, b) => a - b)[4] ?? 0
}

test('a dashboard whose lines are remembered costs next to nothing', (t) => {
  const ctx = context()
  const input = { query: query(), page: page(), counts, backlog, members, version: 1 }
  const time = microseconds(() => renderPage(dashboardPage(ctx, input)), 2_000)
  t.diagnostic(`dashboard, lines remembered: ${time.toFixed(1)} µs`)
  assert.ok(time < 600)
})

test('a ticket page whose texts are remembered costs next to nothing', (t) => {
  const ctx = context()
  const input = { ticket: ticket(), events: story, operations: [], files, members, newKey: 'k' }
  const time = microseconds(() => renderPage(ticketPage(ctx, input)), 1_000)
  t.diagnostic(`ticket, texts remembered: ${time.toFixed(1)} µs`)
  assert.ok(time < 800)
})

test('a dashboard whose lines are all new is still quick', (t) => {
  const ctx = context()
  let revision = 10_000
  const time = microseconds(() => {
    revision += 1
    const tickets = queue.map((one) => ({ ...one, revision }))
    return renderPage(
      dashboardPage(ctx, { query: query(), page: page({ tickets }), counts, backlog, members }),
    )
  }, 300)
  t.diagnostic(`dashboard, lines new: ${time.toFixed(1)} µs`)
  assert.ok(time < 3_000)
})

test('a ticket page whose texts are new is still quick', (t) => {
  const ctx = context()
  let revision = 10_000
  const time = microseconds(() => {
    revision += 1
    return renderPage(
      ticketPage(ctx, {
        ticket: ticket({ revision }),
        events: story,
        operations: [],
        files,
        members,
        newKey: 'k',
      }),
    )
  }, 50)
  t.diagnostic(`ticket, texts new: ${time.toFixed(1)} µs`)
  assert.ok(time < 20_000)
})
