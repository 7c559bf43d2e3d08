// Which of a timeline's events the figures count (kpi.md, section 1): GitLab's own once, ours until then, and of a
// ticket that was never read as much as a list tells.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hearFromRequester, reply } from '../../../src/domain/conversation.ts'
import type { Decision } from '../../../src/domain/decision.ts'
import { escalate, handBack } from '../../../src/domain/escalation.ts'
import type { TicketEvent } from '../../../src/domain/event.ts'
import { categorise, setWaiting } from '../../../src/domain/handling.ts'
import type { Noticed, OwnChange } from '../../../src/domain/history.ts'
import { ticketOfHistory, ticketOfListing } from '../../../src/domain/history.ts'
import type { KpiEvent } from '../../../src/domain/kpi/figures.ts'
import { kpiEventsOf, kpiTicketOf } from '../../../src/domain/kpi/kpi-events.ts'
import { measure } from '../../../src/domain/kpi/measure.ts'
import { mendLevels } from '../../../src/domain/mending.ts'
import { open } from '../../../src/domain/opening.ts'
import type { Refusal } from '../../../src/domain/refusal.ts'
import type { RemoteHistory } from '../../../src/domain/remote.ts'
import { reopen, resolve } from '../../../src/domain/resolution.ts'
import { rate } from '../../../src/domain/satisfaction.ts'
import type { Ticket } from '../../../src/domain/ticket.ts'
import {
  ana,
  anasAccount,
  brunosAccount,
  byAna,
  byBruno,
  byCarla,
  carlasAccount,
  members,
  theBot,
} from '../../support/people.ts'
import {
  aDesk,
  aDeskOfLevels,
  aHistory,
  aLabelEvent,
  aMarker,
  aNote,
  aRemoteTicket,
  aStateEvent,
  aTicket,
  circumstances,
  decided,
  minute,
  nine,
  only,
  second,
} from '../../support/tickets.ts'
import { dayAndNight, spansOf } from './a-ticket.ts'

const desk = aDesk()
const at = (minutes: number) => nine + minutes * minute

const read = (
  history: RemoteHistory,
  more: { own?: readonly OwnChange[]; noticed?: readonly Noticed[]; known?: Ticket } = {},
) =>
  ticketOfHistory(history, {
    known: more.known ?? null,
    own: more.own ?? [],
    ownBranches: [],
    noticed: more.noticed ?? [],
    members,
    desk,
  })

type Told = { readonly ticket: Ticket; readonly events: readonly TicketEvent[] }

/** `10 public_out bruno`: minutes since nine, what, and by whom. */
const inShort = (events: readonly KpiEvent[]): string[] =>
  events.map((event) => {
    const what =
      'level' in event
        ? ` ${event.level}`
        : 'priority' in event
          ? ` ${event.priority}`
          : 'category' in event
            ? ` ${event.category}`
            : ''
    return `${(event.at - nine) / minute} ${event.kind}${what}${event.by === null ? '' : ` ${event.by}`}`
  })

const countedIn = ({ ticket, events }: Told, on = desk): string[] => inShort(kpiEventsOf(ticket, events, on))

const figuresOf = ({ ticket, events }: Told, readAt: number | null = nine) =>
  measure(
    kpiTicketOf(ticket, events, { readAt, desk }),
    kpiEventsOf(ticket, events, desk),
    dayAndNight([], desk.levels.length),
  )

const without = (told: readonly string[], ...kinds: string[]): string[] =>
  told.filter((line) => !kinds.some((kind) => line.includes(kind)))

const closedByBelay = (): RemoteHistory =>
  aHistory({
    ticket: aRemoteTicket({ labels: ['level::2', 'hardware'], closed: true, closedAt: at(60) + second }),
    labelEvents: [
      aLabelEvent(1, nine, theBot, '+level::1'),
      aLabelEvent(2, nine, theBot, '+hardware'),
      aLabelEvent(3, at(40), theBot, '+level::2'),
      aLabelEvent(4, at(40), theBot, '-level::1'),
    ],
    notes: [
      aNote(60, at(10), { marker: aMarker({ kind: 'reply', operation: 'r' }) }),
      aNote(61, at(40) + second, {
        internal: true,
        marker: aMarker({ kind: 'escalate', level: 2, operation: 'e' }),
      }),
      aNote(62, at(50), { author: carlasAccount, internal: true }),
      aNote(63, at(55)),
      aNote(64, at(60), { marker: aMarker({ kind: 'resolve', operation: 's', author: 12 }) }),
      aNote(65, at(90), {
        internal: true,
        marker: aMarker({ kind: 'satisfaction', operation: 'q', author: 'requester', good: true }),
      }),
    ],
    stateEvents: [aStateEvent(9, at(60) + second, theBot, 'closed')],
  })

