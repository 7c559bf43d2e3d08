// The real clock, which can be put forward for the desk and its GitLab together.

import type { Clock } from '../../src/application/ports.ts'
import { realClock } from '../../src/composition-root.ts'
import type { TestDesk } from './desk.ts'

export type ForwardClock = {
  readonly clock: Clock
  /** GitLab moves the time of a change at most once a minute: two of them by default (milliseconds). */
  later(desk: Pick<TestDesk, 'sandbox'>, milliseconds?: number): void
}

export const forwardClock = (): ForwardClock => {
  let ahead = 0
  return {
    clock: { ...realClock, now: () => realClock.now() + ahead },
    later: ({ sandbox }, milliseconds = 120_000) => {
      ahead += milliseconds
      sandbox.advance(milliseconds)
    },
  }
}
