// The requester's own page of a ticket, reached by a link that only they have: where it stands, in
// plain words, and what was said between them and the desk. What is said among agents never stands
// here: a conversation is made of the few things that are public, not of all but the internal ones.

import type { Member, StoredFile } from '../../application/ports.ts'
import { opening } from '../../application/read-ticket.ts'
import type { Actor, TicketEvent } from '../../domain/event.ts'
import { levelName } from '../../domain/level.ts'
import type { Ticket, TicketState } from '../../domain/ticket.ts'
import type { PageContext } from '../page.ts'
import { rememberedHtml, richText } from '../rich-text.ts'
import type { Moment } from './age.ts'
import { moment } from './age.ts'
import type { LayoutModel } from './layout.ts'
import { initials, layout } from './layout.ts'

/** One text that the requester wrote or was written. */
export type PublicText = {
  readonly tone: 'asked' | 'answered'
  readonly who: string
  readonly initials: string
  /** Goes on after the name: "answered". */
  readonly said: string
  readonly when: Moment
  readonly bodyHtml: string
  /** Names only: whoever has the link need not have the files. */
  readonly files: readonly string[]
}

export type RequesterTicketModel = {
  readonly view: 'requester-ticket'
  readonly layout: LayoutModel
  readonly number: string | null
  readonly title: string
  readonly category: string | null
  readonly state: TicketState
  readonly standing: { readonly heading: string; readonly text: string }
  readonly steps: readonly { readonly label: string; readonly where: 'done' | 'here' | 'ahead' }[]
  readonly conversation: readonly PublicText[]
  readonly opened: Moment
  readonly link: string
  /** Whether we also write to them, and where to; the address is masked, since others can have the link. */
  readonly byMail: string | null
}

type Input = {
  readonly ticket: Ticket
  readonly events: readonly TicketEvent[]
  readonly files: readonly StoredFile[]
  readonly members: readonly Member[]
  /** With which text each file came; without it all came with the ticket's own. */
  readonly fileSources?: ReadonlyMap<string, string>
  readonly link: string
}

/** The text of an event that the requester may read, or null. A bot's comment in GitLab is not written to them. */
const publicText = ({ what, actor, hidden }: TicketEvent): string | null => {
  if (hidden) return null
  if (what.kind === 'replied') return actor.kind === 'bot' ? null : what.text
  return what.kind === 'resolved' ? what.text : null
}

const conversationOf = (ctx: PageContext, input: Input): PublicText[] => {
  const { ticket, events, files, members, fileSources } = input
  const { t, locale } = ctx
  const requester = ticket.requester.name === '' ? t('mine.you') : ticket.requester.name
  const nameOf = (actor: Actor): string => {
    if (actor.kind === 'requester') return requester
    const known =
      actor.kind === 'agent' ? members.find(({ username }) => username === actor.username)?.name : undefined
    return actor.name !== '' ? actor.name : (known ?? t('mine.desk'))
  }
  const html = (name: string, text: string) =>
    rememberedHtml(`public ${ticket.id} ${ticket.revision} ${locale} ${name}`, () =>
      richText(text, () => null, t),
    )
  const opener = events.find(({ what }) => what.kind === 'opened')?.actor
  // Only what came with this very text: names of files in internal notes are internal too.
  const filesOf = (source: string): string[] =>
    files.filter(({ id }) => (fileSources ? fileSources.get(id) : opening) === source).map(({ name }) => name)
  const forThem = opener?.kind === 'agent'
  const asker = forThem ? nameOf(opener) : requester
  return [
    {
      tone: 'asked',
      who: asker,
      initials: initials(asker),
      said: forThem ? t('mine.openedFor', { name: requester }) : t('mine.asked'),
      when: moment(ticket.openedAt, locale),
      bodyHtml: html('', ticket.text),
      files: filesOf(opening),
    },
    ...events.flatMap((event): PublicText[] => {
      const text = publicText(event)
      if (text === null || text.trim() === '') return []
      const own = event.actor.kind === 'requester'
      const who = nameOf(event.actor)
      return [
        {
          tone: own ? 'asked' : 'answered',
          who,
          initials: initials(who),
          said: own ? t('mine.wrote') : t('mine.answered'),
          when: moment(event.at, locale),
          bodyHtml: html(event.source, text),
          // A text that GitLab has names its files itself.
          files: event.source.startsWith('op:') ? filesOf(event.source) : [],
        },
      ]
    }),
  ]
}

type Standing = 'gone' | 'onItsWay' | 'received' | TicketState

/** `a…@school.example`; null where nobody mails them. GitLab's Service Desk does, where it has the address. */
const mailedTo = ({ desk }: PageContext, { requester, gone }: Ticket): string | null => {
  const { email, serviceDesk } = requester
  if (gone !== null || email === null || !(desk.mail.own || serviceDesk)) return null
  const at = email.lastIndexOf('@')
  return at < 1 ? null : `${[...email][0] ?? ''}…${email.slice(at)}`
}

const day = 86_400_000

const standingText = (ctx: PageContext, standing: Standing, ticket: Ticket, answered: boolean): string => {
  const { t, desk } = ctx
  const mailed = mailedTo(ctx, ticket) !== null
  if (standing === 'waiting')
    return mailed || ticket.source === 'service-desk'
      ? t('mine.waiting.textMail')
      : t('mine.waiting.text', { number: ticket.iid === null ? '' : `#${ticket.iid}` })
  // Whether an answer to Service Desk's mail reopens is a setting of GitLab's.
  if (standing === 'resolved' && mailed && !ticket.requester.serviceDesk) {
    const next = t('mine.resolved.textMail', { count: Math.round(desk.mail.reopenWithin / day) })
    return answered ? `${t('mine.resolved.answerBelow')} ${next}` : next
  }
  if (standing === 'resolved' && answered) return t('mine.resolved.textAnswered')
  return t(`mine.${standing}.text`, { level: levelName(ticket.level, desk) })
}

export const requesterTicketPage = (ctx: PageContext, input: Input): RequesterTicketModel => {
  const { t, desk } = ctx
  const { ticket, link } = input
  const level = levelName(ticket.level, desk)
  const number = ticket.iid === null ? null : `#${ticket.iid}`
  const address = mailedTo(ctx, ticket)
  // What was deleted or moved away in GitLab may have been so that nobody reads it any more.
  const conversation = ticket.gone === null ? conversationOf(ctx, input) : []
  const answered = conversation.some(({ tone }) => tone === 'answered')
  const begun = ticket.assignee !== null || ticket.level > 1 || answered
  const standing: Standing =
    ticket.gone !== null
      ? 'gone'
      : ticket.state !== 'open'
        ? ticket.state
        : number === null
          ? 'onItsWay'
          : begun
            ? 'open'
            : 'received'
  const place = ticket.state === 'resolved' ? 3 : number === null ? 0 : standing === 'received' ? 1 : 2
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
      heading: t(`mine.${standing}.heading`),
      text: standingText(ctx, standing, ticket, answered),
    },
    steps: ['sent', 'received', 'working', 'resolved'].map((step, index) => ({
      label: t(`mine.steps.${step}`, { level }),
      where: index < place || (index === 3 && place === 3) ? 'done' : index === place ? 'here' : 'ahead',
    })),
    conversation,
    opened: moment(ticket.openedAt, ctx.locale),
    link,
    byMail: address === null ? null : t('mine.byMail', { address }),
  }
}
