// GitLab takes only so many notes and new issues a minute from one account, and only so many calls
// of any kind. Keeping to that by ourselves is quicker than being told off: a refusal would stop
// everything for a minute. Where GitLab says that a call was the last one, nothing more is sent.

import type { Intent } from './operation.ts'

export type Pace = {
  /** How many may go at once right now. */
  readonly left: number
  /** UTC milliseconds at which `left` was counted. */
  readonly at: number
}

/** GitLab's default is 300 a minute (FACTS section 3); a little is left to whoever else uses the account. */
const perMinute = 270
const burst = 20

export const freshPace: Pace = { left: burst, at: 0 }

/** As what GitLab counts it, each on its own; null = not at all. A command to Service Desk is sent as a note. */
export const pacedAs = ({ kind }: Pick<Intent, 'kind'>): 'note' | 'open' | null =>
  kind === 'note' || kind === 'hand-to-service-desk' ? 'note' : kind === 'open' ? 'open' : null

/** Takes one turn: the pace afterwards, and how many milliseconds to wait before using the turn. */
export const takeTurn = (pace: Pace, now: number): { readonly pace: Pace; readonly wait: number } => {
  const gained = (Math.max(0, now - pace.at) / 60_000) * perMinute
  const left = Math.min(burst, pace.left + gained) - 1
  return { pace: { left, at: now }, wait: left >= 0 ? 0 : Math.ceil((-left / perMinute) * 60_000) }
}

/** What GitLab says with an answer about its limit for all our calls. */
export type Remaining = {
  readonly calls: number
  /** UTC milliseconds by our clock: when it counts from the start again. */
  readonly resetAt: number
}

/** GitLab's usual limits count by the minute or the hour (milliseconds); a later time is a mistake on the way. */
const longestHold = 60 * 60_000

/**
 * Until when (UTC milliseconds) nothing is sent. Calls that are left do not shorten it: answers overtake
 * each other, and several limits are counted apart.
 */
export const heldAfter = (held: number, remaining: Remaining, now: number): number =>
  remaining.calls > 0 ? held : Math.max(held, Math.min(remaining.resetAt, now + longestHold))

/** Reading a ticket in full costs about so many calls, and so large a part of those that are left is for it. */
const callsAReading = 4
const shareOfReading = 0.5
const longestPause = 60_000

/**
 * How long (milliseconds) to pause after one ticket of a long history, so that people who act meanwhile find calls
 * left for them. 0 where GitLab says nothing of a limit.
 */
export const historyPause = (remaining: Remaining | null, now: number): number => {
  if (remaining === null || remaining.resetAt <= now) return 0
  const readings = (remaining.calls * shareOfReading) / callsAReading
  const pause = readings <= 0 ? longestPause : (remaining.resetAt - now) / readings
  return Math.min(longestPause, Math.ceil(pause))
}
