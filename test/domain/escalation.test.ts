// Up and down the ladder (design section 4, "Levels" and "Branches"; security I3).

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Desk } from '../../src/domain/desk.ts'
import { askForBranch, escalate, handBack } from '../../src/domain/escalation.ts'
import { levelOfLabels } from '../../src/domain/level.ts'
import type { BranchProblem, Ticket } from '../../src/domain/ticket.ts'
import { bruno, byBruno, byCarla } from '../support/people.ts'
import {
  aDesk,
  aDeskOfLevels,
  aTicket,
  circumstances,
  decided,
  hour,
  intents,
  intentsOf,
  nine,
  only,
  refusedWith,
} from '../support/tickets.ts'

const desk = aDesk()

const escalated = (ticket: Ticket, on: Desk = desk, from = ticket.level) =>
  decided(escalate(ticket, { desk: on, from, reason: 'Needs a new driver' }, circumstances(byBruno)))

const atLevel2 = (changes: Partial<Ticket> = {}) =>
  aTicket({
    level: 2,
    labels: ['hardware', 'level::2'],
    assignee: 'carla',
    formerAssignee: 'bruno',
    branch: { state: 'made', name: '42-confidential-issue', url: null },
    ...changes,
  })

const handedBack = (ticket: Ticket, more: { on?: Desk; formerAssigneeId?: number | null } = {}) =>
  decided(
    handBack(
      ticket,
      {
        desk: more.on ?? desk,
        from: ticket.level,
        reason: 'It was the cable',
        role: 'specialist',
        formerAssigneeId: more.formerAssigneeId === undefined ? bruno.id : more.formerAssigneeId,
      },
      circumstances(byCarla),
    ),
  )

const branchesOff = (id: string): Desk =>
  aDesk({
    categories: desk.categories.map((category) =>
      category.id === id ? { ...category, branches: null } : category,
    ),
  })

describe('escalating', () => {
  test('one change adds the next level’s label, removes the others and lets the assignee go', () => {
    const change = only(intentsOf(escalated(aTicket({ assignee: 'bruno' })), 'change'))
    assert.deepEqual(change, {
      kind: 'change',
      addLabels: ['level::2'],
      removeLabels: ['level::1'],
      assignee: null,
    })
  })

  test('GitLab is told three things: the change, the branch, the note', () => {
    assert.deepEqual(
      intents(escalated(aTicket())).map(({ kind }) => kind),
      ['change', 'branch', 'note'],
    )
  })

  test('the reason is one internal note that remembers the level and whom the ticket was taken from', () => {
    const note = only(intentsOf(escalated(aTicket({ assignee: 'bruno' })), 'note'))
    assert.deepEqual(note, {
      kind: 'note',
      purpose: 'escalate',
      text: 'Needs a new driver',
      internal: true,
      level: 2,
      formerAssignee: 'bruno',
    })
  })

  test('the ticket is at Level 2 at once, with its labels, nobody’s, and remembers Bruno', () => {
    const { ticket } = escalated(aTicket({ assignee: 'bruno', labels: ['level::1', 'hardware', 'vip'] }))
    assert.equal(ticket.level, 2)
    assert.equal(ticket.assignee, null)
    assert.equal(ticket.formerAssignee, 'bruno')
    assert.deepEqual([...ticket.labels].sort(), ['hardware', 'level::2', 'vip'])
    assert.deepEqual(ticket.branch, { state: 'asked' })
    assert.equal(ticket.revision, aTicket().revision, 'the store counts revisions, not the rule')
  })

  test('one event tells of it', () => {
    const event = only(escalated(aTicket()).events)
    assert.deepEqual(event.what, { kind: 'escalated', from: 1, to: 2, reason: 'Needs a new driver' })
    assert.equal(event.at, nine + hour)
    assert.equal(event.byHand, false)
  })

  test('Ana goes on waiting since she asked: moving a ticket is no answer', () => {
    assert.equal(escalated(aTicket({ awaitingSince: nine })).ticket.awaitingSince, nine)
  })

  test('a page that showed another level changes nothing and says where the ticket is', () => {
    const late = escalate(atLevel2(), { desk, from: 1, reason: '' }, circumstances(byBruno))
    assert.deepEqual(refusedWith(late, 'already-at-level').particulars, { level: 2, name: 'Level 2' })
    const early = escalate(aTicket(), { desk, from: 2, reason: '' }, circumstances(byBruno))
    refusedWith(early, 'already-at-level')
  })

  test('a ticket at the top level goes no further', () => {
    refusedWith(escalate(atLevel2(), { desk, from: 2, reason: '' }, circumstances(byCarla)), 'top-level')
  })

  test('a resolved ticket is not escalated', () => {
    const resolved = aTicket({ state: 'resolved', resolvedAt: nine })
    refusedWith(escalate(resolved, { desk, from: 1, reason: '' }, circumstances(byBruno)), 'ticket-resolved')
  })

  test('on a desk with a single level nothing can be escalated', () => {
    const single = aDeskOfLevels(1)
    refusedWith(
      escalate(aTicket(), { desk: single, from: 1, reason: '' }, circumstances(byBruno)),
      'top-level',
    )
  })

  test('on a desk with three levels it goes up one rung at a time, and every other level’s label goes', () => {
    const three = aDeskOfLevels(3)
    const first = escalated(aTicket(), three)
    assert.deepEqual(only(intentsOf(first, 'change')).removeLabels, ['level::1', 'level::3'])
    const second = escalated(first.ticket, three)
    assert.equal(second.ticket.level, 3)
    const change = only(intentsOf(second, 'change'))
    assert.deepEqual([change.addLabels, change.removeLabels], [['level::3'], ['level::1', 'level::2']])
    refusedWith(
      escalate(second.ticket, { desk: three, from: 3, reason: '' }, circumstances(byCarla)),
      'top-level',
    )
  })

  test('a ticket with both level labels is at the higher one, and going up clears all but the next', () => {
    const three = aDeskOfLevels(3)
    const both = aTicket({ level: 2, labels: ['level::1', 'level::2', 'hardware'] })
    const { ticket } = escalated(both, three)
    assert.deepEqual([...ticket.labels].sort(), ['hardware', 'level::3'])
  })

  test('wherever a ticket stands, its labels afterwards say its level and name no level twice', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.nat(),
        fc.subarray(['level::1', 'level::2', 'level::3', 'vip']),
        (count, seed, labels) => {
          const ladder = aDeskOfLevels(count)
          const ticket = aTicket({ labels, level: 1 + (seed % count) })
          const result = escalate(
            ticket,
            { desk: ladder, from: ticket.level, reason: 'x' },
            circumstances(byBruno),
          )
          if (ticket.level === count) return void refusedWith(result, 'top-level')
          const decision = decided(result)
          assert.equal(decision.ticket.level, ticket.level + 1)
          assert.equal(levelOfLabels(decision.ticket.labels, ladder), ticket.level + 1)
          assert.equal(new Set(decision.ticket.labels).size, decision.ticket.labels.length)
          assert.equal(decision.ticket.labels.includes('vip'), labels.includes('vip'))
        },
      ),
    )
  })
})

