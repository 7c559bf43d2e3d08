// From GitLab's answers to the desk's words: times in UTC milliseconds, texts as people wrote them,
// and our marks, which count only in what our own bot wrote.

import { hash } from 'node:crypto'
import type {
  RemoteAssignment,
  RemoteConfidentiality,
  RemoteDuplicate,
  RemoteLabelEvent,
  RemoteMergeRequest,
  RemoteMove,
  RemoteNote,
  RemoteStateEvent,
  RemoteTicket,
} from '../../domain/remote.ts'
import { isServiceDesk } from '../../domain/remote.ts'
import { accountOf, isGhost, nobody } from './accounts.ts'
import { assigneeInNote, confidentialInNote, duplicateInNote, placeInMovedNote } from './gitlab-answers.ts'
import { disarmTitle, filesOfNote, readDescription, readNote } from './markdown.ts'
import type { Markers, ReadMarker } from './markers.ts'
import type {
  WireIssue,
  WireLabelEvent,
  WireMergeRequest,
  WireNote,
  WireStateEvent,
  WireUser,
} from './wire.ts'

export type ReadingContext = {
  readonly markers: Markers
  /** User ids of our bot and our former bots. */
  readonly ours: ReadonlySet<number>
  readonly gitlabHost: string
}

/** Only for deriving ids of tickets that were not opened here; a fixed random UUID. */
const namespace = Buffer.from('6f1d7a527c0e4b8e9a550d9c2f4b61a3', 'hex')

