// Who did what, when, on which ticket and with which result: one line each, the newest first, and on top
// whether the log is whole.

import type { AuditReading } from '../../application/read-audit.ts'
import type { AuditRecord, Deed, Doer } from '../../domain/audit.ts'
import { deeds } from '../../domain/audit.ts'
import type { PageContext, Translate } from '../page.ts'
import type { Moment } from './age.ts'
import { moment } from './age.ts'
import type { LayoutModel } from './layout.ts'
import { layout } from './layout.ts'
import { ticketUrl } from './ticket-url.ts'

/** As the address says it; '' = anything. Days are in UTC. */
export type AuditFilter = {
  readonly who: string
  readonly what: Deed | ''
  readonly ticket: string
  readonly from: string
  readonly to: string
  readonly cursor: string
}

export type AuditModel = {
  readonly view: 'audit'
  readonly layout: LayoutModel
  readonly chain: { readonly state: 'whole' | 'checking' | 'broken'; readonly text: string }
  readonly head: string | null
  readonly kept: string | null
  readonly filter: AuditFilter
  readonly usernames: readonly string[]
  readonly deeds: readonly { readonly value: string; readonly label: string; readonly selected: boolean }[]
  readonly lines: readonly {
    readonly n: string
    readonly when: Moment
    readonly who: string
    readonly what: string
    readonly about: string
    readonly ticket: { readonly url: string; readonly number: string } | null
    readonly result: string
    readonly refused: boolean
  }[]
  readonly csvUrl: string
  readonly firstUrl: string | null
  readonly nextUrl: string | null
}

export const doerWord = (by: Doer, t: Translate): string =>
  by.kind === 'agent' ? `@${by.username}` : t(`audit.who.${by.kind}`)

export const resultWord = ({ result }: Pick<AuditRecord, 'result'>, t: Translate): string =>
  result === 'done' ? t('audit.done') : t('audit.refused', { code: result })

export const deedWord = (what: Deed, t: Translate): string => t(`audit.what.${what}`)

const addressOf = (path: string, filter: AuditFilter): string => {
  const said = new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== '')).toString()
  return said === '' ? path : `${path}?${said}`
}

const chainOf = (
  { entries, checked, broken, wholeAt }: AuditReading['standing'],
  { t, locale }: PageContext,
): AuditModel['chain'] => {
  if (broken) return { state: 'broken', text: t(`audit.broken.${broken.why}`, { n: broken.n }) }
  if (checked < entries) return { state: 'checking', text: t('audit.checking', { count: entries, checked }) }
  const when = wholeAt === null ? '' : ` ${t('audit.wholeAt', { when: moment(wholeAt, locale).label })}`
  return { state: 'whole', text: `${t('audit.whole', { count: entries })}${when}` }
}

export const auditPage = (
  ctx: PageContext,
  input: Omit<AuditReading, 'counts' | 'stuck'> &
    Partial<Pick<AuditReading, 'counts' | 'stuck'>> & {
      readonly filter: AuditFilter
      /** How long entries are kept (days); 0 = for ever. */
      readonly keptDays?: number
    },
): AuditModel => {
  const { t, locale } = ctx
  const { filter, standing, numbers, keptDays } = input
  return {
    view: 'audit',
    layout: layout(
      {
        ...ctx,
        ...(input.counts ? { counts: input.counts } : {}),
        ...(input.stuck === undefined ? {} : { stuck: input.stuck }),
      },
      { title: t('views.audit'), data: 'audit' },
    ),
    chain: chainOf(standing, ctx),
    head: standing.head.n === 0 ? null : t('audit.head', { n: standing.head.n, hash: standing.head.hash }),
    kept:
      keptDays === undefined
        ? null
        : keptDays === 0
          ? t('audit.keptForEver')
          : t('audit.kept', { count: keptDays }),
    filter,
    usernames: ['requester', 'belay', ...input.usernames],
    deeds: [
      { value: '', label: t('audit.any'), selected: filter.what === '' },
      ...deeds.map((deed) => ({ value: deed, label: deedWord(deed, t), selected: filter.what === deed })),
    ],
    lines: input.records.map((record) => {
      const iid = record.ticketId === null ? undefined : numbers.get(record.ticketId)
      return {
        n: String(record.n),
        when: moment(record.at, locale),
        who: doerWord(record.by, t),
        what: deedWord(record.what, t),
        about: record.about,
        ticket:
          record.ticketId === null || iid === undefined
            ? null
            : {
                url: ticketUrl({ id: record.ticketId, iid }),
                number: iid === null ? t('ticket.onItsWay') : `#${iid}`,
              },
        result: resultWord(record, t),
        refused: record.result !== 'done',
      }
    }),
    csvUrl: addressOf('/audit.csv', { ...filter, cursor: '' }),
    firstUrl: filter.cursor === '' ? null : addressOf('/audit', { ...filter, cursor: '' }),
    nextUrl: input.next === null ? null : addressOf('/audit', { ...filter, cursor: input.next }),
  }
}
