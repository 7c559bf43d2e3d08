// What people did in GitLab, and what follows for the figures, worked out with pencil and paper from the
// definitions. Minutes, calendar first, business second. Office hours: Monday to Friday 08:00–12:00 and 12:30–16:00
// in Berlin (450 a day), 1 May closed. Promised: an answer within 240, of high priority 60; a resolution within 480,
// of high priority 240; Level 2 has it for 120.

import type { Desk } from '../../src/domain/desk.ts'
import type { Target } from '../../src/domain/target.ts'
import type { Hours } from '../../src/domain/working-hours.ts'
import type { Deed, Told } from './by-hand-in-gitlab.ts'
import { answersByMail, closes, labels, mails, opens, reopens, says } from './by-hand-in-gitlab.ts'
import { aTarget } from './promises.ts'
import { aDesk, minute } from './tickets.ts'

const working: readonly Hours[] = [
  { from: 8 * 60, to: 12 * 60 },
  { from: 12 * 60 + 30, to: 16 * 60 },
]

const promised = (within: Record<string, number>, priority: string | null = null): Target =>
  aTarget({
    priority,
    calendar: 'office',
    within: Object.fromEntries(Object.entries(within).map(([kind, minutes]) => [kind, minutes * minute])),
    warnAt: 0.8,
  })

export const office: Partial<Desk> = {
  timeZone: 'Europe/Berlin',
  calendars: [
    {
      id: 'office',
      versions: [
        {
          validFrom: null,
          timeZone: 'Europe/Berlin',
          week: [working, working, working, working, working, [], []],
          holidays: [{ year: 2026, month: 5, day: 1 }],
          extraDays: {},
        },
      ],
    },
  ],
  targets: [
    promised({ first_response: 60, resolution: 240 }, 'high'),
    promised({ first_response: 240, resolution: 480, level_2: 120 }),
  ],
  labels: aDesk().labels,
}

/** When it came (Berlin), minutes of both clocks, at which level, by whom ('' = no agent). */
export type Came = readonly [at: string, calendar: number, business: number, level: number, by: string]
export type Both = readonly [calendar: number, business: number]
export type Outcome = readonly [how: 'met' | 'late', at: string]

export type Expected = {
  readonly opened: string
  readonly category?: string
  readonly frt?: Came
  readonly nrt?: readonly Came[]
  /** The first resolution, where it is not the one that holds. */
  readonly first?: Came
  readonly ttr?: Came
  /** As `ttr` where nothing is said. */
  readonly open?: Both
  /** As `open` where nothing is said. */
  readonly net?: Both
  /** Only of those that waited. */
  readonly waiting?: Both
  /** By level, whole and net; Level 1 for all of the open time where nothing is said. */
  readonly levels?: Readonly<Record<number, { readonly whole: Both; readonly net?: Both }>>
  readonly tte?: readonly [at: string, calendar: number, business: number]
  readonly returned?: true
  /** All resolutions; the one that holds where nothing is said. */
  readonly resolved?: readonly string[]
  /** The resolution after which it was opened again within 14 days. */
  readonly reopened?: string
  /** Resolved with at most one public reply, and not reopened in time. */
  readonly fcr: boolean
  /** The same without any. */
  readonly fcrNoReply?: true
  readonly sla: { readonly frt?: Outcome; readonly ttr?: Outcome; readonly ola?: Outcome }
}

export type Story = {
  readonly name: string
  readonly deeds: readonly (readonly [at: string, deed: Deed])[]
  /** null: not counted at all. */
  readonly expected: Expected | null
}

const bruno = 'bruno'
const carla = 'carla'
const davi = 'davi'
const ana = 'ana'

/** All on one day. */
const on = (day: string, ...deeds: (readonly [time: string, deed: Deed])[]) =>
  deeds.map(([time, deed]) => [`${day} ${time}`, deed] as const)

const met = (at: string): Outcome => ['met', at]
const late = (due: string): Outcome => ['late', due]

const hardware = labels(bruno, '+hardware')

/** Five that are answered after 10, 20, 30, 40 and 5000 minutes: vectors J and, on their first day alone, K. */
const answeredAfter = (name: string, reply: string): Story => ({
  name,
  deeds: [
    ['2026-06-16 09:00', opens(ana)],
    ['2026-06-16 09:01', labels(carla, '+gitlab-account')],
    [`2026-06-16 ${reply}`, says(carla)],
    ['2026-06-16 10:00', closes(carla)],
  ],
  expected: {
    opened: '2026-06-16 09:00',
    category: 'Gitlab Account',
    frt: [`2026-06-16 ${reply}`, Number(reply.slice(3)), Number(reply.slice(3)), 1, carla],
    ttr: ['2026-06-16 10:00', 60, 60, 1, carla],
    fcr: true,
    sla: { frt: met(`2026-06-16 ${reply}`), ttr: met('2026-06-16 10:00') },
  },
})

