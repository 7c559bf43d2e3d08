import { json } from '../http/answers.ts'
import { notFound, unauthorized } from '../http/api-error.ts'
import { type Call, type Route, route } from '../http/call.ts'
import { text, whole } from '../http/fields.ts'
import { pageList } from '../http/paging.ts'
import { basicUser, ownUser } from '../shapes/user.ts'
import type { UserRow } from '../store/rows.ts'

function showMe(call: Call) {
  if (!call.caller) throw unauthorized()
  return json(200, ownUser(call.world, call.caller.user))
}

function listUsers(call: Call) {
  const username = text(call.fields, 'username')
  const search = text(call.fields, 'search')?.toLowerCase()
  const active = text(call.fields, 'active') === 'true'
  const rows = call.world.db.all<UserRow>('select * from users order by id desc').filter((user) => {
    if (username !== undefined && user.username.toLowerCase() !== username.toLowerCase()) return false
    if (active && user.state !== 'active') return false
    // People who are not admins find others by their full address only.
    return (
      search === undefined ||
      user.email === search ||
      `${user.username} ${user.name}`.toLowerCase().includes(search)
    )
  })
  const { items, headers } = pageList(call, rows)
  return json(
    200,
    items.map((user) => basicUser(call.world, user)),
    headers,
  )
}

function showUser(call: Call) {
  const id = whole(call.params, 'id')
  const user =
    id === undefined ? undefined : call.world.db.one<UserRow>('select * from users where id = ?', id)
  if (!user) throw notFound('User')
  return json(200, {
    ...basicUser(call.world, user),
    created_at: new Date(user.created_at).toISOString(),
    bot: user.bot === 1,
    bio: '',
    location: null,
    followers: 0,
    following: 0,
  })
}

export const userRoutes: Route[] = [
  route('GET', '/user', showMe, { scope: 'user' }),
  route('GET', '/users', listUsers, { scope: 'user' }),
  route('GET', '/users/:id', showUser, { scope: 'user' }),
]
