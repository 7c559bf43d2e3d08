// What was read for the dashboard and the ticket page is remembered as long as nothing in the
// store has changed: many look at the same queue, and each of them again and again. What is handed
// out here is shared by many requests; none of them may change it.

import { LRUCache } from 'lru-cache'
import type { Browsing } from '../application/browse-tickets.ts'
import { browseTickets } from '../application/browse-tickets.ts'
import type { Member, Parts, TicketQuery, TicketRef } from '../application/ports.ts'
import type { TicketReading } from '../application/read-ticket.ts'
import { readTicket } from '../application/read-ticket.ts'
import { mostRemembered } from './remembering.ts'

type Shared = { readonly members: readonly Member[]; readonly version: number }

export type Browsed = {
  /** `version` of the store, where it has just been asked for. */
  readonly tickets: (query: TicketQuery, version?: number | null) => Promise<Browsing & Shared>
  readonly ticket: (ref: TicketRef, version?: number | null) => Promise<(TicketReading & Shared) | null>
}

/** Roughly what remembering a ticket costs, in bytes; how long its texts are decides. */
const weight = ({ ticket, events, mails }: TicketReading): number => {
  let letters = ticket.text.length
  for (const { what } of events) letters += 'text' in what ? what.text.length : 0
  return 2_000 + 500 * events.length + 800 * mails.length + 2 * letters
}

/** The same of a dashboard: a summary is some twenty values and a few short texts. */
const weightOfPage = ({ page }: Browsing): number => 3_000 + 1_000 * page.tickets.length

export const rememberBrowsing = (parts: Pick<Parts, 'store' | 'desk'>): Browsed => {
  const pages = new LRUCache<string, Browsing & Shared>({
    maxSize: mostRemembered.listings,
    sizeCalculation: weightOfPage,
  })
  const tickets = new LRUCache<string, TicketReading & Shared>({
    maxSize: mostRemembered.readings,
    sizeCalculation: weight,
  })
  let latest: Shared | null = null

  const shared = async (version: number): Promise<Shared> => {
    if (latest?.version !== version)
      latest = { version, members: await parts.store.read((reader) => reader.members()) }
    return latest
  }

  return {
    tickets: async (query, asked) => {
      const version = asked ?? (await parts.store.version())
      const key = JSON.stringify(query)
      const known = pages.get(key)
      if (known?.version === version) return known
      const reading = { ...(await browseTickets(parts, query)), ...(await shared(version)) }
      pages.set(key, reading)
      return reading
    },
    ticket: async (ref, asked) => {
      const version = asked ?? (await parts.store.version())
      const key = 'iid' in ref ? String(ref.iid) : ref.id
      const known = tickets.get(key)
      if (known?.version === version) return known
      const found = await readTicket(parts, ref)
      if (!found) return null
      const reading = { ...found, ...(await shared(version)) }
      tickets.set(key, reading)
      return reading
    },
  }
}
