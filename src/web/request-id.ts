// The name of one request, so that what a person saw, what the proxy noted and what the desk wrote down can be put
// together. It goes along with all that is done for this request, in every line of the log, and back to the browser.

import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const underWay = new AsyncLocalStorage<string>()

const ofProxy = /^[A-Za-z0-9-]{8,64}$/u

// No secret, only its own: a number behind what is this process's alone costs a tenth of sixteen random bytes.
const ofProcess = randomBytes(12).toString('hex')
let number = 0

const nextId = (): string => {
  number = (number + 1) % 0x1_0000_0000
  return ofProcess + number.toString(16).padStart(8, '0')
}

/** `trusted`: whoever asks is a proxy of ours, and may have named the request already. */
export const requestIdFor = ({ headers }: IncomingMessage, trusted: boolean): string => {
  const given = trusted ? headers['x-request-id'] : undefined
  return typeof given === 'string' && ofProxy.test(given) ? given : nextId()
}

/** Whatever `work` begins belongs to this request. */
export const inRequest = (id: string, work: () => void): void => underWay.run(id, work)

/** The request that is being answered here; undefined where none is. */
export const requestId = (): string | undefined => underWay.getStore()

const none = {}

/** How a log says in each line of which request it is; for pino. Most lines are written outside of one. */
export const requestInLog = {
  mixin: (): object => {
    const request = underWay.getStore()
    return request === undefined ? none : { request }
  },
  mixinMergeStrategy: (line: object, said: object): object => (said === none ? line : { ...said, ...line }),
}
