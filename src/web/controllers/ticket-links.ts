// An agent has a requester's link made new: somebody else has the old one, or it is lost. Where Belay mails
// requesters the new one goes to them and no agent sees it; elsewhere the agent hands it over.

import { renewTicketLink } from '../../application/renew-ticket-link.ts'
import { isRefusal } from '../../domain/refusal.ts'
import { flash } from '../flash.ts'
import { keyOf } from '../form-fields.ts'
import { newLinkMadePage } from '../pages/new-link.ts'
import { ticketUrl } from '../pages/ticket-url.ts'
import { renderPage } from '../rendering.ts'
import { acted, attempt, onTicket } from '../ticket-actions.ts'
import type { AgentVisit, Answer } from '../visit.ts'
import { authorOf, page, redirect } from '../visit.ts'

export const renew = (visit: AgentVisit): Promise<Answer> =>
  onTicket(visit, async (ref) => {
    const { links, baseUrl, parts } = visit.door
    const { fields } = await visit.form()
    const result = await renewTicketLink(parts, { ref, by: authorOf(visit.viewer), key: keyOf(fields) })
    if (isRefusal(result))
      return acted(visit, ref, result, { attempt: attempt('new-link'), say: 'flash.linkSent' })
    const { ticket, generation, mailedTo } = result
    const name = ticket.requester.name || visit.t('requester.unknown')
    if (mailedTo !== null) return redirect(ticketUrl(ticket), flash('done', 'flash.linkSent', { name }))
    const token = links.tokenFor({ id: ticket.id, email: ticket.requester.email, generation })
    return page(renderPage(newLinkMadePage(visit.context(), { ticket, link: `${baseUrl}/t/${token}` })))
  })
