// From GitLab's history to the desk's: one pure function that makes a ticket and its timeline
// from what GitLab says. Living on and rebuilding from nothing call the same function, so they
// cannot disagree. What we did through our bot is told by its marked note; GitLab's own label
// and state events for the same deed are kept for the figures but not told twice.

import { branchName } from './branch-name.ts'
import { categoryOfLabels } from './category.ts'
import type { Desk } from './desk.ts'
import { erasedRequester } from './erasure.ts'
import type { Actor, Happening, TicketEvent } from './event.ts'
import { compareEvents } from './event.ts'
import { isLevelLabel, levelOfLabels } from './level.ts'
import type { Author, Outcome } from './operation.ts'
import type {
  Account,
  Marker,
  RemoteBranch,
  RemoteHistory,
  RemoteLabelEvent,
  RemoteNote,
  RemoteTicket,
} from './remote.ts'
import { isServiceDesk } from './remote.ts'
import { commentOf } from './satisfaction.ts'
import type { Gone, Requester, Ticket, TicketBranch } from './ticket.ts'

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

/** What became of our own asking for a branch: GitLab keeps no trace of one that was deleted or refused. */
export type OwnBranch = {
  readonly operation: string
  readonly at: number
  readonly author: Author
  /** In another project than the desk's: whether it is still there is not looked at. */
  readonly elsewhere: boolean
  readonly outcome: Extract<Outcome, { kind: 'branch-made' | 'branch-missing' }>
}

/**
 * What GitLab shows without saying since when, with the time at which we noticed it (UTC ms). Kept, because
 * GitLab cannot say it again. `label:<event>`: its label was deleted, `what` is the name it had.
 * `branch:<operation>`: the branch that it made is gone, `what` is its name. `deleted`: the ticket itself.
 */
export type Noticed = { readonly name: string; readonly at: number; readonly what: string }

/** How far apart GitLab's event and our noting its success may lie, in milliseconds. */
const sameDeed = 10 * 60_000

/** How far apart the times may lie that GitLab gives to the parts of one change, in milliseconds. */
const sameChange = 5_000

const requesterOf = (remote: RemoteTicket): Requester => {
  const told = remote.marker?.requester
  const mailed = remote.serviceDeskAddress === null ? {} : ({ serviceDesk: true } as const)
  if (remote.erased) return erasedRequester(mailed)
  if (told && told !== 'unreadable') return { ...told, ...mailed }
  if (told === 'unreadable') return { name: '', email: null, username: null, ...mailed }
  if (remote.serviceDeskAddress !== null)
    return { name: remote.serviceDeskAddress, email: remote.serviceDeskAddress, username: null, ...mailed }
  return {
    name: remote.author.name,
    email: null,
    username: remote.author.bot ? null : remote.author.username,
  }
}

const stateOf = (remote: RemoteTicket, gone: Gone | null, desk: Desk): Ticket['state'] => {
  if (remote.closed || gone !== null) return 'resolved'
  return remote.labels.includes(desk.labels.waiting) ? 'waiting' : 'open'
}

const priorityOf = (remote: RemoteTicket, desk: Desk): string =>
  (
    desk.priorities.find((priority) => priority.label !== null && remote.labels.includes(priority.label)) ??
    desk.priorities[0]
  )?.id ?? 'normal'

const sourceOf = (remote: RemoteTicket): Ticket['source'] => {
  if (remote.marker?.kind === 'open') return remote.marker.byMail ? 'mail' : 'form'
  return remote.serviceDeskAddress === null ? 'gitlab' : 'service-desk'
}

/** A duplicate stays one, whatever GitLab says of it; what was deleted and is listed again is back. */
const goneOf = (remote: RemoteTicket, known: Ticket | null): Gone | null => {
  if (known?.gone?.why === 'duplicate') return known.gone
  if (remote.left === 'no-ticket') return { why: 'no-ticket' }
  if (remote.left === 'moved')
    return { why: 'moved', to: known?.gone?.why === 'moved' ? known.gone.to : null }
  return null
}

