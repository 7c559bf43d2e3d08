// A ticket: what somebody asked, where it stands, and since when somebody waits for us.
// It is our copy of a GitLab issue; everything here can be made again from GitLab.
// The queue is sorted by who has waited longest on us, which is what awaitingSince says.

export type TicketId = string

export type TicketState = 'open' | 'waiting' | 'resolved'

/** What requesters read and are written to in. */
export type Language = 'en' | 'de'

export type Requester = {
  readonly name: string
  readonly email: string | null
  /** GitLab username, where the requester has an account and was signed in. */
  readonly username: string | null
  /** What mails to them are written in; absent where nobody said. */
  readonly language?: Language
  /** GitLab's Service Desk mails every public reply to them: nobody else may. */
  readonly serviceDesk?: true
  /** Their data were erased on request: nobody is to learn again who it was. */
  readonly erased?: true
}

/**
 * Why it is not on the desk any more though we remember it. A gone ticket waits for nobody: it stands in no
 * queue and no count. A duplicate is GitLab's second issue of one opening and never was a ticket.
 */
export type Gone =
  | { readonly why: 'deleted' }
  /** `to`: as GitLab writes it, `group/project#12`; null where it does not say. */
  | { readonly why: 'moved'; readonly to: string | null }
  /** Made a task or the like in GitLab. */
  | { readonly why: 'no-ticket' }
  | { readonly why: 'duplicate'; readonly of: number }

export type TicketBranch =
  | { readonly state: 'made'; readonly name: string; readonly url: string | null }
  | { readonly state: 'asked' }
  | { readonly state: 'missing'; readonly why: BranchProblem }

/** Why there is no branch, in words a page can translate. */
export type BranchProblem =
  | 'empty-repository'
  | 'archived-project'
  | 'not-allowed'
  | 'project-missing'
  | 'ref-missing'
  | 'name-refused'
  | 'refused'
  | 'deleted'
  | 'none-yet'

export type TicketSource = 'form' | 'mail' | 'service-desk' | 'gitlab'

export type Ticket = {
  /** UUID: the opening operation's, or derived from project and number for tickets born in GitLab. */
  readonly id: TicketId
  /** GitLab's number within the project; null until GitLab has it. */
  readonly iid: number | null
  /** Counts every change of our copy; what was rendered for one revision stays valid for it. */
  readonly revision: number
  readonly title: string
  readonly text: string
  readonly category: string | null
  readonly level: number
  readonly state: TicketState
  /** GitLab username. */
  readonly assignee: string | null
  /** Whom handing back gives it to again. */
  readonly formerAssignee: string | null
  readonly priority: string
  readonly confidential: boolean
  readonly requester: Requester
  readonly source: TicketSource
  readonly labels: readonly string[]
  readonly branch: TicketBranch | null
  readonly url: string | null
  /** UTC milliseconds, all of them. */
  readonly openedAt: number
  readonly changedAt: number
  /** Since when it is our turn; null while it is not. */
  readonly awaitingSince: number | null
  readonly resolvedAt: number | null
  readonly gone: Gone | null
}

/** Position in the queue, ascending: those who wait on us by how long, then the others by last change. */
export const queuePosition = (ticket: Pick<Ticket, 'awaitingSince' | 'changedAt'>): number =>
  ticket.awaitingSince ?? 1e14 + ticket.changedAt
