// GitLab's history told as the desk's (design section 4; kpi.md section 1; security I3 and I10): each visit to a
// level is told once, what somebody did in GitLab itself is told as that, and reading anew tells the same.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { TicketEvent } from '../../src/domain/event.ts'
import type { Noticed, OwnBranch, OwnChange } from '../../src/domain/history.ts'
import {
  levelLabelsToMend,
  newlyNoticed,
  ticketOfHistory,
  ticketOfListing,
} from '../../src/domain/history.ts'
import type { Author } from '../../src/domain/operation.ts'
import type { RemoteHistory } from '../../src/domain/remote.ts'
import type { Ticket } from '../../src/domain/ticket.ts'
import {
  ana,
  anasAccount,
  anotherBot,
  brunosAccount,
  byBruno,
  byCarla,
  carlasAccount,
  davisAccount,
  members,
  supportBot,
  theBot,
} from '../support/people.ts'
import {
  aDesk,
  aDeskOfLevels,
  aHistory,
  aLabelEvent,
  aMarker,
  aMergeRequest,
  aNote,
  anAssignment,
  aRemoteTicket,
  aStateEvent,
  aTicket,
  kindsTold,
  minute,
  nine,
  only,
  second,
  told,
} from '../support/tickets.ts'

const desk = aDesk()

const read = (
  history: RemoteHistory,
  context: {
    known?: Ticket | null
    own?: readonly OwnChange[]
    ownBranches?: readonly OwnBranch[]
    noticed?: readonly Noticed[]
    on?: typeof desk
  } = {},
) =>
  ticketOfHistory(history, {
    known: context.known ?? null,
    own: context.own ?? [],
    ownBranches: context.ownBranches ?? [],
    noticed: context.noticed ?? [],
    members,
    desk: context.on ?? desk,
  })

const at = (minutes: number) => nine + minutes * minute

const anOwnChange = (when: number, author: Author, changes: Partial<OwnChange>): OwnChange => ({
  operation: `op-${when}`,
  at: when,
  author,
  addLabels: [],
  removeLabels: [],
  state: null,
  assignee: undefined,
  ...changes,
})

const ofKind = <K extends TicketEvent['what']['kind']>(events: readonly TicketEvent[], kind: K) =>
  events.filter((event): event is TicketEvent & { what: { kind: K } } => event.what.kind === kind)

const shownOfKind = <K extends TicketEvent['what']['kind']>(events: readonly TicketEvent[], kind: K) =>
  ofKind(events, kind).filter(({ hidden }) => !hidden)

/** What GitLab says after Belay has escalated at 09:40 for Bruno: one PUT, then the note. */
const escalatedByBelay = (more: Partial<RemoteHistory> = {}): RemoteHistory =>
  aHistory({
    ticket: aRemoteTicket({ labels: ['level::2', 'hardware'], changedAt: at(41) }),
    labelEvents: [
      aLabelEvent(1, nine, theBot, '+level::1'),
      aLabelEvent(2, nine, theBot, '+hardware'),
      aLabelEvent(3, at(40), theBot, '+level::2'),
      aLabelEvent(4, at(40), theBot, '-level::1'),
    ],
    assignments: [anAssignment(50, at(40), theBot, null)],
    notes: [
      aNote(60, at(40) + 2 * second, {
        text: 'Needs a new driver',
        internal: true,
        marker: aMarker({ kind: 'escalate', level: 2, formerAssignee: 'bruno' }),
      }),
    ],
    branches: [{ name: '42-confidential-issue', url: null }],
    ...more,
  })

describe('the ticket that GitLab’s history makes', () => {
  test('Ana’s ticket from the form is hers, though our bot opened it', () => {
    const { ticket, events } = read(aHistory())
    assert.deepEqual(ticket.requester, ana)
    assert.equal(ticket.source, 'form')
    assert.equal(ticket.awaitingSince, nine)
    const event = only(events.filter(({ what }) => what.kind === 'opened'))
    assert.deepEqual([event.actor, event.byHand, event.at], [{ kind: 'requester', name: 'Ana' }, false, nine])
  })

  test('a ticket that Bruno opened for Ana is hers, opened by him', () => {
    const marker = aMarker({ kind: 'open', author: 11, authorName: 'Bruno', requester: ana })
    const { ticket, events } = read(aHistory({ ticket: aRemoteTicket({ marker }) }))
    assert.deepEqual(ticket.requester, ana)
    const opened = only(ofKind(events, 'opened'))
    assert.deepEqual(opened.actor, { kind: 'agent', name: 'Bruno', username: 'bruno' })
    assert.equal(ticket.awaitingSince, nine)
  })

  test('an issue made in GitLab is its author’s ticket', () => {
    const { ticket, events } = read(
      aHistory({ ticket: aRemoteTicket({ marker: null, author: anasAccount }) }),
    )
    assert.deepEqual(ticket.requester, { name: 'Ana', email: null, username: 'ana' })
    assert.equal(ticket.source, 'gitlab')
    const opened = only(ofKind(events, 'opened'))
    assert.deepEqual([opened.actor, opened.byHand], [{ kind: 'requester', name: 'Ana' }, true])
  })

  test('a Service Desk mail is the ticket of its address, and what support-bot posts publicly is their word', () => {
    const { ticket, events } = read(
      aHistory({
        ticket: aRemoteTicket({ marker: null, author: supportBot, serviceDeskAddress: 'ana@school.example' }),
        notes: [
          aNote(1, at(5), { author: brunosAccount, text: 'Which screen?' }),
          aNote(2, at(9), { author: supportBot, text: 'The left one.' }),
          aNote(3, at(9), { author: supportBot, text: 'Reopened, @bruno', internal: true }),
        ],
      }),
    )
    assert.equal(ticket.source, 'service-desk')
    assert.equal(ticket.requester.email, 'ana@school.example')
    assert.deepEqual(
      ofKind(events, 'replied').map(({ actor }) => actor.kind),
      ['agent', 'requester'],
    )
    assert.equal(only(ofKind(events, 'noted')).actor.kind, 'bot')
    assert.equal(ticket.awaitingSince, at(9))
  })

  test('where the key is not ours any more the requester is unknown, and everything else is read', () => {
    const marker = aMarker({ kind: 'open', author: 'requester', requester: 'unreadable' })
    const { ticket } = read(aHistory({ ticket: aRemoteTicket({ marker }) }))
    assert.deepEqual(ticket.requester, { name: '', email: null, username: null })
    assert.equal(ticket.source, 'form')
    assert.equal(ticket.title, 'My screen stays black')
  })

  test('its level, category, priority and state are what its labels say', () => {
    const labels = ['level::1', 'level::2', 'gitlab-account', 'priority::high', 'waiting', 'vip']
    const { ticket } = read(aHistory({ ticket: aRemoteTicket({ labels }) }))
    assert.deepEqual(
      [ticket.level, ticket.category, ticket.priority, ticket.state, ticket.awaitingSince],
      [2, 'Gitlab Account', 'high', 'waiting', null],
    )
  })

  test('a closed issue is resolved, also with the waiting label still on it', () => {
    const remote = aRemoteTicket({ closed: true, closedAt: at(30), labels: ['level::2', 'waiting'] })
    const { ticket } = read(aHistory({ ticket: remote }))
    assert.deepEqual(
      [ticket.state, ticket.resolvedAt, ticket.awaitingSince, ticket.level],
      ['resolved', at(30), null, 2],
    )
  })
})

