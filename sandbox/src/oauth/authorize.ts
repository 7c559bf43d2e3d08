import { randomBytes } from 'node:crypto'
import { type Answer, redirect } from '../http/answers.ts'
import { type Call, type Route, route } from '../http/call.ts'
import { text } from '../http/fields.ts'
import { html } from '../pages/html.ts'
import { page } from '../pages/layout.ts'
import type { UserRow } from '../store/rows.ts'
import { allowedScopes, clientId, isOwnCallback } from './client.ts'

/** A code is good for ten minutes (milliseconds). */
const codeLife = 600_000

const carried = [
  'client_id',
  'redirect_uri',
  'response_type',
  'state',
  'scope',
  'nonce',
  'code_challenge',
  'code_challenge_method',
]

type Asked = {
  redirectUri: string
  scope: string
  state: string | undefined
  challenge: string | null
  nonce: string | null
}

/** What is wrong with the application itself is said on a page; the rest goes back to its callback. */
function check(call: Call): Asked | Answer {
  const { fields } = call
  const redirectUri = text(fields, 'redirect_uri') ?? ''
  if (text(fields, 'client_id') !== clientId) {
    return refusal(
      'Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.',
    )
  }
  if (!isOwnCallback(redirectUri)) return refusal('The redirect URI included is not valid.')
  const state = text(fields, 'state')
  const back = (error: string, description: string) =>
    redirect(withQuery(redirectUri, { error, error_description: description, state }))
  if (text(fields, 'response_type') !== 'code') {
    return back('unsupported_response_type', 'The authorization server does not support this response type.')
  }
  const scope = text(fields, 'scope') ?? 'read_user'
  if (scope.split(' ').some((name) => !allowedScopes.some((allowed) => allowed === name))) {
    return back('invalid_scope', 'The requested scope is invalid, unknown, or malformed.')
  }
  const challenge = text(fields, 'code_challenge') ?? null
  if (challenge !== null && text(fields, 'code_challenge_method') !== 'S256') {
    return back('invalid_code_challenge_method', 'The code challenge method must be S256.')
  }
  return { redirectUri, scope, state, challenge, nonce: text(fields, 'nonce') ?? null }
}

const isAnswer = (value: Asked | Answer): value is Answer => 'status' in value

function refusal(message: string): Answer {
  return page('OAuth', html``, html`<h1>An error has occurred</h1><p>${message}</p>`, { status: 422 })
}

function choosePerson(call: Call): Answer {
  const asked = check(call)
  if (isAnswer(asked)) return asked
  const people = call.world.db.all<UserRow>(
    "select * from users where bot = 0 and state = 'active' and username <> 'support-bot' and username <> 'ghost' order by id",
  )
  const hidden = carried.flatMap((name) => {
    const value = text(call.fields, name)
    return value === undefined ? [] : [html`<input type="hidden" name="${name}" value="${value}">`]
  })
  return page(
    'Sign in',
    html``,
    html`<h1>Authorize Belay to use your account?</h1>
<p>Pick the person to sign in as. There are no passwords here: this is a sandbox.</p>
<form class="people" method="post" action="/oauth/authorize">${hidden}
${people.map((user) => html`<button name="user" value="${user.username}"><strong>${user.name}</strong>@${user.username}</button>`)}
</form><p class="meta">It will be able to: ${asked.scope}</p>`,
    { form: true },
  )
}

function grant(call: Call): Answer {
  const asked = check(call)
  if (isAnswer(asked)) return asked
  const user = call.world.db.one<UserRow>(
    "select * from users where username = ? and bot = 0 and state = 'active'",
    text(call.fields, 'user') ?? '',
  )
  const { redirectUri, scope, state, challenge, nonce } = asked
  if (!user) {
    const description = 'The resource owner or authorization server denied the request.'
    return redirect(withQuery(redirectUri, { error: 'access_denied', error_description: description, state }))
  }
  const code = randomBytes(32).toString('hex')
  call.world.db.run(
    'insert into oauth_codes (code, user_id, redirect_uri, scope, nonce, challenge, expires_at) values (?, ?, ?, ?, ?, ?, ?)',
    code,
    user.id,
    redirectUri,
    scope,
    nonce,
    challenge,
    call.world.clock.now() + codeLife,
  )
  return redirect(withQuery(redirectUri, { code, state }))
}

function withQuery(uri: string, values: Record<string, string | undefined>): string {
  const url = new URL(uri)
  for (const [name, value] of Object.entries(values))
    if (value !== undefined) url.searchParams.set(name, value)
  return url.href
}

export const authorizeRoutes: Route[] = [
  route('GET', '/oauth/authorize', choosePerson),
  route('POST', '/oauth/authorize', grant),
]
