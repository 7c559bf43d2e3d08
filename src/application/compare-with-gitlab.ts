// The slow comparison: walks through all tickets that GitLab lists, in order of opening, and finds
// what neither webhook nor polling told: changes without a time, tickets deleted or moved away.
// A ticket missing in the list is asked for by its number before anything is believed.

import type { Ticket } from '../domain/ticket.ts'
import { adoptListed } from './adopt-listed.ts'
import type { GatewayError } from './gateway-error.ts'
import type { Reader } from './ports.ts'
import type { PullParts } from './pull-changes.ts'
import { isOfThisTicket, listed, readOneInFull } from './pull-changes.ts'

const placeName = 'compare.place'
const doneName = 'compare.done'

/** Tickets asked for by number in one step; each takes a handful of calls. */
const askedAtOnce = 10

/** What was opened this short before the walk began can be missing in a list that lags (milliseconds). */
const youngFor = 10 * 60_000

/** Where a walk has come to; kept, so that it goes on there after a restart. */
type Place = {
  readonly page: string | null
  /** Everything opened before this (UTC ms) has been compared. */
  readonly from: number
  /** Numbers listed that were opened at that very instant. */
  readonly edge: readonly number[]
  /** Not listed, still to be asked for. */
  readonly missing: readonly number[]
  readonly begunAt: number
  readonly listed: number
  readonly changed: number
  readonly last: boolean
}

export type Comparison = {
  readonly listed: number
  /** Differences that nothing else had told. */
  readonly changed: number
}

const placeOf = async (reader: Reader): Promise<Place | null> => {
  const text = await reader.setting(placeName)
  return text === null || text === '' ? null : JSON.parse(text)
}

const start = (begunAt: number): Place => ({
  page: null,
  from: 0,
  edge: [],
  missing: [],
  begunAt,
  listed: 0,
  changed: 0,
  last: false,
})

/**
 * When the next step is due (UTC ms). A walk that was begun goes on at once; the first one is due `every`
 * milliseconds after the desk's first reading, which has just listed everything.
 */
export const nextComparison = async (parts: PullParts, every: number): Promise<number> => {
  const { place, done } = await parts.store.read(async (reader) => ({
    place: await placeOf(reader),
    done: await reader.setting(doneName),
  }))
  if (place) return 0
  if (done !== null) return Number(done) + every
  await parts.store.write((writer) => writer.saveSetting(doneName, String(parts.clock.now())))
  return parts.clock.now() + every
}

const readPage = async (parts: PullParts, place: Place): Promise<Place> => {
  const page = await parts.gateway.listing({ since: null, page: place.page, inOrderOf: 'opening' })
  const newest = page.tickets.reduce((at, ticket) => Math.max(at, ticket.openedAt), place.from)
  const to = page.next === null ? Math.max(newest, place.begunAt - youngFor) : newest
  return parts.store.write(async (writer) => {
    const known = new Map<number | null, Ticket>()
    for (const ticket of await writer.tickets(page.tickets.map(({ iid }) => iid)))
      known.set(ticket.iid, ticket)
    const changes = page.tickets.map((remote) => listed(remote, known.get(remote.iid) ?? null, parts.desk))
    const changed = await adoptListed(writer, changes, parts)
    const there = new Set([...place.edge, ...page.tickets.map(({ iid }) => iid)])
    const expected = await writer.openedBetween(place.from, to)
    return {
      ...place,
      page: page.next,
      from: to,
      edge: page.tickets.filter(({ openedAt }) => openedAt === to).map(({ iid }) => iid),
      missing: expected.filter((iid) => !there.has(iid)),
      listed: place.listed + page.tickets.length,
      changed: place.changed + changed,
      last: page.next === null,
    }
  })
}

const askFor = async (
  parts: PullParts,
  place: Place,
  onFailure: (iid: number, error: GatewayError) => void,
): Promise<Place> => {
  for (const iid of place.missing.slice(0, askedAtOnce)) {
    try {
      await readOneInFull(parts, iid)
    } catch (error) {
      // It stays as it is until the next comparison.
      if (!isOfThisTicket(error)) throw error
      onFailure(iid, error)
    }
  }
  return { ...place, missing: place.missing.slice(askedAtOnce) }
}

/**
 * One page, or a few tickets asked for by number. Answers what the whole walk found when this was its last
 * step, else null. Throws GatewayError where GitLab or our rights are away; then nothing is taken for gone.
 */
export const compareStep = async (
  parts: PullParts,
  options: { readonly onFailure?: (iid: number, error: GatewayError) => void } = {},
): Promise<Comparison | null> => {
  const place = (await parts.store.read(placeOf)) ?? start(parts.clock.now())
  const after =
    place.missing.length > 0
      ? await askFor(parts, place, options.onFailure ?? (() => undefined))
      : await readPage(parts, place)
  const over = after.last && after.missing.length === 0
  await parts.store.write(async (writer) => {
    await writer.saveSetting(placeName, over ? '' : JSON.stringify(after))
    if (over) await writer.saveSetting(doneName, String(after.begunAt))
  })
  return over ? { listed: after.listed, changed: after.changed } : null
}

/** The whole walk at once; null where it was stopped. */
export const compareWithGitlab = async (
  parts: PullParts,
  options: {
    readonly signal?: AbortSignal
    readonly onFailure?: (iid: number, error: GatewayError) => void
    /** After each step: it goes on. */
    readonly onStep?: () => void
  } = {},
): Promise<Comparison | null> => {
  while (options.signal?.aborted !== true) {
    const found = await compareStep(parts, options)
    options.onStep?.()
    if (found) return found
  }
  return null
}
