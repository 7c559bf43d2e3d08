// Whether this process can do its work, and what of it cannot be done just now. What a desk can be without for a while
// (GitLab, a worker, the mail servers) makes it degraded: it still takes what people ask, and does the rest later.
// Anybody may read the answer, so it names no server and repeats no fault; those stand in the log.

import { livingWorkers } from '../application/living-workers.ts'
import type { Connection, Parts } from '../application/ports.ts'
import type { MailConnection, SeenWorker } from '../application/presence-ports.ts'
import type { Log } from './visit.ts'
import { within } from './within.ts'

/** In which the database answers (milliseconds). */
const patience = 2_000

type Check = { readonly ok: boolean }

export type Readiness = {
  /** `unready`: send nobody here. `degraded`: it works, and somebody should look. */
  readonly status: 'ready' | 'degraded' | 'unready'
  readonly checks: {
    readonly database: Check
    /** Numbers of the schema that the data have and that this process knows; null = not known. */
    readonly migrations: Check & { readonly found: number | null; readonly known: number | null }
    /** `lastSeenMs`: how long ago one said that it lives (milliseconds). `onDuty`: how many say they are. */
    readonly worker: Check & { readonly lastSeenMs: number | null; readonly onDuty: number }
    /** `lastAnswerAt`: UTC milliseconds. */
    readonly gitlab: Check & Pick<Connection, 'state' | 'lastAnswerAt'>
    /** Where Belay has a mail server of its own. */
    readonly mail?: Check & MailConnection
    readonly stopping: boolean
  }
}

/** As it is told to whoever asks. */
export const readinessAnswer = (readiness: Readiness) => ({
  status: readiness.status === 'unready' ? 503 : 200,
  type: 'application/json',
  body: `${JSON.stringify(readiness)}\n`,
})

type Found = {
  readonly schema: { readonly found: number; readonly known: number }
  readonly workers: readonly SeenWorker[]
}

const workerOf = (workers: readonly SeenWorker[]): Readiness['checks']['worker'] => {
  const ages = workers.map(({ age }) => age)
  const onDuty = livingWorkers(workers).filter((worker) => worker.onDuty).length
  return {
    // Two are on duty for a moment where one has just died, and harm nothing.
    ok: onDuty > 0,
    lastSeenMs: ages.length === 0 ? null : Math.round(Math.min(...ages)),
    onDuty,
  }
}

/** As the worker on duty sees it: the others fetch none. */
const mailOf = (workers: readonly SeenWorker[]): Readiness['checks']['mail'] => {
  const said = workers.find(({ mail, onDuty }) => mail !== null && onDuty) ?? workers.find(({ mail }) => mail)
  if (!said?.mail) return undefined
  const { sending, fetching } = said.mail
  return { ok: sending === 'up' && (fetching === 'up' || fetching === 'off'), sending, fetching }
}

export const askReadiness = (options: {
  readonly store: Pick<Parts['store'], 'schema' | 'presence'>
  readonly connection: () => Connection
  readonly stopping: () => boolean
  readonly log: Log
}): (() => Promise<Readiness>) => {
  const { store, connection, stopping, log } = options
  let asking: Promise<Found | null> | null = null

  const look = async (): Promise<Found | null> => {
    try {
      const [schema, workers] = await within(
        Promise.all([store.schema(), store.presence.workers()]),
        patience,
      )
      return { schema, workers }
    } catch (error) {
      log.error({ err: error }, 'the database does not answer: this process is not ready')
      return null
    } finally {
      asking = null
    }
  }

  return async () => {
    // However many ask, the database is asked once at a time.
    asking ??= look()
    const found = await asking
    const { state, lastAnswerAt } = connection()
    const gitlab = { ok: state === 'up', state, lastAnswerAt }
    const leaving = stopping()
    if (found === null) {
      const migrations = { ok: false, found: null, known: null }
      const worker = { ok: false, lastSeenMs: null, onDuty: 0 }
      return {
        status: 'unready',
        checks: { database: { ok: false }, migrations, worker, gitlab, stopping: leaving },
      }
    }
    const { schema, workers } = found
    const worker = workerOf(workers)
    const mail = mailOf(workers)
    const unready = leaving || schema.found < schema.known
    // A newer release that runs beside this one has brought the data further: this one goes on until it is replaced.
    const newest = schema.found === schema.known
    const well = newest && worker.ok && gitlab.ok && mail?.ok !== false
    return {
      status: unready ? 'unready' : well ? 'ready' : 'degraded',
      checks: {
        database: { ok: true },
        migrations: { ok: newest, ...schema },
        worker,
        gitlab,
        ...(mail ? { mail } : {}),
        stopping: leaving,
      },
    }
  }
}
