// What every page knows: who looks, in which language, on which desk, and how GitLab is doing.
// Presenters in pages/ turn this and their own data into plain values; views only print them.

import type { Connection, ViewCounts } from '../application/ports.ts'
import type { Desk } from '../domain/desk.ts'
import type { Agent } from '../domain/role.ts'

export type Locale = 'en' | 'de'

/** `t('composer.escalate.button', { to: 'Level 2' })`; plurals by `count`, as i18next does them. */
export type Translate = (key: string, values?: Record<string, string | number>) => string

export type PageContext = {
  /** null = not signed in. A signed-in GitLab account that is no member has role 'requester'. */
  readonly viewer: Agent | null
  readonly locale: Locale
  readonly t: Translate
  readonly desk: Desk
  /** UTC milliseconds. */
  readonly now: number
  /** Path and query of this page, for the language switch and the way back. */
  readonly url: string
  /** One message from the action before, shown once; already translated. */
  readonly flash: { readonly kind: 'done' | 'refused' | 'saved'; readonly text: string } | null
  readonly connection: Connection
  /** Address of the project in GitLab. */
  readonly projectUrl: string
  /** True on the sandbox's desk: the page says that this is for trying out. */
  readonly sandbox: boolean
  /** Numbers beside the views, where the page has read them anyway; without them the names stand alone. */
  readonly counts?: ViewCounts | null
  /** How many operations are stuck, where the page has read that anyway. */
  readonly stuck?: number
  /** How many submissions wait for a lead, where the page has read that anyway. */
  readonly held?: number
  /** Where signing in begins; '/sign-in' when left out. */
  readonly signInUrl?: string
  /** Where leads see what GitLab has not been told: '/operations'. Left out = no such page, no link to it. */
  readonly operationsUrl?: string
}

/** A form as it was sent, to show again with a sentence beside each field that was wrong. */
export type FormState<Field extends string> = {
  readonly values: Partial<Record<Field, string>>
  /** Translated sentences by field; '' = of the form as a whole. */
  readonly errors: Partial<Record<Field | '', string>>
}
