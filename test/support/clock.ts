// A clock that stands still until a test turns it. Whoever sleeps wakes when the hand passes their
// time, in order; between two wakings everybody gets to do what they can without sleeping again.

import type { Clock } from '../../src/application/ports.ts'

export type TurnableClock = Clock & {
  /** Turns the clock on by so many milliseconds, waking sleepers on the way. */
  turn(milliseconds: number): Promise<void>
  /** Lets everybody do what they can do now, without the time going on. */
  rest(): Promise<void>
  /** How many sleep now. */
  sleepers(): number
}

type Sleeper = { readonly wakesAt: number; readonly wake: () => void }

/** So many turns of Node's event loop; what needs none but promises is done well before. */
const rounds = 5

export const turnableClock = (start = Date.UTC(2026, 5, 8, 9)): TurnableClock => {
  let time = start
  const sleeping = new Set<Sleeper>()

  const rest = async () => {
    for (let round = 0; round < rounds; round++) await new Promise((resolve) => setImmediate(resolve))
  }

  const next = (until: number): Sleeper | undefined =>
    [...sleeping].filter((one) => one.wakesAt <= until).sort((a, b) => a.wakesAt - b.wakesAt)[0]

  return {
    now: () => time,
    sleep: (milliseconds, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted || milliseconds <= 0) return resolve()
        const wake = () => {
          sleeping.delete(sleeper)
          signal?.removeEventListener('abort', wake)
          resolve()
        }
        const sleeper: Sleeper = { wakesAt: time + milliseconds, wake }
        sleeping.add(sleeper)
        signal?.addEventListener('abort', wake)
      }),
    turn: async (milliseconds) => {
      const until = time + milliseconds
      await rest()
      for (let one = next(until); one; one = next(until)) {
        time = Math.max(time, one.wakesAt)
        one.wake()
        await rest()
      }
      time = until
      await rest()
    },
    rest,
    sleepers: () => sleeping.size,
  }
}
