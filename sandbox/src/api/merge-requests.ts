import { actorOf, issueFor, role, seesIssue, type Viewer, viewerOf } from '../access.ts'
import { type Answer, json } from '../http/answers.ts'
import { ApiError, badParameter, forbidden, notFound, unauthorized } from '../http/api-error.ts'
import { type Call, type Route, route } from '../http/call.ts'
import { flag, has, list, moment, neededText, oneOf, text, whole, wholeList } from '../http/fields.ts'
import { pageList } from '../http/paging.ts'
import { issueShapes } from '../shapes/issue.ts'
import { mergeRequestShape } from '../shapes/merge-request.ts'
import type { MergeRequestRow } from '../store/rows.ts'
import { issuesClosedBy } from '../work/closing.ts'
import {
  createMergeRequest,
  linkIssues,
  mergeIt,
  mergeRequestsOf,
  readMergeRequest,
} from '../work/merge-requests.ts'
import { findBranch, protectionOf } from '../work/repository.ts'

function readerOf(call: Call): Viewer {
  const viewer = viewerOf(call)
  if (viewer.level < role.reporter && viewer.project.visibility !== 'public') throw forbidden()
  return viewer
}

function listMergeRequests(call: Call): Answer {
  const viewer = readerOf(call)
  const { fields, world } = call
  const state = oneOf(fields, 'state', ['opened', 'closed', 'merged', 'locked', 'all']) ?? 'all'
  const source = text(fields, 'source_branch')
  const target = text(fields, 'target_branch')
  const iids = wholeList(fields, 'iids')
  const search = text(fields, 'search')?.toLowerCase() ?? ''
  const after = moment(fields, 'updated_after') ?? Number.NEGATIVE_INFINITY
  const order = oneOf(fields, 'order_by', ['created_at', 'updated_at', 'merged_at', 'title']) ?? 'created_at'
  const sign = (oneOf(fields, 'sort', ['asc', 'desc']) ?? 'desc') === 'asc' ? 1 : -1
  const rows = world.db
    .all<MergeRequestRow>('select * from merge_requests where project_id = ?', viewer.project.id)
    .filter(
      (row) =>
        (state === 'all' || row.state === state) &&
        (source === undefined || row.source_branch === source) &&
        (target === undefined || row.target_branch === target) &&
        (iids === undefined || iids.includes(row.iid)) &&
        row.updated_at >= after &&
        `${row.title} ${row.description ?? ''}`.toLowerCase().includes(search),
    )
    .sort(
      (a, b) =>
        sign *
        (order === 'title'
          ? a.title.localeCompare(b.title)
          : (a[order] ?? 0) - (b[order] ?? 0) || a.id - b.id),
    )
  const { items, headers } = pageList(call, rows)
  return json(
    200,
    items.map((row) => mergeRequestShape(world, viewer.project, row)),
    headers,
  )
}

function requestOf(call: Call, viewer: Viewer): MergeRequestRow {
  const row = call.world.db.one<MergeRequestRow>(
    'select * from merge_requests where project_id = ? and iid = ?',
    viewer.project.id,
    whole(call.params, 'mr') ?? 0,
  )
  if (!row) throw notFound()
  return row
}

function showMergeRequest(call: Call): Answer {
  const viewer = readerOf(call)
  return json(200, mergeRequestShape(call.world, viewer.project, requestOf(call, viewer), true))
}

function createOne(call: Call): Answer {
  const { fields, world } = call
  const title = neededText(fields, 'title')
  const sourceBranch = neededText(fields, 'source_branch')
  const targetBranch = neededText(fields, 'target_branch')
  const actor = actorOf(call, role.developer)
  const { project } = actor
  const refuse = (message: string) => new ApiError(400, { message: [message] })
  if (!findBranch(world, project.id, sourceBranch))
    throw refuse(`Source branch "${sourceBranch}" does not exist`)
  if (!findBranch(world, project.id, targetBranch))
    throw refuse(`Target branch "${targetBranch}" does not exist`)
  if (sourceBranch === targetBranch) throw refuse('You must select different branches')
  const other = world.db.one<{ iid: number }>(
    "select iid from merge_requests where project_id = ? and source_branch = ? and target_branch = ? and state = 'opened'",
    project.id,
    sourceBranch,
    targetBranch,
  )
  if (other) {
    throw new ApiError(409, {
      message: [`Another open merge request already exists for this source branch: !${other.iid}`],
    })
  }
  const assignee = wholeList(fields, 'assignee_ids')?.[0] ?? whole(fields, 'assignee_id') ?? null
  const row = world.db.transaction(() =>
    createMergeRequest(world, actor, {
      title,
      description: text(fields, 'description') ?? null,
      sourceBranch,
      targetBranch,
      assigneeId: assignee || null,
      removeSourceBranch: flag(fields, 'remove_source_branch') ?? false,
    }),
  )
  return json(201, mergeRequestShape(world, project, row, true))
}

