// Opening a ticket (design sections 2, 4 and 5): where it arrives, what it is about, who may read it.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Opening } from '../../src/domain/opening.ts'
import { open } from '../../src/domain/opening.ts'
import type { FileRef } from '../../src/domain/operation.ts'
import { ana, bruno, byAna, byBruno } from '../support/people.ts'
import {
  aDesk,
  circumstances,
  decided,
  intents,
  intentsOf,
  nine,
  only,
  refusedWith,
} from '../support/tickets.ts'

const desk = aDesk()

const anOpening = (changes: Partial<Opening> = {}): Opening => ({
  title: 'My screen stays black',
  text: 'Since this morning.',
  category: '',
  requester: ana,
  files: [],
  ...changes,
})

const aFile = (name: string): FileRef => ({ id: `file-${name}`, name, type: 'image/png', bytes: 12 })

const opened = (changes: Partial<Opening> = {}, on = desk) =>
  decided(open(anOpening(changes), on, circumstances(byAna, nine)))

describe('what a new ticket is about', () => {
  test('the category of the card that Ana chose is the ticket’s, with its label', () => {
    const decision = opened({ category: 'Gitlab Account' })
    assert.equal(decision.ticket.category, 'Gitlab Account')
    assert.deepEqual([...only(intentsOf(decision, 'open')).labels].sort(), ['gitlab-account', 'level::1'])
  })

  test('without a card the brackets in the title decide', () => {
    const decision = opened({ title: 'Please: [hardware] a new screen' })
    assert.equal(decision.ticket.category, 'Hardware')
    assert.ok(only(intentsOf(decision, 'open')).labels.includes('hardware'))
  })

  test('a chosen card counts more than the title’s brackets', () => {
    const decision = opened({ title: '[Hardware] I cannot sign in', category: 'Gitlab Account' })
    assert.equal(decision.ticket.category, 'Gitlab Account')
    assert.ok(!decision.ticket.labels.includes('hardware'))
  })

  test('with neither there is no category and only the first level’s label', () => {
    const decision = opened()
    assert.equal(decision.ticket.category, null)
    assert.deepEqual(only(intentsOf(decision, 'open')).labels, ['level::1'])
  })

  test('brackets that name two categories leave the choice to a person', () => {
    assert.equal(opened({ title: '[Hardware] and [Gitlab Account]' }).ticket.category, null)
  })

  test('brackets that name no category change nothing', () => {
    assert.equal(opened({ title: '[Urgent] My screen' }).ticket.category, null)
  })

  test('a category that this desk does not have is refused by its name', () => {
    const refusal = refusedWith(
      open(anOpening({ category: 'Catering' }), desk, circumstances(byAna)),
      'category-unknown',
    )
    assert.deepEqual(refusal.particulars, { id: 'Catering' })
  })
})

describe('where a new ticket stands', () => {
  test('it is open at Level 1, nobody’s, and waits on us from its first moment', () => {
    const { ticket } = opened()
    assert.deepEqual(
      {
        level: ticket.level,
        state: ticket.state,
        assignee: ticket.assignee,
        awaitingSince: ticket.awaitingSince,
        openedAt: ticket.openedAt,
        iid: ticket.iid,
        revision: ticket.revision,
        branch: ticket.branch,
        resolvedAt: ticket.resolvedAt,
      },
      {
        level: 1,
        state: 'open',
        assignee: null,
        awaitingSince: nine,
        openedAt: nine,
        iid: null,
        revision: 0,
        branch: null,
        resolvedAt: null,
      },
    )
  })

  test('it carries the first level’s label, whatever that is called here', () => {
    const other = aDesk({ levels: [{ name: 'Front desk', label: 'front' }] })
    assert.deepEqual(opened({}, other).ticket.labels, ['front'])
  })

  test('our copy and what GitLab is told agree on labels, title, text and confidentiality', () => {
    const decision = opened({ category: 'Hardware' })
    const intent = only(intentsOf(decision, 'open'))
    const { ticket } = decision
    assert.deepEqual(
      [intent.labels, intent.title, intent.text, intent.confidential, intent.requester],
      [ticket.labels, ticket.title, ticket.text, ticket.confidential, ticket.requester],
    )
  })

  test('one event tells that it was opened, by whom', () => {
    const event = only(opened().events)
    assert.deepEqual(
      [event.what, event.actor, event.at],
      [{ kind: 'opened' }, { kind: 'requester', name: 'Ana' }, nine],
    )
  })

  test('Bruno can open a ticket for Ana: it is hers, opened by him', () => {
    const decision = decided(open(anOpening(), desk, circumstances(byBruno)))
    assert.deepEqual(decision.ticket.requester, ana)
    assert.deepEqual(only(decision.events).actor, {
      kind: 'agent',
      name: bruno.name,
      username: bruno.username,
    })
  })
})

describe('who may read a new ticket', () => {
  test('a ticket without a category is confidential', () => {
    assert.equal(opened().ticket.confidential, true)
    assert.equal(only(intentsOf(opened(), 'open')).confidential, true)
  })

  test('a ticket is confidential unless its category says that it need not be', () => {
    const open = desk.categories.map((category) =>
      category.id === 'Hardware' ? { ...category, confidential: false } : category,
    )
    const other = aDesk({ categories: open })
    assert.equal(opened({ category: 'Hardware' }, other).ticket.confidential, false)
    assert.equal(only(intentsOf(opened({ category: 'Hardware' }, other), 'open')).confidential, false)
    assert.equal(opened({ category: 'Gitlab Account' }, other).ticket.confidential, true)
    assert.equal(opened({}, other).ticket.confidential, true)
  })
})

describe('what GitLab is told of a new ticket', () => {
  test('one call opens it: a single operation besides its files', () => {
    assert.deepEqual(
      intents(opened({ category: 'Hardware' })).map(({ kind }) => kind),
      ['open'],
    )
  })

  test('its files travel first, each on its own and in their order, so that the text can name them', () => {
    const files = [aFile('one.png'), aFile('two.png')]
    const decision = opened({ files })
    assert.deepEqual(
      intents(decision).map((intent) => (intent.kind === 'upload' ? intent.file.name : intent.kind)),
      ['one.png', 'two.png', 'open'],
    )
    assert.deepEqual(only(intentsOf(decision, 'open')).files, files)
  })

  test('the ticket’s id is its opening operation’s, with files too: it survives a rebuild', () => {
    for (const files of [[], [aFile('one.png'), aFile('two.png')]]) {
      const decision = opened({ files })
      const opening = decision.operations.find(({ intent }) => intent.kind === 'open')
      assert.equal(opening?.id, decision.ticket.id)
      assert.ok(decision.operations.every(({ ticketId }) => ticketId === decision.ticket.id))
      assert.equal(new Set(decision.operations.map(({ id }) => id)).size, files.length + 1)
    }
  })

  test('no address stands in a title, whatever Ana’s is', () => {
    fc.assert(
      fc.property(fc.string(), fc.emailAddress(), (title, email) => {
        fc.pre(!title.includes(email))
        const decision = opened({ title, requester: { ...ana, email } })
        assert.ok(!decision.ticket.title.includes(email))
        assert.ok(!only(intentsOf(decision, 'open')).title.includes(email))
      }),
    )
  })
})
