// Holds the mail servers of one test process: starts and ends them as lines on its standard input say, and ends all of
// them and removes their folder when that input closes, which happens however the test process ends, also when it is
// killed. Started by home.ts, never by hand.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'

type Order = { id: number; start?: string[]; stop?: number }

const [home] = process.argv.slice(2)
if (home === undefined) throw new Error('the keeper needs the folder of its servers')
const servers = new Map<number, ChildProcess>()
// Ctrl-C reaches the whole terminal; the test process decides, and its end is ours.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

const stop = async (id: number) => {
  const server = servers.get(id)
  servers.delete(id)
  if (!server?.pid || server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  // Each server is a group of its own. They take a second to end gently, and nothing of theirs is kept.
  process.kill(-server.pid, 'SIGKILL')
  await ended
}

const obey = async ({ id, start, stop: which }: Order) => {
  if (which !== undefined) await stop(which)
  const [program, ...words] = start ?? []
  if (program !== undefined) {
    const server = spawn(program, words, {
      cwd: home,
      detached: true,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    server.on('error', (error) => console.error(error))
    servers.set(id, server)
  }
  process.send?.({ id })
}

let last = Promise.resolve()
createInterface({ input: process.stdin })
  .on('line', (line) => {
    last = last.then(() => obey(JSON.parse(line) as Order))
  })
  .on('close', async () => {
    await last
    await Promise.all([...servers.keys()].map(stop))
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    process.exit()
  })
