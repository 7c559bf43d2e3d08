// Pages are given again while nothing has changed. Nobody may notice but by the speed.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDoor } from '../../support/door.ts'
import { minute } from '../../support/tickets.ts'

test('a page given again is the same page with a new key in its forms', async () => {
  await using door = await openDoor()
  const ticket = await door.keep({ title: 'Größe “42” — 日本語' })
  const bruno = await door.signedIn('bruno')
  const [first, second] = [await bruno.get(`/issues/${ticket.iid}`), await bruno.get(`/issues/${ticket.iid}`)]
  const keys = [first, second].map((page) => bruno.hidden(page, 'key'))
  assert.notEqual(keys[0], keys[1])
  assert.equal(first.text.replaceAll(keys[0] ?? '', ''), second.text.replaceAll(keys[1] ?? '', ''))
  assert.ok(second.text.includes('日本語'))
  assert.equal(Number(second.headers['content-length']), second.bytes.length)
})

test('what a colleague writes is on the next page', async () => {
  await using door = await openDoor()
  const ticket = await door.keep({})
  const [bruno, carla] = [await door.signedIn('bruno'), await door.signedIn('carla')]
  await bruno.get(`/issues/${ticket.iid}`)
  await carla.post(`/issues/${ticket.iid}/notes`, { body: 'Looked at it this morning' })
  assert.match((await bruno.get(`/issues/${ticket.iid}`)).text, /Looked at it this morning/u)
})

test('a message is shown once and never to somebody else', async () => {
  await using door = await openDoor()
  const ticket = await door.keep({})
  const bruno = await door.signedIn('bruno')
  const sent = await bruno.post(`/issues/${ticket.iid}/escalate`, { from: '2' })
  assert.match((await bruno.follow(sent)).text, /at Level 1 already/u)
  assert.doesNotMatch((await bruno.follow(sent)).text, /at Level 1 already/u)
})

test("one person's page is not another's, nor one language another", async () => {
  await using door = await openDoor()
  await door.keep({ assignee: 'bruno' })
  const [bruno, carla] = [await door.signedIn('bruno'), await door.signedIn('carla')]
  const path = '/issues?view=mine'
  assert.match((await bruno.get(path)).text, /My screen stays black/u)
  assert.doesNotMatch((await carla.get(path)).text, /My screen stays black/u)
  assert.match((await bruno.get(path, { 'accept-language': 'de' })).text, /<html lang="de"/u)
  assert.match((await bruno.get(path)).text, /<html lang="en"/u)
})

test('who loses the role loses the remembered page, too', async () => {
  await using door = await openDoor()
  const bruno = await door.signedIn('bruno')
  assert.equal((await bruno.get('/issues')).status, 200)
  door.roles.set('bruno', 'requester')
  door.turn(5 * minute)
  assert.equal((await bruno.get('/issues')).status, 403)
})
