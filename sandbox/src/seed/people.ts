import { dateOnly } from '../clock.ts'
import type { ProjectRow, UserRow } from '../store/rows.ts'
import { newTokenValue } from '../token-value.ts'
import { commitTo, findCommit } from '../work/repository.ts'
import type { World } from '../world.ts'

const day = 86_400_000

export type Cast = {
  ana: UserRow
  bruno: UserRow
  carla: UserRow
  davi: UserRow
  bot: UserRow
  supportBot: UserRow
  helpdesk: ProjectRow
}

/** Everybody and everything that is there even with `--empty`: group, two projects, people, tokens, a repository. */
export function seedPeople(world: World, botToken: string, age: number): Cast {
  const start = world.clock.now() - age
  const user = (username: string, name: string, bot = 0): UserRow => {
    const { id } = world.db.run(
      'insert into users (username, name, email, bot, created_at) values (?, ?, ?, ?, ?)',
      username,
      name,
      `${username}@example.org`,
      bot,
      start,
    )
    return { id, username, name, email: `${username}@example.org`, state: 'active', bot, created_at: start }
  }
  // The ghost comes first: it inherits what deleted accounts wrote.
  user('ghost', 'Ghost User')
  const supportBot = user('support-bot', 'GitLab Support Bot', 1)
  const ana = user('ana', 'Ana Alves')
  const bruno = user('bruno', 'Bruno Berg')
  const carla = user('carla', 'Carla Conti')
  const davi = user('davi', 'Davi Duarte')
  const bot = user('project_1_bot_5e1f0c2b9a7d4486', 'Belay', 1)

  const group = world.db.run("insert into groups (path, name) values ('demo', 'Demo')").id
  const project = (path: string, name: string): ProjectRow => {
    const { id } = world.db.run(
      `insert into projects (group_id, path, name, full_path, description, creator_id, created_at, updated_at)
       values (?, ?, ?, ?, ?, ?, ?, ?)`,
      group,
      path,
      name,
      `demo/${path}`,
      path === 'helpdesk' ? 'Every ticket is an issue here.' : 'Where old tickets go.',
      davi.id,
      start,
      start,
    )
    const row = world.db.one<ProjectRow>('select * from projects where id = ?', id)
    if (!row) throw new Error('the project was not written')
    world.db.run("insert into protected_branches (project_id, name) values (?, 'main')", id)
    return row
  }
  const helpdesk = project('helpdesk', 'Helpdesk')
  const archive = project('archive', 'Archive')

  const member = (where: ProjectRow, who: UserRow, level: number, expires: string | null = null) =>
    world.db.run(
      "insert into members (source, source_id, user_id, access_level, created_at, expires_at) values ('project', ?, ?, ?, ?, ?)",
      where.id,
      who.id,
      level,
      start,
      expires,
    )
  const botUntil = dateOnly(world.clock.now() + 360 * day)
  for (const where of [helpdesk, archive]) {
    member(where, bruno, 20)
    member(where, carla, 30)
    member(where, davi, 40)
  }
  // A project token reaches its own project only.
  member(helpdesk, bot, 30, botUntil)
  // Support-bot writes as a Reporter would, without being a member anybody sees.

  const token = (who: UserRow, name: string, value: string, scopes: string, expires: string | null) =>
    world.db.run(
      'insert into tokens (user_id, name, value, scopes, created_at, expires_at) values (?, ?, ?, ?, ?, ?)',
      who.id,
      name,
      value,
      scopes,
      start,
      expires,
    )
  token(bot, 'Belay', botToken, 'api', botUntil)
  for (const who of [ana, bruno, carla, davi]) token(who, 'sandbox', newTokenValue(), 'api', botUntil)
  for (const who of [bruno, davi]) token(who, 'sandbox, read only', newTokenValue(), 'read_api', botUntil)

  for (const [index, message] of commits.entries()) {
    const commit = commitTo(world, helpdesk, 'main', {
      message,
      author: index % 2 ? carla : davi,
      at: start + index * day,
    })
    const known = findCommit(world, helpdesk.id, commit.sha)
    if (!known) throw new Error('the commit was not written')
    world.db.run(
      'insert into files (project_id, sha, path, content) values (?, ?, ?, ?)',
      helpdesk.id,
      commit.sha,
      'README.md',
      readme,
    )
  }
  commitTo(world, archive, 'main', { message: 'Initial commit', author: davi, at: start })
  return { ana, bruno, carla, davi, bot, supportBot, helpdesk }
}

const commits = [
  'Initial commit',
  'Add the printer set-up script',
  'Wi-Fi: new certificate profile for staff laptops',
  'Document how screens are ordered',
]

const readme = `# Helpdesk

Scripts and notes of the IT desk. Tickets are the issues of this project.

- Level 1 answers and sorts
- Level 2 fixes, on a branch that starts with the ticket's number
`
