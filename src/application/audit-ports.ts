// What the desk needs from its store for the audit log: adding an entry in the very write it tells of,
// looking at pages of it, walking its chain, and letting go of what was kept for long enough.
// Entries are never changed.

import type { AuditEntry, AuditRecord, Deed, Link } from '../domain/audit.ts'
import type { TicketId } from '../domain/ticket.ts'

export type AuditQuery = {
  /** A GitLab username, or those who have none. null = anybody. */
  readonly by: { readonly username: string } | 'requester' | 'belay' | null
  readonly what: Deed | null
  readonly ticketId: TicketId | null
  /** UTC milliseconds; from this instant on, and before that one. */
  readonly from: number | null
  readonly to: number | null
  /** Opaque; a broken one is as none. */
  readonly cursor: string | null
  readonly limit: number
}

export type AuditPage = {
  /** Newest first. */
  readonly records: readonly AuditRecord[]
  readonly next: string | null
}

export type AuditReader = {
  audit(query: AuditQuery): Promise<AuditPage>
  /** What the chain begins behind: the last entry that was let go of. */
  auditStart(): Promise<Link & { readonly at: number }>
  /** The newest entry's place; the start where there is none. */
  auditHead(): Promise<Link>
  /** In order, those behind number `after`. */
  auditChain(options: { readonly after: number; readonly limit: number }): Promise<readonly AuditRecord[]>
}

export type AuditWriter = AuditReader & {
  /** Adds it to the chain. Nobody's copy of a page is out of date by it. */
  keepAudit(entry: AuditEntry): Promise<void>
  /** Lets go of entries from before this instant (UTC ms), the oldest first, up to `limit`; answers how many. */
  forgetAudit(options: { readonly before: number; readonly limit: number }): Promise<number>
}
