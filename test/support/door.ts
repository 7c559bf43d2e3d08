// The browser's door alone, on a listening server: the real app over a real store in memory. Only
// GitLab is played, by the few answers that signing in needs, and time is turned by the test.

import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { v7 } from 'uuid'
import { drawChart } from '../../src/adapters/charts/draw.ts'
import { openSqliteStore } from '../../src/adapters/store/store.ts'
import { GatewayError } from '../../src/application/gateway-error.ts'
import { noteOnTicket } from '../../src/application/note-on-ticket.ts'
import type { Connection, Gateway, Parts, SignIn, Store } from '../../src/application/ports.ts'
import type { Neighbours } from '../../src/application/presence-ports.ts'
import type { Desk } from '../../src/domain/desk.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import type { Role } from '../../src/domain/role.ts'
import type { Ticket } from '../../src/domain/ticket.ts'
import { openKpis } from '../../src/kpi-thread-door.ts'
import type { AppOptions } from '../../src/web/app.ts'
import { createApp } from '../../src/web/app.ts'
import { aDesk, aTicket, nine } from './tickets.ts'
import type { Visitor } from './visitor.ts'
import { visitor } from './visitor.ts'

export type LogLine = { readonly level: 'info' | 'warn' | 'error'; readonly data: Record<string, unknown> }

export type TestDoor = AsyncDisposable & {
  readonly url: string
  readonly store: Store
  readonly parts: Parts
  readonly options: AppOptions
  readonly lines: LogLine[]
  readonly roles: Map<string, Role>
  /** What GitLab answers when it is asked for a role: a fault, or nothing wrong. */
  gitlab: { fault: GatewayError | null; asked: number }
  turn(milliseconds: number): void
  stranger(): Visitor
  signedIn(username: string): Promise<Visitor>
  /** Puts a ticket into the store as if GitLab had it. */
  keep(changes: Partial<Ticket>): Promise<Ticket>
  /** An internal note of Bruno's on this ticket that GitLab has refused for good; answers its operation's id. */
  keepStuck(ticket: Ticket): Promise<string>
}

const idOf = (username: string, all: readonly string[]): number => 11 + all.indexOf(username)

/** Where nothing of GitLab's is played. */
const notPlayed = (): never => {
  throw new GatewayError('transient', 'GitLab is not played in this test')
}

export const openDoor = async (
  changes: {
    readonly desk?: Partial<Desk>
    readonly members?: Readonly<Record<string, Role>>
    /** Public address; what it listens on by default. */
    readonly baseUrl?: string
    readonly options?: Partial<AppOptions>
    /** Other processes on the same data; none by default. */
    readonly neighbours?: Neighbours
    readonly parts?: Partial<Pick<Parts, 'clock' | 'mailParser' | 'prompt' | 'sendSignInLink' | 'settled'>>
  } = {},
): Promise<TestDoor> => {
  let now = nine
  const roles = new Map<string, Role>(
    Object.entries({ bruno: 'agent', carla: 'specialist', davi: 'lead', ...changes.members }),
  )
  const names = [...roles.keys()]
  const gitlab: TestDoor['gitlab'] = { fault: null, asked: 0 }
  const desk = aDesk(changes.desk)
  const own = await openSqliteStore({ file: ':memory:', desk })
  const store = changes.neighbours ? { ...own, neighbours: changes.neighbours } : own
  const gateway: Gateway = {
    perform: notPlayed,
    lookUp: notPlayed,
    listing: notPlayed,
    labels: notPlayed,
    history: notPlayed,
    members: notPlayed,
    download: notPlayed,
    hasServiceDesk: async () => false,
    heldUntil: () => 0,
    remaining: () => null,
    roleOf: async (id) => {
      gitlab.asked += 1
      if (gitlab.fault) throw gitlab.fault
      const username = names.find((name) => idOf(name, names) === id)
      return (username === undefined ? undefined : roles.get(username)) ?? 'requester'
    },
  }
  const parts: Parts = {
    store,
    gateway,
    clock: { now: () => now, sleep: async () => {} },
    newId: () => v7(),
    desk,
    nudge: () => {},
    settled: async () => {},
    prompt: () => false,
    ...changes.parts,
  }
  const connection: Connection = { state: 'up', lastAnswerAt: nine, reading: null }
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  // Whoever comes back says in `code` who they are.
  const signIn: SignIn = {
    begin: async () => ({ url: 'http://gitlab.invalid/oauth/authorize?state=s', secrets: 'state s' }),
    finish: async ({ callbackUrl }) => {
      const username = new URL(callbackUrl).searchParams.get('code') ?? ''
      if (!roles.has(username)) throw new GatewayError('unauthorised', 'nobody of that name')
      return { id: idOf(username, names), username, name: username }
    },
  }
  const lines: LogLine[] = []
  const say = (level: LogLine['level']) => (data: object) => {
    lines.push({ level, data: { ...data } })
  }
  const options: AppOptions = {
    parts,
    signIn,
    connection: () => connection,
    keys: {
      session: [randomBytes(32)],
      ticketLink: [randomBytes(32)],
      renderTime: [randomBytes(32)],
      clientMark: [randomBytes(32)],
      requester: [randomBytes(32)],
    },
    // A store in memory cannot be read from another thread.
    kpis: openKpis({ open: 'here', store, desk, clock: parts.clock, draw: drawChart }),
    baseUrl: changes.baseUrl ?? url,
    trustProxy: null,
    projectUrl: 'http://gitlab.invalid/demo/helpdesk',
    sandbox: false,
    metricsToken: null,
    log: { info: say('info'), warn: say('warn'), error: say('error') },
    ...changes.options,
  }
  server.on('request', createApp(options))
  let number = 41
  return {
    url,
    store,
    parts,
    options,
    lines,
    roles,
    gitlab,
    turn: (milliseconds) => {
      now += milliseconds
    },
    stranger: () => visitor(url),
    signedIn: async (username) => {
      const somebody = visitor(url)
      await somebody.get('/sign-in/gitlab?returnTo=/issues')
      await somebody.get(`/auth/gitlab/callback?code=${username}&state=s`)
      return somebody
    },
    keep: async (ticketChanges) => {
      number += 1
      const ticket = aTicket({ id: v7(), iid: number, revision: 0, ...ticketChanges })
      await store.write((writer) =>
        writer.adopt([
          {
            ticket,
            events: [
              {
                ticketId: ticket.id,
                source: `open:${number}`,
                at: ticket.openedAt,
                actor: { kind: 'requester', name: ticket.requester.name },
                byHand: false,
                hidden: false,
                what: { kind: 'opened' },
              },
            ],
            readAt: ticket.openedAt,
          },
        ]),
      )
      return ticket
    },
    keepStuck: async ({ id }) => {
      const by = { kind: 'agent', id: 11, username: 'bruno', name: 'Bruno' } as const
      const result = await noteOnTicket(parts, { ref: { id }, by, body: 'Look at the cable' })
      if (isRefusal(result)) throw new Error(result.code)
      const trouble = { code: 'permanent', detail: '403 Forbidden', at: now }
      await store.write(async (writer) => {
        for (const { operation, fence } of await writer.claim({ now, leaseMs: 60_000, limit: 1_000 }))
          await writer.settle(
            operation.id,
            fence,
            operation.ticketId === id
              ? { state: 'stuck', trouble }
              : { state: 'ready', notBefore: now, trouble: null },
            now,
          )
      })
      const [stuck] = await store.read((reader) => reader.operations(id))
      if (stuck?.state !== 'stuck') throw new Error('nothing is stuck')
      return stuck.id
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await store.close()
    },
  }
}
