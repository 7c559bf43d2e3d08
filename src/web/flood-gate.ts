// Who comes through how often. Nothing here asks the store: a flood must cost less than what it asks for. Counted in
// memory, forgotten at a restart. Several processes tell each other what they count, so that together they let through
// little more than one would; where that cannot be told, each counts its own share. Clients and e-mail addresses are
// kept and told of by a mark under a key: nobody finds the address from it.

import { createHmac } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import type { Clock } from '../application/ports.ts'
import type { Neighbours } from '../application/presence-ports.ts'
import type { Counted, FloodLimits, Gate, Tally } from '../domain/flood.ts'
import { addressCounted, clientOf, countAt, emptyTally, oneMore, roomAt } from '../domain/flood.ts'
import { isAgent } from '../domain/role.ts'
import { messagePage } from './pages/message.ts'
import { renderPage } from './rendering.ts'
import type { Answer, Log, Visit } from './visit.ts'
import { page } from './visit.ts'

/** Numbers remembered at one time; the longest unused go first, so that a flood of addresses fills no memory. */
const mostRemembered = 50_000

const topic = 'flood'
/** Milliseconds: what is counted meanwhile goes together. */
const tellEvery = 20
/** After a telling that failed. */
const tellAgain = 1_000
/** Bytes; a message to neighbours has at most 7,000. */
const longestMessage = 6_500
/** So many wait to be told of; what comes on top while the others wait is counted here alone. */
const mostWaiting = 5_000

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

/** What is counted: a gate, a way of counting, and the mark of whom ('' = everybody), with spaces between. */
type Name = `${Gate} ${Counted} ${string}`

/** How many more came through, by name. */
const Told = z.record(z.string(), z.number().int().positive().max(1_000_000))

const gates: readonly Gate[] = ['form', 'reply', 'sign-in', 'sign-in-link']

const partsOf = (name: string): { readonly gate: Gate; readonly by: Counted; readonly name: Name } | null => {
  const [, gateName, byName, mark] = /^([a-z-]+) ([a-z]+) ([\w-]{22})?$/u.exec(name) ?? []
  const gate = gates.find((one) => one === gateName)
  const by = ways.find((one) => one === byName)
  if (gate === undefined || by === undefined || (by === 'all') !== (mark === undefined)) return null
  return { gate, by, name: `${gate} ${by} ${mark ?? ''}` }
}

/** Tells the neighbours what was counted here: at once, or together while the last telling is on its way. */
const tellingOn = (
  neighbours: Pick<Neighbours, 'tell'>,
  clock: Clock,
  log: Pick<Log, 'warn' | 'info'>,
): ((names: readonly Name[]) => void) => {
  const waiting = new Map<Name, number>()
  let telling = false
  let failed = false

  /** Everybody together first, then the biggest; what does not fit waits for the next one. */
  const nextMessage = (): string => {
    const isOfAll = (name: Name) => Number(name.endsWith(' '))
    const sorted = [...waiting].sort(
      ([one, few], [other, many]) => isOfAll(other) - isOfAll(one) || many - few,
    )
    const told: Record<string, number> = {}
    let length = 2
    for (const [name, count] of sorted) {
      // With quotation marks, colon and comma; a name has but letters of one byte.
      length += name.length + String(count).length + 4
      if (length > longestMessage) break
      told[name] = count
      waiting.delete(name)
    }
    return JSON.stringify(told)
  }

  const tell = async (): Promise<void> => {
    telling = true
    while (waiting.size > 0) {
      try {
        await neighbours.tell(topic, nextMessage())
        if (failed) log.info({}, 'other processes are told again how much has come through')
        failed = false
        await clock.sleep(tellEvery)
      } catch (error) {
        if (!failed)
          log.warn(
            { err: error },
            'other processes cannot be told how much has come through: each counts alone',
          )
        failed = true
        waiting.clear()
        await clock.sleep(tellAgain)
      }
    }
    telling = false
  }

  return (names) => {
    for (const name of names) {
      const count = waiting.get(name)
      if (count !== undefined || waiting.size < mostWaiting || name.endsWith(' '))
        waiting.set(name, (count ?? 0) + 1)
    }
    if (!telling) void tell()
  }
}

export const createFloodGate = (options: {
  readonly clock: Clock
  readonly limits: FloodLimits
  /** The first one is used: of processes that share a desk the same one. */
  readonly keys: readonly Uint8Array[]
  readonly neighbours: Neighbours
  readonly log: Pick<Log, 'warn' | 'info'>
  /** When it is aborted, what others tell is heard no more. */
  readonly stopped?: AbortSignal
}): FloodGate => {
  const { clock, limits, neighbours, log, stopped } = options
  const [key] = options.keys
  if (!key) throw new Error('no key for the marks of clients')
  const tallies = new LRUCache<Name, Tally>({ max: mostRemembered })
  // Never pushed out by others: this one bounds them all.
  const ofAll = new Map<Name, Tally>()
  const tell = tellingOn(neighbours, clock, log)

  const tallyOf = (by: Counted, name: Name): Tally =>
    (by === 'all' ? ofAll.get(name) : tallies.get(name)) ?? emptyTally

  const keep = (by: Counted, name: Name, tally: Tally): void => {
    if (by === 'all') ofAll.set(name, tally)
    else tallies.set(name, tally)
  }

  /** Told to others, so longer than what a lead sees, and nobody takes one for the other. */
  const told = (by: Counted, id: string): string =>
    createHmac('sha256', key).update(`told ${by} ${id}`).digest().subarray(0, 16).toString('base64url')

  const of = (gate: Gate, { client, address }: Who) => {
    const ids = { all: '', client, address: address === undefined ? undefined : addressCounted(address) }
    return ways.flatMap((by) => {
      const bound = limits.gates[gate][by]
      const id = ids[by]
      if (bound === undefined || id === undefined) return []
      const name: Name = `${gate} ${by} ${by === 'all' ? '' : told(by, id)}`
      return [{ by, bound, name, tally: tallyOf(by, name) }]
    })
  }

  const counts = (counted: ReturnType<typeof of>, at: number): Readonly<Record<Counted, number>> => ({
    client: 0,
    address: 0,
    all: 0,
    ...Object.fromEntries(counted.map(({ by, tally, bound }) => [by, countAt(tally, at, bound)])),
  })

  let puzzled = false
  /** Another process may be of another release: what is not understood is left out. */
  const hear = (message: string): void => {
    const at = clock.now()
    try {
      for (const [text, more] of Object.entries(Told.parse(JSON.parse(message)))) {
        const parts = partsOf(text)
        const bound = parts ? limits.gates[parts.gate][parts.by] : undefined
        if (!parts || !bound) continue
        keep(parts.by, parts.name, oneMore(tallyOf(parts.by, parts.name), at, bound, more))
      }
    } catch (error) {
      if (!puzzled)
        log.warn({ err: error }, 'another process counts in a way that this one does not understand')
      puzzled = true
    }
  }
  const deafen = neighbours.onTold(topic, hear)
  stopped?.addEventListener('abort', deafen)

  return {
    limits,
    before: (gate, who) => counts(of(gate, who), clock.now()),
    pass: (gate, who) => {
      const at = clock.now()
      const counted = of(gate, who)
      const room = counted.flatMap(({ tally, bound }) => roomAt(tally, at, bound) ?? [])
      if (room.length > 0)
        return { open: false, retryAfter: Math.max(1, Math.ceil((Math.max(...room) - at) / 1_000)) }
      for (const { by, tally, bound, name } of counted) keep(by, name, oneMore(tally, at, bound))
      tell(counted.map(({ name }) => name))
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
