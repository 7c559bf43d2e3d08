// Business time: the vectors of kpi.md, what must hold for any calendar, and a comparison with a clock on the wall that
// is read minute by minute and knows nothing of how hours are compiled.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Calendar, CalendarVersion, Hours } from '../../src/domain/working-hours.ts'
import { aroundTheClock, workingHours } from '../../src/domain/working-hours.ts'
import { hour, minute } from '../support/tickets.ts'

const day = 24 * hour

/** `08:00-12:00` → minutes since midnight. */
const hours = (...spans: string[]): Hours[] =>
  spans.map((span) => {
    const [from = 0, to = 0] = span.split('-').map((time) => {
      const [h, m] = time.split(':').map(Number)
      return (h ?? 0) * 60 + (m ?? 0)
    })
    return { from, to }
  })

const weekdays = (open: Hours[]): Hours[][] => [open, open, open, open, open, [], []]
const everyDay = (open: Hours[]): Hours[][] => Array.from({ length: 7 }, () => open)

const aVersion = (changes: Partial<CalendarVersion> = {}): CalendarVersion => ({
  validFrom: null,
  timeZone: 'Europe/Berlin',
  week: weekdays(hours('08:00-12:00', '12:30-16:00')),
  holidays: [{ year: 2026, month: 5, day: 1 }],
  extraDays: {},
  ...changes,
})

const aCalendar = (...versions: Partial<CalendarVersion>[]): Calendar => ({
  id: 'office',
  versions: (versions.length === 0 ? [{}] : versions).map(aVersion),
})

const at = (text: string): number => {
  const instant = Date.parse(text)
  assert.ok(!Number.isNaN(instant), text)
  return instant
}
/** Berlin in summer and in winter. */
const summer = (text: string) => at(`${text.replace(' ', 'T')}+02:00`)
const winter = (text: string) => at(`${text.replace(' ', 'T')}+01:00`)

const school = workingHours(aCalendar())
const minutesBetween = (from: number, to: number) => school.between(from, to) / minute

describe('the vectors of kpi.md', () => {
  test('A: over the change of the clocks', () => {
    const created = winter('2026-03-27 15:30')
    assert.equal(minutesBetween(created, summer('2026-03-30 08:45')), 75)
    assert.equal(aroundTheClock.between(created, summer('2026-03-30 08:45')) / minute, 3_855)
    assert.equal(school.after(created, 240 * minute), summer('2026-03-30 11:30'))
  })

  test('B: over a holiday', () => {
    const created = summer('2026-04-30 15:00')
    assert.equal(minutesBetween(created, summer('2026-05-04 09:00')), 120)
    assert.equal(school.after(created, 480 * minute), summer('2026-05-04 15:30'))
  })

  test('C: over lunch', () => {
    assert.equal(minutesBetween(summer('2026-06-09 11:50'), summer('2026-06-09 12:40')), 20)
  })

  test('D: at the weekend', () => {
    const created = summer('2026-06-06 10:00')
    assert.equal(minutesBetween(created, summer('2026-06-07 09:00')), 0)
    assert.equal(school.after(created, 60 * minute), summer('2026-06-08 09:00'))
  })

  test('E: with a pause', () => {
    const [created, waiting, goesOn, resolved] = ['09:00', '10:00', '14:00', '15:00'].map((time) =>
      summer(`2026-06-08 ${time}`),
    ) as [number, number, number, number]
    assert.equal(minutesBetween(created, resolved), 330)
    assert.equal(minutesBetween(created, waiting) + minutesBetween(goesOn, resolved), 120)
  })

  test('F: resolved, opened again, resolved', () => {
    const [created, first, again, resolved] = ['09:00', '10:00', '11:00', '13:00'].map((time) =>
      summer(`2026-06-08 ${time}`),
    ) as [number, number, number, number]
    assert.equal(minutesBetween(created, first), 60)
    assert.equal(minutesBetween(created, resolved), 210)
    assert.equal(minutesBetween(created, first) + minutesBetween(again, resolved), 150)
  })

  test('G and H: at two levels', () => {
    const [created, escalated, resolved] = ['09:00', '09:40', '11:40'].map((time) =>
      summer(`2026-06-08 ${time}`),
    ) as [number, number, number]
    assert.equal(minutesBetween(created, escalated), 40)
    assert.equal(minutesBetween(escalated, resolved), 120)
    assert.equal(minutesBetween(created, resolved), 160)
  })
})

