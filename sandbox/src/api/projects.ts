import { actorOf, role, viewerOf, viewProject } from '../access.ts'
import { json } from '../http/answers.ts'
import { forbidden } from '../http/api-error.ts'
import { type Call, type Route, route } from '../http/call.ts'
import { flag, oneOf, text } from '../http/fields.ts'
import { pageList } from '../http/paging.ts'
import { projectShape } from '../shapes/project.ts'
import type { ProjectRow } from '../store/rows.ts'

const showProject = (call: Call) => json(200, projectShape(call.world, viewerOf(call)))

function listProjects(call: Call) {
  const rows = call.world.db.all<ProjectRow>('select * from projects order by id desc')
  const seen = rows.flatMap((project) => {
    try {
      return [viewProject(call.world, String(project.id), call.caller?.user)]
    } catch {
      return []
    }
  })
  const { items, headers } = pageList(call, seen)
  return json(
    200,
    items.map((viewer) => projectShape(call.world, viewer)),
    headers,
  )
}

/** What people change by hand in the settings: names, visibility, switches. */
function updateProject(call: Call) {
  const { project } = actorOf(call, role.maintainer)
  const { fields, world } = call
  const asNumber = (name: string, current: number) => {
    const given = flag(fields, name)
    return given === undefined ? current : Number(given)
  }
  const level = text(fields, 'issues_access_level')
  world.db.run(
    `update projects set name = ?, description = ?, visibility = ?, default_branch = ?, issues_enabled = ?,
       service_desk_enabled = ?, autoclose = ?, issue_template = ?, updated_at = ? where id = ?`,
    text(fields, 'name') ?? project.name,
    text(fields, 'description') ?? project.description,
    oneOf(fields, 'visibility', ['private', 'internal', 'public']) ?? project.visibility,
    text(fields, 'default_branch') ?? project.default_branch,
    level === undefined ? asNumber('issues_enabled', project.issues_enabled) : Number(level !== 'disabled'),
    asNumber('service_desk_enabled', project.service_desk_enabled),
    asNumber('autoclose_referenced_issues', project.autoclose),
    text(fields, 'issues_template') ?? project.issue_template,
    world.clock.now(),
    project.id,
  )
  return json(200, projectShape(world, viewerOf(call)))
}

function setArchived(archived: boolean) {
  return (call: Call) => {
    const viewer = viewerOf(call)
    // Owner only in GitLab; the sandbox's lead is Maintainer and does it here by hand.
    if (viewer.level < role.maintainer) throw forbidden()
    call.world.db.run('update projects set archived = ? where id = ?', Number(archived), viewer.project.id)
    return json(201, projectShape(call.world, viewerOf(call)))
  }
}

export const projectRoutes: Route[] = [
  route('GET', '/projects', listProjects),
  route('GET', '/projects/:id', showProject),
  route('PUT', '/projects/:id', updateProject),
  route('POST', '/projects/:id/archive', setArchived(true)),
  route('POST', '/projects/:id/unarchive', setArchived(false)),
]
