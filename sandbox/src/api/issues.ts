import { actorOf, findIssue, issueFor, plans, role, viewerOf, viewProject } from '../access.ts'
import { type Answer, json, noContent } from '../http/answers.ts'
import {
  ApiError,
  badParameter,
  badRequest,
  conflict,
  forbidden,
  notFound,
  tooManyRequests,
  unauthorized,
} from '../http/api-error.ts'
import { type Call, type Route, route } from '../http/call.ts'
import { flag, has, list, moment, neededText, oneOf, text, whole, wholeList } from '../http/fields.ts'
import { pageList } from '../http/paging.ts'
import { singleIssue } from '../shapes/issue.ts'
import { userShape } from '../shapes/user.ts'
import type { IssueRow, ProjectRow, UserRow } from '../store/rows.ts'
import {
  type Actor,
  changeIssue,
  checkIssueTexts,
  type IssueChange,
  readIssue,
} from '../work/change-issue.ts'
import { runCommands } from '../work/commands.ts'
import { createIssue, type IssueDraft } from '../work/create-issue.ts'
import { knownLabelIds, labelIdsFor, labelIdsOf } from '../work/labels.ts'
import { moveIssue } from '../work/move-issue.ts'
import { extractCommands } from '../work/quick-actions.ts'
import type { World } from '../world.ts'
import { issueTypes } from './issue-filters.ts'
import { listIssues } from './issue-list.ts'

function showIssue(call: Call): Answer {
  const viewer = viewerOf(call)
  return json(200, singleIssue(call.world, viewer, issueFor(call, viewer, call.params.iid)))
}

/** `/issues` knows no project; only the id helps. Admins only in GitLab, and nobody here is one. */
function showIssueById(): Answer {
  throw forbidden()
}

function createOne(call: Call): Answer {
  const viewer = viewerOf(call)
  const { user, project } = viewer
  if (!user) throw unauthorized()
  if (project.archived || !project.issues_enabled) throw forbidden()
  const { fields, world } = call
  const title = neededText(fields, 'title')
  const may = plans(viewer)
  const owner = viewer.level >= role.owner
  const iid = owner ? whole(fields, 'iid') : undefined
  if (iid !== undefined && findIssue(world, project.id, iid)) throw conflict('Duplicated issue')
  const draft: IssueDraft = { title }
  const description = text(fields, 'description')
  if (description !== undefined) draft.description = description
  if (flag(fields, 'confidential')) draft.confidential = true
  const type = oneOf(fields, 'issue_type', issueTypes)
  if (type) draft.issueType = type
  const due = dueDate(call)
  if (due !== undefined) draft.dueDate = due
  if (iid !== undefined) draft.iid = iid
  // For anybody but an owner a given time is silently ignored.
  const createdAt = owner ? moment(fields, 'created_at') : undefined
  if (createdAt !== undefined) draft.createdAt = createdAt
  checkIssueTexts(title, description)
  if (world.limits.exceeded('issues', `${project.id} ${user.id}`)) throw tooManyRequests()
  const issue = world.db.transaction(() => {
    // Somebody who may not plan has labels and assignees dropped without a word.
    if (may) {
      draft.labelIds = labelIdsFor(world, project, list(fields, 'labels') ?? list(fields, 'add_labels') ?? [])
      draft.assigneeId = assigneeFrom(call, world) ?? null
    }
    return createIssue(world, { user, level: viewer.level, project }, draft)
  })
  return json(201, singleIssue(world, viewer, issue))
}

const updatable = [
  'assignee_id',
  'assignee_ids',
  'confidential',
  'created_at',
  'description',
  'discussion_locked',
  'due_date',
  'labels',
  'add_labels',
  'remove_labels',
  'milestone_id',
  'state_event',
  'title',
  'issue_type',
  'updated_at',
]

