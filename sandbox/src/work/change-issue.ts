import { dateOnly } from '../clock.ts'
import { invalidModel } from '../http/api-error.ts'
import { hookLabel } from '../shapes/label.ts'
import { userOrNull } from '../shapes/user.ts'
import type { IssueRow, ProjectRow, UserRow } from '../store/rows.ts'
import type { World } from '../world.ts'
import { changeLabels, labelsOf } from './labels.ts'
import { writeSystemNote } from './notes.ts'
import { makeTodo, nameFrom, noticeReferences } from './notice.ts'

/** Who acts, with which role, where. */
export type Actor = { user: UserRow; level: number; project: ProjectRow }

/** What is to be different. Labels are a difference already: who computed it had read them. */
export type IssueChange = {
  title?: string
  description?: string | null
  confidential?: boolean
  assigneeId?: number | null
  dueDate?: string | null
  discussionLocked?: boolean
  issueType?: string
  stateEvent?: 'close' | 'reopen'
  addLabels?: number[]
  removeLabels?: number[]
  spend?: number
  estimate?: number
  replyTo?: string
  /** Only `/convert_to_ticket` gives an issue another author. */
  authorId?: number
  movedToId?: number
  duplicatedToId?: number
  sourceMergeRequestId?: number
}

export function readIssue(world: World, id: number): IssueRow {
  const issue = world.db.one<IssueRow>('select * from issues where id = ?', id)
  if (!issue) throw new Error(`issue ${id} is gone`)
  return issue
}

export const titleLimit = 255
export const descriptionLimit = 1_048_576

export function checkIssueTexts(title: string | undefined, description: string | null | undefined): void {
  const errors: Record<string, string[]> = {}
  if (title !== undefined && title.trim() === '') errors.title = ["can't be blank"]
  if (title !== undefined && [...title].length > titleLimit) {
    errors.title = [`is too long (maximum is ${titleLimit} characters)`]
  }
  if (description && [...description].length > descriptionLimit) {
    errors.description = [`is too long (maximum is ${descriptionLimit} characters)`]
  }
  if (Object.keys(errors).length > 0) throw invalidModel(errors)
}

/** Writes a change with everything GitLab does beside it: events, system notes, to-dos, references, webhooks. */
export function changeIssue(world: World, actor: Actor, before: IssueRow, change: IssueChange): IssueRow {
  const previousLabels = labelsOf(world, before.id)
  const row = rowAfter(world, actor, before, change)
  if (row.changed) writeRow(world, row.issue)
  changeLabels(world, before.id, actor.user.id, change.addLabels ?? [], change.removeLabels ?? [])
  if (row.state) {
    world.db.run(
      'insert into state_events (issue_id, user_id, state, source_merge_request_id, created_at) values (?, ?, ?, ?, ?)',
      before.id,
      actor.user.id,
      row.state,
      change.sourceMergeRequestId ?? null,
      world.clock.now(),
    )
  }
  const after = readIssue(world, before.id)
  describeChange(world, actor, before, after)
  if (after.title !== before.title || after.description !== before.description) {
    noticeReferences(world, {
      author: actor.user,
      project: actor.project,
      issue: after,
      noteId: null,
      internal: false,
      title: after.title,
      text: after.description ?? '',
      before: { title: before.title, text: before.description ?? '' },
    })
  }
  const labels = labelsOf(world, before.id)
  const changes = changesBetween(world, before, after)
  if (labels.map((l) => l.id).join() !== previousLabels.map((l) => l.id).join()) {
    changes.labels = { previous: previousLabels.map(hookLabel), current: labels.map(hookLabel) }
  }
  if (Object.keys(changes).length > 0) {
    const action = row.state === 'closed' ? 'close' : row.state === 'reopened' ? 'reopen' : 'update'
    world.hooks.issueChanged(actor.project, after, actor.user, action, changes)
  }
  return after
}

type RowAfter = { issue: IssueRow; changed: boolean; state: 'closed' | 'reopened' | undefined }

function rowAfter(world: World, actor: Actor, before: IssueRow, change: IssueChange): RowAfter {
  const now = world.clock.now()
  const closes = change.stateEvent === 'close' && before.state === 'opened'
  const reopens = change.stateEvent === 'reopen' && before.state === 'closed'
  const issue: IssueRow = {
    ...before,
    title: change.title ?? before.title,
    description: change.description === undefined ? before.description : change.description,
    confidential: change.confidential === undefined ? before.confidential : Number(change.confidential),
    assignee_id: change.assigneeId === undefined ? before.assignee_id : change.assigneeId,
    due_date: change.dueDate === undefined ? before.due_date : change.dueDate,
    discussion_locked:
      change.discussionLocked === undefined ? before.discussion_locked : Number(change.discussionLocked),
    issue_type: change.issueType ?? before.issue_type,
    author_id: change.authorId ?? before.author_id,
    service_desk_reply_to: change.replyTo ?? before.service_desk_reply_to,
    // Whoever reopens takes back why it was closed (app/models/issue.rb, clear_closure_reason_references).
    moved_to_id: change.movedToId ?? (reopens ? null : before.moved_to_id),
    duplicated_to_id: change.duplicatedToId ?? (reopens ? null : before.duplicated_to_id),
    time_estimate: change.estimate ?? before.time_estimate,
    time_spent: Math.max(0, before.time_spent + (change.spend ?? 0)),
    state: closes ? 'closed' : reopens ? 'opened' : before.state,
    closed_at: closes ? now : reopens ? null : before.closed_at,
    closed_by_id: closes ? actor.user.id : reopens ? null : before.closed_by_id,
  }
  const names = Object.keys(issue) as (keyof IssueRow)[]
  const changed = names.some((name) => issue[name] !== before[name])
  if (changed) issue.updated_at = now
  return { issue, changed, state: closes ? 'closed' : reopens ? 'reopened' : undefined }
}

