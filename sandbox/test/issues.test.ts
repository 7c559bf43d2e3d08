import assert from 'node:assert/strict'
import { test } from 'node:test'
import { open, openDesk } from './support/desk.ts'

test('the two shapes of 400 are told apart', async (t) => {
  const desk = await openDesk(t)
  assert.deepEqual((await desk.bot('POST', '/projects/1/issues', {})).body, { error: 'title is missing' })
  const long = await desk.bot('POST', '/projects/1/issues', { title: 'x'.repeat(256) })
  assert.equal(long.status, 400)
  assert.deepEqual(long.body, { message: { title: ['is too long (maximum is 255 characters)'] } })
  assert.equal((await desk.bot('POST', '/projects/1/issues', { title: '😀'.repeat(255) })).status, 201)
  const iid = await open(desk)
  const none = await desk.bot('PUT', `/projects/1/issues/${iid}`, {})
  assert.match(String(none.body.error), /are missing, at least one parameter must be provided$/)
  const odd = await desk.bot('PUT', `/projects/1/issues/${iid}`, { state_event: 'explode' })
  assert.deepEqual(odd.body, { error: 'state_event does not have a valid value' })
})

test('an unknown label is made silently, and giving labels at creation makes events', async (t) => {
  const desk = await openDesk(t)
  const iid = await open(desk, { labels: 'hardware,level::1' })
  const labels = await desk.bot<{ name: string }[]>('GET', '/projects/1/labels')
  assert.deepEqual(
    labels.body.map((label) => label.name),
    ['hardware', 'level::1'],
  )
  assert.deepEqual(
    desk.sandbox.labelEvents(iid).map((e) => [e.label, e.action]),
    [
      ['hardware', 'add'],
      ['level::1', 'add'],
    ],
  )
})

test('with add_labels and remove_labels a labels in the same call is ignored; an empty labels takes all away', async (t) => {
  const desk = await openDesk(t)
  const iid = await open(desk, { labels: 'a,b' })
  const put = (change: unknown) => desk.bot<{ labels: string[] }>('PUT', `/projects/1/issues/${iid}`, change)
  assert.deepEqual((await put({ add_labels: 'c', remove_labels: 'a', labels: 'z' })).body.labels, ['b', 'c'])
  assert.deepEqual((await put({ add_labels: 'd', labels: 'z' })).body.labels, ['b', 'c', 'd'])
  assert.deepEqual((await put({ labels: ['x', 'y'] })).body.labels, ['x', 'y'])
  assert.deepEqual((await put({ labels: '' })).body.labels, [])
})

test('two parallel swaps of the level label leave both levels on', async (t) => {
  const desk = await openDesk(t, { raceWindowMs: 60 })
  const iid = await open(desk, { labels: 'level::1' })
  const levels = ['level::1', 'level::2', 'level::3']
  const swap = (to: string) =>
    desk.bot('PUT', `/projects/1/issues/${iid}`, {
      add_labels: to,
      remove_labels: levels.filter((level) => level !== to).join(),
    })
  await Promise.all([swap('level::2'), swap('level::3')])
  assert.deepEqual(desk.sandbox.issue(iid)?.labels, ['level::2', 'level::3'])
  await swap('level::3')
  assert.deepEqual(desk.sandbox.issue(iid)?.labels, ['level::3'])
})

test('closing and reopening make state events, once each', async (t) => {
  const desk = await openDesk(t)
  const iid = await open(desk)
  for (const state_event of ['close', 'close', 'reopen', 'close'])
    await desk.bruno('PUT', `/projects/1/issues/${iid}`, { state_event })
  const events = await desk.bot<{ state: string; resource_id: number; user: { username: string } }[]>(
    'GET',
    `/projects/1/issues/${iid}/resource_state_events`,
  )
  assert.deepEqual(
    events.body.map((e) => [e.state, e.user.username]),
    [
      ['closed', 'bruno'],
      ['reopened', 'bruno'],
      ['closed', 'bruno'],
    ],
  )
  assert.equal(events.body[0]?.resource_id, desk.sandbox.issue(iid)?.id)
})

test('notes and labels move updated_at at most once a minute; a new title always does', async (t) => {
  const desk = await openDesk(t)
  const iid = await open(desk)
  const updated = () => desk.sandbox.issue(iid)?.updated_at
  const start = updated() ?? 0
  desk.turn(59_000)
  await desk.bot('POST', `/projects/1/issues/${iid}/notes`, { body: 'soon' })
  await desk.bot('PUT', `/projects/1/issues/${iid}`, { add_labels: 'waiting' })
  assert.equal(updated(), start)
  desk.turn(1_000)
  await desk.bot('POST', `/projects/1/issues/${iid}/notes`, { body: 'later' })
  assert.equal(updated(), start + 60_000)
  desk.turn(1_000)
  await desk.bot('PUT', `/projects/1/issues/${iid}`, { title: 'Another' })
  assert.equal(updated(), start + 61_000)
})

