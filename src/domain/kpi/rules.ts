// By what tickets are measured: the ladder, the desk's hours and its promises, made ready once for each desk.
// Whoever changes how a ticket is measured raises the edition: then all are measured again.

import type { Desk } from '../desk.ts'
import type { Target } from '../target.ts'
import type { WorkingHours } from '../working-hours.ts'
import { aroundTheClock, workingHours } from '../working-hours.ts'

export type KpiRules = {
  readonly levels: number
  /** The desk's own. */
  readonly hours: WorkingHours
  readonly targets: readonly (Target & { readonly hours: WorkingHours })[]
}

const edition = 2

const known = new WeakMap<Desk, KpiRules>()

export const kpiRulesOf = (desk: Desk): KpiRules => {
  let rules = known.get(desk)
  if (!rules) {
    const hours = new Map(desk.calendars.map((calendar) => [calendar.id, workingHours(calendar)]))
    const [first] = desk.calendars
    rules = {
      levels: desk.levels.length,
      hours: (first && hours.get(first.id)) ?? aroundTheClock,
      targets: desk.targets.map((target) => ({
        ...target,
        hours: (target.calendar === null ? undefined : hours.get(target.calendar)) ?? aroundTheClock,
      })),
    }
    known.set(desk, rules)
  }
  return rules
}

/** Changes whenever a ticket could be measured otherwise than before. */
export const rulesText = (desk: Desk): string =>
  JSON.stringify([
    edition,
    desk.levels,
    desk.labels,
    desk.priorities,
    desk.categories.map(({ id, label }) => [id, label.name]),
    desk.calendars,
    desk.targets,
  ])
