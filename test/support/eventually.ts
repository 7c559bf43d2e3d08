// For what another process or a loop does in its own time: looks again and again, for a while.

import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'

/** The first answer that is neither null nor undefined nor false; fails after so many milliseconds. */
export const eventually = async <T>(
  what: string,
  look: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  milliseconds = 10_000,
): Promise<T> => {
  const end = performance.now() + milliseconds
  for (;;) {
    const found = await look()
    if (found !== null && found !== undefined && found !== false) return found
    assert.ok(performance.now() < end, `within ${milliseconds} ms it was never so: ${what}`)
    await wait(25)
  }
}
