// A small GitLab in memory, with the semantics that matter for "once and only once": no
// idempotency, label changes as differences, unknown labels made silently, `updated_at` moved at
// most once a minute by notes and labels, branches that exist already, README on an empty
// repository, pages by keyset. Written from the contract, sharing nothing with Belay's code.

export type User = { id: number; username: string; name: string; level: number; bot: boolean }
export type Note = {
  id: number
  body: string
  author: User
  created_at: number
  internal: boolean
  system: boolean
}
export type LabelEvent = {
  id: number
  user: User
  created_at: number
  label: string
  action: 'add' | 'remove'
}
export type StateEvent = { id: number; user: User; created_at: number; state: 'closed' | 'reopened' }
export type Issue = {
  id: number
  iid: number
  title: string
  description: string
  state: 'opened' | 'closed'
  labels: Set<string>
  assignee: User | null
  author: User
  confidential: boolean
  /** Whom GitLab's Service Desk answers; null where nobody. */
  serviceDesk: string | null
  created_at: number
  updated_at: number
  closed_at: number | null
  notes: Note[]
  labelEvents: LabelEvent[]
  stateEvents: StateEvent[]
}
export type Branch = { name: string; made_at: number; by: User }

export type Request = {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: Record<string, unknown>
  readonly user: User
}
export type Response = {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: unknown
}

export type GitlabModel = {
  readonly issues: Map<number, Issue>
  readonly branches: Branch[]
  readonly users: {
    readonly bot: User
    readonly bruno: User
    readonly carla: User
    readonly davi: User
    readonly supportBot: User
  }
  emptyRepository: boolean
  /** Service Desk is on: `/convert_to_ticket` hands an issue over to it. */
  serviceDesk: boolean
  answer(request: Request): Response
  /** By hand, as people do in GitLab's own pages. */
  relabel(iid: number, by: User, add: readonly string[], remove: readonly string[]): void
  comment(iid: number, by: User, body: string, internal?: boolean): Note
  setState(iid: number, by: User, state: 'closed' | 'opened'): void
  remove(iid: number): void
  /** Opened by hand at some time in the past. */
  openByHand(
    by: User,
    at: number,
    title: string,
    labels: readonly string[],
    serviceDesk?: string | null,
  ): Issue
}

const base = 'https://gitlab.example/demo/helpdesk'
const iso = (at: number) => new Date(at).toISOString()
const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body,
})
const list = (value: unknown): string[] =>
  Array.isArray(value)
    ? value.map(String)
    : typeof value === 'string' && value !== ''
      ? value.split(',').map((name) => name.trim())
      : []

