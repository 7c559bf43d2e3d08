// The way to PostgreSQL breaks at odd moments: the server restarts, a line goes dead without a word, a pooler stands in
// between. What a process hears of the others comes back by itself, and its end waits for none of it.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { Transform } from 'node:stream'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import pg from 'pg'
import type { Log, Pauses } from '../../../src/adapters/store/listening.ts'
import { type IndexedStore, openPostgresStore } from '../../../src/adapters/store/store.ts'
import { eventually } from '../../support/eventually.ts'
import { startPostgres } from '../../support/postgres.ts'
import { aDesk } from '../../support/tickets.ts'

const pauses: Pauses = { first: 20, last: 100, watch: 50, deadline: 5_000 }

/** A way to the server that can be cut, or go dead. */
const aWay = async (t: TestContext, url: string) => {
  const target = new URL(url)
  const pairs = new Set<{ readonly near: Socket; readonly far: Socket; readonly said: Transform }>()
  let whole = true
  let deaf = false
  let commitsLost = false
  const door = createServer({ noDelay: true }, (near) => {
    near.on('error', () => {})
    if (!whole) return near.destroy()
    const far = connect({ port: Number(target.port), host: target.hostname, noDelay: true })
    far.on('error', () => {})
    near.pipe(far)
    const passes = (letter: string, text: string) => {
      if (commitsLost && letter === 'C' && text.startsWith('COMMIT')) near.destroy()
      return !near.destroyed && !(deaf && letter === 'A')
    }
    const said = far.pipe(messages(passes))
    said.pipe(near)
    const pair = { near, far, said }
    pairs.add(pair)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one.on('close', () => {
        other.destroy()
        pairs.delete(pair)
      })
  }).listen(0, '127.0.0.1')
  await once(door, 'listening')
  const address = door.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  const through = new URL(url)
  through.port = String(address.port)
  const cut = () => {
    for (const { near, far } of [...pairs]) for (const end of [near, far]) end.destroy()
  }
  t.after(() => {
    cut()
    door.close()
  })
  return {
    url: through.href,
    /** As a server does that stops: everything ends, and nobody is let in. */
    close: () => {
      whole = false
      cut()
    },
    open: () => {
      whole = true
    },
    /** What goes through now does not any more, and nobody is told. */
    goDead: () => {
      for (const { near, far, said } of pairs) {
        near.unpipe(far)
        said.unpipe(near)
      }
    },
    handNothingOver: () => {
      deaf = true
    },
    /** What ends a write happens; its answer does not arrive. */
    loseCommits: (lost: boolean) => {
      commitsLost = lost
    },
  }
}

/** What the server says, message by message: a letter, a length that counts itself, and the rest. */
const messages = (passes: (letter: string, text: string) => boolean) => {
  let rest = Buffer.alloc(0)
  return new Transform({
    transform(chunk: Buffer, _, done) {
      rest = Buffer.concat([rest, chunk])
      while (rest.length >= 5) {
        const end = 1 + rest.readInt32BE(1)
        if (rest.length < end) break
        const message = rest.subarray(0, end)
        if (passes(message.toString('latin1', 0, 1), message.toString('latin1', 5))) this.push(message)
        rest = rest.subarray(end)
      }
      done()
    },
  })
}

const aLog = () => {
  const lines: string[] = []
  const line = (data: object, message: string) => {
    const { err } = data as { err?: unknown }
    lines.push(err instanceof Error ? `${message}: ${err.message}` : message)
  }
  return { lines, log: { info: line, warn: line } satisfies Log }
}

const open = async (
  t: TestContext,
  url: string,
  options: { readonly log?: Log; readonly pauses?: Pauses } = {},
): Promise<IndexedStore> => {
  const store = await openPostgresStore({ url, desk: aDesk(), pauses, ...options })
  t.after(() => store.close())
  return store
}

const counted = async (store: IndexedStore) => {
  const told = { times: 0 }
  store.onChange(() => {
    told.times++
  })
  await eventually('it listens', () => told.times === 1)
  return told
}

const hearing = (store: IndexedStore) => {
  const heard: string[] = []
  store.neighbours.onTold('greetings', (message) => heard.push(message))
  return heard
}

const saving = (store: IndexedStore, value: string) =>
  store.write((writer) => writer.saveSetting('cursor', value))

const asked = async (url: string, text: string) => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

const aDatabase = async () => (await startPostgres()).createDatabase()

