// A link was made new. The requester reads that it is on its way by mail, and the former page is over; an agent
// of a desk that mails nobody gets the link to hand over, this one time.

import type { Ticket } from '../../domain/ticket.ts'
import type { PageContext } from '../page.ts'
import type { LayoutModel } from './layout.ts'
import { layout } from './layout.ts'
import { maskedAddress } from './requester-ticket.ts'
import { ticketUrl } from './ticket-url.ts'

export type NewLinkModel = {
  readonly view: 'new-link'
  readonly layout: LayoutModel
  readonly heading: string
  readonly text: string
  /** To hand over; null where it is mailed. */
  readonly link: string | null
  readonly back: { readonly url: string; readonly label: string } | null
}

export const newLinkMailedPage = (
  ctx: PageContext,
  { address }: { readonly address: string },
): NewLinkModel => {
  const { t } = ctx
  const heading = t('mine.linkSent.heading')
  return {
    view: 'new-link',
    // The address of this page is the former link: it leads nowhere any more.
    layout: layout({ ...ctx, url: '/open-issue' }, { title: heading, plain: true }),
    heading,
    text: t('mine.linkSent.text', { address: maskedAddress(address) ?? '' }),
    link: null,
    back: null,
  }
}

export const newLinkMadePage = (
  ctx: PageContext,
  { ticket, link }: { readonly ticket: Ticket; readonly link: string },
): NewLinkModel => {
  const { t } = ctx
  const name = ticket.requester.name || t('requester.unknown')
  const heading = t('newLink.heading', { name })
  return {
    view: 'new-link',
    layout: layout({ ...ctx, url: ticketUrl(ticket) }, { title: heading, plain: true }),
    heading,
    text: t('newLink.text', { name }),
    link,
    back: { url: ticketUrl(ticket), label: t('message.back') },
  }
}
