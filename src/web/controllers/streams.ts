// The line by which an open dashboard hears that something has changed.

import { isAgent } from '../../domain/role.ts'
import type { AgentVisit, Answer } from '../visit.ts'

const changeOf = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,15}$/u.test(text) ? Number(text) : null

/** `since`: the change that the page was made at; the browser names a later one where it comes again. */
export const follow = (visit: AgentVisit): Answer => {
  const { door, viewer, request } = visit
  const last = request.headers['last-event-id']
  const sealed = visit.cookies[door.cookies.names.session] ?? ''
  const begin = door.streams.follow({
    agent: viewer.id,
    since: changeOf(typeof last === 'string' ? last : undefined) ?? changeOf(visit.query.get('since')),
    mayStill: async () => {
      const standing = await door.sessions.standing(sealed)
      return standing !== null && isAgent(standing.viewer.role)
    },
  })
  if (begin === null)
    return {
      kind: 'data',
      status: 503,
      type: 'text/plain; charset=utf-8',
      body: 'Too many pages listen at this moment. Yours asks now and then instead.\n',
      headers: { 'retry-after': '60' },
    }
  return { kind: 'stream', type: 'text/event-stream', begin }
}
