// What one ticket's row contributes: which figure, when, at which level, by whom, and whether it counts.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachFact, figureNames } from '../../../src/domain/kpi/facts.ts'
import type { TicketFigures } from '../../../src/domain/kpi/figures.ts'
import { hour, minute, nine } from '../../support/tickets.ts'
import { aResolution, aRow, aSpan, aStop, aTarget, day } from './rows.ts'

const window = 14 * day

type Fact = {
  figure: string
  at: number
  calendar: number
  business: number
  level: number
  agent: string | null
  counts: boolean | null
}

const factsOf = (figures: TicketFigures, now = nine + 100 * day): Fact[] => {
  const facts: Fact[] = []
  eachFact(figures, 2, now, window, (place, at, calendar, business, level, agent, counts) => {
    facts.push({ figure: figureNames(2).all[place] ?? '?', at, calendar, business, level, agent, counts })
  })
  return facts
}

const of = (figure: string, facts: readonly Fact[]): Fact[] => facts.filter((fact) => fact.figure === figure)

/** Whether it counts, of each fact of a rate. */
const counted = (figure: string, facts: readonly Fact[]): (boolean | null)[] =>
  of(figure, facts).map(({ counts }) => counts)

/** Calendar minutes of each. */
const minutes = (figure: string, facts: readonly Fact[]): number[] =>
  of(figure, facts).map(({ calendar }) => calendar / minute)

test('every figure of the desk has one name and one place, levels included', () => {
  const { all, durations, rates } = figureNames(3)
  assert.equal(new Set(all).size, all.length)
  assert.deepEqual(durations.slice(8), [
    'level_1',
    'level_1_net',
    'level_2',
    'level_2_net',
    'level_3',
    'level_3_net',
    'tte',
  ])
  assert.ok(rates.includes('ola_level_3'))
})

test('Ana’s ticket that nobody has answered yet has come in, and that is all', () => {
  assert.deepEqual(
    factsOf(aRow()).map(({ figure, at, agent, counts }) => [figure, at, agent, counts]),
    [
      ['inflow', nine, null, true],
      ['escalations_per_created', nine, null, false],
    ],
  )
})

test('a ticket that is left out contributes nothing', () => {
  const resolutions = [aResolution(nine + hour, hour)]
  assert.deepEqual(factsOf(aRow({ excluded: 'label', resolutions })), [])
})

test('waiting and resolved time are taken out as each figure says', () => {
  // Open an hour, waiting two, open one, resolved for five, open at Level 2 for three.
  const at = nine + 12 * hour
  const facts = factsOf(
    aRow({
      spans: [
        aSpan(nine, nine + hour),
        aSpan(nine + hour, nine + 3 * hour, { waiting: true }),
        aSpan(nine + 3 * hour, nine + 4 * hour),
        aSpan(nine + 9 * hour, at, { level: 2 }),
      ],
      resolutions: [
        aResolution(nine + 4 * hour, 4 * hour, { reopenedAt: nine + 9 * hour }),
        aResolution(at, 12 * hour, { level: 2, by: 'carla' }),
      ],
      escalation: aStop(nine + 9 * hour, 9 * hour, { by: 'bruno' }),
    }),
  )
  assert.deepEqual(
    ['ttr_first', 'ttr', 'ttr_net', 'open_time', 'requester_wait', 'waiting', 'level_1', 'level_1_net'].map(
      (figure) => minutes(figure, facts),
    ),
    [[240], [720], [300], [420], [300], [120], [240], [120]],
  )
  assert.deepEqual(of('level_2', facts), [
    { figure: 'level_2', at, calendar: 3 * hour, business: hour, level: 2, agent: 'carla', counts: true },
  ])
  assert.deepEqual(minutes('tte', facts), [540])
  assert.deepEqual(
    of('ttr_first', facts).map(({ agent, level }) => [agent, level]),
    [['bruno', 1]],
  )
})

