// The ticket page: the whole story in the middle, the facts beside it, and below one place to write
// where each kind of text has its own colour, label and button. What the viewer may not do is not offered.

import type { Member, StoredFile } from '../../application/ports.ts'
import type { TicketMail } from '../../application/read-ticket.ts'
import { branchPlace } from '../../domain/escalation.ts'
import type { TicketEvent } from '../../domain/event.ts'
import { levelName } from '../../domain/level.ts'
import { ownMailAddress } from '../../domain/notice.ts'
import type { Operation } from '../../domain/operation.ts'
import { laneOf } from '../../domain/operation.ts'
import type { Role } from '../../domain/role.ts'
import { isAgent, isAtLeast, mayWorkAtLevel } from '../../domain/role.ts'
import type { TargetStanding } from '../../domain/target.ts'
import type { Gone, Ticket, TicketBranch, TicketState } from '../../domain/ticket.ts'
import type { FormState, PageContext } from '../page.ts'
import { renderPartial } from '../rendering.ts'
import { rememberedHtml } from '../rich-text.ts'
import type { Moment } from './age.ts'
import { ageWeight, ageWords, moment } from './age.ts'
import { categoryDotHtml } from './category-tag.ts'
import type { LayoutModel } from './layout.ts'
import { layout } from './layout.ts'
import type { OperationLine } from './operation-line.ts'
import { operationLine } from './operation-line.ts'
import { branchProblemText } from './refusal-text.ts'
import type { Promised } from './target-chip.ts'
import { allPromises } from './target-chip.ts'
import { ticketUrl } from './ticket-url.ts'
import { timeline } from './timeline.ts'

export type Writing = 'reply' | 'note' | 'escalate' | 'hand-back' | 'resolve'

/** One kind of text in the composer. */
export type ComposerTab = {
  readonly id: Writing
  readonly label: string
  readonly action: string
  readonly field: 'body' | 'reason' | 'answer'
  readonly fieldLabel: string
  readonly audience: string
  readonly button: string
  readonly hidden: readonly { readonly name: string; readonly value: string }[]
  readonly value: string
  readonly error: string | null
  readonly required: boolean
  readonly checked: boolean
  readonly keyShortcut: string
  readonly draft: string
}

type Select = {
  readonly action: string
  readonly options: readonly { readonly value: string; readonly label: string; readonly selected: boolean }[]
}

export type TicketModel = {
  readonly view: 'ticket'
  readonly layout: LayoutModel
  readonly number: string | null
  readonly title: string
  readonly state: TicketState
  readonly stateWord: string
  readonly backUrl: string
  readonly backLabel: string
  /** Since when somebody waits on us. */
  readonly waits: { readonly text: string; readonly weight: string; readonly since: Moment } | null
  readonly operations: readonly OperationLine[]
  readonly operationsHeading: string
  /** Said once for all that go on their way by themselves. */
  readonly operationsNext: string | null
  readonly timelineHtml: string
  readonly composer: readonly ComposerTab[]
  /** Why it is not on the desk any more. */
  readonly gone: string | null
  /** What was wrong with a form outside the composer. */
  readonly problem: string | null
  readonly reopen: { readonly action: string; readonly key: string } | null
  readonly facts: {
    readonly ladder: readonly { readonly name: string; readonly where: 'above' | 'here' | 'below' }[]
    /** What was promised, and how it stands; null where nothing is. */
    readonly promises: readonly Promised[] | null
    readonly category: { readonly name: string; readonly dotHtml: string; readonly select: Select | null }
    readonly assignee: {
      readonly name: string
      readonly select: Select | null
      /** One click for oneself. */
      readonly take: { readonly action: string; readonly username: string } | null
    }
    readonly waiting: {
      readonly action: string
      readonly value: 'on' | 'off'
      readonly button: string
      readonly hint: string
    } | null
    readonly requester: {
      readonly name: string
      readonly email: string | null
      readonly mailto: string
      readonly source: string
      /** The link to their own page, made new. */
      readonly newLink: {
        readonly action: string
        readonly key: string
        readonly button: string
        readonly hint: string
      } | null
    }
    readonly opened: Moment
    readonly priority: string | null
    readonly confidential: boolean
    readonly branch:
      | { readonly kind: 'made'; readonly name: string; readonly url: string | null }
      | { readonly kind: 'asked' }
      | { readonly kind: 'missing'; readonly why: string; readonly action: string | null }
      | null
    readonly gitlab: string | null
    /** Its figures, explained. */
    readonly figures: string
  }
}

