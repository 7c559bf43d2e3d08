import assert from 'node:assert/strict'
import { createHash, createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import { test } from 'node:test'
import { type Desk, openDesk } from './support/desk.ts'

const callback = 'http://127.0.0.1:3000/auth/gitlab/callback'
const verifier = 'v'.repeat(50)
const challenge = createHash('sha256').update(verifier).digest('base64url')

async function grant(desk: Desk, user: string, change: Record<string, string> = {}): Promise<URL> {
  const asked = new URLSearchParams({
    client_id: 'belay',
    redirect_uri: callback,
    response_type: 'code',
    state: 'st',
    scope: 'openid read_user',
    nonce: 'nn',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...change,
  })
  const page = await fetch(`${desk.sandbox.url}/oauth/authorize?${asked}`)
  assert.match(await page.text(), /name="user" value="bruno"/)
  asked.set('user', user)
  const answer = await fetch(`${desk.sandbox.url}/oauth/authorize`, {
    method: 'POST',
    body: asked,
    redirect: 'manual',
  })
  assert.equal(answer.status, 302)
  return new URL(answer.headers.get('location') ?? '')
}

type Tokens = {
  access_token: string
  refresh_token: string
  id_token: string
  expires_in: number
  error?: string
}

async function exchange(desk: Desk, fields: Record<string, string>, secret = desk.sandbox.oauthSecret) {
  const answer = await fetch(`${desk.sandbox.url}/oauth/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`belay:${secret}`)}` },
    body: new URLSearchParams(fields),
  })
  return { status: answer.status, body: (await answer.json()) as Tokens }
}

const byCode = (code: string | null, code_verifier = verifier) => ({
  grant_type: 'authorization_code',
  code: code ?? '',
  redirect_uri: callback,
  code_verifier,
})

test('signing in gives a person’s token and an id token that its key proves', async (t) => {
  const desk = await openDesk(t)
  const back = await grant(desk, 'bruno')
  assert.equal(back.searchParams.get('state'), 'st')
  const { body: tokens } = await exchange(desk, byCode(back.searchParams.get('code')))
  assert.equal(tokens.expires_in, 7200)
  const me = await fetch(`${desk.sandbox.url}/api/v4/user`, {
    headers: { Authorization: `Bearer ${tokens.access_token}` },
  })
  assert.equal(((await me.json()) as { username: string }).username, 'bruno')
  const config = (await (await fetch(`${desk.sandbox.url}/.well-known/openid-configuration`)).json()) as {
    issuer: string
    jwks_uri: string
    userinfo_endpoint: string
  }
  const { keys } = (await (await fetch(config.jwks_uri)).json()) as { keys: (JsonWebKey & { kid: string })[] }
  const [head = '', claims = '', signature = ''] = tokens.id_token.split('.')
  const key =
    keys.find((candidate) => candidate.kid === (JSON.parse(atob(head)) as { kid: string }).kid) ??
    assert.fail('no key')
  assert.ok(
    verify(
      'RSA-SHA256',
      Buffer.from(`${head}.${claims}`),
      createPublicKey({ key, format: 'jwk' }),
      Buffer.from(signature, 'base64url'),
    ),
  )
  const said = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>
  assert.deepEqual([said.iss, said.aud, said.nonce, said.sub], [config.issuer, 'belay', 'nn', '4'])
  const info = await fetch(config.userinfo_endpoint, {
    headers: { Authorization: `Bearer ${tokens.access_token}` },
  })
  assert.equal(((await info.json()) as { preferred_username: string }).preferred_username, 'bruno')
})

test('a wrong verifier, secret or callback gets nothing, and a code works once', async (t) => {
  const desk = await openDesk(t)
  const code = async () => (await grant(desk, 'carla')).searchParams.get('code')
  assert.equal((await exchange(desk, byCode(await code(), 'w'.repeat(50)))).body.error, 'invalid_grant')
  assert.deepEqual((await exchange(desk, byCode(await code()), 'wrong-secret')).status, 401)
  const once = await code()
  const { body: tokens } = await exchange(desk, byCode(once))
  assert.equal((await exchange(desk, byCode(once))).body.error, 'invalid_grant')
  const me = await fetch(`${desk.sandbox.url}/api/v4/user`, {
    headers: { Authorization: `Bearer ${tokens.access_token}` },
  })
  assert.equal(me.status, 401, 'a code used twice takes its token back')
  const elsewhere = new URLSearchParams({
    client_id: 'belay',
    redirect_uri: 'https://evil.example/',
    response_type: 'code',
  })
  assert.equal((await fetch(`${desk.sandbox.url}/oauth/authorize?${elsewhere}`)).status, 422)
})

test('refreshing rotates both tokens, after two hours the old one is over anyway', async (t) => {
  const desk = await openDesk(t)
  const { body: first } = await exchange(desk, byCode((await grant(desk, 'davi')).searchParams.get('code')))
  desk.turn(7_200_001)
  const use = async (token: string) =>
    (await fetch(`${desk.sandbox.url}/api/v4/user`, { headers: { Authorization: `Bearer ${token}` } })).status
  assert.equal(await use(first.access_token), 401)
  const refresh = (token: string) => exchange(desk, { grant_type: 'refresh_token', refresh_token: token })
  const { body: second } = await refresh(first.refresh_token)
  assert.equal(await use(second.access_token), 200)
  assert.equal((await refresh(first.refresh_token)).body.error, 'invalid_grant')
  const revoked = await fetch(`${desk.sandbox.url}/oauth/revoke`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: 'belay',
      client_secret: desk.sandbox.oauthSecret,
      token: second.access_token,
    }),
  })
  assert.equal(revoked.status, 200)
  assert.equal(await use(second.access_token), 401)
})

test('a sign-in of read_user reads oneself and no issues', async (t) => {
  const desk = await openDesk(t)
  const { body: tokens } = await exchange(desk, byCode((await grant(desk, 'bruno')).searchParams.get('code')))
  const answer = await fetch(`${desk.sandbox.url}/api/v4/projects/1/issues`, {
    headers: { Authorization: `Bearer ${tokens.access_token}` },
  })
  assert.equal(((await answer.json()) as { error: string }).error, 'insufficient_scope')
})
