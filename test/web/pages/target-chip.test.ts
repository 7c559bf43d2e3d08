// What a line of the queue and a ticket's page say of its promises: an icon and a word, and when exactly.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TicketSummary } from '../../../src/application/ports.ts'
import type { TargetStanding } from '../../../src/domain/target.ts'
import { promisedTime } from '../../../src/web/pages/target-chip.ts'
import { ticketPage } from '../../../src/web/pages/ticket.ts'
import { ticketRow } from '../../../src/web/pages/ticket-row.ts'
import { renderPage } from '../../../src/web/rendering.ts'
import { translator } from '../../../src/web/translate.ts'
import { aPromise } from '../../support/promises.ts'
import { context, desk, members, now, story, summary, ticket } from './believable.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const rowAt = (
  at: number,
  targets: readonly TargetStanding[],
  locale: 'en' | 'de' = 'en',
  more: Partial<TicketSummary> = {},
) =>
  ticketRow(summary({ targets, ...more }), {
    desk,
    locale,
    t: translator(locale),
    now: at,
    nameOf: (name) => name,
    showLevel: true,
  })

const words = (html: string) =>
  />([^<>]+)<\/span><\/(?:time|span)>/.exec(/promise-.*/.exec(html)?.[0] ?? '')?.[1]
const icon = (html: string) => /#(target-[a-z]+)"/.exec(html)?.[1]

const due = (at: number, more: Partial<TargetStanding> = {}) => aPromise({ due: at, ...more })

describe('a line of the queue', () => {
  test('says how long there is still time, as coarsely as it says how long somebody has waited', () => {
    const said = (left: number, locale: 'en' | 'de' = 'en') => words(rowAt(now, [due(now + left)], locale))
    assert.equal(said(30_000), 'due now')
    assert.equal(said(5 * minute + 1), 'due in 5 min')
    assert.equal(said(2 * hour + 40 * minute), 'due in 2 h')
    assert.equal(said(3 * day + hour), 'due in 3 d')
    assert.equal(said(3 * day + hour, 'de'), 'fällig in 3 Tagen')
    assert.equal(said(2 * hour, 'de'), 'fällig in 2 Std.')
  })

  test('says what is late, paused and met by an icon and a word, each by its own', () => {
    const late = rowAt(now, [due(now - 3 * hour)])
    const paused = rowAt(now, [aPromise({ due: null, warn: null, left: hour })])
    const met = rowAt(now, [due(now + hour, { stopped: now - hour })], 'en', { state: 'resolved' })
    assert.deepEqual([late, paused, met].map(words), ['late 3 h', 'paused', 'met'])
    assert.deepEqual([late, paused, met].map(icon), ['target-late', 'target-paused', 'target-met'])
    assert.equal(icon(rowAt(now, [due(now + hour)])), 'target-due')
  })

  test('says of a ticket resolved too late how late that was, for ever the same', () => {
    const broken = aPromise({ missed: now - 5 * hour, stopped: now - 3 * hour })
    for (const at of [now, now + 40 * day])
      assert.equal(words(rowAt(at, [broken], 'en', { state: 'resolved' })), 'late 2 h')
  })

  test('names in its title which promise that is, and the exact time', () => {
    const html = rowAt(now, [due(Date.UTC(2026, 10, 20, 14, 30), { kind: 'level_2' })])
    assert.match(html, /<time class="promise promise-due" datetime="2026-11-20T14:30:00.000Z"/)
    assert.match(html, /title="Level 2, due: Friday[^"]*20 November 2026/)
    assert.match(
      rowAt(now, [aPromise({ due: null, left: 90 * minute })]),
      /title="First response, paused: 1 h 30 min left/,
    )
  })

  test('is as it was where nothing is promised', () => {
    assert.doesNotMatch(rowAt(now, []), /promise|target/)
  })

  test('that is remembered says another word as soon as another one is true', () => {
    const promise = due(now + 2 * minute)
    assert.equal(words(rowAt(now, [promise])), 'due in 2 min')
    assert.equal(words(rowAt(now + minute + 1, [promise])), 'due now')
    assert.equal(words(rowAt(now + 5 * minute, [promise])), 'late 3 min')
    // A pause moves the time; the ticket itself can be the same.
    assert.match(rowAt(now, [due(now + 2 * minute + 1_000)]), /datetime="2026-11-20T09:32:01/)
    assert.equal(words(rowAt(now, [])), undefined)
  })
})

describe('the page of a ticket', () => {
  const pageOf = (targets: readonly TargetStanding[], locale: 'en' | 'de' = 'en') =>
    renderPage(
      ticketPage(context({ locale }), {
        ticket: ticket(),
        events: story,
        operations: [],
        files: [],
        members,
        newKey: 'k',
        targets,
      }),
    )

  test('shows all promises with their times, and where the figures come from', () => {
    const html = pageOf([
      aPromise({ missed: now - hour, stopped: now - minute, due: now - hour }),
      aPromise({ kind: 'resolution', within: 90 * minute, due: null, left: minute }),
      aPromise({ kind: 'level_2', due: now + hour }),
    ])
    const section = /<section class="promises">.*?<\/section>/s.exec(html)?.[0] ?? ''
    for (const said of [
      'Promises',
      'First response',
      'Resolution',
      'Level 2',
      'late',
      'paused',
      'due in 1 h',
    ])
      assert.ok(section.includes(said), said)
    assert.match(section, /promised within 1 h 30 min/)
    assert.match(section, /Was due <time[^>]*data-shows="moment"/)
    assert.match(html, /href="\/issues\/42\/figures"/)
    assert.match(pageOf([aPromise()], 'de'), /Zusagen.*Erste Antwort.*zugesagt in 4 Std\./s)
  })

  test('is as it was where nothing is promised', () => {
    assert.doesNotMatch(pageOf([]), /class="promise/)
  })
})

test('a promised time is read as people say it', () => {
  const t = translator('en')
  assert.deepEqual(
    [0, 30 * minute, hour, 90 * minute, 40 * hour].map((time) => promisedTime(time, t)),
    ['0 min', '30 min', '1 h', '1 h 30 min', '40 h'],
  )
})