/** Every form of this page. */
export type TicketForm = Writing | 'reopen' | 'category' | 'assignee' | 'waiting' | 'branch' | 'new-link'

export type TicketFormField = 'body' | 'reason' | 'answer' | 'category' | 'assignee' | 'waiting'

/** A form that came back: as it was sent, and what was wrong with it. */
export type ReturnedForm = { readonly form: TicketForm; readonly state: FormState<TicketFormField> }

/** What a viewer of this role may do with this ticket now; the rules themselves say it again when it is done. */
export const mayDo = (ticket: Ticket, role: Role, ctx: Pick<PageContext, 'desk'>) => {
  const here = ticket.gone === null
  const agent = here && isAgent(role)
  const live = ticket.state !== 'resolved'
  return {
    write: agent,
    escalate: agent && live && ticket.level < ctx.desk.levels.length,
    handBack: isAtLeast(role, 'specialist') && live && ticket.level > 1,
    resolve: agent && live,
    reopen: agent && !live,
    setWaiting: agent && live,
    handle: agent,
    take: here && mayWorkAtLevel(role, ticket.level),
  }
}

const branchOf = (ticket: Ticket, ctx: PageContext, agent: boolean): TicketModel['facts']['branch'] => {
  const branch: TicketBranch | null = ticket.branch
  if (branch?.state === 'made') return { kind: 'made', name: branch.name, url: branch.url }
  if (branch?.state === 'asked') return { kind: 'asked' }
  if (branch === null && ticket.level < 2) return null
  if (branchPlace(ticket, ctx.desk) === null)
    return { kind: 'missing', why: ctx.t('branch.off'), action: null }
  return {
    kind: 'missing',
    why: branchProblemText(branch?.why ?? 'none-yet', ctx.t),
    action: agent ? `${ticketUrl(ticket)}/branch` : null,
  }
}

const goneText = (gone: Gone, t: PageContext['t']): string => {
  if (gone.why === 'moved' && gone.to !== null) return t('gone.movedTo', { place: gone.to })
  return t(`gone.${gone.why}`, gone.why === 'duplicate' ? { number: gone.of } : {})
}

const newLinkOf = (
  ticket: Ticket,
  { t, desk }: PageContext,
  name: string,
  key: string,
): TicketModel['facts']['requester']['newLink'] => {
  const mailed = ownMailAddress(ticket, desk) !== null
  return {
    action: `${ticketUrl(ticket)}/new-link`,
    key,
    button: t(mailed ? 'newLink.send' : 'newLink.make'),
    hint: t(mailed ? 'newLink.hintSend' : 'newLink.hintMake', { name }),
  }
}

const formError = (returned: ReturnedForm): string =>
  Object.values(returned.state.errors).find((text) => text !== undefined && text !== '') ?? ''

