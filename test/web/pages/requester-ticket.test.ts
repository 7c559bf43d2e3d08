// The requester's own page: everything that was written to them stands there, and nothing else.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Actor, Happening } from '../../../src/domain/event.ts'
import type { Ticket } from '../../../src/domain/ticket.ts'
import { requesterTicketPage } from '../../../src/web/pages/requester-ticket.ts'
import { renderPage } from '../../../src/web/rendering.ts'
import { context, event, files, members, now, story, ticket } from './believable.ts'

let fresh = 20_000

const pageOf = (
  more: Partial<Ticket> = {},
  rest: Partial<Parameters<typeof requesterTicketPage>[1]> = {},
  locale: 'en' | 'de' = 'en',
) =>
  requesterTicketPage(context({ viewer: null, url: '/t/token', locale }), {
    // A revision of its own each time, so that nothing remembered is in the way.
    ticket: ticket({ revision: fresh++, ...more }),
    events: story,
    files,
    members,
    link: 'https://desk.example/t/token',
    ...rest,
  })

const byAna: Actor = { kind: 'requester', name: 'Ana Lindqvist' }
const byBruno: Actor = { kind: 'agent', name: '', username: 'bruno' }
const byRobot: Actor = { kind: 'bot', name: 'secret-robot' }
const opened = event(26, byAna, { kind: 'opened' })

test('Ana reads what she asked, what she was answered and by whom, and how it was solved', () => {
  const page = pageOf(
    { state: 'resolved', resolvedAt: now },
    {
      events: [
        opened,
        event(5, byBruno, { kind: 'replied', text: 'Which **cable**?' }),
        event(4, byAna, { kind: 'replied', text: 'The long one.' }),
        event(3, byBruno, { kind: 'resolved', text: 'Take the short one.', viaMergeRequest: 77 }),
      ],
    },
  )
  assert.deepEqual(
    page.conversation.map(({ tone, who, said }) => [tone, who, said]),
    [
      ['asked', 'Ana Lindqvist', 'asked'],
      ['answered', 'Bruno Keller', 'answered'],
      ['asked', 'Ana Lindqvist', 'wrote'],
      ['answered', 'Bruno Keller', 'answered'],
    ],
  )
  const html = renderPage(page)
  for (const words of ['room 204', 'Which <strong>cable</strong>?', 'The long one.', 'Take the short one.'])
    assert.ok(html.includes(words), words)
  assert.match(page.standing.text, /Our answer stands below/)
  assert.doesNotMatch(html, /77/)
})

test('of the files of the opening the names are said, and none can be opened', () => {
  const html = renderPage(
    pageOf({ text: '![it](/uploads/0123456789abcdef/beamer.jpg) [doc](/uploads/x/y.pdf)' }),
  )
  for (const { name } of files) assert.ok(html.includes(name), name)
  assert.doesNotMatch(html, /\/files\/|\/uploads\/|<img/)
})

