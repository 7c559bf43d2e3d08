// The audit log says who did what, when, on which ticket and with which result: never what anybody wrote,
// no address and no secret. Each entry is chained to the one before it, so that an entry that was
// changed, taken out or put in afterwards shows.

import type { Decision } from './decision.ts'
import type { Author, Operation } from './operation.ts'
import type { RefusalCode } from './refusal.ts'
import type { TicketId } from './ticket.ts'

/** `username`: as GitLab had it then. Requesters are never named. */
export type Doer =
  | { readonly kind: 'agent'; readonly id: number; readonly username: string }
  | { readonly kind: 'requester' }
  | { readonly kind: 'belay' }

export const deeds = [
  'open',
  'reply',
  'note',
  'escalate',
  'hand-back',
  'resolve',
  'reopen',
  'satisfaction',
  'categorise',
  'assign',
  'wait',
  'branch',
  'change',
  'renew-link',
  'retry',
  'drop',
  'replay-mail',
  'open-mail',
  'accept-mail',
  'look-at-mail',
  'open-held',
  'drop-held',
  'choose-notices',
  'sign-in',
  'sign-out',
  'use',
  'export',
  'export-audit',
  'erase',
  'forget',
  'restore',
] as const

/** `use`: a page or action of the desk that somebody had no right to. `forget`: what was kept for long enough. `restore`: a backup, about when it was made. */
export type Deed = (typeof deeds)[number]

/** `no-right`: this person may not use the route at all. */
export type AuditResult = 'done' | 'no-right' | RefusalCode

export type AuditEntry = {
  readonly by: Doer
  readonly what: Deed
  /** UTC milliseconds. */
  readonly at: number
  readonly ticketId: TicketId | null
  /** What else it was about: the id of a mail, an operation or an erasure, or a route; '' = nothing else. */
  readonly about: string
  readonly result: AuditResult
}

/** The place of an entry in the chain. The first one has number 1. */
export type Link = { readonly n: number; readonly hash: string }

export type AuditRecord = AuditEntry & Link

/** Hexadecimal SHA-256 of a text. */
export type Digest = (text: string) => string

export const beginning: Link = { n: 0, hash: '' }

/** What an entry's hash is made of: the one before it, and all that the entry says. */
const toldBy = (former: Link, { by, what, at, ticketId, about, result }: AuditEntry): string =>
  JSON.stringify([
    'belay audit 1',
    former.hash,
    former.n + 1,
    at,
    by.kind,
    by.kind === 'agent' ? [by.id, by.username] : [],
    what,
    ticketId,
    about,
    result,
  ])

export const linkAfter = (former: Link, entry: AuditEntry, digest: Digest): Link => ({
  n: former.n + 1,
  hash: digest(toldBy(former, entry)),
})

/** `changed`: this entry, or the one before it, is not as it was written. `missing`: entries from this number on. */
export type Break = { readonly n: number; readonly why: 'changed' | 'missing' }

/** Follows the chain from `from` over these entries, in order of their numbers, up to the first break. */
export const follow = (
  from: Link,
  records: readonly AuditRecord[],
  digest: Digest,
): { readonly reached: Link; readonly broken: Break | null } => {
  let reached = from
  for (const record of records) {
    if (record.n !== reached.n + 1) return { reached, broken: { n: reached.n + 1, why: 'missing' } }
    if (linkAfter(reached, record, digest).hash !== record.hash)
      return { reached, broken: { n: record.n, why: 'changed' } }
    reached = { n: record.n, hash: record.hash }
  }
  return { reached, broken: null }
}

export const doerOf = (author: Author): Doer =>
  author.kind === 'agent'
    ? { kind: 'agent', id: author.id, username: author.username }
    : { kind: author.kind === 'desk' ? 'belay' : 'requester' }

const deedOfEvent: Readonly<Record<string, Deed>> = {
  opened: 'open',
  replied: 'reply',
  noted: 'note',
  escalated: 'escalate',
  'handed-back': 'hand-back',
  resolved: 'resolve',
  reopened: 'reopen',
  rated: 'satisfaction',
  categorised: 'categorise',
  assigned: 'assign',
  'waiting-started': 'wait',
  'waiting-ended': 'wait',
}

/** What a decision was about: its words to GitLab say it best, where there are none its first event. */
export const deedOf = ({ operations, events }: Pick<Decision, 'operations' | 'events'>): Deed => {
  const has = (kind: Operation['intent']['kind']) => operations.some(({ intent }) => intent.kind === kind)
  if (has('open')) return 'open'
  for (const { intent } of operations) if (intent.kind === 'note') return intent.purpose
  for (const { what } of events) {
    const deed = deedOfEvent[what.kind]
    if (deed !== undefined) return deed
  }
  return has('branch') ? 'branch' : 'change'
}

/** What the log says of a decision; `told` where it knows better than the decision itself. null: nobody decided anything. */
export const entryOf = (
  decision: Decision,
  told: Partial<Pick<AuditEntry, 'by' | 'what' | 'about'>> = {},
): AuditEntry | null => {
  const [operation] = decision.operations
  const [event] = decision.events
  const by = told.by ?? (operation ? doerOf(operation.author) : null)
  const at = operation?.createdAt ?? event?.at
  if (by === null || at === undefined) return null
  return {
    by,
    what: told.what ?? deedOf(decision),
    at,
    ticketId: decision.ticket.id,
    about: told.about ?? '',
    result: 'done',
  }
}