describe('to the minute and the millisecond', () => {
  const morning = summer('2026-06-08 08:00')

  test('the first moment of the hours counts, the first one after them does not', () => {
    assert.equal(school.between(morning - 1, morning), 0)
    assert.equal(school.between(morning, morning + 1), 1)
    const noon = summer('2026-06-08 12:00')
    assert.equal(school.between(noon - 1, noon), 1)
    assert.equal(school.between(noon, noon + 30 * minute), 0)
    assert.equal(school.between(noon, noon + 30 * minute + 1), 1)
  })

  test('there is no business time backwards, nor in no time', () => {
    assert.equal(school.between(morning + hour, morning), 0)
    assert.equal(school.between(morning + hour, morning + hour), 0)
    assert.equal(school.between(Number.NaN, morning), 0)
  })

  test('what is due after all of a day’s hours is due at their end, not next morning', () => {
    const whole = workingHours(aCalendar({ week: weekdays(hours('08:00-16:00')) }))
    assert.equal(whole.after(morning, 480 * minute), summer('2026-06-08 16:00'))
    assert.equal(whole.after(morning, 480 * minute + 1), summer('2026-06-09 08:00') + 1)
    assert.equal(school.after(morning, 240 * minute), summer('2026-06-08 12:00'))
  })

  test('what is due at once is due at once, also at night', () => {
    for (const from of [morning, summer('2026-06-07 03:00')])
      for (const nothing of [0, -5]) assert.equal(school.after(from, nothing), from)
  })

  test('hours up to 24:00 meet those from 00:00 on without a gap', () => {
    const night = workingHours(
      aCalendar({ week: [hours('22:00-24:00'), hours('00:00-06:00'), [], [], [], [], []] }),
    )
    const monday = summer('2026-06-08 22:00')
    assert.equal(night.between(monday, monday + day), 8 * hour)
    assert.equal(night.after(monday, 8 * hour), summer('2026-06-09 06:00'))
    assert.equal(night.after(monday + hour, 2 * hour), summer('2026-06-09 01:00'))
  })

  test('over New Year nothing is lost, whatever was asked before', () => {
    const always = aCalendar({ week: everyDay(hours('00:00-24:00')), holidays: [] })
    for (const warm of [null, '2020-05-01', '2031-05-01']) {
      const open = workingHours({ ...always })
      if (warm) open.between(winter(`${warm} 00:00`), winter(`${warm} 01:00`))
      assert.equal(open.between(winter('2025-12-31 12:00'), winter('2026-01-01 12:00')), day)
      assert.equal(open.after(winter('2025-12-31 12:00'), day), winter('2026-01-01 12:00'))
      assert.equal(open.between(winter('2020-01-01 00:00'), winter('2032-01-01 00:00')), 4_383 * day)
    }
  })
})

