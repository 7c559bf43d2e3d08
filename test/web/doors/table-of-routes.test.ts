// Who may use which address. Every route of the app is walked with every kind of visitor; one that
// stands in no expectation here fails, so that nobody adds an address without saying for whom.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMailParser } from '../../../src/adapters/mail/parser.ts'
import { createApp } from '../../../src/web/app.ts'
import { routes } from '../../../src/web/routes.ts'
import { openDoor } from '../../support/door.ts'
import { keepHeld } from '../../support/held.ts'
import { keepMail, rawMail } from '../../support/mails.ts'
import { nine } from '../../support/tickets.ts'
import { wideFloodLimits } from '../../support/wide-limits.ts'

const who = ['nobody', 'requester', 'bruno', 'carla', 'davi'] as const

const page = [303, 403, 200, 200, 200]
/** Whoever may not see tickets finds none: the same answer for one that exists and one that does not. */
const ofTicket = [303, 404, 200, 200, 200]
const action = [403, 404, 303, 303, 303]
/** Where nobody is mailed the link is shown to whoever made it. */
const ofMade = [403, 404, 200, 200, 200]
const leads = [303, 403, 403, 403, 200]
const open = [200, 200, 200, 200, 200]

/** method and path → status for nobody, a requester, Bruno, Carla and Davi. */
const expected: Record<string, readonly number[]> = {
  'get /issues': page,
  'get /issues/news': page,
  'get /issues/stream': page,
  'get /issues/:ref': ofTicket,
  'get /issues/:ref/files/:n': [303, 404, 404, 404, 404],
  'post /issues/:ref/escalate': action,
  'post /issues/:ref/hand-back': [403, 404, 409, 303, 303],
  'post /issues/:ref/resolve': action,
  'post /issues/:ref/reopen': [403, 404, 409, 409, 409],
  'post /issues/:ref/replies': action,
  'post /issues/:ref/notes': action,
  'post /issues/:ref/category': action,
  'post /issues/:ref/assignee': action,
  'post /issues/:ref/waiting': action,
  'post /issues/:ref/branch': action,
  'post /issues/:ref/new-link': ofMade,
  'get /issues/:ref/mails/:id': ofTicket,
  'get /issues/:ref/mails/:id/html': ofTicket,
  'get /issues/:ref/figures': ofTicket,
  'get /kpi': page,
  'get /kpi.csv': page,
  'get /kpi.json': page,
  'get /kpi/tickets': page,
  'get /kpi/tickets.csv': page,
  'get /kpi/:chart.svg': ofTicket,
  'get /kpi/:chart.csv': ofTicket,
  'get /mail': leads,
  'get /mail/:id': [303, 404, 404, 404, 200],
  'get /mail/:id/source': [303, 404, 404, 404, 200],
  'post /mail/:id/replay': [403, 404, 404, 404, 303],
  'post /mail/:id/open': [403, 404, 404, 404, 303],
  'post /mail/:id/accept': action,
  'get /notices': page,
  'post /notices': [403, 403, 303, 303, 303],
  'get /held': leads,
  'post /held/drop': [403, 403, 403, 403, 303],
  'post /held/:id/open': [403, 404, 404, 404, 303],
  'post /held/:id/drop': [403, 404, 404, 404, 303],
  'get /operations': leads,
  'post /operations/:id/retry': [403, 404, 404, 404, 303],
  'post /operations/:id/drop': [403, 404, 404, 404, 303],
  'get /requesters': leads,
  'post /requesters/export': [403, 403, 403, 403, 200],
  'get /requesters/erase': [303, 403, 403, 403, 422],
  'post /requesters/erase': [403, 403, 403, 403, 303],
  'get /erasures/:id': [303, 404, 404, 404, 200],
  'post /erasures/:id/seen': [403, 404, 404, 404, 303],
  'get /audit': leads,
  'get /audit.csv': leads,
  'get /': [303, 303, 303, 303, 303],
  'get /open-issue': open,
  'post /open-issue': [422, 422, 422, 422, 422],
  'get /open-issue/held': open,
  'get /open-issue/similar': page,
  'get /t/:token': [404, 404, 404, 404, 404],
  'get /t/:token/files/:n': [404, 404, 404, 404, 404],
  'post /t/:token/replies': [404, 404, 404, 404, 404],
  'post /t/:token/solved': [404, 404, 404, 404, 404],
  'post /t/:token/satisfaction': [404, 404, 404, 404, 404],
  'post /t/:token/new-link': [404, 404, 404, 404, 404],
  'get /my-tickets': open,
  'post /my-tickets/sign-in': [303, 303, 303, 303, 303],
  'get /my-tickets/sign-in': [303, 303, 303, 303, 303],
  'get /my-tickets/sign-in/:token': [404, 404, 404, 404, 404],
  'post /my-tickets/sign-in/:token': [404, 404, 404, 404, 404],
  'post /my-tickets/sign-out': [303, 303, 303, 303, 303],
  'get /sign-in': [200, 303, 303, 303, 303],
  'get /sign-in/gitlab': [302, 302, 302, 302, 302],
  'get /auth/gitlab/callback': [400, 400, 400, 400, 400],
  'post /sign-out': [303, 303, 303, 303, 303],
  'post /hooks/gitlab': [401, 401, 401, 401, 401],
  'get /healthz': open,
  'get /readyz': open,
  'get /metrics': open,
}

