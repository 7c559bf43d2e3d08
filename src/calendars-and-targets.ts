// Working hours and promises as belay.yaml writes them (docs/targets.md), checked and turned into what the rules know.
// Whatever could be meant in two ways is refused here, with a sentence that says how to write it.

import { z } from 'zod'
import type { Target, TargetKind } from './domain/target.ts'
import type { Calendar, CalendarVersion, Holiday, Hours } from './domain/working-hours.ts'

/** What a target says instead of a calendar's name. */
const dayAndNight = 'always'

/** Escaped, for a sentence is one line. */
const quoted = (text: string): string => JSON.stringify(text)

const refuse = (ctx: z.RefinementCtx, message: string, path: readonly PropertyKey[] = []) =>
  ctx.addIssue({ code: 'custom', message, path: [...path] })

// --- Zones, days, hours ------------------------------------------------------------------------

const isZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    // "+02:00" is taken too, and knows no summer time.
    return /^\p{L}/u.test(name)
  } catch {
    return false
  }
}

/** IANA name, as written. */
export const timeZoneYaml = z
  .string('must be the name of a time zone, such as Europe/Berlin')
  .superRefine((name, ctx) => {
    if (!isZone(name)) refuse(ctx, `${quoted(name)} is no time zone; write a name such as Europe/Berlin`)
  })

/** Of this machine. */
const machineZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'

const isDay = (text: string): boolean => {
  const day = new Date(`${text}T00:00:00Z`)
  return (
    /^\d{4}-\d{2}-\d{2}$/u.test(text) &&
    !Number.isNaN(day.getTime()) &&
    day.toISOString().slice(0, 10) === text
  )
}

const notADay = (text: string) => `${quoted(text)} is no day; write one such as 2026-05-01`

const day = z.string('must be a day such as 2026-05-01').superRefine((text, ctx) => {
  if (!isDay(text)) refuse(ctx, notADay(text))
})

const holiday = z
  .string('must be a day such as 2026-05-01, or 12-25 for every year')
  .transform((text, ctx): Holiday => {
    const yearly = /^\d{2}-\d{2}$/u.test(text)
    // A year that has a 29 February.
    if (!isDay(yearly ? `2028-${text}` : text)) {
      refuse(ctx, `${quoted(text)} is no day; write one such as 2026-05-01, or 12-25 for every year`)
      return z.NEVER
    }
    const [date = 0, month = 0, year] = text.split('-').map(Number).reverse()
    return { year: year ?? null, month, day: date }
  })

const minuteOf = (hour: string, minute: string): number | null => {
  const minutes = Number(hour) * 60 + Number(minute)
  return Number(minute) < 60 && minutes <= 1_440 ? minutes : null
}

