// The browser's door: takes a request, finds its route, asks who looks and whether they may,
// lets the controller answer with plain values, and writes the answer down.

import type { OutgoingHttpHeaders } from 'node:http'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Express, NextFunction, Request, Response } from 'express'
import express from 'express'
import { keepingNoRights } from '../application/keep-audit.ts'
import type { Kpis } from '../application/kpi-ports.ts'
import type { Connection, Parts, SignIn } from '../application/ports.ts'
import { ticketLinks } from '../application/ticket-link.ts'
import type { FloodLimits } from '../domain/flood.ts'
import { floodLimits } from '../domain/flood.ts'
import type { Aside } from './aside.ts'
import { createAside } from './aside.ts'
import { assetUrl } from './asset-url.ts'
import { rememberBrowsing } from './browsing.ts'
import { createCookies } from './cookies.ts'
import { answerFault, forbiddenAnswer, missingAnswer, signInFirst } from './errors.ts'
import { createFloodGate } from './flood-gate.ts'
import { hookSecretOf } from './hook-signature.ts'
import type { Metrics } from './metrics.ts'
import { createMetrics } from './metrics.ts'
import { rememberPages } from './page-memory.ts'
import { askReadiness } from './readiness.ts'
import { createRenderTimes } from './render-time.ts'
import { prepareViews } from './rendering.ts'
import { inRequest, requestIdFor } from './request-id.ts'
import { createRequesterSessions } from './requester-session.ts'
import type { Route } from './routes.ts'
import { mayUse, routes } from './routes.ts'
import { isOwnPost, securityHeaders } from './security.ts'
import { createSessions } from './session.ts'
import type { Wire } from './streams.ts'
import { createStreams } from './streams.ts'
import { utf8InLatin1, utf8Of } from './utf8.ts'
import type { AgentVisit, Answer, Door, HookDoor, Log, Visit } from './visit.ts'
import { arrive } from './visit.ts'

export type AppOptions = {
  readonly parts: Parts
  readonly kpis: Kpis
  readonly signIn: SignIn
  readonly connection: () => Connection
  /** 32 bytes each; the first one writes, every one reads. */
  readonly keys: {
    readonly session: readonly Uint8Array[]
    readonly ticketLink: readonly Uint8Array[]
    readonly renderTime: readonly Uint8Array[]
    readonly clientMark: readonly Uint8Array[]
    readonly requester: readonly Uint8Array[]
  }
  /** How work beside answers is begun; a few at once where left out. */
  readonly aside?: Aside
  /** How much from whom is too much; the desk's own where left out. */
  readonly floodLimits?: FloodLimits
  /** Public address without a slash at the end. */
  readonly baseUrl: string
  /** As Express takes it: addresses or a number of hops; null = none. */
  readonly trustProxy: string | null
  /** Address of the project in GitLab. */
  readonly projectUrl: string
  readonly sandbox: boolean
  readonly metricsToken: string | null
  /** Where others than the pages count as well; its own where left out. */
  readonly metrics?: Metrics
  /** `secret` as it is set; left out, or without one, every delivery is refused. */
  readonly hooks?: { readonly secret: string | null; readonly receive: HookDoor['receive'] }
  readonly log: Log
  /** Aborted when the desk is asked to stop: event streams end, and the probe says so. Never where left out. */
  readonly stopped?: AbortSignal
  /** Routes of other doors (webhook, figures), under the same rules. */
  readonly moreRoutes?: readonly Route[]
  /** For measuring: adds to the finished app what is no page of the desk. */
  readonly extend?: (app: Express) => void
}

const assetsFolder = fileURLToPath(new URL('assets', import.meta.url))

const doorOf = (options: AppOptions): Door => {
  const { parts, keys, baseUrl, log, stopped = new AbortController().signal } = options
  return {
    parts,
    kpis: options.kpis,
    signIn: options.signIn,
    connection: options.connection,
    links: ticketLinks(keys.ticketLink),
    sessions: createSessions(parts, keys.session, (error) =>
      log.error({ err: error }, 'a role could not be asked for'),
    ),
    requesters: createRequesterSessions(parts, keys.requester),
    aside: options.aside ?? createAside(log),
    cookies: createCookies(keys.session, { secure: baseUrl.startsWith('https:'), clock: parts.clock }),
    browse: rememberBrowsing(parts),
    pages: rememberPages(parts),
    streams: createStreams(parts, log, stopped),
    flood: createFloodGate({
      clock: parts.clock,
      limits: options.floodLimits ?? floodLimits,
      keys: keys.clientMark,
      neighbours: parts.store.neighbours,
      log,
      stopped,
    }),
    renderTimes: createRenderTimes(keys.renderTime),
    metrics: options.metrics ?? createMetrics(),
    metricsToken: options.metricsToken,
    readiness: askReadiness({
      store: parts.store,
      connection: options.connection,
      stopping: () => stopped.aborted,
      log,
    }),
    hooks: {
      secret: hookSecretOf(options.hooks?.secret ?? null),
      receive: options.hooks?.receive ?? (() => 'foreign'),
    },
    keepNoRight: keepingNoRights(parts),
    baseUrl,
    projectUrl: options.projectUrl,
    sandbox: options.sandbox,
    log,
  }
}

