import { iso } from '../clock.ts'
import type { UserRow } from '../store/rows.ts'
import type { World } from '../world.ts'

/** API::Entities::UserBasic. */
export type UserShape = {
  id: number
  username: string
  public_email: string
  name: string
  state: string
  locked: boolean
  avatar_url: string
  web_url: string
}

/** Users change rarely and stand in every issue and note: remembered per world, forgotten on change. */
const remembered = new WeakMap<World, Map<number, UserShape>>()

export function userShape(world: World, id: number): UserShape {
  const known = remembered.get(world) ?? new Map<number, UserShape>()
  remembered.set(world, known)
  const shape = known.get(id)
  if (shape) return shape
  const row = world.db.one<UserRow>('select * from users where id = ?', id)
  if (!row) throw new Error(`no user ${id}`)
  const made = basicUser(world, row)
  known.set(id, made)
  return made
}

export function userOrNull(world: World, id: number | null): UserShape | null {
  return id === null ? null : userShape(world, id)
}

export function forgetUsers(world: World): void {
  remembered.delete(world)
}

export function basicUser(world: World, row: UserRow): UserShape {
  return {
    id: row.id,
    username: row.username,
    public_email: '',
    name: row.name,
    state: row.state,
    locked: false,
    avatar_url: `${world.url}/uploads/-/system/user/avatar/${row.id}/avatar.svg`,
    web_url: `${world.url}/${row.username}`,
  }
}

/** What `GET /user` tells a person about themselves. */
export function ownUser(world: World, row: UserRow): Record<string, unknown> {
  const since = iso(row.created_at)
  return {
    ...basicUser(world, row),
    created_at: since,
    bio: '',
    location: null,
    linkedin: '',
    twitter: '',
    discord: '',
    website_url: '',
    github: '',
    job_title: '',
    pronouns: null,
    organization: null,
    bot: row.bot === 1,
    work_information: null,
    local_time: null,
    last_sign_in_at: since,
    confirmed_at: since,
    last_activity_on: since.slice(0, 10),
    email: row.email,
    theme_id: 3,
    color_scheme_id: 1,
    projects_limit: 100_000,
    current_sign_in_at: since,
    identities: [],
    can_create_group: row.bot === 0,
    can_create_project: row.bot === 0,
    two_factor_enabled: false,
    external: false,
    private_profile: false,
    commit_email: row.email,
    preferred_language: 'en',
    namespace_id: row.id + 100,
    created_by: null,
  }
}
