import type { SQLInputValue } from 'node:sqlite'
import { plans, type Viewer } from '../access.ts'
import { badParameter } from '../http/api-error.ts'
import { type Fields, flag, isFields, list, moment, oneOf, text, whole, wholeList } from '../http/fields.ts'
import { findLabel } from '../work/labels.ts'
import type { World } from '../world.ts'

/** A condition in SQL with its values. */
export type Filter = { where: string; values: SQLInputValue[] }

export const issueTypes = ['issue', 'incident', 'test_case', 'requirement', 'task', 'ticket'] as const

/** What a person may see and what the call asked for (lib/api/helpers/issues_helpers.rb), as one condition. */
export function issueFilter(world: World, viewer: Viewer, fields: Fields): Filter {
  const parts: string[] = ['i.project_id = ?']
  const values: SQLInputValue[] = [viewer.project.id]
  const add = (condition: string, ...given: SQLInputValue[]) => {
    parts.push(condition)
    values.push(...given)
  }
  if (!plans(viewer)) {
    const me = viewer.user?.id ?? 0
    add('(i.confidential = 0 or i.author_id = ? or i.assignee_id = ?)', me, me)
  }
  const state = oneOf(fields, 'state', ['opened', 'closed', 'all'])
  if (state && state !== 'all') add('i.state = ?', state)
  const confidential = flag(fields, 'confidential')
  if (confidential !== undefined) add('i.confidential = ?', Number(confidential))
  const type = oneOf(fields, 'issue_type', issueTypes)
  if (type) add('i.issue_type = ?', type)
  const iids = wholeList(fields, 'iids')
  if (iids) add('i.iid in (select value from json_each(?))', JSON.stringify(iids))
  for (const [name, condition] of times) {
    const at = moment(fields, name)
    if (at !== undefined) add(condition, at)
  }
  addLabels(world, viewer, list(fields, 'labels'), add)
  addPeople(world, fields, add, '')
  const not = isFields(fields.not) ? fields.not : undefined
  if (not) {
    for (const label of list(not, 'labels') ?? []) add(`not ${hasLabel}`, labelId(world, viewer, label))
    addPeople(world, not, add, 'not ')
    const others = wholeList(not, 'iids')
    if (others) add('i.iid not in (select value from json_each(?))', JSON.stringify(others))
  }
  addSearch(fields, add)
  return { where: parts.join(' and '), values }
}

type Add = (condition: string, ...given: SQLInputValue[]) => void

/** "After" means at or after. */
const times: readonly [string, string][] = [
  ['created_after', 'i.created_at >= ?'],
  ['created_before', 'i.created_at <= ?'],
  ['updated_after', 'i.updated_at >= ?'],
  ['updated_before', 'i.updated_at <= ?'],
]

/** Looked up by id first: asking each issue for a label's name costs fifty times as much in a large project. */
const hasLabel = 'exists (select 1 from issue_labels il where il.issue_id = i.id and il.label_id = ?)'

/** A name that no label has finds nothing. */
const labelId = (world: World, { project }: Viewer, name: string) => findLabel(world, project, name)?.id ?? -1

/** A label that few issues have leads to them; with one that many have it is quicker to walk in order and look. */
function withLabel(world: World, id: number): string {
  const few = 10_000
  const counted = world.db.one<{ n: number }>(
    'select count(*) as n from (select 1 from issue_labels where label_id = ? limit ?)',
    id,
    few,
  )
  return (counted?.n ?? 0) < few
    ? 'i.id in (select il.issue_id from issue_labels il where il.label_id = ?)'
    : hasLabel
}

function addLabels(world: World, viewer: Viewer, labels: string[] | undefined, add: Add): void {
  for (const label of labels ?? []) {
    if (/^none$/i.test(label)) add('not exists (select 1 from issue_labels il where il.issue_id = i.id)')
    else if (/^any$/i.test(label)) add('exists (select 1 from issue_labels il where il.issue_id = i.id)')
    else add(withLabel(world, labelId(world, viewer, label)), labelId(world, viewer, label))
  }
}

function addPeople(world: World, fields: Fields, add: Add, not: string): void {
  const author = whole(fields, 'author_id') ?? personNamed(world, text(fields, 'author_username'))
  if (author !== undefined) add(`${not}(i.author_id = ?)`, author)
  const assignee = text(fields, 'assignee_id')
  if (assignee !== undefined && /^(none|0)$/i.test(assignee)) add(`${not}(i.assignee_id is null)`)
  else if (assignee !== undefined && /^any$/i.test(assignee)) add(`${not}(i.assignee_id is not null)`)
  else {
    const [name] = list(fields, 'assignee_username') ?? []
    const id = assignee === undefined ? personNamed(world, name) : whole(fields, 'assignee_id')
    if (id !== undefined) add(`${not}(i.assignee_id is ?)`, id)
  }
}

/** A name nobody has finds nothing. */
function personNamed(world: World, username: string | undefined): number | undefined {
  if (username === undefined) return undefined
  return world.db.one<{ id: number }>('select id from users where username = ?', username)?.id ?? -1
}

function addSearch(fields: Fields, add: Add): void {
  const search = text(fields, 'search')
  if (search === undefined || search === '') return
  const where = list(fields, 'in') ?? ['title', 'description']
  const columns = where.filter((name) => name === 'title' || name === 'description')
  if (columns.length !== where.length) throw badParameter('in does not have a valid value')
  // Every word must be somewhere; quoted words belong together.
  for (const [, quoted, word] of search.matchAll(/"([^"]+)"|(\S+)/g)) {
    const like = `%${(quoted ?? word ?? '').replace(/[\\%_]/g, '\\$&')}%`
    add(`(${columns.map((name) => `i.${name} like ? escape '\\'`).join(' or ')})`, ...columns.map(() => like))
  }
}
