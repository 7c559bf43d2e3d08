// One mail: what became of it and why, what one can do next, and what it says. Its text is shown as the desk
// read it; the original with its colours and pictures only behind glass, where nothing in it can act.

import type { LedgerMail, Reading } from '../../application/mail-ports.ts'
import type { ReadMail } from '../../domain/mail.ts'
import type { Ticket } from '../../domain/ticket.ts'
import type { PageContext } from '../page.ts'
import { richText } from '../rich-text.ts'
import type { Moment } from './age.ts'
import { moment } from './age.ts'
import type { LayoutModel } from './layout.ts'
import { layout } from './layout.ts'
import type { MailStanding } from './mail-standing.ts'
import { mailStanding, senderOf, subjectOf } from './mail-standing.ts'
import { mailUrl } from './mails.ts'
import { sizeText } from './size-text.ts'
import { ticketMailUrl, ticketUrl } from './ticket-url.ts'

export type MailModel = MailStanding & {
  readonly view: 'mail'
  readonly layout: LayoutModel
  readonly backUrl: string
  readonly backLabel: string
  readonly subject: string
  readonly received: Moment
  readonly ticket: { readonly url: string; readonly label: string } | null
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  readonly bodyHtml: string | null
  readonly folded: readonly { readonly summary: string; readonly bodyHtml: string }[]
  /** Why there is no text to show. */
  readonly unread: string | null
  readonly files: readonly { readonly name: string; readonly size: string }[]
  /** Address of the original HTML, for a frame. */
  readonly frameUrl: string | null
  /** Only leads get what a stranger's mail is made of. */
  readonly sourceUrl: string | null
  readonly replay: { readonly action: string } | null
  readonly open: { readonly action: string } | null
}

type Input = {
  readonly mail: LedgerMail
  readonly ticket: Ticket | null
  /** Its source is still kept. */
  readonly kept: boolean
  readonly reading: Reading | null
}

const addresses = (all: ReadMail['to']): string =>
  all.map(({ name, address }) => (name === '' ? address : `${name} <${address}>`)).join(', ')

const headersOf = ({ mail, reading }: Input, ctx: PageContext): MailModel['headers'] => {
  const { t, locale } = ctx
  const read = reading?.ok ? reading.mail : null
  return [
    { name: 'from', value: senderOf(mail, t) },
    { name: 'replyTo', value: read?.replyTo ? addresses([read.replyTo]) : '' },
    { name: 'to', value: addresses(read?.to ?? []) },
    { name: 'cc', value: addresses(read?.cc ?? []) },
    { name: 'deliveredTo', value: (read?.deliveredTo ?? []).join(', ') },
    { name: 'sentAt', value: read?.sentAt ? moment(read.sentAt, locale).title : '' },
    { name: 'messageId', value: mail.messageId === null ? '' : `<${mail.messageId}>` },
    { name: 'size', value: sizeText(mail.bytes) },
  ]
    .filter(({ value }) => value !== '')
    .map(({ name, value }) => ({ name: t(`mail.header.${name}`), value }))
}

const unreadText = ({ mail, kept, reading }: Input, { t }: PageContext): string | null => {
  if (!kept) return t('mail.notKept')
  if (reading === null) return t('mail.noParser')
  if (reading.ok) return reading.mail.text.trim() === '' ? t('mail.noText') : null
  // Why is said above already, where it was the reason.
  return mail.reason === reading.reason ? t('mail.notShown') : t(`mail.reason.${reading.reason}.why`)
}

const nowhere = () => null

export const mailPage = (
  ctx: PageContext,
  input: Input & {
    /** On the ticket's own page: for agents, and with the original in a frame. */
    readonly onTicket: boolean
    readonly stuck?: number
  },
): MailModel => {
  const { t, locale } = ctx
  const { mail, ticket, kept, reading, onTicket } = input
  const read = reading?.ok ? reading.mail : null
  const number = ticket === null ? null : ticket.iid === null ? t('ticket.onItsWay') : `#${ticket.iid}`
  const html = (text: string) => richText(text, nowhere, t)
  const shown = read === null || read.text.trim() === '' ? null : html(read.text)
  // What is on a ticket is not read once more, and what has no source cannot be.
  const again =
    !onTicket && kept && mail.operationId === null && !['received', 'opened', 'appended'].includes(mail.state)
  const subject = subjectOf(mail, t)
  return {
    ...mailStanding(mail, ctx),
    view: 'mail',
    layout: layout(
      { ...ctx, ...(input.stuck === undefined ? {} : { stuck: input.stuck }) },
      { title: subject, ...(onTicket ? {} : { current: 'mail' as const }) },
    ),
    ...(onTicket && ticket !== null
      ? { backUrl: ticketUrl(ticket), backLabel: t('mail.backToTicket', { number: number ?? '' }) }
      : { backUrl: '/mail', backLabel: t('views.mail') }),
    subject,
    received: moment(mail.receivedAt, locale),
    ticket:
      ticket === null || onTicket
        ? null
        : { url: ticketUrl(ticket), label: `${number ?? ''} ${ticket.title}` },
    headers: headersOf(input, ctx),
    bodyHtml: shown,
    folded: (read?.folded ?? []).map(({ kind, text }) => ({
      summary: t(`fold.${kind}`),
      bodyHtml: html(text),
    })),
    unread: unreadText(input, ctx),
    files: (read?.files ?? []).map(({ name, bytes }) => ({
      name: name === '' ? t('mail.noName') : name,
      size: sizeText(bytes.length),
    })),
    frameUrl: onTicket && ticket !== null && read?.hasHtml ? `${ticketMailUrl(ticket, mail.id)}/html` : null,
    sourceUrl: !onTicket && kept ? `${mailUrl(mail.id)}/source` : null,
    replay: again ? { action: `${mailUrl(mail.id)}/replay` } : null,
    open: again ? { action: `${mailUrl(mail.id)}/open` } : null,
  }
}
