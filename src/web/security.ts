// What every answer says to the browser, and which requests are not even looked at: posts from
// other sites, parameters that stand twice or want to be a list, references that are no number.

import type { NextFunction, Request, RequestHandler, Response } from 'express'
import helmet from 'helmet'
import type { TicketRef } from '../application/ports.ts'

const self = ["'self'"]
const none = ["'none'"]

export const securityHeaders = (baseUrl: string): RequestHandler[] => {
  const https = baseUrl.startsWith('https:')
  return [
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          'default-src': none,
          'script-src': self,
          'style-src': self,
          'img-src': self,
          'font-src': self,
          'connect-src': self,
          // The original of a mail, in a sandbox; every other answer lets nobody frame it.
          'frame-src': self,
          'manifest-src': self,
          'form-action': self,
          'frame-ancestors': none,
          'base-uri': none,
          ...(https ? { 'upgrade-insecure-requests': [] } : {}),
        },
      },
      strictTransportSecurity: https ? { maxAge: 31_536_000, includeSubDomains: false } : false,
      referrerPolicy: { policy: 'same-origin' },
      xFrameOptions: { action: 'deny' },
      // Old browsers' own inventions, without meaning beside the policy above.
      xDownloadOptions: false,
      xDnsPrefetchControl: false,
      xPermittedCrossDomainPolicies: false,
    }),
    (_request: Request, response: Response, next: NextFunction) => {
      response.setHeader('Permissions-Policy', 'camera=(), geolocation=(), microphone=(), browsing-topics=()')
      next()
    },
  ]
}

const header = (request: Request, name: string): string | undefined => {
  const value = request.headers[name]
  return typeof value === 'string' ? value : undefined
}

const hostOf = (origin: string): string | null => (URL.canParse(origin) ? new URL(origin).host : null)

/**
 * Whether a request that changes something was made by a page of ours. Browsers say so themselves
 * (Sec-Fetch-Site); older ones name the page's origin. Whoever says neither is a program, and
 * programs carry no session.
 */
export const isOwnPost = (
  request: Request,
  baseUrl: string,
  /** `link`: the address itself is the right to do it, and no session counts. */
  right: 'session' | 'link' | 'none',
): boolean => {
  const site = header(request, 'sec-fetch-site')
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const origin = header(request, 'origin')
  if (origin === undefined) return right !== 'session'
  // A page that says `Referrer-Policy: no-referrer` posts its forms without a name (Fetch, "append a request
  // `Origin` header"), and over plain HTTP no browser adds Sec-Fetch-Site.
  if (origin === 'null' && right === 'link') return true
  const host = hostOf(origin)
  // A page cannot choose the Host header of what it sends, so it names us as the browser sees us.
  return host !== null && (host === hostOf(baseUrl) || host === header(request, 'host'))
}

/** A parameter stood twice, or wanted to be a list or an object: nobody's form sends that. */
export class OddParameters extends Error {
  constructor() {
    super('a parameter stands twice or wants to be a list')
    this.name = 'OddParameters'
  }
}

/** Names and values of a query string or a form. Throws OddParameters. */
export const parametersOf = (text: string): ReadonlyMap<string, string> => {
  const parameters = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(text)) addParameter(parameters, name, value)
  return parameters
}

export const addParameter = (parameters: Map<string, string>, name: string, value: string): void => {
  if (name.includes('[') || name.includes(']') || parameters.has(name)) throw new OddParameters()
  parameters.set(name, value)
}

/** `42` is a ticket's number, a UUID its id; everything else is no ticket. */
export const ticketRefOf = (text: string): TicketRef | null => {
  if (/^[1-9][0-9]{0,9}$/u.test(text)) return { iid: Number(text) }
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u.test(text) ? { id: text } : null
}

/** A way back after signing in, on this desk only: `//evil.example` and `/\evil.example` leave it. */
export const localPath = (text: string | undefined): string => {
  if (!text || text.length > 2_000 || !/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/u.test(text)) return '/'
  const url = new URL(text, 'http://desk.invalid')
  return url.origin === 'http://desk.invalid' && !url.pathname.startsWith('//')
    ? `${url.pathname}${url.search}`
    : '/'
}
