// Belay's inside beside a real sandbox, without pages and without a worker of its own: tests push, pull and
// compare when they want to, and act as anybody by hand in GitLab. The clock of both can be turned.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { v7 } from 'uuid'
import type { Sandbox, SandboxOptions } from '../../sandbox/src/start.ts'
import { startSandbox } from '../../sandbox/src/start.ts'
import { createClient } from '../../src/adapters/gitlab/client.ts'
import { createGateway } from '../../src/adapters/gitlab/gateway.ts'
import { openSqliteStore } from '../../src/adapters/store/store.ts'
import { compareWithGitlab } from '../../src/application/compare-with-gitlab.ts'
import type { Done } from '../../src/application/decide.ts'
import { openTicket } from '../../src/application/open-ticket.ts'
import type { Clock, Gateway, Parts, Store } from '../../src/application/ports.ts'
import { pullListing, readInFull } from '../../src/application/pull-changes.ts'
import { lease, pushOperation } from '../../src/application/push-operations.ts'
import { refreshMembers } from '../../src/application/refresh-members.ts'
import type { TicketEvent } from '../../src/domain/event.ts'
import type { Opening } from '../../src/domain/opening.ts'
import type { Author } from '../../src/domain/operation.ts'
import type { Refusal } from '../../src/domain/refusal.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import type { Ticket } from '../../src/domain/ticket.ts'
import { aDesk } from './tickets.ts'

export type DeskAndGitlab = {
  readonly sandbox: Sandbox
  readonly store: Store
  readonly gateway: Gateway
  readonly parts: Parts
  /** Somebody of the project, as Belay knows them. */
  agent(username: string): Author
  /** Ana opens a ticket and GitLab has it. */
  opened(opening?: Partial<Opening>, files?: readonly { name: string; bytes: Uint8Array }[]): Promise<Ticket>
  done(result: Promise<Done | Refusal>): Promise<Ticket>
  /** Tells GitLab all that is due. */
  push(): Promise<void>
  /** Reads what changed, and all that is due to be read in full. */
  pull(): Promise<void>
  compare(): Promise<void>
  /** Both clocks go on by so many milliseconds. */
  turn(milliseconds: number): void
  ticket(iid: number): Promise<Ticket>
  /** What the timeline shows: kind, who, whether in GitLab. */
  told(iid: number): Promise<[string, string, boolean][]>
  events(iid: number): Promise<readonly TicketEvent[]>
  /** As somebody in GitLab, past Belay; the answer must be a success. */
  byHand(username: string, method: string, path: string, body?: object): Promise<unknown>
}

const ana = { name: 'Ana Alves', email: 'ana@school.example', username: null }

export const deskAndGitlab = async (
  t: TestContext,
  options: {
    readonly sandbox?: SandboxOptions
    /** Another desk beside the same GitLab. */
    readonly beside?: DeskAndGitlab
    readonly store?: (desk: Parts['desk']) => Promise<Store>
    readonly desk?: Parameters<typeof aDesk>[0]
    readonly wrap?: (gateway: Gateway) => Gateway
  } = {},
): Promise<DeskAndGitlab> => {
  const desk = aDesk(options.desk)
  const sandbox =
    options.beside?.sandbox ??
    (await startSandbox({ port: 0, data: ':memory:', empty: true, ...options.sandbox }))
  let ahead = 0
  const clock: Clock = { now: () => Date.now() + ahead, sleep: async () => undefined }
  const client = createClient({ url: sandbox.url, token: sandbox.token, clock })
  const store = await (options.store?.(desk) ?? openSqliteStore({ file: ':memory:', desk }))
  t.after(async () => {
    client.close()
    await store.close()
    if (!options.beside) await sandbox.stop()
  })
  const made = createGateway({
    client,
    project: '1',
    keys: [{ id: 'k1', secret: 'a secret of this test' }],
    desk,
    fileBytes: (id) => store.read((reader) => reader.fileBytes(id)),
  })
  const gateway = options.wrap?.(made) ?? made
  const parts: Parts = {
    store,
    gateway,
    clock,
    newId: () => v7(),
    desk,
    nudge: () => undefined,
    settled: async () => undefined,
    prompt: () => false,
  }
  await refreshMembers(parts)

  const ticket = async (iid: number): Promise<Ticket> => {
    const found = await store.read((reader) => reader.ticket({ iid }))
    assert.ok(found, `no ticket ${iid}`)
    return found
  }
  const events = async (iid: number) => {
    const { id } = await ticket(iid)
    return store.read((reader) => reader.events(id))
  }
  const push = async () => {
    for (;;) {
      const claimed = await store.write((writer) =>
        writer.claim({ now: clock.now(), leaseMs: lease, limit: 1 }),
      )
      for (const one of claimed) await pushOperation({ store, gateway, clock, chance: () => 0.5 }, one)
      if (claimed.length === 0) return
    }
  }
  const readAll = async () => {
    const avoided = new Map<number, number>()
    while ((await readInFull(parts, { limit: 20, avoided })) > 0);
  }
  const done = async (result: Promise<Done | Refusal>): Promise<Ticket> => {
    const answer = await result
    assert.ok(!isRefusal(answer), `refused: ${JSON.stringify(answer)}`)
    return answer.ticket
  }
  return {
    sandbox,
    store,
    gateway,
    parts,
    agent: (username) => {
      const user = sandbox.users().find((one) => one.username === username)
      assert.ok(user, `nobody is called ${username}`)
      return { kind: 'agent', id: user.id, username, name: user.name }
    },
    opened: async (opening = {}, files = []) => {
      const kept = files.map(({ name, bytes }) => ({
        file: { id: v7(), name, type: 'text/plain', bytes: bytes.length },
        bytes,
      }))
      const { id } = await done(
        openTicket(parts, {
          by: { kind: 'requester', name: ana.name },
          opening: {
            title: 'My screen stays black',
            text: 'Since this morning.',
            category: 'Hardware',
            requester: ana,
            files: kept.map(({ file }) => file),
            ...opening,
          },
          files: kept,
        }),
      )
      await push()
      const sent = await store.read((reader) => reader.ticket({ id }))
      assert.ok(sent?.iid, 'GitLab has not got it')
      return sent
    },
    done,
    push,
    pull: async () => {
      await pullListing(parts)
      await readAll()
    },
    compare: async () => {
      await compareWithGitlab(parts)
      await readAll()
    },
    turn: (milliseconds) => {
      ahead += milliseconds
      sandbox.advance(milliseconds)
    },
    ticket,
    events,
    told: async (iid) =>
      (await events(iid))
        .filter(({ hidden }) => !hidden)
        .map(({ what, actor, byHand }) => [what.kind, actor.name, byHand]),
    byHand: async (username, method, path, body) => {
      const answer = await fetch(`${sandbox.url}/api/v4${path}`, {
        method,
        headers: { 'private-token': sandbox.tokenOf(username), 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`)
      return text === '' ? null : JSON.parse(text)
    },
  }
}
