// What is remembered of requesters: which tickets are whose, which addresses were proven by a link,
// and since when what such a link has begun counts. Addresses are compared as foldedAddress does it.

import type { SignInLink } from '../domain/sign-in-link.ts'
import type { TicketSummary } from './ports.ts'

/** Whoever looks for their tickets. */
export type Asker = {
  readonly addresses: readonly string[]
  /**
   * A GitLab account, and since when it has had this name here (UTC ms): a name goes on to another person, and older
   * tickets are not that one's.
   */
  readonly account: { readonly username: string; readonly since: number } | null
}

export type AskedPage = {
  readonly tickets: readonly TicketSummary[]
  /** Opaque; null on the last page. */
  readonly next: string | null
}

/** A broken cursor is as none. */
export type AskedQuery = { readonly limit: number; readonly cursor: string | null }

export type RequesterReader = {
  /**
   * Newest opened first, gone ones too; a second issue of one opening never. While `backlog().unsearched` is not 0
   * some that GitLab has just listed are missing.
   */
  ticketsOfAsker(asker: Asker, query: AskedQuery): Promise<AskedPage>
  /** The same of one address; `doubles`: second issues of one opening too, since they hold the same text. */
  ticketsOfAddress(address: string, query: AskedQuery & { readonly doubles?: boolean }): Promise<AskedPage>
  /** How many links went to this address since then (UTC ms). */
  signInLinksSince(address: string, since: number): Promise<number>
  /** What was kept under this token, used and old ones too as long as they are counted. */
  signInLink(token: string): Promise<SignInLink | null>
  /** What links to this address have begun before this instant is over. 0 = nothing was ended. */
  requesterSessionsValidFrom(address: string): Promise<number>
  /** Addresses that this GitLab user has proven since then (UTC ms). */
  provenAddresses(userId: number, since: number): Promise<readonly string[]>
  /** Since when this GitLab user has had this name here; null = never signed in under it. */
  accountSince(userId: number, username: string): Promise<number | null>
}

export type RequesterWriter = {
  saveSignInLink(link: {
    readonly token: string
    readonly address: string
    readonly madeAt: number
  }): Promise<void>
  /** false: it was used before, or there is none. The address's other links are used up with it. */
  useSignInLink(token: string, at: number): Promise<boolean>
  /** Links made before then (UTC ms). */
  forgetSignInLinks(before: number): Promise<void>
  endRequesterSessions(address: string, at: number): Promise<void>
  /** Signing out is remembered no longer than what it ended could have lasted. */
  forgetEndedRequesterSessions(before: number): Promise<void>
  saveProvenAddress(userId: number, address: string, at: number): Promise<void>
  /** The first time counts. */
  saveAccountName(userId: number, username: string, at: number): Promise<void>
  /** Nothing in these tables names the address any more; links to it, and what they have begun, are over. */
  forgetAddress(address: string, at: number): Promise<void>
}
