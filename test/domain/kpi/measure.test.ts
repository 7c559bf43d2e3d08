// What one ticket contributes (kpi.md, sections 1 to 3): the vectors, and the edges at which figures go wrong.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KpiEvent, KpiTicket } from '../../../src/domain/kpi/figures.ts'
import { measure } from '../../../src/domain/kpi/measure.ts'
import { targetState } from '../../../src/domain/target.ts'
import { only } from '../../support/tickets.ts'
import {
  aKpiTicket,
  anEvent,
  aTarget,
  berlin,
  dayAndNight,
  inMinutes,
  minute,
  type RuledTarget,
  spansOf,
  theRules,
  timeIn,
} from './a-ticket.ts'

const ofDay = (text: string): number => berlin(`2026-06-08 ${text}`)
const nine = ofDay('09:00')

const measured = (
  createdAt: number,
  events: readonly KpiEvent[],
  targets: readonly RuledTarget[] = [],
  ticket: Partial<KpiTicket> = {},
) => measure(aKpiTicket(createdAt, ticket), events, theRules(targets, { levels: 3 }))

const response = (at: number, by?: string) =>
  anEvent(at, { kind: 'public_out' }, by === undefined ? {} : { by })
const answer = (at: number) => anEvent(at, { kind: 'public_in' })
const resolved = (at: number, by = 'bruno') => anEvent(at, { kind: 'resolved' }, { by })
const reopened = (at: number, by = 'bruno') => anEvent(at, { kind: 'reopened' }, { by })
const on = (at: number, level: number, by = 'bruno') => anEvent(at, { kind: 'level_on', level }, { by })
const off = (at: number, level: number) => anEvent(at, { kind: 'level_off', level })
const waits = (at: number) => anEvent(at, { kind: 'wait_on' })
const waitsNoMore = (at: number) => anEvent(at, { kind: 'wait_off' })

describe('the vectors', () => {
  test('A: over the change of the clocks a weekend is an hour shorter', () => {
    const created = berlin('2026-03-27 15:30')
    const { firstResponse, targets } = measured(
      created,
      [response(berlin('2026-03-30 08:45'))],
      [aTarget({ first_response: 240 * minute })],
    )
    assert.deepEqual(inMinutes(firstResponse), [3855, 75])
    const target = only(targets)
    assert.equal(target.due, berlin('2026-03-30 11:30'))
    assert.equal(target.missed, null)
  })

  test('B: on a holiday nobody works', () => {
    const created = berlin('2026-04-30 15:00')
    const { resolutions, targets } = measured(
      created,
      [resolved(berlin('2026-05-04 09:00'))],
      [aTarget({ resolution: 480 * minute })],
    )
    assert.deepEqual(inMinutes(only(resolutions)), [5400, 120])
    assert.equal(only(targets).due, berlin('2026-05-04 15:30'))
    assert.equal(targetState(only(targets), Number.MAX_SAFE_INTEGER), 'met')
  })

  test('C: lunch is nobody’s time', () => {
    const { firstResponse } = measured(berlin('2026-06-09 11:50'), [response(berlin('2026-06-09 12:40'))])
    assert.deepEqual(inMinutes(firstResponse), [50, 20])
  })

  test('D: an answer on Sunday took no time, and that is a value', () => {
    const { firstResponse, targets } = measured(
      berlin('2026-06-06 10:00'),
      [response(berlin('2026-06-07 09:00'))],
      [aTarget({ first_response: 60 * minute })],
    )
    assert.deepEqual(inMinutes(firstResponse), [1380, 0])
    const target = only(targets)
    assert.deepEqual([target.due, target.missed], [berlin('2026-06-08 09:00'), null])
  })

  test('E: waiting for the requester is not in the net time', () => {
    const figures = measured(nine, [
      waits(ofDay('10:00')),
      waitsNoMore(ofDay('14:00')),
      resolved(ofDay('15:00')),
    ])
    assert.deepEqual(inMinutes(only(figures.resolutions)), [360, 330])
    assert.deepEqual(
      timeIn(figures, ({ waiting }) => !waiting),
      [120, 120],
    )
  })

  test('F: the time it was resolved is in the full time, not in the open time', () => {
    const figures = measured(nine, [
      resolved(ofDay('10:00')),
      reopened(ofDay('11:00'), 'carla'),
      resolved(ofDay('13:00')),
    ])
    assert.deepEqual(figures.resolutions.map(inMinutes), [
      [60, 60],
      [240, 210],
    ])
    assert.deepEqual(timeIn(figures), [180, 150])
    assert.deepEqual(
      figures.resolutions.map(({ reopenedAt, correction }) => [reopenedAt, correction]),
      [
        [ofDay('11:00'), false],
        [null, false],
      ],
    )
  })

  test('G and H: Level 2 begins with its label, also while Level 1’s stands beside it', () => {
    for (const away of ['09:40:00', '09:40:05']) {
      const figures = measured(nine, [
        on(nine, 1),
        on(ofDay('09:40'), 2),
        off(ofDay(away), 1),
        resolved(ofDay('11:40'), 'carla'),
      ])
      assert.deepEqual(spansOf(figures), ['0+40 L1', '40+120 L2'])
      assert.deepEqual(inMinutes(figures.escalation), [40, 40])
      assert.deepEqual([figures.escalation?.level, figures.escalation?.by], [2, 'bruno'])
      const resolution = only(figures.resolutions)
      assert.deepEqual([inMinutes(resolution), resolution.level, resolution.by], [[160, 160], 2, 'carla'])
    }
  })
})

