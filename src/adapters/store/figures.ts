// The figures' own tables: one row for each ticket, and what is promised and due. Written at the end of each
// transaction that changed a ticket or its timeline, so that they never say anything else than the events do.

import { sql } from 'kysely'
import type { FigureRow, KpiReader, KpiWriter } from '../../application/kpi-ports.ts'
import type { Desk } from '../../domain/desk.ts'
import { compareEvents, type Happening, type TicketEvent } from '../../domain/event.ts'
import { goesOnAs, kpiEventsOf, kpiTicketOf, type MeasuredTicket } from '../../domain/kpi/kpi-events.ts'
import { measure } from '../../domain/kpi/measure.ts'
import { mattersUntil, packFigures } from '../../domain/kpi/packed-figures.ts'
import { kpiRulesOf } from '../../domain/kpi/rules.ts'
import type { TargetStanding } from '../../domain/target.ts'
import type { TicketState } from '../../domain/ticket.ts'
import { type Measuring, measureAgain, measuringState } from './measuring-again.ts'
import type { EventRow, TicketRow } from './schema.ts'
import { saveSetting } from './settings.ts'
import type { Queries, Writing } from './statements.ts'
import { dueTargets, nextTargetDue, saveTargetTimes, targetTold } from './target-news.ts'
import { targetsOf, ticketColumns, ticketOf } from './ticket-row.ts'

/** Open tickets matter to every period to come; so does it that a ticket is not there any more. */
const forever = Number.MAX_SAFE_INTEGER

// --- Measuring ---------------------------------------------------------------------------------

const rowColumns = [
  'n',
  'id',
  'iid',
  'category',
  'priority',
  'assignee',
  'labels',
  'level',
  'state',
  'opened_at',
  'source',
  'resolved_at',
  'gone',
  'read_at',
  'targets',
] as const satisfies readonly (keyof TicketRow)[]

type Row = Pick<TicketRow, (typeof rowColumns)[number]>

const rowsOf = (q: Queries, ns: readonly number[]): Promise<Row[]> =>
  q.all('figures.tickets', { ns: q.list(ns) }, (db, hole) =>
    db.selectFrom('tickets').select(rowColumns).where(q.among('n', hole.ns)),
  )

const ticketIn = (row: Row): MeasuredTicket => ({
  iid: row.iid,
  category: row.category === '' ? null : row.category,
  priority: row.priority,
  assignee: row.assignee === '' ? null : row.assignee,
  labels: JSON.parse(row.labels),
  level: row.level,
  state: row.state as TicketState,
  openedAt: row.opened_at,
  resolvedAt: row.resolved_at,
  gone: row.gone === null ? null : JSON.parse(row.gone),
})

/** What people wrote is not read at all: the figures only count it, and it may be long. */
const eventsIn = (q: Queries, ns: readonly number[]): Promise<EventRow[]> =>
  q.all('figures.events', { ns: q.list(ns) }, (db, hole) =>
    db
      .selectFrom('events')
      .select(['n', 'source', 'at', 'kind', 'by_hand', 'hidden', 'actor'])
      .select(sql<string>`case when kind in ('opened', 'replied', 'noted') then '' else what end`.as('what'))
      .where(q.among('n', hole.ns)),
  )

const happening = (row: EventRow): Happening => {
  if (row.kind === 'opened') return { kind: 'opened' }
  if (row.kind === 'replied' || row.kind === 'noted') return { kind: row.kind, text: '' }
  return JSON.parse(row.what)
}

const timelinesOf = (
  rows: readonly EventRow[],
  ids: ReadonlyMap<number, string>,
): Map<number, TicketEvent[]> => {
  // A few people did it all.
  const actors = new Map<string, TicketEvent['actor']>()
  const timelines = new Map<number, TicketEvent[]>()
  for (const row of rows) {
    const actor: TicketEvent['actor'] = actors.get(row.actor) ?? JSON.parse(row.actor)
    actors.set(row.actor, actor)
    const event: TicketEvent = {
      ticketId: ids.get(row.n) ?? '',
      source: row.source,
      at: row.at,
      actor,
      byHand: row.by_hand === 1,
      hidden: row.hidden === 1,
      what: happening(row),
    }
    const timeline = timelines.get(row.n)
    if (timeline) timeline.push(event)
    else timelines.set(row.n, [event])
  }
  for (const timeline of timelines.values()) timeline.sort(compareEvents)
  return timelines
}

