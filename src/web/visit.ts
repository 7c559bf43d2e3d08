// One request as the controllers see it: who looks, what was asked, and what a page needs to
// know. Controllers answer with plain values; app.ts alone writes them to the connection.

import { parseCookie } from 'cookie'
import type { Request } from 'express'
import type { KeepNoRight } from '../application/keep-audit.ts'
import type { Kpis } from '../application/kpi-ports.ts'
import type { Connection, Parts, SignIn, TicketRef } from '../application/ports.ts'
import type { Hooks } from '../application/receive-hook.ts'
import type { TicketLinks } from '../application/ticket-link.ts'
import type { Author } from '../domain/operation.ts'
import type { Agent } from '../domain/role.ts'
import type { Aside } from './aside.ts'
import type { Browsed } from './browsing.ts'
import type { Cookies } from './cookies.ts'
import type { Flash } from './flash.ts'
import type { FloodGate } from './flood-gate.ts'
import type { FormLimits, Posted } from './form-body.ts'
import { plainForm, readForm } from './form-body.ts'
import type { HookSecret } from './hook-signature.ts'
import type { Metrics } from './metrics.ts'
import type { Locale, PageContext, Translate } from './page.ts'
import type { PageMemory } from './page-memory.ts'
import type { Readiness } from './readiness.ts'
import type { RenderTimes } from './render-time.ts'
import type { RequesterSessions, RequesterStanding } from './requester-session.ts'
import { parametersOf } from './security.ts'
import type { Sessions } from './session.ts'
import type { Streams, Wire } from './streams.ts'
import { pickLocale, translator } from './translate.ts'

export type Log = {
  info(data: object, message: string): void
  warn(data: object, message: string): void
  error(data: object, message: string): void
}

/** Where GitLab's webhooks come in; without a secret none does. */
export type HookDoor = {
  readonly secret: HookSecret | null
  readonly receive: Hooks['receive']
}

/** What all requests share. */
export type Door = {
  readonly parts: Parts
  readonly kpis: Kpis
  readonly signIn: SignIn
  readonly connection: () => Connection
  readonly links: TicketLinks
  readonly sessions: Sessions
  /** Of those who have proven an address; nobody becomes an agent by it. */
  readonly requesters: RequesterSessions
  readonly aside: Aside
  readonly cookies: Cookies
  readonly browse: Browsed
  readonly pages: PageMemory
  /** Open dashboards that are told of changes. */
  readonly streams: Streams
  readonly flood: FloodGate
  readonly renderTimes: RenderTimes
  readonly metrics: Metrics
  readonly metricsToken: string | null
  readonly readiness: () => Promise<Readiness>
  readonly hooks: HookDoor
  /** Somebody who is signed in came to a door that is not theirs. */
  readonly keepNoRight: KeepNoRight
  /** Public address without a slash at the end. */
  readonly baseUrl: string
  readonly projectUrl: string
  readonly sandbox: boolean
  readonly log: Log
}

export type Answer =
  | {
      readonly kind: 'page'
      readonly status: number
      readonly html: string
      readonly headers?: Readonly<Record<string, string>>
    }
  /** A page that is bytes already, one in each letter. */
  | { readonly kind: 'ready'; readonly latin1: string }
  | {
      readonly kind: 'redirect'
      readonly to: string
      /** 303 when left out. */
      readonly status?: 302 | 303
      readonly flash?: Flash
      /** Whole Set-Cookie lines. */
      readonly cookies?: readonly string[]
    }
  | {
      readonly kind: 'data'
      readonly status: number
      readonly type: string
      readonly body: string | Uint8Array
      readonly headers?: Readonly<Record<string, string>>
    }
  /** Goes on until one side ends it. `begin` answers what is to be called when the visitor has gone. */
  | {
      readonly kind: 'stream'
      readonly type: string
      readonly begin: (wire: Wire) => () => void
    }
  /** No such page, or none for this visitor: the two look the same. */
  | { readonly kind: 'missing' }

export type Visit = {
  readonly door: Door
  readonly request: Request
  readonly query: ReadonlyMap<string, string>
  readonly cookies: Readonly<Record<string, string | undefined>>
  readonly viewer: Agent | null
  /** Who has proven an address in this browser; looked up where it is asked for, and once. */
  requester(): Promise<RequesterStanding | null>
  /** A whole Set-Cookie line, whatever the answer is. */
  sendCookie(line: string): void
  readonly cookiesToSend: readonly string[]
  /** The store's version when this request came, where somebody is signed in. */
  readonly version: number | null
  /** Nothing stands on this page but what its address, its reader and the store say: no message, no trouble. */
  isOrdinary(): boolean
  readonly locale: Locale
  readonly t: Translate
  /** What pages need; a flash message in it counts as shown. */
  context(): PageContext
  /** True once `context` has handed out the flash message. */
  readonly flashShown: () => boolean
  param(name: string): string
  form(limits?: FormLimits): Promise<Posted>
}

