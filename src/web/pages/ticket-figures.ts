// One ticket's figures, explained: each with its start, its stop and its length in both clocks, the stretches of
// time they are made of, what was promised, and every event that counts or does not, and why.

import type { Member } from '../../application/ports.ts'
import type { TicketEvent } from '../../domain/event.ts'
import type { KpiEvent, Span, TicketFigures } from '../../domain/kpi/figures.ts'
import type { Clock, DurationName } from '../../domain/kpi/report.ts'
import { levelName } from '../../domain/level.ts'
import { targetState } from '../../domain/target.ts'
import type { Ticket } from '../../domain/ticket.ts'
import type { WorkingHours } from '../../domain/working-hours.ts'
import type { PageContext } from '../page.ts'
import { translatedOr } from '../translate.ts'
import type { Moment } from './age.ts'
import { dayOf, moment } from './age.ts'
import { durationText, figureMeaning, figureName } from './kpi-words.ts'
import type { LayoutModel } from './layout.ts'
import { layout } from './layout.ts'
import type { TargetChip } from './target-chip.ts'
import { kindName, promisedTime, targetChip } from './target-chip.ts'
import { ticketUrl } from './ticket-url.ts'

/** One for each of the page's clocks. */
type Lengths = readonly string[]

export type TicketFiguresModel = {
  readonly view: 'ticket-figures'
  readonly layout: LayoutModel
  readonly heading: string
  readonly number: string | null
  readonly title: string
  readonly backUrl: string
  readonly gitlabUrl: string | null
  readonly opened: string
  readonly clockText: string
  /** Business time first; calendar time alone where the desk has no calendar. */
  readonly clocks: readonly string[]
  readonly notCounted: string | null
  readonly incomplete: string | null
  readonly figures: readonly {
    readonly name: string
    readonly title: string
    readonly start: Moment
    /** null: it runs still. */
    readonly stop: Moment | null
    readonly lengths: Lengths
    readonly note: string
  }[]
  readonly spans: readonly {
    readonly from: Moment
    readonly to: Moment | null
    readonly level: string
    readonly waiting: boolean
    readonly lengths: Lengths
  }[]
  readonly promises: readonly {
    readonly name: string
    readonly within: string
    readonly due: Moment | null
    readonly stopped: Moment | null
    readonly chip: TargetChip
  }[]
  readonly events: readonly {
    readonly at: Moment
    readonly what: string
    readonly who: string
    readonly source: string
    readonly counts: boolean
    readonly why: string
  }[]
}

export type TicketFiguresInput = {
  readonly ticket: Ticket
  readonly events: readonly TicketEvent[]
  readonly kpiEvents: readonly KpiEvent[]
  readonly figures: TicketFigures
  /** The desk's own hours: for what runs still. */
  readonly hours: WorkingHours
  readonly members: readonly Member[]
}

type Length = { readonly [clock in Clock]: number }

const lengthOf = ({ from, to, business }: Span, hours: WorkingHours, now: number): Length => ({
  calendar: Math.max(0, (to ?? now) - from),
  business: to === null ? hours.between(from, now) : business,
})

const together = (lengths: readonly Length[]): Length => ({
  calendar: lengths.reduce((sum, { calendar }) => sum + calendar, 0),
  business: lengths.reduce((sum, { business }) => sum + business, 0),
})

/** What stands in the timeline and is no event of a figure, and why not. */
const whyNot = ({ what, hidden, actor }: TicketEvent): string => {
  if (hidden) return 'twice'
  switch (what.kind) {
    case 'noted':
      return 'internal'
    case 'replied':
      return actor.kind === 'bot' ? 'bot' : 'nobody'
    case 'escalated':
    case 'handed-back':
    case 'level-changed':
    case 'waiting-started':
    case 'waiting-ended':
    case 'categorised':
    case 'resolved':
      return 'labels'
    case 'label-added':
    case 'label-removed':
      return 'otherLabel'
    case 'opened':
      return 'created'
    default:
      return 'other'
  }
}

const sourceWord = (source: string): string => {
  if (source.includes('op:')) return 'belay'
  if (source.includes('note:')) return 'note'
  if (source.includes('label:')) return 'label'
  if (source.includes('state:')) return 'state'
  return 'issue'
}

