// How a ticket stands with the desk's promises, by its measured course alone. The time for an answer runs through;
// the time for a resolution and for a level stands still while the requester is waited for, and while the ticket is
// resolved or at another level. A promise that was broken stays broken, also if another one holds afterwards.

import type { Target, TargetKind, TargetStanding } from '../target.ts'
import type { WorkingHours } from '../working-hours.ts'
import type { TicketFigures } from './figures.ts'
import type { KpiRules } from './rules.ts'

/** What the ticket was about from then on, which says what was promised. */
export type Promised = {
  readonly from: number
  readonly category: string | null
  readonly priority: string | null
}

type Ruled = Target & { readonly hours: WorkingHours }

/** While time is used up; `to` null = now. */
type Run = { readonly from: number; readonly to: number | null }

type Course = Pick<TicketFigures, 'firstResponse' | 'spans' | 'resolutions'>

const kinds = new WeakMap<KpiRules, readonly TargetKind[]>()

/** Every kind that anything is promised of. */
const kindsOf = (rules: KpiRules): readonly TargetKind[] => {
  let known = kinds.get(rules)
  if (!known) {
    const all = ['first_response', 'resolution'] as TargetKind[]
    for (let level = 1; level <= rules.levels; level++) all.push(`level_${level}`)
    known = all.filter((kind) => rules.targets.some(({ within }) => within[kind] !== undefined))
    kinds.set(rules, known)
  }
  return known
}

const targetFor = (rules: KpiRules, kind: TargetKind, { category, priority }: Promised): Ruled | undefined =>
  rules.targets.find(
    (target) =>
      target.within[kind] !== undefined &&
      (target.category === null || target.category === category) &&
      (target.priority === null || target.priority === priority),
  )

/** When it counts and when it was done; null where this promise was never touched. */
const runsOf = (
  kind: TargetKind,
  createdAt: number,
  { firstResponse, spans, resolutions }: Course,
): { readonly runs: readonly Run[]; readonly stopped: number | null } | null => {
  if (kind === 'first_response') {
    // Resolved by a slip is not resolved: who asked waits on.
    const resolution = resolutions.find(({ correction }) => !correction)
    const stopped =
      firstResponse && resolution
        ? Math.min(firstResponse.at, resolution.at)
        : (firstResponse?.at ?? resolution?.at ?? null)
    return { runs: [{ from: createdAt, to: stopped }], stopped }
  }
  const level = kind === 'resolution' ? null : Number(kind.slice('level_'.length))
  const runs: Run[] = []
  let visit: Run | null = null
  for (const span of spans) {
    if (level !== null && span.level !== level) continue
    visit = span
    if (span.waiting) continue
    const last = runs.at(-1)
    if (last?.to === span.from) runs[runs.length - 1] = { from: last.from, to: span.to }
    else runs.push({ from: span.from, to: span.to })
  }
  if (level !== null) return visit && { runs, stopped: visit.to }
  const resolution = resolutions.at(-1)
  return { runs, stopped: resolution?.reopenedAt === null ? resolution.at : null }
}

const standingWith = (
  kind: TargetKind,
  within: number,
  { warnAt, whenMissed, hours }: Ruled,
  runs: readonly Run[],
  stopped: number | null,
): TargetStanding => {
  const base = { kind, within, stopped, whenMissed }
  let left = within
  let unwarned = Math.round(within * warnAt)
  let warn: number | null = null
  for (const { from, to } of runs) {
    if (to === null || to === stopped) {
      warn ??= hours.after(from, unwarned)
      const due = hours.after(from, left)
      const missed = to !== null && due !== null && due < to ? due : null
      return { ...base, due, warn, left: null, missed }
    }
    const used = hours.between(from, to)
    if (warn === null && used >= unwarned) warn = hours.after(from, unwarned)
    const due = used >= left ? hours.after(from, left) : null
    if (due !== null && due < to) return { ...base, due, warn, left: null, missed: due }
    left -= used
    unwarned -= used
  }
  if (stopped === null) return { ...base, due: null, warn: null, left, missed: null }
  // Done while it stood still: the time that was left began nowhere else.
  return {
    ...base,
    due: hours.after(stopped, left),
    warn: warn ?? hours.after(stopped, unwarned),
    left: null,
    missed: null,
  }
}

/** `promised`: in order, the last is how it is now. */
export const standingsOf = (
  createdAt: number,
  course: Course,
  promised: readonly Promised[],
  rules: KpiRules,
): TargetStanding[] => {
  const standings: TargetStanding[] = []
  for (const kind of kindsOf(rules)) {
    const counted = runsOf(kind, createdAt, course)
    if (!counted) continue
    const { runs, stopped } = counted
    for (let index = 0; index < promised.length; index++) {
      const stretch = promised[index]
      const target = stretch && targetFor(rules, kind, stretch)
      const within = target?.within[kind]
      if (!target || within === undefined) continue
      const until = promised[index + 1]?.from ?? null
      if (until === null) {
        standings.push(standingWith(kind, within, target, runs, stopped))
        break
      }
      // What was promised only after it was done cannot have been broken by it.
      if (stopped !== null && stretch.from >= stopped) continue
      const standing = standingWith(kind, within, target, runs, stopped)
      const missed = standing.missed ?? (stopped === null ? standing.due : null)
      if (missed === null || missed >= until) continue
      standings.push({ ...standing, missed })
      break
    }
  }
  return standings
}
