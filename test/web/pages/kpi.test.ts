// What the pages of the figures say: how durations and changes are told, that every number leads to its tickets,
// and who sees what.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kpiEventsOf } from '../../../src/domain/kpi/kpi-events.ts'
import { aroundTheClock } from '../../../src/domain/working-hours.ts'
import { kpiPage } from '../../../src/web/pages/kpi.ts'
import { partOf } from '../../../src/web/pages/kpi-sight.ts'
import { behindPage } from '../../../src/web/pages/kpi-tickets.ts'
import {
  countChange,
  durationChange,
  durationText,
  percentText,
  rateChange,
  spreadText,
} from '../../../src/web/pages/kpi-words.ts'
import { ticketFiguresPage } from '../../../src/web/pages/ticket-figures.ts'
import { renderPage } from '../../../src/web/rendering.ts'
import { translator } from '../../../src/web/translate.ts'
import { bruno, context, desk, event, members, now, queue, story, ticket } from './believable.ts'
import { behind, report, spread } from './believable-report.ts'
import { input, kpiScreens, leadAt, promisingDesk, sight, ticketFigures } from './kpi-screens.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const en = { t: translator('en'), locale: 'en' } as const
const de = { t: translator('de'), locale: 'de' } as const

const unescaped = (text: string): string => text.replaceAll('&amp;', '&').replaceAll('&#39;', "'")

const share = (rate: number | null) => ({ rate, whole: 100 })

const hrefs = (html: string, start: string): string[] =>
  [...html.matchAll(/href="([^"]*)"/gu)]
    .map(([, url = '']) => unescaped(url))
    .filter((url) => url.startsWith(start))

test('durations are rounded down to the minute, and a business day is no 24 hours', () => {
  assert.equal(durationText(80 * minute + 59_999, 'business', en), '1 h 20 min')
  assert.equal(durationText(76 * hour + 5 * minute, 'calendar', en), '3 d 4 h')
  assert.equal(durationText(76 * hour + 5 * minute, 'business', en), '76 h 5 min')
  assert.equal(durationText(1_234 * hour, 'business', en), '1,234 h')
  assert.equal(durationText(day, 'calendar', en), '1 d')
  assert.equal(durationText(0, 'business', en), '0 min')
  assert.equal(durationText(59_999, 'business', en), '< 1 min')
  assert.equal(durationText(80 * minute, 'business', de), '1 Std. 20 Min.')
  assert.equal(durationText(1_234 * hour, 'business', de), '1.234 Std.')
  assert.equal(durationText(76 * hour, 'calendar', de), '3 T. 4 Std.')
})

test('shares have one decimal, in the writing of the reader', () => {
  assert.equal(percentText(0.231, 'en'), '23.1%')
  assert.equal(percentText(0.231, 'de').replaceAll('\u00a0', ' '), '23,1 %')
  assert.equal(percentText(null, 'en'), '–')
})

test('fewer than five values are told themselves, none at all by a dash', () => {
  const few = { n: 3, p50: hour, p90: 2 * hour, mean: hour, values: [10 * minute, hour, 2 * hour] }
  assert.equal(spreadText(few, 'business', en), '10 min · 1 h · 2 h')
  assert.equal(spreadText(spread(0, 0), 'business', en), '–')
  assert.equal(spreadText(spread(5, hour), 'business', en), '1 h')
})

test('a change says its direction by an arrow and what it means by a word', () => {
  const quicker = durationChange(spread(9, hour), spread(9, 2 * hour), 'business', 'less', en)
  assert.deepEqual(quicker, { icon: 'down', tone: 'good', text: '50% quicker', title: 'before: 2 h' })
  const slower = durationChange(spread(9, 2 * hour), spread(9, hour), 'business', 'less', de)
  assert.equal(slower?.tone, 'bad')
  assert.equal(slower?.text.replaceAll('\u00a0', ' '), '100 % langsamer')
  assert.deepEqual(rateChange(share(0.5), share(0.4), 'more', en), {
    icon: 'up',
    tone: 'good',
    text: '10.0 points, better',
    title: 'before: 40.0%',
  })
  assert.equal(rateChange(share(0.5), share(0.4), 'less', en)?.text, '10.0 points, worse')
  assert.equal(countChange(5, 9, en)?.text, '4 fewer')
})

