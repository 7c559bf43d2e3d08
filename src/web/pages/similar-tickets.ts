// While an agent types a title: open tickets that sound alike, so that one outage is one ticket.
// A fragment for the form; only agents are shown it, others would read strangers' titles.

import type { TicketSummary } from '../../application/ports.ts'
import { levelName } from '../../domain/level.ts'
import type { Locale, PageContext } from '../page.ts'
import { ticketUrl } from './ticket-url.ts'

export type SimilarTicketsModel = {
  readonly view: 'similar-tickets'
  readonly locale: Locale
  readonly heading: string
  readonly tickets: readonly {
    readonly url: string
    readonly number: string
    readonly title: string
    readonly state: string
    readonly stateWord: string
    readonly level: string
  }[]
}

export const similarTickets = (
  ctx: PageContext,
  input: { readonly tickets: readonly TicketSummary[] },
): SimilarTicketsModel => ({
  view: 'similar-tickets',
  locale: ctx.locale,
  heading: ctx.t('similar.heading', { count: input.tickets.length }),
  tickets: input.tickets.map((ticket) => ({
    url: ticketUrl(ticket),
    number: ticket.iid === null ? ctx.t('ticket.onItsWay') : `#${ticket.iid}`,
    title: ticket.title,
    state: ticket.state,
    stateWord: ctx.t(`state.${ticket.state}`),
    level: levelName(ticket.level, ctx.desk),
  })),
})
