// The token that ties a mail to its ticket: the ticket's id, 16 bytes, enciphered as one block of
// AES-128. One block in, one block out, so that each ticket has one token, each token means one
// ticket under a key, and nothing is kept. Who does not hold the key can make none that fits.

import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { MailTokens } from '../../application/mail-ports.ts'
import { base32Of, bytesOfBase32, bytesOfUuid, uuidOfBytes } from '../../domain/mail-token.ts'

// ECB is right for exactly one block of which each is written at most once per key: it is then the
// bare permutation. Padding would make it two blocks.
const cipher = 'aes-128-ecb'
const keyBytes = 16

const enciphered = (block: Uint8Array, key: Uint8Array): Uint8Array =>
  createCipheriv(cipher, key.subarray(0, keyBytes), null).setAutoPadding(false).update(block)

const deciphered = (block: Uint8Array, key: Uint8Array): Uint8Array =>
  createDecipheriv(cipher, key.subarray(0, keyBytes), null).setAutoPadding(false).update(block)

const token = /^[a-z2-7]{26}$/u
/** Tickets of ours are version 7, those born in GitLab version 5; nearly every wrong token is neither. */
const idOfTicket = /^.{14}[57].{4}[89ab]/u

/** `keys`: those of the purpose `mail-token`; the first one makes tokens, every one reads them. */
export const createMailTokens = (keys: readonly Uint8Array[]): MailTokens => {
  const [first] = keys
  if (!first || keys.some((key) => key.length < keyBytes))
    throw new RangeError('mail tokens need a key of 16 bytes')
  return {
    tokenFor: (id) => base32Of(enciphered(bytesOfUuid(id), first)),
    read: (text) => {
      const block = token.test(text) ? bytesOfBase32(text) : null
      if (!block) return []
      return keys.map((key) => uuidOfBytes(deciphered(block, key))).filter((id) => idOfTicket.test(id))
    },
  }
}
