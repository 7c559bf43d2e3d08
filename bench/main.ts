// Measures the desk: `npm run bench`. Every claim about speed is a ratio to a floor that was
// measured in the same run, on the same machine, in turns.
//
//   --quick         fewer tickets, one round: whether it works, not how quick it is
//   --json FILE     where the figures go (bench/results/<time>.json)
//   --only a,b      of sync, pages, cost, mail, calls, kpi; sync is always needed by pages and cost
//   --profile DIR   processor profiles of the sync and of each load, for a browser's tools; figures suffer
//   --node-flags F  flags for the desk's Node, to try out what they change; as in scripts/run where absent

import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { countCalls } from './calls.ts'
import { measureCost } from './cost.ts'
import { measureKpi } from './kpi.ts'
import { connections } from './load.ts'
import { measureMail } from './mail.ts'
import { measurePages } from './pages.ts'
import { endAll, startDesk, startSandbox } from './processes.ts'
import { type Figure, tableOf, writeReport } from './report.ts'
import { measureSync } from './sync.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    only: { type: 'string', default: 'sync,pages,cost,mail,calls,kpi' },
    profile: { type: 'string' },
    'node-flags': { type: 'string', default: '--max-semi-space-size=4 --max-old-space-size=512' },
  },
})

const only = new Set(values.only.split(','))
const longest = 10 * 60_000

const size = values.quick
  ? {
      tickets: 2_000,
      small: 500,
      cold: 200,
      firstLooks: 60,
      rounds: 1,
      seconds: 1,
      warmUp: 1,
      forms: 60,
      rush: 6,
    }
  : {
      tickets: 100_000,
      small: 1_000,
      cold: 3_000,
      firstLooks: 1_200,
      rounds: 3,
      seconds: 3,
      warmUp: 2,
      forms: 600,
      rush: 60,
    }

/** Catching up with replies would take hours and both cores; tickets that are looked at are read beforehand. */
const readPauseMs = 3_600_000

const started = performance.now()
const tell = (sentence: string): void => {
  const seconds = Math.round((performance.now() - started) / 1_000)
  process.stderr.write(`${String(seconds).padStart(4)} s  ${sentence}\n`)
}

const measure = async (folder: string, figures: Figure[]): Promise<void> => {
  tell(`filling a sandbox with ${size.tickets} issues and one with ${size.small}`)
  const profileFolder = values.profile ?? null
  const nodeFlags = values['node-flags'].split(' ').filter((flag) => flag !== '')
  const smallBox = await startSandbox(path.join(folder, 'small-gitlab'), size.small)
  const small = await startDesk(smallBox, {
    dataFolder: path.join(folder, 'small-desk'),
    readPauseMs,
    profileFolder,
    nodeFlags,
  })
  if (only.has('sync') || only.has('pages') || only.has('cost')) {
    const box = await startSandbox(path.join(folder, 'gitlab'), size.tickets)
    const rounds = only.has('sync') ? size.rounds : 1
    const { desk, figures: ofSync } = await measureSync(
      box,
      { folder, rounds, readPauseMs, profileFolder, nodeFlags },
      tell,
    )
    figures.push(...ofSync)
    if (only.has('pages'))
      figures.push(
        ...(await measurePages(
          {
            large: desk,
            small,
            tickets: size.tickets,
            smallTickets: size.small,
            coldTickets: size.cold,
            firstLooks: size.firstLooks,
            options: size,
          },
          tell,
        )),
      )
    if (only.has('cost'))
      figures.push(...(await measureCost(box, desk, { posts: size.forms, seconds: size.rush }, tell)))
    await desk.stop()
    await box.stop()
  }
  if (only.has('calls')) {
    tell('counting calls to GitLab')
    figures.push(...(await countCalls(smallBox, small)))
  }
  if (only.has('mail')) figures.push(...(await measureMail(folder, values.quick ? 100 : 1_000, tell)))
  await small.stop()
  await smallBox.stop()
  if (only.has('kpi'))
    figures.push(...(await measureKpi(folder, { ...size, profileFolder, nodeFlags }, tell)))
}

const folder = mkdtempSync(path.join(tmpdir(), 'belay-bench-'))
const loadBefore = loadavg()[0] ?? 0
const figures: Figure[] = []
let problem: unknown = null
const late = setTimeout(() => {
  problem = `stopped after ${longest / 60_000} minutes; what is missing was not measured`
  finish()
}, longest)

const finish = (): void => {
  clearTimeout(late)
  endAll()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  const machine = {
    processors: availableParallelism(),
    model: cpus()[0]?.model ?? '',
    node: process.version,
    loadBefore,
  }
  const at = new Date().toISOString()
  const file =
    values.json ??
    fileURLToPath(new URL(`results/${at.replaceAll(':', '-').slice(0, 19)}.json`, import.meta.url))
  writeReport(file, {
    at,
    quick: values.quick,
    size,
    connections,
    machine,
    problem: problem && String(problem),
    figures,
  })
  process.stdout.write(
    `\n${tableOf(figures)}\n\n` +
      `${machine.processors} processors (${machine.model}), Node ${machine.node}, ${connections} connections, ` +
      `medians of ${size.rounds}, load before ${loadBefore.toFixed(1)}. All figures: ${path.relative('.', file)}\n` +
      (loadBefore > machine.processors / 2
        ? 'The machine had other work to do: ratios may be off, and figures in milliseconds are.\n'
        : '') +
      (values.quick ? 'A quick run shows that it works, not how quick it is.\n' : ''),
  )
  if (problem !== null) {
    process.stderr.write(`Not finished: ${problem instanceof Error ? problem.stack : problem}\n`)
    process.exit(1)
  }
  process.exit(0)
}

process.once('SIGINT', () => {
  problem = 'interrupted'
  finish()
})

// The load generator throws from timers, where nobody awaits it; what was started must end all the same.
process.once('uncaughtException', (error) => {
  problem = error
  finish()
})

await measure(folder, figures).catch((error: unknown) => {
  problem = error
})
finish()
