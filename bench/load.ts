// One load on one address: eight connections that each ask again as soon as they are answered.
// Rounds take turns, so that whatever else the machine does hits subject and floor alike.

import autocannon from 'autocannon'
import { median, percentile } from './statistics.ts'

export const connections = 8

/** A page and who asks for it. */
export type Ask = {
  readonly path: string
  readonly cookie: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What is sent, made anew for each sending. */
export type Sent = {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type Load = {
  readonly name: string
  readonly url: string
  /** What each connection asks for, round and round; fewer lists than connections are shared. */
  readonly asks: readonly (readonly Ask[])[]
  /** Sent instead, by each connection; and which answer is right. */
  readonly send?: { readonly next: () => Sent; readonly status: number }
  /** Figures of the process under load, between these two calls. */
  readonly watch: { begin(name: string): Promise<void>; end(): Promise<Watched> } | null
}

export type Watched = {
  /** Part of the time in which the process was busy, 0 to 1. */
  readonly busy: number
  /** Processor time in milliseconds, all threads. */
  readonly cpuMs: number
  /** Longest and 99th-percentile delay of its event loop, in milliseconds. */
  readonly loopMaxMs: number
  readonly loopP99Ms: number
  /** Highest resident size seen in the window, in bytes. */
  readonly rss: number
}

export type Run = {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  readonly answers: number
  readonly watched: Watched | null
}

const settle = 300

/** Loads for so many seconds. Throws where an answer is none or not the page that was asked for. */
export const run = async (load: Load, seconds: number): Promise<Run> => {
  const { send } = load
  const right = send?.status ?? 200
  const times: number[] = []
  const odd = new Map<number, number>()
  let measuring = false
  let next = 0
  let finished: (errors: number) => void = () => undefined
  const ended = new Promise<number>((resolve) => {
    finished = resolve
  })
  const options: autocannon.Options = {
    url: load.url,
    connections,
    duration: seconds + 30,
    sampleInt: 20,
    setupClient: (client) => {
      if (send) {
        client.setRequests([{ method: 'POST', setupRequest: (request) => ({ ...request, ...send.next() }) }])
        return
      }
      const asks = load.asks[next++ % load.asks.length] ?? []
      if (asks.length === 0) throw new Error(`${load.name}: a connection has nothing to ask for`)
      client.setRequests(
        asks.map(({ path, cookie, headers }) => ({
          method: 'GET' as const,
          path,
          headers: cookie === '' ? { ...headers } : { ...headers, cookie },
        })),
      )
    },
  }
  const instance = autocannon(options, (error, result) => finished(error ? 1 : result.errors))
  instance.on('response', (_client, status, _bytes, milliseconds) => {
    if (status !== right) odd.set(status, (odd.get(status) ?? 0) + 1)
    if (measuring) times.push(milliseconds)
  })
  // Connecting and the first answers are not part of it.
  await sleep(settle)
  await load.watch?.begin(load.name)
  measuring = true
  const started = performance.now()
  await sleep(seconds * 1_000)
  measuring = false
  const took = performance.now() - started
  const watched = (await load.watch?.end()) ?? null
  instance.stop()
  const errors = await ended
  if (odd.size > 0 || errors > 0)
    throw new Error(
      `${load.name}: answers other than ${right}: ${JSON.stringify([...odd])}, broken: ${errors}`,
    )
  return {
    perSecond: (times.length / took) * 1_000,
    p50: percentile(times, 50),
    p99: percentile(times, 99),
    answers: times.length,
    watched,
  }
}

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })

/** Runs by name; the nth runs of all loads belong to one round. */
export type Rounds = ReadonlyMap<string, readonly Run[]>

/** Warms each load up, then measures all of them in turn, `rounds` times. */
export const takeTurns = async (
  loads: readonly Load[],
  options: { readonly rounds: number; readonly seconds: number; readonly warmUp: number },
): Promise<Rounds> => {
  const runs = new Map<string, Run[]>(loads.map(({ name }) => [name, []]))
  for (const load of loads) await run(load, options.warmUp)
  for (let round = 0; round < options.rounds; round++)
    for (const load of loads) runs.get(load.name)?.push(await run(load, options.seconds))
  return runs
}

/** Median over the rounds of one number of a load. */
export const medianOf = (rounds: Rounds, name: string, pick: (run: Run) => number): number =>
  median((rounds.get(name) ?? []).map(pick))

/** Median of the ratios within each round: drift between rounds falls out. */
export const medianRatio = (
  rounds: Rounds,
  subject: string,
  floor: string,
  pick: (run: Run) => number,
): number => {
  const floors = rounds.get(floor) ?? []
  return median(
    (rounds.get(subject) ?? []).flatMap((run, round) => {
      const other = floors[round]
      return other ? [pick(run) / pick(other)] : []
    }),
  )
}
