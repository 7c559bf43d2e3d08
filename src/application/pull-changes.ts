// Reading what changed in GitLab. Polling is the truth: the list of tickets changed since last
// time, with an overlap, whole pages or an error. A page is stored before the cursor moves, so a
// crash reads again rather than skips. Then each changed ticket is read in full, the urgent first.

import type { Circumstances, Decision } from '../domain/decision.ts'
import type { Desk } from '../domain/desk.ts'
import { eraseInGitlab, filesOfHistory, isErased, isLeftInGitlab } from '../domain/erasure.ts'
import type { TicketEvent } from '../domain/event.ts'
import { categorise, setWaiting } from '../domain/handling.ts'
import type { OwnBranch, OwnChange } from '../domain/history.ts'
import { levelLabelsToMend, newlyNoticed, ticketOfHistory, ticketOfListing } from '../domain/history.ts'
import { levelOfLabels } from '../domain/level.ts'
import { categoryToMend, endedByAnswer, mendLevels, theDesk } from '../domain/mending.ts'
import { laneOf } from '../domain/operation.ts'
import type { Refusal } from '../domain/refusal.ts'
import { isRefusal } from '../domain/refusal.ts'
import type { RemoteHistory, RemoteTicket } from '../domain/remote.ts'
import { reopen } from '../domain/resolution.ts'
import type { Ticket } from '../domain/ticket.ts'
import type { AdoptingParts } from './adopt-listed.ts'
import { adoptListed } from './adopt-listed.ts'
import { announceByHand } from './announce-by-hand.ts'
import { GatewayError } from './gateway-error.ts'
import type { Adopted, Gateway, ListingPage, Store, Writer } from './ports.ts'

export type PullParts = AdoptingParts & {
  readonly store: Store
  readonly gateway: Gateway
}

/** GitLab moves the time of a change at most once a minute: look back by more than that (milliseconds). */
const overlap = 150_000

/** So long at most (milliseconds) one write waits for pages that follow: each end of a write costs as much as some pages. */
const held = 50

const cursorName = 'pull.cursor'
const pageName = 'pull.page'

export type ListingProgress = { readonly done: number; readonly total: number | null }

const isNews = (remote: RemoteTicket, known: Ticket | null): boolean =>
  known === null || known.changedAt < remote.changedAt

/** What the list says of a ticket, as far as it can be taken over. */
export const listed = (remote: RemoteTicket, known: Ticket | null, desk: Desk): Adopted => ({
  ticket: ticketOfListing(remote, known, desk),
  events: null,
  readAt: null,
  files: remote.erased || (known !== null && isErased(known)) ? [] : remote.files,
})

/** A page of the list, and when it was asked for (UTC ms). */
type Asked = ListingPage & { readonly at: number }

const standsElsewhere = (one: Ticket, other: Ticket): boolean =>
  one.level !== other.level || one.state !== other.state || one.assignee !== other.assignee

/**
 * We changed it in GitLab after GitLab was asked: the answer may be from before, however young it is. Who stands
 * still with it in hand while another worker goes on has one that is old.
 */
const isOvertaken = async (writer: Writer, { id }: Ticket, askedAt: number): Promise<boolean> =>
  (await writer.ownChanges(id)).some(({ at }) => at >= askedAt)