describe('who said something', () => {
  test('a marked reply is Bruno’s, though the bot posted it, and ends our turn', () => {
    const note = aNote(1, at(5), { marker: aMarker({ kind: 'reply' }) })
    const { ticket, events } = read(aHistory({ notes: [note] }))
    const event = only(ofKind(events, 'replied'))
    assert.deepEqual(
      [event.actor, event.byHand],
      [{ kind: 'agent', name: 'Bruno', username: 'bruno' }, false],
    )
    assert.equal(ticket.awaitingSince, null)
  })

  test('an agent who left keeps the name that stands in the text', () => {
    const note = aNote(1, at(5), { marker: aMarker({ kind: 'reply', author: 77, authorName: 'Erik' }) })
    const event = only(ofKind(read(aHistory({ notes: [note] })).events, 'replied'))
    assert.deepEqual([event.actor.kind, event.actor.name], ['agent', 'Erik'])
  })

  test('an unmarked note of the bot is the bot’s and answers nobody', () => {
    const { ticket, events } = read(aHistory({ notes: [aNote(1, at(5))] }))
    assert.equal(only(ofKind(events, 'replied')).actor.kind, 'bot')
    assert.equal(ticket.awaitingSince, nine)
  })

  test('Carla’s comment in GitLab is her reply, done by hand; whatever her role is today', () => {
    const stranger = { ...carlasAccount, id: 55, username: 'former', name: 'Former' }
    for (const author of [carlasAccount, stranger]) {
      const { ticket, events } = read(aHistory({ notes: [aNote(1, at(5), { author })] }))
      const event = only(ofKind(events, 'replied'))
      assert.deepEqual([event.actor.kind, event.byHand], ['agent', true])
      assert.equal(ticket.awaitingSince, null)
    }
  })

  test('an internal note, by whomever, is no reply', () => {
    const notes = [
      aNote(1, at(5), { author: carlasAccount, internal: true }),
      aNote(2, at(6), { internal: true, marker: aMarker({ kind: 'note' }) }),
    ]
    const { ticket, events } = read(aHistory({ notes }))
    assert.deepEqual(
      kindsTold(events).filter((kind) => kind !== 'opened'),
      ['noted', 'noted'],
    )
    assert.equal(ticket.awaitingSince, nine)
  })

  test('an internal note of ours that GitLab published by mistake is still no reply', () => {
    const notes = [aNote(1, at(5), { marker: aMarker({ kind: 'note' }) })]
    const { ticket, events } = read(aHistory({ notes }))
    assert.deepEqual(
      kindsTold(events).filter((kind) => kind !== 'opened'),
      ['noted'],
    )
    assert.equal(ticket.awaitingSince, nine)
  })

  test('Ana’s own comment in GitLab is the requester’s word: she is no agent of her own ticket', () => {
    const asked = aMarker({ kind: 'open', author: 'requester', requester: { ...ana, username: 'ana' } })
    const byForm = aRemoteTicket({ marker: asked })
    const byHand = aRemoteTicket({ marker: null, author: anasAccount })
    for (const ticket of [byForm, byHand]) {
      const result = read(
        aHistory({ ticket, notes: [aNote(1, at(5), { author: anasAccount, text: 'Still black' })] }),
      )
      assert.equal(only(ofKind(result.events, 'replied')).actor.kind, 'requester')
      assert.equal(result.ticket.awaitingSince, nine)
    }
  })

  test('a note that GitLab finished twice is told once: the older has the marker', () => {
    const marker = aMarker({ kind: 'reply' })
    const notes = [aNote(1, at(5), { marker }), aNote(2, at(6), { marker })]
    const shown = read(aHistory({ notes })).events.filter(({ hidden }) => !hidden)
    assert.equal(only(shown.filter(({ what }) => what.kind === 'replied')).source, 'note:1')
  })
})

