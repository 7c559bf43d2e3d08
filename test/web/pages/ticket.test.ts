import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Ticket } from '../../../src/domain/ticket.ts'
import type { PageContext } from '../../../src/web/page.ts'
import { ticketPage } from '../../../src/web/pages/ticket.ts'
import { renderPage } from '../../../src/web/rendering.ts'
import {
  ana,
  bruno,
  carla,
  context,
  davi,
  event,
  files,
  members,
  now,
  story,
  ticket,
  troubles,
} from './believable.ts'

let fresh = 1_000

/** A ticket of its own revision each time, so that nothing remembered is in the way. */
const pageOf = (
  more: Partial<Ticket> = {},
  ctx: PageContext = context(),
  rest: Partial<Parameters<typeof ticketPage>[1]> = {},
) =>
  ticketPage(ctx, {
    ticket: ticket({ revision: fresh++, ...more }),
    events: story,
    operations: [],
    files,
    members,
    newKey: 'fresh-key',
    ...rest,
  })

const offers = (more: Partial<Ticket>, viewer: PageContext['viewer']) =>
  pageOf(more, context({ viewer })).composer.map((tab) => tab.id)

test('a Level 1 agent is offered escalate but not hand back', () => {
  assert.deepEqual(offers({}, bruno), ['reply', 'note', 'escalate', 'resolve'])
  assert.deepEqual(offers({ level: 2 }, bruno), ['reply', 'note', 'escalate', 'resolve'])
})

test('a specialist is offered hand back from Level 2 on, a lead too', () => {
  assert.deepEqual(offers({}, carla), ['reply', 'note', 'escalate', 'resolve'])
  assert.deepEqual(offers({ level: 2 }, carla), ['reply', 'note', 'escalate', 'hand-back', 'resolve'])
  assert.ok(offers({ level: 2 }, davi).includes('hand-back'))
})

test('from the last level nobody can escalate', () => {
  assert.ok(!offers({ level: 3 }, davi).includes('escalate'))
})

test('a resolved ticket is offered to be reopened, and only replies and notes besides', () => {
  const page = pageOf({ state: 'resolved', awaitingSince: null, resolvedAt: now })
  assert.equal(page.reopen?.action, '/issues/42/reopen')
  assert.deepEqual(
    page.composer.map((tab) => tab.id),
    ['reply', 'note'],
  )
  assert.equal(page.facts.waiting, null)
})

test('who is no agent is offered nothing', () => {
  const page = pageOf({}, context({ viewer: ana }))
  assert.deepEqual(page.composer, [])
  assert.equal(page.facts.category.select, null)
  assert.equal(page.facts.assignee.select, null)
  assert.equal(page.facts.assignee.take, null)
})

test('a reply and an internal note differ in label, button and who sees them', () => {
  const [reply, note] = pageOf().composer
  assert.equal(reply?.button, 'Send to Ana Lindqvist')
  assert.equal(reply?.audience, 'Ana Lindqvist sees this.')
  assert.equal(note?.button, 'Save internal note')
  assert.equal(note?.audience, 'Only agents see this. Ana Lindqvist does not.')
  const german = pageOf({}, context({ locale: 'de' })).composer
  assert.deepEqual(
    german.slice(0, 2).map((tab) => tab.button),
    ['An Ana Lindqvist senden', 'Interne Notiz speichern'],
  )
})

test('every form sends its key, and moves say from which level', () => {
  const html = renderPage(pageOf({ level: 2 }, context({ viewer: carla })))
  const form = (action: string) =>
    new RegExp(`<form[^>]*action="/issues/42/${action}".*?</form>`, 's').exec(html)?.[0] ?? ''
  for (const action of ['replies', 'notes', 'escalate', 'hand-back', 'resolve'])
    assert.match(form(action), /name="key" value="fresh-key"/, action)
  for (const action of ['escalate', 'hand-back']) assert.match(form(action), /name="from" value="2"/, action)
  assert.match(form('replies'), /<textarea[^>]*name="body"/)
  assert.match(form('escalate'), /<textarea[^>]*name="reason"/)
  assert.match(form('resolve'), /<textarea[^>]*name="answer"/)
})

test('a form that comes back is open, with what was typed and what is wrong', () => {
  const page = pageOf({}, context(), {
    form: {
      form: 'escalate',
      state: { values: { reason: 'BX <4471>' }, errors: { '': 'Somebody was quicker.' } },
    },
  })
  const tab = page.composer.find((one) => one.checked)
  assert.equal(tab?.id, 'escalate')
  assert.equal(tab?.error, 'Somebody was quicker.')
  assert.match(renderPage(page), /BX &lt;4471&gt;<\/textarea>/)
})

test('what was wrong with a form beside the conversation stands above it', () => {
  const page = pageOf({}, context(), {
    form: { form: 'branch', state: { values: {}, errors: { '': 'No branch here.' } } },
  })
  assert.equal(page.problem, 'No branch here.')
  assert.match(renderPage(page), /role="alert".*No branch here\./s)
})

