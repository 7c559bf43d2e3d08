// What the tests of the GitLab adapter share: a GitLab of their own, a desk, and tickets in flight.

import { after } from 'node:test'
import { v7 } from 'uuid'
import { type SandboxOptions, startSandbox } from '../../../sandbox/src/start.ts'
import { type CallReport, createClient } from '../../../src/adapters/gitlab/client.ts'
import { createGateway, type GatewayOptions } from '../../../src/adapters/gitlab/gateway.ts'
import type { Claimed } from '../../../src/application/ports.ts'
import type { Desk } from '../../../src/domain/desk.ts'
import type { Author, Intent } from '../../../src/domain/operation.ts'
import type { Ticket } from '../../../src/domain/ticket.ts'

export const desk: Desk = {
  categories: [
    {
      id: 'Hardware',
      label: { name: 'hardware', color: '#f45562' },
      aliases: ['devices'],
      help: '',
      confidential: true,
      branches: { project: '', ref: '' },
    },
    {
      id: 'Gitlab Account',
      label: { name: 'gitlab-account', color: '#3450f6' },
      aliases: [],
      help: '',
      confidential: true,
      branches: { project: '', ref: '' },
    },
  ],
  levels: [
    { name: 'Level 1', label: 'level::1' },
    { name: 'Level 2', label: 'level::2' },
  ],
  labels: { waiting: 'waiting', noKpi: 'no-kpi', notCounted: ['spam', 'duplicate', 'test'] },
  calendars: [],
  timeZone: 'UTC',
  targets: [],
  priorities: [{ id: 'normal', label: null }],
  form: { public: true, emailDomains: [], maxFileBytes: 10_000_000 },
  mail: { own: false, language: 'en', reopenWithin: 14 * 86_400_000 },
}

export const realTime = { now: () => Date.now() }

export const ana: Author = { kind: 'requester', name: 'Ana Alves' }

export const keys = [{ id: 'k1', secret: 'a secret of this test' }]

export const gitlab = async (options: SandboxOptions = {}, more: Partial<GatewayOptions> = {}) => {
  const sandbox = await startSandbox({ port: 0, data: ':memory:', empty: true, quiet: true, ...options })
  const calls: CallReport[] = []
  const client = createClient({
    url: sandbox.url,
    token: sandbox.token,
    clock: realTime,
    deadline: 3_000,
    onCall: (report) => calls.push(report),
  })
  after(async () => {
    client.close()
    await sandbox.stop()
  })
  const gateway = createGateway({ client, project: '1', keys, desk, ...more })
  const put = async (path: string, body: unknown) => {
    const answer = await fetch(`${sandbox.url}${path}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  }
  /** As somebody by hand, past Belay. */
  const byHand = async (method: string, path: string, body?: unknown, token = sandbox.token) => {
    const answer = await fetch(`${sandbox.url}/api/v4${path}`, {
      method,
      headers: { 'private-token': token, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers as they come
    return { status: answer.status, body: (text === '' ? null : JSON.parse(text)) as any }
  }
  return {
    sandbox,
    client,
    gateway,
    calls,
    byHand,
    faults: (list: readonly object[]) => put('/-/sandbox/faults', list),
  }
}

export const inFlight = (
  intent: Intent,
  more: { author?: Author; iid?: number | null; ticket?: Partial<Ticket>; uploads?: Claimed['uploads'] } = {},
): Claimed => {
  const id = v7()
  const at = Date.now()
  return {
    fence: 1,
    unsure: false,
    until: Number.POSITIVE_INFINITY,
    uploads: more.uploads ?? {},
    operation: {
      id,
      ticketId: id,
      sequence: 1,
      intent,
      author: more.author ?? ana,
      state: 'sending',
      attempts: 1,
      notBefore: at,
      createdAt: at,
      sentAt: at,
      settledAt: null,
      outcome: null,
      trouble: null,
    },
    ticket: {
      id,
      iid: more.iid ?? null,
      revision: 1,
      title: 'The screen is dark',
      text: '',
      category: null,
      level: 1,
      state: 'open',
      assignee: null,
      formerAssignee: null,
      priority: 'normal',
      confidential: true,
      requester: { name: 'Ana Alves', email: 'ana@school.example', username: null },
      source: 'form',
      labels: [],
      branch: null,
      url: null,
      openedAt: at,
      changedAt: at,
      awaitingSince: at,
      resolvedAt: null,
      gone: null,
      ...more.ticket,
    },
  }
}

export const opening = (title: string, text: string): Extract<Intent, { kind: 'open' }> => ({
  kind: 'open',
  title,
  text,
  labels: ['level::1', 'hardware'],
  confidential: true,
  requester: { name: 'Ana Alves', email: 'ana@school.example', username: null },
  files: [],
})
