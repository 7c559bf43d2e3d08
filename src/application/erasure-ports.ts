// What the desk needs from its store to erase a requester's data, to hand them out, and to remember that they
// were erased. What is remembered names nobody: a ticket's id, when, and what a person must still see to.

import type { Left } from '../domain/operation.ts'
import type { TicketId } from '../domain/ticket.ts'
import type { LedgerMail } from './mail-ports.ts'

/** One wish to erase. While it is under way it knows whose data; then no more. */
export type Erasure = {
  readonly id: string
  /** UTC milliseconds. */
  readonly at: number
  /** GitLab username of the lead; '' = Belay itself. */
  readonly by: string
  /** An address, or a GitLab username behind `@`; '' = done. */
  readonly whom: string
  readonly tickets: number
  readonly mails: number
}

export type ErasedTicket = {
  readonly ticketId: TicketId
  readonly iid: number | null
  readonly erasureId: string
  readonly at: number
  /** Paths of files in GitLab that our account may not delete. */
  readonly uploads: readonly string[]
  /** What else is left in GitLab; null = GitLab was not told yet. */
  readonly left: readonly Left[] | null
}

export type ErasureReader = {
  /** Newest first. */
  erasures(limit: number): Promise<readonly Erasure[]>
  erasure(id: string): Promise<Erasure | null>
  /** Under way, oldest first. */
  erasuresUnderWay(): Promise<readonly Erasure[]>
  erasedTickets(erasureId: string, limit: number): Promise<readonly ErasedTicket[]>
  /** Mails of the ledger that this address sent, any letter case, oldest first. */
  mailsFrom(address: string, limit: number): Promise<readonly LedgerMail[]>
  /** Submissions from this address that are held. */
  heldFrom(address: string): Promise<readonly string[]>
  /** Resolved before then (UTC ms), not erased, in order of that; behind `after`. */
  resolvedBefore(query: {
    readonly before: number
    readonly after: { readonly at: number; readonly id: TicketId } | null
    readonly limit: number
  }): Promise<readonly { readonly at: number; readonly id: TicketId }[]>
}

export type ErasureWriter = ErasureReader & {
  beginErasure(erasure: Omit<Erasure, 'tickets' | 'mails'>): Promise<void>
  /** So many more; `ended`: whose data they were is forgotten. */
  countErasure(id: string, more: { tickets?: number; mails?: number; ended?: boolean }): Promise<void>
  /** All that is kept here of this ticket's requester goes, and it is remembered that it did. false: no such ticket. */
  eraseTicket(ticketId: TicketId, erasureId: string, at: number): Promise<boolean>
  /** What the ledger knows of this address goes, up to `limit` mails; answers how many. */
  eraseMailsFrom(address: string, limit: number): Promise<number>
  /** Keys of forms that this ticket was opened and changed by. */
  forgetFormKeys(ticketIds: readonly TicketId[]): Promise<number>
  /** A lead has seen to what was left. */
  forgetUploads(erasureId: string): Promise<void>
}
