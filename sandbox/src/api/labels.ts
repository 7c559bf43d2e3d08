import { actorOf, role, type Viewer, viewerOf } from '../access.ts'
import { json, noContent } from '../http/answers.ts'
import { badParameter, conflict, invalidModel, notFound } from '../http/api-error.ts'
import { type Call, type Route, route } from '../http/call.ts'
import { flag, has, neededText, text, whole } from '../http/fields.ts'
import { pageList } from '../http/paging.ts'
import { basicLabel } from '../shapes/label.ts'
import type { LabelRow, ProjectRow } from '../store/rows.ts'
import { findLabel, makeLabel } from '../work/labels.ts'

function labelShape(label: LabelRow): Record<string, unknown> {
  return {
    ...basicLabel(label),
    archived: false,
    subscribed: false,
    priority: label.priority,
    is_project_label: label.group_id === null,
  }
}

/** Counts are asked for by `with_counts`: they are dear in a large project. */
function withCounts(call: Call, viewer: Viewer, label: LabelRow): Record<string, unknown> {
  const count = (state: string) =>
    call.world.db.one<{ n: number }>(
      `select count(*) as n from issue_labels il join issues i on i.id = il.issue_id
       where il.label_id = ? and i.project_id = ? and i.state = ?`,
      label.id,
      viewer.project.id,
      state,
    )?.n ?? 0
  return {
    ...labelShape(label),
    open_issues_count: count('opened'),
    closed_issues_count: count('closed'),
    open_merge_requests_count: 0,
  }
}

function listLabels(call: Call) {
  const viewer = viewerOf(call)
  const ancestors = flag(call.fields, 'include_ancestor_groups') ?? true
  const search = text(call.fields, 'search')?.toLowerCase() ?? ''
  const rows = call.world.db
    .all<LabelRow>(
      'select * from labels where project_id = ? or (? and group_id = ?) order by name collate nocase, id',
      viewer.project.id,
      Number(ancestors),
      viewer.project.group_id,
    )
    .filter((label) => label.name.toLowerCase().includes(search))
  const { items, headers } = pageList(call, rows)
  const counted = flag(call.fields, 'with_counts') === true
  return json(
    200,
    items.map((label) => (counted ? withCounts(call, viewer, label) : labelShape(label))),
    headers,
  )
}

function labelOf(call: Call, project: ProjectRow): LabelRow {
  const name = call.params.name ?? ''
  const byName = findLabel(call.world, project, name)
  const byId = /^\d+$/.test(name)
    ? call.world.db.one<LabelRow>(
        'select * from labels where id = ? and (project_id = ? or group_id = ?)',
        Number(name),
        project.id,
        project.group_id,
      )
    : undefined
  const label = byId ?? byName
  if (!label) throw notFound('Label')
  return label
}

const showLabel = (call: Call) => json(200, labelShape(labelOf(call, viewerOf(call).project)))

function createLabel(call: Call) {
  const { project } = actorOf(call, role.planner)
  const name = neededText(call.fields, 'name')
  const color = colorFrom(neededText(call.fields, 'color'))
  // The same answer for a label of an ancestor group.
  if (findLabel(call.world, project, name)) throw conflict('Label already exists')
  checkName(name)
  const label = makeLabel(call.world, project, {
    name,
    color,
    description: text(call.fields, 'description') ?? null,
    priority: whole(call.fields, 'priority') ?? null,
  })
  return json(201, labelShape(label))
}

function updateLabel(call: Call) {
  const { project } = actorOf(call, role.planner)
  const label = labelOf(call, project)
  const names = ['new_name', 'color', 'description', 'priority', 'archived']
  if (!names.some((name) => has(call.fields, name))) {
    throw badParameter(
      'new_name, color, description, priority, archived are missing, at least one parameter must be provided',
    )
  }
  const newName = text(call.fields, 'new_name') ?? label.name
  const color = text(call.fields, 'color')
  checkName(newName)
  const other = findLabel(call.world, project, newName)
  if (other && other.id !== label.id) throw invalidModel({ title: ['has already been taken'] })
  // History names a label by its id: a new name rewrites what all events say.
  call.world.db.run(
    'update labels set name = ?, color = ?, description = ?, priority = ?, updated_at = ? where id = ?',
    newName,
    color === undefined ? label.color : colorFrom(color),
    text(call.fields, 'description') ?? label.description,
    whole(call.fields, 'priority') ?? label.priority,
    call.world.clock.now(),
    label.id,
  )
  return json(
    200,
    labelShape({ ...label, name: newName, color: color === undefined ? label.color : colorFrom(color) }),
  )
}

function deleteLabel(call: Call) {
  const { project } = actorOf(call, role.planner)
  const label = labelOf(call, project)
  call.world.db.transaction(() => {
    call.world.db.run('delete from issue_labels where label_id = ?', label.id)
    // The events stay; their label is null from now on.
    call.world.db.run('update label_events set label_id = null where label_id = ?', label.id)
    call.world.db.run('delete from labels where id = ?', label.id)
  })
  return noContent
}

function checkName(name: string): void {
  if (name.trim() === '') throw invalidModel({ title: ["can't be blank"] })
  if (name.length > 255) throw invalidModel({ title: ['is too long (maximum is 255 characters)'] })
  if (/[,?&]/.test(name)) throw invalidModel({ title: ['is invalid'] })
}

const cssColors: Record<string, string> = {
  red: '#FF0000',
  green: '#008000',
  blue: '#0000FF',
  orange: '#FFA500',
  yellow: '#FFFF00',
  purple: '#800080',
  gray: '#808080',
  black: '#000000',
  white: '#FFFFFF',
}

function colorFrom(given: string): string {
  const known = cssColors[given.toLowerCase()]
  if (known) return known
  if (/^#[0-9a-f]{6}$/i.test(given)) return given
  const [, r = '', g = '', b = ''] = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(given) ?? []
  if (r) return `#${r}${r}${g}${g}${b}${b}`
  throw invalidModel({ color: ['must be a valid color code'] })
}

export const labelRoutes: Route[] = [
  route('GET', '/projects/:id/labels', listLabels),
  route('POST', '/projects/:id/labels', createLabel),
  route('GET', '/projects/:id/labels/:name', showLabel),
  route('PUT', '/projects/:id/labels/:name', updateLabel),
  route('DELETE', '/projects/:id/labels/:name', deleteLabel),
]
