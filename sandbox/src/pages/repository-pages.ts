import type { BranchRow, CommitRow, MergeRequestRow, ProjectRow } from '../store/rows.ts'
import { findBranch, findCommit, history } from '../work/repository.ts'
import type { World } from '../world.ts'
import { html, type Safe } from './html.ts'
import { renderMarkdown } from './markdown.ts'
import { person, state, time } from './parts.ts'

function commitTable(project: ProjectRow, commits: readonly CommitRow[]): Safe {
  return html`<table>${commits.map((commit) => html`<tr><td><a href="/${project.full_path}/-/commit/${commit.sha}"><code>${commit.sha.slice(0, 8)}</code></a></td><td>${commit.message.split('\n')[0]}</td><td class="meta">${commit.author_name}, ${time(commit.created_at)}</td></tr>`)}</table>`
}

export function projectPage(world: World, project: ProjectRow): Safe {
  const head = findBranch(world, project.id, project.default_branch)
  const commits = head ? history(world, project.id, head.sha).slice(0, 10) : []
  const open = world.db.one<{ n: number }>(
    "select count(*) as n from issues where project_id = ? and state = 'opened'",
    project.id,
  )
  const readme = world.db.one<{ content: string }>(
    "select content from files where project_id = ? and path = 'README.md' order by rowid desc limit 1",
    project.id,
  )
  return html`<h1>${project.name}</h1><p>${project.description}</p>
<p class="meta">${project.visibility}${project.archived ? ' · archived' : ''} · id ${project.id} · <a href="/${project.full_path}/-/issues">${open?.n ?? 0} open issues</a></p>
<h2>${project.default_branch}</h2>${commits.length > 0 ? commitTable(project, commits) : html`<p class="meta">The repository is empty.</p>`}
${readme ? html`<div class="card"><header>README.md</header><div>${renderMarkdown(project, readme.content)}</div></div>` : ''}`
}

export function branchPage(world: World, project: ProjectRow, branch: BranchRow): Safe {
  const [iid] = /^\d+(?=-)/.exec(branch.name) ?? []
  const requests = world.db.all<MergeRequestRow>(
    'select * from merge_requests where project_id = ? and source_branch = ? order by id',
    project.id,
    branch.name,
  )
  return html`<h1>Branch <code>${branch.name}</code></h1>
${iid ? html`<p>Belongs to <a href="/${project.full_path}/-/issues/${iid}">#${iid}</a>.</p>` : ''}
${requests.map((request) => html`<p>${state(request.state)} <a href="/${project.full_path}/-/merge_requests/${request.iid}">!${request.iid} ${request.title}</a></p>`)}
<h2>Commits</h2>${commitTable(project, history(world, project.id, branch.sha).slice(0, 50))}`
}

export function branchListPage(world: World, project: ProjectRow): Safe {
  const rows = world.db.all<BranchRow>(
    'select * from branches where project_id = ? order by created_at desc limit 500',
    project.id,
  )
  return html`<h1>Branches</h1><table>${rows.map((branch) => html`<tr><td><a href="/${project.full_path}/-/tree/${encodeURI(branch.name)}"><code>${branch.name}</code></a></td><td>${branch.name === project.default_branch ? 'default' : ''}</td><td class="meta">${time(branch.created_at)}</td></tr>`)}</table>`
}

export function commitPage(world: World, project: ProjectRow, sha: string): Safe | undefined {
  const commit = findCommit(world, project.id, sha)
  if (!commit) return undefined
  return html`<h1>${commit.message.split('\n')[0]}</h1><p class="meta">${commit.author_name}, ${time(commit.created_at)}</p><p><code>${commit.sha}</code></p><pre>${commit.message}</pre>`
}

export function mergeRequestPage(world: World, project: ProjectRow, row: MergeRequestRow): Safe {
  const home = `/${project.full_path}/-/tree`
  return html`<h1>${row.title} <span class="meta">!${row.iid}</span></h1>
<p class="meta">${state(row.state)} ${person(world, row.author_id)} wants to merge <a href="${home}/${encodeURI(row.source_branch)}"><code>${row.source_branch}</code></a> into <a href="${home}/${encodeURI(row.target_branch)}"><code>${row.target_branch}</code></a> · ${time(row.created_at)}</p>
<div class="card"><header>Description</header><div>${renderMarkdown(project, row.description)}</div></div>`
}

export function mergeRequestListPage(world: World, project: ProjectRow): Safe {
  const rows = world.db.all<MergeRequestRow>(
    'select * from merge_requests where project_id = ? order by id desc limit 500',
    project.id,
  )
  if (rows.length === 0) return html`<h1>Merge requests</h1><p class="meta">None here.</p>`
  return html`<h1>Merge requests</h1><table>${rows.map((row) => html`<tr><td>!${row.iid}</td><td><a href="/${project.full_path}/-/merge_requests/${row.iid}">${row.title}</a></td><td>${state(row.state)}</td></tr>`)}</table>`
}
