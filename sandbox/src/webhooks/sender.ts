import { createHmac, randomUUID } from 'node:crypto'
import type { HookRow, IssueRow, MergeRequestRow, NoteRow, ProjectRow, UserRow } from '../store/rows.ts'
import type { World } from '../world.ts'
import { issuePayload, mergeRequestPayload, notePayload, type Payload } from './payloads.ts'

/** GitLab's `webhook_timeout` (milliseconds). */
export const webhookTimeout = 10_000
const largestBody = 25 * 1024 * 1024
/** After this many failures in a row a hook backs off; at the second number it is off for good. */
const backOffAfter = 4
const offAt = 40
const minute = 60_000
const day = 86_400_000

export type HookEvents = Record<string, boolean>

export type HookSender = {
  issueChanged(
    project: ProjectRow,
    issue: IssueRow,
    by: UserRow,
    action: 'open' | 'update' | 'close' | 'reopen',
    changes: Record<string, unknown>,
  ): void
  noteWritten(
    project: ProjectRow,
    issue: IssueRow,
    note: NoteRow,
    by: UserRow,
    action: 'create' | 'update',
  ): void
  mergeRequestChanged(project: ProjectRow, mergeRequest: MergeRequestRow, by: UserRow, action: string): void
  /** One delivery now, also to a hook that is switched off (`…/test/:trigger` and resend). */
  deliver(hook: HookRow, payload: Payload, idempotencyKey?: string): Promise<string>
  /** Ends when no delivery is on its way. */
  settled(): Promise<void>
  stop(): void
}

export function sendHooks(getWorld: () => World): HookSender {
  const underway = new Set<Promise<unknown>>()
  const stopped = new AbortController()

  const announce = (project: ProjectRow, flag: string, build: () => Payload) => {
    const world = getWorld()
    const hooks = world.db.all<HookRow>('select * from hooks where project_id = ?', project.id)
    const wanting = hooks.filter((hook) => (JSON.parse(hook.events) as HookEvents)[flag])
    if (wanting.length === 0) return
    const payload = build()
    // After the current transaction: handlers do not wait between writing and committing.
    setImmediate(() => {
      if (stopped.signal.aborted) return
      for (const hook of wanting) {
        // While a hook is disabled its events are lost; nothing sends them again later.
        if (alertStatus(world, hook) !== 'executable') continue
        const sending = deliver(hook, payload).finally(() => underway.delete(sending))
        underway.add(sending)
      }
    })
  }

  const deliver = async (
    hook: HookRow,
    payload: Payload,
    idempotencyKey: string = randomUUID(),
  ): Promise<string> => {
    const world = getWorld()
    const body = JSON.stringify(payload.body)
    if (Buffer.byteLength(body) > largestBody) return 'too large'
    const headers = headersFor(world, hook, payload, body, idempotencyKey)
    const startedAt = world.clock.now()
    let status: string
    try {
      const response = await fetch(hook.url, {
        method: 'POST',
        headers,
        body,
        redirect: 'manual',
        signal: AbortSignal.any([AbortSignal.timeout(world.hookTimeoutMs), stopped.signal]),
      })
      await response.body?.cancel()
      status = String(response.status)
    } catch {
      // Refused, reset, timed out: one kind of failure to GitLab.
      status = 'internal error'
    }
    if (stopped.signal.aborted) return status
    world.db.run(
      `insert into hook_deliveries (hook_id, trigger, url, idempotency_key, request_headers, request_body,
         response_status, duration_ms, created_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      hook.id,
      payload.trigger,
      hook.url,
      idempotencyKey,
      JSON.stringify({ ...headers, 'X-Gitlab-Token': hook.token ? '[REDACTED]' : undefined }),
      body,
      status,
      world.clock.now() - startedAt,
      world.clock.now(),
    )
    // 3xx counts as success, like 2xx.
    if (/^[23]\d\d$/.test(status)) forgive(world, hook.id)
    else punish(world, hook.id)
    return status
  }

  return {
    issueChanged(project, issue, by, action, changes) {
      announce(project, issue.confidential ? 'confidential_issues_events' : 'issues_events', () =>
        issuePayload(getWorld(), project, issue, by, action, changes),
      )
    },
    noteWritten(project, issue, note, by, action) {
      const hidden = issue.confidential || note.internal
      announce(project, hidden ? 'confidential_note_events' : 'note_events', () =>
        notePayload(getWorld(), project, issue, note, by, action),
      )
    },
    mergeRequestChanged(project, mergeRequest, by, action) {
      announce(project, 'merge_requests_events', () =>
        mergeRequestPayload(getWorld(), project, mergeRequest, by, action),
      )
    },
    deliver,
    async settled() {
      await new Promise((resolve) => setImmediate(resolve))
      await Promise.allSettled([...underway])
    },
    stop: () => stopped.abort(),
  }
}

/** Headers of a delivery (web_hook_service.rb); the signature is Standard Webhooks', over `id.timestamp.body`. */
function headersFor(
  world: World,
  hook: HookRow,
  payload: Payload,
  body: string,
  idempotencyKey: string,
): Record<string, string> {
  const headers: Record<string, string> = {
    'Content-Type': 'application/json',
    'User-Agent': `GitLab/${world.version}`,
    'Idempotency-Key': idempotencyKey,
    'X-Gitlab-Event': payload.event,
    'X-Gitlab-Webhook-UUID': randomUUID(),
    'X-Gitlab-Instance': world.url,
    'X-Gitlab-Event-UUID': randomUUID(),
  }
  if (hook.token) headers['X-Gitlab-Token'] = hook.token
  if (hook.signing_token) {
    const timestamp = String(Math.floor(world.clock.now() / 1000))
    const key = Buffer.from(hook.signing_token.replace(/^whsec_/, ''), 'base64')
    const signed = createHmac('sha256', key).update(`${idempotencyKey}.${timestamp}.${body}`).digest('base64')
    headers['webhook-id'] = idempotencyKey
    headers['webhook-timestamp'] = timestamp
    headers['webhook-signature'] = `v1,${signed}`
  }
  return headers
}

export function alertStatus(world: World, hook: HookRow): 'executable' | 'temporarily_disabled' | 'disabled' {
  if (hook.failures >= offAt) return 'disabled'
  if (hook.disabled_until !== null && hook.disabled_until > world.clock.now()) return 'temporarily_disabled'
  return 'executable'
}

function forgive(world: World, hookId: number): void {
  world.db.run('update hooks set failures = 0, backoffs = 0, disabled_until = null where id = ?', hookId)
}

/** Four failures are let pass; then it waits a minute, doubling up to a day; at forty it is over (auto_disabling.rb). */
function punish(world: World, hookId: number): void {
  const hook = world.db.one<HookRow>('select * from hooks where id = ?', hookId)
  if (!hook) return
  const failures = hook.failures + 1
  if (failures < backOffAfter) {
    world.db.run('update hooks set failures = ? where id = ?', failures, hookId)
    return
  }
  const wait = Math.min(day, minute * 2 ** hook.backoffs)
  world.db.run(
    'update hooks set failures = ?, backoffs = backoffs + 1, disabled_until = ? where id = ?',
    failures,
    world.clock.now() + wait,
    hookId,
  )
}
