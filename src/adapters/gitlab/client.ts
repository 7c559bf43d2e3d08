// GitLab's REST API as it is: one call in, status, headers and a checked body out. The token goes
// into a header and to GitLab's own address only; no redirect and no page link can take it
// elsewhere. A call that fails says whether it may have done something all the same, and that is
// what keeps every ticket from being opened twice. Why not a ready client: docs/decisions.

import type { IncomingHttpHeaders } from 'node:http'
import type { ZodType } from 'zod'
import { GatewayError } from '../../application/gateway-error.ts'
import type { Remaining } from '../../domain/pace.ts'
import { heldAfter } from '../../domain/pace.ts'
import { createTransport, type Received, type Transport, TransportError } from './transport.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>

export type Call = {
  readonly method: Method
  /** As in GitLab's documentation, `/projects/:project/issues`; also the name in the figures. */
  readonly route: string
  readonly params?: Readonly<Record<string, string | number>>
  readonly query?: Query | URLSearchParams
  readonly json?: unknown
  readonly form?: { readonly body: Uint8Array; readonly type: string }
  /** Milliseconds; 20 s when absent. */
  readonly deadline?: number
  readonly maxBytes?: number
}

export type Answer<T> = { readonly data: T; readonly status: number; readonly headers: IncomingHttpHeaders }

export type CallReport = {
  readonly method: Method
  readonly route: string
  /** null = no answer. */
  readonly status: number | null
  readonly ms: number
  /** Calls that GitLab takes in one period, where it says so. */
  readonly limit: number | null
}

export type Client = {
  /** Any answer GitLab gives, refusals too; throws only where there is none. */
  raw(call: Call): Promise<Received>
  /** A successful answer of this shape; throws GatewayError. */
  call<T>(shape: ZodType<T>, call: Call): Promise<Answer<T>>
  /** The one after this page of a list, as its query; null on the last one. */
  nextPage(query: Query | URLSearchParams, headers: IncomingHttpHeaders): URLSearchParams | null
  /** Every page of a list. `enough` ends it early. */
  all<T>(shape: ZodType<T[]>, call: Call, enough?: (page: readonly T[]) => boolean): Promise<T[]>
  /** Checks a successful answer of `raw`; throws GatewayError where it has not this shape. */
  read<T>(shape: ZodType<T>, call: Call, answer: Received): Answer<T>
  /** A successful answer as bytes. */
  download(call: Call): Promise<Received>
  now(): number
  /** GitLab's clock minus ours in milliseconds, by its last answer; 0 before the first. */
  skew(): number
  /** When GitLab takes calls again (UTC milliseconds), where it said with an answer that it was the last; else 0. */
  heldUntil(): number
  /** What GitLab said last of the calls that are left. */
  remaining(): Remaining | null
  /** GitLab's address, without a slash at its end. */
  readonly url: string
  /** Host and port. */
  readonly host: string
  close(): void
}

const defaultDeadline = 20_000
/** A page of 100 issues with long texts has some megabytes. */
const defaultMaxBytes = 64 * 1024 * 1024

export const toQuery = (query: Query | URLSearchParams | undefined): URLSearchParams => {
  if (query instanceof URLSearchParams) return new URLSearchParams(query)
  const out = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== undefined && value !== null) out.set(name, String(value))
  return out
}

const fill = (route: string, params: Call['params'] = {}): string =>
  route.replace(/:([a-z_]+)/g, (_, name: string) => {
    const value = params[name]
    if (value === undefined || value === '') throw new TypeError(`${route} needs ${name}`)
    // '.' and '..' survive percent-encoding and would climb out of the route.
    if (/^\.{1,2}$/.test(String(value))) throw new GatewayError('permanent', `not a name: ${value}`)
    return encodeURIComponent(value)
  })

/** GitLab's own words of a refusal, in one line. */
export const wordsOf = (body: Buffer): string => {
  const text = body.subarray(0, 20_000).toString('utf8')
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null) {
      const { message, error, error_description: description } = parsed as Record<string, unknown>
      const said = message ?? (description ? `${String(error)}: ${String(description)}` : error)
      if (typeof said === 'string') return said.slice(0, 300)
      if (said !== undefined) return JSON.stringify(said).slice(0, 300)
    }
  } catch {
    // Rack::Attack and proxies answer in plain text or HTML.
  }
  return /<[a-z!]/i.test(text) ? '' : text.replace(/\s+/g, ' ').trim().slice(0, 200)
}

/** Milliseconds until GitLab wants to hear from us again. Dates are held against GitLab's own clock. */
export const retryAfterOf = (headers: IncomingHttpHeaders, now: number): number | null => {
  const theirs = Date.parse(headers.date ?? '')
  const present = Number.isNaN(theirs) ? now : theirs
  const after = headers['retry-after']?.trim()
  if (after !== undefined && /^\d+(\.\d+)?$/.test(after)) return Math.ceil(Number(after) * 1000)
  const date = after === undefined ? Number.NaN : Date.parse(after)
  if (!Number.isNaN(date)) return Math.max(0, date - present)
  const reset = Number(headers['ratelimit-reset'])
  return Number.isFinite(reset) && reset > 0 ? Math.max(0, reset * 1000 - present) : null
}

