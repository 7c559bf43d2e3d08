// Pages of the dashboard. Each view walks an index from where the last page ended, so the
// thousandth page costs what the first does and tickets that come and go shift nothing.

import { type Expression, type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import { z } from 'zod'
import type { TicketPage, TicketQuery, TicketSummary } from '../../application/ports.ts'
import type { TicketState } from '../../domain/ticket.ts'
import type { Tables } from './schema.ts'
import { matches, queryFor, wordQuery, wordsIn } from './search.ts'
import type { Holes, Queries } from './statements.ts'
import { type SummaryRow, summaryColumns, summaryOf } from './ticket-row.ts'

type Order = 'queue' | 'resolved' | 'opened'

/** What a query comes down to. */
type Wanted = {
  readonly order: Order
  /** null = any; 'unresolved' = open or waiting. */
  readonly state: TicketState | 'unresolved' | null
  readonly level: number | null
  readonly category: string | null
  /** '' = nobody. */
  readonly assignee: string | null
  /** Gone tickets too. */
  readonly gone: boolean
}

const isTicketState = (state: string | null): state is TicketState =>
  state === 'open' || state === 'waiting' || state === 'resolved'

/** null = nothing can match, such as Level 1 of the view and Level 2 of the filter. */
const wantedBy = (query: TicketQuery): Wanted | null => {
  const { view } = query
  const filter = isTicketState(query.state) ? query.state : null
  const viewLevel = view.startsWith('level-') ? Number(view.slice('level-'.length)) : null
  const viewAssignee = view === 'mine' ? query.me : view === 'unassigned' ? '' : null
  if (view === 'mine' && (query.me === null || query.me === '')) return null
  const level = viewLevel ?? query.level
  if (level !== null && !Number.isSafeInteger(level)) return null
  if (viewLevel !== null && query.level !== null && viewLevel !== query.level) return null
  if (viewAssignee !== null && query.assignee !== null && viewAssignee !== query.assignee) return null
  const viewState =
    view === 'all'
      ? null
      : view === 'mine'
        ? 'unresolved'
        : view === 'waiting' || view === 'resolved'
          ? view
          : 'open'
  const state = filter ?? viewState
  return {
    // Resolved tickets wait for nobody: whatever the view, the last resolved one is first.
    order: view === 'all' ? 'opened' : state === 'resolved' ? 'resolved' : 'queue',
    state,
    level,
    category: query.category,
    assignee: viewAssignee ?? query.assignee,
    gone: view === 'all' && query.words.trim() !== '',
  }
}

// --- Cursors -----------------------------------------------------------------------------------

const cursorShape = z.object({
  order: z.enum(['queue', 'resolved', 'opened']),
  to: z.enum(['next', 'previous']),
  at: z.number().int().gte(Number.MIN_SAFE_INTEGER).lte(Number.MAX_SAFE_INTEGER),
  id: z.string().max(100),
})

type Cursor = z.infer<typeof cursorShape>

const write = (cursor: Cursor): string => Buffer.from(JSON.stringify(cursor)).toString('base64url')

/** A broken or foreign one is as none: the person sees the first page. */
const readCursor = (text: string | null, order: Order): Cursor | null => {
  if (text === null || text === '' || text.length > 500) return null
  let told: unknown
  try {
    told = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return null
  }
  const { data } = cursorShape.safeParse(told)
  return data && data.order === order && !data.id.includes('\0') ? data : null
}

const cursorAt = (row: SummaryRow, order: Order, to: Cursor['to']): string =>
  write(
    order === 'opened'
      ? { order, to, at: row.n, id: '' }
      : { order, to, at: (order === 'queue' ? row.queue_position : row.resolved_at) ?? 0, id: row.id },
  )

/** Before everything for `next`, behind everything for `previous`. */
const edge = (order: Order, to: Cursor['to']): string => {
  const low = (order === 'queue') === (to === 'next')
  return write({
    order,
    to,
    at: low ? Number.MIN_SAFE_INTEGER : Number.MAX_SAFE_INTEGER,
    id: '',
  })
}

// --- Walking -----------------------------------------------------------------------------------

type Values = {
  readonly level: number
  readonly category: string
  readonly assignee: string
  readonly at: number
  readonly id: string
  readonly limit: number
  /** Up to which hiddenness. */
  readonly hidden: number
}

type Select = SelectQueryBuilder<Tables, 'tickets', SummaryRow>

/** The state stands in the text of the statement, as indexes over some tickets only demand. */
const stateText = (state: TicketState): Expression<SqlBool> =>
  state === 'open'
    ? sql<SqlBool>`state = 'open'`
    : state === 'waiting'
      ? sql<SqlBool>`state = 'waiting'`
      : sql<SqlBool>`state = 'resolved'`

const filtered = (
  q: Queries,
  select: Select,
  wanted: Wanted,
  hole: Holes<Values>,
  drivers: readonly ('level' | 'assignee')[],
): Select => {
  let query = select
  for (const column of ['level', 'category', 'assignee'] as const) {
    if (wanted[column] === null) continue
    const driving = column !== 'category' && drivers.includes(column)
    query = query.where(
      driving
        ? sql<SqlBool>`${sql.ref(column)} = ${hole[column]}`
        : sql<SqlBool>`${q.undriven(column)} = ${hole[column]}`,
    )
  }
  return query
}

/** Chooses, by its conditions, the one index that has this view's rows together and in order. */
const conditioned = (q: Queries, select: Select, wanted: Wanted, hole: Holes<Values>): Select => {
  const { state, order } = wanted
  if (order === 'resolved') {
    const resolved = sql<SqlBool>`${q.undriven('state')} = 'resolved'`
    return filtered(q, select.where('resolved_at', 'is not', null).where(resolved), wanted, hole, [])
  }
  if (order === 'opened') {
    const here = select.where(sql<SqlBool>`${q.undriven('hidden')} = 0`)
    return filtered(q, isTicketState(state) ? here.where(stateText(state)) : here, wanted, hole, [])
  }
  const queue = select.where(sql<SqlBool>`state <> 'resolved'`)
  if (wanted.assignee !== null) {
    const mine = filtered(q, queue, wanted, hole, ['assignee'])
    return isTicketState(state) ? mine.where(sql<SqlBool>`${q.undriven('state')} = ${sql.lit(state)}`) : mine
  }
  const inState = isTicketState(state) ? queue.where(stateText(state)) : queue
  return filtered(q, inState, wanted, hole, ['level'])
}

const shapeOf = (wanted: Wanted): string =>
  [
    wanted.order,
    wanted.state ?? 'any',
    wanted.level === null ? '' : 'level',
    wanted.category === null ? '' : 'category',
    wanted.assignee === null ? '' : 'assignee',
  ].join('.')

const valuesOf = (wanted: Wanted, key: { at: number; id: string }, limit: number): Values => ({
  level: wanted.level ?? 0,
  category: wanted.category ?? '',
  assignee: wanted.assignee ?? '',
  at: key.at,
  id: key.id,
  limit,
  hidden: wanted.gone ? 1 : 0,
})

/** Rows beyond the cursor, in the order of walking (backwards: nearest first). */
const walk = async (
  q: Queries,
  wanted: Wanted,
  cursor: Cursor | null,
  limit: number,
): Promise<SummaryRow[]> => {
  const { order } = wanted
  const backwards = cursor?.to === 'previous'
  const ascending = (order === 'queue') !== backwards
  const name = `page.${shapeOf(wanted)}.${cursor === null ? 'first' : backwards ? 'previous' : 'next'}`
  return q.all(name, valuesOf(wanted, cursor ?? { at: 0, id: '' }, limit), (db, hole) => {
    let query: Select = conditioned(q, db.selectFrom('tickets').select(summaryColumns), wanted, hole)
    const direction = ascending ? 'asc' : 'desc'
    if (order === 'opened') {
      if (cursor) query = query.where('n', ascending ? '>' : '<', hole.at)
      query = query.orderBy('n', direction)
    } else {
      const position = order === 'queue' ? 'queue_position' : 'resolved_at'
      if (cursor)
        query = query.where((eb) =>
          ascending
            ? sql<SqlBool>`(${eb.ref(position)}, id) > (${hole.at}, ${hole.id})`
            : sql<SqlBool>`(${eb.ref(position)}, id) < (${hole.at}, ${hole.id})`,
        )
      query = query.orderBy(position, direction).orderBy('id', direction)
    }
    return query.limit(hole.limit)
  })
}

/** All states at once with a filter: three short walks, each on its index, instead of a long one. */
const walkStates = async (
  q: Queries,
  wanted: Wanted,
  cursor: Cursor | null,
  limit: number,
): Promise<SummaryRow[]> => {
  const filters = wanted.level !== null || wanted.category !== null || wanted.assignee !== null
  if (wanted.order !== 'opened' || wanted.state !== null || !filters) return walk(q, wanted, cursor, limit)
  const rows: SummaryRow[] = []
  for (const state of ['open', 'waiting', 'resolved'] as const)
    rows.push(...(await walk(q, { ...wanted, state }, cursor, limit)))
  const backwards = cursor?.to === 'previous'
  return rows.sort((a, b) => (backwards ? a.n - b.n : b.n - a.n)).slice(0, limit)
}

const nothing: TicketPage = { tickets: [], next: null, previous: null, cut: false }

const pageOfView = async (q: Queries, wanted: Wanted, query: TicketQuery): Promise<TicketPage> => {
  const { order } = wanted
  const cursor = readCursor(query.cursor, order)
  const rows = await walkStates(q, wanted, cursor, query.limit + 1)
  return pageOf(rows, order, cursor, query.limit)
}

/** `rows`: one more than `limit` where there are more, in the order of walking. */
const pageOf = (
  walked: readonly SummaryRow[],
  order: Order,
  cursor: Cursor | null,
  limit: number,
): TicketPage => {
  const backwards = cursor?.to === 'previous'
  const more = walked.length > limit
  const rows = walked.slice(0, limit)
  if (backwards) rows.reverse()
  const first = rows[0]
  const last = rows.at(-1)
  // Where a page has nothing (any more), the way on begins at the very start or end.
  const back = first ? cursorAt(first, order, 'previous') : edge(order, 'previous')
  const onward = last ? cursorAt(last, order, 'next') : edge(order, 'next')
  return {
    tickets: rows.map(summaryOf),
    next: backwards || more ? onward : null,
    previous: (backwards ? more : cursor !== null) ? back : null,
    cut: false,
  }
}

// --- Searching ---------------------------------------------------------------------------------

/** Matches looked at for one page, however few of them the other conditions let through. */
const mostMatches = 2_000
/** So many of them at first, then twice as many each time: where few get through, each further look costs as much again. */
const firstPortion = 200

const satisfying = async (q: Queries, wanted: Wanted, ns: readonly number[]): Promise<SummaryRow[]> =>
  q.all(
    `search.rows.${shapeOf(wanted)}`,
    { ...valuesOf(wanted, { at: 0, id: '' }, 0), ns: q.list(ns) },
    (db, hole) => {
      const select: Select = db
        .selectFrom('tickets')
        .select(summaryColumns)
        .where(q.among('n', hole.ns))
        .where(sql<SqlBool>`${q.undriven('hidden')} <= ${hole.hidden}`)
      const inState =
        wanted.state === null
          ? select
          : wanted.state === 'unresolved'
            ? select.where(sql<SqlBool>`${q.undriven('state')} <> 'resolved'`)
            : select.where(sql<SqlBool>`${q.undriven('state')} = ${sql.lit(wanted.state)}`)
      return filtered(q, inState, wanted, hole, []).orderBy('n', 'desc')
    },
  )

const beyondAll = Number.MAX_SAFE_INTEGER

/**
 * Newest opened first. A number finds its ticket too, which stands before all others: at the head of
 * the first page, and on none of the later ones.
 */
const pageOfSearch = async (q: Queries, wanted: Wanted, query: TicketQuery): Promise<TicketPage> => {
  const order = 'opened'
  const cursor = readCursor(query.cursor, order)
  const asked = queryFor(q, query.words)
  if (asked.text === '' && asked.iid === null) return nothing
  const numbered = asked.iid === null ? undefined : await numberedRow(q, wanted, asked.iid)
  const backwards = cursor?.to === 'previous'
  const headed = numbered !== undefined && cursor === null
  const limit = headed ? query.limit - 1 : query.limit
  const direction = backwards ? 'newer' : 'older'
  const unfiltered =
    wanted.state === null && wanted.level === null && wanted.category === null && wanted.assignee === null
  let from = cursor?.at ?? beyondAll
  let seen = 0
  let portion = firstPortion
  let exhausted = asked.text === ''
  const found: SummaryRow[] = []
  while (!exhausted && found.length <= limit && seen < mostMatches) {
    const size = Math.min(unfiltered ? limit + 2 : portion, mostMatches - seen)
    const ns = await matches(q, asked.text, from, direction, size)
    exhausted = ns.length < size
    seen += ns.length
    portion *= 2
    from = ns.at(-1) ?? from
    if (ns.length === 0) break
    const rows = await satisfying(q, wanted, ns)
    if (backwards) rows.reverse()
    found.push(...rows.filter((row) => row.n !== numbered?.n))
  }
  const cut = !exhausted && found.length <= limit
  const page = pageOf(found, order, cursor, limit)
  const further = write({ order, to: backwards ? 'previous' : 'next', at: from, id: '' })
  const next = cut && !backwards ? further : page.next
  const previous = cut && backwards ? further : page.previous
  if (numbered === undefined) return { ...page, next, previous, cut }
  if (headed)
    return {
      tickets: [summaryOf(numbered), ...page.tickets],
      next: found.length > 0 && limit === 0 ? edge(order, 'next') : next,
      previous,
      cut,
    }
  // Walking back past the newest match, the numbered ticket comes last.
  if (!backwards || previous !== null) return { ...page, next, previous, cut }
  if (page.tickets.length < query.limit)
    return {
      tickets: [summaryOf(numbered), ...page.tickets],
      next: page.tickets.length === 0 ? edge(order, 'next') : next,
      previous: null,
      cut,
    }
  // No room for it here: it has a page of its own before this one.
  const newest = found[limit - 1]
  return { ...page, next, previous: newest ? cursorAt(newest, order, 'previous') : null, cut }
}

const numberedRow = async (q: Queries, wanted: Wanted, iid: number): Promise<SummaryRow | undefined> => {
  const key = await q.first('tickets.nOfIid', { iid }, (db, hole) =>
    db.selectFrom('tickets').select('n').where('iid', '=', hole.iid),
  )
  return key ? (await satisfying(q, wanted, [key.n]))[0] : undefined
}

const mostOnPage = 500

export const page = async (q: Queries, asked: TicketQuery): Promise<TicketPage> => {
  const query = { ...asked, limit: Math.max(1, Math.min(asked.limit, mostOnPage)) }
  const wanted = wantedBy(query)
  if (wanted === null) return nothing
  return query.words.trim() === ''
    ? pageOfView(q, wanted, query)
    : pageOfSearch(q, { ...wanted, order: 'opened' }, query)
}

// --- Similar tickets ---------------------------------------------------------------------------

const significantLength = 4
const significantWords = 12
const matchesPerWord = 300
const candidates = 400

/** Open tickets that share words, those with the most and the rarest first. */
export const similar = async (q: Queries, text: string, limit: number): Promise<TicketSummary[]> => {
  const words = wordsIn([text], 200)
    .filter((word) => word.length >= significantLength)
    .slice(0, significantWords)
  const scores = new Map<number, number>()
  for (const word of words) {
    const ns = await matches(q, wordQuery(q, word), beyondAll, 'older', matchesPerWord)
    const weight = 1 / Math.log2(2 + ns.length)
    for (const n of ns) scores.set(n, (scores.get(n) ?? 0) + weight)
  }
  const best = [...scores].sort((a, b) => b[1] - a[1] || b[0] - a[0]).slice(0, candidates)
  if (best.length === 0) return []
  const rows = await satisfying(
    q,
    { order: 'opened', state: 'unresolved', level: null, category: null, assignee: null, gone: false },
    best.map(([n]) => n),
  )
  const byKey = new Map(rows.map((row) => [row.n, row]))
  return best
    .flatMap(([n]) => byKey.get(n) ?? [])
    .slice(0, limit)
    .map(summaryOf)
}