test('a ticket that was never at Level 2 has no time there, not even none', () => {
  const facts = factsOf(aRow({ resolutions: [aResolution(nine + hour, hour)] }))
  assert.deepEqual(minutes('level_1', facts), [60])
  assert.deepEqual(minutes('level_2', facts), [])
})

test('what lies after the present instant is not told yet', () => {
  const row = aRow({
    firstResponse: aStop(nine + hour, hour),
    nextResponses: [aStop(nine + 3 * hour, hour)],
    resolutions: [aResolution(nine + 3 * hour, 3 * hour)],
    escalation: aStop(nine + 2 * hour, 2 * hour),
    returnedAt: nine + 3 * hour,
    ratings: [{ at: nine + 4 * hour, good: true, resolution: 0 }],
    targets: [aTarget({ stopped: nine + hour }), aTarget({ kind: 'resolution', stopped: nine + 3 * hour })],
  })
  const named = (now: number) => [...new Set(factsOf(row, now).map(({ figure }) => figure))]
  assert.deepEqual(named(nine - 1), [])
  assert.deepEqual(named(nine + hour), [
    'inflow',
    'escalations_per_created',
    'frt',
    'sla',
    'sla_first_response',
  ])
  assert.deepEqual(counted('de_escalation_rate', factsOf(row, nine + 2 * hour)), [false])
  assert.deepEqual(counted('de_escalation_rate', factsOf(row, nine + 3 * hour)), [true])
  assert.deepEqual(counted('csat_answered', factsOf(row, nine + 3 * hour)), [false])
  assert.deepEqual(counted('csat_answered', factsOf(row, nine + 4 * hour)), [true])
})

test('escalated or resolved at the first level: one of the two, for every ticket that stands resolved', () => {
  const at = nine + 2 * hour
  const stayed = factsOf(aRow({ resolutions: [aResolution(at, 2 * hour)] }))
  const rose = factsOf(
    aRow({
      spans: [aSpan(nine, nine + hour), aSpan(nine + hour, at, { level: 2 })],
      resolutions: [aResolution(at, 2 * hour)],
      escalation: aStop(nine + hour, hour),
    }),
  )
  assert.deepEqual([counted('escalation_rate', stayed), counted('flr', stayed)], [[false], [true]])
  assert.deepEqual([counted('escalation_rate', rose), counted('flr', rose)], [[true], [false]])
  const again = factsOf(aRow({ resolutions: [aResolution(at, 2 * hour, { reopenedAt: at + hour })] }))
  assert.deepEqual(counted('escalation_rate', again), [])
})

test('a first contact counts once the time for coming back is over', () => {
  const at = nine + hour
  const row = aRow({ publicReplies: 1, resolutions: [aResolution(at, hour)] })
  assert.deepEqual(counted('fcr', factsOf(row, at + window - 1)), [null])
  assert.deepEqual(counted('fcr', factsOf(row, at + window)), [true])
  assert.deepEqual(counted('fcr_no_reply', factsOf(row)), [false])
  assert.deepEqual(counted('fcr', factsOf({ ...row, publicReplies: 2 })), [false])
  const silent = factsOf({ ...row, publicReplies: 0 })
  assert.deepEqual([counted('fcr', silent), counted('fcr_no_reply', silent)], [[true], [true]])
})

test('a slip is as if it had not happened: Bruno resolved the wrong ticket and took it back', () => {
  const slip = aResolution(nine + hour, hour, { reopenedAt: nine + hour + 2 * minute, correction: true })
  const open = factsOf(aRow({ resolutions: [slip], spans: [aSpan(nine, null)] }))
  assert.deepEqual(
    open.map(({ figure }) => figure),
    ['inflow', 'escalations_per_created'],
  )
  const resolved = factsOf(
    aRow({ publicReplies: 1, resolutions: [slip, aResolution(nine + 5 * hour, 5 * hour)] }),
  )
  assert.deepEqual(minutes('ttr_first', resolved), [300])
  assert.equal(of('outflow', resolved).length, 1)
  assert.deepEqual(counted('reopen_rate', resolved), [false])
  assert.deepEqual(counted('fcr', resolved), [true])
})

