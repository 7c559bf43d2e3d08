// Every address with something in it that stands for a thing (a ticket, a mail, a link), walked by everybody with
// things that are not theirs, not there or not even well written: the answer is that there is nothing, and nothing
// happens. It finds the addresses in the table of routes by itself and fails at one whose kind it does not know.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { v7 } from 'uuid'
import { createMailParser } from '../../../src/adapters/mail/parser.ts'
import { ticketLinks } from '../../../src/application/ticket-link.ts'
import { readConfig } from '../../../src/config.ts'
import { ConfigProblems } from '../../../src/setup-problem.ts'
import { mayUse, routes } from '../../../src/web/routes.ts'
import type { TestDoor } from '../../support/door.ts'
import { openDoor } from '../../support/door.ts'
import { keepHeld } from '../../support/held.ts'
import { keepMail, rawMail } from '../../support/mails.ts'
import { nine } from '../../support/tickets.ts'
import type { Answer, Visitor } from '../../support/visitor.ts'
import { wideFloodLimits } from '../../support/wide-limits.ts'

const roles = {
  nobody: null,
  requester: 'requester',
  bruno: 'agent',
  carla: 'specialist',
  davi: 'lead',
} as const
type Who = keyof typeof roles
const everybody = Object.keys(roles) as Who[]

const nobodysId = '0197f000-0000-7000-8000-00000000ffff'
const oddRefs = [
  '999999',
  '0',
  '01',
  '-1',
  '1e3',
  '42.0',
  '4%32%00',
  'x',
  '%2e%2e%2fissues',
  nobodysId.toUpperCase(),
  nobodysId,
]
const oddIds = [
  nobodysId,
  nobodysId.toUpperCase(),
  'x',
  '0',
  '1',
  '__proto__',
  '%2e%2e%2f1',
  `${nobodysId}%00`,
]
const oddCharts = ['nothing', 'Flow', '__proto__', 'constructor', '0', 'flow.svg', '%2e%2e%2fflow', 'flow%00']
const oddNumbers = ['0', '-1', '01', '999', '1e0', 'x', '1%00']

/** Fields with which the thing would happen, if it were the visitor's. */
const fields = {
  from: '1',
  reason: 'x',
  body: 'x',
  answer: 'x',
  category: 'Hardware',
  assignee: '',
  waiting: 'on',
  solved: 'no',
  rating: 'good',
  good: 'yes',
  comment: 'x',
}

const paramsOf = (path: string): string[] => [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)

const withParams = routes.filter(({ path }) => path.includes(':'))

type Things = {
  readonly iid: number
  readonly id: string
  readonly othersIid: number
  /** A mail of the other ticket, one of none, a held submission, something that hangs at the other ticket. */
  readonly othersMail: string
  readonly held: string
  readonly stuck: string
  readonly link: string
  readonly title: string
}

const things = async (door: TestDoor): Promise<Things> => {
  const ticket = await door.keep({ title: 'The screen of Ana', openedAt: nine })
  const other = await door.keep({
    title: 'The secret of Bob',
    text: 'Bobs words',
    requester: { name: 'Bob', email: 'bob@school.example', username: null },
    openedAt: nine,
  })
  const links = ticketLinks(door.options.keys.ticketLink)
  return {
    iid: ticket.iid ?? 0,
    id: ticket.id,
    othersIid: other.iid ?? 0,
    othersMail: (
      await keepMail(door.store, { ticketId: other.id, source: rawMail({ html: '<p>Bobs words</p>' }) })
    ).id,
    held: (await keepHeld(door.store, { title: 'The secret of Bob' })).id,
    stuck: await door.keepStuck(other),
    link: links.tokenFor({ id: ticket.id, email: ticket.requester.email, generation: 0 }),
    title: ticket.title,
  }
}