const vectors: readonly Story[] = [
  {
    name: 'A over the change of clocks',
    deeds: [
      ['2026-03-27 15:30', opens(ana)],
      ['2026-03-30 08:45', says(bruno)],
      ['2026-03-30 09:00', closes(bruno)],
    ],
    // Friday 30, Monday 45. The Sunday between has 23 hours: 3 days − 6 h 45 − 1 h = 64 h 15.
    expected: {
      opened: '2026-03-27 15:30',
      frt: ['2026-03-30 08:45', 3_855, 75, 1, bruno],
      ttr: ['2026-03-30 09:00', 3_870, 90, 1, bruno],
      fcr: true,
      sla: { frt: met('2026-03-30 08:45'), ttr: met('2026-03-30 09:00') },
    },
  },
  {
    name: 'B holiday',
    deeds: [
      ['2026-04-30 15:00', opens(ana)],
      ['2026-05-04 09:00', closes(bruno)],
    ],
    // 4 days − 6 h = 5400; Thursday 60, Friday closed, Monday 60.
    expected: {
      opened: '2026-04-30 15:00',
      ttr: ['2026-05-04 09:00', 5_400, 120, 1, bruno],
      fcr: true,
      fcrNoReply: true,
      sla: { frt: met('2026-05-04 09:00'), ttr: met('2026-05-04 09:00') },
    },
  },
  {
    name: 'C lunch, and open still',
    deeds: [
      ['2026-06-09 11:50', opens(ana)],
      ['2026-06-09 12:40', says(carla)],
      ['2026-06-10 10:00', says(ana)],
    ],
    // 10 before and 10 after lunch. Resolution: 10 + 210 on Tuesday, 240 until Wednesday noon, 20 more: 12:50.
    expected: {
      opened: '2026-06-09 11:50',
      frt: ['2026-06-09 12:40', 50, 20, 1, carla],
      fcr: false,
      sla: { frt: met('2026-06-09 12:40'), ttr: late('2026-06-10 12:50') },
    },
  },
  {
    name: 'D weekend',
    deeds: [
      ['2026-06-06 10:00', opens(ana)],
      ['2026-06-06 10:05', labels(davi, '+priority::high', '+hardware')],
      ['2026-06-07 09:00', says(davi)],
      ['2026-06-08 08:30', closes(davi)],
    ],
    // 46 h 30 until Monday 08:30, of which 30 at work.
    expected: {
      opened: '2026-06-06 10:00',
      category: 'Hardware',
      frt: ['2026-06-07 09:00', 1_380, 0, 1, davi],
      ttr: ['2026-06-08 08:30', 2_790, 30, 1, davi],
      fcr: true,
      sla: { frt: met('2026-06-07 09:00'), ttr: met('2026-06-08 08:30') },
    },
  },
  {
    name: 'E pause',
    deeds: on(
      '2026-06-08',
      ['09:00', opens(ana)],
      ['10:00', labels(bruno, '+waiting')],
      ['14:00', labels(bruno, '-waiting')],
      ['15:00', closes(bruno)],
    ),
    // Waiting does not pause the answer: 180 until noon, 60 more, so late at 13:30.
    expected: {
      opened: '2026-06-08 09:00',
      ttr: ['2026-06-08 15:00', 360, 330, 1, bruno],
      net: [120, 120],
      waiting: [240, 210],
      levels: { 1: { whole: [360, 330], net: [120, 120] } },
      fcr: true,
      fcrNoReply: true,
      sla: { frt: late('2026-06-08 13:30'), ttr: met('2026-06-08 15:00') },
    },
  },
  {
    name: 'F reopen',
    deeds: on(
      '2026-06-08',
      ['09:00', opens(ana)],
      ['10:00', closes(bruno)],
      ['11:00', reopens(carla)],
      ['13:00', closes(carla)],
    ),
    // Resolved from 10:00 to 11:00; from 11:00 to 13:00 are 120, less lunch 90.
    expected: {
      opened: '2026-06-08 09:00',
      first: ['2026-06-08 10:00', 60, 60, 1, bruno],
      ttr: ['2026-06-08 13:00', 240, 210, 1, carla],
      open: [180, 150],
      resolved: ['2026-06-08 10:00', '2026-06-08 13:00'],
      reopened: '2026-06-08 10:00',
      fcr: false,
      sla: { frt: met('2026-06-08 10:00'), ttr: met('2026-06-08 13:00') },
    },
  },
  {
    name: 'G levels',
    deeds: on(
      '2026-06-08',
      ['09:00', opens(ana)],
      ['09:05', labels(bruno, '+level::1', '+hardware')],
      ['09:40', labels(bruno, '+level::2', '-level::1')],
      ['11:40', closes(carla)],
    ),
    // Level 2 had its 120 to the minute: at the due time is in time.
    expected: {
      opened: '2026-06-08 09:00',
      category: 'Hardware',
      ttr: ['2026-06-08 11:40', 160, 160, 2, carla],
      levels: { 1: { whole: [40, 40] }, 2: { whole: [120, 120] } },
      tte: ['2026-06-08 09:40', 40, 40],
      fcr: true,
      fcrNoReply: true,
      sla: { frt: met('2026-06-08 11:40'), ttr: met('2026-06-08 11:40'), ola: met('2026-06-08 11:40') },
    },
  },
  {
    name: 'H both labels',
    deeds: on(
      '2026-06-08',
      ['09:00', opens(ana)],
      ['09:05', labels(bruno, '+level::1')],
      ['09:40:00', labels(bruno, '+level::2')],
      ['09:40:05', labels(bruno, '-level::1')],
      ['11:40', closes(carla)],
    ),
    expected: {
      opened: '2026-06-08 09:00',
      ttr: ['2026-06-08 11:40', 160, 160, 2, carla],
      levels: { 1: { whole: [40, 40] }, 2: { whole: [120, 120] } },
      tte: ['2026-06-08 09:40', 40, 40],
      fcr: true,
      fcrNoReply: true,
      sla: { frt: met('2026-06-08 11:40'), ttr: met('2026-06-08 11:40'), ola: met('2026-06-08 11:40') },
    },
  },
  answeredAfter('J 10', '09:10'),
  answeredAfter('J 20', '09:20'),
  answeredAfter('J 30', '09:30'),
  answeredAfter('J 40', '09:40'),
  {
    name: 'J 5000',
    deeds: [
      ['2026-06-16 09:00', opens(ana)],
      ['2026-06-16 09:01', labels(carla, '+gitlab-account')],
      ['2026-06-19 20:20', says(carla)],
      ['2026-06-19 20:30', closes(carla)],
    ],
    // 3 days 11 h 20. At work: Tuesday 390, then 3 × 450 = 1740. Answer due Tuesday 13:30, resolution Wednesday 09:30.
    expected: {
      opened: '2026-06-16 09:00',
      category: 'Gitlab Account',
      frt: ['2026-06-19 20:20', 5_000, 1_740, 1, carla],
      ttr: ['2026-06-19 20:30', 5_010, 1_740, 1, carla],
      fcr: true,
      sla: { frt: late('2026-06-16 13:30'), ttr: late('2026-06-17 09:30') },
    },
  },
]

