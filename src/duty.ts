// Of several workers on the same data one is on duty: it reads GitLab and the mailbox, looks after promises and keeps
// house; all of them send. The duty is asked for again and again and ends by itself, so that another has it soon after
// one died or stands still. With it each worker says that it lives, and how GitLab is.

import type { Clock, Store } from './application/ports.ts'
import type { WorkerReport } from './application/presence-ports.ts'
import { doorbell } from './doorbell.ts'

/** Milliseconds. */
const askEvery = 10_000
const holdFor = 30_000
/** Whoever holds it stops so long before another may have it. */
const margin = 5_000
/** Where the others hear that it is free. */
const topic = 'duty'

export type Duty = {
  readonly held: () => boolean
  /** Gives it to whoever asks next. */
  readonly stop: () => Promise<void>
}

export const keepDuty = (parts: {
  readonly store: Pick<Store, 'presence' | 'neighbours'>
  readonly clock: Clock
  readonly log: { warn(data: object, message: string): void; info(data: object, message: string): void }
  /** Of this process. */
  readonly id: string
  readonly release: string
  /** null: the worker stands still. Then it says nothing, and another may take the duty. */
  readonly report: () => Pick<WorkerReport, 'gitlab' | 'mail'> | null
  readonly onTaken: () => void
}): Duty => {
  const { clock, log, id, release } = parts
  const { presence, neighbours } = parts.store
  const bell = doorbell(clock)
  let stopping = false
  // How long it lasts is no matter of the time of day.
  let until = 0
  const held = () => performance.now() < until

  const ask = async () => {
    const said = parts.report()
    if (said === null) return log.warn({ id }, 'the worker stands still: it does not ask for the duty')
    const before = held()
    const asked = performance.now()
    const mine = await presence.takeDuty(id, holdFor)
    until = mine ? asked + holdFor - margin : 0
    if (mine && !before) parts.onTaken()
    await presence.report({ id, release, onDuty: mine, ...said })
  }

  const loop = async () => {
    while (!stopping) {
      try {
        await ask()
      } catch (error) {
        log.warn({ err: error }, 'the database does not say who is on duty; asking again')
      }
      await bell.wait(askEvery)
    }
  }
  const forget = neighbours.onTold(topic, bell.ring)
  const looping = loop()

  return {
    held,
    stop: async () => {
      stopping = true
      forget()
      bell.ring()
      await looping
      const had = held()
      until = 0
      try {
        await presence.leave(id)
        if (had) await neighbours.tell(topic, 'free')
      } catch (error) {
        log.warn({ err: error }, 'the duty could not be given back; it ends by itself within half a minute')
      }
    },
  }
}