/** Links that are nobody's: of another address, of a later or former generation, with one letter other, put together from two. */
const oddLinks = (door: TestDoor, known: Things, otherLink: string): string[] => {
  const links = ticketLinks(door.options.keys.ticketLink)
  const of = (email: string | null, generation = 0) => links.tokenFor({ id: known.id, email, generation })
  const last = known.link.at(-1) === 'A' ? 'B' : 'A'
  return [
    'x',
    'A'.repeat(43),
    `${known.link.slice(0, -1)}${last}`,
    `${known.link.slice(0, 22)}${otherLink.slice(22)}`,
    known.link.toLowerCase(),
    `${known.link}=`,
    `${known.link}%00`,
    of('bob@school.example'),
    of(null),
    of('ana@school.example', 1),
    of('ana@school.example', -1),
    ticketLinks([new Uint8Array(32)]).tokenFor({ id: known.id, email: 'ana@school.example', generation: 0 }),
  ]
}

/** Addresses that lead to nothing, or to what is another's, for everybody. */
const wrongAddresses = (path: string, door: TestDoor, known: Things, otherLink: string): string[] => {
  const odd: Record<string, readonly string[]> = {
    ref: oddRefs,
    n: oddNumbers,
    chart: oddCharts,
    token: path.startsWith('/t/')
      ? oddLinks(door, known, otherLink)
      : ['x', 'A'.repeat(43), known.link, '__proto__'],
    // A thing of another kind is none of this kind: a ticket, a mail, a held submission, an operation.
    id: [
      ...oddIds,
      known.id,
      ...(path.startsWith('/issues/')
        ? [known.othersMail]
        : path.startsWith('/mail/')
          ? [known.held, known.stuck]
          : []),
      ...(path.startsWith('/held/') ? [known.othersMail, known.stuck] : []),
      ...(path.startsWith('/operations/') ? [known.held, known.othersMail] : []),
    ],
  }
  const right: Record<string, string> = {
    ref: String(known.iid),
    n: '1',
    token: known.link,
    id: known.othersMail,
  }
  const names = paramsOf(path)
  return names.flatMap((wrong) => {
    const values = odd[wrong]
    assert.ok(values, `${path}: nobody has said what can be wrong with :${wrong}`)
    return values.map((value) =>
      names.reduce(
        (filled, name) => filled.replace(`:${name}`, name === wrong ? value : (right[name] ?? '')),
        path,
      ),
    )
  })
}

const quiet = async (t: { after(work: () => unknown): void }) => {
  const mailParser = createMailParser()
  t.after(() => mailParser.close())
  return openDoor({
    members: { requester: 'requester' },
    parts: { mailParser },
    options: { floodLimits: wideFloodLimits },
  })
}

const ask = (visitor: Visitor, method: string, address: string): Promise<Answer> =>
  method === 'get' ? visitor.get(address) : visitor.post(address, fields)

test('what is not there, not well written or another’s is nothing to anybody, and nothing happens', async (t) => {
  await using door = await quiet(t)
  const known = await things(door)
  const other = await door.keep({ requester: { name: 'Bob', email: 'bob@school.example', username: null } })
  const otherLink = ticketLinks(door.options.keys.ticketLink).tokenFor({
    id: other.id,
    email: 'bob@school.example',
    generation: 0,
  })
  const visitors = new Map<Who, Visitor>()
  for (const who of everybody)
    visitors.set(who, who === 'nobody' ? door.stranger() : await door.signedIn(who))
  let walked = 0
  for (const route of withParams)
    await t.test(`${route.method} ${route.path}`, async () => {
      for (const address of wrongAddresses(route.path, door, known, otherLink))
        for (const [who, visitor] of visitors) {
          const version = await door.store.version()
          const answer = await ask(visitor, route.method, address)
          const label = `${who}, ${route.method} ${address}: ${answer.status}`
          const signInFirst = who === 'nobody' && !mayUse(route, null)
          if (signInFirst) assert.equal(answer.status, route.method === 'get' ? 303 : 403, label)
          // Another lead can have been quicker: who presses a button is told so.
          else if (who === 'davi' && answer.location === '/held') assert.equal(answer.status, 303, label)
          else assert.equal(answer.status, 404, label)
          if (signInFirst && route.method === 'get') assert.match(answer.location, /^\/sign-in/, label)
          assert.equal(await door.store.version(), version, `${label} left a trace`)
          for (const secret of ['The secret of Bob', 'Bobs words', known.title])
            assert.ok(!answer.text.includes(secret), `${label} tells ${secret}`)
          walked += 1
        }
    })
  assert.ok(walked > 1_500, `only ${walked} ways were walked`)
  assert.deepEqual(
    door.lines.filter(({ level }) => level === 'error'),
    [],
  )
})

