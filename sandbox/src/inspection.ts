import { makeToken, tokensOf } from './control.ts'
import type { Fault } from './faults.ts'
import { serviceDeskAddress } from './mail/addresses.ts'
import type { Letter } from './mail/postman.ts'
import { type Outcome, receiveMail } from './mail/receive-mail.ts'
import { changeServiceDesk, type ServiceDeskChange } from './mail/settings.ts'
import type {
  BranchRow,
  HookRow,
  IssueRow,
  MergeRequestRow,
  NoteRow,
  ProjectRow,
  ReceivedMailRow,
  SentMailRow,
  UserRow,
} from './store/rows.ts'
import { ghostBot, makeBot } from './work/bots.ts'
import type { World } from './world.ts'

/** What a checker may look at past the API: the database's own truth about `demo/helpdesk`, unless told otherwise. */
export type Inspection = {
  issues(projectId?: number): (IssueRow & { labels: string[] })[]
  issue(iid: number, projectId?: number): (IssueRow & { labels: string[] }) | undefined
  notes(iid: number, projectId?: number): (NoteRow & { author: string })[]
  labelEvents(iid: number): { user: string; label: string | null; action: string; created_at: number }[]
  stateEvents(iid: number): { user: string; state: string; created_at: number }[]
  branches(projectId?: number): BranchRow[]
  mergeRequests(projectId?: number): MergeRequestRow[]
  uploads(projectId?: number): { secret: string; filename: string; size: number }[]
  mentions(): { iid: number; note_id: number | null; user: string; by: string }[]
  todos(): { iid: number; note_id: number | null; user: string; author: string; action: string }[]
  crossReferences(): { iid: number; note_id: number | null; target_type: string; target: string }[]
  /** The e-mail participants of an issue. */
  emails(iid: number): string[]
  /** What GitLab mailed, oldest first; those still on their way have no `raw` yet: see `mailSettled`. */
  sentMails(): (Omit<SentMailRow, 'letter'> & { text: string | null; html: string | null })[]
  receivedMails(): ReceivedMailRow[]
  /** Ends when no mail waits to be made up. */
  mailSettled(): Promise<void>
  /** Takes a mail in as SMTP would; without `recipients` it is for the help desk. */
  receiveMail(raw: string | Uint8Array, recipients?: string[]): Promise<Outcome>
  /** Service Desk's settings and templates of a project (default `demo/helpdesk`). */
  setServiceDesk(change: ServiceDeskChange): void
  hooks(): HookRow[]
  deliveries(): {
    hook_id: number
    trigger: string
    idempotency_key: string
    response_status: string
    request_body: string
  }[]
  /** Ends when no webhook is on its way. */
  hooksSettled(): Promise<void>
  users(): UserRow[]
  tokens(): ReturnType<typeof tokensOf>
  /** A fresh personal token; default scope `api`, default life 30 days. */
  makeToken(username: string, scopes?: string[], expiresAt?: string): string
  /** A token value of somebody with the `api` scope. */
  tokenOf(username: string): string
  revokeToken(value: string): void
  /** A second project token: a new bot user (default Developer with `api`). */
  makeBot(accessLevel?: number, scopes?: string[]): { username: string; token: string }
  /** Deletes a bot as GitLab does in the end: its texts pass to the ghost user. */
  ghostBot(username: string): void
  /** A label of the group above both projects. */
  makeGroupLabel(name: string, color?: string): void
  /** Makes somebody a member of the group, or takes them out with level 0. */
  setGroupMember(username: string, accessLevel: number): void
  calls(): Record<string, number>
  resetCalls(): void
  faults(list: readonly Fault[]): void
  setLimits(limits: { notes?: number; issues?: number }): void
  setRaceWindow(ms: number): void
  setProject(
    change: Partial<
      Pick<
        ProjectRow,
        'archived' | 'visibility' | 'issues_enabled' | 'service_desk_enabled' | 'autoclose' | 'issue_template'
      >
    >,
    projectId?: number,
  ): void
  /** Takes all branches away: an empty repository. */
  emptyRepository(projectId?: number): void
}