/**
 * The ticket as far as GitLab's list page tells: everything but its conversation.
 * `known` is our copy, from which what lists do not say is kept.
 */
export const ticketOfListing = (remote: RemoteTicket, known: Ticket | null, desk: Desk): Ticket => {
  const gone = goneOf(remote, known)
  const state = stateOf(remote, gone, desk)
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
    gone,
  }
}

type Draft = Omit<TicketEvent, 'ticketId'>

const accountActor = (account: Account, remote: RemoteTicket): Actor => {
  if (account.bot) return { kind: 'bot', name: account.name }
  // The requester's own account is no agent of this ticket, whatever its role.
  const asked =
    remote.marker === null
      ? account.id === remote.author.id
      : requesterOf(remote).username === account.username
  if (asked) return { kind: 'requester', name: account.name }
  return { kind: 'agent', name: account.name, username: account.username }
}

const markedActor = (marker: Marker, remote: RemoteTicket, members: readonly Account[]): Actor => {
  if (marker.author === 'requester') return { kind: 'requester', name: requesterOf(remote).name }
  if (marker.author === 'desk') return { kind: 'bot', name: 'Belay' }
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
    const fromServiceDesk = isServiceDesk(note.author) && !note.internal
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
          : marker.kind === 'satisfaction' && marker.good !== undefined
            ? { kind: 'rated', good: marker.good, text: commentOf(text) }
            : // GitLab can publish what should be internal, until we take it back: never a reply.
              {
                kind:
                  note.internal || marker.kind === 'note' || marker.kind === 'satisfaction'
                    ? 'noted'
                    : 'replied',
                text,
              }
  return { ...base, actor, byHand: false, what }
}

/** Two texts with one marker (the first landed after we had sent again): the older has it. */
const withoutDoubles = (notes: readonly RemoteNote[]): { note: RemoteNote; double: boolean }[] => {
  const oldest = new Map<string, number>()
  for (const { id, marker } of notes)
    if (marker) oldest.set(marker.operation, Math.min(id, oldest.get(marker.operation) ?? id))
  return notes.map((note) => {
    const double = note.marker !== null && oldest.get(note.marker.operation) !== note.id
    return { note: double ? { ...note, marker: null } : note, double }
  })
}

/** Our settled change that did this in GitLab: the nearest one that fits. */
const nearestOwn = (
  own: readonly OwnChange[],
  at: number,
  fits: (change: OwnChange) => boolean,
): OwnChange | undefined => {
  const distance = (change: OwnChange) => Math.abs(change.at - at)
  return own
    .filter((change) => distance(change) <= sameDeed && fits(change))
    .sort((a, b) => distance(a) - distance(b) || (a.operation < b.operation ? -1 : 1))[0]
}

const authorActor = (author: Author): Actor =>
  author.kind === 'agent'
    ? { kind: 'agent', name: author.name, username: author.username }
    : { kind: author.kind === 'desk' ? 'bot' : 'requester', name: author.name }

/** GitLab did it, nobody knows who had it do that. */
const gitlab: Account = { id: -1, username: '', name: '', bot: true }

/** `noticed`: no event of GitLab's but what we saw ourselves. */
type LabelEvent = RemoteLabelEvent & { readonly source: string; readonly noticed: boolean }

/**
 * GitLab's label events, with the names that it forgot. A label that was deleted left its tickets
 * without an event, so one stands in for it at the time we noticed.
 */
const labelEventsOf = (history: RemoteHistory, noticed: readonly Noticed[]): LabelEvent[] => {
  const remembered = new Map(noticed.map((one) => [one.name, one]))
  const deleted = new Map<string, number>()
  const events = history.labelEvents.map((event): LabelEvent => {
    const memory = event.label === null ? remembered.get(`label:${event.id}`) : undefined
    if (memory) deleted.set(memory.what, Math.max(memory.at, deleted.get(memory.what) ?? 0))
    return {
      ...event,
      label: event.label ?? memory?.what ?? null,
      source: `label:${event.id}`,
      noticed: false,
    }
  })
  const removals = [...deleted].map(([label, at]): LabelEvent => {
    // Made again under the same name before we noticed: then it was gone before that.
    const again = history.labelEvents.filter((event) => event.label === label).map((event) => event.at - 1)
    const source = `noticed:label:${label}`
    return { id: -1, at: Math.min(at, ...again), by: gitlab, label, added: false, source, noticed: true }
  })
  return [...events, ...removals]
}

