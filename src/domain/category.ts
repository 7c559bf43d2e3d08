// A category says what a ticket is about, and is a label in GitLab. A title can ask for its
// category in brackets, as in "[Hardware] Buying a new screen" or "Re: [hardware ] screen":
// anywhere in the title, letter case and spaces do not matter, and aliases count too.

import type { Desk } from './desk.ts'

export type Category = {
  readonly id: string
  readonly label: { readonly name: string; readonly color: string }
  readonly aliases: readonly string[]
  readonly help: string
  readonly confidential: boolean
  /** Where escalated tickets get their branch: null = no branch; project '' = the desk's own. */
  readonly branches: { readonly project: string; readonly ref: string } | null
}

const folded = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s+/gu, '')

/** Every category that the title's brackets ask for, each once, in the desk's order. */
export const categoriesInTitle = (title: string, desk: Desk): Category[] => {
  const asked = new Set([...title.matchAll(/\[([^[\]]{1,200})\]/gu)].map((match) => folded(match[1] ?? '')))
  return desk.categories.filter((category) =>
    [category.id, ...category.aliases].some((word) => asked.has(folded(word))),
  )
}

export const categoryById = (id: string, desk: Desk): Category | undefined =>
  desk.categories.find((category) => folded(category.id) === folded(id))

/** The ticket's category by its labels: the first of the desk's order whose label it bears. */
export const categoryOfLabels = (labels: readonly string[], desk: Desk): Category | undefined =>
  desk.categories.find((category) => labels.includes(category.label.name))
