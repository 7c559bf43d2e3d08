import type { NoteRow } from '../store/rows.ts'
import type { World } from '../world.ts'

export function findNote(world: World, id: number): NoteRow | undefined {
  return world.db.one<NoteRow>('select * from notes where id = ?', id)
}

/** A note GitLab writes itself ("assigned to @carla"). It neither counts as a comment nor moves `updated_at`. */
export function writeSystemNote(
  world: World,
  type: 'Issue' | 'MergeRequest',
  noteableId: number,
  authorId: number,
  body: string,
  sourceIssueId: number | null = null,
): void {
  const now = world.clock.now()
  world.db.run(
    `insert into notes (noteable_type, noteable_id, author_id, body, system, source_issue_id, created_at, updated_at)
     values (?, ?, ?, ?, 1, ?, ?, ?)`,
    type,
    noteableId,
    authorId,
    body,
    sourceIssueId,
    now,
    now,
  )
}

/**
 * A note or a label moves `updated_at` only when the last move is a minute old
 * (app/models/concerns/throttled_touch.rb): polling by `updated_after` with a short overlap misses replies.
 */
export function touchIssue(world: World, issueId: number): void {
  const now = world.clock.now()
  world.db.run(
    'update issues set updated_at = ? where id = ? and updated_at <= ?',
    now,
    issueId,
    now - 60_000,
  )
}
