// The tickets of a growing desk: a year's (test/support/year-of-tickets.ts), of which the newest few hundred are open,
// the same number however large the desk is, so that a page of the queue has as many lines on each. They say a few words
// that many tickets share, many that few do, and one that five have: what a word finds grows with the desk, or does not.

import type { Adopted, Store } from '../src/application/ports.ts'
import type { Desk } from '../src/domain/desk.ts'
import type { TicketEvent } from '../src/domain/event.ts'

/** Each in about a tenth of all tickets. */
export const commonWords = [
  'printer',
  'projector',
  'laptop',
  'password',
  'network',
  'account',
  'screen',
  'keyboard',
  'server',
  'licence',
] as const

const places = ['library', 'office', 'laboratory', 'gymnasium', 'canteen', 'workshop', 'hall', 'archive']
const troubles = [
  'stays dark',
  'is too slow',
  'does not start',
  'was forgotten',
  'makes a noise',
  'is missing',
]

const syllables = [
  'ba',
  'de',
  'fi',
  'go',
  'hu',
  'ka',
  'le',
  'mi',
  'no',
  'pu',
  'ra',
  'se',
  'ti',
  'vo',
  'zu',
  'an',
]
const vocabulary = 4_096

/** The nth word of a language of so many. */
const wordNumbered = (number: number): string =>
  [number >> 8, number >> 4, number].map((part) => syllables[part & 15] ?? '').join('')

/** The same number for the same one, spread over 0 to 1. */
const spreadOf = (number: number): number => {
  let mixed = Math.imul(number ^ 0x9e3779b9, 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
}

/** Five neighbours have it. */
const rareWord = (index: number): string => `inv${Math.floor(index / 5)}`

/** So many are different, whatever the size of the desk. */
export const rareWords = (tickets: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => rareWord(Math.floor((index / count) * tickets)))

/** A language has a few words that are said all the time: the nth is said about 1/n as often as the first. */
const textOf = (index: number): string => {
  const words = Array.from({ length: 24 }, (_, place) =>
    wordNumbered(Math.floor(vocabulary ** spreadOf(index * 31 + place)) - 1),
  )
  return `${words.join(' ')}. ${rareWord(index)}`
}

/** Words that about one ticket in so many has. */
export const middlingWords = Array.from({ length: 16 }, (_, index) => wordNumbered(200 + index * 16))

const pick = <T>(list: readonly T[], share: number): T | undefined => list[Math.floor(share * list.length)]

const worded = ({ ticket, ...rest }: Adopted, iid: number): Adopted => {
  const place = pick(places, spreadOf(iid * 7 + 1))
  const title = `The ${pick(commonWords, spreadOf(iid))} in the ${place} ${pick(troubles, spreadOf(iid * 7 + 2))} (${iid})`
  return { ...rest, ticket: { ...ticket, iid, title, text: textOf(iid) } }
}

/** At most so many are open at the end of each year, whatever its size; of a small one three in four. */
const mostOpen = 600
export const openOf = (tickets: number): number => Math.min(mostOpen, Math.floor((tickets * 3) / 4))

const isFirstAnswer = ({ what, actor }: TicketEvent) => what.kind === 'replied' && actor.kind === 'agent'

/** As it was before anything else came of it: a quarter waits for the requester, a quarter is at Level 2, some have no agent. */
const stillOpen = ({ ticket, events, ...rest }: Adopted, desk: Desk): Adopted => {
  const number = ticket.iid ?? 0
  const [opened] = events ?? []
  const answer = (events ?? []).find(isFirstAnswer)
  if (opened === undefined) throw new Error(`ticket ${number} was never opened`)
  const waits = number % 4 === 1
  const level = number % 4 === 2 && desk.levels.length > 1 ? 2 : 1
  const at = (answer ?? opened).at
  const relabelled = (label: string, added: boolean, order: number): TicketEvent => ({
    ...(answer ?? opened),
    source: `label:${number}00${order}`,
    at: at + 1,
    hidden: true,
    what: { kind: added ? 'label-added' : 'label-removed', label },
  })
  const [first = '', second = ''] = desk.levels.map(({ label }) => label)
  const others = ticket.labels.filter(
    (name) => name !== desk.labels.waiting && !desk.levels.some(({ label }) => label === name),
  )
  const history = [
    opened,
    ...(answer ? [answer] : []),
    ...(waits ? [relabelled(desk.labels.waiting, true, 1)] : []),
    ...(level === 2 ? [relabelled(first, false, 1), relabelled(second, true, 2)] : []),
  ]
  return {
    ...rest,
    events: history,
    ticket: {
      ...ticket,
      state: waits ? 'waiting' : 'open',
      level,
      labels: [level === 2 ? second : first, ...others, ...(waits ? [desk.labels.waiting] : [])],
      assignee: number % 8 === 3 ? null : ticket.assignee,
      changedAt: history.at(-1)?.at ?? at,
      awaitingSince: waits ? null : ticket.openedAt,
      resolvedAt: null,
    },
  }
}

/** What is written through it, in order of opening, is such a desk, numbered from 1 as GitLab's sandbox numbers. */
export const asGrowingDesk = (
  store: Pick<Store, 'write'>,
  { tickets, desk }: { readonly tickets: number; readonly desk: Desk },
): Pick<Store, 'write'> => {
  const openFrom = tickets - openOf(tickets)
  let last = 0
  const told = (change: Adopted): Adopted => {
    const iid = ++last
    const said = worded(change, iid)
    return iid > openFrom ? stillOpen(said, desk) : said
  }
  return {
    write: (work, options) =>
      store.write(
        (writer) => work({ ...writer, adopt: (changes, more) => writer.adopt(changes.map(told), more) }),
        options,
      ),
  }
}
