// What GitLab says of a ticket, in the desk's words. The reading side of the gateway hands
// these out: text without our markers and armour, as the person wrote it.

import type { Requester, TicketId } from './ticket.ts'

export type Account = {
  readonly id: number
  readonly username: string
  readonly name: string
  /** Our bot or another one, support-bot, ghost: nobody who answers a requester. */
  readonly bot: boolean
}

/** In whose name GitLab's Service Desk writes; tickets that were handed to it are its own from then on. */
export const isServiceDesk = ({ username }: Pick<Account, 'username'>): boolean => username === 'support-bot'

/** What a valid marker of ours carried. */
export type Marker = {
  readonly kind: 'open' | 'reply' | 'note' | 'escalate' | 'hand-back' | 'resolve' | 'satisfaction'
  readonly operation: string
  /** A GitLab user id; 'desk' = Belay itself. */
  readonly author: 'requester' | 'desk' | number
  /** The author's name as it stood at the head of the text. */
  readonly authorName: string | null
  readonly level: number | null
  readonly formerAssignee: string | null
  /** Of a satisfaction. */
  readonly good?: boolean
  /** Of an opening: who asked; 'unreadable' when the key is not ours any more. */
  readonly requester: Omit<Requester, 'serviceDesk' | 'erased'> | 'unreadable' | null
  /** Of an opening: it came by mail. */
  readonly byMail?: boolean
  /** What stood here was erased on request. */
  readonly erased?: boolean
}

export type RemoteTicket = {
  /** From a valid opening marker, else derived from project and number. */
  readonly id: TicketId
  readonly iid: number
  readonly title: string
  readonly text: string
  readonly marker: Marker | null
  /** A valid mark says that the requester's data were erased; also on a ticket that was not opened here. */
  readonly erased?: boolean
  /** What our description links to; GitLab tells name and path only. */
  readonly files: readonly RemoteFile[]
  readonly labels: readonly string[]
  readonly closed: boolean
  readonly assignee: Account | null
  readonly author: Account
  /** Service Desk: the address GitLab itself answers to. */
  readonly serviceDeskAddress: string | null
  readonly confidential: boolean
  readonly url: string
  readonly openedAt: number
  readonly changedAt: number
  readonly closedAt: number | null
  /** Moved to another project, or made a task or the like: no ticket of this desk any more. */
  readonly left: 'moved' | 'no-ticket' | null
}

export type RemoteFile = { readonly name: string; readonly path: string }

export type RemoteNote = {
  readonly id: number
  readonly at: number
  readonly author: Account
  readonly text: string
  readonly internal: boolean
  readonly marker: Marker | null
  /** What a note of ours was sent with; its text links to them too. */
  readonly files?: readonly RemoteFile[]
}

export type RemoteLabelEvent = {
  readonly id: number
  readonly at: number
  readonly by: Account
  /** null after the label was deleted. */
  readonly label: string | null
  readonly added: boolean
}

export type RemoteStateEvent = {
  readonly id: number
  readonly at: number
  readonly by: Account
  readonly state: 'closed' | 'reopened'
  /** GitLab's id of the merge request, not its number. */
  readonly viaMergeRequest: number | null
}

/** Who works on it, changed; GitLab tells this in its system notes only. */
export type RemoteAssignment = {
  readonly id: number
  readonly at: number
  readonly by: Account
  /** GitLab username, null = nobody. */
  readonly assignee: string | null
}

/** Moved to another project; told in system notes. `to`: `group/project#12`. */
export type RemoteMove = {
  readonly id: number
  readonly at: number
  readonly by: Account
  readonly to: string
}

/** Made confidential, or visible again; told in system notes. */
export type RemoteConfidentiality = {
  readonly id: number
  readonly at: number
  readonly by: Account
  readonly confidential: boolean
}

/**
 * Marked as the same as another ticket of this project; told in system notes. One of the two is a number: `of` on
 * the one that was closed for it, `has` on the one that goes on.
 */
export type RemoteDuplicate = {
  readonly id: number
  readonly at: number
  readonly by: Account
  readonly of: number | null
  readonly has: number | null
}

export type RemoteMergeRequest = {
  readonly id: number
  readonly iid: number
  readonly title: string
  readonly url: string
  readonly state: 'opened' | 'closed' | 'merged' | 'locked'
  readonly by: Account
  readonly at: number
}

export type RemoteBranch = { readonly name: string; readonly url: string | null }

/** A ticket read in full. Merge requests and branches are read where there can be any, else null. */
export type RemoteHistory = {
  readonly ticket: RemoteTicket
  readonly notes: readonly RemoteNote[]
  readonly labelEvents: readonly RemoteLabelEvent[]
  readonly stateEvents: readonly RemoteStateEvent[]
  readonly assignments: readonly RemoteAssignment[]
  readonly moves: readonly RemoteMove[]
  readonly confidentiality: readonly RemoteConfidentiality[]
  readonly duplicates: readonly RemoteDuplicate[]
  readonly mergeRequests: readonly RemoteMergeRequest[] | null
  readonly branches: readonly RemoteBranch[] | null
}
