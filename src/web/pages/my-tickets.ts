// All tickets of somebody who asks for help, one line each: what it was, how it stands and whose turn it is,
// in the words of the ticket's own page, which each line leads to.

import type { MyTicket, MyTickets } from '../../application/list-my-tickets.ts'
import { levelName } from '../../domain/level.ts'
import type { PageContext } from '../page.ts'
import type { Moment } from './age.ts'
import { moment } from './age.ts'
import type { LayoutModel } from './layout.ts'
import { layout } from './layout.ts'
import type { Standing } from './requester-ticket.ts'
import { standingOf } from './requester-ticket.ts'

type Turn = 'ours' | 'theirs' | 'answered' | 'none'

export type MyTicketLine = {
  /** Its own page; null where that is closed. */
  readonly url: string | null
  readonly number: string | null
  readonly title: string
  /** Of the icon: how a ticket that is gone stands is as good as resolved. */
  readonly state: 'open' | 'waiting' | 'resolved'
  readonly stands: string
  readonly turn: { readonly look: Turn; readonly text: string } | null
  readonly last: Moment
}

export type MyTicketsModel = {
  readonly view: 'my-tickets'
  readonly layout: LayoutModel
  readonly heading: string
  /** Whose tickets these are. */
  readonly whose: string
  readonly lines: readonly MyTicketLine[]
  readonly empty: string | null
  readonly closed: string | null
  readonly nextUrl: string | null
  readonly firstUrl: string | null
  readonly openTicketUrl: string | null
  /** A form for one more address, for who is signed in with GitLab. */
  readonly another: { readonly open: boolean } | null
  /** What was begun by a link can be ended here. */
  readonly leave: { readonly text: string } | null
}

const turnOf = (standing: Standing, { ticket }: MyTicket): Turn => {
  if (standing === 'gone' || standing === 'resolved') return 'none'
  if (standing === 'waiting') return 'theirs'
  return ticket.awaitingSince === null && standing === 'open' ? 'answered' : 'ours'
}

const lineOf = (ctx: PageContext, one: MyTicket, url: string | null): MyTicketLine => {
  const { t, locale, desk } = ctx
  const { ticket } = one
  const standing = standingOf(ticket, one.answered)
  const turn = turnOf(standing, one)
  return {
    url,
    number: ticket.iid === null ? null : `#${ticket.iid}`,
    title: ticket.title,
    state: standing === 'gone' ? 'resolved' : ticket.state,
    stands: t(`mine.${standing}.heading`, { level: levelName(ticket.level, desk) }),
    turn: turn === 'none' ? null : { look: turn, text: t(`myTickets.turn.${turn}`) },
    last: moment(one.lastAt, locale),
  }
}

export const myTicketsPage = (
  ctx: PageContext,
  input: MyTickets & {
    readonly urlOf: (one: MyTicket) => string | null
    /** Not the first page. */
    readonly further: boolean
    /** The address that was proven in this browser. */
    readonly proven: string | null
    readonly canProve: boolean
  },
): MyTicketsModel => {
  const { t, viewer, desk } = ctx
  const { lines, next, addresses, further, proven, canProve, urlOf } = input
  const account = viewer !== null && viewer.role === 'requester' ? viewer.name : null
  const who = [...(account === null ? [] : [account]), ...addresses]
  const shown = lines.map((one) => lineOf(ctx, one, urlOf(one)))
  return {
    view: 'my-tickets',
    layout: layout(ctx, { title: t('nav.myTickets'), current: 'my-tickets', plain: true }),
    heading: t('nav.myTickets'),
    whose: t('myTickets.whose', { who: who.join(', ') }),
    lines: shown,
    empty: shown.length > 0 ? null : t(further ? 'myTickets.noMore' : 'myTickets.none'),
    closed: shown.some(({ url }) => url === null) ? t('myTickets.closed') : null,
    nextUrl: next === null ? null : `/my-tickets?cursor=${encodeURIComponent(next)}`,
    firstUrl: further ? '/my-tickets' : null,
    openTicketUrl: desk.form.public || viewer !== null ? '/open-issue' : null,
    another: account !== null && canProve ? { open: shown.length === 0 && !further } : null,
    leave: proven === null ? null : { text: t('myTickets.leave', { address: proven }) },
  }
}
