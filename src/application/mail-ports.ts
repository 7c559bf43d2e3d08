// What the desk needs from the world of mail: a mailbox to fetch from, a server to send through,
// somebody who reads raw mails without being harmed by them, and a ledger that forgets none.
// The ledger is kept: no rebuild drops it, and each mail in it ends in a named state.

import type { MailReason, MailState, ReadMail } from '../domain/mail.ts'
import type { NoticeKind, Outcome } from '../domain/operation.ts'
import type { Language, TicketId } from '../domain/ticket.ts'
import type { Claimed } from './ports.ts'

// --- The ledger --------------------------------------------------------------------------------

/** Where in the mailbox it lay. `uidValidity` and `uid` as IMAP gives them, in decimal. */
export type MailPlace = { readonly mailbox: string; readonly uidValidity: string; readonly uid: string }

/** A mail that came in. What is read out of it is '' or null until it was read. */
export type LedgerMail = {
  readonly id: string
  readonly place: MailPlace
  /** UTC milliseconds, by our clock. */
  readonly receivedAt: number
  readonly bytes: number
  readonly state: MailState
  readonly reason: MailReason | null
  /** More to the reason, shortened, without secrets: a mail server's words, a parser's. */
  readonly detail: string
  readonly from: string
  readonly fromName: string
  readonly subject: string
  readonly messageId: string | null
  readonly ticketId: TicketId | null
  /** The operation that carried its text to GitLab. */
  readonly operationId: string | null
  /** How often reading it was begun; grows before each try, so that one that kills us is told from others. */
  readonly attempts: number
  /** The mailbox was told what became of it. */
  readonly filed: boolean
  /** A lead wants it opened as a ticket whatever the rules say. */
  readonly forced: boolean
}

export type LedgerQuery = {
  /** Parts of address, name or subject; '' = all. */
  readonly words: string
  readonly state: MailState | null
  /** Opaque; a broken one is as none. */
  readonly cursor: string | null
  readonly limit: number
}

export type LedgerPage = { readonly mails: readonly LedgerMail[]; readonly next: string | null }

/** About which tickets an agent wants mails: all that come to levels they may work at, their own, none. */
export type Wish = 'all' | 'mine' | 'none'

export type AgentWish = {
  readonly userId: number
  readonly address: string
  readonly wish: Wish
  readonly language: 'en' | 'de'
}

export type MailReader = {
  mail(id: string): Promise<LedgerMail | null>
  /** The raw mail; null when it was too old to be kept. */
  mailSource(id: string): Promise<Uint8Array | null>
  /** In flight, the oldest first. */
  mailsToRead(limit: number): Promise<readonly LedgerMail[]>
  /** At an end, and the mailbox was not told yet; the oldest first. */
  mailsToFile(limit: number): Promise<readonly LedgerMail[]>
  /** Mails with one of these Message-IDs and with a ticket, the newest first, at most fifty. */
  mailsByMessageId(messageIds: readonly string[]): Promise<readonly LedgerMail[]>
  /**
   * A mail with this fingerprint that is at an end, and is not the one with this id. Never one that was ignored
   * as `seen-before`: what it was a copy of may be in flight once more.
   */
  mailLike(fingerprint: string, notId: string): Promise<LedgerMail | null>
  /** Mails of a ticket, the oldest first. */
  mailsOf(ticketId: TicketId): Promise<readonly LedgerMail[]>
  /** Newest first. A search looks at a bounded part of the ledger: it can find few or none, and `next` goes on. */
  mails(query: LedgerQuery): Promise<LedgerPage>
  /** How many there are in each state. Their sum is how many were ever received. */
  mailCounts(): Promise<Readonly<Record<MailState, number>>>
  /** How many automatic mails went to this address (any letter case) since then (UTC ms). */
  acknowledgements(address: string, since: number): Promise<number>
  wish(userId: number): Promise<AgentWish | null>
  wishes(): Promise<readonly AgentWish[]>
}

