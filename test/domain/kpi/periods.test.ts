// Days, weeks and months as people at the desk count them, over the two odd days of the year and over New Year.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { dayOf, namedPeriod, partsOf, periodOf, startOfDay } from '../../../src/domain/kpi/periods.ts'
import type { Period } from '../../../src/domain/kpi/report.ts'
import { hour } from '../../support/tickets.ts'

const day = 24 * hour
const berlin = 'Europe/Berlin'

const at = (text: string): number => {
  const instant = Date.parse(text)
  assert.ok(!Number.isNaN(instant), text)
  return instant
}

/** A Sunday. */
const now = at('2026-11-22T14:30+01:00')

/** First and last local day of a period. */
const days = (period: Period | undefined, timeZone = berlin): string =>
  period ? `${dayOf(period.from, timeZone)} ${dayOf(period.to - 1, timeZone)}` : 'none'

const named = (text: string, when = now, timeZone = berlin): [string, string] => {
  const found = namedPeriod(text, when, timeZone)
  return [days(found?.period, timeZone), days(found?.before, timeZone)]
}

describe('a day', () => {
  test('is the one that the desk’s clocks show', () => {
    assert.equal(dayOf(at('2026-06-08T21:59Z'), berlin), '2026-06-08')
    assert.equal(dayOf(at('2026-06-08T22:00Z'), berlin), '2026-06-09')
    assert.equal(dayOf(at('2026-06-08T18:30Z'), 'Asia/Kolkata'), '2026-06-09')
    assert.equal(dayOf(at('2026-06-08T03:59Z'), 'America/New_York'), '2026-06-07')
    assert.equal(dayOf(at('2026-12-31T11:00Z'), 'Pacific/Apia'), '2027-01-01')
  })

  test('begins at midnight there', () => {
    assert.equal(startOfDay('2026-06-08', berlin), at('2026-06-08T00:00+02:00'))
    assert.equal(startOfDay('2026-12-08', berlin), at('2026-12-08T00:00+01:00'))
    assert.equal(startOfDay('2026-06-08', 'Asia/Kolkata'), at('2026-06-08T00:00+05:30'))
  })

  test('has 23 hours when the clocks go forward and 25 when they go back', () => {
    const length = (one: string, next: string) => startOfDay(next, berlin) - startOfDay(one, berlin)
    assert.equal(length('2026-03-29', '2026-03-30'), 23 * hour)
    assert.equal(length('2026-10-25', '2026-10-26'), 25 * hour)
  })

  test('begins at one where midnight is left out', () => {
    assert.equal(startOfDay('2018-11-04', 'America/Sao_Paulo'), at('2018-11-04T01:00-02:00'))
  })

  test('what is no day has no beginning', () => {
    for (const text of ['2026-02-29', '2026-13-01', '2026-6-8', 'today', '', '2026-06-08T00:00', '20260608'])
      assert.throws(() => startOfDay(text, berlin), RangeError, text)
  })
})

