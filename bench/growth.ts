// What becomes of everything when a desk grows: the same pages, forms, webhooks and figures of desks with ever more
// tickets, on both databases, in turns with a bare Node server. A desk is filled directly, as if it had read its GitLab
// long ago; reading GitLab from the start is measured apart.

import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { readConfig } from '../src/config.ts'
import { createFetcher, readPages } from './bare-reading.ts'
import { type Browser, openBrowser } from './browser.ts'
import { changedHeader } from './desk-messages.ts'
import { createPoster } from './form-posting.ts'
import { copyToPostgres, fillSqlite } from './growing-stores.ts'
import { commonWords, middlingWords, rareWords } from './growing-tickets.ts'
import type { Cell, Growth, Operation } from './growth-figures.ts'
import { type Ask, connections, type Load, type Run, run as runLoad, sleep, takeTurns } from './load.ts'
import { dashboards, divide, spread, ticketPages } from './page-sets.ts'
import { type PostgresServer, startPostgresServer, tidyUp } from './postgres-server.ts'
import {
  type BareServer,
  type Desk,
  type Sandbox,
  startBareServer,
  startDesk,
  startSandbox,
} from './processes.ts'
import { fixed, whole } from './report.ts'
import { median, percentile, shuffled } from './statistics.ts'
import { deliveriesAbout, webhookSecret } from './webhook-sending.ts'

export type GrowthOptions = {
  readonly sizes: readonly number[]
  readonly databases: readonly ('sqlite' | 'postgres')[]
  readonly rounds: number
  readonly seconds: number
  readonly warmUp: number
  /** Forms that each desk gets in a round; few, because each makes it larger. */
  readonly posts: number
  /** How often each desk is started. */
  readonly starts: number
  readonly nodeFlags: readonly string[]
}

/** One desk of one size on one database, and the GitLab it belongs to. */
type Prepared = {
  readonly tickets: number
  readonly sandbox: Sandbox
  readonly dataFolder: string
  readonly databaseUrl: string | null
}

type Running = Prepared & { readonly desk: Desk; readonly people: readonly Browser[] }

const readPauseMs = 3_600_000
const agents = ['bruno', 'carla', 'davi'] as const
const yearUrl = '/kpi?period=last-365-days'

const seconds = (since: number): string => `${fixed((performance.now() - since) / 1_000, 1)} s`

const databaseName = (database: 'sqlite' | 'postgres', server: PostgresServer | null): string =>
  database === 'sqlite' ? `SQLite ${process.versions.sqlite}` : (server?.name ?? 'PostgreSQL')

