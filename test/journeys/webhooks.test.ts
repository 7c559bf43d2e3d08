// GitLab tells the desk by webhook that something was done there by hand. The sandbox delivers them
// as GitLab does; the desk polls once an hour, so that whatever shows sooner came by webhook.

import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { hookEvidence } from '../../src/application/receive-hook.ts'
import type { TestDesk } from '../support/desk.ts'
import { openDesk } from '../support/desk.ts'
import { eventually } from '../support/eventually.ts'

const signingKey = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
const sharedSecret = 'a-secret-that-two-desks-share'

const byHand = async (desk: TestDesk, method: string, path: string, body: object) => {
  const answer = await fetch(`${desk.sandbox.url}/api/v4${path}`, {
    method,
    headers: { 'private-token': desk.sandbox.tokenOf('davi'), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`)
  return (await answer.json()) as { id: number; iid: number }
}

const addHook = (desk: TestDesk, secret: { token?: string; signing_token?: string }) =>
  byHand(desk, 'POST', '/projects/1/hooks', {
    url: `${desk.url}/hooks/gitlab`,
    ...secret,
    push_events: false,
    issues_events: true,
    confidential_issues_events: true,
    note_events: true,
    confidential_note_events: true,
    merge_requests_events: true,
  })

/** Ana's ticket, which GitLab has and the desk has read since. */
const aTicketAtRest = async (desk: TestDesk, title = 'My screen stays black'): Promise<number> => {
  await desk.stranger().post('/open-issue', {
    title,
    description: 'Since this morning.',
    category: 'Hardware',
    name: 'Ana Souza',
    email: 'ana@school.example',
  })
  const number = await eventually('GitLab has the ticket', () =>
    desk.sandbox.issues().find((issue) => issue.title === title),
  )
  await desk.settled(number.iid)
  await atRest(desk)
  return number.iid
}

/** Nothing is marked, nothing is on its way. */
const atRest = async (desk: TestDesk) => {
  await desk.sandbox.hooksSettled()
  await eventually('everything is read', async () => {
    const { now } = desk.parts.clock
    return desk.parts.store.read(async (reader) => {
      const { operations, unread } = await reader.backlog()
      const due = await reader.unread(1, now())
      return unread === 0 && due.length === 0 && operations.ready + operations.sending === 0
    })
  })
}

const secrets = [
  { name: 'a shared secret', webhookSecret: sharedSecret, hook: { token: sharedSecret } },
  { name: 'a signing key', webhookSecret: signingKey, hook: { signing_token: signingKey } },
]

for (const { name, webhookSecret, hook } of secrets)
  test(`with ${name}, what is done by hand in GitLab shows on the desk without waiting for a poll`, async (t) => {
    await using desk = await openDesk({ config: { webhookSecret, pollMs: 3_600_000 } })
    const bruno = await desk.signedIn('bruno')
    await addHook(desk, hook)
    const number = await aTicketAtRest(desk)
    assert.ok(desk.sandbox.deliveries().length > 0)

    await t.test('a comment', async () => {
      await byHand(desk, 'POST', `/projects/1/issues/${number}/notes`, { body: 'The cable was loose.' })
      await eventually('the comment is on the page', async () =>
        /The cable was loose/u.test((await bruno.get(`/issues/${number}`)).text),
      )
    })

    await t.test('an internal note', async () => {
      const note = { body: 'He pulled it himself.', internal: true }
      await byHand(desk, 'POST', `/projects/1/issues/${number}/notes`, note)
      await eventually('the note is on the page', async () =>
        /He pulled it himself/u.test((await bruno.get(`/issues/${number}`)).text),
      )
    })

    await t.test('a new issue', async () => {
      await byHand(desk, 'POST', '/projects/1/issues', { title: 'Born in GitLab', confidential: true })
      await eventually('it is in the queue', async () =>
        /Born in GitLab/u.test((await bruno.get('/issues')).text),
      )
    })

    await t.test('closing', async () => {
      await byHand(desk, 'PUT', `/projects/1/issues/${number}`, { state_event: 'close' })
      await eventually('it is resolved', async () => {
        const ticket = await desk.parts.store.read((reader) => reader.ticket({ iid: number }))
        return ticket?.state === 'resolved'
      })
    })

    await desk.sandbox.hooksSettled()
    const answers = desk.sandbox.deliveries().map(({ response_status }) => response_status)
    assert.deepEqual([...new Set(answers)], ['202'])
    const evidence = await desk.parts.store.read(hookEvidence)
    assert.ok(evidence.lastDelivery !== null)
    assert.equal(evidence.missed, 0)
  })

test('what a lost webhook would have told is found by the next poll, and counted', async () => {
  await using desk = await openDesk({ config: { webhookSecret: signingKey, pollMs: 1_000 } })
  const number = await aTicketAtRest(desk)
  // No hook was ever made: nothing tells the desk. GitLab moves the time of a change once a minute only.
  desk.sandbox.advance(70_000)
  await byHand(desk, 'POST', `/projects/1/issues/${number}/notes`, { body: 'The cable was loose.' })
  const bruno = await desk.signedIn('bruno')
  await eventually('the comment is on the page', async () =>
    /The cable was loose/u.test((await bruno.get(`/issues/${number}`)).text),
  )
  const { missed, lastDelivery } = await desk.parts.store.read(hookEvidence)
  assert.equal(lastDelivery, null)
  assert.ok(missed >= 1)
})

test('hostile deliveries are refused and have no effect', async () => {
  await using desk = await openDesk({ config: { webhookSecret: signingKey, pollMs: 3_600_000 } })
  const [hostile, honest] = [await aTicketAtRest(desk), await aTicketAtRest(desk, 'My mouse is gone')]
  const { title, state } = desk.sandbox.issue(hostile) ?? assert.fail('no issue')
  const payload = (iid: number, project = { id: 1, path_with_namespace: 'demo/helpdesk' }, more = {}) =>
    JSON.stringify({
      object_kind: 'issue',
      project,
      object_attributes: { iid, title: 'Changed by a stranger', state: 'closed', action: 'close' },
      ...more,
    })
  const signed = (body: string, { id = 'd-1', away = 0, key = signingKey } = {}) => {
    const timestamp = String(Math.floor(Date.now() / 1_000) + away)
    const mac = createHmac('sha256', Buffer.from(key.slice(6), 'base64')).update(`${id}.${timestamp}.${body}`)
    return {
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${mac.digest('base64')}`,
    }
  }
  const body = payload(hostile)
  const stranger = desk.stranger()
  const send = async (headers: Record<string, string>, bytes = body) =>
    (await stranger.ask('POST', '/hooks/gitlab', { headers, body: bytes })).status

  // One honest delivery, so that its id is used up.
  assert.equal(await send(signed(payload(honest), { id: 'used' }), payload(honest)), 202)
  await eventually('it was taken in', async () => (await desk.parts.store.read(hookEvidence)).lastDelivery)
  await atRest(desk)
  desk.sandbox.resetCalls()
  const version = await desk.parts.store.version()

  const large = payload(hostile, undefined, { text: 'a'.repeat(5_000_000) })
  const cases: [string, number, Record<string, string>, string?][] = [
    ['no secret', 401, {}],
    ['a token where a signature is needed', 401, { 'x-gitlab-token': signingKey }],
    ['an empty token', 401, { 'x-gitlab-token': '' }],
    ['another key', 401, signed(body, { key: `whsec_${Buffer.alloc(32, 6).toString('base64')}` })],
    ['an old time', 401, signed(body, { away: -301 })],
    ['a time to come', 401, signed(body, { away: 302 })],
    ['a changed body', 401, signed(body), payload(honest)],
    ['a used id with its own signature', 202, signed(body, { id: 'used' })],
    ['5 MB', 413, signed(large), large],
    ['bad JSON', 400, signed('{"object_kind":', { id: 'd-2' }), '{"object_kind":'],
    ...[
      { id: 2, path_with_namespace: 'demo/archive' },
      { id: 1, path_with_namespace: 'demo/archive' },
    ].map((project, n): [string, number, Record<string, string>, string] => {
      const foreign = payload(hostile, project)
      return ['another project', 202, signed(foreign, { id: `d-3-${n}` }), foreign]
    }),
  ]
  for (const [what, status, headers, bytes] of cases) assert.equal(await send(headers, bytes), status, what)
  assert.equal(await desk.parts.store.version(), version)

  // An honest one afterwards is the only one that GitLab is asked about.
  assert.equal(await send(signed(payload(honest), { id: 'd-9' }), payload(honest)), 202)
  await eventually('the honest one is read', () => desk.sandbox.calls()['GET /projects/:id/issues/:iid'])
  await atRest(desk)
  assert.equal(desk.sandbox.calls()['GET /projects/:id/issues/:iid'], 1)
  assert.equal(desk.sandbox.calls()['GET /projects/:id/issues'], undefined, 'no list either')
  const after = await desk.parts.store.read((reader) => reader.ticket({ iid: hostile }))
  assert.deepEqual([after?.title, after?.state], [title, 'open'])
  assert.equal(desk.sandbox.issue(hostile)?.state, state)
})