test('little differences are called neither good nor bad, and few values are not compared', () => {
  assert.equal(rateChange(share(0.502), share(0.5), 'more', en)?.tone, 'plain')
  assert.equal(
    durationChange(spread(9, 101 * minute), spread(9, 100 * minute), 'business', 'less', en)?.tone,
    'plain',
  )
  assert.equal(durationChange(spread(9, hour), spread(4, hour), 'business', 'less', en), null)
  assert.equal(rateChange(share(null), share(0.5), 'more', en), null)
  assert.equal(rateChange(share(0.5), { rate: 0.25, whole: 4 }, 'more', en), null)
  assert.equal(countChange(0, 0, en), null)
})

test('parts are days up to two months, weeks up to a year and a bit, then months', () => {
  const of = (days: number) => partOf({ from: now, to: now + days * day })
  assert.deepEqual([30, 62, 63, 365, 400, 401].map(of), ['day', 'day', 'week', 'week', 'week', 'month'])
})

test('every number leads to its tickets, with the same period, filters and clock', () => {
  const asked = sight({ filter: { category: 'Hardware', level: 2 }, clock: 'calendar', name: '2026-Q4' })
  const html = renderPage(kpiPage(leadAt('en'), input(asked)))
  const numbers = hrefs(html, '/kpi/tickets?')
  assert.ok(numbers.length > 100)
  for (const url of numbers) {
    const said = new URL(url, 'http://desk.invalid').searchParams
    assert.ok(said.has('figure'), url)
    assert.equal(said.get('clock'), 'calendar', url)
    assert.ok(said.has('level'), url)
    assert.ok(said.has('category'), url)
    assert.ok(said.get('period') === '2026-Q4' || (said.has('from') && said.has('to')), url)
  }
  for (const figure of ['frt', 'ttr', 'escalation_rate', 'backlog', 'inflow', 'sla', 'csat', 'level_2_net'])
    assert.ok(numbers.some((url) => url.includes(`figure=${figure}&`) || url.endsWith(`figure=${figure}`)))
  assert.ok(numbers.some((url) => url.includes('figure=backlog&age=%3E30d')))
})

test('a number of one group leads to the tickets of that group', () => {
  const ofPeriod = hrefs(renderPage(kpiPage(leadAt('en'), input(sight({ by: 'agent' })))), '/kpi/tickets?')
  assert.ok(ofPeriod.some((url) => url.includes('agent=carla')))
  const byCategory = hrefs(renderPage(kpiPage(leadAt('en'), input(sight()))), '/kpi/tickets?')
  assert.ok(byCategory.some((url) => url.includes('category=-') && url.includes('figure=frt')))
  const byDay = hrefs(renderPage(kpiPage(leadAt('en'), input(sight({ by: 'day' })))), '/kpi/tickets?')
  assert.ok(byDay.some((url) => url.includes('from=2026-11-05&to=2026-11-05')))
})

test('agents see everything but what single people did', () => {
  const lead = renderPage(kpiPage(leadAt('en'), input(sight())))
  const agent = renderPage(kpiPage(leadAt('en', { viewer: bruno }), input(sight())))
  assert.match(lead, /name="agent"/u)
  assert.match(lead, /by=agent/u)
  assert.doesNotMatch(agent, /name="agent"|by=agent/u)
})

