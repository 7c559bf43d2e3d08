import { iso } from '../clock.ts'
import type { CommitRow, ProjectRow } from '../store/rows.ts'
import type { World } from '../world.ts'

export function commitShape(world: World, project: ProjectRow, commit: CommitRow): Record<string, unknown> {
  return {
    id: commit.sha,
    short_id: commit.sha.slice(0, 8),
    created_at: iso(commit.created_at),
    parent_ids: commit.parent === null ? [] : [commit.parent],
    title: commit.message.split('\n')[0] ?? '',
    message: commit.message,
    author_name: commit.author_name,
    author_email: commit.author_email,
    authored_date: iso(commit.created_at),
    committer_name: commit.author_name,
    committer_email: commit.author_email,
    committed_date: iso(commit.created_at),
    trailers: {},
    extended_trailers: {},
    web_url: `${world.url}/${project.full_path}/-/commit/${commit.sha}`,
  }
}