/** The path as it may stand in a log: without query, and without the token of a link. */
export const loggedPath = (url: string): string => {
  const [path = ''] = url.split('?', 1)
  if (/^\/t(\/|$)/iu.test(path)) return '/t/…'
  return /^\/my-tickets\/sign-in\/./iu.test(path) ? '/my-tickets/sign-in/…' : path.slice(0, 300)
}

/** One line and one figure for every request, when its answer is out or the visitor has gone. */
const keepLog =
  (door: Door, behindProxy: boolean) => (request: Request, response: Response, next: NextFunction) => {
    const started = performance.now()
    const id = requestIdFor(request, behindProxy)
    response.setHeader('X-Request-Id', id)
    const url = request.url
    const ended = door.metrics.began()
    response.once('close', () => {
      ended()
      const ms = performance.now() - started
      const route: unknown = response.locals.route
      const status = response.statusCode
      // How long somebody listened says nothing about how long an answer takes.
      const streamed = response.locals.stream === true
      if (!streamed)
        door.metrics.observe(request.method, typeof route === 'string' ? route : 'none', status, ms / 1_000)
      door.log.info(
        {
          // This is said when nobody is inside of the request any more.
          request: id,
          method: request.method,
          path: loggedPath(url),
          status,
          ms: Math.round(ms * 10) / 10,
          ...(response.writableFinished || streamed ? {} : { broken: true }),
        },
        'request',
      )
    })
    inRequest(id, next)
  }

const language = (visit: Visit): Answer | null => {
  const wish = visit.query.get('lang')
  if (wish === undefined || visit.request.method !== 'GET') return null
  const { door, request } = visit
  const url = new URL(request.url, 'http://desk.invalid')
  url.searchParams.delete('lang')
  const cookies = wish === 'en' || wish === 'de' ? [door.cookies.locale(wish)] : []
  return { kind: 'redirect', to: `${url.pathname.replace(/^\/+/u, '/')}${url.search}`, cookies }
}

const isForAgent = (visit: Visit): visit is AgentVisit => visit.viewer !== null

const answerOf = async (route: Route, visit: Visit): Promise<Answer> => {
  const chosen = language(visit)
  if (chosen) return chosen
  if (!mayUse(route, visit.viewer?.role ?? null)) return denied(route, visit)
  if (route.for === 'program' || route.for === 'anyone') return route.answer(visit)
  return isForAgent(visit) ? route.answer(visit) : denied(route, visit)
}

/** Whoever has no rights on tickets learns nothing of which ones there are. */
const denied = async (route: Route, visit: Visit): Promise<Answer> => {
  const { viewer } = visit
  if (viewer === null) return signInFirst(visit)
  const by = { kind: 'agent', id: viewer.id, username: viewer.username } as const
  await visit.door.keepNoRight(by, `${route.method} ${route.path}`)
  return route.path.includes(':') ? { kind: 'missing' } : forbiddenAnswer(visit)
}

const bytesOf = (body: string | Uint8Array): Uint8Array => (typeof body === 'string' ? utf8Of(body) : body)

const redirectHead = (
  head: OutgoingHttpHeaders,
  answer: Extract<Answer, { kind: 'redirect' }>,
  visit: Visit | null,
  cookies: string[],
): void => {
  head.location = answer.to
  head['content-length'] = 0
  if (answer.cookies) cookies.push(...answer.cookies)
  if (answer.flash && visit) cookies.push(visit.door.cookies.flash(answer.flash))
}

const html = 'text/html; charset=utf-8'

/** Bytes: who has left so many unread is not reading any more. */
const mostUnread = 16_384

const stream = (
  response: Response,
  answer: Extract<Answer, { kind: 'stream' }>,
  head: OutgoingHttpHeaders,
): void => {
  response.locals.stream = true
  head['content-type'] = answer.type
  // Else NGINX keeps what it gets until it is worth sending.
  head['x-accel-buffering'] = 'no'
  response.writeHead(200, head)
  // Who asks for the head alone gets no body, and who has gone already gets nothing.
  if (response.req.method === 'HEAD' || response.destroyed) {
    response.end()
    return
  }
  response.flushHeaders()
  const wire: Wire = {
    write: (text) => {
      if (response.writableLength > mostUnread) response.destroy()
      else response.write(text)
    },
    end: () => response.end(),
  }
  response.once('close', answer.begin(wire))
}