/** What an answer that is no refusal says of the calls that are left (FACTS section 3); null where nothing. */
export const remainingOf = (headers: IncomingHttpHeaders, now: number): Remaining | null => {
  const calls = String(headers['ratelimit-remaining'] ?? '').trim()
  const reset = Number(headers['ratelimit-reset'])
  if (!/^\d+$/.test(calls) || !Number.isFinite(reset) || reset <= 0) return null
  const theirs = Date.parse(headers.date ?? '')
  return { calls: Number(calls), resetAt: reset * 1000 - (Number.isNaN(theirs) ? 0 : theirs - now) }
}

/** How many calls GitLab takes at all, by its word; null where it says nothing. */
const limitOf = (headers: IncomingHttpHeaders): number | null => {
  const calls = String(headers['ratelimit-limit'] ?? '').trim()
  return /^\d+$/.test(calls) ? Number(calls) : null
}

/** The one 409 that only means "not now" (lib/api/api.rb). */
const isResourceLock = (words: string): boolean => words.includes('Resource lock')

const isWrite = (method: Method): boolean => method !== 'GET'

/** What a refusing answer means for the desk. */
export const errorOf = (
  call: Pick<Call, 'method' | 'route'>,
  answer: Received,
  now: number,
): GatewayError => {
  const { status } = answer
  const words = wordsOf(answer.body)
  const said = `${call.method} ${call.route}: GitLab answered ${status}${words === '' ? '' : ` (${words})`}`
  if (status === 401) return new GatewayError('unauthorised', said, { status })
  if (status === 404) return new GatewayError('missing', said, { status })
  if (status === 429)
    return new GatewayError('transient', said, { status, retryAfter: retryAfterOf(answer.headers, now) })
  if (status >= 500 || status === 408)
    return new GatewayError('transient', said, {
      status,
      effect: isWrite(call.method) ? 'maybe' : 'none',
      retryAfter: retryAfterOf(answer.headers, now),
    })
  if (status === 409 && isResourceLock(words)) return new GatewayError('transient', said, { status })
  if (status === 409 && words.includes('captcha')) return new GatewayError('permanent', said, { status })
  if (status === 409 || status === 412) return new GatewayError('conflict', said, { status })
  if (status >= 300 && status < 400)
    return new GatewayError(
      'permanent',
      `${call.method} ${call.route}: GitLab sends us elsewhere (${status}); check GITLAB_URL and GITLAB_PROJECT`,
      { status },
    )
  return new GatewayError('permanent', said, { status })
}

const troubleWords = (error: TransportError, host: string): string => {
  if (error.reason === 'deadline') return `${host} did not answer in time`
  if (error.reason === 'too-large') return `${host} answered with more than we read`
  if (error.code === 'ECONNREFUSED') return `${host} refuses connections`
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') return `there is no host ${host}`
  if (error.code && /CERT|SELF_SIGNED|ISSUER|ALTNAME/.test(error.code))
    return `the certificate of ${host} is not trusted (${error.code}); GITLAB_CA_FILE can name its authority`
  return `the connection to ${host} broke${error.code ? ` (${error.code})` : ''}`
}

