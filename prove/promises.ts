// What the desk of some stories has promised: minutes instead of hours, so that it runs out while GitLab is at its
// worst. Everything else about it is as on any desk.

import type { Desk } from '../src/domain/desk.ts'
import type { TargetKind } from '../src/domain/target.ts'

const second = 1_000

/** Label of a priority: people set it in GitLab by hand. */
export const urgent = 'urgent'
/** Label of the category whose tickets are promised otherwise. */
export const hardware = 'hardware'

const day = [{ from: 0, to: 1_440 }]

export const withPromises = (desk: Desk): Desk => ({
  ...desk,
  priorities: [
    { id: 'normal', label: null },
    { id: 'urgent', label: urgent },
  ],
  calendars: [
    {
      id: 'around the clock',
      versions: [
        {
          validFrom: null,
          timeZone: 'UTC',
          week: [day, day, day, day, day, day, day],
          holidays: [],
          extraDays: {},
        },
      ],
    },
  ],
  targets: [
    {
      category: null,
      priority: 'urgent',
      calendar: 'around the clock',
      within: { resolution: 100 * second },
      warnAt: 0.5,
      whenMissed: 'escalate',
    },
    {
      category: 'Hardware',
      priority: null,
      calendar: 'around the clock',
      within: { resolution: 120 * second, level_2: 40 * second },
      warnAt: 0.8,
      whenMissed: 'tell',
    },
    {
      category: null,
      priority: null,
      calendar: 'around the clock',
      within: { first_response: 60 * second, resolution: 150 * second, level_2: 80 * second },
      warnAt: 0.75,
      whenMissed: 'escalate',
    },
  ],
})

export type News = { readonly kind: TargetKind; readonly news: 'approaching' | 'missed' }

/** What a note or a mail tells of a promise; null where it tells of none. */
export const newsIn = (text: string): News | null => {
  const [, what, verb] =
    /The time (for a first response|for a solution|at Level \d) (ends|ended) on /u.exec(text) ?? []
  if (what === undefined) return null
  const kind =
    what === 'for a first response'
      ? 'first_response'
      : what === 'for a solution'
        ? 'resolution'
        : (`level_${Number(what.at(-1))}` as const)
  return { kind, news: verb === 'ends' ? 'approaching' : 'missed' }
}

/** The minute in which the promised time ends, as a note or a mail names it (UTC ms); NaN where it names none. */
export const minuteIn = (text: string): number => {
  const [, day, time] = /(\d+ \w+ \d{4}) at (\d\d:\d\d)/u.exec(text) ?? []
  return Date.parse(`${day} ${time} UTC`)
}
