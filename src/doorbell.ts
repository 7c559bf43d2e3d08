// How a loop waits: until its time has come, or until somebody rings because there is news.

import type { Clock } from './application/ports.ts'

export type Doorbell = {
  ring(): void
  /** Milliseconds; over at once where somebody rang since the last wait. */
  wait(milliseconds: number): Promise<void>
}

/** Somebody waits until somebody rings, or the time is over. */
export const doorbell = (clock: Clock): Doorbell => {
  let ring: AbortController | null = null
  let rung = false
  return {
    ring: () => {
      rung = true
      // With a reason of our own: Node would make an exception for each ring.
      ring?.abort('rung')
    },
    wait: async (milliseconds: number) => {
      if (!rung && milliseconds > 0) {
        ring = new AbortController()
        await clock.sleep(milliseconds, ring.signal)
        ring = null
      }
      rung = false
    },
  }
}
