// What is to be told of promises, and what was: that one runs out, that one was broken. When each is to be told
// follows from the ticket's figures; that it was told is kept for ever, so that nobody is told twice.

import { type SqlBool, sql } from 'kysely'
import type { DueTarget, TargetNews } from '../../application/kpi-ports.ts'
import type { TargetKind, TargetStanding } from '../../domain/target.ts'
import { saveSetting, setting } from './settings.ts'
import type { Queries, Writing } from './statements.ts'
import { count } from './ticket-index.ts'

/** Since when promises are told of (UTC ms): what was due before is history. */
const since = 'targets.since'

export const tellTargetsSince = (q: Writing, at: number): Promise<void> => saveSetting(q, since, String(at))

/** What was told is counted by kind and news, for those who watch from afar. */
export const toldPrefix = 'told:'

type Measured = { readonly n: number; readonly id: string; readonly targets: readonly TargetStanding[] }

type Time = { readonly n: number; readonly kind: string; readonly news: TargetNews; readonly at: number }

/** Of what is over nothing is told any more, nor does anything run out while it is paused. */
const timesOf = ({ n, targets }: Measured): Time[] =>
  targets.flatMap(({ kind, stopped, due, warn, missed }) => {
    if (stopped !== null) return []
    const times: Time[] = []
    const broken = missed ?? due
    if (missed === null && due !== null && warn !== null)
      times.push({ n, kind, news: 'approaching', at: warn })
    if (broken !== null) times.push({ n, kind, news: 'missed', at: broken })
    return times
  })

const toldOf = async (q: Queries, ids: readonly string[]): Promise<Set<string>> => {
  const rows = await q.all('targetNews.of', { ids: q.list(ids) }, (db, hole) =>
    db.selectFrom('target_news').select(['ticket_id', 'kind', 'news']).where(q.among('ticket_id', hole.ids)),
  )
  return new Set(rows.map(({ ticket_id, kind, news }) => `${ticket_id} ${kind} ${news}`))
}

/** `ns`: of all that were measured, also of those that are not there any more. */
export const saveTargetTimes = async (
  q: Writing,
  ns: readonly number[],
  measured: readonly Measured[],
): Promise<void> => {
  await q.run('targetTimes.remove', { ns: q.list(ns) }, (db, hole) =>
    db.deleteFrom('target_times').where(q.among('n', hole.ns)),
  )
  const running = measured
    .map((one) => ({ id: one.id, times: timesOf(one) }))
    .filter(({ times }) => times.length > 0)
  if (running.length === 0) return
  const told = await toldOf(
    q,
    running.map(({ id }) => id),
  )
  const times = running.flatMap(({ id, times }) =>
    times.filter(({ kind, news }) => !told.has(`${id} ${kind} ${news}`)),
  )
  if (times.length === 0) return
  if (q.speech === 'sqlite') {
    const rows = JSON.stringify(times.map(({ n, kind, news, at }) => [n, kind, news, at]))
    await q.run(
      'targetTimes.add',
      { rows },
      (_db, hole) => sql`insert into target_times (n, kind, news, at)
        select value ->> 0, value ->> 1, value ->> 2, value ->> 3 from json_each(${hole.rows})`,
    )
    return
  }
  const columns = {
    ns: q.list(times.map(({ n }) => n)),
    kinds: q.list(times.map(({ kind }) => kind)),
    news: q.list(times.map(({ news }) => news)),
    ats: q.list(times.map(({ at }) => at)),
  }
  await q.run(
    'targetTimes.add',
    columns,
    (_db, hole) => sql`insert into target_times (n, kind, news, at)
      select * from unnest(${hole.ns}::bigint[], ${hole.kinds}::text[], ${hole.news}::text[], ${hole.ats}::bigint[])`,
  )
}

const dueBy = (q: Queries, from: number, now: number, limit: number): Promise<DueTarget[]> =>
  q.all('targetTimes.due', { from, now, limit }, (db, hole) =>
    db
      .selectFrom('target_times')
      .innerJoin('tickets', 'tickets.n', 'target_times.n')
      .select([
        'tickets.id as ticketId',
        sql<TargetKind>`target_times.kind`.as('kind'),
        sql<TargetNews>`target_times.news`.as('news'),
        'target_times.at',
      ])
      .where('target_times.at', '>=', hole.from)
      .where('target_times.at', '<=', hole.now)
      .where(sql<SqlBool>`${q.undriven('tickets.hidden')} = 0`)
      .where(sql<SqlBool>`${q.undriven('tickets.state')} <> 'resolved'`)
      .orderBy('target_times.at')
      .orderBy('target_times.n')
      .orderBy('target_times.kind')
      .limit(hole.limit),
  )

export const dueTargets = async (q: Queries, now: number, limit: number): Promise<DueTarget[]> => {
  const from = await setting(q, since)
  if (from === null) return []
  const rows = await dueBy(q, Number(from), now, limit)
  return rows.map(({ ticketId, kind, news, at }) => ({ ticketId, kind, news, at }))
}

export const nextTargetDue = async (q: Queries): Promise<number | null> =>
  (await dueTargets(q, Number.MAX_SAFE_INTEGER, 1))[0]?.at ?? null

export const targetTold = async (
  q: Writing,
  ticketId: string,
  kind: TargetKind,
  news: TargetNews,
  at: number,
): Promise<boolean> => {
  const added = await q.run('targetNews.add', { ticketId, kind, news, at }, (db, hole) =>
    db
      .insertInto('target_news')
      .values({ ticket_id: hole.ticketId, kind: hole.kind, news: hole.news, at: hole.at })
      .onConflict((conflict) => conflict.columns(['ticket_id', 'kind', 'news']).doNothing()),
  )
  // Where it was told before, too: nobody is to be asked for it again.
  await q.run('targetTimes.told', { ticketId, kind, news }, (db, hole) =>
    db
      .deleteFrom('target_times')
      .where('n', '=', db.selectFrom('tickets').select('n').where('id', '=', hole.ticketId))
      .where('kind', '=', hole.kind)
      .where('news', '=', hole.news),
  )
  if (added > 0) count(q, [`${toldPrefix}${kind}:${news}`], 1)
  return added > 0
}

/** One ticket becomes another: what was told of it is not told again under its other id. */
export const moveNews = async (q: Writing, from: string, to: string): Promise<void> => {
  await q.run(
    'targetNews.move',
    { from, to },
    (_db, hole) => sql`insert into target_news (ticket_id, kind, news, at)
      select ${hole.to}, kind, news, at from target_news where ticket_id = ${hole.from} on conflict do nothing`,
  )
  await q.run('targetNews.remove', { from }, (db, hole) =>
    db.deleteFrom('target_news').where('ticket_id', '=', hole.from),
  )
}