export const measureGrowth = async (
  folder: string,
  options: GrowthOptions,
  tell: (sentence: string) => void,
  /** Is told at once where everything will stand: whoever ends a run early has what was measured until then. */
  onBegin: (growth: Growth) => void,
): Promise<void> => {
  const { sizes, databases } = options
  const cells: Cell[] = []
  const problems: string[] = []
  /** What fails is told and missing; the rest is measured all the same. */
  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      problems.push(`${what}: ${error instanceof Error ? error.message : String(error)}`)
      tell(`${what} was not measured: ${error instanceof Error ? error.stack : error}`)
    }
  }

  const begun = performance.now()
  tell(`filling GitLab sandboxes with ${sizes.map(whole).join(', ')} issues, and SQLite with as many tickets`)
  const server = databases.includes('postgres') ? await startPostgresServer() : null
  onBegin({
    sizes,
    databases: databases.map((database) => ({
      name: databaseName(database, server),
      settings: database === 'postgres' ? (server?.settings ?? []) : [],
    })),
    rounds: options.rounds,
    seconds: options.seconds,
    starts: options.starts,
    connections,
    cells,
    problems,
  })
  const [sandboxes, files] = await Promise.all([
    Promise.all(sizes.map((size) => startSandbox(path.join(folder, `gitlab-${size}`), size))),
    fillStores(folder, sizes, tell),
  ])
  tell(`filled after ${seconds(begun)}`)

  for (const database of databases) {
    const name = databaseName(database, server)
    const put = (
      operation: Operation['id'],
      tickets: number,
      values: Omit<Cell, 'operation' | 'database' | 'tickets'>,
    ) => {
      cells.push({ operation, database: name, tickets, ...values })
    }
    await attempt(name, async () => {
      const prepared: Prepared[] = []
      for (const [index, tickets] of sizes.entries()) {
        const sandbox = sandboxes[index]
        const file = files[index]
        if (!sandbox || !file) throw new Error(`nothing is prepared for ${tickets} tickets`)
        const dataFolder = path.join(folder, `${database}-${tickets}`)
        mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
        prepared.push({
          tickets,
          sandbox,
          dataFolder: database === 'sqlite' ? path.dirname(file) : dataFolder,
          databaseUrl: database === 'sqlite' || !server ? null : await copied(server, file, tickets, tell),
        })
      }
      await measureDatabase({ name, prepared, options, put, attempt, tell })
    })
  }

  // Last, because what was asked of these sandboxes until now is in their lists.
  for (const database of databases)
    await attempt(`reading GitLab from the start into ${databaseName(database, server)}`, async () => {
      const bare = await startBareServer()
      const bareMs = await oneByOne(bare)
      bare.stop()
      for (const sandbox of sandboxes) {
        const tickets = sandbox.issues
        tell(
          `${databaseName(database, server)}: reading ${whole(tickets)} issues without work, then by Belay`,
        )
        const floor = await readPages(sandbox)
        const dataFolder = path.join(folder, `sync-${database}-${tickets}`)
        const desk = await startDesk(sandbox, {
          dataFolder,
          readPauseMs,
          profileFolder: null,
          nodeFlags: options.nodeFlags,
          databaseUrl: database === 'postgres' && server ? await server.createDatabase() : null,
        })
        const { listedMs, memory } = desk
        await desk.stop()
        rmSync(dataFolder, { recursive: true, force: true })
        cells.push({
          operation: 'sync',
          database: databaseName(database, server),
          tickets,
          ms: listedMs,
          perSecond: (tickets / listedMs) * 1_000,
          cost: listedMs / tickets,
          ratio: listedMs / tickets / bareMs,
          detail: { floorMs: floor.ms, againstFloor: listedMs / floor.ms, memory },
        })
      }
    })

  for (const sandbox of sandboxes) await sandbox.stop()
  await server?.stop()
}

// --- Preparing ---------------------------------------------------------------------------------

const fillStores = async (
  folder: string,
  sizes: readonly number[],
  tell: (sentence: string) => void,
): Promise<string[]> => {
  const files: string[] = []
  for (const tickets of sizes) {
    const dataFolder = path.join(folder, `sqlite-${tickets}`)
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
    const { desk } = readConfig('sandbox-desk', { BELAY_DATA: dataFolder, BELAY_CONFIG: '/dev/null' })
    const file = path.join(dataFolder, 'belay.sqlite')
    const begun = performance.now()
    await fillSqlite(file, { tickets, now: Date.now(), desk })
    if (tickets >= 100_000) tell(`${whole(tickets)} tickets are in SQLite, ${seconds(begun)}`)
    files.push(file)
  }
  return files
}

const copied = async (
  server: PostgresServer,
  file: string,
  tickets: number,
  tell: (sentence: string) => void,
): Promise<string> => {
  const { desk } = readConfig('sandbox-desk', { BELAY_DATA: path.dirname(file), BELAY_CONFIG: '/dev/null' })
  const begun = performance.now()
  const url = await server.createDatabase()
  await copyToPostgres(file, url, desk)
  await tidyUp(url)
  if (tickets >= 100_000) tell(`${whole(tickets)} tickets are in PostgreSQL, ${seconds(begun)}`)
  return url
}

// --- Measuring ---------------------------------------------------------------------------------

type Put = (
  operation: Operation['id'],
  tickets: number,
  values: Omit<Cell, 'operation' | 'database' | 'tickets'>,
) => void

type Site = {
  readonly name: string
  readonly prepared: readonly Prepared[]
  readonly options: GrowthOptions
  readonly put: Put
  readonly attempt: (what: string, work: () => Promise<void>) => Promise<void>
  readonly tell: (sentence: string) => void
}

