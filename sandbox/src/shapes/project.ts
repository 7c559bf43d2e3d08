import { role, type Viewer } from '../access.ts'
import { iso } from '../clock.ts'
import { serviceDeskAddress } from '../mail/addresses.ts'
import type { World } from '../world.ts'

/** API::Entities::ProjectWithAccess: the fields Belay could look at, and their usual neighbours. */
export function projectShape(world: World, { project, level, user }: Viewer): Record<string, unknown> {
  const [groupPath = ''] = project.full_path.split('/')
  const group = world.db.one<{ name: string }>('select name from groups where id = ?', project.group_id)
  const web = `${world.url}/${project.full_path}`
  const api = `${world.url}/api/v4/projects/${project.id}`
  const open = world.db.one<{ n: number }>(
    "select count(*) as n from issues where project_id = ? and state = 'opened'",
    project.id,
  )
  const empty = world.db.one('select 1 from branches where project_id = ? limit 1', project.id) === undefined
  const own = user && membership(world, 'project', project.id, user.id)
  const fromGroup = user && membership(world, 'group', project.group_id, user.id)
  const enabled = (yes: boolean) => (yes ? 'enabled' : 'disabled')
  return {
    id: project.id,
    description: project.description,
    name: project.name,
    name_with_namespace: `${group?.name ?? groupPath} / ${project.name}`,
    path: project.path,
    path_with_namespace: project.full_path,
    created_at: iso(project.created_at),
    // An empty repository has no branch, and so GitLab says null.
    default_branch: empty ? null : project.default_branch,
    tag_list: [],
    topics: [],
    ssh_url_to_repo: `git@${new URL(world.url).hostname}:${project.full_path}.git`,
    http_url_to_repo: `${web}.git`,
    web_url: web,
    readme_url: empty ? null : `${web}/-/blob/${project.default_branch}/README.md`,
    forks_count: 0,
    avatar_url: null,
    star_count: 0,
    last_activity_at: iso(project.updated_at),
    visibility: project.visibility,
    namespace: {
      id: project.group_id,
      name: group?.name ?? groupPath,
      path: groupPath,
      kind: 'group',
      full_path: groupPath,
      parent_id: null,
      avatar_url: null,
      web_url: `${world.url}/groups/${groupPath}`,
    },
    _links: {
      self: api,
      issues: `${api}/issues`,
      merge_requests: `${api}/merge_requests`,
      repo_branches: `${api}/repository/branches`,
      labels: `${api}/labels`,
      events: `${api}/events`,
      members: `${api}/members`,
    },
    marked_for_deletion_at: null,
    marked_for_deletion_on: null,
    empty_repo: empty,
    archived: project.archived === 1,
    issues_enabled: project.issues_enabled === 1,
    merge_requests_enabled: true,
    wiki_enabled: false,
    jobs_enabled: false,
    snippets_enabled: false,
    container_registry_enabled: false,
    service_desk_enabled: project.service_desk_enabled === 1,
    // Hidden from those who may not create issues by mail in the name of others.
    service_desk_address:
      project.service_desk_enabled && level >= role.planner ? serviceDeskAddress(project) : null,
    can_create_merge_request_in: level >= role.developer,
    issues_access_level: enabled(project.issues_enabled === 1),
    repository_access_level: 'enabled',
    merge_requests_access_level: 'enabled',
    forking_access_level: 'enabled',
    wiki_access_level: 'disabled',
    builds_access_level: 'disabled',
    snippets_access_level: 'disabled',
    emails_disabled: false,
    emails_enabled: true,
    shared_runners_enabled: true,
    lfs_enabled: true,
    creator_id: project.creator_id,
    import_status: 'none',
    open_issues_count: open?.n ?? 0,
    description_html: '',
    updated_at: iso(project.updated_at),
    public_jobs: true,
    only_allow_merge_if_pipeline_succeeds: false,
    remove_source_branch_after_merge: true,
    merge_method: 'merge',
    squash_option: 'default_off',
    enforce_auth_checks_on_uploads: true,
    issue_branch_template: null,
    autoclose_referenced_issues: project.autoclose === 1,
    permissions: { project_access: own ?? null, group_access: fromGroup ?? null },
  }
}

function membership(world: World, source: string, sourceId: number, userId: number) {
  const row = world.db.one<{ access_level: number }>(
    'select access_level from members where source = ? and source_id = ? and user_id = ?',
    source,
    sourceId,
    userId,
  )
  return row && { access_level: row.access_level, notification_level: 3 }
}
