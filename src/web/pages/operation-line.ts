// The truth about GitLab, one line for each thing it has not been told yet: what, whether it is on
// its way, unsure or stuck, why, and what happens or should be done next.

import type { Operation } from '../../domain/operation.ts'
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
}

const whatOf = ({ intent }: Operation, { t }: PageContext): string => {
  if (intent.kind === 'upload') return t('operation.upload', { name: intent.file.name })
  if (intent.kind === 'note') return t(`operation.note.${intent.purpose}`)
  if (intent.kind !== 'change') return t(`operation.${intent.kind}`)
  if (intent.state === 'closed') return t('operation.close')
  if (intent.state === 'opened') return t('operation.reopen')
  if (intent.addLabels.length + intent.removeLabels.length > 0) return t('operation.labels')
  return t('operation.assignee')
}

/** null for what is done. */
export const operationLine = (operation: Operation, ctx: PageContext): OperationLine | null => {
  const { t } = ctx
  if (operation.state === 'done') return null
  const state = operation.state === 'unknown' ? 'unknown' : operation.state === 'stuck' ? 'stuck' : 'queued'
  const lead = ctx.viewer !== null && isAtLeast(ctx.viewer.role, 'lead')
  const { trouble } = operation
  const base =
    ctx.operationsUrl !== undefined && lead && state === 'stuck'
      ? `${ctx.operationsUrl}/${operation.id}`
      : null
  return {
    id: operation.id,
    state,
    stateWord: t(`delivery.${state}.short`),
    what: whatOf(operation, ctx),
    who: operation.author.name,
    since: moment(operation.createdAt, ctx.locale),
    reason: trouble === null ? null : troubleText(trouble, t),
    detail: trouble === null || trouble.detail === '' || state !== 'stuck' ? null : trouble.detail,
    next:
      state === 'queued'
        ? null
        : t(state === 'stuck' && lead ? 'delivery.stuck.nextLead' : `delivery.${state}.next`),
    retryUrl: base && `${base}/retry`,
    dropUrl: base && `${base}/drop`,
  }
}
