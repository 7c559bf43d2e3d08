// Sending mails through the desk's own mail server, over a few connections that are kept. What the
// server refused for good, what it could not do just now, and where nobody knows whether the mail went
// out are told apart; in the last case it is sent again under the same Message-ID.

import type { Readable } from 'node:stream'
import { createTransport } from 'nodemailer'
import { GatewayError } from '../../application/gateway-error.ts'
import type { Mailer, MailTokens, SignInMail } from '../../application/mail-ports.ts'
import type { Clock } from '../../application/ports.ts'
import type { Desk } from '../../domain/desk.ts'
import type { Ticket } from '../../domain/ticket.ts'
import { composeNotice } from './compose.ts'
import { composeSignInMail } from './sign-in-mail.ts'
import type { MailTemplates } from './templates.ts'
import { loadTemplates, oneLine } from './templates.ts'

export type MailServer = {
  readonly smtpUrl: string
  /** null: answers are not fetched, and mails say so. */
  readonly imapUrl: string | null
  readonly from: { readonly name: string; readonly address: string }
  readonly templates: string | null
  readonly plusAddressing: boolean
}

export type MailerParts = {
  readonly config: MailServer
  readonly tokens: MailTokens
  readonly linkFor: (ticket: Ticket) => string | Promise<string>
  readonly ticketUrl: (ticket: Ticket) => string
  readonly desk: Desk
  readonly clock: Clock
  readonly fileBytes?: (fileId: string) => Promise<Uint8Array | null>
  readonly baseUrl: string
  /** Those of the settings by default. */
  readonly templates?: MailTemplates
  /** Milliseconds. */
  readonly limits?: Partial<Limits>
}

/** Connecting until the greeting, and silence in between (milliseconds). */
type Limits = { readonly connection: number; readonly silence: number }

const usualLimits: Limits = { connection: 10_000, silence: 30_000 }

/** Left of a lease for writing down what became of it (milliseconds). */
const timeToSettle = 3_000

const connections = 3

/** Whoever asked for a sign-in link sits and waits (milliseconds). */
const timeForSignIn = 60_000

type Failure = {
  readonly code?: unknown
  readonly message: string
  readonly response?: unknown
  readonly responseCode?: unknown
}

const isFailure = (error: unknown): error is Failure => error instanceof Error

/** Refused at signing in, or because nobody signed in (RFC 4954, RFC 5321 section 4.2.4). */
const signInCodes = [530, 534, 535, 538]

/** The connection or the server is at fault, and no mail. A server that goes away (421) is ECONNECTION. */
const outages = ['ECONNECTION', 'ETIMEDOUT', 'ESOCKET', 'EDNS', 'ETLS', 'EPROTOCOL', 'EABORT', 'EPROXY']

type Sorted = { readonly kind: 'transient' | 'permanent' | 'unauthorised'; readonly status: number | null }

const sorted = ({ code, responseCode }: Failure, closed: boolean): Sorted | null => {
  // What still waited for a connection when we stopped.
  if (closed && code === undefined) return { kind: 'transient', status: null }
  const status = typeof responseCode === 'number' ? responseCode : null
  if (status !== null && signInCodes.includes(status)) return { kind: 'unauthorised', status }
  if (code === 'EAUTH' || code === 'ENOAUTH')
    return status !== null && status < 500 ? { kind: 'transient', status } : { kind: 'unauthorised', status }
  if (code === 'EENVELOPE' || code === 'EMESSAGE')
    // Without a reply it is the address or the size that the server said it would not take.
    return status === null || (status >= 500 && status !== 503)
      ? { kind: 'permanent', status }
      : { kind: 'transient', status }
  return typeof code === 'string' && outages.includes(code) ? { kind: 'transient', status: null } : null
}

/** What is said of it on pages and in logs: the server's words, without what only we may know. */
const wordsOf = ({ message, response }: Failure, secrets: readonly string[]): string => {
  let words = typeof response === 'string' && response !== '' ? `The mail server said: ${response}` : message
  for (const secret of secrets) words = words.replaceAll(secret, '…')
  return oneLine(words, 300)
}

/** A percent sign in a password that stands for itself is a mistake many make. */
const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** The password as it stands in the settings, as it is meant and as it is sent. */
const secretsOf = (smtpUrl: string): readonly string[] => {
  const { username, password } = new URL(smtpUrl)
  if (password === '') return []
  const meant = decoded(password)
  const sent = [meant, `\0${decoded(username)}\0${meant}`].map((one) => Buffer.from(one).toString('base64'))
  return [password, meant, ...sent]
}