export type AgentVisit = Visit & { readonly viewer: Agent }

const noCookies: Readonly<Record<string, string | undefined>> = {}

/** Throws OddParameters. */
export const arrive = async (
  door: Door,
  request: Request,
  options: { readonly anonymous: boolean },
): Promise<{ readonly visit: Visit; readonly renewed: string | null }> => {
  const url = request.url
  const mark = url.indexOf('?')
  const query = parametersOf(mark < 0 ? '' : url.slice(mark + 1))
  const header = request.headers.cookie
  const cookies = header === undefined ? noCookies : parseCookie(header)
  const sealed = options.anonymous ? undefined : cookies[door.cookies.names.session]
  const standing = sealed === undefined ? null : await door.sessions.standing(sealed)
  const viewer = standing?.viewer ?? null
  const locale = pickLocale({
    cookie: cookies[door.cookies.names.locale],
    acceptLanguage: request.headers['accept-language'],
  })
  const t = translator(locale)
  let shown = false
  const cookiesToSend: string[] = []
  let requester: Promise<RequesterStanding | null> | null = null
  const askRequester = async (): Promise<RequesterStanding | null> => {
    const proof = options.anonymous ? undefined : cookies[door.cookies.names.requester]
    const found = proof === undefined ? null : await door.requesters.standing(proof)
    if (found && found.renewed !== null) cookiesToSend.push(door.cookies.requester(found.renewed))
    return found
  }
  const visit: Visit = {
    door,
    request,
    query,
    cookies,
    viewer,
    requester: () => {
      requester ??= askRequester()
      return requester
    },
    sendCookie: (line) => {
      cookiesToSend.push(line)
    },
    cookiesToSend,
    version: standing?.version ?? null,
    isOrdinary: () => {
      if (cookies[door.cookies.names.flash] !== undefined || standing?.unsure) return false
      const { state, reading } = door.connection()
      return state === 'up' && reading === null
    },
    locale,
    t,
    context: () => {
      const sealedFlash = cookies[door.cookies.names.flash]
      const connection = door.connection()
      if (sealedFlash !== undefined) shown = true
      return {
        viewer,
        locale,
        t,
        desk: door.parts.desk,
        now: door.parts.clock.now(),
        url,
        flash: sealedFlash === undefined ? null : door.cookies.flashText(sealedFlash, t),
        connection:
          standing?.unsure && connection.state === 'up'
            ? { ...connection, state: standing.unsure }
            : connection,
        projectUrl: door.projectUrl,
        sandbox: door.sandbox,
        operationsUrl: '/operations',
        signInUrl: request.method === 'GET' ? signInUrl(url) : '/sign-in',
      }
    },
    flashShown: () => shown,
    param: (name) => {
      const value = request.params[name]
      return typeof value === 'string' ? value : ''
    },
    form: (limits = plainForm) => readForm(request, limits),
  }
  return { visit, renewed: standing?.renewed ?? null }
}

/** Signing in, and then back to where one wanted to go. */
export const signInUrl = (url: string): string =>
  url === '/' ||
  url.startsWith('/sign-in') ||
  url.startsWith('/auth/') ||
  url.startsWith('/t/') ||
  url.startsWith('/my-tickets/sign-in')
    ? '/sign-in'
    : `/sign-in?returnTo=${encodeURIComponent(url)}`

export const authorOf = ({ id, username, name }: Agent): Author => ({ kind: 'agent', id, username, name })

export const redirect = (to: string, flash?: Flash): Answer =>
  flash ? { kind: 'redirect', to, flash } : { kind: 'redirect', to }

export const page = (html: string, status = 200, headers: Readonly<Record<string, string>> = {}): Answer => ({
  kind: 'page',
  status,
  html,
  headers,
})

export const missing: Answer = { kind: 'missing' }

/** Where a ticket's own page is, in the words of the address that was posted to. */
export const refPath = (ref: TicketRef): string => `/issues/${'iid' in ref ? ref.iid : ref.id}`
