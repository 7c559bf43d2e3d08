import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { authenticate, checkScope } from '../auth.ts'
import type { Fault } from '../faults.ts'
import type { World } from '../world.ts'
import { type Answer, json } from './answers.ts'
import { ApiError, notFound, unauthorized } from './api-error.ts'
import type { Call } from './call.ts'
import { type Fields, isFields, nest } from './fields.ts'
import { readMultipart, type UploadedFile } from './multipart.ts'
import type { Match, Router } from './routing.ts'

/** GitLab refuses larger bodies long before; here it only keeps the memory in bounds (bytes). */
const largestBody = 32 * 1024 * 1024

export type Report = (error: unknown, method: string, path: string) => void

/** The sandbox's HTTP server; not listening yet. `report` hears of every bug (an answer of 500). */
export function serve(world: World, api: Router, site: Router, report: Report): Server {
  const server = createServer({ keepAliveTimeout: 30_000 }, (request, response) => {
    handle(world, api, site, request, response, report).catch((error: unknown) => {
      report(error, request.method ?? '', request.url ?? '')
      response.destroy()
    })
  })
  return server
}

async function handle(
  world: World,
  api: Router,
  site: Router,
  request: IncomingMessage,
  response: ServerResponse,
  report: Report,
): Promise<void> {
  const method = request.method ?? 'GET'
  const [path = '/', search = ''] = split(request.url ?? '/')
  if (!isLoopback(request.headers.host)) {
    // The control page shows tokens: a web page that rebinds its name to 127.0.0.1 must not read it.
    write(response, json(403, { message: '403 Forbidden - the sandbox answers only on loopback' }))
    return
  }
  const isApi = path.startsWith('/api/v4/')
  const fault = path.startsWith('/-/sandbox') ? undefined : world.faults.strike(method, path)
  if (fault?.kind === 'reset') {
    request.socket.destroy()
    return
  }
  let answer: Answer
  if (fault?.kind === 'status' || fault?.kind === 'limit') {
    if (isApi) countCall(world, api, method, path)
    answer = faultAnswer(world, fault)
    request.resume()
  } else {
    answer = await work(world, isApi ? api : site, { request, method, path, search, isApi, fault }, report)
  }
  if (fault?.kind === 'lost') {
    request.socket.destroy()
    return
  }
  if (fault?.kind === 'garbage') {
    const whole = typeof answer.body === 'string' ? answer.body : (JSON.stringify(answer.body) ?? '{"id"')
    answer = {
      ...answer,
      headers: { ...answer.headers, 'Content-Type': 'application/json' },
      body: `${whole.slice(0, Math.ceil(whole.length / 2))}<!`,
    }
  }
  if (fault?.kind === 'last')
    answer = { ...answer, headers: { ...answer.headers, ...limitHeaders(world, fault) } }
  write(response, answer, method === 'HEAD')
}

type Arrival = {
  request: IncomingMessage
  method: string
  path: string
  search: string
  isApi: boolean
  fault: Fault | undefined
}

async function work(world: World, router: Router, arrival: Arrival, report: Report): Promise<Answer> {
  const { request, path, search, isApi, fault } = arrival
  const method = arrival.method === 'HEAD' ? 'GET' : arrival.method
  const inner = isApi ? path.slice('/api/v4'.length) : path
  try {
    const match = router.find(method, inner)
    if (isApi) world.calls.count(method, match?.route.template ?? 'unknown')
    if (!match) return missingRoute(router, isApi, inner)
    const query = new URLSearchParams(search)
    const call = await receive(world, match, { request, method, path, query, fault })
    if (isApi && match.route.scope !== 'none') {
      const caller = authenticate(world, request.headers, query)
      // Reading may go without a token where the project is public (lib/api/helpers.rb authenticate_non_get!).
      if (!caller && (method !== 'GET' || match.route.scope !== undefined)) throw unauthorized()
      if (caller) {
        checkScope(match.route, method, caller)
        call.caller = caller
      }
    }
    if (!match.route.pausesItself) await call.pause()
    return await match.route.handler(call)
  } catch (error) {
    if (error instanceof ApiError) return error.answer
    report(error, method, path)
    return json(500, { message: '500 Internal Server Error' })
  }
}

type Received = {
  request: IncomingMessage
  method: string
  path: string
  query: URLSearchParams
  fault: Fault | undefined
}

