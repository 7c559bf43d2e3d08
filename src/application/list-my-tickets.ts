// All tickets of somebody who is no agent: those of the address they have proven, those they opened
// while signed in with GitLab, and those of addresses that account has proven before. What GitLab says
// their e-mail address is proves nothing. A line tells what their own page of the ticket tells, no more.

import type { TicketEvent } from '../domain/event.ts'
import { foldedAddress } from '../domain/mail-address.ts'
import { signInTimes } from '../domain/sign-in-link.ts'
import type { Parts, Reader, TicketSummary } from './ports.ts'
import { publicText } from './read-own-ticket.ts'

export type MyTicket = {
  readonly ticket: TicketSummary
  /** Of the link to its own page. */
  readonly generation: number
  /** Whether somebody of the desk has written to them. */
  readonly answered: boolean
  /** When something last happened that they may know of (UTC ms). */
  readonly lastAt: number
}

export type MyTickets = {
  readonly lines: readonly MyTicket[]
  /** Opaque; null on the last page. */
  readonly next: string | null
  /** Addresses whose tickets these are. */
  readonly addresses: readonly string[]
}

export const myTicketsOnPage = 20

/** GitLab's clock says when a ticket was opened, ours when an account was first seen. */
const clocksDiffer = 10 * 60_000

/** Steps that their own page shows. Nothing else moves the time: it would tell when agents write among themselves. */
const shown: readonly TicketEvent['what']['kind'][] = [
  'opened',
  'escalated',
  'handed-back',
  'level-changed',
  'waiting-started',
  'waiting-ended',
  'reopened',
  'rated',
]

const isForThem = (event: TicketEvent): boolean =>
  !event.hidden &&
  (event.what.kind === 'resolved' || shown.includes(event.what.kind) || publicText(event) !== null)

const lineOf = async (reader: Reader, ticket: TicketSummary): Promise<MyTicket> => {
  const events = await reader.events(ticket.id)
  const own = events.filter(isForThem)
  return {
    ticket,
    generation: await reader.linkGeneration(ticket.id),
    answered: own.some(
      (event) => event.actor.kind !== 'requester' && (publicText(event) ?? '').trim() !== '',
    ),
    lastAt: Math.max(ticket.openedAt, ...own.map(({ at }) => at)),
  }
}

export const listMyTickets = (
  { store, clock }: Pick<Parts, 'store' | 'clock'>,
  who: {
    /** Proven in this browser by a link. */
    readonly address: string | null
    /** Signed in with GitLab, and no agent. */
    readonly account: { readonly id: number; readonly username: string } | null
    readonly cursor: string | null
  },
): Promise<MyTickets> =>
  store.read(async (reader) => {
    const { address, account, cursor } = who
    const proven =
      account === null ? [] : await reader.provenAddresses(account.id, clock.now() - signInTimes.proof)
    const since = account === null ? null : await reader.accountSince(account.id, account.username)
    const addresses = [
      ...new Map(
        [...(address === null ? [] : [address]), ...proven].map((one) => [foldedAddress(one), one]),
      ).values(),
    ]
    const page = await reader.ticketsOfAsker(
      {
        addresses,
        account:
          account === null || since === null
            ? null
            : { username: account.username, since: since - clocksDiffer },
      },
      { limit: myTicketsOnPage, cursor },
    )
    const lines: MyTicket[] = []
    for (const ticket of page.tickets) lines.push(await lineOf(reader, ticket))
    return { lines, next: page.next, addresses }
  })
