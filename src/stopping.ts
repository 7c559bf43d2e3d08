// Coming to an end in time.

import type { Clock } from './application/ports.ts'

/**
 * Stopping may take so long (milliseconds); what is not finished then is left as a crash leaves it: calls under way
 * are looked up before they are sent again.
 */
export const patience = { requests: 5_000, work: 8_000 }

export const stopWithin = async (
  clock: Clock,
  log: { warn(data: object, message: string): void },
  stop: () => Promise<void>,
  most = patience.work,
) => {
  const over = new AbortController()
  const late = clock.sleep(most, over.signal).then(() => 'late' as const)
  const ended = await Promise.race([stop().then(() => 'stopped' as const), late])
  over.abort()
  if (ended === 'late') log.warn({}, 'stopping: what is under way is left to be looked up at the next start')
}
