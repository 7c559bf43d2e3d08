// An open dashboard hears that something has changed: soon, not too often, whoever may and nobody else, and nothing of
// it stays behind. What it hears says nothing of any ticket.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:http'
import { test } from 'node:test'
import { stringifyCookie } from 'cookie'
import { createStreams, streamTimes } from '../../../src/web/streams.ts'
import { turnableClock } from '../../support/clock.ts'
import type { TestDoor } from '../../support/door.ts'
import { openDoor } from '../../support/door.ts'
import { eventually } from '../../support/eventually.ts'
import type { Visitor } from '../../support/visitor.ts'

type Listening = {
  readonly response: IncomingMessage
  text(): string
  /** Numbers of the changes that were told, in order. */
  changes(): number[]
  ended(): boolean
  leave(): void
}

const listen = async (
  door: Pick<TestDoor, 'url'>,
  who: Visitor,
  more: { readonly path?: string; readonly headers?: Record<string, string> } = {},
): Promise<Listening> => {
  const asking = request(`${door.url}${more.path ?? '/issues/stream'}`, {
    agent: false,
    headers: { cookie: stringifyCookie(Object.fromEntries(who.cookies)), ...more.headers },
  })
  asking.on('error', () => undefined)
  asking.end()
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  let text = ''
  let ended = false
  response.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8')
  })
  response.on('error', () => undefined)
  response.on('close', () => {
    ended = true
  })
  return {
    response,
    text: () => text,
    changes: () => [...text.matchAll(/^event: change\nid: (\d+)\ndata: \1\n\n/gmu)].map(([, n]) => Number(n)),
    ended: () => ended,
    leave: () => asking.destroy(),
  }
}

/** A desk whose time stands still until it is turned; `told`: who listens to the store for the streams. */
const openStreams = async () => {
  const clock = turnableClock()
  const stop = new AbortController()
  const door = await openDoor({
    members: { requester: 'requester' },
    parts: { clock },
    options: { stopped: stop.signal },
  })
  /** Whether anybody waits for anything, but for a moment. */
  const isQuiet = async () => {
    await clock.turn(20)
    return clock.sleepers() === 0
  }
  return { door, clock, stop, isQuiet, [Symbol.asyncDispose]: () => door[Symbol.asyncDispose]() }
}

const isTold = (listening: Listening, version: number) =>
  eventually(`change ${version} is told`, () => listening.changes().at(-1) === version)

test('what one agent changes another one hears of, without a word about it', async () => {
  await using desk = await openStreams()
  const { door, clock } = desk
  const ticket = await door.keep({ title: 'The screen of Ana' })
  const [bruno, carla] = [await door.signedIn('bruno'), await door.signedIn('carla')]
  const before = await door.store.version()
  const listening = await listen(door, bruno, { path: `/issues/stream?since=${before}` })
  assert.equal(listening.response.statusCode, 200)
  assert.equal(listening.response.headers['content-type'], 'text/event-stream')
  assert.equal(listening.response.headers['cache-control'], 'no-store')
  assert.equal(listening.response.headers['x-accel-buffering'], 'no')
  assert.match(String(listening.response.headers['content-security-policy']), /connect-src 'self'/u)
  await eventually('it has begun', () => listening.text().startsWith('retry: '))
  await clock.turn(streamTimes.pace)
  assert.deepEqual(listening.changes(), [], 'the page knows of all that was before')

  await carla.post(`/issues/${ticket.iid}/notes`, { body: 'Looked at it this morning' })
  await isTold(listening, await door.store.version())
  assert.doesNotMatch(listening.text(), /screen|Ana|morning|carla/iu)
  assert.match(listening.text(), /^retry: \d+\n\n(event: change\nid: \d+\ndata: \d+\n\n)+$/u)
  listening.leave()
})

