// Counts what passes by, for the metrics: how long writes to the store take, and what becomes of mails.

import { GatewayError } from './application/gateway-error.ts'
import type { Store } from './application/ports.ts'

/** The same store; `wrote` is told how many seconds each write took, its waiting for its turn included. */
export const timingWrites = (store: Store, wrote: (seconds: number) => void): Store => ({
  ...store,
  write: async (work, options) => {
    const begun = performance.now()
    try {
      return await store.write(work, options)
    } finally {
      wrote((performance.now() - begun) / 1_000)
    }
  },
})

const outcomeOf = ({ kind }: GatewayError): 'later' | 'refused' =>
  kind === 'transient' || kind === 'unauthorised' ? 'later' : 'refused'

/** The same sending of a mail; `mailed` is told what became of each. */
export const countingMails =
  <A extends readonly unknown[], R>(
    send: (...args: A) => Promise<R>,
    mailed: (outcome: 'sent' | 'later' | 'refused') => void,
  ) =>
  async (...args: A): Promise<R> => {
    try {
      const sent = await send(...args)
      mailed('sent')
      return sent
    } catch (error) {
      if (error instanceof GatewayError) mailed(outcomeOf(error))
      throw error
    }
  }
