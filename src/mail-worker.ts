// The background door for mail: fetches what came in and keeps it before the mailbox is told, reads one
// mail after the other, files it, and sends what the desk has to say. Each of the four goes on by itself,
// so that a mail server that is away holds up no reading, and one bad mail no other.

import { GatewayError } from './application/gateway-error.ts'
import type { IntakeParts } from './application/intake-mail.ts'
import { folderFor, intakeMail } from './application/intake-mail.ts'
import type { LedgerMail, Mailbox, Mailer } from './application/mail-ports.ts'
import type { Claimed } from './application/ports.ts'
import type { MailConnection } from './application/presence-ports.ts'
import type { PushParts } from './application/push-operations.ts'
import { pushOperation, usualTimings } from './application/push-operations.ts'
import type { Circuit } from './domain/circuit.ts'
import { afterFault, allowance, closedCircuit, isOpen } from './domain/circuit.ts'
import { doorbell } from './doorbell.ts'
import type { WorkerParts } from './worker.ts'

export type MailWorkerParts = IntakeParts &
  Pick<PushParts, 'chance' | 'timings'> & {
    readonly mailer: Mailer
    /** null: mails are sent, and none are fetched. */
    readonly mailbox: Mailbox | null
    /** How often to look into the mailbox, whatever it tells by itself (milliseconds). */
    readonly pollMs: number
    readonly lookMs?: number
    /** Whether this worker fetches and reads mails, or another one on the same data; left out: it does. All of them send. */
    readonly onDuty?: () => boolean
    /** Other processes queue mails too: whether there is one is looked at before it is claimed. */
    readonly shared?: boolean
    readonly log: WorkerParts['log']
    readonly onSettled: (ticketId: string) => void
  }

export type MailWorker = {
  readonly nudge: () => void
  /** It has just been put on duty. */
  readonly begin: () => void
  readonly connection: () => MailConnection
  readonly stop: () => Promise<void>
}

const mostAtOnce = 3
const mailsAtOnce = 20
/** After something went wrong that is nobody's mail (milliseconds). */
const pause = 5_000
const filePause = 60_000
/** How often to see whether the duty has come here. */
const dutyEvery = 5_000
/** The server would not move it: a folder it does not allow, a full one. */
const unmovableFor = 10 * 60_000

const stateOf = (error: GatewayError): 'down' | 'unauthorised' | 'up' =>
  error.kind === 'unauthorised'
    ? 'unauthorised'
    : error.kind === 'transient' && error.status === null
      ? 'down'
      : 'up'

