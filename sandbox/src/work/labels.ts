import type { LabelRow, ProjectRow } from '../store/rows.ts'
import type { World } from '../world.ts'
import { touchIssue } from './notes.ts'

/** A label of the project or of its group, by its exact name: names are case-sensitive. */
export function findLabel(world: World, project: ProjectRow, name: string): LabelRow | undefined {
  return world.db.one<LabelRow>(
    'select * from labels where (project_id = ? or group_id = ?) and name = ? order by group_id is null desc',
    project.id,
    project.group_id,
    name,
  )
}

export function labelIdsOf(world: World, issueId: number): Set<number> {
  const rows = world.db.all<{ label_id: number }>(
    'select label_id from issue_labels where issue_id = ?',
    issueId,
  )
  return new Set(rows.map((row) => row.label_id))
}

export function labelsOf(world: World, issueId: number): LabelRow[] {
  return world.db.all<LabelRow>(
    'select l.* from issue_labels il join labels l on l.id = il.label_id where il.issue_id = ? order by l.name',
    issueId,
  )
}

export function makeLabel(
  world: World,
  project: ProjectRow,
  label: { name: string; color?: string; description?: string | null; priority?: number | null },
): LabelRow {
  const now = world.clock.now()
  const { id } = world.db.run(
    `insert into labels (project_id, name, color, description, priority, created_at, updated_at)
     values (?, ?, ?, ?, ?, ?, ?)`,
    project.id,
    label.name,
    // GitLab's default colour for a label made in passing.
    label.color ?? '#6699cc',
    label.description ?? null,
    label.priority ?? null,
    now,
    now,
  )
  const made = world.db.one<LabelRow>('select * from labels where id = ?', id)
  if (!made) throw new Error('the label was not written')
  return made
}

/** Names to ids; an unknown name silently becomes a new project label, so a typo makes a label (issues.rb 19.x). */
export function labelIdsFor(world: World, project: ProjectRow, names: readonly string[]): number[] {
  return names.map((name) => (findLabel(world, project, name) ?? makeLabel(world, project, { name })).id)
}

/** Ids of the names that exist; what is to be removed is never made first. */
export function knownLabelIds(world: World, project: ProjectRow, names: readonly string[]): number[] {
  return names.flatMap((name) => findLabel(world, project, name)?.id ?? [])
}

/** Writes the difference a caller saw, with its events. Nothing guards against a second writer: GitLab does not. */
export function changeLabels(
  world: World,
  issueId: number,
  userId: number,
  added: readonly number[],
  removed: readonly number[],
): void {
  for (const id of added)
    world.db.run('insert or ignore into issue_labels (issue_id, label_id) values (?, ?)', issueId, id)
  for (const id of removed)
    world.db.run('delete from issue_labels where issue_id = ? and label_id = ?', issueId, id)
  const event = (labelId: number, action: string) =>
    world.db.run(
      'insert into label_events (issue_id, user_id, label_id, action, created_at) values (?, ?, ?, ?, ?)',
      issueId,
      userId,
      labelId,
      action,
      world.clock.now(),
    )
  for (const id of added) event(id, 'add')
  for (const id of removed) event(id, 'remove')
  if (added.length + removed.length > 0) touchIssue(world, issueId)
}
