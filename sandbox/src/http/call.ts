import type { IncomingHttpHeaders } from 'node:http'
import type { Caller } from '../auth.ts'
import type { World } from '../world.ts'
import type { Answer } from './answers.ts'
import type { Fields } from './fields.ts'
import type { UploadedFile } from './multipart.ts'

/** One call as a route sees it. */
export type Call = {
  world: World
  method: string
  /** The path as it was sent, still encoded. */
  path: string
  headers: IncomingHttpHeaders
  /** Parts of the path by the names in the route's template, decoded. */
  params: Record<string, string>
  /** Query and body in one, as Grape has it; the body wins. */
  fields: Fields
  query: URLSearchParams
  file?: UploadedFile
  /** The token's person; undefined for a call without a token. */
  caller?: Caller
  /**
   * Waits for the `slow` fault and the race window. The server waits before the work, unless the route
   * says `pausesItself`: then it waits between its reading and its writing.
   */
  pause(): Promise<void>
}

export type Handler = (call: Call) => Answer | Promise<Answer>

export type Route = {
  method: string
  /** `/projects/:id/issues`: counted under this name. A last part `*rest` takes all that follows. */
  template: string
  handler: Handler
  /** `read`: any token may; `self`: a token of any scope; `none`: no token is looked at. Default: by the method. */
  scope?: 'user' | 'self' | 'none'
  pausesItself?: boolean
}

export function route(
  method: string,
  template: string,
  handler: Handler,
  more: Pick<Route, 'scope' | 'pausesItself'> = {},
): Route {
  return { method, template, handler, ...more }
}
