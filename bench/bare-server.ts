// The least a web server on Node can do: one answer, nothing else. A process of its own.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const body = 'ok\n'
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': body.length })
  response.end(body)
})
server.listen(0, '127.0.0.1', () =>
  process.send?.({ ready: (server.address() as AddressInfo).port, startedMs: performance.now() }),
)
process.on('message', () => process.send?.({ rss: process.memoryUsage.rss() }))
process.on('disconnect', () => process.exit(0))
