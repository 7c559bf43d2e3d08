import { actorOf, role, type Viewer, viewerOf } from '../access.ts'
import { type Answer, json, noContent } from '../http/answers.ts'
import { badParameter, conflict, forbidden, notFound, refusedWith } from '../http/api-error.ts'
import { type Call, type Route, route } from '../http/call.ts'
import { neededText, text, whole } from '../http/fields.ts'
import { pageList } from '../http/paging.ts'
import { commitShape } from '../shapes/commit.ts'
import type { BranchRow } from '../store/rows.ts'
import {
  commitTo,
  findBranch,
  findCommit,
  isBranchName,
  isEmpty,
  type Protection,
  pointBranch,
  protectionOf,
  resolveRef,
} from '../work/repository.ts'
import type { World } from '../world.ts'

/** Code of a private project is for Reporter upwards; Planner cannot read it. */
function readerOf(call: Call): Viewer {
  const viewer = viewerOf(call)
  if (viewer.level < role.reporter && viewer.project.visibility !== 'public') throw forbidden()
  return viewer
}

function branchShape(world: World, { project, level }: Viewer, branch: BranchRow): Record<string, unknown> {
  const commit = findCommit(world, project.id, branch.sha)
  const protection = protectionOf(world, project.id, branch.name)
  return {
    name: branch.name,
    commit: commit ? commitShape(world, project, commit) : null,
    merged: branch.merged === 1,
    protected: protection !== undefined,
    developers_can_push: protection !== undefined && protection.push_level <= role.developer,
    developers_can_merge: protection !== undefined && protection.merge_level <= role.developer,
    can_push: level >= (protection?.push_level ?? role.developer),
    default: branch.name === project.default_branch,
    web_url: `${world.url}/${project.full_path}/-/tree/${encodeURI(branch.name)}`,
  }
}

function listBranches(call: Call): Answer {
  const viewer = readerOf(call)
  const search = text(call.fields, 'search') ?? ''
  // `^` and `$` bind the search to the start and the end of the name.
  const wanted = search.replace(/^\^|\$$/g, '')
  const rows = call.world.db
    .all<BranchRow>('select * from branches where project_id = ? order by name', viewer.project.id)
    .filter(({ name }) => {
      if (search.startsWith('^')) return name.startsWith(wanted)
      return search.endsWith('$') ? name.endsWith(wanted) : name.includes(wanted)
    })
  const { items, headers } = pageList(call, rows)
  return json(
    200,
    items.map((branch) => branchShape(call.world, viewer, branch)),
    headers,
  )
}

function branchOf(call: Call, viewer: Viewer): BranchRow {
  const branch = findBranch(call.world, viewer.project.id, call.params.branch ?? '')
  if (!branch) throw notFound('Branch')
  return branch
}

function showBranch(call: Call): Answer {
  const viewer = readerOf(call)
  return json(200, branchShape(call.world, viewer, branchOf(call, viewer)))
}

/** Not idempotent; all its refusals are 400 with a text (app/services/branches/create_service.rb). */
function createBranch(call: Call): Answer {
  const name = neededText(call.fields, 'branch')
  const ref = neededText(call.fields, 'ref')
  const actor = actorOf(call, role.developer)
  const { project, user } = actor
  const { world } = call
  const branch = world.db.transaction(() => {
    if (isEmpty(world, project.id)) {
      // The trap: GitLab first makes a default branch with a README.
      commitTo(world, project, project.default_branch, { message: 'Add README.md', author: user })
    }
    if (ref.trim() === '') throw refusedWith('Ref is missing')
    if (!isBranchName(name)) throw refusedWith('Branch name is invalid')
    if (findBranch(world, project.id, name)) throw refusedWith('Branch already exists')
    const protection = protectionOf(world, project.id, name)
    if (protection && actor.level < protection.push_level) {
      throw refusedWith('You are not allowed to create protected branches on this project.')
    }
    const sha = resolveRef(world, project.id, ref)
    if (!sha) throw refusedWith(`Failed to create branch '${name}': invalid reference name '${ref}'`)
    if (conflicts(world, project.id, name)) {
      throw refusedWith(
        `Failed to create branch '${name}': Branch name conflicts with existing branch hierarchy.`,
      )
    }
    pointBranch(world, project.id, name, sha, world.clock.now())
    return findBranch(world, project.id, name)
  })
  if (!branch) throw new Error('the branch was not written')
  return json(201, branchShape(world, actor, branch))
}

