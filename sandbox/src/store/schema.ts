/** Times are UTC milliseconds. Flags are 0 and 1. Ids never come back after a deletion, as in GitLab. */
export const schema = `
create table if not exists settings (name text primary key, value text not null) strict;

create table if not exists users (
  id integer primary key autoincrement, username text not null unique collate nocase, name text not null,
  email text not null, state text not null default 'active', bot integer not null default 0, created_at integer not null
) strict;
create table if not exists groups (id integer primary key autoincrement, path text not null unique, name text not null) strict;
create table if not exists projects (
  id integer primary key autoincrement, group_id integer not null references groups, path text not null, name text not null,
  full_path text not null unique, description text not null default '', visibility text not null default 'private',
  default_branch text not null default 'main', archived integer not null default 0, issues_enabled integer not null default 1,
  service_desk_enabled integer not null default 1, autoclose integer not null default 1, creator_id integer not null,
  issue_template text, last_issue integer not null default 0, last_merge_request integer not null default 0,
  created_at integer not null, updated_at integer not null
) strict;
create table if not exists members (
  source text not null, source_id integer not null, user_id integer not null references users,
  access_level integer not null, created_at integer not null, expires_at text,
  primary key (source, source_id, user_id)
) strict;
create table if not exists tokens (
  id integer primary key autoincrement, user_id integer not null references users, name text not null, value text not null unique,
  scopes text not null, created_at integer not null, expires_at text, revoked integer not null default 0, last_used_at integer
) strict;

create table if not exists labels (
  id integer primary key autoincrement, project_id integer, group_id integer, name text not null, color text not null,
  description text, priority integer, created_at integer not null, updated_at integer not null
) strict;
create unique index if not exists labels_by_project on labels (project_id, name) where project_id is not null;
create unique index if not exists labels_by_group on labels (group_id, name) where group_id is not null;

create table if not exists issues (
  id integer primary key autoincrement, project_id integer not null references projects, iid integer not null,
  title text not null, description text, state text not null default 'opened', author_id integer not null references users,
  created_at integer not null, updated_at integer not null, closed_at integer, closed_by_id integer,
  confidential integer not null default 0, issue_type text not null default 'issue', assignee_id integer,
  due_date text, discussion_locked integer, moved_to_id integer, duplicated_to_id integer, service_desk_reply_to text,
  user_notes_count integer not null default 0, time_estimate integer not null default 0, time_spent integer not null default 0,
  unique (project_id, iid)
) strict;
create index if not exists issues_by_created on issues (project_id, created_at, id);
create index if not exists issues_by_updated on issues (project_id, updated_at, id);
create index if not exists issues_by_state_created on issues (project_id, state, created_at, id);
create index if not exists issues_by_state_updated on issues (project_id, state, updated_at, id);
create table if not exists issue_labels (
  issue_id integer not null, label_id integer not null, primary key (issue_id, label_id)
) strict, without rowid;
create index if not exists issue_labels_by_label on issue_labels (label_id, issue_id);
create table if not exists issue_emails (issue_id integer not null, email text not null, primary key (issue_id, email)) strict;

create table if not exists notes (
  id integer primary key autoincrement, noteable_type text not null, noteable_id integer not null, author_id integer not null,
  body text not null, internal integer not null default 0, system integer not null default 0,
  source_issue_id integer, external_author text, created_at integer not null, updated_at integer not null
) strict;
create index if not exists notes_by_noteable on notes (noteable_type, noteable_id, created_at, id);

create table if not exists label_events (
  id integer primary key autoincrement, issue_id integer not null, user_id integer not null, label_id integer,
  action text not null, created_at integer not null
) strict;
create index if not exists label_events_by_issue on label_events (issue_id, id);
create index if not exists label_events_by_label on label_events (label_id);
create table if not exists state_events (
  id integer primary key autoincrement, issue_id integer not null, user_id integer not null, state text not null,
  source_merge_request_id integer, created_at integer not null
) strict;
create index if not exists state_events_by_issue on state_events (issue_id, id);

create table if not exists mentions (
  id integer primary key autoincrement, issue_id integer not null, note_id integer, user_id integer not null,
  by_user_id integer not null, created_at integer not null
) strict;
create table if not exists todos (
  id integer primary key autoincrement, user_id integer not null, author_id integer not null, issue_id integer not null,
  note_id integer, action text not null, state text not null default 'pending', created_at integer not null
) strict;
create table if not exists cross_references (
  id integer primary key autoincrement, source_issue_id integer not null, source_note_id integer,
  target_type text not null, target text not null, created_at integer not null
) strict;

create table if not exists commits (
  sha text not null, project_id integer not null, parent text, message text not null, author_name text not null,
  author_email text not null, created_at integer not null, primary key (project_id, sha)
) strict;
create table if not exists files (
  project_id integer not null, sha text not null, path text not null, content text not null, primary key (project_id, sha, path)
) strict;
create table if not exists branches (
  project_id integer not null, name text not null, sha text not null, merged integer not null default 0,
  created_at integer not null, primary key (project_id, name)
) strict;
create table if not exists protected_branches (
  id integer primary key autoincrement, project_id integer not null, name text not null,
  push_level integer not null default 40, merge_level integer not null default 40, unique (project_id, name)
) strict;
create table if not exists merge_requests (
  id integer primary key autoincrement, project_id integer not null, iid integer not null, title text not null, description text,
  state text not null default 'opened', author_id integer not null, assignee_id integer, source_branch text not null,
  target_branch text not null, sha text not null, merge_commit_sha text, draft integer not null default 0,
  remove_source_branch integer not null default 0, created_at integer not null, updated_at integer not null,
  merged_at integer, merged_by_id integer, closed_at integer, closed_by_id integer, user_notes_count integer not null default 0,
  unique (project_id, iid)
) strict;
create index if not exists merge_requests_by_branch on merge_requests (project_id, source_branch);
create table if not exists merge_request_issues (
  merge_request_id integer not null, issue_id integer not null, closes integer not null, primary key (merge_request_id, issue_id)
) strict;
create index if not exists merge_request_issues_by_issue on merge_request_issues (issue_id);

create table if not exists uploads (
  id integer primary key autoincrement, project_id integer not null, secret text not null unique, filename text not null,
  content_type text not null, bytes blob not null, user_id integer not null, created_at integer not null
) strict;

create table if not exists service_desk_settings (
  project_id integer primary key, reopen_on_external_note integer not null default 0, confidential integer not null default 1,
  issue_type text not null default 'issue', outgoing_name text not null, ticket_template text, thank_you text,
  new_participant text, new_note text
) strict;
create table if not exists received_mails (
  id integer primary key autoincrement, message_id text, sender text, recipient text not null, subject text,
  outcome text not null, why text, issue_id integer, note_id integer, created_at integer not null
) strict;
create index if not exists received_mails_by_message on received_mails (message_id) where message_id is not null;
create table if not exists sent_mails (
  id integer primary key autoincrement, kind text not null, issue_id integer, note_id integer, recipient text not null,
  subject text not null, message_id text not null, reply_key text unique, letter text not null, raw blob, created_at integer not null
) strict;
create index if not exists sent_mails_by_message on sent_mails (message_id);
create index if not exists sent_mails_waiting on sent_mails (id) where raw is null;

create table if not exists hooks (
  id integer primary key autoincrement, project_id integer not null, url text not null, name text, description text,
  token text, signing_token text, events text not null, failures integer not null default 0, backoffs integer not null default 0,
  disabled_until integer, enable_ssl_verification integer not null default 1, created_at integer not null
) strict;
create table if not exists hook_deliveries (
  id integer primary key autoincrement, hook_id integer not null, trigger text not null, url text not null, idempotency_key text not null,
  request_headers text not null, request_body text not null, response_status text not null, duration_ms integer not null,
  created_at integer not null
) strict;

create table if not exists oauth_codes (
  code text primary key, user_id integer not null, redirect_uri text not null, scope text not null, nonce text,
  challenge text, expires_at integer not null, used integer not null default 0
) strict;
create table if not exists oauth_tokens (
  id integer primary key autoincrement, user_id integer not null, access_token text not null unique,
  refresh_token text not null unique, scope text not null, nonce text, created_at integer not null, expires_at integer not null,
  revoked integer not null default 0, code text
) strict;
`
