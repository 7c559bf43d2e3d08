import { actorOf, levelOf, role, type Viewer, viewerOf } from '../access.ts'
import { iso } from '../clock.ts'
import { json, noContent } from '../http/answers.ts'
import { badParameter, conflict, notFound } from '../http/api-error.ts'
import { type Call, type Route, route } from '../http/call.ts'
import { neededText, text, whole } from '../http/fields.ts'
import { pageList } from '../http/paging.ts'
import { basicUser } from '../shapes/user.ts'
import type { MemberRow, UserRow } from '../store/rows.ts'
import type { World } from '../world.ts'

type Member = UserRow & { access_level: number; member_since: number; expires_at: string | null }

/** `all` adds what comes from the group; of two memberships the higher stands. Expired ones are gone. */
function membersOf(world: World, { project }: Viewer, all: boolean): Member[] {
  const rows = world.db.all<Member>(
    `select u.*, m.access_level, m.created_at as member_since, m.expires_at from members m join users u on u.id = m.user_id
     where ((m.source = 'project' and m.source_id = ?) or (? and m.source = 'group' and m.source_id = ?))
       and (m.expires_at is null or m.expires_at > ?)
     order by u.id, m.access_level desc`,
    project.id,
    Number(all),
    project.group_id,
    iso(world.clock.now()).slice(0, 10),
  )
  return rows.filter((row, at) => rows[at - 1]?.id !== row.id)
}

function memberShape(world: World, member: Member): Record<string, unknown> {
  return {
    ...basicUser(world, member),
    access_level: member.access_level,
    created_at: iso(member.member_since),
    expires_at: member.expires_at,
    membership_state: 'active',
  }
}

function listMembers(all: boolean) {
  return (call: Call) => {
    const viewer = viewerOf(call)
    const query = text(call.fields, 'query')?.toLowerCase() ?? ''
    const rows = membersOf(call.world, viewer, all).filter((member) =>
      `${member.username} ${member.name} ${member.email}`.toLowerCase().includes(query),
    )
    const { items, headers } = pageList(call, rows)
    return json(
      200,
      items.map((member) => memberShape(call.world, member)),
      headers,
    )
  }
}

function showMember(all: boolean) {
  return (call: Call) => {
    const viewer = viewerOf(call)
    const member = membersOf(call.world, viewer, all).find(({ id }) => id === whole(call.params, 'user_id'))
    if (!member) throw notFound()
    return json(200, memberShape(call.world, member))
  }
}

function addMember(call: Call) {
  const { project } = actorOf(call, role.maintainer)
  const userId = whole(call.fields, 'user_id') ?? userNamed(call.world, neededText(call.fields, 'username'))
  const level = accessLevel(call)
  if (
    call.world.db.one(
      'select 1 from members where source = ? and source_id = ? and user_id = ?',
      'project',
      project.id,
      userId,
    )
  ) {
    throw conflict('Member already exists')
  }
  call.world.db.run(
    "insert into members (source, source_id, user_id, access_level, created_at, expires_at) values ('project', ?, ?, ?, ?, ?)",
    project.id,
    userId,
    level,
    call.world.clock.now(),
    text(call.fields, 'expires_at') ?? null,
  )
  return json(201, shapeOf(call, userId))
}

function changeMember(call: Call) {
  const { project } = actorOf(call, role.maintainer)
  const userId = directMember(call, project.id).user_id
  call.world.db.run(
    "update members set access_level = ?, expires_at = ? where source = 'project' and source_id = ? and user_id = ?",
    accessLevel(call),
    text(call.fields, 'expires_at') ?? null,
    project.id,
    userId,
  )
  return json(200, shapeOf(call, userId))
}

function removeMember(call: Call) {
  const viewer = viewerOf(call)
  const member = directMember(call, viewer.project.id)
  if (viewer.user?.id !== member.user_id) actorOf(call, role.maintainer)
  call.world.db.run(
    "delete from members where source = 'project' and source_id = ? and user_id = ?",
    viewer.project.id,
    member.user_id,
  )
  return noContent
}

function directMember(call: Call, projectId: number): MemberRow {
  const member = call.world.db.one<MemberRow>(
    "select * from members where source = 'project' and source_id = ? and user_id = ?",
    projectId,
    whole(call.params, 'user_id') ?? 0,
  )
  if (!member) throw notFound()
  return member
}

function accessLevel(call: Call): number {
  const level = whole(call.fields, 'access_level')
  if (level === undefined) throw badParameter('access_level is missing')
  if (!Object.values<number>(role).includes(level) || level === 0) {
    throw badParameter('access_level does not have a valid value')
  }
  return level
}

function userNamed(world: World, username: string): number {
  const user = world.db.one<{ id: number }>('select id from users where username = ?', username)
  if (!user) throw notFound('User')
  return user.id
}

function shapeOf(call: Call, userId: number): Record<string, unknown> {
  const viewer = viewerOf(call)
  const member = membersOf(call.world, viewer, false).find(({ id }) => id === userId)
  return member
    ? memberShape(call.world, member)
    : { id: userId, access_level: levelOf(call.world, userId, viewer.project) }
}

export const memberRoutes: Route[] = [
  route('GET', '/projects/:id/members', listMembers(false)),
  route('GET', '/projects/:id/members/all', listMembers(true)),
  route('GET', '/projects/:id/members/all/:user_id', showMember(true)),
  route('GET', '/projects/:id/members/:user_id', showMember(false)),
  route('GET', '/projects/:id/users', listMembers(true)),
  route('POST', '/projects/:id/members', addMember),
  route('PUT', '/projects/:id/members/:user_id', changeMember),
  route('DELETE', '/projects/:id/members/:user_id', removeMember),
]
