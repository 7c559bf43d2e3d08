// What a mail bears so that its answer finds the ticket again: a token of 26 signs, in the Message-ID
// of each mail to a requester and in the address that answers go to. What a token means, only the
// key knows; here stands where tokens are written and where they are looked for.

import type { ReadMail } from './mail.ts'
import { isPlainAddress } from './mail-address.ts'
import type { OperationId } from './operation.ts'
import type { Language, TicketId } from './ticket.ts'

/** In every mail of ours: one that comes back bearing it was written by no person. */
export const deskHeader = 'X-Belay-Desk'

/** Above the text of each reply. What stands under it in an answer is our own mail, quoted. Plain ASCII, or mail programs spell it anew. */
export const replyDelimiter: Readonly<Record<Language, string>> = {
  en: '##- Please write your answer above this line -##',
  de: '##- Bitte antworten Sie oberhalb dieser Zeile -##',
}

const signs = 'abcdefghijklmnopqrstuvwxyz234567'

/** 16 bytes as 26 signs (RFC 4648 in lower case, not padded). */
export const base32Of = (bytes: Uint8Array): string => {
  let text = ''
  let held = 0
  let bits = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    for (bits += 8; bits >= 5; bits -= 5) text += signs[(held >> (bits - 5)) & 31]
    held &= (1 << bits) - 1
  }
  return bits === 0 ? text : text + signs[(held << (5 - bits)) & 31]
}

/** null where it is not the one way in which these bytes are written. */
export const bytesOfBase32 = (text: string): Uint8Array | null => {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8))
  let held = 0
  let bits = 0
  let at = 0
  for (const sign of text) {
    const value = signs.indexOf(sign)
    if (value < 0) return null
    held = (held << 5) | value
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = held >> bits
      held &= (1 << bits) - 1
    }
  }
  return held === 0 && bits < 5 ? bytes : null
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/iu

/** Throws for what is no UUID: ids of tickets and operations are. */
export const bytesOfUuid = (id: string): Uint8Array => {
  if (!uuid.test(id)) throw new RangeError(`"${id}" is no UUID`)
  return Uint8Array.from(id.replaceAll('-', '').match(/../gu) ?? [], (byte) => Number.parseInt(byte, 16))
}

export const uuidOfBytes = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/u, '$1-$2-$3-$4-$5')

// --- Written -----------------------------------------------------------------------------------

export const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1)

/** To a requester, without angle brackets. The operation's id makes it the same for ever. */
export const noticeMessageId = (token: string, operationId: OperationId, domain: string): string =>
  `${token}.${base32Of(bytesOfUuid(operationId))}@${domain}`

/** Nobody ever sent a mail of this Message-ID; that all of a ticket refer to it holds them together. */
export const threadRoot = (token: string, domain: string): string => `${token}@${domain}`

/**
 * To an agent. Without a token: an agent who answers such a mail would else be taken for the requester, and
 * what was meant for a colleague would be public.
 */
export const agentMessageId = (operationId: OperationId, domain: string): string =>
  `desk.${base32Of(bytesOfUuid(operationId))}@${domain}`

export const agentThreadRoot = (ticketId: TicketId, domain: string): string =>
  `desk-ticket.${base32Of(bytesOfUuid(ticketId))}@${domain}`

/** `local+token@domain`; null where that is too long for an address. */
export const tokenAddress = (address: string, token: string): string | null => {
  const at = address.lastIndexOf('@')
  const made = `${address.slice(0, at)}+${token}${address.slice(at)}`
  return isPlainAddress(made) ? made : null
}

// --- Looked for --------------------------------------------------------------------------------

const inMessageId = /^<?([a-z2-7]{26})(?:\.[a-z2-7]{26})?@[^@]+$/u
const onlyToken = /^[a-z2-7]{26}$/u

/**
 * Tokens in a mail that came in, without repetitions, in any letter case: first of the addresses it was sent
 * to, then of the mails it refers to. `address` is our own; Message-IDs of a former one count too.
 */
export const tokensIn = (
  mail: Pick<ReadMail, 'refersTo' | 'to' | 'cc' | 'deliveredTo'>,
  { address }: { readonly address: string },
): readonly string[] => {
  const own = address.toLowerCase()
  const local = `${own.slice(0, own.lastIndexOf('@'))}+`
  const domain = own.slice(own.lastIndexOf('@'))
  const addresses = [...mail.deliveredTo, ...[...mail.to, ...mail.cc].map((one) => one.address)]
  const tagged = addresses
    .map((one) => one.toLowerCase())
    .filter((one) => one.startsWith(local) && one.endsWith(domain))
    .map((one) => one.slice(local.length, -domain.length))
    .filter((token) => onlyToken.test(token))
  const named = mail.refersTo.flatMap((id) => inMessageId.exec(id.toLowerCase())?.[1] ?? [])
  return [...new Set([...tagged, ...named])]
}