/** A question to the bare server by somebody who has nothing else to ask: what one thing at a time is held against. */
const oneByOne = async (bare: BareServer): Promise<number> => {
  const fetcher = createFetcher({ url: bare.url, token: '' } as Sandbox)
  const times: number[] = []
  for (let turn = 0; turn < 400; turn++) {
    const { ms } = await fetcher.get(`${bare.url}/`)
    if (turn >= 100) times.push(ms)
  }
  fetcher.close()
  return median(times)
}

const starting = ({ options }: Site, one: Prepared): Promise<Desk> =>
  startDesk(one.sandbox, {
    dataFolder: one.dataFolder,
    databaseUrl: one.databaseUrl,
    webhookSecret,
    readPauseMs,
    profileFolder: null,
    nodeFlags: options.nodeFlags,
  })

const measureDatabase = async (site: Site): Promise<void> => {
  const { name, prepared, options, attempt, tell } = site
  const bare = await startBareServer()
  const bareMs = await oneByOne(bare)
  const bareRss = await bare.memory()
  tell(`${name}: starting, and the first figures of a year`)
  await attempt(`${name}: starting`, () => measureStarts(site, bareMs, bareRss))

  const running: Running[] = []
  try {
    for (const one of prepared) {
      const desk = await starting(site, one)
      const people = await Promise.all(agents.map((username) => openBrowser(desk.url, username)))
      running.push({ ...one, desk, people })
    }
    tell(`${name}: dashboards, tickets and searches`)
    await attempt(`${name}: pages`, () => measurePages(site, running, bare, bareRss))
    await attempt(`${name}: asking GitLab for what is new`, () => measurePolls(site, running, bareMs))
    tell(`${name}: figures, again and again`)
    await attempt(`${name}: figures`, () => measureFigures(site, running, bare, bareRss))
    tell(`${name}: webhooks`)
    await attempt(`${name}: webhooks`, () => measureWebhooks(site, running, bare))
    tell(`${name}: forms`)
    await attempt(`${name}: forms`, () => measureForms(site, running, bare, options.posts))
  } finally {
    for (const { desk } of running) await desk.stop()
    bare.stop()
  }
}

const measureStarts = async (site: Site, bareMs: number, bareRss: number): Promise<void> => {
  const { prepared, options, put } = site
  type Start = {
    readonly started: number
    readonly rss: number
    readonly kpi: number
    readonly loopMaxMs: number
  }
  const starts = new Map<number, Start[]>(prepared.map(({ tickets }) => [tickets, []]))
  const bareStarts: number[] = []
  for (let turn = 0; turn < options.starts; turn++) {
    const another = await startBareServer()
    bareStarts.push(another.startedMs)
    another.stop()
    for (const one of prepared) {
      const desk = await starting(site, one)
      const davi = await openBrowser(desk.url, 'davi')
      await davi.get('/issues')
      // What a start leaves behind is collected.
      await sleep(1_000)
      const { rss } = await desk.ask({ kind: 'memory' })
      await desk.watch.begin('first figures')
      const begun = performance.now()
      await davi.get(yearUrl)
      const kpi = performance.now() - begun
      const { loopMaxMs } = await desk.watch.end()
      await desk.stop()
      starts.get(one.tickets)?.push({ started: desk.startedMs, rss, kpi, loopMaxMs })
    }
  }
  for (const [tickets, all] of starts) {
    const of = (pick: (start: Start) => number) => median(all.map(pick))
    put('start', tickets, {
      ms: of(({ started }) => started),
      cost: of(({ started }) => started),
      ratio: of(({ started }) => started) / median(bareStarts),
      detail: { starts: all, bareStarts },
    })
    put('memory at rest', tickets, {
      bytes: of(({ rss }) => rss),
      cost: of(({ rss }) => rss),
      ratio: of(({ rss }) => rss) / bareRss,
      detail: null,
    })
    put('figures, first', tickets, {
      ms: of(({ kpi }) => kpi),
      cost: of(({ kpi }) => kpi),
      ratio: of(({ kpi }) => kpi) / bareMs,
      detail: { longestPauseMs: Math.max(...all.map(({ loopMaxMs }) => loopMaxMs)) },
    })
  }
}

