// One circuit for the whole of GitLab: while it does not answer, we ask seldom and with one
// call only, so that an outage costs few calls; the first answer closes it again.

import { backOff, withJitter } from './operation-policy.ts'

export type Circuit = {
  readonly failures: number
  /** UTC milliseconds before which nothing is sent; 0 = closed. */
  readonly openUntil: number
}

export const closedCircuit: Circuit = { failures: 0, openUntil: 0 }

/** Milliseconds: however long GitLab is away, it is asked again after this at the latest. */
const longestPause = 60_000

/**
 * `retryAfter`: what GitLab asked for, in milliseconds. `chance` is a number in [0, 1). `longest`: no wait
 * of our own is longer (milliseconds).
 */
export const afterFault = (
  circuit: Circuit,
  fault: {
    readonly now: number
    readonly retryAfter: number | null
    readonly chance: number
    readonly longest?: number
  },
): Circuit => {
  const failures = circuit.failures + 1
  const ours = Math.min(backOff(failures), longestPause, fault.longest ?? longestPause)
  const wait = Math.max(fault.retryAfter ?? 0, withJitter(ours, fault.chance))
  return { failures, openUntil: Math.max(circuit.openUntil, fault.now + wait) }
}

export const isOpen = (circuit: Circuit, now: number): boolean => now < circuit.openUntil

/** How many calls may be under way: one while we are trying whether GitLab is back. */
export const allowance = (circuit: Circuit, usual: number): number => (circuit.failures > 0 ? 1 : usual)
