// An operation is something GitLab must still be told, in the imperative. Operations are plain
// data, kept until settled, sent in order per ticket; other tickets do not wait for them.
// One whose outcome is unknown (time-out, crash) is looked up in GitLab before it is sent again.

import type { BranchProblem, Language, Requester, TicketId } from './ticket.ts'

export type OperationId = string

/** Whose words or deed it is; GitLab shows the bot, the marker remembers the person. `desk`: nobody's, Belay mends something itself. */
export type Author =
  | { readonly kind: 'requester'; readonly name: string }
  | { readonly kind: 'agent'; readonly id: number; readonly username: string; readonly name: string }
  | { readonly kind: 'desk'; readonly name: string }

export type NotePurpose = 'reply' | 'note' | 'escalate' | 'hand-back' | 'resolve' | 'satisfaction'

export type FileRef = {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly bytes: number
}

export type Intent =
  | { readonly kind: 'upload'; readonly file: FileRef }
  | {
      readonly kind: 'open'
      readonly title: string
      readonly text: string
      readonly labels: readonly string[]
      readonly confidential: boolean
      readonly requester: Requester
      readonly files: readonly FileRef[]
      /** The requester's data were erased before GitLab had the ticket. */
      readonly erased?: true
    }
  | {
      readonly kind: 'change'
      readonly addLabels: readonly string[]
      readonly removeLabels: readonly string[]
      /** GitLab user id, null = nobody, undefined = as it is. */
      readonly assignee?: number | null
      readonly state?: 'closed' | 'opened'
    }
  | {
      readonly kind: 'branch'
      readonly title: string
      readonly confidential: boolean
      readonly project: string
      readonly ref: string
    }
  | {
      readonly kind: 'note'
      readonly purpose: NotePurpose
      readonly text: string
      readonly internal: boolean
      /** Level the ticket goes to, for escalate and hand-back: the timeline needs it after a rebuild. */
      readonly level?: number
      /** GitLab username that the escalation took the ticket from, for handing back. */
      readonly formerAssignee?: string | null
      /** For satisfaction: what the requester said. */
      readonly good?: boolean
      /** The desk's own note of what strangers wrote: an e-mail without proof, a mail server's report. */
      readonly quotes?: true
      /** Uploaded before it; the note ends with links to them. */
      readonly files?: readonly FileRef[]
    }
  /** GitLab's Service Desk takes over: from then on it mails each public reply to this address. */
  | { readonly kind: 'hand-to-service-desk'; readonly address: string }
  /** The requester's words and name go from the ticket and from their notes. */
  | { readonly kind: 'erase' }
  | MailIntent

/** What a mail tells. The first five go to the requester, the others to agents. */
export type NoticeKind =
  | 'received'
  | 'reply'
  | 'resolved'
  | 'reopened'
  | 'link'
  | 'escalated'
  | 'handed-back'
  | 'assigned'
  | 'target-approaching'
  | 'target-missed'

/** One notice to one person. Its operation's id makes its Message-ID, for ever the same. */
export type MailIntent = {
  readonly kind: 'mail'
  readonly notice: NoticeKind
  readonly to: { readonly name: string; readonly address: string }
  readonly language: Language
  /** The reply, the answer or the reason; '' where nobody wrote anything. */
  readonly text: string
  /** Files of that text that are sent along. */
  readonly files?: readonly FileRef[]
}

/** To whom an operation goes. Each ticket's operations to one of them keep their order; mails wait for GitLab, GitLab never for mails. */
export type Lane = 'gitlab' | 'mail'

export const laneOf = (intent: Pick<Intent, 'kind'>): Lane => (intent.kind === 'mail' ? 'mail' : 'gitlab')

export type OperationState = 'ready' | 'sending' | 'unknown' | 'done' | 'stuck'

/** What GitLab answered, as far as we must remember it. */
export type Outcome =
  | { readonly kind: 'uploaded'; readonly markdown: string; readonly path: string }
  | { readonly kind: 'opened'; readonly iid: number; readonly url: string; readonly changedAt: number }
  | { readonly kind: 'changed'; readonly labels: readonly string[]; readonly changedAt: number }
  | { readonly kind: 'branch-made'; readonly name: string; readonly url: string | null }
  | { readonly kind: 'branch-missing'; readonly why: BranchProblem }
  | { readonly kind: 'noted'; readonly noteId: number }
  /** `to` null: the project has no Service Desk. */
  | { readonly kind: 'handed-to-service-desk'; readonly to: string | null }
  | { readonly kind: 'mailed'; readonly messageId: string }
  /** `left`: what our account may not take away. */
  | { readonly kind: 'erased'; readonly left: readonly Left[] }

/**
 * What only a person with more rights can erase in GitLab. `history`: GitLab's own note of the former title.
 * `address`: whom Service Desk answers. `note`: one that is not ours, by its id.
 */
export type Left =
  | { readonly what: 'note'; readonly id: number }
  | { readonly what: 'history' }
  | { readonly what: 'address' }

export type Operation = {
  readonly id: OperationId
  readonly ticketId: TicketId
  /** Order within the ticket. */
  readonly sequence: number
  readonly intent: Intent
  readonly author: Author
  readonly state: OperationState
  readonly attempts: number
  /** UTC milliseconds: not before. */
  readonly notBefore: number
  readonly createdAt: number
  /** When it was last handed to GitLab; look-ups by time start here. */
  readonly sentAt: number | null
  readonly settledAt: number | null
  readonly outcome: Outcome | null
  readonly trouble: Trouble | null
}

export type Trouble = {
  /** A GatewayError kind, or 'refused-note' and the like: pages translate it. */
  readonly code: string
  /** GitLab's own words, shortened, without secrets. */
  readonly detail: string
  readonly at: number
}

export type NewOperation = Pick<Operation, 'id' | 'ticketId' | 'intent' | 'author' | 'createdAt'>
