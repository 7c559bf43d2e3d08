// One process of a desk that several share: started as it is shipped, killed, asked to stop, put to sleep, started again
// as another release. It ends with the proof, however that ends.

import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ended, freePort, keep, readyAt } from '../kill/processes.ts'

export type Program = { readonly command: string; readonly args: readonly string[] }

/** `./belay serve` of that folder: of this release, or of another one. */
export const shippedIn = (folder: string): Program => ({ command: join(folder, 'belay'), args: ['serve'] })
export const thisRelease = shippedIn(join(import.meta.dirname, '..', '..'))

/** What it starts, with waits that fit a GitLab which answers within a second (prove/kill/desk.ts). */
export const withShortWaits = (bug: string | null = null): Program => ({
  command: process.execPath,
  args: [
    '--disable-warning=ExperimentalWarning',
    join(import.meta.dirname, '..', 'kill', 'desk.ts'),
    ...(bug === null ? [] : [bug]),
  ],
})

export type Stopped = {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly milliseconds: number
}

export type Replica = {
  readonly name: string
  readonly port: number
  readonly url: string
  /** Starts it; true when it shows its pages, false when it ended before. */
  start(program: Program): Promise<boolean>
  kill(): Promise<void>
  /** Stands still until `resume`, as a machine does that has too much to do. */
  pause(): void
  resume(): void
  /** Asked politely; killed after twenty seconds. */
  stop(): Promise<Stopped>
}

type Report = (kind: 'said' | 'ended', what: string) => void

export const makeReplica = async (options: {
  readonly name: string
  readonly dataFolder: string
  /** Its settings, but port and data folder. */
  readonly environment: Readonly<Record<string, string>>
  /** Told what it says on standard error, and when it ends although nobody asked it to. */
  readonly report: Report
}): Promise<Replica> => {
  const { name, dataFolder, environment, report } = options
  const port = await freePort()
  mkdirSync(dataFolder, { recursive: true })
  const expected = new Set<ChildProcess>()
  let current: ChildProcess | null = null

  const signal = (which: NodeJS.Signals): ChildProcess => {
    if (current === null) throw new Error(`${name} does not run`)
    current.kill(which)
    return current
  }
  const end = async (which: NodeJS.Signals): Promise<Stopped> => {
    const asked = performance.now()
    if (current) expected.add(current)
    const child = signal(which)
    const giveUp = setTimeout(() => child.kill('SIGKILL'), 20_000)
    await ended(child)
    clearTimeout(giveUp)
    current = null
    return { code: child.exitCode, signal: child.signalCode, milliseconds: performance.now() - asked }
  }

  return {
    name,
    port,
    url: `http://127.0.0.1:${port}`,
    start: async ({ command, args }) => {
      if (current !== null) throw new Error(`${name} runs already`)
      const child = keep(
        spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], {
          // A belay.yaml that lies where the proof was started is not for it.
          cwd: dataFolder,
          stdio: ['pipe', 'pipe', 'pipe'],
          env: {
            PATH: process.env.PATH,
            TMPDIR: process.env.TMPDIR,
            ...environment,
            PORT: String(port),
            BELAY_DATA: dataFolder,
          },
        }),
      )
      current = child
      child.stdin.on('error', () => undefined)
      createInterface({ input: child.stderr }).on('line', (line) => report('said', `${name}: ${line}`))
      child.once('exit', (code, by) => {
        if (expected.has(child)) return
        current = null
        report('ended', `${name} with ${by ?? code}`)
      })
      return (await readyAt(child, /^Belay is ready at (\S+)$/u)) !== null
    },
    kill: async () => {
      await end('SIGKILL')
    },
    pause: () => void signal('SIGSTOP'),
    resume: () => void signal('SIGCONT'),
    stop: () => end('SIGTERM'),
  }
}
