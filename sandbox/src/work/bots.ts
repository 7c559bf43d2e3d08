import { randomBytes } from 'node:crypto'
import { dateOnly } from '../clock.ts'
import { forgetUsers } from '../shapes/user.ts'
import type { UserRow } from '../store/rows.ts'
import { newTokenValue } from '../token-value.ts'
import type { World } from '../world.ts'

/** A project access token is a user of its own: a new token is a new user (project_access_tokens.md). */
export function makeBot(
  world: World,
  projectId: number,
  accessLevel: number,
  scopes: readonly string[],
): { username: string; token: string } {
  const now = world.clock.now()
  const username = `project_${projectId}_bot_${randomBytes(8).toString('hex')}`
  const until = dateOnly(now + 360 * 86_400_000)
  const { id } = world.db.run(
    "insert into users (username, name, email, bot, created_at) values (?, 'Belay', ?, 1, ?)",
    username,
    `${username}@noreply.example.org`,
    now,
  )
  world.db.run(
    "insert into members (source, source_id, user_id, access_level, created_at, expires_at) values ('project', ?, ?, ?, ?, ?)",
    projectId,
    id,
    accessLevel,
    now,
    until,
  )
  const token = newTokenValue()
  world.db.run(
    "insert into tokens (user_id, name, value, scopes, created_at, expires_at) values (?, 'Belay', ?, ?, ?, ?)",
    id,
    token,
    scopes.join(' '),
    now,
    until,
  )
  return { username, token }
}

/** What GitLab does thirty days after a bot's last token ended: the user goes, its texts pass to the ghost. */
export function ghostBot(world: World, username: string): void {
  const { db } = world
  const id = (name: string) => db.one<UserRow>('select * from users where username = ?', name)?.id
  const bot = id(username)
  const ghost = id('ghost')
  if (bot === undefined || ghost === undefined) throw new Error(`nobody is called ${username}`)
  db.transaction(() => {
    for (const [table, column] of [
      ['issues', 'author_id'],
      ['notes', 'author_id'],
      ['label_events', 'user_id'],
      ['state_events', 'user_id'],
      ['merge_requests', 'author_id'],
      ['todos', 'author_id'],
      ['mentions', 'by_user_id'],
    ]) {
      db.run(`update ${table} set ${column} = ? where ${column} = ?`, ghost, bot)
    }
    db.run('update issues set assignee_id = null where assignee_id = ?', bot)
    db.run('update issues set closed_by_id = ? where closed_by_id = ?', ghost, bot)
    db.run('delete from tokens where user_id = ?', bot)
    db.run('delete from members where user_id = ?', bot)
    db.run('delete from users where id = ?', bot)
  })
  forgetUsers(world)
}
