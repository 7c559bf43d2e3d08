// Several processes on one PostgreSQL: who of them is on duty, and what they hear of each other.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import pg from 'pg'
import { type IndexedStore, openPostgresStore } from '../../src/adapters/store/store.ts'
import { eventually } from '../support/eventually.ts'
import { startPostgres } from '../support/postgres.ts'
import { aDesk } from '../support/tickets.ts'
import { aReport, keepsCompany, saving } from './presence-sentences.ts'

/** Resolves with the first news: that it listens. */
const listens = (store: IndexedStore) =>
  new Promise<void>((resolve) => {
    const stop = store.onChange(() => {
      stop()
      resolve()
    })
  })

const open = async (t: TestContext, url: string): Promise<IndexedStore> => {
  const store = await openPostgresStore({ url, desk: aDesk() })
  t.after(() => store.close())
  return store
}

/** Bruno's process and Carla's on the same data. */
const two = async (t: TestContext) => {
  const url = await (await startPostgres()).createDatabase()
  return { url, bruno: await open(t, url), carla: await open(t, url) }
}

const counted = (store: IndexedStore) => {
  const told = { times: 0 }
  store.onChange(() => {
    told.times++
  })
  return told
}

const hearing = (store: IndexedStore, topic = 'greetings') => {
  const heard: string[] = []
  return { heard, stop: store.neighbours.onTold(topic, (message) => heard.push(message)) }
}

const asked = async (url: string, text: string, values: unknown[] = []) => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text, values)).rows
  } finally {
    await client.end()
  }
}

keepsCompany({
  name: 'PostgreSQL',
  fresh: async (t) => {
    const store = await open(t, await (await startPostgres()).createDatabase())
    await listens(store)
    return { store }
  },
})

test('the duty is held by one, and passes on when it is not asked for again', async (t) => {
  const { bruno, carla } = await two(t)
  assert.equal(await bruno.presence.takeDuty('bruno', 600), true)
  assert.equal(await carla.presence.takeDuty('carla', 60_000), false)
  assert.equal(await bruno.presence.takeDuty('bruno', 600), true)
  await eventually('Carla is on duty', () => carla.presence.takeDuty('carla', 60_000))
  assert.equal(await bruno.presence.takeDuty('bruno', 60_000), false)
})

test('who asks again holds the duty beyond the end that it had', async (t) => {
  const { url, bruno, carla } = await two(t)
  await bruno.presence.takeDuty('bruno', 200)
  await bruno.presence.takeDuty('bruno', 60_000)
  await asked(url, 'select pg_sleep(0.3)')
  assert.equal(await carla.presence.takeDuty('carla', 60_000), false)
})

test('who leaves frees the duty at once, and nobody but itself', async (t) => {
  const { bruno, carla } = await two(t)
  await bruno.presence.takeDuty('bruno', 60_000)
  await bruno.presence.report(aReport())
  await carla.presence.leave('carla')
  assert.equal(await carla.presence.takeDuty('carla', 60_000), false)
  assert.equal((await carla.presence.workers()).length, 1)
  await bruno.presence.leave('bruno')
  assert.deepEqual(await carla.presence.workers(), [])
  assert.equal(await carla.presence.takeDuty('carla', 60_000), true)
})

test('of several that ask for the duty at once exactly one gets it', async (t) => {
  const { bruno, carla } = await two(t)
  const names = ['bruno', 'carla', 'davi', 'bruno-2', 'carla-2', 'davi-2']
  for (let round = 0; round < 60; round++) {
    const answers = await Promise.all(
      names.map(async (name, index) => {
        const { presence } = index % 2 === 0 ? bruno : carla
        return (await presence.takeDuty(name, 60_000)) ? name : null
      }),
    )
    const holding = answers.filter((name) => name !== null)
    assert.equal(holding.length, 1, `round ${round}: ${holding.join(', ') || 'nobody'}`)
    const [holder = ''] = holding
    // In the next round there is one whose time is over, or none at all.
    if (round % 2 === 0) assert.equal(await bruno.presence.takeDuty(holder, 0), true)
    else await carla.presence.leave(holder)
  }
})

