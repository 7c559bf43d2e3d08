// The desk's own form for opening tickets behind three addresses in one process: with everything
// written, with no operation written, and with nothing written at all. What parsing, checking and
// answering cost is the same behind each.

import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Parts, Store, Writer } from '../src/application/ports.ts'
import { createApp } from '../src/web/app.ts'
import { wideFloodLimits } from '../test/support/wide-limits.ts'
import type { FormDoors } from './desk-messages.ts'

const writesNothing = (store: Store): Store => ({
  ...store,
  write: (work) =>
    store.read((reader) =>
      work({ ...(reader as Writer), record: async () => 'recorded', formKey: async () => null }),
    ),
})

const writesNoOperation = (store: Store): Store => ({
  ...store,
  write: (work, options) =>
    store.write(
      (writer) =>
        work({
          ...writer,
          record: (decision, form) => writer.record({ ...decision, operations: [] }, form),
        }),
      options,
    ),
})

const quiet = () => undefined

/** Nobody is told and nothing is waited for: what is measured ends with the commit. */
const open = async (parts: Parts, store: Store): Promise<{ url: string; close: () => void }> => {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const nobody = () => Promise.reject(new Error('nobody signs in here'))
  const app = createApp({
    parts: { ...parts, store, nudge: quiet, prompt: () => false },
    kpis: { report: nobody, behind: nobody, draw: nobody, close: async () => undefined },
    signIn: { begin: nobody, finish: nobody },
    connection: () => ({ state: 'up', lastAnswerAt: null, reading: null }),
    keys: {
      session: [randomBytes(32)],
      ticketLink: [randomBytes(32)],
      renderTime: [randomBytes(32)],
      clientMark: [randomBytes(32)],
      requester: [randomBytes(32)],
    },
    baseUrl: url,
    trustProxy: null,
    projectUrl: url,
    sandbox: false,
    metricsToken: null,
    log: { info: quiet, warn: quiet, error: quiet },
    // One machine stands for everybody who asks for help.
    floodLimits: wideFloodLimits,
  })
  server.on('request', app)
  return {
    url,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

export const openFormDoors = async (parts: Parts): Promise<{ doors: FormDoors; close: () => void }> => {
  const { store } = parts
  const [whole, noOperation, nothing] = await Promise.all([
    open(parts, store),
    open(parts, writesNoOperation(store)),
    open(parts, writesNothing(store)),
  ])
  return {
    doors: { whole: whole.url, noOperation: noOperation.url, nothing: nothing.url },
    close: () => {
      for (const door of [whole, noOperation, nothing]) door.close()
    },
  }
}
