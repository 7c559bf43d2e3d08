// A category as people see it: its name, with a dot in the colour its label has in GitLab.

import { categoryById } from '../../domain/category.ts'
import type { Desk } from '../../domain/desk.ts'
import type { Translate } from '../page.ts'
import { escapeHtml } from './html.ts'

/** The colour is an SVG attribute because the content security policy allows no style attributes. */
const dotHtml = (color: string): string =>
  `<svg class="dot" viewBox="0 0 8 8" aria-hidden="true"><circle cx="4" cy="4" r="4" fill="${escapeHtml(color)}"/></svg>`

export const categoryDotHtml = (id: string, desk: Desk): string =>
  dotHtml(categoryById(id, desk)?.label.color ?? '#8a8f8c')

export const categoryTagHtml = (id: string | null, desk: Desk, t: Translate): string =>
  id === null
    ? `<span class="tag tag-none">${escapeHtml(t('category.none'))}</span>`
    : `<span class="tag">${categoryDotHtml(id, desk)}${escapeHtml(categoryById(id, desk)?.id ?? id)}</span>`
