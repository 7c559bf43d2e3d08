// Tells the dashboards that are open that something has changed, as soon as it has: the page then asks what is new
// for it. Nothing of a ticket is said here, only the number of the change. One look at the store is for all who listen.

import { randomInt } from 'node:crypto'
import type { Parts, Store } from '../application/ports.ts'
import type { Log } from './visit.ts'

/** Milliseconds, but `beats`. */
export const streamTimes = {
  /** Changes are told of at most this often. */
  pace: 1_000,
  /** A line that says nothing, so that no proxy takes the connection for dead. */
  beat: 20_000,
  /** After so many of them it ends, and the browser comes again: ten minutes. */
  beats: 30,
  /** So long the browser waits before it comes again, and up to as much more: not all at once. */
  retry: 2_000,
} as const

/** Of one agent, in all their tabs and browsers: one more ends the oldest. */
const mostOfAgent = 6
/** One more is told to come later; the page asks now and then instead. */
const mostOfAll = 500

/** The connection, as a stream sees it. */
export type Wire = {
  write(text: string): void
  end(): void
}

export type Follower = {
  /** GitLab's user id. */
  readonly agent: number
  /** The change that the page knows of; null = none. */
  readonly since: number | null
  /** Whether whoever listens still may; asked at each beat. */
  readonly mayStill: () => Promise<boolean>
}

export type Streams = {
  /** How many are open now. */
  open(): number
  /** Begins one, and answers what is to be called when its connection has gone; null = there is no room. */
  follow(follower: Follower): ((wire: Wire) => () => void) | null
}

type Stream = Pick<Follower, 'agent' | 'mayStill'> & {
  readonly wire: Wire
  readonly over: AbortController
  known: number | null
}

/** `stopped`: when it is aborted all of them end, and none begins. */
export const createStreams = (
  { store, clock }: Pick<Parts, 'clock'> & { readonly store: Pick<Store, 'version' | 'onChange'> },
  log: Log,
  stopped: AbortSignal,
): Streams => {
  /** The oldest first. */
  const all = new Set<Stream>()
  let nobodyListens = new AbortController()
  let unlisten: (() => void) | null = null
  let telling = false
  let again = false

  const leave = (stream: Stream): void => {
    if (!all.delete(stream)) return
    stream.over.abort()
    if (all.size > 0) return
    nobodyListens.abort()
    unlisten?.()
    unlisten = null
  }

  const end = (stream: Stream): void => {
    leave(stream)
    stream.wire.end()
  }

  const tellAll = (version: number): void => {
    for (const stream of [...all])
      if (stream.known !== version) {
        stream.known = version
        stream.wire.write(`event: change\nid: ${version}\ndata: ${version}\n\n`)
      }
  }

  /** What changes while the last telling is not long ago is told at the end of that time. */
  const tell = async (): Promise<void> => {
    again = true
    if (telling) return
    telling = true
    let failed = false
    while (again && all.size > 0) {
      again = false
      try {
        tellAll(await store.version())
        failed = false
      } catch (error) {
        if (!failed) log.warn({ err: error }, 'the open dashboards cannot be told of a change yet')
        failed = true
        again = true
      }
      await clock.sleep(streamTimes.pace, nobodyListens.signal)
    }
    telling = false
  }

  const live = async (stream: Stream): Promise<void> => {
    try {
      for (let beat = 1; beat <= streamTimes.beats; beat++) {
        await clock.sleep(streamTimes.beat, stream.over.signal)
        if (stream.over.signal.aborted || beat === streamTimes.beats || !(await stream.mayStill())) break
        if (!stream.over.signal.aborted) stream.wire.write(':\n\n')
      }
    } catch (error) {
      log.warn({ err: error }, 'an event stream ends: whether it may go on could not be asked')
    }
    if (!stream.over.signal.aborted) end(stream)
  }

  const begin = (stream: Stream): void => {
    const own = [...all].filter(({ agent }) => agent === stream.agent)
    for (const oldest of own.slice(0, Math.max(0, own.length + 1 - mostOfAgent))) {
      // It must not come again and end the next one: that page asks now and then instead.
      oldest.wire.write('event: enough\ndata: 1\n\n')
      end(oldest)
    }
    if (all.size === 0) {
      nobodyListens = new AbortController()
      unlisten = store.onChange(() => void tell())
    }
    all.add(stream)
    stream.wire.write(`retry: ${streamTimes.retry + randomInt(streamTimes.retry)}\n\n`)
    void live(stream)
    // It may have changed since the page was made, and before anybody listened.
    void tell()
  }

  stopped.addEventListener('abort', () => {
    for (const stream of [...all]) end(stream)
  })

  return {
    open: () => all.size,
    follow: ({ agent, since, mayStill }) => {
      if (stopped.aborted || all.size >= mostOfAll) return null
      return (wire) => {
        const stream: Stream = { agent, mayStill, wire, known: since, over: new AbortController() }
        begin(stream)
        return () => leave(stream)
      }
    },
  }
}
