// The processes of a proof: GitLab's sandbox, and Belay, started again at once whenever it was
// killed. Each ends with the proof, however that ends; all listen on 127.0.0.1 only.

import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const quiet = '--disable-warning=ExperimentalWarning'

const running = new Set<ChildProcess>()
export const keep = <T extends ChildProcess>(child: T): T => {
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

/** The address that a line of this form names, or null when the process ended first. */
export const readyAt = (child: ChildProcess & { stdout: NodeJS.ReadableStream }, line: RegExp) =>
  new Promise<string | null>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (text) => {
      const address = line.exec(text)?.[1]
      if (address) resolve(address)
    })
    child.once('exit', () => resolve(null))
  })

// --- GitLab's sandbox --------------------------------------------------------------------------

export type Sandbox = {
  readonly url: string
  readonly token: string
  readonly oauthSecret: string
  /** A token of the project's maintainer, who sees everything. */
  readonly ownersToken: string
  stop(): Promise<void>
}

export const asked = async (url: string, method: string, body: object): Promise<unknown> => {
  const answer = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}

/** `environment`: what else it needs to know, such as whose certificates it believes. */
export const startSandbox = async (
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Sandbox> => {
  const token = `glpat-${randomBytes(12).toString('hex')}`
  const oauthSecret = `gloas-${randomBytes(12).toString('hex')}`
  const child = keep(
    spawn(
      process.execPath,
      [
        quiet,
        fileOf('../../sandbox/src/main.ts'),
        ...['--empty', '--port', '0', '--with-parent', '--data', folder],
      ],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...environment, SANDBOX_TOKEN: token, SANDBOX_OAUTH_SECRET: oauthSecret },
      },
    ),
  )
  const url = await readyAt(child, /^GitLab sandbox is ready at (\S+)$/u)
  if (url === null) throw new Error('the sandbox did not start')
  // GitLab's limits are a proof of their own: here they would only slow everything down.
  await asked(`${url}/-/sandbox/settings`, 'PUT', { notes: 0, issues: 0 })
  const made = (await asked(`${url}/-/sandbox/tokens`, 'POST', { username: 'davi' })) as { token: string }
  return {
    url,
    token,
    oauthSecret,
    ownersToken: made.token,
    stop: async () => {
      child.kill('SIGTERM')
      await ended(child)
    },
  }
}

/** What goes wrong in it from now on (sandbox/src/faults.ts). */
export const setFaults = async ({ url }: Pick<Sandbox, 'url'>, faults: readonly object[]): Promise<void> => {
  await asked(`${url}/-/sandbox/faults`, 'PUT', faults)
}

// --- Belay -------------------------------------------------------------------------------------

export const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

export type DeskSettings = {
  readonly sandbox: Sandbox
  readonly dataFolder: string
  /** null = SQLite in the data folder. */
  readonly databaseUrl: string | null
  readonly secret: string
  readonly bug: string | null
}

export type Desk = {
  readonly url: string
  /** Resolves with true when it shows its pages, with false when it ended before. */
  ready(): Promise<boolean>
  /** `kill -9`, and started again at once. */
  kill(): Promise<void>
  /** Stands still for so long (milliseconds), as a machine does that has too much to do. */
  pause(milliseconds: number): Promise<void>
  /** Asked politely; answers its exit code. */
  stop(): Promise<number | null>
  /** From the next start on. */
  gitlabUrl: string
}

/** `report` is told what a desk says on standard error, and when one ends that nobody killed. */
export const startDesk = async (
  settings: DeskSettings,
  gitlabUrl: string,
  report: (kind: 'said' | 'ended', what: string) => void,
): Promise<Desk> => {
  const { sandbox, dataFolder, databaseUrl, secret, bug } = settings
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  mkdirSync(dataFolder, { recursive: true })
  const expected = new Set<ChildProcess>()

  const launch = () => {
    const child = keep(
      spawn(process.execPath, [quiet, fileOf('desk.ts'), ...(bug === null ? [] : [bug])], {
        // A belay.yaml that lies where the proof was started is not for it.
        cwd: dataFolder,
        stdio: ['pipe', 'pipe', 'pipe'],
        env: {
          PORT: String(port),
          BELAY_DATA: dataFolder,
          GITLAB_URL: desk.gitlabUrl,
          GITLAB_PROJECT: 'demo/helpdesk',
          GITLAB_TOKEN: sandbox.token,
          GITLAB_OAUTH_CLIENT_ID: 'belay',
          GITLAB_OAUTH_CLIENT_SECRET: sandbox.oauthSecret,
          POLL_SECONDS: '1',
          ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl, BELAY_SECRET: secret }),
        },
      }),
    )
    child.stdin.on('error', () => undefined)
    createInterface({ input: child.stderr }).on('line', (line) => report('said', line))
    const ready = readyAt(child, /^Belay is ready at (\S+)$/u).then((address) => address !== null)
    child.once('exit', (code, signal) => {
      if (!expected.has(child)) report('ended', `with ${signal ?? code}`)
    })
    return { child, ready }
  }

  const desk: Desk = {
    url,
    gitlabUrl,
    ready: () => current.ready,
    kill: async () => {
      const { child } = current
      expected.add(child)
      child.kill('SIGKILL')
      await ended(child)
      current = launch()
    },
    pause: async (milliseconds) => {
      const { pid } = current.child
      if (pid === undefined) return
      // A process of its own lets it go on: nothing stands still for ever, even when the proof dies.
      const sleeper = spawn(
        '/bin/sh',
        [
          '-c',
          'kill -STOP "$1"; sleep "$2"; kill -CONT "$1"',
          'sh',
          String(pid),
          String(milliseconds / 1_000),
        ],
        { stdio: 'ignore', detached: true },
      )
      await ended(sleeper)
    },
    stop: async () => {
      const { child } = current
      expected.add(child)
      child.kill('SIGTERM')
      const giveUp = setTimeout(() => child.kill('SIGKILL'), 20_000)
      await ended(child)
      clearTimeout(giveUp)
      return child.exitCode
    },
  }
  let current = launch()
  return desk
}
