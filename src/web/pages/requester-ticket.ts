// The requester's own page of a ticket, reached by a link that only they have: where it stands, in
// plain words, what was said between them and the desk, and what they can do: answer, say whether it is
// solved and how they were helped, and have a new link. What is said among agents never stands here.

import type { Member, StoredFile } from '../../application/ports.ts'
import type { OwnFile } from '../../application/read-own-ticket.ts'
import { ownFiles, publicText } from '../../application/read-own-ticket.ts'
import { opening } from '../../application/read-ticket.ts'
import { mayStillAnswer } from '../../domain/conversation.ts'
import type { Actor, TicketEvent } from '../../domain/event.ts'
import { levelName } from '../../domain/level.ts'
import { ownMailAddress } from '../../domain/notice.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { ratingOf } from '../../domain/satisfaction.ts'
import type { Ticket, TicketState } from '../../domain/ticket.ts'
import type { PageContext, Translate } from '../page.ts'
import { rememberedHtml, richText } from '../rich-text.ts'
import { translatedOr } from '../translate.ts'
import type { Moment } from './age.ts'
import { dayOf, moment } from './age.ts'
import type { LayoutModel } from './layout.ts'
import { initials, layout } from './layout.ts'
import { sizeText } from './size-text.ts'

/** One text that the requester wrote or was written. */
export type PublicText = {
  readonly tone: 'asked' | 'answered'
  readonly who: string
  readonly initials: string
  /** Goes on after the name: "answered". */
  readonly said: string
  readonly when: Moment
  readonly bodyHtml: string
  readonly files: readonly {
    readonly name: string
    /** '' where only GitLab knows it. */
    readonly size: string
    readonly url: string
  }[]
}

type Form = { readonly action: string; readonly key: string; readonly problem: string | null }

type FileField = { readonly hint: string; readonly maxBytes: number; readonly tooLarge: string }

export type RequesterTicketModel = {
  readonly view: 'requester-ticket'
  readonly layout: LayoutModel
  readonly number: string | null
  readonly title: string
  readonly category: string | null
  readonly state: TicketState
  readonly standing: {
    readonly heading: string
    /** Ends the heading: "Solved on …". */
    readonly when: Moment | null
    readonly text: string
  }
  /** The way to what is asked of them now, further down. */
  readonly toForm: { readonly place: string; readonly label: string } | null
  /** What was wrong with a form of this page, and where it stands. */
  readonly problem: { readonly place: string; readonly text: string } | null
  readonly steps: readonly { readonly label: string; readonly where: 'done' | 'here' | 'ahead' }[]
  readonly conversation: readonly PublicText[]
  readonly files: FileField
  readonly reply: (Form & { readonly heading: string; readonly value: string; readonly draft: string }) | null
  /** Asked once it is resolved, as long as it can be opened again. */
  readonly outcome: {
    readonly heading: string
    /** null where they have said so already. */
    readonly yes: Form | null
    readonly no: Form & { readonly label: string; readonly value: string; readonly open: boolean }
  } | null
  /** What was wrong with a form that is not on the page any more, and what was written in it. */
  readonly leftOver: { readonly problem: string; readonly text: string } | null
  /** Once it cannot be opened again: where to go instead. */
  readonly late: { readonly text: string; readonly url: string | null } | null
  readonly rating:
    | (Form & {
        /** What they said before; null = nothing. */
        readonly said: string | null
        readonly choice: 'good' | 'bad' | null
        readonly comment: string
        readonly open: boolean
      })
    | null
  readonly opened: Moment
  readonly link: string
  /** Whether we also write to them, and where to; the address is masked, since others can have the link. */
  readonly byMail: string | null
  readonly newLink: { readonly text: string; readonly form: Form | null } | null
}

export type RequesterForm = 'reply' | 'solved' | 'rating' | 'newLink'

/** A form that came back: as it was sent, and what was wrong with it. */
export type ReturnedRequesterForm = {
  readonly form: RequesterForm
  readonly key: string | null
  readonly text: string
  readonly choice: 'good' | 'bad' | null
  readonly problem: string
}

type Input = {
  readonly ticket: Ticket
  readonly events: readonly TicketEvent[]
  readonly files: readonly StoredFile[]
  readonly members: readonly Member[]
  /** With which text each file came; without it all came with the ticket's own. */
  readonly fileSources?: ReadonlyMap<string, string>
  /** Whole address of this page. */
  readonly link: string
  /** Of forms: one for each, so that sending one makes no other count as sent. */
  readonly newKey: () => string
  readonly form?: ReturnedRequesterForm | null
}

/** A rule that says no, to somebody who is no agent. */
export const requesterRefusalText = ({ code }: Refusal, t: Translate): string =>
  translatedOr(t, `mine.refusals.${code}`, `refusals.${code}`)

/** What GitLab's text of ours ends with; the page lists the files themselves. */
const fileLink = /^!?\[[^\]\n]*\]\([^()\s]*\/uploads\/[^()\s]+\)(\{[^}\n]*\})?$/u

