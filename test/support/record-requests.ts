// Loaded into a process before its program (`--import`): writes every HTTP request that it makes, to whomever, into the
// file that RECORD_REQUESTS names, one JSON line each, with its headers and its body.

import { subscribe } from 'node:diagnostics_channel'
import { appendFileSync } from 'node:fs'
import type { ClientRequest } from 'node:http'

export type RecordedRequest = {
  readonly method: string
  readonly origin: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const file = process.env.RECORD_REQUESTS ?? ''

const write = (request: RecordedRequest): void => appendFileSync(file, `${JSON.stringify(request)}\n`)

const textOf = (chunk: unknown): string =>
  typeof chunk === 'string' ? chunk : chunk instanceof Uint8Array ? Buffer.from(chunk).toString('latin1') : ''

if (file !== '') {
  subscribe('http.client.request.created', (message) => {
    const { request } = message as { request: ClientRequest }
    let body = ''
    const keeping =
      <Rest extends unknown[], Result>(call: (chunk: unknown, ...rest: Rest) => Result) =>
      (chunk: unknown, ...rest: Rest): Result => {
        body += textOf(chunk)
        return call.call(request, chunk, ...rest)
      }
    request.write = keeping(request.write.bind(request)) as typeof request.write
    request.end = keeping(
      request.end.bind(request) as unknown as typeof request.write,
    ) as unknown as typeof request.end
    request.once('close', () =>
      write({
        method: request.method,
        origin: `${request.protocol}//${request.getHeader('host')}`,
        path: request.path,
        headers: Object.fromEntries(
          Object.entries(request.getHeaders()).map(([name, value]) => [name, String(value)]),
        ),
        body,
      }),
    )
  })
  subscribe('undici:request:create', (message) => {
    const { request } = message as {
      request: { method: string; origin: string; path: string; headers: readonly string[]; body: unknown }
    }
    write({
      method: request.method,
      origin: request.origin,
      path: request.path,
      headers: { all: request.headers.map(String).join(' ') },
      body: String(request.body ?? ''),
    })
  })
}
