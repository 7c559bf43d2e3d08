// A form that is on its way while the process that takes it is asked to stop: its first half has arrived. Whoever was
// let in gets an answer.

import { connect } from 'node:net'

export type HalfSent = {
  /** Sends the rest; answers the status, or 'broken' when the connection ended without an answer. */
  finish(): Promise<number | 'broken'>
}

/** As a form of the desk's own page is sent, by somebody with these cookies. */
export const sendHalf = (
  port: number,
  request: {
    readonly path: string
    readonly body: string
    readonly headers: Readonly<Record<string, string>>
  },
): Promise<HalfSent> =>
  new Promise((resolve, reject) => {
    const { path, body } = request
    const headers = {
      host: `127.0.0.1:${port}`,
      connection: 'close',
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(Buffer.byteLength(body)),
      'sec-fetch-site': 'same-origin',
      'x-forwarded-proto': 'https',
      ...request.headers,
    }
    const head = Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')
    const half = Math.floor(body.length / 2)
    const socket = connect(port, '127.0.0.1')
    let answered = ''
    const over = new Promise<void>((end) => {
      socket.on('data', (chunk) => {
        answered += chunk
      })
      socket.on('error', () => end()).on('close', () => end())
    })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.write(`POST ${path} HTTP/1.1\r\n${head}\r\n${body.slice(0, half)}`, () => {
        socket.off('error', reject)
        resolve({
          finish: async () => {
            socket.write(body.slice(half))
            await over
            const status = /^HTTP\/1\.1 (\d{3})/u.exec(answered)?.[1]
            return status === undefined ? 'broken' : Number(status)
          },
        })
      })
    })
  })