describe('escalations', () => {
  test('one that Belay made is told once, with its reason and Bruno’s name, though GitLab shows labels and a note', () => {
    const { ticket, events } = read(escalatedByBelay())
    const shown = events.filter(({ hidden }) => !hidden)
    const event = only(shown.filter(({ what }) => ['escalated', 'level-changed'].includes(what.kind)))
    assert.deepEqual(event.what, { kind: 'escalated', from: 1, to: 2, reason: 'Needs a new driver' })
    assert.deepEqual(
      [event.actor, event.byHand],
      [{ kind: 'agent', name: 'Bruno', username: 'bruno' }, false],
    )
    assert.deepEqual(kindsTold(events).sort(), ['branch-made', 'escalated', 'opened'])
    assert.deepEqual([ticket.level, ticket.assignee, ticket.formerAssignee], [2, null, 'bruno'])
  })

  test('the label facts stay for the figures, hidden, each once', () => {
    const { events } = read(escalatedByBelay())
    const facts = [...ofKind(events, 'label-added'), ...ofKind(events, 'label-removed')]
    assert.deepEqual(
      facts
        .filter(({ what }) => what.label?.startsWith('level::'))
        .map(({ at, hidden, what }) => [at, hidden, what.kind, what.label]),
      [
        [nine, true, 'label-added', 'level::1'],
        [at(40), true, 'label-added', 'level::2'],
        [at(40), true, 'label-removed', 'level::1'],
      ],
    )
  })

  test('is told once also when GitLab took the old label away before adding the new', () => {
    const labelEvents = [
      aLabelEvent(1, nine, theBot, '+level::1'),
      aLabelEvent(3, at(40), theBot, '-level::1'),
      aLabelEvent(4, at(40), theBot, '+level::2'),
    ]
    const shown = kindsTold(read(escalatedByBelay({ labelEvents })).events)
    assert.deepEqual(shown.sort(), ['branch-made', 'escalated', 'opened'])
  })

  test('is told once also when GitLab was away for an hour between the labels and the note', () => {
    const history = escalatedByBelay()
    const notes = history.notes.map((note) => ({ ...note, at: at(100) }))
    const shown = kindsTold(read({ ...history, notes }).events)
    assert.deepEqual(
      shown.filter((kind) => kind === 'escalated' || kind === 'level-changed'),
      ['escalated'],
    )
  })

  test('a hand-made relabel is told as changed in GitLab, by whom and when', () => {
    const { ticket, events } = read(
      aHistory({
        ticket: aRemoteTicket({ labels: ['level::2'] }),
        labelEvents: [
          aLabelEvent(1, nine, theBot, '+level::1'),
          aLabelEvent(2, at(40), carlasAccount, '+level::2'),
          aLabelEvent(3, at(40), carlasAccount, '-level::1'),
        ],
        branches: [],
      }),
    )
    const event = only(shownOfKind(events, 'level-changed'))
    assert.deepEqual(event.what, { kind: 'level-changed', from: 1, to: 2 })
    assert.deepEqual(
      [event.actor, event.byHand, event.at],
      [{ kind: 'agent', name: 'Carla', username: 'carla' }, true, at(40)],
    )
    assert.equal(ticket.level, 2)
    assert.deepEqual(ticket.branch, { state: 'missing', why: 'none-yet' })
  })

  test('with both labels on for seconds the ticket is at Level 2 from the first, and that is told once', () => {
    const labelEvents = [
      aLabelEvent(1, nine, carlasAccount, '+level::1'),
      aLabelEvent(2, at(40), carlasAccount, '+level::2'),
      aLabelEvent(3, at(40) + 5 * second, carlasAccount, '-level::1'),
    ]
    const { events } = read(aHistory({ ticket: aRemoteTicket({ labels: ['level::2'] }), labelEvents }))
    const event = only(shownOfKind(events, 'level-changed'))
    assert.deepEqual([event.at, event.what], [at(40), { kind: 'level-changed', from: 1, to: 2 }])
  })

  test('a ticket that has kept both labels is at Level 2', () => {
    const labelEvents = [
      aLabelEvent(1, nine, carlasAccount, '+level::1'),
      aLabelEvent(2, at(40), carlasAccount, '+level::2'),
    ]
    const remote = aRemoteTicket({ labels: ['level::1', 'level::2'] })
    const { ticket, events } = read(aHistory({ ticket: remote, labelEvents }))
    assert.equal(ticket.level, 2)
    assert.equal(shownOfKind(events, 'level-changed').length, 1)
  })

  test('a label that was there from the beginning without an event of its own is known when it goes', () => {
    const labelEvents = [
      aLabelEvent(2, at(40), carlasAccount, '+level::1'),
      aLabelEvent(3, at(40), carlasAccount, '-level::2'),
    ]
    const { events } = read(aHistory({ ticket: aRemoteTicket({ labels: ['level::1'] }), labelEvents }))
    assert.deepEqual(only(shownOfKind(events, 'level-changed')).what, {
      kind: 'level-changed',
      from: 2,
      to: 1,
    })
  })

  test('the figures know the level of the opening, whether or not GitLab made an event of it', () => {
    const remote = aRemoteTicket({ labels: ['level::2', 'hardware'] })
    for (const labelEvents of [[], [aLabelEvent(1, nine, theBot, '+level::2')]]) {
      const { events } = read(aHistory({ ticket: remote, labelEvents }))
      const fact = only(ofKind(events, 'label-added').filter(({ what }) => what.label === 'level::2'))
      assert.deepEqual([fact.at, fact.hidden], [nine, true])
      assert.deepEqual(shownOfKind(events, 'level-changed'), [])
    }
  })

  test('nothing happened before the ticket was opened, whatever an import says', () => {
    const labelEvents = [aLabelEvent(3, nine - minute, theBot, '+level::2')]
    const { events } = read(aHistory({ ticket: aRemoteTicket({ labels: ['level::2'] }), labelEvents }))
    assert.ok(events.every((event) => event.at >= nine))
  })

  test('labels of the opening are no news', () => {
    const labelEvents = [
      aLabelEvent(1, nine, theBot, '+level::1'),
      aLabelEvent(2, nine + 300, theBot, '+hardware'),
      aLabelEvent(3, nine - minute, theBot, '+vip'),
    ]
    assert.deepEqual(kindsTold(read(aHistory({ labelEvents })).events), ['opened'])
  })

  test('the deed of another bot is not hidden behind ours', () => {
    const history = escalatedByBelay()
    const { events } = read({
      ...history,
      labelEvents: [
        ...history.labelEvents,
        aLabelEvent(10, at(60), carlasAccount, '+level::1'),
        aLabelEvent(11, at(60), carlasAccount, '-level::2'),
        aLabelEvent(12, at(90), anotherBot, '+level::2'),
      ],
    })
    assert.deepEqual(
      [...shownOfKind(events, 'escalated'), ...shownOfKind(events, 'level-changed')].map(({ at, what }) => [
        at,
        what.to,
      ]),
      [
        [at(40) + 2 * second, 2],
        [at(60), 1],
        [at(90), 2],
      ],
    )
  })

  test('escalated, handed back and escalated again are three visits, each told once', () => {
    const first = escalatedByBelay()
    const { ticket, events } = read({
      ...first,
      labelEvents: [
        ...first.labelEvents,
        aLabelEvent(5, at(45), theBot, '+level::1'),
        aLabelEvent(6, at(45), theBot, '-level::2'),
        aLabelEvent(7, at(47), theBot, '+level::2'),
        aLabelEvent(8, at(47), theBot, '-level::1'),
      ],
      assignments: [
        ...first.assignments,
        anAssignment(51, at(45), theBot, 'bruno'),
        anAssignment(52, at(47), theBot, null),
      ],
      notes: [
        ...first.notes,
        aNote(61, at(45) + second, {
          internal: true,
          marker: aMarker({ kind: 'hand-back', operation: 'b', level: 1, author: 12 }),
        }),
        aNote(62, at(47) + second, {
          internal: true,
          marker: aMarker({ kind: 'escalate', operation: 'c', level: 2, formerAssignee: 'bruno' }),
        }),
      ],
    })
    assert.deepEqual(
      kindsTold(events).filter((kind) => kind !== 'branch-made'),
      ['opened', 'escalated', 'handed-back', 'escalated'],
    )
    assert.equal(ticket.formerAssignee, 'bruno')
  })

  test('from Level 3 handed back to Level 2 is one step, whichever label GitLab touched first', () => {
    const three = aDeskOfLevels(3)
    const notes = [aNote(60, at(50), { internal: true, marker: aMarker({ kind: 'hand-back', level: 2 }) })]
    const before = [
      aLabelEvent(1, nine, theBot, '+level::1'),
      aLabelEvent(2, at(10), carlasAccount, '+level::3'),
    ]
    for (const labelEvents of [
      [...before, aLabelEvent(3, at(50), theBot, '+level::2'), aLabelEvent(4, at(50), theBot, '-level::3')],
      [...before, aLabelEvent(3, at(50), theBot, '-level::3'), aLabelEvent(4, at(50), theBot, '+level::2')],
    ]) {
      const ticket = aRemoteTicket({ labels: ['level::2'] })
      const { events } = read(aHistory({ ticket, notes, labelEvents }), { on: three })
      const shown = told(events).filter(({ kind }) => kind === 'handed-back' || kind === 'level-changed')
      assert.deepEqual(shown, [
        { kind: 'level-changed', from: 1, to: 3 },
        { kind: 'handed-back', from: 3, to: 2, reason: 'Have you tried another cable?' },
      ])
    }
  })

  test('whom handing back gives it to is the last escalation’s, and nobody after it was handed back', () => {
    const history = escalatedByBelay()
    assert.equal(read(history).ticket.formerAssignee, 'bruno')
    const back = aNote(70, at(50), {
      internal: true,
      marker: aMarker({ kind: 'hand-back', operation: 'b', level: 1 }),
    })
    assert.equal(read({ ...history, notes: [...history.notes, back] }).ticket.formerAssignee, null)
  })

  test('Carla who takes the ticket two minutes after its escalation is told, the letting go is not', () => {
    const history = escalatedByBelay()
    const assignments = [...history.assignments, anAssignment(51, at(42), theBot, 'carla')]
    const own = [anOwnChange(at(42), byCarla, { assignee: 12 })]
    const event = only(shownOfKind(read({ ...history, assignments }, { own }).events, 'assigned'))
    assert.deepEqual(event.what, { kind: 'assigned', assignee: 'carla' })
    assert.equal(event.actor.name, 'Carla')
  })
})

