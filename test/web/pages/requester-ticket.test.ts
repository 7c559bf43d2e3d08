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
    newKey: () => 'fresh-key',
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

test('files of the opening can be saved by the link’s own address, and none is shown or loaded in its place', () => {
  const html = renderPage(
    pageOf({ text: '![it](/uploads/0123456789abcdef/beamer.jpg) [doc](/uploads/x/y.pdf)' }),
  )
  for (const { name } of files) assert.ok(html.includes(name), name)
  assert.deepEqual(html.match(/href="[^"]*\/files\/\d+"/g), [
    'href="/t/token/files/1"',
    'href="/t/token/files/2"',
  ])
  assert.doesNotMatch(html, /\/uploads\/|<img|\/issues\//)
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
  'marked-duplicate': { kind: 'marked-duplicate', of: 4711 },
  'has-duplicate': { kind: 'has-duplicate', duplicate: 4711 },
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
  assert.equal(pageOf({ level: 2 }, only).standing.heading, 'Level 2 is working on it')
  assert.equal(pageOf({ assignee: 'bruno' }, only).standing.heading, 'Level 1 is working on it')
  assert.equal(pageOf().standing.heading, 'Level 1 is working on it', 'somebody has answered')
  const waiting = pageOf({ state: 'waiting' }).standing
  assert.equal(waiting.heading, 'We are waiting for your answer')
  assert.match(waiting.text, /Please answer on this page/)
  assert.match(pageOf({ state: 'waiting', source: 'service-desk' }).standing.text, /answer the e-mail/)
  const resolved = pageOf({ state: 'resolved', resolvedAt: now }, only).standing
  assert.deepEqual(
    [resolved.heading, resolved.when?.iso, /answer stands/.test(resolved.text)],
    ['Solved on', new Date(now).toISOString(), false],
  )
  assert.equal(pageOf({ level: 2 }, only, 'de').standing.heading, 'Level 2 arbeitet daran')
})

test('nothing but that sentence names a level', () => {
  const html = renderPage(pageOf({ level: 2 }, { events: [opened] }))
  assert.equal(html.match(/Level/g)?.length, 1)
})

const formsOf = (page: ReturnType<typeof pageOf>) => ({
  reply: page.reply !== null,
  solved: page.outcome !== null,
  yes: page.outcome?.yes != null,
  late: page.late !== null,
  rating: page.rating !== null,
})

test('what Ana can do follows from where her ticket stands', () => {
  const nothing = { reply: false, solved: false, yes: false, late: false, rating: false }
  const resolved = { state: 'resolved', resolvedAt: now } as const
  assert.deepEqual(formsOf(pageOf()), { ...nothing, reply: true })
  assert.deepEqual(formsOf(pageOf({ state: 'waiting' })), { ...nothing, reply: true })
  assert.deepEqual(formsOf(pageOf(resolved)), { ...nothing, solved: true, yes: true, rating: true })
  const longAgo = { ...resolved, resolvedAt: now - context().desk.mail.reopenWithin - 1 }
  assert.deepEqual(formsOf(pageOf(longAgo)), { ...nothing, late: true, rating: true })
  assert.deepEqual(formsOf(pageOf({ ...resolved, gone: { why: 'deleted' } })), nothing)
  assert.equal(pageOf({ gone: { why: 'deleted' } }).newLink, null)
})

test('each form of the page has a key of its own', () => {
  let keys = 0
  const html = renderPage(pageOf({ state: 'resolved', resolvedAt: now }, { newKey: () => `key-${++keys}` }))
  const found = html.match(/name="key" value="[^"]*"/g) ?? []
  assert.equal(found.length, 3)
  assert.equal(new Set(found).size, found.length)
})

test('a new ticket about an old one names its number, and no word of it stands in the address', () => {
  const late = { state: 'resolved', resolvedAt: now - context().desk.mail.reopenWithin - 1 } as const
  assert.equal(
    pageOf({ ...late, category: 'Hardware' }).late?.url,
    '/open-issue?title=Not%20solved%20yet%3A%20%2342&category=Hardware',
  )
})

test('Ana reads what she said of the help until the ticket is opened again', () => {
  const resolved = { state: 'resolved', resolvedAt: now } as const
  const rated = event(2, byAna, { kind: 'rated', good: false, text: 'Too slow.' })
  const said = pageOf(resolved, { events: [opened, rated] })
  assert.deepEqual([said.rating?.choice, said.rating?.comment, said.outcome?.yes], ['bad', 'Too slow.', null])
  assert.match(renderPage(said), /You said: we did not help you well\./)
  const again = pageOf(resolved, { events: [opened, rated, event(1, byAna, { kind: 'reopened' })] })
  assert.equal(again.rating?.said, null)
})

test('links to files at the end of a text go, because the files stand below it', () => {
  const [first] = files
  assert.ok(first)
  const answer = event(
    1,
    byBruno,
    { kind: 'replied', text: 'Here.\n\n[beamer.jpg](/uploads/0123456789abcdef0123456789abcdef/beamer.jpg)' },
    { source: 'note:9' },
  )
  const page = pageOf({}, { events: [opened, answer], fileSources: new Map([[first.id, 'note:9']]) })
  assert.equal(page.conversation.at(-1)?.bodyHtml.trim(), '<p>Here.</p>')
  assert.deepEqual(
    page.conversation.at(-1)?.files.map(({ url }) => url),
    ['/t/token/files/1'],
  )
})

test('what Ana wrote is not lost when her ticket was resolved or closed to her meanwhile', () => {
  const form = { form: 'reply', key: 'key-of-before', text: 'Wait!', choice: null, problem: 'No.' } as const
  const resolved = pageOf({ state: 'resolved', resolvedAt: now }, { form })
  assert.deepEqual(
    [resolved.outcome?.no.value, resolved.outcome?.no.problem, resolved.outcome?.no.open, resolved.leftOver],
    ['Wait!', 'No.', true, null],
  )
  const late = { state: 'resolved', resolvedAt: now - context().desk.mail.reopenWithin - 1 } as const
  assert.deepEqual(pageOf(late, { form }).leftOver, { problem: 'No.', text: 'Wait!' })
  assert.match(renderPage(pageOf(late, { form })), /Wait!/)
})