/**
 * Reads the labels when the call arrives and writes afterwards: no version is compared (issues.rb), the last
 * writer wins field by field, and two parallel swaps of level labels can leave both on.
 */
async function updateIssue(call: Call): Promise<Answer> {
  const { world, fields } = call
  const viewer = viewerOf(call)
  const seen = issueFor(call, viewer, call.params.iid)
  const base = labelIdsOf(world, seen.id)
  if (!updatable.some((name) => has(fields, name))) {
    throw badParameter(`${updatable.join(', ')} are missing, at least one parameter must be provided`)
  }
  const { user, project } = viewer
  if (!user) throw unauthorized()
  const own = seen.author_id === user.id || seen.assignee_id === user.id
  if (project.archived || !(plans(viewer) || own)) throw forbidden()
  const wanted = changeFrom(call, plans(viewer))
  await call.pause()
  const after = world.db.transaction(() => {
    const issue = issueFor(call, viewer, call.params.iid)
    if (plans(viewer)) Object.assign(wanted, labelChange(call, project, base))
    return applyUpdate(world, { user, level: viewer.level, project }, issue, wanted)
  })
  return json(200, singleIssue(world, viewer, after))
}

function changeFrom(call: Call, may: boolean): IssueChange {
  const { fields, world } = call
  const change: IssueChange = {}
  const title = text(fields, 'title')
  if (title !== undefined) change.title = title.trim()
  const description = text(fields, 'description')
  if (description !== undefined) change.description = description
  checkIssueTexts(title, description)
  const event = oneOf(fields, 'state_event', ['close', 'reopen'])
  if (event) change.stateEvent = event
  const confidential = flag(fields, 'confidential')
  if (confidential !== undefined) change.confidential = confidential
  const type = oneOf(fields, 'issue_type', issueTypes)
  if (type) change.issueType = type
  if (!may) return change
  const locked = flag(fields, 'discussion_locked')
  if (locked !== undefined) change.discussionLocked = locked
  const due = dueDate(call)
  if (due !== undefined) change.dueDate = due
  const assignee = assigneeFrom(call, world)
  if (assignee !== undefined) change.assigneeId = assignee
  return change
}

/** With `add_labels` or `remove_labels` a `labels` in the same call is ignored (issuable_base_service.rb). */
function labelChange(call: Call, project: ProjectRow, base: ReadonlySet<number>): IssueChange {
  const { fields, world } = call
  const add = list(fields, 'add_labels')
  const remove = list(fields, 'remove_labels')
  const all = list(fields, 'labels')
  if (!add && !remove && !all) return {}
  const after = new Set(add || remove ? base : labelIdsFor(world, project, all ?? []))
  if (add || remove) {
    for (const id of labelIdsFor(world, project, add ?? [])) after.add(id)
    for (const id of knownLabelIds(world, project, remove ?? [])) after.delete(id)
  }
  return {
    addLabels: [...after].filter((id) => !base.has(id)),
    removeLabels: [...base].filter((id) => !after.has(id)),
  }
}

function applyUpdate(world: World, actor: Actor, issue: IssueRow, wanted: IssueChange): IssueRow {
  const { text: description, commands } = extractCommands(wanted.description ?? '')
  if (wanted.description && wanted.description !== issue.description) wanted.description = description
  const after = changeIssue(world, actor, issue, wanted)
  if (commands.length > 0) runCommands(world, actor, after, commands)
  return readIssue(world, issue.id)
}

function dueDate(call: Call): string | null | undefined {
  const due = text(call.fields, 'due_date')
  if (due === undefined) return has(call.fields, 'due_date') ? null : undefined
  if (due === '') return null
  if (!/^\d{4}-\d\d-\d\d/.test(due)) throw badParameter('due_date is invalid')
  return due.slice(0, 10)
}

