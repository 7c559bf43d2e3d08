// What went wrong with the mailbox, in words that say what to do next. Told apart by the codes of the
// connection and of IMAP (RFC 5530), never by a server's words, which are only repeated.

import type { ImapFlowError } from 'imapflow'
import { GatewayError } from '../../application/gateway-error.ts'

/** Refusals of a login that have nothing to do with the password (RFC 5530). */
const forNow = ['UNAVAILABLE', 'INUSE', 'LIMIT', 'SERVERBUG']
const badCertificate = /CERT|LEAF_SIGNATURE|HOSTNAME_MISMATCH/u
const notTls = /^(?:EPROTO|ERR_SSL_)/u

export type Place = {
  /** `host:port`, never with a name or password. */
  readonly server: string
  readonly mailbox: string
  /** The server takes passwords over TLS only, and offers none. */
  readonly wantsTls?: boolean
}

const isError = (error: unknown): error is ImapFlowError => error instanceof Error

/** A mail server's words, one line, shortened. */
export const wordsOf = (error: unknown): string => {
  if (!isError(error)) return ''
  const words = error.responseText ?? (typeof error.response === 'string' ? error.response : '')
  return words.replaceAll(/\s+/gu, ' ').trim().slice(0, 200)
}

/** The server said no to one command; the connection is as good as before. */
export const wasRefused = (error: unknown): boolean =>
  isError(error) &&
  (error.responseStatus === 'NO' || error.responseStatus === 'BAD') &&
  error.code !== 'ETHROTTLE'

const connectionSentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses connections; see that it is running and that the port in IMAP_URL is right',
  ENOTFOUND: 'is not known to DNS; check the name in IMAP_URL',
  EAI_AGAIN: 'cannot be looked up just now, DNS does not answer',
  ENETUNREACH: 'cannot be reached from here; check network and firewall',
  EHOSTUNREACH: 'cannot be reached from here; check network and firewall',
  CONNECT_TIMEOUT: 'did not answer in time; check host and port in IMAP_URL, and the firewall',
  GREETING_TIMEOUT: 'did not greet in time; a port that speaks TLS at once needs imaps:// in IMAP_URL',
  ETIMEOUT: 'stopped answering',
}

/** `effect`: whether the command may have done something all the same. */
export const troubleOf = (
  error: unknown,
  { server, mailbox, wantsTls = false }: Place,
  effect: 'none' | 'maybe' = 'none',
): GatewayError => {
  if (error instanceof GatewayError) return error
  const trouble: Partial<ImapFlowError> = isError(error) ? error : {}
  const code = trouble.code ?? ''
  const words = wordsOf(error)
  const said = words === '' ? '' : ` It says: ${words}`
  const more = { effect, cause: error }

  if (trouble.authenticationFailed === true) {
    if (wantsTls)
      return new GatewayError(
        'permanent',
        `The mail server ${server} takes no password without encryption and offers none here; use imaps:// in IMAP_URL.`,
        more,
      )
    if (forNow.includes(trouble.serverResponseCode ?? ''))
      return new GatewayError('transient', `The mail server ${server} lets nobody in just now.${said}`, more)
    return new GatewayError(
      'unauthorised',
      `The mail server ${server} refused the name or password in IMAP_URL; correct them there, some providers want an app password.${said}`,
      more,
    )
  }
  if (trouble.mailboxMissing === true)
    return new GatewayError(
      'missing',
      `The mail server ${server} has no mailbox "${mailbox}"; make it there, or correct the end of IMAP_URL.`,
      more,
    )
  if (badCertificate.test(code))
    return new GatewayError(
      'permanent',
      `The certificate of the mail server ${server} is not trusted (${code}); renew it there, use the name it is made for, or name its authority in NODE_EXTRA_CA_CERTS.`,
      more,
    )
  if (notTls.test(code))
    return new GatewayError(
      'permanent',
      `The mail server ${server} does not speak TLS at this port; use imap:// in IMAP_URL, or the port for imaps.`,
      more,
    )
  // Without a code it is no failed handshake: STARTTLS is not offered at all.
  if (trouble.tlsFailed === true && code === '')
    return new GatewayError(
      'permanent',
      `The mail server ${server} offers no encryption (STARTTLS), so the password is not sent; switch it on there, or use imaps:// in IMAP_URL.`,
      more,
    )
  if (code === 'ETHROTTLE')
    return new GatewayError('transient', `The mail server ${server} asks us to be slower.${said}`, {
      ...more,
      retryAfter: trouble.throttleReset ?? null,
    })
  if (trouble.responseStatus !== undefined)
    return new GatewayError(
      'transient',
      `The mail server ${server} could not do it for the mailbox "${mailbox}". It is tried again.${said}`,
      more,
    )
  const sentence = connectionSentences[code] ?? `broke off (${code || trouble.message || 'no reason given'})`
  return new GatewayError('transient', `The mail server ${server} ${sentence}. It is tried again.`, more)
}
