// What stands around every page: the way to the views, the search, who is signed in, in which
// language, and the truth about GitLab (does it answer, is the first reading still going on).

import type { View } from '../../application/ports.ts'
import { isAgent, isAtLeast } from '../../domain/role.ts'
import type { Locale, PageContext } from '../page.ts'
import { locales } from '../translate.ts'
import { ageWords, zone } from './age.ts'

export type NavItem = {
  readonly url: string
  readonly label: string
  readonly icon: string
  /** null = not counted on this page. */
  readonly count: string | null
  readonly current: boolean
}

export type LayoutModel = {
  readonly locale: Locale
  readonly zone: string
  readonly documentTitle: string
  readonly viewer: { readonly name: string; readonly initials: string; readonly role: string } | null
  /** Where an agent chooses which mails they want; null where none are sent. */
  readonly notices: { readonly url: string; readonly current: boolean } | null
  readonly nav: readonly NavItem[]
  readonly search: { readonly words: string; readonly form: string | null } | null
  readonly openTicketUrl: string | null
  /** null for agents, who look at all tickets. */
  readonly myTickets: { readonly url: string; readonly current: boolean } | null
  readonly homeUrl: string
  readonly signInUrl: string | null
  readonly languages: readonly {
    readonly code: Locale
    readonly name: string
    readonly url: string
    readonly current: boolean
  }[]
  readonly banner: { readonly kind: 'down' | 'unauthorised'; readonly text: string } | null
  readonly reading: { readonly text: string; readonly done: number; readonly total: number | null } | null
  readonly sandbox: boolean
  readonly flash: PageContext['flash']
  readonly scripts: readonly string[]
  /** Keyboard help is for those who work here. */
  readonly keys: boolean
  /** The page as a whole: 'desk' has the views beside it, 'plain' is one quiet column. */
  readonly shape: 'desk' | 'plain'
}

export type LayoutOptions = {
  readonly title: string
  readonly current?: View | 'operations' | 'held' | 'mail' | 'notices' | 'open-ticket' | 'my-tickets'
  readonly words?: string
  /** Id of the form on this page that the search field in the header belongs to. */
  readonly searchForm?: string
  readonly scripts?: readonly string[]
  readonly plain?: boolean
  /** The figures; and for those who answer for the desk's data. */
  readonly data?: 'audit' | 'requesters' | 'kpi'
}

/** The same address in another language. Other parts of the query stay. */
export const inLanguage = (url: string, locale: Locale): string => {
  const [path = '/', query = ''] = url.split('?', 2)
  const rest = query.split('&').filter((part) => part !== '' && !part.startsWith('lang='))
  return `${path}?${[...rest, `lang=${locale}`].join('&')}`
}

export const initials = (name: string): string => {
  const words = name.trim().split(/\s+/u).filter(Boolean)
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]]
  return letters
    .map((word) => [...(word ?? '')][0] ?? '')
    .join('')
    .toUpperCase()
}

const views = (ctx: PageContext, current: LayoutOptions['current']): NavItem[] => {
  const { t, counts } = ctx
  const item = (view: View, label: string, icon: string, count: number | undefined): NavItem => ({
    url: `/issues?view=${view}`,
    label,
    icon,
    count: count === undefined ? null : compact(count),
    current: current === view,
  })
  return [
    ...ctx.desk.levels.map((level, index) =>
      item(`level-${index + 1}`, level.name, 'level', counts ? (counts.levels[index] ?? 0) : undefined),
    ),
    item('mine', t('views.mine'), 'person', counts?.mine),
    item('unassigned', t('views.unassigned'), 'nobody', counts?.unassigned),
    item('waiting', t('views.waiting'), 'waiting', counts?.waiting),
    item('resolved', t('views.resolved'), 'resolved', counts?.resolved),
    item('all', t('views.all'), 'all', counts?.all),
  ]
}

/** 12,345 → "12k": the exact number is not worth the room. */
const compact = (count: number): string =>
  count < 10_000
    ? String(count)
    : count < 1_000_000
      ? `${Math.floor(count / 1_000)}k`
      : `${Math.floor(count / 1_000_000)}m`

