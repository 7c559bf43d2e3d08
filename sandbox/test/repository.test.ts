import assert from 'node:assert/strict'
import { test } from 'node:test'
import { open, openDesk } from './support/desk.ts'

const branches = '/projects/1/repository/branches'

test('every refusal of a branch is 400 with GitLab’s own sentence', async (t) => {
  const desk = await openDesk(t)
  const make = (branch: string, ref = 'main') => desk.bot('POST', branches, { branch, ref })
  assert.equal((await make('7-fix')).status, 201)
  const refusals: [string, string, string][] = [
    ['7-fix', 'main', 'Branch already exists'],
    ['a..b', 'main', 'Branch name is invalid'],
    ['with space', 'main', 'Branch name is invalid'],
    ['8-x', 'nowhere', "Failed to create branch '8-x': invalid reference name 'nowhere'"],
    [
      '7-fix/deeper',
      'main',
      "Failed to create branch '7-fix/deeper': Branch name conflicts with existing branch hierarchy.",
    ],
    ['8-x', '', 'Ref is missing'],
  ]
  for (const [branch, ref, message] of refusals) {
    const answer = await make(branch, ref)
    assert.deepEqual([answer.status, answer.body], [400, { message }])
  }
  assert.deepEqual((await desk.bot('POST', branches, { branch: 'x' })).body, { error: 'ref is missing' })
  assert.deepEqual((await desk.bot('GET', `${branches}/none`)).body, { message: '404 Branch Not Found' })
})

test('a branch name with a slash is reached by its encoded form', async (t) => {
  const desk = await openDesk(t)
  await desk.bot('POST', branches, { branch: 'fix/7', ref: 'main' })
  assert.equal((await desk.bot('GET', `${branches}/fix%2F7`)).body.name, 'fix/7')
  assert.equal((await desk.bot('DELETE', `${branches}/fix%2F7`)).status, 204)
})

test('a branch call on an empty repository commits a README first', async (t) => {
  const desk = await openDesk(t)
  desk.sandbox.emptyRepository()
  const project = await desk.bot('GET', '/projects/1')
  assert.deepEqual([project.body.empty_repo, project.body.default_branch], [true, null])
  assert.equal((await desk.bot('POST', branches, { branch: '1-x', ref: 'main' })).status, 201)
  assert.deepEqual(
    desk.sandbox.branches().map((branch) => branch.name),
    ['1-x', 'main'],
  )
})

test('a protected pattern refuses Developers', async (t) => {
  const desk = await openDesk(t)
  assert.equal((await desk.davi('POST', '/projects/1/protected_branches', { name: 'release/*' })).status, 201)
  assert.equal((await desk.carla('POST', branches, { branch: 'release/1', ref: 'main' })).status, 400)
  assert.equal((await desk.davi('POST', branches, { branch: 'release/1', ref: 'main' })).status, 201)
})

test('merging on the default branch closes what the request names, and only that', async (t) => {
  const desk = await openDesk(t)
  const iid = await open(desk)
  const other = await open(desk)
  await desk.bot('POST', branches, { branch: `${iid}-fix`, ref: 'main' })
  const request = {
    title: 'Fix',
    description: `Closes #${iid}, see #${other}`,
    source_branch: `${iid}-fix`,
    target_branch: 'main',
  }
  const made = await desk.carla('POST', '/projects/1/merge_requests', request)
  assert.deepEqual([made.status, made.body.state], [201, 'opened'])
  assert.equal((await desk.carla('POST', '/projects/1/merge_requests', request)).status, 409)
  const list = async (path: string) => (await desk.bot<unknown[]>('GET', path)).body.length
  assert.equal(await list(`/projects/1/merge_requests?source_branch=${iid}-fix`), 1)
  assert.equal(await list('/projects/1/merge_requests?source_branch=none'), 0)
  assert.equal(await list(`/projects/1/issues/${other}/related_merge_requests`), 1)
  assert.equal(await list(`/projects/1/issues/${other}/closed_by`), 0)
  assert.equal(await list(`/projects/1/issues/${iid}/closed_by`), 1)
  assert.equal((await desk.carla('PUT', '/projects/1/merge_requests/1/merge')).status, 401)
  assert.equal((await desk.davi('PUT', '/projects/1/merge_requests/1/merge')).body.state, 'merged')
  assert.equal(desk.sandbox.issue(iid)?.state, 'closed')
  assert.equal(desk.sandbox.issue(other)?.state, 'opened')
  assert.equal((await desk.davi('PUT', '/projects/1/merge_requests/1/merge')).status, 405)
})

