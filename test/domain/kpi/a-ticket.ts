// A measured ticket made short, and the calendar of the test vectors (kpi.md, section 5).

import { Temporal } from 'temporal-polyfill'
import type {
  KpiEvent,
  KpiHappening,
  KpiTicket,
  Span,
  TicketFigures,
} from '../../../src/domain/kpi/figures.ts'
import type { KpiRules } from '../../../src/domain/kpi/rules.ts'
import type { Target } from '../../../src/domain/target.ts'
import type { Calendar, WorkingHours } from '../../../src/domain/working-hours.ts'
import { aroundTheClock, workingHours } from '../../../src/domain/working-hours.ts'

export const minute = 60_000

const day = [
  { from: 8 * 60, to: 12 * 60 },
  { from: 12 * 60 + 30, to: 16 * 60 },
]

export const school: Calendar = {
  id: 'school',
  versions: [
    {
      validFrom: null,
      timeZone: 'Europe/Berlin',
      week: [day, day, day, day, day, [], []],
      holidays: [{ year: 2026, month: 5, day: 1 }],
      extraDays: {},
    },
  ],
}

export const schoolHours: WorkingHours = workingHours(school)

/** Local time of the vectors: `2026-06-08 09:00`, with seconds or without. */
export const berlin = (text: string): number =>
  Temporal.PlainDateTime.from(text.replace(' ', 'T')).toZonedDateTime('Europe/Berlin').epochMilliseconds

export type RuledTarget = KpiRules['targets'][number]

export const aTarget = (
  within: Target['within'],
  { hours = schoolHours, ...more }: Partial<RuledTarget> = {},
): RuledTarget => ({
  category: null,
  priority: null,
  calendar: null,
  within,
  warnAt: 0.8,
  whenMissed: 'tell',
  hours,
  ...more,
})

export const theRules = (
  targets: readonly RuledTarget[] = [],
  { levels = 2, hours = schoolHours }: { levels?: number; hours?: WorkingHours } = {},
): KpiRules => ({ levels, hours, targets })

export const dayAndNight = (targets: readonly Omit<RuledTarget, 'hours'>[] = [], levels = 2): KpiRules => ({
  levels,
  hours: aroundTheClock,
  targets: targets.map((target) => ({ ...target, hours: aroundTheClock })),
})

export const aKpiTicket = (createdAt: number, changes: Partial<KpiTicket> = {}): KpiTicket => ({
  createdAt,
  category: null,
  priority: 'normal',
  assignee: null,
  excluded: null,
  complete: true,
  arrivedAt: null,
  ...changes,
})

/** By Bruno where an agent does it, unless `who` says otherwise; `number` orders those of one instant. */
export const anEvent = (
  at: number,
  happening: KpiHappening,
  who: { by?: string | null; actor?: KpiEvent['actor']; number?: number } = {},
): KpiEvent => {
  const fromRequester = happening.kind === 'public_in' || happening.kind === 'rated'
  const actor = who.actor ?? (fromRequester ? 'requester' : 'agent')
  const by = actor === 'agent' ? (who.by === undefined ? 'bruno' : who.by) : null
  const told = JSON.stringify(happening).replaceAll(':', '')
  return { at, source: `${happening.kind}:${told}:${at}:${who.number ?? 0}`, actor, by, ...happening }
}

/** Minutes since the ticket was created, how long it lasted, level and waiting: `0+40 L1`, `40+… L2 waiting`. */
export const spansOf = ({ createdAt, spans }: Pick<TicketFigures, 'createdAt' | 'spans'>): string[] =>
  spans.map(
    ({ from, to, level, waiting }: Span) =>
      `${(from - createdAt) / minute}+${to === null ? '…' : (to - from) / minute} L${level}${waiting ? ' waiting' : ''}`,
  )

/** Calendar and business minutes. */
export const inMinutes = (stop: { readonly calendar: number; readonly business: number } | null) =>
  stop && [stop.calendar / minute, stop.business / minute]

/** Sum of the spans that fit, in calendar and business minutes. */
export const timeIn = ({ spans }: Pick<TicketFigures, 'spans'>, fits: (span: Span) => boolean = () => true) =>
  spans
    .filter(fits)
    .reduce(
      ([calendar, business], { from, to, business: worked }): [number, number] => [
        calendar + ((to ?? from) - from) / minute,
        business + worked / minute,
      ],
      [0, 0] as [number, number],
    )
