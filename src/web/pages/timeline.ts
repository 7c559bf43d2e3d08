// A ticket's story from top to bottom: what was asked, answered, noted, moved and fixed. Texts are
// cards, everything else is one line. Each says who did it, and whether in GitLab itself.

import type { Member, StoredFile } from '../../application/ports.ts'
import type { TicketMail } from '../../application/read-ticket.ts'
import { opening as openingSource } from '../../application/read-ticket.ts'
import type { Actor, TicketEvent } from '../../domain/event.ts'
import { levelName } from '../../domain/level.ts'
import { isSameAddress } from '../../domain/mail-address.ts'
import type { Ticket } from '../../domain/ticket.ts'
import type { PageContext } from '../page.ts'
import type { FileAddress } from '../rich-text.ts'
import { richText } from '../rich-text.ts'
import type { Moment } from './age.ts'
import { moment } from './age.ts'
import { initials } from './layout.ts'
import { sizeText } from './size-text.ts'
import { fileUrl, ticketMailUrl } from './ticket-url.ts'

export type TimelineFile = {
  readonly name: string
  readonly size: string
  readonly url: string
  /** Shown in its place; what it really is, its address finds out by itself. */
  readonly picture: boolean
}

export type TimelineEntry = {
  /** Which look: from the requester, from an agent to the requester, internal, or one line. */
  readonly tone: 'asked' | 'answered' | 'internal' | 'line'
  readonly icon: string
  readonly who: string
  readonly initials: string
  /** Goes on after the name: "escalated this to Level 2". */
  readonly said: string
  readonly byHand: string | null
  /** Who can read this text, for cards. */
  readonly audience: string | null
  readonly when: Moment
  /** null = one line; '' cannot be. */
  readonly bodyHtml: string | null
  readonly link: { readonly url: string; readonly label: string } | null
  readonly files: readonly TimelineFile[]
  /** The mail it came by, as it came. */
  readonly mailUrl: string | null
  /** It came without proof of who wrote it. */
  readonly unverified: {
    readonly text: string
    readonly accept: { readonly action: string; readonly button: string } | null
  } | null
}

/** The note begins with this sentence for those who read it in GitLab; here the page says it by itself. */
const notVerified = /^Not verified: [^\n]*\n\n/

const isPicture = ({ name, type }: StoredFile): boolean =>
  /^image\/(png|jpeg|gif|webp)$/.test(type) || /\.(png|jpe?g|gif|webp)$/i.test(name)

/** GitLab writes `/uploads/<secret>/<name>`, with or without the project before it. */
const addresses = (ticket: Ticket, files: readonly StoredFile[]): FileAddress => {
  const paths = files.map((file) => /\/uploads\/.*$/.exec(file.remotePath ?? '')?.[0] ?? null)
  return (path) => {
    const asked = /\/uploads\/.*$/.exec(path)?.[0]
    const place = asked === undefined ? -1 : paths.indexOf(asked)
    return place < 0 ? null : fileUrl(ticket, place + 1)
  }
}

