// Virtual time: nothing waits, everything that would wait is put into one queue, and the clock
// jumps from one entry to the next. Between two entries all promises run to their end, so a
// schedule depends on the seed alone.

import type { Clock } from '../src/application/ports.ts'

type Entry = { readonly at: number; readonly order: number; readonly run: () => void }

export type VirtualTime = Clock & {
  /** Calls `run` at `at` (UTC milliseconds); in order of time, then of asking. Gives a way to call it off. */
  at(at: number, run: () => void): () => void
  after(milliseconds: number, run: () => void): () => void
  /** Runs everything up to `until`, and stands there. `done` ends it early. */
  runUntil(until: number, done?: () => boolean): Promise<void>
}

/** Lets every promise that can go on do so. */
const settleDown = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export const virtualTime = (start: number): VirtualTime => {
  let now = start
  let order = 0
  const queue: Entry[] = []

  // A binary heap by time, then by order.
  const before = (a: Entry, b: Entry) => a.at - b.at || a.order - b.order
  const push = (entry: Entry) => {
    queue.push(entry)
    let index = queue.length - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      const [child, above] = [queue[index], queue[parent]]
      if (!child || !above || before(above, child) <= 0) return
      queue[index] = above
      queue[parent] = child
      index = parent
    }
  }
  const pop = (): Entry | undefined => {
    const first = queue[0]
    const last = queue.pop()
    if (!first || !last || queue.length === 0) return first
    queue[0] = last
    let index = 0
    for (;;) {
      const left = 2 * index + 1
      const here = queue[index]
      let smallest = index
      for (const child of [left, left + 1]) {
        const [candidate, best] = [queue[child], queue[smallest]]
        if (candidate && best && before(candidate, best) < 0) smallest = child
      }
      const chosen = queue[smallest]
      if (smallest === index || !here || !chosen) return first
      queue[index] = chosen
      queue[smallest] = here
      index = smallest
    }
  }

  const at = (when: number, run: () => void) => {
    let wanted = true
    push({ at: Math.max(when, now), order: order++, run: () => wanted && run() })
    return () => {
      wanted = false
    }
  }
  const after = (milliseconds: number, run: () => void) => at(now + milliseconds, run)

  return {
    now: () => now,
    at,
    after,
    sleep: (milliseconds, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve()
        const off = after(milliseconds, resolve)
        signal?.addEventListener('abort', () => {
          off()
          resolve()
        })
      }),
    runUntil: async (until, done) => {
      await settleDown()
      for (;;) {
        const first = queue[0]
        if (!first || first.at > until || done?.()) break
        pop()
        now = first.at
        first.run()
        await settleDown()
      }
      if (!done?.()) now = Math.max(now, until)
    },
  }
}
