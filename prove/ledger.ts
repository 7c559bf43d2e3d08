// What people were told: the checker's only knowledge besides GitLab and the desk's pages. An
// action is promised once its answer came; one whose process died first may have happened or not.

export type Promised = 'yes' | 'maybe' | 'no'

export type Deed = {
  /** `answer`: the requester's own, by mail. */
  readonly kind:
    | 'open'
    | 'reply'
    | 'answer'
    | 'note'
    | 'escalate'
    | 'hand-back'
    | 'resolve'
    | 'reopen'
    | 'other'
  /** Stands in the text that GitLab must hold exactly once. */
  readonly token: string
  /** Token of the ticket's opening. */
  readonly ticket: string
  promised: Promised
  /** Presses of this button that were never answered, so far. */
  unanswered: number
}

export type Ledger = {
  readonly deeds: Deed[]
  /** Level changes made by hand in GitLab, by the ticket's opening token. */
  readonly handMoves: Map<string, number>
  /** Labels that people set in GitLab and nobody took away, by the ticket's opening token. */
  readonly handLabels: Map<string, string>
  /** Addresses of those who asked, by the ticket's opening token. */
  readonly requesters: Map<string, string>
}

export const emptyLedger = (): Ledger => ({
  deeds: [],
  handMoves: new Map(),
  handLabels: new Map(),
  requesters: new Map(),
})
