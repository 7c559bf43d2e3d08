// A process that can die at any point: before and after every transaction, inside of one, before
// and after every call. Whatever it still waits for never comes; what it had sent is on its way.

import type { Clock, Store, Writer } from '../src/application/ports.ts'
import type { Crashes } from './network.ts'
import type { VirtualTime } from './virtual-time.ts'

export type Process = {
  readonly name: string
  readonly alive: () => boolean
  readonly crashes: Crashes
  readonly store: Store
  readonly clock: Clock
  readonly kill: (why: string) => void
  /** Stands still, as a stopped or starved process does: whatever comes meanwhile is taken up afterwards. */
  readonly pause: (milliseconds: number) => void
  /** Runs it now, or when the pause is over, or never. */
  readonly take: (run: () => void) => void
}

const never: Promise<never> = new Promise(() => undefined)

class Killed extends Error {}

/** `dies`: asked at each point; `onDeath` is told where it was. */
export const startProcess = (
  name: string,
  world: {
    readonly time: VirtualTime
    readonly store: Store
    readonly dies: (point: string) => boolean
    readonly onDeath: (process: Process, point: string) => void
  },
): Process => {
  const { time, store } = world
  let living = true
  const at = (point: string): boolean => {
    if (!living) return true
    if (!world.dies(point)) return false
    die(point)
    return true
  }
  const die = (point: string) => {
    living = false
    end(new Killed())
    world.onDeath(process, point)
  }
  let pausedUntil = 0
  let end: (killed: Killed) => void = () => undefined
  const death = new Promise<never>((_, reject) => {
    end = reject
  })
  death.catch(() => undefined)
  const worked = async <T>(work: Promise<T>): Promise<T> => {
    const result = await work
    // Died with everything written and nothing committed.
    if (at('before commit')) throw new Killed()
    return result
  }
  const whileAlive = async <T>(work: Promise<T>): Promise<T> => {
    const result = await work
    if (time.now() < pausedUntil) await time.sleep(pausedUntil - time.now())
    return living ? result : never
  }
  const process: Process = {
    name,
    alive: () => living,
    crashes: { at },
    kill: (why) => {
      if (living) die(why)
    },
    pause: (milliseconds) => {
      pausedUntil = time.now() + milliseconds
    },
    take: (run) => {
      if (time.now() < pausedUntil) time.at(pausedUntil, () => process.take(run))
      else if (living) run()
    },
    clock: {
      now: time.now,
      sleep: (milliseconds, signal) => (living ? whileAlive(time.sleep(milliseconds, signal)) : never),
    },
    store: {
      read: (work) => (living ? whileAlive(store.read(work)) : never),
      version: () => (living ? whileAlive(store.version()) : never),
      onChange: (listener) => store.onChange(() => living && listener()),
      // Always on duty, each of them: what two do at once must harm nothing.
      presence: store.presence,
      neighbours: store.neighbours,
      schema: () => (living ? whileAlive(store.schema()) : never),
      close: () => never,
      write: async <T>(work: (writer: Writer) => Promise<T>): Promise<T> => {
        if (at('before transaction')) return never
        try {
          const result = await store.write((writer) => {
            if (!living) throw new Killed()
            // A write that waits for something (the next page, a moment) ends with its process, undone.
            return Promise.race([worked(work(writer)), death])
          })
          return at('after commit') ? never : whileAlive(Promise.resolve(result))
        } catch (error) {
          if (error instanceof Killed || !living) return never
          throw error
        }
      },
    },
  }
  return process
}
