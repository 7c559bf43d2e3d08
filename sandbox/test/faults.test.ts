import assert from 'node:assert/strict'
import { test } from 'node:test'
import { open, openDesk } from './support/desk.ts'

test('status and limit answer without doing the work', async (t) => {
  const desk = await openDesk(t)
  desk.sandbox.faults([{ method: 'POST', path: '/issues$', kind: 'status', status: 502, times: 1 }])
  assert.equal((await desk.bot('POST', '/projects/1/issues', { title: 'x' })).status, 502)
  assert.equal((await desk.bot('POST', '/projects/1/issues', { title: 'x' })).status, 201)
  desk.sandbox.faults([{ kind: 'limit', ms: 5000 }])
  const limited = await desk.bot('GET', '/projects/1/issues')
  assert.deepEqual([limited.status, limited.body], [429, 'Retry later\n'])
  assert.equal(limited.headers.get('retry-after'), '5')
  assert.equal(Number(limited.headers.get('ratelimit-reset')), Date.UTC(2026, 2, 2, 12) / 1000 + 5)
  assert.equal(desk.sandbox.issues().length, 1)
})

test('the last call that is left is answered and says so', async (t) => {
  const desk = await openDesk(t)
  desk.sandbox.faults([{ kind: 'last', ms: 5000, times: 1 }])
  const last = await desk.bot('GET', '/projects/1/issues')
  assert.equal(last.status, 200)
  assert.equal(last.headers.get('ratelimit-remaining'), '0')
  assert.equal(Number(last.headers.get('ratelimit-reset')), Date.UTC(2026, 2, 2, 12) / 1000 + 5)
  assert.equal(last.headers.get('retry-after'), null)
})

test('reset loses the call, lost loses only the answer', async (t) => {
  const desk = await openDesk(t)
  desk.sandbox.faults([{ kind: 'reset', times: 1 }])
  await assert.rejects(desk.bot('POST', '/projects/1/issues', { title: 'never' }))
  assert.equal(desk.sandbox.issues().length, 0)
  desk.sandbox.faults([{ kind: 'lost', times: 1 }])
  await assert.rejects(desk.bot('POST', '/projects/1/issues', { title: 'done, unheard' }))
  assert.deepEqual(
    desk.sandbox.issues().map((issue) => issue.title),
    ['done, unheard'],
  )
})

test('garbage is not JSON though it says so', async (t) => {
  const desk = await openDesk(t)
  desk.sandbox.faults([{ kind: 'garbage' }])
  const answer = await desk.bot<unknown>('GET', '/user')
  assert.equal(answer.status, 200)
  assert.equal(typeof answer.body, 'string')
})

test('a slow update reads the labels before the wait and writes them after it', async (t) => {
  const desk = await openDesk(t)
  const iid = await open(desk, { labels: 'level::1' })
  // Long enough for the other one on a busy machine.
  desk.sandbox.faults([{ method: 'PUT', kind: 'slow', ms: 1_500, times: 1 }])
  const slow = desk.bot('PUT', `/projects/1/issues/${iid}`, {
    add_labels: 'level::2',
    remove_labels: 'level::1,level::3',
  })
  while (desk.sandbox.calls()['PUT /projects/:id/issues/:iid'] !== 1)
    await new Promise((resolve) => setImmediate(resolve))
  await desk.bot('PUT', `/projects/1/issues/${iid}`, {
    add_labels: 'level::3',
    remove_labels: 'level::1,level::2',
  })
  await slow
  assert.deepEqual(desk.sandbox.issue(iid)?.labels, ['level::2', 'level::3'])
})

test('faults are set, listed with their hits and cleared over HTTP, and wrong ones refused', async (t) => {
  const desk = await openDesk(t)
  const put = (list: unknown) =>
    fetch(`${desk.sandbox.url}/-/sandbox/faults`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(list),
    })
  assert.equal((await put([{ method: 'GET', path: '/user$', kind: 'status', status: 503 }])).status, 200)
  assert.equal((await desk.bot('GET', '/user')).status, 503)
  const listed = (await (await fetch(`${desk.sandbox.url}/-/sandbox/faults`)).json()) as { hits: number }[]
  assert.equal(listed[0]?.hits, 1)
  assert.equal((await put([{ kind: 'explode' }])).status, 400)
  assert.equal((await put([{ kind: 'reset', path: '(' }])).status, 400)
  assert.equal((await put([])).status, 200)
  assert.equal((await desk.bot('GET', '/user')).status, 200)
})

test('calls are counted by method and template, and the count can be taken back', async (t) => {
  const desk = await openDesk(t)
  const iid = await open(desk)
  await desk.bot('GET', `/projects/1/issues/${iid}`)
  await desk.bot('GET', `/projects/demo%2Fhelpdesk/issues/${iid}`)
  assert.deepEqual(desk.sandbox.calls(), {
    'GET /projects/:id/issues/:iid': 2,
    'POST /projects/:id/issues': 1,
  })
  assert.equal((await fetch(`${desk.sandbox.url}/-/sandbox/calls`, { method: 'DELETE' })).status, 204)
  assert.deepEqual(desk.sandbox.calls(), {})
})