/** Puts down what one load on desks of several sizes gave, beside the bare server in the same rounds. */
const putLoads = (
  { put, prepared }: Site,
  operation: Operation['id'],
  runsOf: (tickets: number) => readonly Run[],
  bareRuns: readonly Run[],
): void => {
  const [smallest] = prepared
  const first = smallest ? runsOf(smallest.tickets) : []
  for (const { tickets } of prepared) {
    const runs = runsOf(tickets)
    if (runs.length === 0) continue
    const of = (pick: (run: Run) => number) => median(runs.map(pick))
    const ratioTo = (others: readonly Run[], pick: (run: Run, other: Run) => number) =>
      median(runs.flatMap((run, round) => (others[round] ? [pick(run, others[round])] : [])))
    put(operation, tickets, {
      perSecond: of(({ perSecond }) => perSecond),
      p50: of(({ p50 }) => p50),
      p99: of(({ p99 }) => p99),
      cost: 1_000 / of(({ perSecond }) => perSecond),
      ratio: ratioTo(bareRuns, (run, other) => other.perSecond / run.perSecond),
      ratioP50: ratioTo(bareRuns, (run, other) => run.p50 / other.p50),
      ratioP99: ratioTo(bareRuns, (run, other) => run.p99 / other.p99),
      growth: ratioTo(first, (run, other) => other.perSecond / run.perSecond),
      detail: { runs, bare: bareRuns },
    })
  }
}

const bareLoad = (bare: BareServer): Load => ({
  name: 'bare',
  url: bare.url,
  asks: [[{ path: '/', cookie: '' }]],
  watch: null,
})

const anew = (asks: readonly Ask[]): Ask[] =>
  asks.map((ask) => ({ ...ask, headers: { [changedHeader]: '1' } }))

const searchesFor = (browser: Browser, words: readonly string[], view = 'all'): Ask[] =>
  words.map((query) => browser.ask(`/issues?view=${view}&q=${encodeURIComponent(query)}`))

const pairs = (words: readonly string[], others: readonly string[]): string[] =>
  words.flatMap((word, index) => [word, `${word} ${others[index % others.length]}`])

/** Spread over the whole desk. */
const anyTickets = (tickets: number, count: number): number[] =>
  shuffled(tickets, count).map((index) => index + 1)

const loadsOn = async ({ tickets, desk, people }: Running): Promise<Map<Operation['id'], Load>> => {
  const [first] = people
  if (!first) throw new Error('nobody signed in')
  const queues = await Promise.all(people.map(dashboards))
  const asks: [Operation['id'], Load['asks']][] = [
    ['dashboard', spread(queues)],
    ['dashboard, made', spread(queues.map(anew))],
    ['ticket', divide(anew(ticketPages(first, anyTickets(tickets, 400))))],
    [
      'search, common',
      divide(anew(searchesFor(first, pairs(commonWords, ['library', 'office', 'canteen'])))),
    ],
    ['search, rare', divide(anew(searchesFor(first, rareWords(tickets, 200))))],
    ['search, queue', divide(anew(searchesFor(first, [...middlingWords, ...commonWords], 'level-1')))],
  ]
  return new Map(
    asks.map(([name, list]) => [
      name,
      { name: `${name}, ${tickets}`, url: desk.url, asks: list, watch: desk.watch },
    ]),
  )
}

const measurePages = async (
  site: Site,
  running: readonly Running[],
  bare: BareServer,
  bareRss: number,
): Promise<void> => {
  const loads = await Promise.all(running.map(loadsOn))
  const names = [...(loads[0]?.keys() ?? [])]
  // The sizes of one thing one after the other: what the machine does meanwhile hits them alike.
  const inTurn = names.flatMap((name) => loads.flatMap((of) => of.get(name) ?? []))
  const rounds = await takeTurns([bareLoad(bare), ...inTurn], site.options)
  for (const name of names)
    putLoads(site, name, (tickets) => rounds.get(`${name}, ${tickets}`) ?? [], rounds.get('bare') ?? [])
  for (const { tickets } of running) {
    const highest = Math.max(
      ...names.flatMap((name) =>
        (rounds.get(`${name}, ${tickets}`) ?? []).map(({ watched }) => watched?.rss ?? 0),
      ),
    )
    site.put('memory under load', tickets, {
      bytes: highest,
      cost: highest,
      ratio: highest / bareRss,
      detail: null,
    })
  }
}

