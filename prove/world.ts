// The stage of every story: virtual time, a GitLab, a way to it, processes that run the real
// application, people who press buttons, and a ledger of what they were told.

import { v7 } from 'uuid'
import { createClient } from '../src/adapters/gitlab/client.ts'
import { createGateway } from '../src/adapters/gitlab/gateway.ts'
import type { Done } from '../src/application/decide.ts'
import type { Parts, Store } from '../src/application/ports.ts'
import type { Hooks } from '../src/application/receive-hook.ts'
import { createHooks } from '../src/application/receive-hook.ts'
import { readConfig } from '../src/config.ts'
import type { Author } from '../src/domain/operation.ts'
import type { Refusal } from '../src/domain/refusal.ts'
import { isRefusal } from '../src/domain/refusal.ts'
import type { Worker } from '../src/worker.ts'
import { startWorker } from '../src/worker.ts'
import { borrowStore } from './borrowed-store.ts'
import type { Bug } from './bugs.ts'
import { check } from './checker.ts'
import type { GitlabModel, Issue, User } from './gitlab-model.ts'
import { gitlabModel } from './gitlab-model.ts'
import type { Deed, Ledger } from './ledger.ts'
import { emptyLedger } from './ledger.ts'
import type { Weather } from './network.ts'
import { network } from './network.ts'
import type { Process } from './process.ts'
import { startProcess } from './process.ts'
import type { Random } from './random.ts'
import { seeded } from './random.ts'
import type { VirtualTime } from './virtual-time.ts'
import { virtualTime } from './virtual-time.ts'

/** Monday morning, UTC. */
export const start = Date.UTC(2026, 0, 5, 8)
export const minute = 60_000
/** Of the simulated desk; in milliseconds. */
export const poll = 60_000

const desk = readConfig('desk', {}).desk
const quiet = { info: () => undefined, warn: () => undefined }

export const agent = ({ id, username, name }: User): Author => ({ kind: 'agent', id, username, name })

export type Running = {
  readonly process: Process
  readonly parts: Parts
  readonly worker: Worker
  readonly hooks: Hooks
}

export type World = {
  readonly random: Random
  readonly time: VirtualTime
  readonly gitlab: GitlabModel
  readonly ledger: Ledger
  readonly trace: readonly string[]
  /** The store itself, beyond any process. */
  readonly store: Store
  say(line: string): void
  /** A process that lives, if there is one. */
  anywhere(): Running
  newDeed(kind: Deed['kind'], ticket: string, word: string): Deed
  token(word: string): string
  /** Presses a button somewhere; the deed is promised when the answer comes. */
  press(deed: Deed, act: (parts: Parts) => Promise<Done | Refusal>): Promise<Done | null>
  /** Runs it; what it throws is a fault of the story. */
  attempt(run: () => unknown): void
  /** Lets everything come to rest, at the latest after `patience` ms, and says all that is wrong. */
  judge(patience: number): Promise<string[]>
}

export type Fate = {
  readonly seed: number
  readonly weather: (random: Random) => Weather
  readonly processes: number
  readonly bug?: Bug
  /** What happens to a process at a point: dies, stands still for so many milliseconds, or nothing. */
  readonly at?: (point: string, random: Random, now: number) => 'dies' | number | null
  /** How long a dead process stays away, in milliseconds. */
  readonly away?: (random: Random, now: number) => number
  readonly pageSize?: number
}