/** The free edition holds one assignee; 0 or an empty list is nobody. A person without access is left out. */
function assigneeFrom(call: Call, world: World): number | null | undefined {
  const { fields } = call
  const ids = wholeList(fields, 'assignee_ids') ?? wholeList(fields, 'assignee_id')
  if (ids === undefined) return has(fields, 'assignee_ids') || has(fields, 'assignee_id') ? null : undefined
  const id = ids.find((candidate) => candidate !== 0)
  if (id === undefined) return null
  const user = world.db.one<UserRow>('select * from users where id = ?', id)
  if (!user) return null
  try {
    viewProject(world, call.params.id ?? '', user)
    return id
  } catch {
    return null
  }
}

function deleteIssue(call: Call): Answer {
  const viewer = viewerOf(call)
  const issue = issueFor(call, viewer, call.params.iid, 'Issue')
  actorOf(call, role.maintainer)
  // DELETE alone reads this header (helpers.rb).
  const since = call.headers['if-unmodified-since']
  if (since !== undefined && Date.parse(since) < Math.floor(issue.updated_at / 1000) * 1000) {
    throw new ApiError(412, { message: '412 Precondition Failed' })
  }
  const { db } = call.world
  db.transaction(() => {
    db.run("delete from notes where noteable_type = 'Issue' and noteable_id = ?", issue.id)
    for (const table of [
      'issue_labels',
      'issue_emails',
      'label_events',
      'state_events',
      'mentions',
      'todos',
      'merge_request_issues',
    ]) {
      db.run(`delete from ${table} where issue_id = ?`, issue.id)
    }
    db.run('delete from cross_references where source_issue_id = ?', issue.id)
    db.run('delete from issues where id = ?', issue.id)
  })
  return noContent
}

function moveOne(call: Call): Answer {
  const viewer = viewerOf(call)
  const issue = issueFor(call, viewer, call.params.iid, 'Issue')
  const actor = actorOf(call, role.guest)
  const targetId = whole(call.fields, 'to_project_id')
  if (targetId === undefined) throw badParameter('to_project_id is missing')
  const target = viewProject(call.world, String(targetId), actor.user)
  if (target.project.id === viewer.project.id)
    throw badRequest('Cannot move issue to project it originates from!')
  if (viewer.level < role.planner || target.level < role.planner) {
    throw badRequest('Cannot move issue due to insufficient permissions!')
  }
  if (issue.moved_to_id !== null) throw badRequest('Cannot move issue due to insufficient permissions!')
  const moved = call.world.db.transaction(() => moveIssue(call.world, actor, issue.id, target.project))
  return json(201, singleIssue(call.world, target, moved))
}

function listParticipants(call: Call): Answer {
  const viewer = viewerOf(call)
  const issue = issueFor(call, viewer, call.params.iid)
  const rows = call.world.db.all<{ id: number }>(
    `select distinct id from (select ? as id union all select assignee_id from issues where id = ? and assignee_id is not null
       union all select author_id from notes where noteable_type = 'Issue' and noteable_id = ? and system = 0
       union all select user_id from mentions where issue_id = ?)`,
    issue.author_id,
    issue.id,
    issue.id,
    issue.id,
  )
  const { items, headers } = pageList(call, rows)
  return json(
    200,
    items.map(({ id }) => userShape(call.world, id)),
    headers,
  )
}

const nothingFound = (): Answer => {
  throw notFound('Issue')
}

export const issueRoutes: Route[] = [
  route('GET', '/projects/:id/issues', listIssues),
  route('POST', '/projects/:id/issues', createOne),
  route('GET', '/projects/:id/issues/:iid', showIssue),
  route('PUT', '/projects/:id/issues/:iid', updateIssue, { pausesItself: true }),
  route('DELETE', '/projects/:id/issues/:iid', deleteIssue),
  route('POST', '/projects/:id/issues/:iid/move', moveOne),
  route('GET', '/projects/:id/issues/:iid/participants', listParticipants),
  route('GET', '/issues/:id', showIssueById),
  route('PUT', '/issues/:id', nothingFound),
]
