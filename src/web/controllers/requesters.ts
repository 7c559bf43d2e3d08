// For those who lead the desk: what is kept of one requester, handed out or erased. Erasing asks first, and
// whoever means it types once more whose data they are. Nothing of whose data it was stays in an address.

import { eraseRequester, isWhom } from '../../application/erase-requester.ts'
import { exportAsText, exportRequester, lookAtRequester } from '../../application/export-requester.ts'
import { isRefusal } from '../../domain/refusal.ts'
import { flash } from '../flash.ts'
import { lineOf } from '../form-fields.ts'
import { refusalText } from '../pages/refusal-text.ts'
import { erasePage, erasurePage, erasureShown, erasureUrl, requestersPage } from '../pages/requesters.ts'
import { renderPage } from '../rendering.ts'
import type { AgentVisit, Answer } from '../visit.ts'
import { authorOf, missing, page, redirect } from '../visit.ts'

const whomIn = (fields: ReadonlyMap<string, string>): string => lineOf(fields, 'address').slice(0, 320)

const search = async (visit: AgentVisit, whom: string, problem: string | null): Promise<Answer> => {
  const { parts } = visit.door
  const overview = problem === null && whom !== '' ? await lookAtRequester(parts, whom) : null
  const erasures = await parts.store.read((reader) => reader.erasures(50))
  const wrong = problem ?? (whom !== '' && overview === null ? visit.t('erasure.whomWrong') : null)
  const { retention } = parts
  return page(
    renderPage(
      requestersPage(visit.context(), {
        whom,
        overview,
        problem: wrong,
        erasures,
        ...(retention ? { retention } : {}),
      }),
    ),
    wrong === null ? 200 : 422,
  )
}

export const index = (visit: AgentVisit): Promise<Answer> => search(visit, whomIn(visit.query), null)

export const exported = async (visit: AgentVisit): Promise<Answer> => {
  const { fields } = await visit.form()
  const whom = whomIn(fields)
  const { parts } = visit.door
  const got = await exportRequester(parts, { whom, by: authorOf(visit.viewer), role: visit.viewer.role })
  if (isRefusal(got)) return search(visit, whom, visit.t('erasure.whomWrong'))
  const asText = fields.get('format') === 'text'
  return {
    kind: 'data',
    status: 200,
    type: asText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8',
    body: asText ? exportAsText(got) : `${JSON.stringify(got, null, 2)}\n`,
    headers: {
      'content-disposition': `attachment; filename="requester.${asText ? 'txt' : 'json'}"`,
      'content-security-policy': "default-src 'none'; sandbox",
    },
  }
}

const ask = async (visit: AgentVisit, whom: string, problem: string | null): Promise<Answer> => {
  const overview = isWhom(whom) ? await lookAtRequester(visit.door.parts, whom) : null
  if (overview === null) return search(visit, whom, visit.t('erasure.whomWrong'))
  return page(
    renderPage(erasePage(visit.context(), { whom, overview, problem })),
    problem === null ? 200 : 422,
  )
}

export const askErase = (visit: AgentVisit): Promise<Answer> => ask(visit, whomIn(visit.query), null)

export const erase = async (visit: AgentVisit): Promise<Answer> => {
  const { fields } = await visit.form()
  const whom = whomIn(fields)
  const { id, username, name, role } = visit.viewer
  const result = await eraseRequester(visit.door.parts, {
    whom,
    confirmed: lineOf(fields, 'confirm'),
    by: { kind: 'agent', id, username, name },
    role,
  })
  if (isRefusal(result)) return ask(visit, whom, refusalText(result, visit.t))
  visit.door.log.info({ erasure: result, by: username }, "a requester's data are erased")
  return redirect(erasureUrl(result), flash('done', 'flash.erased'))
}

/** What cannot be one of our ids is not looked for. */
const idOf = (visit: AgentVisit): string | null => {
  const id = visit.param('id')
  return /^[\w-]{1,64}$/u.test(id) ? id : null
}

export const show = async (visit: AgentVisit): Promise<Answer> => {
  const id = idOf(visit)
  const found =
    id === null
      ? null
      : await visit.door.parts.store.read(async (reader) => {
          const erasure = await reader.erasure(id)
          return erasure && { erasure, tickets: await reader.erasedTickets(id, erasureShown) }
        })
  return found ? page(renderPage(erasurePage(visit.context(), found))) : missing
}

export const seen = async (visit: AgentVisit): Promise<Answer> => {
  await visit.form()
  const id = idOf(visit)
  const { store } = visit.door.parts
  if (id === null || (await store.read((reader) => reader.erasure(id))) === null) return missing
  await store.write((writer) => writer.forgetUploads(id))
  return redirect(erasureUrl(id), flash('done', 'flash.erasureSeen'))
}
