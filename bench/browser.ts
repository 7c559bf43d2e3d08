// Pages and forms of the desk as an agent uses them, outside of any load.

import type { Ask } from './load.ts'
import { signIn } from './sign-in.ts'

export type Browser = {
  readonly cookie: string
  /** The page as text; throws unless it is one. */
  get(path: string): Promise<string>
  /** Sends a form; milliseconds until the answer, and where it leads. Throws unless the desk did it. */
  post(path: string, fields: Readonly<Record<string, string>>): Promise<{ ms: number; to: string }>
  ask(path: string): Ask
}

export const openBrowser = async (deskUrl: string, username: string): Promise<Browser> => {
  const cookie = await signIn(deskUrl, username)
  return {
    cookie,
    get: async (path) => {
      const response = await fetch(`${deskUrl}${path}`, { headers: { cookie }, redirect: 'manual' })
      const text = await response.text()
      if (response.status !== 200)
        throw new Error(`GET ${path} answered ${response.status}: ${text.slice(0, 300)}`)
      return text
    },
    post: async (path, fields) => {
      const started = performance.now()
      const response = await fetch(`${deskUrl}${path}`, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie, 'sec-fetch-site': 'same-origin' },
        body: new URLSearchParams(fields),
      })
      const text = await response.text()
      const ms = performance.now() - started
      if (response.status !== 303)
        throw new Error(`POST ${path} answered ${response.status}: ${text.slice(0, 300)}`)
      return { ms, to: response.headers.get('location') ?? '' }
    },
    ask: (path) => ({ path, cookie }),
  }
}

const line = /<a href="\/issues\/(\d+)" title="([^"]*)"/gu

/** Numbers of the tickets that a dashboard lists, in its order. */
export const ticketsOn = (html: string): number[] => [...html.matchAll(line)].map(([, iid]) => Number(iid))

/** Words of at least four letters in each of its titles. */
export const titleWordsOn = (html: string): string[][] =>
  [...html.matchAll(line)].map(
    ([, , title = '']) => title.replace(/&#?\w+;/gu, ' ').match(/[\p{L}\p{N}]{4,}/gu) ?? [],
  )

/** Address of a dashboard's next page, null on its last. */
export const nextOn = (html: string): string | null => {
  const url = /<a [^>]*rel="next"[^>]* href="([^"]+)"/u.exec(html)?.[1]
  return url === undefined ? null : url.replaceAll('&amp;', '&')
}
