import { supportBot } from '../mail/addresses.ts'
import { addParticipant } from '../mail/participants.ts'
import { settingsOf } from '../mail/settings.ts'
import { userShape } from '../shapes/user.ts'
import type { ProjectRow } from '../store/rows.ts'
import type { World } from '../world.ts'
import { changeIssue, readIssue } from './change-issue.ts'
import { writeNote } from './write-note.ts'

/**
 * Makes an issue a Service Desk ticket of somebody's address (convert_to_ticket_service.rb). Support-bot becomes the
 * author and says in an internal note who it was; no thank-you mail goes out, the next public note is the first.
 */
export function convertToTicket(world: World, project: ProjectRow, issueId: number, email: string): void {
  const before = readIssue(world, issueId)
  const settings = settingsOf(world, project.id)
  const bot = supportBot(world, project)
  const author = userShape(world, before.author_id)
  const after = changeIssue(world, bot, before, {
    authorId: bot.user.id,
    replyTo: email,
    confidential: before.confidential === 1 || isConfidential(project, settings.confidential),
    ...(settings.issue_type === 'issue' ? {} : { issueType: settings.issue_type }),
  })
  addParticipant(world, issueId, email)
  writeNote(world, bot, after, {
    internal: true,
    body: `This issue has been converted to a Service Desk ticket. The email address \`${email}\` is the new author of this issue. GitLab didn't send a \`thank_you\` Service Desk email. The original author of this issue was \`@${author.username}\`.`,
  })
}

/** The setting does not count in a public project: strangers' mail would stand open there. */
export function isConfidential(project: ProjectRow, setting: number): boolean {
  return setting === 1 || project.visibility === 'public'
}