const conversations = (anotherBot: string): readonly Story[] => [
  {
    name: 'an internal note is no answer',
    deeds: on(
      '2026-06-10',
      ['09:00', opens(ana)],
      ['09:10', says(bruno, 'Third time this week.', { internal: true })],
      ['10:00', says(carla)],
      ['10:30', closes(carla)],
    ),
    expected: {
      opened: '2026-06-10 09:00',
      frt: ['2026-06-10 10:00', 60, 60, 1, carla],
      ttr: ['2026-06-10 10:30', 90, 90, 1, carla],
      fcr: true,
      sla: { frt: met('2026-06-10 10:00'), ttr: met('2026-06-10 10:30') },
    },
  },
  {
    name: 'a bot is no answer',
    deeds: on(
      '2026-06-10',
      ['09:00', opens(ana)],
      ['09:05', says(anotherBot, 'Thank you for your report.')],
      ['09:30', says(bruno)],
      ['10:00', closes(bruno)],
    ),
    expected: {
      opened: '2026-06-10 09:00',
      frt: ['2026-06-10 09:30', 30, 30, 1, bruno],
      ttr: ['2026-06-10 10:00', 60, 60, 1, bruno],
      fcr: true,
      sla: { frt: met('2026-06-10 09:30'), ttr: met('2026-06-10 10:00') },
    },
  },
  {
    name: 'Ana asks twice more',
    deeds: on(
      '2026-06-10',
      ['09:00', opens(ana)],
      ['09:30', says(bruno)],
      ['10:00', says(ana)],
      ['10:30', says(ana)],
      ['11:00', says(bruno)],
      ['11:50', says(ana)],
      ['12:40', says(carla)],
      ['13:00', closes(carla)],
    ),
    // From her first message since our last: 10:00–11:00, and 11:50–12:40 over lunch.
    expected: {
      opened: '2026-06-10 09:00',
      frt: ['2026-06-10 09:30', 30, 30, 1, bruno],
      nrt: [
        ['2026-06-10 11:00', 60, 60, 1, bruno],
        ['2026-06-10 12:40', 50, 20, 1, carla],
      ],
      ttr: ['2026-06-10 13:00', 240, 210, 1, carla],
      fcr: false,
      sla: { frt: met('2026-06-10 09:30'), ttr: met('2026-06-10 13:00') },
    },
  },
  {
    name: 'her answer ends the waiting before the label goes',
    deeds: on(
      '2026-06-11',
      ['09:00', opens(ana)],
      ['09:30', says(bruno)],
      ['09:30', labels(bruno, '+waiting')],
      ['11:00', says(ana)],
      ['13:00', says(bruno)],
      ['13:00:30', labels(bruno, '-waiting')],
      ['14:00', closes(bruno)],
    ),
    // Waiting 09:30–11:00. Answered after 120, less lunch 90.
    expected: {
      opened: '2026-06-11 09:00',
      frt: ['2026-06-11 09:30', 30, 30, 1, bruno],
      nrt: [['2026-06-11 13:00', 120, 90, 1, bruno]],
      ttr: ['2026-06-11 14:00', 300, 270, 1, bruno],
      net: [210, 180],
      waiting: [90, 90],
      levels: { 1: { whole: [300, 270], net: [210, 180] } },
      fcr: false,
      sla: { frt: met('2026-06-11 09:30'), ttr: met('2026-06-11 14:00') },
    },
  },
  {
    name: 'an answer and the end at one instant',
    deeds: on('2026-06-22', ['08:00', opens(ana)], ['12:00', says(bruno, 'It is done.\n/close')]),
    // Due at noon, and there at noon.
    expected: {
      opened: '2026-06-22 08:00',
      frt: ['2026-06-22 12:00', 240, 240, 1, bruno],
      ttr: ['2026-06-22 12:00', 240, 240, 1, bruno],
      fcr: true,
      sla: { frt: met('2026-06-22 12:00'), ttr: met('2026-06-22 12:00') },
    },
  },
  {
    name: 'all the time used up at noon is late after lunch',
    deeds: on('2026-06-22', ['08:00', opens(ana)], ['12:30', says(bruno)], ['13:00', closes(bruno)]),
    // B is 240 as promised, but it was due at the earliest such instant: noon.
    expected: {
      opened: '2026-06-22 08:00',
      frt: ['2026-06-22 12:30', 270, 240, 1, bruno],
      ttr: ['2026-06-22 13:00', 300, 270, 1, bruno],
      fcr: true,
      sla: { frt: late('2026-06-22 12:00'), ttr: met('2026-06-22 13:00') },
    },
  },
  {
    name: 'an answer in the evening',
    deeds: [
      ['2026-06-22 20:00', opens(ana)],
      ['2026-06-22 20:30', says(bruno)],
      ['2026-06-23 09:00', closes(bruno)],
    ],
    expected: {
      opened: '2026-06-22 20:00',
      frt: ['2026-06-22 20:30', 30, 0, 1, bruno],
      ttr: ['2026-06-23 09:00', 780, 60, 1, bruno],
      fcr: true,
      sla: { frt: met('2026-06-22 20:30'), ttr: met('2026-06-23 09:00') },
    },
  },
  {
    name: 'Bruno asks himself, and his own words are no answer',
    deeds: on(
      '2026-06-19',
      ['09:00', opens(bruno)],
      ['09:10', says(bruno)],
      ['09:40', says(carla)],
      ['10:00', closes(carla)],
    ),
    expected: {
      opened: '2026-06-19 09:00',
      frt: ['2026-06-19 09:40', 40, 40, 1, carla],
      ttr: ['2026-06-19 10:00', 60, 60, 1, carla],
      fcr: true,
      sla: { frt: met('2026-06-19 09:40'), ttr: met('2026-06-19 10:00') },
    },
  },
  {
    name: 'Ana closes it herself',
    deeds: on('2026-06-19', ['10:00', opens(ana)], ['10:30', closes(ana)]),
    expected: {
      opened: '2026-06-19 10:00',
      ttr: ['2026-06-19 10:30', 30, 30, 1, ''],
      fcr: true,
      fcrNoReply: true,
      sla: { frt: met('2026-06-19 10:30'), ttr: met('2026-06-19 10:30') },
    },
  },
  {
    name: 'Eva writes a mail and another',
    deeds: on(
      '2026-06-18',
      ['08:00', mails],
      ['08:20', says(bruno)],
      ['09:00', answersByMail('eva-1')],
      ['09:50', says(carla)],
      ['10:00', closes(carla)],
    ),
    expected: {
      opened: '2026-06-18 08:00',
      frt: ['2026-06-18 08:20', 20, 20, 1, bruno],
      nrt: [['2026-06-18 09:50', 50, 50, 1, carla]],
      ttr: ['2026-06-18 10:00', 120, 120, 1, carla],
      fcr: false,
      sla: { frt: met('2026-06-18 08:20'), ttr: met('2026-06-18 10:00') },
    },
  },
  {
    name: 'Eva is waited for and sends a mail',
    deeds: on(
      '2026-06-18',
      ['13:00', mails],
      ['13:10', says(bruno)],
      ['13:10', labels(bruno, '+waiting')],
      ['14:10', answersByMail('eva-2')],
      ['14:40', says(bruno)],
      ['15:00', closes(bruno)],
    ),
    // Waiting 13:10–14:10, though nobody took the label away.
    expected: {
      opened: '2026-06-18 13:00',
      frt: ['2026-06-18 13:10', 10, 10, 1, bruno],
      nrt: [['2026-06-18 14:40', 30, 30, 1, bruno]],
      ttr: ['2026-06-18 15:00', 120, 120, 1, bruno],
      net: [60, 60],
      waiting: [60, 60],
      levels: { 1: { whole: [120, 120], net: [60, 60] } },
      fcr: false,
      sla: { frt: met('2026-06-18 13:10'), ttr: met('2026-06-18 15:00') },
    },
  },
  {
    name: 'what came before the opening counts from it',
    deeds: on(
      '2026-06-22',
      [
        '10:00',
        async (hand, story) => {
          // Owners may bring history with them.
          hand.sandbox.setGroupMember('davi', 50)
          hand.sandbox.setGroupMember('carla', 50)
          await opens(davi, { created_at: '2026-06-22T09:00:00+02:00' })(hand, story)
          await says(carla, 'On the phone.', { created_at: '2026-06-22T08:00:00+02:00' })(hand, story)
          hand.sandbox.setGroupMember('davi', 0)
          hand.sandbox.setGroupMember('carla', 0)
        },
      ],
      ['10:30', closes(carla)],
    ),
    expected: {
      opened: '2026-06-22 09:00',
      frt: ['2026-06-22 09:00', 0, 0, 1, carla],
      ttr: ['2026-06-22 10:30', 90, 90, 1, carla],
      fcr: true,
      sla: { frt: met('2026-06-22 09:00'), ttr: met('2026-06-22 10:30') },
    },
  },
  {
    name: 'midnight between two months',
    deeds: [
      ['2026-06-30 23:50', opens(ana)],
      ['2026-07-01 00:10', says(carla)],
      ['2026-07-01 08:10', closes(carla)],
    ],
    expected: {
      opened: '2026-06-30 23:50',
      frt: ['2026-07-01 00:10', 20, 0, 1, carla],
      ttr: ['2026-07-01 08:10', 500, 10, 1, carla],
      fcr: true,
      sla: { frt: met('2026-07-01 00:10'), ttr: met('2026-07-01 08:10') },
    },
  },
]

