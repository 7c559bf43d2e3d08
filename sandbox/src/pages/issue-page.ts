import { participantsOf } from '../mail/participants.ts'
import { issueUrl } from '../shapes/issue.ts'
import type {
  BranchRow,
  IssueRow,
  LabelEventRow,
  LabelRow,
  NoteRow,
  ProjectRow,
  StateEventRow,
} from '../store/rows.ts'
import { labelsOf } from '../work/labels.ts'
import { mergeRequestsOf } from '../work/merge-requests.ts'
import type { World } from '../world.ts'
import { html, type Safe } from './html.ts'
import { renderMarkdown } from './markdown.ts'
import { labelChip, person, space, state, time } from './parts.ts'

/** An issue with its whole story: notes, label and state events in one line of time. */
export function issuePage(world: World, project: ProjectRow, issue: IssueRow): Safe {
  const labels = labelsOf(world, issue.id)
  const home = `/${project.full_path}`
  const branches = world.db.all<BranchRow>(
    'select * from branches where project_id = ? and name >= ? and name < ? order by name',
    project.id,
    `${issue.iid}-`,
    `${issue.iid}.`,
  )
  const requests = mergeRequestsOf(world, issue.id, false)
  const participants = participantsOf(world, issue.id)
  const moved =
    issue.moved_to_id === null
      ? undefined
      : world.db.one<{ full_path: string; iid: number }>(
          'select p.full_path, i.iid from issues i join projects p on p.id = i.project_id where i.id = ?',
          issue.moved_to_id,
        )
  return html`<h1>${issue.title} <span class="meta">#${issue.iid}</span></h1>
<p class="meta">${state(issue.state)} ${issue.confidential ? html`<strong>Confidential</strong> · ` : ''}opened ${time(issue.created_at)} by ${person(world, issue.author_id)}${issue.service_desk_reply_to ? ` for ${issue.service_desk_reply_to}` : ''} · updated ${time(issue.updated_at)}</p>
<p>${labels.map((label) => html`${labelChip(label)}${space}`)}</p>
<p class="meta">Assignee: ${issue.assignee_id === null ? 'nobody' : person(world, issue.assignee_id)}${issue.due_date ? ` · due ${issue.due_date}` : ''}</p>
${participants.length > 0 ? html`<p class="meta">Public comments go by <a href="/-/sandbox/mail">mail</a> to ${participants.join(', ')}</p>` : ''}
${moved ? html`<p>Moved to <a href="/${moved.full_path}/-/issues/${moved.iid}">${moved.full_path}#${moved.iid}</a></p>` : ''}
<div class="card"><header>Description</header><div>${renderMarkdown(project, issue.description)}</div></div>
${branches.length + requests.length > 0 ? html`<h2>Branches and merge requests</h2><ul>${branches.map((branch) => html`<li>Branch <a href="${home}/-/tree/${encodeURI(branch.name)}"><code>${branch.name}</code></a></li>`)}${requests.map((request) => html`<li>${state(request.state)} <a href="${home}/-/merge_requests/${request.iid}">!${request.iid} ${request.title}</a></li>`)}</ul>` : ''}
<h2>Activity</h2>${activity(world, project, issue)}`
}

type Moment = { at: number; order: number; view: Safe }

function activity(world: World, project: ProjectRow, issue: IssueRow): Safe {
  const moments: Moment[] = []
  const notes = world.db.all<NoteRow>(
    "select * from notes where noteable_type = 'Issue' and noteable_id = ?",
    issue.id,
  )
  for (const note of notes)
    moments.push({ at: note.created_at, order: 1, view: noteView(world, project, note) })
  for (const event of world.db.all<LabelEventRow>(
    'select * from label_events where issue_id = ?',
    issue.id,
  )) {
    const label =
      event.label_id === null
        ? undefined
        : world.db.one<LabelRow>('select * from labels where id = ?', event.label_id)
    const view = html`<ul class="plain"><li>${person(world, event.user_id)} ${event.action === 'add' ? 'added' : 'removed'} ${label ? labelChip(label) : 'a deleted label'} · ${time(event.created_at)}</li></ul>`
    moments.push({ at: event.created_at, order: 0, view })
  }
  for (const event of world.db.all<StateEventRow>(
    'select * from state_events where issue_id = ?',
    issue.id,
  )) {
    const view = html`<ul class="plain"><li>${person(world, event.user_id)} ${event.state} this issue · ${time(event.created_at)}</li></ul>`
    moments.push({ at: event.created_at, order: 2, view })
  }
  if (moments.length === 0) return html`<p class="meta">Nothing yet.</p>`
  return html`${moments.sort((a, b) => a.at - b.at || a.order - b.order).map((moment) => moment.view)}`
}

function noteView(world: World, project: ProjectRow, note: NoteRow): Safe {
  if (note.system) {
    return html`<ul class="plain"><li id="note_${note.id}">${person(world, note.author_id)} ${note.body} · ${time(note.created_at)}</li></ul>`
  }
  const author = note.external_author
    ? html`${note.external_author} via Service Desk`
    : person(world, note.author_id)
  return html`<article class="card${note.internal ? ' internal' : ''}" id="note_${note.id}"><header><strong>${author}</strong> · ${time(note.created_at)}${note.internal ? ' · internal note' : ''}</header><div>${renderMarkdown(project, note.body)}</div></article>`
}

/** A list with the newest on top, a hundred to a page. */
export function issueListPage(world: World, project: ProjectRow, page: number): Safe {
  const rows = world.db.all<IssueRow>(
    'select * from issues where project_id = ? order by created_at desc, id desc limit 100 offset ?',
    project.id,
    (page - 1) * 100,
  )
  const home = `/${project.full_path}/-/issues`
  return html`<h1>Issues</h1>${rows.length === 0 ? html`<p class="meta">None here.</p>` : ''}
<table>${rows.map((issue) => html`<tr><td>#${issue.iid}</td><td><a href="${issueUrl(world, project, issue.iid)}">${issue.title}</a><br>${labelsOf(world, issue.id).map((label) => html`${labelChip(label)}${space}`)}</td><td>${state(issue.state)}</td><td class="meta">${time(issue.created_at)}</td></tr>`)}</table>
<p>${page > 1 ? html`<a href="${home}?page=${page - 1}">Newer</a> ` : ''}${rows.length === 100 ? html`<a href="${home}?page=${page + 1}">Older</a>` : ''}</p>`
}
