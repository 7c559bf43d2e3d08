// Somebody without an account wants to see all their tickets: where the address has tickets here, a link goes
// to it that proves it theirs. Whoever asks learns nothing, whether there are tickets or not; so this runs
// beside the answer, and an address is written to at most three times an hour.

import { isPlainAddress } from '../domain/mail-address.ts'
import { mayBeSentAnother, signInTimes } from '../domain/sign-in-link.ts'
import type { Language } from '../domain/ticket.ts'
import type { Parts, Reader } from './ports.ts'

type Asking = {
  /** As it was typed. */
  readonly address: string
  readonly language: Language
  /** 32 bytes that nobody can guess. */
  readonly token: string
  /** Where the token is used. */
  readonly url: string
}

/** As it stands in their tickets, where mails to it have arrived before; null: nothing is sent. */
const recipient = async (reader: Reader, address: string, at: number): Promise<string | null> => {
  if (!isPlainAddress(address)) return null
  const [newest] = (await reader.ticketsOfAddress(address, { limit: 1, cursor: null })).tickets
  const known = newest?.requester.email ?? null
  if (known === null || !isPlainAddress(known)) return null
  return mayBeSentAnother(await reader.signInLinksSince(known, at - signInTimes.counted)) ? known : null
}

/** Answers whether a mail went out. Throws GatewayError where the mail server did not take it. */
export const askForSignInLink = async (
  parts: Pick<Parts, 'store' | 'clock' | 'sendSignInLink'>,
  { address, language, token, url }: Asking,
): Promise<boolean> => {
  const { store, clock, sendSignInLink } = parts
  if (!sendSignInLink) return false
  const at = clock.now()
  // Most that ask for nobody's tickets are turned away without a write, which others would wait for.
  if ((await store.read((reader) => recipient(reader, address, at))) === null) return false
  const to = await store.write(async (writer) => {
    const allowed = await recipient(writer, address, at)
    if (allowed === null) return null
    await writer.forgetSignInLinks(at - signInTimes.counted)
    await writer.saveSignInLink({ token, address: allowed, madeAt: at })
    return allowed
  })
  if (to === null) return false
  await sendSignInLink({ to, language, url })
  return true
}
