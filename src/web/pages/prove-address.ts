// How somebody without an account proves that an address is theirs, step by step: the form, the word that a
// mail may be on its way (the same for every address), the page with the button, and a link that is over.

import type { PageContext } from '../page.ts'
import type { LayoutModel } from './layout.ts'
import { layout } from './layout.ts'
import { maskedAddress } from './requester-ticket.ts'

export type ProveAddressModel = {
  readonly view: 'my-tickets-sign-in'
  readonly layout: LayoutModel
  /** null: this desk sends no mails, so nobody can. */
  readonly form: { readonly address: string; readonly problem: string | null } | null
  readonly lead: string
  readonly signInUrl: string | null
  readonly openTicketUrl: string | null
}

/** Back to this list, not to wherever the page came from. */
const gitlabUrl = ({ viewer }: PageContext): string | null =>
  viewer === null ? '/sign-in?returnTo=%2Fmy-tickets' : null

export const proveAddressPage = (
  ctx: PageContext,
  input: { readonly canProve: boolean; readonly address?: string; readonly problem?: string },
): ProveAddressModel => {
  const { t, desk } = ctx
  return {
    view: 'my-tickets-sign-in',
    layout: layout(
      { ...ctx, url: '/my-tickets' },
      { title: t('nav.myTickets'), current: 'my-tickets', plain: true },
    ),
    form: input.canProve ? { address: input.address ?? '', problem: input.problem ?? null } : null,
    lead: t(input.canProve ? 'myTickets.prove.lead' : 'myTickets.prove.noMail'),
    signInUrl: gitlabUrl(ctx),
    openTicketUrl: desk.form.public ? '/open-issue' : null,
  }
}

export type ProofStepModel = {
  readonly view: 'my-tickets-proof'
  readonly layout: LayoutModel
  readonly heading: string
  readonly text: string
  readonly hints: readonly string[]
  /** Where the button sends. */
  readonly action: string | null
  readonly back: { readonly url: string; readonly label: string } | null
}

const step = (
  ctx: PageContext,
  name: 'asked' | 'confirm' | 'dead',
  more: Pick<ProofStepModel, 'action' | 'back'> & {
    readonly hints: readonly string[]
    readonly values?: Record<string, string>
  },
): ProofStepModel => {
  const { t } = ctx
  const heading = t(`myTickets.${name}.heading`)
  return {
    view: 'my-tickets-proof',
    layout: layout(ctx, { title: heading, current: 'my-tickets', plain: true }),
    heading,
    text: t(`myTickets.${name}.text`, more.values ?? {}),
    hints: more.hints.map((hint) => t(`myTickets.${name}.${hint}`)),
    action: more.action,
    back: more.back,
  }
}

export const linkAskedPage = (ctx: PageContext): ProofStepModel =>
  step(ctx, 'asked', {
    hints: ['nothing', 'other'],
    action: null,
    back: { url: '/my-tickets', label: ctx.t('myTickets.again') },
  })

export const confirmPage = (
  ctx: PageContext,
  { address, token }: { readonly address: string; readonly token: string },
): ProofStepModel =>
  step(ctx, 'confirm', {
    hints: ['notYou'],
    action: `/my-tickets/sign-in/${token}`,
    back: null,
    values: { address: maskedAddress(address) ?? '' },
  })

export const deadLinkPage = (ctx: PageContext): ProofStepModel =>
  step(ctx, 'dead', {
    hints: [],
    action: null,
    back: { url: '/my-tickets', label: ctx.t('myTickets.again') },
  })
