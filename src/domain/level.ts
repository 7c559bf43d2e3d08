// Levels are a ladder: tickets arrive at the first and are escalated upwards one step at a time.
// In GitLab a level is a label. Scoped labels exclude each other only on paid tiers, so two
// level labels can stand on one issue: the highest one counts, and none means Level 1.

import type { Desk } from './desk.ts'

export type Level = { readonly name: string; readonly label: string }

/** 1 for the first level. `labels` are the label names as GitLab writes them. */
export const levelOfLabels = (labels: readonly string[], desk: Desk): number => {
  for (let number = desk.levels.length; number > 1; number--) {
    const level = desk.levels[number - 1]
    if (level && labels.includes(level.label)) return number
  }
  return 1
}

export const levelLabel = (number: number, desk: Desk): string => {
  const level = desk.levels[number - 1]
  if (!level) throw new RangeError(`this desk has no level ${number}`)
  return level.label
}

export const levelName = (number: number, desk: Pick<Desk, 'levels'>): string =>
  desk.levels[number - 1]?.name ?? `Level ${number}`

export const otherLevelLabels = (number: number, desk: Desk): string[] =>
  desk.levels.filter((_, index) => index !== number - 1).map((level) => level.label)

export const isLevelLabel = (label: string, desk: Desk): boolean =>
  desk.levels.some((level) => level.label === label)
