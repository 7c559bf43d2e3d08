// What one ticket contributes to the figures: measured once from its events and kept until these change.
// No clock is in it: whatever depends on the present instant is decided when figures are summed up.
// Each duration is told twice, in calendar time and in business time of the desk's first calendar.

import type { TargetStanding } from '../target.ts'

/** What happened, as far as the figures care (docs/kpi.md). */
export type KpiEvent = {
  /** UTC ms. */
  readonly at: number
  /** Stable; the same one counts once. Equal instants are ordered by it. */
  readonly source: string
  readonly actor: 'requester' | 'agent' | 'bot' | 'other'
  /** GitLab username of the agent, where known. */
  readonly by: string | null
} & KpiHappening

export type KpiHappening =
  | { readonly kind: 'created' }
  | { readonly kind: 'public_out' }
  | { readonly kind: 'public_in' }
  | { readonly kind: 'level_on' | 'level_off'; readonly level: number }
  /** Our own move to a level that GitLab's labels do not show yet: on that level and on no other. */
  | { readonly kind: 'level_at'; readonly level: number }
  | { readonly kind: 'wait_on' | 'wait_off' }
  | { readonly kind: 'resolved' | 'reopened' }
  | { readonly kind: 'rated'; readonly good: boolean }
  | { readonly kind: 'priority_on' | 'priority_off'; readonly priority: string }
  | { readonly kind: 'category_on' | 'category_off'; readonly category: string }

/** What is known of the ticket besides its events. */
export type KpiTicket = {
  readonly createdAt: number
  readonly category: string | null
  readonly priority: string
  /** GitLab username. */
  readonly assignee: string | null
  /** Why it is not counted, where it is not. */
  readonly excluded: Exclusion | null
  /** Its conversation and labels were read in full; else only what a list tells is known. */
  readonly complete: boolean
  /** When the mail it was made of had arrived, where that is known. */
  readonly arrivedAt: number | null
}

/** `label`: it bears a label that keeps it out (`no-kpi`, spam, duplicate, test; belay.yaml says which). */
export type Exclusion = 'label' | 'deleted' | 'moved' | 'no-ticket' | 'duplicate'

/** A stretch in which the ticket was open, at one level, waiting for the requester or not. */
export type Span = {
  readonly from: number
  /** null = it lasts still. */
  readonly to: number | null
  readonly level: number
  readonly waiting: boolean
  /** Business milliseconds; 0 while it lasts. */
  readonly business: number
}

/** Something that was awaited and came, at a level, by an agent. Durations in milliseconds. */
export type Stop = {
  readonly at: number
  readonly calendar: number
  readonly business: number
  readonly level: number
  /** GitLab username; null = nobody we know. */
  readonly by: string | null
}

export type Resolution = Stop & {
  readonly reopenedAt: number | null
  /** Opened again by the same agent within five minutes: a slip, no reopening. */
  readonly correction: boolean
}

export type Rating = { readonly at: number; readonly good: boolean }

export type TicketFigures = {
  readonly createdAt: number
  readonly category: string | null
  readonly priority: string
  readonly assignee: string | null
  readonly excluded: Exclusion | null
  readonly complete: boolean
  /** Milliseconds between the mail's arrival and GitLab's issue; null where there was no mail. */
  readonly intakeDelay: number | null
  readonly firstResponse: Stop | null
  /** One for each time the requester wrote again and got an answer. */
  readonly nextResponses: readonly Stop[]
  /** Since when the requester waits for an answer to what they wrote after the first one; null = they do not. */
  readonly unansweredSince: number | null
  readonly publicReplies: number
  readonly spans: readonly Span[]
  /** In order; the last one counts while it has no reopening. `calendar`, `business`: since the ticket was created. */
  readonly resolutions: readonly Resolution[]
  /** The first step to Level 2 or above; since created. */
  readonly escalation: Stop | null
  /** When it first came back to Level 1 after that. */
  readonly returnedAt: number | null
  /** The last one for each resolution, by the index of the resolution. */
  readonly ratings: readonly (Rating & { readonly resolution: number })[]
  readonly targets: readonly TargetStanding[]
}
