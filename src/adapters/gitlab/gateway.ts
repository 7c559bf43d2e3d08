// The desk's one door to GitLab: sends operations with the fewest calls, finds out whether an
// earlier sending had its effect, and reads tickets back. What GitLab answers is never taken on
// trust where it matters: a ticket that should be confidential, a note that should be internal.

import { randomBytes } from 'node:crypto'
import { GatewayError } from '../../application/gateway-error.ts'
import type { Claimed, Gateway, ListingPage } from '../../application/ports.ts'
import type { Desk } from '../../domain/desk.ts'
import { isLevelLabel } from '../../domain/level.ts'
import { isPlainAddress, isSameAddress } from '../../domain/mail-address.ts'
import type { Author, Intent, Outcome } from '../../domain/operation.ts'
import type { RemoteHistory } from '../../domain/remote.ts'
import { roleOfAccessLevel } from '../../domain/role.ts'
import { accountOf } from './accounts.ts'
import { createBranches } from './branches.ts'
import type { Client, Query } from './client.ts'
import { toQuery } from './client.ts'
import { createErasure } from './erasure.ts'
import { readPage } from './issue-pages.ts'
import { armTitle, composeDescription, composeNote, fileLink, safeFileName } from './markdown.ts'
import { createMarkers, type MarkerKey } from './markers.ts'
import {
  assignmentOf,
  confidentialityOf,
  duplicateOf,
  isTicket,
  labelEventOf,
  markOf,
  mergeRequestOf,
  moveOf,
  noteOf,
  openingOf,
  type ReadingContext,
  stateEventOf,
  ticketOf,
} from './reading.ts'
import * as wire from './wire.ts'

export type GatewayOptions = {
  readonly client: Client
  /** With another token that may make branches; null = the same as for everything. */
  readonly branchClient?: Client | null
  /** Numeric id or full path. */
  readonly project: string
  readonly keys: readonly MarkerKey[]
  readonly desk: Desk
  /** GitLab user ids of former bots of ours: what they wrote is still ours. Asked for at every reading. */
  readonly formerBots?: readonly number[] | (() => readonly number[])
  /** Bytes of a file that waits to be uploaded. */
  readonly fileBytes?: (fileId: string) => Promise<Uint8Array | null>
  readonly log?: { warn(fields: object, message: string): void }
}

/** How far GitLab's and our idea of when something was sent may lie apart, in milliseconds. */
const margin = 5 * 60_000

/** A file larger than this is not fetched through us. */
const largestDownload = 200 * 1024 * 1024

type Note = Extract<Intent, { kind: 'note' }>
type Change = Extract<Intent, { kind: 'change' }>
type Open = Extract<Intent, { kind: 'open' }>
type HandOver = Extract<Intent, { kind: 'hand-to-service-desk' }>

const markAuthor = (author: Author): 'requester' | 'desk' | number =>
  author.kind === 'agent' ? author.id : author.kind