const states: readonly Story[] = [
  {
    name: 'waiting is ignored while resolved',
    deeds: on(
      '2026-06-11',
      ['09:00', opens(ana)],
      ['10:00', closes(bruno)],
      ['10:30', labels(bruno, '+waiting')],
      ['11:00', reopens(carla)],
      ['12:00', closes(carla)],
    ),
    expected: {
      opened: '2026-06-11 09:00',
      first: ['2026-06-11 10:00', 60, 60, 1, bruno],
      ttr: ['2026-06-11 12:00', 180, 180, 1, carla],
      open: [120, 120],
      resolved: ['2026-06-11 10:00', '2026-06-11 12:00'],
      reopened: '2026-06-11 10:00',
      fcr: false,
      sla: { frt: met('2026-06-11 10:00'), ttr: met('2026-06-11 12:00') },
    },
  },
  {
    name: 'resolved ends waiting for good',
    deeds: on(
      '2026-06-11',
      ['13:00', opens(ana)],
      ['13:30', labels(bruno, '+waiting')],
      ['14:00', closes(bruno)],
      ['14:30', reopens(carla)],
      ['15:00', closes(carla)],
    ),
    // Waiting 13:30–14:00 only, though the label stays.
    expected: {
      opened: '2026-06-11 13:00',
      first: ['2026-06-11 14:00', 60, 60, 1, bruno],
      ttr: ['2026-06-11 15:00', 120, 120, 1, carla],
      open: [90, 90],
      net: [60, 60],
      waiting: [30, 30],
      levels: { 1: { whole: [90, 90], net: [60, 60] } },
      resolved: ['2026-06-11 14:00', '2026-06-11 15:00'],
      reopened: '2026-06-11 14:00',
      fcr: false,
      sla: { frt: met('2026-06-11 14:00'), ttr: met('2026-06-11 15:00') },
    },
  },
  {
    name: 'a slip',
    deeds: on(
      '2026-06-12',
      ['09:00', opens(ana)],
      ['09:30', closes(bruno)],
      ['09:33', reopens(bruno)],
      ['11:00', closes(bruno)],
    ),
    // Neither a resolution nor a reopening; only open it was not for these 3 minutes.
    expected: {
      opened: '2026-06-12 09:00',
      ttr: ['2026-06-12 11:00', 120, 120, 1, bruno],
      open: [117, 117],
      fcr: true,
      fcrNoReply: true,
      sla: { frt: met('2026-06-12 11:00'), ttr: met('2026-06-12 11:00') },
    },
  },
  {
    name: 'a slip is no answer',
    deeds: on(
      '2026-06-26',
      ['09:00', opens(ana)],
      ['09:30', closes(bruno)],
      ['09:33', reopens(bruno)],
      ['15:00', says(bruno)],
      ['15:30', closes(bruno)],
    ),
    // Ana waited 360, less lunch 330: later than 13:30.
    expected: {
      opened: '2026-06-26 09:00',
      frt: ['2026-06-26 15:00', 360, 330, 1, bruno],
      ttr: ['2026-06-26 15:30', 390, 360, 1, bruno],
      open: [387, 357],
      fcr: true,
      sla: { frt: late('2026-06-26 13:30'), ttr: met('2026-06-26 15:30') },
    },
  },
  {
    name: 'resolved in June, and again in July',
    deeds: [
      ['2026-06-29 09:00', opens(ana)],
      ['2026-06-29 09:20', says(bruno)],
      ['2026-06-29 10:00', closes(bruno)],
      ['2026-07-02 09:00', reopens(ana)],
      ['2026-07-03 09:00', closes(carla)],
    ],
    // 4 days; at work 390 + 3 × 450 + 60. Open 60, and 24 h with 390 + 60 at work: 510, over 480 on Friday at 08:30.
    expected: {
      opened: '2026-06-29 09:00',
      frt: ['2026-06-29 09:20', 20, 20, 1, bruno],
      first: ['2026-06-29 10:00', 60, 60, 1, bruno],
      ttr: ['2026-07-03 09:00', 5_760, 1_800, 1, carla],
      open: [1_500, 510],
      resolved: ['2026-06-29 10:00', '2026-07-03 09:00'],
      reopened: '2026-06-29 10:00',
      fcr: false,
      sla: { frt: met('2026-06-29 09:20'), ttr: late('2026-07-03 08:30') },
    },
  },
  {
    name: 'opened again by somebody else',
    deeds: on(
      '2026-06-12',
      ['09:00', opens(ana)],
      ['09:30', closes(bruno)],
      ['09:33', reopens(carla)],
      ['11:00', closes(carla)],
    ),
    expected: {
      opened: '2026-06-12 09:00',
      first: ['2026-06-12 09:30', 30, 30, 1, bruno],
      ttr: ['2026-06-12 11:00', 120, 120, 1, carla],
      open: [117, 117],
      resolved: ['2026-06-12 09:30', '2026-06-12 11:00'],
      reopened: '2026-06-12 09:30',
      fcr: false,
      sla: { frt: met('2026-06-12 09:30'), ttr: met('2026-06-12 11:00') },
    },
  },
  {
    name: 'opened again by himself, a second too late for a slip',
    deeds: on(
      '2026-06-12',
      ['13:00', opens(ana)],
      ['13:30', closes(bruno)],
      ['13:35:01', reopens(bruno)],
      ['14:00', closes(bruno)],
    ),
    // 30 and 24 min 59 s.
    expected: {
      opened: '2026-06-12 13:00',
      first: ['2026-06-12 13:30', 30, 30, 1, bruno],
      ttr: ['2026-06-12 14:00', 60, 60, 1, bruno],
      open: [54 + 59 / 60, 54 + 59 / 60],
      resolved: ['2026-06-12 13:30', '2026-06-12 14:00'],
      reopened: '2026-06-12 13:30',
      fcr: false,
      sla: { frt: met('2026-06-12 13:30'), ttr: met('2026-06-12 14:00') },
    },
  },
  {
    name: 'opened again after 15 days',
    deeds: [
      ['2026-06-01 09:00', opens(ana)],
      ['2026-06-01 10:00', closes(bruno)],
      ['2026-06-16 10:30', reopens(carla)],
      ['2026-06-16 11:00', closes(carla)],
    ],
    // 15 days 2 h. At work: 390 on the 1st, 4 + 5 + 1 days of 450 until the 15th, 180 on the 16th.
    expected: {
      opened: '2026-06-01 09:00',
      first: ['2026-06-01 10:00', 60, 60, 1, bruno],
      ttr: ['2026-06-16 11:00', 21_720, 5_070, 1, carla],
      open: [90, 90],
      resolved: ['2026-06-01 10:00', '2026-06-16 11:00'],
      fcr: true,
      fcrNoReply: true,
      sla: { frt: met('2026-06-01 10:00'), ttr: met('2026-06-16 11:00') },
    },
  },
]

