// Where is my mail? The ledger for those who lead the desk, each mail with its way on; and on a ticket, for
// every agent, the mails that became part of it. What strangers wrote is handed out only as text, or behind
// glass: as a file to save, or as a document that may do nothing at all.

import { acceptMail } from '../../application/accept-mail.ts'
import { keepAudit } from '../../application/keep-audit.ts'
import { listMails } from '../../application/list-mails.ts'
import type { WhichMail } from '../../application/read-mail-original.ts'
import { readMailHtml, readMailOriginal, readMailSource } from '../../application/read-mail-original.ts'
import { replayMail } from '../../application/replay-mail.ts'
import { doerOf } from '../../domain/audit.ts'
import type { MailState } from '../../domain/mail.ts'
import { isRefusal } from '../../domain/refusal.ts'
import { flash } from '../flash.ts'
import { lineOf } from '../form-fields.ts'
import { mailPage } from '../pages/mail.ts'
import { mailStates } from '../pages/mail-standing.ts'
import { mailsPage, mailUrl } from '../pages/mails.ts'
import { ticketUrl } from '../pages/ticket-url.ts'
import { renderPage } from '../rendering.ts'
import { onTicket } from '../ticket-actions.ts'
import type { AgentVisit, Answer } from '../visit.ts'
import { authorOf, missing, page, redirect } from '../visit.ts'
import { dispositionOf } from './files.ts'

const perPage = 50

const stateOf = (text: string | undefined): MailState | null =>
  mailStates.find((state) => state === text) ?? null

export const index = async (visit: AgentVisit): Promise<Answer> => {
  const { door, viewer } = visit
  const query = {
    words: lineOf(visit.query, 'q').slice(0, 200),
    state: stateOf(visit.query.get('state')),
    cursor: visit.query.get('cursor') ?? null,
  }
  const reading = await listMails(door.parts, { ...query, limit: perPage, me: viewer.username })
  return page(renderPage(mailsPage(visit.context(), { query, ...reading })))
}

/** What cannot be one of our ids is not looked for. */
const onMail = (visit: AgentVisit, work: (id: string) => Promise<Answer>): Promise<Answer> => {
  const id = visit.param('id')
  return /^[\w-]{1,64}$/u.test(id) ? work(id) : Promise.resolve(missing)
}

const onMailOfTicket = (
  visit: AgentVisit,
  work: (which: Required<WhichMail>) => Promise<Answer>,
): Promise<Answer> => onTicket(visit, (ref) => onMail(visit, (id) => work({ id, ref })))

const shown = async (visit: AgentVisit, which: WhichMail): Promise<Answer> => {
  const original = await readMailOriginal(visit.door.parts, which)
  if (!original) return missing
  return page(renderPage(mailPage(visit.context(), { ...original, onTicket: which.ref !== undefined })))
}

export const show = (visit: AgentVisit): Promise<Answer> => onMail(visit, (id) => shown(visit, { id }))

export const ofTicket = (visit: AgentVisit): Promise<Answer> =>
  onMailOfTicket(visit, (which) => shown(visit, which))

// In a sandbox there is no origin to keep together, and Chromium warns where one is asked for.
const alone = { 'origin-agent-cluster': '?0' }

export const source = (visit: AgentVisit): Promise<Answer> =>
  onMail(visit, async (id) => {
    const found = await readMailSource(visit.door.parts, { id })
    if (!found) return missing
    const { ticketId } = found.mail
    const by = doerOf(authorOf(visit.viewer))
    await keepAudit(visit.door.parts, { by, what: 'look-at-mail', ticketId, about: id, result: 'done' })
    return {
      kind: 'data',
      status: 200,
      type: 'message/rfc822',
      body: found.source,
      headers: {
        'content-disposition': dispositionOf('attachment', `${id}.eml`),
        'content-security-policy': "default-src 'none'; sandbox",
        ...alone,
      },
    }
  })

export const html = (visit: AgentVisit): Promise<Answer> =>
  onMailOfTicket(visit, async (which) => {
    const found = await readMailHtml(visit.door.parts, which)
    if (found === null) return missing
    return {
      kind: 'data',
      status: 200,
      type: 'text/html; charset=utf-8',
      body: found,
      headers: {
        'content-security-policy':
          "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'",
        'x-frame-options': 'SAMEORIGIN',
        'referrer-policy': 'no-referrer',
        ...alone,
      },
    }
  })

const again = (visit: AgentVisit, forced: boolean): Promise<Answer> =>
  onMail(visit, async (id) => {
    await visit.form()
    const { door, viewer } = visit
    const result = await replayMail(door.parts, { id, role: viewer.role, forced, by: authorOf(viewer) })
    if (result === null) return missing
    if (isRefusal(result)) return redirect(mailUrl(id), flash('refused', `refusals.${result.code}`))
    if (!result.replayed) return redirect(mailUrl(id), flash('refused', 'flash.mailNotReplayed'))
    door.log.info({ mail: id, forced, by: viewer.username }, 'a mail is read once more')
    return redirect(mailUrl(id), flash('done', forced ? 'flash.mailOpening' : 'flash.mailReplayed'))
  })

export const replay = (visit: AgentVisit): Promise<Answer> => again(visit, false)

export const open = (visit: AgentVisit): Promise<Answer> => again(visit, true)

export const accept = (visit: AgentVisit): Promise<Answer> =>
  onMail(visit, async (id) => {
    await visit.form()
    const { door, viewer } = visit
    const found = await door.parts.store.read((reader) => reader.mail(id))
    const result = await acceptMail(door.parts, { id, by: authorOf(viewer) })
    if (result === null || found === null) return missing
    if (isRefusal(result))
      return redirect(
        `/issues/${found.ticketId}`,
        flash('refused', `refusals.${result.code}`, { ...result.particulars }),
      )
    const to = ticketUrl(result.ticket)
    if (result.already) return redirect(to, flash('refused', 'flash.mailAcceptedBefore'))
    door.log.info(
      { mail: id, ticket: result.ticket.iid, by: viewer.username },
      'an unverified mail is accepted',
    )
    return redirect(to, flash('done', 'flash.mailAccepted'))
  })
