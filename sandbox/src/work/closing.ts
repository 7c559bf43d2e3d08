import { findProject } from '../access.ts'
import type { IssueRow, ProjectRow } from '../store/rows.ts'
import type { World } from '../world.ts'
import { type Actor, changeIssue } from './change-issue.ts'

/** GitLab's closing words (config/initializers/1_settings.rb): only in merge requests and commits, never in issues. */
const closing =
  /\b(?:clos(?:e[sd]?|ing)|fix(?:e[sd]|ing)?|resolv(?:e[sd]?|ing)|implement(?:s|ed|ing)?):?\s+((?:(?:[\w./-]+)?#\d+(?:\s*(?:,\s*and|,|and)?\s*)?)+)/gi

export function issuesClosedBy(world: World, project: ProjectRow, text: string): IssueRow[] {
  const found = new Map<number, IssueRow>()
  for (const [, references = ''] of text.matchAll(closing)) {
    for (const [, path, number] of references.matchAll(/([\w./-]+)?#(\d+)/g)) {
      const home = path ? findProject(world, path) : project
      const issue =
        home &&
        world.db.one<IssueRow>(
          'select * from issues where project_id = ? and iid = ?',
          home.id,
          Number(number),
        )
      if (issue) found.set(issue.id, issue)
    }
  }
  return [...found.values()]
}

/** Closes what a text on the default branch names, unless the project has switched that off. */
export function closeByText(world: World, actor: Actor, text: string, mergeRequestId?: number): void {
  if (!actor.project.autoclose) return
  for (const issue of issuesClosedBy(world, actor.project, text)) {
    if (issue.state === 'closed') continue
    changeIssue(world, actor, issue, {
      stateEvent: 'close',
      ...(mergeRequestId === undefined ? {} : { sourceMergeRequestId: mergeRequestId }),
    })
  }
}