describe('levels', () => {
  test('the labels of one change come in any order and are one step', () => {
    const at = ofDay('10:00')
    for (const [first, then] of [
      [1, 2],
      [2, 1],
    ] as const) {
      const down = [
        on(nine, 2),
        anEvent(at, { kind: 'level_off', level: 2 }, { number: first }),
        anEvent(at, { kind: 'level_on', level: 1 }, { number: then }),
      ]
      const figures = measured(nine, down)
      assert.deepEqual(spansOf(figures), ['0+60 L2', '60+… L1'])
      assert.equal(figures.returnedAt, at)
    }
  })

  test('taken away and given back at one instant it never left', () => {
    const at = ofDay('10:00')
    const figures = measured(nine, [
      on(nine, 2),
      { ...off(at, 2), source: 'label:9' },
      { ...on(at, 2), source: 'label:10' },
    ])
    assert.deepEqual(spansOf(figures), ['0+… L2'])
    assert.equal(figures.returnedAt, null)
  })

  test('given and taken away at one instant it was no escalation: GitLab counts up, 9 comes before 10', () => {
    const at = ofDay('10:00')
    const figures = measured(nine, [
      { ...off(at, 2), source: 'label:10' },
      { ...on(at, 2), source: 'label:9' },
    ])
    assert.deepEqual([spansOf(figures), figures.escalation], [['0+… L1'], null])
  })

  test('a ticket that was opened at Level 2 was escalated at once', () => {
    const figures = measured(nine, [
      anEvent(nine, { kind: 'created' }, { by: 'davi' }),
      { ...on(nine, 2, 'davi'), source: 'created:level' },
    ])
    assert.deepEqual([inMinutes(figures.escalation), figures.escalation?.by], [[0, 0], 'davi'])
    assert.deepEqual(spansOf(figures), ['0+… L2'])
  })

  test('three levels: what lies above Level 2 is no second escalation, and Level 2 on the way back no return', () => {
    const figures = measured(nine, [
      on(ofDay('09:10'), 2),
      off(ofDay('09:10'), 1),
      on(ofDay('09:20'), 3, 'carla'),
      off(ofDay('09:30'), 3),
      off(ofDay('09:50'), 2),
      on(ofDay('10:00'), 3),
    ])
    assert.deepEqual(spansOf(figures), ['0+10 L1', '10+10 L2', '20+10 L3', '30+20 L2', '50+10 L1', '60+… L3'])
    assert.deepEqual(inMinutes(figures.escalation), [10, 10])
    assert.equal(figures.returnedAt, ofDay('09:50'))
  })

  test('our own step to a level is undone by nothing of GitLab’s that says the same', () => {
    const at = ofDay('09:40')
    const figures = measured(nine, [
      on(nine, 1),
      anEvent(at, { kind: 'level_at', level: 2 }),
      on(at + 1_000, 2),
      off(at + 1_000, 1),
    ])
    assert.deepEqual(spansOf(figures), ['0+40 L1', '40+… L2'])
  })

  test('a level given while the ticket is resolved is a visit only once it is open again', () => {
    const closed = [resolved(ofDay('10:00')), on(ofDay('10:30'), 2)]
    assert.equal(measured(nine, closed).escalation, null)
    const figures = measured(nine, [...closed, reopened(ofDay('11:00'))])
    assert.deepEqual(spansOf(figures), ['0+60 L1', '120+… L2'])
    assert.deepEqual(inMinutes(figures.escalation), [120, 120])
  })

  test('a deleted label ends its level where that was noticed', () => {
    const figures = measured(nine, [
      on(ofDay('09:30'), 2),
      { ...off(ofDay('11:00'), 2), actor: 'bot', by: null },
    ])
    assert.deepEqual(spansOf(figures), ['0+30 L1', '30+90 L2', '120+… L1'])
  })
})