function updateOne(call: Call): Answer {
  const viewer = readerOf(call)
  const row = requestOf(call, viewer)
  const { user, project } = viewer
  if (!user) throw unauthorized()
  if (row.author_id !== user.id && viewer.level < role.developer) throw forbidden()
  const { fields, world } = call
  if (
    !['title', 'description', 'state_event', 'assignee_id', 'target_branch', 'labels'].some((name) =>
      has(fields, name),
    )
  ) {
    throw badParameter(
      'title, description, state_event, assignee_id, target_branch, labels are missing, at least one parameter must be provided',
    )
  }
  const event = oneOf(fields, 'state_event', ['close', 'reopen'])
  const now = world.clock.now()
  const closes = event === 'close' && row.state === 'opened'
  const reopens = event === 'reopen' && row.state === 'closed'
  const title = text(fields, 'title') ?? row.title
  const assignee = list(fields, 'assignee_id')
  world.db.transaction(() => {
    world.db.run(
      `update merge_requests set title = ?, description = ?, target_branch = ?, assignee_id = ?, state = ?, closed_at = ?,
         closed_by_id = ?, draft = ?, updated_at = ? where id = ?`,
      title,
      text(fields, 'description') ?? row.description,
      text(fields, 'target_branch') ?? row.target_branch,
      assignee ? Number(assignee[0] ?? 0) || null : row.assignee_id,
      closes ? 'closed' : reopens ? 'opened' : row.state,
      closes ? now : reopens ? null : row.closed_at,
      closes ? user.id : reopens ? null : row.closed_by_id,
      Number(/^(draft:|\[draft\]|\(draft\))/i.test(title)),
      now,
      row.id,
    )
    const after = readMergeRequest(world, row.id)
    linkIssues(world, { user, level: viewer.level, project }, after)
    world.hooks.mergeRequestChanged(project, after, user, closes ? 'close' : reopens ? 'reopen' : 'update')
  })
  return json(200, mergeRequestShape(world, project, readMergeRequest(world, row.id), true))
}

/** Who may not merge gets 401, oddly; a request that is not open gets 405 (lib/api/merge_requests.rb). */
function mergeOne(call: Call): Answer {
  const viewer = readerOf(call)
  const row = requestOf(call, viewer)
  const { user, project, level } = viewer
  const protection = protectionOf(call.world, project.id, row.target_branch)
  if (!user || level < (protection?.merge_level ?? role.developer)) throw unauthorized()
  if (row.state !== 'opened' || row.draft) throw new ApiError(405, { message: '405 Method Not Allowed' })
  const sha = text(call.fields, 'sha')
  if (sha !== undefined && sha !== row.sha) {
    throw new ApiError(409, { message: 'SHA does not match HEAD of source branch' })
  }
  const wish = flag(call.fields, 'should_remove_source_branch')
  const asked = wish === undefined ? row : { ...row, remove_source_branch: Number(wish) }
  const merged = call.world.db.transaction(() => mergeIt(call.world, { user, level, project }, asked))
  return json(200, mergeRequestShape(call.world, project, merged, true))
}

function ofIssue(onlyClosing: boolean) {
  return (call: Call): Answer => {
    const viewer = readerOf(call)
    const issue = issueFor(call, viewer, call.params.iid)
    const { items, headers } = pageList(call, mergeRequestsOf(call.world, issue.id, onlyClosing))
    return json(
      200,
      items.map((row) => mergeRequestShape(call.world, viewer.project, row)),
      headers,
    )
  }
}

function closedIssues(call: Call): Answer {
  const viewer = readerOf(call)
  const row = requestOf(call, viewer)
  const issues = issuesClosedBy(call.world, viewer.project, `${row.title}\n${row.description ?? ''}`)
  const seen = issues.filter((issue) => issue.project_id === viewer.project.id && seesIssue(viewer, issue))
  const { items, headers } = pageList(call, seen)
  return json(200, issueShapes(call.world, viewer, items), headers)
}

export const mergeRequestRoutes: Route[] = [
  route('GET', '/projects/:id/merge_requests', listMergeRequests),
  route('POST', '/projects/:id/merge_requests', createOne),
  route('GET', '/projects/:id/merge_requests/:mr', showMergeRequest),
  route('PUT', '/projects/:id/merge_requests/:mr', updateOne),
  route('PUT', '/projects/:id/merge_requests/:mr/merge', mergeOne),
  route('GET', '/projects/:id/merge_requests/:mr/closes_issues', closedIssues),
  route('GET', '/projects/:id/issues/:iid/related_merge_requests', ofIssue(false)),
  route('GET', '/projects/:id/issues/:iid/closed_by', ofIssue(true)),
]
