// The tables. Index tables are copies of what GitLab says and can be dropped and made again;
// kept tables hold what GitLab cannot give back and are in every backup; passing ones nobody misses.
// Instants are UTC milliseconds; 0 and 1 stand for no and yes; JSON is text.

/** Kept: never dropped, not by `rebuild` either. */
export const keptTables = [
  'operations',
  'files',
  'form_keys',
  'members',
  'sessions',
  'settings',
  'changes',
  'noticed',
  'mails',
  'mail_sources',
  'mail_acknowledgements',
  'wishes',
  'link_generations',
  'sign_in_links',
  'requester_sessions',
  'proven_addresses',
  'account_names',
  'held_submissions',
  'held_files',
  'audit',
  'audit_start',
  'erasures',
  'erased_tickets',
  'target_news',
] as const

/** Index: `rebuild` drops their rows and reads them from GitLab again. */
export const indexTables = [
  'tickets',
  'events',
  'search',
  'words_due',
  'counts',
  'requesters',
  'figures',
  'target_times',
] as const

/**
 * Passing: who is on duty and who lives, true for some seconds. Never in a backup, never part of a rebuild; empty where
 * one process has the data alone.
 */
export const passingTables = ['duties', 'workers'] as const

export type TicketRow = {
  /** Opening instant × 1024 + a slot: ascending n is the order of opening. */
  readonly n: number
  readonly id: string
  readonly iid: number | null
  readonly revision: number
  readonly state: string
  readonly level: number
  /** '' = none. */
  readonly category: string
  /** '' = nobody. */
  readonly assignee: string
  readonly queue_position: number
  readonly opened_at: number
  readonly changed_at: number
  readonly awaiting_since: number | null
  readonly resolved_at: number | null
  readonly former_assignee: string | null
  readonly priority: string
  readonly confidential: number
  readonly requester: string
  readonly source: string
  readonly labels: string
  readonly branch: string | null
  readonly url: string | null
  readonly title: string
  /** Public replies in the timeline. */
  readonly replies: number
  /** 'queued', 'unknown', 'stuck'; null when GitLab knows everything. */
  readonly delivery: string | null
  /** Operations for GitLab that are ready, being sent or unknown: while there are any, pulls leave the ticket alone. */
  readonly pending: number
  /** 1 = somebody asked for it to be read again. */
  readonly marked: number
  /** When it was last read in full, and the `changed_at` of that reading. */
  readonly read_at: number | null
  readonly read_changed_at: number | null
  /** 0 marked, 1 open, 2 resolved; null when there is nothing to read. */
  readonly read_class: number | null
  readonly read_due: number | null
  /** 0 = on the desk; 1 = gone, found by search alone; 2 = a double of another, found by nobody. */
  readonly hidden: number
  readonly gone: string | null
  /** How it stands with each promise, as JSON; '' = none is given. Derived from its events, see figures.ts. */
  readonly targets: string
  /** Last, so that lines of the dashboard never walk through long texts. */
  readonly text: string
}

export type EventRow = {
  readonly n: number
  readonly source: string
  readonly at: number
  readonly kind: string
  readonly by_hand: number
  readonly hidden: number
  readonly actor: string
  readonly what: string
}

export type OperationRow = {
  readonly id: string
  readonly ticket_id: string
  readonly sequence: number
  readonly kind: string
  readonly intent: string
  readonly author: string
  readonly state: string
  readonly attempts: number
  readonly not_before: number
  readonly created_at: number
  readonly sent_at: number | null
  readonly settled_at: number | null
  readonly outcome: string | null
  readonly trouble: string | null
  readonly fence: number
  /** When it may be claimed: not before, or the end of its lease; null when done or stuck. */
  readonly due_at: number | null
  /** 1 = an earlier sending may have had its effect. */
  readonly unsure: number
}

export type FileRow = {
  readonly id: string
  readonly ticket_id: string
  readonly position: number
  readonly name: string
  readonly type: string
  readonly size: number
  /** null once GitLab has it. */
  readonly content: Uint8Array | null
  readonly remote_path: string | null
}

export type FigureTableRow = {
  readonly n: number
  /** Number of the write that wrote it. */
  readonly version: number
  /** The last instant at which it mattered to any period; `forever` where there is none. */
  readonly until: number
  /** Both null where the ticket is not there any more: whoever follows the versions learns it so. */
  readonly names: string | null
  readonly numbers: Uint8Array | null
}

