import type { IssueRow } from '../store/rows.ts'
import type { World } from '../world.ts'
import { type Actor, checkIssueTexts, readIssue } from './change-issue.ts'
import { runCommands } from './commands.ts'
import { changeLabels } from './labels.ts'
import { nextIid } from './next-iid.ts'
import { makeTodo, noticeReferences } from './notice.ts'
import { extractCommands } from './quick-actions.ts'

export type IssueDraft = {
  title: string
  description?: string | null
  confidential?: boolean
  issueType?: string
  assigneeId?: number | null
  dueDate?: string | null
  labelIds?: number[]
  /** Owners only; otherwise silently the current time. */
  createdAt?: number
  iid?: number
  replyTo?: string
}

/** Opens an issue and runs the quick actions of its description with the rights of whoever posted it. */
export function createIssue(world: World, actor: Actor, draft: IssueDraft): IssueRow {
  checkIssueTexts(draft.title, draft.description)
  const { project, user } = actor
  // An empty description becomes the project's default template (issues/create_service.rb).
  const source = draft.description || project.issue_template || draft.description || null
  const { text, commands } = extractCommands(source ?? '')
  const now = world.clock.now()
  const createdAt = draft.createdAt ?? now
  const iid = draft.iid ?? nextIid(world, project.id)
  const { id } = world.db.run(
    `insert into issues (project_id, iid, title, description, author_id, created_at, updated_at, confidential,
       issue_type, assignee_id, due_date, service_desk_reply_to)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    project.id,
    iid,
    draft.title.trim(),
    source === null ? null : text,
    user.id,
    createdAt,
    createdAt,
    Number(draft.confidential ?? false),
    draft.issueType ?? 'issue',
    draft.assigneeId ?? null,
    draft.dueDate ?? null,
    draft.replyTo ?? null,
  )
  changeLabels(world, id, user.id, draft.labelIds ?? [], [])
  const issue = readIssue(world, id)
  if (issue.assignee_id !== null && issue.assignee_id !== user.id) {
    makeTodo(world, issue.assignee_id, user.id, id, null, 'assigned')
  }
  noticeReferences(world, {
    author: user,
    project,
    issue,
    noteId: null,
    internal: false,
    title: issue.title,
    text: issue.description ?? '',
  })
  world.hooks.issueChanged(project, issue, user, 'open', {})
  if (commands.length > 0) runCommands(world, actor, issue, commands)
  return readIssue(world, id)
}
