// What triage needs of GitLab: labels, the open issues page by page, and adding labels.

import type { TriageBoard } from '../../application/triage-issues.ts'
import { isServiceDesk } from '../../domain/remote.ts'
import type { Client } from './client.ts'
import { errorOf, toQuery, wordsOf } from './client.ts'
import { saysLabelExists } from './gitlab-answers.ts'
import { readPage } from './issue-pages.ts'
import { isTicket } from './reading.ts'
import * as wire from './wire.ts'

export const createTriageBoard = (options: {
  readonly client: Client
  readonly project: string
}): TriageBoard => {
  const { client, project } = options
  return {
    labels: async () => {
      const all = await client.all(wire.labels, {
        method: 'GET',
        route: '/projects/:project/labels',
        params: { project },
        query: { include_ancestor_groups: true },
      })
      return all.map((label) => label.name)
    },

    makeLabel: async ({ name, color }) => {
      const request = {
        method: 'POST',
        route: '/projects/:project/labels',
        params: { project },
        json: { name, color },
      } as const
      const answer = await client.raw(request)
      // Somebody was quicker, or an ancestor group has it: either way it can be used.
      if (answer.status === 409 && saysLabelExists(wordsOf(answer.body))) return false
      if (answer.status < 200 || answer.status > 299) throw errorOf(request, answer, client.now())
      return true
    },

    openIssues: async (page) => {
      const query =
        page === null
          ? toQuery({
              pagination: 'keyset',
              order_by: 'created_at',
              sort: 'asc',
              per_page: 100,
              scope: 'all',
              state: 'opened',
            })
          : new URLSearchParams(page)
      const { issues, next, total } = await readPage(client, project, query, 'created_at')
      return {
        issues: issues.filter(isTicket).map((issue) => ({
          iid: issue.iid,
          title: issue.title,
          labels: issue.labels,
          fromServiceDesk: isServiceDesk(issue.author),
        })),
        next: next?.toString() ?? null,
        total,
      }
    },

    addLabels: async (iid, labels) => {
      const { data } = await client.call(wire.issue, {
        method: 'PUT',
        route: '/projects/:project/issues/:iid',
        params: { project, iid },
        json: { add_labels: labels.join(',') },
      })
      return data.labels
    },
  }
}
