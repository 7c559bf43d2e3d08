import { badRequest, tooManyRequests } from '../http/api-error.ts'
import type { IssueRow, NoteRow } from '../store/rows.ts'
import type { World } from '../world.ts'
import { type Actor, readIssue } from './change-issue.ts'
import { type CommandResult, runCommands } from './commands.ts'
import { findNote, touchIssue } from './notes.ts'
import { noticeReferences } from './notice.ts'
import { extractCommands } from './quick-actions.ts'

export const noteLimit = 1_000_000
/** System notes do not count towards it. */
const mostNotes = 5000

export type NoteDraft = { body: string; internal: boolean; createdAt?: number; externalAuthor?: string }

export type NoteOutcome = { note?: NoteRow; commands: CommandResult | undefined }

/**
 * Posts a note. Its commands run first; a note of only commands leaves no note (notes/create_service.rb), and
 * the caller answers 202 or 400 by what they said.
 */
export function createNote(world: World, actor: Actor, issue: IssueRow, draft: NoteDraft): NoteOutcome {
  if (world.limits.exceeded('notes', String(actor.user.id))) throw tooManyRequests()
  checkBody(draft.body)
  if (issue.user_notes_count >= mostNotes) {
    throw badRequest('Note {:noteable=>["Maximum number of comments exceeded"]}')
  }
  const { text, commands } = extractCommands(draft.body)
  if (commands.length > 0 && text === '') return { commands: runCommands(world, actor, issue, commands) }
  const ran = commands.length > 0 ? runCommands(world, actor, issue, commands) : undefined
  const note = writeNote(world, actor, issue, { ...draft, body: text })
  return { note, commands: ran }
}

export function checkBody(body: string): void {
  if (body.trim() === '') throw badRequest('Note {:note=>["can\'t be blank"]}')
  if ([...body].length > noteLimit) {
    throw badRequest(`Note {:note=>["is too long (maximum is ${noteLimit} characters)"]}`)
  }
}

function writeNote(world: World, actor: Actor, issue: IssueRow, draft: NoteDraft): NoteRow {
  const now = draft.createdAt ?? world.clock.now()
  const { id } = world.db.run(
    `insert into notes (noteable_type, noteable_id, author_id, body, internal, external_author, created_at, updated_at)
     values ('Issue', ?, ?, ?, ?, ?, ?, ?)`,
    issue.id,
    actor.user.id,
    draft.body,
    Number(draft.internal),
    draft.externalAuthor ?? null,
    now,
    now,
  )
  world.db.run('update issues set user_notes_count = user_notes_count + 1 where id = ?', issue.id)
  touchIssue(world, issue.id)
  const note = findNote(world, id)
  if (!note) throw new Error('the note was not written')
  noticeReferences(world, {
    author: actor.user,
    project: actor.project,
    issue,
    noteId: id,
    internal: draft.internal,
    title: '',
    text: draft.body,
  })
  world.hooks.noteWritten(actor.project, readIssue(world, issue.id), note, actor.user, 'create')
  return note
}
