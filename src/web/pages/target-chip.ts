// How a ticket stands with what was promised, as a small chip: an icon and a word, and in its title which promise
// and until when exactly. The words are as coarse as the other ages of a line, so that remembered lines stay valid.

import type { Desk } from '../../domain/desk.ts'
import { levelName } from '../../domain/level.ts'
import type { TargetKind, TargetStanding, TargetState } from '../../domain/target.ts'
import { leadingTarget, targetState } from '../../domain/target.ts'
import { levelOfKind } from '../../domain/target-notice.ts'
import type { Locale, Translate } from '../page.ts'
import type { Moment } from './age.ts'
import { ageLabel, moment } from './age.ts'

export type TargetChip = {
  readonly state: TargetState
  readonly label: string
  /** Which promise, and what the time stands for: before the time in the title. */
  readonly before: string
  /** When it is or was due, or when it was kept; null while it is paused. */
  readonly at: Moment | null
}

type ChipContext = {
  readonly desk: Desk
  readonly locale: Locale
  readonly t: Translate
  readonly now: number
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

export const kindName = (kind: TargetKind, desk: Desk, t: Translate): string => {
  const level = levelOfKind(kind)
  return level === null ? t(`target.kind.${kind}`) : levelName(level, desk)
}

/** Business time as people promise it: "30 min", "4 h", "1 h 30 min". */
export const promisedTime = (milliseconds: number, t: Translate): string => {
  const minutes = Math.floor(milliseconds / minute)
  const parts = [
    ...(minutes >= 60 ? [t('age.hours', { count: Math.floor(minutes / 60) })] : []),
    ...(minutes % 60 > 0 || minutes < 60 ? [t('age.minutes', { count: minutes % 60 })] : []),
  ]
  return parts.join(' ')
}

const labelOf = (
  { due, missed, stopped }: TargetStanding,
  state: TargetState,
  now: number,
  t: Translate,
): string => {
  if (state === 'paused' || state === 'met') return t(`target.${state}`)
  if (state === 'late') {
    const late = (stopped ?? now) - (missed ?? due ?? now)
    return late < minute ? t('target.lateNow') : t('target.late', { age: ageLabel(late, t) })
  }
  const left = (due ?? now) - now
  if (left < minute) return t('target.dueNow')
  return left < 2 * day
    ? t('target.due', { age: ageLabel(left, t) })
    : t('target.dueDays', { count: Math.floor(left / day) })
}

export const targetChip = (
  standing: TargetStanding,
  state: TargetState,
  { desk, locale, t, now }: ChipContext,
): TargetChip => {
  const { kind, due, missed, stopped, left } = standing
  const at = state === 'met' ? stopped : state === 'paused' ? null : (missed ?? due)
  const name = kindName(kind, desk, t)
  return {
    state,
    label: labelOf(standing, state, now, t),
    before: t(`target.title.${state}`, {
      name,
      ...(state === 'paused' ? { left: promisedTime(Math.max(0, left ?? 0), t) } : {}),
    }),
    at: at === null ? null : moment(at, locale),
  }
}

/** The chip of a line; null where nothing is promised. */
export const leadingChip = (targets: readonly TargetStanding[], context: ChipContext): TargetChip | null => {
  const leading = targets.length === 0 ? null : leadingTarget(targets, context.now)
  return leading && targetChip(leading.standing, leading.state, context)
}

/** What a remembered line's chip is remembered by: '' where there is none. */
export const chipKey = (targets: readonly TargetStanding[], now: number, t: Translate): string => {
  const leading = targets.length === 0 ? null : leadingTarget(targets, now)
  if (!leading) return ''
  const { standing, state } = leading
  const { kind, due, missed, stopped, left } = standing
  return `${kind} ${due ?? left} ${missed} ${stopped} ${labelOf(standing, state, now, t)}`
}

export type Promised = {
  readonly name: string
  readonly chip: TargetChip
  /** How much time was promised. */
  readonly within: string
}

/** All promises of a ticket, for its own page. */
export const allPromises = (targets: readonly TargetStanding[], context: ChipContext): readonly Promised[] =>
  targets.map((standing) => ({
    name: kindName(standing.kind, context.desk, context.t),
    chip: targetChip(standing, targetState(standing, context.now), context),
    within: context.t('target.within', { time: promisedTime(standing.within, context.t) }),
  }))
