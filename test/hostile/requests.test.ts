// Every hostile request, over HTTP, at the real app over a real store: the answer that the table says, no trace of what
// was refused, nothing of ours in the answer, and never a bug.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { localPath } from '../../src/web/security.ts'
import type { TestDoor } from '../support/door.ts'
import { openDoor } from '../support/door.ts'
import { keepMail } from '../support/mails.ts'
import type { Visitor } from '../support/visitor.ts'
import type { Asked } from './inputs/requests.ts'
import { oddIds, requests, returns, searches } from './inputs/requests.ts'
import { soundHtml } from './page-html.ts'
import { textOf } from './row.ts'

let door: TestDoor
const visitors = new Map<string, Visitor>()
let filled: (text: string) => string

before(async () => {
  door = await openDoor({ members: { requester: 'requester' } })
  const ticket = await door.keep({ title: 'My screen stays black' })
  const mail = await keepMail(door.store)
  filled = (text) =>
    text.replaceAll('{iid}', String(ticket.iid)).replaceAll('{id}', ticket.id).replaceAll('{held}', mail.id)
  for (const who of ['requester', 'bruno', 'davi']) visitors.set(who, await door.signedIn(who))
})
after(() => door[Symbol.asyncDispose]())

const ask = ({ as, method, path, headers = {}, form, body }: Asked) => {
  const visitor = (as === undefined ? undefined : visitors.get(as)) ?? door.stranger()
  const said = form ?? body
  const sent = Object.entries({
    ...(form === undefined
      ? {}
      : { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' }),
    ...headers,
  }).filter(([, value]) => value !== '')
  return visitor.ask(method ?? (said === undefined ? 'GET' : 'POST'), filled(textOf(path)), {
    headers: Object.fromEntries(sent),
    ...(said === undefined ? {} : { body: filled(textOf(said)) }),
  })
}

describe('a hostile request', () => {
  for (const { id, input, expect } of [...requests, ...oddIds])
    test(id, async () => {
      const version = await door.store.version()
      const lines = door.lines.length
      const answer = await ask(input)
      assert.equal(answer.status, expect, answer.text.slice(0, 3_000))
      if (answer.status >= 400) assert.equal(await door.store.version(), version, 'it left a trace')
      assert.deepEqual(
        door.lines.slice(lines).filter(({ level }) => level === 'error'),
        [],
      )
      assert.doesNotMatch(answer.text, /node_modules|\.ts:\d+|\bat (?:async )?\w+ \(|SQLITE/u)
      if (answer.status >= 300 && answer.status < 400) assert.match(answer.location, /^\/(?![/\\])/)
      if (answer.headers['content-type']?.startsWith('text/html')) soundHtml(answer.text)
      if (answer.status !== 431 && answer.status !== 304) {
        assert.match(answer.headers['content-security-policy'] ?? '', /default-src 'none'/)
        assert.equal(answer.headers['x-content-type-options'], 'nosniff')
      }
      assert.equal(({} as Record<string, unknown>).x, undefined)
      assert.equal(({} as Record<string, unknown>).admin, undefined)
    })
})

test('and after all of them the ticket is as it was', async () => {
  const { ticket, events } = await door.store.read(async (reader) => {
    const found = await reader.ticket({ iid: 42 })
    return { ticket: found, events: await reader.events(found?.id ?? '') }
  })
  assert.deepEqual(
    [ticket?.state, ticket?.level, ticket?.assignee, ticket?.category, events.length],
    ['open', 1, null, 'Hardware', 1],
  )
})

describe('hostile words in the search', () => {
  for (const { id, input, expect } of searches)
    test(id, async () => {
      const words = encodeURIComponent(textOf(input).toWellFormed())
      const answer = await ask({ as: 'bruno', path: `/issues?view=all&q=${words}` })
      assert.equal(answer.status, expect)
      soundHtml(answer.text)
      const pill = await ask({ as: 'bruno', path: `/issues/news?view=all&since=0&q=${words}` })
      assert.equal(pill.status, 200)
    })
})

describe('a way back after signing in', () => {
  for (const { id, input, expect } of returns)
    test(id, async () => {
      assert.equal(localPath(input), expect)
      const somebody = door.stranger()
      await somebody.get(`/sign-in/gitlab?returnTo=${encodeURIComponent(input)}`)
      const back = await somebody.get('/auth/gitlab/callback?code=bruno&state=s')
      assert.deepEqual([back.status, back.location], [303, expect])
      const form = await door.stranger().get(`/sign-in?returnTo=${encodeURIComponent(input)}`)
      soundHtml(form.text)
      const leaving = /href="\/sign-in\/gitlab(\?[^"]*)?"/.exec(form.text)?.[1] ?? ''
      const named = new URLSearchParams(leaving.replaceAll('&amp;', '&')).get('returnTo')
      assert.equal(named ?? '/', expect)
    })
})
