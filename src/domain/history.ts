// From GitLab's history to the desk's: one pure function that makes a ticket and its timeline
// from what GitLab says. Living on and rebuilding from nothing call the same function, so they
// cannot disagree. What we did through our bot is told by its marked note; GitLab's own label
// and state events for the same deed are kept for the figures but not told twice.

import { categoryOfLabels } from './category.ts'
import type { Desk } from './desk.ts'
import type { Actor, Happening, TicketEvent } from './event.ts'
import { compareEvents } from './event.ts'
import { isLevelLabel, levelOfLabels } from './level.ts'
import type { Author } from './operation.ts'
import type { Account, Marker, RemoteHistory, RemoteLabelEvent, RemoteNote, RemoteTicket } from './remote.ts'
import type { Requester, Ticket, TicketBranch } from './ticket.ts'

/** One of our settled changes, kept here so that the bot's deed in GitLab gets its person back. */
export type OwnChange = {
  readonly operation: string
  readonly at: number
  readonly author: Author
  readonly addLabels: readonly string[]
  readonly removeLabels: readonly string[]
  readonly state: 'closed' | 'opened' | null
  /** GitLab user id, null = nobody, undefined = untouched. */
  readonly assignee: number | null | undefined
}

/** How far apart GitLab's event and our noting its success may lie, in milliseconds. */
const sameDeed = 10 * 60_000

const requesterOf = (remote: RemoteTicket): Requester => {
  const told = remote.marker?.requester
  if (told && told !== 'unreadable') return told
  if (told === 'unreadable') return { name: '', email: null, username: null }
  if (remote.serviceDeskAddress !== null)
    return { name: remote.serviceDeskAddress, email: remote.serviceDeskAddress, username: null }
  return {
    name: remote.author.name,
    email: null,
    username: remote.author.bot ? null : remote.author.username,
  }
}

const stateOf = (remote: RemoteTicket, desk: Desk): Ticket['state'] => {
  if (remote.closed) return 'resolved'
  return remote.labels.includes(desk.labels.waiting) ? 'waiting' : 'open'
}

const priorityOf = (remote: RemoteTicket, desk: Desk): string =>
  (
    desk.priorities.find((priority) => priority.label !== null && remote.labels.includes(priority.label)) ??
    desk.priorities[0]
  )?.id ?? 'normal'

const sourceOf = (remote: RemoteTicket): Ticket['source'] => {
  if (remote.marker?.kind === 'open') return 'form'
  return remote.serviceDeskAddress === null ? 'gitlab' : 'service-desk'
}

/**
 * The ticket as far as GitLab's list page tells: everything but its conversation.
 * `known` is our copy, from which what lists do not say is kept.
 */
export const ticketOfListing = (remote: RemoteTicket, known: Ticket | null, desk: Desk): Ticket => {
  const state = stateOf(remote, desk)
  const awaitingSince =
    state !== 'open'
      ? null
      : known === null
        ? remote.openedAt
        : known.state === 'open'
          ? known.awaitingSince
          : remote.changedAt
  return {
    id: remote.id,
    iid: remote.iid,
    revision: known?.revision ?? 0,
    title: remote.title,
    text: remote.text,
    category: categoryOfLabels(remote.labels, desk)?.id ?? null,
    level: levelOfLabels(remote.labels, desk),
    state,
    assignee: remote.assignee?.username ?? null,
    formerAssignee: known?.formerAssignee ?? null,
    priority: priorityOf(remote, desk),
    confidential: remote.confidential,
    requester: requesterOf(remote),
    source: sourceOf(remote),
    labels: remote.labels,
    branch: known?.branch ?? null,
    url: remote.url,
    openedAt: remote.openedAt,
    changedAt: remote.changedAt,
    awaitingSince,
    resolvedAt: remote.closed ? (remote.closedAt ?? remote.changedAt) : null,
  }
}

type Draft = Omit<TicketEvent, 'ticketId'>

