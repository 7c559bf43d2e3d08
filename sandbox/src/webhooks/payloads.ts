import { iso, rubyTime } from '../clock.ts'
import { humanTime, issueUrl } from '../shapes/issue.ts'
import { hookLabel } from '../shapes/label.ts'
import { userShape } from '../shapes/user.ts'
import type { CommitRow, IssueRow, MergeRequestRow, NoteRow, ProjectRow, UserRow } from '../store/rows.ts'
import { stateId } from '../work/change-issue.ts'
import { labelsOf } from '../work/labels.ts'
import type { World } from '../world.ts'

/** What a webhook sends: the value of `X-Gitlab-Event`, the trigger it belongs to, and the body. */
export type Payload = { event: string; trigger: string; body: Record<string, unknown> }

export function issuePayload(
  world: World,
  project: ProjectRow,
  issue: IssueRow,
  by: UserRow,
  action: string,
  changes: Record<string, unknown>,
): Payload {
  const labels = labelsOf(world, issue.id).map(hookLabel)
  const assignee = issue.assignee_id === null ? undefined : hookUser(world, issue.assignee_id)
  return {
    event: issue.confidential ? 'Confidential Issue Hook' : 'Issue Hook',
    trigger: issue.confidential ? 'confidential_issues_events' : 'issues_events',
    body: {
      object_kind: 'issue',
      event_type: issue.confidential ? 'confidential_issue' : 'issue',
      user: hookUser(world, by.id),
      project: hookProject(world, project),
      object_attributes: {
        ...issueAttributes(world, project, issue),
        state: issue.state,
        action,
        severity: 'unknown',
        labels,
        url: issueUrl(world, project, issue.iid),
      },
      labels,
      // A real "open" has its changes from null; the documented sample mixes the two.
      changes: action === 'open' ? openingChanges(issue) : changes,
      repository: repository(world, project),
      assignees: assignee ? [assignee] : [],
      ...(assignee ? { assignee } : {}),
    },
  }
}

export function notePayload(
  world: World,
  project: ProjectRow,
  issue: IssueRow,
  note: NoteRow,
  by: UserRow,
  action: string,
): Payload {
  const hidden = issue.confidential === 1 || note.internal === 1
  return {
    event: hidden ? 'Confidential Note Hook' : 'Note Hook',
    trigger: hidden ? 'confidential_note_events' : 'note_events',
    body: {
      object_kind: 'note',
      event_type: hidden ? 'confidential_note' : 'note',
      user: hookUser(world, by.id),
      project_id: project.id,
      project: hookProject(world, project),
      object_attributes: {
        attachment: null,
        author_id: note.author_id,
        commit_id: null,
        created_at: rubyTime(note.created_at),
        description: note.body,
        discussion_id: `d${note.id}`,
        id: note.id,
        internal: note.internal === 1,
        line_code: null,
        note: note.body,
        noteable_id: note.noteable_id,
        noteable_type: note.noteable_type,
        project_id: project.id,
        st_diff: null,
        system: note.system === 1,
        type: null,
        updated_at: rubyTime(note.updated_at),
        action,
        url: `${issueUrl(world, project, issue.iid)}#note_${note.id}`,
      },
      repository: repository(world, project),
      issue: {
        ...issueAttributes(world, project, issue),
        state: issue.state,
        severity: 'unknown',
        labels: labelsOf(world, issue.id).map(hookLabel),
      },
    },
  }
}

export function mergeRequestPayload(
  world: World,
  project: ProjectRow,
  mergeRequest: MergeRequestRow,
  by: UserRow,
  action: string,
): Payload {
  const states = { opened: 1, closed: 2, merged: 3 }
  const commit = world.db.one<CommitRow>(
    'select * from commits where project_id = ? and sha = ?',
    project.id,
    mergeRequest.sha,
  )
  const assignees = mergeRequest.assignee_id === null ? [] : [hookUser(world, mergeRequest.assignee_id)]
  return {
    event: 'Merge Request Hook',
    trigger: 'merge_requests_events',
    body: {
      object_kind: 'merge_request',
      event_type: 'merge_request',
      user: hookUser(world, by.id),
      project: hookProject(world, project),
      repository: repository(world, project),
      object_attributes: {
        id: mergeRequest.id,
        iid: mergeRequest.iid,
        target_branch: mergeRequest.target_branch,
        source_branch: mergeRequest.source_branch,
        source_project_id: project.id,
        target_project_id: project.id,
        author_id: mergeRequest.author_id,
        assignee_ids: mergeRequest.assignee_id === null ? [] : [mergeRequest.assignee_id],
        assignee_id: mergeRequest.assignee_id,
        reviewer_ids: [],
        title: mergeRequest.title,
        created_at: rubyTime(mergeRequest.created_at),
        updated_at: rubyTime(mergeRequest.updated_at),
        milestone_id: null,
        state: mergeRequest.state,
        state_id: states[mergeRequest.state],
        blocking_discussions_resolved: true,
        work_in_progress: mergeRequest.draft === 1,
        draft: mergeRequest.draft === 1,
        merge_status: 'can_be_merged',
        detailed_merge_status: mergeRequest.state === 'opened' ? 'mergeable' : 'not_open',
        description: mergeRequest.description,
        url: `${world.url}/${project.full_path}/-/merge_requests/${mergeRequest.iid}`,
        source: hookProject(world, project),
        target: hookProject(world, project),
        last_commit: commit && {
          id: commit.sha,
          message: commit.message,
          title: commit.message.split('\n')[0],
          timestamp: iso(commit.created_at),
          url: `${world.url}/${project.full_path}/-/commit/${commit.sha}`,
          author: { name: commit.author_name, email: commit.author_email },
        },
        labels: [],
        action,
      },
      labels: [],
      changes: {},
      assignees,
      reviewers: [],
    },
  }
}

