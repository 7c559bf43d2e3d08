// Belay as `serve` starts it, in a process of its own, with two additions: an address per floor
// that answers a ready string through the same app, and answers to the bench about itself.

import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Express } from 'express'
import type { Store } from '../src/application/ports.ts'
import { pullListing, readOneInFull } from '../src/application/pull-changes.ts'
import { createLog, startDesk } from '../src/composition-root.ts'
import { readConfig } from '../src/config.ts'
import { beThrifty } from '../src/thrift.ts'
import { wideFloodLimits } from '../test/support/wide-limits.ts'
import type { Answers, DeskSettings, FromDesk, Memory, Order, Ready, ToDesk } from './desk-messages.ts'
import { changedHeader } from './desk-messages.ts'
import { openFormDoors } from './form-doors.ts'
import { sleep, type Watched } from './load.ts'
import { profilingInto } from './profiling.ts'

const settings: DeskSettings = JSON.parse(process.argv[2] ?? '{}')

/** The one thing that is not known before the pages are: which size the ready strings have. */
const floors = new Map<string, string>()

/**
 * The ready string stands where the desk's own first page stands: behind the general middlewares,
 * before the other routes. At the end of the table it would pay for looking at each of them.
 */
const addFloors = (app: Express): void => {
  app.get('/floor/:name', (request, response) => {
    const ready = floors.get(request.params.name) ?? ''
    response.writeHead(200, {
      'cache-control': 'no-store',
      'content-type': 'text/html; charset=utf-8',
      'content-length': ready.length,
    })
    response.end(ready)
  })
  const { stack } = app.router
  const own = stack.pop()
  const first = stack.findIndex((layer) => layer.route !== undefined)
  if (own) stack.splice(first < 0 ? stack.length : first, 0, own)
}

/** How often something has changed for the pages, although nothing has. */
let changes = 0

/** What is asked for with this header is made anew: whatever was remembered is out of date. */
const addChanges = (app: Express): void => {
  app.use((request, _response, next) => {
    if (request.headers[changedHeader] !== undefined) changes++
    next()
  })
  const { stack } = app.router
  const own = stack.pop()
  if (own) stack.unshift(own)
}

const countChanges = (store: { version: Store['version'] }): void => {
  const { version } = store
  store.version = async () => (await version()) + changes
}

const memory = (): Memory => {
  const { rss, heapUsed, external } = process.memoryUsage()
  let highest: number | null = null
  try {
    highest = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1_024
  } catch {
    // Not Linux.
  }
  return { rss, highest, heapUsed, external }
}

const watch = () => {
  const delay = monitorEventLoopDelay({ resolution: 5 })
  let loop = performance.eventLoopUtilization()
  let cpu = process.cpuUsage()
  let rss = 0
  let sampling: NodeJS.Timeout | undefined
  const sample = () => {
    rss = Math.max(rss, process.memoryUsage.rss())
  }
  return {
    begin: () => {
      delay.reset()
      delay.enable()
      loop = performance.eventLoopUtilization()
      cpu = process.cpuUsage()
      rss = 0
      sample()
      sampling = setInterval(sample, 100)
    },
    end: (): Watched => {
      clearInterval(sampling)
      sample()
      delay.disable()
      const { user, system } = process.cpuUsage(cpu)
      return {
        busy: performance.eventLoopUtilization(loop).utilization,
        cpuMs: (user + system) / 1_000,
        loopMaxMs: delay.max / 1e6,
        loopP99Ms: delay.percentile(99) / 1e6,
        rss,
      }
    },
  }
}

const say = (message: FromDesk): void => {
  process.send?.(message)
}

const main = async () => {
  const profiling = profilingInto(settings.profileFolder)
  await profiling.begin('sync')
  const started = performance.now()
  const config = readConfig('sandbox-desk', { BELAY_DATA: settings.dataFolder, PORT: '0' })
  const desk = await startDesk(
    {
      ...config,
      databaseUrl: settings.databaseUrl,
      webhookSecret: settings.webhookSecret,
      gitlab: {
        url: settings.gitlabUrl,
        project: 'demo/helpdesk',
        token: settings.token,
        branchToken: null,
        caFile: null,
      },
      oauth: { clientId: 'belay', clientSecret: settings.oauthSecret },
    },
    {
      log: createLog('silent'),
      sandbox: false,
      readPauseMs: settings.readPauseMs,
      onListed: beThrifty,
      extend: (app) => {
        addFloors(app)
        addChanges(app)
      },
      // One machine stands for everybody who asks for help.
      floodLimits: wideFloodLimits,
    },
  )
  const startedMs = performance.now()
  const { store } = desk.parts
  countChanges(store)
  // The cursor moves when the last page of the listing is stored.
  while (!(await store.read((reader) => reader.setting('pull.cursor')))) await sleep(10)
  const ready: Ready = { url: desk.url, startedMs, listedMs: performance.now() - started, memory: memory() }
  await profiling.end()
  const watching = watch()
  let closeFormDoors: () => void = () => undefined

  const obey = async (order: Order): Promise<Answers[Order['kind']]> => {
    switch (order.kind) {
      case 'begin':
        await profiling.begin(order.name)
        watching.begin()
        return null
      case 'end': {
        const watched = watching.end()
        await profiling.end()
        return watched
      }
      case 'floors':
        for (const [name, bytes] of Object.entries(order.bytes)) floors.set(name, 'x'.repeat(bytes))
        return null
      case 'read':
        for (const iid of order.iids) await readOneInFull(desk.parts, iid)
        return null
      case 'poll': {
        const begun = performance.now()
        const { read, changed } = await pullListing(desk.parts)
        return { ms: performance.now() - begun, read, changed }
      }
      case 'unsettled': {
        const { operations } = await store.read((reader) => reader.backlog())
        return operations.ready + operations.sending + operations.unknown + operations.stuck
      }
      case 'open form doors': {
        const { doors, close } = await openFormDoors(desk.parts)
        closeFormDoors = close
        return doors
      }
      case 'close form doors':
        closeFormDoors()
        return null
      case 'memory':
        return memory()
      case 'stop':
        await desk.stop()
        return null
    }
  }

  process.on('message', (message: ToDesk) => {
    const { order, number } = message
    obey(order).then(
      (answer) => {
        say({ answer, to: number })
        if (order.kind === 'stop') process.disconnect()
      },
      (error: unknown) => say({ failed: String(error), to: number }),
    )
  })
  say({ ready })
}

process.on('disconnect', () => process.exit(0))
main().catch((error: unknown) => {
  say({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error), to: null })
  process.exitCode = 1
  process.disconnect()
})