describe('waiting and resolving', () => {
  test('who answers is not waited for any more, and the label that goes later changes nothing', () => {
    const figures = measured(nine, [
      waits(ofDay('10:00')),
      answer(ofDay('11:00')),
      waitsNoMore(ofDay('12:00')),
    ])
    assert.deepEqual(spansOf(figures), ['0+60 L1', '60+60 L1 waiting', '120+… L1'])
  })

  test('a waiting label on a resolved ticket means nothing, and resolving ends waiting', () => {
    const figures = measured(nine, [
      waits(ofDay('09:10')),
      resolved(ofDay('09:20')),
      waits(ofDay('09:30')),
      reopened(ofDay('09:40')),
    ])
    assert.deepEqual(spansOf(figures), ['0+10 L1', '10+10 L1 waiting', '40+… L1'])
  })

  test('resolving twice is once, opening what is open is nothing, and it can be reopened twice', () => {
    const figures = measured(nine, [
      reopened(ofDay('09:05')),
      resolved(ofDay('09:10')),
      resolved(ofDay('09:15')),
      reopened(ofDay('09:20')),
      reopened(ofDay('09:25')),
      resolved(ofDay('09:30')),
      reopened(ofDay('09:40')),
    ])
    assert.deepEqual(
      figures.resolutions.map(({ at, reopenedAt }) => [at, reopenedAt]),
      [
        [ofDay('09:10'), ofDay('09:20')],
        [ofDay('09:30'), ofDay('09:40')],
      ],
    )
    assert.deepEqual(spansOf(figures), ['0+10 L1', '20+10 L1', '40+… L1'])
  })

  test('an answer on a resolved ticket opens nothing by itself: the reopening does', () => {
    const figures = measured(nine, [resolved(ofDay('10:00')), answer(ofDay('11:00'))])
    assert.deepEqual(spansOf(figures), ['0+60 L1'])
    assert.equal(only(figures.resolutions).reopenedAt, null)
  })

  test('resolved and reopened at one instant, as GitLab numbered them, it was open throughout', () => {
    const at = ofDay('10:00')
    const figures = measured(nine, [
      { ...reopened(at, 'carla'), source: 'state:10' },
      { ...resolved(at), source: 'state:9' },
    ])
    assert.deepEqual(spansOf(figures), ['0+… L1'])
    assert.equal(only(figures.resolutions).reopenedAt, at)
  })

  test('opened again by the same agent within five minutes it was a slip', () => {
    const at = ofDay('10:00')
    const slip = (by: string | null, after: number, closedBy: string | null = 'bruno') =>
      only(
        measured(nine, [
          anEvent(at, { kind: 'resolved' }, { by: closedBy }),
          anEvent(at + after, { kind: 'reopened' }, { by }),
        ]).resolutions,
      ).correction
    assert.equal(slip('bruno', 5 * minute), true)
    assert.equal(slip('bruno', 5 * minute + 1), false)
    assert.equal(slip('carla', minute), false)
    assert.equal(slip(null, minute, null), false)
  })

  test('what GitLab dates before the ticket itself happened as it was created', () => {
    const figures = measured(nine, [
      response(nine - 3 * minute),
      on(nine - 2 * minute, 2),
      off(nine - minute, 2),
    ])
    assert.deepEqual(inMinutes(figures.firstResponse), [0, 0])
    assert.deepEqual([spansOf(figures), figures.escalation], [['0+… L1'], null])
  })
})

