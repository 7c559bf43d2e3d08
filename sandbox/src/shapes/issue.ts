import { plans, seesIssue, type Viewer } from '../access.ts'
import { iso, isoOrNull } from '../clock.ts'
import type { IssueRow, LabelRow, ProjectRow } from '../store/rows.ts'
import type { World } from '../world.ts'
import { basicLabel } from './label.ts'
import { userOrNull, userShape } from './user.ts'

export type IssueShapeOptions = { labelDetails?: boolean; single?: boolean }

type Counted = { issue_id: number; n: number }

/**
 * API::Entities::Issue for a page of issues. Labels and merge request counts come in one query each for the
 * whole page: a hundred issues must not cost a hundred queries.
 */
export function issueShapes(
  world: World,
  viewer: Viewer,
  issues: readonly IssueRow[],
  options: IssueShapeOptions = {},
): Record<string, unknown>[] {
  if (issues.length === 0) return []
  const ids = JSON.stringify(issues.map((issue) => issue.id))
  const labels = Map.groupBy(
    world.db.all<LabelRow & { issue_id: number }>(
      `select il.issue_id, l.* from issue_labels il join labels l on l.id = il.label_id
       where il.issue_id in (select value from json_each(?)) order by il.issue_id, l.name`,
      ids,
    ),
    (row) => row.issue_id,
  )
  const mergeRequests = new Map(
    world.db
      .all<Counted>(
        `select issue_id, count(*) as n from merge_request_issues
         where issue_id in (select value from json_each(?)) group by issue_id`,
        ids,
      )
      .map((row) => [row.issue_id, row.n]),
  )
  return issues.map((issue) => {
    const own = labels.get(issue.id) ?? []
    return {
      ...issueShape(world, viewer, issue),
      labels: options.labelDetails ? own.map(basicLabel) : own.map((label) => label.name),
      merge_requests_count: mergeRequests.get(issue.id) ?? 0,
      ...(options.single ? { subscribed: viewer.user !== undefined } : {}),
    }
  })
}

/** One issue with everything, as `GET …/issues/:iid` and the answers of create and update have it. */
export function singleIssue(world: World, viewer: Viewer, issue: IssueRow): Record<string, unknown> {
  return issueShapes(world, viewer, [issue], { single: true })[0] ?? {}
}

function issueShape(world: World, viewer: Viewer, issue: IssueRow): Record<string, unknown> {
  const { project } = viewer
  const assignee = userOrNull(world, issue.assignee_id)
  const api = `${world.url}/api/v4/projects/${project.id}`
  return {
    id: issue.id,
    iid: issue.iid,
    project_id: issue.project_id,
    title: issue.title,
    description: issue.description,
    state: issue.state,
    created_at: iso(issue.created_at),
    updated_at: iso(issue.updated_at),
    closed_at: isoOrNull(issue.closed_at),
    closed_by: userOrNull(world, issue.closed_by_id),
    labels: [],
    milestone: null,
    assignees: assignee ? [assignee] : [],
    author: userShape(world, issue.author_id),
    type: issue.issue_type.toUpperCase(),
    assignee,
    user_notes_count: issue.user_notes_count,
    merge_requests_count: 0,
    upvotes: 0,
    downvotes: 0,
    start_date: null,
    due_date: issue.due_date,
    confidential: issue.confidential === 1,
    discussion_locked: issue.discussion_locked === null ? null : issue.discussion_locked === 1,
    issue_type: issue.issue_type,
    web_url: issueUrl(world, project, issue.iid),
    time_stats: {
      time_estimate: issue.time_estimate,
      total_time_spent: issue.time_spent,
      human_time_estimate: humanTime(issue.time_estimate),
      human_total_time_spent: humanTime(issue.time_spent),
    },
    ...taskCounts(issue.description),
    _links: {
      self: `${api}/issues/${issue.iid}`,
      notes: `${api}/issues/${issue.iid}/notes`,
      award_emoji: `${api}/issues/${issue.iid}/award_emoji`,
      project: api,
      closed_as_duplicate_of: duplicateUrl(world, viewer, issue),
    },
    references: {
      short: `#${issue.iid}`,
      relative: `#${issue.iid}`,
      full: `${project.full_path}#${issue.iid}`,
    },
    severity: 'UNKNOWN',
    moved_to_id: issue.moved_to_id,
    imported: false,
    imported_from: 'none',
    service_desk_reply_to: replyTo(viewer, issue.service_desk_reply_to),
  }
}

export function issueUrl(world: World, project: ProjectRow, iid: number): string {
  return `${world.url}/${project.full_path}/-/issues/${iid}`
}

function duplicateUrl(world: World, viewer: Viewer, issue: IssueRow): string | null {
  if (issue.duplicated_to_id === null) return null
  const target = world.db.one<IssueRow>('select * from issues where id = ?', issue.duplicated_to_id)
  if (!target || !seesIssue(viewer, target)) return null
  return `${world.url}/api/v4/projects/${target.project_id}/issues/${target.iid}`
}

/** Outsiders and Guests see an address with its middle hidden, also over the API. */
function replyTo(viewer: Viewer, email: string | null): string | null {
  if (email === null || plans(viewer)) return email
  return email.replace(/^(.{0,2})[^@]*@(.)[^.]*(.*)$/, '$1*****@$2*****$3')
}

function taskCounts(description: string | null): Record<string, unknown> {
  const boxes = description?.includes('[')
    ? [...description.matchAll(/^\s*(?:[-*+]|\d+\.)\s+\[([ xX])\]\s/gm)]
    : []
  const done = boxes.filter((box) => box[1] !== ' ').length
  const counts = {
    task_completion_status: { count: boxes.length, completed_count: done },
    has_tasks: boxes.length > 0,
  }
  if (boxes.length === 0) return counts
  return { ...counts, task_status: `${done} of ${boxes.length} checklist items completed` }
}

/** GitLab's working time: 8 hours are a day, 5 days a week, 4 weeks a month. Seconds in, null for none. */
export function humanTime(seconds: number): string | null {
  if (seconds === 0) return null
  const units: [string, number][] = [
    ['mo', 576_000],
    ['w', 144_000],
    ['d', 28_800],
    ['h', 3600],
    ['m', 60],
  ]
  let left = Math.abs(seconds)
  const parts: string[] = []
  for (const [name, size] of units) {
    const count = Math.floor(left / size)
    if (count > 0) parts.push(`${count}${name}`)
    left -= count * size
  }
  return `${seconds < 0 ? '-' : ''}${parts.join(' ')}` || null
}
