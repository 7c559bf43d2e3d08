// The dashboard: the queue, one line per ticket, those who wait longest on us first. The address
// bar is the whole state, so every view, filter and page can be sent to a colleague as a link.

import type { Member, Reader, TicketPage, TicketQuery, View, ViewCounts } from '../../application/ports.ts'
import { isAgent } from '../../domain/role.ts'
import type { PageContext, Translate } from '../page.ts'
import type { LayoutModel } from './layout.ts'
import { layout } from './layout.ts'
import { ticketRow } from './ticket-row.ts'

export type Choice = { readonly value: string; readonly label: string; readonly selected: boolean }

export type DashboardModel = {
  readonly view: 'dashboard'
  readonly layout: LayoutModel
  readonly heading: string
  readonly count: string
  readonly hint: string
  /** Hidden fields of the filter form. */
  readonly currentView: View
  readonly filters: readonly {
    readonly name: string
    readonly label: string
    readonly choices: readonly Choice[]
  }[]
  readonly chips: readonly { readonly label: string; readonly removeUrl: string; readonly remove: string }[]
  readonly clearUrl: string | null
  /** In the view of one level it would say the same on every line. */
  readonly levelColumn: boolean
  readonly waitColumn: string
  readonly rowsHtml: string
  readonly empty: {
    readonly heading: string
    readonly text: string
    readonly link: { readonly url: string; readonly label: string } | null
  } | null
  readonly nextUrl: string | null
  readonly previousUrl: string | null
  /** "replies of n older tickets not read yet", or that a search was cut short. */
  readonly remarks: readonly string[]
  /** For the pill "3 new": what to ask, and its words. */
  readonly news: {
    readonly url: string
    readonly one: string
    readonly many: string
    readonly reload: string
    /** The change that the page was made at, for hearing of the next one; null = it only asks now and then. */
    readonly version: number | null
  } | null
}

type Filters = Pick<TicketQuery, 'view' | 'level' | 'category' | 'state' | 'assignee' | 'words' | 'cursor'>

/** The address of the dashboard that shows this. */
export const dashboardUrl = (query: Filters): string => {
  let url = `/issues?view=${query.view}`
  if (query.level !== null) url += `&level=${query.level}`
  if (query.category !== null) url += `&category=${encodeURIComponent(query.category)}`
  if (query.state !== null) url += `&state=${query.state}`
  if (query.assignee !== null)
    url += `&assignee=${encodeURIComponent(query.assignee === '' ? nobody : query.assignee)}`
  if (query.words !== '') url += `&q=${encodeURIComponent(query.words)}`
  if (query.cursor !== null) url += `&cursor=${encodeURIComponent(query.cursor)}`
  return url
}

/**
 * In the address of the dashboard "assigned to nobody" is `assignee=-`, which no GitLab username can be;
 * an empty parameter is no filter, because that is what a form without script sends for it.
 */
export const nobody = '-'

const levelOfView = (view: View): number | null =>
  view.startsWith('level-') ? Number(view.slice('level-'.length)) : null

const viewName = (view: View, { t, desk }: PageContext): string => {
  const level = levelOfView(view)
  return level === null ? t(`views.${view}`) : (desk.levels[level - 1]?.name ?? `Level ${level}`)
}

const countOf = (view: View, counts: ViewCounts): number => {
  const level = levelOfView(view)
  return level === null
    ? (counts[view as Exclude<View, `level-${number}`>] ?? 0)
    : (counts.levels[level - 1] ?? 0)
}

const namesOf = new WeakMap<readonly Member[], Map<string, string>>()

const namesByUsername = (members: readonly Member[]): Map<string, string> => {
  let names = namesOf.get(members)
  if (!names) {
    names = new Map(members.map((member) => [member.username, member.name]))
    namesOf.set(members, names)
  }
  return names
}

const filtersOf = (
  ctx: PageContext,
  query: TicketQuery,
  members: readonly Member[],
): DashboardModel['filters'] => {
  const { t, desk } = ctx
  const select = (
    name: string,
    label: string,
    any: string,
    current: string | null,
    options: [string, string][],
  ) => ({
    name,
    label,
    choices: [
      { value: '', label: any, selected: current === null },
      ...options.map(([value, text]) => ({ value, label: text, selected: value === current })),
    ],
  })
  const agents = members.filter((member) => isAgent(member.role))
  return [
    ...(levelOfView(query.view) === null
      ? [
          select(
            'level',
            t('filter.level'),
            t('filter.anyLevel'),
            query.level === null ? null : String(query.level),
            desk.levels.map((level, index) => [String(index + 1), level.name]),
          ),
        ]
      : []),
    select(
      'category',
      t('filter.category'),
      t('filter.anyCategory'),
      query.category,
      desk.categories.map((category) => [category.id, category.id]),
    ),
    select('state', t('filter.state'), t('filter.anyState'), query.state, [
      ['open', t('state.open')],
      ['waiting', t('state.waiting')],
      ['resolved', t('state.resolved')],
    ]),
    ...(query.view === 'mine' || query.view === 'unassigned'
      ? []
      : [
          select(
            'assignee',
            t('filter.assignee'),
            t('filter.anyAssignee'),
            query.assignee === '' ? nobody : query.assignee,
            [
              [nobody, t('assignee.nobody')],
              ...agents.map((member): [string, string] => [member.username, member.name]),
            ],
          ),
        ]),
  ]
}

