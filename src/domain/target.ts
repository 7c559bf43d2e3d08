// What the desk has promised: how soon a ticket is answered and resolved (to the requester), and how long a level
// may take (between levels). Of all targets the first one that fits a ticket's category and priority counts, for
// each kind by itself. Waiting for the requester pauses, and moves the due time by as much.

export type TargetKind = 'first_response' | 'resolution' | `level_${number}`

export type Target = {
  /** null = any. */
  readonly category: string | null
  readonly priority: string | null
  /** Id of a calendar; null = day and night. */
  readonly calendar: string | null
  /** Business milliseconds by kind; what is absent is not promised here. */
  readonly within: Partial<Readonly<Record<TargetKind, number>>>
  /** How much of that time may be used up before it is told that it runs out: 0.8 = four fifths. */
  readonly warnAt: number
  /** What is done once it is missed, besides telling. */
  readonly whenMissed: 'tell' | 'escalate'
}

/**
 * How a ticket stands with one promise, by its events alone. Instants are UTC ms. While it is paused, `due` and
 * `warn` are null and `left` says how much business time is left.
 */
export type TargetStanding = {
  readonly kind: TargetKind
  /** Promised business milliseconds. */
  readonly within: number
  readonly due: number | null
  readonly warn: number | null
  readonly left: number | null
  /** When it was kept or, too late, done at last; null while it runs. */
  readonly stopped: number | null
  /** The due time that went by before it was done; a promise that was broken stays so. null while not known. */
  readonly missed: number | null
  readonly whenMissed: Target['whenMissed']
}

/** What a page says of it at an instant. */
export type TargetState = 'due' | 'paused' | 'late' | 'met'

export const targetState = (standing: TargetStanding, now: number): TargetState => {
  const { stopped, missed, due, left } = standing
  if (missed !== null) return 'late'
  if (stopped !== null) return 'met'
  if (due !== null && due < now) return 'late'
  return left === null ? 'due' : 'paused'
}

/** What still runs first; of that what is late or due, then what is paused; of what is over what was late. */
const rankOf = (state: TargetState, running: boolean): number => {
  if (running) return state === 'paused' ? 2 : 1
  return state === 'late' ? 3 : 4
}

/** Of several the one that a line of the dashboard shows; of equal ones that whose time ends or ended first. */
export const leadingTarget = (
  standings: readonly TargetStanding[],
  now: number,
): { readonly standing: TargetStanding; readonly state: TargetState } | null => {
  let leading: { readonly standing: TargetStanding; readonly state: TargetState } | null = null
  let [leadingRank, leadingEnd] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (const standing of standings) {
    const state = targetState(standing, now)
    const rank = rankOf(state, standing.stopped === null)
    const end = standing.missed ?? standing.due ?? Number.POSITIVE_INFINITY
    if (rank > leadingRank || (rank === leadingRank && end >= leadingEnd && leading !== null)) continue
    leading = { standing, state }
    leadingRank = rank
    leadingEnd = end
  }
  return leading
}