const accountActor = (account: Account, remote: RemoteTicket): Actor => {
  if (account.bot) return { kind: 'bot', name: account.name }
  if (remote.marker === null && account.id === remote.author.id)
    return { kind: 'requester', name: account.name }
  return { kind: 'agent', name: account.name, username: account.username }
}

const markedActor = (marker: Marker, remote: RemoteTicket, members: readonly Account[]): Actor => {
  if (marker.author === 'requester') return { kind: 'requester', name: requesterOf(remote).name }
  const member = members.find((account) => account.id === marker.author)
  return {
    kind: 'agent',
    name: member?.name ?? marker.authorName ?? '',
    username: member?.username ?? '',
  }
}

const ofNote = (note: RemoteNote, remote: RemoteTicket, members: readonly Account[]): Draft => {
  const base = { source: `note:${note.id}`, at: note.at, hidden: false }
  const { marker, text } = note
  if (marker === null) {
    const fromServiceDesk = note.author.username === 'support-bot' && !note.internal
    const actor: Actor = fromServiceDesk
      ? { kind: 'requester', name: requesterOf(remote).name }
      : accountActor(note.author, remote)
    return { ...base, actor, byHand: true, what: { kind: note.internal ? 'noted' : 'replied', text } }
  }
  const actor = markedActor(marker, remote, members)
  const to = marker.level ?? 1
  const what: Happening =
    marker.kind === 'escalate'
      ? { kind: 'escalated', from: to - 1, to, reason: text }
      : marker.kind === 'hand-back'
        ? { kind: 'handed-back', from: to + 1, to, reason: text }
        : marker.kind === 'resolve'
          ? { kind: 'resolved', text, viaMergeRequest: null }
          : { kind: note.internal ? 'noted' : 'replied', text }
  return { ...base, actor, byHand: false, what }
}

/** Takes the nearest fitting one out of `pool`, within the time of one deed. */
const takeNearest = <T extends { readonly at: number }>(
  pool: T[],
  at: number,
  fits: (candidate: T) => boolean,
): T | undefined => {
  let best: T | undefined
  for (const candidate of pool) {
    const distance = Math.abs(candidate.at - at)
    if (distance <= sameDeed && fits(candidate) && (!best || distance < Math.abs(best.at - at)))
      best = candidate
  }
  if (best) pool.splice(pool.indexOf(best), 1)
  return best
}

const authorActor = (author: Author): Actor =>
  author.kind === 'agent'
    ? { kind: 'agent', name: author.name, username: author.username }
    : { kind: 'requester', name: author.name }

const labelEventsToDrafts = (
  history: RemoteHistory,
  marked: readonly Draft[],
  own: readonly OwnChange[],
  desk: Desk,
): Draft[] => {
  const moves = marked.filter((draft) => draft.what.kind === 'escalated' || draft.what.kind === 'handed-back')
  const present = new Set<string>()
  const drafts: Draft[] = []
  const inOrder = [...history.labelEvents].sort((a, b) => a.at - b.at || a.id - b.id)
  for (const event of inOrder) {
    const before = levelOfLabels([...present], desk)
    if (event.label !== null) event.added ? present.add(event.label) : present.delete(event.label)
    const after = levelOfLabels([...present], desk)
    const deed = event.by.bot ? own.find((change) => didLabel(change, event)) : undefined
    const actor = deed ? authorActor(deed.author) : accountActor(event.by, history.ticket)
    const raw: Draft = {
      source: `label:${event.id}`,
      at: event.at,
      actor,
      byHand: !event.by.bot,
      hidden: true,
      what: { kind: event.added ? 'label-added' : 'label-removed', label: event.label },
    }
    drafts.push(raw)
    const atOpening = event.added && event.at - history.ticket.openedAt < 2_000
    if (atOpening) continue
    const told = tellLabel(event, before, after, desk)
    if (!told) continue
    const alreadyTold =
      told.kind === 'level-changed' &&
      event.by.bot &&
      takeNearest(moves as Draft[], event.at, (draft) => 'to' in draft.what && draft.what.to === told.to)
    if (alreadyTold) continue
    drafts.push({ ...raw, source: `label:${event.id}:told`, hidden: false, what: told })
  }
  return drafts
}

