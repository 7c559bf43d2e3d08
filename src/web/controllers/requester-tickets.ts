// A requester's own page of a ticket, and all they can do there. A link that is wrong, ended or nobody's
// looks like any page that does not exist, whatever is asked or sent with it, and has no effect.

import { answerOwnTicket } from '../../application/answer-own-ticket.ts'
import type { Done } from '../../application/decide.ts'
import { downloadOwnFile } from '../../application/download-file.ts'
import { rateTicket } from '../../application/rate-ticket.ts'
import { renewTicketLink } from '../../application/renew-ticket-link.ts'
import { reopenOwnTicket } from '../../application/reopen-own-ticket.ts'
import { isBlank } from '../../domain/conversation.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { isRefusal } from '../../domain/refusal.ts'
import type { Ticket } from '../../domain/ticket.ts'
import { fileProblem, filesToKeep, withFiles } from '../file-limits.ts'
import { flash } from '../flash.ts'
import { passageOf, retryLater } from '../flood-gate.ts'
import type { Posted } from '../form-body.ts'
import { keyOf, longestText, textOf } from '../form-fields.ts'
import { newLinkMailedPage } from '../pages/new-link.ts'
import type { RequesterForm, ReturnedRequesterForm } from '../pages/requester-ticket.ts'
import { requesterRefusalText, requesterTicketPage } from '../pages/requester-ticket.ts'
import { renderPage } from '../rendering.ts'
import type { Answer, Visit } from '../visit.ts'
import { missing, page, redirect } from '../visit.ts'
import { dispositionOf } from './files.ts'

const day = 24 * 60 * 60_000
/** So long after a ticket was resolved its link still opens, in milliseconds. */
export const linkLives = 90 * day

const longestComment = 10_000

type Own = {
  readonly ticket: Ticket
  /** Of this very page. */
  readonly path: string
}

/** Whose a claim is while its ticket is not there: nobody's. */
const nobody = { email: null, generation: 0 }

/**
 * The ticket a link is for, or null. Only the ticket's own row is read before the link is proven, and a claim
 * for a ticket that is not there is checked all the same, so that time tells nobody which ones are.
 * `former`: the link that was ended last counts, and the present one does not.
 */
const ownTicket = async (visit: Visit, { former = false } = {}): Promise<Own | null> => {
  const { links, parts } = visit.door
  const token = visit.param('token')
  const claim = links.read(token)
  if (!claim) return null
  const { ticket, generation } = await parts.store.read(async (reader) => ({
    ticket: await reader.ticket({ id: claim.id }),
    generation: (await reader.linkGeneration(claim.id)) - (former ? 1 : 0),
  }))
  const valid = claim.isFor(ticket ? { email: ticket.requester.email, generation } : nobody)
  if (!ticket || !valid) return null
  if (ticket.resolvedAt !== null && parts.clock.now() - ticket.resolvedAt > linkLives) return null
  return { ticket, path: `/t/${token}` }
}

const showPage = async (
  visit: Visit,
  { ticket, path }: Own,
  again: { readonly status: number; readonly form: ReturnedRequesterForm } | null = null,
): Promise<Answer> => {
  const { browse, baseUrl, parts } = visit.door
  const reading = await browse.ticket({ id: ticket.id })
  if (!reading) return missing
  return page(
    renderPage(
      // Of a form that came back the language is chosen on the page it came from.
      requesterTicketPage(
        { ...visit.context(), url: path },
        {
          ...reading,
          link: `${baseUrl}${path}`,
          newKey: parts.newId,
          form: again?.form ?? null,
        },
      ),
    ),
    again?.status,
  )
}

/** Finds the ticket and goes on. Nothing that was sent is read before the link is proven. */
const withLink = async (visit: Visit, work: (own: Own) => Promise<Answer>): Promise<Answer> => {
  const own = await ownTicket(visit)
  return own ? work(own) : missing
}

export const show = (visit: Visit): Promise<Answer> => withLink(visit, (own) => showPage(visit, own))

export const download = (visit: Visit): Promise<Answer> =>
  withLink(visit, async ({ ticket }) => {
    const { browse, parts } = visit.door
    const n = /^[1-9][0-9]{0,2}$/u.test(visit.param('n')) ? Number(visit.param('n')) : null
    const reading = n === null ? null : await browse.ticket({ id: ticket.id })
    const found = n === null || !reading ? null : await downloadOwnFile(parts, reading, n)
    if (!found) return missing
    return {
      kind: 'data',
      status: 200,
      type: 'application/octet-stream',
      body: found.bytes,
      headers: {
        'content-disposition': dispositionOf('attachment', found.file.name),
        'content-security-policy': "default-src 'none'; sandbox",
        // In a sandbox there is no origin to keep together, and Chromium warns where one is asked for.
        'origin-agent-cluster': '?0',
      },
    }
  })

type Sent = Pick<ReturnedRequesterForm, 'form' | 'text'> & {
  readonly fields: Posted['fields']
  readonly choice?: 'good' | 'bad' | null
}

/** The page with what was sent still in its field, and why it was not taken. */
const again = (visit: Visit, own: Own, sent: Sent, problem: string, status = 422): Promise<Answer> => {
  const { form, text, fields, choice = null } = sent
  return showPage(visit, own, {
    status,
    form: { form, text, choice, key: keyOf(fields) ?? null, problem },
  })
}

