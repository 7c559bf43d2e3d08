// What people see of a desk whose processes come and go: every answer, every broken connection, every page that did not
// come in time. Somebody looks at a page four times a second, all the while.

import { request } from 'node:https'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { stringifyCookie } from 'cookie'
import type { Answer, Visitor } from '../../test/support/visitor.ts'
import { patience } from '../kill/people.ts'

/** `status`: of HTTP; what else can happen is told in words. */
export type Seen = {
  readonly at: number
  readonly path: string
  readonly status: number | 'broken' | 'late'
  /** What came after all of what was late. */
  inTheEnd?: string
}

export const isTrouble = ({ status }: Seen): boolean => typeof status !== 'number' || status >= 500

/** Writes down what this visitor sees. `complain`: they are to sign in again, although they had. */
export const watched = (
  somebody: Visitor,
  seen: Seen[],
  complain: ((what: string) => void) | null = null,
): Visitor => {
  const follow = async (path: string, work: Promise<Answer>): Promise<Answer> => {
    const at = performance.now()
    let late: Seen | null = null
    const note = (status: number | 'broken') => {
      if (late === null) seen.push({ at, path, status })
      else late.inTheEnd = `${status} after ${((performance.now() - at) / 1_000).toFixed(1)} s`
    }
    const over = new AbortController()
    wait(patience, undefined, { signal: over.signal }).then(
      () => {
        late = { at, path, status: 'late' }
        seen.push(late)
      },
      () => undefined,
    )
    try {
      const answer = await work
      note(answer.status)
      if (answer.location.startsWith('/sign-in')) complain?.(`${path} asked to sign in again`)
      return answer
    } catch (error) {
      note('broken')
      throw error
    } finally {
      over.abort()
    }
  }
  return {
    ...somebody,
    get: (path, headers) => follow(path, somebody.get(path, headers)),
    post: (path, fields, headers) => follow(path, somebody.post(path, fields, headers)),
  }
}

/** "12 × 502, 3 × broken" */
export const tally = (seen: readonly Seen[]): string => {
  const counts = new Map<Seen['status'], number>()
  for (const one of seen) if (isTrouble(one)) counts.set(one.status, (counts.get(one.status) ?? 0) + 1)
  return [...counts].map(([status, count]) => `${count} × ${status}`).join(', ') || 'none'
}

/** Four times a second, whatever became of the page before. */
export const lookOn = async (somebody: Visitor, path: string, over: AbortSignal): Promise<void> => {
  while (!over.aborted) {
    somebody.get(path).catch(() => undefined)
    await wait(250, undefined, { signal: over }).catch(() => undefined)
  }
}

export type Fault = { readonly what: string; readonly at: number }

/** For each fault, until the next: how many of the pages looked at did not come, and for how long none came. */
export const unusable = (faults: readonly Fault[], looks: readonly Seen[]): string[] =>
  faults.map(({ what, at }, index) => {
    const end = (faults[index + 1]?.at ?? Number.POSITIVE_INFINITY) - 250
    const within = looks.filter((look) => look.at >= at - 250 && look.at < end).sort((a, b) => a.at - b.at)
    let longest = 0
    let since: number | null = null
    for (const look of within) {
      if (isTrouble(look)) since ??= look.at
      else if (since !== null) {
        longest = Math.max(longest, look.at - since)
        since = null
      }
    }
    const failed = within.filter(isTrouble)
    return `${what}: ${failed.length} of ${within.length} pages did not come${failed.length > 0 ? ` (${tally(within)}), none for ${(longest / 1_000).toFixed(1)} s` : ''}`
  })

/** What an open dashboard hears. */
export type Heard = { changes: number; connections: number; status: number | null }

/** The line of an open dashboard; it comes again by itself, as a browser does. */
export const listen = async (
  url: string,
  somebody: Visitor,
  ca: string,
  heard: Heard,
  over: AbortSignal,
): Promise<void> => {
  let last: string | null = null
  while (!over.aborted) {
    await new Promise<void>((resolve) => {
      const asked = request(
        `${url}/issues/stream`,
        {
          ca,
          agent: false,
          signal: over,
          headers: {
            accept: 'text/event-stream',
            cookie: stringifyCookie(Object.fromEntries(somebody.cookies)),
            ...(last === null ? {} : { 'last-event-id': last }),
          },
        },
        (answer) => {
          heard.status = answer.statusCode ?? null
          if (answer.statusCode === 200) heard.connections++
          createInterface({ input: answer })
            .on('line', (line) => {
              if (line === 'event: change') heard.changes++
              if (line.startsWith('id: ')) last = line.slice(4)
            })
            .on('error', () => resolve())
          answer.on('error', () => resolve()).on('close', () => resolve())
        },
      )
      asked.on('error', () => resolve()).end()
    })
    await wait(1_000, undefined, { signal: over }).catch(() => undefined)
  }
}
