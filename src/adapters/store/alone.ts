// One process that has the data for itself: it is on duty, it is the only worker, and what it changed it tells itself.

import type { Neighbours, Presence, SeenWorker, WorkerReport } from '../../application/presence-ports.ts'

export const nobodyElse: Neighbours = {
  tell: async () => undefined,
  onTold: () => () => undefined,
}

/** Kept in memory: a process that ended says nothing. */
export const presenceAlone = (): Presence => {
  const now = () => performance.now()
  const reports = new Map<string, { readonly report: WorkerReport; readonly at: number }>()
  return {
    takeDuty: async () => true,
    report: async (report) => {
      reports.set(report.id, { report, at: now() })
    },
    workers: async () =>
      [...reports.values()]
        .map(({ report, at }): SeenWorker => ({ ...report, age: now() - at }))
        .sort((a, b) => a.age - b.age),
    leave: async (id) => {
      reports.delete(id)
    },
  }
}

/** Who wants to hear of changes. */
export const listeners = () => {
  const all = new Set<() => void>()
  return {
    add: (listener: () => void): (() => void) => {
      // Each its own, also where the same function listens twice.
      const own = () => listener()
      all.add(own)
      return () => {
        all.delete(own)
      }
    },
    tell: () => {
      for (const listener of [...all]) listener()
    },
  }
}