describe('the branch of an escalation', () => {
  test('goes where the category says', () => {
    const elsewhere = aDesk({
      categories: desk.categories.map((category) => ({
        ...category,
        branches: { project: 'it/drivers', ref: 'develop' },
      })),
    })
    assert.deepEqual(only(intentsOf(escalated(aTicket(), elsewhere), 'branch')), {
      kind: 'branch',
      title: 'My screen stays black',
      confidential: true,
      project: 'it/drivers',
      ref: 'develop',
    })
  })

  test('a ticket without a category gets one in the desk’s own project', () => {
    const branch = only(intentsOf(escalated(aTicket({ category: null })), 'branch'))
    assert.deepEqual([branch.project, branch.ref], ['', ''])
  })

  test('none where the category wants none; the ticket is at Level 2 all the same', () => {
    const decision = escalated(aTicket(), branchesOff('Hardware'))
    assert.deepEqual(intentsOf(decision, 'branch'), [])
    assert.equal(decision.ticket.level, 2)
    assert.equal(decision.ticket.branch, null)
  })

  test('none where the ticket has one already, which it keeps', () => {
    const branch = { state: 'made', name: '42-screen', url: null } as const
    const decision = escalated(aTicket({ branch }))
    assert.deepEqual(intentsOf(decision, 'branch'), [])
    assert.deepEqual(decision.ticket.branch, branch)
  })

  test('is asked for once per ticket, also when GitLab has not answered before the next escalation', () => {
    const three = aDeskOfLevels(3)
    const first = escalated(aTicket(), three)
    assert.deepEqual(intentsOf(escalated(first.ticket, three), 'branch'), [])
    const again = handedBack(escalated(aTicket()).ticket)
    assert.deepEqual(intentsOf(escalated(again.ticket), 'branch'), [])
  })

  test('one that could not be made is asked for again with the next escalation', () => {
    const decision = escalated(aTicket({ branch: { state: 'missing', why: 'archived-project' } }))
    assert.equal(intentsOf(decision, 'branch').length, 1)
  })
})

