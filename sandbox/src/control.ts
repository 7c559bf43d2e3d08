import { z } from 'zod'
import { dateOnly } from './clock.ts'
import { faultList } from './faults.ts'
import { type Answer, json, noContent } from './http/answers.ts'
import { type Call, type Route, route } from './http/call.ts'
import { clientId } from './oauth/client.ts'
import { html } from './pages/html.ts'
import { page } from './pages/layout.ts'
import type { TokenRow, UserRow } from './store/rows.ts'
import { newTokenValue } from './token-value.ts'
import type { World } from './world.ts'

/** The sandbox's own switches, under `/-/sandbox`. Only this machine reaches them. */

type TokenView = {
  username: string
  name: string
  token: string
  scopes: string[]
  expiresAt: string | null
  revoked: boolean
}

export function tokensOf(world: World): TokenView[] {
  return world.db
    .all<TokenRow & { username: string }>(
      'select t.*, u.username from tokens t join users u on u.id = t.user_id order by t.id',
    )
    .map((row) => ({
      username: row.username,
      name: row.name,
      token: row.value,
      scopes: row.scopes.split(' '),
      expiresAt: row.expires_at,
      revoked: row.revoked === 1,
    }))
}

/** Makes a personal token for somebody: for tests of scopes and expiry. */
export function makeToken(
  world: World,
  wish: { username: string; scopes?: string[] | undefined; expiresAt?: string | undefined },
): string | undefined {
  const user = world.db.one<UserRow>('select * from users where username = ?', wish.username)
  if (!user) return undefined
  const value = newTokenValue()
  world.db.run(
    'insert into tokens (user_id, name, value, scopes, created_at, expires_at) values (?, ?, ?, ?, ?, ?)',
    user.id,
    'made by hand',
    value,
    (wish.scopes ?? ['api']).join(' '),
    world.clock.now(),
    wish.expiresAt ?? dateOnly(world.clock.now() + 30 * 86_400_000),
  )
  return value
}

function people(
  world: World,
): { username: string; name: string; id: number; accessLevel: number | null; bot: boolean }[] {
  return world.db
    .all<UserRow & { access_level: number | null }>(
      `select u.*, m.access_level from users u
       left join members m on m.user_id = u.id and m.source = 'project' and m.source_id = 1 order by u.id`,
    )
    .map(({ id, username, name, access_level, bot }) => ({
      id,
      username,
      name,
      accessLevel: access_level,
      bot: bot === 1,
    }))
}

function facts(world: World): Record<string, unknown> {
  return {
    url: world.url,
    version: world.version,
    project: { id: 1, path: 'demo/helpdesk' },
    oauth: { clientId, secret: world.oauthSecret },
    people: people(world),
    tokens: tokensOf(world),
    faults: world.faults.all(),
    calls: world.calls.all(),
    totalCalls: world.calls.total(),
    limits: world.limits.settings,
    raceWindowMs: world.raceWindowMs,
    smtp: world.smtp ?? null,
    mail: sentMails(world),
  }
}

type SentMailView = {
  id: number
  kind: string
  iid: number | null
  to: string
  subject: string
  messageId: string
}

/** The newest hundred mails of GitLab, newest first. */
function sentMails(world: World): SentMailView[] {
  return world.db.all(
    `select m.id, m.kind, i.iid, m.recipient as "to", m.subject, m.message_id as messageId
     from sent_mails m left join issues i on i.id = m.issue_id order by m.id desc limit 100`,
  )
}

