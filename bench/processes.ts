// The processes of a run: GitLab's sandbox, Belay, a bare server. Each ends when the bench does,
// however that ends; all listen on 127.0.0.1 only.

import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Answers, DeskSettings, FromDesk, Order, Ready, ToDesk } from './desk-messages.ts'
import type { Load } from './load.ts'

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

const running = new Map<ChildProcess, NodeJS.Signals>()

/** `signal`: how it is ended at once. */
export const keep = <T extends ChildProcess>(child: T, signal: NodeJS.Signals = 'SIGKILL'): T => {
  running.set(child, signal)
  child.once('exit', () => running.delete(child))
  return child
}

/** Ends what still runs; for the end of the bench, a good one or a bad one. */
export const endAll = (): void => {
  for (const [child, signal] of running) child.kill(signal)
}

const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

// --- GitLab's sandbox --------------------------------------------------------------------------

export type Sandbox = {
  readonly url: string
  readonly token: string
  readonly oauthSecret: string
  readonly issues: number
  /** Calls to its API since `forget`, by method and route. */
  calls(): Promise<Readonly<Record<string, number>>>
  forget(): Promise<void>
  /** Every call to its API is answered so many milliseconds later; 0 = at once, as usual. */
  slow(milliseconds: number): Promise<void>
  stop(): Promise<void>
}

const readyLine = /^GitLab sandbox is ready at (\S+)$/u

export const startSandbox = async (folder: string, issues: number): Promise<Sandbox> => {
  const token = 'glpat-bench-bench-bench'
  const oauthSecret = 'gloas-bench-bench-bench'
  const child = keep(
    spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        fileOf('../sandbox/src/main.ts'),
        '--with-parent',
        ...['--port', '0', '--data', folder, '--issues', String(issues)],
        ...['--token', token, '--oauth-secret', oauthSecret],
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    ),
  )
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const address = readyLine.exec(line)?.[1]
      if (address) resolve(address)
    })
    child.once('exit', () => reject(new Error('the sandbox did not start')))
  })
  return {
    url,
    token,
    oauthSecret,
    issues,
    calls: async () => (await (await fetch(`${url}/-/sandbox/calls`)).json()) as Record<string, number>,
    forget: async () => {
      await fetch(`${url}/-/sandbox/calls`, { method: 'DELETE' })
    },
    slow: async (milliseconds) => {
      const answer = await fetch(`${url}/-/sandbox/faults`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(milliseconds === 0 ? [] : [{ kind: 'slow', ms: milliseconds, path: '^/api/' }]),
      })
      if (!answer.ok) throw new Error(`the sandbox is not slow: ${answer.status} ${await answer.text()}`)
    },
    stop: async () => {
      child.kill('SIGTERM')
      await ended(child)
    },
  }
}

// --- Belay -------------------------------------------------------------------------------------

export type Desk = Ready & {
  readonly watch: NonNullable<Load['watch']>
  ask<K extends Order['kind']>(order: Extract<Order, { kind: K }>): Promise<Answers[K]>
  stop(): Promise<void>
}

/** Resolves when it has stored its first complete listing. `profileFolder`: processor profiles go there. */
export const startDesk = async (
  sandbox: Sandbox,
  options: {
    readonly dataFolder: string
    readonly readPauseMs: number
    readonly profileFolder: string | null
    readonly nodeFlags: readonly string[]
    readonly databaseUrl?: string | null
    readonly webhookSecret?: string
  },
): Promise<Desk> => {
  const { dataFolder, readPauseMs, profileFolder, databaseUrl = null, webhookSecret = null } = options
  mkdirSync(dataFolder, { recursive: true })
  const { url: gitlabUrl, token, oauthSecret } = sandbox
  const settings: DeskSettings = {
    gitlabUrl,
    token,
    oauthSecret,
    dataFolder,
    databaseUrl,
    webhookSecret,
    readPauseMs,
    profileFolder: profileFolder === null ? null : path.resolve(profileFolder),
  }
  const child = keep(
    fork(fileOf('desk.ts'), [JSON.stringify(settings)], {
      // Its own folder: a belay.yaml that lies where the bench was started is not for it.
      cwd: dataFolder,
      execArgv: ['--disable-warning=ExperimentalWarning', ...options.nodeFlags],
      env: { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '262144', ...process.env },
    }),
  )
  const waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>()
  let number = 0
  const ready = await new Promise<Ready>((resolve, reject) => {
    child.on('message', (message: FromDesk) => {
      if ('ready' in message) return resolve(message.ready)
      const asked = message.to === null ? undefined : waiting.get(message.to)
      if (message.to !== null) waiting.delete(message.to)
      if ('failed' in message) {
        const error = new Error(`the desk: ${message.failed}`)
        return asked ? asked.reject(error) : reject(error)
      }
      asked?.resolve(message.answer)
    })
    child.once('exit', (code) => {
      const error = new Error(`the desk ended with ${code}`)
      reject(error)
      for (const one of waiting.values()) one.reject(error)
    })
  })
  const ask = <K extends Order['kind']>(order: Extract<Order, { kind: K }>): Promise<Answers[K]> =>
    new Promise((resolve, reject) => {
      waiting.set(++number, { resolve: (answer) => resolve(answer as Answers[K]), reject })
      child.send({ order, number } as ToDesk)
    })
  return {
    ...ready,
    ask,
    watch: {
      begin: async (name) => {
        await ask({ kind: 'begin', name })
      },
      end: () => ask({ kind: 'end' }),
    },
    stop: async () => {
      await ask({ kind: 'stop' })
      await ended(child)
    },
  }
}

// --- The bare server ---------------------------------------------------------------------------

export type BareServer = {
  readonly url: string
  /** Milliseconds from the begin of its process until it takes requests. */
  readonly startedMs: number
  memory(): Promise<number>
  stop(): void
}

export const startBareServer = async (): Promise<BareServer> => {
  const child = keep(fork(fileOf('bare-server.ts'), { execArgv: [] }))
  const [{ ready, startedMs }] = (await once(child, 'message')) as [{ ready: number; startedMs: number }]
  return {
    url: `http://127.0.0.1:${ready}`,
    startedMs,
    memory: async () => {
      child.send('memory')
      const [{ rss }] = (await once(child, 'message')) as [{ rss: number }]
      return rss
    },
    stop: () => child.kill(),
  }
}
