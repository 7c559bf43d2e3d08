// A sign-in link is looked at as often as one likes and used once. Using it proves an address: for
// the browser it was used in, and for the GitLab account that is signed in there, if it is no agent's.

import type { SignInLink } from '../domain/sign-in-link.ts'
import { isAlive } from '../domain/sign-in-link.ts'
import type { Parts } from './ports.ts'

/** 32 bytes in base64url. */
const shape = /^[A-Za-z0-9_-]{43}$/u

export type Proven = {
  readonly address: string
  /** As it stands in their newest ticket; '' where it has none. */
  readonly name: string
  /** From when on what the link has begun counts (UTC ms): signing out in this very instant comes before it. */
  readonly since: number
}

/** null: there is none, it was used, or it is too old. */
export const readSignInLink = async (
  { store, clock }: Pick<Parts, 'store' | 'clock'>,
  token: string,
): Promise<SignInLink | null> => {
  if (!shape.test(token)) return null
  const link = await store.read((reader) => reader.signInLink(token))
  return link && isAlive(link, clock.now()) ? link : null
}

export const useSignInLink = async (
  { store, clock }: Pick<Parts, 'store' | 'clock'>,
  /** `userId`: of the GitLab account that is signed in in this browser, null where none is. */
  { token, userId }: { readonly token: string; readonly userId: number | null },
): Promise<Proven | null> => {
  if (!shape.test(token)) return null
  const at = clock.now()
  return store.write(async (writer) => {
    const link = await writer.signInLink(token)
    if (!link || !isAlive(link, at) || !(await writer.useSignInLink(token, at))) return null
    const { address } = link
    if (userId !== null) await writer.saveProvenAddress(userId, address, at)
    const [newest] = (await writer.ticketsOfAddress(address, { limit: 1, cursor: null })).tickets
    const validFrom = await writer.requesterSessionsValidFrom(address)
    return { address, name: newest?.requester.name ?? '', since: Math.max(at, validFrom) }
  })
}
