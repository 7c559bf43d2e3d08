// What processes that share a desk in PostgreSQL tell each other: that something changed, and short messages. Telling
// goes through any connection; hearing needs one of its own that stays (LISTEN). DATABASE_URL must therefore lead to
// PostgreSQL itself, or to a pooler that keeps a session for each client: PgBouncer in its transaction mode drops what
// it is told. That is noticed, since each process now and then tells itself something, and the desk works on: whoever
// waits for news then learns them when they look by themselves, some seconds later.

import { randomBytes } from 'node:crypto'
import { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Neighbours } from '../../application/presence-ports.ts'
import { connectionAs, listeningName } from './connection-name.ts'
import type { Queries, Writing } from './statements.ts'

export type Log = {
  info(data: object, message: string): void
  warn(data: object, message: string): void
}

/** Milliseconds. */
export type Pauses = {
  /** Between two attempts to listen again: it doubles from the first to the last. */
  readonly first: number
  readonly last: number
  /** How often to see whether this process still hears, and how long it may take. */
  readonly watch: number
  readonly deadline: number
}

const usualPauses: Pauses = { first: 100, last: 5_000, watch: 30_000, deadline: 10_000 }

/** PostgreSQL takes less than 8,000 bytes, with who tells and what about. */
const mostBytes = 7_000

const aTopic = /^[a-z][a-z-]{0,49}$/
/** To itself: no topic of anybody. */
const echo = '='

/** NOTIFY reaches a whole database. Two desks in two schemas of one must not hear each other. */
const ofThisSchema = sql.raw('(select oid from pg_namespace where nspname = current_schema())')
const channel = (name: 'changes' | 'words') => sql`${sql.lit(`belay_${name}_`)} || ${ofThisSchema}`

/** Counts a write that changed something and tells the others: they hear of it when, and only if, it is committed. */
export const countAndTell = async (q: Writing, from: string): Promise<void> => {
  await q.all(
    'changes.tell',
    { from },
    (_, hole) => sql`
      with added as (update changes set number = number + 1 where id = 1)
      select pg_notify(${channel('changes')}, ${hole.from})`,
  )
}

export type Hearing = {
  /** Of this process, as others are told. */
  readonly id: string
  readonly neighbours: Neighbours
  /** Begins to listen, if it does not yet: a process that nobody asked to pays no connection. */
  listen(): void
  close(): Promise<void>
}

/**
 * `changed` is called for each change of another process, and once whenever the connection was made anew. It comes back
 * by itself, however long the server was away.
 */
