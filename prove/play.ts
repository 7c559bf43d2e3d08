// One seed, one story: people press buttons, GitLab is as bad as the weather, processes die and
// come back, and in the end everything must be as if nothing had happened.

import { v7 } from 'uuid'
import { createClient } from '../src/adapters/gitlab/client.ts'
import { createGateway } from '../src/adapters/gitlab/gateway.ts'
import { openSqliteStore } from '../src/adapters/store/store.ts'
import { askForTicketBranch } from '../src/application/ask-for-ticket-branch.ts'
import { assignTicket } from '../src/application/assign-ticket.ts'
import { categoriseTicket } from '../src/application/categorise-ticket.ts'
import type { Done } from '../src/application/decide.ts'
import { escalateTicket } from '../src/application/escalate-ticket.ts'
import { handBackTicket } from '../src/application/hand-back-ticket.ts'
import { noteOnTicket } from '../src/application/note-on-ticket.ts'
import { openTicket } from '../src/application/open-ticket.ts'
import type { Parts } from '../src/application/ports.ts'
import { effectsMayLand, lease } from '../src/application/push-operations.ts'
import { reopenTicket } from '../src/application/reopen-ticket.ts'
import { replyToTicket } from '../src/application/reply-to-ticket.ts'
import { resolveTicket } from '../src/application/resolve-ticket.ts'
import { setTicketWaiting } from '../src/application/set-ticket-waiting.ts'
import { readConfig } from '../src/config.ts'
import type { Author } from '../src/domain/operation.ts'
import type { Refusal } from '../src/domain/refusal.ts'
import { isRefusal } from '../src/domain/refusal.ts'
import type { Worker } from '../src/worker.ts'
import { startWorker } from '../src/worker.ts'
import type { Bug } from './bugs.ts'
import { check } from './checker.ts'
import type { User } from './gitlab-model.ts'
import { gitlabModel } from './gitlab-model.ts'
import type { Deed } from './ledger.ts'
import { emptyLedger } from './ledger.ts'
import type { Weather } from './network.ts'
import { network } from './network.ts'
import type { Process } from './process.ts'
import { startProcess } from './process.ts'
import { seeded } from './random.ts'
import { virtualTime } from './virtual-time.ts'

export type Played = {
  readonly seed: number
  readonly faults: readonly string[]
  readonly trace: readonly string[]
}

const start = Date.UTC(2026, 0, 5, 8)
const minute = 60_000
/** Of the simulated desk; in milliseconds. */
const poll = 30_000
const desk = readConfig('desk', {}).desk
const quiet = { info: () => undefined, warn: () => undefined }

const agent = ({ id, username, name }: User): Author => ({ kind: 'agent', id, username, name })

