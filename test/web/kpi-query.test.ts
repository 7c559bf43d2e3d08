// What an address asks of the figures, and the address of what is asked, are two ways to say one thing. What cannot
// be is as not said, and single people's figures are for those who lead.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { dimensions } from '../../src/application/ask-for-figures.ts'
import type { Role } from '../../src/domain/role.ts'
import { behindViewOf, kpiUrl, kpiViewOf, reportQueryOf } from '../../src/web/kpi-query.ts'
import { parametersOf } from '../../src/web/security.ts'
import { aDesk, nine } from '../support/tickets.ts'

const desk = aDesk({ timeZone: 'Europe/Berlin' })

const asking = (search: string, role: Role = 'lead') => ({
  query: parametersOf(search),
  viewer: { id: 11, username: 'davi', name: 'Davi', role },
  door: { parts: { desk, clock: { now: () => nine, sleep: async () => {} } } },
})

const viewed = (search: string, role?: Role) => kpiViewOf(asking(search, role))

test('an address without a word asks for the last 30 days of all tickets, by category', () => {
  const { period, filter, by, clock } = viewed('')
  assert.equal(period.name, 'last-30-days')
  assert.deepEqual(period.period, {
    from: Date.parse('2026-05-10T00:00+02:00'),
    to: Date.parse('2026-06-09T00:00+02:00'),
  })
  assert.deepEqual(filter, { category: null, level: null, agent: null })
  assert.equal(by, 'category')
  assert.equal(clock, 'calendar')
})

test('what cannot be is as not said', () => {
  const usual = viewed('')
  for (const search of [
    'period=yesteryear',
    'from=2026-06-31&to=2026-07-02',
    'from=2026-06-02&to=2026-06-01',
    'from=2026-06-02',
    'category=Plumbing',
    'level=3',
    'level=0',
    'level=1e0',
    'agent=%3Cscript%3E',
    'by=weather',
    'clock=cuckoo',
  ])
    assert.deepEqual(viewed(search), usual, search)
})

test('Bruno gets the desk’s figures where Davi gets those of single agents', () => {
  assert.equal(viewed('agent=carla&by=agent', 'lead').filter.agent, 'carla')
  assert.equal(viewed('agent=carla&by=agent', 'lead').by, 'agent')
  for (const role of ['agent', 'specialist'] as const) {
    const { filter, by } = viewed('agent=carla&by=agent', role)
    assert.equal(filter.agent, null)
    assert.equal(by, 'category')
  }
})

test('business time is the usual where the desk has hours, and can be left', () => {
  const week = [0, 1, 2, 3, 4].map(() => [{ from: 480, to: 960 }])
  const version = {
    validFrom: null,
    timeZone: 'Europe/Berlin',
    week: [...week, [], []],
    holidays: [],
    extraDays: {},
  }
  const withHours = aDesk({ calendars: [{ id: 'office', versions: [version] }] })
  const visit = (search: string) => ({
    ...asking(search),
    door: { parts: { desk: withHours, clock: asking('').door.parts.clock } },
  })
  assert.equal(kpiViewOf(visit('')).clock, 'business')
  assert.equal(kpiViewOf(visit('clock=calendar')).clock, 'calendar')
  assert.equal(kpiUrl('/kpi', kpiViewOf(visit('clock=calendar')), withHours), '/kpi?clock=calendar')
  assert.equal(kpiUrl('/kpi', kpiViewOf(visit('')), withHours), '/kpi')
})

test('a report is compared with the period before, and divided as was asked', () => {
  const query = reportQueryOf(viewed('period=2026-05&by=week'), nine)
  assert.deepEqual(query.by, ['week'])
  assert.equal(query.before?.to, query.period.from)
  assert.equal(query.before?.from, Date.parse('2026-04-01T00:00+02:00'))
})

test('every view has an address, and the address leads back to it', () => {
  const view = fc.record({
    period: fc.constantFrom(
      'last-30-days',
      'last-7-days',
      'this-month',
      '2026',
      '2026-Q2',
      '2026-05',
      '2026-05-03..2026-05-09',
    ),
    category: fc.constantFrom(null, '', 'Hardware', 'Gitlab Account'),
    level: fc.constantFrom(null, 1, 2),
    agent: fc.constantFrom(null, '', 'carla', 'a.b-c_d'),
    by: fc.constantFrom(...dimensions),
    clock: fc.constantFrom('calendar' as const, 'business' as const),
  })
  fc.assert(
    fc.property(view, ({ period, by, clock, ...filter }) => {
      const named = viewed(`period=${period}`).period
      assert.equal(named.name, period)
      const whole = { period: named, filter, by, clock }
      const url = kpiUrl('/kpi', whole, desk)
      assert.deepEqual(viewed(url.split('?')[1] ?? ''), whole, url)
    }),
  )
})

test('the list behind a number is asked for by the number’s name, and by nothing else', () => {
  const behind = (search: string) => behindViewOf(asking(search))
  assert.deepEqual(behind('figure=level_2_net&page=3'), { figure: 'level_2_net', age: null, page: 3 })
  assert.deepEqual(behind('figure=backlog&age=1-3d'), { figure: 'backlog', age: '1-3d', page: 1 })
  assert.deepEqual(behind('figure=ttr&age=1-3d&page=-1'), { figure: 'ttr', age: null, page: 1 })
  for (const search of ['', 'figure=', 'figure=level_3', 'figure=level_2_gross', 'figure=__proto__'])
    assert.equal(behind(search), null, search)
  assert.equal(
    kpiUrl('/kpi/tickets', viewed('period=2026-05'), desk, { figure: 'backlog', age: '1-3d', page: 2 }),
    '/kpi/tickets?period=2026-05&figure=backlog&age=1-3d&page=2',
  )
})
