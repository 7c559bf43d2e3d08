// Who works on it, what it is about, whether it waits on Ana (design sections 4 "Labels" and 5 "Roles").

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { categoryOfLabels } from '../../src/domain/category.ts'
import { assign, categorise, setWaiting } from '../../src/domain/handling.ts'
import type { Agent, Role } from '../../src/domain/role.ts'
import type { Ticket } from '../../src/domain/ticket.ts'
import { bruno, byBruno, byCarla, carla, davi } from '../support/people.ts'
import {
  aDesk,
  aDeskOfLevels,
  aTicket,
  circumstances,
  decided,
  hour,
  intents,
  nine,
  only,
  refusedWith,
} from '../support/tickets.ts'

const desk = aDesk()

describe('assigning', () => {
  const assigned = (ticket: Ticket, to: Agent | null) => assign(ticket, to, desk, circumstances(byBruno))

  test('at Level 1 any agent may have a ticket', () => {
    for (const agent of [bruno, carla, davi]) {
      const decision = decided(assigned(aTicket(), agent))
      assert.equal(decision.ticket.assignee, agent.username)
      assert.deepEqual(intents(decision), [
        { kind: 'change', addLabels: [], removeLabels: [], assignee: agent.id },
      ])
      assert.deepEqual(only(decision.events).what, { kind: 'assigned', assignee: agent.username })
    }
  })

  test('Bruno cannot be given a ticket of Level 2; Carla and Davi can', () => {
    const refusal = refusedWith(assigned(aTicket({ level: 2 }), bruno), 'assignee-not-for-level')
    assert.deepEqual(refusal.particulars, { name: 'Bruno', level: 'Level 2' })
    for (const agent of [carla, davi]) decided(assigned(aTicket({ level: 2 }), agent))
  })

  test('at Level 3 the same holds as at Level 2, and nobody without a role gets any ticket', () => {
    const three = aDeskOfLevels(3)
    const roles: Role[] = ['requester', 'agent', 'specialist', 'lead']
    const may = roles.map((role) =>
      [1, 2, 3].map((level) => {
        const result = assign(aTicket({ level }), { ...bruno, role }, three, circumstances(byCarla))
        return !('refused' in result)
      }),
    )
    assert.deepEqual(may, [
      [false, false, false],
      [true, false, false],
      [true, true, true],
      [true, true, true],
    ])
  })

  test('nobody can have a ticket at any level', () => {
    const decision = decided(assigned(aTicket({ level: 2, assignee: 'carla' }), null))
    assert.equal(decision.ticket.assignee, null)
    assert.deepEqual(intents(decision), [{ kind: 'change', addLabels: [], removeLabels: [], assignee: null }])
  })

  test('giving it to whoever has it already bothers GitLab with nothing', () => {
    const ticket = aTicket({ assignee: 'bruno' })
    const decision = decided(assigned(ticket, bruno))
    assert.equal(decision.ticket, ticket)
    assert.deepEqual([decision.events, decision.operations], [[], []])
    assert.deepEqual(decided(assigned(aTicket(), null)).operations, [])
  })
})