const didLabel = (change: OwnChange, event: RemoteLabelEvent): boolean =>
  event.label !== null &&
  Math.abs(change.at - event.at) <= sameDeed &&
  (event.added ? change.addLabels : change.removeLabels).includes(event.label)

/** How a label change reads to a person, or null where it is told otherwise or means nothing here. */
const tellLabel = (event: RemoteLabelEvent, before: number, after: number, desk: Desk): Happening | null => {
  const { label, added } = event
  if (label === null) return null
  if (isLevelLabel(label, desk))
    return before === after ? null : { kind: 'level-changed', from: before, to: after }
  if (label === desk.labels.waiting) return { kind: added ? 'waiting-started' : 'waiting-ended' }
  const category = desk.categories.find((candidate) => candidate.label.name === label)
  if (category) return added ? { kind: 'categorised', category: category.id } : null
  return { kind: added ? 'label-added' : 'label-removed', label }
}

const stateEventsToDrafts = (
  history: RemoteHistory,
  marked: readonly Draft[],
  own: readonly OwnChange[],
): Draft[] => {
  const resolutions = marked.filter((draft) => draft.what.kind === 'resolved')
  return history.stateEvents.flatMap((event): Draft[] => {
    const closed = event.state === 'closed'
    const deed = event.by.bot
      ? own.find(
          (change) =>
            change.state === (closed ? 'closed' : 'opened') && Math.abs(change.at - event.at) <= sameDeed,
        )
      : undefined
    const alreadyTold = closed && event.by.bot && takeNearest(resolutions as Draft[], event.at, () => true)
    return [
      {
        source: `state:${event.id}`,
        at: event.at,
        actor: deed ? authorActor(deed.author) : accountActor(event.by, history.ticket),
        byHand: !event.by.bot,
        hidden: Boolean(alreadyTold),
        what: closed
          ? { kind: 'resolved', text: '', viaMergeRequest: event.viaMergeRequest }
          : { kind: 'reopened' },
      },
    ]
  })
}

const assignmentsToDrafts = (
  history: RemoteHistory,
  marked: readonly Draft[],
  own: readonly OwnChange[],
): Draft[] =>
  history.assignments.flatMap((event): Draft[] => {
    const ofMove = marked.some(
      (draft) =>
        (draft.what.kind === 'escalated' || draft.what.kind === 'handed-back') &&
        Math.abs(draft.at - event.at) <= sameDeed,
    )
    if (event.by.bot && ofMove) return []
    const deed = event.by.bot
      ? own.find((change) => change.assignee !== undefined && Math.abs(change.at - event.at) <= sameDeed)
      : undefined
    return [
      {
        source: `assignment:${event.id}`,
        at: event.at,
        actor: deed ? authorActor(deed.author) : accountActor(event.by, history.ticket),
        byHand: !event.by.bot,
        hidden: false,
        what: { kind: 'assigned', assignee: event.assignee },
      },
    ]
  })

/** GitLab keeps no time for a branch made over the API; it belongs to the first step upwards. */
const branchToDrafts = (history: RemoteHistory, drafts: readonly Draft[]): Draft[] => {
  const branch = history.branches?.[0]
  if (!branch) return []
  const step = drafts.find((draft) => draft.what.kind === 'escalated' || draft.what.kind === 'level-changed')
  return [
    {
      source: `z-branch:${branch.name}`,
      at: step?.at ?? history.ticket.openedAt,
      actor: step?.actor ?? { kind: 'bot', name: '' },
      byHand: step?.byHand ?? true,
      hidden: false,
      what: { kind: 'branch-made', name: branch.name, url: branch.url },
    },
  ]
}

