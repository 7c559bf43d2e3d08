// Which pages the load asks for: what a desk with three agents looks at over a morning.

import type { Browser } from './browser.ts'
import { nextOn, ticketsOn, titleWordsOn } from './browser.ts'
import { type Ask, connections } from './load.ts'
import { shuffled, sum } from './statistics.ts'

const views = ['level-1', 'level-2', 'mine', 'unassigned', 'waiting', 'resolved', 'all'] as const

/** A view's first pages, as the links on them lead on. */
const pagesOf = async (browser: Browser, view: string, most: number): Promise<string[]> => {
  const paths: string[] = []
  let path: string | null = `/issues?view=${view}`
  while (path !== null && paths.length < most) {
    paths.push(path)
    path = nextOn(await browser.get(path))
  }
  return paths
}

/** Every view with its first three pages, and before each of them the default page: 28 requests. */
export const dashboards = async (browser: Browser): Promise<Ask[]> => {
  const asks: Ask[] = []
  for (const view of views) {
    asks.push(browser.ask('/issues'))
    for (const path of await pagesOf(browser, view, 3)) asks.push(browser.ask(path))
  }
  return asks
}

/**
 * Pages deep in the list of all tickets, more than the desk remembers of anything (pages, readings,
 * lines), so that in this order each is made from the store every time.
 */
export const firstLooks = async (browser: Browser, count: number): Promise<Ask[]> =>
  (await pagesOf(browser, 'all', count)).map((path) => browser.ask(path))

/** The tickets that stand first in the queues: what people work on. */
export const ticketsAtHand = async (browser: Browser, count: number): Promise<number[]> => {
  const found = new Set<number>()
  for (const view of ['level-1', 'level-2', 'waiting', 'unassigned'])
    for (const path of await pagesOf(browser, view, 4))
      for (const iid of ticketsOn(await browser.get(path))) if (found.size < count) found.add(iid)
  return [...found]
}

/** Words of titles, alone and any two of them together: each query once before any of them again. */
export const searches = async (browser: Browser, count: number): Promise<Ask[]> => {
  const words = new Set<string>()
  for (const path of await pagesOf(browser, 'all', 8))
    for (const title of titleWordsOn(await browser.get(path))) for (const word of title) words.add(word)
  const all = [...words]
  const pairs = shuffled(all.length ** 2, count - all.length).map(
    (index) => `${all[Math.floor(index / all.length)]} ${all[index % all.length]}`,
  )
  return [...all, ...pairs]
    .slice(0, count)
    .map((query) => browser.ask(`/issues?view=all&q=${encodeURIComponent(query)}`))
}

export const ticketPages = (browser: Browser, iids: readonly number[]): Ask[] =>
  iids.map((iid) => browser.ask(`/issues/${iid}`))

/** One list for each connection: everybody asks for the same, each from another place on. */
export const spread = (lists: readonly (readonly Ask[])[]): Ask[][] =>
  Array.from({ length: connections }, (_, connection) => {
    const list = lists[connection % lists.length] ?? []
    const from = Math.floor((connection * list.length) / connections)
    return [...list.slice(from), ...list.slice(0, from)]
  })

/** One list for each connection, none of which asks for what another asks for. */
export const divide = (list: readonly Ask[]): Ask[][] =>
  Array.from({ length: connections }, (_, connection) =>
    list.filter((_ask, index) => index % connections === connection),
  )

/** Average size of these pages' bodies, in bytes. */
export const averageSize = async (url: string, asks: readonly Ask[]): Promise<number> => {
  const sizes: number[] = []
  for (const { path, cookie } of asks) {
    const response = await fetch(`${url}${path}`, { headers: { cookie }, redirect: 'manual' })
    const { byteLength } = await response.arrayBuffer()
    if (response.status !== 200) throw new Error(`GET ${path} answered ${response.status}`)
    sizes.push(byteLength)
  }
  return Math.round(sum(sizes) / sizes.length)
}
