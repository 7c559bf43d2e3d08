import { createHash, randomBytes } from 'node:crypto'
import { type Answer, json } from '../http/answers.ts'
import { type Call, type Route, route } from '../http/call.ts'
import { text } from '../http/fields.ts'
import type { UserRow } from '../store/rows.ts'
import type { World } from '../world.ts'
import { clientId, isClient } from './client.ts'
import { signingKey, signToken } from './keys.ts'

/** Access tokens live two hours (seconds). */
const accessLife = 7200

type CodeRow = {
  code: string
  user_id: number
  redirect_uri: string
  scope: string
  nonce: string | null
  challenge: string | null
  expires_at: number
  used: number
}

type TokenRow = {
  id: number
  user_id: number
  access_token: string
  refresh_token: string
  scope: string
  nonce: string | null
  created_at: number
  expires_at: number
  revoked: number
  code: string | null
}

const invalidGrant = () =>
  json(400, {
    error: 'invalid_grant',
    error_description:
      'The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.',
  })

const invalidClient = () =>
  json(
    401,
    {
      error: 'invalid_client',
      error_description:
        'Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.',
    },
    { 'WWW-Authenticate': 'Basic realm="Doorkeeper"' },
  )

function token(call: Call): Answer {
  if (!isClient(call)) return invalidClient()
  const kind = text(call.fields, 'grant_type')
  if (kind === 'authorization_code') return call.world.db.transaction(() => fromCode(call))
  if (kind === 'refresh_token') return call.world.db.transaction(() => fromRefresh(call))
  return json(400, {
    error: 'unsupported_grant_type',
    error_description: 'The authorization grant type is not supported by the authorization server.',
  })
}

function fromCode(call: Call): Answer {
  const { world, fields } = call
  const row = world.db.one<CodeRow>('select * from oauth_codes where code = ?', text(fields, 'code') ?? '')
  if (!row || row.expires_at <= world.clock.now() || row.redirect_uri !== text(fields, 'redirect_uri')) {
    return invalidGrant()
  }
  if (row.used) {
    // A code that comes twice was stolen from somebody: what it gave is taken back.
    world.db.run('update oauth_tokens set revoked = 1 where code = ?', row.code)
    return invalidGrant()
  }
  if (row.challenge !== null) {
    const verifier = text(fields, 'code_verifier') ?? ''
    const hash = createHash('sha256').update(verifier).digest('base64url')
    if (!/^[A-Za-z0-9\-._~]{43,128}$/.test(verifier) || hash !== row.challenge) return invalidGrant()
  }
  world.db.run('update oauth_codes set used = 1 where code = ?', row.code)
  return issue(world, row.user_id, row.scope, row.nonce, row.code)
}

/** Refreshing rotates both tokens: the old pair is over at once, so a client must not refresh twice in parallel. */
function fromRefresh(call: Call): Answer {
  const { world, fields } = call
  const given = text(fields, 'refresh_token') ?? ''
  const row = world.db.one<TokenRow>('select * from oauth_tokens where refresh_token = ?', given)
  if (!row || row.revoked) return invalidGrant()
  world.db.run('update oauth_tokens set revoked = 1 where id = ?', row.id)
  return issue(world, row.user_id, row.scope, null, row.code)
}

function issue(
  world: World,
  userId: number,
  scope: string,
  nonce: string | null,
  code: string | null,
): Answer {
  const now = world.clock.now()
  const accessToken = randomBytes(32).toString('hex')
  const refreshToken = randomBytes(32).toString('hex')
  world.db.run(
    `insert into oauth_tokens (user_id, access_token, refresh_token, scope, nonce, created_at, expires_at, code)
     values (?, ?, ?, ?, ?, ?, ?, ?)`,
    userId,
    accessToken,
    refreshToken,
    scope,
    nonce,
    now,
    now + accessLife * 1000,
    code,
  )
  const seconds = Math.floor(now / 1000)
  const body: Record<string, unknown> = {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: accessLife,
    refresh_token: refreshToken,
    scope,
    created_at: seconds,
  }
  if (scope.split(' ').includes('openid')) {
    body.id_token = signToken(world, {
      iss: world.url,
      aud: clientId,
      iat: seconds,
      // GitLab's id tokens live two minutes.
      exp: seconds + 120,
      auth_time: seconds,
      ...(nonce === null ? {} : { nonce }),
      ...claimsOf(world, userId, scope),
    })
  }
  return json(200, body, { 'Cache-Control': 'no-store', Pragma: 'no-cache' })
}

