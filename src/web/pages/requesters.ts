// The data of one requester, for those who lead the desk: what there is, to be handed out or erased; and what
// became of each erasure, with what is left for a person with more rights in GitLab.

import type { ErasedTicket, Erasure } from '../../application/erasure-ports.ts'
import type { RequesterOverview } from '../../application/export-requester.ts'
import type { Retention } from '../../domain/retention.ts'
import type { PageContext } from '../page.ts'
import type { Moment } from './age.ts'
import { dayOf, moment } from './age.ts'
import type { LayoutModel } from './layout.ts'
import { layout } from './layout.ts'
import { ticketUrl } from './ticket-url.ts'

type Line = { readonly url: string; readonly number: string; readonly title: string; readonly opened: Moment }

export type RequestersModel = {
  readonly view: 'requesters'
  readonly layout: LayoutModel
  readonly whom: string
  readonly problem: string | null
  readonly found: {
    readonly summary: string
    readonly lines: readonly Line[]
    readonly more: boolean
    readonly eraseUrl: string
    readonly key: string
  } | null
  readonly erasures: readonly {
    readonly url: string
    readonly when: Moment
    readonly who: string
    readonly state: string
  }[]
  readonly kept: readonly string[]
}

export const erasureUrl = (id: string): string => `/erasures/${id}`

const whoOf = ({ by }: Erasure, { t }: PageContext): string => (by === '' ? t('audit.who.belay') : `@${by}`)

const stateOf = ({ whom, tickets, mails }: Erasure, { t }: PageContext): string =>
  t(whom === '' ? 'erasure.done' : 'erasure.underWay', { tickets, mails })

const keptOf = (retention: Retention | undefined, { t }: PageContext): string[] =>
  Object.entries(retention ?? {}).map(([name, days]) =>
    days === 0 ? t(`retention.${name}.ever`) : t(`retention.${name}.days`, { count: days }),
  )

export const requestersPage = (
  ctx: PageContext,
  input: {
    readonly whom: string
    readonly overview: RequesterOverview | null
    readonly problem?: string | null
    readonly erasures: readonly Erasure[]
    readonly retention?: Retention
  },
): RequestersModel => {
  const { t, locale } = ctx
  const { whom, overview } = input
  return {
    view: 'requesters',
    layout: layout(ctx, { title: t('views.requesters'), data: 'requesters' }),
    whom,
    problem: input.problem ?? null,
    found: overview && {
      summary: t('erasure.found', {
        tickets: overview.more ? `${overview.tickets.length}+` : overview.tickets.length,
        mails: overview.mails,
        held: overview.held,
      }),
      lines: overview.tickets.map((ticket) => ({
        url: ticketUrl(ticket),
        number: ticket.iid === null ? t('ticket.onItsWay') : `#${ticket.iid}`,
        title: ticket.title,
        opened: dayOf(ticket.openedAt, locale),
      })),
      more: overview.more,
      eraseUrl: `/requesters/erase?address=${encodeURIComponent(whom)}`,
      key: whom,
    },
    erasures: input.erasures.map((erasure) => ({
      url: erasureUrl(erasure.id),
      when: moment(erasure.at, locale),
      who: whoOf(erasure, ctx),
      state: stateOf(erasure, ctx),
    })),
    kept: keptOf(input.retention, ctx),
  }
}

export type EraseModel = {
  readonly view: 'erase-requester'
  readonly layout: LayoutModel
  readonly whom: string
  readonly means: readonly string[]
  readonly problem: string | null
  readonly backUrl: string
}

export const erasePage = (
  ctx: PageContext,
  input: { readonly whom: string; readonly overview: RequesterOverview; readonly problem: string | null },
): EraseModel => {
  const { t } = ctx
  const { whom, overview } = input
  return {
    view: 'erase-requester',
    layout: layout(ctx, { title: t('erasure.heading'), data: 'requesters' }),
    whom,
    means: [
      t('erasure.found', {
        tickets: overview.more ? `${overview.tickets.length}+` : overview.tickets.length,
        mails: overview.mails,
        held: overview.held,
      }),
      t('erasure.meansGitlab'),
      t('erasure.meansHere'),
      t('erasure.meansLeft'),
      t('erasure.meansForEver'),
    ],
    problem: input.problem,
    backUrl: `/requesters?address=${encodeURIComponent(whom)}`,
  }
}

export type ErasureModel = {
  readonly view: 'erasure'
  readonly layout: LayoutModel
  readonly summary: string
  readonly lines: readonly {
    readonly number: string
    readonly url: string
    readonly state: string
    readonly left: readonly { readonly url: string; readonly label: string }[]
  }[]
  readonly more: boolean
  /** Posts that a person has deleted the files; null where there are none. */
  readonly seenUrl: string | null
}

export const erasureShown = 200

export const erasurePage = (
  ctx: PageContext,
  input: { readonly erasure: Erasure; readonly tickets: readonly ErasedTicket[] },
): ErasureModel => {
  const { t, projectUrl } = ctx
  const { erasure, tickets } = input
  return {
    view: 'erasure',
    layout: layout(ctx, { title: t('erasure.one'), data: 'requesters' }),
    summary: `${moment(erasure.at, ctx.locale).title} · ${whoOf(erasure, ctx)} · ${stateOf(erasure, ctx)}`,
    lines: tickets.map(({ ticketId, iid, uploads, left }) => {
      const issue = iid === null ? '' : `${projectUrl}/-/issues/${iid}`
      return {
        number: iid === null ? t('ticket.onItsWay') : `#${iid}`,
        url: ticketUrl({ id: ticketId, iid }),
        state: t(left === null ? 'erasure.gitlabComing' : 'erasure.gitlabDone'),
        left: [
          ...uploads.map((path) => ({
            url: `${projectUrl}${/\/uploads\/.*$/u.exec(path)?.[0] ?? ''}`,
            label: t('erasure.left.file'),
          })),
          ...(left ?? []).map((one) => ({
            url: one.what === 'note' ? `${issue}#note_${one.id}` : issue,
            label: t(`erasure.left.${one.what}`),
          })),
        ],
      }
    }),
    more: tickets.length >= erasureShown,
    seenUrl: tickets.some(({ uploads }) => uploads.length > 0) ? `${erasureUrl(erasure.id)}/seen` : null,
  }
}
