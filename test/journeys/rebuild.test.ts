// The desk made again from GitLab, on SQLite, and the command that does it.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startSandbox } from '../../sandbox/src/start.ts'
import { openSqliteStore } from '../../src/adapters/store/store.ts'
import { createLog, startDesk } from '../../src/composition-root.ts'
import { readConfig } from '../../src/config.ts'
import { isRebuilt } from './a-rebuilt-desk.ts'

isRebuilt({ name: 'SQLite', fresh: (_, desk) => openSqliteStore({ file: ':memory:', desk }) })

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** Runs `belay …`; `when` sees each piece of output and may send it a signal. */
const belay = (
  args: readonly string[],
  env: Record<string, string>,
  when: (output: string, signal: (name: NodeJS.Signals) => void) => void = () => undefined,
): Promise<{ code: number | null; output: string }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], {
      env: { PATH: process.env.PATH ?? '', ...env },
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (piece) => {
        output += String(piece)
        when(output, (name) => child.kill(name))
      })
    child.once('close', (code) => resolve({ code, output }))
  })

test('`belay rebuild` refuses beside a server, says both checksums, is stopped, killed and goes on', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'belay-rebuild-'))
  const sandbox = await startSandbox({ port: 0, data: ':memory:' })
  t.after(async () => {
    await sandbox.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const env = {
    BELAY_DATA: folder,
    GITLAB_URL: sandbox.url,
    GITLAB_PROJECT: 'demo/helpdesk',
    GITLAB_TOKEN: sandbox.token,
    GITLAB_OAUTH_CLIENT_ID: 'belay',
    GITLAB_OAUTH_CLIENT_SECRET: sandbox.oauthSecret,
    PORT: '0',
  }
  const desk = await startDesk(readConfig('serve', env), { log: createLog('silent'), sandbox: false })
  const refused = await belay(['rebuild'], env)
  assert.deepEqual([refused.code, refused.output.includes('Stop it first')], [1, true], refused.output)
  await desk.stop()

  const elsewhere = await belay(['rebuild'], { ...env, GITLAB_PROJECT: 'demo/archive' })
  assert.deepEqual([elsewhere.code, elsewhere.output.includes('belongs to')], [2, true], elsewhere.output)

  const whole = await belay(['rebuild'], env)
  const [, before, tickets] = /^Before: ([0-9a-f]{64}) \((\d+) tickets/mu.exec(whole.output) ?? []
  assert.equal(whole.code, 0, whole.output)
  assert.equal(Number(tickets), sandbox.issues().length)
  assert.match(whole.output, new RegExp(`^After: {2}${before} `, 'mu'))
  assert.match(whole.output, /^Equal/mu)
  assert.match(whole.output, /takes \d+ to \d+ calls/u)

  sandbox.faults([{ method: 'GET', path: '/notes', kind: 'slow', ms: 150 }])
  let signalled = 0
  const cutOff = (name: NodeJS.Signals) =>
    belay(['rebuild'], env, (output, signal) => {
      if (!/calls to GitLab/u.test(output) || signalled > 0) return
      signalled++
      setTimeout(() => signal(name), 400)
    })
  const interrupted = await cutOff('SIGINT')
  assert.deepEqual([interrupted.code, /goes on where it was/u.test(interrupted.output)], [1, true])
  sandbox.faults([])
  const resumed = await belay(['rebuild'], env)
  assert.match(resumed.output, new RegExp(`^After: {2}${before} `, 'mu'), resumed.output)
  assert.equal(resumed.code, 0)

  sandbox.faults([{ method: 'GET', path: '/notes', kind: 'slow', ms: 150 }])
  signalled = 0
  const killed = await cutOff('SIGKILL')
  assert.deepEqual([killed.code, signalled], [null, 1], killed.output)
  sandbox.faults([])
  const again = await belay(['rebuild'], env)
  assert.match(again.output, new RegExp(`^After: {2}${before} `, 'mu'), again.output)
  assert.equal(again.code, 0)
})
