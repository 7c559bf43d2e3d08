// All issues of a project, a hundred at a time, oldest first, such that none is missed
// while others change under us. GitLab from 18.3 on pages by keys and does that itself. Before,
// pages are counted, and an issue that changes moves to the end and shifts all others by one; so
// we go on from the last change seen instead of from the next page number.

import type { Client } from './client.ts'
import { errorOf, wordsOf } from './client.ts'
import { saysNoKeyset } from './gitlab-answers.ts'
import * as wire from './wire.ts'

export type IssuePage = {
  readonly issues: readonly wire.WireIssue[]
  /** Query of the page after this; null = that was all. */
  readonly next: URLSearchParams | null
  readonly total: number | null
}

type Order = 'updated_at' | 'created_at'

const goOn = (query: URLSearchParams, issues: readonly wire.WireIssue[], order: Order): URLSearchParams => {
  const next = new URLSearchParams(query)
  const from = order === 'updated_at' ? 'updated_after' : 'created_after'
  const last = new Date(issues.at(-1)?.[order] ?? 0).toISOString()
  if (query.get(from) === last) {
    // A whole page of the same millisecond: here only counting helps.
    next.set('page', String(Number(query.get('page') ?? '1') + 1))
  } else {
    next.set(from, last)
    next.delete('page')
  }
  return next
}

/** Query: see GitLab's list of project issues; sorted by `order`, ascending. Pages can overlap. */
export const readPage = async (
  client: Client,
  project: string,
  query: URLSearchParams,
  order: Order = 'updated_at',
): Promise<IssuePage> => {
  const request = { method: 'GET', route: '/projects/:project/issues', params: { project } } as const
  let asked = query
  let answer = await client.raw({ ...request, query: asked })
  if (answer.status === 405 && saysNoKeyset(wordsOf(answer.body))) {
    asked = new URLSearchParams(query)
    asked.delete('pagination')
    answer = await client.raw({ ...request, query: asked })
  }
  if (answer.status < 200 || answer.status > 299) throw errorOf(request, answer, client.now())
  const { data, headers } = client.read(wire.issues, request, answer)
  const next = client.nextPage(asked, headers)
  const byKeys = next?.has('cursor') ?? false
  const total = Number(headers['x-total'] ?? Number.NaN)
  return {
    issues: data,
    next: next === null || byKeys || data.length === 0 ? next : goOn(asked, data, order),
    total: Number.isInteger(total) ? total : null,
  }
}
