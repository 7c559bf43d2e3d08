// Which mails about tickets an agent wants. A choice with something wrong comes back as it was sent.

import { canBeGranted, chooseNotices, readWish } from '../../application/choose-notices.ts'
import type { AgentWish } from '../../application/mail-ports.ts'
import { flash } from '../flash.ts'
import { lineOf } from '../form-fields.ts'
import type { FormState } from '../page.ts'
import type { WishField } from '../pages/wishes.ts'
import { wishesPage, wishKinds } from '../pages/wishes.ts'
import { renderPage } from '../rendering.ts'
import { locales } from '../translate.ts'
import type { AgentVisit, Answer } from '../visit.ts'
import { authorOf, page, redirect } from '../visit.ts'

export const form = async (visit: AgentVisit): Promise<Answer> => {
  const wish = await readWish(visit.door.parts, visit.viewer.id)
  return page(renderPage(wishesPage(visit.context(), { wish })))
}

const read = (
  fields: ReadonlyMap<string, string>,
  { viewer, t }: AgentVisit,
): { value: AgentWish } | { errors: FormState<WishField>['errors'] } => {
  const wish = wishKinds.find((kind) => kind === fields.get('wish'))
  const language = locales.find((locale) => locale === fields.get('language'))
  if (wish === undefined || language === undefined) return { errors: { '': t('errors.form') } }
  const value = { userId: viewer.id, address: lineOf(fields, 'address'), wish, language }
  if (canBeGranted(value)) return { value }
  return { errors: { address: t(value.address === '' ? 'errors.required' : 'errors.email') } }
}

export const save = async (visit: AgentVisit): Promise<Answer> => {
  const { fields } = await visit.form()
  const chosen = read(fields, visit)
  if ('errors' in chosen) {
    const values = {
      wish: fields.get('wish') ?? '',
      address: lineOf(fields, 'address'),
      language: fields.get('language') ?? '',
    }
    const wish = await readWish(visit.door.parts, visit.viewer.id)
    return page(
      renderPage(wishesPage(visit.context(), { wish, form: { values, errors: chosen.errors } })),
      422,
    )
  }
  await chooseNotices(visit.door.parts, chosen.value, authorOf(visit.viewer))
  return redirect('/notices', flash('done', 'flash.noticesSaved'))
}
