// Measures the desk: `npm run bench`. Every claim about speed is a ratio to a floor that was
// measured in the same run, on the same machine, in turns.
//
//   --quick         fewer tickets, one round: whether it works, not how quick it is
//   --json FILE     where the figures go (bench/results/<time>.json)
//   --only a,b      of sync, pages, cost, mail, calls, kpi, growth; sync is always needed by pages and cost
//   --sizes a,b     of growth: how many tickets, the smallest first (1000,100000,1000000)
//   --databases a,b of growth: sqlite, postgres
//   --write         writes docs/performance.md from what was measured; not from a quick run
//   --profile DIR   processor profiles of the sync and of each load, for a browser's tools; figures suffer
//   --node-flags F  flags for the desk's Node, to try out what they change; as in scripts/run where absent

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { countCalls } from './calls.ts'
import { measureCost } from './cost.ts'
import { measureGrowth } from './growth.ts'
import { figuresOf, type Growth, performancePage } from './growth-figures.ts'
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
    only: { type: 'string', default: 'sync,pages,cost,mail,calls,kpi,growth' },
    sizes: { type: 'string' },
    databases: { type: 'string', default: 'sqlite,postgres' },
    write: { type: 'boolean', default: false },
    profile: { type: 'string' },
    'node-flags': { type: 'string', default: '--max-semi-space-size=4 --max-old-space-size=512' },
  },
})

const parts = ['sync', 'pages', 'cost', 'mail', 'calls', 'kpi', 'growth']
const only = new Set(values.only.split(','))
const sizes = (values.sizes ?? (values.quick ? '1000,4000' : '1000,100000,1000000')).split(',').map(Number)
const databases = values.databases
  .split(',')
  .flatMap((name): ('sqlite' | 'postgres')[] => (name === 'sqlite' || name === 'postgres' ? [name] : []))
const wrong =
  [...only].some((name) => !parts.includes(name)) || databases.length !== values.databases.split(',').length
    ? `--only takes some of ${parts.join(',')}, and --databases some of sqlite,postgres.`
    : sizes.some((one, index) => !Number.isSafeInteger(one) || one < 100 || one <= (sizes[index - 1] ?? 0))
      ? '--sizes takes numbers of tickets from 100 on, the smallest first, such as 1000,100000.'
      : values.write && values.quick
        ? 'A quick run says nothing about speed: leave --quick out where docs/performance.md is to be written.'
        : null
if (wrong !== null) {
  process.stderr.write(`${wrong}\n`)
  process.exit(2)
}

/** Milliseconds after which a run is stopped, whatever is still missing. */
const longest =
  ([...only].some((name) => name !== 'growth') ? 10 * 60_000 : 0) + (only.has('growth') ? 40 * 60_000 : 0)

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

/** Of each desk that grows: fewer rounds, because there are many. */
const growing = values.quick
  ? { rounds: 1, seconds: 0.5, warmUp: 0.3, posts: 16, starts: 1 }
  : { rounds: 3, seconds: 1.5, warmUp: 1.5, posts: 120, starts: 3 }

/** Catching up with replies would take hours and both cores; tickets that are looked at are read beforehand. */
const readPauseMs = 3_600_000

const started = performance.now()
const tell = (sentence: string): void => {
  const seconds = Math.round((performance.now() - started) / 1_000)
  process.stderr.write(`${String(seconds).padStart(4)} s  ${sentence}\n`)
}

/** A desk of one size, and everything about it. */
const measureOne = async (folder: string, figures: Figure[]): Promise<void> => {
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

const measure = async (folder: string, figures: Figure[]): Promise<void> => {
  if ([...only].some((name) => name !== 'growth')) await measureOne(folder, figures)
  if (!only.has('growth')) return
  const nodeFlags = values['node-flags'].split(' ').filter((flag) => flag !== '')
  await measureGrowth(folder, { ...growing, sizes, databases, nodeFlags }, tell, (begun) => {
    growth = begun
  })
}

let growth: Growth | null = null
let interrupted = false
const folder = mkdtempSync(path.join(tmpdir(), 'belay-bench-'))
const loadBefore = loadavg()[0] ?? 0
const figures: Figure[] = []
let problem: unknown = null
const late = setTimeout(() => {
  problem = `stopped after ${longest / 60_000} minutes; what is missing was not measured`
  finish()
}, longest)

const page = new URL('../docs/performance.md', import.meta.url)

const finish = (): void => {
  clearTimeout(late)
  endAll()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  const machine = {
    processors: availableParallelism(),
    model: cpus()[0]?.model ?? '',
    node: process.version,
    memoryBytes: totalmem(),
    loadBefore,
  }
  const missing = growth?.problems ?? []
  const at = new Date().toISOString()
  const file =
    values.json ??
    fileURLToPath(new URL(`results/${at.replaceAll(':', '-').slice(0, 19)}.json`, import.meta.url))
  const report = {
    at,
    quick: values.quick,
    size,
    connections,
    machine,
    problem: problem === null ? null : String(problem),
    figures,
    growth,
  }
  writeReport(file, report)
  const written = values.write && !interrupted
  if (written) writeFileSync(fileURLToPath(page), performancePage(report))
  process.stdout.write(
    `\n${tableOf([...figures, ...(growth ? figuresOf(growth) : [])])}\n\n` +
      `${machine.processors} processors (${machine.model}), Node ${machine.node}, ${connections} connections, ` +
      `medians of ${only.has('growth') && only.size === 1 ? growing.rounds : size.rounds}, load before ${loadBefore.toFixed(1)}. All figures: ${path.relative('.', file)}\n` +
      (loadBefore > machine.processors / 2
        ? 'The machine had other work to do: ratios may be off, and figures in milliseconds are.\n'
        : '') +
      (written ? `Written: ${path.relative('.', fileURLToPath(page))}\n` : '') +
      missing.map((one) => `Not measured: ${one}\n`).join('') +
      (values.quick ? 'A quick run shows that it works, not how quick it is.\n' : ''),
  )
  if (problem !== null) {
    process.stderr.write(`Not finished: ${problem instanceof Error ? problem.stack : problem}\n`)
    process.exit(1)
  }
  process.exit(missing.length > 0 ? 1 : 0)
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    problem = 'interrupted; what is missing was not measured'
    interrupted = true
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