async function receive(world: World, match: Match, received: Received): Promise<Call> {
  const { request, method, path, query, fault } = received
  const body = method === 'GET' ? { fields: {} } : await readBody(request)
  const wait =
    (fault?.kind === 'slow' ? (fault.ms ?? 1000) : 0) + (match.route.pausesItself ? world.raceWindowMs : 0)
  const call: Call = {
    world,
    method,
    path,
    headers: request.headers,
    params: match.params,
    query,
    fields: query.size === 0 ? body.fields : { ...nest(query), ...body.fields },
    pause: () => (wait > 0 ? new Promise((resolve) => setTimeout(resolve, wait)) : Promise.resolve()),
  }
  if (body.file) call.file = body.file
  return call
}

async function readBody(request: IncomingMessage): Promise<{ fields: Fields; file?: UploadedFile }> {
  const type = request.headers['content-type'] ?? ''
  if (type.startsWith('multipart/form-data')) return readMultipart(request)
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > largestBody) throw new ApiError(413, { error: 'Request Entity Too Large' })
    chunks.push(chunk)
  }
  if (size === 0) return { fields: {} }
  const raw = Buffer.concat(chunks).toString('utf8')
  if (type.includes('json') || /^\s*[[{]/.test(raw)) {
    let parsed: unknown
    try {
      parsed = JSON.parse(raw)
    } catch {
      throw new ApiError(400, { error: `Problem parsing JSON: ${raw.slice(0, 20)}` })
    }
    return { fields: isFields(parsed) ? parsed : { list: parsed } }
  }
  return { fields: nest(new URLSearchParams(raw)) }
}

function missingRoute(router: Router, isApi: boolean, path: string): Answer {
  if (!isApi)
    return { status: 404, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: 'Page not found' }
  const methods = router.methods(path)
  if (methods.length === 0) return json(404, { error: '404 Not Found' })
  return json(405, { error: '405 Not Allowed' }, { Allow: methods.join(', ') })
}

function countCall(world: World, api: Router, method: string, path: string): void {
  world.calls.count(method, api.find(method, path.slice('/api/v4'.length))?.route.template ?? 'unknown')
}

/** Newer versions send these with answers that are no refusal, too. */
function limitHeaders(world: World, fault: Fault): Record<string, string> {
  const wait = Math.max(1, Math.ceil((fault.ms ?? 60_000) / 1000))
  return {
    'RateLimit-Limit': '60',
    'RateLimit-Name': 'throttle_authenticated_api',
    'RateLimit-Observed': fault.kind === 'limit' ? '61' : '60',
    'RateLimit-Remaining': '0',
    'RateLimit-Reset': String(Math.ceil(world.clock.now() / 1000) + wait),
  }
}

function faultAnswer(world: World, fault: Fault): Answer {
  if (fault.kind === 'limit') {
    // Rack::Attack's answer: plain text, and these headers (GitLab's rate limit specs).
    const wait = Math.max(1, Math.ceil((fault.ms ?? 60_000) / 1000))
    const limits = limitHeaders(world, fault)
    return {
      status: 429,
      headers: {
        'Content-Type': 'text/plain',
        'Retry-After': String(wait),
        ...limits,
        'RateLimit-ResetTime': new Date(Number(limits['RateLimit-Reset']) * 1000).toUTCString(),
      },
      body: 'Retry later\n',
    }
  }
  const status = fault.status ?? 500
  if (status === 404) return notFound().answer
  return json(status, { message: statusText[status] ?? `${status} Error` })
}

const statusText: Record<number, string> = {
  400: '400 Bad request',
  401: '401 Unauthorized',
  403: '403 Forbidden',
  409: '409 Conflict: Resource lock',
  429: '429 Too Many Requests',
  500: '500 Internal Server Error',
  502: '502 Bad Gateway',
  503: '503 Service Unavailable',
  504: '504 Gateway Timeout',
}

function write(response: ServerResponse, answer: Answer, headOnly = false): void {
  const { body } = answer
  const headers: Record<string, string | number> = {}
  let bytes: Buffer
  if (body === undefined) bytes = Buffer.alloc(0)
  else if (typeof body === 'string') bytes = Buffer.from(body)
  else if (body instanceof Uint8Array) bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  else {
    bytes = Buffer.from(JSON.stringify(body))
    headers['Content-Type'] = 'application/json'
  }
  if (answer.status !== 204) headers['Content-Length'] = bytes.length
  response.writeHead(answer.status, { ...headers, 'X-Content-Type-Options': 'nosniff', ...answer.headers })
  response.end(headOnly || answer.status === 204 ? undefined : bytes)
}

function split(url: string): [string, string] {
  const at = url.indexOf('?')
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)]
}

function isLoopback(host: string | undefined): boolean {
  return host === undefined || /^(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d+)?$/i.test(host)
}