describe('when the clocks change', () => {
  const night = (week: Hours[]) =>
    workingHours(aCalendar({ week: everyDay(week), holidays: [], timeZone: 'Europe/Berlin' }))
  // 01:00 UTC on both days.
  const springs = [winter('2026-03-29 00:00'), summer('2026-03-30 00:00')] as const
  const falls = [summer('2026-10-25 00:00'), winter('2026-10-26 00:00')] as const

  test('a day has 23 hours in spring and 25 in autumn', () => {
    const open = night(hours('00:00-24:00'))
    assert.equal(open.between(...springs), 23 * hour)
    assert.equal(open.between(...falls), 25 * hour)
  })

  test('an hour that is left out is not worked', () => {
    assert.equal(night(hours('02:00-03:00')).between(...springs), 0)
    assert.equal(night(hours('02:15-02:45')).between(...springs), 0)
    assert.equal(night(hours('01:00-02:30')).between(...springs), hour)
    assert.equal(night(hours('02:30-04:00')).between(...springs), hour)
    assert.equal(night(hours('02:30-04:00')).after(springs[0], 30 * minute), at('2026-03-29T01:30Z'))
  })

  test('an hour that comes twice is worked twice where the desk is open around it', () => {
    assert.equal(night(hours('01:00-04:00')).between(...falls), 4 * hour)
    assert.equal(night(hours('01:00-02:30', '02:30-04:00')).between(...falls), 4 * hour)
    // Who closes at half past two goes home when the clock first shows it.
    assert.equal(night(hours('01:00-02:30')).between(...falls), 1.5 * hour)
    assert.equal(night(hours('02:30-04:00')).between(...falls), 2.5 * hour)
  })

  test('office hours are what they are on any day', () => {
    const office = night(hours('08:00-16:00'))
    for (const days of [springs, falls]) assert.equal(office.between(...days), 8 * hour)
    assert.equal(office.between(summer('2026-03-29 08:00'), summer('2026-03-29 09:00')), hour)
    assert.equal(office.between(winter('2026-10-25 08:00'), winter('2026-10-25 09:00')), hour)
  })

  test('on a day that a zone left out nobody works', () => {
    // Samoa went over the date line: after 29 December 2011 came the 31st.
    const samoa = workingHours(
      aCalendar({ timeZone: 'Pacific/Apia', week: everyDay(hours('08:00-16:00')), holidays: [] }),
    )
    assert.equal(samoa.between(at('2011-12-29T00:00-10:00'), at('2012-01-01T00:00+14:00')), 16 * hour)
    assert.equal(samoa.after(at('2011-12-29T15:00-10:00'), 2 * hour), at('2011-12-31T09:00+14:00'))
  })

  test('where midnight itself is left out, the day begins at one', () => {
    const brazil = workingHours(
      aCalendar({ timeZone: 'America/Sao_Paulo', week: everyDay(hours('00:00-02:00')), holidays: [] }),
    )
    assert.equal(brazil.between(at('2018-11-03T12:00-03:00'), at('2018-11-04T12:00-02:00')), hour)
  })
})

describe('where the desk is', () => {
  for (const [timeZone, opens] of [
    ['Asia/Kolkata', '2026-06-08T08:00+05:30'],
    ['America/New_York', '2026-06-08T08:00-04:00'],
    ['Pacific/Apia', '2026-06-08T08:00+13:00'],
    ['UTC', '2026-06-08T08:00Z'],
  ] as const)
    test(`it opens at eight by the clocks of ${timeZone}`, () => {
      const open = workingHours(aCalendar({ timeZone, week: weekdays(hours('08:00-16:00')) }))
      assert.equal(open.between(at(opens) - 16 * hour, at(opens)), 0)
      assert.equal(open.between(at(opens), at(opens) + day), 8 * hour)
      assert.equal(open.after(at(opens) - hour, 1), at(opens) + 1)
    })

  test('a zone that nobody knows is refused, also in a version of later', () => {
    assert.throws(() => workingHours(aCalendar({ timeZone: 'Europe/Berln' })), RangeError)
    assert.throws(
      () => workingHours(aCalendar({}, { validFrom: '2027-01-01', timeZone: 'Mars/Base' })),
      RangeError,
    )
  })
})

describe('holidays and extra days', () => {
  const open = workingHours(
    aCalendar({
      holidays: [
        { year: 2026, month: 5, day: 1 },
        { year: null, month: 12, day: 25 },
        { year: null, month: 2, day: 29 },
      ],
      extraDays: { '2026-05-02': hours('09:00-12:00'), '2028-12-25': hours('10:00-11:00'), '2026-06-08': [] },
    }),
  )
  const on = (date: string) => open.between(at(`${date}T00:00Z`), at(`${date}T22:00Z`)) / hour

  test('a holiday of one year is none in the next', () => {
    assert.deepEqual([on('2026-05-01'), on('2028-05-01')], [0, 7.5])
  })

  test('a holiday of every year is one in each, and in leap years only if it must', () => {
    assert.deepEqual([on('2025-12-25'), on('2026-12-25'), on('2029-12-25')], [0, 0, 0])
    assert.deepEqual([on('2028-02-29'), on('2028-02-28'), on('2027-03-01')], [0, 7.5, 7.5])
  })

  test('an extra day has its own hours, on a Saturday, on a holiday, or none at all', () => {
    assert.deepEqual([on('2026-05-02'), on('2028-12-25'), on('2026-06-08')], [3, 1, 0])
  })
})