const ladders: readonly Story[] = [
  {
    name: 'up, back and up again',
    deeds: on(
      '2026-06-15',
      ['09:00', opens(ana)],
      ['09:01', hardware],
      ['09:10', says(bruno)],
      ['10:00', labels(bruno, '+level::2')],
      ['11:00', labels(carla, '+level::1', '-level::2')],
      ['13:00', labels(bruno, '+level::2', '-level::1')],
      ['15:00', closes(carla)],
    ),
    // Level 1: 60, and 11:00–13:00 = 120, less lunch 90. Level 2: 60 + 120, so its 120 were used up at 14:00.
    expected: {
      opened: '2026-06-15 09:00',
      category: 'Hardware',
      frt: ['2026-06-15 09:10', 10, 10, 1, bruno],
      ttr: ['2026-06-15 15:00', 360, 330, 2, carla],
      levels: { 1: { whole: [180, 150] }, 2: { whole: [180, 180] } },
      tte: ['2026-06-15 10:00', 60, 60],
      returned: true,
      fcr: true,
      sla: { frt: met('2026-06-15 09:10'), ttr: met('2026-06-15 15:00'), ola: late('2026-06-15 14:00') },
    },
  },
  {
    name: 'waiting at Level 2',
    deeds: on(
      '2026-06-15',
      ['09:00', opens(ana)],
      ['09:20', says(bruno)],
      ['09:30', labels(bruno, '+level::2')],
      ['10:00', labels(carla, '+waiting')],
      ['13:00', labels(carla, '-waiting')],
      ['14:00', closes(carla)],
    ),
    // Level 2 from 09:30: 270, less lunch 240; waiting 180, less lunch 150; so 90 net, of 120.
    expected: {
      opened: '2026-06-15 09:00',
      frt: ['2026-06-15 09:20', 20, 20, 1, bruno],
      ttr: ['2026-06-15 14:00', 300, 270, 2, carla],
      net: [120, 120],
      waiting: [180, 150],
      levels: { 1: { whole: [30, 30] }, 2: { whole: [270, 240], net: [90, 90] } },
      tte: ['2026-06-15 09:30', 30, 30],
      fcr: true,
      sla: { frt: met('2026-06-15 09:20'), ttr: met('2026-06-15 14:00'), ola: met('2026-06-15 14:00') },
    },
  },
  {
    name: 'no level label is Level 1',
    deeds: on(
      '2026-06-17',
      ['09:00', opens(ana)],
      ['09:30', labels(bruno, '+level::2')],
      ['10:30', labels(carla, '-level::2')],
      ['11:00', closes(carla)],
    ),
    expected: {
      opened: '2026-06-17 09:00',
      ttr: ['2026-06-17 11:00', 120, 120, 1, carla],
      levels: { 1: { whole: [60, 60] }, 2: { whole: [60, 60] } },
      tte: ['2026-06-17 09:30', 30, 30],
      returned: true,
      fcr: true,
      fcrNoReply: true,
      sla: { frt: met('2026-06-17 11:00'), ttr: met('2026-06-17 11:00'), ola: met('2026-06-17 10:30') },
    },
  },
  {
    name: 'escalated in May, resolved in June',
    deeds: [
      ['2026-05-29 09:00', opens(ana)],
      ['2026-05-29 09:30', says(bruno)],
      ['2026-05-29 10:00', labels(bruno, '+level::2')],
      ['2026-06-01 09:00', closes(carla)],
    ],
    // Level 2: 71 h; at work 120 + 210 on Friday, 60 on Monday. Its 120 were over on Friday at noon.
    expected: {
      opened: '2026-05-29 09:00',
      frt: ['2026-05-29 09:30', 30, 30, 1, bruno],
      ttr: ['2026-06-01 09:00', 4_320, 450, 2, carla],
      levels: { 1: { whole: [60, 60] }, 2: { whole: [4_260, 390] } },
      tte: ['2026-05-29 10:00', 60, 60],
      fcr: true,
      sla: { frt: met('2026-05-29 09:30'), ttr: met('2026-06-01 09:00'), ola: late('2026-05-29 12:00') },
    },
  },
  {
    name: 'opened at Level 2',
    deeds: on(
      '2026-06-24',
      ['09:00', opens(davi, { labels: 'level::2,hardware' })],
      ['10:00', closes(carla)],
    ),
    expected: {
      opened: '2026-06-24 09:00',
      category: 'Hardware',
      ttr: ['2026-06-24 10:00', 60, 60, 2, carla],
      levels: { 2: { whole: [60, 60] } },
      tte: ['2026-06-24 09:00', 0, 0],
      fcr: true,
      fcrNoReply: true,
      sla: { frt: met('2026-06-24 10:00'), ttr: met('2026-06-24 10:00'), ola: met('2026-06-24 10:00') },
    },
  },
]

