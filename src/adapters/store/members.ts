// Who works here, as GitLab's membership said last, and since when each one's sessions count.

import type { Member } from '../../application/ports.ts'
import type { Role } from '../../domain/role.ts'
import type { Tables } from './schema.ts'
import type { Queries, Writing } from './statements.ts'

const memberOf = (row: Tables['members']): Member => ({
  id: row.id,
  username: row.username,
  name: row.name,
  role: row.role as Role,
  seenAt: row.seen_at,
})

export const members = async (q: Queries): Promise<Member[]> =>
  (await q.all('members.all', {}, (db) => db.selectFrom('members').selectAll().orderBy('username'))).map(
    memberOf,
  )

export const member = async (q: Queries, username: string): Promise<Member | null> => {
  const row = await q.first('members.one', { username }, (db, hole) =>
    db.selectFrom('members').selectAll().where('username', '=', hole.username),
  )
  return row ? memberOf(row) : null
}

export const saveMembers = async (q: Writing, saved: readonly Member[]): Promise<void> => {
  const known = new Map((await members(q)).map((one) => [one.id, one]))
  for (const one of saved) {
    const before = known.get(one.id)
    if (
      before &&
      before.username === one.username &&
      before.name === one.name &&
      before.role === one.role &&
      before.seenAt === one.seenAt
    )
      continue
    // A username that GitLab gave to another account belongs to that one from now on.
    await q.run('members.free', { id: one.id, username: one.username }, (db, hole) =>
      db.deleteFrom('members').where('username', '=', hole.username).where('id', '<>', hole.id),
    )
    await q.run('members.save', { ...one }, (db, hole) => {
      const values = { username: hole.username, name: hole.name, role: hole.role, seen_at: hole.seenAt }
      return db
        .insertInto('members')
        .values({ id: hole.id, ...values })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
    })
  }
}

export const sessionsValidFrom = async (q: Queries, userId: number): Promise<number> =>
  (
    await q.first('sessions.one', { userId }, (db, hole) =>
      db.selectFrom('sessions').select('valid_from').where('user_id', '=', hole.userId),
    )
  )?.valid_from ?? 0

export const endSessions = async (q: Writing, userId: number, at: number): Promise<void> => {
  if ((await sessionsValidFrom(q, userId)) >= at) return
  await q.run('sessions.end', { userId, at }, (db, hole) =>
    db
      .insertInto('sessions')
      .values({ user_id: hole.userId, valid_from: hole.at })
      .onConflict((conflict) => conflict.column('user_id').doUpdateSet({ valid_from: hole.at })),
  )
}
