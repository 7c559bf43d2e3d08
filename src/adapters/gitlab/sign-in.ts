// Agents sign in with their GitLab account: authorization code, PKCE, state and nonce, checked by
// openid-client. Who somebody is, is GitLab's user id and nothing else; the e-mail is not looked at.

import * as openid from 'openid-client'
import { z } from 'zod'
import { GatewayError } from '../../application/gateway-error.ts'
import type { SignIn } from '../../application/ports.ts'
import { createTransport, TransportError } from './transport.ts'

const secretsShape = z.object({ verifier: z.string(), state: z.string(), nonce: z.string() })

const claims = z.object({
  sub: z.string().regex(/^\d{1,15}$/),
  nickname: z.string().optional(),
  preferred_username: z.string().optional(),
  name: z.string().optional(),
})

/** OAuth's own form of an error. */
const refusal = z.object({ error: z.string() })

const deadline = 10_000
const maxBytes = 2 * 1024 * 1024

const causesOf = function* (error: unknown): Generator<unknown> {
  for (let cause = error, depth = 0; cause !== undefined && cause !== null && depth < 5; depth++) {
    yield cause
    cause = cause instanceof Error ? cause.cause : undefined
  }
}

const refusedBecause = (code: string): GatewayError =>
  code === 'invalid_grant'
    ? new GatewayError('unauthorised', 'GitLab does not know this sign-in any more')
    : new GatewayError(
        'permanent',
        `GitLab refused the sign-in (${code}); check the OAuth application's id and secret`,
      )

/** What openid-client throws, in the desk's kinds. Its messages carry no secrets, its causes may: they stay out. */
const translated = async (error: unknown): Promise<unknown> => {
  for (const cause of causesOf(error)) {
    if (cause instanceof GatewayError) return cause
    if (cause instanceof Response && cause.status >= 500)
      return new GatewayError('transient', `GitLab is not well enough to sign in (${cause.status})`, {
        status: cause.status,
      })
  }
  if (error instanceof openid.AuthorizationResponseError)
    return new GatewayError('unauthorised', `GitLab did not sign in: ${error.error}`)
  if (error instanceof openid.ResponseBodyError) return refusedBecause(error.error)
  if (error instanceof openid.WWWAuthenticateChallengeError) {
    const told = refusal.safeParse(parsed(await error.response.text().catch(() => '')))
    const code = told.data?.error ?? 'invalid_token'
    return code === 'invalid_token'
      ? new GatewayError('unauthorised', 'GitLab does not accept this sign-in')
      : refusedBecause(code)
  }
  if (error instanceof openid.ClientError)
    return new GatewayError(
      'unauthorised',
      `GitLab's answer does not fit this sign-in (${error.code ?? error.name})`,
    )
  return error
}

/** openid-client speaks fetch; ours has a deadline, a size bound and the right certificate authority. */
const fetchOver =
  (transport: ReturnType<typeof createTransport>): openid.CustomFetch =>
  async (url, { method, headers, body }) => {
    const plain = new Headers(headers as Record<string, string>)
    const text = body instanceof URLSearchParams ? body.toString() : body
    if (body instanceof URLSearchParams && !plain.has('content-type'))
      plain.set('content-type', 'application/x-www-form-urlencoded;charset=UTF-8')
    if (text !== null && text !== undefined && typeof text !== 'string')
      throw new TypeError('a body of this kind is not expected here')
    try {
      const answer = await transport.send({
        url: new URL(url),
        method,
        headers: Object.fromEntries(plain),
        ...(typeof text === 'string' ? { body: Buffer.from(text) } : {}),
        deadline,
        maxBytes,
      })
      const out = new Headers()
      for (const [name, value] of Object.entries(answer.headers))
        if (value !== undefined) out.set(name, [value].flat().join(', '))
      const bodyless = [204, 205, 304].includes(answer.status)
      return new Response(bodyless ? null : new Uint8Array(answer.body), {
        status: answer.status,
        headers: out,
      })
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
      throw new GatewayError('transient', `GitLab cannot be reached for signing in (${error.message})`, {
        cause: error,
      })
    }
  }

export const createSignIn = (options: {
  readonly gitlabUrl: string
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
  readonly caFile?: string | null
}): SignIn => {
  const transport = createTransport({ caFile: options.caFile })
  const issuer = new URL(options.gitlabUrl)
  const customFetch = fetchOver(transport)
  const insecure = issuer.protocol === 'http:'

  const translate = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw await translated(error)
    }
  }

  let discovering: Promise<openid.Configuration> | null = null
  const configuration = (): Promise<openid.Configuration> => {
    discovering ??= openid
      .discovery(issuer, options.clientId, options.clientSecret, undefined, {
        [openid.customFetch]: customFetch,
        timeout: deadline / 1000,
        ...(insecure ? { execute: [openid.allowInsecureRequests] } : {}),
      })
      .catch((error: unknown) => {
        discovering = null
        throw error
      })
    return discovering
  }

  return {
    begin: () =>
      translate(async () => {
        const found = await configuration()
        const verifier = openid.randomPKCECodeVerifier()
        const state = openid.randomState()
        const nonce = openid.randomNonce()
        const url = openid.buildAuthorizationUrl(found, {
          redirect_uri: options.redirectUri,
          scope: 'openid profile email',
          response_type: 'code',
          code_challenge: await openid.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          state,
          nonce,
        })
        return { url: url.href, secrets: JSON.stringify({ verifier, state, nonce }) }
      }),

    finish: ({ callbackUrl, secrets }) =>
      translate(async () => {
        const kept = secretsShape.safeParse(parsed(secrets))
        if (!kept.success) throw new GatewayError('unauthorised', 'this sign-in was not begun here')
        const found = await configuration()
        // Behind a proxy the request may name another host than the one GitLab was told.
        const current = new URL(options.redirectUri)
        current.search = new URL(callbackUrl, options.redirectUri).search
        const tokens = await openid.authorizationCodeGrant(found, current, {
          pkceCodeVerifier: kept.data.verifier,
          expectedState: kept.data.state,
          expectedNonce: kept.data.nonce,
          idTokenExpected: true,
        })
        const subject = tokens.claims()?.sub
        if (subject === undefined) throw new GatewayError('unauthorised', 'GitLab did not say who signed in')
        const told = claims.safeParse(await openid.fetchUserInfo(found, tokens.access_token, subject))
        const username = told.data?.preferred_username ?? told.data?.nickname
        if (!told.success || !username)
          throw new GatewayError('unauthorised', 'GitLab did not say the username of who signed in')
        return { id: Number(told.data.sub), username, name: told.data.name ?? username }
      }),
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
