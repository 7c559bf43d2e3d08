import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, test } from 'node:test'
import { z } from 'zod'
import {
  type CallReport,
  createClient,
  remainingOf,
  retryAfterOf,
} from '../../../src/adapters/gitlab/client.ts'
import { GatewayError } from '../../../src/application/gateway-error.ts'

const token = 'glpat-this-is-secret'
const shape = z.object({ id: z.number() })

const answering = async (listener: RequestListener, path = '') => {
  const seen: { method: string; url: string; token: unknown }[] = []
  const server = createServer((request, response) => {
    seen.push({
      method: request.method ?? '',
      url: request.url ?? '',
      token: request.headers['private-token'],
    })
    listener(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
  const calls: CallReport[] = []
  const client = createClient({
    url,
    token,
    clock: { now: () => Date.now() },
    deadline: 150,
    onCall: (call) => calls.push(call),
  })
  after(() => {
    client.close()
    server.closeAllConnections()
    server.close()
  })
  return { client, seen, url, calls }
}

const errorOf = async (promise: Promise<unknown>): Promise<GatewayError> => {
  const error = await promise.then(
    () => assert.fail('it should have failed'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof GatewayError, String(error))
  const all = `${error.message} ${JSON.stringify(error)} ${String(error.cause)}`
  assert.ok(!all.includes(token), 'the token stands in an error')
  return error
}

const get = { method: 'GET', route: '/projects/:project/issues', params: { project: 'school/desk' } } as const
const post = { ...get, method: 'POST', json: { title: 'x' } } as const

describe('a call to GitLab', () => {
  test('carries the token as a header only, and the path as GitLab wants it, below a sub-path too', async () => {
    const { client, seen, calls } = await answering((_, response) => response.end('{"id":1}'), '/gitlab/')
    const { data } = await client.call(shape, { ...get, query: { search: '^1-', page: 2, absent: null } })
    assert.deepEqual(data, { id: 1 })
    assert.deepEqual(seen, [
      { method: 'GET', url: '/gitlab/api/v4/projects/school%2Fdesk/issues?search=%5E1-&page=2', token },
    ])
    assert.deepEqual(
      calls.map(({ method, route, status }) => ({ method, route, status })),
      [{ method: 'GET', route: '/projects/:project/issues', status: 200 }],
    )
  })

  test('cannot be led out of its route by a name', async () => {
    const { client, seen } = await answering((_, response) => response.end('{"id":1}'))
    await errorOf(client.call(shape, { ...get, params: { project: '..' } }))
    assert.equal(seen.length, 0)
  })

  const statuses: [number, string, GatewayError['kind'], GatewayError['effect']][] = [
    [400, '{"message":{"title":["is too long"]}}', 'permanent', 'none'],
    [401, '{"message":"401 Unauthorized"}', 'unauthorised', 'none'],
    [403, '{"error":"insufficient_scope","error_description":"more"}', 'permanent', 'none'],
    [404, '{"message":"404 Issue Not Found"}', 'missing', 'none'],
    [405, '{"error":"no"}', 'permanent', 'none'],
    [409, '{"message":"409 Conflict: Resource lock"}', 'transient', 'none'],
    [409, '{"message":"Duplicated issue"}', 'conflict', 'none'],
    [409, '{"needs_captcha_response":true,"message":{"error":"captcha"}}', 'permanent', 'none'],
    [412, '{"message":"412 Precondition Failed"}', 'conflict', 'none'],
    [422, '{"message":"no"}', 'permanent', 'none'],
    [429, 'Retry later', 'transient', 'none'],
    [500, '<html>Whoops</html>', 'transient', 'maybe'],
    [502, '', 'transient', 'maybe'],
    [503, '{"message":"later"}', 'transient', 'maybe'],
  ]
  for (const [status, body, kind, effect] of statuses)
    test(`that writes and gets ${status} ${body.slice(0, 40)} is ${kind}, with effect ${effect}, and sent once`, async () => {
      const { client, seen } = await answering((_, response) => response.writeHead(status).end(body))
      const error = await errorOf(client.call(shape, post))
      assert.deepEqual([error.kind, error.effect, error.status], [kind, effect, status])
      assert.equal(seen.length, 1)
      assert.ok(!error.message.includes('<'))
      assert.equal((await errorOf(client.call(shape, get))).effect, 'none')
    })

  test('that is refused a connection had surely no effect', async () => {
    const client = createClient({ url: 'http://127.0.0.1:1', token, clock: { now: () => 0 } })
    const error = await errorOf(client.call(shape, post))
    assert.deepEqual([error.kind, error.effect, error.status], ['transient', 'none', null])
    assert.match(error.message, /refuses connections/)
  })

  test('to a host that does not exist had surely no effect', async () => {
    const client = createClient({ url: 'http://gitlab.invalid', token, clock: { now: () => 0 } })
    const error = await errorOf(client.call(shape, post))
    assert.deepEqual([error.kind, error.effect], ['transient', 'none'])
  })

  const losses: [string, RequestListener][] = [
    ['is never answered', () => undefined],
    ['is answered drop by drop', (_, response) => response.writeHead(201).write('{"id"')],
    ['loses its connection', (request) => request.socket.destroy()],
    [
      'loses its connection in the middle of the answer',
      (request, response) => {
        response.writeHead(201, { 'content-length': '99' })
        response.write('{"id"', () => request.socket.destroy())
      },
    ],
    ['is answered with half a JSON', (_, response) => response.writeHead(201).end('{"id"')],
    ['is answered with another shape', (_, response) => response.writeHead(201).end('{"ids":[1]}')],
  ]
  for (const [how, listener] of losses)
    test(`that writes and ${how} may have had its effect`, async () => {
      const { client, seen } = await answering(listener)
      const error = await errorOf(client.call(shape, post))
      assert.deepEqual([error.kind, error.effect], ['transient', 'maybe'])
      assert.equal(seen.length, 1)
      assert.equal((await errorOf(client.call(shape, get))).effect, 'none')
    })

  test('is not read on when the answer is larger than asked for', async () => {
    const { client } = await answering((_, response) => response.end('x'.repeat(2_000_000)))
    const error = await errorOf(client.download({ ...get, maxBytes: 1_000_000 }))
    assert.deepEqual([error.kind, error.effect], ['permanent', 'none'])
  })

  test('waits as long as GitLab says, told in seconds, as a date by GitLab’s own clock, or as a reset', () => {
    const date = 'Sat, 01 Aug 2026 10:00:00 GMT'
    assert.equal(retryAfterOf({ 'retry-after': '7' }, 0), 7_000)
    assert.equal(retryAfterOf({ date, 'retry-after': 'Sat, 01 Aug 2026 10:00:30 GMT' }, 0), 30_000)
    assert.equal(retryAfterOf({ date, 'ratelimit-reset': String(Date.parse(date) / 1000 + 5) }, 0), 5_000)
    assert.equal(retryAfterOf({}, 0), null)
    assert.equal(retryAfterOf({ 'retry-after': 'soon' }, 0), null)
  })
})

describe('an answer that says how many calls are left', () => {
  const date = 'Sat, 01 Aug 2026 10:00:00 GMT'
  const reset = String(Date.parse(date) / 1000 + 40)

  test('tells the reset by our clock, however far GitLab’s goes wrong', () => {
    const said = { date, 'ratelimit-remaining': '0', 'ratelimit-reset': reset }
    assert.deepEqual(remainingOf(said, 5_000), { calls: 0, resetAt: 45_000 })
    assert.deepEqual(remainingOf({ ...said, 'ratelimit-remaining': '17' }, 0), { calls: 17, resetAt: 40_000 })
  })

  test('is none where there is no such number, or no time at which it counts anew', () => {
    assert.equal(remainingOf({ date, 'ratelimit-reset': reset }, 0), null)
    assert.equal(remainingOf({ date, 'ratelimit-remaining': '0' }, 0), null)
    assert.equal(remainingOf({ date, 'ratelimit-remaining': 'none', 'ratelimit-reset': reset }, 0), null)
    assert.equal(remainingOf({ date, 'ratelimit-remaining': '0', 'ratelimit-reset': 'soon' }, 0), null)
  })

  test('is remembered when it was the last one, and only then; a refusal says itself how long to wait', async () => {
    const resetAt = Math.ceil(Date.now() / 1000) + 30
    let left = 2
    let status = 200
    const { client } = await answering((_, response) =>
      response
        .writeHead(status, { 'ratelimit-remaining': String(left), 'ratelimit-reset': String(resetAt) })
        .end('{"id":1}'),
    )
    await client.call(shape, get)
    assert.equal(client.heldUntil(), 0)
    left = 0
    status = 429
    await errorOf(client.call(shape, get))
    assert.equal(client.heldUntil(), 0)
    status = 404
    await errorOf(client.call(shape, get))
    assert.ok(Math.abs(client.heldUntil() - resetAt * 1000) <= 2_000, String(client.heldUntil()))
  })
})

describe('the token', () => {
  test('never follows a redirect to another address, and follows one at home for reading', async () => {
    const thief = await answering((_, response) => response.end('{"id":1}'))
    for (const status of [301, 302, 307, 308]) {
      const { client } = await answering((_, response) =>
        response.writeHead(status, { location: `${thief.url}/api/v4/projects/2` }).end(),
      )
      assert.equal((await errorOf(client.call(shape, get))).kind, 'permanent')
      assert.equal((await errorOf(client.call(shape, post))).kind, 'permanent')
    }
    assert.equal(thief.seen.length, 0)
    const home = await answering((request, response) =>
      request.url?.includes('/projects/2')
        ? response.end('{"id":2}')
        : response.writeHead(301, { location: '/api/v4/projects/2/issues' }).end(),
    )
    assert.equal((await home.client.call(shape, get)).data.id, 2)
    assert.equal((await errorOf(home.client.call(shape, post))).kind, 'permanent')
    const out = await answering((_, response) => response.writeHead(301, { location: '/elsewhere' }).end())
    await errorOf(out.client.call(shape, get))
    assert.equal(out.seen.length, 1)
  })

  test('never follows a page link to another address: only its query counts', async () => {
    const { client, seen } = await answering((request, response) => {
      if (!request.url?.includes('cursor'))
        response.setHeader('link', '<https://thief.example/api/v4/x?cursor=abc&private_token=z>; rel="next"')
      response.end('[{"id":1}]')
    })
    const all = await client.all(z.array(shape), get)
    assert.equal(all.length, 2)
    assert.deepEqual(
      seen.map(({ url }) => url),
      [
        '/api/v4/projects/school%2Fdesk/issues?per_page=100',
        '/api/v4/projects/school%2Fdesk/issues?cursor=abc',
      ],
    )
  })

  test('pages are counted where GitLab only counts, and a circle of pages ends', async () => {
    const counted = await answering((request, response) => {
      const page = Number(new URL(request.url ?? '', 'http://x').searchParams.get('page') ?? '1')
      response.setHeader('x-next-page', page < 3 ? String(page + 1) : '')
      response.end(`[{"id":${page}}]`)
    })
    assert.deepEqual(await counted.client.all(z.array(shape), get), [{ id: 1 }, { id: 2 }, { id: 3 }])
    const circle = await answering((_, response) => response.setHeader('x-next-page', '2').end('[{"id":1}]'))
    assert.equal((await circle.client.all(z.array(shape), get)).length, 2)
  })
})