/** When the mails came that tickets were made of, by the ticket's id. */
const arrivalsOf = async (q: Queries, rows: readonly Row[]): Promise<ReadonlyMap<string, number>> => {
  const mailed = rows.filter(({ source }) => source === 'mail').map(({ id }) => id)
  if (mailed.length === 0) return new Map()
  const found = await q.all('figures.arrivals', { ids: q.list(mailed) }, (db, hole) =>
    db
      .selectFrom('mails')
      .select((eb) => ['ticket_id', eb.fn.min('received_at').as('at')])
      .where(q.among('ticket_id', hole.ids))
      .groupBy('ticket_id'),
  )
  return new Map(found.map(({ ticket_id, at }) => [ticket_id ?? '', at]))
}

const keysOf = (q: Queries, iids: readonly number[]): Promise<{ n: number; iid: number | null }[]> =>
  q.all('figures.keys', { iids: q.list(iids) }, (db, hole) =>
    db.selectFrom('tickets').select(['n', 'iid']).where(q.among('iid', hole.iids)),
  )

/** Of tickets that go on for others, closed as their duplicates, the earliest opening of them all. */
const openingsOf = async (
  q: Queries,
  rows: readonly Row[],
  timelines: ReadonlyMap<number, readonly TicketEvent[]>,
): Promise<ReadonlyMap<number, number>> => {
  const named = new Set<number>()
  for (const events of timelines.values())
    for (const { what } of events) if (what.kind === 'has-duplicate') named.add(what.duplicate)
  if (named.size === 0) return new Map()
  const ns = (await keysOf(q, [...named])).map(({ n }) => n)
  const doubles = await rowsOf(q, ns)
  const told = timelinesOf(await eventsIn(q, ns), new Map(doubles.map(({ n, id }) => [n, id])))
  const earliest = new Map<number, number>()
  for (const double of doubles) {
    // Opened again it counts by itself, also once it is resolved.
    const goesOn = goesOnAs({ state: double.state as TicketState }, told.get(double.n) ?? [])
    if (goesOn !== null)
      earliest.set(goesOn, Math.min(double.opened_at, earliest.get(goesOn) ?? double.opened_at))
  }
  return new Map(
    rows.flatMap(({ n, iid }) => {
      const at = iid === null ? undefined : earliest.get(iid)
      return at === undefined ? [] : [[n, at] as const]
    }),
  )
}

/** Those that go on, or went on once, for one of these: a duplicate that is opened again takes its opening back. */
const goingOn = async (
  q: Queries,
  timelines: ReadonlyMap<number, readonly TicketEvent[]>,
): Promise<readonly number[]> => {
  const named = new Set<number>()
  for (const events of timelines.values())
    for (const { what } of events) if (what.kind === 'marked-duplicate') named.add(what.of)
  return named.size === 0 ? [] : (await keysOf(q, [...named])).map(({ n }) => n)
}

// --- Writing -----------------------------------------------------------------------------------

type Packed = {
  readonly n: number
  readonly until: number
  readonly names: string
  readonly numbers: Uint8Array
}

/** All rows in one statement: their numbers lie one behind the other and are cut apart by the database. */
const writeRows = async (q: Writing, version: number, rows: readonly Packed[]): Promise<void> => {
  const bytes = Buffer.concat(rows.map(({ numbers }) => numbers))
  let place = 1
  const places = rows.map(({ numbers }) => {
    const here = place
    place += numbers.length
    return here
  })
  const conflict = sql`on conflict (n) do update set
    version = excluded.version, until = excluded.until, names = excluded.names, numbers = excluded.numbers`
  if (q.speech === 'sqlite') {
    const list = JSON.stringify(
      rows.map(({ n, until, names, numbers }, index) => [n, until, names, places[index], numbers.length]),
    )
    await q.run(
      'figures.write',
      { list, version, bytes },
      (_db, hole) => sql`insert into figures (n, version, until, names, numbers)
        select value ->> 0, ${hole.version}, value ->> 1, value ->> 2,
          substr(${hole.bytes}, value ->> 3, value ->> 4)
        from json_each(${hole.list}) where true ${conflict}`,
    )
    return
  }
  const columns = {
    version,
    bytes,
    ns: q.list(rows.map(({ n }) => n)),
    untils: q.list(rows.map(({ until }) => until)),
    names: q.list(rows.map(({ names }) => names)),
    places: q.list(places),
    lengths: q.list(rows.map(({ numbers }) => numbers.length)),
  }
  await q.run(
    'figures.write',
    columns,
    (_db, hole) => sql`insert into figures (n, version, until, names, numbers)
      select n, ${hole.version}::bigint, until, names, substring(${hole.bytes}::bytea from place for length)
      from unnest(${hole.ns}::bigint[], ${hole.untils}::bigint[], ${hole.names}::text[], ${hole.places}::int[],
        ${hole.lengths}::int[]) as row(n, until, names, place, length) ${conflict}`,
  )
}

