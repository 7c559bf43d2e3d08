// What it costs to accept a form for good: what writing it down adds to the same form without any
// writing, and what becomes of many forms while GitLab is slow.

import { createPoster } from './form-posting.ts'
import { sleep } from './load.ts'
import type { Desk, Sandbox } from './processes.ts'
import { type Figure, fixed, whole } from './report.ts'
import { median, percentile, sum } from './statistics.ts'

const mostAdded = 2
const rushPerSecond = 50
const slowAnswer = 500
const mostAtRush = 300
/** Resident memory at the end of the rush over that at its beginning. */
const mostGrowth = 1.1

export const measureCost = async (
  sandbox: Sandbox,
  desk: Desk,
  options: { readonly posts: number; readonly seconds: number },
  tell: (sentence: string) => void,
): Promise<Figure[]> => [
  ...(await measureAdded(desk, options.posts, tell)),
  ...(await measureRush(sandbox, desk, options.seconds, tell)),
]

/** One form after the other, each address in turn: whatever else the machine does hits all three. */
const measureAdded = async (
  desk: Desk,
  posts: number,
  tell: (sentence: string) => void,
): Promise<Figure[]> => {
  tell(`sending ${posts} forms, each with and without being written down`)
  const doors = await desk.ask({ kind: 'open form doors' })
  const poster = createPoster()
  const took = { whole: [] as number[], noOperation: [] as number[], nothing: [] as number[] }
  const names = ['nothing', 'noOperation', 'whole'] as const
  const warmUp = Math.ceil(posts / 4)
  for (let number = -warmUp; number < posts; number++)
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + number + warmUp) % names.length] ?? 'whole'
      const ms = await poster.post(doors[name], number)
      if (number >= 0) took[name].push(ms)
    }
  poster.close()
  await desk.ask({ kind: 'close form doors' })
  const difference = (one: keyof typeof took, other: keyof typeof took) =>
    median(took[one]) - median(took[other])
  const added = difference('whole', 'nothing')
  const ofOutbox = difference('whole', 'noOperation')
  const detail = Object.fromEntries(
    names.map((name) => [
      name,
      { median: median(took[name]), p95: percentile(took[name], 95), p99: percentile(took[name], 99) },
    ]),
  )
  return [
    {
      name: `form post to the commit, ticket and operation on disk, against nothing written`,
      value: `${fixed(median(took.whole))} ms`,
      against: `${fixed(median(took.nothing))} ms, so ${fixed(added)} ms are added`,
      ratio: median(took.whole) / median(took.nothing),
      limit: `at most ${mostAdded} ms added`,
      met: added <= mostAdded,
      detail,
    },
    {
      name: '  of these by the outbox alone',
      value: `${fixed(ofOutbox)} ms`,
      against: `${fixed(median(took.noOperation))} ms with the ticket only`,
      ratio: null,
      limit: 'told only',
      met: null,
      detail: null,
    },
  ]
}

/** Forms come when they come, whether or not earlier ones are answered; each is timed from when it was due. */
const measureRush = async (
  sandbox: Sandbox,
  desk: Desk,
  seconds: number,
  tell: (sentence: string) => void,
): Promise<Figure[]> => {
  tell(
    `${rushPerSecond} forms a second for ${seconds} seconds, while GitLab takes ${slowAnswer} ms an answer`,
  )
  const queuedBefore = await desk.ask({ kind: 'unsettled' })
  await sandbox.slow(slowAnswer)
  const poster = createPoster()
  const took: number[] = []
  const refused: unknown[] = []
  const memory: number[] = []
  const underWay: Promise<void>[] = []
  await desk.watch.begin('rush')
  const started = performance.now()
  for (let number = 0; number < rushPerSecond * seconds; number++) {
    const due = started + (number * 1_000) / rushPerSecond
    if (due > performance.now()) await sleep(due - performance.now())
    underWay.push(
      poster.post(desk.url, number, due).then(
        (ms) => void took.push(ms),
        (error: unknown) => void refused.push(error),
      ),
    )
    if (number % rushPerSecond === 0)
      underWay.push(desk.ask({ kind: 'memory' }).then(({ rss }) => void memory.push(rss)))
  }
  await Promise.all(underWay)
  const watched = await desk.watch.end()
  poster.close()
  const waiting = (await desk.ask({ kind: 'unsettled' })) - queuedBefore
  await sandbox.slow(0)
  const sixth = Math.max(1, Math.floor(memory.length / 6))
  const average = (values: readonly number[]) => sum(values) / values.length
  const [before, after] = [average(memory.slice(sixth, 2 * sixth)), average(memory.slice(-sixth))]
  const mib = (bytes: number) => `${fixed(bytes / 1_024 / 1_024, 0)} MiB`
  const p99 = percentile(took, 99)
  return [
    {
      name: `${rushPerSecond} forms a second for ${seconds} s, GitLab answers after ${slowAnswer} ms: 99th percentile`,
      value: `${fixed(p99, 0)} ms`,
      against: `${mostAtRush} ms`,
      ratio: null,
      limit: `under ${mostAtRush} ms`,
      met: p99 < mostAtRush && refused.length === 0,
      detail: {
        median: median(took),
        p95: percentile(took, 95),
        longest: Math.max(...took),
        refused: refused.map(String).slice(0, 5),
        watched,
      },
    },
    {
      name: '  accepted, and of these still to be sent at the end',
      value: `${whole(took.length)}, ${whole(waiting)}`,
      against: `${whole(rushPerSecond * seconds)}`,
      ratio: took.length / (rushPerSecond * seconds),
      limit: 'exactly 1',
      met: refused.length === 0,
      detail: null,
    },
    {
      name: '  resident memory at its end against its beginning',
      value: mib(after),
      against: mib(before),
      ratio: after / before,
      limit: `at most ${mostGrowth}`,
      met: after / before <= mostGrowth,
      detail: { eachSecond: memory },
    },
  ]
}
