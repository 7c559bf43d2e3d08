import { dateOnly, iso, isoOrNull } from '../clock.ts'
import { json, noContent } from '../http/answers.ts'
import { badParameter, badRequest, unauthorized } from '../http/api-error.ts'
import { type Call, type Route, route } from '../http/call.ts'
import { text } from '../http/fields.ts'
import type { TokenRow } from '../store/rows.ts'
import { newTokenValue } from '../token-value.ts'
import type { World } from '../world.ts'

function ownToken(call: Call): TokenRow {
  if (!call.caller) throw unauthorized()
  if (!call.caller.token) throw badRequest('This endpoint requires token type to be a personal access token')
  return call.caller.token
}

function tokenShape(world: World, token: TokenRow): Record<string, unknown> {
  return {
    id: token.id,
    name: token.name,
    revoked: token.revoked === 1,
    created_at: iso(token.created_at),
    description: '',
    scopes: token.scopes.split(' '),
    user_id: token.user_id,
    last_used_at: isoOrNull(token.last_used_at),
    active:
      token.revoked === 0 && (token.expires_at === null || token.expires_at > dateOnly(world.clock.now())),
    expires_at: token.expires_at,
  }
}

const showOwn = (call: Call) => json(200, tokenShape(call.world, ownToken(call)))

/** Rotating keeps the person (and so the bot user); the old value is revoked. Default: a week from now. */
function rotateOwn(call: Call) {
  const token = ownToken(call)
  if (!token.scopes.split(' ').some((scope) => scope === 'api' || scope === 'self_rotate'))
    throw unauthorized()
  const now = call.world.clock.now()
  const expires = text(call.fields, 'expires_at') ?? dateOnly(now + 7 * 86_400_000)
  if (!/^\d{4}-\d\d-\d\d$/.test(expires)) throw badParameter('expires_at is invalid')
  const value = newTokenValue()
  const made = call.world.db.transaction(() => {
    call.world.db.run('update tokens set revoked = 1 where id = ?', token.id)
    // The next start goes on with the new one, should it have been the bot's.
    call.world.db.run("update settings set value = ? where name = 'token' and value = ?", value, token.value)
    const { id } = call.world.db.run(
      'insert into tokens (user_id, name, value, scopes, created_at, expires_at) values (?, ?, ?, ?, ?, ?)',
      token.user_id,
      token.name,
      value,
      token.scopes,
      now,
      expires,
    )
    return call.world.db.one<TokenRow>('select * from tokens where id = ?', id)
  })
  if (!made) throw new Error('the token was not written')
  return json(200, { ...tokenShape(call.world, made), token: value })
}

function revokeOwn(call: Call) {
  call.world.db.run('update tokens set revoked = 1 where id = ?', ownToken(call).id)
  return noContent
}

export const tokenRoutes: Route[] = [
  route('GET', '/personal_access_tokens/self', showOwn, { scope: 'self' }),
  route('POST', '/personal_access_tokens/self/rotate', rotateOwn, { scope: 'self' }),
  route('DELETE', '/personal_access_tokens/self', revokeOwn, { scope: 'self' }),
]