/** A step on the ladder as GitLab's labels show it. */
type LevelStep = { readonly event: LabelEvent; readonly from: number; readonly to: number }

/**
 * What one person changed at one instant (one call to GitLab): in which order it names the labels
 * means nothing, so the parts are looked at together.
 */
const labelChanges = (events: readonly LabelEvent[]): LabelEvent[][] => {
  const changes: LabelEvent[][] = []
  for (const event of [...events].sort((a, b) => a.at - b.at || a.id - b.id)) {
    const last = changes.at(-1)
    if (last?.[0] && last[0].at === event.at && last[0].by.id === event.by.id) last.push(event)
    else changes.push([event])
  }
  return changes
}

/** Labels from the opening that have no event of their own: GitLab does not always make one. */
const labelsFromTheStart = (events: readonly LabelEvent[], labels: readonly string[]): string[] => {
  const first = new Map<string, boolean>()
  for (const { label, added } of labelChanges(events).flat())
    if (label !== null && !first.has(label)) first.set(label, added)
  const gone = [...first].filter(([, added]) => !added).map(([label]) => label)
  return [...gone, ...labels.filter((label) => !first.has(label))].sort()
}

const didLabel = (change: OwnChange, event: RemoteLabelEvent): boolean =>
  event.label !== null && (event.added ? change.addLabels : change.removeLabels).includes(event.label)

/** How a label change reads to a person, or null where it is told otherwise or means nothing here. */
const tellLabel = (
  event: LabelEvent,
  after: ReadonlySet<string>,
  desk: Desk,
  byDesk: boolean,
): Happening | null => {
  const { label, added } = event
  if (label === null) return null
  // A second level label beside another is told, and so is our taking it away; all else is told by the step.
  if (isLevelLabel(label, desk))
    return added || byDesk ? { kind: added ? 'label-added' : 'label-removed', label } : null
  if (label === desk.labels.waiting) return { kind: added ? 'waiting-started' : 'waiting-ended' }
  const category = desk.categories.find((candidate) => candidate.label.name === label)
  if (!category) return { kind: added ? 'label-added' : 'label-removed', label }
  if (added) return { kind: 'categorised', category: category.id }
  return categoryOfLabels([...after], desk) ? null : { kind: 'categorised', category: null }
}

/** The way of a ticket's labels, change by change, and the step on the ladder that a change is. */
const walkLabels = (events: readonly LabelEvent[], labels: readonly string[], desk: Desk) => {
  const atFirst = labelsFromTheStart(events, labels)
  const present = new Set(atFirst)
  const changes = labelChanges(events).map((change) => {
    const from = levelOfLabels([...present], desk)
    // Taken away by being deleted, and again by somebody: the first counts.
    const real = change.filter(({ noticed, label }) => !noticed || (label !== null && present.has(label)))
    for (const { label, added } of real)
      if (label !== null) added ? present.add(label) : present.delete(label)
    const to = levelOfLabels([...present], desk)
    const levels = real.filter(({ label }) => label !== null && isLevelLabel(label, desk))
    const step = from === to ? undefined : (levels.find(({ added }) => added === to > from) ?? levels[0])
    return { events: real, from, to, step, after: new Set(present) as ReadonlySet<string> }
  })
  return { atFirst, changes }
}

/**
 * Level labels that stand below the ticket's level, as on Free tiers after a relabelling by hand, and
 * should go. One that came back after we had taken it away, at the same level, somebody wants: it stays.
 */