/** `sub` is the user's id. */
function claimsOf(world: World, userId: number, scope: string): Record<string, unknown> {
  const user = world.db.one<UserRow>('select * from users where id = ?', userId)
  if (!user) return { sub: String(userId) }
  const scopes = scope.split(' ')
  const profile = scopes.includes('profile') || scopes.includes('read_user')
  return {
    sub: String(user.id),
    sub_legacy: createHash('sha256').update(`${user.id}-sandbox`).digest('hex'),
    ...(profile
      ? {
          name: user.name,
          nickname: user.username,
          preferred_username: user.username,
          profile: `${world.url}/${user.username}`,
          picture: `${world.url}/uploads/-/system/user/avatar/${user.id}/avatar.svg`,
        }
      : {}),
    ...(scopes.includes('email') || profile ? { email: user.email, email_verified: true } : {}),
    groups_direct: groupsOf(world, userId),
  }
}

function groupsOf(world: World, userId: number): string[] {
  const rows = world.db.all<{ path: string }>(
    "select g.path from groups g join members m on m.source = 'group' and m.source_id = g.id where m.user_id = ?",
    userId,
  )
  return rows.map((row) => row.path)
}

function userinfo(call: Call): Answer {
  const value =
    /^Bearer (.+)$/i.exec(call.headers.authorization ?? '')?.[1] ?? text(call.fields, 'access_token') ?? ''
  const row = call.world.db.one<TokenRow>('select * from oauth_tokens where access_token = ?', value)
  if (!row || row.revoked || row.expires_at <= call.world.clock.now()) {
    const description = 'The access token is invalid'
    return json(
      401,
      { error: 'invalid_token', error_description: description },
      {
        'WWW-Authenticate': `Bearer realm="Doorkeeper", error="invalid_token", error_description="${description}"`,
      },
    )
  }
  if (!row.scope.split(' ').includes('openid'))
    return json(403, { error: 'insufficient_scope', scope: 'openid' })
  return json(200, {
    ...claimsOf(call.world, row.user_id, row.scope),
    groups: groupsOf(call.world, row.user_id),
  })
}

/** Revoking something unknown is a success too (RFC 7009). */
function revoke(call: Call): Answer {
  if (!isClient(call))
    return json(403, {
      error: 'unauthorized_client',
      error_description: 'You are not authorized to revoke this token',
    })
  const given = text(call.fields, 'token') ?? ''
  call.world.db.run(
    'update oauth_tokens set revoked = 1 where access_token = ? or refresh_token = ?',
    given,
    given,
  )
  return json(200, {})
}

function discovery(call: Call): Answer {
  const { url } = call.world
  return json(200, {
    issuer: url,
    authorization_endpoint: `${url}/oauth/authorize`,
    token_endpoint: `${url}/oauth/token`,
    revocation_endpoint: `${url}/oauth/revoke`,
    introspection_endpoint: `${url}/oauth/introspect`,
    userinfo_endpoint: `${url}/oauth/userinfo`,
    jwks_uri: `${url}/oauth/discovery/keys`,
    scopes_supported: ['api', 'read_api', 'read_user', 'openid', 'profile', 'email'],
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    claim_types_supported: ['normal'],
    claims_supported: [
      'iss',
      'sub',
      'aud',
      'exp',
      'iat',
      'sub_legacy',
      'name',
      'nickname',
      'preferred_username',
      'email',
      'email_verified',
      'website',
      'profile',
      'picture',
      'groups',
      'groups_direct',
    ],
    code_challenge_methods_supported: ['plain', 'S256'],
  })
}

export const oauthTokenRoutes: Route[] = [
  route('GET', '/.well-known/openid-configuration', discovery),
  route('GET', '/oauth/discovery/keys', (call) => json(200, { keys: [signingKey(call.world).jwk] })),
  route('POST', '/oauth/token', token),
  route('POST', '/oauth/revoke', revoke),
  route('GET', '/oauth/userinfo', userinfo),
  route('POST', '/oauth/userinfo', userinfo),
]
