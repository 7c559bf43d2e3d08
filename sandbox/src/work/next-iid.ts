import type { World } from '../world.ts'

/** Numbers of issues are never used twice, also not after a deletion: the counter is kept apart from the issues. */
export function nextIid(world: World, projectId: number): number {
  const row = world.db.one<{ last_issue: number }>(
    'update projects set last_issue = last_issue + 1 where id = ? returning last_issue',
    projectId,
  )
  if (!row) throw new Error(`no project ${projectId}`)
  return row.last_issue
}