describe('categorising', () => {
  const categorised = (ticket: Ticket, id: string) =>
    decided(categorise(ticket, id, desk, circumstances(byBruno)))

  test('one change adds the new category’s label and takes the others away', () => {
    const decision = categorised(aTicket(), 'Gitlab Account')
    assert.deepEqual(intents(decision), [
      { kind: 'change', addLabels: ['gitlab-account'], removeLabels: ['hardware'] },
    ])
    assert.equal(decision.ticket.category, 'Gitlab Account')
    assert.deepEqual([...decision.ticket.labels].sort(), ['gitlab-account', 'level::1'])
    assert.deepEqual(only(decision.events).what, { kind: 'categorised', category: 'Gitlab Account' })
  })

  test('“none” takes every category’s label away and leaves the other labels', () => {
    const decision = categorised(aTicket({ labels: ['level::1', 'hardware', 'vip'] }), '')
    assert.deepEqual(intents(decision), [{ kind: 'change', addLabels: [], removeLabels: ['hardware'] }])
    assert.equal(decision.ticket.category, null)
    assert.deepEqual(decision.ticket.labels, ['level::1', 'vip'])
  })

  test('an unknown category is refused', () => {
    refusedWith(categorise(aTicket(), 'Catering', desk, circumstances(byBruno)), 'category-unknown')
  })

  test('the category it has already changes nothing', () => {
    const ticket = aTicket()
    assert.equal(categorised(ticket, 'Hardware').ticket, ticket)
    assert.deepEqual(categorised(ticket, 'hardware').operations, [])
  })

  test('of a ticket that bears two categories’ labels one is left, whichever is chosen', () => {
    for (const id of ['Hardware', 'Gitlab Account']) {
      const both = aTicket({ labels: ['level::1', 'hardware', 'gitlab-account'], category: 'Hardware' })
      const { ticket, operations } = categorised(both, id)
      assert.equal(operations.length, 1)
      assert.equal(ticket.category, id)
      assert.equal(ticket.labels.length, 2)
    }
  })

  test('afterwards the labels say exactly the chosen category, once, whatever was there', () => {
    fc.assert(
      fc.property(
        fc.subarray(['level::1', 'hardware', 'gitlab-account', 'vip']),
        fc.constantFrom('', 'Hardware', 'Gitlab Account'),
        (labels, id) => {
          const category = categoryOfLabels(labels, desk)?.id ?? null
          const { ticket } = categorised(aTicket({ labels, category }), id)
          assert.equal(categoryOfLabels(ticket.labels, desk)?.id ?? '', id)
          assert.equal(ticket.category ?? '', id)
          assert.equal(new Set(ticket.labels).size, ticket.labels.length)
          const others = ['level::1', 'vip']
          assert.deepEqual(
            ticket.labels.filter((label) => others.includes(label)),
            labels.filter((label) => others.includes(label)),
          )
        },
      ),
    )
  })
})

describe('waiting on Ana', () => {
  test('is one label in GitLab, and it is not our turn', () => {
    const decision = decided(setWaiting(aTicket(), true, desk, circumstances(byBruno)))
    assert.deepEqual(intents(decision), [{ kind: 'change', addLabels: ['waiting'], removeLabels: [] }])
    assert.equal(decision.ticket.state, 'waiting')
    assert.equal(decision.ticket.awaitingSince, null)
    assert.ok(decision.ticket.labels.includes('waiting'))
    assert.deepEqual(only(decision.events).what, { kind: 'waiting-started' })
  })

  test('ends with the label, and from then on it is our turn', () => {
    const waiting = aTicket({ state: 'waiting', labels: ['level::1', 'waiting'], awaitingSince: null })
    const decision = decided(setWaiting(waiting, false, desk, circumstances(byBruno)))
    assert.deepEqual(intents(decision), [{ kind: 'change', addLabels: [], removeLabels: ['waiting'] }])
    assert.equal(decision.ticket.state, 'open')
    assert.equal(decision.ticket.awaitingSince, nine + hour)
    assert.deepEqual(decision.ticket.labels, ['level::1'])
    assert.deepEqual(only(decision.events).what, { kind: 'waiting-ended' })
  })

  test('asked for twice it is done once', () => {
    const once = decided(setWaiting(aTicket(), true, desk, circumstances(byBruno))).ticket
    const twice = decided(setWaiting(once, true, desk, circumstances(byBruno)))
    assert.equal(twice.ticket, once)
    assert.deepEqual(twice.operations, [])
    assert.deepEqual(decided(setWaiting(aTicket(), false, desk, circumstances(byBruno))).operations, [])
  })

  test('a resolved ticket waits on nobody', () => {
    for (const on of [true, false])
      refusedWith(
        setWaiting(aTicket({ state: 'resolved' }), on, desk, circumstances(byBruno)),
        'ticket-resolved',
      )
  })
})
