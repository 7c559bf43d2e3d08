// Where is my mail? For those who lead the desk: one line for each mail that ever came in, with what became of
// it and why, and the sum that shows that none is missing.

import type { LedgerMail } from '../../application/mail-ports.ts'
import type { ViewCounts } from '../../application/ports.ts'
import type { MailState } from '../../domain/mail.ts'
import type { PageContext } from '../page.ts'
import type { Moment } from './age.ts'
import { moment } from './age.ts'
import type { LayoutModel } from './layout.ts'
import { layout } from './layout.ts'
import type { MailStanding } from './mail-standing.ts'
import { mailStanding, mailStates, mailStateWord, senderOf, subjectOf } from './mail-standing.ts'
import { ticketUrl } from './ticket-url.ts'

export type MailsModel = {
  readonly view: 'mails'
  readonly layout: LayoutModel
  readonly heading: string
  /** "9 received = 5 opened + …" */
  readonly sum: string
  readonly words: string
  readonly states: readonly { readonly value: string; readonly label: string; readonly selected: boolean }[]
  readonly lines: readonly (Pick<MailStanding, 'state' | 'stateWord' | 'reason'> & {
    readonly url: string
    readonly subject: string
    readonly sender: string
    readonly when: Moment
    readonly ticket: { readonly url: string; readonly number: string } | null
  })[]
  readonly empty: { readonly heading: string; readonly text: string } | null
  readonly firstUrl: string | null
  readonly nextUrl: string | null
}

export const mailUrl = (id: string): string => `/mail/${id}`

type Query = { readonly words: string; readonly state: MailState | null; readonly cursor: string | null }

const listUrl = ({ words, state, cursor }: Query): string => {
  const said = new URLSearchParams({
    ...(words === '' ? {} : { q: words }),
    ...(state === null ? {} : { state }),
    ...(cursor === null ? {} : { cursor }),
  }).toString()
  return said === '' ? '/mail' : `/mail?${said}`
}

const emptyText = (
  { t, desk }: PageContext,
  { query, next, all }: { readonly query: Query; readonly next: string | null; readonly all: number },
): MailsModel['empty'] => {
  // A search looks at a part of the ledger at a time.
  const about =
    next !== null
      ? 'searched'
      : query.words !== '' || query.state !== null || query.cursor !== null
        ? 'filtered'
        : all === 0 && !desk.mail.own
          ? 'off'
          : 'none'
  return { heading: t(`mails.empty.${about}.heading`), text: t(`mails.empty.${about}.text`) }
}

export const mailsPage = (
  ctx: PageContext,
  input: {
    readonly query: Query
    readonly mails: readonly LedgerMail[]
    /** Where the next page begins, null on the last. */
    readonly next: string | null
    readonly mailCounts: Readonly<Record<MailState, number>>
    /** Numbers of tickets by their ids; null where GitLab has not given one yet. */
    readonly numbers: ReadonlyMap<string, number | null>
    readonly counts?: ViewCounts
    readonly stuck?: number
    readonly held?: number
  },
): MailsModel => {
  const { t, locale } = ctx
  const { query, mails, next, mailCounts, numbers } = input
  const all = mailStates.reduce((sum, state) => sum + mailCounts[state], 0)
  return {
    view: 'mails',
    layout: layout(
      {
        ...ctx,
        ...(input.counts ? { counts: input.counts } : {}),
        ...(input.stuck === undefined ? {} : { stuck: input.stuck }),
        ...(input.held === undefined ? {} : { held: input.held }),
      },
      { title: t('views.mail'), current: 'mail', scripts: ['filters.js'] },
    ),
    heading: t('views.mail'),
    sum: t('mails.sum', { all, ...mailCounts }),
    words: query.words,
    states: [
      { value: '', label: t('filter.anyState'), selected: query.state === null },
      ...mailStates.map((state) => ({
        value: state,
        label: mailStateWord(state, t),
        selected: query.state === state,
      })),
    ],
    lines: mails.map((mail) => {
      const { state, stateWord, reason } = mailStanding(mail, ctx)
      const iid = mail.ticketId === null ? undefined : numbers.get(mail.ticketId)
      return {
        state,
        stateWord,
        reason,
        url: mailUrl(mail.id),
        subject: subjectOf(mail, t),
        sender: senderOf(mail, t),
        when: moment(mail.receivedAt, locale),
        ticket:
          mail.ticketId === null || iid === undefined
            ? null
            : {
                url: ticketUrl({ id: mail.ticketId, iid }),
                number: iid === null ? t('ticket.onItsWay') : `#${iid}`,
              },
      }
    }),
    empty: mails.length === 0 ? emptyText(ctx, { query, next, all }) : null,
    firstUrl: query.cursor === null ? null : listUrl({ ...query, cursor: null }),
    nextUrl: next === null ? null : listUrl({ ...query, cursor: next }),
  }
}
