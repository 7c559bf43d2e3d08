// What the doctor asks of GitLab, one small reading each.

import type { SetupProbe } from '../../application/examine-setup.ts'
import { GatewayError } from '../../application/gateway-error.ts'
import type { Client } from './client.ts'
import { createMarkers, type MarkerKey } from './markers.ts'
import * as wire from './wire.ts'

/** How many of our newest tickets are looked at for their marks. */
const sample = 100

const developer = 30

export const createSetupProbe = (options: {
  readonly client: Client
  readonly project: string
  /** Empty = no key yet. */
  readonly keys: readonly MarkerKey[]
}): SetupProbe => {
  const { client, project } = options
  const params = { project }

  const account = async () => (await client.call(wire.ownUser, { method: 'GET', route: '/user' })).data

  return {
    version: async () => (await client.call(wire.version, { method: 'GET', route: '/version' })).data.version,
    account,

    token: async () => {
      try {
        const { data } = await client.call(wire.ownToken, {
          method: 'GET',
          route: '/personal_access_tokens/self',
        })
        return { scopes: data.scopes, expiresOn: data.expires_at ?? null }
      } catch (error) {
        // GitLab answers 400 for tokens of other kinds, an OAuth one for instance.
        if (error instanceof GatewayError && (error.status === 400 || error.kind === 'missing')) return null
        throw error
      }
    },

    project: async () => {
      const { data } = await client.call(wire.project, { method: 'GET', route: '/projects/:project', params })
      return {
        id: data.id,
        path: data.path_with_namespace,
        url: data.web_url,
        visibility: data.visibility ?? null,
        archived: data.archived ?? false,
        emptyRepository: data.empty_repo ?? false,
        defaultBranch: data.default_branch ?? null,
        issuesEnabled: data.issues_access_level !== 'disabled' && data.issues_enabled !== false,
        uploadsProtected: data.enforce_auth_checks_on_uploads ?? null,
      }
    },

    accessLevel: async (userId) => {
      try {
        const { data } = await client.call(wire.member, {
          method: 'GET',
          route: '/projects/:project/members/all/:user',
          params: { project, user: userId },
        })
        return data.access_level
      } catch (error) {
        if (error instanceof GatewayError && error.kind === 'missing') return 0
        throw error
      }
    },

    labels: async () => {
      const all = await client.all(wire.labels, { method: 'GET', route: '/projects/:project/labels', params })
      return all.map((label) => label.name)
    },

    closedBranches: async () => {
      try {
        const all = await client.all(wire.protectedBranches, {
          method: 'GET',
          route: '/projects/:project/protected_branches',
          params,
        })
        return all
          .filter((branch) => {
            const levels = (branch.push_access_levels ?? []).map(({ access_level: level }) => level ?? 0)
            return !levels.some((level) => level > 0 && level <= developer)
          })
          .map((branch) => branch.name)
      } catch (error) {
        if (error instanceof GatewayError && (error.status === 403 || error.kind === 'missing')) return null
        throw error
      }
    },

    marks: async () => {
      if (options.keys.length === 0) return { readable: 0, unreadable: 0 }
      const markers = createMarkers(options.keys)
      const { id } = await account()
      const { data } = await client.call(wire.issues, {
        method: 'GET',
        route: '/projects/:project/issues',
        params,
        query: {
          author_id: id,
          scope: 'all',
          state: 'all',
          order_by: 'created_at',
          sort: 'desc',
          per_page: sample,
        },
      })
      const found = data.flatMap((issue) => markers.read(issue.description ?? '') ?? [])
      const readable = found.filter((one) => one.verified && one.marker.requester !== 'unreadable').length
      return { readable, unreadable: found.length - readable }
    },

    skew: () => client.skew(),
  }
}
