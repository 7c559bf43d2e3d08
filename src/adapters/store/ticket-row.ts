// A ticket as a row and back, and what a row says about itself: under which names it is counted
// on the dashboard, and when it should be read in full next.

import type { TicketSummary } from '../../application/ports.ts'
import type { TargetStanding } from '../../domain/target.ts'
import {
  type Gone,
  queuePosition,
  type Requester,
  type Ticket,
  type TicketBranch,
  type TicketState,
} from '../../domain/ticket.ts'
import type { TicketRow } from './schema.ts'

/** GitLab moves an issue's time of change at most once a minute; a reading sooner may have missed something. */
const settlingTime = 65_000

/** What both databases can hold: PostgreSQL knows no NUL, neither knows half a character. */
export const storable = (text: string): string => text.replaceAll('\0', '\uFFFD').toWellFormed()

export const requesterText = (requester: Requester): string => {
  const { name, email, username, language, serviceDesk, erased } = requester
  return JSON.stringify({ name, email, username, language, serviceDesk, erased })
}

const branchText = (branch: TicketBranch | null): string | null => {
  if (branch === null) return null
  if (branch.state === 'made') return JSON.stringify({ state: 'made', name: branch.name, url: branch.url })
  if (branch.state === 'missing') return JSON.stringify({ state: 'missing', why: branch.why })
  return JSON.stringify({ state: 'asked' })
}

const goneText = (gone: Gone | null): string | null => {
  if (gone === null) return null
  if (gone.why === 'moved') return JSON.stringify({ why: gone.why, to: gone.to })
  if (gone.why === 'duplicate') return JSON.stringify({ why: gone.why, of: gone.of })
  return JSON.stringify({ why: gone.why })
}

const hiddenness = (gone: Gone | null): number => (gone === null ? 0 : gone.why === 'duplicate' ? 2 : 1)

/** The columns that come from the ticket itself. */
export type TicketColumns = Omit<
  TicketRow,
  | 'n'
  | 'id'
  | 'revision'
  | 'replies'
  | 'delivery'
  | 'pending'
  | 'marked'
  | 'read_at'
  | 'read_changed_at'
  | 'read_class'
  | 'read_due'
  | 'targets'
>

export const columnsOf = (ticket: Ticket): TicketColumns => ({
  iid: ticket.iid,
  // A gone ticket waits for nobody: it must be in no queue.
  state: ticket.gone === null ? ticket.state : 'resolved',
  level: ticket.level,
  category: ticket.category ?? '',
  assignee: ticket.assignee ?? '',
  queue_position: queuePosition(ticket),
  opened_at: ticket.openedAt,
  changed_at: ticket.changedAt,
  awaiting_since: ticket.gone === null ? ticket.awaitingSince : null,
  // The list of resolved tickets is sorted by it: one without would be on no page.
  resolved_at:
    ticket.gone !== null
      ? null
      : ticket.state === 'resolved'
        ? (ticket.resolvedAt ?? ticket.changedAt)
        : ticket.resolvedAt,
  former_assignee: ticket.formerAssignee,
  priority: ticket.priority,
  confidential: ticket.confidential ? 1 : 0,
  requester: requesterText(ticket.requester),
  source: ticket.source,
  labels: JSON.stringify(ticket.labels),
  branch: branchText(ticket.branch),
  url: ticket.url,
  title: storable(ticket.title),
  hidden: hiddenness(ticket.gone),
  gone: goneText(ticket.gone),
  text: storable(ticket.text),
})

/** Everything a line of the dashboard needs. */
export const summaryColumns = [
  'n',
  'id',
  'iid',
  'revision',
  'state',
  'level',
  'category',
  'assignee',
  'queue_position',
  'opened_at',
  'changed_at',
  'awaiting_since',
  'resolved_at',
  'former_assignee',
  'priority',
  'confidential',
  'requester',
  'source',
  'labels',
  'branch',
  'url',
  'title',
  'replies',
  'delivery',
  'gone',
  'targets',
] as const satisfies readonly (keyof TicketRow)[]

export const ticketColumns = [
  ...summaryColumns,
  'pending',
  'marked',
  'read_at',
  'read_changed_at',
  'read_class',
  'read_due',
  'hidden',
  'text',
] as const satisfies readonly (keyof TicketRow)[]

export type SummaryRow = Pick<TicketRow, (typeof summaryColumns)[number]>

