import { findIssue } from '../access.ts'
import { fileAnswer } from '../api/uploads.ts'
import { type Answer, redirect } from '../http/answers.ts'
import { type Call, type Route, route } from '../http/call.ts'
import type { IssueRow, MergeRequestRow, ProjectRow, UploadRow, UserRow } from '../store/rows.ts'
import { findBranch } from '../work/repository.ts'
import { html, type Safe } from './html.ts'
import { issueListPage, issuePage } from './issue-page.ts'
import { page } from './layout.ts'
import { crumbs, person } from './parts.ts'
import {
  branchListPage,
  branchPage,
  commitPage,
  mergeRequestListPage,
  mergeRequestPage,
  projectPage,
} from './repository-pages.ts'

/**
 * Read-only pages, so that every `web_url` leads somewhere. They need no sign-in: only this machine reaches them,
 * and there is nothing here but play.
 */
const missing = (): Answer =>
  page(
    'Not found',
    html``,
    html`<h1>404: Page not found</h1><p>The address is wrong, or the thing is gone.</p>`,
    { status: 404 },
  )

type View = (call: Call, project: ProjectRow) => { title: string; body: Safe } | undefined

function projectRoute(path: string, view: View): Route {
  return route('GET', `/:group/:project${path}`, (call) => {
    const name = `${call.params.group}/${call.params.project}`
    const project = call.world.db.one<ProjectRow>('select * from projects where full_path = ?', name)
    const shown = project && view(call, project)
    return project && shown ? page(shown.title, crumbs(project), shown.body) : missing()
  })
}

const number = (text: string | undefined) => (text && /^\d{1,9}$/.test(text) ? Number(text) : 0)

const showIssue: View = ({ world, params }, project) => {
  const issue = findIssue(world, project.id, number(params.iid))
  return issue && { title: `${issue.title} (#${issue.iid})`, body: issuePage(world, project, issue) }
}

const listIssues: View = ({ world, query }, project) => {
  const asked = Math.max(1, number(query.get('page') ?? '1'))
  return { title: 'Issues', body: issueListPage(world, project, asked) }
}

const showBranch: View = ({ world, params }, project) => {
  const branch = findBranch(world, project.id, params.branch ?? '')
  return branch && { title: branch.name, body: branchPage(world, project, branch) }
}

const showCommit: View = ({ world, params }, project) => {
  const body = commitPage(world, project, params.sha ?? '')
  return body && { title: 'Commit', body }
}

const showMergeRequest: View = ({ world, params }, project) => {
  const row = world.db.one<MergeRequestRow>(
    'select * from merge_requests where project_id = ? and iid = ?',
    project.id,
    number(params.iid),
  )
  return row && { title: `${row.title} (!${row.iid})`, body: mergeRequestPage(world, project, row) }
}

function showPerson(call: Call): Answer {
  const user = call.world.db.one<UserRow>(
    'select * from users where username = ?',
    call.params.username ?? '',
  )
  if (!user) return missing()
  const issues = call.world.db.all<IssueRow & { full_path: string }>(
    `select i.*, p.full_path from issues i join projects p on p.id = i.project_id
     where i.author_id = ? order by i.id desc limit 50`,
    user.id,
  )
  return page(
    user.name,
    html``,
    html`<h1>${user.name}</h1><p class="meta">@${user.username}</p><h2>Issues</h2><ul>${issues.map((issue) => html`<li><a href="/${issue.full_path}/-/issues/${issue.iid}">${issue.full_path}#${issue.iid} ${issue.title}</a></li>`)}</ul>`,
  )
}

/** A letter on a colour: an avatar nobody has to load from elsewhere. */
function avatar(call: Call): Answer {
  const user = call.world.db.one<UserRow>('select * from users where id = ?', number(call.params.id))
  if (!user) return missing()
  const hue = (user.id * 67) % 360
  return {
    status: 200,
    headers: {
      'Content-Type': 'image/svg+xml',
      'Cache-Control': 'max-age=3600',
      'Content-Security-Policy': "default-src 'none'",
    },
    body: html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="hsl(${hue} 45% 40%)"/><text x="20" y="27" font-family="sans-serif" font-size="20" fill="#fff" text-anchor="middle">${user.name.charAt(0)}</text></svg>`
      .safe,
  }
}

/** Images are open to whoever has the address, as on a real GitLab; other files are not. */
function showUpload(call: Call): Answer {
  const row = call.world.db.one<UploadRow>(
    'select * from uploads where project_id = ? and secret = ? and filename = ?',
    number(call.params.id),
    call.params.secret ?? '',
    call.params.filename ?? '',
  )
  if (!row) return missing()
  const answer = fileAnswer(row)
  return answer.headers?.['Content-Disposition']?.startsWith('inline') ? answer : redirect('/users/sign_in')
}

function home(call: Call): Answer {
  const projects = call.world.db.all<ProjectRow>('select * from projects order by id')
  return page(
    'Projects',
    html`<a href="/-/sandbox">Sandbox</a>`,
    html`<h1>Projects</h1><ul>${projects.map((project) => html`<li><a href="/${project.full_path}">${project.full_path}</a>: ${project.description}</li>`)}</ul>
<h2>People</h2><ul>${call.world.db.all<UserRow>('select * from users order by id').map((user) => html`<li>${person(call.world, user.id)}</li>`)}</ul>`,
  )
}

export const pageRoutes: Route[] = [
  route('GET', '/', home),
  route('GET', '/uploads/-/system/user/avatar/:id/avatar.svg', avatar),
  route('GET', '/-/project/:id/uploads/:secret/:filename', showUpload),
  route('GET', '/users/sign_in', () =>
    page('Sign in', html``, html`<h1>Sign in</h1><p>Signing in happens where Belay sends you.</p>`),
  ),
  route('GET', '/groups/:group', home),
  projectRoute('', ({ world }, project) => ({ title: project.name, body: projectPage(world, project) })),
  projectRoute('/-/issues', listIssues),
  projectRoute('/-/issues/:iid', showIssue),
  projectRoute('/-/work_items/:iid', showIssue),
  projectRoute('/-/branches', ({ world }, project) => ({
    title: 'Branches',
    body: branchListPage(world, project),
  })),
  projectRoute('/-/tree/*branch', showBranch),
  projectRoute('/-/commit/:sha', showCommit),
  projectRoute('/-/merge_requests', ({ world }, project) => ({
    title: 'Merge requests',
    body: mergeRequestListPage(world, project),
  })),
  projectRoute('/-/merge_requests/:iid', showMergeRequest),
  projectRoute('/-/blob/*branch', ({ world }, project) => ({
    title: project.name,
    body: projectPage(world, project),
  })),
  route('GET', '/:username', showPerson),
]
