import { actorOf, role, viewerOf } from '../access.ts'
import { type Answer, json } from '../http/answers.ts'
import { forbidden, notFound, refusedWith } from '../http/api-error.ts'
import { type Call, type Route, route } from '../http/call.ts'
import { moment, neededText, text } from '../http/fields.ts'
import { pageList } from '../http/paging.ts'
import { commitShape } from '../shapes/commit.ts'
import { closeByText } from '../work/closing.ts'
import {
  commitTo,
  findBranch,
  findCommit,
  history,
  isEmpty,
  pointBranch,
  protectionOf,
  resolveRef,
} from '../work/repository.ts'

function listCommits(call: Call): Answer {
  const viewer = viewerOf(call)
  const { project } = viewer
  if (viewer.level < role.reporter && project.visibility !== 'public') throw forbidden()
  const ref = text(call.fields, 'ref_name') ?? text(call.fields, 'ref') ?? project.default_branch
  const sha = resolveRef(call.world, project.id, ref)
  if (!sha && isEmpty(call.world, project.id)) return json(200, [], pageList(call, []).headers)
  if (!sha) throw notFound('Commit')
  const since = moment(call.fields, 'since') ?? Number.NEGATIVE_INFINITY
  const until = moment(call.fields, 'until') ?? Number.POSITIVE_INFINITY
  const rows = history(call.world, project.id, sha).filter(
    (c) => c.created_at >= since && c.created_at <= until,
  )
  const { items, headers } = pageList(call, rows)
  // Counting commits is dear for Gitaly, so GitLab leaves the totals out here.
  delete headers['X-Total']
  delete headers['X-Total-Pages']
  return json(
    200,
    items.map((commit) => commitShape(call.world, project, commit)),
    headers,
  )
}

function showCommit(call: Call): Answer {
  const viewer = viewerOf(call)
  const { project } = viewer
  if (viewer.level < role.reporter && project.visibility !== 'public') throw forbidden()
  const sha = resolveRef(call.world, project.id, call.params.sha ?? '')
  const commit = sha ? findCommit(call.world, project.id, sha) : undefined
  if (!commit) throw notFound('Commit')
  return json(200, {
    ...commitShape(call.world, project, commit),
    stats: { additions: 1, deletions: 0, total: 1 },
    status: null,
    project_id: project.id,
    last_pipeline: null,
  })
}

/** A commit by hand. On the default branch a closing word in its message closes issues. */
function createCommit(call: Call): Answer {
  const branch = neededText(call.fields, 'branch')
  const message = neededText(call.fields, 'commit_message')
  const { project, user, level } = actorOf(call, role.developer)
  const { world } = call
  const start = text(call.fields, 'start_branch')
  const protection = protectionOf(world, project.id, branch)
  if (protection && level < protection.push_level)
    throw refusedWith('You are not allowed to push into this branch')
  const commit = world.db.transaction(() => {
    if (!findBranch(world, project.id, branch) && !isEmpty(world, project.id)) {
      const from = resolveRef(world, project.id, start ?? project.default_branch)
      if (!start || !from) throw refusedWith('You can only create or edit files when you are on a branch')
      pointBranch(world, project.id, branch, from, world.clock.now())
    }
    const made = commitTo(world, project, branch, { message, author: user })
    if (branch === project.default_branch) closeByText(world, { user, level, project }, message)
    return made
  })
  return json(201, {
    ...commitShape(world, project, commit),
    status: null,
    project_id: project.id,
    last_pipeline: null,
  })
}

export const commitRoutes: Route[] = [
  route('GET', '/projects/:id/repository/commits', listCommits),
  route('POST', '/projects/:id/repository/commits', createCommit),
  route('GET', '/projects/:id/repository/commits/:sha', showCommit),
]
