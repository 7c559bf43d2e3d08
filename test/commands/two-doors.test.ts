// `belay serve --no-worker` and `belay work` (design section 5): on PostgreSQL the pages and what speaks with GitLab can
// be processes of their own; on SQLite they cannot, and say so.

import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Sandbox } from '../../sandbox/src/start.ts'
import { startSandbox } from '../../sandbox/src/start.ts'
import { startPostgres } from '../support/postgres.ts'
import { signInAt, visitor } from '../support/visitor.ts'

const program = path.join(import.meta.dirname, '..', '..', 'src', 'main.ts')

const aFolder = (t: TestContext): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'belay-doors-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const belay = (t: TestContext, args: readonly string[], env: Record<string, string>) => {
  const folder = aFolder(t)
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], {
    cwd: folder,
    env: { BELAY_DATA: folder, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  t.after(() => child.kill('SIGKILL'))
  const ended = once(child, 'close').then(([code]) => ({ code, said }))
  return { child, ended, said: () => said }
}

const saying = async (running: ReturnType<typeof belay>, line: RegExp): Promise<string> => {
  const { child } = running
  assert.ok(child.stdout)
  for await (const text of createInterface({ input: child.stdout })) {
    const found = line.exec(text)
    if (found) return found[1] ?? ''
  }
  throw new Error(`it ended: ${running.said()}`)
}

const stop = async ({ child, ended }: { child: ChildProcess; ended: Promise<{ code: unknown }> }) => {
  child.kill('SIGTERM')
  assert.equal((await ended).code, 0)
}

const settingsFor = (sandbox: Sandbox) => ({
  GITLAB_URL: sandbox.url,
  GITLAB_PROJECT: 'demo/helpdesk',
  GITLAB_TOKEN: sandbox.token,
  GITLAB_OAUTH_CLIENT_ID: 'belay',
  GITLAB_OAUTH_CLIENT_SECRET: sandbox.oauthSecret,
})

const elsewhere = {
  GITLAB_URL: 'http://127.0.0.1:9',
  GITLAB_PROJECT: 'demo/helpdesk',
  GITLAB_TOKEN: 'glpat-of-nobody-at-all',
  GITLAB_OAUTH_CLIENT_ID: 'belay',
  GITLAB_OAUTH_CLIENT_SECRET: 'nothing-at-all',
}

for (const args of [['serve', '--no-worker'], ['work']])
  test(`with SQLite, belay ${args.join(' ')} says what it needs and ends with 2`, async (t) => {
    const { code, said } = await belay(t, args, elsewhere).ended
    assert.equal(code, 2)
    assert.equal(
      said,
      `./belay ${args.join(' ')} needs PostgreSQL, which several processes can share: set DATABASE_URL. With SQLite, ./belay serve does both.\n`,
    )
  })

test('the sandbox’s desk is one process: --sandbox --no-worker is wrong use', async (t) => {
  const { code, said } = await belay(t, ['serve', '--sandbox', '--no-worker'], {}).ended
  assert.equal(code, 2)
  assert.match(said, /leave --no-worker out/)
})

test('what the pages of one process take, the worker of another tells GitLab', async (t) => {
  const sandbox = await startSandbox({ empty: true })
  t.after(() => sandbox.stop())
  const postgres = await startPostgres()
  const shared = {
    ...settingsFor(sandbox),
    DATABASE_URL: await postgres.createDatabase(),
    BELAY_SECRET: 'k'.repeat(64),
    POLL_SECONDS: '1',
  }
  const pages = belay(t, ['serve', '--no-worker'], shared)
  const url = await saying(pages, /^Belay is ready at (\S+)$/u)

  const opening = { title: 'My screen stays black', description: 'Since today.', category: 'Hardware' }
  const ana = { name: 'Ana', email: 'ana@school.example' }
  const alone = await visitor(url).post('/open-issue', { ...opening, ...ana })
  assert.match(alone.location, /^\/t\//)
  assert.deepEqual(sandbox.issues(), [], 'nobody is at work yet')

  const worker = belay(t, ['work'], shared)
  await saying(worker, /^(Belay is at work)$/u)
  const until = async (what: () => boolean) => {
    const giveUp = performance.now() + 20_000
    while (!what()) {
      assert.ok(performance.now() < giveUp, `not told: ${pages.said()}${worker.said()}`)
      await wait(20)
    }
  }
  await until(() => sandbox.issues().length === 1)

  const bruno = visitor(url)
  await signInAt(bruno, 'bruno')
  const replied = await bruno.post('/issues/1/replies', { body: 'Is it plugged in?' })
  assert.equal(replied.status, 303)
  await until(() => sandbox.notes(1).some((note) => note.body.includes('Is it plugged in?')))
  await stop(worker)
  await stop(pages)
})

test('a worker alone answers probes where it is told to, and nothing else', async (t) => {
  const sandbox = await startSandbox({ empty: true })
  t.after(() => sandbox.stop())
  const postgres = await startPostgres()
  const worker = belay(t, ['work'], {
    ...settingsFor(sandbox),
    DATABASE_URL: await postgres.createDatabase(),
    BELAY_SECRET: 'k'.repeat(64),
    POLL_SECONDS: '1',
    WORK_PORT: '0',
  })
  const url = await saying(worker, /^Probes are answered at (\S+)$/u)
  const asking = visitor(url)
  assert.equal((await asking.get('/healthz')).text, 'ok\n')
  const ready = async () => JSON.parse((await asking.get('/readyz')).text)
  const giveUp = performance.now() + 20_000
  while ((await ready()).status !== 'ready') {
    assert.ok(performance.now() < giveUp, JSON.stringify(await ready()))
    await wait(50)
  }
  const metrics = await asking.get('/metrics')
  assert.equal(metrics.status, 200)
  assert.match(metrics.text, /^belay_workers_on_duty 1$/mu)
  assert.match(metrics.text, /^belay_gitlab_calls_total\{.*\} \d+$/mu)
  // A proxy on this machine is nobody who may read them.
  assert.equal((await asking.get('/metrics', { 'x-forwarded-for': '203.0.113.7' })).status, 404)
  assert.equal((await asking.get('/issues')).status, 404)
  assert.equal((await asking.post('/readyz')).status, 405)
  await stop(worker)
})