describe('resolutions', () => {
  const resolvedByBelay = (closedAt: number): RemoteHistory =>
    aHistory({
      ticket: aRemoteTicket({ closed: true, closedAt }),
      notes: [aNote(60, at(30), { text: 'The cable was loose.', marker: aMarker({ kind: 'resolve' }) })],
      stateEvents: [aStateEvent(5, closedAt, theBot, 'closed')],
    })

  test('one that Belay made is told once, with the answer', () => {
    const { ticket, events } = read(resolvedByBelay(at(30) + second))
    const event = only(shownOfKind(events, 'resolved'))
    assert.deepEqual(event.what, { kind: 'resolved', text: 'The cable was loose.', viaMergeRequest: null })
    assert.equal(event.actor.name, 'Bruno')
    assert.deepEqual([ticket.state, ticket.awaitingSince], ['resolved', null])
    assert.equal(
      only(ofKind(events, 'resolved').filter(({ source }) => source.startsWith('state:'))).hidden,
      true,
    )
  })

  test('is told once also when GitLab was away for an hour between the answer and the closing', () => {
    only(shownOfKind(read(resolvedByBelay(at(90))).events, 'resolved'))
  })

  test('a ticket closed by a merge request is told as that', () => {
    const { events } = read(
      aHistory({
        ticket: aRemoteTicket({ closed: true, closedAt: at(30) }),
        stateEvents: [aStateEvent(5, at(30), carlasAccount, 'closed', 8)],
        mergeRequests: [aMergeRequest(8, at(29), carlasAccount)],
      }),
    )
    const event = only(shownOfKind(events, 'resolved'))
    assert.deepEqual(event.what, { kind: 'resolved', text: '', viaMergeRequest: 7 })
    assert.deepEqual([event.actor.name, event.byHand], ['Carla', true])
    assert.equal(only(shownOfKind(events, 'merge-request')).what.iid, 7)
  })

  test('closed by hand is told by hand, also soon after an answer of ours that closed it before', () => {
    const history = resolvedByBelay(at(30) + second)
    const { events } = read({
      ...history,
      stateEvents: [
        ...history.stateEvents,
        aStateEvent(6, at(32), brunosAccount, 'reopened'),
        aStateEvent(7, at(34), brunosAccount, 'closed'),
      ],
    })
    assert.deepEqual(
      shownOfKind(events, 'resolved').map(({ byHand }) => byHand),
      [false, true],
    )
    assert.equal(shownOfKind(events, 'reopened').length, 1)
  })

  test('reopened, it is our turn since then', () => {
    const history = resolvedByBelay(at(30) + second)
    const { ticket } = read({
      ...history,
      ticket: aRemoteTicket({ changedAt: at(60) }),
      stateEvents: [...history.stateEvents, aStateEvent(6, at(60), brunosAccount, 'reopened')],
    })
    assert.deepEqual([ticket.state, ticket.awaitingSince, ticket.resolvedAt], ['open', at(60), null])
  })

  test('the waiting label that goes with the resolution leaves nobody waiting after the reopening', () => {
    const history = resolvedByBelay(at(30) + second)
    const { ticket } = read({
      ...history,
      ticket: aRemoteTicket({ changedAt: at(60) }),
      labelEvents: [
        aLabelEvent(2, at(10), theBot, '+waiting'),
        aLabelEvent(3, at(30) + second + 200, theBot, '-waiting'),
      ],
      stateEvents: [...history.stateEvents, aStateEvent(6, at(60), brunosAccount, 'reopened')],
    })
    assert.equal(ticket.awaitingSince, at(60))
  })
})

