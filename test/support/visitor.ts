// Somebody at a browser, without the browser: keeps cookies, sends what browsers send along, and
// follows no redirect by itself.

import assert from 'node:assert/strict'
import { request as requestPlain } from 'node:http'
import { request as requestEncrypted } from 'node:https'
import { parseSetCookie, stringifyCookie } from 'cookie'

export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Every Set-Cookie line. */
  readonly setCookies: readonly string[]
  readonly bytes: Buffer
  readonly text: string
  /** Where a redirect leads; '' without one. */
  readonly location: string
}

export type Fields = Readonly<Record<string, string>>
export type TestFile = { readonly name: string; readonly type: string; readonly bytes: string | Uint8Array }

export type Visitor = {
  readonly cookies: Map<string, string>
  ask(
    method: string,
    path: string,
    more?: { readonly headers?: Record<string, string>; readonly body?: string | Uint8Array },
  ): Promise<Answer>
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  /** As a form of the desk's own page is sent; `headers` can say otherwise. */
  post(path: string, fields?: Fields, headers?: Record<string, string>): Promise<Answer>
  postFiles(path: string, fields: Fields, files: readonly TestFile[]): Promise<Answer>
  /** The page that a redirect leads to. */
  follow(answer: Answer): Promise<Answer>
  /** Value of a hidden field on a page, such as a form's key. */
  hidden(page: Answer, name: string): string
}

export type Whereabouts = {
  /** The address of this machine that they come from, where one machine stands for many. */
  readonly from?: string
  /** PEM of whom they believe that the desk is itself. */
  readonly ca?: string
}

export const visitor = (baseUrl: string, { from, ca }: Whereabouts = {}): Visitor => {
  const cookies = new Map<string, string>()

  const ask: Visitor['ask'] = (method, path, { headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      // `//evil.example` is a path here, as it is in a request line.
      const url = new URL(path.startsWith('/') ? `${baseUrl}${path}` : path)
      const own = url.origin === new URL(baseUrl).origin
      const cookie = own && cookies.size > 0 ? stringifyCookie(Object.fromEntries(cookies)) : undefined
      const request = url.protocol === 'https:' ? requestEncrypted : requestPlain
      const sent = request(
        url,
        {
          method,
          agent: false,
          ...(own && from !== undefined ? { localAddress: from } : {}),
          ...(own && ca !== undefined ? { ca } : {}),
          headers: {
            ...(cookie === undefined ? {} : { cookie }),
            ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
            ...headers,
          },
        },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('error', reject)
          const finish = () => {
            const setCookies = response.headers['set-cookie'] ?? []
            for (const line of own ? setCookies : []) keep(line)
            const bytes = Buffer.concat(chunks)
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers as Record<string, string | undefined>,
              setCookies,
              bytes,
              text: bytes.toString('utf8'),
              location: response.headers.location ?? '',
            })
          }
          response.on('end', finish)
          // It goes on for minutes; whoever only walks by hears how it begins.
          if (response.headers['content-type'] === 'text/event-stream')
            response.once('data', () => {
              finish()
              sent.destroy()
            })
        },
      )
      sent.on('error', reject)
      sent.end(body)
    })

  const keep = (line: string) => {
    const { name, value, maxAge } = parseSetCookie(line)
    if (maxAge === 0 || value === undefined || value === '') cookies.delete(name)
    else cookies.set(name, value)
  }

  const get: Visitor['get'] = (path, headers) => ask('GET', path, headers ? { headers } : {})

  return {
    cookies,
    ask,
    get,
    post: (path, fields = {}, headers = { 'sec-fetch-site': 'same-origin' }) =>
      ask('POST', path, {
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: new URLSearchParams(fields).toString(),
      }),
    postFiles: async (path, fields, files) => {
      const form = new FormData()
      for (const [name, value] of Object.entries(fields)) form.set(name, value)
      for (const { name, type, bytes } of files)
        form.append(
          'files',
          new Blob([typeof bytes === 'string' ? bytes : Buffer.from(bytes)], { type }),
          name,
        )
      const wrapped = new Response(form)
      return ask('POST', path, {
        headers: {
          'content-type': wrapped.headers.get('content-type') ?? '',
          'sec-fetch-site': 'same-origin',
        },
        body: new Uint8Array(await wrapped.arrayBuffer()),
      })
    },
    follow: (answer) => {
      assert.ok(answer.location !== '', `no redirect, but ${answer.status}: ${answer.text.slice(0, 300)}`)
      return get(answer.location)
    },
    hidden: (page, name) => {
      const field = new RegExp(`<input[^>]*name="${name}"[^>]*>`, 'u').exec(page.text)?.[0] ?? ''
      const value = /value="([^"]*)"/u.exec(field)?.[1]
      assert.ok(value !== undefined, `the page has no hidden field ${name}`)
      return value
    },
  }
}

/** Goes to GitLab's page (the sandbox's), says who it is, and comes back. */
export const signInAt = async (
  somebody: Visitor,
  username: string,
  returnTo = '/issues',
): Promise<Answer> => {
  const leaving = await somebody.get(`/sign-in/gitlab?returnTo=${encodeURIComponent(returnTo)}`)
  assert.equal(leaving.status, 302, leaving.text.slice(0, 300))
  const agreed = await somebody.ask('POST', leaving.location, {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ user: username }).toString(),
  })
  const back = await somebody.get(agreed.location)
  assert.equal(back.status, 303, back.text.slice(0, 2_000))
  return back
}
