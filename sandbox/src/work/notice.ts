import { findProject, levelOf, plans, seesIssue } from '../access.ts'
import type { IssueRow, MergeRequestRow, ProjectRow, UserRow } from '../store/rows.ts'
import type { World } from '../world.ts'
import { writeSystemNote } from './notes.ts'
import { findReferences, type References } from './references.ts'

/** A text that was just written in an issue: its title and description, or a note. */
export type Writing = {
  author: UserRow
  project: ProjectRow
  issue: IssueRow
  noteId: number | null
  internal: boolean
  title: string
  text: string
  /** What stood there before an edit: only what is new counts. */
  before?: { title: string; text: string }
}

/** Writes down whom a text mentions, makes their to-dos, and leaves "mentioned in" notes on what it refers to. */
export function noticeReferences(world: World, writing: Writing): void {
  const now = findReferences(world.url, writing.title, writing.text)
  const before = writing.before && findReferences(world.url, writing.before.title, writing.before.text)
  mention(world, writing, now, before)
  crossReference(world, writing, now)
}

function mention(world: World, writing: Writing, now: References, before: References | undefined): void {
  const { issue, project, author, noteId } = writing
  const names = new Set(now.users)
  for (const name of before?.users ?? []) names.delete(name)
  const people = [...names].flatMap((name) => {
    const user = world.db.one<UserRow>('select * from users where username = ?', name)
    return user ? [user] : []
  })
  if (now.all && !before?.all) {
    people.push(
      ...world.db.all<UserRow>(
        `select distinct u.* from users u join members m on m.user_id = u.id
         where u.bot = 0 and ((m.source = 'project' and m.source_id = ?) or (m.source = 'group' and m.source_id = ?))`,
        project.id,
        project.group_id,
      ),
    )
  }
  const seen = new Set<number>()
  for (const user of people) {
    if (seen.has(user.id)) continue
    seen.add(user.id)
    world.db.run(
      'insert into mentions (issue_id, note_id, user_id, by_user_id, created_at) values (?, ?, ?, ?, ?)',
      issue.id,
      noteId,
      user.id,
      author.id,
      world.clock.now(),
    )
    if (user.id === author.id || !mayRead(world, user, writing)) continue
    const action = now.addressed.includes(user.username.toLowerCase()) ? 'directly_addressed' : 'mentioned'
    makeTodo(world, user.id, author.id, issue.id, noteId, action)
  }
}

export function makeTodo(
  world: World,
  userId: number,
  authorId: number,
  issueId: number,
  noteId: number | null,
  action: string,
): void {
  world.db.run(
    'insert into todos (user_id, author_id, issue_id, note_id, action, created_at) values (?, ?, ?, ?, ?, ?)',
    userId,
    authorId,
    issueId,
    noteId,
    action,
    world.clock.now(),
  )
}

function mayRead(world: World, user: UserRow, { issue, project, internal }: Writing): boolean {
  const viewer = { user, level: levelOf(world, user.id, project), project }
  if (viewer.level === 0 && project.visibility !== 'public') return false
  return seesIssue(viewer, issue) && (!internal || plans(viewer))
}

function crossReference(world: World, writing: Writing, found: References): void {
  const { issue, project } = writing
  for (const { project: path, iid } of found.issues) {
    const home = namedProject(world, project, path)
    const target =
      home && world.db.one<IssueRow>('select * from issues where project_id = ? and iid = ?', home.id, iid)
    if (!home || !target || target.id === issue.id) continue
    if (!reference(world, writing, 'Issue', `${home.full_path}#${iid}`)) continue
    writeSystemNote(
      world,
      'Issue',
      target.id,
      writing.author.id,
      `mentioned in issue ${nameFrom(writing, home)}`,
      issue.id,
    )
  }
  for (const { project: path, iid } of found.mergeRequests) {
    const home = namedProject(world, project, path)
    const target =
      home &&
      world.db.one<MergeRequestRow>(
        'select * from merge_requests where project_id = ? and iid = ?',
        home.id,
        iid,
      )
    if (!home || !target || !reference(world, writing, 'MergeRequest', `${home.full_path}!${iid}`)) continue
    const body = `mentioned in issue ${nameFrom(writing, home)}`
    writeSystemNote(world, 'MergeRequest', target.id, writing.author.id, body, issue.id)
  }
  for (const sha of found.commits) {
    const commit = world.db.one<{ sha: string }>(
      'select sha from commits where project_id = ? and sha >= ? and sha < ? limit 1',
      project.id,
      sha,
      `${sha}g`,
    )
    if (commit) reference(world, writing, 'Commit', commit.sha)
  }
}

/** Once for each pair; true when it is new. */
function reference(world: World, { issue, noteId }: Writing, type: string, target: string): boolean {
  const known = world.db.one(
    'select 1 from cross_references where source_issue_id = ? and target_type = ? and target = ?',
    issue.id,
    type,
    target,
  )
  if (known) return false
  world.db.run(
    'insert into cross_references (source_issue_id, source_note_id, target_type, target, created_at) values (?, ?, ?, ?, ?)',
    issue.id,
    noteId,
    type,
    target,
    world.clock.now(),
  )
  return true
}

export function namedProject(
  world: World,
  here: ProjectRow,
  path: string | undefined,
): ProjectRow | undefined {
  if (path === undefined) return here
  if (path.includes('/')) return findProject(world, path)
  return world.db.one<ProjectRow>(
    'select * from projects where group_id = ? and path = ?',
    here.group_id,
    path,
  )
}

/** How an issue is named in another project's text, or in its own's. */
export function nameFrom({ issue, project }: Pick<Writing, 'issue' | 'project'>, home: ProjectRow): string {
  if (home.id === project.id) return `#${issue.iid}`
  return home.group_id === project.group_id
    ? `${project.path}#${issue.iid}`
    : `${project.full_path}#${issue.iid}`
}
