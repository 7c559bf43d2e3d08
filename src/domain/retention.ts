// How long the desk keeps what it keeps, in days; 0 = for ever. What is too old goes by itself, a little at
// a time. Who runs the desk says so in belay.yaml, and those who lead it read it on the page of requesters' data.

export type Retention = {
  /** Raw mails; what became of each stays in the ledger. */
  readonly mailSourcesDays: number
  /** Submissions that nobody opened or dropped. */
  readonly heldDays: number
  /** Entries of the audit log; its chain then begins later, and says where. */
  readonly auditDays: number
  /** Keys of forms of resolved tickets, by which a form sent twice counts once. */
  readonly formKeyDays: number
  /** Personal data of tickets that were resolved so long ago: erased, in GitLab too. */
  readonly closedTicketPersonalDataDays: number
}

export const usualRetention: Retention = {
  mailSourcesDays: 90,
  heldDays: 30,
  auditDays: 730,
  formKeyDays: 365,
  closedTicketPersonalDataDays: 0,
}

const day = 86_400_000

/** Whatever is from before this instant (UTC ms) is too old; null = nothing is. */
export const tooOld = (days: number, now: number): number | null => (days === 0 ? null : now - days * day)
