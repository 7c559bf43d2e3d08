// The truth about GitLab and the mail server, one line for each thing they have not been told yet:
// what, whether it is on its way, unsure or stuck, why, and what happens or should be done next.

import type { Operation } from '../../domain/operation.ts'
import { laneOf } from '../../domain/operation.ts'
import { isAtLeast } from '../../domain/role.ts'
import type { PageContext } from '../page.ts'
import type { Moment } from './age.ts'
import { moment } from './age.ts'
import { troubleText } from './refusal-text.ts'

export type OperationLine = {
  readonly id: string
  readonly state: 'queued' | 'unknown' | 'stuck'
  readonly stateWord: string
  readonly what: string
  readonly who: string
  readonly since: Moment
  readonly reason: string | null
  /** GitLab's own words. */
  readonly detail: string | null
  /** null where nobody need do anything; that is said once for all of them. */
  readonly next: string | null
  readonly retryUrl: string | null
  readonly dropUrl: string | null
  /** What will not happen when it is given up. */
  readonly dropMeans: string
  /** Where the two lead back to; null = the list of all. */
  readonly back: 'ticket' | null
}

/** What it is, as the locales name it below `operation` and `operations.dropMeans`. */
const meaningOf = ({ intent }: Operation): string => {
  if (intent.kind === 'note') return `note.${intent.purpose}`
  if (intent.kind === 'mail') return `mail.${intent.notice}`
  if (intent.kind !== 'change') return intent.kind
  if (intent.state === 'closed') return 'close'
  if (intent.state === 'opened') return 'reopen'
  return intent.addLabels.length + intent.removeLabels.length > 0 ? 'labels' : 'assignee'
}

/** Of the file, or of whom it goes to. */
const nameOf = ({ intent }: Operation): string => {
  if (intent.kind === 'upload') return intent.file.name
  if (intent.kind === 'hand-to-service-desk') return intent.address
  if (intent.kind !== 'mail') return ''
  return intent.to.name === '' ? intent.to.address : intent.to.name
}

/** Whom to ask; whoever leads can do it themselves. */
const stuckNext = (lead: boolean, leads: readonly string[], { t, locale }: PageContext): string => {
  if (lead) return t('delivery.stuck.nextLead')
  if (leads.length === 0) return t('delivery.stuck.next')
  const names = new Intl.ListFormat(locale, { type: 'disjunction' }).format(leads.slice(0, mostNamed))
  return t('delivery.stuck.nextAsk', { names })
}

const mostNamed = 3

/** null for what is done. */
export const operationLine = (
  operation: Operation,
  ctx: PageContext,
  /** On a ticket's own page; `leads`: names of those who can answer. */
  onTicket: { readonly leads: readonly string[] } | null = null,
): OperationLine | null => {
  const { t } = ctx
  if (operation.state === 'done') return null
  const state = operation.state === 'unknown' ? 'unknown' : operation.state === 'stuck' ? 'stuck' : 'queued'
  const lead = ctx.viewer !== null && isAtLeast(ctx.viewer.role, 'lead')
  const { trouble } = operation
  const lane = laneOf(operation.intent)
  const base =
    ctx.operationsUrl !== undefined && lead && state === 'stuck'
      ? `${ctx.operationsUrl}/${operation.id}`
      : null
  return {
    id: operation.id,
    state,
    stateWord: t(`delivery.${state}.short`),
    what: t(`operation.${meaningOf(operation)}`, { name: nameOf(operation) }),
    who: operation.author.name,
    since: moment(operation.createdAt, ctx.locale),
    reason: trouble === null ? null : troubleText(trouble, t, lane),
    detail: trouble === null || trouble.detail === '' || state !== 'stuck' ? null : trouble.detail,
    next:
      state === 'queued'
        ? null
        : state === 'stuck'
          ? stuckNext(lead, onTicket?.leads ?? [], ctx)
          : t(lane === 'mail' ? 'delivery.unknown.nextMail' : 'delivery.unknown.next'),
    retryUrl: base && `${base}/retry`,
    dropUrl: base && `${base}/drop`,
    dropMeans: t(`operations.dropMeans.${meaningOf(operation)}`, { name: nameOf(operation) }),
    back: onTicket === null ? null : 'ticket',
  }
}