export const requesterOf = (row: Pick<TicketRow, 'requester'>): Requester => JSON.parse(row.requester)

const noTargets: readonly TargetStanding[] = []

export const targetsOf = ({ targets }: Pick<TicketRow, 'targets'>): readonly TargetStanding[] =>
  targets === '' ? noTargets : JSON.parse(targets)

export const summaryOf = (row: SummaryRow): TicketSummary => ({
  id: row.id,
  iid: row.iid,
  revision: row.revision,
  title: row.title,
  category: row.category === '' ? null : row.category,
  level: row.level,
  state: row.state as TicketState,
  assignee: row.assignee === '' ? null : row.assignee,
  formerAssignee: row.former_assignee,
  priority: row.priority,
  confidential: row.confidential === 1,
  requester: requesterOf(row),
  source: row.source as Ticket['source'],
  labels: JSON.parse(row.labels),
  branch: row.branch === null ? null : JSON.parse(row.branch),
  url: row.url,
  openedAt: row.opened_at,
  changedAt: row.changed_at,
  awaitingSince: row.awaiting_since,
  resolvedAt: row.resolved_at,
  gone: row.gone === null ? null : JSON.parse(row.gone),
  replies: row.replies,
  delivery: row.delivery as TicketSummary['delivery'],
  targets: targetsOf(row),
})

export const ticketOf = (row: TicketRow): Ticket => {
  const { replies: _, delivery: __, targets: ___, ...ticket } = summaryOf({ ...row, targets: '' })
  return { ...ticket, text: row.text }
}

/** Names under which a ticket is counted; `mine:` by username, `level:` by number. */
export const countedAs = (
  row: Pick<TicketRow, 'state' | 'level' | 'assignee' | 'iid' | 'read_at' | 'hidden'>,
): string[] => {
  if (row.hidden !== 0) return []
  const names = ['all']
  if (row.state === 'open') names.push(`level:${row.level}`)
  if (row.state === 'open' && row.assignee === '') names.push('unassigned')
  if (row.state !== 'resolved' && row.assignee !== '') names.push(`mine:${row.assignee}`)
  if (row.state === 'waiting' || row.state === 'resolved') names.push(row.state)
  if (row.iid !== null && row.read_at === null) names.push('unread')
  return names
}

/**
 * When to read it in full next. "Changed since" is judged by GitLab's own stamps, "too early" by ours:
 * a GitLab whose clock goes ahead of ours makes one late reading, never an endless row of them.
 */
const readDue = (
  row: Pick<TicketRow, 'iid' | 'marked' | 'read_at' | 'read_changed_at' | 'changed_at'>,
): number | null => {
  if (row.iid === null) return null
  if (row.marked === 1 || row.read_at === null || row.read_changed_at !== row.changed_at) return 0
  const settled = row.changed_at + settlingTime
  return row.read_at < settled ? settled : null
}

export const withReading = (row: TicketRow): TicketRow => {
  const due = readDue(row)
  const readClass = due === null ? null : row.marked === 1 ? 0 : row.state === 'resolved' ? 2 : 1
  return { ...row, read_due: due, read_class: readClass }
}

const bookkeeping = new Set<keyof TicketRow>([
  'n',
  'revision',
  'pending',
  'marked',
  'read_at',
  'read_changed_at',
  'read_class',
  'read_due',
  // They follow from the events, at the end of each write.
  'targets',
])

const visibleColumns = ticketColumns.filter((column) => !bookkeeping.has(column))

/** Whether somebody who looks at the ticket could see a difference. */
export const looksDifferent = (before: TicketRow, after: TicketRow): boolean =>
  visibleColumns.some((column) => before[column] !== after[column])

const measuredColumns = [
  'iid',
  'category',
  'priority',
  'assignee',
  'labels',
  'level',
  'state',
  'opened_at',
  'resolved_at',
  'gone',
] as const satisfies readonly (keyof TicketRow)[]

/** Whether its figures could be others now, by what the row says; its events are another matter. */
export const measuresDifferent = (before: TicketRow, after: TicketRow): boolean =>
  measuredColumns.some((column) => before[column] !== after[column]) ||
  (before.read_at === null) !== (after.read_at === null)

export const isDifferent = (before: TicketRow, after: TicketRow): boolean =>
  ticketColumns.some((column) => before[column] !== after[column])
