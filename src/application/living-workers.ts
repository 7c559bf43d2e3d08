// Which workers are there, and whose word counts. Each says every ten seconds that it lives; one that was silent for
// longer than a minute is taken for gone, by probes, pages and metrics alike.

import type { SeenWorker } from './presence-ports.ts'

/** Milliseconds. */
const silentAfter = 60_000

export const livingWorkers = (workers: readonly SeenWorker[]): readonly SeenWorker[] =>
  workers.filter(({ age }) => age <= silentAfter)

/** Whose word counts: who is on duty, else who was heard last. */
export const spokesman = (living: readonly SeenWorker[]): SeenWorker | undefined =>
  living.find(({ onDuty }) => onDuty) ?? living[0]