export const hearingIn = (options: {
  readonly url: string
  /** Through which it tells. */
  readonly q: Queries
  readonly changed: () => void
  readonly log?: Log | undefined
  readonly pauses?: Pauses | undefined
}): Hearing => {
  const { url, q, changed, log, pauses = usualPauses } = options
  const id = randomBytes(9).toString('base64url')
  const stopped = new AbortController()
  const topics = new Map<string, Set<(message: string) => void>>()
  const echoes = new Map<string, () => void>()
  let listening: Promise<void> | undefined

  const say = async (topic: string, message: string) => {
    const payload = `${id} ${topic}\n${message}`
    await q.all(
      'neighbours.tell',
      { payload },
      (_, hole) => sql`select pg_notify(${channel('words')}, ${hole.payload})`,
    )
  }

  /** A listener that throws is a bug; it must not end every process that hears the same. */
  const guarded = (work: () => void) => {
    try {
      work()
    } catch (error) {
      if (log) log.warn({ err: error }, 'what another process told could not be dealt with')
      else
        process.nextTick(() => {
          throw error
        })
    }
  }

  const hear = (on: string, payload: string) => {
    if (on.startsWith('belay_changes_')) {
      // What this process changed it has told itself, with the commit.
      if (payload !== id) guarded(changed)
      return
    }
    const end = payload.indexOf('\n')
    const [from, topic = ''] = payload.slice(0, end).split(' ')
    const message = payload.slice(end + 1)
    if (from === id) {
      if (topic === echo) echoes.get(message)?.()
      return
    }
    for (const listener of [...(topics.get(topic) ?? [])]) guarded(() => listener(message))
  }

  /** Whether it hears: what it tells itself through another connection has to arrive on this one. */
  const hearItself = async (signal: AbortSignal) => {
    const word = randomBytes(9).toString('base64url')
    const arrived = Promise.withResolvers<'heard'>()
    echoes.set(word, () => arrived.resolve('heard'))
    const over = new AbortController()
    try {
      const said = say(echo, word)
      const heard = await Promise.race([
        said.then(() => arrived.promise),
        wait(pauses.deadline, 'silence' as const, { signal: AbortSignal.any([signal, over.signal]) }),
      ])
      if (heard === 'silence')
        throw new Error(
          `PostgreSQL did not hand over within ${pauses.deadline} ms what this process told itself. If DATABASE_URL ` +
            'leads to a pooler such as PgBouncer, let it pool sessions, or connect to PostgreSQL itself.',
        )
    } finally {
      echoes.delete(word)
      over.abort()
    }
  }

  /** Listens until the connection ends; throws why it did. */
  const listenOnce = async (heard: () => void) => {
    // Loaded only where it is used, as in database.ts.
    const { default: pg } = await import('pg')
    if (stopped.signal.aborted) return
    const socket = new Socket()
    const client = new pg.Client({
      ...connectionAs(listeningName, url),
      connectionTimeoutMillis: pauses.deadline,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      stream: () => socket,
    })
    const ended = new AbortController()
    const end = (error: unknown) => ended.abort(error)
    const stop = () => end(new Error('the desk stops'))
    // An error that nobody listens to would end the process.
    client.on('error', end)
    client.on('end', () => end(new Error('The connection ended.')))
    client.on('notification', ({ channel: on, payload = '' }) => hear(on, payload))
    stopped.signal.addEventListener('abort', stop)
    const over = new Promise<never>((_, reject) => {
      ended.signal.addEventListener('abort', () => reject(ended.signal.reason))
    })
    const live = async (): Promise<never> => {
      await client.connect()
      const { rows } = await client.query<{ changes: string; words: string }>(
        `select 'belay_changes_' || oid as changes, 'belay_words_' || oid as words
          from pg_namespace where nspname = current_schema()`,
      )
      const [names] = rows
      if (!names) throw new Error('The database of DATABASE_URL has no schema to work in.')
      await client.query(`listen "${names.changes}"; listen "${names.words}"`)
      // What was told before this moment is lost.
      guarded(changed)
      for (;;) {
        await hearItself(ended.signal)
        heard()
        await wait(pauses.watch, undefined, { signal: ended.signal })
      }
    }
    try {
      const living = live()
      living.catch(() => {})
      await Promise.race([living, over])
    } finally {
      stopped.signal.removeEventListener('abort', stop)
      end(new Error('over'))
      await farewell(client, socket)
    }
  }

  const listenOn = async () => {
    let failures = 0
    let deaf = false
    while (!stopped.signal.aborted) {
      try {
        await listenOnce(() => {
          failures = 0
          if (deaf) log?.info({}, 'what other processes tell is heard again')
          deaf = false
        })
      } catch (error) {
        if (stopped.signal.aborted) return
        if (!deaf)
          log?.warn({ err: error }, 'what other processes tell is not heard; trying again until it is')
        deaf = true
      }
      const longest = Math.min(pauses.last, pauses.first * 2 ** failures)
      failures = Math.min(failures + 1, 16)
      // By chance: after a restart of the server not all of them come at once.
      const pause = longest * (0.5 + Math.random() / 2)
      await wait(pause, undefined, { signal: stopped.signal }).catch(() => {})
    }
  }

  const listen = () => {
    if (!stopped.signal.aborted) listening ??= listenOn()
  }

  return {
    id,
    listen,
    neighbours: {
      tell: async (topic, message) => {
        if (!aTopic.test(topic))
          throw new Error(`A topic is a word in small letters, not ${JSON.stringify(topic)}.`)
        const bytes = Buffer.byteLength(message)
        if (bytes > mostBytes)
          throw new Error(
            `A message to other processes has at most ${mostBytes} bytes; this one has ${bytes}.`,
          )
        await say(topic, message)
      },
      onTold: (topic, listener) => {
        listen()
        // Each its own, also where the same function listens twice.
        const own = (message: string) => listener(message)
        const those = topics.get(topic) ?? new Set()
        topics.set(topic, those.add(own))
        return () => {
          those.delete(own)
          if (those.size === 0 && topics.get(topic) === those) topics.delete(topic)
        }
      },
    },
    close: async () => {
      stopped.abort()
      await listening
    },
  }
}

/** Says goodbye where somebody may hear it, and waits for nobody. */
const farewell = async (client: { end(): Promise<void> }, socket: Socket): Promise<void> => {
  if (socket.readyState === 'open') {
    const over = new AbortController()
    await Promise.race([client.end(), wait(500, undefined, { signal: over.signal })]).catch(() => {})
    over.abort()
  }
  socket.destroy()
}
