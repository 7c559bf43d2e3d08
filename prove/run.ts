// Plays many seeds on as many threads as there are cores, and gathers what was wrong.

import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { bugs } from './bugs.ts'
import { play } from './play.ts'

export type Range = {
  readonly from: number
  readonly count: number
  /** Name of a planted bug. */
  readonly bug?: string
  /** Stop at the first seed that goes wrong. */
  readonly untilWrong?: boolean
  readonly onWrong?: (played: Wrong) => void
  readonly threads?: number
}

export type Wrong = { readonly seed: number; readonly faults: readonly string[] }

type Order = { seeds: number[]; bug: string | null }
type Report = { seed: number; faults: readonly string[] } | 'idle'

const share = 20

const thread = async (): Promise<void> => {
  const port = parentPort
  if (!port) return
  port.on('message', async ({ seeds, bug }: Order) => {
    const planted = bug === null ? undefined : bugs.find(({ name }) => name === bug)
    for (const seed of seeds) {
      const { faults } = await play(seed, planted ? { bug: planted } : {})
      port.postMessage({ seed, faults } satisfies Report)
    }
    port.postMessage('idle' satisfies Report)
  })
  port.postMessage('idle' satisfies Report)
}

if (!isMainThread && workerData === 'prove') await thread()

/** The seeds that went wrong, in order, and how many were played. */
export const run = (range: Range): Promise<{ played: number; wrong: Wrong[] }> =>
  new Promise((resolve, reject) => {
    const wrong: Wrong[] = []
    let next = range.from
    let played = 0
    let working = 0
    const end = range.from + range.count
    const threads = Array.from(
      { length: range.threads ?? availableParallelism() },
      () => new Worker(new URL(import.meta.url), { workerData: 'prove' }),
    )
    const finish = () => {
      for (const one of threads) void one.terminate()
      resolve({ played, wrong: wrong.sort((a, b) => a.seed - b.seed) })
    }
    for (const one of threads) {
      working++
      one.on('error', reject)
      one.on('message', (report: Report) => {
        if (report === 'idle') {
          const enough = range.untilWrong === true && wrong.length > 0
          if (next >= end || enough) {
            working--
            if (working === 0) finish()
            return
          }
          const seeds = Array.from({ length: Math.min(share, end - next) }, (_, index) => next + index)
          next += seeds.length
          one.postMessage({ seeds, bug: range.bug ?? null } satisfies Order)
          return
        }
        played++
        if (report.faults.length === 0) return
        wrong.push(report)
        range.onWrong?.(report)
      })
    }
  })