test('assignees at Level 2 are those who can push the fix; whoever has it stays visible', () => {
  const names = (more: Partial<Ticket>) => pageOf(more).facts.assignee.select?.options.map((one) => one.label)
  assert.deepEqual(names({}), ['Nobody', 'Bruno Keller', 'Carla Moreau', 'Davi Sousa'])
  assert.deepEqual(names({ level: 2 }), ['Nobody', 'Carla Moreau', 'Davi Sousa'])
  assert.deepEqual(names({ level: 2, assignee: 'gone' }), ['Nobody', 'gone', 'Carla Moreau', 'Davi Sousa'])
})

test('an agent who may not work at this level is not offered to take it', () => {
  assert.equal(pageOf({ level: 2 }, context({ viewer: bruno })).facts.assignee.take, null)
  assert.equal(pageOf({ level: 2 }, context({ viewer: carla })).facts.assignee.take?.username, 'carla')
})

test('the timeline tells who did what, and what was done in GitLab itself', () => {
  const html = pageOf().timelineHtml
  for (const words of [
    'escalated this to Level 2',
    'handed this back to Level 1',
    'replied to Ana Lindqvist',
    'took this',
    'moved this from Level 1 to Level 2',
    'in GitLab',
    '!77 Firmware 2.1 for beamers',
  ])
    assert.ok(html.includes(words), words)
  assert.ok(html.indexOf('asked') < html.indexOf('escalated'))
})

