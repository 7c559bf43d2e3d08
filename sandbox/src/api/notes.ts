import { issueFor, plans, role, seesNote, type Viewer, viewerOf } from '../access.ts'
import { type Answer, json, noContent } from '../http/answers.ts'
import { ApiError, badParameter, badRequest, forbidden, notFound, unauthorized } from '../http/api-error.ts'
import { type Call, type Route, route } from '../http/call.ts'
import { flag, moment, neededText, oneOf, whole } from '../http/fields.ts'
import { countRows, offsetHeaders, pageOf } from '../http/paging.ts'
import { noteShape } from '../shapes/note.ts'
import type { IssueRow, NoteRow } from '../store/rows.ts'
import type { Actor } from '../work/change-issue.ts'
import { runCommands } from '../work/commands.ts'
import { createNote } from '../work/create-note.ts'
import { findNote, touchIssue } from '../work/notes.ts'
import { noticeReferences } from '../work/notice.ts'
import { extractCommands } from '../work/quick-actions.ts'
import { checkBody } from '../work/write-note.ts'

const activity = { all_notes: '', only_comments: ' and system = 0', only_activity: ' and system = 1' }

/** Unreadable notes are taken out after the page was cut: a short page is not the last page (lib/api/notes.rb). */
function listNotes(call: Call): Answer {
  const viewer = viewerOf(call)
  const issue = issueFor(call, viewer, call.params.iid)
  const order = oneOf(call.fields, 'order_by', ['created_at', 'updated_at']) ?? 'created_at'
  const sort = oneOf(call.fields, 'sort', ['asc', 'desc']) ?? 'desc'
  const kind =
    oneOf(call.fields, 'activity_filter', ['all_notes', 'only_comments', 'only_activity']) ?? 'all_notes'
  const from = `from notes where noteable_type = 'Issue' and noteable_id = ?${activity[kind]}`
  const page = pageOf(call)
  const rows = call.world.db.all<NoteRow>(
    `select * ${from} order by ${order} ${sort}, id ${sort} limit ? offset ?`,
    issue.id,
    page.perPage,
    page.offset,
  )
  const total = countRows(call.world, from, [issue.id])
  const readable = rows.filter((note) => seesNote(call.world, viewer, note))
  return json(
    200,
    readable.map((note) => noteShape(call.world, note, issue)),
    offsetHeaders(call, page, rows.length, total),
  )
}

type Found = { viewer: Viewer; issue: IssueRow; note: NoteRow }

function noteOf(call: Call): Found {
  const viewer = viewerOf(call)
  const issue = issueFor(call, viewer, call.params.iid)
  const note = findNote(call.world, whole(call.params, 'note_id') ?? 0)
  if (
    note?.noteable_type !== 'Issue' ||
    note.noteable_id !== issue.id ||
    !seesNote(call.world, viewer, note)
  ) {
    throw notFound('Note')
  }
  return { viewer, issue, note }
}

function showNote(call: Call): Answer {
  const { note, issue } = noteOf(call)
  return json(200, noteShape(call.world, note, issue))
}

function createOne(call: Call): Answer {
  const viewer = viewerOf(call)
  const { user, project } = viewer
  if (!user) throw unauthorized()
  const issue = issueFor(call, viewer, call.params.iid)
  const body = neededText(call.fields, 'body')
  const internal = flag(call.fields, 'internal') ?? flag(call.fields, 'confidential') ?? false
  if (project.archived || (internal && !plans(viewer))) throw forbidden()
  if (issue.discussion_locked && viewer.level === 0) throw forbidden()
  const actor: Actor = { user, level: viewer.level, project }
  // Owners only; for anybody else silently ignored.
  const createdAt = viewer.level >= role.owner ? moment(call.fields, 'created_at') : undefined
  const { note, commands } = call.world.db.transaction(() =>
    createNote(call.world, actor, issue, {
      body,
      internal,
      ...(createdAt === undefined ? {} : { createdAt }),
    }),
  )
  if (note) return json(201, noteShape(call.world, note, issue, commands?.commandsChanges))
  // Only commands: no note exists, and the status says whether they worked (notes_helpers.rb).
  if (!commands || commands.summary.length === 0) throw badRequest(commands?.errors.join(' ') ?? '')
  return json(202, { commands_changes: commands.commandsChanges, summary: commands.summary })
}

function mayEdit({ viewer, note }: Found): void {
  if (!viewer.user) throw unauthorized()
  if (note.system || (note.author_id !== viewer.user.id && viewer.level < 40)) throw forbidden()
}

function updateNote(call: Call): Answer {
  const found = noteOf(call)
  const body = neededText(call.fields, 'body')
  if (body === '') throw badParameter('body is empty')
  mayEdit(found)
  const { viewer, issue, note } = found
  const { user, project } = viewer
  if (!user) throw unauthorized()
  const { world } = call
  const after = world.db.transaction(() => {
    const { text, commands } = extractCommands(body)
    if (commands.length > 0) runCommands(world, { user, level: viewer.level, project }, issue, commands)
    checkBody(text)
    world.db.run('update notes set body = ?, updated_at = ? where id = ?', text, world.clock.now(), note.id)
    touchIssue(world, issue.id)
    noticeReferences(world, {
      author: user,
      project,
      issue,
      noteId: note.id,
      internal: note.internal === 1,
      title: '',
      text,
      before: { title: '', text: note.body },
    })
    const written = findNote(world, note.id)
    if (!written) throw notFound('Note')
    world.hooks.noteWritten(project, issue, written, user, 'update')
    return written
  })
  return json(200, noteShape(world, after, issue))
}

function deleteNote(call: Call): Answer {
  const found = noteOf(call)
  mayEdit(found)
  const since = call.headers['if-unmodified-since']
  if (since !== undefined && Date.parse(since) < Math.floor(found.note.updated_at / 1000) * 1000) {
    throw new ApiError(412, { message: '412 Precondition Failed' })
  }
  const { db } = call.world
  db.transaction(() => {
    db.run('delete from notes where id = ?', found.note.id)
    db.run('delete from todos where note_id = ?', found.note.id)
    if (!found.note.system) {
      db.run('update issues set user_notes_count = user_notes_count - 1 where id = ?', found.issue.id)
    }
    touchIssue(call.world, found.issue.id)
  })
  return noContent
}

/** Every note is a thread of one here: the desk never answers within a thread. */
function listDiscussions(call: Call): Answer {
  const answer = listNotes(call)
  const notes = answer.body as Record<string, unknown>[]
  return json(
    200,
    notes.map((note) => ({ id: `d${note.id}`, individual_note: true, notes: [note] })),
    answer.headers,
  )
}

export const noteRoutes: Route[] = [
  route('GET', '/projects/:id/issues/:iid/notes', listNotes),
  route('POST', '/projects/:id/issues/:iid/notes', createOne),
  route('GET', '/projects/:id/issues/:iid/notes/:note_id', showNote),
  route('PUT', '/projects/:id/issues/:iid/notes/:note_id', updateNote),
  route('DELETE', '/projects/:id/issues/:iid/notes/:note_id', deleteNote),
  route('GET', '/projects/:id/issues/:iid/discussions', listDiscussions),
]
