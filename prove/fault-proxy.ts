// Stands between Belay and GitLab and is as bad as a network can be: refuses, cuts before and
// after the request went on, swallows answers whose effect has happened, holds things up, answers
// 502 for what was done, sends half a body. Which call is struck follows from the seed.

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { Agent, request as ask, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { seeded } from './random.ts'

export const strikes = [
  'shut',
  'reset before',
  'error before',
  'late',
  'reset after',
  'swallowed',
  'slow answer',
  'error after',
  'cut body',
] as const
export type Strike = (typeof strikes)[number]

export type FaultProxy = {
  readonly url: string
  /** How often each fault has struck. */
  readonly struck: Readonly<Record<Strike, number>>
  readonly calls: () => number
  /** From now on everything goes through untouched. */
  calm(): void
  stop(): Promise<void>
}

type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer }

const largestBody = 16 * 1024 * 1024
/** Nobody is kept longer without an answer (milliseconds). */
const longestSilence = 30_000

const html = '<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>'

const bodyOf = async (message: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > largestBody) throw new RangeError('too large for the proxy')
    chunks.push(chunk)
  }
  if (!message.complete) throw new Error('cut off')
  return Buffer.concat(chunks)
}

/**
 * `roughness`: part of the calls that are struck, 0 to 1, each by one of `strikers`. `mostLate`: what is held up
 * on its way to GitLab arrives within so many milliseconds, whatever became of who sent it.
 */
export const startFaultProxy = async (options: {
  readonly target: string
  readonly seed: number
  readonly roughness?: number
  readonly strikers?: readonly Strike[]
  readonly mostLate?: number
}): Promise<FaultProxy> => {
  const { target, seed, roughness = 0.12, strikers = strikes, mostLate = 800 } = options
  const random = seeded(seed)
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const over = new AbortController()
  const struck = Object.fromEntries(strikes.map((strike) => [strike, 0])) as Record<Strike, number>
  let calls = 0
  let calmed = false

  const forward = (method: string, path: string, headers: IncomingHttpHeaders, body: Buffer) =>
    new Promise<Answer>((resolve, reject) => {
      const { connection: _, host: _host, 'transfer-encoding': _coding, ...rest } = headers
      const sent = ask(
        new URL(path, target),
        { method, agent, headers: { ...rest, 'content-length': String(body.length) } },
        (answer) => {
          bodyOf(answer).then(
            (bytes) => resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: bytes }),
            reject,
          )
        },
      )
      sent.on('error', reject)
      sent.end(body)
    })

  const write = (response: ServerResponse, { status, headers, body }: Answer): void => {
    const { connection: _, 'keep-alive': _alive, 'transfer-encoding': _coding, ...rest } = headers
    response.writeHead(status, { ...rest, 'content-length': String(body.length) })
    response.end(body)
  }

  const badGateway = (response: ServerResponse): void => {
    response.writeHead(502, { 'content-type': 'text/html', 'content-length': String(html.length) })
    response.end(html)
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    calls++
    const strike = !calmed && random.chance(roughness) ? random.pick(strikers) : null
    const pause = random.between(20, mostLate)
    if (strike) struck[strike]++
    if (strike === 'shut') shut(pause)
    if (strike === 'shut' || strike === 'reset before') {
      request.socket.destroy()
      return
    }
    const body = await bodyOf(request)
    if (strike === 'error before') return badGateway(response)
    if (strike === 'late') await wait(pause, undefined, { signal: over.signal })
    const answer = await forward(request.method ?? 'GET', request.url ?? '/', request.headers, body)
    switch (strike) {
      case 'reset after':
        request.socket.destroy()
        return
      case 'swallowed':
        await wait(longestSilence, undefined, { signal: over.signal })
        request.socket.destroy()
        return
      case 'error after':
        return badGateway(response)
      case 'cut body':
        response.writeHead(answer.status, {
          'content-type': answer.headers['content-type'] ?? 'application/json',
          'content-length': String(answer.body.length + 1),
        })
        response.write(answer.body.subarray(0, Math.floor(answer.body.length / 2)), () =>
          request.socket.destroy(),
        )
        return
      case 'slow answer':
        await wait(pause, undefined, { signal: over.signal })
        return write(response, answer)
      default:
        return write(response, answer)
    }
  }

  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    // Who hangs up early has the answer thrown away; nobody else may die of it.
    response.on('error', () => undefined)
    handle(request, response).catch(() => request.socket.destroy())
  })
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject)
        resolve()
      })
    })

  /** Nobody listens for a while: connections are refused. What is under way goes on. */
  const shut = (milliseconds: number): void => {
    if (!server.listening) return
    server.close()
    wait(milliseconds, undefined, { signal: over.signal })
      .then(() => listen(port))
      .catch((error: unknown) => {
        if (!over.signal.aborted) throw error
      })
  }

  await listen(0)
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    struck,
    calls: () => calls,
    calm: () => {
      calmed = true
    },
    stop: async () => {
      over.abort()
      agent.destroy()
      server.closeAllConnections()
      if (server.listening) await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
