// The queue. The address is the whole state: what it does not say stands at its default, and
// what it says wrongly counts as not said, since people edit and share addresses.

import { z } from 'zod'
import type { TicketQuery, View } from '../../application/ports.ts'
import { categoryById } from '../../domain/category.ts'
import type { Desk } from '../../domain/desk.ts'
import type { Agent } from '../../domain/role.ts'
import { isAgent } from '../../domain/role.ts'
import { dashboardPage, nobody } from '../pages/dashboard.ts'
import { renderPage } from '../rendering.ts'
import type { AgentVisit, Answer, Visit } from '../visit.ts'
import { page, redirect } from '../visit.ts'

const perPage = 25

const Address = z.object({
  view: z.string().optional().catch(undefined),
  level: z.coerce.number().int().positive().optional().catch(undefined),
  category: z.string().max(200).optional().catch(undefined),
  state: z.enum(['open', 'waiting', 'resolved']).optional().catch(undefined),
  assignee: z.string().max(300).optional().catch(undefined),
  q: z.string().max(200).optional().catch(undefined),
  cursor: z.string().max(500).optional().catch(undefined),
})

const viewOf = (text: string | undefined, desk: Desk): View => {
  switch (text) {
    case 'mine':
    case 'unassigned':
    case 'waiting':
    case 'resolved':
    case 'all':
      return text
    default: {
      const level = /^level-([1-9])$/u.exec(text ?? '')?.[1]
      return level !== undefined && Number(level) <= desk.levels.length ? `level-${Number(level)}` : 'level-1'
    }
  }
}

export const queryOf = (address: ReadonlyMap<string, string>, viewer: Agent, desk: Desk): TicketQuery => {
  const said = Address.parse(Object.fromEntries([...address].filter(([, value]) => value !== '')))
  return {
    view: viewOf(said.view, desk),
    me: viewer.username,
    level: said.level !== undefined && said.level <= desk.levels.length ? said.level : null,
    category: categoryById(said.category ?? '', desk)?.id ?? null,
    state: said.state ?? null,
    assignee: said.assignee === undefined ? null : said.assignee === nobody ? '' : said.assignee,
    words: (said.q ?? '').trim(),
    cursor: said.cursor ?? null,
    limit: perPage,
  }
}

export const show = (visit: AgentVisit): Promise<Answer> =>
  visit.door.pages.recall(visit, async () => {
    const { door, viewer } = visit
    const query = queryOf(visit.query, viewer, door.parts.desk)
    const reading = await door.browse.tickets(query, visit.version)
    const context = visit.context()
    // New is what comes after this page was made; the pill asks with this instant.
    const input = { query, ...reading, version: context.now, changes: reading.version }
    return page(renderPage(dashboardPage(context, input)))
  })

export const home = ({ viewer }: Visit): Answer =>
  redirect(viewer === null ? '/open-issue' : isAgent(viewer.role) ? '/issues' : '/my-tickets')

/** So many tickets of a view are looked through for new ones. */
const newsWithin = 300

/**
 * How many tickets of a view have come, or become our turn, since the page was made: for the pill
 * that says so. Remembered like the queue itself, so that asking often costs next to nothing.
 */
export const news = async (visit: AgentVisit): Promise<Answer> => {
  const { door, viewer } = visit
  const since = Number(visit.query.get('since') ?? Number.NaN)
  const query = queryOf(visit.query, viewer, door.parts.desk)
  const { page: first } = await door.browse.tickets({ ...query, cursor: null, limit: newsWithin })
  const count = first.tickets.filter(
    (ticket) => ticket.openedAt > since || (ticket.awaitingSince ?? 0) > since,
  ).length
  return { kind: 'data', status: 200, type: 'application/json', body: JSON.stringify({ new: count }) }
}
