import type { IssueRow, LabelRow, ProjectRow } from '../store/rows.ts'
import type { World } from '../world.ts'
import { type Actor, changeIssue, readIssue } from './change-issue.ts'
import { findLabel, labelsOf, makeLabel } from './labels.ts'
import { nextIid } from './next-iid.ts'
import { writeSystemNote } from './notes.ts'

/** Moving makes a new issue with new id and iid; the old one is closed and points to it by `moved_to_id`. */
export function moveIssue(world: World, actor: Actor, issueId: number, target: ProjectRow): IssueRow {
  const issue = readIssue(world, issueId)
  const now = world.clock.now()
  const iid = nextIid(world, target.id)
  const { id } = world.db.run(
    `insert into issues (project_id, iid, title, description, state, author_id, created_at, updated_at, confidential,
       issue_type, assignee_id, due_date, service_desk_reply_to, user_notes_count, time_estimate, time_spent)
     values (?, ?, ?, ?, 'opened', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    target.id,
    iid,
    issue.title,
    issue.description,
    issue.author_id,
    issue.created_at,
    now,
    issue.confidential,
    issue.issue_type,
    issue.assignee_id,
    issue.due_date,
    issue.service_desk_reply_to,
    issue.user_notes_count,
    issue.time_estimate,
    issue.time_spent,
  )
  for (const label of labelsOf(world, issueId)) {
    world.db.run(
      'insert into issue_labels (issue_id, label_id) values (?, ?)',
      id,
      labelThere(world, target, label).id,
    )
  }
  world.db.run(
    `insert into notes (noteable_type, noteable_id, author_id, body, internal, system, external_author, created_at, updated_at)
     select 'Issue', ?, author_id, body, internal, system, external_author, created_at, updated_at
     from notes where noteable_type = 'Issue' and noteable_id = ? order by id`,
    id,
    issueId,
  )
  world.db.run(
    'insert into issue_emails (issue_id, email) select ?, email from issue_emails where issue_id = ?',
    id,
    issueId,
  )
  writeSystemNote(world, 'Issue', issueId, actor.user.id, `moved to ${target.full_path}#${iid}`)
  writeSystemNote(world, 'Issue', id, actor.user.id, `moved from ${actor.project.full_path}#${issue.iid}`)
  changeIssue(world, actor, issue, { stateEvent: 'close', movedToId: id })
  const moved = readIssue(world, id)
  world.hooks.issueChanged(target, moved, actor.user, 'open', {})
  return moved
}

function labelThere(world: World, target: ProjectRow, label: LabelRow): LabelRow {
  return findLabel(world, target, label.name) ?? makeLabel(world, target, label)
}
