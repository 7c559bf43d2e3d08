// The background door: sends what GitLab must be told, reads what changed there, and keeps the
// members fresh. It stops cleanly: what is under way is finished, nothing new is begun.

import { compareStep, compareWithGitlab, nextComparison } from './application/compare-with-gitlab.ts'
import { keepHouse } from './application/forget-old-data.ts'
import { GatewayError } from './application/gateway-error.ts'
import type { Claimed, Connection } from './application/ports.ts'
import type { Avoided, PullParts } from './application/pull-changes.ts'
import { pullListing, readInFull } from './application/pull-changes.ts'
import type { PushParts } from './application/push-operations.ts'
import { pushOperation, usualTimings } from './application/push-operations.ts'
import { listWish, listWishMet, noteMissed } from './application/receive-hook.ts'
import { refreshMembers } from './application/refresh-members.ts'
import { nextTarget, watchTargets } from './application/watch-targets.ts'
import type { Circuit } from './domain/circuit.ts'
import { afterFault, allowance, closedCircuit, isOpen } from './domain/circuit.ts'
import { freshPace, historyPause, pacedAs, takeTurn } from './domain/pace.ts'
import type { Retention } from './domain/retention.ts'
import { doorbell } from './doorbell.ts'

export type WorkerParts = PushParts &
  PullParts & {
    readonly pollMs: number
    /** Pause between two tickets read in full, so that catching up stays within GitLab's limits. */
    readonly readPauseMs: number
    /** How often to look whether somebody asked for a reading now. */
    readonly wishMs?: number
    /** How often everything is compared with GitLab, and the pause between two of its steps. */
    readonly compareMs?: number
    readonly comparePauseMs?: number
    /** How often to look for something to send that no nudge told of: another process can have queued it. */
    readonly lookMs?: number
    readonly log: {
      info(data: object, message: string): void
      warn(data: object, message: string): void
      error(data: object, message: string): void
    }
    readonly onSettled: (ticketId: string) => void
    /** What was kept for long enough goes; left out, nothing does. */
    readonly retention?: Retention
    /** After each reading of the list. */
    readonly onListed?: () => void
    /**
     * Whether this worker reads and keeps house, or another one on the same data; left out: it does. All of them send.
     */
    readonly onDuty?: () => boolean
    /** Other processes queue operations too: whether there is one is looked at before it is claimed. */
    readonly shared?: boolean
    /** Whether webhooks should tell of changes: then those are counted that only polling found. */
    readonly hooked?: boolean
  }

export type Worker = {
  readonly nudge: () => void
  /** Somebody says that these tickets, marked as unread, have changed: reads them now. */
  readonly look: (iids: readonly number[]) => void
  readonly connection: () => Connection
  /** GitLab is left alone for now, because it did not answer us. */
  readonly rests: () => boolean
  /** False where one of its rounds has not come to an end for minutes. */
  readonly turns: () => boolean
  /** It has just been put on duty. */
  readonly begin: () => void
  /** GitLab answers and nothing is queueing up: worth a moment's wait. */
  readonly prompt: () => boolean
  readonly stop: () => Promise<void>
}

const usualConcurrency = 4
const membersEvery = 4 * 60_000
const readSlice = 10
/** However many changes are told of, the list is asked for at most this often because of them (milliseconds). */
const looksEvery = 1_000
const compareEvery = 24 * 60 * 60_000
const comparePause = 1_000

/** Tickets that the search learns in one go, and how long everybody else comes first then, while the list is read and after. */
const wordsAtOnce = 100
const wordsPause = { reading: 100, afterwards: 5 }

/** Tickets that are measured again in one go, and how long everybody else comes first then (milliseconds). */
const measuredAtOnce = 200
const measurePause = 2

/**
 * Promises are looked after at least so often, and at most: another process, or a reading, can bring a nearer one.
 * What was due is told of once GitLab was read since then, so that an answer given there in time counts; where GitLab
 * does not let itself be read, after so long all the same (milliseconds).
 */
const targetsEvery = 15_000
const targetsPause = 1_000
const targetsPatience = 2 * 60_000

/** How often to see whether the duty has come here, where nobody tells (milliseconds). */
const dutyEvery = 5_000

/** Whoever waits for GitLab looks up from time to time, so that it is seen to live (milliseconds). */
const longestWaitAtOnce = 60_000

/** After so long without a round, or an answer from GitLab, a loop stands still (milliseconds). */
const longestRound = 5 * 60_000

/** Between two rounds of keeping house, and between two slices of one that has more to do (milliseconds). */
const houseEvery = 10 * 60_000
const housePause = 1_000