export const play = async (
  seed: number,
  options: { readonly bug?: Bug; readonly dieAt?: number } = {},
): Promise<Played> => {
  const random = seeded(seed)
  const time = virtualTime(start)
  const trace: string[] = []
  const say = (line: string) => {
    trace.push(`${((time.now() - start) / 1_000).toFixed(1).padStart(7)} ${line}`)
  }
  const gitlab = gitlabModel(time.now, 5)
  const calmFrom = start + random.between(2, 5) * minute
  const weather: Weather = {
    roughness: random.pick([0, 0.02, 0.1, 0.3]),
    calmFrom,
    away: random.chance(0.3)
      ? [
          {
            from: start + random.between(0, 2) * minute,
            to: Math.min(calmFrom, start + random.between(2, 4) * minute),
            how: random.pick(['down', 'down', 'unauthorised'] as const),
          },
        ]
      : [],
  }
  const wire = network({ time, random, gitlab, weather, trace: say })
  const ledger = emptyLedger()
  const base = await openSqliteStore({ file: ':memory:', desk })
  const mortality = random.pick([0, 0, 0.002, 0.01])
  const sleepiness = options.dieAt === undefined ? random.pick([0, 0, 0.01, 0.03]) : 0
  const bugs: unknown[] = []
  let points = 0

  // --- Processes ---------------------------------------------------------------------------------

  type Running = { process: Process; parts: Parts; worker: Worker }
  const running: Running[] = []

  const launch = (index: number, generation: number): void => {
    const process = startProcess(`${index === 0 ? 'A' : 'B'}${generation}`, {
      time,
      store: base,
      dies: (point) => {
        points++
        const dies =
          options.dieAt === undefined
            ? time.now() < calmFrom && random.chance(mortality)
            : points === options.dieAt
        if (dies) say(`${index === 0 ? 'A' : 'B'}${generation} dies: ${point}`)
        else if (point === 'after commit' && time.now() < calmFrom && random.chance(sleepiness)) {
          // As long as a lease, or until somebody else is just sending it again, or any time.
          const milliseconds =
            random.pick([lease, lease + effectsMayLand, random.between(20_000, 250_000)]) +
            random.between(-500, 2_000)
          say(`${process.name} stands still for ${(milliseconds / 1_000).toFixed(1)} s`)
          process.pause(milliseconds)
        }
        return dies
      },
      onDeath: () => {
        const back = random.between(500, 90_000)
        time.at(Math.min(time.now() + back, Math.max(calmFrom, time.now() + 500)), () =>
          launch(index, generation + 1),
        )
      },
    })
    const store = options.bug?.store?.(process.store) ?? process.store
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
    const newId = () =>
      v7({ msecs: time.now(), random: Uint8Array.from({ length: 16 }, () => random.between(0, 255)) })
    const gateway = options.bug?.gateway?.(made, process.store) ?? made
    const worker = startWorker({
      store,
      gateway,
      clock: process.clock,
      desk,
      newId,
      chance: random.next,
      pollMs: poll,
      wishMs: poll,
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
  launch(0, 1)
  launch(1, 1)

  // --- People ------------------------------------------------------------------------------------

  const { bruno, carla, davi } = gitlab.users
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
  const soon = (from: number, to: number, run: () => unknown) =>
    time.after(random.between(from, to), () => {
      Promise.resolve(run()).catch((error: unknown) => bugs.push(error))
    })
  /** Sometimes twice: a double click, or the same form sent again to another process. */
  const perhapsTwice = (run: () => unknown) => {
    soon(0, 10, run)
    if (random.chance(0.3)) soon(0, 1_500, run)
  }

  const visit = (opening: string, id: string) => {
    const ref = { id }
    const iid = () => [...gitlab.issues.values()].find((issue) => issue.title.includes(opening))?.iid
    const escalate = (who: User) => {
      const deed = newDeed('escalate', opening, 'reason')
      const key = token('key')
      perhapsTwice(() =>
        press(deed, (parts) =>
          escalateTicket(parts, { ref, by: agent(who), reason: deed.token, from: 1, key }),
        ),
      )
    }
    const say1 = (kind: 'reply' | 'note' | 'resolve') => {
      const deed = newDeed(kind, opening, kind)
      const key = token('key')
      const by = agent(random.pick([bruno, carla]))
      perhapsTwice(() =>
        press(deed, (parts) =>
          kind === 'reply'
            ? replyToTicket(parts, { ref, by, body: deed.token, key })
            : kind === 'note'
              ? noteOnTicket(parts, { ref, by, body: deed.token, key })
              : resolveTicket(parts, { ref, by, answer: deed.token, standardAnswer: 'Resolved.', key }),
        ),
      )
    }
    const small = (act: (parts: Parts) => Promise<Done | Refusal>) =>
      press(newDeed('other', opening, 'other'), act)
    const byHand = (act: (number: number) => void) => {
      const number = iid()
      if (number !== undefined) act(number)
    }
    const actions: (() => unknown)[] = [
      () => {
        escalate(bruno)
        soon(0, 2_000, () => escalate(davi))
      },
      () => escalate(bruno),
      () => say1('reply'),
      () => say1('note'),
      () => say1('resolve'),
      () => small((parts) => reopenTicket(parts, { ref, by: agent(bruno) })),
      () => {
        const deed = newDeed('hand-back', opening, 'back')
        return press(deed, (parts) =>
          handBackTicket(parts, {
            ref,
            by: agent(carla),
            role: 'specialist',
            reason: deed.token,
            from: 2,
            key: token('key'),
          }),
        )
      },
      () => small((parts) => setTicketWaiting(parts, { ref, by: agent(bruno), waiting: random.chance(0.5) })),
      () =>
        small((parts) =>
          assignTicket(parts, { ref, by: agent(davi), username: random.pick(['carla', 'davi', '']) }),
        ),
      () =>
        small((parts) =>
          categoriseTicket(parts, {
            ref,
            by: agent(bruno),
            category: random.pick(['Hardware', 'Gitlab Account', '']),
          }),
        ),
      () => small((parts) => askForTicketBranch(parts, { ref, by: agent(carla) })),
      () =>
        byHand((number) => {
          ledger.handMoves.set(opening, (ledger.handMoves.get(opening) ?? 0) + 1)
          gitlab.relabel(number, carla, ['level::2'], ['level::1'])
          say(`Carla relabels ${number} by hand`)
        }),
      () => byHand((number) => gitlab.comment(number, carla, token('comment'), random.chance(0.5))),
      () =>
        byHand((number) => {
          gitlab.relabel(number, davi, ['urgent'], [])
          ledger.handLabels.set(opening, 'urgent')
        }),
      () => byHand((number) => gitlab.setState(number, davi, 'closed')),
      () => byHand((number) => gitlab.setState(number, davi, 'opened')),
    ]
    for (let left = random.between(1, 5); left > 0; left--)
      time.at(random.between(time.now(), calmFrom), () => {
        Promise.resolve(random.pick(actions)()).catch((error: unknown) => bugs.push(error))
      })
  }

  const ask = () => {
    const opening = newDeed('open', '', 'ask')
    const deed: Deed = opening
    Object.assign(deed, { ticket: deed.token })
    const key = token('key')
    let visited = false
    perhapsTwice(async () => {
      const done = await press(deed, (parts) =>
        openTicket(parts, {
          by: { kind: 'requester', name: 'Ana' },
          opening: {
            title: `${random.chance(0.5) ? '[Hardware] ' : ''}${deed.token}`,
            text: 'Please help.',
            category: '',
            requester: { name: 'Ana', email: 'ana@school.example', username: null },
            files: [],
          },
          files: [],
          key,
        }),
      )
      if (done && !visited) {
        visited = true
        visit(deed.token, done.ticket.id)
      }
    })
  }
  for (let left = random.between(1, 3); left > 0; left--) time.at(random.between(start, start + minute), ask)

  // Tickets from before, several pages of them.
  const day = 24 * 60 * minute
  for (let left = random.pick([0, 0, 3, 12]); left > 0; left--)
    gitlab.openByHand(
      random.pick([bruno, carla]),
      start - left * day,
      `from before ${left}`,
      random.chance(0.3) ? ['level::2'] : [],
    )

  // --- The end -----------------------------------------------------------------------------------

  await time.runUntil(calmFrom)
  // Two polling intervals after the last retry, look-up and second reading (65 s after a change).
  let calmSince = Number.POSITIVE_INFINITY
  const end = calmFrom + 30 * minute
  for (let now = calmFrom; now < end; now += 15_000) {
    await time.runUntil(now)
    const { unread, operations } = await base.read((reader) => reader.backlog())
    const busy = unread + operations.ready + operations.sending + operations.unknown > 0
    if (busy) calmSince = Number.POSITIVE_INFINITY
    else calmSince = Math.min(calmSince, now)
    if (now - calmSince >= 2 * poll && now - calmFrom >= 140_000) break
  }
  const faults = await base.read((reader) => check(gitlab, reader, ledger))
  for (const bug of bugs)
    faults.push(
      `[bug] ${bug instanceof Error ? bug.stack : JSON.stringify(bug, (_, value) => (value instanceof Error ? value.stack : value))}`,
    )
  await base.close()
  return { seed, faults, trace }
}
