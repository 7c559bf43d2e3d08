import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FormState } from '../../../src/web/page.ts'
import { messagePage } from '../../../src/web/pages/message.ts'
import type { OpenTicketField } from '../../../src/web/pages/open-ticket.ts'
import { openTicketPage } from '../../../src/web/pages/open-ticket.ts'
import { renderPage } from '../../../src/web/rendering.ts'
import { ana, bruno, context, desk, queue } from './believable.ts'

const anonymous = context({ viewer: null, url: '/open-issue' })
const formOf = (form: Partial<FormState<OpenTicketField>>, ctx = anonymous) =>
  openTicketPage(ctx, { form: { values: {}, errors: {}, ...form } })

test('nothing typed is lost, and each wrong field says why beside it', () => {
  const html = renderPage(
    formOf({
      values: {
        title: '',
        description: 'It <b>broke</b>\n\nat "noon"',
        category: 'Hardware',
        name: 'Ana',
        email: 'ana@',
        key: 'k-1',
      },
      errors: { title: 'Please fill this in.', email: 'Not an address.' },
    }),
  )
  assert.match(html, /It &lt;b&gt;broke&lt;\/b&gt;\n\nat &#34;noon&#34;<\/textarea>/)
  assert.match(html, /value="Hardware" checked/)
  assert.match(html, /name="key" value="k-1"/)
  assert.match(html, /id="title"[^>]*aria-describedby="problem-title hint-title" aria-invalid="true"/)
  assert.match(html, /id="email"[^>]*aria-describedby="problem-email hint-email" aria-invalid="true"/)
  assert.match(html, /<a href="#title">Title: Please fill this in\.<\/a>/)
  assert.doesNotMatch(html, /id="name"[^>]*aria-invalid/)
})

test('the form sends files and exactly the fields that are agreed', () => {
  const html = renderPage(formOf({}))
  assert.match(html, /<form[^>]*action="\/open-issue"[^>]*enctype="multipart\/form-data"/)
  const names = new Set(
    [...html.matchAll(/<(?:input|textarea)[^>]* name="([^"]+)"/g)].map((match) => match[1]),
  )
  assert.deepEqual([...names].sort(), ['category', 'description', 'email', 'files', 'key', 'name', 'title'])
})

test('the title decides where nobody chose a category', () => {
  const cards = formOf({}).category.cards
  assert.deepEqual(
    cards.map((card) => [card.value, card.checked]),
    [
      ['Hardware', false],
      ['Gitlab Account', false],
      ['', true],
    ],
  )
})

test('the title says that a word in brackets sets the category, of which there must be one', () => {
  assert.match(formOf({}).title.hint, /^Such as “\[Hardware\] Projector/)
  const bare = { ...anonymous, desk: { ...desk, categories: [] } }
  assert.equal(formOf({}, bare).title.hint, 'Such as “Projector in room 204 stays black”.')
})

test('every card says what it is about: in the words of belay.yaml, else in ours for the two we know', () => {
  const cards = (locale: 'en' | 'de', ids: readonly string[], help: string) => {
    const categories = desk.categories.map((one, index) => ({ ...one, id: ids[index] ?? one.id, help }))
    return formOf({}, context({ viewer: null, locale, desk: { ...desk, categories } })).category.cards
  }
  const ours = ['Hardware', 'Gitlab Account']
  for (const locale of ['en', 'de'] as const)
    for (const { label, help } of cards(locale, ours, ''))
      assert.match(help, /^[A-ZÄÖÜ].*[a-zä].*[.]/u, `${locale} ${label}`)
  assert.match(cards('en', ours, '')[1]?.help ?? '', /^Signing in/)
  assert.match(cards('de', ours, '')[1]?.help ?? '', /^Anmeldung/)
  assert.equal(cards('en', ours, 'Beamers only')[0]?.help, 'Beamers only')
  assert.equal(cards('en', ['Catering'], '')[0]?.help, '')
})

test('strangers give name and address, agents are filled in and may open for somebody else', () => {
  assert.equal(formOf({}).person.emailRequired, true)
  const agent = formOf({}, context({ viewer: bruno })).person
  assert.equal(agent.name.value, 'Bruno Keller')
  assert.equal(agent.emailRequired, false)
  assert.equal(agent.open, false)
  assert.equal(formOf({ values: { name: 'Ana' } }, context({ viewer: bruno })).person.open, true)
})

test('open tickets that sound alike are shown to agents only', () => {
  const of = (viewer: typeof bruno | typeof ana | null) =>
    openTicketPage(context({ viewer }), { form: { values: {}, errors: {} }, similar: queue.slice(0, 3) })
  assert.equal(of(bruno).similar?.tickets.length, 3)
  for (const viewer of [null, ana]) {
    assert.equal(of(viewer).similar, null)
    assert.ok(!of(viewer).layout.scripts.includes('similar.js'))
  }
})

test('strangers and requesters see no views, no search and nothing of GitLab being down', () => {
  const down = { state: 'down', lastAnswerAt: null, reading: { done: 1, total: 2 } } as const
  for (const viewer of [null, ana]) {
    const { layout } = formOf({}, context({ viewer, connection: down }))
    assert.deepEqual([layout.nav, layout.search, layout.banner, layout.reading], [[], null, null, null])
  }
})

test('a refusal page says what the rule said and leads back to the ticket', () => {
  const model = messagePage(context(), {
    kind: 'refused',
    refusal: { refused: true, code: 'top-level', particulars: { name: 'Level 3' } },
    backUrl: '/issues/42',
  })
  assert.equal(model.status, 409)
  assert.match(model.text, /^Level 3 is the last level/)
  assert.deepEqual(
    model.actions.map((action) => action.url),
    ['/issues/42', '/issues'],
  )
})

test('a stranger on a page that is not theirs is offered to sign in, a desk with a closed form offers no form', () => {
  const closed = { ...anonymous, desk: { ...desk, form: { ...desk.form, public: false } } }
  assert.deepEqual(
    messagePage(closed, { kind: 'forbidden' }).actions.map((action) => action.url),
    ['/sign-in'],
  )
})
