// What this desk is made of, as belay.yaml says it: categories, the ladder of levels,
// the labels that carry a meaning, priorities, and who may use the form.
// Everything has a default; the default categories are Hardware and Gitlab Account.

import type { Category } from './category.ts'
import type { Level } from './level.ts'
import type { Target } from './target.ts'
import type { Language } from './ticket.ts'
import type { Calendar } from './working-hours.ts'

export type Priority = { readonly id: string; readonly label: string | null }

export type Desk = {
  readonly categories: readonly Category[]
  /** In order: the first is where tickets arrive, the last cannot be escalated from. Never empty. */
  readonly levels: readonly Level[]
  /** `notCounted`: tickets with one of these stand in no figure, nor do those with `noKpi`. */
  readonly labels: {
    readonly waiting: string
    readonly noKpi: string
    readonly notCounted: readonly string[]
  }
  readonly priorities: readonly Priority[]
  /** The first one is the desk's own: its hours are business time, its zone says when a day begins. May be empty. */
  readonly calendars: readonly Calendar[]
  /** IANA name: where a day, a week and a month begin for the figures. */
  readonly timeZone: string
  readonly targets: readonly Target[]
  readonly form: {
    readonly public: boolean
    readonly emailDomains: readonly string[]
    readonly maxFileBytes: number
  }
  readonly mail: {
    /** Belay has a mail server of its own to send through; else GitLab's Service Desk mails, where there is one. */
    readonly own: boolean
    /** Of mails to those who chose none. */
    readonly language: Language
    /** So long after it was resolved an answer of the requester's reopens a ticket (milliseconds). */
    readonly reopenWithin: number
  }
}
