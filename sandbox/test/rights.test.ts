import assert from 'node:assert/strict'
import { test } from 'node:test'
import { caller, open, openDesk } from './support/desk.ts'

test('who has no token, a wrong one, an expired or a revoked one is told so in GitLab’s words', async (t) => {
  const desk = await openDesk(t)
  const { url } = desk.sandbox
  const without = await caller(url, undefined)('GET', '/user')
  assert.deepEqual([without.status, without.body], [401, { message: '401 Unauthorized' }])
  const wrong = await caller(url, 'glpat-wrong')('GET', '/projects/1')
  assert.deepEqual([wrong.status, wrong.body], [401, { message: '401 Unauthorized' }])
  const expired = await caller(url, desk.sandbox.makeToken('bruno', ['api'], '2026-03-02'))('GET', '/user')
  assert.equal(expired.status, 401)
  assert.equal(expired.body.error, 'invalid_token')
  assert.match(String(expired.body.error_description), /^Token is expired/)
  const token = desk.sandbox.makeToken('bruno')
  assert.equal((await caller(url, token)('DELETE', '/personal_access_tokens/self')).status, 204)
  const revoked = await caller(url, token)('GET', '/user')
  assert.match(String(revoked.body.error_description), /^Token was revoked/)
})

test('a private project is missing for whoever may not see it', async (t) => {
  const desk = await openDesk(t)
  for (const call of [desk.ana, caller(desk.sandbox.url, undefined)]) {
    const answer = await call('GET', '/projects/demo%2Fhelpdesk')
    assert.deepEqual([answer.status, answer.body], [404, { message: '404 Project Not Found' }])
  }
  assert.equal((await desk.bruno('GET', '/projects/demo%2Fhelpdesk')).status, 200)
})

test('read_api reads and does not write, and says which scope it lacks', async (t) => {
  const desk = await openDesk(t)
  const reader = caller(desk.sandbox.url, desk.sandbox.makeToken('davi', ['read_api']))
  assert.equal((await reader('GET', '/projects/1/issues')).status, 200)
  const refused = await reader('POST', '/projects/1/issues', { title: 'x' })
  assert.equal(refused.status, 403)
  assert.deepEqual(refused.body, {
    error: 'insufficient_scope',
    error_description: 'The request requires higher privileges than provided by the access token.',
    scope: 'api',
  })
})

test('a confidential issue is missing for Guests who neither wrote it nor are assigned', async (t) => {
  const desk = await openDesk(t)
  await desk.davi('POST', '/projects/1/members', { user_id: 3, access_level: 10 })
  const secret = await open(desk, { confidential: true })
  const openIid = await open(desk)
  const refused = await desk.ana('GET', `/projects/1/issues/${secret}`)
  assert.deepEqual([refused.status, refused.body], [404, { message: '404 Not found' }])
  const listed = await desk.ana<{ iid: number }[]>('GET', '/projects/1/issues')
  assert.deepEqual(
    listed.body.map((issue) => issue.iid),
    [openIid],
  )
  assert.equal((await desk.bruno('GET', `/projects/1/issues/${secret}`)).status, 200)
  await desk.bot('PUT', `/projects/1/issues/${secret}`, { assignee_ids: [3] })
  assert.equal((await desk.ana('GET', `/projects/1/issues/${secret}`)).status, 200)
})

test('each thing needs its role: branches Developer, labels Planner, hooks and members Maintainer', async (t) => {
  const desk = await openDesk(t)
  const branch = { branch: '1-x', ref: 'main' }
  assert.equal((await desk.bruno('POST', '/projects/1/repository/branches', branch)).status, 403)
  assert.equal((await desk.carla('POST', '/projects/1/repository/branches', branch)).status, 201)
  assert.equal((await desk.bruno('POST', '/projects/1/labels', { name: 'a', color: '#112233' })).status, 201)
  assert.deepEqual((await desk.carla('GET', '/projects/1/hooks')).body, { message: '403 Forbidden' })
  assert.equal((await desk.davi('GET', '/projects/1/hooks')).status, 200)
  assert.equal((await desk.carla('DELETE', '/projects/1/members/4')).status, 403)
  assert.equal((await desk.davi('DELETE', '/projects/1/members/4')).status, 204)
  assert.equal((await desk.bruno('GET', '/projects/1')).status, 404)
})