describe('what GitLab’s history counts for', () => {
  test('an escalated and resolved ticket: each deed once, notes and the bot’s words not at all', () => {
    const closing: OwnChange = {
      operation: 'c',
      at: at(60),
      author: byCarla,
      addLabels: [],
      removeLabels: [],
      state: 'closed',
      assignee: undefined,
    }
    const escalating: OwnChange = {
      ...closing,
      operation: 'l',
      at: at(40),
      author: byBruno,
      state: null,
      addLabels: ['level::2'],
      removeLabels: ['level::1'],
    }
    const told = read(closedByBelay(), { own: [closing, escalating] })
    assert.deepEqual(countedIn(told), [
      '0 created',
      '0 category_on Hardware',
      '0 level_on 1',
      '10 public_out bruno',
      '40 level_on 2 bruno',
      '40 level_off 1 bruno',
      '60 public_out carla',
      `${60 + 1 / 60} resolved carla`,
      '90 rated',
    ])
    const figures = figuresOf(told)
    assert.deepEqual([figures.escalation?.by, figures.firstResponse?.by], ['bruno', 'bruno'])
    assert.deepEqual([only(figures.resolutions).by, only(figures.resolutions).level], ['carla', 2])
    assert.deepEqual(only(figures.ratings), { at: at(90), good: true, resolution: 0 })
    assert.equal(figures.publicReplies, 2)
  })

  test('what the timeline tells of a label change is not counted beside the change', () => {
    const told = read(
      aHistory({
        ticket: aRemoteTicket({ labels: ['level::1', 'hardware'] }),
        labelEvents: [
          aLabelEvent(3, at(10), brunosAccount, '+waiting'),
          aLabelEvent(4, at(20), brunosAccount, '-waiting'),
        ],
      }),
    )
    assert.ok(told.events.some(({ source }) => source === 'label:3:told'))
    assert.deepEqual(without(countedIn(told), 'created', 'level', 'category'), [
      '10 wait_on bruno',
      '20 wait_off bruno',
    ])
    const beside = read(
      aHistory({
        ticket: aRemoteTicket({ labels: ['level::1', 'level::2'] }),
        labelEvents: [aLabelEvent(5, at(10), brunosAccount, '+level::1')],
      }),
    )
    assert.ok(
      beside.events.some(({ source, what }) => source === 'label:5:told' && what.kind === 'label-added'),
    )
    assert.deepEqual(without(countedIn(beside), 'created'), ['0 level_on 2', '10 level_on 1 bruno'])
  })

  test('a reply that GitLab finished twice is one', () => {
    const marker = aMarker({ kind: 'reply' })
    const told = read(aHistory({ notes: [aNote(1, at(5), { marker }), aNote(2, at(6), { marker })] }))
    assert.equal(figuresOf(told).publicReplies, 1)
    const hidden = told.events.map((event) => ({ ...event, hidden: true }))
    assert.equal(figuresOf({ ...told, events: hidden }).publicReplies, 0)
  })

  test('an answer that Belay wrote by itself is nobody’s', () => {
    const marker = aMarker({ kind: 'resolve', author: 'desk' })
    const told = read(aHistory({ notes: [aNote(1, at(5), { marker })] }))
    assert.deepEqual(without(countedIn(told), 'level', 'category'), ['0 created'])
  })

  test('Ana’s own comments are her words, and Carla’s by hand an answer', () => {
    const told = read(
      aHistory({
        ticket: aRemoteTicket({ marker: null, author: anasAccount }),
        notes: [aNote(1, at(5), { author: anasAccount }), aNote(2, at(6), { author: carlasAccount })],
      }),
    )
    assert.deepEqual(without(countedIn(told), 'level', 'category'), [
      '0 created',
      '5 public_in',
      '6 public_out carla',
    ])
  })

  test('an agent who left and has no name any more still answered', () => {
    const note = aNote(1, at(5), { marker: aMarker({ kind: 'reply', author: 77, authorName: 'Erik' }) })
    const { firstResponse } = figuresOf(read(aHistory({ notes: [note] })))
    assert.deepEqual([firstResponse?.at, firstResponse?.by], [at(5), null])
  })

  test('labels of the opening count from the opening, with an event of theirs or without', () => {
    const labels = ['level::2', 'hardware', 'priority::high', 'waiting']
    const ticket = aRemoteTicket({ labels })
    const expected = ['created', 'level_on 2', 'wait_on', 'category_on Hardware', 'priority_on high'].map(
      (kind) => `0 ${kind}`,
    )
    const silent = read(aHistory({ ticket }))
    assert.deepEqual(
      countedIn(silent)
        .filter((line) => !line.includes('priority_off'))
        .sort(),
      expected.sort(),
    )
    const early = labels.map((label, index) => aLabelEvent(index + 1, nine + 900, theBot, `+${label}`))
    const eventful = read(aHistory({ ticket, labelEvents: early }))
    assert.deepEqual(countedIn(eventful).sort(), countedIn(silent).sort())
    assert.deepEqual(spansOf(figuresOf(eventful)), ['0+… L2 waiting'])
    // Nothing of it is told to anybody.
    assert.deepEqual(
      silent.events.filter(({ hidden }) => !hidden).map(({ what }) => what.kind),
      ['opened'],
    )
  })

  test('a label of the opening that was taken away at that instant is gone', () => {
    const told = read(aHistory({ labelEvents: [aLabelEvent(1, nine, carlasAccount, '-level::2')] }))
    assert.deepEqual(spansOf(figuresOf(told)), ['0+… L1'])
  })

  test('a label that came back within a second of the opening is there', () => {
    const history = aHistory({
      ticket: aRemoteTicket({ labels: ['level::2'] }),
      labelEvents: [
        aLabelEvent(1, nine + 500, carlasAccount, '-level::2'),
        aLabelEvent(2, nine + second, carlasAccount, '+level::2'),
      ],
    })
    assert.equal(figuresOf(read(history)).spans.at(-1)?.level, 2)
  })

  test('an imported issue’s labels from before it was made here count from its opening', () => {
    const labelEvents = [
      aLabelEvent(1, at(-60), carlasAccount, '+level::2'),
      aLabelEvent(2, at(-30), carlasAccount, '-level::2'),
    ]
    const figures = figuresOf(read(aHistory({ labelEvents })))
    assert.deepEqual([spansOf(figures), figures.escalation], [['0+… L1'], null])
  })

  test('a label that was deleted since counts by the name we remember, until we noticed', () => {
    const nameless = { ...aLabelEvent(51, at(10), carlasAccount, '+level::2'), label: null }
    const history = aHistory({ ticket: aRemoteTicket({ labels: [] }), labelEvents: [nameless] })
    const remembered = read(history, { noticed: [{ name: 'label:51', at: at(60), what: 'level::2' }] })
    assert.deepEqual(spansOf(figuresOf(remembered)), ['0+10 L1', '10+50 L2', '60+… L1'])
    assert.deepEqual(spansOf(figuresOf(read(history))), ['0+… L1'])
  })

  test('category and urgency as they changed: the first of the desk’s order where there are several', () => {
    const told = read(
      aHistory({
        ticket: aRemoteTicket({ labels: ['hardware', 'level::1'] }),
        labelEvents: [
          aLabelEvent(1, at(10), brunosAccount, '+gitlab-account'),
          aLabelEvent(2, at(20), brunosAccount, '+priority::high'),
          aLabelEvent(3, at(30), brunosAccount, '+hardware'),
          // Away and back at one instant is nothing.
          aLabelEvent(8, at(35), brunosAccount, '-hardware'),
          aLabelEvent(9, at(35), brunosAccount, '+hardware'),
          aLabelEvent(4, at(40), brunosAccount, '-gitlab-account'),
          aLabelEvent(5, at(50), brunosAccount, '-priority::high'),
        ],
      }),
    )
    assert.deepEqual(without(countedIn(told), 'created', 'level'), [
      '10 category_on Gitlab Account',
      '20 priority_off normal',
      '20 priority_on high',
      '30 category_off Gitlab Account',
      '30 category_on Hardware',
      '50 priority_off high',
      '50 priority_on normal',
    ])
  })

  test('a closing of which GitLab keeps no event counts when it was closed', () => {
    const imported = read(aHistory({ ticket: aRemoteTicket({ closed: true, closedAt: at(30) }) }))
    assert.equal(only(figuresOf(imported).resolutions).at, at(30))
    const again = read(
      aHistory({
        ticket: aRemoteTicket({ closed: true, closedAt: at(30) }),
        stateEvents: [
          aStateEvent(1, at(10), carlasAccount, 'closed'),
          aStateEvent(2, at(20), carlasAccount, 'reopened'),
        ],
      }),
    )
    assert.deepEqual(
      figuresOf(again).resolutions.map(({ at: when }) => when),
      [at(10), at(30)],
    )
    // With its event it is one.
    assert.equal(figuresOf(read(closedByBelay())).resolutions.length, 1)
  })

  test('every event has a source of its own', () => {
    const { ticket, events } = read(closedByBelay())
    const sources = kpiEventsOf(ticket, events, desk).map(({ source }) => source)
    assert.equal(new Set(sources).size, sources.length)
  })

  test('texts are not needed', () => {
    const told = read(closedByBelay())
    const silent = told.events.map((event) =>
      'text' in event.what ? { ...event, what: { ...event.what, text: '' } } : event,
    )
    assert.deepEqual(countedIn({ ...told, events: silent }), countedIn(told))
  })
})

