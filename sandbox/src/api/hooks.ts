import { actorOf, role } from '../access.ts'
import { iso, isoOrNull } from '../clock.ts'
import { type Answer, json, noContent } from '../http/answers.ts'
import {
  ApiError,
  badParameter,
  badRequest,
  invalidModel,
  notFound,
  tooManyRequests,
} from '../http/api-error.ts'
import { type Call, type Route, route } from '../http/call.ts'
import { type Fields, flag, neededText, text, whole } from '../http/fields.ts'
import { pageList } from '../http/paging.ts'
import type { HookRow, IssueRow, ProjectRow, UserRow } from '../store/rows.ts'
import { issuePayload, type Payload } from '../webhooks/payloads.ts'
import { alertStatus, type HookEvents } from '../webhooks/sender.ts'
import type { World } from '../world.ts'

/** The switches of a hook with their defaults: only pushes are on. */
const switches: HookEvents = {
  push_events: true,
  issues_events: false,
  confidential_issues_events: false,
  merge_requests_events: false,
  tag_push_events: false,
  note_events: false,
  confidential_note_events: false,
  job_events: false,
  pipeline_events: false,
  wiki_page_events: false,
  deployment_events: false,
  feature_flag_events: false,
  releases_events: false,
  milestone_events: false,
  emoji_events: false,
  resource_access_token_events: false,
}

function hookShape(world: World, hook: HookRow): Record<string, unknown> {
  return {
    id: hook.id,
    url: hook.url,
    name: hook.name,
    description: hook.description,
    created_at: iso(hook.created_at),
    ...switches,
    ...(JSON.parse(hook.events) as HookEvents),
    repository_update_events: false,
    enable_ssl_verification: hook.enable_ssl_verification === 1,
    organization_id: null,
    alert_status: alertStatus(world, hook),
    disabled_until: isoOrNull(hook.disabled_until),
    url_variables: [],
    push_events_branch_filter: null,
    branch_filter_strategy: 'wildcard',
    custom_webhook_template: null,
    custom_headers: [],
    project_id: hook.project_id,
    // Secrets are written only; these say whether there is one.
    token_present: hook.token !== null,
    signing_token_present: hook.signing_token !== null,
  }
}

/** Hooks can even be looked at by Maintainers only. */
function listHooks(call: Call): Answer {
  const { project } = actorOf(call, role.maintainer)
  const rows = call.world.db.all<HookRow>('select * from hooks where project_id = ? order by id', project.id)
  const { items, headers } = pageList(call, rows)
  return json(
    200,
    items.map((hook) => hookShape(call.world, hook)),
    headers,
  )
}

function hookOf(call: Call, project: ProjectRow): HookRow {
  const hook = call.world.db.one<HookRow>(
    'select * from hooks where project_id = ? and id = ?',
    project.id,
    whole(call.params, 'hook_id') ?? 0,
  )
  if (!hook) throw notFound()
  return hook
}

function showHook(call: Call): Answer {
  const { project } = actorOf(call, role.maintainer)
  return json(200, hookShape(call.world, hookOf(call, project)))
}

function eventsFrom(fields: Fields, before: HookEvents): HookEvents {
  const events = { ...before }
  for (const name of Object.keys(switches)) events[name] = flag(fields, name) ?? before[name] ?? false
  return events
}

function checkHook(url: string, signingToken: string | null): void {
  if (!/^https?:\/\/\S+$/.test(url) || !URL.canParse(url))
    throw new ApiError(422, { error: 'Invalid url given' })
  if (signingToken === null || signingToken === '') return
  const key = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(signingToken)?.[1]
  const size = key ? Buffer.from(key, 'base64').length : 0
  if (size < 24 || size > 64)
    throw invalidModel({ signing_token: ['must be whsec_ followed by base64 of 24 to 64 bytes'] })
}

