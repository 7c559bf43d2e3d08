import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startSandbox } from '../src/start.ts'
import { caller, openDesk } from './support/desk.ts'

test('the small desk is believable: sorted in time, some resolved, one reopened, one with both levels', async (t) => {
  const { sandbox } = await openDesk(t, { empty: false })
  const issues = sandbox.issues()
  const now = Date.UTC(2026, 2, 2, 12)
  assert.ok(issues.length >= 40 && issues.length <= 50)
  assert.ok(
    issues.every(
      (issue, at) => issue.created_at <= now && issue.created_at >= (issues[at - 1]?.created_at ?? 0),
    ),
  )
  assert.ok(issues.some((issue) => issue.title === '[Hardware] Buying a new screen'))
  assert.ok(issues.some((issue) => issue.title.startsWith('Service Desk (from jake@')))
  assert.ok(issues.some((issue) => issue.service_desk_reply_to !== null && issue.issue_type === 'ticket'))
  assert.equal(issues.filter((i) => i.labels.includes('level::1') && i.labels.includes('level::2')).length, 1)
  assert.ok(issues.filter((issue) => issue.state === 'closed').length > 15)
  assert.equal(
    issues.filter((issue) => sandbox.stateEvents(issue.iid).some((e) => e.state === 'reopened')).length,
    1,
  )
  const escalated = issues.filter((i) =>
    sandbox.labelEvents(i.iid).some((e) => e.label === 'level::2' && e.user === 'bruno'),
  )
  assert.ok(escalated.length > 8)
  for (const issue of escalated) {
    const branch = sandbox.branches().find((candidate) => candidate.name.startsWith(`${issue.iid}-`))
    const both = issue.labels.includes('level::1') && issue.labels.includes('level::2')
    assert.ok(both || branch, `#${issue.iid} has a branch`)
    if (issue.confidential && branch) assert.equal(branch.name, `${issue.iid}-confidential-issue`)
  }
  for (const issue of issues) {
    const times = sandbox.notes(issue.iid).map((note) => note.created_at)
    assert.ok(
      times.every((time) => time >= issue.created_at && time <= now),
      `notes of #${issue.iid} lie in its life`,
    )
  }
  assert.equal(sandbox.mergeRequests().length, 1)
  assert.deepEqual(
    sandbox.todos().filter((todo) => todo.user === 'ana'),
    [],
  )
})

test('the past of the small desk was mailed to nobody, and its tickets go on by mail', async (t) => {
  const { sandbox, bruno } = await openDesk(t, { empty: false })
  await sandbox.mailSettled()
  assert.deepEqual(sandbox.sentMails(), [])
  const ticket = sandbox.issues().find((issue) => issue.service_desk_reply_to === 'jake@museum.example')
  await bruno('POST', `/projects/1/issues/${ticket?.iid}/notes`, { body: 'Is it still open?' })
  assert.deepEqual(
    sandbox.sentMails().map((mail) => mail.recipient),
    ['jake@museum.example'],
  )
})

test('the small desk can be made at any time of any day', async (t) => {
  for (let day = 0; day < 7; day++) {
    // An odd number of milliseconds, as real clocks have.
    const now = Date.UTC(2026, 6, 6 + day, day * 3, 7, 13, 333)
    const { sandbox } = await openDesk(t, { empty: false, clock: { now: () => now } })
    assert.ok(sandbox.issues().every((issue) => issue.updated_at <= now))
  }
})

test('with its year the small desk has a past that is long done, and its stories are the same', async (t) => {
  const small = await openDesk(t, { empty: false })
  const desk = await openDesk(t, { empty: false, year: true })
  const now = Date.UTC(2026, 2, 2, 12)
  const all = desk.sandbox.issues()
  const titles = new Set(small.sandbox.issues().map(({ title }) => title))
  const stories = all.filter(({ title }) => titles.has(title))
  const told = ({ title, state, labels, created_at, updated_at }: (typeof all)[number]) => [
    ...[title, state, labels, created_at, updated_at],
  ]
  assert.deepEqual(stories.map(told), small.sandbox.issues().map(told))
  const year = all.filter(({ title }) => !titles.has(title))
  assert.ok(year.length > 450 && year.length < 600)
  assert.ok(year.every(({ state, closed_at }) => state === 'closed' && (closed_at ?? now) < now - 86_400_000))
  assert.ok(all.every((issue, at) => issue.created_at >= (all[at - 1]?.created_at ?? 0)))

  const months = new Set(year.map(({ created_at }) => new Date(created_at).toISOString().slice(0, 7)))
  assert.ok(months.size >= 13)
  const onDays = (...days: number[]) =>
    year.filter(({ created_at }) => days.includes(new Date(created_at).getUTCDay())).length
  assert.ok(onDays(1, 2) > 5 * onDays(0, 6) && onDays(0, 6) > 5)
  const inMonth = (month: string) =>
    year.filter(({ created_at }) => new Date(created_at).toISOString().startsWith(month)).length
  assert.ok(inMonth('2025-09') > 1.5 * inMonth('2025-08'), 'schools begin again')

  const share = (what: typeof year) => what.length / year.length
  const events = new Map(year.map(({ iid }) => [iid, desk.sandbox.labelEvents(iid)]))
  const moved = (iid: number, action: string) =>
    (events.get(iid) ?? []).some((event) => event.label === 'level::2' && event.action === action)
  const escalated = share(year.filter(({ iid }) => moved(iid, 'add')))
  assert.ok(escalated > 0.14 && escalated < 0.28, `${escalated} escalated`)
  assert.ok(
    year.some(({ iid }) => moved(iid, 'remove')),
    'some were handed back',
  )
  const reopened = year.filter(({ iid }) => desk.sandbox.stateEvents(iid).some((e) => e.state === 'reopened'))
  assert.ok(share(reopened) > 0.02 && share(reopened) < 0.12)
  for (const label of ['hardware', 'gitlab-account', 'waiting', 'priority::high', 'spam', 'no-kpi'])
    assert.ok(year.filter(({ labels }) => labels.includes(label)).length >= 4, label)
  assert.ok(year.filter(({ duplicated_to_id }) => duplicated_to_id !== null).length >= 4)
  const bare = year.filter(({ iid, labels }) =>
    labels.some((label) => !events.get(iid)?.some((event) => event.label === label)),
  )
  assert.ok(share(bare) > 0.1 && share(bare) < 0.5, 'labels of the opening do not always have events')
  const answered = year.filter((issue) =>
    desk.sandbox
      .notes(issue.iid)
      .some(
        (note) =>
          note.system === 0 &&
          note.internal === 0 &&
          ['bruno', 'carla', 'davi'].includes(note.author) &&
          note.author_id !== issue.author_id,
      ),
  )
  assert.ok(share(answered) > 0.85)
  for (const { iid, created_at } of year) {
    const times = [...desk.sandbox.notes(iid), ...(events.get(iid) ?? []), ...desk.sandbox.stateEvents(iid)]
    assert.ok(times.every((one) => one.created_at >= created_at && one.created_at < now))
  }
  assert.deepEqual(desk.sandbox.sentMails(), [])
})

