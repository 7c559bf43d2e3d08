// The main story of the desk, over HTTP and with GitLab's own books looked at afterwards.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDesk } from '../support/desk.ts'

test('Ana asks, Bruno escalates, Carla resolves, and GitLab knows it all', async (t) => {
  await using desk = await openDesk()
  const ana = desk.stranger()
  const bruno = await desk.signedIn('bruno')
  const carla = await desk.signedIn('carla')
  let number = 0
  let link = ''

  await t.test('Ana opens a ticket on the form and gets a link of her own', async () => {
    const form = await ana.get('/open-issue')
    assert.equal(form.status, 200)
    const sent = await ana.post('/open-issue', {
      title: '[Hardware] My screen stays black',
      description: 'Since **this morning**.',
      category: '',
      name: 'Ana Souza',
      email: 'ana@school.example',
      key: ana.hidden(form, 'key'),
    })
    assert.equal(sent.status, 303, sent.text)
    link = sent.location
    assert.match(link, /^\/t\/[\w-]{43}$/u)
    const page = await ana.follow(sent)
    assert.equal(page.status, 200)
    assert.match(page.text, /My screen stays black/u)
    assert.equal(page.headers['referrer-policy'], 'no-referrer')
  })

  await t.test('GitLab has one issue with its category and level, confidential', () => {
    const issues = desk.sandbox.issues()
    assert.equal(issues.length, 1)
    assert.deepEqual(issues[0]?.labels, ['hardware', 'level::1'])
    number = issues[0]?.iid ?? 0
  })

  await t.test('Bruno finds it in his queue', async () => {
    const queue = await bruno.get('/issues')
    assert.equal(queue.status, 200)
    assert.match(queue.text, /My screen stays black/u)
    const found = await bruno.get('/issues?view=all&q=black')
    assert.match(found.text, /My screen stays black/u)
  })

  await t.test('Bruno replies, and the page shows it', async () => {
    const page = await bruno.get(`/issues/${number}`)
    assert.equal(page.status, 200)
    const sent = await bruno.post(`/issues/${number}/replies`, {
      body: 'Is the cable in?',
      key: bruno.hidden(page, 'key'),
    })
    assert.equal(sent.status, 303, sent.text)
    const after = await bruno.follow(sent)
    assert.match(after.text, /Is the cable in\?/u)
    assert.match(after.text, /Your reply to Ana Souza stands in the ticket/u)
  })

  await t.test('Bruno presses Escalate twice: the ticket goes up once', async () => {
    const page = await bruno.get(`/issues/${number}`)
    const form = { reason: 'Needs a new panel', from: '1', key: bruno.hidden(page, 'key') }
    const both = await Promise.all([
      bruno.post(`/issues/${number}/escalate`, form),
      bruno.post(`/issues/${number}/escalate`, form),
    ])
    assert.deepEqual(
      both.map(({ status, location }) => [status, location]),
      [
        [303, `/issues/${number}`],
        [303, `/issues/${number}`],
      ],
    )
    const after = await bruno.follow(both[0])
    assert.match(after.text, /Level 2/u)
  })

  await t.test('Davi, whose page still shows Level 1, is told that it is at Level 2 already', async () => {
    const davi = await desk.signedIn('davi')
    const sent = await davi.post(`/issues/${number}/escalate`, { reason: 'Me too', from: '1' })
    assert.equal(sent.status, 303)
    const page = await davi.follow(sent)
    assert.match(page.text, /at Level 2 already/u)
    const again = await davi.get(`/issues/${number}`)
    assert.doesNotMatch(again.text, /at Level 2 already/u)
  })

  await t.test('GitLab shows one change of level, one branch and one internal note', async () => {
    await desk.settled(number)
    const levels = desk.sandbox.labelEvents(number).filter(({ label }) => label === 'level::2')
    assert.equal(levels.length, 1)
    const branches = desk.sandbox.branches().filter(({ name }) => name.startsWith(`${number}-`))
    assert.equal(branches.length, 1)
    const notes = desk.sandbox.notes(number).filter(({ system }) => !system)
    assert.equal(notes.filter(({ body }) => body.includes('Needs a new panel')).length, 1)
    assert.equal(notes.filter(({ body }) => body.includes('Me too')).length, 0)
    // Service Desk says by itself that it took the ticket over.
    const ours = notes.filter(({ body }) => body.includes('<!-- belay'))
    assert.equal(ours.filter(({ internal }) => internal).length, 1)
    assert.deepEqual(desk.sandbox.issue(number)?.labels, ['hardware', 'level::2'])
  })

  await t.test('Carla takes it and resolves it with an answer', async () => {
    const taken = await carla.post(`/issues/${number}/assignee`, { assignee: 'carla' })
    assert.equal(taken.status, 303, taken.text)
    const page = await carla.get(`/issues/${number}`)
    const sent = await carla.post(`/issues/${number}/resolve`, {
      answer: 'You have a new panel.',
      key: carla.hidden(page, 'key'),
    })
    assert.equal(sent.status, 303, sent.text)
    await desk.settled(number)
    assert.equal(desk.sandbox.issue(number)?.state, 'closed')
  })

  await t.test("Ana's page says so, and shows nothing that agents said among themselves", async () => {
    const page = await ana.get(link)
    assert.equal(page.status, 200)
    assert.match(page.text, /Solved on/u)
    assert.doesNotMatch(page.text, /Needs a new panel/u)
  })

  await t.test('escalating a resolved ticket is refused, and the reason is still there', async () => {
    const sent = await bruno.post(`/issues/${number}/escalate`, { reason: 'It is black again', from: '2' })
    assert.equal(sent.status, 409)
    assert.match(sent.text, /This ticket is resolved/u)
    assert.match(sent.text, /It is black again/u)
  })
})
