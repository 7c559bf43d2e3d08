// Work that nobody waits for, beside the answer: so many at once, and so many that wait for their turn.
// What comes on top of that is left out, and said so in the log: a flood must not grow without an end.

import type { Log } from './visit.ts'

const atOnce = 8
const mostWaiting = 200

/** `work` answers for its own faults. */
export type Aside = (work: () => Promise<void>) => void

export const createAside = (log: Log): Aside => {
  const waiting: (() => Promise<void>)[] = []
  let running = 0
  const next = (): void => {
    const work = running < atOnce ? waiting.shift() : undefined
    if (!work) return
    running += 1
    void work().finally(() => {
      running -= 1
      next()
    })
  }
  return (work) => {
    if (waiting.length >= mostWaiting) {
      log.warn({ waiting: waiting.length }, 'too much waits beside the answers: one request was left undone')
      return
    }
    waiting.push(work)
    // Not in the same turn: the answer goes first.
    setImmediate(next)
  }
}