export const levelLabelsToMend = (
  history: RemoteHistory,
  own: readonly OwnChange[],
  desk: Desk,
): string[] => {
  const { ticket } = history
  const level = levelOfLabels(ticket.labels, desk)
  const top = desk.levels[level - 1]?.label
  const below = ticket.labels.filter((label) => isLevelLabel(label, desk) && label !== top)
  if (below.length === 0 || ticket.closed || ticket.left !== null) return []
  const mended = new Set<string>()
  const byDesk = own.filter(({ author }) => author.kind === 'desk')
  for (const change of walkLabels(labelEventsOf(history, []), ticket.labels, desk).changes) {
    if (change.step) mended.clear()
    for (const event of change.events)
      if (!event.added && event.label !== null && event.by.bot)
        if (nearestOwn(byDesk, event.at, (one) => didLabel(one, event))) mended.add(event.label)
  }
  return below.filter((label) => !mended.has(label))
}

/** Labels that say how a ticket stood when it was opened, for the figures. */
const countsInFigures = (label: string, desk: Desk): boolean =>
  label === desk.labels.waiting ||
  isLevelLabel(label, desk) ||
  desk.priorities.some((priority) => priority.label === label) ||
  desk.categories.some((category) => category.label.name === label)

const labelEventsToDrafts = (
  history: RemoteHistory,
  labelEvents: readonly LabelEvent[],
  own: readonly OwnChange[],
  desk: Desk,
): { facts: Draft[]; steps: { draft: Draft; step: LevelStep }[] } => {
  const { ticket } = history
  const { atFirst, changes } = walkLabels(labelEvents, ticket.labels, desk)
  const facts: Draft[] = atFirst
    .filter((label) => countsInFigures(label, desk))
    .map((label) => ({
      source: `label:opening:${label}`,
      at: ticket.openedAt,
      actor: accountActor(ticket.author, ticket),
      byHand: !ticket.author.bot,
      hidden: true,
      what: { kind: 'label-added', label },
    }))
  const steps: { draft: Draft; step: LevelStep }[] = []
  for (const { events, from, to, step, after } of changes) {
    for (const event of events) {
      const deed =
        event.by.bot && !event.noticed ? nearestOwn(own, event.at, (one) => didLabel(one, event)) : undefined
      const raw: Draft = {
        source: event.source,
        at: Math.max(event.at, ticket.openedAt),
        actor: deed ? authorActor(deed.author) : accountActor(event.by, ticket),
        byHand: !event.by.bot || event.noticed,
        hidden: true,
        what: { kind: event.added ? 'label-added' : 'label-removed', label: event.label },
      }
      facts.push(raw)
      // Labels it was opened with are no news; one that we gave a mail a moment later is.
      const atOpening = event.added && event.at - ticket.openedAt < 2_000 && deed?.author.kind !== 'desk'
      if (atOpening) continue
      const shown = { ...raw, source: `${event.source}:told`, hidden: false }
      if (event === step)
        steps.push({
          draft: { ...shown, what: { kind: 'level-changed', from, to } },
          step: { event, from, to },
        })
      const stepped = event.label !== null && isLevelLabel(event.label, desk) && step !== undefined
      const told = stepped ? null : tellLabel(event, after, desk, deed?.author.kind === 'desk')
      if (told) facts.push({ ...shown, what: told })
    }
  }
  return { facts, steps }
}

/**
 * The bot's steps on the ladder that a marked note tells already. The note always comes after its
 * step, at once or, when GitLab was away in between, much later: it is the last such step before it.
 */
const stepsToldByNotes = (moves: readonly Draft[], steps: readonly LevelStep[]): Map<Draft, LevelStep> => {
  const told = new Map<Draft, LevelStep>()
  const taken = new Set<LevelStep>()
  for (const move of moves) {
    const { what } = move
    if (what.kind !== 'escalated' && what.kind !== 'handed-back') continue
    const step = steps.findLast(
      (one) =>
        one.event.by.bot && !taken.has(one) && one.to === what.to && one.event.at <= move.at + sameChange,
    )
    if (!step) continue
    taken.add(step)
    told.set(move, step)
  }
  return told
}