describe('the parts of a period', () => {
  const period = (from: string, to: string) => ({
    from: startOfDay(from, berlin),
    to: startOfDay(to, berlin),
  })

  test('days follow one another over the change of the clocks', () => {
    const parts = partsOf(period('2026-03-28', '2026-03-31'), 'day', berlin)
    assert.deepEqual(
      parts.map((part) => [part.day, (part.to - part.from) / hour]),
      [
        ['2026-03-28', 24],
        ['2026-03-29', 23],
        ['2026-03-30', 24],
      ],
    )
  })

  test('weeks begin on Monday, bear the name of that Monday, and are cut at both ends', () => {
    const whole = period('2026-11-18', '2026-11-26')
    assert.deepEqual(partsOf(whole, 'week', berlin), [
      { day: '2026-11-16', from: whole.from, to: startOfDay('2026-11-23', berlin) },
      { day: '2026-11-23', from: startOfDay('2026-11-23', berlin), to: whole.to },
    ])
  })

  test('months, over New Year', () => {
    assert.deepEqual(
      partsOf(period('2026-12-15', '2027-02-01'), 'month', berlin).map((part) => [part.day, days(part)]),
      [
        ['2026-12-01', '2026-12-15 2026-12-31'],
        ['2027-01-01', '2027-01-01 2027-01-31'],
      ],
    )
  })

  test('a period that ends within a day ends within its last part', () => {
    const from = startOfDay('2026-11-22', berlin) + hour
    assert.deepEqual(partsOf({ from, to: from + 2 * hour }, 'day', berlin), [
      { day: '2026-11-22', from, to: from + 2 * hour },
    ])
  })

  test('an empty period has none, and a day that a zone left out is none', () => {
    assert.deepEqual(partsOf({ from: now, to: now }, 'day', berlin), [])
    assert.deepEqual(partsOf({ from: now, to: now - 1 }, 'month', berlin), [])
    assert.deepEqual(
      partsOf(
        { from: at('2011-12-29T12:00-10:00'), to: at('2012-01-01T12:00+14:00') },
        'day',
        'Pacific/Apia',
      ).map((part) => part.day),
      ['2011-12-29', '2011-12-31', '2012-01-01'],
    )
  })

  test('are always the period, without a gap, each in its own day, week or month', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: at('2009-01-01'), max: at('2031-01-01') }),
        fc.integer({ min: 1, max: 500 * day }),
        fc.constantFrom('day' as const, 'week' as const, 'month' as const),
        fc.constantFrom(
          berlin,
          'Asia/Kolkata',
          'America/New_York',
          'Pacific/Apia',
          'America/Sao_Paulo',
          'UTC',
        ),
        (from, length, by, timeZone) => {
          const to = from + length
          const parts = partsOf({ from, to }, by, timeZone)
          assert.equal(parts[0]?.from, from)
          assert.equal(parts.at(-1)?.to, to)
          for (const [index, part] of parts.entries()) {
            assert.ok(part.from < part.to)
            if (index > 0) assert.equal(part.from, parts[index - 1]?.to)
            if (index > 0) assert.equal(dayOf(part.from, timeZone), part.day)
            const [first, last] = [new Date(part.day), new Date(dayOf(part.to - 1, timeZone))]
            assert.ok(first <= last)
            if (by === 'day') assert.equal(first.getTime(), last.getTime())
            if (by === 'week')
              assert.ok(first.getUTCDay() === 1 && last.getTime() - first.getTime() < 7 * day)
            if (by === 'month')
              assert.ok(first.getUTCDate() === 1 && last.getUTCMonth() === first.getUTCMonth())
          }
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('a period by its name', () => {
  test('so many days are today and those before it, up to the end of today', () => {
    assert.deepEqual(named('last-7-days'), ['2026-11-16 2026-11-22', '2026-11-09 2026-11-15'])
    assert.deepEqual(named('last-30-days'), ['2026-10-24 2026-11-22', '2026-09-24 2026-10-23'])
    assert.deepEqual(named('last-90-days'), ['2026-08-25 2026-11-22', '2026-05-27 2026-08-24'])
    assert.deepEqual(named('last-365-days'), ['2025-11-23 2026-11-22', '2024-11-23 2025-11-22'])
    assert.equal(namedPeriod('last-30-days', now, berlin)?.period.to, at('2026-11-23T00:00+01:00'))
  })

  test('thirty days begin at midnight, also where the clocks went back in between', () => {
    assert.equal(namedPeriod('last-30-days', now, berlin)?.period.from, at('2026-10-24T00:00+02:00'))
  })

  test('this and last are whole weeks, months, quarters and years', () => {
    for (const [text, period, before] of [
      ['this-week', '2026-11-16 2026-11-22', '2026-11-09 2026-11-15'],
      ['last-week', '2026-11-09 2026-11-15', '2026-11-02 2026-11-08'],
      ['this-month', '2026-11-01 2026-11-30', '2026-10-01 2026-10-31'],
      ['last-month', '2026-10-01 2026-10-31', '2026-09-01 2026-09-30'],
      ['this-quarter', '2026-10-01 2026-12-31', '2026-07-01 2026-09-30'],
      ['last-quarter', '2026-07-01 2026-09-30', '2026-04-01 2026-06-30'],
      ['this-year', '2026-01-01 2026-12-31', '2025-01-01 2025-12-31'],
      ['last-year', '2025-01-01 2025-12-31', '2024-01-01 2024-12-31'],
    ] as const)
      assert.deepEqual(named(text), [period, before], text)
  })

  test('what today is, the desk’s clocks say', () => {
    const newYear = at('2026-12-31T23:30Z')
    assert.deepEqual(named('this-year', newYear), ['2027-01-01 2027-12-31', '2026-01-01 2026-12-31'])
    assert.deepEqual(named('this-year', newYear, 'UTC')[0], '2026-01-01 2026-12-31')
    assert.deepEqual(named('last-month', newYear)[0], '2026-12-01 2026-12-31')
    assert.deepEqual(named('last-quarter', newYear), ['2026-10-01 2026-12-31', '2026-07-01 2026-09-30'])
    assert.deepEqual(named('this-week', newYear)[0], '2026-12-28 2027-01-03')
  })

  test('the last day of a long month has a month before it', () => {
    assert.deepEqual(named('last-month', at('2026-03-31T12:00+02:00')), [
      '2026-02-01 2026-02-28',
      '2026-01-01 2026-01-31',
    ])
    assert.deepEqual(named('last-quarter', at('2026-05-31T12:00+02:00'))[0], '2026-01-01 2026-03-31')
    assert.deepEqual(named('last-year', at('2028-02-29T12:00+01:00'))[0], '2027-01-01 2027-12-31')
  })

  test('a year, a quarter, a month, a week', () => {
    for (const [text, period, before] of [
      ['2026', '2026-01-01 2026-12-31', '2025-01-01 2025-12-31'],
      ['2026-Q3', '2026-07-01 2026-09-30', '2026-04-01 2026-06-30'],
      ['2026-Q1', '2026-01-01 2026-03-31', '2025-10-01 2025-12-31'],
      ['2026-11', '2026-11-01 2026-11-30', '2026-10-01 2026-10-31'],
      ['2028-02', '2028-02-01 2028-02-29', '2028-01-01 2028-01-31'],
      ['2027-01', '2027-01-01 2027-01-31', '2026-12-01 2026-12-31'],
      ['2026-W47', '2026-11-16 2026-11-22', '2026-11-09 2026-11-15'],
      ['2026-W01', '2025-12-29 2026-01-04', '2025-12-22 2025-12-28'],
      ['2026-W53', '2026-12-28 2027-01-03', '2026-12-21 2026-12-27'],
      ['2027-W01', '2027-01-04 2027-01-10', '2026-12-28 2027-01-03'],
    ] as const)
      assert.deepEqual(named(text), [period, before], text)
  })

  test('anything else is none', () => {
    for (const text of [
      '',
      'yesterday',
      'last-8-days',
      'last-030-days',
      'next-week',
      'this-day',
      'this-constructor',
      '26',
      '20261',
      '2026-Q0',
      '2026-Q5',
      '2026-13',
      '2026-1',
      '2026-W00',
      '2026-W54',
      '2025-W53',
      '2026-11-22',
      '2026 ',
      '2026-02-30..2026-03-01',
      '2026-03-02..2026-03-01',
    ])
      assert.equal(namedPeriod(text, now, berlin), null, text)
  })

  test('it keeps its name, and the one before ends where it begins', () => {
    for (const text of ['last-30-days', 'this-month', '2026', '2026-Q3', '2026-11', '2026-W47']) {
      const found = namedPeriod(text, now, berlin)
      assert.equal(found?.name, text)
      assert.equal(found?.before.to, found?.period.from)
    }
  })
})

describe('a period from one day to another', () => {
  test('means both of them, and as many days before', () => {
    const found = periodOf('2026-05-01', '2026-05-07', berlin)
    assert.equal(days(found?.period), '2026-05-01 2026-05-07')
    assert.equal(days(found?.before), '2026-04-24 2026-04-30')
    assert.equal(found?.period.to, at('2026-05-08T00:00+02:00'))
  })

  test('one day is a period, also the shortest of the year', () => {
    const found = periodOf('2026-03-29', '2026-03-29', berlin)
    assert.equal(found && found.period.to - found.period.from, 23 * hour)
    assert.equal(days(found?.before), '2026-03-28 2026-03-28')
  })

  test('its name is read again', () => {
    const found = periodOf('2026-12-30', '2027-01-02', berlin)
    assert.equal(found?.name, '2026-12-30..2027-01-02')
    assert.deepEqual(namedPeriod('2026-12-30..2027-01-02', now, berlin), found)
  })

  test('what is no day, the wrong way round or too long is none', () => {
    for (const [from, to] of [
      ['2026-02-29', '2026-03-01'],
      ['2026-02-01', '2026-02-31'],
      ['', '2026-03-01'],
      ['2026-03-02', '2026-03-01'],
      ['2016-01-01', '2026-01-09'],
      ['1', '2'],
    ] as const)
      assert.equal(periodOf(from, to, berlin), null, `${from} ${to}`)
    assert.ok(periodOf('2016-01-01', '2026-01-07', berlin), '3,660 days')
    assert.equal(periodOf('2016-01-01', '2026-01-08', berlin), null, '3,661 days')
  })
})
