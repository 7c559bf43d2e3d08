// Who comes through how often. Nothing here asks the store: a flood must cost less than what it asks
// for. Counted in memory, forgotten at a restart; of several processes each counts its own share, so
// that with n of them up to n times as much comes through.

import { createHmac } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../application/ports.ts'
import type { Counted, FloodLimits, Gate, Tally } from '../domain/flood.ts'
import { addressCounted, clientOf, countAt, emptyTally, oneMore, roomAt } from '../domain/flood.ts'
import { isAgent } from '../domain/role.ts'
import { messagePage } from './pages/message.ts'
import { renderPage } from './rendering.ts'
import type { Answer, Visit } from './visit.ts'
import { page } from './visit.ts'

/** Numbers remembered at one time; the longest unused go first, so that a flood of addresses fills no memory. */
const mostRemembered = 50_000

export type Passage =
  | { readonly open: true; readonly before: Readonly<Record<Counted, number>> }
  /** Seconds, at least one. */
  | { readonly open: false; readonly retryAfter: number }

const ways: readonly Counted[] = ['client', 'address', 'all']

type Who = { readonly client: string; readonly address?: string }

export type FloodGate = {
  readonly limits: FloodLimits
  /** Counts one more, unless one of the bounds is reached: then nothing is counted. */
  pass(gate: Gate, who: Who): Passage
  /** How many came before, without counting. */
  before(gate: Gate, who: Who): Readonly<Record<Counted, number>>
  /** A short mark of a client, by which a lead sees that two are the same; nobody finds the address from it. */
  markOf(client: string): string
}

export const createFloodGate = (options: {
  readonly clock: Pick<Clock, 'now'>
  readonly limits: FloodLimits
  /** The first one is used. */
  readonly keys: readonly Uint8Array[]
}): FloodGate => {
  const { clock, limits } = options
  const [key] = options.keys
  if (!key) throw new Error('no key for the marks of clients')
  const tallies = new LRUCache<string, Tally>({ max: mostRemembered })
  // Never pushed out by others: this one bounds them all.
  const ofAll = new Map<Gate, Tally>()

  const of = (gate: Gate, { client, address }: Who) => {
    const ids = { all: '', client, address: address === undefined ? undefined : addressCounted(address) }
    return ways.flatMap((by) => {
      const bound = limits.gates[gate][by]
      const id = ids[by]
      if (bound === undefined || id === undefined) return []
      const name = `${gate} ${by} ${id}`
      const tally = (by === 'all' ? ofAll.get(gate) : tallies.get(name)) ?? emptyTally
      const keep = (kept: Tally) => {
        if (by === 'all') ofAll.set(gate, kept)
        else tallies.set(name, kept)
      }
      return [{ by, bound, tally, keep }]
    })
  }

  const counts = (counted: ReturnType<typeof of>, at: number): Readonly<Record<Counted, number>> => ({
    client: 0,
    address: 0,
    all: 0,
    ...Object.fromEntries(counted.map(({ by, tally, bound }) => [by, countAt(tally, at, bound)])),
  })

  return {
    limits,
    before: (gate, who) => counts(of(gate, who), clock.now()),
    pass: (gate, who) => {
      const at = clock.now()
      const counted = of(gate, who)
      const room = counted.flatMap(({ tally, bound }) => roomAt(tally, at, bound) ?? [])
      if (room.length > 0)
        return { open: false, retryAfter: Math.max(1, Math.ceil((Math.max(...room) - at) / 1_000)) }
      for (const { tally, bound, keep } of counted) keep(oneMore(tally, at, bound))
      return { open: true, before: counts(counted, at) }
    },
    markOf: (client) => createHmac('sha256', key).update(client).digest('hex').slice(0, 8),
  }
}

/** By what this visitor is counted; null: they work here, and are not. Whoever signed in is one, wherever they sit. */
export const clientOfVisit = ({ viewer, request }: Visit): string | null => {
  if (viewer === null) return clientOf(request.ip ?? '')
  return isAgent(viewer.role) ? null : `account ${viewer.id}`
}

const unhindered: Passage = { open: true, before: { client: 0, address: 0, all: 0 } }

/** One more at this door. `address`: the e-mail address that it is about, where there is one. */
export const passageOf = (visit: Visit, gate: Gate, address?: string): Passage => {
  const client = clientOfVisit(visit)
  if (client === null) return unhindered
  return visit.door.flood.pass(gate, { client, ...(address ? { address } : {}) })
}

export const retryLater = (passage: { readonly retryAfter: number }): Readonly<Record<string, string>> => ({
  'retry-after': String(passage.retryAfter),
})

/** A page that says so and nothing else: for what carries nothing that could be lost. */
export const tooMany = (visit: Visit, passage: { readonly retryAfter: number }): Answer =>
  page(renderPage(messagePage(visit.context(), { kind: 'too-many' })), 429, retryLater(passage))
