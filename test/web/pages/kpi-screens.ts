// The pages of the figures in their telling states, as HTML: for the tests that look at all pages at once.

import type { Desk } from '../../../src/domain/desk.ts'
import type { TicketFigures } from '../../../src/domain/kpi/figures.ts'
import { kpiEventsOf } from '../../../src/domain/kpi/kpi-events.ts'
import type { Clock, Dimension, Filter, Report } from '../../../src/domain/kpi/report.ts'
import { aroundTheClock } from '../../../src/domain/working-hours.ts'
import type { KpiView } from '../../../src/web/kpi-query.ts'
import type { Locale, PageContext } from '../../../src/web/page.ts'
import type { KpiInput } from '../../../src/web/pages/kpi.ts'
import { kpiPage } from '../../../src/web/pages/kpi.ts'
import type { KpiSight } from '../../../src/web/pages/kpi-sight.ts'
import { sightOf } from '../../../src/web/pages/kpi-sight.ts'
import { behindPage } from '../../../src/web/pages/kpi-tickets.ts'
import { ticketFiguresPage } from '../../../src/web/pages/ticket-figures.ts'
import { renderPage } from '../../../src/web/rendering.ts'
import { context, counts, davi, desk, event, members, now, queue, story, ticket } from './believable.ts'
import { behind, emptyReport, figures, query, report } from './believable-report.ts'

const hour = 3_600_000

/** Three levels, a calendar and promises, one of them between the levels. */
export const promisingDesk: Desk = {
  ...desk,
  calendars: [
    {
      id: 'school',
      versions: [{ validFrom: null, timeZone: 'UTC', week: [], holidays: [], extraDays: {} }],
    },
  ],
  targets: [
    {
      category: null,
      priority: null,
      calendar: 'school',
      within: { first_response: 4 * hour, resolution: 16 * hour, level_2: 8 * hour },
      warnAt: 0.8,
      whenMissed: 'tell',
    },
  ],
}

export const view = (
  more: { filter?: Partial<Filter>; by?: Dimension; clock?: Clock; days?: number; name?: string } = {},
): KpiView => {
  const asked = query()
  const period =
    more.days === undefined
      ? asked.period
      : { from: asked.period.to - more.days * 24 * hour, to: asked.period.to }
  return {
    period: {
      period,
      before: asked.before ?? period,
      name: more.name ?? 'last-30-days',
    },
    filter: { category: null, level: null, agent: null, ...more.filter },
    by: more.by ?? 'category',
    clock: more.clock ?? 'business',
  }
}

export const sight = (more: Parameters<typeof view>[0] = {}, of: Desk = promisingDesk): KpiSight =>
  sightOf(view(more), of, now)

export const leadAt = (locale: Locale, more: Partial<PageContext> = {}): PageContext =>
  context({
    locale,
    viewer: davi,
    url: '/kpi',
    desk: promisingDesk,
    counts,
    operationsUrl: '/operations',
    ...more,
  })

export const input = (of: KpiSight, more: Partial<KpiInput> = {}): KpiInput => ({
  sight: of,
  report: report({ query: of.query }),
  members,
  reading: { unread: 0, all: 12_392 },
  measuring: null,
  ...more,
})

const pageOf = (ctx: PageContext, of: KpiSight, more: Partial<KpiInput> = {}): string =>
  renderPage(kpiPage(ctx, input(of, more)))

/** One ticket, and everything on a desk with one level, no calendar and no promises. */
const small: Desk = { ...desk, levels: desk.levels.slice(0, 1) }
const smallReport = (of: KpiSight): Report =>
  report(
    {
      query: of.query,
      figures: figures(1, 1, 1),
      before: figures(0, 1, 1),
      excluded: new Map(),
      running: { due: 0, late: 0, paused: 0 },
      runningByKind: new Map(),
    },
    1,
  )

