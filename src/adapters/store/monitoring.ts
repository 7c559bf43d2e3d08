// How the desk does, in numbers that cost next to nothing: what is counted already, and ends of indexes.

import { type SqlBool, sql } from 'kysely'
import type { LanePulse, MonitoringReader } from '../../application/monitoring-ports.ts'
import type { Lane } from '../../domain/operation.ts'
import { schemaNumbers } from './migrations.ts'
import { hasTicket, isFirstOfTicket, isOfLane } from './outbox.ts'
import type { Queries } from './statements.ts'
import { toldPrefix } from './target-news.ts'

const isOfKind = { gitlab: sql<SqlBool>`kind <> 'mail'`, mail: sql<SqlBool>`kind = 'mail'` } as const

/** Neither done nor stuck: the index of the lane has them, and nothing else is looked at. */
const due = async (q: Queries, lane: Lane): Promise<number> =>
  Number(
    (
      await q.first(`monitoring.due.${lane}`, {}, (db) =>
        db
          .selectFrom('operations')
          .select((eb) => eb.fn.countAll<number>().as('number'))
          .where(isOfLane[lane]),
      )
    )?.number ?? 0,
  )

/** Of what stands before the others in the index of unsettled ones: stuck, and unknown. They are few. */
const troubled = async (q: Queries, lane: Lane, rank: 0 | 1): Promise<number> =>
  Number(
    (
      await q.first(`monitoring.troubled.${lane}.${rank}`, {}, (db) =>
        db
          .selectFrom('operations')
          .select((eb) => eb.fn.countAll<number>().as('number'))
          .where(sql<SqlBool>`state <> 'done'`)
          .where(
            sql<SqlBool>`(case state when 'stuck' then 0 when 'unknown' then 1 else 2 end) = ${sql.lit(rank)}`,
          )
          .where(isOfKind[lane]),
      )
    )?.number ?? 0,
  )

/** So many of the oldest are looked at: while GitLab is away, all mails of that time may wait for it. */
const looksAt = 1_000

/** What waits behind a stuck one of its ticket does not count: that one is told of by itself. */
const oldest = async (q: Queries, lane: Lane): Promise<number | null> =>
  (
    await q.first(`monitoring.oldest.${lane}`, {}, (db) =>
      db
        .selectFrom(
          db
            .selectFrom('operations')
            .select(['ticket_id', 'sequence', 'created_at'])
            .where(isOfLane[lane])
            .orderBy('created_at')
            .orderBy('sequence')
            .limit(sql.lit(looksAt))
            // By the name that the conditions know.
            .as('operations'),
        )
        .select('created_at')
        .where(isFirstOfTicket(lane))
        .where(hasTicket)
        .orderBy('created_at')
        .limit(1),
    )
  )?.created_at ?? null

const lanePulse = async (q: Queries, lane: Lane): Promise<LanePulse> => {
  const [all, stuck, unknown, oldestAt] = [
    await due(q, lane),
    await troubled(q, lane, 0),
    await troubled(q, lane, 1),
    await oldest(q, lane),
  ]
  // Read one after the other: something may have been settled in between.
  return { lane, waiting: Math.max(0, all - unknown), unknown, stuck, oldestAt }
}

const told = async (q: Queries): Promise<{ kind: string; news: string; times: number }[]> => {
  const rows = await q.all('monitoring.told', { from: toldPrefix, to: `${toldPrefix}~` }, (db, hole) =>
    db
      .selectFrom('counts')
      .select(['name', 'number'])
      .where('name', '>=', hole.from)
      .where('name', '<', hole.to),
  )
  return rows.map(({ name, number }) => {
    const [kind = '', news = ''] = name.slice(toldPrefix.length).split(':')
    return { kind, news, times: number }
  })
}

const size = async (q: Queries): Promise<number> => {
  const row = await q.first('monitoring.size', {}, () =>
    q.speech === 'sqlite'
      ? sql<{
          readonly bytes: number
        }>`select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()`
      : sql<{ readonly bytes: number }>`select pg_database_size(current_database()) as bytes`,
  )
  return Number(row?.bytes ?? 0)
}

export const monitoringReaderOn = (q: Queries): MonitoringReader => ({
  pulse: async () => ({
    lanes: [await lanePulse(q, 'gitlab'), await lanePulse(q, 'mail')],
    told: await told(q),
    bytes: await size(q),
    schema: (await schemaNumbers(q)).found,
  }),
})
