import type { MergeRequestRow, ProjectRow } from '../store/rows.ts'
import type { World } from '../world.ts'
import type { Actor } from './change-issue.ts'
import { closeByText, issuesClosedBy } from './closing.ts'
import { writeSystemNote } from './notes.ts'
import { findReferences } from './references.ts'
import { commitTo, findBranch } from './repository.ts'

export type MergeRequestDraft = {
  title: string
  description: string | null
  sourceBranch: string
  targetBranch: string
  assigneeId: number | null
  removeSourceBranch: boolean
  at?: number
}

export function readMergeRequest(world: World, id: number): MergeRequestRow {
  const row = world.db.one<MergeRequestRow>('select * from merge_requests where id = ?', id)
  if (!row) throw new Error(`merge request ${id} is gone`)
  return row
}

export function createMergeRequest(world: World, actor: Actor, draft: MergeRequestDraft): MergeRequestRow {
  const { project, user } = actor
  const counter = world.db.one<{ last_merge_request: number }>(
    'update projects set last_merge_request = last_merge_request + 1 where id = ? returning last_merge_request',
    project.id,
  )
  const now = draft.at ?? world.clock.now()
  const { id } = world.db.run(
    `insert into merge_requests (project_id, iid, title, description, author_id, assignee_id, source_branch, target_branch,
       sha, draft, remove_source_branch, created_at, updated_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    project.id,
    counter?.last_merge_request ?? 1,
    draft.title,
    draft.description,
    user.id,
    draft.assigneeId,
    draft.sourceBranch,
    draft.targetBranch,
    findBranch(world, project.id, draft.sourceBranch)?.sha ?? '',
    Number(/^(draft:|\[draft\]|\(draft\))/i.test(draft.title)),
    Number(draft.removeSourceBranch),
    now,
    now,
  )
  const row = readMergeRequest(world, id)
  linkIssues(world, actor, row)
  world.hooks.mergeRequestChanged(project, row, user, 'open')
  return row
}

/** Remembers which issues a request names and which it would close; named ones get a "mentioned in" note. */
export function linkIssues(world: World, actor: Actor, row: MergeRequestRow): void {
  const { project } = actor
  const text = `${row.title}\n${row.description ?? ''}`
  const closed = new Set(issuesClosedBy(world, project, text).map((issue) => issue.id))
  const named = findReferences(world.url, row.title, row.description ?? '').issues.flatMap(
    ({ project: path, iid }) => {
      const home =
        path === undefined || path === project.full_path || path === project.path ? project : undefined
      const issue =
        home &&
        world.db.one<{ id: number }>('select id from issues where project_id = ? and iid = ?', home.id, iid)
      return issue ? [issue.id] : []
    },
  )
  for (const issueId of new Set([...closed, ...named])) {
    const { changes } = world.db.run(
      `insert into merge_request_issues (merge_request_id, issue_id, closes) values (?, ?, ?)
       on conflict do update set closes = excluded.closes where closes <> excluded.closes`,
      row.id,
      issueId,
      Number(closed.has(issueId)),
    )
    if (changes > 0)
      writeSystemNote(world, 'Issue', issueId, actor.user.id, `mentioned in merge request !${row.iid}`)
  }
}

export function mergeRequestsOf(world: World, issueId: number, onlyClosing: boolean): MergeRequestRow[] {
  return world.db.all<MergeRequestRow>(
    `select m.* from merge_requests m join merge_request_issues l on l.merge_request_id = m.id
     where l.issue_id = ? and (not ? or l.closes = 1) order by m.id`,
    issueId,
    Number(onlyClosing),
  )
}

/** Merges: a commit on the target, and on the default branch the issues it names are closed. */
export function mergeIt(world: World, actor: Actor, row: MergeRequestRow): MergeRequestRow {
  const { project, user } = actor
  const now = world.clock.now()
  const commit = commitTo(world, project, row.target_branch, {
    message: `Merge branch '${row.source_branch}' into '${row.target_branch}'\n\n${row.title}\n\nSee merge request ${project.full_path}!${row.iid}`,
    author: user,
  })
  world.db.run(
    "update merge_requests set state = 'merged', merged_at = ?, merged_by_id = ?, merge_commit_sha = ?, updated_at = ? where id = ?",
    now,
    user.id,
    commit.sha,
    now,
    row.id,
  )
  if (row.remove_source_branch) removeBranch(world, project, row.source_branch)
  else
    world.db.run(
      'update branches set merged = 1 where project_id = ? and name = ?',
      project.id,
      row.source_branch,
    )
  if (row.target_branch === project.default_branch) {
    closeByText(world, actor, `${row.title}\n${row.description ?? ''}`, row.id)
  }
  const merged = readMergeRequest(world, row.id)
  world.hooks.mergeRequestChanged(project, merged, user, 'merge')
  return merged
}

function removeBranch(world: World, project: ProjectRow, name: string): void {
  world.db.run('delete from branches where project_id = ? and name = ?', project.id, name)
}