describe('small changes', () => {
  test('waiting set by hand is told, and ends with the label', () => {
    const labelEvents = [
      aLabelEvent(2, at(10), brunosAccount, '+waiting'),
      aLabelEvent(3, at(20), brunosAccount, '-waiting'),
    ]
    const { ticket, events } = read(aHistory({ labelEvents }))
    assert.deepEqual(kindsTold(events), ['opened', 'waiting-started', 'waiting-ended'])
    assert.equal(ticket.awaitingSince, at(20))
  })

  test('another category is told once, with the person behind the bot', () => {
    const labelEvents = [
      aLabelEvent(1, nine, theBot, '+hardware'),
      aLabelEvent(2, at(10), theBot, '+gitlab-account'),
      aLabelEvent(3, at(10), theBot, '-hardware'),
    ]
    const own = [anOwnChange(at(10), byCarla, { addLabels: ['gitlab-account'], removeLabels: ['hardware'] })]
    const history = aHistory({ ticket: aRemoteTicket({ labels: ['gitlab-account'] }), labelEvents })
    const event = only(shownOfKind(read(history, { own }).events, 'categorised'))
    assert.deepEqual(event.what, { kind: 'categorised', category: 'Gitlab Account' })
    assert.equal(event.actor.name, 'Carla')
  })

  test('a category that was taken away is told as none', () => {
    const labelEvents = [
      aLabelEvent(1, nine, theBot, '+hardware'),
      aLabelEvent(3, at(10), brunosAccount, '-hardware'),
    ]
    const { events } = read(aHistory({ ticket: aRemoteTicket({ labels: [] }), labelEvents }))
    assert.deepEqual(only(shownOfKind(events, 'categorised')).what, { kind: 'categorised', category: null })
  })

  test('of two that did the same within minutes each gets their own deed', () => {
    const labelEvents = [
      aLabelEvent(2, at(10), theBot, '+waiting'),
      aLabelEvent(3, at(12), theBot, '-waiting'),
      aLabelEvent(4, at(14), theBot, '+waiting'),
    ]
    const assignments = [anAssignment(20, at(10), theBot, 'bruno'), anAssignment(21, at(13), theBot, 'carla')]
    const own = [
      anOwnChange(at(10), byBruno, { addLabels: ['waiting'], assignee: 11 }),
      anOwnChange(at(12), byBruno, { removeLabels: ['waiting'] }),
      anOwnChange(at(13), byCarla, { assignee: 12 }),
      anOwnChange(at(14), byCarla, { addLabels: ['waiting'] }),
    ]
    const { events } = read(aHistory({ labelEvents, assignments }), { own })
    assert.deepEqual(
      [...shownOfKind(events, 'waiting-started'), ...shownOfKind(events, 'assigned')].map(
        ({ actor }) => actor.name,
      ),
      ['Bruno', 'Carla', 'Bruno', 'Carla'],
    )
  })

  test('assigning in GitLab is told by hand', () => {
    const assignments = [anAssignment(20, at(10), carlasAccount, 'carla')]
    const event = only(shownOfKind(read(aHistory({ assignments })).events, 'assigned'))
    assert.deepEqual([event.byHand, event.actor.name, event.what.assignee], [true, 'Carla', 'carla'])
  })

  test('an event whose label was deleted since is kept for the figures and told to nobody', () => {
    const labelEvents = [{ ...aLabelEvent(2, at(10), brunosAccount, '+x'), label: null }]
    const { events } = read(aHistory({ labelEvents }))
    assert.deepEqual(kindsTold(events), ['opened'])
    assert.equal(ofKind(events, 'label-added').filter(({ what }) => what.label === null).length, 1)
  })
})

