import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TicketQuery } from '../../../src/application/ports.ts'
import { dashboardPage, dashboardUrl } from '../../../src/web/pages/dashboard.ts'
import { inLanguage } from '../../../src/web/pages/layout.ts'
import { renderPage } from '../../../src/web/rendering.ts'
import { backlog, context, counts, davi, members, now, page, query, queue, summary } from './believable.ts'

const dashboard = (more: Partial<Parameters<typeof dashboardPage>[1]> = {}, ctx = context()) =>
  dashboardPage(ctx, { query: query(), page: page(), counts, backlog, members, ...more })

const rowOf = (html: string, title: string): string => {
  const row = html.split('<tr class="row').find((part) => part.includes(title))
  assert.ok(row, `no line for ${title}`)
  return row
}

test('each ticket is one line with its number, state in a word and a shape, requester, level and who has it', () => {
  const html = renderPage(dashboard({ query: query({ view: 'all' }) }))
  assert.equal(html.split('<tr class="row').length - 1, 25)
  const row = rowOf(html, 'Cannot push to the group')
  assert.match(row, /href="\/issues\/1393"/)
  assert.match(row, /#state-open"\/><\/svg><span>Open<\/span>/)
  for (const word of ['Yusuf Demir', 'Level 1', 'Carla Moreau', '44 h']) assert.ok(row.includes(word), word)
})

test('the view of one level does not say the level on every line', () => {
  const html = (view: TicketQuery['view']) => renderPage(dashboard({ query: query({ view }) }))
  for (const [view, shown] of [
    ['all', true],
    ['level-1', false],
    ['mine', true],
  ] as const) {
    assert.equal(/<th class="c-level"/.test(html(view)), shown, view)
    assert.equal(/<td class="c-level"/.test(html(view)), shown, view)
  }
})

test('a ticket that GitLab does not know yet says so and has a link all the same', () => {
  const row = rowOf(renderPage(dashboard()), 'Cannot see my own tickets')
  assert.match(row, /on its way/)
  assert.match(row, /href="\/issues\/0198c0de-/)
})

test('a ticket with something stuck says so in words', () => {
  assert.match(rowOf(renderPage(dashboard()), 'Password reset'), /stuck/)
  assert.match(rowOf(renderPage(dashboard({}, context({ locale: 'de' }))), 'Password reset'), /hängt fest/)
})

test('a title with HTML in it is shown as text', () => {
  const evil = summary({
    id: 'evil',
    title: '<script>alert(1)</script>" onmouseover="x',
    requester: { name: '<b>Mallory</b>', email: null, username: null },
    category: '"><img src=x>',
    assignee: '<i>',
  })
  const html = renderPage(dashboard({ page: page({ tickets: [evil] }) }))
  assert.doesNotMatch(html, /<script>|<b>Mallory|<img|<i>/)
  assert.doesNotMatch(html, /" onmouseover/)
  assert.match(html, /&lt;script&gt;alert\(1\)/)
})

test('a search with HTML in it is shown as text wherever it comes back', () => {
  const html = renderPage(
    dashboard({ query: query({ words: '"><script>' }), page: page({ tickets: [], next: null }) }),
  )
  assert.doesNotMatch(html, /"><script>/)
})

test('the waiting time is coarse, and says the exact instant on the side', () => {
  const at = (milliseconds: number) =>
    renderPage(
      dashboard({
        page: page({ tickets: [summary({ id: `w${milliseconds}`, awaitingSince: now - milliseconds })] }),
      }),
    )
  assert.match(at(20_000), /datetime="2026-11-20T09:29:40.000Z"[^>]*>now</)
  assert.match(at(5 * 60_000), />5 min</)
  assert.match(at(3 * 3_600_000), />3 h</)
  assert.match(at(50 * 3_600_000), />2 d</)
  assert.match(
    renderPage(
      dashboard(
        { page: page({ tickets: [summary({ id: 'd', awaitingSince: now - 50 * 3_600_000 })] }) },
        context({ locale: 'de' }),
      ),
    ),
    />2 Tage</,
  )
})

test('a line printed before is printed anew when the ticket, its delivery or its age has changed', () => {
  const lineOf = (more: Parameters<typeof summary>[0], ctx = context()) =>
    renderPage(dashboard({ page: page({ tickets: [summary({ id: 'same', ...more })] }) }, ctx))
  assert.match(lineOf({}), />3 h</)
  assert.match(lineOf({}, context({ now: now + 3_600_000 })), />4 h</)
  assert.match(lineOf({ delivery: 'stuck' }), /stuck/)
  assert.match(lineOf({ revision: 8, title: 'Renamed' }), /Renamed/)
  assert.match(lineOf({ replies: 3 }), /3 replies/)
  assert.match(lineOf({}, context({ locale: 'de' })), />3 Std\.</)
  assert.match(lineOf({ assignee: 'bruno' }), /Bruno Keller/)
  assert.match(lineOf({ awaitingSince: null }), /answered/)
  assert.match(lineOf({ awaitingSince: null }, context({ locale: 'de' })), /beantwortet/)
})

test('a line never comes from another desk', () => {
  const ctx = context()
  const other = { ...ctx, desk: { ...ctx.desk, levels: [{ name: 'Front desk', label: 'x' }] } }
  const tickets = page({ tickets: [summary({ id: 'desk' })] })
  renderPage(dashboard({ page: tickets }, ctx))
  assert.match(renderPage(dashboard({ page: tickets }, other)), /Front desk/)
})

test('every view has its number, the current one is marked', () => {
  const { layout } = dashboard({ query: query({ view: 'mine' }) })
  assert.deepEqual(
    layout.nav.map((item) => [item.label, item.count]),
    [
      ['Level 1', '31'],
      ['Level 2', '7'],
      ['Level 3', '0'],
      ['Mine', '4'],
      ['Unassigned', '12'],
      ['Waiting', '9'],
      ['Resolved', '12k'],
      ['All tickets', '12k'],
      ['Figures', null],
    ],
  )
  assert.deepEqual(
    layout.nav.filter((item) => item.current).map((item) => item.label),
    ['Mine'],
  )
})

test('each active filter is a chip that takes only itself away', () => {
  const { chips, clearUrl } = dashboard({
    query: query({ view: 'all', category: 'Gitlab Account', assignee: '', words: 'a&b', cursor: 'xyz' }),
  })
  assert.deepEqual(
    chips.map((chip) => [chip.label, chip.removeUrl]),
    [
      ['“a&b”', '/issues?view=all&category=Gitlab%20Account&assignee=-'],
      ['Gitlab Account', '/issues?view=all&assignee=-&q=a%26b'],
      ['Nobody', '/issues?view=all&category=Gitlab%20Account&q=a%26b'],
    ],
  )
  assert.equal(clearUrl, '/issues?view=all')
})

test('the next page keeps view and filters', () => {
  const { nextUrl, previousUrl } = dashboard({
    query: query({ level: 2 }),
    page: page({ next: 'a/b', previous: null }),
  })
  assert.equal(nextUrl, '/issues?view=level-1&level=2&cursor=a%2Fb')
  assert.equal(previousUrl, null)
})

test('an empty queue, an empty search and an empty filter each help differently', () => {
  const none = page({ tickets: [], next: null })
  const of = (more: Partial<TicketQuery>) => dashboard({ page: none, query: query(more) }).empty
  assert.equal(of({})?.heading, 'Nobody waits at Level 1')
  assert.equal(of({ words: 'unicorn' })?.link?.url, '/issues?view=all&q=unicorn')
  assert.equal(of({ category: 'Hardware' })?.link?.url, '/issues?view=level-1')
  assert.equal(of({ cursor: 'old' })?.link?.url, '/issues?view=level-1')
  assert.equal(dashboard().empty, null)
})

test('a search says how many older tickets are not read yet', () => {
  const unread = { ...backlog, unread: 1204 }
  assert.match(
    dashboard({ query: query({ words: 'x' }), backlog: unread }).remarks.join(),
    /1,204 older tickets/,
  )
  assert.deepEqual(dashboard({ backlog: unread }).remarks, [])
})

test('a search says how many tickets it does not know yet', () => {
  const unsearched = { ...backlog, unsearched: 87_000 }
  assert.match(
    dashboard({ query: query({ words: 'x' }), backlog: unsearched }).remarks.join(),
    /words of 87,000 older tickets/,
  )
  assert.deepEqual(dashboard({ backlog: unsearched }).remarks, [])
})

test('the page tells when GitLab does not answer, and when it no longer lets us in', () => {
  const down = dashboard(
    {},
    context({ connection: { state: 'down', lastAnswerAt: now - 7 * 60_000, reading: null } }),
  )
  assert.match(
    renderPage(down),
    /GitLab has not answered for 7 minutes\. What you do is saved and sent later\./,
  )
  const out = dashboard(
    {},
    context({ connection: { state: 'unauthorised', lastAnswerAt: null, reading: null } }),
  )
  assert.match(renderPage(out), /no longer accepts Belay&#39;s token/)
  assert.equal(dashboard().layout.banner, null)
})

test('leads find the way to what GitLab was not told, others do not', () => {
  const urls = (viewer = davi) =>
    dashboard({}, context({ viewer, operationsUrl: '/operations' })).layout.nav.map((item) => item.url)
  assert.ok(urls().includes('/operations'))
  assert.ok(!urls({ ...davi, role: 'specialist' }).includes('/operations'))
})

test('the other language is the same page', () => {
  assert.equal(inLanguage('/issues?view=all&q=a%26b&lang=en', 'de'), '/issues?view=all&q=a%26b&lang=de')
  assert.equal(inLanguage('/open-issue', 'de'), '/open-issue?lang=de')
})

test('the address says every part of the question', () => {
  assert.equal(
    dashboardUrl(query({ view: 'level-2', state: 'waiting', assignee: 'carla', words: 'ä b' })),
    '/issues?view=level-2&state=waiting&assignee=carla&q=%C3%A4%20b',
  )
})

test('tickets of the list are never changed by showing them', () => {
  const before = structuredClone(queue)
  dashboard()
  assert.deepEqual(queue, before)
})
