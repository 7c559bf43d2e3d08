// What lies on the desk at an instant: created by then and not resolved then, by level and by age.
// For the end of each day of a year it is not counted 365 times: a stretch in which a ticket was open says from which
// day to which it lay there, and only where it begins and ends is written down.

import type { Span, TicketFigures } from './figures.ts'
import type { Backlog, Filter } from './report.ts'
import { ages } from './report.ts'

const day = 86_400_000

/** Where each age ends; half-open, the last has no end. */
const ageEnds: readonly number[] = [day, 3 * day, 7 * day, 30 * day, Number.POSITIVE_INFINITY]

/** Place in `ages`. */
export const ageOf = (milliseconds: number): number => {
  let age = 0
  while (milliseconds >= (ageEnds[age] ?? Number.POSITIVE_INFINITY)) age++
  return age
}

/** The stretch in which a ticket was open at an instant; null = it was not. */
export const openAt = ({ spans }: TicketFigures, at: number): Span | null => {
  for (let index = 0; index < spans.length; index++) {
    const span = spans[index]
    if (span !== undefined && span.from <= at && (span.to === null || span.to > at)) return span
  }
  return null
}

/** The backlog's agent is who has the ticket. */
export const isOfBacklog = (span: Span, figures: TicketFigures, filter: Filter): boolean =>
  (filter.level === null || span.level === filter.level) &&
  (filter.agent === null || (figures.assignee ?? '') === filter.agent)

const backlogOf = (
  at: number,
  levels: number,
  waiting: number,
  cell: (level: number, age: number) => number,
): Backlog => {
  const byLevel = Array.from({ length: levels }, (_, level) => ages.map((_, age) => cell(level, age)))
  const byAge = ages.map((_, age) => byLevel.reduce((sum, row) => sum + (row[age] ?? 0), 0))
  return { at, total: byAge.reduce((sum, one) => sum + one, 0), waiting, byLevel, byAge }
}

/** Counts at one instant. A level that the ladder does not have any more counts as its highest. */
export const backlogAt = (at: number, levels: number) => {
  const cells = new Int32Array(levels * ages.length)
  let waiting = 0
  return {
    add: (span: Span, createdAt: number): void => {
      const place = (Math.min(span.level, levels) - 1) * ages.length + ageOf(at - createdAt)
      cells[place] = (cells[place] ?? 0) + 1
      if (span.waiting) waiting++
    },
    told: (): Backlog =>
      backlogOf(at, levels, waiting, (level, age) => cells[level * ages.length + age] ?? 0),
  }
}

/** Counts at many instants, which are given ascending. */
export const backlogsAt = (instants: Float64Array, levels: number) => {
  const width = instants.length + 1
  // What is added at an instant and taken away again at another.
  const steps = new Int32Array(levels * ages.length * width)
  const waitingSteps = new Int32Array(width)
  const firstFrom = (at: number): number => {
    let low = 0
    let high = instants.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((instants[middle] ?? 0) < at) low = middle + 1
      else high = middle
    }
    return low
  }
  return {
    add: (span: Span, createdAt: number): void => {
      let from = firstFrom(span.from)
      const to = span.to === null ? instants.length : firstFrom(span.to)
      if (from >= to) return
      if (span.waiting) {
        waitingSteps[from] = (waitingSteps[from] ?? 0) + 1
        waitingSteps[to] = (waitingSteps[to] ?? 0) - 1
      }
      const row = (Math.min(span.level, levels) - 1) * ages.length
      while (from < to) {
        const age = ageOf((instants[from] ?? 0) - createdAt)
        const end = Math.min(to, firstFrom(createdAt + (ageEnds[age] ?? Number.POSITIVE_INFINITY)))
        const place = (row + age) * width
        steps[place + from] = (steps[place + from] ?? 0) + 1
        steps[place + end] = (steps[place + end] ?? 0) - 1
        from = end
      }
    },
    /** One for each instant. */
    told: (): Backlog[] => {
      const now = new Int32Array(levels * ages.length)
      let waiting = 0
      return Array.from(instants, (at, index) => {
        waiting += waitingSteps[index] ?? 0
        for (let place = 0; place < now.length; place++)
          now[place] = (now[place] ?? 0) + (steps[place * width + index] ?? 0)
        return backlogOf(at, levels, waiting, (level, age) => now[level * ages.length + age] ?? 0)
      })
    },
  }
}