function writeRow(world: World, issue: IssueRow): void {
  world.db.run(
    `update issues set title = ?, description = ?, state = ?, updated_at = ?, closed_at = ?, closed_by_id = ?,
       confidential = ?, issue_type = ?, author_id = ?, assignee_id = ?, due_date = ?, discussion_locked = ?, moved_to_id = ?,
       duplicated_to_id = ?, service_desk_reply_to = ?, time_estimate = ?, time_spent = ? where id = ?`,
    issue.title,
    issue.description,
    issue.state,
    issue.updated_at,
    issue.closed_at,
    issue.closed_by_id,
    issue.confidential,
    issue.issue_type,
    issue.author_id,
    issue.assignee_id,
    issue.due_date,
    issue.discussion_locked,
    issue.moved_to_id,
    issue.duplicated_to_id,
    issue.service_desk_reply_to,
    issue.time_estimate,
    issue.time_spent,
    issue.id,
  )
}

/** States and labels have their own events; these still make system notes. */
function describeChange(world: World, actor: Actor, before: IssueRow, after: IssueRow): void {
  const say = (body: string) => writeSystemNote(world, 'Issue', after.id, actor.user.id, body)
  if (before.title !== after.title) say(`changed title from **${before.title}** to **${after.title}**`)
  if ((before.description ?? '') !== (after.description ?? '')) say('changed the description')
  if (before.confidential !== after.confidential) {
    say(after.confidential ? 'made the issue confidential' : 'made the issue visible to everyone')
  }
  if (before.due_date !== after.due_date) {
    say(after.due_date ? `changed due date to ${after.due_date}` : 'removed due date')
  }
  if (before.issue_type !== after.issue_type)
    say(`changed type from ${before.issue_type} to ${after.issue_type}`)
  if (before.time_spent !== after.time_spent) say(`changed time spent on ${dateOnly(world.clock.now())}`)
  if (before.assignee_id !== after.assignee_id) {
    const gone = userOrNull(world, before.assignee_id)
    const come = userOrNull(world, after.assignee_id)
    const parts = [come ? `assigned to @${come.username}` : '', gone ? `unassigned @${gone.username}` : '']
    say(parts.filter((part) => part !== '').join(' and '))
    if (come && come.id !== actor.user.id) makeTodo(world, come.id, actor.user.id, after.id, null, 'assigned')
  }
  if (after.duplicated_to_id !== null && before.duplicated_to_id !== after.duplicated_to_id)
    describeDuplicate(world, actor, after, readIssue(world, after.duplicated_to_id))
}

/** Each of the two says which the other is (app/services/issues/duplicate_service.rb). */
function describeDuplicate(world: World, actor: Actor, double: IssueRow, canonical: IssueRow): void {
  const home = world.db.one<ProjectRow>('select * from projects where id = ?', canonical.project_id)
  if (!home) return
  const { project, user } = actor
  const say = (issue: IssueRow, body: string) => writeSystemNote(world, 'Issue', issue.id, user.id, body)
  say(double, `marked this issue as a duplicate of ${nameFrom({ issue: canonical, project: home }, project)}`)
  say(canonical, `marked ${nameFrom({ issue: double, project }, home)} as a duplicate of this issue`)
}

/** `changes` of an issue hook: only what really changed. */
function changesBetween(world: World, before: IssueRow, after: IssueRow): Record<string, unknown> {
  const changes: Record<string, unknown> = {}
  const names = [
    'title',
    'description',
    'due_date',
    'discussion_locked',
    'time_estimate',
    'closed_at',
  ] as const
  for (const name of names) {
    if (before[name] !== after[name]) changes[name] = { previous: before[name], current: after[name] }
  }
  if (before.confidential !== after.confidential) {
    changes.confidential = { previous: before.confidential === 1, current: after.confidential === 1 }
  }
  if (before.state !== after.state) {
    changes.state_id = { previous: stateId(before.state), current: stateId(after.state) }
  }
  if (before.time_spent !== after.time_spent) {
    changes.total_time_spent = { previous: before.time_spent, current: after.time_spent }
  }
  if (before.assignee_id !== after.assignee_id) {
    const people = (id: number | null) => (id === null ? [] : [userOrNull(world, id)])
    changes.assignees = { previous: people(before.assignee_id), current: people(after.assignee_id) }
  }
  if (before.updated_at !== after.updated_at) {
    changes.updated_at = {
      previous: new Date(before.updated_at).toISOString(),
      current: new Date(after.updated_at).toISOString(),
    }
  }
  return changes
}

export const stateId = (state: string) => (state === 'closed' ? 2 : 1)