test('a process that lost its connection listens again and tells once, because it may have missed something', async (t) => {
  const url = await aDatabase()
  const { lines, log } = aLog()
  const [bruno, carla] = [await open(t, url, { log }), await open(t, url)]
  const heard = hearing(bruno)
  const told = await counted(bruno)
  for (let round = 1; round <= 3; round++) {
    await asked(
      url,
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'belay (listening)'`,
    )
    await eventually('it listens again', () => told.times === 2 * round)
    await eventually('it says so', () => lines.length === 2 * round)
    await carla.neighbours.tell('greetings', `${round}`)
    await eventually('Bruno hears Carla', () => heard.length === round)
    assert.equal(told.times, 2 * round)
    await saving(carla, `${round}`)
    await eventually('Bruno is told of a change', () => told.times === 2 * round + 1)
  }
  assert.match(lines[0] ?? '', /not heard; trying again.*(terminating connection|ended)/)
  assert.match(lines[1] ?? '', /heard again/)
})

test('while the server is away each request fails soon, and afterwards everything works by itself', async (t) => {
  const way = await aWay(t, await aDatabase())
  const { lines, log } = aLog()
  const [bruno, carla] = [await open(t, way.url, { log }), await open(t, way.url)]
  const heard = hearing(bruno)
  const told = await counted(bruno)
  await saving(bruno, 'before')
  way.close()
  await assert.rejects(saving(bruno, 'never'))
  await assert.rejects(bruno.presence.takeDuty('bruno', 1_000))
  await assert.rejects(bruno.neighbours.tell('greetings', 'nobody'))
  await assert.rejects(bruno.version())
  await eventually('it says that it hears nobody', () => lines.length === 1)
  const before = told.times
  way.open()
  await eventually('it listens again', () => told.times === before + 1)
  await carla.neighbours.tell('greetings', 'hello')
  await eventually('Bruno hears Carla', () => heard.includes('hello'))
  await saving(bruno, 'after')
  assert.equal(await carla.read((reader) => reader.setting('cursor')), 'after')
  assert.equal(await bruno.presence.takeDuty('bruno', 1_000), true)
  // Told once that it was away, however often it was tried meanwhile.
  await eventually('it says that it hears again', () => lines.length === 2)
})

test('a connection that went dead without a word is noticed and made anew', async (t) => {
  const url = await aDatabase()
  const way = await aWay(t, url)
  const bruno = await open(t, way.url, { pauses: { ...pauses, deadline: 300 } })
  const carla = await open(t, url)
  const heard = hearing(bruno)
  const told = await counted(bruno)
  way.goDead()
  await eventually('it listens again', () => told.times > 1)
  await eventually('Bruno hears Carla', async () => {
    await carla.neighbours.tell('greetings', 'hello')
    return heard.length > 0
  })
  // What waits for an answer on a dead line would wait for very long: it ends here.
  way.close()
})

test('a pooler that hands nothing over is named in the log, and the desk works on', async (t) => {
  const url = await aDatabase()
  const way = await aWay(t, url)
  way.handNothingOver()
  const { lines, log } = aLog()
  const bruno = await open(t, way.url, { log, pauses: { ...pauses, deadline: 300 } })
  const heard = hearing(bruno)
  const told = await counted(bruno)
  // As PgBouncer in its transaction mode: nobody hears, so now and then it tells to look.
  await eventually('told to look again', () => told.times > 2)
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /PgBouncer.*pool sessions/)
  await saving(bruno, 'one')
  assert.deepEqual(heard, [])
})

test('a write whose answer was lost counts as failed, and whoever looks finds what it did', async (t) => {
  const url = await aDatabase()
  const way = await aWay(t, url)
  const [bruno, carla] = [await open(t, way.url), await open(t, url)]
  const [own, others] = [await counted(bruno), await counted(carla)]
  way.loseCommits(true)
  await assert.rejects(saving(bruno, 'happened'))
  way.loseCommits(false)
  assert.equal(own.times, 2)
  await eventually('Carla is told', () => others.times === 2)
  for (const store of [bruno, carla])
    assert.equal(await store.read((reader) => reader.setting('cursor')), 'happened')
})

test('a listener that throws does not keep the others from hearing, nor ends the process', async (t) => {
  const url = await aDatabase()
  const { lines, log } = aLog()
  const [bruno, carla] = [await open(t, url, { log }), await open(t, url)]
  bruno.neighbours.onTold('greetings', () => {
    throw new Error('not what was expected')
  })
  const heard = hearing(bruno)
  await counted(bruno)
  await carla.neighbours.tell('greetings', 'hello')
  await eventually('the other listener hears', () => heard.length > 0)
  assert.deepEqual(lines, ['what another process told could not be dealt with: not what was expected'])
})

/** A process of its own: it ends when nothing is left to do, and says when it closes. */
const ends = async (t: TestContext, url: string, doing: string, onReady = () => {}) => {
  const at = (path: string) => JSON.stringify(new URL(`../../../${path}`, import.meta.url).href)
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--input-type=module',
      '--eval',
      `import { openPostgresStore } from ${at('src/adapters/store/store.ts')}
      import { aDesk } from ${at('test/support/tickets.ts')}
      let lose
      const lost = new Promise((resolve) => { lose = resolve })
      const log = { info() {}, warn: lose }
      const store = await openPostgresStore({ url: ${JSON.stringify(url)}, desk: aDesk(), log })
      const first = new Promise((resolve) => store.onChange(resolve))
      ${doing}
      await store.close()
      const left = (kind) => process.getActiveResourcesInfo().filter((name) => kind.test(name))
      console.log(left(/Timeout/).join())
      // Those that were closed go when the server has said goodbye as well.
      while (left(/TCP|TLS|GetAddr/).length > 0) await new Promise((resolve) => setTimeout(resolve, 10))`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  t.after(() => child.kill('SIGKILL'))
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
    if (said === 'ready\n') {
      said = ''
      onReady()
    }
  })
  const [code] = await once(child, 'exit')
  return { code, said: said.trim() }
}

test('a process that listened ends by itself once its store is closed', { timeout: 30_000 }, async (t) => {
  const url = await aDatabase()
  assert.deepEqual(await ends(t, url, 'await first'), { code: 0, said: '' })
  // Nobody waits for a connection that is just being made.
  assert.deepEqual(await ends(t, url, ''), { code: 0, said: '' })
  // Nor for the next attempt.
  const way = await aWay(t, url)
  const waiting = ends(t, way.url, "await first; console.log('ready'); await lost", way.close)
  assert.deepEqual(await waiting, { code: 0, said: '' })
})
