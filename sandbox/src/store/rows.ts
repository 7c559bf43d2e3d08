/** Rows as they lie in the database: times in UTC milliseconds, flags 0 or 1. */

export type UserRow = {
  id: number
  username: string
  name: string
  email: string
  state: string
  bot: number
  created_at: number
}

export type ProjectRow = {
  id: number
  group_id: number
  path: string
  name: string
  full_path: string
  description: string
  visibility: 'private' | 'internal' | 'public'
  default_branch: string
  archived: number
  issues_enabled: number
  service_desk_enabled: number
  autoclose: number
  creator_id: number
  issue_template: string | null
  created_at: number
  updated_at: number
}

export type MemberRow = {
  source: string
  source_id: number
  user_id: number
  access_level: number
  created_at: number
  expires_at: string | null
}

export type TokenRow = {
  id: number
  user_id: number
  name: string
  value: string
  scopes: string
  created_at: number
  expires_at: string | null
  revoked: number
  last_used_at: number | null
}

export type LabelRow = {
  id: number
  project_id: number | null
  group_id: number | null
  name: string
  color: string
  description: string | null
  priority: number | null
  created_at: number
  updated_at: number
}

export type IssueRow = {
  id: number
  project_id: number
  iid: number
  title: string
  description: string | null
  state: 'opened' | 'closed'
  author_id: number
  created_at: number
  updated_at: number
  closed_at: number | null
  closed_by_id: number | null
  confidential: number
  issue_type: string
  assignee_id: number | null
  due_date: string | null
  discussion_locked: number | null
  moved_to_id: number | null
  duplicated_to_id: number | null
  service_desk_reply_to: string | null
  user_notes_count: number
  time_estimate: number
  time_spent: number
}

export type NoteRow = {
  id: number
  noteable_type: 'Issue' | 'MergeRequest'
  noteable_id: number
  author_id: number
  body: string
  internal: number
  system: number
  source_issue_id: number | null
  external_author: string | null
  created_at: number
  updated_at: number
}

export type LabelEventRow = {
  id: number
  issue_id: number
  user_id: number
  label_id: number | null
  action: 'add' | 'remove'
  created_at: number
}

export type StateEventRow = {
  id: number
  issue_id: number
  user_id: number
  state: 'closed' | 'reopened'
  source_merge_request_id: number | null
  created_at: number
}

export type CommitRow = {
  sha: string
  project_id: number
  parent: string | null
  message: string
  author_name: string
  author_email: string
  created_at: number
}

export type BranchRow = { project_id: number; name: string; sha: string; merged: number; created_at: number }

export type MergeRequestRow = {
  id: number
  project_id: number
  iid: number
  title: string
  description: string | null
  state: 'opened' | 'merged' | 'closed'
  author_id: number
  assignee_id: number | null
  source_branch: string
  target_branch: string
  sha: string
  merge_commit_sha: string | null
  draft: number
  remove_source_branch: number
  created_at: number
  updated_at: number
  merged_at: number | null
  merged_by_id: number | null
  closed_at: number | null
  closed_by_id: number | null
  user_notes_count: number
}

export type UploadRow = {
  id: number
  project_id: number
  secret: string
  filename: string
  content_type: string
  bytes: Uint8Array
  user_id: number
  created_at: number
}

export type ReceivedMailRow = {
  id: number
  message_id: string | null
  sender: string | null
  recipient: string
  subject: string | null
  outcome: 'opened' | 'answered' | 'ignored' | 'rejected' | 'too many'
  why: string | null
  issue_id: number | null
  note_id: number | null
  created_at: number
}

export type SentMailRow = {
  id: number
  kind: 'thank you' | 'new note' | 'new participant' | 'rejection'
  issue_id: number | null
  note_id: number | null
  recipient: string
  subject: string
  message_id: string
  reply_key: string | null
  /** What it is made of, as JSON. */
  letter: string
  /** The mail as it would go over the wire; null until it is made up. */
  raw: Uint8Array | null
  created_at: number
}

export type HookRow = {
  id: number
  project_id: number
  url: string
  name: string | null
  description: string | null
  token: string | null
  signing_token: string | null
  events: string
  failures: number
  backoffs: number
  disabled_until: number | null
  enable_ssl_verification: number
  created_at: number
}