const banner = ({ connection, t, now }: PageContext): LayoutModel['banner'] => {
  if (connection.state === 'up') return null
  if (connection.state === 'unauthorised') return { kind: 'unauthorised', text: t('connection.unauthorised') }
  const since = connection.lastAnswerAt
  return {
    kind: 'down',
    text:
      since === null
        ? t('connection.downAlways')
        : t('connection.down', { age: ageWords(Math.max(0, now - since), t) }),
  }
}

const reading = ({ connection, t }: PageContext): LayoutModel['reading'] => {
  if (!connection.reading) return null
  const { done, total } = connection.reading
  return {
    done,
    total,
    text: total === null ? t('reading.some', { count: done }) : t('reading.of', { done, total }),
  }
}

export const layout = (ctx: PageContext, options: LayoutOptions): LayoutModel => {
  const { t, viewer } = ctx
  const agent = viewer !== null && isAgent(viewer.role)
  const desk = agent && !options.plain
  const lead = viewer !== null && isAtLeast(viewer.role, 'lead')
  return {
    locale: ctx.locale,
    zone,
    documentTitle: `${options.title} · Belay`,
    viewer: viewer && {
      name: viewer.name,
      initials: initials(viewer.name),
      role: t(`roles.${viewer.role}`),
    },
    notices: agent && ctx.desk.mail.own ? { url: '/notices', current: options.current === 'notices' } : null,
    nav: desk
      ? [
          ...views(ctx, options.current),
          {
            url: '/kpi',
            label: t('kpi.title'),
            icon: 'kpi',
            count: null,
            current: options.data === 'kpi',
          },
          ...(lead && ctx.operationsUrl !== undefined
            ? [
                {
                  url: ctx.operationsUrl,
                  label: t('views.operations'),
                  icon: 'sending',
                  // What goes by itself is nobody's task.
                  count: ctx.stuck ? compact(ctx.stuck) : null,
                  current: options.current === 'operations',
                },
              ]
            : []),
          ...(lead
            ? [
                {
                  url: '/held',
                  label: t('views.held'),
                  icon: 'held',
                  count: ctx.held ? compact(ctx.held) : null,
                  current: options.current === 'held',
                },
              ]
            : []),
          ...(lead && ctx.desk.mail.own
            ? [
                {
                  url: '/mail',
                  label: t('views.mail'),
                  icon: 'mail',
                  count: null,
                  current: options.current === 'mail',
                },
              ]
            : []),
          ...(lead
            ? [
                {
                  url: '/audit',
                  label: t('views.audit'),
                  icon: 'eye',
                  count: null,
                  current: options.data === 'audit',
                },
                {
                  url: '/requesters',
                  label: t('views.requesters'),
                  icon: 'person',
                  count: null,
                  current: options.data === 'requesters',
                },
              ]
            : []),
        ]
      : [],
    search: desk ? { words: options.words ?? '', form: options.searchForm ?? null } : null,
    openTicketUrl:
      (agent || ctx.desk.form.public) && options.current !== 'open-ticket' ? '/open-issue' : null,
    myTickets: agent ? null : { url: '/my-tickets', current: options.current === 'my-tickets' },
    homeUrl: agent ? '/issues' : viewer === null ? '/open-issue' : '/my-tickets',
    signInUrl: viewer === null ? (ctx.signInUrl ?? '/sign-in') : null,
    languages: locales.map((code) => ({
      code,
      name: t(`languages.${code}`),
      url: inLanguage(ctx.url, code),
      current: code === ctx.locale,
    })),
    banner: agent ? banner(ctx) : null,
    reading: agent ? reading(ctx) : null,
    sandbox: ctx.sandbox,
    flash: ctx.flash,
    scripts: ['once.js', 'times.js', ...(agent ? ['keys.js', 'drafts.js'] : []), ...(options.scripts ?? [])],
    keys: agent,
    shape: desk ? 'desk' : 'plain',
  }
}
