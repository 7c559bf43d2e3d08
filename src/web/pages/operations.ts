// For those who lead the desk: everything GitLab has not been told yet, what is stuck first, with
// its reason and the two ways out: send it again, or give it up.

import type { Reader, Unsettled, ViewCounts } from '../../application/ports.ts'
import type { PageContext } from '../page.ts'
import type { LayoutModel } from './layout.ts'
import { layout } from './layout.ts'
import type { OperationLine } from './operation-line.ts'
import { operationLine } from './operation-line.ts'
import { ticketUrl } from './ticket-url.ts'

export type OperationsModel = {
  readonly view: 'operations'
  readonly layout: LayoutModel
  readonly heading: string
  readonly summary: string
  readonly lines: readonly (OperationLine & {
    readonly ticket: { readonly url: string; readonly number: string; readonly title: string }
  })[]
  readonly nextUrl: string | null
}

export const operationsPage = (
  ctx: PageContext,
  input: {
    /** What is stuck first, as the store lists them. */
    readonly operations: readonly Unsettled[]
    /** Where the next page begins, null on the last. */
    readonly next?: string | null
    readonly counts?: ViewCounts
    readonly backlog: Awaited<ReturnType<Reader['backlog']>>
  },
): OperationsModel => {
  const { t } = ctx
  const { ready, sending, unknown, stuck } = input.backlog.operations
  return {
    view: 'operations',
    layout: layout(
      { ...ctx, stuck, held: input.backlog.held, ...(input.counts ? { counts: input.counts } : {}) },
      { title: t('views.operations'), current: 'operations' },
    ),
    heading: t('views.operations'),
    summary: t('operations.summary', { queued: ready + sending, unknown, stuck }),
    lines: input.operations.flatMap(({ operation, ticket }) => {
      const line = operationLine(operation, ctx)
      return line === null
        ? []
        : [
            {
              ...line,
              ticket: {
                url: ticketUrl(ticket),
                number: ticket.iid === null ? t('ticket.onItsWay') : `#${ticket.iid}`,
                title: ticket.title,
              },
            },
          ]
    }),
    nextUrl: input.next ? `/operations?cursor=${encodeURIComponent(input.next)}` : null,
  }
}
