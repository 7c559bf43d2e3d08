// Which mails about tickets an agent wants, where to and in which language.

import type { AgentWish, Wish } from '../../application/mail-ports.ts'
import type { FormState, PageContext } from '../page.ts'
import { locales } from '../translate.ts'
import type { LayoutModel } from './layout.ts'
import { layout } from './layout.ts'

export type WishField = 'wish' | 'address' | 'language'

export type WishesModel = {
  readonly view: 'wishes'
  readonly layout: LayoutModel
  readonly problem: string | null
  /** Nothing is sent here yet. */
  readonly off: boolean
  readonly choices: readonly {
    readonly id: string
    readonly value: Wish
    readonly label: string
    readonly help: string
    readonly checked: boolean
  }[]
  readonly address: { readonly value: string; readonly error: string | null }
  readonly languages: readonly {
    readonly value: string
    readonly label: string
    readonly selected: boolean
  }[]
}

export const wishKinds: readonly Wish[] = ['all', 'mine', 'none']

export const wishesPage = (
  ctx: PageContext,
  input: {
    /** As chosen before; null = never yet. */
    readonly wish: AgentWish | null
    /** As it was sent, with what was wrong with it. */
    readonly form?: FormState<WishField> | null
  },
): WishesModel => {
  const { t, locale, desk } = ctx
  const { wish, form } = input
  const chosen = form?.values.wish ?? wish?.wish ?? 'none'
  const language = form?.values.language ?? wish?.language ?? locale
  return {
    view: 'wishes',
    layout: layout(ctx, { title: t('notices.heading'), current: 'notices' }),
    problem: form?.errors[''] ?? null,
    off: !desk.mail.own,
    choices: wishKinds.map((value) => ({
      id: `wish-${value}`,
      value,
      label: t(`notices.wish.${value}`),
      help: t(`notices.wish.${value}Help`),
      checked: value === chosen,
    })),
    address: { value: form?.values.address ?? wish?.address ?? '', error: form?.errors.address ?? null },
    languages: locales.map((code) => ({
      value: code,
      label: t(`languages.${code}`),
      selected: code === language,
    })),
  }
}