function issueAttributes(world: World, project: ProjectRow, issue: IssueRow): Record<string, unknown> {
  return {
    id: issue.id,
    iid: issue.iid,
    title: issue.title,
    // Images with a relative address are made absolute in webhook texts only.
    description:
      issue.description?.replace(
        /(!\[[^\]]*\]\()(\/uploads\/)/g,
        `$1${world.url}/-/project/${project.id}$2`,
      ) ?? null,
    assignee_ids: issue.assignee_id === null ? [] : [issue.assignee_id],
    assignee_id: issue.assignee_id,
    author_id: issue.author_id,
    project_id: issue.project_id,
    created_at: rubyTime(issue.created_at),
    updated_at: rubyTime(issue.updated_at),
    closed_at: issue.closed_at === null ? null : rubyTime(issue.closed_at),
    updated_by_id: null,
    last_edited_at: null,
    last_edited_by_id: null,
    relative_position: null,
    milestone_id: null,
    state_id: stateId(issue.state),
    confidential: issue.confidential === 1,
    discussion_locked: issue.discussion_locked === null ? null : issue.discussion_locked === 1,
    due_date: issue.due_date,
    moved_to_id: issue.moved_to_id,
    duplicated_to_id: issue.duplicated_to_id,
    time_estimate: issue.time_estimate,
    total_time_spent: issue.time_spent,
    time_change: 0,
    human_total_time_spent: humanTime(issue.time_spent),
    human_time_change: null,
    human_time_estimate: humanTime(issue.time_estimate),
    weight: null,
    health_status: null,
    type: `${issue.issue_type.charAt(0).toUpperCase()}${issue.issue_type.slice(1)}`,
  }
}

function openingChanges(issue: IssueRow): Record<string, unknown> {
  const from = (current: unknown) => ({ previous: null, current })
  return {
    author_id: from(issue.author_id),
    created_at: from(rubyTime(issue.created_at)),
    description: from(issue.description),
    id: from(issue.id),
    iid: from(issue.iid),
    project_id: from(issue.project_id),
    title: from(issue.title),
    updated_at: from(rubyTime(issue.updated_at)),
  }
}

/** Newer versions hide the address in hooks, whatever the documented sample shows. */
function hookUser(world: World, id: number): Record<string, unknown> {
  const { name, username, avatar_url } = userShape(world, id)
  return { id, name, username, avatar_url, email: '[REDACTED]' }
}

function hookProject(world: World, project: ProjectRow): Record<string, unknown> {
  const url = `${world.url}/${project.full_path}`
  const ssh = `git@${new URL(world.url).hostname}:${project.full_path}.git`
  return {
    id: project.id,
    name: project.name,
    description: project.description,
    web_url: url,
    avatar_url: null,
    git_ssh_url: ssh,
    git_http_url: `${url}.git`,
    namespace: project.full_path.split('/')[0],
    visibility_level: { private: 0, internal: 10, public: 20 }[project.visibility],
    path_with_namespace: project.full_path,
    default_branch: project.default_branch,
    ci_config_path: '',
    homepage: url,
    url: ssh,
    ssh_url: ssh,
    http_url: `${url}.git`,
  }
}

function repository(world: World, project: ProjectRow): Record<string, unknown> {
  return {
    name: project.name,
    url: `git@${new URL(world.url).hostname}:${project.full_path}.git`,
    description: project.description,
    homepage: `${world.url}/${project.full_path}`,
  }
}
