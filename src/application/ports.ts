// What the desk needs from the world around it: a place to keep things, GitLab, a clock and
// fresh ids. The application speaks only to these; adapters make them true.
// A function that is handed a Reader cannot change anything; its type says so.

import type { AuditEntry } from '../domain/audit.ts'
import type { Decision } from '../domain/decision.ts'
import type { Desk } from '../domain/desk.ts'
import type { TicketEvent } from '../domain/event.ts'
import type { Noticed, OwnBranch, OwnChange } from '../domain/history.ts'
import type { FileRef, Lane, Operation, OperationState, Outcome, Trouble } from '../domain/operation.ts'
import type { Remaining } from '../domain/pace.ts'
import type { Account, RemoteFile, RemoteHistory, RemoteTicket } from '../domain/remote.ts'
import type { Retention } from '../domain/retention.ts'
import type { Agent, Role } from '../domain/role.ts'
import type { TargetStanding } from '../domain/target.ts'
import type { Ticket, TicketId, TicketState } from '../domain/ticket.ts'
import type { AuditReader, AuditWriter } from './audit-ports.ts'
import type { ErasureReader, ErasureWriter } from './erasure-ports.ts'
import type { HeldReader, HeldWriter } from './held-ports.ts'
import type { KpiReader, KpiWriter } from './kpi-ports.ts'
import type { MailParser, MailReader, MailWriter, SignInMail } from './mail-ports.ts'
import type { MonitoringReader } from './monitoring-ports.ts'
import type { Neighbours, Presence } from './presence-ports.ts'
import type { RequesterReader, RequesterWriter } from './requester-ports.ts'

/** Milliseconds, UTC. `sleep` ends early when the signal does; sleeping for 0 gives everybody else a turn. */
export type Clock = {
  now(): number
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
}

/** UUIDv7, ascending within this process. */
export type NewId = () => string

// --- Store -------------------------------------------------------------------------------------

/** What the address bar of the dashboard says; every part can be absent. */
export type TicketQuery = {
  readonly view: View
  /** GitLab username of who looks, for `mine`. */
  readonly me: string | null
  readonly level: number | null
  readonly category: string | null
  readonly state: TicketState | null
  /** A username; '' = nobody. null = no filter. */
  readonly assignee: string | null
  /** Words to search for in title, text, requester and replies; '' = no search. */
  readonly words: string
  /** Opaque, from a former page; null = from the start. A broken one is as none. */
  readonly cursor: string | null
  readonly limit: number
}

/**
 * level-n: open and not waiting, at that level. mine: assigned to me, not resolved.
 * unassigned: open, assigned to nobody. Sorted by queuePosition, then id; waiting too.
 * resolved: last resolved first. all: newest opened first. A search is newest opened first always.
 * A `state` filter takes the place of the view's own condition on the state.
 * Resolved tickets wait for nobody: with `state` resolved, a queue's order is last resolved first too.
 */
export type View = `level-${number}` | 'mine' | 'unassigned' | 'waiting' | 'resolved' | 'all'

export type TicketPage = {
  readonly tickets: readonly TicketSummary[]
  /** null on the last page. */
  readonly next: string | null
  readonly previous: string | null
  /** True where a search was cut short by its bound; `next` goes on. */
  readonly cut: boolean
}

/** A ticket without its text, and what a line of the dashboard needs besides. */
export type TicketSummary = Omit<Ticket, 'text'> & {
  readonly replies: number
  /** Worst state of its unsettled operations, null when GitLab knows everything. */
  readonly delivery: 'queued' | 'unknown' | 'stuck' | null
  /** How it stands with what was promised; empty where nothing is. */
  readonly targets: readonly TargetStanding[]
}

export type ViewCounts = {
  /** Index 0 is Level 1. */
  readonly levels: readonly number[]
  readonly mine: number
  readonly unassigned: number
  readonly waiting: number
  readonly resolved: number
  readonly all: number
}

export type TicketRef = { readonly iid: number } | { readonly id: TicketId }

export type Unsettled = {
  readonly operation: Operation
  readonly ticket: Pick<Ticket, 'id' | 'iid' | 'title'>
}

export type UnsettledPage = {
  readonly operations: readonly Unsettled[]
  /** Opaque; null on the last page. */
  readonly next: string | null
}

export type StoredFile = FileRef & { readonly ticketId: TicketId; readonly remotePath: string | null }

/** An account that has signed in or is a member, and from when its sessions are valid (UTC ms). */
export type Member = Agent & { readonly seenAt: number }

type OtherReader = MailReader &
  RequesterReader &
  HeldReader &
  AuditReader &
  ErasureReader &
  KpiReader &
  MonitoringReader

