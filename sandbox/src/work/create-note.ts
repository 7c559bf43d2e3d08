import { tooManyRequests } from '../http/api-error.ts'
import type { IssueRow, NoteRow } from '../store/rows.ts'
import type { World } from '../world.ts'
import type { Actor } from './change-issue.ts'
import { type CommandResult, runCommands } from './commands.ts'
import { extractCommands } from './quick-actions.ts'
import { checkBody, checkNoteCount, type NoteDraft, writeNote } from './write-note.ts'

export type NoteOutcome = { note?: NoteRow; commands: CommandResult | undefined }

/**
 * Posts a note. Its commands run first; a note of only commands leaves no note (notes/create_service.rb), and
 * the caller answers 202 or 400 by what they said.
 */
export function createNote(world: World, actor: Actor, issue: IssueRow, draft: NoteDraft): NoteOutcome {
  if (world.limits.exceeded('notes', String(actor.user.id))) throw tooManyRequests()
  checkBody(draft.body)
  checkNoteCount(issue)
  const { text, commands } = extractCommands(draft.body)
  if (commands.length > 0 && text === '') return { commands: runCommands(world, actor, issue, commands) }
  const ran = commands.length > 0 ? runCommands(world, actor, issue, commands) : undefined
  const note = writeNote(world, actor, issue, { ...draft, body: text })
  return { note, commands: ran }
}