test('nobody gets the duty late: who waited for the row looks at the clock again', async (t) => {
  const { url, bruno } = await two(t)
  const holds = new pg.Client({ connectionString: url })
  await holds.connect()
  t.after(() => holds.end())
  await bruno.presence.takeDuty('davi', 60_000)
  await holds.query('begin')
  // Davi renews, and the answer takes its time; meanwhile his former hold would have ended.
  await holds.query(`update duties set until = (extract(epoch from clock_timestamp()) * 1000)::bigint + 100`)
  const asking = bruno.presence.takeDuty('bruno', 60_000)
  await eventually('Bruno waits for the row', async () => {
    const rows = await asked(
      url,
      `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%insert into duties%'`,
    )
    return rows.length > 0
  })
  await holds.query('select pg_sleep(0.2)')
  await holds.query('commit')
  assert.equal(await asking, true)
})

test('workers are seen by all, with their age by the clock of the database', async (t) => {
  const { url, bruno, carla } = await two(t)
  await bruno.presence.report(aReport())
  await carla.presence.report(aReport({ id: 'carla', onDuty: false }))
  await asked(url, `update workers set seen_at = seen_at - 40000 where id = 'carla'`)
  for (const store of [bruno, carla]) {
    const seen = await store.presence.workers()
    assert.deepEqual(
      seen.map(({ id, onDuty }) => [id, onDuty]),
      [
        ['bruno', true],
        ['carla', false],
      ],
    )
    const [first, second] = seen.map(({ age }) => age)
    assert.ok(first !== undefined && second !== undefined && second - first >= 39_000, `${first}, ${second}`)
  }
})

test('who has not been heard of for an hour is not listed, and forgotten with the next report', async (t) => {
  const { url, bruno, carla } = await two(t)
  await carla.presence.report(aReport({ id: 'carla' }))
  await bruno.presence.report(aReport())
  await asked(url, 'update workers set seen_at = seen_at - 3600001')
  assert.deepEqual(await bruno.presence.workers(), [])
  await bruno.presence.report(aReport())
  assert.deepEqual(
    (await carla.presence.workers()).map(({ id }) => id),
    ['bruno'],
  )
  assert.deepEqual(await asked(url, 'select id from workers'), [{ id: 'bruno' }])
})

test('what a worker of another release says is understood as far as it goes', async (t) => {
  const { url, bruno } = await two(t)
  const kept: Record<string, unknown> = {
    less: { gitlab: { state: 'down' } },
    more: {
      ...aReport(),
      gitlab: { ...aReport().gitlab, weather: 'fine' },
      mail: { sending: 'asleep' },
      mood: 1,
    },
    silent: { release: '9.0.0' },
    other: { gitlab: { state: 'asleep' } },
  }
  for (const [id, says] of [
    ...Object.entries(kept).map(([id, says]) => [id, JSON.stringify(says)]),
    ['odd', '{'],
  ])
    await asked(
      url,
      'insert into workers values ($1, (extract(epoch from clock_timestamp()) * 1000)::bigint, $2)',
      [id, says],
    )
  const nothing = { release: '', onDuty: false, mail: null }
  assert.deepEqual(
    (await bruno.presence.workers())
      .map(({ age: _, ...report }) => report)
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
    [
      { id: 'less', ...nothing, gitlab: { state: 'down', lastAnswerAt: null, reading: null } },
      { ...aReport({ id: 'more', mail: null }) },
    ],
  )
})

test('a change that one process commits is told in the other, once; one that it takes back is not', async (t) => {
  const { bruno, carla } = await two(t)
  await Promise.all([listens(bruno), listens(carla)])
  const [own, others] = [counted(bruno), counted(carla)]
  await assert.rejects(
    bruno.write(async (writer) => {
      await writer.saveSetting('cursor', 'never')
      throw new Error('a rule said no')
    }),
  )
  await saving(bruno, 'same')
  await eventually('Carla is told', () => others.times > 0)
  await saving(bruno, 'same')
  await saving(bruno, 'another')
  await eventually('Carla is told again', () => others.times > 1)
  // Whatever of Bruno's were still to come would come before this.
  await saving(carla, 'the end')
  await eventually('Bruno is told of it', () => own.times === 3)
  assert.deepEqual([own.times, others.times], [2 + 1, 2 + 1])
})

test('whoever is told of a change finds it', async (t) => {
  const { bruno, carla } = await two(t)
  await listens(carla)
  for (const value of ['one', 'two', 'three']) {
    const found = new Promise<string | null>((resolve, reject) => {
      const stop = carla.onChange(() => {
        stop()
        carla.read((reader) => reader.setting('cursor')).then(resolve, reject)
      })
    })
    await saving(bruno, value)
    assert.equal(await found, value)
  }
})