const asTime = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`

const asSpan = ({ from, to }: Hours): string => `${asTime(from)}-${asTime(to)}`

const oneSpan = z.string('must be hours such as "08:00-12:00"').transform((text, ctx): Hours => {
  const [, fromHour = '', fromMinute = '', toHour = '', toMinute = ''] =
    /^\s*(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})\s*$/u.exec(text) ?? []
  const from = fromHour === '' ? null : minuteOf(fromHour, fromMinute)
  const to = toHour === '' ? null : minuteOf(toHour, toMinute)
  if (from === null || to === null)
    refuse(ctx, `${quoted(text)} is no hours; write them as "08:00-12:00", up to "24:00"`)
  else if (to === from) refuse(ctx, `${quoted(text)} ends when it begins`)
  else if (to === 0) refuse(ctx, `${quoted(text)} ends before it begins; write "${asTime(from)}-24:00"`)
  else if (to < from)
    refuse(
      ctx,
      `${quoted(text)} ends before it begins; hours over midnight are written as two, "${asTime(from)}-24:00" and on the next day "00:00-${asTime(to)}"`,
    )
  else return { from, to }
  return z.NEVER
})

const inOrder = (hours: readonly Hours[], ctx: z.RefinementCtx): Hours[] => {
  const sorted = [...hours].sort((a, b) => a.from - b.from || a.to - b.to)
  for (const [index, one] of sorted.entries()) {
    const next = sorted[index + 1]
    if (next && next.from < one.to) refuse(ctx, `"${asSpan(one)}" and "${asSpan(next)}" overlap`)
  }
  return sorted
}

/** `08:00-16:00` alone is as good as a list of it. */
const spans = z
  .preprocess(
    (value) => (typeof value === 'string' ? [value] : value),
    z.array(oneSpan, 'must be hours such as ["08:00-12:00", "12:30-16:00"], or [] for closed'),
  )
  .transform(inOrder)

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const weekdayNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

/** `mon`, `mon-thu`, `mon, wed-fri`: Monday is 0; null = not understood. */
const weekdaysIn = (text: string): number[] | null => {
  const found = text.split(',').map((part) => {
    const [first = '', last = first, ...more] = part.split('-').map((word) => word.trim().toLowerCase())
    const [from, to] = [weekdays.indexOf(first), weekdays.indexOf(last)]
    return from === -1 || to < from || more.length > 0 ? null : weekdays.map((_, i) => i).slice(from, to + 1)
  })
  return found.includes(null) ? null : found.flatMap((days) => days ?? [])
}

const week = z
  .record(z.string(), spans, 'must say which hours on which days, such as { mon-fri: ["08:00-16:00"] }')
  .transform((byDays, ctx): Hours[][] => {
    const days: (Hours[] | null)[] = weekdays.map(() => null)
    for (const [key, hours] of Object.entries(byDays)) {
      const named = weekdaysIn(key)
      if (named === null)
        refuse(ctx, `${quoted(key)} is no days of the week; write mon, mon-thu or mon, wed`, [key])
      for (const one of named ?? []) {
        if (days[one]) refuse(ctx, `says the hours of ${weekdayNames[one]} a second time`, [key])
        days[one] = hours
      }
    }
    return days.map((hours) => hours ?? [])
  })

const extraDays = z
  .record(z.string(), spans, 'must say which hours on which day, such as { "2026-05-02": ["09:00-12:00"] }')
  .superRefine((days, ctx) => {
    for (const key of Object.keys(days)) if (!isDay(key)) refuse(ctx, notADay(key), [key])
  })

// --- Calendars ---------------------------------------------------------------------------------

const version = z.strictObject(
  {
    validFrom: day.optional(),
    timeZone: timeZoneYaml.optional(),
    hours: week,
    holidays: z.array(holiday).default([]),
    extraDays: extraDays.default({}),
  },
  'must be hours, such as { hours: { mon-fri: ["08:00-16:00"] } }, or a list of such',
)

type VersionYaml = z.infer<typeof version>

const isOpenEver = ({ hours, extraDays }: VersionYaml): boolean =>
  [...hours, ...Object.values(extraDays)].some((spans) => spans.length > 0)

const versionsInOrder = (versions: readonly VersionYaml[], ctx: z.RefinementCtx): VersionYaml[] => {
  const seen = new Set<string | undefined>()
  for (const { validFrom } of versions) {
    if (seen.has(validFrom))
      refuse(
        ctx,
        validFrom === undefined
          ? 'has two versions without validFrom; only the oldest may leave it out'
          : `has two versions with validFrom ${validFrom}`,
      )
    seen.add(validFrom)
  }
  if (!versions.some(isOpenEver)) refuse(ctx, 'is never open; give it hours')
  return versions.toSorted((a, b) => (a.validFrom ?? '').localeCompare(b.validFrom ?? '', 'en'))
}

/** One version alone, or a list of them. What is wrong with one alone is told without a number. */
const calendar = z.unknown().transform((raw, ctx): VersionYaml[] => {
  const found = (Array.isArray(raw) ? raw : [raw]).map((one) => version.safeParse(one))
  for (const [index, { error }] of found.entries())
    for (const issue of error?.issues ?? []) {
      const path = Array.isArray(raw) ? [index, ...issue.path] : issue.path
      ctx.issues.push({ ...issue, input: raw, path } as z.core.$ZodRawIssue)
    }
  if (found.length === 0) refuse(ctx, 'needs at least one version')
  const versions = found.flatMap(({ data }) => data ?? [])
  if (versions.length === 0 || versions.length < found.length) return z.NEVER
  return versionsInOrder(versions, ctx)
})

export const calendarsYaml = z
  .record(z.string(), calendar, 'must be calendars by their names, such as { office: { hours: … } }')
  .superRefine((calendars, ctx) => {
    for (const name of Object.keys(calendars)) {
      if (name === dayAndNight)
        refuse(ctx, `is what targets say for day and night; choose another name`, [name])
      // A name of digits would come first, whatever the file says: the first one is the desk's own.
      else if (!/^\p{L}/u.test(name)) refuse(ctx, 'must have a name that begins with a letter', [name])
    }
  })

// --- Targets -----------------------------------------------------------------------------------

const longest = 10_000

const duration = z.string('must be a duration such as 30m, 8h or 1h30m').transform((text, ctx): number => {
  const [, hours, minutes] = /^\s*(?:(\d+)\s*h)?\s*(?:(\d+)\s*m)?\s*$/u.exec(text) ?? []
  const found = Number(hours ?? 0) * 60 + Number(minutes ?? 0)
  if (/\d\s*(?:d|w)/u.test(text))
    refuse(
      ctx,
      `${quoted(text)} has days, and a day is not the same everywhere; write hours and minutes, such as 16h or 1h30m`,
    )
  else if (hours === undefined && minutes === undefined)
    refuse(ctx, `${quoted(text)} is no duration; write one such as 30m, 8h or 1h30m`)
  else if (found === 0) refuse(ctx, `${quoted(text)} is no time at all`)
  else if (found > longest * 60) refuse(ctx, `${quoted(text)} is more than ${longest} hours`)
  else return found * 60_000
  return z.NEVER
})

const target = z
  .strictObject(
    {
      category: z.string().optional(),
      priority: z.string().optional(),
      calendar: z.string().optional(),
      firstResponse: duration.optional(),
      resolution: duration.optional(),
      levels: z.record(z.string(), duration, 'must be times by level, such as { Level 2: 4h }').default({}),
      warnAt: z
        .string('must be a percentage from 1% to 99%')
        .regex(/^[1-9]\d?%$/u, 'must be a percentage from 1% to 99%')
        .default('80%'),
      whenMissed: z.enum(['tell', 'escalate'], 'must be tell or escalate').default('tell'),
    },
    'must be a target, such as { priority: high, firstResponse: 1h }',
  )
  .refine(
    ({ firstResponse, resolution, levels }) =>
      firstResponse !== undefined || resolution !== undefined || Object.keys(levels).length > 0,
    'promises nothing; give it firstResponse, resolution or levels',
  )

export const targetsYaml = z.array(target, 'must be a list of targets')

/** What of belay.yaml this file needs. */
type HoursYaml = {
  readonly timeZone?: string | undefined
  readonly calendars: z.infer<typeof calendarsYaml>
  readonly targets: z.infer<typeof targetsYaml>
  readonly categories: readonly { readonly id: string }[]
  readonly priorities: readonly { readonly id: string }[]
  readonly levels: readonly { readonly name: string }[]
}

/** Names that targets use and nothing bears, or two levels bear. All are meant letter for letter. */
export const checkNamesInTargets = (yaml: HoursYaml, ctx: z.RefinementCtx): void => {
  const levels = yaml.levels.map(({ name }) => name)
  const known = {
    category: yaml.categories.map(({ id }) => id),
    priority: yaml.priorities.map(({ id }) => id),
    calendar: [...Object.keys(yaml.calendars), dayAndNight],
  }
  for (const [index, target] of yaml.targets.entries()) {
    for (const what of ['category', 'priority', 'calendar'] as const) {
      const name = target[what]
      if (name !== undefined && !known[what].includes(name))
        refuse(ctx, `there is no ${what} ${quoted(name)}; there is ${known[what].map(quoted).join(', ')}`, [
          'targets',
          index,
          what,
        ])
    }
    for (const name of Object.keys(target.levels)) {
      const path = ['targets', index, 'levels', name]
      const bearing = levels.filter((one) => one === name).length
      if (bearing === 0)
        refuse(ctx, `there is no level ${quoted(name)}; there is ${levels.map(quoted).join(', ')}`, path)
      if (bearing > 1) refuse(ctx, `two levels are called ${quoted(name)}; give each its own name`, path)
    }
  }
}

const calendarsOf = (yaml: HoursYaml): Calendar[] =>
  Object.entries(yaml.calendars).map(([id, versions]) => ({
    id,
    versions: versions.map(
      ({ validFrom, timeZone, hours, holidays, extraDays }): CalendarVersion => ({
        validFrom: validFrom ?? null,
        timeZone: timeZone ?? yaml.timeZone ?? machineZone(),
        week: hours,
        holidays,
        extraDays,
      }),
    ),
  }))

const targetsOf = (yaml: HoursYaml): Target[] => {
  const [first] = Object.keys(yaml.calendars)
  const levelKind = (name: string): TargetKind =>
    `level_${yaml.levels.findIndex((level) => level.name === name) + 1}`
  return yaml.targets.map((target) => {
    const calendar = target.calendar ?? first ?? dayAndNight
    return {
      category: target.category ?? null,
      priority: target.priority ?? null,
      calendar: calendar === dayAndNight ? null : calendar,
      within: {
        ...(target.firstResponse === undefined ? {} : { first_response: target.firstResponse }),
        ...(target.resolution === undefined ? {} : { resolution: target.resolution }),
        ...Object.fromEntries(Object.entries(target.levels).map(([name, ms]) => [levelKind(name), ms])),
      },
      warnAt: Number(target.warnAt.replace('%', '')) / 100,
      whenMissed: target.whenMissed,
    }
  })
}

export type HoursAndTargets = {
  readonly calendars: readonly Calendar[]
  readonly timeZone: string
  readonly targets: readonly Target[]
}

/** Days begin where the desk's own calendar is, unless the file says where. */
export const hoursAndTargetsOf = (yaml: HoursYaml): HoursAndTargets => {
  const calendars = calendarsOf(yaml)
  return {
    calendars,
    timeZone: yaml.timeZone ?? calendars[0]?.versions[0]?.timeZone ?? machineZone(),
    targets: targetsOf(yaml),
  }
}

/** For trying out: where the file names neither hours nor targets, the usual ones of an office. */
export const hoursAndTargetsToTry = (yaml: HoursYaml): HoursAndTargets => {
  if (Object.keys(yaml.calendars).length > 0 || yaml.targets.length > 0) return hoursAndTargetsOf(yaml)
  const hour = 3_600_000
  const timeZone = yaml.timeZone ?? machineZone()
  const open = [{ from: 8 * 60, to: 18 * 60 }]
  const usual = { category: null, calendar: 'office', warnAt: 0.8, whenMissed: 'tell' } as const
  return {
    timeZone,
    calendars: [
      {
        id: 'office',
        versions: [
          {
            validFrom: null,
            timeZone,
            week: [open, open, open, open, open, [], []],
            holidays: [],
            extraDays: {},
          },
        ],
      },
    ],
    targets: [
      ...(yaml.priorities.some(({ id }) => id === 'high')
        ? [{ ...usual, priority: 'high', within: { first_response: hour, resolution: 8 * hour } }]
        : []),
      {
        ...usual,
        priority: null,
        within: {
          first_response: 4 * hour,
          resolution: 24 * hour,
          ...(yaml.levels.length > 1 ? { level_2: 16 * hour } : {}),
        },
      },
    ],
  }
}