export type Reader = OtherReader & {
  ticket(ref: TicketRef): Promise<Ticket | null>
  /** Those of them that are known, in no order. */
  tickets(iids: readonly number[]): Promise<readonly Ticket[]>
  /** Timeline order; hidden ones included. */
  events(id: TicketId): Promise<readonly TicketEvent[]>
  /** Unsettled and stuck ones, in order. */
  operations(id: TicketId): Promise<readonly Operation[]>
  operation(id: string): Promise<Operation | null>
  /**
   * What GitLab does not know yet, of all tickets: what is stuck first, then what is unknown, then what
   * is on its way; the oldest first. A broken cursor is as none.
   */
  unsettled(query: { readonly limit: number; readonly cursor: string | null }): Promise<UnsettledPage>
  page(query: TicketQuery): Promise<TicketPage>
  counts(me: string | null): Promise<ViewCounts>
  /** Open tickets with words in common with `text`, best first, bounded. */
  similar(text: string, limit: number): Promise<readonly TicketSummary[]>
  /** Of a ticket, in the order they were sent. */
  files(id: TicketId): Promise<readonly StoredFile[]>
  fileBytes(fileId: string): Promise<Uint8Array | null>
  /** The ticket that a form with this key has made or acted on. */
  formKey(key: string): Promise<TicketId | null>
  members(): Promise<readonly Member[]>
  member(username: string): Promise<Member | null>
  /** Sessions of this GitLab user that began before this instant are over. 0 = none ended. */
  sessionsValidFrom(userId: number): Promise<number>
  /** Our settled changes of this ticket, newest last: the persons behind the bot. */
  ownChanges(id: TicketId): Promise<readonly OwnChange[]>
  /** What became of our asking for branches, oldest first. */
  ownBranches(id: TicketId): Promise<readonly OwnBranch[]>
  /** What GitLab gives no time for and we noticed on the ticket of this number. */
  noticed(iid: number): Promise<readonly Noticed[]>
  /** All tickets in order of opening, gone ones too, in portions: those behind the one with the id `after`. */
  walk(options: { readonly after: TicketId | null; readonly limit: number }): Promise<readonly Ticket[]>
  /** Numbers of tickets on the desk that were opened at or after `from` and before `to` (UTC ms). */
  openedBetween(from: number, to: number): Promise<readonly number[]>
  /** Note ids of ours that settled since `since`: a reading that lacks them is stale. */
  ownNotes(id: TicketId, since: number): Promise<readonly number[]>
  /** Which tickets to read in full next: marked ones, open ones, then newest first. */
  unread(
    limit: number,
    now: number,
    options?: { /** false: only marked and open ones. */ readonly history?: boolean },
  ): Promise<readonly { readonly iid: number; readonly id: TicketId }[]>
  /** Those of these tickets that are marked to be read again. */
  marked(iids: readonly number[]): Promise<readonly number[]>
  /**
   * Those of these tickets that are to be read in full, now or soon: GitLab's time of a change hides what came within
   * a minute of it.
   */
  toBeRead(iids: readonly number[]): Promise<readonly number[]>
  /** For the dashboard's line: tickets whose replies are not read yet, tickets no search finds yet, operations by state. */
  backlog(): Promise<{
    readonly unread: number
    readonly unsearched: number
    readonly operations: Readonly<Record<OperationState, number>>
    /** Submissions that wait for a lead. */
    readonly held: number
  }>
  /** When the next operation is due that `claim` could hand out of this lane (`gitlab` where none is named). */
  nextDue(lane?: Lane): Promise<number | null>
  /** Small named values: cursors, what this data belongs to, bot ids. */
  setting(name: string): Promise<string | null>
  /** Which of this ticket's links is the one that opens its page: grows from 0 with each new one. */
  linkGeneration(id: TicketId): Promise<number>
}

export type Claimed = {
  readonly operation: Operation
  /** Must be given back with settle; a later claim of the same operation has another. */
  readonly fence: number
  /** True where an earlier sending may have had its effect: look it up first. */
  readonly unsure: boolean
  /** End of the lease (UTC ms): afterwards another worker may send it, so this one must not any more. */
  readonly until: number
  readonly ticket: Ticket
  /** Outcomes of this ticket's uploads, by file id, for the text that names them. */
  readonly uploads: Readonly<Record<string, { readonly markdown: string }>>
  /** For a mail: Message-IDs of the mails that came in on this ticket, the oldest first, at most ten. */
  readonly mailThread?: readonly string[]
}

