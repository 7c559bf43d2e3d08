// What comes in by the form and may not be from a person: it waits for a lead, nothing of it is lost and
// nobody is written to; a few of anything simply go through; and a flood is told when to come again.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { floodLimits, heldBounds } from '../../../src/domain/flood.ts'
import type { TestDoor } from '../../support/door.ts'
import { openDoor } from '../../support/door.ts'
import { aDesk, hour, minute, second } from '../../support/tickets.ts'
import type { Visitor } from '../../support/visitor.ts'
import { sealed, work } from '../../support/work.ts'

const filled = {
  title: 'My screen stays black',
  description: 'Since this morning.',
  category: 'Hardware',
  name: 'Ana Souza',
  email: 'ana@school.example',
}

let person = 0
/** Somebody else each time, as far as addresses tell. */
const another = () => ({ ...filled, email: `person${++person}@school.example` })

const { client: ofClient, address: ofAddress } = floodLimits.gates.form
const { odd, work: worked, address: mostOfAddress } = floodLimits.form
assert.ok(ofClient && ofAddress)

const amount = async (door: TestDoor) => (await door.store.read((reader) => reader.heldAmount(null))).count
const lines = async (door: TestDoor) =>
  (await door.store.read((reader) => reader.heldPage({ cursor: null, limit: 100 }))).lines
const tickets = async (door: TestDoor) => (await door.store.read((reader) => reader.counts(null))).all

/** As many as come before the next one, each by somebody else, and all of them get through. */
const comeBefore = async (somebody: Visitor, count: number, door: TestDoor) => {
  for (let sent = 0; sent < count; sent++) {
    const page = await somebody.get('/open-issue')
    const form = sealed(somebody, page)
    door.turn(3 * second)
    const proof = page.text.includes('data-work-needed') ? work(form.rendered) : ''
    const { status, location } = await somebody.post('/open-issue', { ...another(), ...form, proof })
    assert.deepEqual([status, location.startsWith('/t/')], [303, true])
  }
}

