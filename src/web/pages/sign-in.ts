// Signing in: one link to GitLab. It is a link and not a form, because the content security
// policy lets no form lead to another site.

import type { PageContext } from '../page.ts'
import type { LayoutModel } from './layout.ts'
import { layout } from './layout.ts'

export type SignInModel = {
  readonly view: 'sign-in'
  readonly layout: LayoutModel
  /** Where GitLab's page is begun. */
  readonly url: string
  readonly host: string
  readonly problem: string | null
  readonly openTicketUrl: string | null
}

export const signInPage = (
  ctx: PageContext,
  input: {
    /** Where signing in at GitLab begins. */
    readonly startUrl: string
    /** Why the last attempt came to nothing. */
    readonly problem?: 'refused' | 'unreachable' | 'expired' | 'no-member' | null
  },
): SignInModel => ({
  view: 'sign-in',
  layout: { ...layout(ctx, { title: ctx.t('signIn.heading'), plain: true }), signInUrl: null },
  url: input.startUrl,
  host: ctx.projectUrl.replace(/^https?:\/\//, '').split('/')[0] ?? '',
  problem: input.problem ? ctx.t(`signIn.problem.${input.problem}`) : null,
  openTicketUrl: ctx.desk.form.public ? '/open-issue' : null,
})
