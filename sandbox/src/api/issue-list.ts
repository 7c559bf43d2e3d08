import type { SQLInputValue } from 'node:sqlite'
import { type Viewer, viewerOf } from '../access.ts'
import { type Answer, json } from '../http/answers.ts'
import { badParameter } from '../http/api-error.ts'
import type { Call } from '../http/call.ts'
import { flag, oneOf, text } from '../http/fields.ts'
import { checkOffset, countRows, link, offsetHeaders, pageOf } from '../http/paging.ts'
import { issueShapes } from '../shapes/issue.ts'
import type { IssueRow } from '../store/rows.ts'
import { type Filter, issueFilter } from './issue-filters.ts'

const orders = [
  'created_at',
  'updated_at',
  'title',
  'due_date',
  'relative_position',
  'priority',
  'label_priority',
  'milestone_due',
  'popularity',
  'weight',
  'id',
] as const
type Order = (typeof orders)[number]

/** Orders with an expression that is never null; the others fall back to the id, which is stable. */
const expressions: Partial<Record<Order, string>> = {
  created_at: 'i.created_at',
  updated_at: 'i.updated_at',
  title: 'i.title collate nocase',
  due_date: "coalesce(i.due_date, '9999-12-31')",
}
/** Project issues have keyset pages for these since 18.3; with any other the wish for keyset is silently dropped. */
const keysetOrders: readonly Order[] = [
  'created_at',
  'updated_at',
  'title',
  'due_date',
  'relative_position',
  'id',
]

export function listIssues(call: Call): Answer {
  const viewer = viewerOf(call)
  if (!viewer.project.issues_enabled) return json(403, { message: '403 Forbidden' })
  return issuePage(call, viewer, issueFilter(call.world, viewer, call.fields))
}

function issuePage(call: Call, viewer: Viewer, filter: Filter): Answer {
  const order = oneOf(call.fields, 'order_by', orders) ?? 'created_at'
  const sort = oneOf(call.fields, 'sort', ['asc', 'desc']) ?? 'desc'
  const details = { labelDetails: flag(call.fields, 'with_labels_details') === true }
  const keyset = text(call.fields, 'pagination') === 'keyset' && keysetOrders.includes(order)
  const { rows, headers } = keyset
    ? keysetPage(call, filter, order, sort)
    : offsetPage(call, filter, order, sort)
  return json(200, issueShapes(call.world, viewer, rows, details), headers)
}

type Rows = { rows: IssueRow[]; headers: Record<string, string> }

function offsetPage(call: Call, { where, values }: Filter, order: Order, sort: string): Rows {
  const page = pageOf(call)
  checkOffset(page, 'Issue')
  // Ids first: the index alone walks over what is skipped, only the shown rows are read whole.
  const rows = call.world.db.all<IssueRow>(
    `select * from issues i where i.id in (
       select i.id from issues i where ${where} order by ${orderBy(order, sort)} limit ? offset ?
     ) order by ${orderBy(order, sort)}`,
    ...values,
    page.perPage,
    page.offset,
  )
  const total = countRows(call.world, `from issues i where ${where}`, values)
  return { rows, headers: offsetHeaders(call, page, rows.length, total) }
}

function keysetPage(call: Call, { where, values }: Filter, order: Order, sort: string): Rows {
  const { perPage } = pageOf(call)
  const expression = expressions[order]
  const cursor = readCursor(text(call.fields, 'cursor'))
  const sign = sort === 'asc' ? '>' : '<'
  let after = ''
  const given: SQLInputValue[] = []
  if (cursor) {
    after = expression ? ` and (${expression}, i.id) ${sign} (?, ?)` : ` and i.id ${sign} ?`
    given.push(...(expression ? [cursor.value, cursor.id] : [cursor.id]))
  }
  const key = expression ? `${expression} as key` : 'i.id as key'
  const rows = call.world.db.all<IssueRow & { key: SQLInputValue }>(
    `select i.*, ${key} from issues i where ${where}${after} order by ${orderBy(order, sort)} limit ?`,
    ...values,
    ...given,
    perPage + 1,
  )
  const shown = rows.slice(0, perPage)
  const last = shown.at(-1)
  const headers: Record<string, string> = { 'X-Per-Page': String(perPage) }
  if (last && rows.length > perPage) {
    const next = Buffer.from(JSON.stringify({ value: last.key, id: last.id, _kd: 'n' })).toString('base64url')
    headers.Link = link(call, { cursor: next, per_page: String(perPage) }, 'next')
  }
  return { rows: shown, headers }
}

function orderBy(order: Order, sort: string): string {
  const expression = expressions[order]
  return expression ? `${expression} ${sort}, i.id ${sort}` : `i.id ${sort}`
}

function readCursor(given: string | undefined): { value: SQLInputValue; id: number } | undefined {
  if (given === undefined || given === '') return undefined
  try {
    const { value, id } = JSON.parse(Buffer.from(given, 'base64url').toString('utf8')) as Record<
      string,
      unknown
    >
    if (typeof id === 'number' && (typeof value === 'number' || typeof value === 'string'))
      return { value, id }
  } catch {
    // Falls through: a cursor of ours always parses.
  }
  throw badParameter('cursor is invalid')
}