type Row = { readonly order: number } & TicketFiguresModel['events'][number]

const eventsOf = (ctx: PageContext, input: TicketFiguresInput): TicketFiguresModel['events'] => {
  const { t, locale, desk } = ctx
  const { events, kpiEvents, members, ticket } = input
  const nameOf = (username: string) => members.find((one) => one.username === username)?.name ?? username
  const actorOf = new Map(events.map(({ source, actor }) => [source, actor]))
  const place = (source: string) => {
    const word = sourceWord(source)
    const number = /(?:note|label|state):(\d+)/u.exec(source)?.[1]
    const name = t(`kpi.ticket.source.${word}`)
    return number === undefined ? name : `${name} ${number}`
  }
  const whoOf = (event: KpiEvent): string => {
    if (event.by !== null) return nameOf(event.by)
    const actor = actorOf.get(event.source.replace(/^(?:created|answer):/u, ''))
    if (actor && actor.name !== '') return actor.name
    if (event.actor === 'requester') return ticket.requester.name || t('requester.unknown')
    return event.actor === 'bot' ? t('timeline.bot') : ''
  }
  const whatOf = (event: KpiEvent): string => {
    switch (event.kind) {
      case 'level_on':
      case 'level_off':
      case 'level_at':
        return t(`kpi.ticket.event.${event.kind}`, { level: levelName(event.level, desk) })
      case 'rated':
        return t(event.good ? 'kpi.ticket.event.ratedGood' : 'kpi.ticket.event.ratedBad')
      case 'priority_on':
      case 'priority_off':
        return t(`kpi.ticket.event.${event.kind}`, { name: event.priority })
      case 'category_on':
      case 'category_off':
        return t(`kpi.ticket.event.${event.kind}`, { name: event.category })
      default:
        return t(`kpi.ticket.event.${event.kind}`)
    }
  }
  const counted: Row[] = kpiEvents.map((event) => {
    const byNobody = event.kind === 'public_out' && event.actor !== 'agent'
    return {
      order: event.at,
      at: moment(event.at, locale),
      what: whatOf(event),
      who: whoOf(event),
      source: place(event.source),
      counts: !byNobody,
      why: byNobody ? t('kpi.ticket.why.bot') : '',
    }
  })
  const known = new Set(kpiEvents.map(({ source }) => source.replace(/^(?:created|answer):/u, '')))
  const instants = new Set(kpiEvents.map(({ at }) => at))
  const others: Row[] = events
    .filter(
      ({ source, at, hidden, what }) =>
        what.kind !== 'opened' && !known.has(source) && !(hidden && instants.has(at)),
    )
    .map((event) => ({
      order: event.at,
      at: moment(event.at, locale),
      what: translatedOr(t, `kpi.ticket.told.${event.what.kind}`, 'kpi.ticket.told.other'),
      who: event.actor.name || (event.actor.kind === 'agent' ? nameOf(event.actor.username) : ''),
      source: place(event.source),
      counts: false,
      why: t(`kpi.ticket.why.${whyNot(event)}`),
    }))
  return [...counted, ...others]
    .map((row, index) => ({ row, index }))
    .sort((a, b) => a.row.order - b.row.order || a.index - b.index)
    .map(({ row: { order: _order, ...row } }) => row)
}

const clocksOf = ({ desk }: PageContext): readonly Clock[] =>
  desk.calendars.length === 0 ? ['calendar'] : ['business', 'calendar']

const said = (length: Length, ctx: PageContext): Lengths =>
  clocksOf(ctx).map((clock) => durationText(length[clock], clock, ctx))