/** GitLab names it by an id of its own; people know its number. */
const mergeRequestNumber = ({ mergeRequests }: RemoteHistory, id: number | null): number | null =>
  id === null ? null : (mergeRequests?.find((request) => request.id === id)?.iid ?? null)

/** What is left of a moved ticket is closed by the moving, which is told instead. */
const closedByMoving = ({ moves }: RemoteHistory, at: number): boolean =>
  moves.some((move) => Math.abs(move.at - at) <= sameChange)

const stateEventsToDrafts = (
  history: RemoteHistory,
  marked: readonly Draft[],
  own: readonly OwnChange[],
): Draft[] => {
  const untold = marked.filter((draft) => draft.what.kind === 'resolved')
  return [...history.stateEvents]
    .sort((a, b) => a.at - b.at || a.id - b.id)
    .map((event): Draft => {
      const closed = event.state === 'closed'
      const deed = event.by.bot
        ? nearestOwn(own, event.at, (change) => change.state === (closed ? 'closed' : 'opened'))
        : undefined
      // The answer is written first and tells of the closing that follows it, however long after.
      const answer =
        closed && event.by.bot ? untold.findLast(({ at }) => at <= event.at + sameChange) : undefined
      if (answer) untold.splice(untold.indexOf(answer), 1)
      return {
        source: `state:${event.id}`,
        at: event.at,
        actor: deed ? authorActor(deed.author) : accountActor(event.by, history.ticket),
        byHand: !event.by.bot,
        hidden: answer !== undefined || (closed && closedByMoving(history, event.at)),
        what: closed
          ? {
              kind: 'resolved',
              text: '',
              viaMergeRequest: mergeRequestNumber(history, event.viaMergeRequest),
            }
          : { kind: 'reopened' },
      }
    })
}

