// Every fault is put into words once, here: what the visitor reads, and what the log keeps.
// Another system's 404 is not our 404: GitLab's faults are answered as GitLab's.

import { parseCookie } from 'cookie'
import type { Request } from 'express'
import { GatewayError } from '../application/gateway-error.ts'
import { StoreAway } from '../application/store-away.ts'
import type { UnreadableForm } from './form-body.ts'
import { FormError } from './form-body.ts'
import type { PageContext } from './page.ts'
import type { MessageKind } from './pages/message.ts'
import { messagePage } from './pages/message.ts'
import { renderPage } from './rendering.ts'
import { requestId } from './request-id.ts'
import { OddParameters } from './security.ts'
import { pickLocale, translator } from './translate.ts'
import type { Answer, Door, Visit } from './visit.ts'
import { redirect, signInUrl } from './visit.ts'

type Message = Parameters<typeof messagePage>[1]

const say = (
  context: PageContext,
  message: Message,
  status?: number,
  headers?: Readonly<Record<string, string>>,
): Answer => {
  const model = messagePage(context, message)
  return {
    kind: 'page',
    status: status ?? model.status,
    html: renderPage(model),
    ...(headers ? { headers } : {}),
  }
}

export const missingAnswer = (visit: Visit): Answer => say(visit.context(), { kind: 'not-found' })

export const forbiddenAnswer = (visit: Visit, kind: 'forbidden' | 'cross-site' = 'forbidden'): Answer =>
  say(visit.context(), { kind })

/** Somebody who is not signed in: pages lead to signing in and back, posts say that the session is over. */
export const signInFirst = (visit: Visit): Answer =>
  visit.request.method === 'POST'
    ? say(visit.context(), { kind: 'forbidden' })
    : redirect(signInUrl(visit.request.url))

const unreadable: Record<UnreadableForm, { readonly kind: MessageKind; readonly status: number }> = {
  'too-large': { kind: 'too-large', status: 413 },
  'wrong-type': { kind: 'bad-request', status: 415 },
  malformed: { kind: 'bad-request', status: 400 },
  aborted: { kind: 'bad-request', status: 400 },
  busy: { kind: 'too-many', status: 503 },
}

const clientStatus = (error: unknown): number | null => {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : null
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null
}

/** Where there is no visit the fault came before anybody knew who looks. */
export const answerFault = (error: unknown, visit: Visit | null, request: Request, door: Door): Answer => {
  const context = () => visit?.context() ?? strangersContext(request, door)
  if (error instanceof OddParameters) return say(context(), { kind: 'bad-request' })
  if (error instanceof FormError) return sayUnreadable(error, context())
  if (error instanceof GatewayError) {
    door.log.warn({ err: error, kind: error.kind }, 'GitLab could not')
    return say(
      context(),
      { kind: 'gitlab', gatewayError: error.kind },
      error.kind === 'transient' ? 503 : 502,
    )
  }
  if (error instanceof StoreAway) {
    door.log.error({ err: error }, 'the database does not answer')
    return say(context(), { kind: 'store-away' }, 503, { 'retry-after': '5' })
  }
  // Express itself: a path that cannot be decoded.
  const status = clientStatus(error)
  if (status !== null) return say(context(), { kind: 'bad-request' }, status)
  const reference = requestId() ?? door.parts.newId()
  door.log.error({ err: error, reference }, 'a request met a bug')
  return broken(() => say(context(), { kind: 'broken', reference }), reference, door)
}

const sayUnreadable = (error: FormError, context: PageContext): Answer => {
  const { kind, status } = unreadable[error.problem]
  return say(context, { kind }, status)
}

/** The page about a bug must not need what is broken. */
const broken = (page: () => Answer, reference: string, door: Door): Answer => {
  try {
    return page()
  } catch (error) {
    door.log.error({ err: error, reference }, 'the page about a bug met another one')
    return {
      kind: 'data',
      status: 500,
      type: 'text/plain; charset=utf-8',
      body: `Something broke on our side. Reference: ${reference}\n`,
    }
  }
}

const strangersContext = (request: Request, door: Door): PageContext => {
  const locale = pickLocale({
    cookie: parseCookie(request.headers.cookie ?? '')[door.cookies.names.locale],
    acceptLanguage: request.headers['accept-language'],
  })
  return {
    viewer: null,
    locale,
    t: translator(locale),
    desk: door.parts.desk,
    now: door.parts.clock.now(),
    url: '/',
    flash: null,
    connection: door.connection(),
    projectUrl: door.projectUrl,
    sandbox: door.sandbox,
  }
}