type Told = { readonly n: number; readonly targets: string }

const writeTargets = async (q: Writing, told: readonly Told[]): Promise<void> => {
  if (told.length === 0) return
  if (q.speech === 'sqlite') {
    await q.run(
      'figures.targets',
      { list: JSON.stringify(told.map(({ n, targets }) => [n, targets])) },
      (_db, hole) => sql`update tickets set targets = told.value ->> 1
        from json_each(${hole.list}) as told where tickets.n = told.value ->> 0`,
    )
    return
  }
  const columns = {
    ns: q.list(told.map(({ n }) => n)),
    targets: q.list(told.map(({ targets }) => targets)),
  }
  await q.run(
    'figures.targets',
    columns,
    (_db, hole) => sql`update tickets set targets = told.targets
      from unnest(${hole.ns}::bigint[], ${hole.targets}::text[]) as told(n, targets) where tickets.n = told.n`,
  )
}

const bury = (q: Writing, version: number, ns: readonly number[]): Promise<number> =>
  q.run('figures.bury', { version, until: forever, ns: q.list(ns) }, (db, hole) =>
    db
      .updateTable('figures')
      .set({ version: hole.version, until: hole.until, names: null, numbers: null })
      .where(q.among('n', hole.ns)),
  )

/** Of this and no other transaction: it becomes the store's number at its end. */
const versionOfThisWrite = async (q: Queries): Promise<number> =>
  ((await q.first('changes.number', {}, (db) => db.selectFrom('changes').select('number')))?.number ?? 0) + 1

const textOf = (targets: readonly TargetStanding[]): string =>
  targets.length === 0 ? '' : JSON.stringify(targets)

/** Answers which others are to be measured with them. */
const savePortion = async (
  q: Writing,
  desk: Desk,
  version: number,
  ns: readonly number[],
): Promise<readonly number[]> => {
  const rules = kpiRulesOf(desk)
  const rows = await rowsOf(q, ns)
  const timelines =
    rows.length === 0
      ? new Map<number, TicketEvent[]>()
      : timelinesOf(await eventsIn(q, ns), new Map(rows.map(({ n, id }) => [n, id])))
  const arrivals = await arrivalsOf(q, rows)
  const openings = await openingsOf(q, rows, timelines)
  const measured = rows.map((row) => {
    const own = ticketIn(row)
    const ticket = { ...own, openedAt: Math.min(own.openedAt, openings.get(row.n) ?? own.openedAt) }
    const events = timelines.get(row.n) ?? []
    const arrived = arrivals.get(row.id)
    // An answer that came by mail to a ticket of another desk's making is not what it was made of.
    const arrivedAt = arrived !== undefined && arrived <= own.openedAt ? arrived : null
    const figures = measure(
      kpiTicketOf(ticket, events, { readAt: row.read_at, desk, arrivedAt }),
      kpiEventsOf(ticket, events, desk),
      rules,
    )
    return { row, figures }
  })
  if (measured.length > 0)
    await writeRows(
      q,
      version,
      measured.map(({ row, figures }) => {
        const { names, numbers } = packFigures(figures)
        return {
          n: row.n,
          until: Math.min(mattersUntil(figures), forever),
          names,
          numbers: new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength),
        }
      }),
    )
  const there = new Set(rows.map(({ n }) => n))
  const gone = ns.filter((n) => !there.has(n))
  if (gone.length > 0) await bury(q, version, gone)
  await writeTargets(
    q,
    measured.flatMap(({ row, figures }) => {
      const targets = textOf(figures.targets)
      return targets === row.targets ? [] : { n: row.n, targets }
    }),
  )
  await saveTargetTimes(
    q,
    ns,
    measured.map(({ row, figures }) => ({ n: row.n, id: row.id, targets: figures.targets })),
  )
  return goingOn(q, timelines)
}

const portion = 500

/** Measures what this transaction has changed. Among the last things of it. */
export const saveFigures = async (q: Writing, desk: Desk): Promise<void> => {
  const ns = [...q.tally.figures]
  if (ns.length === 0) return
  q.tally.figures.clear()
  const version = await versionOfThisWrite(q)
  const known = new Set(ns)
  const waiting = [...ns]
  while (waiting.length > 0)
    for (const n of await savePortion(q, desk, version, waiting.splice(0, portion)))
      if (!known.has(n)) {
        known.add(n)
        waiting.push(n)
      }
}