/** Reads all listing pages since the cursor (`full`: all there are). Answers how many were read and changed. */
export const pullListing = async (
  parts: PullParts,
  options: {
    readonly full?: boolean
    readonly onProgress?: (progress: ListingProgress) => void
    /** Tickets of a page that have changed and that nobody had told us to read again; not for a reading from the start. */
    readonly onNews?: (iids: readonly number[]) => void
    readonly signal?: AbortSignal
  } = {},
): Promise<{ read: number; changed: number }> => {
  const { gateway, store, clock } = parts
  const start = await store.read(async (reader) => ({
    cursor: options.full ? null : await reader.setting(cursorName),
    page: options.full ? null : await reader.setting(pageName),
  }))
  const since = start.cursor === null || start.cursor === '' ? null : Number(start.cursor) - overlap
  const watched = options.onNews !== undefined && since !== null
  let highest = start.cursor === null || start.cursor === '' ? 0 : Number(start.cursor)
  let read = 0
  let changed = 0
  const ask = async (page: string | null): Promise<Asked> => {
    const at = clock.now()
    return { ...(await gateway.listing({ since, page })), at }
  }
  let coming = ask(start.page || null)

  const storePage = async (writer: Writer, page: Asked) => {
    const known = new Map<number | null, Ticket>()
    const iids = page.tickets.map(({ iid }) => iid)
    for (const ticket of await writer.tickets(iids)) known.set(ticket.iid, ticket)
    const told = watched ? await writer.marked(iids) : []
    const news: number[] = []
    const changes: Adopted[] = []
    for (const remote of page.tickets) {
      const ours = known.get(remote.iid) ?? null
      if (watched && isNews(remote, ours) && !told.includes(remote.iid)) news.push(remote.iid)
      const change = listed(remote, ours, parts.desk)
      const isOld = ours && standsElsewhere(change.ticket, ours) && (await isOvertaken(writer, ours, page.at))
      if (isOld) await writer.markUnread([remote.iid])
      else changes.push(change)
    }
    // From the start there are many, and letting the search find them takes longer than reading them.
    const count = await adoptListed(writer, changes, parts, { wordsLater: since === null })
    // After the page, in the same transaction: a cursor never runs ahead of what is stored.
    await writer.saveSetting(pageName, page.next ?? '')
    if (page.next === null) await writer.saveSetting(cursorName, String(highest))
    return { count, news }
  }

  /** This page and, in a reading from the start, those that come within a moment in which nobody else wants to write. */
  const storePages = async (writer: Writer, first: Asked) => {
    const over = new AbortController()
    const enough = Promise.race([writer.wanted(), clock.sleep(held, over.signal)]).then(() => null)
    const stored = { read: 0, changed: 0, news: [] as number[], total: first.total, last: false }
    for (let page: Asked | null = first; page !== null; ) {
      const { next, tickets }: Asked = page
      stored.last = next === null || options.signal?.aborted === true
      // The next page is asked for while this one is being stored.
      if (!stored.last) {
        coming = ask(next)
        coming.catch(() => undefined) // Thrown where it is awaited outside, after what came before is stored.
        // Storing gives nobody a turn: without this the question would leave only afterwards.
        await clock.sleep(0)
      }
      for (const ticket of tickets) highest = Math.max(highest, ticket.changedAt)
      const { count, news } = await storePage(writer, page)
      stored.read += tickets.length
      stored.changed += count
      stored.news.push(...news)
      const more: boolean = !stored.last && since === null
      page = more ? await Promise.race([enough, coming.catch(() => null)]) : null
    }
    // With a reason of our own: Node would make an exception for each page.
    over.abort('stored')
    return stored
  }

  for (;;) {
    const page = await coming
    const stored = await store.write((writer) => storePages(writer, page), { repeatable: true })
    read += stored.read
    changed += stored.changed
    if (stored.news.length > 0) options.onNews?.(stored.news)
    options.onProgress?.({ done: read, total: stored.total })
    if (stored.last) return { read, changed }
  }
}

/** Tickets that could not be read, and not before when (UTC ms) they are tried again. One bad ticket stops no other. */
export type Avoided = Map<number, number>

/** How long a ticket that GitLab would not show is left alone (milliseconds); a passing fault is over soon. */
const avoidedFor = (error: GatewayError): number => (error.kind === 'transient' ? 10_000 : 5 * 60_000)

/** GitLab answered, and it was this ticket that it could not give: the others may go well. */
export const isOfThisTicket = (error: unknown): error is GatewayError => {
  if (!(error instanceof GatewayError) || error.kind === 'unauthorised') return false
  return error.kind !== 'transient' || (error.status !== null && error.status !== 429)
}

/**
 * Reads up to `limit` tickets in full that are due for it, and answers how many. Throws only what
 * concerns all of GitLab; a ticket that cannot be read is put into `avoided`.
 */
