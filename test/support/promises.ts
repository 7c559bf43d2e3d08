// Promises, made short: a test names only what its story is about.

import type { Target, TargetStanding } from '../../src/domain/target.ts'
import { hour, nine } from './tickets.ts'

/** An answer within four hours, asked for at nine; it runs. */
export const aPromise = (changes: Partial<TargetStanding> = {}): TargetStanding => ({
  kind: 'first_response',
  within: 4 * hour,
  due: nine + 4 * hour,
  warn: nine + 3 * hour,
  left: null,
  stopped: null,
  missed: null,
  whenMissed: 'tell',
  ...changes,
})

/** What a desk promises for every ticket, day and night: an answer within four hours, told of after three. */
export const aTarget = (changes: Partial<Target> = {}): Target => ({
  category: null,
  priority: null,
  calendar: null,
  within: { first_response: 4 * hour },
  warnAt: 0.75,
  whenMissed: 'tell',
  ...changes,
})
