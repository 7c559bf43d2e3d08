// A report: the figures of a period, the same of the period before, and how they divide. Page, chart, CSV, command
// line and metrics all print this one value. Durations are told by median, ninth decile and number (nearest rank, no
// interpolation); the mean comes second, and with fewer than five values the values themselves are told.

import type { TargetKind } from '../target.ts'

export type Clock = 'calendar' | 'business'

/** Milliseconds; null where n is 0. `values`: ascending, where n is below five. */
export type Spread = {
  readonly n: number
  readonly p50: number | null
  readonly p90: number | null
  readonly mean: number | null
  readonly values?: readonly number[]
}

/** By the clocks that were asked for. */
export type DurationFigure = Readonly<Partial<Record<Clock, Spread>>>

/** `part / whole`; null where the whole is 0: a dash, not 0 %. */
export type RateFigure = {
  readonly part: number
  readonly whole: number
  readonly rate: number | null
  /** So many of the whole can still change, because the time for it is not over. */
  readonly provisional: number
}

/** `level_2_net`: without waiting. `waiting`: for the requester. `requester_wait`: open and not waiting. */
export type DurationName =
  | 'frt'
  | 'nrt'
  | 'ttr_first'
  | 'ttr'
  | 'ttr_net'
  | 'open_time'
  | 'requester_wait'
  | 'waiting'
  | 'tte'
  | `level_${number}`
  | `level_${number}_net`

/** `sla`: all promises to requesters; `ola_level_2`: a level's own. `csat_answered`: how many resolutions were rated. */
export type RateName =
  | 'escalation_rate'
  | 'escalations_per_created'
  | 'de_escalation_rate'
  | 'flr'
  | 'fcr'
  | 'fcr_no_reply'
  | 'reopen_rate'
  | 'sla'
  | 'sla_first_response'
  | 'sla_resolution'
  | `ola_level_${number}`
  | 'csat'
  | 'csat_answered'

export type CountName = 'inflow' | 'outflow'

export type Figures = {
  /** In the order in which they are shown; every name there is on this desk (of groups: that was asked for), also with n = 0. */
  readonly durations: ReadonlyMap<DurationName, DurationFigure>
  readonly rates: ReadonlyMap<RateName, RateFigure>
  readonly counts: ReadonlyMap<CountName, number>
}

/** Below 1 day, 1–3, 3–7, 7–30, above. */
export const ages = ['<1d', '1-3d', '3-7d', '7-30d', '>30d'] as const
export type Age = (typeof ages)[number]

export type Backlog = {
  /** The instant it is counted at: the period's end, or now where that is earlier. */
  readonly at: number
  readonly total: number
  readonly waiting: number
  /** Index 0 is Level 1; by age, oldest last. */
  readonly byLevel: readonly (readonly number[])[]
  readonly byAge: readonly number[]
}

/** By what figures can be divided. `day`, `week` (Monday), `month`: of the desk's own calendar. */
export type Dimension = 'category' | 'level' | 'agent' | 'day' | 'week' | 'month'

export type Filter = {
  /** '' = those without one; null = all. */
  readonly category: string | null
  readonly level: number | null
  /** GitLab username: who answered, escalated or resolved; of the backlog, who has it. */
  readonly agent: string | null
}

export type Period = {
  /** UTC ms, half-open. */
  readonly from: number
  readonly to: number
}

export type ReportQuery = {
  readonly period: Period
  /** What it is compared with; null = nothing. */
  readonly before: Period | null
  readonly filter: Filter
  readonly by: readonly Dimension[]
  /**
   * Of groups of this dimension only these durations; absent = all. Spreading each of them in each group costs as
   * much as all the rest, and a page shows a few.
   */
  readonly groupDurations?: Readonly<Partial<Record<Dimension, readonly DurationName[]>>>
  /** Only by this clock; absent = by both. */
  readonly clock?: Clock
  /** The present instant. */
  readonly now: number
}

export type Group = {
  /** Category ('' = none), level number, username ('' = nobody), or the first day `YYYY-MM-DD`. */
  readonly key: string
  /** Of a day, week or month. */
  readonly period: Period | null
  readonly figures: Figures
  readonly backlog: Backlog
  /** So many tickets of this group are not read in full yet. */
  readonly incomplete: number
}

/** Promises that run now, whatever the period. */
export type RunningTargets = { readonly due: number; readonly late: number; readonly paused: number }

/** The same of one kind of promise; `soon`: those of `due` that are to be told of. */
export type RunningOfKind = RunningTargets & { readonly soon: number }

export type Report = {
  readonly query: ReportQuery
  readonly figures: Figures
  readonly before: Figures | null
  readonly backlog: Backlog
  readonly groups: ReadonlyMap<Dimension, readonly Group[]>
  readonly running: RunningTargets
  /** Those kinds of which any runs. */
  readonly runningByKind: ReadonlyMap<TargetKind, RunningOfKind>
  /** Tickets of the period that are left out, by why. */
  readonly excluded: ReadonlyMap<string, number>
  /** Tickets of the period that are not read in full yet: what is told of them may still change. */
  readonly incomplete: number
  /** Median delay between a mail's arrival and its ticket, where there is mail. */
  readonly intakeDelay: Spread
}

// --- What stands behind a number ---------------------------------------------------------------

export type BehindName =
  | DurationName
  | RateName
  | CountName
  | 'backlog'
  | 'running_late'
  | 'running_due'
  | 'running_paused'
  | 'incomplete'
  | 'excluded'

export type BehindQuery = {
  readonly figure: BehindName
  readonly period: Period
  readonly filter: Filter
  readonly now: number
  /** Of the backlog. */
  readonly age: Age | null
  /** By whose values durations are put in order, the longest first; the calendar's where absent. */
  readonly clock?: Clock
  /** So many are left out before. */
  readonly offset: number
  readonly limit: number
}

export type Behind = {
  readonly total: number
  readonly tickets: readonly {
    /** The store's key of the ticket. */
    readonly n: number
    /** When it counted (UTC ms). */
    readonly at: number
    /** Milliseconds; null for what has no duration. */
    readonly calendar: number | null
    readonly business: number | null
    /** Of a rate: whether it is part of the part. */
    readonly counts: boolean | null
  }[]
}