export const createWorld = async (fate: Fate): Promise<World> => {
  const { seed } = fate
  const random = seeded(seed)
  const time = virtualTime(start)
  const trace: string[] = []
  const say = (line: string) => {
    trace.push(`${((time.now() - start) / 1_000).toFixed(1).padStart(7)} ${line}`)
  }
  const gitlab = gitlabModel(time.now, fate.pageSize ?? 5, (issue) => tellOf(issue))
  const weather = fate.weather(random)
  const wire = network({ time, random, gitlab, weather, trace: say })
  const ledger = emptyLedger()
  const { store: base, giveBack } = await borrowStore(desk)
  const bugs: unknown[] = []
  let lastWake = 0
  // --- Processes ---------------------------------------------------------------------------------

  const running: Running[] = []

  const launch = (index: number, generation: number): void => {
    const process = startProcess(`${'ABCD'[index]}${generation}`, {
      time,
      store: base,
      dies: (point) => {
        const what = fate.at?.(point, random, time.now()) ?? null
        if (what === null) return false
        if (what === 'dies') {
          say(`${process.name} dies: ${point}`)
          return true
        }
        say(`${process.name} stands still for ${(what / 1_000).toFixed(1)} s`)
        process.pause(what)
        lastWake = Math.max(lastWake, time.now() + what)
        return false
      },
      onDeath: () => {
        time.after(fate.away?.(random, time.now()) ?? 1_000, () => launch(index, generation + 1))
      },
    })
    const store = fate.bug?.store?.(process.store) ?? process.store
    const client = createClient({
      url: 'https://gitlab.example',
      token: 'prove',
      clock: process.clock,
      transport: wire(process),
    })
    const made = createGateway({
      client,
      project: 'demo/helpdesk',
      keys: [{ id: 'prove', secret: Buffer.alloc(32, 7) }],
      desk,
      fileBytes: (id) => store.read((reader) => reader.fileBytes(id)),
    })
    const gateway = fate.bug?.gateway?.(made, process.store) ?? made
    const newId = () =>
      v7({ msecs: time.now(), random: Uint8Array.from({ length: 16 }, () => random.between(0, 255)) })
    const worker = startWorker({
      store,
      gateway,
      clock: process.clock,
      desk,
      newId,
      chance: random.next,
      pollMs: poll,
      wishMs: poll,
      lookMs: poll,
      compareMs: 3 * minute,
      comparePauseMs: 5_000,
      readPauseMs: 0,
      onSettled: () => undefined,
      log: {
        ...quiet,
        error: (data) => {
          bugs.push(data)
        },
      },
    })
    running[index] = {
      process,
      worker,
      hooks: createHooks({
        store,
        clock: process.clock,
        project: '1',
        look: worker.look,
        log: { error: (data) => bugs.push(data) },
      }),
      parts: {
        store,
        gateway,
        clock: process.clock,
        newId,
        desk,
        nudge: worker.nudge,
        settled: async () => undefined,
        prompt: () => false,
      },
    }
  }
  for (let index = 0; index < fate.processes; index++) launch(index, 1)

  // --- Webhooks: lost, doubled, out of order, minutes late -----------------------------------------

  let deliveries = 0
  const tellOf = (issue: Issue): void => {
    const payload = { iid: issue.iid, labels: [...issue.labels], closed: issue.state === 'closed' }
    const id = `delivery-${++deliveries}`
    for (let times = random.pick([0, 0, 0, 1, 2]); times > 0; times--)
      time.after(random.chance(0.1) ? random.between(60_000, 240_000) : random.between(50, 3_000), () => {
        const { process, hooks, parts } = anywhere()
        if (!process.alive()) return
        hooks.receive({ id, project: { id: 1, path: 'demo/helpdesk' }, iids: [payload.iid] })
        if (fate.bug?.hook) attempt(() => fate.bug?.hook?.(parts.store, payload))
      })
  }

  // --- People ------------------------------------------------------------------------------------

  let tokens = 0
  const token = (word: string) => `${word}-${seed}-${++tokens}-`
  const anywhere = (): Running => {
    const alive = running.filter(({ process }) => process.alive())
    return alive.length === 0 ? random.pick(running) : random.pick(alive)
  }

  /** Presses a button somewhere; the deed is promised when the answer comes. */
  const press = async (deed: Deed, act: (parts: Parts) => Promise<Done | Refusal>): Promise<Done | null> => {
    const { process, parts } = anywhere()
    if (!process.alive()) return null
    if (deed.promised === 'no') deed.promised = 'maybe'
    deed.unanswered++
    const answer = await act(parts)
    deed.unanswered--
    const outcome = isRefusal(answer) ? answer.code : answer.already ? 'already' : 'done'
    say(`${process.name} ${deed.kind} ${deed.token}: ${outcome}`)
    if (isRefusal(answer)) {
      // Another press of the same button may still have done it.
      if (deed.promised === 'maybe' && deed.unanswered === 0) deed.promised = 'no'
      return null
    }
    deed.promised = 'yes'
    return answer
  }
  const newDeed = (kind: Deed['kind'], ticket: string, word: string): Deed => {
    const deed: Deed = { kind, ticket, token: token(word), promised: 'no', unanswered: 0 }
    ledger.deeds.push(deed)
    return deed
  }
  const attempt = (run: () => unknown) => {
    Promise.resolve(run()).catch((error: unknown) => bugs.push(error))
  }

  const told = (bug: unknown): string =>
    bug instanceof Error
      ? String(bug.stack)
      : JSON.stringify(bug, (_, value: unknown) => (value instanceof Error ? value.stack : value))

  return {
    random,
    time,
    gitlab,
    ledger,
    trace,
    store: base,
    say,
    anywhere,
    newDeed,
    token,
    press,
    attempt,
    judge: async (patience) => {
      // Whoever stands still is waited for: nobody rests before.
      const from = Math.max(time.now(), lastWake)
      // Two polls of rest, and never before the second reading, 65 s after a change.
      let restSince = Number.POSITIVE_INFINITY
      for (let now = from; now < from + patience; now += 15_000) {
        await time.runUntil(now)
        const { unread, operations } = await base.read((reader) => reader.backlog())
        const busy = unread + operations.ready + operations.sending + operations.unknown > 0
        restSince = busy ? Number.POSITIVE_INFINITY : Math.min(restSince, now)
        if (now - restSince >= 2 * poll && now - from >= 140_000) break
      }
      const faults = await base.read((reader) => check(gitlab, reader, ledger))
      for (const bug of bugs) faults.push(`[bug] ${told(bug)}`)
      giveBack()
      return faults
    },
  }
}
