// The requester's own page of a ticket, reached by a link that only they have: where it stands, in
// plain words, without anything that is said among agents.

import { levelName } from '../../domain/level.ts'
import type { Ticket, TicketState } from '../../domain/ticket.ts'
import type { PageContext } from '../page.ts'
import type { Moment } from './age.ts'
import { moment } from './age.ts'
import type { LayoutModel } from './layout.ts'
import { layout } from './layout.ts'

export type RequesterTicketModel = {
  readonly view: 'requester-ticket'
  readonly layout: LayoutModel
  readonly number: string | null
  readonly title: string
  readonly category: string | null
  readonly state: TicketState
  readonly standing: { readonly heading: string; readonly text: string }
  readonly steps: readonly { readonly label: string; readonly where: 'done' | 'here' | 'ahead' }[]
  readonly opened: Moment
  readonly link: string
}

export const requesterTicketPage = (
  ctx: PageContext,
  input: { readonly ticket: Ticket; readonly link: string },
): RequesterTicketModel => {
  const { t, desk } = ctx
  const { ticket, link } = input
  const level = levelName(ticket.level, desk)
  const number = ticket.iid === null ? null : `#${ticket.iid}`
  const standing =
    ticket.gone !== null ? 'gone' : number === null && ticket.state === 'open' ? 'onItsWay' : ticket.state
  const place =
    ticket.state === 'resolved'
      ? 3
      : ticket.iid === null
        ? 0
        : ticket.assignee === null && ticket.level === 1
          ? 1
          : 2
  return {
    view: 'requester-ticket',
    layout: layout(ctx, {
      title: number === null ? t('mine.heading') : t('mine.headingNumber', { number }),
      plain: true,
      scripts: ['drafts.js'],
    }),
    number,
    title: ticket.title,
    category: ticket.category,
    state: ticket.state,
    standing: {
      heading: t(`mine.${standing}.heading`, { level }),
      text: t(`mine.${standing}.text`, { level }),
    },
    steps: ['sent', 'received', 'working', 'resolved'].map((step, index) => ({
      label: t(`mine.steps.${step}`, { level }),
      where: index < place || (index === 3 && place === 3) ? 'done' : index === place ? 'here' : 'ahead',
    })),
    opened: moment(ticket.openedAt, ctx.locale),
    link,
  }
}
