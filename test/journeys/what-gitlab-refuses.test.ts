// GitLab says no for good: nothing is lost, everybody sees why, and a lead mends it or gives it up.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDesk } from '../support/desk.ts'
import { eventually } from '../support/eventually.ts'

const filled = {
  title: 'My screen stays black',
  description: 'Since this morning.',
  category: 'Hardware',
  name: 'Ana Souza',
  email: 'ana@school.example',
}

const refusing = { method: 'POST', path: '/notes$', kind: 'status', status: 403 } as const

/** Bruno's reply, which GitLab refuses. */
const aRefusedReply = async (text: string) => {
  const desk = await openDesk()
  await desk.stranger().post('/open-issue', filled)
  const issue = await eventually('GitLab has the ticket', () => desk.sandbox.issues()[0])
  await desk.settled(issue.iid)
  const [bruno, davi] = [await desk.signedIn('bruno'), await desk.signedIn('davi')]
  desk.sandbox.faults([refusing])
  const path = `/issues/${issue.iid}`
  const page = await bruno.get(path)
  const sent = await bruno.post(`${path}/replies`, { body: text, key: bruno.hidden(page, 'key') })
  assert.equal(sent.status, 303)
  await eventually('it is stuck', async () => /GitLab refused it/u.test((await bruno.get(path)).text))
  const posted = () => desk.sandbox.notes(issue.iid).filter(({ body }) => body.includes(text)).length
  return { desk, bruno, davi, path, iid: issue.iid, posted }
}

/** Address of one of the two ways out on a page. */
const wayOut = (page: string, what: 'retry' | 'drop'): string => {
  const action = new RegExp(`action="(/operations/[0-9a-f-]{36}/${what})"`, 'u').exec(page)?.[1]
  assert.ok(action, `the page offers no ${what}`)
  return action
}

test('a reply that GitLab refuses is stuck with its reason; a lead mends it and it stands in GitLab once', async () => {
  const { desk, bruno, davi, path, posted } = await aRefusedReply('Is the cable in?')
  await using _ = desk
  const bruno1 = (await bruno.get(path)).text
  assert.match(bruno1, /Is the cable in\?/u, 'nothing is lost')
  assert.match(bruno1, /403/u)
  assert.match(bruno1, /Ask Davi/u)
  assert.doesNotMatch(bruno1, /\/operations\//u)
  assert.equal((await bruno.get('/operations')).status, 403)

  const list = (await davi.get('/operations')).text
  assert.match(list, /My screen stays black/u)
  assert.match(list, /Send a reply/u)
  assert.match(list, /0 on their way, 0 not confirmed, 1 stuck/u)

  // Sent again without mending anything, it is stuck again and says so.
  const again = await davi.post(wayOut(list, 'retry'))
  assert.match((await davi.follow(again)).text, /GitLab said no again/u)
  assert.equal(posted(), 0)

  desk.sandbox.faults([])
  const both = await Promise.all([davi.post(wayOut(list, 'retry')), davi.post(wayOut(list, 'retry'))])
  assert.deepEqual(
    both.map(({ status }) => status),
    [303, 303],
  )
  await eventually('it stands in GitLab', () => posted() > 0)
  assert.match((await davi.get('/operations')).text, /GitLab knows everything/u)
  assert.equal((await davi.post(wayOut(list, 'retry'))).status, 303)
  assert.equal((await davi.post(wayOut(list, 'drop'))).status, 303)
  const ticket = (await davi.get(path)).text
  assert.match(ticket, /Is the cable in\?/u)
  assert.equal(posted(), 1, 'once, whatever was pressed')
})

test('a reply that is given up is claimed no longer, and what waited behind it goes on', async () => {
  const { desk, bruno, davi, path, iid, posted } = await aRefusedReply('Buy another one')
  await using _ = desk
  const key = bruno.hidden(await bruno.get(path), 'key')
  await bruno.post(`${path}/notes`, { body: 'She has two of them', key })
  desk.sandbox.faults([])
  const page = (await davi.get(path)).text
  assert.match(page, /The requester never gets this reply/u)
  const dropped = await davi.post(wayOut(page, 'drop'), { back: 'ticket' })
  assert.deepEqual([dropped.status, dropped.location], [303, path])
  assert.match((await davi.follow(dropped)).text, /It is given up/u)
  await eventually('the timeline does not claim it', async () => {
    const { text } = await bruno.get(path)
    return !/Buy another one/u.test(text)
  })
  assert.equal(posted(), 0)
  await eventually('the note is in GitLab', () =>
    desk.sandbox.notes(iid).some(({ body }) => body.includes('She has two of them')),
  )
  assert.match((await bruno.get(path)).text, /She has two of them/u)
  assert.match((await davi.get('/operations')).text, /GitLab knows everything/u)
})

test('a ticket that GitLab refuses to open waits for a lead, and is opened once when it is mended', async () => {
  await using desk = await openDesk()
  desk.sandbox.faults([{ method: 'POST', path: '/issues$', kind: 'status', status: 403 }])
  const ana = desk.stranger()
  assert.equal((await ana.post('/open-issue', filled)).status, 303)
  const davi = await desk.signedIn('davi')
  const list = await eventually('it is stuck', async () => {
    const { text } = await davi.get('/operations')
    return /1 stuck/u.test(text) && text
  })
  assert.match(list, /Open the ticket in GitLab/u)
  desk.sandbox.faults([])
  await davi.post(wayOut(list, 'retry'))
  await eventually('GitLab has it', () => desk.sandbox.issues().length > 0)
  assert.equal(desk.sandbox.issues().length, 1)
})