export type MailRow = {
  readonly id: string
  /** Where it lay: unique together. */
  readonly mailbox: string
  readonly uid_validity: string
  readonly uid: string
  readonly received_at: number
  readonly bytes: number
  readonly state: string
  readonly reason: string | null
  readonly detail: string
  readonly sender: string
  readonly sender_name: string
  readonly subject: string
  readonly message_id: string | null
  readonly fingerprint: string | null
  /** Folded words of sender and subject (search.ts), parted by spaces. */
  readonly search: string
  readonly ticket_id: string | null
  readonly operation_id: string | null
  readonly attempts: number
  readonly filed: number
  readonly forced: number
}

/** Append only: the database refuses changes (migrations.ts). */
export type AuditRow = {
  readonly n: number
  readonly at: number
  /** 'agent', 'requester', 'belay'. */
  readonly doer: string
  readonly user_id: number | null
  /** '' = nobody with a name. */
  readonly username: string
  readonly what: string
  readonly ticket_id: string | null
  readonly about: string
  readonly result: string
  readonly hash: string
}

export type Tables = {
  tickets: TicketRow
  events: EventRow
  /** Tickets that the search cannot find by their words yet. */
  words_due: { readonly n: number }
  counts: { readonly name: string; readonly number: number }
  operations: OperationRow
  files: FileRow
  form_keys: { readonly key: string; readonly ticket_id: string }
  members: {
    readonly id: number
    readonly username: string
    readonly name: string
    readonly role: string
    readonly seen_at: number
  }
  sessions: { readonly user_id: number; readonly valid_from: number }
  settings: { readonly name: string; readonly value: string }
  /** One row that counts committed writes. */
  changes: { readonly id: number; readonly number: number }
  /** What GitLab gives no time for, and when we noticed; by the ticket's number. */
  noticed: {
    readonly iid: number
    readonly name: string
    readonly at: number
    readonly what: string
  }
  mails: MailRow
  /** The raw mails, apart: nothing that lists mails walks through them. */
  mail_sources: {
    readonly mail_id: string
    readonly received_at: number
    readonly content: Uint8Array
  }
  /** One row for each automatic mail to an address, in lower case. */
  mail_acknowledgements: { readonly address: string; readonly ticket_id: string; readonly at: number }
  /** Which mails an agent wants. */
  wishes: {
    readonly user_id: number
    readonly address: string
    readonly wish: string
    readonly language: string
  }
  /** How often a requester's link was renewed; no row = never. */
  link_generations: { readonly ticket_id: string; readonly generation: number }
  /** Whose tickets are whose: a folded address behind `a:`, a GitLab username behind `u:`. */
  requesters: { readonly key: string; readonly n: number }
  sign_in_links: {
    /** Of its token. */
    readonly hash: string
    readonly address_hash: string
    /** The address, under a key that only the token has. */
    readonly sealed: string
    readonly made_at: number
    readonly used_at: number | null
  }
  /** What links to an address have begun before then is over. */
  requester_sessions: { readonly address_hash: string; readonly valid_from: number }
  /** By GitLab's user id; the address folded. */
  proven_addresses: { readonly user_id: number; readonly address: string; readonly at: number }
  /** Since when a GitLab account has had a name here: names go on to others. */
  account_names: { readonly user_id: number; readonly username: string; readonly since: number }
  /** What waits for a lead before it becomes a ticket. */
  held_submissions: {
    readonly id: string
    readonly form_key: string
    readonly received_at: number
    readonly doubt: string
    readonly client: string
    readonly bytes: number
    readonly category: string
    readonly title: string
    readonly requester: string
    readonly text: string
  }
  held_files: {
    readonly id: string
    readonly held_id: string
    readonly position: number
    readonly name: string
    readonly type: string
    readonly size: number
    readonly content: Uint8Array
  }
  audit: AuditRow
  erasures: {
    readonly id: string
    readonly at: number
    /** GitLab username. */
    readonly doer: string
    /** '' once all is erased. */
    readonly whom: string
    readonly tickets: number
    readonly mails: number
  }
  /** Whatever comes back of these is erased again. */
  erased_tickets: {
    readonly ticket_id: string
    readonly iid: number | null
    readonly erasure_id: string
    readonly at: number
    readonly uploads: string
  }
  figures: FigureTableRow
  /** When each running promise is to be told of; what was told is not here. */
  target_times: {
    readonly n: number
    readonly kind: string
    readonly news: string
    readonly at: number
  }
  /** What was told of promises: each once, for ever. */
  target_news: {
    readonly ticket_id: string
    readonly kind: string
    readonly news: string
    readonly at: number
  }
  /** One row: the entry behind which the audit log begins. */
  audit_start: { readonly id: number; readonly n: number; readonly hash: string; readonly at: number }
  /** Which worker has a duty, and until when, by the database's clock. */
  duties: { readonly name: string; readonly holder: string; readonly until: number }
  /** What workers said last of themselves, as JSON, and when, by the database's clock. */
  workers: { readonly id: string; readonly seen_at: number; readonly says: string }
}