export type MailWriter = MailReader & {
  /** false: this place is known already, and nothing was written. */
  receiveMail(mail: {
    readonly id: string
    readonly place: MailPlace
    readonly receivedAt: number
    readonly source: Uint8Array
  }): Promise<boolean>
  /** Counts one more try of reading it. */
  beginReading(id: string): Promise<void>
  /** What it says and what became of it. Only what is in flight, else false. */
  settleMail(
    id: string,
    end: {
      readonly state: Exclude<MailState, 'received'>
      readonly reason: MailReason
      readonly detail?: string
      readonly from?: string
      readonly fromName?: string
      readonly subject?: string
      readonly messageId?: string | null
      readonly fingerprint?: string | null
      readonly ticketId?: TicketId | null
      readonly operationId?: string | null
    },
  ): Promise<boolean>
  /** The mailbox knows. */
  mailFiled(id: string): Promise<void>
  /** An unverified note was accepted as an answer. */
  mailAccepted(id: string): Promise<boolean>
  /**
   * Back in flight, to be read anew; not what has a ticket, and not without its raw mail. `forced`: as a ticket
   * whatever the rules say.
   */
  replayMail(id: string, options: { readonly forced: boolean }): Promise<boolean>
  /** One more automatic mail to this address. */
  acknowledged(address: string, ticketId: TicketId, at: number): Promise<void>
  saveWish(wish: AgentWish): Promise<void>
  /**
   * Raw mails that came in before this instant (UTC ms) and are at an end go, up to 500 at once; those of the
   * quarantine stay. Answers how many it were.
   */
  forgetMailSources(before: number): Promise<number>
}

// --- Fetching ----------------------------------------------------------------------------------

export type FetchedMail = { readonly place: MailPlace; readonly source: Uint8Array }

/**
 * The mailbox mails come in by. Everything but `news` throws GatewayError. What was fetched stays where it is until
 * `file` moves it; fetching it again is harmless. Who goes on to the next mail has stored the one before: this process
 * is not given it again. A mail that cannot be had whole comes as its beginning, which the parser tells apart.
 */
export type Mailbox = {
  /** Mails that lie in the inbox, one after the other as they arrive; ends when there are no more just now. */
  fetch(options: { readonly signal: AbortSignal }): AsyncIterable<FetchedMail>
  /** Out of the inbox: into Done or Quarantine, which are made where they are missing. Gone already: nothing happens. */
  file(place: MailPlace, into: 'done' | 'quarantine'): Promise<void>
  /** Resolves when the server tells of new mail (IDLE), at the latest after so many milliseconds or with the signal. */
  news(milliseconds: number, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

// --- Reading -----------------------------------------------------------------------------------

export type Reading =
  | { readonly ok: true; readonly mail: ReadMail }
  | {
      readonly ok: false
      readonly reason: 'too-slow' | 'too-much-memory' | 'too-large' | 'unreadable'
      readonly detail: string
    }

/** Reads raw mails in a process of its own, within limits of time and memory. Never throws for a bad mail. */
export type MailParser = {
  read(source: Uint8Array): Promise<Reading>
  /** The HTML as its writer made it, with the pictures that came along as `data:` addresses; null where there is none. */
  html(source: Uint8Array): Promise<string | null>
  close(): Promise<void>
}

// --- Sending -----------------------------------------------------------------------------------

/** A link that proves the address it goes to. It stands nowhere but in this mail. */
export type SignInMail = { readonly to: string; readonly language: Language; readonly url: string }

/** Every mail that Belay writes by itself, by the name of its template. */
export type MailName = NoticeKind | 'sign-in'

/** Sends operations of the lane `mail`. Throws GatewayError. */
export type Mailer = {
  perform(claimed: Claimed): Promise<Outcome>
  /** A mail server answers no questions: always null, so it is sent again under the same Message-ID. */
  lookUp(claimed: Claimed): Promise<Outcome | null>
  close(): Promise<void>
}

/**
 * The token that ties a mail to a ticket: 26 signs of lower-case base32 (128 bits), the ticket's id under a key.
 * In our Message-IDs and in the plus-address that answers go to.
 */
export type MailTokens = {
  tokenFor(id: TicketId): string
  /** Ticket ids it can mean, one for each key we have; that one of them exists is for the caller to see. */
  read(token: string): readonly TicketId[]
}