const fields: Record<string, Record<string, string>> = {
  'post /issues/:ref/escalate': { from: '1', reason: 'x' },
  'post /issues/:ref/hand-back': { from: '2', reason: 'x' },
  'post /issues/:ref/replies': { body: 'x' },
  'post /issues/:ref/notes': { body: 'x' },
  'post /issues/:ref/category': { category: 'Hardware' },
  'post /issues/:ref/assignee': { assignee: '' },
  'post /issues/:ref/waiting': { waiting: 'on' },
  'post /requesters/export': { address: 'ana@school.example' },
  'post /requesters/erase': { address: 'nobody@school.example', confirm: 'nobody@school.example' },
  'post /notices': { wish: 'mine', address: 'agent@desk.example', language: 'en' },
}

const levelFor = (name: string): number => (name === 'post /issues/:ref/hand-back' ? 2 : 1)

test('every route stands in this table, and every line here is a route', () => {
  assert.deepEqual(routes.map(({ method, path }) => `${method} ${path}`).sort(), Object.keys(expected).sort())
})

test('the app answers nothing but the table and its assets', async () => {
  await using door = await openDoor()
  type Layer = { readonly route?: { readonly path: string; readonly methods: Record<string, boolean> } }
  const app = createApp(door.options)
  const layers: readonly Layer[] = app.router.stack as unknown as readonly Layer[]
  const answered = layers.flatMap(({ route }) =>
    route ? Object.keys(route.methods).map((method) => `${method} ${route.path}`) : [],
  )
  assert.deepEqual(answered.sort(), Object.keys(expected).sort())
})

test('nobody gets further than the table says', async (t) => {
  const mailParser = createMailParser()
  t.after(() => mailParser.close())
  await using door = await openDoor({
    members: { requester: 'requester' },
    parts: { mailParser },
    // Everybody begins to sign in here over and over.
    options: { floodLimits: wideFloodLimits },
  })
  for (const [name, statuses] of Object.entries(expected))
    await t.test(name, async () => {
      const [method = '', path = ''] = name.split(' ')
      for (const [index, somebody] of who.entries()) {
        const ticket = await door.keep({ level: levelFor(name), branch: null, openedAt: nine })
        const stuck = path.startsWith('/operations/') ? await door.keepStuck(ticket) : ''
        if (path.startsWith('/erasures/'))
          await door.store.write((writer) =>
            writer.beginErasure({ id: 'e-1', at: nine, by: 'davi', whom: '' }),
          )
        const mail = path.includes('/mail')
          ? await keepMail(door.store, {
              ...(path.startsWith('/issues') || path.endsWith('/accept') ? { ticketId: ticket.id } : {}),
              ...(path.endsWith('/accept') ? { state: 'appended', reason: 'unverified' } : {}),
              source: rawMail({ html: '<p>It is still black.</p>' }),
            })
          : null
        const held = path.startsWith('/held/:id') ? (await keepHeld(door.store)).id : ''
        const address = path
          .replace('/erasures/:id', '/erasures/e-1')
          .replace(/^\/kpi\/tickets.*/, '$&?figure=backlog')
          .replace(':id', mail?.id ?? (held || stuck))
          .replace(':ref', String(ticket.iid))
          .replace(':chart', 'flow')
          .replace(':n', '1')
          .replace(':token', 'x')
        const visitor = somebody === 'nobody' ? door.stranger() : await door.signedIn(somebody)
        const before = await door.store.version()
        const answer =
          method === 'get' ? await visitor.get(address) : await visitor.post(address, fields[name] ?? {})
        assert.equal(
          answer.status,
          statuses[index],
          `${name} for ${somebody}: ${answer.text.slice(0, 2_500)}`,
        )
        const refused = answer.status >= 400
        if (refused) assert.equal(await door.store.version(), before, `${name} for ${somebody} left a trace`)
        if (somebody === 'nobody' || somebody === 'requester')
          assert.ok(!answer.text.includes(ticket.title), `${somebody} reads the title`)
      }
    })
})

test('a ticket that exists and one that does not look the same to a requester', async () => {
  await using door = await openDoor({ members: { requester: 'requester' } })
  const ticket = await door.keep({})
  const requester = await door.signedIn('requester')
  const there = await requester.get(`/issues/${ticket.iid}`)
  const notThere = await requester.get('/issues/999999')
  const without = (text: string) => text.replaceAll(String(ticket.iid), 'n').replaceAll('999999', 'n')
  assert.equal(without(there.text), without(notThere.text))
})