describe('the branch', () => {
  test('found in GitLab is the ticket’s, told where the ticket went up', () => {
    const { ticket, events } = read(escalatedByBelay())
    assert.deepEqual(ticket.branch, { state: 'made', name: '42-confidential-issue', url: null })
    const event = only(shownOfKind(events, 'branch-made'))
    assert.equal(event.at, at(40) + 2 * second)
  })

  test('is not forgotten when this reading did not ask for branches', () => {
    const branch = { state: 'made', name: '42-screen', url: null } as const
    assert.deepEqual(read(aHistory(), { known: aTicket({ branch }) }).ticket.branch, branch)
  })

  test('that is missing at Level 2 is said, with why where we know it', () => {
    const history = escalatedByBelay({ branches: [] })
    assert.deepEqual(read(history).ticket.branch, { state: 'missing', why: 'none-yet' })
    const known = aTicket({ branch: { state: 'missing', why: 'archived-project' } })
    assert.deepEqual(read(history, { known }).ticket.branch, { state: 'missing', why: 'archived-project' })
  })

  test('at Level 1 nobody misses one', () => {
    assert.equal(read(aHistory({ branches: [] })).ticket.branch, null)
  })
})

describe('reading anew', () => {
  const longStory = (): RemoteHistory => {
    const first = escalatedByBelay()
    return {
      ...first,
      ticket: aRemoteTicket({
        labels: ['level::2', 'hardware'],
        assignee: carlasAccount,
        changedAt: at(200),
      }),
      labelEvents: [
        ...first.labelEvents,
        aLabelEvent(5, at(45), theBot, '+waiting'),
        aLabelEvent(6, at(50), brunosAccount, '-waiting'),
        aLabelEvent(7, at(50), brunosAccount, '+vip'),
      ],
      stateEvents: [
        aStateEvent(1, at(60) + second, theBot, 'closed'),
        aStateEvent(2, at(70), brunosAccount, 'reopened'),
        aStateEvent(3, at(75), carlasAccount, 'closed', 7),
        aStateEvent(4, at(80), theBot, 'reopened'),
      ],
      assignments: [...first.assignments, anAssignment(51, at(44), theBot, 'carla')],
      notes: [
        aNote(58, at(3), { marker: aMarker({ kind: 'reply', operation: 'r' }) }),
        ...first.notes,
        aNote(61, at(42), { author: carlasAccount, internal: true, text: 'Looking' }),
        aNote(62, at(43)),
        aNote(63, at(60), { marker: aMarker({ kind: 'resolve', operation: 's', author: 12 }) }),
        aNote(64, at(60), { author: carlasAccount, text: 'At the same instant' }),
      ],
      mergeRequests: [aMergeRequest(8, at(55), carlasAccount), aMergeRequest(9, at(55), brunosAccount)],
      branches: [
        { name: '42-confidential-issue', url: null },
        { name: '42-a-second-try', url: null },
      ],
    }
  }

  const own = [
    anOwnChange(at(40), byBruno, { addLabels: ['level::2'], removeLabels: ['level::1'], assignee: null }),
    anOwnChange(at(44), byCarla, { assignee: 12 }),
    anOwnChange(at(45), byBruno, { addLabels: ['waiting'] }),
    anOwnChange(at(60), byCarla, { state: 'closed' }),
    anOwnChange(at(80), byBruno, { state: 'opened' }),
  ]

  const withoutRevision = ({ ticket, events }: ReturnType<typeof read>) => ({
    ticket: { ...ticket, revision: 0 },
    events,
  })

  test('a ticket that was followed live and one rebuilt from nothing are the same', () => {
    const live = read(longStory(), {
      known: aTicket({ revision: 17, level: 1, assignee: 'bruno', title: 'old' }),
      own,
    })
    const rebuilt = read(longStory(), { own })
    assert.deepEqual(withoutRevision(rebuilt), withoutRevision(live))
    const again = read(longStory(), { known: live.ticket, own })
    assert.deepEqual(again, live)
  })

  test('the story as a whole reads as it happened', () => {
    const shown = read(longStory(), { own }).events.filter(({ hidden }) => !hidden)
    assert.deepEqual(
      shown.map(({ actor, what }) => `${actor.name} ${what.kind}`),
      [
        'Ana opened',
        'Bruno replied',
        'Bruno escalated',
        'Bruno branch-made',
        'Carla noted',
        'Belay replied',
        'Carla assigned',
        'Bruno waiting-started',
        'Bruno waiting-ended',
        'Bruno label-added',
        'Carla merge-request',
        'Bruno merge-request',
        'Carla resolved',
        'Carla replied',
        'Bruno reopened',
        'Carla resolved',
        'Bruno reopened',
      ],
    )
  })

  test('every event has a source of its own, and they come in the order of time', () => {
    const { events } = read(longStory(), { own })
    assert.equal(new Set(events.map(({ source }) => source)).size, events.length)
    assert.deepEqual(
      events.map(({ at }) => at),
      events.map(({ at }) => at).sort((a, b) => a - b),
    )
    assert.ok(events.every(({ ticketId }) => ticketId === aTicket().id))
  })

  test('in whatever order GitLab hands out its parts, the outcome is the same', () => {
    const story = longStory()
    const all = <T>(items: readonly T[]) => fc.shuffledSubarray([...items], { minLength: items.length })
    const expected = read(story, { own })
    fc.assert(
      fc.property(
        all(story.notes),
        all(story.labelEvents),
        all(story.stateEvents),
        all(story.assignments),
        all(story.mergeRequests ?? []),
        all(story.branches ?? []),
        all(story.ticket.labels),
        all(own),
        (notes, labelEvents, stateEvents, assignments, mergeRequests, branches, labels, ownShuffled) => {
          const ticket = { ...story.ticket, labels }
          const shuffled = {
            ...story,
            ticket,
            notes,
            labelEvents,
            stateEvents,
            assignments,
            mergeRequests,
            branches,
          }
          const result = read(shuffled, { own: ownShuffled })
          assert.deepEqual(result.events, expected.events)
          assert.deepEqual({ ...result.ticket, labels: [] }, { ...expected.ticket, labels: [] })
        },
      ),
    )
  })

  test('nothing that is handed in is changed', () => {
    const story = longStory()
    const copy = structuredClone(story)
    read(story, { own })
    assert.deepEqual(story, copy)
  })
})

