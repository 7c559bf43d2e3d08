import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { type Desk, open, openDesk } from './support/desk.ts'

type Delivery = { headers: IncomingHttpHeaders; raw: string; body: Record<string, unknown> }

/** Somebody who listens, answering with the status it is told. */
async function listen(
  t: TestContext,
): Promise<{ url: string; got: Delivery[]; answer(status: number): void }> {
  const got: Delivery[] = []
  let status = 200
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const raw = Buffer.concat(chunks).toString('utf8')
    got.push({ headers: request.headers, raw, body: JSON.parse(raw) as Record<string, unknown> })
    response.writeHead(status).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    got,
    answer(next) {
      status = next
    },
  }
}

const all = {
  issues_events: true,
  confidential_issues_events: true,
  note_events: true,
  confidential_note_events: true,
  push_events: false,
}
const hookOf = (desk: Desk, hook: Record<string, unknown>) =>
  desk.davi<{ id: number }>('POST', '/projects/1/hooks', hook)

test('a delivery carries both secrets and GitLab’s headers', async (t) => {
  const desk = await openDesk(t)
  const listener = await listen(t)
  const key = Buffer.alloc(32, 7)
  const made = await hookOf(desk, {
    url: listener.url,
    token: 'shared',
    signing_token: `whsec_${key.toString('base64')}`,
    ...all,
  })
  assert.equal(made.status, 201)
  assert.ok(!JSON.stringify(made.body).includes('shared'))
  await open(desk)
  await desk.sandbox.hooksSettled()
  const { headers, raw, body } = listener.got[0] ?? assert.fail('nothing came')
  assert.equal(headers['x-gitlab-event'], 'Issue Hook')
  assert.equal(headers['x-gitlab-token'], 'shared')
  assert.equal(headers['x-gitlab-instance'], desk.sandbox.url)
  assert.equal(headers['webhook-id'], headers['idempotency-key'])
  const signed = createHmac('sha256', key)
    .update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${raw}`)
    .digest('base64')
  assert.equal(headers['webhook-signature'], `v1,${signed}`)
  assert.equal((body.object_attributes as { action: string }).action, 'open')
})

test('confidential issues and internal notes go only to hooks that ask for them', async (t) => {
  const desk = await openDesk(t)
  const listener = await listen(t)
  const plain = await hookOf(desk, { url: listener.url, issues_events: true, note_events: true })
  const iid = await open(desk, { confidential: true })
  const openIid = await open(desk)
  await desk.bot('POST', `/projects/1/issues/${openIid}/notes`, { body: 'hush', internal: true })
  await desk.sandbox.hooksSettled()
  assert.deepEqual(
    listener.got.map((d) => d.headers['x-gitlab-event']),
    ['Issue Hook'],
  )
  await desk.davi('PUT', `/projects/1/hooks/${plain.body.id}`, all)
  await desk.bot('PUT', `/projects/1/issues/${iid}`, { state_event: 'close' })
  await desk.bot('POST', `/projects/1/issues/${iid}/notes`, { body: 'hush' })
  await desk.sandbox.hooksSettled()
  assert.deepEqual(
    listener.got
      .slice(1)
      .map((d) => [d.headers['x-gitlab-event'], d.body.event_type])
      .sort(),
    [
      ['Confidential Issue Hook', 'confidential_issue'],
      ['Confidential Note Hook', 'confidential_note'],
    ],
  )
})

test('a hook backs off after four failures, loses what happens meanwhile, and one success resets it', async (t) => {
  const desk = await openDesk(t)
  const listener = await listen(t)
  const { body: hook } = await hookOf(desk, { url: listener.url, ...all })
  const status = async () => (await desk.davi('GET', `/projects/1/hooks/${hook.id}`)).body.alert_status
  listener.answer(500)
  for (let n = 0; n < 4; n++) {
    assert.equal(await status(), 'executable')
    await open(desk)
    await desk.sandbox.hooksSettled()
  }
  assert.equal(await status(), 'temporarily_disabled')
  await open(desk)
  await desk.sandbox.hooksSettled()
  assert.equal(listener.got.length, 4)
  desk.turn(60_001)
  listener.answer(302)
  await open(desk)
  await desk.sandbox.hooksSettled()
  assert.equal(listener.got.length, 5)
  assert.equal(desk.sandbox.hooks()[0]?.failures, 0)
})

test('at forty failures a hook is off for good, until somebody saves it again', async (t) => {
  const desk = await openDesk(t, { limits: { issues: 0 } })
  const { body: hook } = await hookOf(desk, { url: 'http://127.0.0.1:9/closed', ...all })
  for (let n = 0; n < 40; n++) {
    await open(desk)
    await desk.sandbox.hooksSettled()
    desk.turn(86_400_001)
    if (n === 0) await desk.davi('POST', '/projects/1/members', { username: 'ana', access_level: 10 })
  }
  assert.equal((await desk.davi('GET', `/projects/1/hooks/${hook.id}`)).body.alert_status, 'disabled')
  await desk.davi('PUT', `/projects/1/hooks/${hook.id}`, { note_events: true })
  assert.equal((await desk.davi('GET', `/projects/1/hooks/${hook.id}`)).body.alert_status, 'executable')
})

test('sending a delivery again keeps its idempotency key', async (t) => {
  const desk = await openDesk(t)
  const listener = await listen(t)
  const { body: hook } = await hookOf(desk, { url: listener.url, ...all })
  await open(desk)
  await desk.sandbox.hooksSettled()
  const [log] = (await desk.davi<{ id: number }[]>('GET', `/projects/1/hooks/${hook.id}/events`)).body
  assert.equal((await desk.davi('POST', `/projects/1/hooks/${hook.id}/events/${log?.id}/resend`)).status, 201)
  assert.equal(listener.got[0]?.headers['idempotency-key'], listener.got[1]?.headers['idempotency-key'])
})

test('a receiver that does not answer in time has failed', async (t) => {
  const desk = await openDesk(t, { hookTimeoutMs: 40 })
  const silent = createServer(() => {})
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.after(() => {
    silent.closeAllConnections()
    silent.close()
  })
  await hookOf(desk, { url: `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`, ...all })
  await open(desk)
  await desk.sandbox.hooksSettled()
  assert.equal(desk.sandbox.hooks()[0]?.failures, 1)
  assert.equal(desk.sandbox.deliveries()[0]?.response_status, 'internal error')
})
