// Desks, tickets and what GitLab says of them, made short: a test names only what its story is about.

import assert from 'node:assert/strict'
import type { Circumstances, Decision } from '../../src/domain/decision.ts'
import type { Desk } from '../../src/domain/desk.ts'
import type { TicketEvent } from '../../src/domain/event.ts'
import type { Author, Intent } from '../../src/domain/operation.ts'
import type { Refusal, RefusalCode } from '../../src/domain/refusal.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import type {
  Account,
  Marker,
  RemoteAssignment,
  RemoteHistory,
  RemoteLabelEvent,
  RemoteMergeRequest,
  RemoteNote,
  RemoteStateEvent,
  RemoteTicket,
} from '../../src/domain/remote.ts'
import type { Ticket } from '../../src/domain/ticket.ts'
import { ana, theBot } from './people.ts'

/** Monday 8 June 2026, 09:00 UTC: when most stories begin. */
export const nine = Date.UTC(2026, 5, 8, 9)
export const second = 1_000
export const minute = 60_000
export const hour = 60 * minute

/** The desk of design.md: two categories, two levels, all defaults. */
export const aDesk = (changes: Partial<Desk> = {}): Desk => ({
  categories: [
    {
      id: 'Hardware',
      label: { name: 'hardware', color: '#f45562' },
      aliases: [],
      help: '',
      confidential: true,
      branches: { project: '', ref: '' },
    },
    {
      id: 'Gitlab Account',
      label: { name: 'gitlab-account', color: '#3450f6' },
      aliases: [],
      help: '',
      confidential: true,
      branches: { project: '', ref: '' },
    },
  ],
  levels: [
    { name: 'Level 1', label: 'level::1' },
    { name: 'Level 2', label: 'level::2' },
  ],
  labels: { waiting: 'waiting', noKpi: 'no-kpi', notCounted: ['spam', 'duplicate', 'test'] },
  calendars: [],
  timeZone: 'UTC',
  targets: [],
  priorities: [
    { id: 'normal', label: null },
    { id: 'high', label: 'priority::high' },
  ],
  form: { public: true, emailDomains: [], maxFileBytes: 10 * 1024 * 1024 },
  mail: { own: false, language: 'en', reopenWithin: 14 * 86_400_000 },
  ...changes,
})

/** A desk whose ladder has so many rungs. */
export const aDeskOfLevels = (count: number): Desk =>
  aDesk({
    levels: Array.from({ length: count }, (_, index) => ({
      name: `Level ${index + 1}`,
      label: `level::${index + 1}`,
    })),
  })

/** Ana's screen is broken: number 42, open at Level 1, nobody's yet. */
export const aTicket = (changes: Partial<Ticket> = {}): Ticket => ({
  id: '0197f000-0000-7000-8000-000000000042',
  iid: 42,
  revision: 3,
  title: 'My screen stays black',
  text: 'Since this morning.',
  category: 'Hardware',
  level: 1,
  state: 'open',
  assignee: null,
  formerAssignee: null,
  priority: 'normal',
  confidential: true,
  requester: ana,
  source: 'form',
  labels: ['level::1', 'hardware'],
  branch: null,
  url: 'http://127.0.0.1:8929/demo/helpdesk/-/issues/42',
  openedAt: nine,
  changedAt: nine,
  awaitingSince: nine,
  resolvedAt: null,
  gone: null,
  ...changes,
})

/** Ascending ids that look like UUIDv7. */
export const ids = (): (() => string) => {
  let count = 0
  return () => `0197f0a0-0000-7000-8000-${String(++count).padStart(12, '0')}`
}

export const circumstances = (by: Author, at = nine + hour): Circumstances => ({ by, at, newId: ids() })

/** The decision, or a failing test that names the refusal. */
export const decided = (result: Decision | Refusal): Decision => {
  assert.ok(!isRefusal(result), `the rule refused: ${JSON.stringify(result)}`)
  return result
}

