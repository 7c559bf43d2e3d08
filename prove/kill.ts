// Nothing lost, nothing twice, with real processes: Belay is killed with `kill -9` at random
// moments under load, through a network that cuts and swallows, and comes back by itself. In the
// end GitLab and the index must be as if nothing had happened.
// `node prove/kill.ts --kills 200 --store sqlite`; the last line is the report as JSON.

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Store } from '../src/application/ports.ts'
import { openStore } from '../src/composition-root.ts'
import { readConfig } from '../src/config.ts'
import { visitor } from '../test/support/visitor.ts'
import type { Strike } from './fault-proxy.ts'
import { startFaultProxy } from './fault-proxy.ts'
import type { Bug } from './kill/desk.ts'
import { bugs, timings } from './kill/desk.ts'
import { judgeGitlab, judgeIndex, judgePages, readGitlab } from './kill/judge.ts'
import type { Ledger } from './kill/people.ts'
import { people, signIn } from './kill/people.ts'
import type { Desk } from './kill/processes.ts'
import { startDesk, startSandbox } from './kill/processes.ts'
import type { Random } from './random.ts'
import { seeded } from './random.ts'

export type KillProof = {
  readonly kills: number
  readonly seed: number
  /** PostgreSQL: two desks beside each other, which are killed or stand still longer than their leases. */
  readonly store: 'sqlite' | 'postgres'
  /** To see the proof fail. */
  readonly bug?: Bug
  /** A network that swallows answers and nothing else: what is found then is the bug. */
  readonly swallowing?: boolean
  /** How many people are at it at once. */
  readonly load?: number
  readonly say?: (line: string) => void
}

export type KillReport = {
  readonly store: KillProof['store']
  readonly seed: number
  /** Forms that people sent, without repetitions. */
  readonly posts: number
  readonly submitted: number
  readonly acknowledged: number
  /** Texts of agents that were acknowledged. */
  readonly texts: number
  readonly escalations: number
  readonly kills: number
  readonly pauses: number
  readonly calls: number
  readonly struck: Readonly<Record<Strike, number>>
  /** Everything that is wrong, one sentence each; nothing when all is well. */
  readonly faults: readonly string[]
  readonly seconds: number
  readonly settledAfter: number
}

/** Milliseconds. */
const comesBackWithin = 60_000
const settlesWithin = 120_000

type Count = { kills: number; pauses: number }

/** Kills until it is enough. Throws when a desk does not come back. */
const killAll = async (
  desks: readonly Desk[],
  random: Random,
  total: number,
  count: Count,
): Promise<void> => {
  const asleep = new Set<Desk>()
  const pauses: Promise<void>[] = []
  for (let step = 1; count.kills < total; step++) {
    const desk = random.pick(desks.filter((one) => !asleep.has(one)))
    // Now and then it dies while it is only just starting.
    if (random.chance(0.2)) await wait(random.between(0, 500))
    else {
      await comeBack(desk)
      await wait(random.between(20, 1_500))
    }
    if (desks.length > 1 && asleep.size === 0 && step % 5 === 3) {
      count.pauses++
      asleep.add(desk)
      const pause = timings.lease + random.between(-1_000, timings.effectsMayLand + 2_000)
      pauses.push(desk.pause(pause).finally(() => asleep.delete(desk)))
    } else {
      count.kills++
      await desk.kill()
    }
  }
  await Promise.all(pauses)
}

const comeBack = async (desk: Desk): Promise<void> => {
  const over = new AbortController()
  const late = wait(comesBackWithin, false, { signal: over.signal }).catch(() => false)
  const back = await Promise.race([desk.ready(), late])
  over.abort()
  if (!back) throw new Error(`[I18] a desk did not come back within ${comesBackWithin / 1_000} s`)
}

/** Until nothing is to be sent or read any more. */
export const settle = async (store: Store, limit: number): Promise<boolean> => {
  const giveUp = performance.now() + limit
  while (performance.now() < giveUp) {
    const quiet = await store.read(async (reader) => {
      const { operations, unread } = await reader.backlog()
      const { ready, sending, unknown } = operations
      return ready + sending + unknown + unread === 0 && (await reader.unread(1, Date.now())).length === 0
    })
    if (quiet) return true
    await wait(200)
  }
  return false
}

/** Done in GitLab, and never heard of: a quarter of all calls. */
const nothingButLostAnswers = {
  roughness: 0.25,
  strikers: ['reset after', 'error after', 'cut body'],
} as const satisfies { roughness: number; strikers: readonly Strike[] }

const databaseFor = async (store: KillProof['store']): Promise<string | null> => {
  if (store === 'sqlite') return null
  const { startPostgres } = await import('../test/support/postgres.ts')
  return (await startPostgres()).createDatabase()
}

