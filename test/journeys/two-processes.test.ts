// A desk of two processes on one PostgreSQL (docs/decisions/0011-running-for-real.md): whichever answers, it is one
// desk; one of them reads GitLab, and when it ends the other one does.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import type { Sandbox } from '../../sandbox/src/start.ts'
import { startSandbox } from '../../sandbox/src/start.ts'
import type { RunningDesk } from '../../src/composition-root.ts'
import { openDeskOnPostgres } from '../support/desk-on-postgres.ts'
import { eventually } from '../support/eventually.ts'
import { startPostgres } from '../support/postgres.ts'
import type { Visitor } from '../support/visitor.ts'
import { signInAt, visitor } from '../support/visitor.ts'

const aSandbox = async (t: TestContext): Promise<Sandbox> => {
  const sandbox = await startSandbox({ port: 0, data: ':memory:', empty: true })
  t.after(() => sandbox.stop())
  return sandbox
}

const aProcess = async (
  t: TestContext,
  sandbox: Sandbox,
  database: string,
  options: { readonly worker?: boolean } = {},
): Promise<RunningDesk> => {
  const desk = await openDeskOnPostgres(sandbox, database, options)
  t.after(desk.stop)
  return desk
}

/** The same browser, sent to another process: what it keeps, it keeps. */
const alsoAt = (somebody: Visitor, desk: RunningDesk): Visitor => {
  const there = visitor(desk.url)
  for (const [name, value] of somebody.cookies) there.cookies.set(name, value)
  return there
}

const onDuty = async (desk: RunningDesk): Promise<readonly string[]> =>
  (await desk.parts.store.presence.workers()).filter((one) => one.onDuty).map(({ id }) => id)

const openedAt = async (desk: RunningDesk, title: string): Promise<string> => {
  const answer = await visitor(desk.url).post('/open-issue', {
    title,
    description: 'Since this morning.',
    category: 'Hardware',
    name: 'Ana',
    email: 'ana@school.example',
  })
  assert.equal(answer.status, 303, answer.text)
  return answer.location
}

const byHand = async (sandbox: Sandbox, title: string) => {
  const answer = await fetch(`${sandbox.url}/api/v4/projects/1/issues`, {
    method: 'POST',
    headers: { 'private-token': sandbox.tokenOf('davi'), 'content-type': 'application/json' },
    body: JSON.stringify({ title }),
  })
  assert.ok(answer.ok)
}

const shows = (somebody: Visitor, title: string) =>
  eventually(`${title} is on the desk`, async () =>
    (await somebody.get('/issues?view=all')).text.includes(title),
  )

test('whichever process answers, it is one desk: sessions, tickets and what becomes of them', async (t) => {
  const sandbox = await aSandbox(t)
  const database = await (await startPostgres()).createDatabase()
  const first = await aProcess(t, sandbox, database)
  const second = await aProcess(t, sandbox, database)

  const bruno = visitor(first.url)
  await signInAt(bruno, 'bruno')
  const brunoThere = alsoAt(bruno, second)
  await openedAt(first, 'My screen stays black')
  await openedAt(second, 'My keyboard lost a key')
  const [black, key] = ['My screen stays black', 'My keyboard lost a key'] as const
  for (const somebody of [bruno, brunoThere]) for (const title of [black, key]) await shows(somebody, title)

  // Escalated on one, and again on the other by an agent whose page was older.
  const ticket = (await second.parts.store.read((reader) => reader.walk({ after: null, limit: 10 }))).find(
    ({ title }) => title === black,
  )
  assert.ok(ticket?.iid)
  const form = { reason: 'The cable is fine.', from: '1' }
  const once = await bruno.post(`/issues/${ticket.iid}/escalate`, form)
  const twice = await brunoThere.post(`/issues/${ticket.iid}/escalate`, form)
  assert.deepEqual([once.status, twice.status], [303, 303])
  assert.match((await brunoThere.follow(twice)).text, /already/iu)
  await eventually('GitLab knows', async () => {
    const operations = await first.parts.store.read((reader) => reader.operations(ticket.id))
    return operations.length === 0
  })
  assert.equal(sandbox.notes(ticket.iid).filter(({ body }) => body.includes('The cable is fine.')).length, 1)

  // Who signs out on one is signed out on the other.
  assert.equal((await brunoThere.get('/issues')).status, 200)
  await bruno.post('/sign-out')
  assert.equal((await brunoThere.get('/issues')).status, 303)
})

test('one process reads GitLab, and when it ends the other one goes on', async (t) => {
  const sandbox = await aSandbox(t)
  const database = await (await startPostgres()).createDatabase()
  const first = await aProcess(t, sandbox, database)
  await eventually('the first is on duty', async () => (await onDuty(first)).length === 1)
  const [one] = await onDuty(first)
  const second = await aProcess(t, sandbox, database)
  const davi = visitor(second.url)
  await signInAt(davi, 'davi')
  await byHand(sandbox, 'Noticed by the first')
  await shows(davi, 'Noticed by the first')
  assert.deepEqual(await onDuty(second), [one])

  await first.stop()
  await eventually('the second is on duty', async () => {
    const now = await onDuty(second)
    return now.length === 1 && now[0] !== one
  })
  await byHand(sandbox, 'Noticed by the second')
  await shows(davi, 'Noticed by the second')
})

test('a process without a worker learns from the others how GitLab is, and that nobody works', async (t) => {
  const sandbox = await aSandbox(t)
  const database = await (await startPostgres()).createDatabase()
  const pages = await aProcess(t, sandbox, database, { worker: false })
  const readiness = async () => JSON.parse((await visitor(pages.url).get('/readyz')).text)
  await eventually('nobody works', async () => (await readiness()).checks.worker.ok === false)
  const working = await aProcess(t, sandbox, database)
  await eventually('somebody works', async () => {
    const { status, checks } = await readiness()
    return status === 'ready' && checks.worker.ok === true && checks.gitlab.state === 'up'
  })
  await openedAt(pages, 'Sent by the other one')
  await eventually('GitLab has it', () =>
    sandbox.issues().some(({ title }) => title.includes('Sent by the other one')),
  )
  await working.stop()
})
