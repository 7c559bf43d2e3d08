// A server that listens, on which address it does, and how it comes to an end.

import type { RequestListener } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from './application/ports.ts'
import { SetupProblem } from './setup-problem.ts'
import { patience, stopWithin } from './stopping.ts'

/** Listens; whoever comes before it is known who answers waits a moment. `setting`: which one names the port. */
export const openServer = async (host: string, wanted: number, setting: string) => {
  const server = createServer()
  const answering = Promise.withResolvers<RequestListener>()
  server.on(
    'request',
    (request, response) => void answering.promise.then((answer) => answer(request, response)),
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(wanted, host, resolve)
  }).catch((error: NodeJS.ErrnoException) => {
    throw new SetupProblem(
      error.code === 'EADDRINUSE'
        ? `Port ${wanted} on ${host} is in use. Stop what listens there, or set ${setting} to another one.`
        : `Belay cannot listen on ${host}:${wanted}: ${error.message}.`,
      1,
    )
  })
  return {
    port: (server.address() as AddressInfo).port,
    answerBy: answering.resolve,
    /** No new connection; those that are waited for get their answer, if it does not take for ever. */
    close: async (clock: Clock, log: Parameters<typeof stopWithin>[1]) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      await stopWithin(clock, log, () => closed, patience.requests)
      server.closeAllConnections()
    },
  }
}