test('the link of one ticket shows and does nothing on another', async (t) => {
  await using door = await quiet(t)
  const known = await things(door)
  const ana = door.stranger()
  for (const { method, path } of withParams.filter((route) => route.path.startsWith('/t/'))) {
    const address = path.replace(':token', known.link).replace(':n', '1')
    const before = await door.store.read((reader) => reader.ticket({ iid: known.othersIid }))
    const answer = await ask(ana, method, address)
    assert.ok(answer.status < 500, `${method} ${address}: ${answer.status}`)
    for (const secret of ['The secret of Bob', 'Bobs words'])
      assert.ok(!answer.text.includes(secret), address)
    assert.deepEqual(
      await door.store.read((reader) => reader.ticket({ iid: known.othersIid })),
      before,
      address,
    )
  }
  // A link is no session: with it nobody sees what agents see.
  for (const path of [`/issues/${known.iid}`, '/issues', '/operations', '/my-tickets'])
    assert.ok(!(await ana.get(path)).text.includes('The secret of Bob'), path)
})

test('an answer to what one may not see is the same as to what is not there', async (t) => {
  await using door = await quiet(t)
  const known = await things(door)
  const requester = await door.signedIn('requester')
  for (const { method, path } of withParams.filter((route) => route.path.startsWith('/issues/:ref'))) {
    const [there, nowhere] = await Promise.all(
      [String(known.othersIid), '987654'].map(async (ref) => {
        const address = path.replace(':ref', ref).replace(':n', '1').replace(':id', known.othersMail)
        const { status, text, headers } = await ask(requester, method, address)
        return { status, text: text.replaceAll(ref, 'n'), length: headers['content-length']?.length }
      }),
    )
    assert.deepEqual(there, nowhere, `${method} ${path}`)
  }
})

test('a desk that knows no member gives nobody a right', async (t) => {
  const mailParser = createMailParser()
  t.after(() => mailParser.close())
  await using door = await openDoor({
    // GitLab says of everybody that they are no member.
    members: { bruno: 'requester', carla: 'requester', davi: 'requester' },
    parts: { mailParser },
    options: { floodLimits: wideFloodLimits },
  })
  const known = await things(door)
  const visitors = [door.stranger(), await door.signedIn('bruno'), await door.signedIn('davi')]
  for (const route of routes.filter((one) => !mayUse(one, 'requester')))
    for (const visitor of visitors) {
      const version = await door.store.version()
      const address = route.path
        .replace(':ref', String(known.iid))
        .replace(':n', '1')
        .replace(':id', known.othersMail)
      const answer = await ask(visitor, route.method, address)
      assert.ok([303, 403, 404].includes(answer.status), `${route.method} ${address}: ${answer.status}`)
      if (answer.status === 303) assert.match(answer.location, /^\/sign-in/)
      assert.equal(await door.store.version(), version, `${route.method} ${address} left a trace`)
    }
})

test('nothing set means nothing allowed: no start, no webhook, no figures for others, no form where it is not public', async () => {
  assert.throws(() => readConfig('serve', { BELAY_CONFIG: '' }), ConfigProblems)
  await using door = await openDoor({
    desk: { form: { public: false, emailDomains: [], maxFileBytes: 1_000 } },
  })
  const stranger = door.stranger()
  const version = await door.store.version()
  assert.equal((await stranger.get('/metrics', { 'x-forwarded-for': '203.0.113.9' })).status, 404)
  assert.equal(
    (await stranger.get('/metrics', { authorization: 'Bearer ' })).status,
    200,
    'this very machine',
  )
  assert.match((await stranger.get('/open-issue')).location, /^\/sign-in/)
  const sent = await stranger.post('/open-issue', {
    title: 'a',
    description: 'b',
    name: 'c',
    email: 'a@b.example',
    key: v7(),
  })
  assert.ok([303, 403].includes(sent.status), String(sent.status))
  assert.ok(!sent.location.startsWith('/t/'))
  assert.equal(await door.store.version(), version)
})
