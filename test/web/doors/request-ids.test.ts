// One name for what a person saw, what the proxy noted and what the desk wrote down.

import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { pino } from 'pino'
import { inRequest, requestInLog } from '../../../src/web/request-id.ts'
import { openDoor } from '../../support/door.ts'
import { eventually } from '../../support/eventually.ts'

const ours = /^[0-9a-f]{32}$/u

test('every answer names its request, and the log names the same one', async () => {
  await using door = await openDoor()
  const ids = []
  for (const path of ['/open-issue', '/nowhere', '/issues', '/assets/news.js', '/healthz', '/%']) {
    const id = (await door.stranger().get(path)).headers['x-request-id'] ?? ''
    assert.match(id, ours, path)
    ids.push(id)
  }
  assert.equal(new Set(ids).size, ids.length)
  const inLog = await eventually('all of them are in the log', () => {
    const named = door.lines.map(({ data }) => data.request)
    return named.length >= ids.length && named
  })
  assert.deepEqual(inLog, ids)
})

test('a proxy of ours names its requests itself, in letters that do no harm; nobody else does', async () => {
  const given = '4bf92f35-77b34da6-a3ce929d-0e0e4736'
  const named = async (trustProxy: string | null, id: string) => {
    await using door = await openDoor({ options: { trustProxy } })
    return (await door.stranger().get('/healthz', { 'x-request-id': id })).headers['x-request-id'] ?? ''
  }
  assert.equal(await named('1', given), given)
  assert.match(await named(null, given), ours)
  for (const odd of ['short', 'x'.repeat(65), '"}, {"level": "fatal', 'a b c d e f g h', '<b>bold</b>'])
    assert.match(await named('1', odd), ours, odd)
})

test('a page about a mistake of ours names the request, and so does the line that tells why', async () => {
  await using door = await openDoor({
    options: {
      moreRoutes: [
        {
          method: 'get',
          path: '/broken',
          for: 'anyone',
          answer: async () => {
            await new Promise((resolve) => setImmediate(resolve))
            throw new TypeError('this is a bug')
          },
        },
      ],
    },
  })
  const answer = await door.stranger().get('/broken')
  assert.equal(answer.status, 500)
  const id = answer.headers['x-request-id'] ?? ''
  assert.match(id, ours)
  assert.ok(answer.text.includes(id), 'the page names it')
  assert.doesNotMatch(answer.text, /this is a bug/u)
  const line = door.lines.find(({ level }) => level === 'error')
  assert.equal(line?.data.reference, id)
})

test('what is logged in a request says of which, also later and beside it, and nothing else does', async () => {
  const lines: Record<string, unknown>[] = []
  const kept = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(JSON.parse(chunk.toString('utf8')))
      done()
    },
  })
  const log = pino({ base: null, timestamp: false, ...requestInLog }, kept)
  const later = async (name: string) => {
    await new Promise((resolve) => setImmediate(resolve))
    log.warn({ name }, 'later')
  }
  const both: Promise<void>[] = []
  log.info({ name: 'before' }, 'x')
  for (const id of ['one', 'other']) inRequest(id, () => both.push(later(id)))
  await Promise.all(both)
  inRequest('one', () => log.info('x'))
  inRequest('one', () => log.info({ request: 'said otherwise' }, 'x'))
  log.info({}, 'x')
  assert.deepEqual(
    lines.map(({ request, name }) => [request, name]),
    [
      [undefined, 'before'],
      ['one', 'one'],
      ['other', 'other'],
      ['one', undefined],
      ['said otherwise', undefined],
      [undefined, undefined],
    ],
  )
})