/** Opened at 08:00, answered at 10:00, resolved at 10:30; in between the priority changes. */
const urgent = (name: string, changes: readonly (readonly [string, Deed])[], frt: Outcome): Story => ({
  name,
  deeds: on(
    '2026-06-23',
    ['08:00', opens(ana)],
    ...changes,
    ['10:00', says(bruno)],
    ['10:30', closes(bruno)],
  ),
  expected: {
    opened: '2026-06-23 08:00',
    frt: ['2026-06-23 10:00', 120, 120, 1, bruno],
    ttr: ['2026-06-23 10:30', 150, 150, 1, bruno],
    fcr: true,
    sla: { frt, ttr: met('2026-06-23 10:30') },
  },
})

const [high, normal] = [labels(carla, '+priority::high'), labels(carla, '-priority::high')]

const priorities: readonly Story[] = [
  // 60 from 08:00 were over before it was known.
  urgent('urgent, too late', [['09:30', high]], late('2026-06-23 09:00')),
  urgent(
    'missed stays missed',
    [
      ['08:10', high],
      ['09:30', normal],
    ],
    late('2026-06-23 09:00'),
  ),
  urgent(
    'not urgent after all',
    [
      ['08:10', high],
      ['08:30', normal],
    ],
    met('2026-06-23 10:00'),
  ),
]