describe('answers', () => {
  test('a bot and a requester give no first response; an agent does, and the level it came at is told', () => {
    const figures = measured(nine, [
      anEvent(ofDay('09:01'), { kind: 'public_out' }, { actor: 'bot' }),
      answer(ofDay('09:05')),
      on(ofDay('09:08'), 2),
      response(ofDay('09:10'), 'carla'),
    ])
    assert.deepEqual(inMinutes(figures.firstResponse), [10, 10])
    assert.deepEqual([figures.firstResponse?.level, figures.firstResponse?.by], [2, 'carla'])
    assert.deepEqual([figures.nextResponses, figures.publicReplies], [[], 1])
  })

  test('until the first response the requester waits for that one, whatever they write', () => {
    const figures = measured(nine, [answer(ofDay('09:05'))])
    assert.deepEqual([figures.unansweredSince, figures.firstResponse], [null, null])
  })

  test('answered in the instant in which it was opened at Level 2, it was answered there', () => {
    assert.equal(measured(nine, [response(nine), on(nine, 2)]).firstResponse?.level, 2)
    // Escalated and answered at once it was still answered at Level 1.
    assert.equal(measured(nine, [response(ofDay('10:00')), on(ofDay('10:00'), 2)]).firstResponse?.level, 1)
  })

  test('who opens a ticket for somebody has not answered it', () => {
    const figures = measured(nine, [
      anEvent(nine, { kind: 'created' }, { by: 'bruno' }),
      response(ofDay('09:30')),
    ])
    assert.deepEqual(inMinutes(figures.firstResponse), [30, 30])
  })

  test('each time the requester writes again there is one next response, from their first word on', () => {
    const figures = measured(nine, [
      response(ofDay('09:10')),
      answer(ofDay('10:00')),
      answer(ofDay('10:20')),
      response(ofDay('10:30')),
      response(ofDay('10:40')),
      answer(ofDay('11:00')),
      response(ofDay('11:05'), 'carla'),
      answer(ofDay('11:30')),
    ])
    assert.deepEqual(figures.nextResponses.map(inMinutes), [
      [30, 30],
      [5, 5],
    ])
    assert.equal(figures.nextResponses[1]?.by, 'carla')
    assert.equal(figures.unansweredSince, ofDay('11:30'))
    assert.equal(figures.publicReplies, 4)
  })

  test('resolved without a word there was no response, and nobody waits for one any more', () => {
    const silent = measured(nine, [resolved(ofDay('10:00'))])
    assert.deepEqual([silent.firstResponse, silent.publicReplies], [null, 0])
    const closed = measured(nine, [
      response(ofDay('09:10')),
      answer(ofDay('09:20')),
      resolved(ofDay('10:00')),
    ])
    assert.deepEqual([closed.unansweredSince, closed.nextResponses], [null, []])
  })
})

describe('ratings', () => {
  const rated = (at: number, good: boolean) => anEvent(at, { kind: 'rated', good })

  test('the last one of each resolution counts, one before any does not', () => {
    const { ratings } = measured(nine, [
      rated(ofDay('09:10'), true),
      resolved(ofDay('09:20')),
      rated(ofDay('09:30'), true),
      rated(ofDay('09:40'), false),
      reopened(ofDay('09:50')),
      resolved(ofDay('10:00')),
      rated(ofDay('10:10'), true),
    ])
    assert.deepEqual(ratings, [
      { at: ofDay('09:40'), good: false, resolution: 0 },
      { at: ofDay('10:10'), good: true, resolution: 1 },
    ])
  })
})