/** As measuring finds Ana's ticket: answered, at Level 2 since, and a promise for each state. */
export const ticketFigures: TicketFigures = {
  createdAt: now - 26 * hour,
  category: 'Hardware',
  priority: 'normal',
  assignee: 'carla',
  excluded: null,
  complete: true,
  intakeDelay: null,
  firstResponse: { at: now - 25.5 * hour, calendar: hour / 2, business: hour / 2, level: 1, by: 'bruno' },
  nextResponses: [{ at: now - 10 * hour, calendar: 10 * hour, business: 4 * hour, level: 1, by: 'bruno' }],
  unansweredSince: now - 3 * hour,
  publicReplies: 2,
  spans: [
    { from: now - 26 * hour, to: now - 25.4 * hour, level: 1, waiting: false, business: 0.6 * hour },
    { from: now - 25.4 * hour, to: now - 20 * hour, level: 1, waiting: true, business: 2 * hour },
    { from: now - 20 * hour, to: null, level: 2, waiting: false, business: 0 },
  ],
  resolutions: [
    {
      at: now - 9 * hour,
      calendar: 17 * hour,
      business: 8 * hour,
      level: 2,
      by: 'carla',
      reopenedAt: now - 8 * hour,
      correction: false,
    },
  ],
  escalation: { at: now - 20 * hour, calendar: 6 * hour, business: 2 * hour, level: 2, by: 'bruno' },
  returnedAt: null,
  ratings: [],
  targets: [
    {
      kind: 'first_response',
      within: 4 * hour,
      due: now - 22 * hour,
      warn: null,
      left: null,
      stopped: now - 25.5 * hour,
      missed: null,
      whenMissed: 'tell',
    },
    {
      kind: 'resolution',
      within: 16 * hour,
      due: now - hour,
      warn: null,
      left: null,
      stopped: null,
      missed: now - hour,
      whenMissed: 'tell',
    },
    {
      kind: 'level_2',
      within: 8 * hour,
      due: null,
      warn: null,
      left: 3 * hour,
      stopped: null,
      missed: null,
      whenMissed: 'tell',
    },
  ],
}

const told = [
  ...story,
  event(2, { kind: 'bot', name: '' }, { kind: 'replied', text: 'x' }, { source: 'note:77' }),
]

export const kpiScreens = (locale: Locale): readonly { readonly name: string; readonly html: string }[] => {
  const lead = leadAt(locale)
  const usual = sight()
  const list = (more: Partial<Parameters<typeof behindPage>[1]> = {}) =>
    renderPage(
      behindPage(lead, {
        sight: usual,
        asked: { figure: 'ttr', age: null, page: 2 },
        behind,
        perPage: 50,
        tickets: new Map(queue.map((one, index) => [index + 1, { ...one, text: '' }])),
        members,
        ...more,
      }),
    )
  const explained = (more: Partial<Parameters<typeof ticketFiguresPage>[1]> = {}, ctx = lead) =>
    renderPage(
      ticketFiguresPage(ctx, {
        ticket: ticket(),
        events: told,
        kpiEvents: kpiEventsOf(ticket(), told, desk),
        figures: ticketFigures,
        hours: aroundTheClock,
        members,
        ...more,
      }),
    )
  const one = sightOf(view({ clock: 'calendar' }), small, now)
  return [
    { name: 'kpi', html: pageOf(lead, usual) },
    { name: 'kpi-agents', html: pageOf(lead, sight({ by: 'agent', filter: { category: '', level: 2 } })) },
    {
      name: 'kpi-reading',
      html: pageOf(lead, usual, {
        report: report({ query: usual.query, incomplete: 812 }),
        reading: { unread: 4_000, all: 12_392 },
        measuring: { done: 100, total: 12_392 },
      }),
    },
    {
      name: 'kpi-year',
      html: pageOf(lead, sight({ days: 365, by: 'month', name: '2025-11-21..2026-11-20' })),
    },
    { name: 'kpi-empty', html: pageOf(lead, usual, { report: emptyReport(usual.query) }) },
    { name: 'kpi-one', html: pageOf(context({ locale, desk: small }), one, { report: smallReport(one) }) },
    { name: 'kpi-tickets', html: list() },
    {
      name: 'kpi-tickets-rate',
      html: list({
        asked: { figure: 'escalation_rate', age: null, page: 1 },
        behind: {
          total: 1,
          tickets: [{ n: 1, at: now, calendar: null, business: null, counts: true }],
        },
      }),
    },
    { name: 'kpi-tickets-none', html: list({ behind: { total: 0, tickets: [] } }) },
    { name: 'ticket-figures', html: explained() },
    {
      name: 'ticket-figures-out',
      html: explained(
        {
          figures: { ...ticketFigures, excluded: 'label', complete: false, firstResponse: null, targets: [] },
        },
        context({ locale, viewer: davi, desk }),
      ),
    },
  ]
}
