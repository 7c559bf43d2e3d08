// A refusal is a rule saying no: "this ticket is already resolved".
// It is an ordinary answer, not a fault: it has a code that the page puts into
// words (English and German) and the particulars those words need.

export type RefusalCode =
  | 'ticket-missing'
  | 'ticket-gone'
  | 'ticket-resolved'
  | 'ticket-open'
  | 'already-at-level'
  | 'top-level'
  | 'bottom-level'
  | 'not-your-role'
  | 'assignee-unknown'
  | 'assignee-not-for-level'
  | 'category-unknown'
  | 'branch-exists'
  | 'branches-off'
  | 'text-empty'
  | 'link-not-mailed'
  | 'too-many-mails'
  | 'form-closed'
  | 'not-confirmed'
  | 'busy'

export type Refusal = {
  readonly refused: true
  readonly code: RefusalCode
  readonly particulars: Readonly<Record<string, string | number>>
}

export const refuse = (code: RefusalCode, particulars: Record<string, string | number> = {}): Refusal => ({
  refused: true,
  code,
  particulars,
})

export const isRefusal = (value: unknown): value is Refusal =>
  typeof value === 'object' && value !== null && 'refused' in value && value.refused === true