test('the year of the small desk is the same each time', async (t) => {
  for (const now of [Date.UTC(2026, 0, 1, 3, 7), Date.UTC(2027, 7, 29, 23, 59, 59, 999)]) {
    const options = { empty: false, year: true, clock: { now: () => now } }
    const [one, two] = [await openDesk(t, options), await openDesk(t, options)]
    assert.deepEqual(one.sandbox.issues(), two.sandbox.issues())
    assert.ok(one.sandbox.issues().every((issue) => issue.updated_at <= now))
  }
})

test('an empty desk has people and a repository and nothing else', async (t) => {
  const { sandbox, bot } = await openDesk(t)
  assert.deepEqual(sandbox.issues(), [])
  assert.deepEqual((await bot('GET', '/projects/1/labels')).body, [])
  const members = await bot<{ username: string; access_level: number }[]>('GET', '/projects/1/members/all')
  assert.deepEqual(
    members.body.map((m) => [m.username.replace(/_\w+$/, ''), m.access_level]),
    [
      ['bruno', 20],
      ['carla', 30],
      ['davi', 40],
      ['project', 30],
    ],
  )
  assert.equal((await bot('GET', '/projects/1')).body.empty_repo, false)
})

test('filling is the same each time and leaves issues that make sense', async (t) => {
  const one = await openDesk(t, { empty: false, issues: 400 })
  const two = await openDesk(t, { empty: false, issues: 400 })
  assert.deepEqual(one.sandbox.issues(), two.sandbox.issues())
  const titles = new Set(one.sandbox.issues().map((issue) => issue.title))
  assert.ok(titles.size > 300)
  for (const issue of one.sandbox.issues()) {
    const events = one.sandbox.labelEvents(issue.iid)
    const left = new Set<string | null>()
    for (const event of events) {
      if (event.action === 'add') left.add(event.label)
      else left.delete(event.label)
      assert.ok(event.created_at >= issue.created_at && event.created_at <= issue.updated_at)
    }
    assert.deepEqual([...left].sort(), issue.labels, `events of #${issue.iid} lead to its labels`)
    assert.equal(issue.state === 'closed', one.sandbox.stateEvents(issue.iid).at(-1)?.state === 'closed')
    assert.equal(one.sandbox.notes(issue.iid).length, issue.user_notes_count)
  }
  const taken = (label: string) =>
    one.sandbox
      .issues()
      .filter(({ iid }) =>
        one.sandbox.labelEvents(iid).some((e) => e.label === label && e.action === 'remove'),
      )
  assert.ok(taken('waiting').length > 10, 'some waited and went on')
  assert.ok(taken('level::2').length > 3, 'some were handed back')
})

test('state survives a restart, tokens included', async (t) => {
  const data = await mkdtemp(join(tmpdir(), 'sandbox-'))
  t.after(() => rm(data, { recursive: true, force: true }))
  const first = await startSandbox({ data, empty: true })
  await caller(first.url, first.token)('POST', '/projects/1/issues', { title: 'still here' })
  const { token, oauthSecret } = first
  const bruno = first.tokenOf('bruno')
  await first.stop()
  const second = await startSandbox({ data })
  t.after(() => second.stop())
  assert.equal(second.restarted, true)
  assert.deepEqual([second.token, second.oauthSecret], [token, oauthSecret])
  assert.deepEqual(
    second.issues().map((issue) => issue.title),
    ['still here'],
  )
  assert.equal((await caller(second.url, bruno)('GET', '/user')).status, 200)
})

test('after a rotation the next start goes on with the new token, or with another that is given', async (t) => {
  const data = await mkdtemp(join(tmpdir(), 'sandbox-'))
  t.after(() => rm(data, { recursive: true, force: true }))
  const first = await startSandbox({ data, empty: true, token: 'the-first-token' })
  first.makeBot()
  const rotated = await caller(first.url, first.token)<{ token: string; user_id: number }>(
    'POST',
    '/personal_access_tokens/self/rotate',
  )
  await first.stop()
  const second = await startSandbox({ data })
  assert.equal(second.token, rotated.body.token)
  await second.stop()
  const third = await startSandbox({ data, token: 'the-first-token' })
  t.after(() => third.stop())
  assert.equal((await caller(third.url, 'the-first-token')('GET', '/user')).body.id, rotated.body.user_id)
})
