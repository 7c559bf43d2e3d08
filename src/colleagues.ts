// What a process that does not read GitLab itself knows of it: what the others on the same data say.

import { livingWorkers, spokesman } from './application/living-workers.ts'
import type { Clock, Connection, Store } from './application/ports.ts'

/** How often it is asked what the others say (milliseconds). */
const lookAtColleagues = 10_000

/** How GitLab is, as the worker on duty says that another process has. */
export const watchColleagues = (
  store: Pick<Store, 'presence'>,
  clock: Clock,
  log: { warn(data: object, message: string): void },
) => {
  const stopped = new AbortController()
  let latest: Connection = { state: 'up', lastAnswerAt: null, reading: null }
  // A worker of a release before this one says nothing of itself.
  let heard = false
  const look = async () => {
    const told = spokesman(livingWorkers(await store.presence.workers()))
    // Where nobody works, nothing gets to GitLab: the pages say that it is saved and on its way.
    heard ||= told !== undefined
    latest = told?.gitlab ?? (heard ? { ...latest, state: 'down' } : latest)
  }
  const loop = async () => {
    // Who has just started gives the others time to say something.
    await clock.sleep(lookAtColleagues, stopped.signal)
    while (!stopped.signal.aborted) {
      await look().catch((error: unknown) => log.warn({ err: error }, 'nobody says how GitLab is'))
      await clock.sleep(lookAtColleagues, stopped.signal)
    }
  }
  const looping = loop()
  return {
    connection: () => latest,
    stop: async () => {
      stopped.abort()
      await looping
    },
  }
}
