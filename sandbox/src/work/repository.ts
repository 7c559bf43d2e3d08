import { createHash, randomBytes } from 'node:crypto'
import type { BranchRow, CommitRow, ProjectRow } from '../store/rows.ts'
import type { World } from '../world.ts'

/** Branches and commits of a project: names pointing to commits in a row, no file contents beyond a README. */

export function findBranch(world: World, projectId: number, name: string): BranchRow | undefined {
  return world.db.one<BranchRow>('select * from branches where project_id = ? and name = ?', projectId, name)
}

export function isEmpty(world: World, projectId: number): boolean {
  return world.db.one('select 1 from branches where project_id = ? limit 1', projectId) === undefined
}

export function findCommit(world: World, projectId: number, sha: string): CommitRow | undefined {
  return world.db.one<CommitRow>('select * from commits where project_id = ? and sha = ?', projectId, sha)
}

/** A branch, or a commit by its full or shortened name. */
export function resolveRef(world: World, projectId: number, ref: string): string | undefined {
  const branch = findBranch(world, projectId, ref.replace(/^refs\/heads\//, ''))
  if (branch) return branch.sha
  if (!/^[0-9a-f]{7,40}$/.test(ref)) return undefined
  return world.db.one<{ sha: string }>(
    'select sha from commits where project_id = ? and sha >= ? and sha < ? limit 1',
    projectId,
    ref,
    `${ref}g`,
  )?.sha
}

/** Writes a commit on a branch (made where it is missing) and answers its name. */
export function commitTo(
  world: World,
  project: ProjectRow,
  branch: string,
  commit: { message: string; author: { name: string; email: string }; at?: number; parent?: string | null },
): CommitRow {
  const at = commit.at ?? world.clock.now()
  const parent =
    commit.parent === undefined ? (findBranch(world, project.id, branch)?.sha ?? null) : commit.parent
  const sha = createHash('sha1')
    .update(`${project.id} ${branch} ${parent} ${at} ${commit.message} ${randomBytes(8).toString('hex')}`)
    .digest('hex')
  world.db.run(
    'insert into commits (sha, project_id, parent, message, author_name, author_email, created_at) values (?, ?, ?, ?, ?, ?, ?)',
    sha,
    project.id,
    parent,
    commit.message,
    commit.author.name,
    commit.author.email,
    at,
  )
  pointBranch(world, project.id, branch, sha, at)
  const made = findCommit(world, project.id, sha)
  if (!made) throw new Error('the commit was not written')
  return made
}

export function pointBranch(world: World, projectId: number, name: string, sha: string, at: number): void {
  world.db.run(
    `insert into branches (project_id, name, sha, created_at) values (?, ?, ?, ?)
     on conflict (project_id, name) do update set sha = excluded.sha`,
    projectId,
    name,
    sha,
    at,
  )
}

/** From a commit back to the first one. */
export function history(world: World, projectId: number, from: string): CommitRow[] {
  return world.db.all<CommitRow>(
    `with recursive line(sha, depth) as (
       select ?2, 0 union all
       select c.parent, depth + 1 from line join commits c on c.project_id = ?1 and c.sha = line.sha
       where c.parent is not null
     ) select c.* from line join commits c on c.project_id = ?1 and c.sha = line.sha order by line.depth`,
    projectId,
    from,
  )
}

/** lib/gitlab/git_ref_validator.rb */
export function isBranchName(name: string): boolean {
  if (name === '' || name === 'HEAD' || name.startsWith('-')) return false
  if (/^refs\/(heads|remotes)\//.test(name) || /[/.]$/.test(name) || name.startsWith('/')) return false
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control bytes are what git forbids.
  if (/[\u0000-\u0020\u007f~^:?*[\\]/.test(name) || /\.\.|\/\/|@\{/.test(name)) return false
  return name.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'))
}

export type Protection = { id: number; name: string; push_level: number; merge_level: number }

/** The rule that protects a branch, `*` standing for anything. */
export function protectionOf(world: World, projectId: number, branch: string): Protection | undefined {
  return world.db
    .all<Protection>('select * from protected_branches where project_id = ?', projectId)
    .find(({ name }) => {
      const pattern = name.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      return new RegExp(`^${pattern.join('.*')}$`).test(branch)
    })
}