const withoutFileLinks = (text: string): string => {
  const lines = text.split('\n')
  const isRest = (line: string | undefined) =>
    line !== undefined && (line.trim() === '' || fileLink.test(line.trim()))
  while (isRest(lines.at(-1))) lines.pop()
  return lines.join('\n')
}

const fileOf = ({ file, n }: OwnFile, path: string): PublicText['files'][number] => ({
  name: file.name,
  size: file.bytes > 0 ? sizeText(file.bytes) : '',
  url: `${path}/files/${n}`,
})

const conversationOf = (ctx: PageContext, input: Input, path: string): PublicText[] => {
  const { ticket, events, members } = input
  const { t, locale } = ctx
  const requester = ticket.requester.name === '' ? t('mine.you') : ticket.requester.name
  const nameOf = (actor: Actor): string => {
    if (actor.kind === 'requester') return requester
    const known =
      actor.kind === 'agent' ? members.find(({ username }) => username === actor.username)?.name : undefined
    return actor.name !== '' ? actor.name : (known ?? t('mine.desk'))
  }
  // No address of a file stands in a text: it would hold the link's token, and be remembered with it.
  const html = (name: string, text: string) =>
    rememberedHtml(`public ${ticket.id} ${ticket.revision} ${locale} ${name}`, () =>
      richText(text, () => null, t),
    )
  const opener = events.find(({ what }) => what.kind === 'opened')?.actor
  const own = ownFiles(input)
  const filesOf = (source: string) =>
    own.filter((one) => one.source === source).map((one) => fileOf(one, path))
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
      const theirs = event.actor.kind === 'requester'
      const who = nameOf(event.actor)
      const files = filesOf(event.source)
      return [
        {
          tone: theirs ? 'asked' : 'answered',
          who,
          initials: initials(who),
          said: theirs ? t('mine.wrote') : t('mine.answered'),
          when: moment(event.at, locale),
          bodyHtml: html(event.source, files.length > 0 ? withoutFileLinks(text) : text),
          files,
        },
      ]
    }),
  ]
}

export type Standing = 'gone' | 'onItsWay' | 'received' | TicketState

/** `a…@school.example`: others can have the link. */
export const maskedAddress = (email: string): string | null => {
  const at = email.lastIndexOf('@')
  return at < 1 ? null : `${[...email][0] ?? ''}…${email.slice(at)}`
}

/** null where nobody mails them. GitLab's Service Desk does, where it has the address. */
const mailedTo = ({ desk }: PageContext, { requester, gone }: Ticket): string | null => {
  const { email, serviceDesk } = requester
  return gone !== null || email === null || !(desk.mail.own || serviceDesk) ? null : maskedAddress(email)
}

const standingText = (ctx: PageContext, standing: Standing, ticket: Ticket, answered: boolean): string => {
  const { t, desk, now, locale } = ctx
  if (standing === 'waiting')
    return mailedTo(ctx, ticket) !== null || ticket.source === 'service-desk'
      ? t('mine.waiting.textMail')
      : t('mine.waiting.text')
  if (standing === 'resolved') {
    const until = dayOf((ticket.resolvedAt ?? 0) + desk.mail.reopenWithin, locale).label
    const next = mayStillAnswer(ticket, desk, now)
      ? t('mine.resolved.text', { until })
      : t('mine.resolved.textLate')
    return answered ? `${t('mine.resolved.answerBelow')} ${next}` : next
  }
  return t(`mine.${standing}.text`, { level: levelName(ticket.level, desk) })
}

export const standingOf = (
  { gone, state, iid, assignee, level }: Omit<Ticket, 'text'>,
  /** Somebody of the desk has written to them. */
  answered: boolean,
): Standing => {
  if (gone !== null) return 'gone'
  if (state !== 'open') return state
  if (iid === null) return 'onItsWay'
  return assignee !== null || level > 1 || answered ? 'open' : 'received'
}