/** A UUID of version 5, as the uuid package makes it at three times the cost; a first reading needs one per issue. */
const derivedId = (name: string): string => {
  const digits = hash('sha1', Buffer.concat([namespace, Buffer.from(name)]), 'hex')
  const variant = ((Number.parseInt(digits.charAt(16), 16) & 3) | 8).toString(16)
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-5${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20, 32)}`
}

/** GitLab's older answers have no type; test cases, requirements and tasks are no tickets. */
export const isTicket = (issue: Pick<WireIssue, 'issue_type' | 'type'>): boolean =>
  ['issue', 'incident', 'ticket'].includes((issue.issue_type ?? issue.type ?? 'issue').toLowerCase())

/**
 * Our mark, if it counts here. What our bot wrote with a key that is lost still reads as ours, with the
 * requester unreadable; of the ghost user's texts only proven marks count.
 */
export const markOf = (text: string, author: WireUser, context: ReadingContext): ReadMarker | null => {
  const ours = context.ours.has(author.id)
  if (!ours && !isGhost(author.username)) return null
  const found = context.markers.read(text)
  return found !== null && (ours || found.verified) ? found : null
}

export const idOf = (issue: Pick<WireIssue, 'project_id' | 'iid'>): string =>
  derivedId(`${issue.project_id}:${issue.iid}`)

/** Where we erased a description that was not ours, our mark names this very issue: copied it means nothing. */
const erasingOf = (issue: WireIssue, { markers }: ReadingContext): ReadMarker | null => {
  const found = markers.read(issue.description ?? '')
  return found?.verified && found.marker.erased && found.marker.operation === idOf(issue) ? found : null
}

/**
 * A ticket that was opened here and handed to Service Desk has its author, and only a proven mark of an opening
 * tells that it is ours. Of notes that author's marks never count: requesters' mails can quote ours.
 */
export const openingOf = (issue: WireIssue, context: ReadingContext): ReadMarker | null => {
  const description = issue.description ?? ''
  const erased = erasingOf(issue, context)
  if (erased) return erased
  const handedOver = isServiceDesk(issue.author)
  const found = handedOver ? context.markers.read(description) : markOf(description, issue.author, context)
  return found?.marker.kind === 'open' && (found.verified || !handedOver) ? found : null
}

export const ticketOf = (issue: WireIssue, context: ReadingContext): RemoteTicket => {
  const description = issue.description ?? ''
  const opening = openingOf(issue, context)
  const assignee = issue.assignees?.[0] ?? issue.assignee ?? null
  const { text, files } = readDescription(description, opening)
  return {
    id: opening?.verified === true ? opening.marker.operation : idOf(issue),
    iid: issue.iid,
    title: opening ? disarmTitle(issue.title) : issue.title,
    text,
    marker: opening && opening.marker.operation !== idOf(issue) ? opening.marker : null,
    ...(opening?.marker.erased ? { erased: true } : {}),
    files,
    labels: issue.labels,
    closed: issue.state === 'closed',
    assignee: assignee ? accountOf(assignee, context.ours) : null,
    author: accountOf(issue.author, context.ours),
    serviceDeskAddress: issue.service_desk_reply_to || null,
    confidential: issue.confidential ?? false,
    url: issue.web_url,
    openedAt: issue.created_at,
    changedAt: issue.updated_at,
    closedAt: issue.closed_at ?? null,
    left: issue.moved_to_id ? 'moved' : isTicket(issue) ? null : 'no-ticket',
  }
}

export const noteOf = (note: WireNote, context: ReadingContext): RemoteNote => {
  const found = markOf(note.body, note.author, context)
  return {
    id: note.id,
    at: note.created_at,
    author: accountOf(note.author, context.ours),
    text: readNote(note.body, found, context.gitlabHost),
    internal: note.internal ?? note.confidential ?? false,
    marker: found?.marker ?? null,
    files: filesOfNote(found),
  }
}

export const assignmentOf = (note: WireNote, context: ReadingContext): RemoteAssignment[] => {
  const assignee = note.system ? assigneeInNote(note.body) : undefined
  if (assignee === undefined) return []
  return [{ id: note.id, at: note.created_at, by: accountOf(note.author, context.ours), assignee }]
}

export const moveOf = (note: WireNote, context: ReadingContext): RemoteMove[] => {
  const to = note.system ? placeInMovedNote(note.body) : null
  if (to === null) return []
  return [{ id: note.id, at: note.created_at, by: accountOf(note.author, context.ours), to }]
}

export const confidentialityOf = (note: WireNote, context: ReadingContext): RemoteConfidentiality[] => {
  const confidential = note.system ? confidentialInNote(note.body) : null
  if (confidential === null) return []
  return [{ id: note.id, at: note.created_at, by: accountOf(note.author, context.ours), confidential }]
}

export const duplicateOf = (note: WireNote, context: ReadingContext): RemoteDuplicate[] => {
  const found = note.system ? duplicateInNote(note.body) : null
  if (found === null) return []
  return [{ id: note.id, at: note.created_at, by: accountOf(note.author, context.ours), ...found }]
}

export const labelEventOf = (event: WireLabelEvent, context: ReadingContext): RemoteLabelEvent => ({
  id: event.id,
  at: event.created_at,
  by: event.user ? accountOf(event.user, context.ours) : nobody,
  label: event.label?.name ?? null,
  added: event.action === 'add',
})

export const stateEventOf = (event: WireStateEvent, context: ReadingContext): RemoteStateEvent[] => {
  const state =
    event.state === 'closed' ? 'closed' : /^(?:reopened|opened)$/.test(event.state) ? 'reopened' : null
  if (state === null) return []
  return [
    {
      id: event.id,
      at: event.created_at,
      by: event.user ? accountOf(event.user, context.ours) : nobody,
      state,
      viaMergeRequest: event.source_merge_request_id ?? null,
    },
  ]
}

const mergeRequestStates = ['opened', 'closed', 'merged', 'locked'] as const

export const mergeRequestOf = (request: WireMergeRequest, context: ReadingContext): RemoteMergeRequest => ({
  id: request.id,
  iid: request.iid,
  title: request.title,
  url: request.web_url,
  state: mergeRequestStates.find((state) => state === request.state) ?? 'opened',
  by: accountOf(request.author, context.ours),
  at: request.created_at,
})