test('renaming a label rewrites what history says, deleting it leaves null', async (t) => {
  const desk = await openDesk(t)
  const iid = await open(desk, { labels: 'old' })
  const events = () =>
    desk.bot<{ label: { name: string } | null }[]>('GET', `/projects/1/issues/${iid}/resource_label_events`)
  await desk.davi('PUT', '/projects/1/labels/old', { new_name: 'new' })
  assert.equal((await events()).body[0]?.label?.name, 'new')
  assert.equal((await desk.davi('DELETE', '/projects/1/labels/new')).status, 204)
  assert.equal((await events()).body[0]?.label, null)
})

test('a label that exists already answers 409', async (t) => {
  const desk = await openDesk(t)
  await desk.bot('POST', '/projects/1/labels', { name: 'hardware', color: '#f45562' })
  const again = await desk.bot('POST', '/projects/1/labels', { name: 'hardware', color: '#f45562' })
  assert.deepEqual([again.status, again.body], [409, { message: 'Label already exists' }])
})

test('moving closes the old issue and makes a new one with another number', async (t) => {
  const desk = await openDesk(t)
  const iid = await open(desk, { labels: 'hardware' })
  const moved = await desk.davi<{ project_id: number; iid: number; id: number }>(
    'POST',
    `/projects/1/issues/${iid}/move`,
    { to_project_id: 2 },
  )
  assert.deepEqual([moved.status, moved.body.project_id, moved.body.iid], [201, 2, 1])
  const old = await desk.davi('GET', `/projects/1/issues/${iid}`)
  assert.deepEqual([old.body.state, old.body.moved_to_id], ['closed', moved.body.id])
})

test('numbers are not used twice, and deleting honours If-Unmodified-Since', async (t) => {
  const desk = await openDesk(t)
  const iid = await open(desk)
  assert.equal((await desk.carla('DELETE', `/projects/1/issues/${iid}`)).status, 403)
  const headers = {
    'PRIVATE-TOKEN': desk.sandbox.tokenOf('davi'),
    'If-Unmodified-Since': 'Mon, 01 Mar 2021 00:00:00 GMT',
  }
  const stale = await fetch(`${desk.sandbox.url}/api/v4/projects/1/issues/${iid}`, {
    method: 'DELETE',
    headers,
  })
  assert.equal(stale.status, 412)
  assert.equal((await desk.davi('DELETE', `/projects/1/issues/${iid}`)).status, 204)
  assert.equal(await open(desk), iid + 1)
})

test('filters find what they name and nothing else', async (t) => {
  const desk = await openDesk(t)
  const one = await open(desk, {
    title: 'Printer is on fire',
    labels: 'hardware,level::1',
    confidential: true,
  })
  desk.turn(1000)
  const two = await open(desk, {
    title: 'Wi-Fi is slow',
    description: 'near the printer',
    issue_type: 'incident',
  })
  desk.turn(1000)
  const three = await open(desk, { title: 'Badge', assignee_ids: [5] })
  await desk.bot('PUT', `/projects/1/issues/${three}`, { state_event: 'close' })
  const find = async (query: string) =>
    (await desk.bot<{ iid: number }[]>('GET', `/projects/1/issues?sort=asc&${query}`)).body.map(
      (issue) => issue.iid,
    )
  assert.deepEqual(await find('state=opened'), [one, two])
  assert.deepEqual(await find('labels=hardware,level::1'), [one])
  assert.deepEqual(await find('labels=None'), [two, three])
  assert.deepEqual(await find('not[labels]=hardware'), [two, three])
  assert.deepEqual(await find('search=printer'), [one, two])
  assert.deepEqual(await find('search=printer&in=title'), [one])
  assert.deepEqual(await find('confidential=true'), [one])
  assert.deepEqual(await find('issue_type=incident'), [two])
  assert.deepEqual(await find('assignee_username=carla'), [three])
  assert.deepEqual(await find('assignee_id=None'), [one, two])
  assert.deepEqual(await find(`iids[]=${one}&iids[]=${three}`), [one, three])
  const at = new Date(desk.sandbox.issue(two)?.created_at ?? 0).toISOString()
  assert.deepEqual(await find(`created_after=${at}`), [two, three])
  assert.deepEqual(await find(`updated_before=${at}`), [one, two])
})
