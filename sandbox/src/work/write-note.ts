import { badRequest } from '../http/api-error.ts'
import { postNote } from '../mail/letters.ts'
import type { IssueRow, NoteRow } from '../store/rows.ts'
import type { World } from '../world.ts'
import { type Actor, readIssue } from './change-issue.ts'
import { findNote, touchIssue } from './notes.ts'
import { noticeReferences } from './notice.ts'

export const noteLimit = 1_000_000
/** System notes do not count towards it. */
const mostNotes = 5000

export type NoteDraft = { body: string; internal: boolean; createdAt?: number; externalAuthor?: string }

export function checkBody(body: string): void {
  if (body.trim() === '') throw badRequest('Note {:note=>["can\'t be blank"]}')
  if ([...body].length > noteLimit) {
    throw badRequest(`Note {:note=>["is too long (maximum is ${noteLimit} characters)"]}`)
  }
}

export function checkNoteCount(issue: IssueRow): void {
  if (issue.user_notes_count >= mostNotes) {
    throw badRequest('Note {:noteable=>["Maximum number of comments exceeded"]}')
  }
}

/** Writes a note as it is, commands and all, with everything GitLab does beside it. */
export function writeNote(world: World, actor: Actor, issue: IssueRow, draft: NoteDraft): NoteRow {
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
  const after = readIssue(world, issue.id)
  world.hooks.noteWritten(actor.project, after, note, actor.user, 'create')
  postNote(world, actor.project, after, note, actor.user)
  return note
}