const figuresOf = (
  ctx: PageContext,
  { figures, hours }: TicketFiguresInput,
): TicketFiguresModel['figures'] => {
  const { t, locale, desk, now } = ctx
  const say = (length: Length): Lengths => said(length, ctx)
  const row = (
    name: DurationName,
    start: number,
    stop: number | null,
    length: Length,
    note = '',
  ): TicketFiguresModel['figures'][number] => ({
    name: figureName(name, t, desk),
    title: figureMeaning(name, t, desk),
    start: moment(start, locale),
    stop: stop === null ? null : moment(stop, locale),
    lengths: say(length),
    note: stop === null ? t('kpi.ticket.running') : note,
  })
  const { createdAt, firstResponse, nextResponses, unansweredSince, resolutions, escalation, spans } = figures
  const first = resolutions[0]
  const last = resolutions.at(-1)
  const resolved = last && last.reopenedAt === null ? last : null
  const running = (from: number): Length => ({
    calendar: Math.max(0, now - from),
    business: hours.between(from, now),
  })
  const sum = (of: (span: Span) => boolean): Length =>
    together(spans.filter(of).map((span) => lengthOf(span, hours, now)))
  const until = resolved?.at ?? null
  const levels = [...new Set(spans.map(({ level }) => level))].sort((a, b) => a - b)
  return [
    ...(firstResponse
      ? [row('frt', createdAt, firstResponse.at, firstResponse)]
      : resolved
        ? []
        : [row('frt', createdAt, null, running(createdAt))]),
    ...nextResponses.map((stop) => row('nrt', stop.at - stop.calendar, stop.at, stop)),
    ...(unansweredSince === null ? [] : [row('nrt', unansweredSince, null, running(unansweredSince))]),
    ...(first && resolutions.length > 1
      ? [
          row(
            'ttr_first',
            createdAt,
            first.at,
            first,
            t('kpi.ticket.reopened', { count: resolutions.length - 1 }),
          ),
        ]
      : []),
    resolved ? row('ttr', createdAt, resolved.at, resolved) : row('ttr', createdAt, null, running(createdAt)),
    ...(spans.length > 0
      ? [
          row(
            'open_time',
            createdAt,
            until,
            sum(() => true),
          ),
          row(
            'ttr_net',
            createdAt,
            until,
            sum(({ waiting }) => !waiting),
          ),
          row(
            'waiting',
            createdAt,
            until,
            sum(({ waiting }) => waiting),
          ),
        ]
      : []),
    ...levels.map((level) =>
      row(
        `level_${level}`,
        spans.find((span) => span.level === level)?.from ?? createdAt,
        spans.findLast((span) => span.level === level)?.to ?? null,
        sum((span) => span.level === level),
      ),
    ),
    ...(escalation ? [row('tte', createdAt, escalation.at, escalation)] : []),
  ]
}

export const ticketFiguresPage = (ctx: PageContext, input: TicketFiguresInput): TicketFiguresModel => {
  const { t, locale, desk, now } = ctx
  const { ticket, figures, hours } = input
  const number = ticket.iid === null ? null : `#${ticket.iid}`
  const calendar = desk.calendars[0]?.id
  return {
    view: 'ticket-figures',
    layout: layout(ctx, { title: t('kpi.ticket.title', { name: number ?? ticket.title }), data: 'kpi' }),
    heading: t('kpi.ticket.heading'),
    number,
    title: ticket.title,
    backUrl: ticketUrl(ticket),
    gitlabUrl: ticket.url,
    opened: t('kpi.ticket.opened', { day: dayOf(figures.createdAt, locale).label }),
    clocks: clocksOf(ctx).map((clock) => t(`kpi.clock.${clock}`)),
    clockText: calendar === undefined ? t('kpi.clock.noCalendar') : t('kpi.clock.businessText', { calendar }),
    notCounted: figures.excluded === null ? null : t(`kpi.ticket.excluded.${figures.excluded}`),
    incomplete: figures.complete ? null : t('kpi.ticket.incomplete'),
    figures: figuresOf(ctx, input),
    spans: figures.spans.map((span) => ({
      from: moment(span.from, locale),
      to: span.to === null ? null : moment(span.to, locale),
      level: levelName(span.level, desk),
      waiting: span.waiting,
      lengths: said(lengthOf(span, hours, now), ctx),
    })),
    promises: figures.targets.map((standing) => {
      const due = standing.missed ?? standing.due
      return {
        name: kindName(standing.kind, desk, t),
        within: promisedTime(standing.within, t),
        due: due === null ? null : moment(due, locale),
        stopped: standing.stopped === null ? null : moment(standing.stopped, locale),
        chip: targetChip(standing, targetState(standing, now), ctx),
      }
    }),
    events: eventsOf(ctx, input),
  }
}