describe('promises', () => {
  const resolving = aTarget({ resolution: 60 * minute })

  test('an hour for the resolution runs out at its end, and is warned of after four fifths', () => {
    const target = only(measured(nine, [], [resolving]).targets)
    assert.deepEqual(target, {
      kind: 'resolution',
      within: 60 * minute,
      due: ofDay('10:00'),
      warn: ofDay('09:48'),
      left: null,
      stopped: null,
      missed: null,
      whenMissed: 'tell',
    })
    assert.equal(targetState(target, ofDay('10:00') + 1), 'late')
  })

  test('while the requester is waited for nothing is due, and afterwards it is due later by as much', () => {
    const paused = only(measured(nine, [waits(ofDay('09:50'))], [resolving]).targets)
    assert.deepEqual([paused.due, paused.warn, paused.left, paused.missed], [null, null, 10 * minute, null])
    assert.equal(targetState(paused, ofDay('15:00')), 'paused')
    const events = [waits(ofDay('09:50')), waitsNoMore(ofDay('11:00'))]
    const running = only(measured(nine, events, [resolving]).targets)
    assert.deepEqual([running.due, running.warn, running.left], [ofDay('11:10'), ofDay('09:48'), null])
    const resolvedWaiting = only(
      measured(nine, [waits(ofDay('09:50')), resolved(ofDay('11:00'))], [resolving]).targets,
    )
    assert.deepEqual([resolvedWaiting.stopped, resolvedWaiting.missed], [ofDay('11:00'), null])
    assert.equal(resolvedWaiting.due, ofDay('11:10'))
  })

  test('what was due at the very instant it was done is kept, a moment later it is missed', () => {
    const kept = only(measured(nine, [resolved(ofDay('10:00'))], [resolving]).targets)
    assert.deepEqual([kept.missed, kept.stopped], [null, ofDay('10:00')])
    const late = only(measured(nine, [resolved(ofDay('10:00') + 1)], [resolving]).targets)
    assert.deepEqual([late.missed, late.due], [ofDay('10:00'), ofDay('10:00')])
  })

  test('a promise that was missed before a pause stays missed in it', () => {
    const target = only(measured(nine, [waits(ofDay('10:30'))], [resolving]).targets)
    assert.deepEqual([target.missed, target.stopped, target.left], [ofDay('10:00'), null, null])
    assert.equal(targetState(target, ofDay('10:31')), 'late')
  })

  test('reopened it runs again, and the time it was resolved is not counted', () => {
    const events = [resolved(ofDay('09:30')), reopened(ofDay('11:00'), 'carla')]
    const target = only(measured(nine, events, [resolving]).targets)
    assert.deepEqual([target.stopped, target.due], [null, ofDay('11:30')])
  })

  test('the first response runs while the requester is waited for, and ends with the first resolution', () => {
    const promise = aTarget({ first_response: 60 * minute })
    const waiting = only(measured(nine, [waits(ofDay('09:10'))], [promise]).targets)
    assert.equal(waiting.due, ofDay('10:00'))
    const events = [resolved(ofDay('09:30')), reopened(ofDay('09:40'), 'carla'), response(ofDay('11:00'))]
    const closed = only(measured(nine, events, [promise]).targets)
    assert.deepEqual([closed.stopped, closed.missed], [ofDay('09:30'), null])
  })

  test('a level’s promise begins when the ticket comes there, and counts all its visits', () => {
    const promise = aTarget({ level_2: 60 * minute })
    assert.deepEqual(measured(nine, [], [promise]).targets, [])
    const first = [on(ofDay('09:30'), 2)]
    assert.equal(only(measured(nine, first, [promise]).targets).due, ofDay('10:30'))
    const back = [...first, off(ofDay('09:50'), 2)]
    const left = only(measured(nine, back, [promise]).targets)
    assert.deepEqual([left.stopped, left.missed], [ofDay('09:50'), null])
    const again = [...back, on(ofDay('11:00'), 2, 'carla')]
    const running = only(measured(nine, again, [promise]).targets)
    assert.deepEqual([running.stopped, running.due], [null, ofDay('11:40')])
    const asked = only(measured(nine, [...again, waits(ofDay('11:10'))], [promise]).targets)
    assert.deepEqual([asked.due, asked.left], [null, 30 * minute])
    const done = only(measured(nine, [...again, resolved(ofDay('12:00'))], [promise]).targets)
    assert.deepEqual([done.stopped, done.missed], [ofDay('12:00'), ofDay('11:40')])
  })

  test('of all that fit the first counts, for each kind by itself', () => {
    const targets = [
      aTarget(
        { resolution: 10 * minute },
        { category: 'Hardware', priority: 'high', whenMissed: 'escalate' },
      ),
      aTarget({ first_response: 20 * minute }, { category: 'Hardware' }),
      aTarget({ first_response: 30 * minute, resolution: 40 * minute }),
    ]
    const promised = (ticket: Partial<KpiTicket>) =>
      measured(nine, [], targets, ticket).targets.map(
        ({ kind, within, whenMissed }) => `${kind} ${within / minute} ${whenMissed}`,
      )
    assert.deepEqual(promised({ category: 'Hardware', priority: 'high' }), [
      'first_response 20 tell',
      'resolution 10 escalate',
    ])
    assert.deepEqual(promised({ category: 'Hardware' }), ['first_response 20 tell', 'resolution 40 tell'])
    assert.deepEqual(promised({}), ['first_response 30 tell', 'resolution 40 tell'])
  })

  test('each is counted in its own hours', () => {
    const night = dayAndNight([aTarget({ resolution: 480 * minute })])
    const { targets } = measure(aKpiTicket(nine), [], night)
    assert.equal(only(targets).due, ofDay('17:00'))
  })

  const byPriority = [
    aTarget({ resolution: 30 * minute }, { priority: 'high' }),
    aTarget({ resolution: 120 * minute }, { priority: 'normal' }),
  ]
  const lowered = (at: number) => [
    anEvent(at, { kind: 'priority_off', priority: 'high' }),
    anEvent(at, { kind: 'priority_on', priority: 'normal' }),
  ]

  test('what was urgent for a while and was missed then stays missed', () => {
    const target = only(measured(nine, lowered(ofDay('09:31')), byPriority).targets)
    assert.deepEqual([target.missed, target.within, target.stopped], [ofDay('09:30'), 30 * minute, null])
    const resolvedLater = [...lowered(ofDay('09:31')), resolved(ofDay('09:50'))]
    const done = only(measured(nine, resolvedLater, byPriority).targets)
    assert.deepEqual([done.missed, done.stopped], [ofDay('09:30'), ofDay('09:50')])
  })

  test('what was made less urgent in time is due by the new promise, counted from when it was created', () => {
    const target = only(measured(nine, lowered(ofDay('09:29')), byPriority).targets)
    assert.deepEqual([target.missed, target.within, target.due], [null, 120 * minute, ofDay('11:00')])
  })

  test('urgent for a moment after it was done, nothing of it was missed', () => {
    const moment = [
      resolved(ofDay('10:00')),
      anEvent(ofDay('11:00'), { kind: 'priority_off', priority: 'normal' }),
      anEvent(ofDay('11:00'), { kind: 'priority_on', priority: 'high' }),
      ...lowered(ofDay('11:05')),
    ]
    assert.equal(only(measured(nine, moment, byPriority).targets).missed, null)
  })

  test('how the ticket stands now counts more than what is known of how it came to that', () => {
    const target = only(measured(nine, lowered(ofDay('09:10')), byPriority, { priority: 'high' }).targets)
    assert.equal(target.within, 30 * minute)
  })

  test('a category that came later: what was promised to any before it was missed stays', () => {
    const targets = [
      aTarget({ first_response: 60 * minute }, { category: 'Hardware' }),
      aTarget({ first_response: 10 * minute }),
    ]
    const chosen = (at: number) => [anEvent(at, { kind: 'category_on', category: 'Hardware' })]
    const late = measured(nine, chosen(ofDay('09:20')), targets, { category: 'Hardware' })
    assert.equal(only(late.targets).missed, ofDay('09:10'))
    const soon = measured(nine, chosen(ofDay('09:05')), targets, { category: 'Hardware' })
    assert.deepEqual([only(soon.targets).missed, only(soon.targets).due], [null, ofDay('10:00')])
  })

  test('nothing is promised of what is not counted, and nothing is said of half a story', () => {
    assert.deepEqual(measured(nine, [], [resolving], { excluded: 'label' }).targets, [])
    assert.deepEqual(measured(nine, [], [resolving], { complete: false }).targets, [])
  })
})

test('how long the mail was under way is told where that is known', () => {
  assert.equal(measured(nine, [], [], { arrivedAt: nine - 90_000 }).intakeDelay, 90_000)
  assert.equal(measured(nine, []).intakeDelay, null)
})
