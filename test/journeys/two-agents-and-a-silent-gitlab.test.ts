// What happens when people meet on one ticket, and when GitLab is not there: nothing is lost,
// nothing happens twice, and the page says how it stands.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDesk } from '../support/desk.ts'

const filled = {
  title: 'My screen stays black',
  description: 'Since this morning.',
  category: 'Hardware',
  name: 'Ana Souza',
  email: 'ana@school.example',
}

test('two agents escalate in the same instant: GitLab sees one escalation', async () => {
  await using desk = await openDesk()
  await desk.stranger().post('/open-issue', filled)
  const [bruno, davi] = [await desk.signedIn('bruno'), await desk.signedIn('davi')]
  const number = desk.sandbox.issues()[0]?.iid ?? 0
  const pages = [await bruno.get(`/issues/${number}`), await davi.get(`/issues/${number}`)] as const
  const sent = await Promise.all([
    bruno.post(`/issues/${number}/escalate`, {
      reason: 'From Bruno',
      from: '1',
      key: bruno.hidden(pages[0], 'key'),
    }),
    davi.post(`/issues/${number}/escalate`, {
      reason: 'From Davi',
      from: '1',
      key: davi.hidden(pages[1], 'key'),
    }),
  ])
  assert.deepEqual(
    sent.map(({ status }) => status),
    [303, 303],
  )
  await desk.settled(number)
  const internal = desk.sandbox.notes(number).filter((note) => note.internal && !note.system)
  assert.equal(internal.length, 1)
  assert.equal(desk.sandbox.labelEvents(number).filter(({ label }) => label === 'level::2').length, 1)
  assert.equal(desk.sandbox.branches().filter(({ name }) => name.startsWith(`${number}-`)).length, 1)
})

test('a file that Ana sends comes back byte for byte through Belay only', async () => {
  await using desk = await openDesk()
  const bytes = Buffer.from('89504e470d0a1a0a00000001feff', 'hex')
  const sent = await desk
    .stranger()
    .postFiles('/open-issue', filled, [{ name: 'screen.png', type: 'image/png', bytes }])
  assert.equal(sent.status, 303, sent.text)
  const number = desk.sandbox.issues()[0]?.iid ?? 0
  await desk.settled(number)
  const bruno = await desk.signedIn('bruno')
  const file = await bruno.get(`/issues/${number}/files/1`)
  assert.deepEqual([file.status, file.headers['content-type']], [200, 'image/png'])
  assert.deepEqual(file.bytes, bytes)
  assert.equal((await desk.stranger().get(`/issues/${number}/files/1`)).status, 303)
  assert.doesNotMatch((await bruno.get(`/issues/${number}`)).text, /\/uploads\//u)
})

test('while GitLab takes nothing a ticket is opened all the same and reaches it once afterwards', async () => {
  await using desk = await openDesk()
  const bruno = await desk.signedIn('bruno')
  desk.sandbox.faults([{ method: 'POST', path: '/issues', kind: 'status', status: 429 }])
  const ana = desk.stranger()
  const sent = await ana.post('/open-issue', filled)
  assert.equal(sent.status, 303)
  assert.equal((await ana.follow(sent)).status, 200)
  const queue = await bruno.get('/issues')
  assert.match(queue.text, /My screen stays black/u)
  assert.equal(desk.sandbox.issues().length, 0)
  desk.sandbox.faults([])
  const [ticket] = await desk.parts.store.read(async (reader) => {
    const page = await reader.page({
      view: 'all',
      me: null,
      level: null,
      category: null,
      state: null,
      assignee: null,
      words: '',
      cursor: null,
      limit: 5,
    })
    return page.tickets
  })
  await desk.parts.settled(ticket?.id ?? '', 20_000)
  assert.equal(desk.sandbox.issues().length, 1)
})