/** Git keeps branches as files: `b` and `b/x` cannot both be. */
function conflicts(world: World, projectId: number, name: string): boolean {
  const parents = name.split('/').map((_part, at, all) => all.slice(0, at).join('/'))
  if (parents.some((parent) => parent !== '' && findBranch(world, projectId, parent))) return true
  return (
    world.db.one(
      'select 1 from branches where project_id = ? and name >= ? and name < ? limit 1',
      projectId,
      `${name}/`,
      `${name}0`,
    ) !== undefined
  )
}

function deleteBranch(call: Call): Answer {
  const actor = actorOf(call, role.developer)
  const branch = branchOf(call, actor)
  if (branch.name === actor.project.default_branch) throw forbidden()
  if (protectionOf(call.world, actor.project.id, branch.name) && actor.level < role.maintainer)
    throw forbidden()
  call.world.db.run('delete from branches where project_id = ? and name = ?', actor.project.id, branch.name)
  return noContent
}

function protectionShape(rule: Protection): Record<string, unknown> {
  const level = (access: number) => ({
    access_level: access,
    access_level_description: access >= role.maintainer ? 'Maintainers' : 'Developers + Maintainers',
  })
  return {
    id: rule.id,
    name: rule.name,
    push_access_levels: [level(rule.push_level)],
    merge_access_levels: [level(rule.merge_level)],
    allow_force_push: false,
  }
}

function rulesOf(call: Call, projectId: number): Protection[] {
  return call.world.db.all<Protection>(
    'select * from protected_branches where project_id = ? order by id',
    projectId,
  )
}

function listProtections(call: Call): Answer {
  const { project } = actorOf(call, role.developer)
  const { items, headers } = pageList(call, rulesOf(call, project.id))
  return json(200, items.map(protectionShape), headers)
}

function protect(call: Call): Answer {
  const { project } = actorOf(call, role.maintainer)
  const name = neededText(call.fields, 'name')
  if (name === '') throw badParameter('name is empty')
  if (rulesOf(call, project.id).some((rule) => rule.name === name)) {
    throw conflict(`Protected branch '${name}' already exists`)
  }
  call.world.db.run(
    'insert into protected_branches (project_id, name, push_level, merge_level) values (?, ?, ?, ?)',
    project.id,
    name,
    whole(call.fields, 'push_access_level') ?? role.maintainer,
    whole(call.fields, 'merge_access_level') ?? role.maintainer,
  )
  return json(201, protectionShape(ruleNamed(call, project.id, name)))
}

function ruleNamed(call: Call, projectId: number, name: string): Protection {
  const rule = rulesOf(call, projectId).find((candidate) => candidate.name === name)
  if (!rule) throw notFound()
  return rule
}

function unprotect(call: Call): Answer {
  const { project } = actorOf(call, role.maintainer)
  call.world.db.run(
    'delete from protected_branches where id = ?',
    ruleNamed(call, project.id, call.params.name ?? '').id,
  )
  return noContent
}

export const branchRoutes: Route[] = [
  route('GET', '/projects/:id/repository/branches', listBranches),
  route('POST', '/projects/:id/repository/branches', createBranch),
  route('GET', '/projects/:id/repository/branches/:branch', showBranch),
  route('DELETE', '/projects/:id/repository/branches/:branch', deleteBranch),
  route('GET', '/projects/:id/protected_branches', listProtections),
  route('POST', '/projects/:id/protected_branches', protect),
  route('DELETE', '/projects/:id/protected_branches/:name', unprotect),
]
