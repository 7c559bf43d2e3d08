import assert from 'node:assert/strict'
import { test } from 'node:test'
import { open, openDesk } from './support/desk.ts'

type Note = { id: number; body: string; internal: boolean; system: boolean }

test('internal notes are taken out after the page was cut, so a short page is not the last', async (t) => {
  const desk = await openDesk(t)
  const iid = await open(desk)
  await desk.davi('POST', '/projects/1/members', { username: 'ana', access_level: 10 })
  for (const internal of [true, true, false]) {
    await desk.bot('POST', `/projects/1/issues/${iid}/notes`, {
      body: internal ? 'among us' : 'hello',
      internal,
    })
    desk.turn(1000)
  }
  const page = await desk.ana<Note[]>('GET', `/projects/1/issues/${iid}/notes?per_page=2&sort=asc`)
  assert.deepEqual(page.body, [])
  assert.equal(page.headers.get('x-next-page'), '2')
  const second = await desk.ana<Note[]>('GET', `/projects/1/issues/${iid}/notes?per_page=2&sort=asc&page=2`)
  assert.deepEqual(
    second.body.map((note) => note.body),
    ['hello'],
  )
  const all = await desk.bruno<Note[]>('GET', `/projects/1/issues/${iid}/notes?sort=asc`)
  assert.deepEqual(
    all.body.map((note) => note.internal),
    [true, true, false],
  )
  assert.equal(
    (await desk.ana('POST', `/projects/1/issues/${iid}/notes`, { body: 'x', internal: true })).status,
    403,
  )
})

test('a note of only commands leaves no note and answers 202, a failing one 400', async (t) => {
  const desk = await openDesk(t)
  const iid = await open(desk, { labels: 'level::1' })
  await desk.bot('POST', '/projects/1/labels', { name: 'level::2', color: '#c17d10' })
  const done = await desk.bot('POST', `/projects/1/issues/${iid}/notes`, {
    body: '/label ~"level::2"\n/unlabel ~level::1\n/close',
  })
  assert.equal(done.status, 202)
  assert.deepEqual(done.body.summary, [
    'Added ~"level::2" label.',
    'Removed ~"level::1" label.',
    'Closed this issue.',
  ])
  assert.deepEqual(desk.sandbox.issue(iid)?.labels, ['level::2'])
  assert.equal(desk.sandbox.issue(iid)?.state, 'closed')
  assert.equal(desk.sandbox.notes(iid).filter((note) => !note.system).length, 0)
  const failed = await desk.bot('POST', `/projects/1/issues/${iid}/notes`, { body: '/close' })
  assert.deepEqual(
    [failed.status, failed.body],
    [400, { message: '400 Bad request - Could not apply close command.' }],
  )
})

test('commands among text are taken out of it and run with the token’s rights', async (t) => {
  const desk = await openDesk(t)
  const iid = await open(desk)
  const answer = await desk.bot<Note>('POST', `/projects/1/issues/${iid}/notes`, {
    body: 'Thanks!\n/confidential\nBye',
  })
  assert.deepEqual([answer.status, answer.body.body], [201, 'Thanks!\nBye'])
  assert.equal(desk.sandbox.issue(iid)?.confidential, 1)
  const described = await open(desk, { description: 'Hi\n/title Changed by a stranger\n/assign @carla' })
  assert.equal(desk.sandbox.issue(described)?.title, 'Changed by a stranger')
  assert.equal(desk.sandbox.issue(described)?.assignee_id, 5)
  assert.equal(desk.sandbox.issue(described)?.description, 'Hi')
})

test('the commands of a help desk do what they say', async (t) => {
  const desk = await openDesk(t)
  const first = await open(desk)
  const iid = await open(desk)
  const say = async (body: string) =>
    (await desk.bruno('POST', `/projects/1/issues/${iid}/notes`, { body })).status
  assert.equal(await say('/convert_to_ticket jake@x.example'), 202)
  assert.equal(await say('/add_email a@x.example b@x.example'), 202)
  assert.equal(await say('/remove_email a@x.example'), 202)
  assert.equal(await say('/due 2026-04-01'), 202)
  assert.equal(await say('/spend 1h 30m'), 202)
  assert.equal(await say('/assign @davi'), 202)
  const issue = desk.sandbox.issue(iid)
  assert.deepEqual(desk.sandbox.emails(iid), ['b@x.example', 'jake@x.example'])
  assert.deepEqual(
    [
      issue?.service_desk_reply_to,
      issue?.confidential,
      issue?.due_date,
      issue?.time_spent,
      issue?.assignee_id,
    ],
    ['jake@x.example', 1, '2026-04-01', 5400, 6],
  )
  assert.equal(await say('/unassign'), 202)
  assert.equal(await say(`/duplicate #${first}`), 202)
  assert.equal(desk.sandbox.issue(iid)?.state, 'closed')
  const said = (of: number) => desk.sandbox.notes(of).map(({ body }) => body)
  assert.ok(said(iid).includes(`marked this issue as a duplicate of #${first}`))
  assert.ok(said(first).includes(`marked #${iid} as a duplicate of this issue`))
  assert.ok(desk.sandbox.issue(iid)?.duplicated_to_id)
  assert.equal(await say('/reopen'), 202)
  assert.equal(desk.sandbox.issue(iid)?.duplicated_to_id, null)
  assert.equal(await say('/move demo/archive'), 202)
  assert.equal(desk.sandbox.issues(2).length, 1)
})

test('the 301st note of a minute is refused as GitLab’s own limit refuses it', async (t) => {
  const desk = await openDesk(t, { limits: { notes: 3 } })
  const iid = await open(desk)
  const post = () => desk.bot('POST', `/projects/1/issues/${iid}/notes`, { body: 'again' })
  for (const status of [201, 201, 201]) assert.equal((await post()).status, status)
  const refused = await post()
  assert.equal(refused.status, 429)
  assert.deepEqual(refused.body, {
    message: { error: 'This endpoint has been requested too many times. Try again later.' },
  })
  assert.equal(refused.headers.get('retry-after'), '60')
  desk.turn(60_000)
  assert.equal((await post()).status, 201)
})

test('a note can be changed and deleted by its author, and the count follows', async (t) => {
  const desk = await openDesk(t)
  const iid = await open(desk)
  const { body: note } = await desk.bruno<Note>('POST', `/projects/1/issues/${iid}/notes`, { body: 'frist' })
  assert.equal(
    (await desk.carla('PUT', `/projects/1/issues/${iid}/notes/${note.id}`, { body: 'mine' })).status,
    403,
  )
  assert.equal(
    (await desk.bruno('PUT', `/projects/1/issues/${iid}/notes/${note.id}`, { body: 'first' })).body.body,
    'first',
  )
  assert.equal(desk.sandbox.issue(iid)?.user_notes_count, 1)
  assert.equal((await desk.bruno('DELETE', `/projects/1/issues/${iid}/notes/${note.id}`)).status, 204)
  assert.equal(desk.sandbox.issue(iid)?.user_notes_count, 0)
})