test('merging into another branch than the default one closes nothing, nor where closing is switched off', async (t) => {
  const desk = await openDesk(t)
  const iid = await open(desk)
  const merge = async (source: string, target: string) => {
    const made = await desk.davi<{ iid: number }>('POST', '/projects/1/merge_requests', {
      title: 'Fix',
      description: `Closes #${iid}`,
      source_branch: source,
      target_branch: target,
    })
    return desk.davi('PUT', `/projects/1/merge_requests/${made.body.iid}/merge`)
  }
  for (const branch of ['a', 'b']) await desk.bot('POST', branches, { branch, ref: 'main' })
  assert.equal((await merge('a', 'b')).body.state, 'merged')
  assert.equal(desk.sandbox.issue(iid)?.state, 'opened')
  await desk.davi('PUT', '/projects/1', { autoclose_referenced_issues: false })
  await merge('b', 'main')
  assert.equal(desk.sandbox.issue(iid)?.state, 'opened')
})

test('closing words in an issue or a note close nothing', async (t) => {
  const desk = await openDesk(t)
  const iid = await open(desk)
  await open(desk, { description: `Closes #${iid}` })
  assert.equal(desk.sandbox.issue(iid)?.state, 'opened')
  await desk.davi('POST', '/projects/1/repository/commits', {
    branch: 'main',
    commit_message: `Fixes #${iid}`,
    actions: [],
  })
  assert.equal(desk.sandbox.issue(iid)?.state, 'closed')
})

test('an upload is fetched again by its secret, byte by byte, and images are open by their address', async (t) => {
  const desk = await openDesk(t)
  const { url, token } = desk.sandbox
  const send = async (name: string, bytes: Uint8Array<ArrayBuffer>) => {
    const form = new FormData()
    form.set('file', new Blob([bytes], { type: 'image/png' }), name)
    const answer = await fetch(`${url}/api/v4/projects/1/uploads`, {
      method: 'POST',
      headers: { 'PRIVATE-TOKEN': token },
      body: form,
    })
    assert.equal(answer.status, 201)
    return (await answer.json()) as { url: string; full_path: string; markdown: string }
  }
  const bytes = crypto.getRandomValues(new Uint8Array(60_000))
  const image = await send('a screen.png', bytes)
  assert.match(image.markdown, /^!\[a_screen\]\(\/uploads\/[0-9a-f]{32}\/a_screen\.png\)$/)
  const back = await fetch(`${url}/api/v4/projects/1${image.url}`, { headers: { 'PRIVATE-TOKEN': token } })
  assert.deepEqual(new Uint8Array(await back.arrayBuffer()), bytes)
  assert.equal((await fetch(url + image.full_path)).status, 200)
  const text = await send('log.html', bytes)
  assert.equal((await fetch(url + text.full_path, { redirect: 'manual' })).status, 302)
  assert.equal((await desk.ana('GET', `/projects/1${image.url}`)).status, 404)
  assert.equal((await desk.bot('DELETE', `/projects/1${image.url}`)).status, 403)
  assert.equal((await desk.davi('DELETE', `/projects/1${image.url}`)).status, 204)
  assert.deepEqual((await desk.bot('POST', '/projects/1/uploads', {})).body, { error: 'file is missing' })
})