const leftOut: readonly Story[] = [
  {
    name: 'goes on',
    deeds: on('2026-06-17', ['09:00', opens(ana)], ['10:00', says(bruno)], ['11:00', closes(bruno)]),
    expected: {
      opened: '2026-06-17 09:00',
      frt: ['2026-06-17 10:00', 60, 60, 1, bruno],
      ttr: ['2026-06-17 11:00', 120, 120, 1, bruno],
      fcr: true,
      sla: { frt: met('2026-06-17 10:00'), ttr: met('2026-06-17 11:00') },
    },
  },
  {
    name: 'duplicate',
    deeds: on(
      '2026-06-17',
      ['09:10', opens(ana)],
      ['09:30', (hand, story) => says(bruno, `/duplicate #${hand.iid('goes on')}`)(hand, story)],
    ),
    expected: null,
  },
  {
    name: 'moved',
    deeds: on(
      '2026-06-17',
      ['09:00', opens(ana)],
      ['09:30', says(bruno)],
      [
        '10:00',
        (hand, story) =>
          hand.call(davi, 'POST', `/projects/1/issues/${hand.iid(story)}/move`, { to_project_id: 2 }),
      ],
    ),
    expected: null,
  },
  {
    name: 'not to be counted',
    deeds: on(
      '2026-06-17',
      ['09:00', opens(ana)],
      ['09:10', labels(bruno, '+no-kpi')],
      ['09:30', says(bruno)],
      ['10:00', closes(bruno)],
    ),
    expected: null,
  },
  {
    name: 'spam',
    deeds: on('2026-06-17', ['09:00', opens(ana)], ['09:10', labels(bruno, '+spam')]),
    expected: null,
  },
  {
    name: 'to be counted again',
    deeds: on(
      '2026-06-17',
      ['09:00', opens(ana)],
      ['09:05', labels(bruno, '+no-kpi')],
      ['09:20', labels(bruno, '-no-kpi')],
      ['09:30', says(bruno)],
      ['10:00', closes(bruno)],
    ),
    expected: {
      opened: '2026-06-17 09:00',
      frt: ['2026-06-17 09:30', 30, 30, 1, bruno],
      ttr: ['2026-06-17 10:00', 60, 60, 1, bruno],
      fcr: true,
      sla: { frt: met('2026-06-17 09:30'), ttr: met('2026-06-17 10:00') },
    },
  },
]

