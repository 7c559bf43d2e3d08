// A requester's own page of a ticket. A link that is wrong, ended or nobody's looks like any page
// that does not exist.

import { requesterTicketPage } from '../pages/requester-ticket.ts'
import { renderPage } from '../rendering.ts'
import type { Answer, Visit } from '../visit.ts'
import { missing, page } from '../visit.ts'

const day = 24 * 60 * 60_000
/** So long after a ticket was resolved its link still opens, in milliseconds. */
const linkLives = 90 * day

export const show = async (visit: Visit): Promise<Answer> => {
  const { door } = visit
  const token = visit.param('token')
  const claim = door.links.read(token)
  if (!claim) return missing
  const reading = await door.browse.ticket({ id: claim.id })
  // A claim for a ticket that is not there is checked all the same, so that time tells nobody which ones are.
  const valid = claim.isFor({ email: reading?.ticket.requester.email ?? null, generation: 0 })
  if (!reading || !valid) return missing
  const { ticket } = reading
  if (ticket.resolvedAt !== null && door.parts.clock.now() - ticket.resolvedAt > linkLives) return missing
  return page(
    renderPage(requesterTicketPage(visit.context(), { ...reading, link: `${door.baseUrl}/t/${token}` })),
  )
}
