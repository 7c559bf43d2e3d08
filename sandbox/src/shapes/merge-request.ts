import { iso, isoOrNull } from '../clock.ts'
import type { MergeRequestRow, ProjectRow } from '../store/rows.ts'
import type { World } from '../world.ts'
import { userOrNull, userShape } from './user.ts'

/** API::Entities::MergeRequestBasic; `single` adds what only one request alone shows. */
export function mergeRequestShape(
  world: World,
  project: ProjectRow,
  row: MergeRequestRow,
  single = false,
): Record<string, unknown> {
  const assignee = userOrNull(world, row.assignee_id)
  const merger = userOrNull(world, row.merged_by_id)
  const basic = {
    id: row.id,
    iid: row.iid,
    project_id: project.id,
    title: row.title,
    description: row.description,
    state: row.state,
    created_at: iso(row.created_at),
    updated_at: iso(row.updated_at),
    merged_by: merger,
    merge_user: merger,
    merged_at: isoOrNull(row.merged_at),
    closed_by: userOrNull(world, row.closed_by_id),
    closed_at: isoOrNull(row.closed_at),
    target_branch: row.target_branch,
    source_branch: row.source_branch,
    user_notes_count: row.user_notes_count,
    upvotes: 0,
    downvotes: 0,
    author: userShape(world, row.author_id),
    assignees: assignee ? [assignee] : [],
    assignee,
    reviewers: [],
    source_project_id: project.id,
    target_project_id: project.id,
    labels: [],
    draft: row.draft === 1,
    imported: false,
    imported_from: 'none',
    work_in_progress: row.draft === 1,
    milestone: null,
    merge_when_pipeline_succeeds: false,
    merge_status: 'can_be_merged',
    detailed_merge_status: row.state === 'opened' ? (row.draft ? 'draft_status' : 'mergeable') : 'not_open',
    merge_after: null,
    sha: row.sha,
    merge_commit_sha: row.merge_commit_sha,
    squash_commit_sha: null,
    discussion_locked: null,
    should_remove_source_branch: null,
    force_remove_source_branch: row.remove_source_branch === 1,
    prepared_at: iso(row.created_at),
    reference: `!${row.iid}`,
    references: { short: `!${row.iid}`, relative: `!${row.iid}`, full: `${project.full_path}!${row.iid}` },
    web_url: `${world.url}/${project.full_path}/-/merge_requests/${row.iid}`,
    time_stats: {
      time_estimate: 0,
      total_time_spent: 0,
      human_time_estimate: null,
      human_total_time_spent: null,
    },
    squash: false,
    squash_on_merge: false,
    task_completion_status: { count: 0, completed_count: 0 },
    has_conflicts: false,
    blocking_discussions_resolved: true,
  }
  if (!single) return basic
  return { ...basic, subscribed: true, changes_count: '1', merge_error: null, user: { can_merge: true } }
}