/** It is Friday, 31 July, noon. */
export const noon = '2026-07-31 12:00'

const july: readonly Story[] = [
  {
    name: 'since this morning',
    deeds: [['2026-07-31 09:00', opens(ana)]],
    // Answer due 13:30, resolution on Monday.
    expected: { opened: '2026-07-31 09:00', fcr: false, sla: {} },
  },
  {
    name: 'waits for Ana',
    deeds: on(
      '2026-07-29',
      ['09:00', opens(ana)],
      ['09:10', says(bruno)],
      ['09:10', labels(bruno, '+waiting')],
    ),
    expected: {
      opened: '2026-07-29 09:00',
      frt: ['2026-07-29 09:10', 10, 10, 1, bruno],
      fcr: false,
      sla: { frt: met('2026-07-29 09:10') },
    },
  },
  {
    name: 'forgotten at Level 2',
    deeds: [
      ['2026-07-26 10:00', opens(ana)],
      ['2026-07-27 08:00', labels(bruno, '+level::2')],
    ],
    // From Monday 08:00: answer due at noon, Level 2 at 10:00, resolution on Tuesday after 450 + 30.
    expected: {
      opened: '2026-07-26 10:00',
      tte: ['2026-07-27 08:00', 1_320, 0],
      fcr: false,
      sla: { frt: late('2026-07-27 12:00'), ttr: late('2026-07-28 08:30'), ola: late('2026-07-27 10:00') },
    },
  },
  {
    name: 'came back',
    deeds: [
      ['2026-07-10 09:00', opens(ana)],
      ['2026-07-10 09:20', says(bruno)],
      ['2026-07-10 10:00', closes(bruno)],
      ['2026-07-13 09:00', reopens(ana)],
    ],
    // 60 used on Friday, 390 on Monday from 09:00, 30 more on Tuesday.
    expected: {
      opened: '2026-07-10 09:00',
      frt: ['2026-07-10 09:20', 20, 20, 1, bruno],
      first: ['2026-07-10 10:00', 60, 60, 1, bruno],
      resolved: ['2026-07-10 10:00'],
      reopened: '2026-07-10 10:00',
      fcr: false,
      sla: { frt: met('2026-07-10 09:20'), ttr: late('2026-07-14 08:30') },
    },
  },
  {
    name: 'may come back',
    deeds: on('2026-07-30', ['09:00', opens(ana)], ['09:30', says(carla)], ['10:00', closes(carla)]),
    expected: {
      opened: '2026-07-30 09:00',
      frt: ['2026-07-30 09:30', 30, 30, 1, carla],
      ttr: ['2026-07-30 10:00', 60, 60, 1, carla],
      fcr: true,
      sla: { frt: met('2026-07-30 09:30'), ttr: met('2026-07-30 10:00') },
    },
  },
]

/** `anotherBot`: a token. */
export const storiesWithFigures = (anotherBot: string): readonly Story[] => [
  ...vectors,
  ...conversations(anotherBot),
  ...states,
  ...ladders,
  ...priorities,
  ...leftOut,
  ...july,
]

export const deedsOf = (stories: readonly Story[]): Told[] =>
  stories.flatMap(({ name, deeds }) => deeds.map(([at, deed]) => ({ story: name, at, deed })))
