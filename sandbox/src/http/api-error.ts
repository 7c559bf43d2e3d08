import type { Answer } from './answers.ts'

/** An answer of GitLab's API that is not a success. Thrown anywhere below a route, written by the server. */
export class ApiError extends Error {
  readonly answer: Answer
  constructor(status: number, body: unknown, headers: Record<string, string> = {}) {
    super(`${status} ${JSON.stringify(body)}`)
    this.answer = { status, body, headers }
  }
}

/** 401 without a usable token (lib/api/helpers.rb `unauthorized!`). */
export const unauthorized = () => new ApiError(401, { message: '401 Unauthorized' })

/** 401 for a token that was good once, in OAuth's words (lib/api/api_guard.rb). */
export function invalidToken(description: string): ApiError {
  return new ApiError(
    401,
    { error: 'invalid_token', error_description: description },
    {
      'WWW-Authenticate': `Bearer realm="Protected by OAuth 2.0", error="invalid_token", error_description="${description}"`,
    },
  )
}

export function insufficientScope(needed: readonly string[]): ApiError {
  return new ApiError(403, {
    error: 'insufficient_scope',
    error_description: 'The request requires higher privileges than provided by the access token.',
    scope: needed.join(' '),
  })
}

export function forbidden(reason?: string): ApiError {
  return new ApiError(403, { message: reason ? `403 Forbidden - ${reason}` : '403 Forbidden' })
}

/** `404 Project Not Found` and the like; without a name the plain form of a missing record. */
export function notFound(what?: string): ApiError {
  return new ApiError(404, { message: what ? `404 ${what} Not Found` : '404 Not found' })
}

/** The first shape of 400: Grape's parameter check. */
export const badParameter = (text: string) => new ApiError(400, { error: text })

/** The second shape of 400: a model's validation. */
export const invalidModel = (errors: Record<string, string[]>) => new ApiError(400, { message: errors })

export const badRequest = (reason: string) => new ApiError(400, { message: `400 Bad request - ${reason}` })

/** A 400 whose message GitLab hands on as it is (branch creation). */
export const refusedWith = (message: string) => new ApiError(400, { message })

export const conflict = (message: string) => new ApiError(409, { message })

export const notAllowed = (text: string) => new ApiError(405, { error: text })

/** The application's own limit, unlike Rack::Attack's plain text (lib/api/helpers.rb `too_many_requests!`). */
export function tooManyRequests(): ApiError {
  return new ApiError(
    429,
    { message: { error: 'This endpoint has been requested too many times. Try again later.' } },
    { 'Retry-After': '60' },
  )
}
