// Who waits, for a moment, until a ticket has nothing left to send, so that the page already shows what GitLab says.

import type { Clock, Store } from './application/ports.ts'
import { laneOf } from './domain/operation.ts'

/** How often to look while somebody waits, should another process not be heard (milliseconds). */
const lookWhileWaiting = 500

/** Who waits until a ticket has nothing left to send. `shared`: another process may be the one that sends it. */
export const settling = (store: Store, clock: Clock, shared: boolean) => {
  const waiting = new Map<string, Set<() => void>>()
  let waiters = 0
  const forget = shared
    ? store.onChange(() => {
        for (const group of waiting.values()) for (const wake of group) wake()
      })
    : () => undefined
  return {
    stop: forget,
    waiters: () => waiters,
    onSettled: (id: string) => {
      for (const wake of waiting.get(id) ?? []) wake()
    },
    settled: async (id: string, milliseconds: number): Promise<void> => {
      waiters++
      const over = new AbortController()
      const deadline = clock.sleep(milliseconds, over.signal).then(() => 'over' as const)
      try {
        for (;;) {
          let wake: () => void = () => undefined
          const woken = new Promise<'woken'>((resolve) => {
            wake = () => resolve('woken')
          })
          const group = waiting.get(id) ?? new Set()
          waiting.set(id, group.add(wake))
          const leave = () => {
            group.delete(wake)
            if (group.size === 0 && waiting.get(id) === group) waiting.delete(id)
          }
          const wait = async () => {
            const operations = await store.read((reader) => reader.operations(id))
            // Mails go out after GitLab knows; nobody waits for them.
            const settled = operations.every(
              ({ state, intent }) => state === 'stuck' || laneOf(intent) === 'mail',
            )
            if (settled) return 'over'
            const look = shared ? [clock.sleep(lookWhileWaiting, over.signal)] : []
            return Promise.race([woken, deadline, ...look])
          }
          const result = await wait().finally(leave)
          if (result === 'over') return
        }
      } finally {
        waiters--
        over.abort()
      }
    },
  }
}