export const startWorker = (parts: WorkerParts): Worker => {
  const { store, clock, log, lookMs = 30_000, onDuty = () => true } = parts
  const { lease, longestWait } = parts.timings ?? usualTimings
  const turned = { push: clock.now(), pull: clock.now() }
  const pushBell = doorbell(clock)
  const pullBell = doorbell(clock)
  const wordsBell = doorbell(clock)
  const targetsBell = doorbell(clock)
  const underWay = new Set<Promise<void>>()
  const stopped = new AbortController()
  let stopping = false
  let circuit: Circuit = closedCircuit
  let connection: Connection = { state: 'up', lastAnswerAt: null, reading: null }
  let backlog = 0

  /** Until when (UTC ms) GitLab is left alone: it does not answer, or has said that it takes no more calls. */
  const restsUntil = () => Math.max(circuit.openUntil, parts.gateway.heldUntil())
  const rests = () => isOpen(circuit, clock.now()) || clock.now() < parts.gateway.heldUntil()

  const answered = () => {
    turned.pull = clock.now()
    circuit = closedCircuit
    if (connection.state !== 'up') {
      log.info({}, 'GitLab answers again')
      pushBell.ring()
    }
    connection = { ...connection, state: 'up', lastAnswerAt: clock.now() }
  }

  const failed = (error: GatewayError) => {
    if (error.kind === 'transient' || error.kind === 'unauthorised')
      circuit = afterFault(circuit, {
        now: clock.now(),
        retryAfter: error.kind === 'unauthorised' ? 30_000 : error.retryAfter,
        chance: parts.chance(),
        longest: longestWait,
      })
    else answered()
    const state =
      error.kind === 'unauthorised'
        ? 'unauthorised'
        : error.kind === 'transient' && error.status !== 429
          ? 'down'
          : 'up'
    if (connection.state !== state)
      log.warn({ kind: error.kind, status: error.status, why: error.message }, `GitLab is ${state}`)
    connection = { ...connection, state }
  }

  const paces = { note: freshPace, open: freshPace }

  /** Waits for its turn, where GitLab limits how many of its kind may come in a minute. */
  const keepPace = async ({ intent }: Claimed['operation']) => {
    const kind = pacedAs(intent)
    if (kind === null) return
    const { pace, wait } = takeTurn(paces[kind], clock.now())
    paces[kind] = pace
    if (wait > 0) await clock.sleep(wait, stopped.signal)
  }

  const push = async (claimed: Claimed) => {
    try {
      await keepPace(claimed.operation)
      const failure = await pushOperation(parts, claimed)
      if (failure) failed(failure)
      else answered()
    } catch (error) {
      // A bug or a store that is away: the lease runs out and the operation is looked up then.
      log.error({ err: error, operation: claimed.operation.id }, 'an operation could not be pushed')
    }
    parts.onSettled(claimed.operation.ticketId)
  }

  /** Claims what there is room for. */
  const pushOnce = async () => {
    const now = clock.now()
    if (rests()) return pushBell.wait(Math.min(longestWaitAtOnce, restsUntil() - now))
    const room = allowance(circuit, usualConcurrency) - underWay.size
    if (parts.shared && room > 0) {
      // Rung for by every change of anybody: who only looks takes no lock.
      const due = await store.read((reader) => reader.nextDue())
      if (due === null || due > now) {
        backlog = 0
        return pushBell.wait(Math.min(lookMs, due === null ? lookMs : Math.max(20, due - now)))
      }
    }
    const claimed =
      room <= 0 ? [] : await store.write((writer) => writer.claim({ now, leaseMs: lease, limit: room }))
    backlog = claimed.length === room ? backlog + 1 : 0
    for (const one of claimed) {
      const work = push(one).finally(() => {
        underWay.delete(work)
        pushBell.ring()
      })
      underWay.add(work)
    }
    if (claimed.length > 0 && claimed.length < room) return
    if (claimed.length > 0 && underWay.size < allowance(circuit, usualConcurrency)) return
    const due = underWay.size > 0 ? null : await store.read((reader) => reader.nextDue())
    await pushBell.wait(Math.min(lookMs, due === null ? lookMs : Math.max(20, due - clock.now())))
  }

  const pushLoop = async () => {
    while (!stopping) {
      turned.push = clock.now()
      try {
        await pushOnce()
      } catch (error) {
        log.error({ err: error }, 'the outbox could not be read; trying again')
        await pushBell.wait(1_000)
      }
    }
    await Promise.all(underWay)
  }

  let nextPoll = 0
  let nextMembers = 0
  let nextLook = 0
  /** Told of since this round of readings began: what it reads may be from before. */
  const announced = new Set<number>()

  const avoided: Avoided = new Map()
  const pulling = { ...parts, nudge: pushBell.ring }
  const unreadable = (iid: number, error: GatewayError) =>
    log.warn(
      { iid, kind: error.kind, why: error.message },
      'a ticket could not be read; trying it again later',
    )

  /** When the last reading of the list began, and up to when (UTC ms) all that was changed in GitLab is known here. */
  let listedAt = 0
  let knownUntil = 0

  let nextHistory = 0
  let nextCompare = 0
  /** A step of the slow comparison, when nothing else is to be read. */
  const compareSome = async () => {
    if (stopping || clock.now() < nextCompare) return
    const due = await nextComparison(pulling, parts.compareMs ?? compareEvery)
    const pause = parts.comparePauseMs ?? comparePause
    nextCompare = due <= clock.now() ? clock.now() + pause : Math.min(due, clock.now() + 60_000)
    if (due > clock.now()) return
    const found = await compareStep(pulling, { onFailure: unreadable })
    if (found) log.info(found, 'everything is compared with GitLab')
    answered()
  }

  const pullOnce = async () => {
    if (!onDuty()) return pullBell.wait(dutyEvery)
    const now = clock.now()
    if (rests()) return pullBell.wait(Math.min(1_000, restsUntil() - now))
    // Somebody may have asked for a reading now: a wish that is not the one met last.
    const { asked, met, told } = await store.read(async (reader) => ({
      asked: await reader.setting('sync.asked'),
      met: await reader.setting('sync.done'),
      told: await listWish(reader),
    }))
    const wish = asked === met ? null : asked
    if (now >= nextMembers) {
      await refreshMembers(parts)
      nextMembers = clock.now() + membersEvery
    }
    if (stopping) return
    const startedAt = clock.now()
    if (wish !== null || startedAt >= nextPoll || (told !== null && startedAt >= nextLook)) {
      nextLook = startedAt + looksEvery
      let unannounced = 0
      await pullListing(pulling, {
        full: wish?.endsWith(' full') === true,
        signal: stopped.signal,
        onNews: (iids) => {
          unannounced += iids.length
        },
        onProgress: ({ done, total }) => {
          turned.pull = clock.now()
          connection = { ...connection, reading: done > 100 ? { done, total } : null }
          wordsBell.ring()
        },
      })
      connection = { ...connection, reading: null }
      listedAt = startedAt
      parts.onListed?.()
      if (wish?.endsWith(' full') === true)
        await compareWithGitlab(pulling, {
          signal: stopped.signal,
          onFailure: unreadable,
          onStep: () => {
            turned.pull = clock.now()
          },
        })
      nextPoll = clock.now() + parts.pollMs
      if (wish !== null) await store.write((writer) => writer.saveSetting('sync.done', wish))
      if (told !== null) await store.write((writer) => listWishMet(writer, told))
      else if (parts.hooked && unannounced > 0) await store.write((writer) => noteMissed(writer, unannounced))
      answered()
    }
    if (stopping) return
    announced.clear()
    // Old tickets wait where calls are few; what is new or open never does.
    const history = clock.now() >= nextHistory
    const read = await readInFull(pulling, {
      history,
      limit: parts.readPauseMs > 0 ? 1 : readSlice,
      avoided,
      signal: stopped.signal,
      onFailure: unreadable,
    })
    if (read > 0) {
      answered()
      nextHistory = Math.max(
        nextHistory,
        clock.now() + read * historyPause(parts.gateway.remaining(), clock.now()),
      )
    } else {
      if (knownUntil < listedAt) targetsBell.ring()
      knownUntil = listedAt
      if (history) await compareSome()
    }
    // Reading took their marks away, and perhaps did not see yet what was told of meanwhile.
    if (announced.size > 0) await store.write((writer) => writer.markUnread([...announced]))
    const wait =
      read > 0 ? parts.readPauseMs : Math.min(parts.wishMs ?? 1_000, Math.max(0, nextPoll - clock.now()))
    if (wait > 0) await pullBell.wait(wait)
  }

  const pullLoop = async () => {
    while (!stopping) {
      turned.pull = clock.now()
      try {
        await pullOnce()
      } catch (error) {
        connection = { ...connection, reading: null }
        if (error instanceof GatewayError) {
          failed(error)
          // What is not GitLab's being away (a setting, a missing project) is asked again slowly.
          if (!rests()) {
            log.warn({ kind: error.kind, why: error.message }, 'reading from GitLab failed')
            nextPoll = clock.now() + parts.pollMs
            await pullBell.wait(Math.min(longestWaitAtOnce, parts.pollMs))
          }
        } else {
          log.error({ err: error }, 'reading from GitLab failed unexpectedly')
          await pullBell.wait(5_000)
        }
      }
    }
  }

  const learnWords = async () => {
    if (!onDuty()) return wordsBell.wait(dutyEvery)
    const { unsearched } = await store.read((reader) => reader.backlog())
    if (unsearched === 0) return wordsBell.wait(lookMs)
    await store.write((writer) => writer.indexWords(wordsAtOnce), { repeatable: true })
    await clock.sleep(connection.reading ? wordsPause.reading : wordsPause.afterwards, stopped.signal)
  }

  /** What a reading from the start leaves to do: the search is let known the words of each ticket. */
  const wordsLoop = async () => {
    while (!stopping) {
      try {
        await learnWords()
      } catch (error) {
        log.error({ err: error }, 'the search could not be kept; trying again')
        await clock.sleep(5_000, stopped.signal)
      }
    }
  }

  /** Old data, erasures under way, and the audit log: a little at a time, when nobody waits for it. */
  const houseLoop = async (retention: Retention) => {
    while (!stopping) {
      let settled = true
      try {
        if (onDuty()) settled = await keepHouse({ ...parts, nudge: pushBell.ring, retention })
      } catch (error) {
        log.error({ err: error }, 'old data could not be let go of; trying again')
      }
      await clock.sleep(!onDuty() ? dutyEvery : settled ? houseEvery : housePause, stopped.signal)
    }
  }

  /** Other rules than before: all tickets are measured by them, a few at a time. false = there is more to measure. */
  const measureSome = async (): Promise<boolean> => {
    const measured = await store.write((writer) => writer.measureAgain(measuredAtOnce, clock.now()), {
      repeatable: true,
    })
    if (measured > 0) await clock.sleep(measurePause, stopped.signal)
    return measured === 0
  }

  /** Since when (UTC ms) this worker is on duty. */
  let dutySince = clock.now()
  const watchOnce = async () => {
    const now = clock.now()
    const patient = now - dutySince < targetsPatience ? 0 : now - targetsPatience
    const { told, more } = await watchTargets(parts, Math.max(knownUntil, patient))
    if (told.length > 0) pushBell.ring()
    // Who sends mails listens to this.
    for (const id of told) parts.onSettled(id)
    if (more) return
    const next = await nextTarget(store)
    const left = next === null ? targetsEvery : next - clock.now()
    // What is due and was not told waits for a reading, which rings; asking each second would only cost.
    const wait = left <= 0 ? targetsEvery : Math.min(targetsEvery, left)
    await targetsBell.wait(Math.max(targetsPause, wait))
  }

  /** The figures first, because promises are told by them; then the promises, for as long as the worker runs. */
  const figuresLoop = async () => {
    let measured = false
    while (!stopping) {
      try {
        if (!onDuty()) await targetsBell.wait(dutyEvery)
        else if (!measured) measured = await measureSome()
        else if (parts.desk.targets.length === 0) return
        else await watchOnce()
      } catch (error) {
        log.error({ err: error }, 'promises could not be watched; trying again')
        await clock.sleep(5_000, stopped.signal)
      }
    }
  }

  const loops = [
    pushLoop(),
    pullLoop(),
    wordsLoop(),
    figuresLoop(),
    ...(parts.retention ? [houseLoop(parts.retention)] : []),
  ]

  return {
    nudge: pushBell.ring,
    look: (iids) => {
      // Who does not read has nothing to remember: the marks are in the data.
      if (onDuty()) for (const iid of iids) announced.add(iid)
      pullBell.ring()
    },
    connection: () => connection,
    rests,
    turns: () => clock.now() - Math.min(turned.push, turned.pull) < longestRound,
    begin: () => {
      dutySince = clock.now()
      pullBell.ring()
      wordsBell.ring()
      targetsBell.ring()
    },
    prompt: () =>
      // Off duty nobody hears here that GitLab is back, unless there is something to send.
      (connection.state === 'up' || !onDuty()) && !rests() && circuit.failures === 0 && backlog < 3,
    stop: async () => {
      stopping = true
      stopped.abort()
      pushBell.ring()
      pullBell.ring()
      wordsBell.ring()
      targetsBell.ring()
      await Promise.all(loops)
    },
  }
}
