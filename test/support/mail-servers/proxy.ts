// Stands between Belay and a mail server and cuts the connection where a test wants it cut.

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export type Direction = 'from server' | 'to server'

export type MailProxy = {
  readonly port: number
  /**
   * Asked before each piece is passed on, with how much went that way over this connection before it, in bytes.
   * A number: so many bytes of it still pass, then both ends are cut off. null: it passes. Words: whoever sent it is
   * answered with them, and it does not pass.
   */
  rule: (piece: Buffer, way: Direction, before: number) => number | string | null
  /** How many connections it cut. */
  cuts: number
  stop(): Promise<void>
}

const pass = (): null => null

export const startProxy = async (to: number, host = '127.0.0.1'): Promise<MailProxy> => {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1')
    let cut = false
    const end = () => {
      near.destroy()
      far.destroy()
    }
    const join = (from: Socket, into: Socket, way: Direction) => {
      let before = 0
      sockets.add(from)
      from.on('close', () => sockets.delete(from))
      from.on('error', end).on('close', () => into.end())
      from.on('data', (piece: Buffer) => {
        if (cut) return
        const most = proxy.rule(piece, way, before)
        before += piece.length
        if (typeof most === 'string') {
          from.write(most)
          return
        }
        if (most === null) {
          if (!into.destroyed && !into.write(piece)) {
            from.pause()
            into.once('drain', () => from.resume())
          }
          return
        }
        cut = true
        proxy.cuts += 1
        if (most > 0) into.write(piece.subarray(0, most), end)
        else end()
      })
    }
    join(near, far, 'to server')
    join(far, near, 'from server')
  })
  server.listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  const proxy = {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    rule: pass as MailProxy['rule'],
    cuts: 0,
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return proxy
}
