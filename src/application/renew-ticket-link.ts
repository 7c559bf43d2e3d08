// A new link to the requester's own page; the former one is over at once. Where Belay mails requesters itself
// the new one goes to the ticket's own address and nowhere else, so whoever found the old one gains nothing.
// Elsewhere only an agent can make one, and gives it to the requester.

import { doerOf } from '../domain/audit.ts'
import { toBeDone } from '../domain/decision.ts'
import { acknowledgementsAnHour, ownMailAddress } from '../domain/notice.ts'
import type { Author } from '../domain/operation.ts'
import type { Refusal } from '../domain/refusal.ts'
import { refuse } from '../domain/refusal.ts'
import type { Ticket } from '../domain/ticket.ts'
import { circumstancesOf } from './decide.ts'
import type { Parts, TicketRef } from './ports.ts'

const hour = 3_600_000

export type Renewed = {
  readonly refused?: never
  readonly ticket: Ticket
  /** false: the form was sent before. */
  readonly renewed: boolean
  /** null: nobody mails it. */
  readonly mailedTo: string | null
  readonly generation: number
}

export const renewTicketLink = async (
  parts: Parts,
  request: { readonly ref: TicketRef; readonly by: Author; readonly key?: string | undefined },
): Promise<Renewed | Refusal> => {
  const { desk } = parts
  const { by, key } = request
  const result = await parts.store.write(async (writer): Promise<Renewed | Refusal> => {
    const ticket = await writer.ticket(request.ref)
    if (!ticket) return refuse('ticket-missing')
    const mailedTo = ownMailAddress(ticket, desk)
    if (key && (await writer.formKey(key)) !== null)
      return { ticket, renewed: false, mailedTo, generation: await writer.linkGeneration(ticket.id) }
    if (ticket.gone !== null) return refuse('ticket-gone')
    const circumstances = circumstancesOf(parts, by)
    const { at } = circumstances
    if (mailedTo === null) {
      if (by.kind === 'requester') return refuse('link-not-mailed')
      const generation = await writer.renewLink(ticket.id)
      const entry = { by: doerOf(by), what: 'renew-link', ticketId: ticket.id, about: '' } as const
      await writer.keepAudit({ ...entry, at, result: 'done' })
      return { ticket, renewed: true, mailedTo, generation }
    }
    // Nobody who has a link may have us write to an address as often as they like.
    if (
      by.kind === 'requester' &&
      (await writer.acknowledgements(mailedTo, at - hour)) >= acknowledgementsAnHour
    )
      return refuse('too-many-mails')
    const mail = toBeDone(ticket, circumstances, {
      kind: 'mail',
      notice: 'link',
      to: { name: ticket.requester.name, address: mailedTo },
      language: ticket.requester.language ?? desk.mail.language,
      text: '',
    })
    const written = await writer.record(
      { ticket, events: [], operations: [mail] },
      { audit: { what: 'renew-link' }, ...(key ? { key } : {}) },
    )
    if (written === 'conflict') return refuse('busy')
    await writer.acknowledged(mailedTo, ticket.id, at)
    return { ticket, renewed: true, mailedTo, generation: await writer.renewLink(ticket.id) }
  })
  parts.nudge()
  return result
}
