import { issueFor, viewerOf } from '../access.ts'
import { iso } from '../clock.ts'
import { type Answer, json } from '../http/answers.ts'
import { notFound } from '../http/api-error.ts'
import { type Call, type Route, route } from '../http/call.ts'
import { whole } from '../http/fields.ts'
import { pageList } from '../http/paging.ts'
import { basicLabel } from '../shapes/label.ts'
import { userShape } from '../shapes/user.ts'
import type { IssueRow, LabelEventRow, LabelRow, StateEventRow } from '../store/rows.ts'
import type { World } from '../world.ts'

/** Oldest first, by offset only; there is no list for a whole project. */
export function labelEvents(world: World, issueId: number): Record<string, unknown>[] {
  const rows = world.db.all<LabelEventRow>(
    'select * from label_events where issue_id = ? order by id',
    issueId,
  )
  return rows.map((event) => {
    const label =
      event.label_id === null
        ? undefined
        : world.db.one<LabelRow>('select * from labels where id = ?', event.label_id)
    return {
      id: event.id,
      user: userShape(world, event.user_id),
      created_at: iso(event.created_at),
      resource_type: 'Issue',
      // The global id, not the number in the project.
      resource_id: issueId,
      label: label ? basicLabel(label) : null,
      action: event.action,
    }
  })
}

/** Opening makes no event; `created_at` of the issue stands for it. */
export function stateEvents(world: World, issueId: number): Record<string, unknown>[] {
  const rows = world.db.all<StateEventRow>(
    'select * from state_events where issue_id = ? order by id',
    issueId,
  )
  return rows.map((event) => ({
    id: event.id,
    user: userShape(world, event.user_id),
    created_at: iso(event.created_at),
    resource_type: 'Issue',
    resource_id: issueId,
    source_commit: null,
    source_merge_request_id: event.source_merge_request_id,
    state: event.state,
  }))
}

type Reader = (world: World, issueId: number) => Record<string, unknown>[]

function issueOf(call: Call): IssueRow {
  return issueFor(call, viewerOf(call), call.params.iid)
}

function listEvents(read: Reader) {
  return (call: Call): Answer => {
    const { items, headers } = pageList(call, read(call.world, issueOf(call).id))
    return json(200, items, headers)
  }
}

function showEvent(read: Reader) {
  return (call: Call): Answer => {
    const id = whole(call.params, 'event_id')
    const event = read(call.world, issueOf(call).id).find((candidate) => candidate.id === id)
    if (!event) throw notFound()
    return json(200, event)
  }
}

export const eventRoutes: Route[] = [
  route('GET', '/projects/:id/issues/:iid/resource_label_events', listEvents(labelEvents)),
  route('GET', '/projects/:id/issues/:iid/resource_label_events/:event_id', showEvent(labelEvents)),
  route('GET', '/projects/:id/issues/:iid/resource_state_events', listEvents(stateEvents)),
  route('GET', '/projects/:id/issues/:iid/resource_state_events/:event_id', showEvent(stateEvents)),
  route(
    'GET',
    '/projects/:id/issues/:iid/resource_milestone_events',
    listEvents(() => []),
  ),
]
