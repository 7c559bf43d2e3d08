// A mail that came in, as far as the desk understands it, and what can become of it.
// Every mail that was fetched ends in exactly one of the named states, with the reason beside it;
// nothing is thrown away silently, and the raw mail stays until it is too old.

import type { Language } from './ticket.ts'

export type MailAddress = {
  readonly name: string
  /** As written, `local@domain`; compared in lower case. */
  readonly address: string
}

export type MailFile = {
  readonly name: string
  readonly type: string
  readonly bytes: Uint8Array
  /** Without angle brackets; pictures in the text are named by it. */
  readonly contentId: string | null
}

/** Why nobody wrote this mail to us, or why it must not be answered. */
export type Automatic =
  /** Auto-Submitted, vacation notices and their many dialects. */
  | 'auto-reply'
  /** Sent to many: lists, newsletters, bulk. */
  | 'list'
  /** Bears the header of a desk: ours (it came back) or another one (two desks answering each other). */
  | 'loop'
  /** A report of a mail system that is no delivery failure: read receipts, feedback reports. */
  | 'report'
  /** Empty return path without being a delivery failure. */
  | 'null-sender'

export type Bounce = {
  /** Addresses that could not be reached, with the mail server's words, shortened. */
  readonly failed: readonly { readonly address: string; readonly status: string; readonly detail: string }[]
  /** false: only late so far. */
  readonly final: boolean
}

/** What was folded away from the new text: earlier mails that the sender's program quoted, and signatures. */
export type Folded = { readonly kind: 'quote' | 'signature'; readonly text: string }

/** A mail as the parser hands it out: plain data, bounded in size, line breaks are \n. */
export type ReadMail = {
  /** Without angle brackets; null where there is none. */
  readonly messageId: string | null
  /** In-Reply-To, then References from the newest to the oldest; without angle brackets, without repetitions. */
  readonly refersTo: readonly string[]
  /** The one writer. null where there is none or several: then nobody can be answered. */
  readonly from: MailAddress | null
  /** Only for showing it: answers go to `from`. */
  readonly replyTo: MailAddress | null
  readonly to: readonly MailAddress[]
  readonly cc: readonly MailAddress[]
  /** Delivered-To, X-Original-To, Envelope-To: where it was really delivered. */
  readonly deliveredTo: readonly string[]
  /** One line, '' where there is none. */
  readonly subject: string
  /** UTC milliseconds, as its writer's clock said. */
  readonly sentAt: number | null
  /** What it is written in, where that can be told. */
  readonly language: Language | null
  /** What is new in it, as Markdown. Never empty where there is any text at all. */
  readonly text: string
  readonly folded: readonly Folded[]
  readonly hasHtml: boolean
  /** Attachments and inline pictures, in order. */
  readonly files: readonly MailFile[]
  readonly automatic: Automatic | null
  readonly bounce: Bounce | null
}

/**
 * Where a mail stands. `received` is in flight; all others are ends. Fetched = all of them together.
 * `quarantined`: could not be read within its limits, or is held for a person.
 */
export type MailState = 'received' | 'opened' | 'appended' | 'bounced' | 'ignored' | 'quarantined'

/** Why it ended so; pages translate it. */
export type MailReason =
  /** Opened a ticket: a new subject; an answer to a ticket resolved too long ago; without a valid token. */
  | 'new'
  | 'resolved-long-ago'
  | 'opened-by-lead'
  /** Appended: with the token of its ticket; without one, as an internal note; that note was accepted. */
  | 'by-token'
  | 'unverified'
  | 'accepted'
  /** Bounced: the address could not be reached; it is only late; it bears no token of ours. */
  | 'undeliverable'
  | 'delayed'
  | 'unknown-bounce'
  /** Ignored. */
  | Automatic
  | 'own-address'
  | 'seen-before'
  | 'nothing-in-it'
  /** Quarantined. */
  | 'no-sender'
  | 'too-slow'
  | 'too-much-memory'
  | 'too-large'
  | 'unreadable'
  | 'form-closed'
  | 'refused'

/** A bounce, an automatic mail or a stranger's report is never answered by anything automatic. */
export const mayBeAnswered = (mail: Pick<ReadMail, 'from' | 'automatic' | 'bounce'>): boolean =>
  mail.from !== null && mail.automatic === null && mail.bounce === null