export const createGateway = (options: GatewayOptions): Gateway => {
  const { client, desk, log } = options
  const project = options.project
  const markers = createMarkers(options.keys)
  const context = { markers, gitlabHost: client.host }
  const branches = createBranches({
    client: options.branchClient ?? client,
    project,
    now: client.now,
  })

  // Our own user id, asked once: marks count only in what we wrote. A rotated token keeps its user.
  let asking: Promise<number> | null = null
  const ownId = (): Promise<number> => {
    asking ??= client
      .call(wire.ownUser, { method: 'GET', route: '/user' })
      .then(({ data }) => data.id)
      .catch((error: unknown) => {
        asking = null
        throw error
      })
    return asking
  }

  const ours = async (): Promise<Set<number>> => {
    const former =
      typeof options.formerBots === 'function' ? options.formerBots() : (options.formerBots ?? [])
    return new Set([await ownId(), ...former])
  }

  const heldUntil = (): number => Math.max(client.heldUntil(), options.branchClient?.heldUntil() ?? 0)

  /** Where GitLab said that no call is left, it is not asked: it would answer the same. */
  const whileFree =
    <A extends unknown[], R>(work: (...given: A) => Promise<R>) =>
    async (...given: A): Promise<R> => {
      const wait = heldUntil() - client.now()
      if (wait <= 0) return work(...given)
      throw new GatewayError('transient', 'GitLab takes no more calls of ours for the moment', {
        status: 429,
        retryAfter: wait,
      })
    }

  const reading = async (): Promise<ReadingContext> => ({ ...context, ours: await ours() })

  const erasure = createErasure({ client, project, markers, reading })

  const iidOf = (claimed: Claimed): number => {
    if (claimed.ticket.iid === null)
      throw new GatewayError('conflict', 'this ticket has no number in GitLab yet')
    return claimed.ticket.iid
  }

  // --- Sending ----------------------------------------------------------------------------------

  const upload = async (file: Extract<Intent, { kind: 'upload' }>['file']): Promise<Outcome> => {
    const bytes = (await options.fileBytes?.(file.id)) ?? null
    if (bytes === null)
      throw new GatewayError('permanent', `the bytes of the file "${file.name}" are not kept any more`)
    const name = safeFileName(file.name)
    const boundary = `belay-${randomBytes(18).toString('hex')}`
    const type = /^[\w.+-]+\/[\w.+-]+$/.test(file.type) ? file.type : 'application/octet-stream'
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n`
    const { data } = await client.call(wire.upload, {
      method: 'POST',
      route: '/projects/:project/uploads',
      params: { project },
      form: {
        body: Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]),
        type: `multipart/form-data; boundary=${boundary}`,
      },
      // A slow line to GitLab is no reason to give up a large file: 1 MB in 10 s still goes.
      deadline: 20_000 + Math.ceil(bytes.length / 100),
    })
    return { kind: 'uploaded', markdown: fileLink(data.markdown, data.url), path: data.url }
  }

  const opened = (issue: wire.WireIssue): Outcome => ({
    kind: 'opened',
    iid: issue.iid,
    url: issue.web_url,
    changedAt: issue.updated_at,
  })

  /** A ticket that strangers must not see, and that GitLab left open to them, is closed to them at once. */
  const ensureConfidential = async (issue: wire.WireIssue): Promise<wire.WireIssue> => {
    const { data } = await client.call(wire.issue, {
      method: 'PUT',
      route: '/projects/:project/issues/:iid',
      params: { project, iid: issue.iid },
      json: { confidential: true },
    })
    if (data.confidential === true) return data
    throw new GatewayError(
      'permanent',
      `GitLab opened issue ${issue.iid} visibly although it must be confidential; make it confidential by hand`,
      { effect: 'maybe' },
    )
  }

  /** Files that could not be uploaded are not named. */
  const linksTo = (files: Open['files'], { uploads }: Claimed): string[] =>
    files.flatMap((file) => uploads[file.id]?.markdown ?? [])

  const open = async (claimed: Claimed, intent: Open): Promise<Outcome> => {
    const { operation } = claimed
    const { data } = await client.call(wire.issue, {
      method: 'POST',
      route: '/projects/:project/issues',
      params: { project },
      json: {
        title: armTitle(intent.title, client.host),
        description: composeDescription(
          {
            text: intent.text,
            whose: operation.author.kind === 'requester' ? 'requester' : 'agent',
            files: linksTo(intent.files, claimed),
            facts: {
              kind: 'open',
              operation: operation.id,
              author: markAuthor(operation.author),
              authorName: operation.author.kind === 'agent' ? operation.author.name : null,
              requester: intent.requester,
              byMail: claimed.ticket.source === 'mail',
              ...(intent.erased ? { erased: true } : {}),
            },
          },
          context,
        ),
        labels: intent.labels.join(','),
        confidential: intent.confidential,
      },
    })
    const exposed = intent.confidential && data.confidential !== true
    return opened(exposed ? await ensureConfidential(data) : data)
  }

  const put = async (iid: number, json: Readonly<Record<string, unknown>>): Promise<wire.WireIssue> => {
    const { data } = await client.call(wire.issue, {
      method: 'PUT',
      route: '/projects/:project/issues/:iid',
      params: { project, iid },
      json,
    })
    return data
  }

  const changed = (issue: wire.WireIssue): Outcome => ({
    kind: 'changed',
    labels: issue.labels,
    changedAt: issue.updated_at,
  })

  /** Level labels of other levels that stand beside the one this change moves the ticket to. */
  const leftOver = (intent: Change, labels: readonly string[]): string[] =>
    intent.addLabels.some((label) => isLevelLabel(label, desk))
      ? labels.filter((label) => isLevelLabel(label, desk) && !intent.addLabels.includes(label))
      : []

  const change = async (claimed: Claimed, intent: Change): Promise<Outcome> => {
    const iid = iidOf(claimed)
    const issue = await put(iid, {
      ...(intent.addLabels.length > 0 ? { add_labels: intent.addLabels.join(',') } : {}),
      ...(intent.removeLabels.length > 0 ? { remove_labels: intent.removeLabels.join(',') } : {}),
      // Nobody is written as 0: GitLab reads an empty list as "nothing said".
      ...(intent.assignee === undefined ? {} : { assignee_ids: [intent.assignee ?? 0] }),
      ...(intent.state === undefined ? {} : { state_event: intent.state === 'closed' ? 'close' : 'reopen' }),
    })
    // Two moves at the same moment can leave both labels on: GitLab computes each from what it had read.
    const wrong = leftOver(intent, issue.labels)
    return changed(wrong.length === 0 ? issue : await put(iid, { remove_labels: wrong.join(',') }))
  }

  /** A note that was to be internal and is not must not stay a moment longer. */
  const withdraw = async (iid: number, id: number): Promise<never> => {
    try {
      await client.call(wire.nothing, {
        method: 'DELETE',
        route: '/projects/:project/issues/:iid/notes/:note',
        params: { project, iid, note: id },
      })
    } catch (error) {
      if (!(error instanceof GatewayError && error.kind === 'missing'))
        throw new GatewayError(
          'permanent',
          `GitLab made the internal note ${id} of issue ${iid} public, and it could not be deleted; delete it by hand`,
          { effect: 'maybe', cause: error },
        )
    }
    throw new GatewayError(
      'permanent',
      `GitLab made an internal note of issue ${iid} public; it was deleted at once. The token's role is too small for internal notes`,
    )
  }

  const noted = async (iid: number, intent: Note, sent: wire.WireNote): Promise<Outcome> => {
    if (intent.internal && sent.internal !== true) return withdraw(iid, sent.id)
    return { kind: 'noted', noteId: sent.id }
  }

  const note = async (claimed: Claimed, intent: Note): Promise<Outcome> => {
    const iid = iidOf(claimed)
    const { operation } = claimed
    const { data, status } = await client.call(wire.note.or(wire.commandsOnly), {
      method: 'POST',
      route: '/projects/:project/issues/:iid/notes',
      params: { project, iid },
      json: {
        body: composeNote(
          {
            text: intent.text,
            files: linksTo(intent.files ?? [], claimed),
            quotes: intent.quotes === true,
            facts: {
              kind: intent.purpose,
              operation: operation.id,
              author: markAuthor(operation.author),
              authorName: operation.author.kind === 'agent' ? operation.author.name : null,
              level: intent.level ?? null,
              formerAssignee: intent.formerAssignee ?? null,
              good: intent.good ?? null,
            },
          },
          context,
        ),
        internal: intent.internal,
      },
    })
    if (!('id' in data))
      throw new GatewayError(
        'permanent',
        `GitLab took a note on issue ${iid} for commands and made no note`,
        {
          status,
          effect: 'maybe',
        },
      )
    return noted(iid, intent, data)
  }

  const wishOf = (claimed: Claimed, intent: Extract<Intent, { kind: 'branch' }>) => ({
    ...intent,
    iid: iidOf(claimed),
  })

  const hasServiceDesk: Gateway['hasServiceDesk'] = async () => {
    const { data } = await client.call(wire.project, {
      method: 'GET',
      route: '/projects/:project',
      params: { project },
    })
    return data.service_desk_enabled === true
  }

  /** A command of ours, composed alone: GitLab runs it and makes no note of it (FACTS section 6). */
  const handToServiceDesk = async (claimed: Claimed, { address }: HandOver): Promise<Outcome> => {
    const iid = iidOf(claimed)
    const nobody: Outcome = { kind: 'handed-to-service-desk', to: null }
    if (!isPlainAddress(address)) return nobody
    try {
      await client.call(wire.note.or(wire.commandsOnly), {
        method: 'POST',
        route: '/projects/:project/issues/:iid/notes',
        params: { project, iid },
        json: { body: `/convert_to_ticket ${address}` },
      })
    } catch (error) {
      // GitLab would not: the requester keeps the link, and everything else goes on.
      if (error instanceof GatewayError && error.kind === 'permanent') return nobody
      throw error
    }
    return { kind: 'handed-to-service-desk', to: address }
  }

  /** Mails go another way; one that arrives here was claimed by the wrong worker. */
  const notForGitlab = (intent: Intent): never => {
    throw new Error(`an operation of the kind ${intent.kind} is not for GitLab`)
  }

  const perform = (claimed: Claimed): Promise<Outcome> => {
    const { intent } = claimed.operation
    switch (intent.kind) {
      case 'upload':
        return upload(intent.file)
      case 'open':
        return open(claimed, intent)
      case 'change':
        return change(claimed, intent)
      case 'note':
        return note(claimed, intent)
      case 'branch':
        return branches.make(wishOf(claimed, intent))
      case 'hand-to-service-desk':
        return handToServiceDesk(claimed, intent)
      case 'erase':
        return erasure.erase(iidOf(claimed))
      case 'mail':
        return notForGitlab(intent)
    }
  }

  // --- Looking up -------------------------------------------------------------------------------

  /** In GitLab's time: when the first sending can have arrived at the earliest. */
  const sentAfter = ({ operation }: Claimed): number =>
    Math.min(operation.sentAt ?? operation.createdAt, operation.createdAt) + client.skew() - margin

  const findOpened = async (claimed: Claimed, intent: Open): Promise<Outcome | null> => {
    const where = await reading()
    const own = await ownId()
    // Last, everybody's: one that Service Desk took over is its own (decision 0008). Nobody asks about so late
    // an opening but a desk that was restored.
    for (const author of [own, ...[...where.ours].filter((id) => id !== own), null]) {
      const written = await client.all(wire.issues, {
        method: 'GET',
        route: '/projects/:project/issues',
        params: { project },
        query: {
          ...(author === null ? {} : { author_id: author }),
          created_after: new Date(sentAfter(claimed)).toISOString(),
          scope: 'all',
          state: 'all',
          order_by: 'created_at',
          sort: 'asc',
        },
      })
      const matches = written
        .filter((issue) => {
          const found = openingOf(issue, where)
          return found?.verified && found.marker.operation === claimed.operation.id
        })
        .sort((a, b) => a.id - b.id)
      const [first, ...doubles] = matches
      if (doubles.length > 0)
        log?.warn(
          { iid: first?.iid, doubles: doubles.map((issue) => issue.iid) },
          'GitLab has one ticket twice; the older issue is the ticket',
        )
      if (first)
        return opened(
          intent.confidential && first.confidential !== true ? await ensureConfidential(first) : first,
        )
    }
    return null
  }

  const findNote = async (claimed: Claimed, intent: Note): Promise<Outcome | null> => {
    const iid = iidOf(claimed)
    const where = await reading()
    const since = sentAfter(claimed)
    const written = await client.all(
      wire.notes,
      {
        method: 'GET',
        route: '/projects/:project/issues/:iid/notes',
        params: { project, iid },
        query: { order_by: 'created_at', sort: 'desc' },
      },
      (page) => page.some((one) => one.created_at < since),
    )
    const [first] = written
      .filter((one) => {
        const found = one.system ? null : markOf(one.body, one.author, where)
        return found?.verified && found.marker.operation === claimed.operation.id
      })
      .sort((a, b) => a.id - b.id)
    return first ? noted(iid, intent, first) : null
  }

  const findChange = async (claimed: Claimed, intent: Change): Promise<Outcome | null> => {
    const { data } = await client.call(wire.issue, {
      method: 'GET',
      route: '/projects/:project/issues/:iid',
      params: { project, iid: iidOf(claimed) },
    })
    const assignee = data.assignees?.[0]?.id ?? data.assignee?.id ?? null
    const satisfied =
      intent.addLabels.every((label) => data.labels.includes(label)) &&
      !intent.removeLabels.some((label) => data.labels.includes(label)) &&
      leftOver(intent, data.labels).length === 0 &&
      (intent.assignee === undefined || intent.assignee === assignee) &&
      (intent.state === undefined || intent.state === data.state)
    return satisfied ? changed(data) : null
  }

  const findHandOver = async (claimed: Claimed, { address }: HandOver): Promise<Outcome | null> => {
    const { data } = await client.call(wire.issue, {
      method: 'GET',
      route: '/projects/:project/issues/:iid',
      params: { project, iid: iidOf(claimed) },
    })
    const to = data.service_desk_reply_to ?? ''
    return isSameAddress(to, address) ? { kind: 'handed-to-service-desk', to } : null
  }

  const lookUp = async (claimed: Claimed): Promise<Outcome | null> => {
    const { intent } = claimed.operation
    switch (intent.kind) {
      case 'upload':
        // Nothing in GitLab tells one upload from another; a repeat leaves a harmless orphan.
        return null
      case 'open':
        return findOpened(claimed, intent)
      case 'change':
        return findChange(claimed, intent)
      case 'note':
        return findNote(claimed, intent)
      case 'branch':
        return branches.lookUp(wishOf(claimed, intent))
      case 'hand-to-service-desk':
        return findHandOver(claimed, intent)
      case 'erase':
        return erasure.lookUp(iidOf(claimed))
      case 'mail':
        return notForGitlab(intent)
    }
  }

  // --- Reading ----------------------------------------------------------------------------------

  const listQuery = (since: number | null, order: 'updated_at' | 'created_at'): Query => ({
    pagination: 'keyset',
    order_by: order,
    sort: 'asc',
    per_page: 100,
    scope: 'all',
    state: 'all',
    ...(since === null ? {} : { updated_after: new Date(since).toISOString() }),
  })

  const listing: Gateway['listing'] = async ({ since, page, inOrderOf = 'change' }): Promise<ListingPage> => {
    const where = await reading()
    const order = inOrderOf === 'change' ? 'updated_at' : 'created_at'
    const query = page === null ? toQuery(listQuery(since, order)) : new URLSearchParams(page)
    const { issues, next, total } = await readPage(client, project, query, order)
    return {
      tickets: issues.filter(isTicket).map((issue) => ticketOf(issue, where)),
      next: next?.toString() ?? null,
      total,
    }
  }

  /**
   * A ticket that is not found was deleted only if we would see it otherwise: the project answers, its
   * issues are on, and our account may read confidential ones. Else it is our rights that are missing.
   */
  const ensureSight = async (): Promise<void> => {
    const blind = (why: string) =>
      new GatewayError('unauthorised', `GitLab shows us no tickets any more: ${why}`, { status: 404 })
    const facts = await client
      .call(wire.project, { method: 'GET', route: '/projects/:project', params: { project } })
      .then(({ data }) => data)
      .catch((error: unknown) => {
        throw error instanceof GatewayError && (error.kind === 'missing' || error.kind === 'permanent')
          ? blind('the project does not answer our token')
          : error
      })
    if (facts.issues_access_level === 'disabled' || facts.issues_enabled === false)
      throw blind("the project's issues are switched off")
    const { data: self } = await client.call(wire.ownUser, { method: 'GET', route: '/user' })
    if (self.is_admin !== true && (await roleOf(self.id)) === 'requester')
      throw blind("our token's account has lost its role in the project")
  }

  const history: Gateway['history'] = async (iid, { code }): Promise<RemoteHistory | null> => {
    const where = await reading()
    const params = { project, iid }
    const list = <T>(shape: Parameters<typeof client.all<T>>[0], route: string, query: Query = {}) =>
      client.all<T>(shape, { method: 'GET', route, params, query })
    const base = '/projects/:project/issues/:iid'
    try {
      const [issue, notes, labelEvents, stateEvents, mergeRequests, own] = await Promise.all([
        client.call(wire.issue, { method: 'GET', route: base, params }).then(({ data }) => data),
        list(wire.notes, `${base}/notes`, { sort: 'asc', order_by: 'created_at' }),
        list(wire.labelEvents, `${base}/resource_label_events`),
        list(wire.stateEvents, `${base}/resource_state_events`),
        code ? orNone(list(wire.mergeRequests, `${base}/related_merge_requests`)) : null,
        code ? orNone(branches.list(iid)) : null,
      ])
      return {
        ticket: ticketOf(issue, where),
        notes: notes.filter((one) => !one.system).map((one) => noteOf(one, where)),
        labelEvents: labelEvents.map((event) => labelEventOf(event, where)),
        stateEvents: stateEvents.flatMap((event) => stateEventOf(event, where)),
        assignments: notes.flatMap((one) => assignmentOf(one, where)),
        moves: notes.flatMap((one) => moveOf(one, where)),
        confidentiality: notes.flatMap((one) => confidentialityOf(one, where)),
        duplicates: notes.flatMap((one) => duplicateOf(one, where)),
        mergeRequests: mergeRequests?.map((request) => mergeRequestOf(request, where)) ?? null,
        branches: own?.map((branch) => ({ name: branch.name, url: branch.web_url ?? null })) ?? null,
      }
    } catch (error) {
      if (!(error instanceof GatewayError) || error.kind !== 'missing') throw error
      await ensureSight()
      return null
    }
  }

  const members: Gateway['members'] = async () => {
    const known = await ours()
    const all = await client.all(wire.members, {
      method: 'GET',
      route: '/projects/:project/members/all',
      params: { project },
    })
    const best = new Map<number, wire.WireMember>()
    for (const member of all)
      if (member.state === 'active' && member.access_level > (best.get(member.id)?.access_level ?? 0))
        best.set(member.id, member)
    return [...best.values()]
      .map((member) => ({ ...accountOf(member, known), role: roleOfAccessLevel(member.access_level) }))
      .filter((member) => member.role !== 'requester')
  }

  const roleOf: Gateway['roleOf'] = async (userId) => {
    try {
      const { data } = await client.call(wire.member, {
        method: 'GET',
        route: '/projects/:project/members/all/:user',
        params: { project, user: userId },
      })
      return data.state === 'active' ? roleOfAccessLevel(data.access_level) : 'requester'
    } catch (error) {
      if (error instanceof GatewayError && error.kind === 'missing') return 'requester'
      throw error
    }
  }

  const download: Gateway['download'] = async (path) => {
    const [, secret, name] = /^(?:\/-\/project\/\d+)?\/uploads\/([0-9a-f]{32})\/([^/?#]+)$/.exec(path) ?? []
    if (secret === undefined || name === undefined)
      throw new GatewayError('missing', 'this is not the path of an uploaded file')
    const request = {
      method: 'GET',
      route: '/projects/:project/uploads/:secret/:name',
      params: { project, secret, name: decoded(name) },
      deadline: 120_000,
      maxBytes: largestDownload,
    } as const
    const answer = await client.download(request)
    return { bytes: answer.body, type: answer.headers['content-type'] ?? 'application/octet-stream' }
  }

  const labels: Gateway['labels'] = async () =>
    (
      await client.all(wire.labels, {
        method: 'GET',
        route: '/projects/:project/labels',
        params: { project },
        query: { include_ancestor_groups: true },
      })
    ).map(({ name }) => name)

  return {
    perform: whileFree(perform),
    lookUp: whileFree(lookUp),
    listing: whileFree(listing),
    labels: whileFree(labels),
    history: whileFree(history),
    members: whileFree(members),
    // Somebody waits for these: better to ask in vain than not to ask.
    roleOf,
    hasServiceDesk,
    download,
    heldUntil,
    remaining: () => client.remaining(),
  }
}

/** In a project without code, or for a token that may not read it, there are none to tell of. */
const orNone = async <T>(list: Promise<T[]>): Promise<T[] | null> => {
  try {
    return await list
  } catch (error) {
    if (error instanceof GatewayError && (error.kind === 'missing' || error.status === 403)) return null
    throw error
  }
}

const decoded = (name: string): string => {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