export type Adopted = {
  readonly ticket: Ticket
  /** null = only the listing was read: the known timeline stays. */
  readonly events: readonly TicketEvent[] | null
  /** Instant of the reading in full (UTC ms), null when only listed. */
  readonly readAt: number | null
  /** What the ticket's own text links to in GitLab; those not known here are remembered. */
  readonly files?: readonly RemoteFile[]
}

export type Settlement =
  | { readonly state: 'done'; readonly outcome: Outcome }
  /** Not sent, or surely without effect: try again at `notBefore`. */
  | { readonly state: 'ready'; readonly notBefore: number; readonly trouble: Trouble | null }
  /** `sentAt`: when it was sent this time; absent where it was only looked up. */
  | {
      readonly state: 'unknown'
      readonly notBefore: number
      readonly trouble: Trouble
      readonly sentAt?: number
    }
  | { readonly state: 'stuck'; readonly trouble: Trouble }

export type AdoptOptions = {
  /** Told of each issue that bears the opening mark of another ticket; it is stored under an id of its own. */
  readonly onDouble?: (double: { readonly iid: number; readonly of: TicketId }) => void
  /** Tickets that are new and only listed are left to `indexWords`: no search finds them before, nor whoever asked. */
  readonly wordsLater?: boolean
}

type ReaderWithMail = Reader &
  MailWriter &
  RequesterWriter &
  HeldWriter &
  AuditWriter &
  ErasureWriter &
  KpiWriter

export type Writer = ReaderWithMail & {
  /**
   * Write one of three: a rule's decision. Ticket where its revision still is `decision.ticket.revision`
   * (0 = a new one), events, operations and form key, all or nothing. The stored revision is one more.
   */
  record(
    decision: Decision,
    options?: {
      readonly key?: string
      readonly files?: readonly { readonly file: FileRef; readonly bytes: Uint8Array }[]
      /** What the audit log says, where it knows better than the decision. */
      readonly audit?: Partial<Pick<AuditEntry, 'by' | 'what' | 'about'>>
    },
  ): Promise<'recorded' | 'conflict'>
  /**
   * Write two: what GitLab says. A ticket with unsettled operations is left as it is (and marked to be
   * read again); one that is equal already keeps its revision. Answers how many changed.
   * A ticket that is gone takes its unsettled operations along: they are stuck.
   */
  adopt(changes: readonly Adopted[], options?: AdoptOptions): Promise<number>
  /**
   * Write three: what became of a sent operation; also writes iid, url, branch and note ids where they
   * belong. false when the fence is not the current one: then nothing is written.
   */
  settle(operationId: string, fence: number, settlement: Settlement, at: number): Promise<boolean>

  /** Resolves when somebody waits for this write to end: who holds it open for more ends it then. */
  wanted(): Promise<void>

  // Bookkeeping: none of these changes a ticket.
  /** Lets the search, and their requesters, find up to so many tickets more, newest first; answers how many it were. */
  indexWords(limit: number): Promise<number>
  /**
   * Takes up to `limit` due operations of one lane (`gitlab` where none is named), of each ticket only the one
   * that need not wait for an earlier one, under a lease.
   */
  claim(options: {
    readonly now: number
    readonly leaseMs: number
    readonly limit: number
    readonly lane?: Lane
  }): Promise<readonly Claimed[]>
  markUnread(iids: readonly number[]): Promise<void>
  /** The first time counts. */
  notice(iid: number, noticed: readonly Noticed[]): Promise<void>
  /**
   * For rebuilding: all that GitLab can say again goes. `labels` are those GitLab has now: names of others in
   * the timelines are kept as noticed at `at`.
   */
  dropIndex(options: { readonly labels: readonly string[]; readonly at: number }): Promise<void>
  saveMembers(members: readonly Member[]): Promise<void>
  endSessions(userId: number, at: number): Promise<void>
  saveSetting(name: string, value: string): Promise<void>
  /** Ends the requester's link to this ticket; answers the generation of the next one. */
  renewLink(id: TicketId): Promise<number>
  /** A lead's answer to a stuck operation: again from the start, or never. */
  retryOperation(id: string, now: number): Promise<boolean>
  dropOperation(id: string, now: number): Promise<boolean>
}

export type Store = {
  read<T>(work: (reader: Reader) => Promise<T>): Promise<T>
  /**
   * One transaction, one writer at a time; rolled back when `work` throws. `repeatable`: all of it can be
   * done again from what GitLab says, so its end does not wait for the disk; only a power cut can undo it.
   */
  write<T>(work: (writer: Writer) => Promise<T>, options?: { readonly repeatable?: boolean }): Promise<T>
  /** Grows with every committed change, of other processes too: equal numbers mean nothing changed. */
  version(): Promise<number>
  /**
   * Calls soon after each committed change, of other processes too, and now and then without one. A hint: what must
   * not be missed is looked for as well. Answers how to stop it.
   */
  onChange(listener: () => void): () => void
  /** The number of the schema that the data have now, and of the one that this process knows. */
  schema(): Promise<{ readonly found: number; readonly known: number }>
  readonly presence: Presence
  /** Other processes on the same data; where there are none, nobody hears. */
  readonly neighbours: Neighbours
  close(): Promise<void>
}

