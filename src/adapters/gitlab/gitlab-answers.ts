// The few answers of GitLab that are told apart by their words, because it gives them no code of
// their own. Each is named here with its source and has a test; nothing else reads words.

import type { BranchProblem } from '../../domain/ticket.ts'

/** app/services/branches/create_service.rb. */
export const saysBranchExists = (words: string): boolean => words.includes('Branch already exists')

/** app/services/branches/create_service.rb and validate_new_service.rb; all of them come with status 400. */
export const branchProblemOf = (words: string): BranchProblem => {
  if (/invalid reference name|Ref is missing/i.test(words)) return 'ref-missing'
  if (/Branch name is invalid|conflicts with existing branch hierarchy/i.test(words)) return 'name-refused'
  return 'refused'
}

/** lib/api/helpers/label_helpers.rb; also where an ancestor group has the label. */
export const saysLabelExists = (words: string): boolean => words.includes('Label already exists')

/** lib/api/helpers/pagination_strategies.rb; GitLab before 18.3 has no keyset pages of issues. */
export const saysNoKeyset = (words: string): boolean =>
  words.includes('Keyset pagination is not yet available')

/** System note of a moved issue (app/services/system_notes/issuables_service.rb, noteable_moved): `group/project#12`. */
export const placeInMovedNote = (body: string): string | null =>
  /^moved to ([^\s#]+#\d+)$/.exec(body)?.[1] ?? null

/** System notes on confidentiality (same file, change_issue_confidentiality); null = about something else. */
export const confidentialInNote = (body: string): boolean | null => {
  if (/^made the (?:issue|incident|ticket) confidential$/.test(body)) return true
  return /^made the (?:issue|incident|ticket) visible to everyone$/.test(body) ? false : null
}

/**
 * System notes on duplicates (same file, mark_duplicate_issue and mark_canonical_issue_of_duplicate). Only tickets of
 * the same project are named by a bare number; one that goes on in another project is no double of ours.
 */
export const duplicateInNote = (body: string): { of: number | null; has: number | null } | null => {
  const of = /^marked this (?:issue|incident|ticket) as a duplicate of #(\d+)$/.exec(body)?.[1]
  if (of !== undefined) return { of: Number(of), has: null }
  const has = /^marked #(\d+) as a duplicate of this (?:issue|incident|ticket)$/.exec(body)?.[1]
  return has === undefined ? null : { of: null, has: Number(has) }
}

/**
 * System notes on who a ticket was given to (app/services/system_notes/issuables_service.rb). undefined = the note
 * is about something else; null = nobody has it now. With several people the first counts.
 */
export const assigneeInNote = (body: string): string | null | undefined => {
  const name = `@([A-Za-z0-9_][A-Za-z0-9_.-]*)`
  const given = new RegExp(`^assigned to ${name}`).exec(body)?.[1]
  if (given !== undefined) return given.replace(/[.]+$/, '')
  return new RegExp(`^unassigned ${name}`).test(body) || body === 'removed assignee' ? null : undefined
}
