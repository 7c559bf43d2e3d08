import type { IncomingHttpHeaders } from 'node:http'
import { dateOnly } from './clock.ts'
import { insufficientScope, invalidToken, unauthorized } from './http/api-error.ts'
import type { Route } from './http/call.ts'
import type { TokenRow, UserRow } from './store/rows.ts'
import type { World } from './world.ts'

export type Caller = {
  user: UserRow
  scopes: readonly string[]
  /** Set for a personal or project access token, not for an OAuth one. */
  token?: TokenRow
}

type OAuthTokenRow = { user_id: number; scope: string; expires_at: number; revoked: number }

/** Finds who calls; undefined without any token; throws GitLab's 401 for a wrong, expired or revoked one. */
export function authenticate(
  world: World,
  headers: IncomingHttpHeaders,
  query: URLSearchParams,
): Caller | undefined {
  const value = tokenOf(headers, query)
  if (value === undefined) return undefined
  const token = world.db.one<TokenRow>('select * from tokens where value = ?', value)
  if (token) {
    if (token.revoked) throw invalidToken('Token was revoked. You have to re-authorize from the user.')
    if (token.expires_at !== null && token.expires_at <= dateOnly(world.clock.now())) {
      throw invalidToken('Token is expired. You can either do re-authorization or token refresh.')
    }
    // GitLab writes last_used_at at most every ten minutes; writing it on every call would slow every read.
    const now = world.clock.now()
    if (token.last_used_at === null || now - token.last_used_at >= 600_000) {
      world.db.run('update tokens set last_used_at = ? where id = ?', now, token.id)
    }
    return { user: userOf(world, token.user_id), scopes: token.scopes.split(' '), token }
  }
  const oauth = world.db.one<OAuthTokenRow>(
    'select user_id, scope, expires_at, revoked from oauth_tokens where access_token = ?',
    value,
  )
  if (!oauth) throw unauthorized()
  if (oauth.revoked) throw invalidToken('Token was revoked. You have to re-authorize from the user.')
  if (oauth.expires_at <= world.clock.now()) {
    throw invalidToken('Token is expired. You can either do re-authorization or token refresh.')
  }
  return { user: userOf(world, oauth.user_id), scopes: oauth.scope.split(' ') }
}

function tokenOf(headers: IncomingHttpHeaders, query: URLSearchParams): string | undefined {
  const own = headers['private-token']
  if (typeof own === 'string' && own !== '') return own
  const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1]
  return bearer ?? query.get('private_token') ?? query.get('access_token') ?? undefined
}

function userOf(world: World, id: number): UserRow {
  const user = world.db.one<UserRow>('select * from users where id = ?', id)
  if (user?.state !== 'active') throw unauthorized()
  return user
}

/** `read_api` may read, `api` may do all; some reading of oneself is open to smaller scopes. */
export function checkScope(route: Route, method: string, caller: Caller): void {
  if (route.scope === 'self' || route.scope === 'none') return
  const reads = method === 'GET' || method === 'HEAD'
  const enough = !reads
    ? ['api']
    : route.scope === 'user'
      ? ['api', 'read_api', 'read_user']
      : ['api', 'read_api']
  if (!enough.some((scope) => caller.scopes.includes(scope))) throw insufficientScope(enough)
}