// --- GitLab ------------------------------------------------------------------------------------

export type ListingPage = {
  readonly tickets: readonly RemoteTicket[]
  /** Ask for the next page with this; null = that was all. */
  readonly next: string | null
  /** How many there are in all, where GitLab says so (up to 10,000). */
  readonly total: number | null
}

export type Gateway = {
  /** Performs one operation. Throws GatewayError. Exactly the fewest calls. */
  perform(claimed: Claimed): Promise<Outcome>
  /** Whether an earlier sending of it had its effect: its outcome, or null when GitLab knows nothing of it. */
  lookUp(claimed: Claimed): Promise<Outcome | null>
  /**
   * Pages of tickets changed at or after `since` (UTC ms; null = all), oldest change first; or in order of
   * opening. Pages can overlap. Give `inOrderOf` with each page.
   */
  listing(options: {
    readonly since: number | null
    readonly page: string | null
    readonly inOrderOf?: 'change' | 'opening'
  }): Promise<ListingPage>
  /** Names of all labels the project has, its groups' included. */
  labels(): Promise<readonly string[]>
  /**
   * One ticket in full. null when it was deleted, and only then: where our account's sight is in doubt, it
   * throws `unauthorised`. `code`: branches and merge requests too.
   */
  history(iid: number, options: { readonly code: boolean }): Promise<RemoteHistory | null>
  /** Active members with a role in this project, ancestors' included. */
  members(): Promise<readonly (Account & { readonly role: Role })[]>
  /** Whether GitLab mails requesters of this project by its Service Desk. */
  hasServiceDesk(): Promise<boolean>
  /** Role of one account, asked afresh; 'requester' when not a member. */
  roleOf(userId: number): Promise<Role>
  /**
   * When GitLab takes calls again (UTC ms), where it said that none is left; else 0. Until then sending and
   * background reading throw without asking it.
   */
  heldUntil(): number
  /** What GitLab said last of the calls that are left to us; null where it says nothing of it. */
  remaining(): Remaining | null
  /** Bytes of an uploaded file, through our token; path as settled by its upload. */
  download(path: string): Promise<{ readonly bytes: Uint8Array; readonly type: string }>
}

// --- Signing in --------------------------------------------------------------------------------

/** Agents sign in with GitLab: authorization code with PKCE, state and nonce. */
export type SignIn = {
  /** `url`: where to send the browser. `secrets`: kept sealed in the browser until it comes back. */
  begin(): Promise<{ readonly url: string; readonly secrets: string }>
  /** Throws GatewayError; `unauthorised` when the answer is not for these secrets or GitLab says no. */
  finish(answer: {
    readonly callbackUrl: string
    readonly secrets: string
  }): Promise<{ readonly id: number; readonly username: string; readonly name: string }>
}

/** How GitLab is doing, as the worker sees it. */
export type Connection = {
  readonly state: 'up' | 'down' | 'unauthorised'
  /** UTC ms of the last successful answer, null before the first. */
  readonly lastAnswerAt: number | null
  /** Tickets read of about so many, while the first reading goes on. */
  readonly reading: { readonly done: number; readonly total: number | null } | null
}

// --- Together ----------------------------------------------------------------------------------

/** What every use case is handed. */
export type Parts = {
  readonly store: Store
  readonly gateway: Gateway
  readonly clock: Clock
  readonly newId: NewId
  readonly desk: Desk
  /** Tells the worker that there is something to send. */
  readonly nudge: () => void
  /** Resolves when the ticket has no operation left to send, at the latest after `milliseconds`. */
  readonly settled: (id: TicketId, milliseconds: number) => Promise<void>
  /** Whether waiting for GitLab is worth it now: its circuit is closed, the queue short, few others wait. */
  readonly prompt: () => boolean
  /** Reads raw mails again, where somebody wants to see one; absent where no mails come in. */
  readonly mailParser?: MailParser
  /** For how long what is kept is kept; for the pages that tell it. */
  readonly retention?: Retention
  /** Throws GatewayError. Absent where Belay has no mail server of its own: then nobody can prove an address. */
  readonly sendSignInLink?: (mail: SignInMail) => Promise<void>
}