const acted = (
  visit: Visit,
  own: Own,
  sent: Sent,
  result: Done | Refusal,
  say: string,
): Answer | Promise<Answer> =>
  isRefusal(result)
    ? again(visit, own, sent, requesterRefusalText(result, visit.t), 409)
    : redirect(own.path, flash('done', say))

const tooLong = (text: string, most: number, visit: Visit): string | null =>
  text.length > most ? visit.t('errors.tooLong', { count: most }) : null

/** One more from here; the page with what was sent, where it is more than anybody needs. */
const flooded = async (visit: Visit, own: Own, sent: Sent): Promise<Answer | null> => {
  const passage = passageOf(visit, 'reply', own.ticket.requester.email ?? undefined)
  if (passage.open) return null
  const answer = await again(visit, own, sent, visit.t('mine.tooMany'), 429)
  return answer.kind === 'page' ? { ...answer, headers: retryLater(passage) } : answer
}

/** A text with files; sent with the reply, and with "not solved". */
const readWriting = (posted: Posted, visit: Visit, form: RequesterForm) => {
  const { parts } = visit.door
  const text = textOf(posted.fields, 'body')
  const sent: Sent = { form, text, fields: posted.fields }
  const problem = tooLong(text, longestText, visit) ?? fileProblem(posted, parts.desk, visit.t)
  const files = filesToKeep(posted, parts.newId)
  return { sent, problem, said: { body: text, files, key: keyOf(posted.fields) } }
}

export const reply = (visit: Visit): Promise<Answer> =>
  withLink(visit, async (own) => {
    const { parts } = visit.door
    const { sent, problem, said } = readWriting(await visit.form(withFiles(parts.desk)), visit, 'reply')
    if (problem !== null) return again(visit, own, sent, problem)
    if (isBlank(said.body) && said.files.length === 0)
      return again(visit, own, sent, visit.t('refusals.text-empty'))
    const flood = await flooded(visit, own, sent)
    if (flood) return flood
    const result = await answerOwnTicket(parts, { id: own.ticket.id, ...said })
    return acted(visit, own, sent, result, 'mine.flash.replied')
  })

export const solved = (visit: Visit): Promise<Answer> =>
  withLink(visit, async (own) => {
    const { parts } = visit.door
    const posted = await visit.form(withFiles(parts.desk))
    const { sent, problem, said } = readWriting(posted, visit, 'solved')
    const answer = posted.fields.get('solved')
    if (answer === 'yes') return redirect(`${own.path}#rating`, flash('done', 'mine.flash.solved'))
    if (answer !== 'no') return again(visit, own, sent, visit.t('mine.outcome.choose'))
    if (problem !== null) return again(visit, own, sent, problem)
    const flood = await flooded(visit, own, sent)
    if (flood) return flood
    const result = await reopenOwnTicket(parts, { id: own.ticket.id, ...said })
    return acted(visit, own, sent, result, 'mine.flash.reopened')
  })

export const rate = (visit: Visit): Promise<Answer> =>
  withLink(visit, async (own) => {
    const { fields } = await visit.form()
    const text = textOf(fields, 'comment')
    const said = fields.get('satisfaction')
    const choice = said === 'good' || said === 'bad' ? said : null
    const sent: Sent = { form: 'rating', text, choice, fields }
    if (choice === null) return again(visit, own, sent, visit.t('mine.rating.choose'))
    const long = tooLong(text, longestComment, visit)
    if (long !== null) return again(visit, own, sent, long)
    const flood = await flooded(visit, own, sent)
    if (flood) return flood
    const result = await rateTicket(visit.door.parts, {
      id: own.ticket.id,
      good: choice === 'good',
      comment: isBlank(text) ? '' : text,
      key: keyOf(fields),
    })
    return acted(visit, own, sent, result, 'mine.flash.rated')
  })

/** The page of the former link is over, so what became of it is said here and now. */
export const renewLink = async (visit: Visit): Promise<Answer> => {
  const { parts } = visit.door
  const own = await ownTicket(visit)
  if (!own) return renewedBefore(visit)
  const { fields } = await visit.form()
  const result = await renewTicketLink(parts, {
    ref: { id: own.ticket.id },
    by: { kind: 'requester', name: own.ticket.requester.name },
    key: keyOf(fields),
  })
  if (isRefusal(result))
    return again(
      visit,
      own,
      { form: 'newLink', text: '', fields },
      requesterRefusalText(result, visit.t),
      409,
    )
  return page(renderPage(newLinkMailedPage(visit.context(), { address: result.mailedTo ?? '' })))
}

/** Pressed twice: the second time the link has ended by the first, and only the form's own key tells. */
const renewedBefore = async (visit: Visit): Promise<Answer> => {
  const own = await ownTicket(visit, { former: true })
  if (!own) return missing
  const key = keyOf((await visit.form()).fields)
  const made = key === undefined ? null : await visit.door.parts.store.read((reader) => reader.formKey(key))
  const { id, requester } = own.ticket
  return made === id && requester.email !== null
    ? page(renderPage(newLinkMailedPage(visit.context(), { address: requester.email })))
    : missing
}