export const createClient = (options: {
  readonly url: string
  readonly token: string
  readonly clock: { now(): number }
  readonly caFile?: string | null
  /** Milliseconds for one call. */
  readonly deadline?: number
  readonly onCall?: (report: CallReport) => void
  /** Another way to GitLab than the network: the proof's. */
  readonly transport?: Transport
}): Client => {
  const base = new URL(options.url)
  const url = `${base.origin}${base.pathname.replace(/\/+$/, '')}`
  const transport = options.transport ?? createTransport({ caFile: options.caFile })
  let skew = 0
  let held = 0
  let left: Remaining | null = null

  const once = async (call: Call, target: URL): Promise<Received> => {
    const startedAt = performance.now()
    const report = (status: number | null, limit: number | null = null): void =>
      options.onCall?.({
        method: call.method,
        route: call.route,
        status,
        ms: performance.now() - startedAt,
        limit,
      })
    const json = call.json === undefined ? undefined : Buffer.from(JSON.stringify(call.json))
    const type = json ? 'application/json' : call.form?.type
    const body = json ?? call.form?.body
    try {
      const answer = await transport.send({
        url: target,
        method: call.method,
        headers: {
          'private-token': options.token,
          accept: 'application/json',
          'user-agent': 'belay',
          ...(type ? { 'content-type': type } : {}),
          ...(body === undefined && isWrite(call.method) ? { 'content-length': '0' } : {}),
        },
        ...(body ? { body } : {}),
        deadline: call.deadline ?? options.deadline ?? defaultDeadline,
        maxBytes: call.maxBytes ?? defaultMaxBytes,
      })
      report(answer.status, limitOf(answer.headers))
      const theirs = Date.parse(answer.headers.date ?? '')
      if (!Number.isNaN(theirs)) skew = theirs - options.clock.now()
      // A refusal says by itself how long to wait, see errorOf.
      const remaining = answer.status === 429 ? null : remainingOf(answer.headers, options.clock.now())
      if (remaining) left = remaining
      if (remaining) held = heldAfter(held, remaining, options.clock.now())
      return answer
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
      report(null)
      const maybe = error.sent && isWrite(call.method)
      throw new GatewayError(
        error.reason === 'too-large' && !maybe ? 'permanent' : 'transient',
        `${call.method} ${call.route}: ${troubleWords(error, base.host)}`,
        { effect: maybe ? 'maybe' : 'none', cause: error },
      )
    }
  }

  const raw = async (call: Call): Promise<Received> => {
    const query = toQuery(call.query).toString()
    let target = new URL(`${url}/api/v4${fill(call.route, call.params)}${query === '' ? '' : `?${query}`}`)
    for (let hop = 0; ; hop++) {
      const answer = await once(call, target)
      const location = answer.headers.location
      const moved = call.method === 'GET' && location !== undefined && hop < 3
      if (!moved || ![301, 302, 307, 308].includes(answer.status)) return answer
      // A renamed project answers 301. Never follow it to another address: the token would go along.
      const next = new URL(location, target)
      if (
        next.origin !== base.origin ||
        !next.pathname.startsWith(`${new URL(url).pathname.replace(/\/$/, '')}/api/v4/`)
      )
        return answer
      target = next
    }
  }

  const read = <T>(shape: ZodType<T>, request: Call, answer: Received): Answer<T> => {
    let body: unknown = null
    try {
      if (answer.body.length > 0) body = JSON.parse(answer.body.toString('utf8'))
    } catch (cause) {
      throw unreadable(request, answer.status, 'it is not JSON', cause)
    }
    const parsed = shape.safeParse(body)
    if (!parsed.success) {
      const first = parsed.error.issues[0]
      const where = first ? `${first.path.join('.') || 'answer'}: ${first.message}` : 'unknown shape'
      throw unreadable(request, answer.status, where, parsed.error)
    }
    return { data: parsed.data, status: answer.status, headers: answer.headers }
  }

  const download = async (request: Call): Promise<Received> => {
    const answer = await raw(request)
    if (answer.status < 200 || answer.status > 299) throw errorOf(request, answer, options.clock.now())
    return answer
  }

  const call = async <T>(shape: ZodType<T>, request: Call): Promise<Answer<T>> =>
    read(shape, request, await download(request))

  const nextPage = (query: Query | URLSearchParams, headers: IncomingHttpHeaders): URLSearchParams | null => {
    // Link carries the address GitLab is configured with, which need not be ours: only its query is taken.
    const links = [headers.link ?? []].flat().join(', ')
    const target = /<([^<>]*)>\s*;\s*rel="?next"?/.exec(links)?.[1]
    const at = target?.indexOf('?') ?? -1
    if (target !== undefined && at >= 0) {
      const next = new URLSearchParams(target.slice(at + 1))
      next.delete('private_token')
      next.delete('access_token')
      return next
    }
    const page = [headers['x-next-page'] ?? ''].flat()[0] ?? ''
    if (!/^\d+$/.test(page)) return null
    const next = toQuery(query)
    next.set('page', page)
    return next
  }

  const all = async <T>(
    shape: ZodType<T[]>,
    request: Call,
    enough?: (page: readonly T[]) => boolean,
  ): Promise<T[]> => {
    const items: T[] = []
    const seen = new Set<string>()
    let query: URLSearchParams | null = toQuery(request.query)
    if (!query.has('per_page')) query.set('per_page', '100')
    while (query) {
      // A server that points back to a page we had would keep us here for ever.
      if (seen.has(query.toString())) break
      seen.add(query.toString())
      const { data, headers }: Answer<T[]> = await call(shape, { ...request, query })
      items.push(...data)
      query = enough?.(data) ? null : nextPage(query, headers)
    }
    return items
  }

  return {
    raw,
    call,
    read,
    download,
    nextPage,
    all,
    now: () => options.clock.now(),
    skew: () => skew,
    heldUntil: () => held,
    remaining: () => left,
    url,
    host: base.host,
    close: transport.close,
  }
}

const unreadable = (call: Call, status: number, why: string, cause: unknown): GatewayError =>
  new GatewayError(
    'transient',
    `${call.method} ${call.route}: GitLab's answer (${status}) cannot be read: ${why}`,
    {
      status,
      effect: isWrite(call.method) ? 'maybe' : 'none',
      cause,
    },
  )
