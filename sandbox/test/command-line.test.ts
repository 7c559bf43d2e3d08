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
  const line = readCommandLine(['--port', 'x', '--issues', '5', '--empty', '--smtp-port', 'mail'], {})
  assert.deepEqual(line, {
    wrong: [
      '--port must be a whole number from 0 to 65535.',
      '--issues and --empty exclude each other.',
      '--smtp-port must be a whole number from 0 to 65535.',
    ],
  })
  const child = spawn(process.execPath, [main, '--nonsense'])
  assert.deepEqual(await once(child, 'exit'), [2, null])
})

test('the port of mail may be a number, or auto; none is taken without it', () => {
  const options = (...args: string[]) => {
    const line = readCommandLine(args, {})
    return 'run' in line ? line.run.options : assert.fail('it does not run')
  }
  assert.equal(options().smtpPort, undefined)
  assert.equal(options('--smtp-port', '2626').smtpPort, 2626)
  assert.equal(options('--smtp-port', 'auto').smtpPort, 'auto')
  assert.equal(options('--no-service-desk').serviceDesk, false)
  assert.deepEqual(readCommandLine(['--port', '2525', '--smtp-port', '2525'], {}), {
    wrong: ['--port and --smtp-port must differ.'],
  })
})

test('with a port for mail it says where mail is taken', async (t) => {
  const { out } = await run(t, '--smtp-port', '0')
  assert.match(
    out,
    /^Mail to incoming\+demo-helpdesk-1-issue-@gitlab\.example is taken at smtp:\/\/127\.0\.0\.1:\d+ and on http:\/\/127\.0\.0\.1:\d+\/-\/sandbox\/mail$/m,
  )
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

test('who says nothing gets the small desk with its year; issues or emptiness are instead of it', () => {
  const year = (...args: string[]) => {
    const line = readCommandLine(args, {})
    return 'run' in line ? line.run.options.year : assert.fail('it does not run')
  }
  assert.deepEqual([year(), year('--empty'), year('--issues', '9')], [true, undefined, undefined])
})