/** What Belay decided itself, one after another, on Ana's ticket that was opened here at nine. */
const live = (...steps: ((ticket: Ticket) => Decision | Refusal)[]): Told => {
  const opening = {
    title: 'My screen stays black',
    text: '',
    category: 'Hardware',
    requester: ana,
    files: [],
  }
  const first = decided(open(opening, desk, circumstances(byAna, nine)))
  return steps.reduce<Told>(
    ({ ticket, events }, step) => {
      const decision = decided(step(ticket))
      return { ticket: decision.ticket, events: [...events, ...decision.events] }
    },
    { ticket: first.ticket, events: first.events },
  )
}

/** Ids grow from one decision to the next, as UUIDv7 do. */
const now = (() => {
  let count = 0
  return (by: typeof byBruno, minutes: number) => ({
    ...circumstances(by, at(minutes)),
    newId: () => `0197f0a0-0000-7000-8000-${String(++count).padStart(12, '0')}`,
  })
})()

describe('what we did ourselves and GitLab has not confirmed', () => {
  test('counts as it will once GitLab is read', () => {
    const told = live(
      (ticket) => reply(ticket, 'Have you tried another cable?', now(byBruno, 10)),
      (ticket) => setWaiting(ticket, true, desk, now(byBruno, 11)),
      (ticket) => hearFromRequester(ticket, { text: 'Yes', files: [], from: null }, desk, now(byAna, 20)),
      (ticket) => escalate(ticket, { desk, from: 1, reason: '' }, now(byBruno, 40)),
      (ticket) => resolve(ticket, { answer: 'Done', standardAnswer: '', desk }, now(byCarla, 60)),
      (ticket) => rate(ticket, [], { good: false, comment: '' }, now(byAna, 70)),
      (ticket) => reopen(ticket, desk, now(byCarla, 80)),
    )
    assert.deepEqual(countedIn(told), [
      '0 created',
      '10 public_out bruno',
      '11 wait_on bruno',
      '20 public_in',
      '20 wait_off',
      '40 level_at 2 bruno',
      '60 public_out carla',
      '60 resolved carla',
      '70 rated',
      '80 reopened carla',
    ])
    const ticket = kpiTicketOf(told.ticket, told.events, { readAt: null, desk })
    assert.deepEqual([ticket.complete, ticket.category, ticket.createdAt], [true, 'Hardware', nine])
    // Also once GitLab has it, until it is read.
    const sent = { ...told.ticket, iid: 42 }
    assert.equal(kpiTicketOf(sent, told.events, { readAt: null, desk }).complete, true)
  })

  test('a category that was chosen replaces the former one', () => {
    const told = live(
      (ticket) => categorise(ticket, 'Gitlab Account', desk, now(byBruno, 10)),
      (ticket) => categorise(ticket, '', desk, now(byBruno, 20)),
      (ticket) => categorise(ticket, 'Hardware', desk, now(byBruno, 30)),
    )
    assert.deepEqual(without(countedIn(told), 'created'), [
      '10 category_on Gitlab Account',
      '20 category_off Gitlab Account',
      '30 category_on Hardware',
    ])
  })

  test('beside GitLab’s labels of the same step, its note still to come, it is one step', () => {
    const waitingForNote = live((ticket) => escalate(ticket, { desk, from: 1, reason: '' }, now(byBruno, 40)))
    const labelled = read(
      aHistory({
        ticket: aRemoteTicket({ labels: ['level::2', 'hardware'] }),
        labelEvents: [
          aLabelEvent(1, nine, theBot, '+level::1'),
          aLabelEvent(3, at(40) + second, theBot, '+level::2'),
          aLabelEvent(4, at(40) + second, theBot, '-level::1'),
        ],
      }),
    )
    const own = waitingForNote.events.filter(({ what }) => what.kind === 'escalated')
    const figures = figuresOf({ ticket: labelled.ticket, events: [...labelled.events, ...own] })
    assert.deepEqual(spansOf(figures), ['0+40 L1', '40+… L2'])
    assert.deepEqual([figures.escalation?.at, figures.escalation?.by], [at(40), 'bruno'])
  })

  test('what GitLab refused and the ticket does not show does not count', () => {
    const asked = live((ticket) => setWaiting(ticket, true, desk, now(byBruno, 10)))
    const own = asked.events.filter(({ what }) => what.kind === 'waiting-started')
    const { ticket, events } = read(aHistory())
    assert.equal(ticket.state, 'open')
    assert.deepEqual(spansOf(figuresOf({ ticket, events: [...events, ...own] })), ['0+… L1'])
    assert.deepEqual(spansOf(figuresOf(asked)), ['0+10 L1', '10+… L1 waiting'])
    const closed = read(closedByBelay())
    const reopening = decided(reopen(closed.ticket, desk, now(byBruno, 200))).events
    assert.equal(
      only(figuresOf({ ticket: closed.ticket, events: [...closed.events, ...reopening] }).resolutions)
        .reopenedAt,
      null,
    )
  })

  test('handing back is a step, and taking a spare level label away is none', () => {
    const two = read(aHistory({ ticket: aRemoteTicket({ labels: ['level::1', 'level::2'] }) }))
    const mended = decided(mendLevels(two.ticket, ['level::1'], now(byBruno, 5)))
    const back = decided(
      handBack(
        mended.ticket,
        { desk, from: 2, reason: '', role: 'specialist', formerAssigneeId: null },
        now(byCarla, 30),
      ),
    )
    const figures = figuresOf({
      ticket: back.ticket,
      events: [...two.events, ...mended.events, ...back.events],
    })
    assert.deepEqual(spansOf(figures), ['0+30 L2', '30+… L1'])
    assert.equal(figures.returnedAt, at(30))
  })

  test('a level that the ladder has no longer is its top', () => {
    const three = aDeskOfLevels(3)
    const up = decided(
      escalate(aTicket({ level: 2 }), { desk: three, from: 2, reason: '' }, now(byCarla, 10)),
    )
    const told = { ticket: { ...up.ticket, level: 2 }, events: up.events }
    assert.deepEqual(without(countedIn(told), 'created'), ['0 level_on 2', '10 level_at 2 carla'])
  })
})