const chipsOf = (
  ctx: PageContext,
  query: TicketQuery,
  nameOf: (username: string) => string,
): DashboardModel['chips'] => {
  const { t, desk } = ctx
  const start = { ...query, cursor: null }
  const chip = (label: string, without: Partial<Filters>) => ({
    label,
    removeUrl: dashboardUrl({ ...start, ...without }),
    remove: t('filter.remove', { label }),
  })
  return [
    ...(query.words === '' ? [] : [chip(t('filter.words', { words: query.words }), { words: '' })]),
    ...(query.level === null
      ? []
      : [chip(desk.levels[query.level - 1]?.name ?? `Level ${query.level}`, { level: null })]),
    ...(query.category === null ? [] : [chip(query.category, { category: null })]),
    ...(query.state === null ? [] : [chip(t(`state.${query.state}`), { state: null })]),
    ...(query.assignee === null
      ? []
      : [chip(query.assignee === '' ? t('assignee.nobody') : nameOf(query.assignee), { assignee: null })]),
  ]
}

const emptyOf = (ctx: PageContext, query: TicketQuery, filtered: boolean): DashboardModel['empty'] => {
  const { t } = ctx
  if (query.cursor !== null)
    return {
      heading: t('empty.page.heading'),
      text: t('empty.page.text'),
      link: { url: dashboardUrl({ ...query, cursor: null }), label: t('empty.page.link') },
    }
  if (query.words !== '' && query.view !== 'all')
    return {
      heading: t('empty.search.heading', { words: query.words }),
      text: t('empty.search.text', { view: viewName(query.view, ctx) }),
      link: {
        url: dashboardUrl({
          ...query,
          view: 'all',
          level: null,
          category: null,
          state: null,
          assignee: null,
          cursor: null,
        }),
        label: t('empty.search.link'),
      },
    }
  if (filtered)
    return {
      heading: t('empty.filtered.heading'),
      text: t('empty.filtered.text'),
      link: {
        url: dashboardUrl({
          ...query,
          level: null,
          category: null,
          state: null,
          assignee: null,
          words: '',
          cursor: null,
        }),
        label: t('filter.clear'),
      },
    }
  const kind = levelOfView(query.view) === null ? query.view : 'level'
  return {
    heading: t(`empty.${kind}.heading`, { view: viewName(query.view, ctx) }),
    text: t(`empty.${kind}.text`),
    link: kind === 'all' ? { url: '/open-issue', label: t('nav.openTicket') } : null,
  }
}

const hintOf = (query: TicketQuery, t: Translate): string => {
  if (query.words !== '') return t('order.search')
  if (query.view === 'resolved') return t('order.resolved')
  if (query.view === 'all') return t('order.all')
  return t('order.queue')
}

export const dashboardPage = (
  ctx: PageContext,
  input: {
    readonly query: TicketQuery
    readonly page: TicketPage
    readonly counts: ViewCounts
    readonly backlog: Awaited<ReturnType<Reader['backlog']>>
    readonly members: readonly Member[]
    /** Of the store, for the pill that says how many are new; without it there is no pill. */
    readonly version?: number
    /** The change that all of this was read at, for hearing of the next one. */
    readonly changes?: number
  },
): DashboardModel => {
  const { t, desk, locale, now } = ctx
  const { query, page, counts, backlog, members } = input
  const names = namesByUsername(members)
  const nameOf = (username: string) => names.get(username) ?? username
  const levelColumn = levelOfView(query.view) === null
  const row = { desk, locale, t, now, nameOf, showLevel: levelColumn }
  let rowsHtml = ''
  for (const ticket of page.tickets) rowsHtml += ticketRow(ticket, row)

  const chips = chipsOf(ctx, query, nameOf)
  const heading = viewName(query.view, ctx)
  const remarks = [
    ...(query.words !== '' && backlog.unsearched > 0
      ? [t('reading.wordsMissing', { count: backlog.unsearched })]
      : []),
    ...(query.words !== '' && backlog.unread > 0
      ? [t('reading.repliesMissing', { count: backlog.unread })]
      : []),
    ...(page.cut ? [t('search.cut')] : []),
  ]
  const here = dashboardUrl({ ...query, cursor: null })
  return {
    view: 'dashboard',
    layout: layout(
      { ...ctx, counts, stuck: backlog.operations.stuck, held: backlog.held },
      {
        title: query.words === '' ? heading : t('search.title', { words: query.words }),
        current: query.view,
        words: query.words,
        searchForm: 'filters',
        scripts: ['filters.js', 'news.js'],
      },
    ),
    heading,
    count: chips.length > 0 ? '' : t('count.tickets', { count: countOf(query.view, counts) }),
    hint: hintOf(query, t),
    currentView: query.view,
    filters: filtersOf(ctx, query, members),
    chips,
    clearUrl:
      chips.length > 1
        ? dashboardUrl({
            ...query,
            level: null,
            category: null,
            state: null,
            assignee: null,
            words: '',
            cursor: null,
          })
        : null,
    levelColumn,
    waitColumn: query.view === 'resolved' || query.state === 'resolved' ? t('row.resolved') : t('row.waits'),
    rowsHtml,
    empty: page.tickets.length === 0 ? emptyOf(ctx, query, chips.length > 0) : null,
    nextUrl: page.next === null ? null : dashboardUrl({ ...query, cursor: page.next }),
    previousUrl: page.previous === null ? null : dashboardUrl({ ...query, cursor: page.previous }),
    remarks,
    news:
      input.version === undefined || query.cursor !== null
        ? null
        : {
            url: `/issues/news?since=${input.version}&${here.slice('/issues?'.length)}`,
            one: t('news.one'),
            many: t('news.many'),
            reload: here,
            version: input.changes ?? null,
          },
  }
}