describe('a ticket that was only listed', () => {
  test('keeps what lists do not tell: branch, former assignee, whose turn it is', () => {
    const known = aTicket({
      revision: 9,
      branch: { state: 'made', name: '42-x', url: null },
      formerAssignee: 'bruno',
      awaitingSince: null,
    })
    const ticket = ticketOfListing(aRemoteTicket({ changedAt: at(60) }), known, desk)
    assert.deepEqual(
      [ticket.branch, ticket.formerAssignee, ticket.awaitingSince, ticket.revision],
      [known.branch, 'bruno', null, 9],
    )
  })

  test('and unknown before is taken as waiting on us since it was opened', () => {
    assert.equal(ticketOfListing(aRemoteTicket({ changedAt: at(60) }), null, desk).awaitingSince, nine)
  })

  test('waiting or resolved is nobody’s turn; open again it is ours since the change', () => {
    const waiting = aRemoteTicket({ labels: ['level::1', 'waiting'] })
    assert.equal(ticketOfListing(waiting, aTicket(), desk).awaitingSince, null)
    const closed = aRemoteTicket({ closed: true, closedAt: at(5) })
    assert.equal(ticketOfListing(closed, aTicket(), desk).awaitingSince, null)
    const known = aTicket({ state: 'resolved', awaitingSince: null })
    assert.equal(ticketOfListing(aRemoteTicket({ changedAt: at(60) }), known, desk).awaitingSince, at(60))
  })

  test('agrees with the reading in full on all that both tell', () => {
    const history = escalatedByBelay()
    const listed = ticketOfListing(history.ticket, null, desk)
    const { ticket } = read(history)
    const told = { branch: null, formerAssignee: null, awaitingSince: null }
    assert.deepEqual({ ...listed, ...told }, { ...ticket, ...told })
  })
})

