// Triage: which category label a title asks for and does not bear yet. Labels are only ever
// added, never taken away. A title that asks for several categories is left to a person.

import type { Category } from './category.ts'
import { categoriesInTitle } from './category.ts'
import type { Desk } from './desk.ts'

export type Triage =
  | { readonly kind: 'fine' }
  | { readonly kind: 'add'; readonly labels: readonly string[] }
  | { readonly kind: 'ambiguous'; readonly categories: readonly Category[] }

export const triage = (title: string, labels: readonly string[], desk: Desk): Triage => {
  const asked = categoriesInTitle(title, desk)
  if (asked.length > 1) return { kind: 'ambiguous', categories: asked }
  const missing = asked.map((category) => category.label.name).filter((label) => !labels.includes(label))
  return missing.length === 0 ? { kind: 'fine' } : { kind: 'add', labels: missing }
}