function createHook(call: Call): Answer {
  const { project } = actorOf(call, role.maintainer)
  const { fields, world } = call
  const url = neededText(fields, 'url')
  const signing = text(fields, 'signing_token') || null
  checkHook(url, signing)
  const { id } = world.db.run(
    `insert into hooks (project_id, url, name, description, token, signing_token, events, enable_ssl_verification, created_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    project.id,
    url,
    text(fields, 'name') ?? null,
    text(fields, 'description') ?? null,
    text(fields, 'token') || null,
    signing,
    JSON.stringify(eventsFrom(fields, switches)),
    Number(flag(fields, 'enable_ssl_verification') ?? true),
    world.clock.now(),
  )
  return json(201, hookShape(world, hookOf({ ...call, params: { hook_id: String(id) } }, project)))
}

function updateHook(call: Call): Answer {
  const { project } = actorOf(call, role.maintainer)
  const hook = hookOf(call, project)
  const { fields, world } = call
  const url = text(fields, 'url') ?? hook.url
  const token = text(fields, 'token')
  const signing = text(fields, 'signing_token')
  checkHook(url, signing ?? null)
  // Saving a hook switches a disabled one on again, as a success would.
  world.db.run(
    `update hooks set url = ?, name = ?, description = ?, token = ?, signing_token = ?, events = ?, failures = 0,
       backoffs = 0, disabled_until = null where id = ?`,
    url,
    text(fields, 'name') ?? hook.name,
    text(fields, 'description') ?? hook.description,
    token === undefined ? hook.token : token || null,
    signing === undefined ? hook.signing_token : signing || null,
    JSON.stringify(eventsFrom(fields, JSON.parse(hook.events) as HookEvents)),
    hook.id,
  )
  return json(200, hookShape(world, hookOf(call, project)))
}

function deleteHook(call: Call): Answer {
  const { project } = actorOf(call, role.maintainer)
  call.world.db.run('delete from hooks where id = ?', hookOf(call, project).id)
  return noContent
}

type DeliveryRow = {
  id: number
  trigger: string
  url: string
  idempotency_key: string
  request_headers: string
  request_body: string
  response_status: string
  duration_ms: number
}

function listDeliveries(call: Call): Answer {
  const { project } = actorOf(call, role.maintainer)
  const hook = hookOf(call, project)
  const rows = call.world.db.all<DeliveryRow>(
    'select * from hook_deliveries where hook_id = ? order by id desc limit 500',
    hook.id,
  )
  const { items, headers } = pageList(call, rows)
  const shapes = items.map((row) => ({
    id: row.id,
    url: row.url,
    trigger: row.trigger,
    request_headers: JSON.parse(row.request_headers) as unknown,
    request_data: JSON.parse(row.request_body) as unknown,
    response_headers: {},
    response_body: '',
    execution_duration: row.duration_ms / 1000,
    response_status: row.response_status,
  }))
  return json(200, shapes, headers)
}

/** Resending keeps the idempotency key: the receiver can tell that it has seen this one. */
async function resend(call: Call): Promise<Answer> {
  const { project, user } = actorOf(call, role.maintainer)
  const hook = hookOf(call, project)
  const row = call.world.db.one<DeliveryRow>(
    'select * from hook_deliveries where hook_id = ? and id = ?',
    hook.id,
    whole(call.params, 'log') ?? 0,
  )
  if (!row) throw notFound()
  if (call.world.limits.exceeded('hookTests', String(user.id))) throw tooManyRequests()
  const body = JSON.parse(row.request_body) as Record<string, unknown>
  const event = (JSON.parse(row.request_headers) as Record<string, string>)['X-Gitlab-Event'] ?? 'Issue Hook'
  const status = await call.world.hooks.deliver(
    hook,
    { event, trigger: row.trigger, body },
    row.idempotency_key,
  )
  return json(201, { response_status: Number(status) || 500 })
}

async function testHook(call: Call): Promise<Answer> {
  const { project, user } = actorOf(call, role.maintainer)
  const hook = hookOf(call, project)
  if (call.world.limits.exceeded('hookTests', String(user.id))) throw tooManyRequests()
  const status = await call.world.hooks.deliver(hook, samplePayload(call, project, user))
  if (/^[23]/.test(status)) return json(201, { message: '201 Created' })
  throw new ApiError(422, { message: `Hook executed unsuccessfully: ${status}` })
}

/** GitLab tests with the newest issue there is. */
function samplePayload(call: Call, project: ProjectRow, user: UserRow): Payload {
  const trigger = call.params.trigger ?? ''
  if (!(trigger in switches)) throw badParameter('trigger does not have a valid value')
  const confidential = Number(trigger.startsWith('confidential'))
  const issue = call.world.db.one<IssueRow>(
    'select * from issues where project_id = ? and confidential = ? order by id desc limit 1',
    project.id,
    confidential,
  )
  if (!trigger.endsWith('issues_events') || !issue) throw badRequest('Ensure the project has issues.')
  return issuePayload(call.world, project, issue, user, 'update', {})
}

export const hookRoutes: Route[] = [
  route('GET', '/projects/:id/hooks', listHooks),
  route('POST', '/projects/:id/hooks', createHook),
  route('GET', '/projects/:id/hooks/:hook_id', showHook),
  route('PUT', '/projects/:id/hooks/:hook_id', updateHook),
  route('DELETE', '/projects/:id/hooks/:hook_id', deleteHook),
  route('GET', '/projects/:id/hooks/:hook_id/events', listDeliveries),
  route('POST', '/projects/:id/hooks/:hook_id/events/:log/resend', resend),
  route('POST', '/projects/:id/hooks/:hook_id/test/:trigger', testHook),
]