export const readInFull = async (
  parts: PullParts,
  options: {
    readonly limit: number
    /** false: resolved tickets that nothing was heard of are left for later. */
    readonly history?: boolean
    readonly avoided?: Avoided
    readonly signal?: AbortSignal
    readonly onFailure?: (iid: number, error: GatewayError) => void
  },
): Promise<number> => {
  const { store, clock } = parts
  const avoided: Avoided = options.avoided ?? new Map()
  for (const [iid, until] of avoided) if (until <= clock.now()) avoided.delete(iid)
  const due = await store.read((reader) =>
    reader.unread(options.limit + avoided.size, clock.now(), { history: options.history !== false }),
  )
  let read = 0
  for (const { iid } of due.filter((one) => !avoided.has(one.iid)).slice(0, options.limit)) {
    if (options.signal?.aborted) break
    try {
      await readOneInFull(parts, iid)
      read++
    } catch (error) {
      if (!isOfThisTicket(error)) throw error
      avoided.set(iid, clock.now() + avoidedFor(error))
      options.onFailure?.(iid, error)
    }
  }
  return read
}

/** How long GitLab may keep answering from before our own note, in milliseconds. */
const staleFor = 60_000

/** What is not found so soon after its opening may only not be shown yet, in milliseconds. */
const youngFor = 10 * 60_000

const wasEscalated = (history: RemoteHistory, desk: Desk): boolean =>
  history.labelEvents.some((event) => event.label !== null && levelOfLabels([event.label], desk) > 1) ||
  history.notes.some(({ marker }) => marker?.kind === 'escalate')

/** Only with its merge requests and branches the history says what became of it. */
const needsCode = (history: RemoteHistory, desk: Desk): boolean =>
  wasEscalated(history, desk) || history.stateEvents.some((event) => event.viaMergeRequest !== null)

/** The ticket itself is from before a level label came or went of which its label events tell already. */
const isBeforeItsLevel = ({ ticket, labelEvents }: RemoteHistory, desk: Desk, since: number): boolean =>
  desk.levels.some(({ label }) => {
    const last = labelEvents.findLast((event) => event.label === label)
    return last !== undefined && last.at >= since && last.added !== ticket.labels.includes(label)
  })

/** Read from a replica that lags behind our own writing. */
const isStale = async (
  writer: Writer,
  known: Ticket,
  history: RemoteHistory,
  ownBranches: readonly OwnBranch[],
  since: number,
): Promise<boolean> => {
  const notes = new Set(history.notes.map((note) => note.id))
  if ((await writer.ownNotes(known.id, since)).some((id) => !notes.has(id))) return true
  const branches = history.branches?.map(({ name }) => name)
  return ownBranches.some(
    ({ at, elsewhere, outcome }) =>
      at >= since &&
      !elsewhere &&
      outcome.kind === 'branch-made' &&
      branches?.includes(outcome.name) === false,
  )
}

/** Of which tickets this one was marked as a duplicate since it was read last. */
const newlyDoubled = async (
  writer: Writer,
  known: Ticket | null,
  events: readonly TicketEvent[],
): Promise<number[]> => {
  const marks = events.flatMap(({ what, source }) =>
    what.kind === 'marked-duplicate' ? [{ source, of: what.of }] : [],
  )
  if (marks.length === 0) return []
  const before = known === null ? [] : await writer.events(known.id)
  return marks.filter((mark) => !before.some(({ source }) => source === mark.source)).map(({ of }) => of)
}

/** It is on the desk no more; everything that we know of it stays. */
const adoptDeleted = async (writer: Writer, known: Ticket, at: number): Promise<void> => {
  const events = (await writer.events(known.id)).filter(({ what }) => what.kind !== 'deleted')
  await writer.adopt([
    {
      ticket: { ...known, state: 'resolved', awaitingSince: null, gone: { why: 'deleted' } },
      events:
        known.gone?.why === 'deleted'
          ? null
          : [
              ...events,
              {
                ticketId: known.id,
                source: 'noticed:deleted',
                at,
                actor: { kind: 'bot', name: '' },
                byHand: true,
                hidden: false,
                what: { kind: 'deleted' },
              },
            ],
      readAt: at,
    },
  ])
}

/** What is to be put right, one after the other; each reads what the one before has written. */
const mendings = (
  history: RemoteHistory,
  events: readonly TicketEvent[],
  own: readonly OwnChange[],
  desk: Desk,
): ((ticket: Ticket, circumstances: Circumstances) => Decision | Refusal | null)[] => [
  (ticket, circumstances) => {
    const below = levelLabelsToMend(history, own, desk)
    return below.length === 0 ? null : mendLevels(ticket, below, circumstances)
  },
  (ticket, circumstances) =>
    isErased(ticket) && isLeftInGitlab(history) ? eraseInGitlab(ticket, circumstances) : null,
  (ticket, circumstances) => {
    const category = categoryToMend(ticket, history, desk)
    return category && categorise(ticket, category.id, desk, circumstances)
  },
  (ticket, circumstances) => {
    const ended = endedByAnswer(ticket, events, desk, circumstances.at)
    if (ended === 'waiting') return setWaiting(ticket, false, desk, circumstances)
    return ended === 'resolved' ? reopen(ticket, desk, circumstances) : null
  },
]