export function inspect(world: World): Inspection {
  const { db } = world
  const home = 1
  const labelsOf = (issueId: number) =>
    db
      .all<{ name: string }>(
        'select l.name from issue_labels il join labels l on l.id = il.label_id where il.issue_id = ? order by l.name',
        issueId,
      )
      .map((row) => row.name)
  const issueAt = (iid: number, projectId: number) =>
    db.one<IssueRow>('select * from issues where project_id = ? and iid = ?', projectId, iid)
  const idOf = (iid: number, projectId = home) => issueAt(iid, projectId)?.id ?? 0
  const named = (id: string) => `(select username from users where id = ${id})`
  return {
    issues: (projectId = home) =>
      db
        .all<IssueRow>('select * from issues where project_id = ? order by iid', projectId)
        .map((row) => ({ ...row, labels: labelsOf(row.id) })),
    issue(iid, projectId = home) {
      const row = issueAt(iid, projectId)
      return row && { ...row, labels: labelsOf(row.id) }
    },
    notes: (iid, projectId = home) =>
      db.all(
        `select n.*, ${named('n.author_id')} as author from notes n
         where noteable_type = 'Issue' and noteable_id = ? order by created_at, id`,
        idOf(iid, projectId),
      ),
    labelEvents: (iid) =>
      db.all(
        `select ${named('e.user_id')} as user, l.name as label, e.action, e.created_at
         from label_events e left join labels l on l.id = e.label_id where issue_id = ? order by e.id`,
        idOf(iid),
      ),
    stateEvents: (iid) =>
      db.all(
        `select ${named('e.user_id')} as user, e.state, e.created_at from state_events e where issue_id = ? order by e.id`,
        idOf(iid),
      ),
    branches: (projectId = home) =>
      db.all('select * from branches where project_id = ? order by name', projectId),
    mergeRequests: (projectId = home) =>
      db.all('select * from merge_requests where project_id = ? order by id', projectId),
    uploads: (projectId = home) =>
      db.all(
        'select secret, filename, length(bytes) as size from uploads where project_id = ? order by id',
        projectId,
      ),
    mentions: () =>
      db.all(
        `select i.iid, m.note_id, ${named('m.user_id')} as user, ${named('m.by_user_id')} as by
         from mentions m join issues i on i.id = m.issue_id order by m.id`,
      ),
    todos: () =>
      db.all(
        `select i.iid, t.note_id, ${named('t.user_id')} as user, ${named('t.author_id')} as author, t.action
         from todos t join issues i on i.id = t.issue_id order by t.id`,
      ),
    crossReferences: () =>
      db.all(
        `select i.iid, c.source_note_id as note_id, c.target_type, c.target
         from cross_references c join issues i on i.id = c.source_issue_id order by c.id`,
      ),
    emails: (iid) =>
      db
        .all<{ email: string }>('select email from issue_emails where issue_id = ? order by email', idOf(iid))
        .map((row) => row.email),
    sentMails: () =>
      db.all<SentMailRow>('select * from sent_mails order by id').map(({ letter, ...row }) => {
        const { text, html } = JSON.parse(letter) as Letter
        return { ...row, text, html }
      }),
    receivedMails: () => db.all('select * from received_mails order by id'),
    mailSettled: () => world.postman.settled(),
    async receiveMail(raw, recipients) {
      const project = db.one<ProjectRow>('select * from projects where id = ?', home)
      const to = recipients ?? (project ? [serviceDeskAddress(project)] : [])
      return receiveMail(world, Buffer.from(raw), to)
    },
    setServiceDesk: (change) => changeServiceDesk(world, change),
    hooks: () => db.all('select * from hooks order by id'),
    deliveries: () => db.all('select * from hook_deliveries order by id'),
    hooksSettled: () => world.hooks.settled(),
    users: () => db.all('select * from users order by id'),
    tokens: () => tokensOf(world),
    makeToken(username, scopes, expiresAt) {
      const value = makeToken(world, { username, scopes, expiresAt })
      if (!value) throw new Error(`nobody is called ${username}`)
      return value
    },
    tokenOf(username) {
      const found = tokensOf(world).find(
        (token) => token.username === username && token.scopes.includes('api'),
      )
      if (!found) throw new Error(`${username} has no token`)
      return found.token
    },
    revokeToken(value) {
      db.run('update tokens set revoked = 1 where value = ?', value)
    },
    makeBot: (accessLevel = 30, scopes = ['api']) => makeBot(world, home, accessLevel, scopes),
    ghostBot: (username) => ghostBot(world, username),
    makeGroupLabel(name, color = '#6699cc') {
      const now = world.clock.now()
      db.run(
        'insert into labels (group_id, name, color, created_at, updated_at) values (1, ?, ?, ?, ?)',
        name,
        color,
        now,
        now,
      )
    },
    setGroupMember(username, accessLevel) {
      const user = db.one<UserRow>('select * from users where username = ?', username)
      if (!user) throw new Error(`nobody is called ${username}`)
      db.run("delete from members where source = 'group' and user_id = ?", user.id)
      if (accessLevel === 0) return
      db.run(
        "insert into members (source, source_id, user_id, access_level, created_at) values ('group', 1, ?, ?, ?)",
        user.id,
        accessLevel,
        world.clock.now(),
      )
    },
    calls: () => world.calls.all(),
    resetCalls: () => world.calls.reset(),
    faults: (list) => world.faults.set(list),
    setLimits(limits) {
      Object.assign(world.limits.settings, limits)
    },
    setRaceWindow(ms) {
      world.raceWindowMs = ms
    },
    setProject(change, projectId = home) {
      for (const [name, value] of Object.entries(change)) {
        db.run(`update projects set ${name} = ? where id = ?`, value, projectId)
      }
    },
    emptyRepository(projectId = home) {
      db.run('delete from branches where project_id = ?', projectId)
    },
  }
}