const assignmentsToDrafts = (
  history: RemoteHistory,
  moves: readonly { readonly at: number; readonly gives: string | null }[],
  own: readonly OwnChange[],
): Draft[] =>
  history.assignments.flatMap((event): Draft[] => {
    // Part of an escalation or of a handing back, and told by it.
    const ofMove = moves.some(
      ({ at, gives }) =>
        Math.abs(at - event.at) <= sameChange && (event.assignee === null || event.assignee === gives),
    )
    if (event.by.bot && ofMove) return []
    const deed = event.by.bot
      ? nearestOwn(own, event.at, (change) => change.assignee !== undefined)
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

/** Of several the one that we would have made, else the first by name: GitLab's order means nothing. */
const branchIn = ({ branches, ticket }: RemoteHistory): RemoteBranch | undefined => {
  const ours = branchName(ticket.iid, ticket.title, ticket.confidential)
  const inOrder = [...(branches ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1))
  return inOrder.find(({ name }) => name === ours) ?? inOrder[0]
}

/** Of our own branches in the desk's project those that are there no more, with the operation that made each. */
const lostBranches = (
  { branches }: RemoteHistory,
  own: readonly OwnBranch[],
): { readonly operation: string; readonly name: string }[] => {
  if (branches === null) return []
  const made = new Map<string, string>()
  for (const { operation, elsewhere, outcome } of own)
    if (!elsewhere && outcome.kind === 'branch-made') made.set(outcome.name, operation)
  return [...made]
    .filter(([name]) => !branches.some((branch) => branch.name === name))
    .map(([name, operation]) => ({ operation, name }))
}

/** What this reading shows that GitLab gives no time for and that was not noticed before. */
export const newlyNoticed = (
  history: RemoteHistory,
  known: {
    readonly events: readonly TicketEvent[]
    readonly ownBranches: readonly OwnBranch[]
    readonly noticed: readonly Noticed[]
  },
  at: number,
): Noticed[] => {
  const names = new Map(
    known.events.flatMap(({ source, what }) =>
      (what.kind === 'label-added' || what.kind === 'label-removed') && what.label !== null
        ? [[source, what.label]]
        : [],
    ),
  )
  const labels = history.labelEvents.flatMap((event): Noticed[] => {
    const name = `label:${event.id}`
    const what = event.label === null ? names.get(name) : undefined
    return what === undefined ? [] : [{ name, at, what }]
  })
  const branches = lostBranches(history, known.ownBranches).map(
    ({ operation, name }): Noticed => ({ name: `branch:${operation}`, at, what: name }),
  )
  return [...labels, ...branches].filter(({ name }) => !known.noticed.some((one) => one.name === name))
}

/** Our branch that somebody deleted: made when its operation was settled, gone when we noticed. */
const lostBranchEvents = (
  own: readonly OwnBranch[],
  noticed: readonly Noticed[],
  there: RemoteBranch | undefined,
  step: TicketEvent | undefined,
  ticketId: Ticket['id'],
): TicketEvent[] =>
  own.flatMap(({ operation, at, author, outcome }): TicketEvent[] => {
    const lost = noticed.find(({ name }) => name === `branch:${operation}`)
    // Restored by hand: as if nothing had been.
    const again = own.some((other) => other.at > at && madeName(other) === lost?.what)
    if (!lost || outcome.kind !== 'branch-made' || (there?.name === lost.what && !again)) return []
    const base = { ticketId, hidden: false } as const
    return [
      {
        ...base,
        source: `z-branch:${operation}`,
        // The reason of an escalation is written after its branch is made, and tells of it.
        at: step && step.at - at < sameDeed ? Math.max(at, step.at) : at,
        actor: authorActor(author),
        byHand: false,
        what: { kind: 'branch-made', name: outcome.name, url: null },
      },
      {
        ...base,
        source: `z-branch:${operation}:lost`,
        at: Math.max(at, lost.at),
        actor: { kind: 'bot', name: '' },
        byHand: true,
        what: { kind: 'branch-deleted', name: outcome.name },
      },
    ]
  })

const madeName = ({ outcome }: OwnBranch): string | null =>
  outcome.kind === 'branch-made' ? outcome.name : null

/**
 * GitLab keeps no time for a branch made over the API; it belongs to the first step upwards. One that
 * was made again after it was lost belongs to its own operation.
 */
const branchToEvents = (
  history: RemoteHistory,
  timeline: readonly TicketEvent[],
  ticketId: Ticket['id'],
  own: readonly OwnBranch[],
  noticed: readonly Noticed[],
): TicketEvent[] => {
  const branch = branchIn(history)
  const step = timeline.find(({ what }) => what.kind === 'escalated' || what.kind === 'level-changed')
  const lost = lostBranchEvents(own, noticed, branch, step, ticketId)
  if (!branch) return lost
  const again = lost.length === 0 ? undefined : own.findLast((one) => madeName(one) === branch.name)
  return [
    ...lost,
    {
      ticketId,
      source: `z-branch:${branch.name}`,
      at: again?.at ?? step?.at ?? history.ticket.openedAt,
      actor: again ? authorActor(again.author) : (step?.actor ?? { kind: 'bot', name: '' }),
      byHand: again ? false : (step?.byHand ?? true),
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

const branchOf = (
  history: RemoteHistory,
  known: Ticket | null,
  own: readonly OwnBranch[],
  level: number,
): TicketBranch | null => {
  const found = branchIn(history)
  if (found) return { state: 'made', name: found.name, url: found.url }
  const last = own.at(-1)
  if (last?.outcome.kind === 'branch-missing') return { state: 'missing', why: last.outcome.why }
  if (last?.outcome.kind === 'branch-made') {
    const { name, url } = last.outcome
    if (history.branches === null || last.elsewhere) return { state: 'made', name, url }
    return { state: 'missing', why: 'deleted' }
  }
  if (history.branches === null) return known?.branch ?? null
  if (known?.branch?.state === 'missing') return known.branch
  return level > 1 ? { state: 'missing', why: 'none-yet' } : null
}

/** The ticket and its whole timeline. `members`: accounts whose names marked texts can get back. */
export const ticketOfHistory = (
  history: RemoteHistory,
  context: {
    readonly known: Ticket | null
    readonly own: readonly OwnChange[]
    readonly ownBranches: readonly OwnBranch[]
    readonly noticed: readonly Noticed[]
    readonly members: readonly Account[]
    readonly desk: Desk
  },
): { ticket: Ticket; events: TicketEvent[] } => {
  const { desk, known, own, ownBranches, noticed, members } = context
  const remote = history.ticket
  const listed = ticketOfListing(remote, known, desk)
  const notes = withoutDoubles([...history.notes].sort((a, b) => a.at - b.at || a.id - b.id))
  // Service Desk tells agents in GitLab what it took over; on our own tickets that was our doing.
  const ofServiceDesk = ({ author, internal }: RemoteNote): boolean =>
    internal && isServiceDesk(author) && remote.marker !== null
  const said = notes.map(({ note, double }) => ({
    ...ofNote(note, remote, members),
    hidden: double || ofServiceDesk(note),
  }))
  const marked = said.filter(({ byHand }) => !byHand)
  const labels = labelEventsToDrafts(history, labelEventsOf(history, noticed), own, desk)
  const toldSteps = stepsToldByNotes(
    marked,
    labels.steps.map(({ step }) => step),
  )
  const told = new Set(toldSteps.values())
  // Whom the last escalation took the ticket from, while it was not handed back since.
  let former: string | null = null
  const moves = notes.flatMap(({ note }, index) => {
    const { marker } = note
    const draft = said[index]
    if (!draft || (marker?.kind !== 'escalate' && marker?.kind !== 'hand-back')) return []
    const gives = marker.kind === 'hand-back' ? former : null
    former = marker.kind === 'escalate' ? marker.formerAssignee : null
    return [{ at: toldSteps.get(draft)?.event.at ?? draft.at, gives }]
  })
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
    ...said,
    ...labels.facts,
    ...labels.steps.filter(({ step }) => !told.has(step)).map(({ draft }) => draft),
    ...stateEventsToDrafts(history, marked, own),
    ...assignmentsToDrafts(history, moves, own),
    ...history.moves.map(
      (move): Draft => ({
        source: `move:${move.id}`,
        at: move.at,
        actor: accountActor(move.by, remote),
        byHand: !move.by.bot,
        hidden: false,
        what: { kind: 'moved-away', to: move.to },
      }),
    ),
    ...history.confidentiality.map(
      (change): Draft => ({
        source: `confidentiality:${change.id}`,
        at: change.at,
        actor: accountActor(change.by, remote),
        byHand: !change.by.bot,
        hidden: false,
        what: { kind: 'confidentiality', confidential: change.confidential },
      }),
    ),
    ...history.duplicates.flatMap((mark): Draft[] => {
      const what: Happening | null =
        mark.of !== null
          ? { kind: 'marked-duplicate', of: mark.of }
          : mark.has !== null
            ? { kind: 'has-duplicate', duplicate: mark.has }
            : null
      if (what === null) return []
      return [
        {
          source: `duplicate:${mark.id}`,
          at: mark.at,
          actor: accountActor(mark.by, remote),
          byHand: !mark.by.bot,
          hidden: false,
          what,
        },
      ]
    }),
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
  const timeline = drafts.map((draft): TicketEvent => ({ ...draft, ticketId: listed.id })).sort(compareEvents)
  const branches = branchToEvents(history, timeline, listed.id, ownBranches, noticed)
  const events = [...timeline, ...branches].sort(compareEvents)
  const { gone } = listed
  return {
    ticket: {
      ...listed,
      formerAssignee: former,
      branch: branchOf(history, known, ownBranches, listed.level),
      gone: gone?.why === 'moved' ? { why: 'moved', to: history.moves.at(-1)?.to ?? null } : gone,
      awaitingSince: listed.state === 'open' ? awaitingSinceOf(listed.openedAt, events) : null,
    },
    events,
  }
}