/** Puts right what GitLab or people left behind, where nobody is at it and GitLab had time to show what we did last. */
const mend = async (
  writer: Writer,
  parts: PullParts,
  read: { readonly history: RemoteHistory; readonly events: readonly TicketEvent[] },
  own: readonly OwnChange[],
  since: number,
): Promise<void> => {
  const { history, events } = read
  if (own.some(({ author, at }) => author.kind === 'desk' && at >= since)) return
  const ref = { iid: history.ticket.iid }
  const before = await writer.ticket(ref)
  const busy =
    before !== null && (await writer.operations(before.id)).some(({ intent }) => laneOf(intent) === 'gitlab')
  if (!before || before.gone !== null || busy) return
  const circumstances: Circumstances = { by: theDesk, at: parts.clock.now(), newId: parts.newId }
  for (const mending of mendings(history, events, own, parts.desk)) {
    const ticket = await writer.ticket(ref)
    const decision = ticket && mending(ticket, circumstances)
    if (!decision || isRefusal(decision) || decision.operations.length === 0) continue
    await writer.record(decision)
    parts.nudge?.()
  }
}

export const readOneInFull = async (parts: PullParts, iid: number): Promise<void> => {
  const { store, gateway, clock, desk } = parts
  const before = await store.read((reader) => reader.ticket({ iid }))
  const startedAt = clock.now()
  const code = before !== null && (before.level > 1 || before.branch !== null)
  const first = await gateway.history(iid, { code })
  // Handed back and read for the first time: its branch is as true as if we had seen it made.
  const history =
    first && !code && needsCode(first, desk) ? await gateway.history(iid, { code: true }) : first
  await store.write(async (writer) => {
    const known = await writer.ticket({ iid })
    if (history === null) {
      if (!known) return
      if (known.gone === null && startedAt - known.openedAt < youngFor)
        throw new GatewayError('missing', `GitLab does not show ticket ${iid} yet`, { status: 404 })
      await adoptDeleted(writer, known, startedAt)
      return
    }
    const own = known ? await writer.ownChanges(known.id) : []
    const ownBranches = known ? await writer.ownBranches(known.id) : []
    // As if not read.
    if (
      known &&
      ((await isOvertaken(writer, known, startedAt)) ||
        isBeforeItsLevel(history, desk, startedAt - staleFor) ||
        (await isStale(writer, known, history, ownBranches, startedAt - staleFor)))
    ) {
      await writer.markUnread([iid])
      return
    }
    const members = (await writer.members()).map((member) => ({ ...member, bot: false }))
    const before = await writer.noticed(iid)
    // Whoever is read for the first time, also after a rebuild, was told of it by somebody before.
    const readBefore = known !== null && desk.mail.own && (await writer.events(known.id)).length > 0
    const forgotten = known !== null && history.labelEvents.some(({ label }) => label === null)
    const events = forgotten ? await writer.events(known.id) : []
    const fresh = newlyNoticed(history, { events, ownBranches, noticed: before }, startedAt)
    await writer.notice(iid, fresh)
    const noticed = [...before, ...fresh]
    const read = ticketOfHistory(history, { known, own, ownBranches, noticed, members, desk })
    const files = filesOfHistory(history, isErased(known ?? read.ticket) || isErased(read.ticket))
    // The one that goes on has a new note too, and GitLab does not call that a change of it.
    const goesOn = await newlyDoubled(writer, known, read.events)
    await writer.adopt([{ ...read, readAt: startedAt, files }])
    await writer.markUnread(goesOn)
    await mend(writer, parts, { history, events: read.events }, own, startedAt - staleFor)
    const circumstances: Circumstances = { by: theDesk, at: clock.now(), newId: parts.newId }
    const told = readBefore ? await announceByHand(writer, known, read.events, { desk, circumstances }) : 0
    if (told > 0) parts.nudge?.()
  })
}
