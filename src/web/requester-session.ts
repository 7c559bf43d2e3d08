// Who looks at their own tickets without an account: a sealed cookie says which address was proven in
// this browser, and when. It gives a look at the tickets of that address and nothing else; what agents
// may do comes from another cookie, under another key, and neither is ever taken for the other.

import { z } from 'zod'
import type { Clock, Store } from '../application/ports.ts'
import type { Proven } from '../application/use-sign-in-link.ts'
import { signInTimes } from '../domain/sign-in-link.ts'
import { sealFor } from './sealing.ts'
import { sessionTimes } from './session.ts'

const Sealed = z.object({ address: z.string(), name: z.string(), issued: z.number(), seen: z.number() })

export type RequesterStanding = {
  readonly address: string
  /** '' where none is known. */
  readonly name: string
  /** A fresh cookie value to send along, when it is time. */
  readonly renewed: string | null
}

export type RequesterSessions = {
  /** The value of the cookie. */
  begin(proven: Proven): string
  standing(cookie: string): Promise<RequesterStanding | null>
  /** Ends all of this address, everywhere. */
  end(address: string): Promise<void>
}

const longestName = 200

export const createRequesterSessions = (
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  keys: readonly Uint8Array[],
): RequesterSessions => {
  const seal = sealFor('requester-session', keys)
  return {
    begin: ({ address, name, since }) =>
      seal.seal({
        address,
        name: name.slice(0, longestName).toWellFormed(),
        issued: since,
        seen: clock.now(),
      }),

    standing: async (cookie) => {
      const { data: session } = Sealed.safeParse(seal.unseal(cookie))
      if (!session) return null
      const now = clock.now()
      const { address, name, issued, seen } = session
      const inTime =
        now - seen < signInTimes.idle &&
        now - issued < signInTimes.absolute &&
        issued - now < signInTimes.skew
      if (!inTime) return null
      const validFrom = await store.read((reader) => reader.requesterSessionsValidFrom(address))
      if (issued < validFrom) return null
      const renewed = now - seen >= sessionTimes.reseal ? seal.seal({ ...session, seen: now }) : null
      return { address, name, renewed }
    },

    end: async (address) => {
      const now = clock.now()
      await store.write(async (writer) => {
        // One more than now: a session that began in this very millisecond is over, too.
        await writer.endRequesterSessions(address, now + 1)
        await writer.forgetEndedRequesterSessions(now - signInTimes.absolute - signInTimes.skew)
      })
    },
  }
}