test('what one tells arrives at the others word for word, and not at itself', async (t) => {
  const { url, bruno, carla } = await two(t)
  const davi = await open(t, url)
  const [own, ...others] = [bruno, carla, davi].map((store) => hearing(store))
  const elsewhere = hearing(carla, 'other-things')
  await Promise.all([bruno, carla, davi].map(listens))
  const said = [
    'hello',
    '',
    'two\nlines = "and" more \\ \u0001',
    'Grüße 🙂',
    'x'.repeat(7_000),
    'ü'.repeat(3_500),
  ]
  for (const message of said) await bruno.neighbours.tell('greetings', message)
  for (const { heard } of others) {
    await eventually('all of it arrived', () => heard.length >= said.length)
    assert.deepEqual(heard, said)
  }
  // Carla's answer comes behind whatever would have come back to Bruno.
  await carla.neighbours.tell('greetings', 'good morning')
  await eventually('Bruno hears Carla', () => (own?.heard.length ?? 0) > 0)
  assert.deepEqual(own?.heard, ['good morning'])
  assert.deepEqual(elsewhere.heard, [])
})

test('who does not want to hear any more does not', async (t) => {
  const { bruno, carla } = await two(t)
  const [first, second] = [hearing(carla), hearing(carla)]
  await listens(carla)
  first.stop()
  first.stop()
  await bruno.neighbours.tell('greetings', 'hello')
  await eventually('the other hears', () => second.heard.length > 0)
  assert.deepEqual(first.heard, [])
})

test('what is too large to be told is refused with its size, and so is what is no topic', async (t) => {
  const { bruno } = await two(t)
  await assert.rejects(
    bruno.neighbours.tell('greetings', 'ü'.repeat(3_501)),
    /at most 7000 bytes; this one has 7002/,
  )
  for (const topic of ['', '=', 'Two words', 'a b', 'x\n', 'x'.repeat(51)])
    await assert.rejects(bruno.neighbours.tell(topic, 'hello'), /A topic is a word/, topic)
  await bruno.neighbours.tell('x'.repeat(50), 'x'.repeat(7_000))
})

test('two desks in two schemas of one database hear nothing of each other', async (t) => {
  const url = await (await startPostgres()).createDatabase()
  await asked(url, 'create schema "Ana\'s ""desk"')
  const other = new URL(url)
  other.searchParams.set('options', '-c search_path="Ana\'s\\ ""desk"')
  const [bruno, carla, davi] = [await open(t, url), await open(t, url), await open(t, other.href)]
  const [near, far] = [hearing(carla), hearing(davi)]
  await Promise.all([bruno, carla, davi].map(listens))
  const told = counted(davi)
  await saving(bruno, 'one')
  await bruno.neighbours.tell('greetings', 'hello')
  await eventually('Carla hears Bruno', () => near.heard.length > 0)
  // What the server hands over to one listener after another, Davi has as soon as something later came to him.
  const last = await open(t, other.href)
  await last.neighbours.tell('greetings', 'the end')
  await eventually('Davi hears his own', () => far.heard.length > 0)
  assert.deepEqual([far.heard, told.times], [['the end'], 0])
  assert.equal(await davi.presence.takeDuty('davi', 60_000), true)
  assert.equal(await bruno.presence.takeDuty('bruno', 60_000), true)
})

test('a process that nobody asked to listen has no connection for it', async (t) => {
  const { url, bruno, carla } = await two(t)
  const listening = async () =>
    (
      await asked(
        url,
        `select 1 from pg_stat_activity where datname = current_database() and application_name = 'belay (listening)'`,
      )
    ).length
  await saving(bruno, 'one')
  await bruno.presence.takeDuty('bruno', 60_000)
  await bruno.neighbours.tell('greetings', 'hello')
  assert.equal(await listening(), 0)
  await listens(carla)
  hearing(carla)
  carla.onChange(() => {})
  assert.equal(await listening(), 1)
})

test('a write is counted once', async (t) => {
  const { bruno } = await two(t)
  const version = await bruno.version()
  await saving(bruno, 'one')
  assert.equal(await bruno.version(), version + 1)
})