const isTicket = (location: string) => assert.match(location, /^\/t\//u)
const isHeld = (location: string) => assert.equal(location, '/open-issue/held')

describe('a person who asks for help', () => {
  test('gets through at once, however quick and without any of the signs, a few times', async () => {
    await using door = await openDoor()
    const ana = door.stranger()
    for (let sent = 0; sent < odd.client; sent++)
      isTicket((await ana.post('/open-issue', another())).location)
    assert.equal(await amount(door), 0)
  })

  test('gets through also where many come, if they have seen the page and taken their time', async () => {
    await using door = await openDoor()
    const ana = door.stranger()
    await comeBefore(ana, odd.client, door)
    const form = await ana.get('/open-issue')
    door.turn(2 * second)
    isTicket((await ana.post('/open-issue', { ...filled, ...sealed(ana, form) })).location)
  })

  test('keeps the time of their page when the form comes back with a mistake', async () => {
    await using door = await openDoor()
    const ana = door.stranger()
    await comeBefore(ana, odd.client, door)
    const form = await ana.get('/open-issue')
    door.turn(minute)
    const proof = work(sealed(ana, form).rendered)
    const wrong = await ana.post('/open-issue', { ...filled, email: 'ana', ...sealed(ana, form), proof })
    assert.equal(wrong.status, 422)
    assert.deepEqual(sealed(ana, wrong), sealed(ana, form))
    assert.equal(ana.hidden(wrong, 'proof'), proof)
    isTicket((await ana.post('/open-issue', { ...filled, ...sealed(ana, wrong), proof })).location)
  })

  test('is told in their own language what becomes of what is held, and nothing is sent', async () => {
    await using door = await openDoor({ desk: { mail: { ...aDesk().mail, own: true } } })
    const ana = door.stranger()
    const sent = await ana.post('/open-issue', { ...filled, homepage: 'https://buy.example' })
    isHeld(sent.location)
    assert.match((await ana.follow(sent)).text, /A person looks at it first/u)
    const german = await ana.get(sent.location, { 'accept-language': 'de' })
    assert.match(german.text, /Zuerst sieht es sich ein Mensch an/u)
    assert.equal(await tickets(door), 0)
    const { operations } = await door.store.read((reader) => reader.backlog())
    assert.equal(operations.ready, 0)
    assert.equal(await door.store.read((reader) => reader.acknowledgements(filled.email, 0)), 0)
  })
})

describe('what is doubted', () => {
  test('is held with its reason once ten have come from one place', async () => {
    await using door = await openDoor()
    const bot = door.stranger()
    await comeBefore(bot, odd.client, door)
    const form = sealed(bot, await bot.get('/open-issue'))
    isHeld((await bot.post('/open-issue', another())).location)
    isHeld((await bot.post('/open-issue', { ...another(), ...form })).location)
    door.turn(9 * minute)
    await comeBefore(door.stranger(), 2, door)
    const old = sealed(bot, await bot.get('/open-issue'))
    door.turn(24 * hour + 1)
    await comeBefore(bot, odd.client, door)
    isHeld((await bot.post('/open-issue', { ...another(), ...old })).location)
    assert.deepEqual(
      (await lines(door)).map(({ doubt }) => doubt),
      ['no-time', 'too-quick', 'too-old'],
    )
  })

  test('a time that is signed for another form, or by nobody, is no time', async () => {
    await using door = await openDoor()
    const bot = door.stranger()
    await comeBefore(bot, odd.client, door)
    const form = sealed(bot, await bot.get('/open-issue'))
    door.turn(minute)
    const [time, tag] = form.rendered.split('.')
    for (const forged of [
      { ...form, key: 'another-key-1' },
      { ...form, rendered: `${time}.${'A'.repeat(22)}` },
      { ...form, rendered: `1.${tag}` },
      { ...form, rendered: form.rendered.repeat(2) },
      { rendered: form.rendered },
    ])
      isHeld((await bot.post('/open-issue', { ...another(), ...forged })).location)
    assert.deepEqual([...new Set((await lines(door)).map(({ doubt }) => doubt))], ['no-time'])
  })

  test('once twenty have come, only a browser that has worked gets through, once for each form', async () => {
    await using door = await openDoor()
    const bot = door.stranger()
    await comeBefore(bot, worked.client, door)
    const form = sealed(bot, await bot.get('/open-issue'))
    const other = sealed(bot, await bot.get('/open-issue'))
    door.turn(minute)
    const proof = work(form.rendered)
    isHeld((await bot.post('/open-issue', { ...another(), ...other })).location)
    isHeld((await bot.post('/open-issue', { ...another(), ...other, key: form.key, proof })).location)
    const made = await bot.post('/open-issue', {
      ...another(),
      ...sealed(bot, await bot.get('/open-issue')),
      proof,
    })
    isHeld(made.location)
    assert.deepEqual(
      (await lines(door)).map(({ doubt }) => doubt),
      ['many-from-client', 'many-from-client', 'many-from-client'],
    )
    const all = await tickets(door)
    const fresh = sealed(bot, await bot.get('/open-issue'))
    door.turn(minute)
    const good = { ...fresh, proof: work(fresh.rendered) }
    const first = await bot.post('/open-issue', { ...another(), ...good })
    const again = await bot.post('/open-issue', { ...another(), ...good })
    isTicket(first.location)
    assert.equal(again.location, first.location)
    assert.equal(await tickets(door), all + 1)
  })

  test('the page asks the browser for work only where very many come, and agents for nothing', async () => {
    await using door = await openDoor()
    const ana = door.stranger()
    assert.doesNotMatch((await ana.get('/open-issue')).text, /data-work-needed/u)
    await comeBefore(ana, worked.client, door)
    assert.match((await ana.get('/open-issue')).text, /data-work-needed/u)
    const bruno = await door.signedIn('bruno')
    assert.doesNotMatch((await bruno.get('/open-issue')).text, /data-work|homepage|proof-of-work/u)
  })

  test('what names one address over and over is held, whoever sends it', async () => {
    await using door = await openDoor({ options: { trustProxy: '1' } })
    const ana = door.stranger()
    const from = (last: number) => ({ 'sec-fetch-site': 'same-origin', 'x-forwarded-for': `192.0.2.${last}` })
    for (let sent = 0; sent < mostOfAddress; sent++)
      isTicket((await ana.post('/open-issue', filled, from(sent))).location)
    const form = sealed(ana, await ana.get('/open-issue'))
    door.turn(minute)
    const proof = work(form.rendered)
    const next = await ana.post(
      '/open-issue',
      { ...filled, email: 'ANA+x@school.example', ...form, proof },
      from(99),
    )
    isHeld(next.location)
    assert.deepEqual(
      (await lines(door)).map(({ doubt }) => doubt),
      ['many-from-address'],
    )
  })

  test('a client is whom the trusted proxy names, and nobody names themselves where none is trusted', async () => {
    for (const [trustProxy, others] of [
      ['1', true],
      [null, false],
    ] as const) {
      await using door = await openDoor({ options: { trustProxy } })
      const bot = door.stranger()
      const from = (address: string) => ({ 'sec-fetch-site': 'same-origin', 'x-forwarded-for': address })
      for (let sent = 0; sent < odd.client; sent++)
        await bot.post('/open-issue', another(), from('2001:db8::1'))
      isHeld((await bot.post('/open-issue', another(), from('2001:db8::ffff'))).location)
      const { location } = await bot.post('/open-issue', another(), from('2001:db8:0:1::1'))
      if (others) isTicket(location)
      else isHeld(location)
    }
  })

  test('no network address is kept, and its mark is the same for the same place only', async () => {
    await using door = await openDoor({ options: { trustProxy: '1' } })
    const bot = door.stranger()
    for (const address of ['192.0.2.7', '192.0.2.7', '192.0.2.8'])
      await bot.post(
        '/open-issue',
        { ...another(), homepage: 'x' },
        { 'sec-fetch-site': 'same-origin', 'x-forwarded-for': address },
      )
    const held = await lines(door)
    const [one, two, three] = held.map(({ client }) => client)
    assert.ok(one === two && one !== three)
    assert.doesNotMatch(JSON.stringify([held, door.lines]), /192\.0\.2/u)
    const page = await (await door.signedIn('davi')).get('/held')
    assert.doesNotMatch(page.text, /192\.0\.2/u)
    assert.ok(one !== undefined && page.text.includes(one))
  })

  test('the same form sent twice while it is held is held once', async () => {
    await using door = await openDoor()
    const ana = door.stranger()
    const key = ana.hidden(await ana.get('/open-issue'), 'key')
    const form = { ...filled, key, homepage: 'x' }
    const both = await Promise.all([ana.post('/open-issue', form), ana.post('/open-issue', form)])
    for (const { location } of both) isHeld(location)
    isHeld((await ana.post('/open-issue', { ...filled, key })).location)
    assert.equal(await amount(door), 1)
    assert.equal(await tickets(door), 0)
  })

  test('files come along and are there when it is opened', async () => {
    await using door = await openDoor()
    const ana = door.stranger()
    await ana.postFiles('/open-issue', { ...filled, homepage: 'x' }, [
      { name: 'screen.txt', type: 'text/plain', bytes: 'black' },
      { name: 'desk.txt', type: 'text/plain', bytes: 'brown' },
    ])
    const davi = await door.signedIn('davi')
    assert.match((await davi.get('/held')).text, /screen\.txt/u)
    const [held] = await lines(door)
    assert.ok(held)
    await davi.post(`/held/${held.id}/open`)
    const answers = [
      await davi.get(`/issues/${held.id}/files/1`),
      await davi.get(`/issues/${held.id}/files/2`),
    ]
    assert.deepEqual(
      answers.map(({ text }) => text),
      ['black', 'brown'],
    )
    assert.equal(await amount(door), 0)
  })
})

describe('a flood', () => {
  test('is told when to come again, in its own language, and what was typed stays on the page', async () => {
    await using door = await openDoor()
    const bot = door.stranger()
    for (let sent = 0; sent < ofClient.limit; sent++)
      assert.equal((await bot.post('/open-issue', another())).status, 303)
    assert.equal(await tickets(door), odd.client)
    const kept = await amount(door)
    const form = sealed(bot, await bot.get('/open-issue'))
    const refused = await bot.post('/open-issue', { ...filled, ...form })
    assert.equal(refused.status, 429)
    assert.ok(Number(refused.headers['retry-after']) > 0 && Number(refused.headers['retry-after']) <= 660)
    assert.match(refused.text, /Please send it again in \d+ minutes/u)
    for (const text of ['My screen stays black', 'Since this morning.', 'Ana Souza', form.key, form.rendered])
      assert.ok(refused.text.includes(text), text)
    const german = await bot.post('/open-issue', filled, {
      'sec-fetch-site': 'same-origin',
      'accept-language': 'de',
    })
    assert.match(german.text, /Bitte senden Sie es in \d+ Minuten noch einmal/u)
    assert.equal(await amount(door), kept)

    const bruno = await door.signedIn('bruno')
    assert.match((await bruno.post('/open-issue', filled)).location, /^\/issues\//u)
    assert.equal((await bruno.get('/issues')).status, 200)

    door.turn(Number(refused.headers['retry-after']) * second)
    isTicket((await bot.post('/open-issue', { ...filled, ...form })).location)
  })

  test('of one address from everywhere is refused as well, at last', async () => {
    await using door = await openDoor({ options: { trustProxy: '1' } })
    const bot = door.stranger()
    const from = (number: number) => ({
      'sec-fetch-site': 'same-origin',
      'x-forwarded-for': `198.51.100.${number}`,
    })
    for (let sent = 0; sent < ofAddress.limit; sent++)
      assert.equal((await bot.post('/open-issue', filled, from(sent))).status, 303)
    assert.equal((await bot.post('/open-issue', filled, from(200))).status, 429)
    assert.equal((await bot.post('/open-issue', another(), from(200))).status, 303)
  })

  test('does not fill the room of a lead: then the page says so, and nothing is half kept', async () => {
    await using door = await openDoor()
    const bot = door.stranger()
    const held = await bot.post('/open-issue', { ...filled, homepage: 'x' })
    isHeld(held.location)
    const [one] = await lines(door)
    assert.ok(one)
    await door.store.write(async (writer) => {
      for (let count = 1; count < heldBounds.client.count; count++)
        await writer.hold({ ...one, id: `more-${count}`, key: `more-key-${count}` }, [])
    })
    const full = await bot.post('/open-issue', { ...filled, homepage: 'x' })
    assert.equal(full.status, 429)
    assert.equal(full.headers['retry-after'], '3600')
    assert.match(full.text, /too much waits for its lead/u)
    assert.ok(full.text.includes('Since this morning.'))
    assert.equal(await amount(door), heldBounds.client.count)
    isTicket((await bot.post('/open-issue', filled)).location)
  })

  test('of sign-ins that are only begun is refused, for that place alone', async () => {
    await using door = await openDoor({ options: { trustProxy: '1' } })
    const bot = door.stranger()
    const limit = floodLimits.gates['sign-in'].client?.limit ?? 0
    for (let sent = 0; sent < limit; sent++)
      assert.equal((await bot.get('/sign-in/gitlab', { 'x-forwarded-for': '192.0.2.1' })).status, 302)
    const refused = await bot.get('/sign-in/gitlab', { 'x-forwarded-for': '192.0.2.1' })
    assert.equal(refused.status, 429)
    assert.ok(Number(refused.headers['retry-after']) > 0)
    assert.equal((await bot.get('/sign-in?go=gitlab', { 'x-forwarded-for': '192.0.2.1' })).status, 429)
    assert.equal((await bot.get('/sign-in/gitlab', { 'x-forwarded-for': '192.0.2.2' })).status, 302)
  })
})

describe('a lead', () => {
  const oneHeld = async (door: TestDoor, changes: Record<string, string> = {}) => {
    const ana = door.stranger()
    const key = ana.hidden(await ana.get('/open-issue'), 'key')
    const form = { ...another(), key, ...changes }
    isHeld((await ana.post('/open-issue', { ...form, homepage: 'x' })).location)
    const [held] = (await lines(door)).filter((one) => one.key === key)
    assert.ok(held)
    return { ana, held, form }
  }

  test('sees what waits, why, and how much, and opens it as if it had come then', async () => {
    await using door = await openDoor({ desk: { mail: { ...aDesk().mail, own: true } } })
    const { ana, held, form } = await oneHeld(door, { title: 'Buy <b>now</b>' })
    const davi = await door.signedIn('davi')
    const page = await davi.get('/held')
    for (const text of [
      'Buy &lt;b&gt;now&lt;/b&gt;',
      'A field was filled in that people cannot see.',
      `Ana Souza &lt;${form.email}&gt;`,
      'Since this morning.',
    ])
      assert.ok(page.text.includes(text), text)
    assert.match((await davi.get('/issues')).text, /href="\/held"[\s\S]*?views-count">1</u)
    door.turn(2 * hour)
    const opened = await davi.post(`/held/${held.id}/open`)
    assert.match((await davi.follow(opened)).text, /It is a ticket now/u)
    const ticket = await door.store.read((reader) => reader.ticket({ id: held.id }))
    assert.equal(ticket?.openedAt, held.receivedAt)
    assert.equal(ticket?.title, 'Buy <b>now</b>')
    assert.deepEqual(ticket?.requester, {
      name: 'Ana Souza',
      email: form.email,
      username: null,
      language: 'en',
    })
    assert.equal(await amount(door), 0)
    assert.equal(await door.store.read((reader) => reader.acknowledgements(form.email, 0)), 1)
    isTicket((await ana.post('/open-issue', form)).location)
    assert.equal(await tickets(door), 1)
  })

  test('who presses twice, or beside another lead, opens it once', async () => {
    await using door = await openDoor({ members: { dora: 'lead' } })
    const { held } = await oneHeld(door)
    const [davi, dora] = [await door.signedIn('davi'), await door.signedIn('dora')]
    const path = `/held/${held.id}/open`
    const all = await Promise.all([davi.post(path), davi.post(path), dora.post(path)])
    assert.deepEqual([...new Set(all.map(({ status, location }) => `${status} ${location}`))], ['303 /held'])
    assert.equal(await tickets(door), 1)
    const operations = await door.store.read((reader) => reader.operations(held.id))
    assert.equal(operations.filter(({ intent }) => intent.kind === 'open').length, 1)
    assert.match((await dora.follow(await dora.post(path))).text, /somebody was quicker/u)
    assert.match(
      (await dora.follow(await dora.post(`/held/${held.id}/drop`))).text,
      /does not wait here any more/u,
    )
    assert.equal(await tickets(door), 1)
  })

  test('who opens all of a flood at once mails nobody more than three times an hour', async () => {
    await using door = await openDoor({ desk: { mail: { ...aDesk().mail, own: true } } })
    for (let sent = 0; sent < 6; sent++) {
      await oneHeld(door, { email: 'victim@school.example' })
      door.turn(2 * hour)
    }
    const davi = await door.signedIn('davi')
    for (const { id } of await lines(door)) await davi.post(`/held/${id}/open`)
    assert.equal(await tickets(door), 6)
    assert.equal(await door.store.read((reader) => reader.acknowledgements('victim@school.example', 0)), 3)
  })

  test('drops one, or all that are selected, and what was not selected stays', async () => {
    await using door = await openDoor()
    const all = [await oneHeld(door), await oneHeld(door), await oneHeld(door), await oneHeld(door)]
    const [first, second_, third, fourth] = all.map(({ held }) => held.id)
    const davi = await door.signedIn('davi')
    assert.match((await davi.follow(await davi.post(`/held/${first}/drop`))).text, /1 submission is deleted/u)
    const selected = {
      [`drop-${second_}`]: 'on',
      [`drop-${third}`]: 'on',
      'drop-x': 'on',
      [`drop-${first}`]: 'on',
    }
    assert.match(
      (await davi.follow(await davi.post('/held/drop', selected))).text,
      /2 submissions are deleted/u,
    )
    assert.deepEqual(
      (await lines(door)).map(({ id }) => id),
      [fourth],
    )
    assert.match((await davi.follow(await davi.post('/held/drop', {}))).text, /None was selected/u)
    assert.equal(await amount(door), 1)
    assert.equal(await tickets(door), 0)
  })

  test('who dropped a person by mistake has not shut them out: the same form is held anew', async () => {
    await using door = await openDoor()
    const { ana, held, form } = await oneHeld(door)
    const davi = await door.signedIn('davi')
    await davi.post(`/held/${held.id}/drop`)
    isTicket((await ana.post('/open-issue', form)).location)
    assert.equal(await tickets(door), 1)
  })

  test('finds nothing under odd addresses, and agents and strangers find nothing at all', async () => {
    await using door = await openDoor({ members: { requester: 'requester' } })
    const { held } = await oneHeld(door)
    const davi = await door.signedIn('davi')
    for (const id of ['1', '01', 'x', "x'--", `${held.id}x`, held.id.toUpperCase().replace(/^0/u, 'A')])
      for (const way of ['open', 'drop'])
        assert.equal((await davi.post(`/held/${encodeURIComponent(id)}/${way}`)).status, 404, id)
    for (const username of ['bruno', 'carla', 'requester']) {
      const somebody = await door.signedIn(username)
      assert.equal((await somebody.get('/held')).status, 403)
      for (const way of ['open', 'drop'])
        assert.equal((await somebody.post(`/held/${held.id}/${way}`)).status, 404)
      assert.equal((await somebody.post('/held/drop', { [`drop-${held.id}`]: 'on' })).status, 403)
    }
    const stranger = door.stranger()
    assert.equal((await stranger.post(`/held/${held.id}/open`)).status, 403)
    assert.equal(await amount(door), 1)
  })
})

test('an agent is never limited, and somebody with an account is one client wherever they sit', async () => {
  await using door = await openDoor({ members: { requester: 'requester' }, options: { trustProxy: '1' } })
  const bruno = await door.signedIn('bruno')
  for (let sent = 0; sent < ofClient.limit + 5; sent++)
    assert.match((await bruno.post('/open-issue', filled)).location, /^\/issues\//u)
  const requester = await door.signedIn('requester')
  const own = { ...filled, name: '', email: '' }
  for (let sent = 0; sent < odd.client; sent++)
    isTicket(
      (
        await requester.post('/open-issue', own, {
          'sec-fetch-site': 'same-origin',
          'x-forwarded-for': `192.0.2.${sent}`,
        })
      ).location,
    )
  isHeld((await requester.post('/open-issue', own)).location)
})
