import type { SQLInputValue } from 'node:sqlite'
import type { World } from '../world.ts'
import { notAllowed } from './api-error.ts'
import type { Call } from './call.ts'
import { whole } from './fields.ts'

/** Above this many rows GitLab leaves out `X-Total`, `X-Total-Pages` and `rel="last"`. */
export const countLimit = 10_000
/** Offset pages end here for types that have keyset pages (pagination_strategies.rb). */
const offsetLimit = 50_000

export type Page = { page: number; perPage: number; offset: number }

export function pageOf(call: Call): Page {
  const page = Math.max(1, whole(call.fields, 'page') ?? 1)
  const asked = whole(call.fields, 'per_page') ?? 20
  const perPage = Math.min(100, asked < 1 ? 20 : asked)
  return { page, perPage, offset: (page - 1) * perPage }
}

export function checkOffset({ page, perPage }: Page, type: string): void {
  if (page * perPage <= offsetLimit) return
  throw notAllowed(
    `Offset pagination has a maximum allowed offset of ${offsetLimit} for requests that return objects of type ${type}. Remaining records can be retrieved using keyset pagination.`,
  )
}

/** Counts no further than one above the limit: counting 100,000 rows on every page would cost more than the page. */
export function countRows(world: World, from: string, values: readonly SQLInputValue[]): number {
  const row = world.db.one<{ n: number }>(
    `select count(*) as n from (select 1 ${from} limit ${countLimit + 1})`,
    ...values,
  )
  return row?.n ?? 0
}

/** GitLab's headers of an offset page (lib/gitlab/pagination/offset_header_builder.rb). */
export function offsetHeaders(call: Call, page: Page, shown: number, total: number): Record<string, string> {
  const counted = total <= countLimit
  const lastPage = Math.max(1, Math.ceil(total / page.perPage))
  const hasNext = counted ? page.page < lastPage : shown === page.perPage
  const links: string[] = []
  if (page.page > 1) links.push(linkTo(call, page, page.page - 1, 'prev'))
  if (hasNext) links.push(linkTo(call, page, page.page + 1, 'next'))
  links.push(linkTo(call, page, 1, 'first'))
  if (counted) links.push(linkTo(call, page, lastPage, 'last'))
  const headers: Record<string, string> = {
    'X-Per-Page': String(page.perPage),
    'X-Page': String(page.page),
    'X-Next-Page': hasNext ? String(page.page + 1) : '',
    'X-Prev-Page': page.page > 1 ? String(page.page - 1) : '',
    Link: links.join(', '),
  }
  if (counted) {
    headers['X-Total'] = String(total)
    headers['X-Total-Pages'] = String(lastPage)
  }
  return headers
}

function linkTo(call: Call, page: Page, number: number, rel: string): string {
  return link(call, { page: String(number), per_page: String(page.perPage) }, rel)
}

/** Links carry the configured address, whatever name the request used. */
export function link(call: Call, changes: Record<string, string>, rel: string): string {
  const query = new URLSearchParams(call.query)
  query.delete('private_token')
  for (const [name, value] of Object.entries(changes)) query.set(name, value)
  query.sort()
  return `<${call.world.url}${call.path}?${query}>; rel="${rel}"`
}

/** A list that is small enough to be paged in memory. */
export function pageList<T>(
  call: Call,
  items: readonly T[],
): { items: T[]; headers: Record<string, string> } {
  const page = pageOf(call)
  const shown = items.slice(page.offset, page.offset + page.perPage)
  return { items: shown, headers: offsetHeaders(call, page, shown.length, items.length) }
}