test('a ticket that came back is no first contact, also when it stays resolved then', () => {
  const facts = factsOf(
    aRow({
      publicReplies: 1,
      resolutions: [
        aResolution(nine + hour, hour, { reopenedAt: nine + 3 * hour }),
        aResolution(nine + 5 * hour, 5 * hour),
      ],
    }),
  )
  assert.deepEqual(counted('fcr', facts), [false])
  assert.deepEqual(counted('reopen_rate', facts), [true, false])
  assert.equal(of('outflow', facts).length, 2)
  assert.deepEqual(minutes('ttr', facts), [300])
})

test('a reopening counts within the window, and until that is over nothing is certain', () => {
  const at = nine + hour
  const reopened = (after: number) =>
    aRow({ resolutions: [aResolution(at, hour, { reopenedAt: at + after })] })
  assert.deepEqual(counted('reopen_rate', factsOf(reopened(window))), [true])
  assert.deepEqual(counted('reopen_rate', factsOf(reopened(window + 1))), [false])
  const quiet = aRow({ resolutions: [aResolution(at, hour)] })
  assert.deepEqual(counted('reopen_rate', factsOf(quiet, at + window - 1)), [null])
  assert.deepEqual(counted('reopen_rate', factsOf(quiet, at + window)), [false])
})

test('a promise counts when it was kept, or when its time went by', () => {
  const at = nine + hour
  const firstResponse = aStop(at, hour, { level: 2, by: 'carla' })
  const told = (target: Parameters<typeof aTarget>[0], now?: number) =>
    of('sla', factsOf(aRow({ firstResponse, targets: [aTarget(target)] }), now)).map((fact) => [
      fact.at,
      fact.counts,
      fact.level,
      fact.agent,
    ])
  assert.deepEqual(told({ stopped: at }), [[at, true, 2, 'carla']])
  assert.deepEqual(told({ stopped: at, missed: at - minute }), [[at - minute, false, 1, 'carla']])
  // Due at this very instant it can still be kept, as the chip beside the ticket says as well.
  assert.deepEqual(told({ due: at }, at), [])
  assert.deepEqual(told({ due: at }, at + 1), [[at, false, 1, null]])
  assert.deepEqual(told({ left: hour }), [])
  assert.deepEqual(told({ missed: at }), [[at, false, 1, null]])
})

test('a level’s own promise is none to requesters', () => {
  const at = nine + 3 * hour
  const facts = factsOf(
    aRow({
      spans: [aSpan(nine, nine + hour), aSpan(nine + hour, at, { level: 2 })],
      resolutions: [aResolution(at, 3 * hour, { level: 2, by: 'carla' })],
      targets: [aTarget({ kind: 'level_2', stopped: at }), aTarget({ kind: 'resolution', stopped: at })],
    }),
  )
  assert.deepEqual(counted('ola_level_2', facts), [true])
  assert.deepEqual(
    ['sla', 'sla_resolution', 'sla_first_response', 'ola_level_1'].map((figure) => of(figure, facts).length),
    [1, 1, 0, 0],
  )
  assert.deepEqual(
    [...of('ola_level_2', facts), ...of('sla', facts)].map(({ level, agent }) => [level, agent]),
    [
      [2, 'carla'],
      [2, 'carla'],
    ],
  )
})

test('what Ana thinks of it belongs to whom she thanks for it', () => {
  const facts = factsOf(
    aRow({
      resolutions: [
        aResolution(nine + hour, hour, { reopenedAt: nine + 2 * hour }),
        aResolution(nine + 5 * hour, 5 * hour, { level: 2, by: 'carla' }),
      ],
      ratings: [{ at: nine + 6 * hour, good: true, resolution: 1 }],
    }),
  )
  assert.deepEqual(
    of('csat', facts).map(({ at, level, agent, counts }) => [at, level, agent, counts]),
    [[nine + 6 * hour, 2, 'carla', true]],
  )
  assert.deepEqual(counted('csat_answered', facts), [false, true])
})
