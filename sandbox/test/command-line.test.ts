import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { readCommandLine } from '../src/command-line.ts'

const main = join(import.meta.dirname, '../src/main.ts')

async function run(
  t: TestContext,
  ...args: string[]
): Promise<{ child: ChildProcessWithoutNullStreams; out: string }> {
  const data = await mkdtemp(join(tmpdir(), 'sandbox-'))
  const child = spawn(process.execPath, [main, '--port', '0', '--data', data, '--empty', ...args])
  t.after(async () => {
    child.kill('SIGKILL')
    await rm(data, { recursive: true, force: true })
  })
  const [first] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, out: first.toString() }
}

test('the first line says where it is ready, and what was given is not printed', async (t) => {
  const { child, out } = await run(t, '--token', 'given-token')
  assert.match(out, /^GitLab sandbox is ready at http:\/\/127\.0\.0\.1:\d+\n/)
  assert.doesNotMatch(out, /given-token/)
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'exit'), [0, null])
})

test('with a parent it ends when the parent’s end of its input closes', async (t) => {
  const { child } = await run(t, '--with-parent')
  child.stdin.end()
  assert.deepEqual(await once(child, 'exit'), [0, null])
})

test('with a parent’s channel it ends when that breaks, whatever its input is', async (t) => {
  const data = await mkdtemp(join(tmpdir(), 'sandbox-'))
  const child = fork(main, ['--port', '0', '--data', data, '--empty', '--with-parent'], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  t.after(async () => {
    child.kill('SIGKILL')
    await rm(data, { recursive: true, force: true })
  })
  await once(child.stdout ?? assert.fail('no output'), 'data')
  assert.equal(child.exitCode, null)
  child.disconnect()
  assert.deepEqual(await once(child, 'exit'), [0, null])
})

test('wrong use is one sentence each, all at once, and exit 2', async () => {
  const line = readCommandLine(['--port', 'x', '--issues', '5', '--empty', '--smtp-port', '25'], {})
  assert.deepEqual(line, {
    wrong: [
      '--port must be a whole number from 0 to 65535.',
      '--issues and --empty exclude each other.',
      '--smtp-port is not yet there: this sandbox does not receive mail.',
    ],
  })
  const child = spawn(process.execPath, [main, '--nonsense'])
  assert.deepEqual(await once(child, 'exit'), [2, null])
})

test('token and secret may come from the environment', () => {
  const line = readCommandLine([], {
    SANDBOX_TOKEN: 'token-from-env',
    SANDBOX_OAUTH_SECRET: 'secret-from-env',
  })
  assert.ok('run' in line)
  assert.deepEqual(
    [line.run.options.token, line.run.options.oauthSecret, line.run.options.port],
    ['token-from-env', 'secret-from-env', 8929],
  )
})