test('whatever a choice changes, the form says again what else was asked', () => {
  const named = renderPage(kpiPage(leadAt('en'), input(sight({ by: 'level', name: '2026-Q4' }))))
  assert.match(named, /type="hidden" name="period" value="2026-Q4"/u)
  assert.match(named, /type="hidden" name="by" value="level"/u)
  const own = renderPage(kpiPage(leadAt('en'), input(sight({ name: '2026-10-22..2026-11-20' }))))
  assert.doesNotMatch(own, /name="period"/u)
  assert.match(own, /name="from" type="date" value="2026-10-22"/u)
  assert.match(own, /name="to" type="date" value="2026-11-20"/u)
})

test('while conversations are read, what may change is marked, and what a list tells is not', () => {
  const asked = sight()
  const model = kpiPage(
    leadAt('en'),
    input(asked, {
      report: report({ query: asked.query, incomplete: 3 }),
      reading: { unread: 50, all: 200 },
      measuring: { done: 1, total: 9 },
    }),
  )
  assert.deepEqual(
    model.progress.map(({ done, total }) => [done, total]),
    [
      [150, 200],
      [1, 9],
    ],
  )
  assert.match(model.incomplete?.text ?? '', /3 tickets/u)
  assert.ok(model.tiles.every(({ cell }) => cell.star))
  const keeping = model.sections.find(({ id }) => id === 'keeping')
  const starOf = (name: string) => keeping?.counts.find((row) => row.name === name)?.cell.star
  assert.deepEqual([starOf('Opened'), starOf('Backlog')], [false, true])
  const calm = kpiPage(leadAt('en'), input(asked))
  assert.equal(calm.incomplete, null)
  assert.deepEqual(calm.progress, [])
  assert.ok(calm.tiles.every(({ cell }) => !cell.star))
})

test('a desk without a calendar says that business time is calendar time, one with says which it is', () => {
  assert.match(kpiPage(leadAt('en', { desk }), input(sight())).clockText, /no calendar/u)
  assert.match(kpiPage(leadAt('en'), input(sight())).clockText, /“school”/u)
  assert.match(kpiPage(leadAt('en'), input(sight({ clock: 'calendar' }))).clockText, /day and night/u)
})

test('what is promised between levels is told for those levels alone', () => {
  const model = kpiPage(leadAt('en'), input(sight()))
  const names = model.sections.find(({ id }) => id === 'promises')?.rates.map(({ name }) => name)
  assert.deepEqual(names, [
    'Promises kept',
    'First responses in time',
    'Resolutions in time',
    'Level 2 in time',
  ])
})

test('ten years of days are cut to those that somebody reads', () => {
  const { groups } = kpiPage(leadAt('en'), input(sight({ by: 'day', days: 3_650 })))
  assert.equal(groups.rows.length, 400)
  assert.match(groups.cut ?? '', /last 400/u)
  assert.equal(groups.rows.at(-1)?.name, '20 Nov 2026')
  assert.equal(kpiPage(leadAt('en'), input(sight({ by: 'day' }))).groups.cut, null)
})

test('what is left out is said by why, and leads to its tickets', () => {
  const { excluded } = kpiPage(leadAt('en'), input(sight()))
  assert.deepEqual(
    excluded.reasons.map(({ text }) => text),
    ['7 with such a label', '3 duplicates'],
  )
  assert.match(excluded.text, /no-kpi, spam, duplicate, test/u)
  assert.match(excluded.reasons[0]?.url ?? '', /figure=excluded/u)
})

test('the list behind a number tells both clocks, the chosen one first, and turns pages', () => {
  const list = (page: number, clock: 'business' | 'calendar') =>
    behindPage(leadAt('en'), {
      sight: sight({ clock }),
      asked: { figure: 'ttr', age: null, page },
      behind,
      perPage: 50,
      tickets: new Map(queue.map((one, index) => [index + 1, { ...one, text: '' }])),
      members,
    })
  const business = list(1, 'business')
  assert.deepEqual(business.clocks, ['Business time', 'Calendar time'])
  assert.deepEqual(business.rows[0]?.values, ['14 h', '1 d 16 h'])
  assert.deepEqual(list(1, 'calendar').rows[0]?.values, ['1 d 16 h', '14 h'])
  assert.equal(business.previousUrl, null)
  assert.match(business.nextUrl ?? '', /page=2/u)
  assert.equal(list(3, 'business').nextUrl, null)
  assert.match(list(3, 'business').previousUrl ?? '', /page=2/u)
  assert.match(business.rows[0]?.figuresUrl ?? '', /^\/issues\/\d+\/figures$/u)
})