export const timeline = (
  ctx: Pick<PageContext, 't' | 'locale' | 'desk'>,
  input: {
    readonly ticket: Ticket
    readonly events: readonly TicketEvent[]
    readonly files: readonly StoredFile[]
    readonly members: readonly Member[]
    /** With which text each file came; without it all came with the ticket's own. */
    readonly fileSources?: ReadonlyMap<string, string>
    readonly mails?: readonly TicketMail[]
  },
): TimelineEntry[] => {
  const { t, locale, desk } = ctx
  const { ticket, files, members } = input
  const fileAddress = addresses(ticket, files)
  const nameOf = (username: string) =>
    members.find((member) => member.username === username)?.name ?? username
  const actorName = (actor: Actor): string =>
    actor.name !== ''
      ? actor.name
      : actor.kind === 'bot'
        ? t('timeline.bot')
        : actor.kind === 'agent' && actor.username !== ''
          ? nameOf(actor.username)
          : t('requester.unknown')
  const requester = ticket.requester.name === '' ? t('requester.unknown') : ticket.requester.name
  const level = (number: number) => levelName(number, desk)
  const body = (text: string) => (text.trim() === '' ? null : richText(text, fileAddress, t))

  const mailOf = (source: string): TicketMail['mail'] | undefined =>
    input.mails?.find((one) => one.source === source)?.mail
  const mailUrlOf = (source: string): string | null => {
    const mail = mailOf(source)
    return mail ? ticketMailUrl(ticket, mail.id) : null
  }
  const unverifiedOf = (source: string): TimelineEntry['unverified'] => {
    const mail = mailOf(source)
    if (mail?.reason === 'accepted') return { text: t('mail.accepted'), accept: null }
    if (mail?.reason !== 'unverified') return null
    const own = ticket.requester.email !== null && isSameAddress(mail.from, ticket.requester.email)
    const button = t(own ? 'mail.accept' : 'mail.acceptOther', { name: requester })
    return {
      text: t('mail.unverified', { from: mail.from }),
      accept: ticket.gone === null ? { action: `/mail/${mail.id}/accept`, button } : null,
    }
  }
  /** What came with this text, without the pictures that the text shows already. */
  const filesOf = (source: string, html: string | null): TimelineFile[] =>
    files.flatMap((file, index) => {
      if ((input.fileSources === undefined ? openingSource : input.fileSources.get(file.id)) !== source)
        return []
      const url = fileUrl(ticket, index + 1)
      if (source !== openingSource && html?.includes(`"${url}"`)) return []
      const picture = isPicture(file) && !html?.includes(`<img src="${url}"`)
      return [{ name: file.name, size: sizeText(file.bytes), url, picture }]
    })

  const openingHtml = body(ticket.text)
  const opening = input.events.find((event) => event.what.kind === 'opened')
  const opener = opening ? actorName(opening.actor) : requester
  const told: TimelineEntry[] = [
    {
      tone: 'asked',
      icon: 'opened',
      who: opener,
      initials: initials(opener),
      said:
        opener === requester
          ? t(`timeline.opened.${ticket.source}`)
          : t('timeline.openedFor', { name: requester }),
      byHand: null,
      audience: null,
      when: moment(ticket.openedAt, locale),
      bodyHtml: openingHtml,
      link: null,
      files: filesOf(openingSource, openingHtml),
      mailUrl: mailUrlOf(openingSource),
      unverified: null,
    },
  ]

  for (const event of input.events) {
    const { what, actor } = event
    if (event.hidden || what.kind === 'opened') continue
    const who = actorName(actor)
    const line = (
      icon: string,
      said: string,
      more: Partial<Pick<TimelineEntry, 'tone' | 'bodyHtml' | 'link' | 'audience'>> = {},
    ) => {
      told.push({
        tone: 'line',
        icon,
        who,
        initials: initials(who),
        said,
        byHand: event.byHand && what.kind !== 'merge-request' ? t('timeline.inGitLab') : null,
        audience: null,
        when: moment(event.at, locale),
        bodyHtml: null,
        link: null,
        files: filesOf(event.source, more.bodyHtml ?? null),
        mailUrl: mailUrlOf(event.source),
        unverified: unverifiedOf(event.source),
        ...more,
      })
    }
    const internal = (text: string) => {
      const bodyHtml = body(text)
      return bodyHtml === null
        ? {}
        : ({ tone: 'internal', bodyHtml, audience: t('audience.agents') } as const)
    }
    const toRequester = (text: string) => {
      const bodyHtml = body(text)
      return bodyHtml === null
        ? {}
        : ({ tone: 'answered', bodyHtml, audience: t('audience.requester', { name: requester }) } as const)
    }

    switch (what.kind) {
      case 'replied':
        if (actor.kind === 'requester')
          line('replies', t('timeline.wrote'), { tone: 'asked', bodyHtml: body(what.text) ?? '' })
        // A robot's comment in GitLab is written to nobody, and the requester's page does not show it.
        else if (actor.kind === 'bot')
          line('replies', t('timeline.wrote'), { tone: 'asked', bodyHtml: body(what.text) ?? '' })
        else line('replies', t('timeline.replied', { name: requester }), toRequester(what.text))
        break
      case 'noted':
        line(
          'note',
          t('timeline.noted'),
          internal(mailOf(event.source) ? what.text.replace(notVerified, '') : what.text),
        )
        break
      case 'escalated':
        line('up', t('timeline.escalated', { to: level(what.to) }), internal(what.reason))
        break
      case 'handed-back':
        line('down', t('timeline.handedBack', { to: level(what.to) }), internal(what.reason))
        break
      case 'level-changed':
        line(
          what.to > what.from ? 'up' : 'down',
          t('timeline.levelChanged', { from: level(what.from), to: level(what.to) }),
        )
        break
      case 'categorised':
        line(
          'label',
          what.category === null
            ? t('timeline.uncategorised')
            : t('timeline.categorised', { category: what.category }),
        )
        break
      case 'label-added':
        line(
          'label',
          what.label === null
            ? t('timeline.someLabelAdded')
            : t('timeline.labelAdded', { label: what.label }),
        )
        break
      case 'label-removed':
        line(
          'label',
          what.label === null
            ? t('timeline.someLabelRemoved')
            : t('timeline.labelRemoved', { label: what.label }),
        )
        break
      case 'waiting-started':
        line('waiting', t('timeline.waitingStarted', { name: requester }))
        break
      case 'waiting-ended':
        line('state-open', t('timeline.waitingEnded'))
        break
      case 'assigned':
        if (what.assignee === null) line('nobody', t('timeline.unassigned'))
        else if (actor.kind === 'agent' && actor.username === what.assignee)
          line('person', t('timeline.took'))
        else line('person', t('timeline.assigned', { name: nameOf(what.assignee) }))
        break
      case 'resolved':
        line(
          'resolved',
          what.viaMergeRequest === null
            ? t('timeline.resolved')
            : t('timeline.resolvedByMergeRequest', { number: what.viaMergeRequest }),
          toRequester(what.text),
        )
        break
      case 'reopened':
        line('state-open', t('timeline.reopened'))
        break
      case 'rated':
        line(
          what.good ? 'flash-done' : 'flash-refused',
          t(what.good ? 'timeline.ratedGood' : 'timeline.ratedBad'),
          internal(what.text),
        )
        break
      case 'branch-made':
        line('branch', t('timeline.branchMade'), {
          link: what.url === null ? { url: '', label: what.name } : { url: what.url, label: what.name },
        })
        break
      case 'branch-deleted':
        line('branch', t('timeline.branchDeleted', { name: what.name }))
        break
      case 'confidentiality':
        line('lock', t(what.confidential ? 'timeline.madeConfidential' : 'timeline.madeVisible'))
        break
      case 'moved-away':
        line('up', what.to === null ? t('timeline.movedAway') : t('timeline.movedTo', { place: what.to }))
        break
      case 'marked-duplicate':
        line('resolved', t('timeline.markedDuplicate', { number: what.of }))
        break
      case 'has-duplicate':
        line('note', t('timeline.hasDuplicate', { number: what.duplicate }))
        break
      case 'deleted':
        line('nobody', t('timeline.deleted'))
        break
      case 'merge-request':
        line('merge', t(`timeline.mergeRequest.${what.state}`), {
          link: { url: what.url, label: `!${what.iid} ${what.title}` },
        })
        break
    }
  }
  return told
}