describe('a calendar that changes', () => {
  const open = workingHours(
    aCalendar(
      { holidays: [] },
      { validFrom: '2027-01-01', week: weekdays(hours('09:00-12:00')), holidays: [] },
      { validFrom: '2027-07-01', timeZone: 'America/New_York', week: everyDay(hours('00:00-24:00')) },
    ),
  )

  test('changes nothing before its day, and holds from the first minute of it', () => {
    const before = workingHours(aCalendar({ holidays: [] }))
    const [from, to] = [winter('2026-11-01 00:00'), winter('2027-01-01 00:00')]
    assert.equal(open.between(from, to), before.between(from, to))
    assert.equal(open.between(to, winter('2027-01-02 00:00')), 3 * hour)
    assert.equal(open.between(winter('2026-12-31 00:00'), winter('2027-01-02 00:00')), 10.5 * hour)
  })

  test('begins by the clocks of its own zone', () => {
    const midnightInNewYork = summer('2027-07-01 06:00')
    assert.equal(open.between(midnightInNewYork - hour, midnightInNewYork), 0)
    assert.equal(open.between(midnightInNewYork, midnightInNewYork + hour), hour)
  })

  test('before the first day of the first there are no hours, and what is due waits for them', () => {
    const late = workingHours(aCalendar({ validFrom: '2026-06-08' }))
    assert.equal(late.between(summer('2026-05-01 00:00'), summer('2026-06-08 00:00')), 0)
    assert.equal(late.after(summer('2026-06-01 09:00'), hour), summer('2026-06-08 09:00'))
  })

  test('one whose day comes earlier, because its zone is ahead, leaves nothing open twice, and nothing out', () => {
    const all = everyDay(hours('00:00-24:00'))
    const crossed = workingHours(
      aCalendar(
        { week: all, timeZone: 'UTC' },
        { validFrom: '2027-01-01', timeZone: 'Pacific/Niue', week: all },
        { validFrom: '2027-01-02', timeZone: 'Pacific/Kiritimati', week: all, holidays: [] },
      ),
    )
    const across = workingHours(
      aCalendar(
        { week: all, timeZone: 'Pacific/Kiritimati', holidays: [] },
        { validFrom: '2027-01-01', timeZone: 'Pacific/Niue', week: all, holidays: [] },
      ),
    )
    for (const one of [crossed, across])
      assert.equal(one.between(at('2026-12-30T00:00Z'), at('2027-01-04T00:00Z')), 5 * day)
  })
})

describe('what is never due', () => {
  const closed = everyDay([])

  test('at a desk that never opens', () => {
    assert.equal(workingHours(aCalendar({ week: closed })).after(summer('2026-06-08 09:00'), 1), null)
  })

  test('after twenty years, however far was looked before', () => {
    const calendar = aCalendar({
      week: closed,
      extraDays: { '2026-06-08': hours('09:00-10:00'), '2045-06-08': hours('09:00-10:00') },
    })
    const from = summer('2024-06-08 09:00')
    for (const warm of [false, true]) {
      const open = workingHours({ ...calendar })
      if (warm) open.between(from, summer('2050-01-01 00:00'))
      assert.equal(open.after(from, hour), summer('2026-06-08 10:00'))
      assert.equal(open.after(from, hour + 1), null)
      assert.equal(open.after(summer('2026-01-01 00:00'), hour + 1), summer('2045-06-08 09:00') + 1)
    }
  })

  test('an instant that makes no sense costs nothing and breaks nothing', () => {
    const open = workingHours(aCalendar())
    assert.equal(open.after(Number.MAX_SAFE_INTEGER, hour), null)
    assert.equal(open.after(Number.NaN, hour), null)
    assert.equal(open.between(9e15, 9.001e15), 0)
    assert.equal(open.between(-9e15, -8e15), 0)
  })
})

describe('around the clock', () => {
  test('business time is calendar time', () => {
    assert.equal(aroundTheClock.between(5, 12), 7)
    assert.equal(aroundTheClock.between(12, 5), 0)
    assert.equal(aroundTheClock.after(5, 7), 12)
    assert.equal(aroundTheClock.after(5, -7), 5)
  })
})

// --- What holds for any calendar ---------------------------------------------------------------