test('HTML that people wrote is shown as text', () => {
  const text = '<script>alert(1)</script> <img src=x onerror=alert(2)> [x](javascript:alert(3))'
  const html = renderPage(
    pageOf({ text }, { events: [opened, event(1, byBruno, { kind: 'replied', text })] }),
  )
  assert.doesNotMatch(html, /<script>alert|<img|href="javascript/)
})

// A record, so that a kind that is added in the domain and forgotten here does not compile.
const internal: Record<Exclude<Happening['kind'], 'opened'>, Happening> = {
  replied: { kind: 'replied', text: 'secret' },
  noted: { kind: 'noted', text: 'secret' },
  escalated: { kind: 'escalated', from: 1, to: 2, reason: 'secret' },
  'handed-back': { kind: 'handed-back', from: 2, to: 1, reason: 'secret' },
  'level-changed': { kind: 'level-changed', from: 1, to: 3 },
  categorised: { kind: 'categorised', category: 'secret' },
  'label-added': { kind: 'label-added', label: 'secret' },
  'label-removed': { kind: 'label-removed', label: 'secret' },
  'waiting-started': { kind: 'waiting-started' },
  'waiting-ended': { kind: 'waiting-ended' },
  assigned: { kind: 'assigned', assignee: 'secret' },
  resolved: { kind: 'resolved', text: 'secret', viaMergeRequest: 4711 },
  reopened: { kind: 'reopened' },
  rated: { kind: 'rated', good: false, text: 'secret' },
  'branch-made': { kind: 'branch-made', name: 'secret', url: 'https://secret.example/' },
  'branch-deleted': { kind: 'branch-deleted', name: 'secret' },
  confidentiality: { kind: 'confidentiality', confidential: true },
  'moved-away': { kind: 'moved-away', to: 'secret/project#1' },
  deleted: { kind: 'deleted' },
  'merge-request': {
    kind: 'merge-request',
    iid: 4711,
    title: 'secret',
    url: 'https://secret.example/',
    state: 'merged',
  },
}

test('nothing that is internal stands on the page, whatever happened to the ticket', () => {
  const secretive: Actor = { kind: 'agent', name: 'Secret Agent', username: 'secret' }
  const shown = Object.values(internal).map((what) => {
    const html = (more: { hidden: boolean }) =>
      renderPage(pageOf({}, { events: [opened, event(1, secretive, what, more)] }))
    assert.doesNotMatch(html({ hidden: true }), /secret|4711/i, `${what.kind}, hidden`)
    return /secret|4711/i.test(html({ hidden: false })) ? what.kind : null
  })
  assert.deepEqual(
    shown.filter((kind) => kind !== null),
    ['replied', 'resolved'],
  )
})

test('what a robot comments in GitLab is written to nobody', () => {
  const html = renderPage(
    pageOf({}, { events: [opened, event(1, byRobot, { kind: 'replied', text: 'secret pipeline' })] }),
  )
  assert.doesNotMatch(html, /secret/)
})

test("nobody's address, account, label or branch stands on the page", () => {
  const html = renderPage(
    pageOf({
      assignee: 'carla',
      formerAssignee: 'davi',
      labels: ['vip-trouble'],
      priority: 'high',
      branch: { state: 'made', name: '42-x', url: 'https://gitlab.example/b' },
    }),
  )
  assert.doesNotMatch(html, /@school|carla|davi|vip-trouble|42-x|42-confidential|gitlab\.example|priority/i)
})

test('what an agent opened for Ana is not put into her mouth', () => {
  const [first] = pageOf({}, { events: [event(26, byBruno, { kind: 'opened' })] }).conversation
  assert.deepEqual([first?.who, first?.said], ['Bruno Keller', 'opened this for Ana Lindqvist'])
})

test('a ticket that is gone shows nothing of what was said', () => {
  const page = pageOf({ state: 'resolved', gone: { why: 'deleted' } })
  assert.deepEqual(page.conversation, [])
  assert.doesNotMatch(renderPage(page), /room <strong>204|black one in the drawer/)
})

test('the state is said in plain words, and how to answer is possible', () => {
  const only = { events: [opened] }
  assert.equal(pageOf({ iid: null }, only).standing.heading, 'We have it')
  assert.equal(pageOf({}, only).standing.heading, 'It has arrived')
  assert.equal(pageOf({ level: 2 }, only).standing.heading, 'We are working on it')
  assert.equal(pageOf({ assignee: 'bruno' }, only).standing.heading, 'We are working on it')
  assert.equal(pageOf().standing.heading, 'We are working on it', 'somebody has answered')
  const waiting = pageOf({ state: 'waiting' }).standing
  assert.equal(waiting.heading, 'We are waiting for you')
  assert.match(waiting.text, /cannot take your answer yet: please call or write to the desk and name #42/)
  assert.match(pageOf({ state: 'waiting', source: 'service-desk' }).standing.text, /answer the e-mail/)
  const resolved = pageOf({ state: 'resolved' }, only).standing
  assert.deepEqual([resolved.heading, /answer stands/.test(resolved.text)], ['Resolved', false])
  assert.match(pageOf({ state: 'waiting' }, {}, 'de').standing.text, /nennen Sie #42/)
  assert.doesNotMatch(renderPage(pageOf({ state: 'waiting' })), /<textarea|<form[^>]*\/t\//)
})