test('a page that was made before the last change is told at once, and one that comes again only what it missed', async () => {
  await using desk = await openStreams()
  const { door } = desk
  const bruno = await door.signedIn('bruno')
  const former = await door.store.version()
  await door.keep({})
  const now = await door.store.version()
  const late = await listen(door, bruno, { path: `/issues/stream?since=${former}` })
  await isTold(late, now)
  // The browser says which one it has heard of last; the address is as old as the page.
  const again = await listen(door, bruno, {
    path: `/issues/stream?since=${former}`,
    headers: { 'last-event-id': String(now) },
  })
  await eventually('it has begun', () => again.text() !== '')
  await desk.clock.turn(streamTimes.pace)
  assert.deepEqual(again.changes(), [])
  for (const one of [late, again]) one.leave()
})

test('many changes are told once a second, and the last one always', async () => {
  await using desk = await openStreams()
  const { door, clock } = desk
  const bruno = await door.signedIn('bruno')
  const listening = await listen(door, bruno, { path: `/issues/stream?since=${await door.store.version()}` })
  await eventually('it has begun', () => listening.text() !== '')
  await clock.turn(streamTimes.pace)
  await door.keep({})
  const first = await door.store.version()
  await isTold(listening, first)
  for (let n = 0; n < 20; n++) await door.keep({})
  const last = await door.store.version()
  await clock.turn(streamTimes.pace - 1)
  assert.deepEqual(listening.changes(), [first])
  await clock.turn(1)
  await isTold(listening, last)
  await clock.turn(10 * streamTimes.pace)
  assert.deepEqual(listening.changes(), [first, last])
  listening.leave()
})

test('whoever may not see tickets hears nothing', async () => {
  await using desk = await openStreams()
  const { door } = desk
  const requester = await door.signedIn('requester')
  assert.equal((await requester.get('/issues/stream')).status, 403)
  const stranger = await door.stranger().get('/issues/stream')
  assert.equal(stranger.status, 303)
  assert.match(stranger.location, /^\/sign-in/u)
})

test('it says now and then that it is still there, and ends after ten minutes', async () => {
  await using desk = await openStreams()
  const { door, clock } = desk
  const bruno = await door.signedIn('bruno')
  const listening = await listen(door, bruno, { path: `/issues/stream?since=${await door.store.version()}` })
  await eventually('it has begun', () => listening.text() !== '')
  await clock.turn(streamTimes.beat)
  await eventually('a line that says nothing', () => listening.text().endsWith('\n\n:\n\n'))
  for (let beat = 2; beat < streamTimes.beats; beat++) await clock.turn(streamTimes.beat)
  assert.equal(listening.ended(), false)
  await clock.turn(streamTimes.beat)
  await eventually('it has ended', () => listening.ended())
  assert.equal(clock.sleepers(), 0)
})

test('who signs out hears nothing any more, on none of their pages', async () => {
  await using desk = await openStreams()
  const { door, clock } = desk
  const bruno = await door.signedIn('bruno')
  const listening = await listen(door, bruno)
  await eventually('it has begun', () => listening.text() !== '')
  await bruno.post('/sign-out')
  await clock.turn(streamTimes.beat)
  await eventually('it has ended', () => listening.ended())
})

test('who is no agent any more hears nothing either', async () => {
  await using desk = await openStreams()
  const { door, clock } = desk
  const bruno = await door.signedIn('bruno')
  const listening = await listen(door, bruno)
  await eventually('it has begun', () => listening.text() !== '')
  door.roles.set('bruno', 'requester')
  for (let minutes = 0; minutes < 6; minutes++) await clock.turn(60_000)
  await eventually('it has ended', () => listening.ended())
})

test('an agent has six of them: a seventh ends the oldest, which is told not to come again', async () => {
  await using desk = await openStreams()
  const { door } = desk
  const [bruno, carla] = [await door.signedIn('bruno'), await door.signedIn('carla')]
  const hers = await listen(door, carla)
  const his: Listening[] = []
  for (let n = 0; n < 7; n++) his.push(await listen(door, bruno))
  const [oldest, ...others] = his
  await eventually('the oldest has ended', () => oldest?.ended())
  assert.match(oldest?.text() ?? '', /event: enough\ndata: 1\n\n$/u)
  assert.ok([hers, ...others].every((one) => !one.ended()))
  for (const one of [hers, ...others]) one.leave()
})

