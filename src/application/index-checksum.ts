// One number for all that the desk shows: equal numbers, equal tickets and timelines, in whatever
// order they were read. It leaves out what GitLab cannot give back (docs/decisions/0005) and what
// only counts our own steps, so that a desk made again from GitLab has the number it had before.

import { createHash } from 'node:crypto'
import { isErased } from '../domain/erasure.ts'
import type { TicketEvent } from '../domain/event.ts'
import type { Ticket } from '../domain/ticket.ts'
import type { Reader, Store, StoredFile } from './ports.ts'

export type IndexChecksum = {
  /** 64 hexadecimal digits. */
  readonly sum: string
  readonly tickets: number
  readonly events: number
  /** Tickets opened here whose requester nobody can read any more: their key is lost. */
  readonly requesterUnknown: number
}

const space = 1n << 256n

/** Equal for equal things, whatever the order of their keys. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )

/** Sums of digests, so that order means nothing and a thing told twice is seen. */
export const digestOf = (items: Iterable<unknown>): bigint => {
  let sum = 0n
  for (const item of items)
    sum = (sum + BigInt(`0x${createHash('sha256').update(canonical(item)).digest('hex')}`)) % space
  return sum
}

/** GitLab cannot show it again: deleted, or no ticket any more. */
const cannotComeBack = ({ gone }: Ticket): boolean => gone?.why === 'deleted' || gone?.why === 'no-ticket'

const fileOf = ({ id, remotePath }: StoredFile): string =>
  /\/uploads\/.*$/.exec(remotePath ?? '')?.[0] ?? `on its way: ${id}`

const ticketItem = (ticket: Ticket, files: readonly StoredFile[]) => {
  const { revision: _, url: __, changedAt: ___, ...shown } = ticket
  return ['ticket', { ...shown, labels: [...ticket.labels].sort(), files: files.map(fileOf).sort() }]
}

const eventItem = ({ ticketId, ...event }: TicketEvent) => ['event', ticketId, event]

/** Walks through everything, a portion at a time. */
export const indexChecksum = async (
  store: Store,
  options: { readonly onProgress?: (done: number) => void } = {},
): Promise<IndexChecksum> => {
  let sum = 0n
  let tickets = 0
  let events = 0
  let requesterUnknown = 0
  let after: string | null = null
  for (;;) {
    const portion: readonly Ticket[] = await store.read((reader: Reader) =>
      reader.walk({ after, limit: 200 }),
    )
    for (const ticket of portion.filter((one) => !cannotComeBack(one))) {
      const { files, told } = await store.read(async (reader) => ({
        files: await reader.files(ticket.id),
        told: await reader.events(ticket.id),
      }))
      sum = (sum + digestOf([ticketItem(ticket, files), ...told.map(eventItem)])) % space
      tickets++
      events += told.length
      if (
        (ticket.source === 'form' || ticket.source === 'mail') &&
        ticket.requester.name === '' &&
        ticket.requester.email === null &&
        !isErased(ticket)
      )
        requesterUnknown++
    }
    options.onProgress?.(tickets)
    const last = portion.at(-1)
    if (!last) return { sum: sum.toString(16).padStart(64, '0'), tickets, events, requesterUnknown }
    after = last.id
  }
}