/** The refusal with this code, or a failing test that shows what was said instead. */
export const refusedWith = (result: unknown, code: RefusalCode): Refusal => {
  assert.ok(isRefusal(result), `the rule said yes: ${JSON.stringify(result)}`)
  assert.equal(result.code, code)
  return result
}

export const intents = (decision: Decision): Intent[] => decision.operations.map(({ intent }) => intent)

/** The intents of one kind, with their own type. */
export const intentsOf = <K extends Intent['kind']>(
  decision: Decision,
  kind: K,
): Extract<Intent, { kind: K }>[] =>
  intents(decision).filter((intent): intent is Extract<Intent, { kind: K }> => intent.kind === kind)

/** The only one, or a failing test. */
export const only = <T>(items: readonly T[]): T => {
  assert.equal(items.length, 1, `expected exactly one, found ${JSON.stringify(items)}`)
  const [item] = items
  assert.ok(item !== undefined)
  return item
}

// --- What GitLab says ---------------------------------------------------------------------------

export const aMarker = (changes: Partial<Marker> = {}): Marker => ({
  kind: 'note',
  operation: '0197f0a0-0000-7000-8000-00000000aaaa',
  author: 11,
  authorName: 'Bruno',
  level: null,
  formerAssignee: null,
  requester: null,
  ...changes,
})

const openingMarker: Marker = aMarker({
  kind: 'open',
  operation: aTicket().id,
  author: 'requester',
  authorName: null,
  requester: ana,
})

/** Ticket 42 as GitLab lists it: opened by Ana on the form, so by our bot. */
export const aRemoteTicket = (changes: Partial<RemoteTicket> = {}): RemoteTicket => ({
  id: aTicket().id,
  iid: 42,
  title: 'My screen stays black',
  text: 'Since this morning.',
  marker: openingMarker,
  files: [],
  labels: ['level::1', 'hardware'],
  closed: false,
  assignee: null,
  author: theBot,
  serviceDeskAddress: null,
  confidential: true,
  url: 'http://127.0.0.1:8929/demo/helpdesk/-/issues/42',
  openedAt: nine,
  changedAt: nine,
  closedAt: null,
  left: null,
  ...changes,
})

export const aHistory = (changes: Partial<RemoteHistory> = {}): RemoteHistory => ({
  ticket: aRemoteTicket(),
  notes: [],
  labelEvents: [],
  stateEvents: [],
  assignments: [],
  moves: [],
  confidentiality: [],
  duplicates: [],
  mergeRequests: null,
  branches: null,
  ...changes,
})

export const aNote = (id: number, at: number, changes: Partial<RemoteNote> = {}): RemoteNote => ({
  id,
  at,
  author: theBot,
  text: 'Have you tried another cable?',
  internal: false,
  marker: null,
  ...changes,
})

export const aLabelEvent = (
  id: number,
  at: number,
  by: Account,
  change: `${'+' | '-'}${string}`,
): RemoteLabelEvent => ({ id, at, by, label: change.slice(1), added: change.startsWith('+') })

export const aStateEvent = (
  id: number,
  at: number,
  by: Account,
  state: RemoteStateEvent['state'],
  viaMergeRequest: number | null = null,
): RemoteStateEvent => ({ id, at, by, state, viaMergeRequest })

export const anAssignment = (
  id: number,
  at: number,
  by: Account,
  assignee: string | null,
): RemoteAssignment => ({ id, at, by, assignee })

export const aMergeRequest = (id: number, at: number, by: Account): RemoteMergeRequest => ({
  id,
  iid: 7,
  title: 'Give the screen its driver back',
  url: 'http://127.0.0.1:8929/demo/helpdesk/-/merge_requests/7',
  state: 'merged',
  by,
  at,
})

/** The events a person reads on the timeline, shortened to what was said of them. */
export const told = (events: readonly TicketEvent[]) =>
  events.filter(({ hidden }) => !hidden).map(({ what }) => what)

export const kindsTold = (events: readonly TicketEvent[]): string[] => told(events).map(({ kind }) => kind)
