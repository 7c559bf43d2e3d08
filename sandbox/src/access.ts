import { dateOnly } from './clock.ts'
import { forbidden, notFound } from './http/api-error.ts'
import type { Call } from './http/call.ts'
import type { IssueRow, NoteRow, ProjectRow, UserRow } from './store/rows.ts'
import type { World } from './world.ts'

/** GitLab's access levels. Planner is not simply between Guest and Reporter: it cannot read code. */
export const role = {
  none: 0,
  guest: 10,
  planner: 15,
  reporter: 20,
  developer: 30,
  maintainer: 40,
  owner: 50,
} as const

/** What a person is in a project: the highest of the project's and its group's memberships, expired ones aside. */
export function levelOf(world: World, userId: number, project: ProjectRow): number {
  const best = world.db.one<{ level: number | null }>(
    `select max(access_level) as level from members
     where user_id = ? and ((source = 'project' and source_id = ?) or (source = 'group' and source_id = ?))
       and (expires_at is null or expires_at > ?)`,
    userId,
    project.id,
    project.group_id,
    dateOnly(world.clock.now()),
  )
  return best?.level ?? role.none
}

/** Who looks at what, worked out once a call. */
export type Viewer = { user: UserRow | undefined; level: number; project: ProjectRow }

export function findProject(world: World, idOrPath: string): ProjectRow | undefined {
  return /^\d+$/.test(idOrPath)
    ? world.db.one<ProjectRow>('select * from projects where id = ?', Number(idOrPath))
    : world.db.one<ProjectRow>('select * from projects where full_path = ? collate nocase', idOrPath)
}

export function viewProject(world: World, idOrPath: string, user: UserRow | undefined): Viewer {
  const project = findProject(world, idOrPath)
  if (!project) throw notFound('Project')
  const level = user ? levelOf(world, user.id, project) : role.none
  const open = project.visibility === 'public' || (project.visibility === 'internal' && user !== undefined)
  if (!open && level < role.guest) throw notFound('Project')
  return { user, level, project }
}

/** The project of the call's `:id`; 404 for one the caller cannot see. */
export function viewerOf(call: Call): Viewer {
  return viewProject(call.world, call.params.id ?? '', call.caller?.user)
}

/** The project and a signed-in person with at least this role; 403 below it; also 403 in an archived project. */
export function actorOf(call: Call, least: number): Viewer & { user: UserRow } {
  const viewer = viewerOf(call)
  const { user } = viewer
  if (!user || viewer.level < least) throw forbidden()
  if (viewer.project.archived && call.method !== 'GET') throw forbidden()
  return { ...viewer, user }
}

export const plans = (viewer: Viewer) => viewer.level >= role.planner

export function seesIssue(viewer: Viewer, issue: IssueRow): boolean {
  if (!issue.confidential || plans(viewer)) return true
  return (
    viewer.user !== undefined && (issue.author_id === viewer.user.id || issue.assignee_id === viewer.user.id)
  )
}

/** Internal notes are for Planner and Reporter upwards; the author and assignees of an issue do not see them. */
export function seesNote(world: World, viewer: Viewer, note: NoteRow): boolean {
  if (note.internal && !plans(viewer)) return note.author_id === viewer.user?.id
  if (note.source_issue_id === null) return true
  // "mentioned in #5" shows only to those who can see both ends.
  const source = world.db.one<IssueRow>('select * from issues where id = ?', note.source_issue_id)
  if (!source) return false
  if (source.project_id === viewer.project.id) return seesIssue(viewer, source)
  try {
    return seesIssue(viewProject(world, String(source.project_id), viewer.user), source)
  } catch {
    return false
  }
}

export function findIssue(world: World, projectId: number, iid: number): IssueRow | undefined {
  return world.db.one<IssueRow>('select * from issues where project_id = ? and iid = ?', projectId, iid)
}

/** The issue of the call; 404 where it is missing or hidden. The wording differs by route in GitLab itself. */
export function issueFor(call: Call, viewer: Viewer, iid: string | undefined, missing?: string): IssueRow {
  const issue = iid && /^\d+$/.test(iid) ? findIssue(call.world, viewer.project.id, Number(iid)) : undefined
  if (!issue || !viewer.project.issues_enabled || !seesIssue(viewer, issue)) throw notFound(missing)
  return issue
}