/** Whoever holds some of them begins anew. */
export const dropFigures = async (q: Writing): Promise<void> => {
  q.tally.figures.clear()
  await q.run('rebuild.figures', {}, (db) => db.deleteFrom('figures'))
  await q.run('rebuild.targetTimes', {}, (db) => db.deleteFrom('target_times'))
  await saveSetting(q, 'figures.epoch', String(await versionOfThisWrite(q)))
}

// --- Reading -----------------------------------------------------------------------------------

/** PostgreSQL's lie somewhere in a larger buffer, where no 64-bit float need begin. */
const ownBytes = (bytes: Uint8Array): Uint8Array => (Buffer.isBuffer(bytes) ? new Uint8Array(bytes) : bytes)

/** Behind all rows of one write. */
const lastOf = (version: number) => ({ version, n: forever })

const figureRows: (q: Queries, options: Parameters<KpiReader['figureRows']>[0]) => Promise<FigureRow[]> =
  async (q, { version, since, after, limit }) => {
    const from = after ?? lastOf(version)
    const values = { version: from.version, n: from.n, since, limit }
    const behind = sql`(version, n)`
    const rows =
      version === 0
        ? await q.all('figures.all', values, (db, hole) =>
            db
              .selectFrom('figures')
              .select(['n', 'version', 'names', 'numbers'])
              .where(sql<boolean>`${behind} > (${hole.version}, ${hole.n})`)
              .where('until', '>=', hole.since)
              .orderBy('version')
              .orderBy('n')
              .limit(hole.limit),
          )
        : // One that matters no more may have mattered when it was read last: it is as one that is not there.
          await q.all('figures.changed', values, (db, hole) =>
            db
              .selectFrom('figures')
              .select([
                'n',
                'version',
                sql<string | null>`case when until >= ${hole.since} then names end`.as('names'),
                sql<Uint8Array | null>`case when until >= ${hole.since} then numbers end`.as('numbers'),
              ])
              .where(sql<boolean>`${behind} > (${hole.version}, ${hole.n})`)
              .orderBy('version')
              .orderBy('n')
              .limit(hole.limit),
          )
    return rows.map(({ n, version, names, numbers }) => ({
      n,
      version,
      packed: names === null || numbers === null ? null : { names, numbers: ownBytes(numbers) },
    }))
  }

const figuresState: (q: Queries) => ReturnType<KpiReader['figuresState']> = async (q) => {
  const settingNamed = (name: string) =>
    sql<string | null>`(select value from settings where name = ${sql.lit(name)})`
  // In one statement: an epoch belongs to its numbers.
  const state = await q.first('figures.state', {}, (db) =>
    db
      .selectFrom('changes')
      .select([
        'number',
        settingNamed('figures.epoch').as('epoch'),
        settingNamed('figures.rules').as('rules'),
        settingNamed('figures.measuring').as('measuring'),
      ]),
  )
  return {
    epoch: state?.epoch ?? '',
    version: state?.number ?? 0,
    measuring: await measuringState(q, state?.rules ?? null, state?.measuring ?? null),
  }
}

const ticketsByKeys: (q: Queries, keys: readonly number[]) => ReturnType<KpiReader['ticketsByKeys']> = async (
  q,
  keys,
) => {
  if (keys.length === 0) return []
  const rows = await q.all('tickets.byKeys', { keys: q.list(keys) }, (db, hole) =>
    db.selectFrom('tickets').select(ticketColumns).where(q.among('n', hole.keys)),
  )
  return rows.map((row) => ({ ...ticketOf(row), n: row.n }))
}

const targets = async (q: Queries, id: string): Promise<readonly TargetStanding[]> => {
  const row = await q.first('tickets.targets', { id }, (db, hole) =>
    db.selectFrom('tickets').select('targets').where('id', '=', hole.id),
  )
  return row ? targetsOf(row) : []
}

export const kpiReaderOn = (q: Queries): KpiReader => ({
  figureRows: (options) => figureRows(q, options),
  figuresState: () => figuresState(q),
  ticketsByKeys: (keys) => ticketsByKeys(q, keys),
  targets: (id) => targets(q, id),
  dueTargets: (now, limit) => dueTargets(q, now, limit),
  nextTargetDue: () => nextTargetDue(q),
})

export const kpiWriterOn = (q: Writing, measuring: Measuring): KpiWriter => ({
  measureAgain: (limit, now) => measureAgain(q, measuring, limit, now),
  targetTold: (ticketId, kind, news, at) => targetTold(q, ticketId, kind, news, at),
})
