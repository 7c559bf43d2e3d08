// One HTTP exchange, no opinion: keep-alive, a deadline over the whole of it, a bound on the
// answer's size, an own certificate authority, no redirect. Node's fetch takes no certificate
// authority and tells nobody whether a request had left before it failed; node:http does.

import { readFileSync } from 'node:fs'
import http, { type IncomingHttpHeaders } from 'node:http'
import https from 'node:https'

export type Sent = {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** Milliseconds for everything, from the name look-up to the last byte. */
  readonly deadline: number
  /** Bytes of the answer's body that are still read. */
  readonly maxBytes: number
}

export type Received = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** `sent`: whether the request may have reached the other side. */
export class TransportError extends Error {
  readonly reason: 'deadline' | 'too-large' | 'broken'
  readonly sent: boolean
  /** Node's code, such as ECONNREFUSED; null where there is none. */
  readonly code: string | null

  constructor(reason: TransportError['reason'], sent: boolean, cause?: unknown) {
    const code =
      cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : null
    super(code ?? reason, { cause })
    this.name = 'TransportError'
    this.reason = reason
    this.sent = sent
    this.code = code
  }
}

export type Transport = {
  send(request: Sent): Promise<Received>
  close(): void
}

export const createTransport = (
  options: { readonly caFile?: string | null; readonly maxSockets?: number } = {},
): Transport => {
  const common = { keepAlive: true, maxSockets: options.maxSockets ?? 16, scheduling: 'lifo' as const }
  const ca = options.caFile ? readFileSync(options.caFile) : undefined
  const plain = new http.Agent(common)
  const secure = new https.Agent({ ...common, ...(ca ? { ca } : {}) })

  const send = (sent: Sent): Promise<Received> =>
    new Promise((resolve, reject) => {
      const encrypted = sent.url.protocol === 'https:'
      let left = false
      let over = false
      const request = (encrypted ? https : http).request(sent.url, {
        method: sent.method,
        agent: encrypted ? secure : plain,
        headers: {
          ...sent.headers,
          ...(sent.body ? { 'content-length': String(sent.body.byteLength) } : {}),
        },
      })
      const end = (): void => {
        over = true
        clearTimeout(timer)
      }
      const fail = (reason: TransportError['reason'], cause?: unknown): void => {
        if (over) return
        end()
        reject(new TransportError(reason, left, cause))
        request.destroy()
      }
      const timer = setTimeout(() => fail('deadline'), sent.deadline)
      request.on('socket', (socket) => {
        if (!socket.connecting) left = true
        else
          socket.once(encrypted ? 'secureConnect' : 'connect', () => {
            left = true
          })
      })
      request.on('error', (error) => fail('broken', error))
      request.on('response', (response) => {
        const chunks: Buffer[] = []
        let size = 0
        response.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > sent.maxBytes) fail('too-large')
          else chunks.push(chunk)
        })
        response.on('error', (error) => fail('broken', error))
        response.on('aborted', () => fail('broken'))
        response.on('end', () => {
          if (over) return
          if (!response.complete) return fail('broken')
          end()
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          })
        })
      })
      request.end(sent.body)
    })

  return {
    send,
    close: () => {
      plain.destroy()
      secure.destroy()
    },
  }
}
