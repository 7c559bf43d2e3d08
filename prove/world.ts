// The stage of every story: virtual time, a GitLab, a way to it, processes that run the real
// application, people who press buttons, and a ledger of what they were told.

import { v7 } from 'uuid'
import { createClient } from '../src/adapters/gitlab/client.ts'
import { createGateway } from '../src/adapters/gitlab/gateway.ts'
import { composeNotice } from '../src/adapters/mail/compose.ts'
import { fingerprintOf } from '../src/adapters/mail/fingerprint.ts'
import { createMailTokens } from '../src/adapters/mail/tokens.ts'
import type { Done } from '../src/application/decide.ts'
import type { Mailer } from '../src/application/mail-ports.ts'
import type { Gateway, Parts, Reader, Store } from '../src/application/ports.ts'
import { rebuildIndex } from '../src/application/rebuild-index.ts'
import type { Hooks } from '../src/application/receive-hook.ts'
import { createHooks } from '../src/application/receive-hook.ts'
import { readConfig } from '../src/config.ts'
import type { Author } from '../src/domain/operation.ts'
import type { Refusal } from '../src/domain/refusal.ts'
import { isRefusal } from '../src/domain/refusal.ts'
import type { MailWorker, MailWorkerParts } from '../src/mail-worker.ts'
import { startMailWorker } from '../src/mail-worker.ts'
import type { Worker } from '../src/worker.ts'
import { startWorker } from '../src/worker.ts'
import { borrowStore } from './borrowed-store.ts'
import type { Bug } from './bugs.ts'
import { check } from './checker.ts'
import type { GitlabModel, Issue, User } from './gitlab-model.ts'
import { gitlabModel } from './gitlab-model.ts'
import type { Deed, Ledger } from './ledger.ts'
import { emptyLedger } from './ledger.ts'
import type { Letter } from './letters.ts'
import { letterParser } from './letters.ts'
import { checkMail } from './mail-checker.ts'
import type { Delivery, MailServer } from './mail-model.ts'
import { mailServer, numberOf } from './mail-model.ts'
import type { Weather } from './network.ts'
import { network } from './network.ts'
import type { Process } from './process.ts'
import { startProcess } from './process.ts'
import { checkPromises, checkRebuilt, escalatedByRule, figuresByNumber } from './promise-checker.ts'
import { newsIn, withPromises } from './promises.ts'
import type { Random } from './random.ts'
import { seeded } from './random.ts'
import type { VirtualTime } from './virtual-time.ts'
import { virtualTime } from './virtual-time.ts'

/** Monday morning, UTC. */
export const start = Date.UTC(2026, 0, 5, 8)
export const minute = 60_000
/** Of the simulated desk; in milliseconds. */
export const poll = 60_000

const plainDesk = readConfig('desk', {}).desk
const deskWithMail = { ...plainDesk, mail: { ...plainDesk.mail, own: true } }
const promisingDesk = withPromises(plainDesk)
const promisingDeskWithMail = withPromises(deskWithMail)
export const deskAddress = 'help@desk.example'
/** No mail server knows it. */
export const nobody = 'nobody@school.example'
/** Agents who want mails, and the deed that each is told of by the others. */
const mailedAgents = { 'carla@desk.example': 'escalate', 'bruno@desk.example': 'hand-back' }
const mailTokens = createMailTokens([new Uint8Array(32).fill(5)])
const quiet = { info: () => undefined, warn: () => undefined }

export const agent = ({ id, username, name }: User): Author => ({ kind: 'agent', id, username, name })

export type Running = {
  readonly process: Process
  readonly parts: Parts
  readonly worker: Worker
  readonly hooks: Hooks
}

/** The mail of a story that has it. */
export type WorldMail = {
  readonly server: MailServer
  readonly letters: Letter[]
  /** Letters without proof that an agent vouches for, by their word. */
  readonly vouched: Map<string, Deed>
  readonly agents: Readonly<Record<string, string>>
  /** Called when a mail of ours lies in somebody's mailbox. */
  onDelivery(hear: (delivery: Delivery) => void): void
}

export type World = {
  readonly random: Random
  readonly time: VirtualTime
  readonly gitlab: GitlabModel
  readonly ledger: Ledger
  /** null: the desk has no mail server of its own. */
  readonly mail: WorldMail | null
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
  /** GitLab's Service Desk is on, and answers in the desk's place where it has no mail server. */
  readonly serviceDesk?: boolean
  /** The desk has a mail server of its own, and this is how it does. */
  readonly mail?: (random: Random) => Weather
  /** The desk has targets: promises run out. */
  readonly promises?: boolean
  /** In the end all is read anew from GitLab, and the figures must be what they were. */
  readonly rebuilt?: boolean
  readonly processes: number
  readonly bug?: Bug
  /** What happens to a process at a point: dies, stands still for so many milliseconds, or nothing. */
  readonly at?: (point: string, random: Random, now: number) => 'dies' | number | null
  /** How long a dead process stays away, in milliseconds. */
  readonly away?: (random: Random, now: number) => number
  readonly pageSize?: number
}

