// Who is on duty and who lives, where several processes share a desk in PostgreSQL. All of it goes by the database's own
// clock, because those of two machines differ, and none of it waits for a write of the desk or counts as one.

import { type RawBuilder, sql } from 'kysely'
import { z } from 'zod'
import type { Presence, SeenWorker, WorkerReport } from '../../application/presence-ports.ts'
import type { Queries } from './statements.ts'

const theDuty = 'desk'

/** Milliseconds: who has not said anything for so long is forgotten. */
const remembered = 60 * 60_000

/** UTC milliseconds, also inside of a statement that waited. */
const now: RawBuilder<number> = sql`(extract(epoch from clock_timestamp()) * 1000)::bigint`

/**
 * What a worker says, as it is kept. One of another release may say more, or less: what is missing reads as the least
 * that is known; without a word on GitLab it says nothing.
 */
const said = z.object({
  release: z.string().catch(''),
  onDuty: z.boolean().catch(false),
  gitlab: z.object({
    state: z.enum(['up', 'down', 'unauthorised']),
    lastAnswerAt: z.number().nullable().catch(null),
    reading: z.object({ done: z.number(), total: z.number().nullable() }).nullable().catch(null),
  }),
  mail: z
    .object({
      sending: z.enum(['up', 'down', 'unauthorised']),
      fetching: z.enum(['up', 'down', 'unauthorised', 'off']),
    })
    .nullable()
    .catch(null),
})

type Said = Omit<WorkerReport, 'id'>

const parsed = (text: string): Said | null => {
  try {
    return said.safeParse(JSON.parse(text)).data ?? null
  } catch {
    // Not JSON: of a release that keeps it otherwise.
    return null
  }
}

/** Each of these is one statement, and so is its own transaction. */
export const presenceIn = (q: Queries): Presence => ({
  // Whoever asks at the same moment waits for the row, and finds it taken.
  takeDuty: async (holder, forMs) => {
    const taken = await q.first(
      'duties.take',
      { name: theDuty, holder, forMs },
      (_, hole) => sql<{ readonly holder: string }>`
        insert into duties (name, holder, until) values (${hole.name}, ${hole.holder}, ${now} + ${hole.forMs}::bigint)
        on conflict (name) do update set holder = excluded.holder, until = excluded.until
          where duties.holder = excluded.holder or duties.until <= ${now}
        returning holder`,
    )
    return taken !== undefined
  },
  report: async ({ id, ...report }) => {
    const says = JSON.stringify(report satisfies Said)
    await q.run(
      'workers.report',
      { id, says, remembered },
      (_, hole) => sql`
        with forgotten as (
          delete from workers where id <> ${hole.id} and seen_at < ${now} - ${hole.remembered}::bigint)
        insert into workers (id, seen_at, says) values (${hole.id}, ${now}, ${hole.says})
        on conflict (id) do update set seen_at = excluded.seen_at, says = excluded.says`,
    )
  },
  workers: async () => {
    const rows = await q.all(
      'workers.all',
      { remembered },
      (_, hole) => sql<{ readonly id: string; readonly says: string; readonly age: number }>`
        select id, says, greatest(0, ${now} - seen_at) as age from workers
        where seen_at >= ${now} - ${hole.remembered}::bigint order by seen_at desc, id`,
    )
    return rows.flatMap(({ id, says, age }): SeenWorker[] => {
      const report = parsed(says)
      return report ? [{ id, ...report, age }] : []
    })
  },
  leave: async (id) => {
    await q.run(
      'workers.leave',
      { id },
      (_, hole) => sql`
        with freed as (delete from duties where holder = ${hole.id})
        delete from workers where id = ${hole.id}`,
    )
  },
})