test('a ticket and its duplicate say in the timeline which the other is', () => {
  const davi = { kind: 'agent', name: 'Davi Sousa', username: 'davi' } as const
  const marked = event(2, davi, { kind: 'marked-duplicate', of: 12 }, { byHand: true })
  const has = event(1, davi, { kind: 'has-duplicate', duplicate: 15 }, { byHand: true })
  const html = pageOf({}, context(), { events: [...story, marked, has] }).timelineHtml
  assert.match(html, /Davi Sousa<\/strong> <span>marked this as a duplicate of #12/)
  assert.match(html, /Davi Sousa<\/strong> <span>marked #15 as a duplicate of this/)
})

test('what is hidden in the timeline stays hidden', () => {
  const secret = event(
    1,
    { kind: 'bot', name: '' },
    { kind: 'label-added', label: 'never-shown' },
    { hidden: true },
  )
  assert.doesNotMatch(pageOf({}, context(), { events: [...story, secret] }).timelineHtml, /never-shown/)
})

test('internal texts say that only agents see them, replies say who does', () => {
  const html = pageOf().timelineHtml
  assert.equal(html.match(/Internal: only agents see this/g)?.length, 3)
  assert.equal(html.match(/Ana Lindqvist sees this/g)?.length, 1)
})

test('what a robot comments is not said to be seen by the requester', () => {
  const robot = event(1, { kind: 'bot', name: 'pipeline' }, { kind: 'replied', text: 'It is green.' })
  const html = pageOf({}, context(), { events: [robot] }).timelineHtml
  assert.match(html, /pipeline<\/strong> <span>wrote/)
  assert.doesNotMatch(html, /sees this|replied to/)
})

test('HTML that people wrote is shown as text, and their links cannot reach back', () => {
  const html = pageOf({
    text: '<script>alert(1)</script> <img src=x onerror=alert(2)> [x](javascript:alert(3)) [y](https://evil.example/)',
    title: '<b>bold</b>',
  })
  const page = renderPage(html)
  assert.doesNotMatch(page, /<script>alert|<img src=x|href="javascript|<b>bold/)
  assert.match(page, /<a href="https:\/\/evil\.example\/" rel="nofollow noopener noreferrer">y<\/a>/)
})

test('pictures come through Belay only', () => {
  const html = pageOf({
    text: '![own](/uploads/0123456789abcdef/beamer.jpg) ![track](https://evil.example/pixel.gif) ![other](/uploads/ffff/secret.png) [file](/uploads/ffff/secret.pdf)',
  }).timelineHtml
  assert.match(html, /<img src="\/issues\/42\/files\/1"/)
  assert.doesNotMatch(html, /evil\.example\/pixel|\/uploads\//)
})

test('a picture of the opening is shown in its place, another file is named', () => {
  const html = pageOf().timelineHtml
  assert.match(
    html,
    /<a class="file-picture" href="\/issues\/42\/files\/1"[^>]*><img src="\/issues\/42\/files\/1" alt="beamer\.jpg" loading="lazy"><\/a>/,
  )
  assert.match(html, /<a href="\/issues\/42\/files\/2">.*a very long name of a protocol/)
  const told = pageOf({ text: '![the beamer](/uploads/0123456789abcdef/beamer.jpg)' }).timelineHtml
  assert.equal(told.match(/<img /g)?.length, 2, 'once in the opening, once in a reply')
  const evil = { ...files[0], name: '"><script>.png' } as (typeof files)[0]
  assert.doesNotMatch(pageOf({}, context(), { files: [evil] }).timelineHtml, /<script>/)
})

test('an enormous text is shown as it is', () => {
  const html = pageOf({ text: `${'[a]('.repeat(40_000)}<i>` }).timelineHtml
  assert.match(html, /<pre>\[a\]\(/)
  assert.match(html, /&lt;i&gt;/)
})

test('what was printed for one revision is not shown for the next', () => {
  const first = pageOf({ revision: 500, text: 'before' })
  const same = pageOf({ revision: 500, text: 'before' })
  const next = pageOf({ revision: 501, text: 'after' })
  assert.equal(first.timelineHtml, same.timelineHtml)
  assert.match(next.timelineHtml, /after/)
  assert.match(
    pageOf({ revision: 500, text: 'before' }, context({ locale: 'de' })).timelineHtml,
    /hat gefragt/,
  )
})

test('what GitLab does not know yet is listed with its reason and what to do next', () => {
  const page = pageOf({}, context(), { operations: troubles })
  assert.deepEqual(
    page.operations.map((line) => line.state),
    ['stuck', 'unknown', 'queued'],
  )
  const html = renderPage(page)
  assert.match(html, /403 Forbidden: labels is invalid/)
  assert.match(html, /Ask Davi[^<.]* to send it again/)
  const leaderless = pageOf({}, context(), { operations: troubles, members: [] })
  assert.match(renderPage(leaderless), /Tell whoever leads this desk/)
  assert.doesNotMatch(html, /retry/)
})

test('a lead can send a stuck operation again or give it up', () => {
  const page = pageOf({}, context({ viewer: davi, operationsUrl: '/operations' }), { operations: troubles })
  const [stuck, unknown] = page.operations
  assert.equal(stuck?.retryUrl, `/operations/${stuck?.id}/retry`)
  assert.equal(unknown?.retryUrl, null)
  const agents = pageOf({}, context({ operationsUrl: '/operations' }), { operations: troubles })
  assert.equal(agents.operations[0]?.retryUrl, null)
})

test('a branch that is missing says why, with one button; a category without branches has none', () => {
  const missing = pageOf({ level: 2, branch: { state: 'missing', why: 'empty-repository' } }).facts.branch
  assert.deepEqual(missing?.kind === 'missing' && missing.action, '/issues/42/branch')
  const off = pageOf({ level: 2, category: 'Gitlab Account', branch: null }).facts.branch
  assert.deepEqual(off, { kind: 'missing', why: 'Tickets of this category get no branch.', action: null })
  assert.equal(pageOf().facts.branch, null)
})

test('escalating a ticket says whether a branch is made', () => {
  const words = (more: Partial<Ticket>) =>
    pageOf(more).composer.find((tab) => tab.id === 'escalate')?.audience ?? ''
  assert.match(words({}), /makes the branch/)
  assert.doesNotMatch(words({ category: 'Gitlab Account' }), /branch/)
  assert.doesNotMatch(words({ branch: { state: 'made', name: '42-x', url: null } }), /branch/)
})

test('handing back says who gets it', () => {
  const tab = pageOf({ level: 2, formerAssignee: 'bruno' }, context({ viewer: carla })).composer.find(
    (one) => one.id === 'hand-back',
  )
  assert.match(tab?.audience ?? '', /where Bruno Keller had it before/)
})

test('a ticket without a number posts to its id', () => {
  const page = pageOf({ iid: null, url: null })
  assert.equal(page.composer[0]?.action, `/issues/${ticket().id}/replies`)
  assert.match(renderPage(page), /on its way/)
})

test('a requester whose name cannot be read is called unknown', () => {
  const html = renderPage(pageOf({ requester: { name: '', email: null, username: null } }))
  assert.match(html, /Send to Unknown requester/)
})

test('how long somebody waits reads well inside a sentence', () => {
  const words = (milliseconds: number, locale: 'en' | 'de') =>
    pageOf({ awaitingSince: now - milliseconds }, context({ locale })).waits?.text
  assert.equal(words(20_000, 'en'), 'Ana Lindqvist has waited on us for less than a minute')
  assert.equal(words(3 * 3_600_000, 'en'), 'Ana Lindqvist has waited on us for 3 hours')
  assert.equal(words(3 * 86_400_000, 'de'), 'Ana Lindqvist wartet seit 3 Tagen auf uns')
})

test('an address cannot add anything to the mail that is written to it', () => {
  const email = 'ana@school.example?bcc=x@evil.example&body=hi'
  const { mailto } = pageOf({ requester: { name: 'Ana', email, username: null } }).facts.requester
  assert.equal(mailto, 'mailto:ana@school.example%3Fbcc%3Dx%40evil.example%26body%3Dhi')
})
