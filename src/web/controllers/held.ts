// What waits for a lead before it becomes a ticket, and the lead's two answers. Whoever is second, by a
// double click or beside a colleague, is told so.

import { dropHeldSubmissions } from '../../application/drop-held-submission.ts'
import { listHeld } from '../../application/list-held.ts'
import { openHeldSubmission } from '../../application/open-held-submission.ts'
import { isRefusal } from '../../domain/refusal.ts'
import { flash } from '../flash.ts'
import { dropPrefix, heldPage } from '../pages/held.ts'
import { renderPage } from '../rendering.ts'
import { ticketRefOf } from '../security.ts'
import type { AgentVisit, Answer } from '../visit.ts'
import { authorOf, missing, page, redirect } from '../visit.ts'

const perPage = 50
const listUrl = '/held'

export const index = async (visit: AgentVisit): Promise<Answer> => {
  const { door, query, viewer } = visit
  const cursor = query.get('cursor') ?? null
  const { backlog, ...reading } = await listHeld(door.parts, { cursor, limit: perPage, me: viewer.username })
  return page(renderPage(heldPage(visit.context(), { ...reading, stuck: backlog.operations.stuck })))
}

/** An id here becomes a ticket's, and looks like one. */
const idOf = (text: string): string | null => {
  const ref = ticketRefOf(text)
  return ref && 'id' in ref ? ref.id : null
}

export const open = async (visit: AgentVisit): Promise<Answer> => {
  const id = idOf(visit.param('id'))
  if (id === null) return missing
  await visit.form()
  const { door, viewer } = visit
  const result = await openHeldSubmission(door.parts, { id, role: viewer.role, by: authorOf(viewer) })
  if (result === null) return redirect(listUrl, flash('refused', 'flash.heldGone'))
  if (isRefusal(result))
    return redirect(listUrl, flash('refused', `refusals.${result.code}`, { ...result.particulars }))
  if (result.already) return redirect(listUrl, flash('refused', 'flash.heldOpenedBefore'))
  door.log.info({ held: id, by: viewer.username }, 'a held submission is opened')
  const { iid } = result.ticket
  return redirect(
    listUrl,
    iid === null ? flash('saved', 'flash.heldOpened') : flash('done', 'flash.heldOpenedAs', { number: iid }),
  )
}

const dropAll = async (visit: AgentVisit, ids: readonly string[]): Promise<Answer> => {
  const { door, viewer } = visit
  const dropped = await dropHeldSubmissions(door.parts, { ids, role: viewer.role, by: authorOf(viewer) })
  if (isRefusal(dropped)) return redirect(listUrl, flash('refused', `refusals.${dropped.code}`))
  if (dropped === 0) return redirect(listUrl, flash('refused', 'flash.heldGone'))
  door.log.info({ held: ids, dropped, by: viewer.username }, 'held submissions are dropped')
  return redirect(listUrl, flash('done', 'flash.heldDropped', { count: dropped }))
}

export const drop = async (visit: AgentVisit): Promise<Answer> => {
  const id = idOf(visit.param('id'))
  if (id === null) return missing
  await visit.form()
  return dropAll(visit, [id])
}

export const dropSelected = async (visit: AgentVisit): Promise<Answer> => {
  const { fields } = await visit.form()
  const ids = [...fields.keys()].flatMap((name) =>
    name.startsWith(dropPrefix) ? (idOf(name.slice(dropPrefix.length)) ?? []) : [],
  )
  if (ids.length === 0) return redirect(listUrl, flash('refused', 'flash.heldNoneSelected'))
  return dropAll(visit, ids)
}