describe('a ticket that was only listed', () => {
  const listed = (changes: Parameters<typeof aRemoteTicket>[0]): Told => ({
    ticket: ticketOfListing(aRemoteTicket(changes), null, desk),
    events: [],
  })

  test('was opened, is at its level since, and was resolved when GitLab says so; it is half a story', () => {
    const told = listed({ labels: ['level::2'], closed: true, closedAt: at(50) })
    assert.deepEqual(countedIn(told), ['0 created', '0 level_on 2', '50 resolved'])
    assert.equal(figuresOf(told, null).complete, false)
    assert.deepEqual(countedIn(listed({ labels: ['waiting'] })), ['0 created', '0 wait_on'])
    assert.deepEqual(countedIn(listed({})), ['0 created'])
  })

  test('what we did on it ourselves is known, and how it stood before', () => {
    const { ticket } = listed({ labels: ['level::1', 'waiting'] })
    const waited = decided(setWaiting(ticket, false, desk, now(byBruno, 20)))
    const up = decided(escalate(waited.ticket, { desk, from: 1, reason: '' }, now(byBruno, 40)))
    const told = { ticket: up.ticket, events: [...waited.events, ...up.events] }
    assert.deepEqual(countedIn(told), ['0 created', '0 wait_on', '20 wait_off bruno', '40 level_at 2 bruno'])
  })

  test('read in full it is a whole story', () => {
    const { ticket, events } = read(aHistory())
    assert.equal(kpiTicketOf(ticket, events, { readAt: nine, desk }).complete, true)
  })
})

describe('what is not counted', () => {
  const excluded = (changes: Partial<Ticket>) =>
    kpiTicketOf(aTicket(changes), [], { readAt: nine, desk }).excluded

  test('what bears one of the labels for that, or left the desk, and why', () => {
    assert.equal(excluded({}), null)
    for (const label of ['no-kpi', 'spam', 'duplicate', 'test'])
      assert.equal(excluded({ labels: ['level::1', label] }), 'label')
    assert.equal(excluded({ gone: { why: 'deleted' } }), 'deleted')
    assert.equal(excluded({ gone: { why: 'moved', to: null }, labels: ['spam'] }), 'moved')
    assert.equal(excluded({ gone: { why: 'no-ticket' } }), 'no-ticket')
    assert.equal(excluded({ gone: { why: 'duplicate', of: 7 } }), 'duplicate')
  })
})
