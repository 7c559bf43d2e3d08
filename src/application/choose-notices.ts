// Which mails an agent wants to get about tickets, at which address and in which language. It is a wish of
// theirs alone and kept here: no rebuild drops it.

import { doerOf } from '../domain/audit.ts'
import { isPlainAddress } from '../domain/mail-address.ts'
import { theDesk } from '../domain/mending.ts'
import type { Author } from '../domain/operation.ts'
import type { AgentWish } from './mail-ports.ts'
import type { Parts } from './ports.ts'

/** null: this agent has not chosen yet, and gets none. */
export const readWish = (parts: Pick<Parts, 'store'>, userId: number): Promise<AgentWish | null> =>
  parts.store.read((reader) => reader.wish(userId))

/** Whether there is an address to write to; who wants no mails needs none. */
export const canBeGranted = ({ wish, address }: Pick<AgentWish, 'wish' | 'address'>): boolean =>
  isPlainAddress(address) || (wish === 'none' && address === '')

/** `by`: for the audit log; left out = no person. */
export const chooseNotices = (
  parts: Pick<Parts, 'store' | 'clock'>,
  wish: AgentWish,
  by: Author = theDesk,
): Promise<void> => {
  if (!canBeGranted(wish)) throw new TypeError('nobody can be written to at this address')
  const entry = { by: doerOf(by), what: 'choose-notices', ticketId: null, about: '', result: 'done' } as const
  return parts.store.write(async (writer) => {
    await writer.saveWish(wish)
    await writer.keepAudit({ ...entry, at: parts.clock.now() })
  })
}
