// How often each requester's link was made new. Kept: after a rebuild an ended link must stay ended.

import type { Queries, Writing } from './statements.ts'

export const linkGeneration = async (q: Queries, ticketId: string): Promise<number> =>
  (
    await q.first('linkGenerations.one', { ticketId }, (db, hole) =>
      db.selectFrom('link_generations').select('generation').where('ticket_id', '=', hole.ticketId),
    )
  )?.generation ?? 0

export const renewLink = async (q: Writing, ticketId: string): Promise<number> => {
  const generation = (await linkGeneration(q, ticketId)) + 1
  await q.run('linkGenerations.renew', { ticketId, generation }, (db, hole) =>
    db
      .insertInto('link_generations')
      .values({ ticket_id: hole.ticketId, generation: hole.generation })
      .onConflict((conflict) => conflict.column('ticket_id').doUpdateSet({ generation: hole.generation })),
  )
  return generation
}