export const ticketPage = (
  ctx: PageContext,
  input: {
    readonly ticket: Ticket
    readonly events: readonly TicketEvent[]
    readonly operations: readonly Operation[]
    readonly files: readonly StoredFile[]
    readonly members: readonly Member[]
    readonly fileSources?: ReadonlyMap<string, string>
    readonly mails?: readonly TicketMail[]
    readonly targets?: readonly TargetStanding[]
    /** Fresh and random: a form that arrives twice counts once. */
    readonly newKey: string
    readonly form?: ReturnedForm | null
  },
): TicketModel => {
  const { t, desk, locale, now } = ctx
  const { ticket, events, members, newKey, targets = [] } = input
  const returned = input.form ?? null
  const role = ctx.viewer?.role ?? 'requester'
  const url = ticketUrl(ticket)
  const may = mayDo(ticket, role, ctx)
  const requester = ticket.requester.name === '' ? t('requester.unknown') : ticket.requester.name
  const number = ticket.iid === null ? null : `#${ticket.iid}`
  const nameOf = (username: string) =>
    members.find((member) => member.username === username)?.name ?? username

  const tabs: Omit<ComposerTab, 'checked' | 'draft' | 'action' | 'value' | 'error'>[] = []
  const key = { name: 'key', value: newKey }
  const from = { name: 'from', value: String(ticket.level) }
  if (may.write) {
    tabs.push({
      id: 'reply',
      label: t('composer.reply.tab'),
      field: 'body',
      fieldLabel: t('composer.reply.label', { name: requester }),
      audience:
        ticket.state === 'resolved'
          ? t('composer.reply.resolved', { name: requester })
          : t('composer.reply.audience', { name: requester }),
      button: t('composer.reply.button', { name: requester }),
      hidden: [key],
      required: true,
      keyShortcut: 'r',
    })
    tabs.push({
      id: 'note',
      label: t('composer.note.tab'),
      field: 'body',
      fieldLabel: t('composer.note.label'),
      audience: t('composer.note.audience', { name: requester }),
      button: t('composer.note.button'),
      hidden: [key],
      required: true,
      keyShortcut: 'n',
    })
  }
  if (may.escalate) {
    const to = levelName(ticket.level + 1, desk)
    tabs.push({
      id: 'escalate',
      label: t('composer.escalate.tab'),
      field: 'reason',
      fieldLabel: t('composer.escalate.label', { to }),
      audience: t(
        branchPlace(ticket, desk) === null || ticket.branch?.state === 'made'
          ? 'composer.escalate.audience'
          : 'composer.escalate.audienceBranch',
        { to },
      ),
      button: t('composer.escalate.button', { to }),
      hidden: [from, key],
      required: false,
      keyShortcut: 'e',
    })
  }
  if (may.handBack) {
    const to = levelName(ticket.level - 1, desk)
    const former = members.find((member) => member.username === ticket.formerAssignee)
    tabs.push({
      id: 'hand-back',
      label: t('composer.handBack.tab'),
      field: 'reason',
      fieldLabel: t('composer.handBack.label', { to }),
      audience: former
        ? t('composer.handBack.audienceTo', { to, name: former.name })
        : t('composer.handBack.audience', { to }),
      button: t('composer.handBack.button', { to }),
      hidden: [from, key],
      required: false,
      keyShortcut: 'b',
    })
  }
  if (may.resolve)
    tabs.push({
      id: 'resolve',
      label: t('composer.resolve.tab'),
      field: 'answer',
      fieldLabel: t('composer.resolve.label', { name: requester }),
      audience: t('composer.resolve.audience', { name: requester, standard: t('answers.resolved') }),
      button: t('composer.resolve.button'),
      hidden: [key],
      required: false,
      keyShortcut: 's',
    })
  const paths: Record<Writing, string> = {
    reply: 'replies',
    note: 'notes',
    escalate: 'escalate',
    'hand-back': 'hand-back',
    resolve: 'resolve',
  }
  const current = tabs.find((tab) => tab.id === returned?.form) ?? tabs[0]

  const leads = members.filter((member) => isAtLeast(member.role, 'lead')).map(({ name }) => name)
  const operations = input.operations
    .map((operation) => operationLine(operation, ctx, { leads }))
    .filter((line) => line !== null)
  const troubled = operations.some((line) => line.state !== 'queued')
  // Mails go another way than GitLab's, and what is on its way to both is said so.
  const byMail = input.operations.some(({ intent }) => laneOf(intent) === 'mail')

  const mails = (input.mails ?? []).map(({ mail, source }) => `${mail.id} ${mail.reason} ${source}`).join()
  const timelineHtml = rememberedHtml(
    `timeline ${ticket.id} ${ticket.revision} ${events.length} ${input.files.length} ${mails} ${locale}`,
    () =>
      renderPartial(locale, 'timeline', {
        entries: timeline(ctx, input),
        incomplete: ticket.iid !== null && events.length === 0 ? t('timeline.notRead') : null,
      }),
  )

  const workers = members.filter((member) => mayWorkAtLevel(member.role, ticket.level))
  const outsider = ticket.assignee !== null && !workers.some((member) => member.username === ticket.assignee)
  const viewer = ctx.viewer
  const viewOfLevel = `/issues?view=level-${ticket.level}`
  const waits = ticket.awaitingSince

  return {
    view: 'ticket',
    layout: layout(ctx, {
      title: number === null ? ticket.title : `${number} ${ticket.title}`,
      scripts: ['filters.js'],
    }),
    number,
    title: ticket.title,
    state: ticket.state,
    stateWord: ticket.gone === null ? t(`state.${ticket.state}`) : t('gone.state'),
    backUrl: viewOfLevel,
    backLabel: levelName(ticket.level, desk),
    waits:
      waits === null || ticket.state === 'resolved'
        ? null
        : {
            text: t('ticket.waits', { name: requester, age: ageWords(Math.max(0, now - waits), t) }),
            weight: ageWeight(now - waits),
            since: moment(waits, locale),
          },
    operations,
    operationsHeading: byMail
      ? t(troubled ? 'delivery.headingMailTroubled' : 'delivery.headingMail')
      : t(troubled ? 'delivery.headingTroubled' : 'delivery.heading'),
    operationsNext: operations.some((line) => line.state === 'queued') ? t('delivery.queued.next') : null,
    timelineHtml,
    composer: tabs.map((tab) => ({
      ...tab,
      action: `${url}/${paths[tab.id]}`,
      value: returned?.form === tab.id ? (returned.state.values[tab.field] ?? '') : '',
      error: returned?.form === tab.id ? formError(returned) : null,
      checked: tab === current,
      draft: `${ticket.id} ${tab.id}`,
    })),
    gone: ticket.gone === null ? null : goneText(ticket.gone, t),
    problem: returned !== null && !tabs.some((tab) => tab.id === returned.form) ? formError(returned) : null,
    reopen: may.reopen ? { action: `${url}/reopen`, key: newKey } : null,
    facts: {
      ladder: desk.levels
        .map((level, index) => ({
          name: level.name,
          where:
            index + 1 === ticket.level
              ? ('here' as const)
              : index + 1 < ticket.level
                ? ('below' as const)
                : ('above' as const),
        }))
        .reverse(),
      promises: targets.length === 0 || ticket.gone !== null ? null : allPromises(targets, ctx),
      category: {
        name: ticket.category ?? t('category.none'),
        dotHtml: ticket.category === null ? '' : categoryDotHtml(ticket.category, desk),
        select: may.handle
          ? {
              action: `${url}/category`,
              options: [
                { value: '', label: t('category.none'), selected: ticket.category === null },
                ...desk.categories.map((category) => ({
                  value: category.id,
                  label: category.id,
                  selected: category.id === ticket.category,
                })),
              ],
            }
          : null,
      },
      assignee: {
        name: ticket.assignee === null ? t('assignee.nobody') : nameOf(ticket.assignee),
        select: may.handle
          ? {
              action: `${url}/assignee`,
              options: [
                { value: '', label: t('assignee.nobody'), selected: ticket.assignee === null },
                ...(outsider && ticket.assignee !== null
                  ? [{ value: ticket.assignee, label: nameOf(ticket.assignee), selected: true }]
                  : []),
                ...workers.map((member) => ({
                  value: member.username,
                  label: member.name,
                  selected: member.username === ticket.assignee,
                })),
              ],
            }
          : null,
        take:
          viewer !== null && may.take && ticket.state !== 'resolved' && ticket.assignee !== viewer.username
            ? { action: `${url}/assignee`, username: viewer.username }
            : null,
      },
      waiting: may.setWaiting
        ? ticket.state === 'waiting'
          ? {
              action: `${url}/waiting`,
              value: 'off',
              button: t('waiting.off'),
              hint: t('waiting.offHint', { name: requester }),
            }
          : {
              action: `${url}/waiting`,
              value: 'on',
              button: t('waiting.on', { name: requester }),
              hint: t('waiting.onHint'),
            }
        : null,
      requester: {
        name: requester,
        email: ticket.requester.email,
        // Of a stranger's making: nothing in it may add a subject or further recipients.
        mailto: `mailto:${encodeURIComponent(ticket.requester.email ?? '').replace('%40', '@')}`,
        source: t(`source.${ticket.source}`),
        newLink: may.write ? newLinkOf(ticket, ctx, requester, newKey) : null,
      },
      opened: moment(ticket.openedAt, locale),
      priority: ticket.priority === desk.priorities[0]?.id ? null : ticket.priority,
      confidential: ticket.confidential,
      branch: branchOf(ticket, ctx, may.handle),
      gitlab: ticket.url,
      figures: `${ticketUrl(ticket)}/figures`,
    },
  }
}
