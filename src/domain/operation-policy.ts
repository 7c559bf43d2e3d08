// When an operation that could not be sent is tried again, and when a person must look at it.
// What GitLab could not do just now is tried for as long as it takes, at growing intervals;
// what GitLab refused for good is stuck at once and shown with its reason.

/** Milliseconds to wait after the nth failed attempt (1-based), before jitter: 1 s, 2 s, 4 s … at most 5 min. */
export const backOff = (attempts: number): number =>
  Math.min(300_000, 1_000 * 2 ** Math.min(attempts - 1, 12))

/** Spreads retries over ±25 %; `chance` is a number in [0, 1). */
export const withJitter = (wait: number, chance: number): number => Math.round(wait * (0.75 + chance * 0.5))