describe('handing back', () => {
  test('gives the ticket back to whoever had it, one level down, in one change', () => {
    const decision = handedBack(atLevel2())
    assert.deepEqual(only(intentsOf(decision, 'change')), {
      kind: 'change',
      addLabels: ['level::1'],
      removeLabels: ['level::2'],
      assignee: bruno.id,
    })
    assert.equal(decision.ticket.level, 1)
    assert.equal(decision.ticket.assignee, 'bruno')
    assert.deepEqual([...decision.ticket.labels].sort(), ['hardware', 'level::1'])
  })

  test('its reason is one internal note, its event one, and no branch is made or lost', () => {
    const decision = handedBack(atLevel2())
    assert.deepEqual(
      intents(decision).map(({ kind }) => kind),
      ['change', 'note'],
    )
    const note = only(intentsOf(decision, 'note'))
    assert.deepEqual(
      [note.purpose, note.internal, note.level, note.text],
      ['hand-back', true, 1, 'It was the cable'],
    )
    assert.deepEqual(only(decision.events).what, {
      kind: 'handed-back',
      from: 2,
      to: 1,
      reason: 'It was the cable',
    })
    assert.equal(decision.ticket.branch?.state, 'made')
  })

  test('where the former assignee is gone, nobody has it', () => {
    const decision = handedBack(atLevel2(), { formerAssigneeId: null })
    assert.equal(only(intentsOf(decision, 'change')).assignee, null)
    assert.equal(decision.ticket.assignee, null)
  })

  test('a Level 1 agent cannot hand back', () => {
    for (const role of ['requester', 'agent'] as const) {
      const move = { desk, from: 2, reason: '', role, formerAssigneeId: null }
      refusedWith(handBack(atLevel2(), move, circumstances(byBruno)), 'not-your-role')
    }
    for (const role of ['specialist', 'lead'] as const) {
      const move = { desk, from: 2, reason: '', role, formerAssigneeId: null }
      decided(handBack(atLevel2(), move, circumstances(byCarla)))
    }
  })

  test('there is nothing below the first level', () => {
    const move = { desk, from: 1, reason: '', role: 'lead', formerAssigneeId: null } as const
    refusedWith(handBack(aTicket(), move, circumstances(byCarla)), 'bottom-level')
  })

  test('a page that showed another level changes nothing', () => {
    const move = { desk, from: 2, reason: '', role: 'lead', formerAssigneeId: null } as const
    refusedWith(handBack(aTicket(), move, circumstances(byCarla)), 'already-at-level')
  })

  test('a resolved ticket stays where it is', () => {
    const move = { desk, from: 2, reason: '', role: 'lead', formerAssigneeId: null } as const
    refusedWith(handBack(atLevel2({ state: 'resolved' }), move, circumstances(byCarla)), 'ticket-resolved')
  })

  test('from Level 3 it goes to Level 2, and the other levels’ labels go', () => {
    const three = aDeskOfLevels(3)
    const decision = handedBack(aTicket({ level: 3, labels: ['level::3'] }), { on: three })
    const change = only(intentsOf(decision, 'change'))
    assert.deepEqual([change.addLabels, change.removeLabels], [['level::2'], ['level::1', 'level::3']])
  })

  test('up and down again leaves level, labels and assignee as they were', () => {
    const ticket = aTicket({ assignee: 'bruno' })
    const back = handedBack(escalated(ticket).ticket).ticket
    assert.equal(back.level, ticket.level)
    assert.equal(back.assignee, 'bruno')
    assert.deepEqual([...back.labels].sort(), [...ticket.labels].sort())
  })
})

describe('the button for a missing branch', () => {
  const asked = (ticket: Ticket, on = desk) => askForBranch(ticket, on, circumstances(byCarla))

  test('asks for the branch and nothing else', () => {
    const problems: BranchProblem[] = [
      'none-yet',
      'archived-project',
      'empty-repository',
      'not-allowed',
      'refused',
    ]
    for (const why of problems) {
      const decision = decided(asked(atLevel2({ branch: { state: 'missing', why } })))
      assert.deepEqual(
        intents(decision).map(({ kind }) => kind),
        ['branch'],
      )
      assert.deepEqual(decision.ticket.branch, { state: 'asked' })
      assert.equal(decision.ticket.level, 2)
      assert.deepEqual(decision.events, [])
    }
  })

  test('works for a ticket that was relabelled by hand and never had one', () => {
    assert.equal(intentsOf(decided(asked(atLevel2({ branch: null }))), 'branch').length, 1)
  })

  test('does nothing where there is a branch, where it is under way, and where the category wants none', () => {
    const made = refusedWith(asked(atLevel2()), 'branch-exists')
    assert.deepEqual(made.particulars, { name: '42-confidential-issue' })
    refusedWith(asked(atLevel2({ branch: { state: 'asked' } })), 'busy')
    refusedWith(asked(atLevel2({ branch: null }), branchesOff('Hardware')), 'branches-off')
  })
})
