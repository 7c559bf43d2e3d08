import { iso } from '../clock.ts'
import type { NoteRow } from '../store/rows.ts'
import type { World } from '../world.ts'
import { userShape } from './user.ts'

/** API::Entities::Note (19.x). `commands_changes` is there only in the answer to a note with quick actions. */
export function noteShape(
  world: World,
  note: NoteRow,
  noteable: { iid: number; project_id: number },
  commandsChanges: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    id: note.id,
    type: null,
    body: note.body,
    attachment: null,
    author: userShape(world, note.author_id),
    created_at: iso(note.created_at),
    updated_at: iso(note.updated_at),
    system: note.system === 1,
    noteable_id: note.noteable_id,
    noteable_type: note.noteable_type,
    project_id: noteable.project_id,
    resolvable: false,
    confidential: note.internal === 1,
    internal: note.internal === 1,
    imported: false,
    imported_from: 'none',
    noteable_iid: noteable.iid,
    commands_changes: commandsChanges,
  }
}
