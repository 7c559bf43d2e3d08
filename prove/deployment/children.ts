// Processes of these proofs: each in a view of the file system of its own (so that what is mounted for it is gone with
// it), and none of them outlives the proof.

import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'

const running = new Set<ChildProcess>()

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))

export type Child = {
  /** All that it said on both outputs. */
  said(): string
  /** The first match in what it said; null when it ended without. */
  line(pattern: RegExp): Promise<RegExpExecArray | null>
  kill(signal: NodeJS.Signals): void
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
}

export const start = (
  command: string,
  args: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>
    readonly cwd?: string
    readonly user?: { readonly uid: number; readonly gid: number }
  } = {},
): Child => {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.env ? { env: options.env } : {}),
    ...(options.cwd ? { cwd: options.cwd } : {}),
    ...(options.user ?? {}),
  })
  running.add(child)
  let text = ''
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more
      for (const listener of listeners) listener()
    })
  const ended = new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => {
      running.delete(child)
      resolve(code ?? signal ?? 'unknown')
    })
  })
  return {
    said: () => text,
    ended,
    kill: (signal) => void child.kill(signal),
    line: (pattern) =>
      new Promise((resolve) => {
        const look = () => {
          const found = pattern.exec(text)
          if (!found) return
          listeners.delete(look)
          resolve(found)
        }
        listeners.add(look)
        look()
        void ended.then(() => resolve(pattern.exec(text)))
      }),
  }
}

/** A shell script with mounts of its own; its words are `$1`, `$2`, … */
export const startApart = (
  script: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Child =>
  start('unshare', ['--mount', '--propagation', 'private', 'sh', '-euc', script, 'sh', ...words], {
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...env },
  })

/** Throws with what it said when it fails. */
export const finished = async (child: Child): Promise<string> => {
  const code = await child.ended
  if (code !== 0) throw new Error(`ended with ${code}: ${child.said().slice(-3_000)}`)
  return child.said()
}

export const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