const someHours: fc.Arbitrary<Hours[]> = fc
  .uniqueArray(fc.oneof(fc.integer({ min: 0, max: 1_440 }), fc.constantFrom(0, 60, 120, 150, 180, 1_440)), {
    maxLength: 6,
  })
  .map((cuts) => {
    const sorted = cuts.sort((a, b) => a - b)
    return Array.from({ length: Math.floor(sorted.length / 2) }, (_, index) => ({
      from: sorted[2 * index] ?? 0,
      to: sorted[2 * index + 1] ?? 0,
    }))
  })

const zones = [
  'Europe/Berlin',
  'Asia/Kolkata',
  'America/New_York',
  'Pacific/Apia',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
  'UTC',
]

/** Weeks in which something odd happens somewhere, and others. */
const someDay = fc
  .oneof(
    fc.constantFrom('2026-03-28', '2026-10-24', '2026-03-07', '2026-10-31', '2011-12-28', '2018-11-02'),
    fc.constantFrom('2018-02-16', '2026-04-04', '2026-10-03', '2026-12-30', '2028-02-27'),
    fc
      .date({ min: new Date('2010-01-01'), max: new Date('2035-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10)),
  )
  .map((text) => at(`${text}T00:00Z`))

const textOf = (instant: number) => new Date(instant).toISOString().slice(0, 10)

const someStory = fc
  .record({
    from: someDay,
    timeZone: fc.constantFrom(...zones),
    laterZone: fc.constantFrom(...zones),
    week: fc.array(someHours, { minLength: 7, maxLength: 7 }),
    laterWeek: fc.array(someHours, { minLength: 7, maxLength: 7 }),
    laterAfter: fc.option(fc.integer({ min: 0, max: 9 })),
    holidayAfter: fc.integer({ min: 0, max: 9 }),
    holidayYearly: fc.boolean(),
    extraAfter: fc.integer({ min: 0, max: 9 }),
    extra: someHours,
  })
  .map((one) => {
    const holiday = new Date(one.from + one.holidayAfter * day)
    const shared = {
      holidays: [
        {
          year: one.holidayYearly ? null : holiday.getUTCFullYear(),
          month: holiday.getUTCMonth() + 1,
          day: holiday.getUTCDate(),
        },
      ],
      extraDays: { [textOf(one.from + one.extraAfter * day)]: one.extra },
    }
    const first = aVersion({ ...shared, timeZone: one.timeZone, week: one.week })
    const later =
      one.laterAfter === null
        ? []
        : [
            aVersion({
              ...shared,
              validFrom: textOf(one.from + one.laterAfter * day),
              timeZone: one.laterZone,
              week: one.laterWeek,
            }),
          ]
    const calendar: Calendar = { id: 'any', versions: [first, ...later] }
    return { from: one.from, calendar }
  })

const readers = new Map<string, Intl.DateTimeFormat>()
/** What a clock on the wall shows, as if it were UTC. */
const wall = (timeZone: string, instant: number): number => {
  let reader = readers.get(timeZone)
  if (!reader) {
    reader = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
    readers.set(timeZone, reader)
  }
  return at(`${reader.format(instant).replace(' ', 'T')}Z`)
}

/** Which minutes are open, seen by somebody who looks at each zone's clock and notes the latest time it has shown. */
const openMinutes = (calendar: Calendar, from: number, count: number): boolean[] => {
  const latest = calendar.versions.map(({ timeZone }) => wall(timeZone, from - 2 * day))
  const open: boolean[] = []
  for (let index = -2 * 1_440; index < count; index += 1) {
    const shown = calendar.versions.map(({ timeZone }, version) => {
      latest[version] = Math.max(latest[version] ?? 0, wall(timeZone, from + index * minute))
      return latest[version]
    })
    if (index < 0) continue
    const reigning = calendar.versions.findLastIndex(
      ({ validFrom }, version) => validFrom === null || (shown[version] ?? 0) >= at(`${validFrom}T00:00Z`),
    )
    const version = calendar.versions[reigning]
    const local = shown[reigning] ?? 0
    const date = new Date(local)
    const isHoliday = version?.holidays.some(
      (one) =>
        (one.year ?? date.getUTCFullYear()) === date.getUTCFullYear() &&
        one.month === date.getUTCMonth() + 1 &&
        one.day === date.getUTCDate(),
    )
    const spans =
      version?.extraDays[textOf(local)] ??
      (isHoliday ? [] : (version?.week[(date.getUTCDay() + 6) % 7] ?? []))
    const clock = (local % day) / minute
    open.push(spans.some((one) => one.from <= clock && clock < one.to))
  }
  return open
}

describe('any calendar', () => {
  test('counts the minutes that somebody would count who watches the clock', () => {
    fc.assert(
      fc.property(someStory, fc.nat(), ({ from, calendar }, offset) => {
        const open = workingHours(calendar)
        const minutes = openMinutes(calendar, from, 10 * 1_440)
        const sums = [0]
        for (const [index, one] of minutes.entries()) sums.push((sums[index] ?? 0) + (one ? 1 : 0))
        for (const [index, sum] of sums.entries())
          assert.equal(open.between(from, from + index * minute), sum * minute, `${index} minutes`)
        const start = offset % minutes.length
        const begun = sums[start] ?? 0
        for (let wanted = 1; wanted <= (sums.at(-1) ?? 0) - begun; wanted += 37)
          assert.equal(
            open.after(from + start * minute, wanted * minute),
            from + sums.indexOf(begun + wanted) * minute,
            `${wanted} minutes after minute ${start}`,
          )
      }),
      { numRuns: 40 },
    )
  })

  const spread = fc.integer({ min: 0, max: 900 * day })

  test('never has more business time than calendar time, nor less than none', () => {
    fc.assert(
      fc.property(someStory, spread, spread, ({ from, calendar }, a, b) => {
        const found = workingHours(calendar).between(from + a, from + b)
        assert.ok(found >= 0 && found <= Math.max(0, b - a))
      }),
    )
  })

  test('has the same sum wherever time is split', () => {
    fc.assert(
      fc.property(someStory, fc.tuple(spread, spread, spread), ({ from, calendar }, offsets) => {
        const open = workingHours(calendar)
        const [a, t, b] = offsets.sort((x, y) => x - y).map((one) => from + one) as [number, number, number]
        assert.equal(open.between(a, t) + open.between(t, b), open.between(a, b))
      }),
    )
  })

  test('answers the same, whatever was asked before', () => {
    fc.assert(
      fc.property(someStory, spread, spread, spread, ({ from, calendar }, a, b, duration) => {
        const asked = workingHours({ ...calendar })
        asked.between(from + 4_000 * day, from + 4_001 * day)
        asked.after(from - 4_000 * day, duration)
        const fresh = workingHours({ ...calendar })
        assert.equal(asked.between(from + a, from + b), fresh.between(from + a, from + b))
        assert.equal(asked.after(from + a, duration), fresh.after(from + a, duration))
      }),
    )
  })

  test('is due at the first instant at which all of the time has gone by', () => {
    fc.assert(
      fc.property(someStory, spread, fc.integer({ min: 1, max: 200 * hour }), (story, a, duration) => {
        const open = workingHours(story.calendar)
        const from = story.from + a
        const due = open.after(from, duration)
        if (due === null) return void assert.ok(open.between(from, from + 20 * 365 * day) < duration)
        assert.equal(open.between(from, due), duration)
        assert.equal(open.between(from, due - 1), duration - 1)
      }),
    )
  })

  test('is due no earlier for more, nor for what came later', () => {
    const duration = fc.integer({ min: 0, max: 200 * hour })
    fc.assert(
      fc.property(someStory, spread, spread, duration, duration, ({ from, calendar }, a, b, one, two) => {
        const open = workingHours(calendar)
        const due = (offset: number, time: number) =>
          open.after(from + offset, time) ?? Number.POSITIVE_INFINITY
        const [early, late] = [Math.min(a, b), Math.max(a, b)]
        const [short, long] = [Math.min(one, two), Math.max(one, two)]
        assert.ok(due(early, short) <= due(early, long))
        // Sparse hours may come within twenty years of the later one only.
        if (Number.isFinite(due(early, short))) assert.ok(due(early, short) <= due(late, short))
      }),
    )
  })

  test('is compiled once for each calendar', () => {
    const calendar = aCalendar()
    assert.equal(workingHours(calendar), workingHours(calendar))
  })
})
