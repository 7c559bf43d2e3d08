// Pages with one thing to say: not found, not allowed, a rule said no, something broke. Each says
// what happened, that nothing is lost where that is so, and what to do next.

import type { GatewayErrorKind } from '../../application/gateway-error.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { isAgent } from '../../domain/role.ts'
import type { PageContext } from '../page.ts'
import type { LayoutModel } from './layout.ts'
import { layout } from './layout.ts'
import { gatewayErrorText, refusalText } from './refusal-text.ts'

export type MessageKind =
  | 'held'
  | 'not-found'
  | 'forbidden'
  | 'bad-request'
  | 'cross-site'
  | 'too-large'
  | 'too-many'
  | 'refused'
  | 'gitlab'
  | 'store-away'
  | 'broken'

export type MessageModel = {
  readonly view: 'message'
  readonly layout: LayoutModel
  readonly kind: MessageKind
  /** The HTTP status that fits. */
  readonly status: number
  readonly heading: string
  readonly text: string
  readonly actions: readonly { readonly url: string; readonly label: string; readonly main: boolean }[]
  /** What to tell the people who run this desk. */
  readonly reference: string | null
  /** What was typed has arrived: no draft of it is needed any more. */
  readonly arrived: boolean
}

const statuses: Record<MessageKind, number> = {
  held: 200,
  'not-found': 404,
  forbidden: 403,
  'bad-request': 400,
  'cross-site': 403,
  'too-large': 413,
  'too-many': 429,
  refused: 409,
  gitlab: 503,
  'store-away': 503,
  broken: 500,
}

export const messagePage = (
  ctx: PageContext,
  input: {
    readonly kind: MessageKind
    readonly refusal?: Refusal
    readonly gatewayError?: GatewayErrorKind
    /** The way back, to the ticket mostly. */
    readonly backUrl?: string
    readonly reference?: string
  },
): MessageModel => {
  const { t, viewer } = ctx
  const { kind, refusal, gatewayError, backUrl } = input
  const agent = viewer !== null && isAgent(viewer.role)
  const text =
    kind === 'refused' && refusal
      ? refusalText(refusal, t)
      : kind === 'gitlab' && gatewayError
        ? gatewayErrorText(gatewayError, t)
        : t(`message.${kind}.text`)
  const heading = t(`message.${kind}.heading`)
  const actions = [
    ...(backUrl === undefined ? [] : [{ url: backUrl, label: t('message.back'), main: true }]),
    ...(viewer === null && (kind === 'forbidden' || kind === 'not-found')
      ? [{ url: ctx.signInUrl ?? '/sign-in', label: t('signIn.link'), main: kind === 'forbidden' }]
      : []),
    ...(agent
      ? [{ url: '/issues', label: t('message.toQueue'), main: backUrl === undefined }]
      : ctx.desk.form.public || viewer !== null
        ? [
            {
              url: '/open-issue',
              label: t('nav.openTicket'),
              main: backUrl === undefined && kind !== 'forbidden',
            },
          ]
        : []),
  ]
  return {
    view: 'message',
    layout: layout(ctx, { title: heading, plain: true }),
    kind,
    status: statuses[kind],
    heading,
    text,
    actions,
    reference: input.reference ?? null,
    arrived: kind === 'held',
  }
}
