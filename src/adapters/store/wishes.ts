// About which tickets each agent wants mails, and where they go.

import type { AgentWish, Wish } from '../../application/mail-ports.ts'
import type { Tables } from './schema.ts'
import type { Queries, Writing } from './statements.ts'
import { storable } from './ticket-row.ts'

const wishOf = (row: Tables['wishes']): AgentWish => ({
  userId: row.user_id,
  address: row.address,
  wish: row.wish as Wish,
  language: row.language as AgentWish['language'],
})

export const wish = async (q: Queries, userId: number): Promise<AgentWish | null> => {
  const row = await q.first('wishes.one', { userId }, (db, hole) =>
    db.selectFrom('wishes').selectAll().where('user_id', '=', hole.userId),
  )
  return row ? wishOf(row) : null
}

export const wishes = async (q: Queries): Promise<AgentWish[]> =>
  (await q.all('wishes.all', {}, (db) => db.selectFrom('wishes').selectAll().orderBy('user_id'))).map(wishOf)

export const saveWish = async (q: Writing, saved: AgentWish): Promise<void> => {
  await q.run('wishes.save', { ...saved, address: storable(saved.address) }, (db, hole) => {
    const values = { address: hole.address, wish: hole.wish, language: hole.language }
    return db
      .insertInto('wishes')
      .values({ user_id: hole.userId, ...values })
      .onConflict((conflict) => conflict.column('user_id').doUpdateSet(values))
  })
}
