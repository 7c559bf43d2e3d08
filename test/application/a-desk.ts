// A desk at work in one test: the real store in memory, a clock to turn, a GitLab to script.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { openSqliteStore } from '../../src/adapters/store/store.ts'
import type { Done } from '../../src/application/decide.ts'
import { openTicket } from '../../src/application/open-ticket.ts'
import type { Claimed, Member, Parts, Reader, Store } from '../../src/application/ports.ts'
import type { PushParts } from '../../src/application/push-operations.ts'
import { lease, pushOperation } from '../../src/application/push-operations.ts'
import type { Opening } from '../../src/domain/opening.ts'
import type { Operation } from '../../src/domain/operation.ts'
import type { Refusal } from '../../src/domain/refusal.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import type { Ticket } from '../../src/domain/ticket.ts'
import type { TurnableClock } from '../support/clock.ts'
import { turnableClock } from '../support/clock.ts'
import { ana, bruno, byAna, carla, davi } from '../support/people.ts'
import { aDesk, ids, nine } from '../support/tickets.ts'
import type { ScriptedGateway } from './scripted-gateway.ts'
import { scriptedGateway } from './scripted-gateway.ts'

export type DeskAtWork = {
  /** What must be over before the store is closed at the end of the test. */
  beforeEnd(end: () => Promise<void>): void
  readonly parts: Parts
  readonly push: PushParts
  readonly store: Store
  readonly clock: TurnableClock
  readonly gateway: ScriptedGateway
  /** How often the worker was told that there is something to send. */
  nudges(): number
  read<T>(question: (reader: Reader) => Promise<T>): Promise<T>
  /** Ana opens a ticket; it is not sent yet. */
  open(opening?: Partial<Opening>): Promise<Ticket>
  /** Ana opens a ticket and GitLab has it. */
  opened(opening?: Partial<Opening>): Promise<Ticket>
  ticket(id: string): Promise<Ticket>
  /** Unsettled ones of a ticket. */
  operations(id: string): Promise<readonly Operation[]>
  claim(limit?: number): Promise<readonly Claimed[]>
  /** Sends all that is due now, one after the other; answers how many times something was sent. */
  pushAll(): Promise<number>
}

export const asDone = (result: Done | Refusal): Done => {
  assert.ok(!isRefusal(result), `refused: ${JSON.stringify(result)}`)
  return result
}

export const everybody = (seenAt: number): Member[] =>
  [bruno, carla, davi].map((agent) => ({ ...agent, seenAt }))

export const aDeskAtWork = async (t: TestContext, changes: Partial<Parts> = {}): Promise<DeskAtWork> => {
  const desk = changes.desk ?? aDesk()
  const clock = turnableClock(nine)
  const gateway = scriptedGateway()
  const store = await openSqliteStore({ file: ':memory:', desk })
  const ends: (() => Promise<void>)[] = []
  t.after(async () => {
    for (const end of ends) await end()
    await store.close()
  })
  await store.write((writer) => writer.saveMembers(everybody(nine)))
  let nudges = 0
  const parts: Parts = {
    store,
    gateway,
    clock,
    newId: ids(),
    desk,
    nudge: () => {
      nudges++
    },
    settled: async () => {},
    prompt: () => false,
    ...changes,
  }
  const push: PushParts = { store, gateway, clock, chance: () => 0.5 }

  const read: DeskAtWork['read'] = (question) => store.read(question)
  const ticket = async (id: string): Promise<Ticket> => {
    const found = await read((reader) => reader.ticket({ id }))
    assert.ok(found, `no ticket ${id}`)
    return found
  }
  const claim = (limit = 1) =>
    store.write((writer) => writer.claim({ now: clock.now(), leaseMs: lease, limit }))
  const pushAll = async () => {
    let sent = 0
    for (;;) {
      const claimed = await claim()
      for (const one of claimed) await pushOperation(push, one)
      if (claimed.length === 0) return sent
      sent += claimed.length
      assert.ok(sent < 1_000, 'sends for ever')
    }
  }
  const open = async (opening: Partial<Opening> = {}) => {
    const request = {
      by: byAna,
      opening: {
        title: 'My screen stays black',
        text: 'Since this morning.',
        category: 'Hardware',
        requester: ana,
        files: [],
        ...opening,
      },
      files: (opening.files ?? []).map((file) => ({ file, bytes: new Uint8Array(file.bytes) })),
    }
    return asDone(await openTicket(parts, request)).ticket
  }
  return {
    beforeEnd: (end) => void ends.push(end),
    parts,
    push,
    store,
    clock,
    gateway,
    nudges: () => nudges,
    read,
    open,
    opened: async (opening) => {
      const { id } = await open(opening)
      await pushAll()
      return ticket(id)
    },
    ticket,
    operations: (id) => read((reader) => reader.operations(id)),
    claim,
    pushAll,
  }
}