/** Since when it is our turn, by the conversation: the requester's oldest word without an answer. */
export const awaitingSinceOf = (openedAt: number, events: readonly TicketEvent[]): number | null => {
  let since: number | null = openedAt
  // While a ticket is resolved its waiting label means nothing: resolving takes it away itself.
  let resolved = false
  for (const { what, actor, at } of [...events].sort(compareEvents)) {
    if (what.kind === 'replied')
      since = actor.kind === 'requester' ? (since ?? at) : actor.kind === 'agent' ? null : since
    else if (what.kind === 'resolved') {
      resolved = true
      since = null
    } else if (what.kind === 'reopened') {
      resolved = false
      since = since ?? at
    } else if (what.kind === 'waiting-started' && !resolved) since = null
    else if (what.kind === 'waiting-ended' && !resolved) since = since ?? at
  }
  return since
}

/** Whom the last escalation took the ticket from, while it was not handed back since. */
const formerAssigneeOf = (notes: readonly RemoteNote[]): string | null => {
  const last = notes
    .filter((note) => note.marker?.kind === 'escalate' || note.marker?.kind === 'hand-back')
    .at(-1)
  return last?.marker?.kind === 'escalate' ? last.marker.formerAssignee : null
}

const branchOf = (history: RemoteHistory, known: Ticket | null, level: number): TicketBranch | null => {
  if (history.branches === null) return known?.branch ?? null
  const first = history.branches[0]
  if (first) return { state: 'made', name: first.name, url: first.url }
  if (known?.branch?.state === 'missing') return known.branch
  return level > 1 ? { state: 'missing', why: 'none-yet' } : null
}

/** The ticket and its whole timeline. `members`: accounts whose names marked texts can get back. */
export const ticketOfHistory = (
  history: RemoteHistory,
  context: {
    readonly known: Ticket | null
    readonly own: readonly OwnChange[]
    readonly members: readonly Account[]
    readonly desk: Desk
  },
): { ticket: Ticket; events: TicketEvent[] } => {
  const { desk, known, own, members } = context
  const remote = history.ticket
  const listed = ticketOfListing(remote, known, desk)
  const notes = [...history.notes].sort((a, b) => a.at - b.at || a.id - b.id)
  const marked = notes.map((note) => ofNote(note, remote, members))
  const opener: Actor =
    remote.marker && remote.marker.author !== 'requester'
      ? markedActor(remote.marker, remote, members)
      : { kind: 'requester', name: listed.requester.name }
  const drafts: Draft[] = [
    {
      source: `open:${remote.iid}`,
      at: remote.openedAt,
      actor: opener,
      byHand: remote.marker === null,
      hidden: false,
      what: { kind: 'opened' },
    },
    ...marked,
    ...labelEventsToDrafts(
      history,
      marked.filter((draft) => !draft.byHand),
      own,
      desk,
    ),
    ...stateEventsToDrafts(
      history,
      marked.filter((draft) => !draft.byHand),
      own,
    ),
    ...(history.mergeRequests ?? []).map(
      (request): Draft => ({
        source: `mr:${request.id}`,
        at: request.at,
        actor: accountActor(request.by, remote),
        byHand: true,
        hidden: false,
        what: {
          kind: 'merge-request',
          iid: request.iid,
          title: request.title,
          url: request.url,
          state: request.state,
        },
      }),
    ),
  ]
  drafts.push(...assignmentsToDrafts(history, marked, own))
  drafts.sort((a, b) => a.at - b.at)
  drafts.push(...branchToDrafts(history, drafts))
  const events = drafts.map((draft): TicketEvent => ({ ...draft, ticketId: listed.id })).sort(compareEvents)
  return {
    ticket: {
      ...listed,
      formerAssignee: formerAssigneeOf(notes),
      branch: branchOf(history, known, listed.level),
      awaitingSince: listed.state === 'open' ? awaitingSinceOf(listed.openedAt, events) : null,
    },
    events,
  }
}
