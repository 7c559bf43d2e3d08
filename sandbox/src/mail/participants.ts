import type { IssueRow, ProjectRow, UserRow } from '../store/rows.ts'
import { writeSystemNote } from '../work/notes.ts'
import type { World } from '../world.ts'
import { isEmail } from './addresses.ts'
import { postWelcome } from './letters.ts'

/** The most e-mail participants of an issue, and the most that one command adds or removes. */
const mostOnIssue = 10
const mostAtOnce = 6

export function participantsOf(world: World, issueId: number): string[] {
  return world.db
    .all<{ email: string }>('select email from issue_emails where issue_id = ? order by rowid', issueId)
    .map((row) => row.email)
}

/** Addresses are kept as they were written and compared without regard to case. */
const isAmong = (emails: readonly string[], email: string) =>
  emails.some((known) => known.toLowerCase() === email.toLowerCase())

/** False when it was there already, is no address, or the issue is full. */
export function addParticipant(world: World, issueId: number, email: string): boolean {
  const present = participantsOf(world, issueId)
  if (!isEmail(email) || present.length >= mostOnIssue || isAmong(present, email)) return false
  world.db.run('insert into issue_emails (issue_id, email) values (?, ?)', issueId, email)
  return true
}

/** `/add_email`: a system note says who came, and each of them gets a mail. Answers the sentence, if anybody came. */
export function invite(
  world: World,
  project: ProjectRow,
  issue: IssueRow,
  by: UserRow,
  emails: readonly string[],
): string | undefined {
  const present = participantsOf(world, issue.id)
  const fresh = emails.filter((email, at) => !isAmong(present, email) && !isAmong(emails.slice(0, at), email))
  const added = fresh.slice(0, mostAtOnce).filter((email) => addParticipant(world, issue.id, email))
  if (added.length === 0) return undefined
  writeSystemNote(world, 'Issue', issue.id, by.id, `added ${sentence(added)}`)
  for (const email of added) postWelcome(world, project, issue, email)
  return `Added ${sentence(added)}.`
}

/** `/remove_email` and the link in every mail. */
export function dismiss(
  world: World,
  issue: IssueRow,
  by: UserRow,
  emails: readonly string[],
): string | undefined {
  const leaving = participantsOf(world, issue.id).filter((email) =>
    isAmong(emails.slice(0, mostAtOnce), email),
  )
  if (leaving.length === 0) return undefined
  for (const email of leaving)
    world.db.run('delete from issue_emails where issue_id = ? and email = ?', issue.id, email)
  writeSystemNote(world, 'Issue', issue.id, by.id, `removed ${sentence(leaving)}`)
  return `Removed ${sentence(leaving)}.`
}

/** Rails' `to_sentence`: "a", "a and b", "a, b, and c". */
function sentence(names: readonly string[]): string {
  if (names.length < 3) return names.join(' and ')
  return `${names.slice(0, -1).join(', ')}, and ${names.at(-1)}`
}
