// The figures as pages: all of them, the tickets behind one number, and one ticket's own.

import { earliestOpening } from '../../application/earliest-opening.ts'
import type { Member } from '../../application/ports.ts'
import { kpiEventsOf, kpiTicketOf } from '../../domain/kpi/kpi-events.ts'
import { measure } from '../../domain/kpi/measure.ts'
import { kpiRulesOf } from '../../domain/kpi/rules.ts'
import type { Ticket } from '../../domain/ticket.ts'
import { csvLine } from '../csv.ts'
import { behindQueryOf, behindViewOf, kpiViewOf } from '../kpi-query.ts'
import { kpiPage } from '../pages/kpi.ts'
import { sightOf } from '../pages/kpi-sight.ts'
import { behindPage } from '../pages/kpi-tickets.ts'
import { ticketFiguresPage } from '../pages/ticket-figures.ts'
import { renderPage } from '../rendering.ts'
import { onTicket } from '../ticket-actions.ts'
import type { AgentVisit, Answer } from '../visit.ts'
import { missing, page } from '../visit.ts'

const perPage = 50

/** A table for a spreadsheet is longer than a page, and no longer than such programs hold. */
const mostInTable = 100_000

/** So many tickets' titles are read at once. */
const portion = 500

export const show = async (visit: AgentVisit): Promise<Answer> => {
  const { door, viewer } = visit
  const { parts, kpis } = door
  const now = parts.clock.now()
  const sight = sightOf(kpiViewOf(visit, now), parts.desk, now)
  const [report, read] = await Promise.all([
    kpis.report(sight.query),
    parts.store.read(async (reader) => ({
      members: await reader.members(),
      backlog: await reader.backlog(),
      counts: await reader.counts(viewer.username),
      measuring: (await reader.figuresState()).measuring,
    })),
  ])
  const { members, backlog, counts, measuring } = read
  const context = {
    ...visit.context(),
    counts,
    stuck: backlog.operations.stuck,
    held: backlog.held,
  }
  return page(
    renderPage(
      kpiPage(context, {
        sight,
        report,
        members,
        reading: { unread: backlog.unread, all: counts.all },
        measuring,
      }),
    ),
  )
}

const asked = (visit: AgentVisit, limit: number, from?: number) => {
  const behindView = behindViewOf(visit)
  if (!behindView) return null
  const { desk, clock } = visit.door.parts
  const now = clock.now()
  const view = kpiViewOf(visit, now)
  const wanted = from === undefined ? behindView : { ...behindView, page: from }
  return {
    behindView,
    sight: sightOf(view, desk, now),
    query: behindQueryOf(view, wanted, { now, perPage: limit }),
  }
}

const ticketsOf = async (
  visit: AgentVisit,
  keys: readonly number[],
): Promise<ReadonlyMap<number, Ticket>> => {
  const found = new Map<number, Ticket>()
  for (let from = 0; from < keys.length; from += portion) {
    const some = keys.slice(from, from + portion)
    const tickets = await visit.door.parts.store.read((reader) => reader.ticketsByKeys(some))
    for (const ticket of tickets) found.set(ticket.n, ticket)
  }
  return found
}

const membersOf = (visit: AgentVisit): Promise<readonly Member[]> =>
  visit.door.parts.store.read((reader) => reader.members())

export const behind = async (visit: AgentVisit): Promise<Answer> => {
  const asking = asked(visit, perPage)
  if (!asking) return missing
  const { sight, query, behindView } = asking
  const found = await visit.door.kpis.behind(query)
  const tickets = await ticketsOf(
    visit,
    found.tickets.map(({ n }) => n),
  )
  return page(
    renderPage(
      behindPage(visit.context(), {
        sight,
        asked: behindView,
        behind: found,
        perPage,
        tickets,
        members: await membersOf(visit),
      }),
    ),
  )
}

export const behindTable = async (visit: AgentVisit): Promise<Answer> => {
  const asking = asked(visit, mostInTable, 1)
  if (!asking) return missing
  const found = await visit.door.kpis.behind(asking.query)
  const tickets = await ticketsOf(
    visit,
    found.tickets.map(({ n }) => n),
  )
  let body = csvLine([
    'ticket',
    'title',
    'category',
    'level',
    'agent',
    'calendar_ms',
    'business_ms',
    'counts',
    'at',
  ])
  for (const { n, at, calendar, business, counts } of found.tickets) {
    const ticket = tickets.get(n)
    if (!ticket) continue
    body += csvLine([
      ticket.iid ?? ticket.id,
      ticket.title,
      ticket.category ?? '',
      ticket.level,
      ticket.assignee ?? '',
      calendar ?? '',
      business ?? '',
      counts === null ? '' : String(counts),
      new Date(at).toISOString(),
    ])
  }
  return {
    kind: 'data',
    status: 200,
    type: 'text/csv; charset=utf-8',
    body,
    headers: { 'content-disposition': `attachment; filename="${asking.behindView.figure}-tickets.csv"` },
  }
}

export const ofTicket = (visit: AgentVisit): Promise<Answer> =>
  onTicket(visit, async (ref) => {
    const { browse, parts } = visit.door
    const reading = await browse.ticket(ref, visit.version)
    if (!reading) return missing
    const { ticket, events, members } = reading
    if ('id' in ref && ticket.iid !== null)
      return { kind: 'redirect', status: 302, to: `/issues/${ticket.iid}/figures` }
    const openedAt = await parts.store.read((reader) => earliestOpening(reader, ticket, events))
    const measured = { ...ticket, openedAt }
    const rules = kpiRulesOf(parts.desk)
    const kpiEvents = kpiEventsOf(measured, events, parts.desk)
    const figures = measure(
      kpiTicketOf(measured, events, { readAt: null, desk: parts.desk }),
      kpiEvents,
      rules,
    )
    return page(
      renderPage(
        ticketFiguresPage(visit.context(), {
          ticket,
          events,
          kpiEvents,
          figures,
          hours: rules.hours,
          members,
        }),
      ),
    )
  })