/** `longestPage`: small, so that a few issues make several pages. */
export const gitlabModel = (
  now: () => number,
  longestPage = 100,
  /** Called after every change of an issue, as webhooks are. */
  onChange: (issue: Issue) => void = () => undefined,
): GitlabModel => {
  const issues = new Map<number, Issue>()
  const branches: Branch[] = [{ name: 'main', made_at: 0, by: user(1, 'davi', 'Davi Lead', 40) }]
  let nextId = 1_000
  let lastIid = 0
  const users = {
    davi: user(1, 'davi', 'Davi Lead', 40),
    bruno: user(2, 'bruno', 'Bruno One', 20),
    carla: user(3, 'carla', 'Carla Two', 30),
    bot: { ...user(90, 'project_1_bot_prove', 'belay', 30), bot: true },
    supportBot: { ...user(91, 'support-bot', 'GitLab Support Bot', 0), bot: true },
  }

  const shownUser = ({ id, username, name }: User) => ({
    id,
    username,
    name,
    state: 'active',
    avatar_url: null,
    web_url: `https://gitlab.example/${username}`,
  })
  const shownIssue = (issue: Issue) => ({
    id: issue.id,
    iid: issue.iid,
    project_id: 1,
    title: issue.title,
    description: issue.description,
    state: issue.state,
    created_at: iso(issue.created_at),
    updated_at: iso(issue.updated_at),
    closed_at: issue.closed_at === null ? null : iso(issue.closed_at),
    labels: [...issue.labels].sort(),
    assignees: issue.assignee ? [shownUser(issue.assignee)] : [],
    assignee: issue.assignee ? shownUser(issue.assignee) : null,
    author: shownUser(issue.author),
    confidential: issue.confidential,
    issue_type: 'issue',
    type: 'ISSUE',
    moved_to_id: null,
    service_desk_reply_to: issue.serviceDesk,
    user_notes_count: issue.notes.filter((note) => !note.system).length,
    web_url: `${base}/-/issues/${issue.iid}`,
  })
  const shownNote = (note: Note, issue: Issue) => ({
    id: note.id,
    body: note.body,
    author: shownUser(note.author),
    created_at: iso(note.created_at),
    updated_at: iso(note.created_at),
    system: note.system,
    internal: note.internal,
    confidential: note.internal,
    noteable_id: issue.id,
    noteable_iid: issue.iid,
    noteable_type: 'Issue',
    project_id: 1,
    resolvable: false,
  })

  /** A note or label moves `updated_at` only when it is a minute old (throttled_touch.rb). */
  const touch = (issue: Issue) => {
    if (now() - issue.updated_at >= 60_000) issue.updated_at = now()
    onChange(issue)
  }
  const write = (issue: Issue) => {
    issue.updated_at = Math.max(issue.updated_at, now())
    onChange(issue)
  }

  const changeLabels = (issue: Issue, by: User, add: readonly string[], remove: readonly string[]) => {
    for (const label of remove)
      if (issue.labels.delete(label))
        issue.labelEvents.push({ id: nextId++, user: by, created_at: now(), label, action: 'remove' })
    for (const label of add)
      if (!issue.labels.has(label)) {
        issue.labels.add(label)
        issue.labelEvents.push({ id: nextId++, user: by, created_at: now(), label, action: 'add' })
      }
  }
  const setState = (issue: Issue, by: User, state: 'closed' | 'opened') => {
    if (issue.state === state) return
    issue.state = state
    issue.closed_at = state === 'closed' ? now() : null
    issue.stateEvents.push({
      id: nextId++,
      user: by,
      created_at: now(),
      state: state === 'closed' ? 'closed' : 'reopened',
    })
    write(issue)
  }
  const systemNote = (issue: Issue, by: User, body: string) =>
    issue.notes.push({ id: nextId++, body, author: by, created_at: now(), internal: false, system: true })
  const assign = (issue: Issue, by: User, assignee: User | null) => {
    if (issue.assignee?.id === assignee?.id) return
    const parts = [
      ...(assignee ? [`assigned to @${assignee.username}`] : []),
      ...(issue.assignee ? [`unassigned @${issue.assignee.username}`] : []),
    ]
    issue.assignee = assignee
    systemNote(issue, by, parts.join(' and '))
    write(issue)
  }
  const comment = (issue: Issue, by: User, body: string, internal: boolean): Note => {
    const note = { id: nextId++, body, author: by, created_at: now(), internal, system: false }
    issue.notes.push(note)
    touch(issue)
    return note
  }

  // --- Routes ------------------------------------------------------------------------------------

  const listIssues = (query: URLSearchParams): Response => {
    const order = query.get('order_by') === 'updated_at' ? 'updated_at' : 'created_at'
    const ascending = query.get('sort') === 'asc'
    const after = query.get('updated_after') ? Date.parse(query.get('updated_after') ?? '') : null
    const createdAfter = query.get('created_after') ? Date.parse(query.get('created_after') ?? '') : null
    const perPage = Math.min(longestPage, Number(query.get('per_page') ?? 20))
    const author = query.get('author_id')
    const iids = query.getAll('iids[]').map(Number)
    const state = query.get('state')
    const all = [...issues.values()]
      .filter((issue) => after === null || issue.updated_at >= after)
      .filter((issue) => createdAfter === null || issue.created_at >= createdAfter)
      .filter((issue) => author === null || issue.author.id === Number(author))
      .filter((issue) => iids.length === 0 || iids.includes(issue.iid))
      .filter((issue) => state === null || state === 'all' || issue.state === state)
      .sort((a, b) => (ascending ? 1 : -1) * (a[order] - b[order] || a.id - b.id))
    if (query.get('pagination') === 'keyset') {
      // GitLab's cursor holds the last row's values: pages shift when rows move, as they really do.
      const cursor = query.get('cursor')?.split('_').map(Number)
      const [value = 0, id = 0] = cursor ?? []
      const rest = cursor
        ? all.filter((issue) =>
            ascending
              ? issue[order] > value || (issue[order] === value && issue.id > id)
              : issue[order] < value || (issue[order] === value && issue.id < id),
          )
        : all
      const page = rest.slice(0, perPage)
      const last = page.at(-1)
      const headers: Record<string, string> = {}
      if (last && rest.length > perPage) {
        const next = new URLSearchParams(query)
        next.set('cursor', `${last[order]}_${last.id}`)
        headers.link = `<https://gitlab.example/api/v4/projects/1/issues?${next}>; rel="next"`
      }
      return json(200, page.map(shownIssue), headers)
    }
    return paged(all.map(shownIssue), query, perPage)
  }

  /** Notes and new issues a minute and user (application_rate_limiter.rb); 429 beyond. */
  const limits = { notes: new Map<number, number>(), issues: new Map<number, number>() }
  const isTooMuch = (kind: keyof typeof limits): boolean => {
    const slot = Math.floor(now() / 60_000)
    const count = (limits[kind].get(slot) ?? 0) + 1
    limits[kind].set(slot, count)
    return count > 300
  }
  const tooMany = () =>
    json(
      429,
      { message: { error: 'This endpoint has been requested too many times. Try again later.' } },
      { 'retry-after': '60' },
    )

  const paged = (all: readonly unknown[], query: URLSearchParams, perPage: number): Response => {
    const page = Number(query.get('page') ?? 1)
    const more = all.length > page * perPage
    const headers: Record<string, string> = {
      'x-page': String(page),
      'x-per-page': String(perPage),
      'x-next-page': more ? String(page + 1) : '',
      'x-prev-page': page > 1 ? String(page - 1) : '',
      'x-total': String(all.length),
      'x-total-pages': String(Math.max(1, Math.ceil(all.length / perPage))),
    }
    if (more) {
      const next = new URLSearchParams(query)
      next.set('page', String(page + 1))
      headers.link = `<https://gitlab.example/api/v4/x?${next}>; rel="next"`
    }
    return json(200, all.slice((page - 1) * perPage, page * perPage), headers)
  }

  const blankIssue = (author: User, title: string): Issue => ({
    id: nextId++,
    iid: ++lastIid,
    title,
    description: '',
    state: 'opened',
    labels: new Set(),
    assignee: null,
    author,
    confidential: false,
    serviceDesk: null,
    created_at: now(),
    updated_at: now(),
    closed_at: null,
    notes: [],
    labelEvents: [],
    stateEvents: [],
  })

  const openIssue = (request: Request): Response => {
    const { body } = request
    if (typeof body.title !== 'string' || body.title === '') return json(400, { error: 'title is missing' })
    if (isTooMuch('issues')) return tooMany()
    const issue: Issue = {
      ...blankIssue(request.user, body.title),
      description: String(body.description ?? ''),
      confidential: body.confidential === true,
    }
    issues.set(issue.iid, issue)
    changeLabels(issue, request.user, list(body.labels), [])
    onChange(issue)
    return json(201, shownIssue(issue))
  }

  const updateIssue = (issue: Issue, request: Request): Response => {
    const { body, user: by } = request
    if (body.add_labels !== undefined || body.remove_labels !== undefined)
      changeLabels(issue, by, list(body.add_labels), list(body.remove_labels))
    else if (body.labels !== undefined) {
      const wanted = list(body.labels)
      changeLabels(
        issue,
        by,
        wanted,
        [...issue.labels].filter((label) => !wanted.includes(label)),
      )
    }
    if (body.assignee_ids !== undefined || body.assignee_id !== undefined) {
      const id = Number(list(body.assignee_ids ?? String(body.assignee_id))[0] ?? 0)
      assign(issue, by, Object.values(users).find((one) => one.id === id) ?? null)
    }
    if (body.state_event === 'close') setState(issue, by, 'closed')
    if (body.state_event === 'reopen') setState(issue, by, 'opened')
    write(issue)
    return json(200, shownIssue(issue))
  }

  /** Support-bot becomes the author and says so among agents (convert_to_ticket_service.rb). */
  const convert = (issue: Issue, address: string): Response => {
    if (!model.serviceDesk)
      return json(400, { message: { commands_only: ['Could not apply convert_to_ticket'] } })
    issue.serviceDesk = address
    issue.author = users.supportBot
    comment(issue, users.supportBot, 'This issue has been converted to a Service Desk ticket.', true)
    write(issue)
    return json(202, { commands_changes: {}, summary: ['Converted issue to a Service Desk ticket.'] })
  }

  const notesOf = (issue: Issue, request: Request): Response => {
    const { method, query, body } = request
    if (method === 'POST') {
      if (typeof body.body !== 'string' || body.body === '') return json(400, { error: 'body is missing' })
      if (isTooMuch('notes')) return tooMany()
      const [, address] = /^\/convert_to_ticket (\S+)$/u.exec(body.body) ?? []
      if (address !== undefined) return convert(issue, address)
      const note = comment(issue, request.user, body.body, body.internal === true)
      return json(201, shownNote(note, issue))
    }
    const ascending = query.get('sort') === 'asc'
    const sorted = [...issue.notes].sort((a, b) => (ascending ? 1 : -1) * (a.id - b.id))
    return paged(
      sorted.map((note) => shownNote(note, issue)),
      query,
      Math.min(100, Number(query.get('per_page') ?? 20)),
    )
  }

  const branchesRoute = (request: Request, name: string | undefined): Response => {
    const { method, query, body } = request
    const shown = (branch: Branch) => ({
      name: branch.name,
      web_url: `${base}/-/tree/${branch.name}`,
      commit: { id: 'c0ffee' },
    })
    if (method === 'POST') {
      const wanted = String(body.branch ?? query.get('branch') ?? '')
      if (model.emptyRepository) branches.push({ name: 'README', made_at: now(), by: request.user })
      if (branches.some((branch) => branch.name === wanted))
        return json(400, { message: 'Branch already exists' })
      const branch = { name: wanted, made_at: now(), by: request.user }
      branches.push(branch)
      return json(201, shown(branch))
    }
    if (name !== undefined) {
      const found = branches.find((branch) => branch.name === name)
      return found ? json(200, shown(found)) : json(404, { message: '404 Branch Not Found' })
    }
    const search = query.get('search') ?? ''
    const fits = (branch: Branch) =>
      search.startsWith('^') ? branch.name.startsWith(search.slice(1)) : branch.name.includes(search)
    return paged(branches.filter(fits).map(shown), query, 100)
  }

  const issueRoute = (iid: number, rest: string, request: Request): Response => {
    const issue = issues.get(iid)
    if (!issue) return json(404, { message: '404 Issue Not Found' })
    if (rest === '')
      return request.method === 'PUT' ? updateIssue(issue, request) : json(200, shownIssue(issue))
    if (rest === '/notes') return notesOf(issue, request)
    const noteId = /^\/notes\/(\d+)$/u.exec(rest)?.[1]
    if (noteId !== undefined) {
      const index = issue.notes.findIndex((note) => note.id === Number(noteId))
      if (index < 0) return json(404, { message: '404 Not found' })
      if (request.method === 'DELETE') issue.notes.splice(index, 1)
      return request.method === 'DELETE' ? json(204, null) : json(200, issue.notes[index])
    }
    if (rest === '/resource_label_events')
      return paged(
        issue.labelEvents.map((event) => ({
          id: event.id,
          user: shownUser(event.user),
          created_at: iso(event.created_at),
          resource_type: 'Issue',
          resource_id: issue.id,
          label: { id: 1, name: event.label, color: '#123456', description: null },
          action: event.action,
        })),
        request.query,
        100,
      )
    if (rest === '/resource_state_events')
      return paged(
        issue.stateEvents.map((event) => ({
          id: event.id,
          user: shownUser(event.user),
          created_at: iso(event.created_at),
          resource_type: 'Issue',
          resource_id: issue.id,
          state: event.state,
          source_commit: null,
          source_merge_request_id: null,
        })),
        request.query,
        100,
      )
    if (rest === '/related_merge_requests') return paged([], request.query, 100)
    return json(404, { message: '404 Not Found' })
  }

  const memberList = () =>
    Object.values(users)
      .filter(({ level }) => level > 0)
      .map((one) => ({
        ...shownUser(one),
        access_level: one.level,
        membership_state: 'active',
      }))

  const answer = (request: Request): Response => {
    const path = request.path.replace(/^.*\/api\/v4/u, '')
    if (path === '/user') return json(200, { ...shownUser(request.user), bot: request.user.bot })
    if (path === '/version' || path === '/metadata') return json(200, { version: '19.2.0', revision: 'x' })
    const rest = /^\/projects\/(?:1|demo%2Fhelpdesk)(\/.*|)$/u.exec(path)?.[1]
    if (rest === undefined) return json(404, { message: '404 Project Not Found' })
    if (rest === '')
      return json(200, {
        id: 1,
        path_with_namespace: 'demo/helpdesk',
        web_url: base,
        visibility: 'private',
        archived: false,
        empty_repo: model.emptyRepository,
        service_desk_enabled: model.serviceDesk,
        default_branch: 'main',
      })
    if (rest === '/issues') return request.method === 'POST' ? openIssue(request) : listIssues(request.query)
    const issue = /^\/issues\/(\d+)(\/.*|)$/u.exec(rest)
    if (issue) return issueRoute(Number(issue[1]), issue[2] ?? '', request)
    if (rest === '/labels') {
      const names = new Set([...issues.values()].flatMap(({ labels }) => [...labels]))
      return paged(
        [...names].map((name, index) => ({ id: index + 1, name, color: '#123456' })),
        request.query,
        100,
      )
    }
    if (rest.startsWith('/members/all')) {
      const id = /^\/members\/all\/(\d+)$/u.exec(rest)?.[1]
      if (id === undefined) return paged(memberList(), request.query, 100)
      const found = memberList().find((one) => one.id === Number(id))
      return found ? json(200, found) : json(404, { message: '404 Not found' })
    }
    if (rest === '/repository/branches') return branchesRoute(request, undefined)
    const branch = /^\/repository\/branches\/(.+)$/u.exec(rest)?.[1]
    if (branch !== undefined) return branchesRoute(request, decodeURIComponent(branch))
    if (rest === '/uploads')
      return json(201, {
        id: nextId++,
        alt: 'file',
        url: `/uploads/${String(nextId).padStart(32, '0')}/file`,
        full_path: `/-/project/1/uploads/${String(nextId).padStart(32, '0')}/file`,
        markdown: `[file](/uploads/${String(nextId).padStart(32, '0')}/file)`,
      })
    return json(404, { message: '404 Not Found' })
  }

  const found = (iid: number): Issue => {
    const issue = issues.get(iid)
    if (!issue) throw new Error(`no issue ${iid}`)
    return issue
  }

  const model: GitlabModel = {
    issues,
    branches,
    users,
    emptyRepository: false,
    serviceDesk: false,
    answer,
    relabel: (iid, by, add, remove) => {
      changeLabels(found(iid), by, add, remove)
      touch(found(iid))
    },
    comment: (iid, by, body, internal = false) => comment(found(iid), by, body, internal),
    setState: (iid, by, state) => setState(found(iid), by, state),
    remove: (iid) => {
      issues.delete(iid)
    },
    openByHand: (by, at, title, labels, serviceDesk = null) => {
      const issue: Issue = {
        ...blankIssue(by, title),
        serviceDesk,
        created_at: at,
        updated_at: at,
      }
      issues.set(issue.iid, issue)
      for (const label of labels) {
        issue.labels.add(label)
        issue.labelEvents.push({ id: nextId++, user: by, created_at: at, label, action: 'add' })
      }
      return issue
    },
  }
  return model
}

function user(id: number, username: string, name: string, level: number): User {
  return { id, username, name, level, bot: false }
}