export const startMailWorker = (parts: MailWorkerParts): MailWorker => {
  const { store, clock, log, mailer, mailbox, lookMs = 30_000, onDuty = () => true } = parts
  const { lease, longestWait } = parts.timings ?? usualTimings
  const sendBell = doorbell(clock)
  const readBell = doorbell(clock)
  const fileBell = doorbell(clock)
  const fetchBell = doorbell(clock)
  const underWay = new Set<Promise<void>>()
  const stopped = new AbortController()
  let circuit: Circuit = closedCircuit
  let connection: MailConnection = { sending: 'up', fetching: mailbox === null ? 'off' : 'up' }

  const sendingIs = (state: 'up' | 'down' | 'unauthorised', why: object) => {
    if (connection.sending !== state) log[state === 'up' ? 'info' : 'warn'](why, `sending mail is ${state}`)
    connection = { ...connection, sending: state }
  }

  // --- Sending ------------------------------------------------------------------------------------

  const push = async (claimed: Claimed) => {
    try {
      const failure = await pushOperation({ ...parts, gateway: mailer }, claimed)
      const state = failure ? stateOf(failure) : 'up'
      if (failure && state !== 'up')
        circuit = afterFault(circuit, {
          now: clock.now(),
          retryAfter: failure.kind === 'unauthorised' ? 60_000 : failure.retryAfter,
          chance: parts.chance(),
          longest: longestWait,
        })
      else circuit = closedCircuit
      sendingIs(state, failure ? { kind: failure.kind, why: failure.message } : {})
    } catch (error) {
      // A bug or a store that is away: the lease runs out, and the mail is sent under the same Message-ID.
      log.error({ err: error, operation: claimed.operation.id }, 'a mail could not be sent')
    }
    parts.onSettled(claimed.operation.ticketId)
  }

  const sendOnce = async () => {
    const now = clock.now()
    if (isOpen(circuit, now)) return sendBell.wait(circuit.openUntil - now)
    const room = allowance(circuit, mostAtOnce) - underWay.size
    if (parts.shared && room > 0) {
      // Rung for by every change of anybody: who only looks takes no lock.
      const due = await store.read((reader) => reader.nextDue('mail'))
      if (due === null || due > now)
        return sendBell.wait(Math.min(lookMs, due === null ? lookMs : Math.max(20, due - now)))
    }
    const claimed =
      room <= 0
        ? []
        : await store.write((writer) => writer.claim({ now, leaseMs: lease, limit: room, lane: 'mail' }))
    for (const one of claimed) {
      const work = push(one).finally(() => {
        underWay.delete(work)
        sendBell.ring()
      })
      underWay.add(work)
    }
    if (claimed.length > 0) return
    const due = underWay.size > 0 ? null : await store.read((reader) => reader.nextDue('mail'))
    await sendBell.wait(Math.min(lookMs, due === null ? lookMs : Math.max(20, due - clock.now())))
  }

  // --- Fetching -----------------------------------------------------------------------------------

  const fetchOnce = async (from: Mailbox) => {
    if (!onDuty()) return fetchBell.wait(dutyEvery)
    for await (const { place, source } of from.fetch({ signal: stopped.signal })) {
      const mail = { id: parts.newId(), place, receivedAt: clock.now(), source }
      // Stored for good before the mailbox is told anything.
      if (await store.write((writer) => writer.receiveMail(mail))) readBell.ring()
    }
    if (connection.fetching !== 'up') log.info({}, 'the mailbox answers again')
    connection = { ...connection, fetching: 'up' }
    await from.news(parts.pollMs, stopped.signal)
  }

  // --- Reading ------------------------------------------------------------------------------------

  const readOnce = async () => {
    // One that two begin at once would count as read twice without an end.
    if (!onDuty()) return readBell.wait(dutyEvery)
    const waiting = await store.read((reader) => reader.mailsToRead(mailsAtOnce))
    let conflict = false
    for (const mail of waiting) {
      if (stopped.signal.aborted) return
      try {
        conflict = (await intakeMail(parts, mail)) === 'received' || conflict
      } catch (error) {
        // It stays in flight and is tried again; after three times it is put aside.
        log.error({ err: error, mail: mail.id }, 'a mail could not be taken in; trying it again')
        conflict = true
      }
    }
    if (waiting.length > 0) {
      sendBell.ring()
      fileBell.ring()
    }
    if (conflict) await clock.sleep(pause, stopped.signal)
    else if (waiting.length < mailsAtOnce) await readBell.wait(lookMs)
  }

  // --- Filing -------------------------------------------------------------------------------------

  /** Mails that the server would not move, and until when (UTC ms) they are left alone. They hold up no other. */
  const unmovable = new Map<string, number>()

  const fileOne = async (into: Mailbox, { id, place, state }: LedgerMail) => {
    try {
      await into.file(place, folderFor(state))
    } catch (error) {
      if (!(error instanceof GatewayError) || error.kind !== 'permanent') throw error
      log.warn({ mail: id, why: error.message }, 'a mail could not be moved; trying it again later')
      unmovable.set(id, clock.now() + unmovableFor)
      return
    }
    await store.write((writer) => writer.mailFiled(id))
  }

  const fileOnce = async (into: Mailbox) => {
    if (!onDuty()) return fileBell.wait(dutyEvery)
    for (const [id, until] of unmovable) if (until <= clock.now()) unmovable.delete(id)
    const ended = await store.read((reader) => reader.mailsToFile(mailsAtOnce + unmovable.size))
    const movable = ended.filter(({ id }) => !unmovable.has(id))
    for (const mail of movable) {
      if (stopped.signal.aborted) return
      await fileOne(into, mail)
    }
    if (movable.length < mailsAtOnce) await fileBell.wait(filePause)
  }

  // --- All of them --------------------------------------------------------------------------------

  const again = async (work: () => Promise<void>, what: string) => {
    while (!stopped.signal.aborted) {
      try {
        await work()
      } catch (error) {
        if (stopped.signal.aborted) return
        if (error instanceof GatewayError) {
          const state = stateOf(error) === 'unauthorised' ? 'unauthorised' : 'down'
          if (connection.fetching !== state)
            log.warn({ kind: error.kind, why: error.message }, `the mailbox is ${state}`)
          connection = { ...connection, fetching: state }
          await clock.sleep(Math.max(pause, parts.pollMs), stopped.signal)
        } else {
          log.error({ err: error }, what)
          await clock.sleep(pause, stopped.signal)
        }
      }
    }
  }

  const loops = [
    again(sendOnce, 'the mails to send could not be read; trying again').then(() => Promise.all(underWay)),
    again(readOnce, 'the mails to take in could not be read; trying again'),
    ...(mailbox === null
      ? []
      : [
          again(() => fetchOnce(mailbox), 'fetching mails failed unexpectedly'),
          again(() => fileOnce(mailbox), 'filing mails failed unexpectedly'),
        ]),
  ]

  return {
    nudge: () => {
      sendBell.ring()
      readBell.ring()
    },
    begin: () => {
      fetchBell.ring()
      readBell.ring()
      fileBell.ring()
    },
    connection: () => connection,
    stop: async () => {
      stopped.abort()
      sendBell.ring()
      readBell.ring()
      fileBell.ring()
      fetchBell.ring()
      await mailbox?.close()
      await Promise.all(loops)
      await Promise.all([mailer.close(), parts.parser.close()])
    },
  }
}