test('one ticket is explained to its last event, what counts and what does not', () => {
  const told = [
    ...story,
    event(2, { kind: 'bot', name: 'Robot' }, { kind: 'replied', text: 'x' }, { source: 'note:77' }),
  ]
  const model = ticketFiguresPage(leadAt('en'), {
    ticket: ticket(),
    events: told,
    kpiEvents: kpiEventsOf(ticket(), told, desk),
    figures: ticketFigures,
    hours: aroundTheClock,
    members,
  })
  const of = (name: string) => model.figures.filter((row) => row.name === name)
  assert.equal(of('First response')[0]?.lengths[1], '30 min')
  assert.deepEqual(
    of('Next response').map(({ stop, lengths }) => [stop === null, lengths[0]]),
    [
      [false, '4 h'],
      [true, '3 h'],
    ],
  )
  assert.equal(of('Resolution')[0]?.note, 'so far')
  assert.equal(of('Waiting for the requester')[0]?.lengths[0], '2 h')
  assert.equal(of('At Level 1')[0]?.lengths[1], '6 h')
  assert.equal(of('At Level 2')[0]?.lengths[1], '20 h')
  assert.deepEqual(
    model.promises.map(({ name, chip }) => [name, chip.state]),
    [
      ['First response', 'met'],
      ['Resolution', 'late'],
      ['Level 2', 'paused'],
    ],
  )
  const counted = model.events.filter(({ counts }) => counts).map(({ what }) => what)
  assert.ok(counted.includes('Opened') && counted.includes('Public reply'))
  const internal = model.events.find(({ what }) => what === 'Internal note')
  assert.deepEqual([internal?.counts, internal?.why], [false, 'internal, the requester does not see it'])
  const robot = model.events.find(({ who }) => who === 'Robot')
  assert.deepEqual([robot?.counts, robot?.why], [false, 'not written by a person'])
  assert.equal(model.gitlabUrl, ticket().url)
})

test('a ticket that is not counted says why', () => {
  const model = ticketFiguresPage(context({ desk: promisingDesk }), {
    ticket: ticket(),
    events: story,
    kpiEvents: [],
    figures: { ...ticketFigures, excluded: 'label', complete: false },
    hours: aroundTheClock,
    members,
  })
  assert.match(model.notCounted ?? '', /one of its labels/u)
  assert.match(model.incomplete ?? '', /not read yet/u)
})

test('charts come with a description, both themes, a size for phones, their data and its CSV', () => {
  const [full] = kpiScreens('en')
  const html = full?.html ?? ''
  const pictures = [...html.matchAll(/<picture>.*?<\/picture>/gsu)].map(([picture]) => picture)
  assert.equal(pictures.length, 5)
  for (const picture of pictures) {
    assert.match(
      picture,
      /<source media="screen and \(prefers-color-scheme: dark\)" srcset="[^"]*theme=dark"/u,
    )
    assert.match(picture, /size=narrow/u)
    assert.match(
      picture,
      /<img src="[^"]+\.svg[^"]*" alt="[^"]{20,}" width="640" height="\d+" loading="lazy">/u,
    )
    // On paper none of the sources holds, so that charts are printed as they are by day.
    for (const [, media = ''] of picture.matchAll(/media="([^"]*)"/gu)) assert.match(media, /^screen and/u)
  }
  assert.equal(hrefs(html, '/kpi/flow.csv').length, 1)
  assert.equal([...html.matchAll(/<details class="kpi-data">/gu)].length, 5)
})