export const killProof = async (options: KillProof): Promise<KillReport> => {
  const { kills, seed, store, bug = null, load = 3, say = () => undefined } = options
  const started = performance.now()
  const random = seeded(seed)
  const folder = mkdtempSync(join(tmpdir(), 'belay-kill-'))
  const ends: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true, force: true })]
  const faults: string[] = []
  const fault = (what: string) => {
    faults.push(what)
    say(what)
  }
  const count: Count = { kills: 0, pauses: 0 }
  const ledger: Ledger = { stories: [], complaints: [], posts: 0 }
  let settledAfter = 0
  let struck: KillReport['struck'] | null = null
  let calls = 0
  try {
    const databaseUrl = await databaseFor(store)
    const sandbox = await startSandbox(join(folder, 'gitlab'))
    ends.push(sandbox.stop)
    const proxy = await startFaultProxy({
      target: sandbox.url,
      seed,
      ...(options.swallowing ? nothingButLostAnswers : {}),
    })
    ends.push(proxy.stop)
    struck = proxy.struck

    const secret = randomBytes(32).toString('hex')
    const open = (name: string, gitlabUrl: string) =>
      startDesk(
        { sandbox, dataFolder: join(folder, name), databaseUrl, secret, bug },
        gitlabUrl,
        (kind, what) => {
          if (kind === 'ended') fault(`[I18] a desk ended by itself ${what}`)
          if (kind === 'said') say(`desk: ${what.slice(0, 600)}`)
          if (kind === 'said' && !/^\{"level":[1-4]0,/u.test(what))
            fault(`a desk said: ${what.slice(0, 400)}`)
        },
      )
    // Signing in names GitLab's own address in its proofs of identity, so it goes there directly.
    const first = await open('a', sandbox.url)
    ends.push(first.stop)
    await comeBack(first)
    const desks = [first]
    if (store === 'postgres') {
      const second = await open('b', proxy.url)
      ends.push(second.stop)
      await comeBack(second)
      desks.push(second)
    }
    const urls = desks.map(({ url }) => url)
    const agents = await signIn(urls)
    first.gitlabUrl = proxy.url
    count.kills++
    await first.kill()

    const enough = new AbortController()
    const over = new AbortController()
    ends.push(async () => over.abort())
    // Dice of their own: when a desk dies does not hang on how quick people are.
    const work = people({
      urls,
      agents,
      random: seeded(seed + 1),
      ledger,
      seed,
      enough: enough.signal,
      over: over.signal,
    })
    const atWork = Array.from({ length: load }, () => work())
    await killAll(desks, random, kills, count)
    enough.abort()
    await Promise.race([Promise.all(atWork), wait(settlesWithin, undefined, { ref: false })])
    over.abort()
    await Promise.all(atWork)
    proxy.calm()
    calls = proxy.calls()
    for (const complaint of ledger.complaints) fault(complaint)

    const calmed = performance.now()
    for (const desk of desks) await comeBack(desk)
    const config = readConfig('desk', {
      BELAY_DATA: join(folder, 'a'),
      ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl, BELAY_SECRET: secret }),
    })
    const index = await openStore(config)
    ends.push(index.close)
    if (!(await settle(index, settlesWithin))) fault(`[I4] not settled within ${settlesWithin / 1_000} s`)
    settledAfter = (performance.now() - calmed) / 1_000

    const gitlab = await readGitlab(sandbox.url, sandbox.ownersToken)
    judgeGitlab(gitlab, ledger, fault)
    await index.read((reader) => judgeIndex(gitlab, reader, ledger, fault))
    const [davi] = agents.davi.visitors
    if (davi) await judgePages(gitlab, ledger, davi, visitor(first.url), fault)
  } catch (error) {
    fault(error instanceof Error ? error.message : String(error))
  } finally {
    // The last one started ends first; the folder goes when nobody writes into it any more.
    for (const end of ends.reverse())
      await end().catch((error: unknown) =>
        fault(`not ended: ${error instanceof Error ? error.message : error}`),
      )
  }
  const { stories } = ledger
  const moves = stories.flatMap((story) => story.moves)
  return {
    store,
    seed,
    posts: ledger.posts,
    submitted: stories.length,
    acknowledged: stories.filter(({ promised }) => promised === 'yes').length,
    texts: stories.flatMap((story) => story.deeds).filter(({ promised }) => promised === 'yes').length,
    escalations: moves.filter(({ promised }) => promised === 'yes').length,
    ...count,
    calls,
    struck: struck ?? ({} as KillReport['struck']),
    faults,
    seconds: Math.round((performance.now() - started) / 100) / 10,
    settledAfter: Math.round(settledAfter * 10) / 10,
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '200' },
      store: { type: 'string', default: 'sqlite' },
      seed: { type: 'string', default: '1' },
      bug: { type: 'string' },
      loud: { type: 'boolean' },
    },
  })
  const { bug, store } = values
  if (store !== 'sqlite' && store !== 'postgres') throw new Error('--store is sqlite or postgres')
  if (bug !== undefined && bug !== 'forgetful' && bug !== 'careless')
    throw new Error(`--bug is one of ${Object.keys(bugs).join(', ')}`)
  const report = await killProof({
    kills: Number(values.kills),
    seed: Number(values.seed),
    store,
    ...(bug === undefined ? {} : { bug }),
    ...(values.loud ? { say: (line: string) => void process.stderr.write(`${line}\n`) } : {}),
  })
  for (const fault of report.faults) process.stderr.write(`${fault}\n`)
  process.stdout.write(`${JSON.stringify(report)}\n`)
  process.exitCode = report.faults.length > 0 ? 1 : 0
  // PostgreSQL of the tests ends with us.
  setTimeout(() => process.exit(), 5_000).unref()
}