test('an archived project refuses to be written', async (t) => {
  const desk = await openDesk(t)
  const iid = await open(desk)
  assert.equal((await desk.davi('POST', '/projects/1/archive')).body.archived, true)
  assert.equal((await desk.bot('POST', '/projects/1/issues', { title: 'x' })).status, 403)
  assert.equal((await desk.bot('POST', `/projects/1/issues/${iid}/notes`, { body: 'x' })).status, 403)
  assert.equal((await desk.bot('GET', `/projects/1/issues/${iid}`)).status, 200)
})

test('a token tells about itself, and rotating it keeps the person', async (t) => {
  const desk = await openDesk(t)
  const self = await desk.bot('GET', '/personal_access_tokens/self')
  assert.deepEqual(self.body.scopes, ['api'])
  assert.equal(self.body.active, true)
  const rotated = await desk.bot<{ token: string; user_id: number }>(
    'POST',
    '/personal_access_tokens/self/rotate',
    { expires_at: '2026-06-01' },
  )
  assert.equal(rotated.body.user_id, self.body.user_id)
  assert.equal((await desk.bot('GET', '/user')).status, 401)
  assert.equal(
    (await caller(desk.sandbox.url, rotated.body.token)('GET', '/user')).body.id,
    self.body.user_id,
  )
})

test('only names of this machine are served, so that a rebound name reads no tokens', async (t) => {
  const { sandbox } = await openDesk(t)
  const { get } = await import('node:http')
  const status = await new Promise((resolve, reject) => {
    get(`${sandbox.url}/-/sandbox.json`, { headers: { Host: 'evil.example' } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).on('error', reject)
  })
  assert.equal(status, 403)
})

test('a second project token is a second user, and a bot that is gone leaves its texts to the ghost', async (t) => {
  const desk = await openDesk(t)
  const iid = await open(desk, { description: 'from the first bot' })
  const first = (await desk.bot('GET', '/user')).body.username
  const second = desk.sandbox.makeBot()
  const asSecond = caller(desk.sandbox.url, second.token)
  assert.notEqual((await asSecond('GET', '/user')).body.username, first)
  desk.sandbox.ghostBot(String(first))
  const issue = await asSecond<{ author: { username: string } }>('GET', `/projects/1/issues/${iid}`)
  assert.equal(issue.body.author.username, 'ghost')
  assert.equal((await desk.bot('GET', '/user')).status, 401)
})

test('members/all adds the group’s members, and the higher of two roles stands', async (t) => {
  const desk = await openDesk(t)
  desk.sandbox.setGroupMember('ana', 20)
  desk.sandbox.setGroupMember('bruno', 50)
  assert.equal((await desk.davi('GET', '/projects/1/members/3')).status, 404)
  assert.equal((await desk.davi('GET', '/projects/1/members/all/3')).body.access_level, 20)
  assert.equal((await desk.davi('GET', '/projects/1/members/all/4')).body.access_level, 50)
  assert.equal((await desk.ana('GET', '/projects/1')).status, 200)
})

test('labels of the group are the project’s too, and their names are taken', async (t) => {
  const desk = await openDesk(t)
  desk.sandbox.makeGroupLabel('urgent')
  const labels = await desk.bot<{ name: string; is_project_label: boolean }[]>('GET', '/projects/1/labels')
  assert.deepEqual(
    labels.body.map((label) => [label.name, label.is_project_label]),
    [['urgent', false]],
  )
  assert.equal(
    (await desk.bot('POST', '/projects/1/labels', { name: 'urgent', color: '#112233' })).status,
    409,
  )
  const iid = await open(desk, { labels: 'urgent' })
  assert.deepEqual(desk.sandbox.issue(iid)?.labels, ['urgent'])
  assert.equal((await desk.bot<unknown[]>('GET', '/projects/1/labels')).body.length, 1)
})
