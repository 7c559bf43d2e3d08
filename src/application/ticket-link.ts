// The link with which a requester without an account sees their own ticket: /t/<token>.
// Nothing of it is kept: whoever holds the key can make it again, after a rebuild too. It is
// bound to the address of who asked, so that a corrected address ends the former link.

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { TicketId } from '../domain/ticket.ts'

/** What a link is made for. `generation` grows when a new link is asked for and ends the former ones. */
export type LinkHolder = {
  readonly id: TicketId
  readonly email: string | null
  readonly generation: number
}

export type TicketLinks = {
  tokenFor(holder: LinkHolder): string
  /**
   * Which ticket a token speaks of, and whether it speaks the truth: the address stands in the
   * ticket, so the ticket is read first and `isFor` decides. null = no token of anybody's.
   */
  read(
    token: string,
  ): { readonly id: TicketId; readonly isFor: (holder: Omit<LinkHolder, 'id'>) => boolean } | null
}

const idBytes = 16
const tagBytes = 16
const shape = /^[A-Za-z0-9_-]{43}$/u

const bytesOf = (id: TicketId): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex')

const idOf = (bytes: Buffer): TicketId =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/u, '$1-$2-$3-$4-$5')

const tag = (key: Uint8Array, holder: LinkHolder): Buffer =>
  createHmac('sha256', key)
    .update(JSON.stringify(['ticket-link', holder.id, holder.generation, holder.email?.toLowerCase() ?? '']))
    .digest()
    .subarray(0, tagBytes)

/** `keys`: the first one makes links, every one reads them. */
export const ticketLinks = (keys: readonly Uint8Array[]): TicketLinks => {
  const [first] = keys
  if (!first) throw new RangeError('ticket links need a key')
  return {
    tokenFor: (holder) => Buffer.concat([bytesOf(holder.id), tag(first, holder)]).toString('base64url'),
    read: (token) => {
      if (!shape.test(token)) return null
      const bytes = Buffer.from(token, 'base64url')
      // 43 characters carry two bits too many: only one spelling of a token is one.
      if (bytes.length !== idBytes + tagBytes || bytes.toString('base64url') !== token) return null
      const id = idOf(bytes.subarray(0, idBytes))
      const given = bytes.subarray(idBytes)
      return {
        id,
        isFor: ({ email, generation }) => {
          let valid = false
          for (const key of keys) valid = timingSafeEqual(given, tag(key, { id, email, generation })) || valid
          return valid
        },
      }
    },
  }
}