const write = (response: Response, visit: Visit | null, answer: Answer, cookies: string[]): void => {
  if (answer.kind === 'missing') {
    if (visit === null) throw new TypeError('only a visit can find a page missing')
    write(response, visit, missingAnswer(visit), cookies)
    return
  }
  const head: OutgoingHttpHeaders = { 'cache-control': 'no-store' }
  if (answer.kind === 'stream') {
    if (cookies.length > 0) head['set-cookie'] = cookies
    stream(response, answer, head)
    return
  }
  let status = 200
  let body: Uint8Array | string = ''
  if (answer.kind === 'redirect') {
    status = answer.status ?? 303
    redirectHead(head, answer, visit, cookies)
  } else if (answer.kind === 'ready') {
    body = answer.latin1
    head['content-type'] = html
    head['content-length'] = body.length
  } else {
    status = answer.status
    body = answer.kind === 'page' ? utf8InLatin1(answer.html) : bytesOf(answer.body)
    head['content-type'] = answer.kind === 'page' ? html : answer.type
    head['content-length'] = body.length
    Object.assign(head, answer.headers)
  }
  if (answer.kind === 'page' && visit?.flashShown()) cookies.push(visit.door.cookies.forget('flash'))
  if (cookies.length > 0) head['set-cookie'] = cookies
  response.writeHead(status, head)
  response.end(body, 'latin1')
}

/** Whoever has the address may do it: a ticket link, a sign-in link. */
const isLink = ({ path }: Route): boolean => path.startsWith('/t/') || path.startsWith('/my-tickets/sign-in/')

const rightOf = (route: Route, { door, cookies }: Visit): Parameters<typeof isOwnPost>[2] =>
  isLink(route)
    ? 'link'
    : door.cookies.names.session in cookies || door.cookies.names.requester in cookies
      ? 'session'
      : 'none'

const serve = (door: Door, route: Route) => async (request: Request, response: Response) => {
  response.locals.route = route.path
  if (isLink(route)) {
    response.setHeader('Referrer-Policy', 'no-referrer')
    response.setHeader('X-Robots-Tag', 'noindex, nofollow')
  }
  let visit: Visit | null = null
  const cookies: string[] = []
  let answer: Answer
  try {
    const arrived = await arrive(door, request, { anonymous: route.for === 'program' })
    visit = arrived.visit
    if (arrived.renewed !== null) cookies.push(door.cookies.session(arrived.renewed))
    answer =
      // Programs are no browsers: they carry no session, and say otherwise who they are.
      route.method === 'post' &&
      route.for !== 'program' &&
      !isOwnPost(request, door.baseUrl, rightOf(route, visit))
        ? forbiddenAnswer(visit, 'cross-site')
        : await answerOf(route, visit)
  } catch (error) {
    if (request.destroyed && !request.complete) return
    answer = answerFault(error, visit, request, door)
  }
  // Ahead of the answer's own, which may forget what was just renewed.
  if (visit) cookies.push(...visit.cookiesToSend)
  write(response, visit, answer, cookies)
}

/** Everything that is not in the table. */
const elsewhere = (door: Door) => async (request: Request, response: Response) => {
  try {
    const { visit } = await arrive(door, request, { anonymous: false })
    write(response, visit, language(visit) ?? missingAnswer(visit), [])
  } catch (error) {
    write(response, null, answerFault(error, null, request, door), [])
  }
}

export const createApp = (options: AppOptions): Express => {
  prepareViews()
  const door = doorOf(options)
  const app = express()
  app.set('x-powered-by', false)
  app.set('etag', false)
  app.set('query parser', false)
  app.set('case sensitive routing', true)
  if (options.trustProxy !== null)
    app.set(
      'trust proxy',
      /^\d+$/u.test(options.trustProxy) ? Number(options.trustProxy) : options.trustProxy,
    )
  app.use(keepLog(door, options.trustProxy !== null))
  for (const headers of securityHeaders(options.baseUrl)) app.use(headers)
  for (const route of [...routes, ...(options.moreRoutes ?? [])])
    app[route.method](route.path, serve(door, route))
  app.use('/assets', assets())
  options.extend?.(app)
  app.use(elsewhere(door))
  // Express itself refuses paths that cannot be decoded; nothing else gets here.
  app.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(error)
    write(response, null, answerFault(error, null, request, door), [])
  })
  return app
}

/** Whoever asks with the content's hash may keep the answer for ever; see assetUrl in rendering.ts. */
const assets = () =>
  express.static(assetsFolder, {
    index: false,
    redirect: false,
    dotfiles: 'ignore',
    etag: true,
    cacheControl: false,
    setHeaders: (response: Response, file: string) => {
      const asked = `/assets${response.req.url}`
      response.setHeader(
        'cache-control',
        !asked.includes('?v=')
          ? 'public, max-age=300'
          : asked === assetUrl(path.relative(assetsFolder, file).replaceAll('\\', '/'))
            ? 'public, max-age=31536000, immutable'
            : // The page is of another release, that runs beside this one: its browser must not keep ours for its own.
              'no-store',
      )
    },
  })
