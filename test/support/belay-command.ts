// A command of Belay's in a process of its own, as a person runs it; it ends with the test, however that ends.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { text } from 'node:stream/consumers'

const program = path.join(import.meta.dirname, '..', '..', 'src', 'main.ts')

export type Ended = {
  /** null where it was killed. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export type Settings = Readonly<Record<string, string>>

export type RunningCommand = {
  readonly pid: number
  /** `kill -9`. */
  kill(): void
  readonly ended: Promise<Ended>
}

/** `env`: all of it, beside the path. */
export const startBelay = (args: readonly string[], env: Settings, folder: string): RunningCommand => {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  const ended = Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]).then(
    ([[code], stdout, stderr]): Ended => {
      process.removeListener('exit', end)
      return { code: typeof code === 'number' ? code : null, stdout, stderr }
    },
  )
  return { pid: child.pid ?? 0, kill: end, ended }
}

export const belay = (args: readonly string[], env: Settings, folder: string): Promise<Ended> =>
  startBelay(args, env, folder).ended