/** The forms as they stand on this page: with what came back in the one that was wrong. */
const formsOf = (ctx: PageContext, input: Input, path: string) => {
  const { ticket, events, newKey, form: returned = null } = input
  const { t, desk, now } = ctx
  const formOf = (name: RequesterForm, place: string): Form => ({
    action: `${path}/${place}`,
    key: (returned?.form === name ? returned.key : null) ?? newKey(),
    problem: returned?.form === name ? returned.problem : null,
  })
  const here = ticket.gone === null
  const resolved = here && ticket.state === 'resolved'
  const answerable = mayStillAnswer(ticket, desk, now)
  const before = resolved ? ratingOf(events) : null
  const number = ticket.iid === null ? '' : `#${ticket.iid}`
  const again = returned?.form === 'rating' ? returned : null
  // What was written while it was resolved or reopened meanwhile waits in the form that is there now.
  const writing = returned?.form === 'reply' || returned?.form === 'solved' ? returned : null
  const reply: RequesterTicketModel['reply'] =
    here && !resolved
      ? {
          ...formOf(writing ? writing.form : 'reply', 'replies'),
          heading: t(ticket.state === 'waiting' ? 'mine.reply.headingWaiting' : 'mine.reply.heading'),
          value: writing?.text ?? '',
          draft: `mine ${ticket.id}`,
        }
      : null
  const outcome: RequesterTicketModel['outcome'] =
    resolved && answerable
      ? {
          heading: t(before === null ? 'mine.outcome.heading' : 'mine.outcome.headingAgain'),
          yes: before === null ? { action: `${path}/solved`, key: newKey(), problem: null } : null,
          no: {
            ...formOf(writing ? writing.form : 'solved', 'solved'),
            label: t(before === null ? 'mine.outcome.no' : 'mine.outcome.again'),
            value: writing?.text ?? '',
            open: writing !== null,
          },
        }
      : null
  const category = ticket.category === null ? '' : `&category=${encodeURIComponent(ticket.category)}`
  // The number alone: a title must not end up in an address.
  const title = encodeURIComponent(t('mine.outcome.newTitle', { number: ticket.iid ?? '' }))
  const mayOpen = desk.form.public || ctx.viewer !== null
  const late: RequesterTicketModel['late'] =
    resolved && !answerable
      ? {
          text: mayOpen ? t('mine.outcome.late') : t('mine.outcome.callUs', { number }),
          url: mayOpen ? `/open-issue?title=${title}${category}` : null,
        }
      : null
  const rating: RequesterTicketModel['rating'] = resolved
    ? {
        ...formOf('rating', 'satisfaction'),
        said: before === null ? null : t(before.good ? 'mine.rating.saidGood' : 'mine.rating.saidBad'),
        choice: again ? again.choice : before === null ? null : before.good ? 'good' : 'bad',
        comment: again ? again.text : (before?.comment ?? ''),
        open: again !== null,
      }
    : null
  const own = ownMailAddress(ticket, desk)
  const newLink: RequesterTicketModel['newLink'] = here
    ? own !== null
      ? {
          text: t('mine.newLink.text', { address: maskedAddress(own) ?? '' }),
          form: formOf('newLink', 'new-link'),
        }
      : {
          text: number === '' ? t('mine.newLink.askNoNumber') : t('mine.newLink.ask', { number }),
          form: null,
        }
    : null
  const shown =
    returned === null ||
    (writing !== null && (reply ?? outcome) !== null) ||
    (returned.form === 'rating' && rating !== null) ||
    (returned.form === 'newLink' && newLink?.form != null)
  const leftOver = shown || returned === null ? null : { problem: returned.problem, text: returned.text }
  const places: Record<RequesterForm, string> = {
    reply: reply ? 'body' : 'still',
    solved: reply ? 'body' : 'still',
    rating: 'rating',
    newLink: 'new-link',
  }
  const problem = shown && returned ? { place: places[returned.form], text: returned.problem } : null
  return { reply, outcome, late, rating, newLink, leftOver, problem }
}

export const requesterTicketPage = (ctx: PageContext, input: Input): RequesterTicketModel => {
  const { t, desk, locale } = ctx
  const { ticket, link } = input
  const path = new URL(link).pathname
  const level = levelName(ticket.level, desk)
  const number = ticket.iid === null ? null : `#${ticket.iid}`
  const address = mailedTo(ctx, ticket)
  // What was deleted or moved away in GitLab may have been so that nobody reads it any more.
  const conversation = ticket.gone === null ? conversationOf(ctx, input, path) : []
  const answered = conversation.some(({ tone }) => tone === 'answered')
  const standing = standingOf(ticket, answered)
  const place = ticket.state === 'resolved' ? 3 : number === null ? 0 : standing === 'received' ? 1 : 2
  const solvedAt = standing === 'resolved' ? ticket.resolvedAt : null
  const most = { max: Math.floor(desk.form.maxFileBytes / 1_000_000) }
  const forms = formsOf(ctx, input, path)
  return {
    view: 'requester-ticket',
    layout: layout(ctx, {
      title: number === null ? t('mine.heading') : t('mine.headingNumber', { number }),
      plain: true,
      scripts: ['files.js', 'drafts.js'],
    }),
    number,
    title: ticket.title,
    category: ticket.category,
    state: ticket.state,
    standing: {
      heading: solvedAt === null ? t(`mine.${standing}.heading`, { level }) : t('mine.resolved.headingOn'),
      when: solvedAt === null ? null : moment(solvedAt, locale),
      text: standingText(ctx, standing, ticket, answered),
    },
    toForm:
      ticket.state === 'waiting' && forms.reply
        ? { place: 'reply', label: t('mine.reply.toForm') }
        : forms.outcome?.yes
          ? { place: 'outcome', label: forms.outcome.heading }
          : null,
    steps: ['sent', 'received', 'working', 'resolved'].map((step, index) => ({
      label: t(`mine.steps.${step}`),
      where: index < place || (index === 3 && place === 3) ? 'done' : index === place ? 'here' : 'ahead',
    })),
    conversation,
    files: {
      hint: t('open.files.hint', most),
      maxBytes: desk.form.maxFileBytes,
      tooLarge: t('open.files.tooLarge', most),
    },
    ...forms,
    opened: moment(ticket.openedAt, locale),
    link,
    byMail: address === null ? null : t('mine.byMail', { address }),
  }
}