function showPage(call: Call): Answer {
  const { world } = call
  const faults = world.faults.all()
  const calls = Object.entries(world.calls.all())
  const mails = world.db.one<{ n: number }>('select count(*) as n from sent_mails')?.n ?? 0
  return page(
    'Sandbox',
    html``,
    html`<h1>This GitLab</h1>
<p>Project <a href="/demo/helpdesk">demo/helpdesk</a> (id 1), version ${world.version}. OAuth application <code>${clientId}</code>, secret <code>${world.oauthSecret}</code>.</p>
<h2>People</h2><table><tr><th>Name</th><th>Username</th><th>Access level in demo/helpdesk</th></tr>
${people(world).map((who) => html`<tr><td>${who.name}</td><td>@${who.username}</td><td>${who.accessLevel ?? 'none'}</td></tr>`)}</table>
<h2>Tokens</h2><table><tr><th>Of</th><th>Name</th><th>Token</th><th>Scopes</th><th>Until</th></tr>
${tokensOf(world).map((t) => html`<tr><td>@${t.username}</td><td>${t.name}</td><td><code>${t.token}</code></td><td>${t.scopes.join(' ')}</td><td>${t.revoked ? 'revoked' : t.expiresAt}</td></tr>`)}</table>
<h2>Faults</h2>${
      faults.length === 0
        ? html`<p class="meta">None. Set them with <code>PUT /-/sandbox/faults</code>.</p>`
        : html`<table><tr><th>Kind</th><th>Method</th><th>Path</th><th>Hits</th></tr>${faults.map((f) => html`<tr><td>${f.kind} ${f.status ?? ''}</td><td>${f.method ?? 'any'}</td><td><code>${f.path ?? ''}</code></td><td>${f.hits}</td></tr>`)}</table>`
    }
<h2>Calls</h2>${calls.length === 0 ? html`<p class="meta">None yet.</p>` : html`<table>${calls.map(([name, n]) => html`<tr><td><code>${name}</code></td><td>${n}</td></tr>`)}</table>`}
<h2>Mail</h2><p><a href="/-/sandbox/mail">${mails === 0 ? 'Write a mail to the help desk' : `${mails} sent by GitLab; write one to the help desk`}</a>.</p>`,
  )
}

function setFaults(call: Call): Answer {
  const parsed = faultList.safeParse(call.fields.list ?? call.fields)
  if (!parsed.success) return json(400, { error: z.prettifyError(parsed.error) })
  call.world.faults.set(parsed.data)
  return json(200, call.world.faults.all())
}

const tokenWish = z.strictObject({
  username: z.string(),
  scopes: z.array(z.string()).min(1).optional(),
  expiresAt: z.iso.date().optional(),
})

function createToken(call: Call): Answer {
  const parsed = tokenWish.safeParse(call.fields)
  if (!parsed.success) return json(400, { error: z.prettifyError(parsed.error) })
  const token = makeToken(call.world, parsed.data)
  return token ? json(201, { ...parsed.data, token }) : json(404, { error: 'no such person' })
}

const settings = z.strictObject({
  notes: z.int().min(0).optional(),
  issues: z.int().min(0).optional(),
  hookTests: z.int().min(0).optional(),
  raceWindowMs: z.int().min(0).max(60_000).optional(),
})

function changeSettings(call: Call): Answer {
  const parsed = settings.safeParse(call.fields)
  if (!parsed.success) return json(400, { error: z.prettifyError(parsed.error) })
  const { raceWindowMs, ...limits } = parsed.data
  Object.assign(call.world.limits.settings, limits)
  if (raceWindowMs !== undefined) call.world.raceWindowMs = raceWindowMs
  return json(200, { ...call.world.limits.settings, raceWindowMs: call.world.raceWindowMs })
}

function resetCalls(call: Call): Answer {
  call.world.calls.reset()
  return noContent
}

export const controlRoutes: Route[] = [
  route('GET', '/-/sandbox', showPage),
  route('GET', '/-/sandbox.json', (call) => json(200, facts(call.world))),
  route('GET', '/-/sandbox/faults', (call) => json(200, call.world.faults.all())),
  route('PUT', '/-/sandbox/faults', setFaults),
  route('GET', '/-/sandbox/calls', (call) => json(200, call.world.calls.all())),
  route('DELETE', '/-/sandbox/calls', resetCalls),
  route('POST', '/-/sandbox/tokens', createToken),
  route('PUT', '/-/sandbox/settings', changeSettings),
]