const mailsUnderWay = async (reader: Reader): Promise<number> =>
  (await reader.mailsToRead(1)).length + (await reader.mailsToFile(1)).length

export const createWorld = async (fate: Fate): Promise<World> => {
  const { seed } = fate
  const random = seeded(seed)
  const time = virtualTime(start)
  const trace: string[] = []
  const say = (line: string) => {
    trace.push(`${((time.now() - start) / 1_000).toFixed(1).padStart(7)} ${line}`)
  }
  const gitlab = gitlabModel(time.now, fate.pageSize ?? 5, (issue) => tellOf(issue))
  gitlab.serviceDesk = fate.serviceDesk === true
  const weather = fate.weather(random)
  const wire = network({ time, random, gitlab, weather, trace: say })
  const ledger = emptyLedger()
  const desks = fate.promises ? [promisingDesk, promisingDeskWithMail] : [plainDesk, deskWithMail]
  const desk = (fate.mail ? desks[1] : desks[0]) ?? plainDesk
  const { store: base, giveBack } = await borrowStore(desk, fate.bug?.database)
  const bugs: unknown[] = []
  let lastWake = 0
  const interruptions: { process: string; from: number; to: number }[] = []

  // --- Mail --------------------------------------------------------------------------------------

  const isStored = (source: Uint8Array): Promise<boolean> =>
    base.read(async (reader) => {
      const { mails } = await reader.mails({ words: '', state: null, cursor: null, limit: 500 })
      for (const { id, bytes } of mails) {
        const kept = bytes === source.byteLength ? await reader.mailSource(id) : null
        if (kept !== null && Buffer.compare(kept, source) === 0) return true
      }
      return false
    })
  const letters: Letter[] = []
  const hearers: ((delivery: Delivery) => void)[] = []
  const mail: WorldMail | null = fate.mail
    ? {
        letters,
        vouched: new Map(),
        agents: mailedAgents,
        onDelivery: (hear) => hearers.push(hear),
        server: mailServer({
          time,
          random,
          weather: fate.mail(random),
          trace: say,
          isStored,
          isKnown: (sent) => {
            const { text, subject } = sent
            const issue = gitlab.issues.get(numberOf(sent))
            // Of a promise nothing but the mail itself tells.
            const alone = text === '' || (subject.startsWith('target-') && newsIn(text) !== null)
            return issue !== undefined && (alone || issue.notes.some(({ body }) => body.includes(text)))
          },
          nobody: new Set([nobody]),
          onDelivery: (delivery) => {
            for (const hear of hearers) hear(delivery)
          },
        }),
      }
    : null
  if (mail)
    await base.write(async (writer) => {
      const { bruno, carla } = gitlab.users
      await writer.saveMembers([
        { id: bruno.id, username: bruno.username, name: bruno.name, role: 'agent', seenAt: start },
        { id: carla.id, username: carla.username, name: carla.name, role: 'specialist', seenAt: start },
      ])
      for (const { id, username } of [bruno, carla])
        await writer.saveWish({
          userId: id,
          address: `${username}@desk.example`,
          wish: 'all',
          language: 'en',
        })
    })

  /** Composed as the product does it, with templates that say what they were told and nothing else. */
  const mailerOf = (process: Process, server: MailServer): Mailer => ({
    perform: async (claimed) => {
      const { intent } = claimed.operation
      if (intent.kind !== 'mail') throw new Error(`the mailer was handed ${intent.kind}`)
      const composed = await composeNotice(
        claimed,
        intent,
        {
          from: { name: 'Belay', address: deskAddress },
          answerable: true,
          plusAddressing: true,
          tokens: mailTokens,
          templates: {
            render: (notice, _, { number, text }) => ({ subject: `${notice} ${number}`, text, html: '' }),
          },
          desk,
          deskLink: '',
          linkFor: () => '',
          ticketUrl: () => '',
        },
        { at: process.clock.now(), files: [] },
      )
      const messageId = composed.messageId.slice(1, -1)
      const outgoing = {
        messageId,
        to: intent.to.address,
        subject: String(composed.subject),
        text: String(composed.text),
        answersTo: String(composed.envelope?.from),
        refersTo: [composed.references ?? []].flat().map((id) => id.slice(1, -1)),
      }
      // The rest of the lease is for writing down what became of it.
      await server.send(process, outgoing, claimed.until - 3_000)
      return { kind: 'mailed', messageId }
    },
    lookUp: async () => null,
    close: async () => undefined,
  })

  // --- Processes ---------------------------------------------------------------------------------

  const running: Running[] = []
  /** Nobody starts any more. */
  let over = false

  const newId = () =>
    v7({ msecs: time.now(), random: Uint8Array.from({ length: 16 }, () => random.between(0, 255)) })

  const gatewayOf = (process: Process, store: Store): Gateway =>
    createGateway({
      client: createClient({
        url: 'https://gitlab.example',
        token: 'prove',
        clock: process.clock,
        transport: wire(process),
      }),
      project: 'demo/helpdesk',
      keys: [{ id: 'prove', secret: Buffer.alloc(32, 7) }],
      desk,
      fileBytes: (id) => store.read((reader) => reader.fileBytes(id)),
    })

  const launch = (index: number, generation: number): void => {
    if (over) return
    const process = startProcess(`${'ABCD'[index]}${generation}`, {
      time,
      store: base,
      dies: (point) => {
        const what = fate.at?.(point, random, time.now()) ?? null
        if (what === null) return false
        if (what === 'dies') {
          say(`${process.name} dies: ${point}`)
          interruptions.push({ process: process.name, from: time.now(), to: Number.POSITIVE_INFINITY })
          return true
        }
        say(`${process.name} stands still for ${(what / 1_000).toFixed(1)} s`)
        process.pause(what)
        lastWake = Math.max(lastWake, time.now() + what)
        interruptions.push({ process: process.name, from: time.now(), to: time.now() + what })
        return false
      },
      onDeath: () => {
        time.after(fate.away?.(random, time.now()) ?? 1_000, () => launch(index, generation + 1))
      },
    })
    const store = fate.bug?.store?.(process.store) ?? process.store
    const made = gatewayOf(process, store)
    const gateway = fate.bug?.gateway?.(made, process.store) ?? made
    const parser = letterParser(process, random)
    const log = {
      ...quiet,
      error: (data: object) => {
        bugs.push(data)
      },
    }
    let mailWorker: MailWorker | null = null
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
      onSettled: () => mailWorker?.nudge(),
      log,
    })
    if (mail) {
      const mailParts: MailWorkerParts = {
        store,
        clock: process.clock,
        newId,
        desk,
        nudge: worker.nudge,
        parser,
        tokens: mailTokens,
        address: deskAddress,
        fingerprintOf,
        chance: random.next,
        mailer: mailerOf(process, mail.server),
        mailbox: mail.server.mailbox(process),
        pollMs: poll,
        onSettled: () => undefined,
        log,
      }
      mailWorker = startMailWorker(fate.bug?.mail?.(mailParts, random) ?? mailParts)
    }
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
        nudge: () => {
          worker.nudge()
          mailWorker?.nudge()
        },
        mailParser: parser,
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

  /** When all is at rest: `belay rebuild`, with nobody else at work. */
  const rebuild = async (): Promise<string[]> => {
    over = true
    for (const { process } of running) process.kill('the desk is made again')
    const before = await base.read((reader) => figuresByNumber(reader))
    const process = startProcess('R', {
      time,
      store: base,
      dies: () => false,
      onDeath: () => undefined,
    })
    const { store, clock } = process
    let finished = false
    attempt(async () => {
      await rebuildIndex({ store, clock, desk, newId, gateway: gatewayOf(process, store) })
      finished = true
    })
    await time.runUntil(time.now() + 60 * minute, () => finished)
    if (!finished) return ['[P6] the desk could not be made again']
    return base.read((reader) => checkRebuilt(gitlab, reader, before))
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
    mail,
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
        const mails = mail ? await base.read(mailsUnderWay) : 0
        // Whatever can run out is waited for: paused promises cannot.
        const runs = fate.promises ? await base.read((reader) => reader.nextTargetDue()) : null
        const busy =
          unread + operations.ready + operations.sending + operations.unknown + mails > 0 || runs !== null
        restSince = busy ? Number.POSITIVE_INFINITY : Math.min(restSince, now)
        if (now - restSince >= 2 * poll && now - from >= 140_000) break
      }
      const faults = await base.read(async (reader) =>
        check(gitlab, reader, ledger, fate.promises ? await escalatedByRule(gitlab, reader) : undefined),
      )
      if (mail) {
        const story = { ...mail, interruptions }
        faults.push(...(await base.read((reader) => checkMail(gitlab, reader, ledger, story))))
      }
      if (fate.promises) {
        const story = { desk, server: mail?.server ?? null, agents: Object.keys(mail?.agents ?? {}) }
        faults.push(
          ...(await base.read((reader) => checkPromises(gitlab, reader, ledger, story, time.now()))),
        )
      }
      if (fate.rebuilt && faults.length === 0) faults.push(...(await rebuild()))
      for (const bug of bugs) faults.push(`[bug] ${told(bug)}`)
      giveBack()
      return faults
    },
  }
}
