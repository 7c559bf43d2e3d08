// What GitLab refuses is seen by everybody who works here, and answered by those who lead the desk.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDoor } from '../../support/door.ts'
import { minute } from '../../support/tickets.ts'

test('a lead finds what is stuck on one page, counted beside its name, and each leads to its ticket', async () => {
  await using door = await openDoor()
  const [first, second] = [await door.keep({ title: 'Screen' }), await door.keep({ title: 'Mouse' })]
  await door.keepStuck(first)
  door.turn(minute)
  await door.keepStuck(second)
  const davi = await door.signedIn('davi')
  for (const path of ['/issues', '/operations']) {
    const { text } = await davi.get(path)
    assert.match(text, /href="\/operations"[^>]*>.*Operations.*<span class="views-count">2<\/span>/u, path)
  }
  const { text } = await davi.get('/operations')
  assert.ok(text.indexOf('Screen') < text.indexOf('Mouse'), 'the oldest first')
  assert.match(text, new RegExp(`href="/issues/${first.iid}"`, 'u'))
  assert.match(text, /403 Forbidden/u)
  const bruno = await door.signedIn('bruno')
  assert.doesNotMatch((await bruno.get('/issues')).text, /\/operations/u)
})

test('an agent reads why, and whom to ask; a lead has the two ways out on the ticket too', async () => {
  await using door = await openDoor()
  await door.store.write((writer) =>
    writer.saveMembers([{ id: 13, username: 'davi', name: 'Davi', role: 'lead', seenAt: 0 }]),
  )
  const ticket = await door.keep({})
  const id = await door.keepStuck(ticket)
  const agents = (await (await door.signedIn('bruno')).get(`/issues/${ticket.iid}`)).text
  assert.match(agents, /403 Forbidden/u)
  assert.match(agents, /Ask Davi to send it again or to give it up/u)
  assert.doesNotMatch(agents, /\/retry|\/drop/u)
  const davi = await door.signedIn('davi')
  const leads = (await davi.get(`/issues/${ticket.iid}`)).text
  assert.match(leads, new RegExp(`action="/operations/${id}/retry"`, 'u'))
  const back = await davi.post(`/operations/${id}/retry`, { back: 'ticket' })
  assert.deepEqual([back.status, back.location], [303, `/issues/${ticket.iid}`])
})

test('giving up asks first, without any script, and says what will not happen', async () => {
  await using door = await openDoor()
  const ticket = await door.keep({})
  const id = await door.keepStuck(ticket)
  const davi = await door.signedIn('davi')
  const { text } = await davi.get('/operations')
  const [, details = ''] = /<details[^>]*>([\s\S]*?)<\/details>/u.exec(text) ?? []
  assert.match(details, /^<summary[^>]*>Give it up …<\/summary>/u)
  assert.match(details, /The note will not stand in GitLab/u)
  assert.match(details, new RegExp(`action="/operations/${id}/drop"`, 'u'))
  assert.doesNotMatch(text.replace(details, ''), /\/drop/u)
})

test('the answer is told, kept in the log without any text, and given once', async () => {
  await using door = await openDoor()
  const ticket = await door.keep({})
  const [id, davi] = [await door.keepStuck(ticket), await door.signedIn('davi')]
  const retried = await davi.post(`/operations/${id}/retry`)
  assert.equal(retried.location, '/operations')
  assert.match((await davi.follow(retried)).text, /It is being sent again/u)
  const again = await davi.post(`/operations/${id}/drop`)
  assert.match((await davi.follow(again)).text, /somebody else was quicker/u)
  assert.equal(
    (await door.store.read((reader) => reader.operation(id)))?.state,
    'ready',
    'nothing was dropped',
  )
  const told = door.lines.filter(({ data }) => data.operation === id)
  assert.deepEqual(
    told.map(({ data }) => data),
    [{ operation: id, kind: 'note', ticket: ticket.iid, by: 'davi' }],
  )
  assert.doesNotMatch(JSON.stringify(door.lines), /Look at the cable/u)
})

test('what was given up is not sent, and what waited behind it goes on', async () => {
  await using door = await openDoor()
  const ticket = await door.keep({})
  const id = await door.keepStuck(ticket)
  const bruno = await door.signedIn('bruno')
  await bruno.post(`/issues/${ticket.iid}/notes`, { body: 'And the plug' })
  const claim = () =>
    door.store.write((writer) => writer.claim({ now: door.parts.clock.now(), leaseMs: 1, limit: 9 }))
  assert.deepEqual(await claim(), [])
  const davi = await door.signedIn('davi')
  const dropped = await davi.post(`/operations/${id}/drop`)
  assert.match((await davi.follow(dropped)).text, /It is given up/u)
  const texts = (await claim()).map(({ operation: { intent } }) => intent.kind === 'note' && intent.text)
  assert.deepEqual(texts, ['And the plug'])
})

test('what is no operation is no page', async () => {
  await using door = await openDoor()
  const davi = await door.signedIn('davi')
  for (const id of ['1', 'x', '0197f000-0000-7000-8000-000000000000', '%00', '..%2f..'])
    for (const what of ['retry', 'drop'])
      assert.equal((await davi.post(`/operations/${id}/${what}`)).status, 404, `${id} ${what}`)
})

test('more than a page of them go on behind the cursor', async () => {
  await using door = await openDoor()
  for (let n = 0; n < 60; n++) await door.keepStuck(await door.keep({ title: `Ticket ${n}.` }))
  const davi = await door.signedIn('davi')
  const first = (await davi.get('/operations')).text
  const next = /rel="next" href="([^"]+)"/u.exec(first)?.[1] ?? ''
  const second = (await davi.get(next)).text
  for (let n = 0; n < 60; n++) assert.equal((first + second).split(`Ticket ${n}.`).length, 2, `ticket ${n}`)
  assert.doesNotMatch(second, /rel="next"/u)
  assert.equal((await davi.get('/operations?cursor=broken')).status, 200)
})