test('when the desk stops all of them end, and none begins', async () => {
  await using desk = await openStreams()
  const { door, stop } = desk
  const [bruno, carla] = [await door.signedIn('bruno'), await door.signedIn('carla')]
  const both = [await listen(door, bruno), await listen(door, carla)]
  stop.abort()
  await eventually('both have ended', () => both.every((one) => one.ended()))
  const later = await bruno.get('/issues/stream')
  assert.equal(later.status, 503)
  assert.equal(later.headers['retry-after'], '60')
  await eventually('nobody waits for anything', desk.isQuiet)
})

test('the head alone begins nothing', async () => {
  await using desk = await openStreams()
  const bruno = await desk.door.signedIn('bruno')
  const answer = await bruno.ask('HEAD', '/issues/stream')
  assert.equal(answer.status, 200)
  await eventually('nobody waits for anything', desk.isQuiet)
})

test('when the browser goes nothing stays behind, and how long it listened is no time of an answer', async () => {
  await using desk = await openStreams()
  const { door } = desk
  const bruno = await door.signedIn('bruno')
  const listening = await listen(door, bruno)
  await eventually('it has begun', () => listening.text() !== '')
  assert.equal(await desk.isQuiet(), false)
  listening.leave()
  await eventually('nobody sleeps for it', desk.isQuiet)
  const line = await eventually('the log has it', () =>
    door.lines.find(({ data }) => data.path === '/issues/stream'),
  )
  assert.equal(line.data.broken, undefined)
  const { text } = await door.stranger().get('/metrics')
  assert.match(text, /belay_http_request_seconds_count\{[^}]*route="\/auth\/gitlab\/callback"/u)
  assert.doesNotMatch(text, /issues\/stream/u)
})

test('nobody listens to the store without a page that is open, and room is for five hundred', async () => {
  const clock = turnableClock()
  const listeners = new Set<() => void>()
  let version = 1
  const store = {
    version: async () => version,
    onChange: (listener: () => void) => {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
  const quiet = () => undefined
  const streams = createStreams(
    { store, clock },
    { info: quiet, warn: quiet, error: quiet },
    new AbortController().signal,
  )
  const leaving: (() => void)[] = []
  let told = 0
  const wire = {
    write: (text: string) => {
      if (text.startsWith('event: change')) told += 1
    },
    end: quiet,
  }
  for (let agent = 1; agent <= 500; agent++) {
    const begin = streams.follow({ agent, since: version, mayStill: async () => true })
    assert.ok(begin)
    leaving.push(begin(wire))
  }
  assert.equal(streams.follow({ agent: 501, since: null, mayStill: async () => true }), null)
  assert.equal(streams.open(), 500)
  assert.equal(listeners.size, 1, 'one look at the store is for all')
  await clock.turn(streamTimes.pace)
  version = 2
  for (const listener of listeners) listener()
  await clock.turn(streamTimes.pace)
  assert.equal(told, 500)
  for (const leave of leaving) leave()
  assert.equal(streams.open(), 0)
  assert.equal(listeners.size, 0)
  await clock.rest()
  assert.equal(clock.sleepers(), 0)
})

test('who does not read what is sent is dropped', async () => {
  const { promise: gone, resolve: leave } = Promise.withResolvers<void>()
  await using door = await openDoor({
    options: {
      moreRoutes: [
        {
          method: 'get',
          path: '/much',
          for: 'program',
          answer: () => ({
            kind: 'stream',
            type: 'text/event-stream',
            begin: (wire) => {
              const much = setInterval(() => wire.write(`:${'x'.repeat(1_000_000)}\n\n`), 1)
              return () => {
                clearInterval(much)
                leave()
              }
            },
          }),
        },
      ],
    },
  })
  const listening = await listen(door, door.stranger(), { path: '/much' })
  listening.response.pause()
  await gone
  listening.leave()
})