export type SmtpMailer = Mailer & {
  /** Not tried again: whoever waits for it asks once more. Throws GatewayError. */
  sendSignInLink(mail: SignInMail): Promise<void>
  /** Connects and signs in, and sends nothing. Throws GatewayError. */
  verify(): Promise<void>
}

/** Throws TemplateProblems where a template cannot be used. */
export const createMailer = (parts: MailerParts): SmtpMailer => {
  const { config, clock, desk, tokens } = parts
  const templates = parts.templates ?? loadTemplates(config.templates)
  const limits = { ...usualLimits, ...parts.limits }
  const secrets = secretsOf(config.smtpUrl)
  const transport = createTransport({
    url: config.smtpUrl,
    pool: true,
    maxConnections: connections,
    maxMessages: 100,
    // Only for a kept connection that the server had closed meanwhile, and before a byte of the mail went out.
    maxRequeues: 1,
    connectionTimeout: limits.connection,
    greetingTimeout: limits.connection,
    dnsTimeout: limits.connection,
    socketTimeout: limits.silence,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  // By Message-ID: what the connection reads a mail from. Once it was read to its end, the server may have all of it.
  const streams = new Map<string, Readable>()
  transport.use('stream', (mail, done) => {
    const { message } = mail
    const make = message.createReadStream.bind(message)
    message.createReadStream = (options) => {
      const stream = make(options)
      streams.set(message.messageId(), stream)
      return stream
    }
    done()
  })

  let closed = false
  const gatewayError = (
    error: unknown,
    more: { readonly effect: 'none' | 'maybe'; readonly hide: readonly string[] },
  ) => {
    const found = isFailure(error) ? sorted(error, closed) : null
    if (!isFailure(error) || !found) return error
    // A reply says what became of it; without one nobody knows.
    const effect = found.kind === 'transient' && error.responseCode === undefined ? more.effect : 'none'
    const words = wordsOf(error, [...secrets, ...more.hide])
    // Without its cause: that holds the server's words as they came, and logs write causes.
    return new GatewayError(found.kind, words, { effect, status: found.status })
  }

  return {
    perform: async (claimed) => {
      const { operation, ticket } = claimed
      const { intent } = operation
      if (intent.kind !== 'mail') throw new Error(`the mailer was handed an operation of kind ${intent.kind}`)
      const files = await Promise.all(
        (intent.files ?? []).map(async (file) => ({
          file,
          bytes: (await parts.fileBytes?.(file.id)) ?? null,
        })),
      )
      const composed = await composeNotice(
        claimed,
        intent,
        {
          from: config.from,
          answerable: config.imapUrl !== null,
          plusAddressing: config.plusAddressing,
          tokens,
          templates,
          desk,
          deskLink: parts.baseUrl,
          linkFor: parts.linkFor,
          ticketUrl: parts.ticketUrl,
        },
        { at: clock.now(), files },
      )
      const { messageId } = composed
      try {
        // Afterwards another worker may send it.
        const time = Math.max(1_000, claimed.until - clock.now() - timeToSettle)
        await transport.sendMail({ ...composed, signal: AbortSignal.timeout(time) })
        return { kind: 'mailed', messageId: messageId.slice(1, -1) }
      } catch (error) {
        const effect = streams.get(messageId)?.readableEnded ? 'maybe' : 'none'
        throw gatewayError(error, { effect, hide: [tokens.tokenFor(ticket.id)] })
      } finally {
        streams.delete(messageId)
      }
    },
    lookUp: async () => null,
    sendSignInLink: async (mail) => {
      const composed = composeSignInMail(
        mail,
        { from: config.from, templates, deskLink: parts.baseUrl },
        clock.now(),
      )
      try {
        await transport.sendMail({ ...composed, signal: AbortSignal.timeout(timeForSignIn) })
      } catch (error) {
        throw gatewayError(error, { effect: 'none', hide: [mail.url, mail.to] })
      }
    },
    verify: async () => {
      try {
        await transport.verify()
      } catch (error) {
        // Closed before a word was said: the one error of this library's that has no code.
        const silent = error instanceof Error && !('code' in error)
        throw silent
          ? new GatewayError('transient', oneLine(error.message, 300))
          : gatewayError(error, { effect: 'none', hide: [] })
      }
    },
    close: async () => {
      closed = true
      transport.close()
    },
  }
}
