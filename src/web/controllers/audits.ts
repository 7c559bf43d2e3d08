// The audit log, for those who lead the desk: a page of it, and all that a filter leaves as a table for a
// spreadsheet, in which nothing acts. Who takes the table along stands in the log, too.

import type { AuditQuery } from '../../application/audit-ports.ts'
import { keepAudit } from '../../application/keep-audit.ts'
import { auditTable, readAudit } from '../../application/read-audit.ts'
import { deeds, doerOf } from '../../domain/audit.ts'
import { csvLine } from '../csv.ts'
import { lineOf } from '../form-fields.ts'
import type { AuditFilter } from '../pages/audit.ts'
import { auditPage } from '../pages/audit.ts'
import { renderPage } from '../rendering.ts'
import type { AgentVisit, Answer } from '../visit.ts'
import { authorOf, page } from '../visit.ts'

const perPage = 50
const day = 86_400_000

const dayIn = (text: string): number | null => {
  const at = /^\d{4}-\d{2}-\d{2}$/u.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  return Number.isNaN(at) ? null : at
}

/** What cannot be is as not asked for. */
const filterOf = ({ query }: AgentVisit): AuditFilter => {
  const text = (name: string, longest: number) => lineOf(query, name).slice(0, longest)
  const ticket = text('ticket', 40).replace(/^#/u, '')
  const [from, to] = [text('from', 10), text('to', 10)]
  return {
    who: text('who', 255).replace(/^@/u, ''),
    what: deeds.find((deed) => deed === query.get('what')) ?? '',
    ticket: /^[\w-]{1,40}$/u.test(ticket) ? ticket : '',
    from: dayIn(from) === null ? '' : from,
    to: dayIn(to) === null ? '' : to,
    cursor: text('cursor', 200),
  }
}

const asked = ({ who, what, ticket, from, to, cursor }: AuditFilter) => {
  const last = dayIn(to)
  const by: AuditQuery['by'] =
    who === '' ? null : who === 'requester' || who === 'belay' ? who : { username: who }
  return {
    by,
    what: what === '' ? null : what,
    ticket,
    from: dayIn(from),
    // The day that is named is meant, too.
    to: last === null ? null : last + day,
    cursor: cursor === '' ? null : cursor,
  }
}

export const index = async (visit: AgentVisit): Promise<Answer> => {
  const filter = filterOf(visit)
  const { parts } = visit.door
  const reading = await readAudit(parts, { ...asked(filter), limit: perPage, me: visit.viewer.username })
  return page(
    renderPage(
      auditPage(visit.context(), {
        ...reading,
        filter,
        ...(parts.retention ? { keptDays: parts.retention.auditDays } : {}),
      }),
    ),
  )
}

export const table = async (visit: AgentVisit): Promise<Answer> => {
  const { parts } = visit.door
  const by = doerOf(authorOf(visit.viewer))
  await keepAudit(parts, { by, what: 'export-audit', ticketId: null, about: '', result: 'done' })
  let body = csvLine(['number', 'time', 'who', 'what', 'ticket', 'about', 'result', 'hash'])
  for await (const { records, numbers } of auditTable(parts, asked(filterOf(visit))))
    for (const { n, at, by: doer, what, ticketId, about, result, hash } of records)
      body += csvLine([
        n,
        new Date(at).toISOString(),
        doer.kind === 'agent' ? doer.username : `(${doer.kind})`,
        what,
        ticketId === null ? '' : (numbers.get(ticketId) ?? ticketId),
        about,
        result,
        hash,
      ])
  return {
    kind: 'data',
    status: 200,
    type: 'text/csv; charset=utf-8',
    body,
    headers: { 'content-disposition': 'attachment; filename="audit.csv"' },
  }
}
