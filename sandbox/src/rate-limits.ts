import type { Clock } from './clock.ts'

/** Calls a minute; 0 switches a limit off. GitLab's own default for notes is 300 a user. */
export type LimitSettings = { notes: number; issues: number; hookTests: number }

export type RateLimits = {
  /** Counts one call; true when it is one too many in the running minute. */
  exceeded(kind: keyof LimitSettings, key: string): boolean
  settings: LimitSettings
}

/** GitLab's application limiter counts in fixed windows of a minute. */
export function limitRates(clock: Clock, settings: LimitSettings): RateLimits {
  const seen = new Map<string, { window: number; count: number }>()
  return {
    settings,
    exceeded(kind, key) {
      const most = settings[kind]
      if (most === 0) return false
      const window = Math.floor(clock.now() / 60_000)
      const entry = seen.get(`${kind} ${key}`)
      if (entry?.window === window) return ++entry.count > most
      seen.set(`${kind} ${key}`, { window, count: 1 })
      return false
    },
  }
}
