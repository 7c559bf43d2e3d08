// The tickets behind one number: the largest value first, with both clocks, so that nobody need believe a figure.

import type { Member } from '../../application/ports.ts'
import type { Behind, BehindName, Clock } from '../../domain/kpi/report.ts'
import { levelName } from '../../domain/level.ts'
import type { Ticket } from '../../domain/ticket.ts'
import type { BehindView } from '../kpi-query.ts'
import type { PageContext } from '../page.ts'
import type { Moment } from './age.ts'
import { dayOf } from './age.ts'
import { categoryTagHtml } from './category-tag.ts'
import type { KpiSight } from './kpi-sight.ts'
import { categoryText, dash, durationText, figureMeaning, figureName, periodText } from './kpi-words.ts'
import type { LayoutModel } from './layout.ts'
import { layout } from './layout.ts'
import { ticketUrl } from './ticket-url.ts'

export type BehindModel = {
  readonly view: 'kpi-tickets'
  readonly layout: LayoutModel
  readonly heading: string
  readonly meaning: string
  readonly lead: string
  readonly backUrl: string
  readonly csvUrl: string
  /** The chosen clock first; none where the figure has no duration, one where the desk has no calendar. */
  readonly clocks: readonly string[]
  /** Of a rate: whether a ticket is of the part. */
  readonly parts: boolean
  readonly rows: readonly {
    readonly number: string
    readonly title: string
    readonly url: string
    readonly figuresUrl: string
    readonly categoryHtml: string
    readonly level: string
    readonly agent: string
    readonly values: readonly string[]
    readonly counts: string
    readonly at: Moment
  }[]
  readonly empty: string | null
  readonly previousUrl: string | null
  readonly nextUrl: string | null
}

export type BehindInput = {
  readonly sight: KpiSight
  readonly asked: BehindView
  readonly behind: Behind
  readonly perPage: number
  readonly tickets: ReadonlyMap<number, Ticket>
  readonly members: readonly Member[]
}

/** What the list is narrowed to, in words. */
const narrowedTo = ({ t, desk }: PageContext, { sight, asked, members }: BehindInput): string[] => {
  const { category, level, agent } = sight.query.filter
  return [
    ...(category === null ? [] : [categoryText(category, t)]),
    ...(level === null ? [] : [levelName(level, desk)]),
    ...(agent === null
      ? []
      : [
          agent === ''
            ? t('assignee.nobody')
            : (members.find(({ username }) => username === agent)?.name ?? agent),
        ]),
    ...(asked.age === null ? [] : [t(`kpi.age.${asked.age}`)]),
  ]
}

const isNow = (figure: BehindName): boolean => figure.startsWith('running')

export const behindPage = (ctx: PageContext, input: BehindInput): BehindModel => {
  const { t, locale, desk } = ctx
  const { sight, asked, behind, perPage, tickets, members } = input
  const { figure, page } = asked
  const name = figureName(figure, t, desk)
  const second: Clock = sight.clock === 'business' ? 'calendar' : 'business'
  const both: readonly Clock[] = desk.calendars.length === 0 ? ['calendar'] : [sight.clock, second]
  const lasts = behind.tickets.some(({ calendar }) => calendar !== null)
  const clocks = lasts ? both : []
  const parts = behind.tickets.some(({ counts }) => counts !== null)
  const says = (value: number | null, clock: Clock) =>
    value === null ? dash : durationText(value, clock, ctx)
  const here = (of: number) => sight.url('/kpi/tickets', { figure, age: asked.age, page: of })
  const nameOf = (username: string) => members.find((one) => one.username === username)?.name ?? username
  return {
    view: 'kpi-tickets',
    layout: layout(ctx, { title: name, data: 'kpi' }),
    heading: name,
    meaning: figureMeaning(figure, t, desk),
    lead: [
      t('count.tickets', { count: behind.total }),
      isNow(figure) ? t('kpi.now') : periodText(sight.query.period, desk.timeZone, ctx),
      ...narrowedTo(ctx, input),
    ].join(', '),
    backUrl: sight.url('/kpi'),
    csvUrl: sight.url('/kpi/tickets.csv', { figure, age: asked.age }),
    clocks: clocks.map((clock) => t(`kpi.clock.${clock}`)),
    parts,
    rows: behind.tickets.flatMap(({ n, at, calendar, business, counts }) => {
      const ticket = tickets.get(n)
      if (!ticket) return []
      const values = { calendar, business }
      return [
        {
          number: ticket.iid === null ? t('ticket.onItsWay') : `#${ticket.iid}`,
          title: ticket.title,
          url: ticketUrl(ticket),
          figuresUrl: `${ticketUrl(ticket)}/figures`,
          categoryHtml: categoryTagHtml(ticket.category, desk, t),
          level: levelName(ticket.level, desk),
          agent: ticket.assignee === null ? t('assignee.nobody') : nameOf(ticket.assignee),
          values: clocks.map((clock) => says(values[clock], clock)),
          counts: counts === null ? dash : t(counts ? 'kpi.counts.yes' : 'kpi.counts.no'),
          at: dayOf(at, locale),
        },
      ]
    }),
    empty: behind.total === 0 ? t('kpi.noTickets') : null,
    previousUrl: page > 1 ? here(page - 1) : null,
    nextUrl: page * perPage < behind.total ? here(page + 1) : null,
  }
}