describe('what people do by hand to labels and branches', () => {
  const theDesk: Author = { kind: 'desk', name: 'Belay' }
  const both = aRemoteTicket({ labels: ['hardware', 'level::1', 'level::2'] })
  const added = aLabelEvent(51, at(10), carlasAccount, '+level::2')
  const mend = (when: number) => anOwnChange(when, theDesk, { addLabels: [], removeLabels: ['level::1'] })

  test('a level label below another is to be mended', () => {
    assert.deepEqual(levelLabelsToMend(aHistory({ ticket: both, labelEvents: [added] }), [], desk), [
      'level::1',
    ])
    const one = aHistory({ ticket: aRemoteTicket({ labels: ['level::2'] }), labelEvents: [added] })
    assert.deepEqual(levelLabelsToMend(one, [], desk), [])
    for (const gone of [{ closed: true }, { left: 'moved' as const }])
      assert.deepEqual(levelLabelsToMend(aHistory({ ticket: { ...both, ...gone } }), [], desk), [])
  })

  test('who puts it back at the same level is not fought; at the next visit it is mended again', () => {
    const mended = aLabelEvent(52, at(11), theBot, '-level::1')
    const insisted = aLabelEvent(53, at(20), davisAccount, '+level::1')
    const history = aHistory({ ticket: both, labelEvents: [added, mended, insisted] })
    assert.deepEqual(levelLabelsToMend(history, [mend(at(11))], desk), [])
    // Taken away by the bot for an escalation, not to mend: that says nothing of what people want.
    const other = anOwnChange(at(11), byBruno, { addLabels: ['level::2'], removeLabels: ['level::1'] })
    assert.deepEqual(levelLabelsToMend(history, [other], desk), ['level::1'])
    const down = aLabelEvent(54, at(30), davisAccount, '-level::2')
    const up = aLabelEvent(55, at(40), carlasAccount, '+level::2')
    const nextVisit = { ...history, labelEvents: [...history.labelEvents, down, up] }
    assert.deepEqual(levelLabelsToMend(nextVisit, [mend(at(11))], desk), ['level::1'])
  })

  test('the mending is told once, by Belay, and changes no level', () => {
    const mended = aLabelEvent(52, at(11), theBot, '-level::1')
    const ticket = aRemoteTicket({ labels: ['level::2'] })
    const { events } = read(aHistory({ ticket, labelEvents: [added, mended] }), { own: [mend(at(11))] })
    assert.deepEqual(
      events.filter(({ hidden, what }) => !hidden && what.kind !== 'opened').map(({ what }) => what.kind),
      ['level-changed', 'label-removed'],
    )
    assert.deepEqual(only(shownOfKind(events, 'label-removed')).actor, { kind: 'bot', name: 'Belay' })
  })

  test('a deleted level label keeps its name in history, and its end stands where we noticed it', () => {
    const nameless = { ...added, label: null }
    const ticket = aRemoteTicket({ labels: [] })
    const history = aHistory({ ticket, labelEvents: [nameless] })
    const known = read(aHistory({ ticket: both, labelEvents: [added] })).events
    const fresh = newlyNoticed(history, { events: known, ownBranches: [], noticed: [] }, at(60))
    assert.deepEqual(fresh, [{ name: 'label:51', at: at(60), what: 'level::2' }])
    assert.deepEqual(newlyNoticed(history, { events: known, ownBranches: [], noticed: fresh }, at(90)), [])
    const told = read(history, { noticed: fresh })
    assert.equal(told.ticket.level, 1)
    assert.deepEqual(
      shownOfKind(told.events, 'level-changed').map(({ what, at: when, byHand }) => [
        what.from,
        what.to,
        when,
        byHand,
      ]),
      [
        [1, 2, at(10), true],
        [2, 1, at(60), true],
      ],
    )
    // Nobody remembers it: then it is a label that exists no more.
    assert.deepEqual(shownOfKind(read(history).events, 'level-changed'), [])
  })

  test('a label that was made again under its name is not gone', () => {
    const again = aLabelEvent(60, at(30), davisAccount, '+level::2')
    const history = aHistory({
      ticket: aRemoteTicket({ labels: ['level::2'] }),
      labelEvents: [{ ...added, label: null }, again],
    })
    const { ticket, events } = read(history, {
      noticed: [{ name: 'label:51', at: at(60), what: 'level::2' }],
    })
    assert.equal(ticket.level, 2)
    assert.deepEqual(
      shownOfKind(events, 'level-changed').map(({ what }) => what.to),
      [2, 1, 2],
    )
  })

  test('our branch that is there no more was deleted; another project is not looked at', () => {
    const own: OwnBranch = {
      operation: 'b1',
      at: at(5),
      author: byCarla,
      elsewhere: false,
      outcome: { kind: 'branch-made', name: '42-fix', url: null },
    }
    const history = aHistory({ branches: [] })
    const fresh = newlyNoticed(history, { events: [], ownBranches: [own], noticed: [] }, at(60))
    assert.deepEqual(fresh, [{ name: 'branch:b1', at: at(60), what: '42-fix' }])
    const lost = read(history, { ownBranches: [own], noticed: fresh })
    assert.deepEqual(lost.ticket.branch, { state: 'missing', why: 'deleted' })
    assert.deepEqual(
      [...shownOfKind(lost.events, 'branch-made'), ...shownOfKind(lost.events, 'branch-deleted')].map(
        ({ at: when, actor }) => [when, actor.name],
      ),
      [
        [at(5), 'Carla'],
        [at(60), ''],
      ],
    )
    const elsewhere = { ...own, elsewhere: true }
    assert.deepEqual(newlyNoticed(history, { events: [], ownBranches: [elsewhere], noticed: [] }, at(60)), [])
    assert.deepEqual(read(history, { ownBranches: [elsewhere] }).ticket.branch, {
      state: 'made',
      name: '42-fix',
      url: null,
    })
    // Restored by hand: as if nothing had been.
    const back = read(aHistory({ branches: [{ name: '42-fix', url: null }] }), {
      ownBranches: [own],
      noticed: fresh,
    })
    assert.equal(back.ticket.branch?.state, 'made')
    assert.deepEqual(shownOfKind(back.events, 'branch-deleted'), [])
  })

  test('what moved away waits for nobody, and a double stays one whatever GitLab says', () => {
    const moved = ticketOfListing(aRemoteTicket({ left: 'moved' }), null, desk)
    assert.deepEqual(
      [moved.state, moved.awaitingSince, moved.gone],
      ['resolved', null, { why: 'moved', to: null }],
    )
    const double = aTicket({ gone: { why: 'duplicate', of: 7 } })
    assert.deepEqual(ticketOfListing(aRemoteTicket(), double, desk).gone, { why: 'duplicate', of: 7 })
    const deleted = aTicket({ gone: { why: 'deleted' } })
    assert.equal(ticketOfListing(aRemoteTicket(), deleted, desk).gone, null)
  })
})
