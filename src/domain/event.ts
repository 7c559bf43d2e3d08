// An event is something that happened to a ticket, in the past tense. The timeline on the
// ticket page and all figures are made of these. They come from GitLab's own history; an
// event of ours that GitLab has not shown us yet stands in for it until then.

import type { TicketId } from './ticket.ts'

export type Actor =
  | { readonly kind: 'requester'; readonly name: string }
  | { readonly kind: 'agent'; readonly name: string; readonly username: string }
  | { readonly kind: 'bot'; readonly name: string }

export type Happening =
  | { readonly kind: 'opened' }
  | { readonly kind: 'replied'; readonly text: string }
  | { readonly kind: 'noted'; readonly text: string }
  | { readonly kind: 'escalated'; readonly from: number; readonly to: number; readonly reason: string }
  | { readonly kind: 'handed-back'; readonly from: number; readonly to: number; readonly reason: string }
  | { readonly kind: 'level-changed'; readonly from: number; readonly to: number }
  | { readonly kind: 'categorised'; readonly category: string | null }
  | { readonly kind: 'label-added'; readonly label: string | null }
  | { readonly kind: 'label-removed'; readonly label: string | null }
  | { readonly kind: 'waiting-started' }
  | { readonly kind: 'waiting-ended' }
  | { readonly kind: 'assigned'; readonly assignee: string | null }
  | { readonly kind: 'resolved'; readonly text: string; readonly viaMergeRequest: number | null }
  | { readonly kind: 'reopened' }
  /** How the requester was helped, in their words; '' = they said no more. */
  | { readonly kind: 'rated'; readonly good: boolean; readonly text: string }
  | { readonly kind: 'branch-made'; readonly name: string; readonly url: string | null }
  | { readonly kind: 'branch-deleted'; readonly name: string }
  | { readonly kind: 'confidentiality'; readonly confidential: boolean }
  | { readonly kind: 'moved-away'; readonly to: string | null }
  /** Somebody said in GitLab that it is the same as another ticket, which goes on. */
  | { readonly kind: 'marked-duplicate'; readonly of: number }
  | { readonly kind: 'has-duplicate'; readonly duplicate: number }
  | { readonly kind: 'deleted' }
  | {
      readonly kind: 'merge-request'
      readonly iid: number
      readonly title: string
      readonly url: string
      readonly state: 'opened' | 'closed' | 'merged' | 'locked'
    }

export type TicketEvent = {
  readonly ticketId: TicketId
  /** Where it comes from, stable: note:12, label:34, state:5, noticed:…, or op:<uuid> until GitLab's own is read. */
  readonly source: string
  /** UTC milliseconds. */
  readonly at: number
  readonly actor: Actor
  /** True where somebody did it in GitLab itself. */
  readonly byHand: boolean
  /** Facts for the figures that the timeline tells by another event already. */
  readonly hidden: boolean
  readonly what: Happening
}

/** Order of a timeline: by time, then by source, so that equal times never shuffle. */
export const compareEvents = (a: TicketEvent, b: TicketEvent): number =>
  a.at - b.at || (a.source < b.source ? -1 : a.source > b.source ? 1 : 0)