const measurePolls = async ({ put }: Site, running: readonly Running[], bareMs: number): Promise<void> => {
  const times = new Map<number, number[]>(running.map(({ tickets }) => [tickets, []]))
  let listed = 0
  for (let turn = 0; turn < 12; turn++)
    for (const { tickets, desk } of running) {
      const { ms, read } = await desk.ask({ kind: 'poll' })
      listed = Math.max(listed, read)
      if (turn >= 2) times.get(tickets)?.push(ms)
    }
  for (const [tickets, all] of times)
    put('poll', tickets, {
      ms: median(all),
      cost: median(all),
      ratio: median(all) / bareMs,
      detail: { all, listed },
    })
}

const measureFigures = async (
  site: Site,
  running: readonly Running[],
  bare: BareServer,
  bareRss: number,
): Promise<void> => {
  const loads = running.map(({ tickets, desk, people }): Load => {
    const davi = people.at(-1)
    if (!davi) throw new Error('nobody signed in')
    return { name: String(tickets), url: desk.url, asks: [[davi.ask(yearUrl)]], watch: desk.watch }
  })
  // The first one waits for all rows.
  for (const { people } of running) await people.at(-1)?.get(yearUrl)
  const rounds = await takeTurns([bareLoad(bare), ...loads], site.options)
  putLoads(site, 'figures, again', (tickets) => rounds.get(String(tickets)) ?? [], rounds.get('bare') ?? [])
  for (const { tickets, desk } of running) {
    const { rss } = await desk.ask({ kind: 'memory' })
    site.put('memory with figures', tickets, { bytes: rss, cost: rss, ratio: rss / bareRss, detail: null })
  }
}

/** As many as the smallest desk has, so that all note equally many. */
const issuesTold = 900

const measureWebhooks = async (site: Site, running: readonly Running[], bare: BareServer): Promise<void> => {
  const least = Math.min(issuesTold, ...running.map(({ tickets }) => tickets))
  const loads = running.map(
    ({ tickets, desk }): Load => ({
      name: String(tickets),
      url: desk.url,
      asks: [],
      send: { next: deliveriesAbout(anyTickets(tickets, least)), status: 202 },
      watch: desk.watch,
    }),
  )
  const rounds = await takeTurns([bareLoad(bare), ...loads], site.options)
  putLoads(site, 'webhook', (tickets) => rounds.get(String(tickets)) ?? [], rounds.get('bare') ?? [])
}

const postForms = async (url: string, count: number): Promise<Run> => {
  const poster = createPoster()
  const times: number[] = []
  let next = 0
  const begun = performance.now()
  const one = async (): Promise<void> => {
    while (next < count) times.push(await poster.post(url, next++))
  }
  await Promise.all(Array.from({ length: connections }, one))
  const took = performance.now() - begun
  poster.close()
  return {
    perSecond: (times.length / took) * 1_000,
    p50: percentile(times, 50),
    p99: percentile(times, 99),
    answers: times.length,
    watched: null,
  }
}

/** To the commit, as the outbox goes on meanwhile: few at a time, for each of them makes the desk larger. */
const measureForms = async (
  site: Site,
  running: readonly Running[],
  bare: BareServer,
  posts: number,
): Promise<void> => {
  const doors = await Promise.all(running.map(({ desk }) => desk.ask({ kind: 'open form doors' })))
  const runs = new Map<number, Run[]>(running.map(({ tickets }) => [tickets, []]))
  const bareRuns: Run[] = []
  for (const door of doors) await postForms(door.whole, Math.ceil(posts / 4))
  for (let round = 0; round < site.options.rounds; round++) {
    bareRuns.push(await runLoad(bareLoad(bare), site.options.seconds))
    for (const [index, { tickets }] of running.entries()) {
      const door = doors[index]
      if (door) runs.get(tickets)?.push(await postForms(door.whole, posts))
    }
  }
  putLoads(site, 'form', (tickets) => runs.get(tickets) ?? [], bareRuns)
  for (const { desk } of running) await desk.ask({ kind: 'close form doors' })
}
