// What the bench and the desk it measures say to each other between their processes.

import type { Watched } from './load.ts'

/** How the desk is started, as its one argument (JSON). */
export type DeskSettings = {
  readonly gitlabUrl: string
  readonly token: string
  readonly oauthSecret: string
  readonly dataFolder: string
  /** `postgres://…`; null = SQLite in its data folder. */
  readonly databaseUrl: string | null
  /** With which deliveries of webhooks are signed; null = none is believed. */
  readonly webhookSecret: string | null
  /** Milliseconds between two tickets read in full in the background. */
  readonly readPauseMs: number
  /** Where processor profiles go; null = none are made, which is how figures are taken. */
  readonly profileFolder: string | null
}

export type Order =
  | { readonly kind: 'begin'; readonly name: string }
  | { readonly kind: 'end' }
  /** Ready strings of so many bytes, by path. */
  | { readonly kind: 'floors'; readonly bytes: Readonly<Record<string, number>> }
  /** Reads these tickets in full from GitLab, as the worker does. */
  | { readonly kind: 'read'; readonly iids: readonly number[] }
  /** Asks GitLab's list for what is new, as the worker does every few seconds. */
  | { readonly kind: 'poll' }
  /** Operations that are not settled. */
  | { readonly kind: 'unsettled' }
  /** Opens the form behind its three addresses, and closes them again. */
  | { readonly kind: 'open form doors' }
  | { readonly kind: 'close form doors' }
  | { readonly kind: 'memory' }
  | { readonly kind: 'stop' }

/** Addresses of the same form: with everything written, without operations, without anything. */
export type FormDoors = { readonly whole: string; readonly noOperation: string; readonly nothing: string }

export type Memory = {
  readonly rss: number
  /** The highest resident size since the process began, as Linux counts it; null elsewhere. */
  readonly highest: number | null
  readonly heapUsed: number
  readonly external: number
}

export type Polled = { readonly ms: number; readonly read: number; readonly changed: number }

export type Answers = {
  begin: null
  end: Watched
  floors: null
  read: null
  poll: Polled
  unsettled: number
  'open form doors': FormDoors
  'close form doors': null
  memory: Memory
  stop: null
}

export type Ready = {
  readonly url: string
  /** Milliseconds from the begin of its process until it takes requests. */
  readonly startedMs: number
  /** Milliseconds from starting the desk until the first complete listing was stored. */
  readonly listedMs: number
  /** Of the process, from its begin until then. */
  readonly memory: Memory
}

export type FromDesk =
  | { readonly ready: Ready }
  | { readonly answer: unknown; readonly to: number }
  | { readonly failed: string; readonly to: number | null }

export type ToDesk = { readonly order: Order; readonly number: number }

/** A request with this header finds a desk in which something has changed since the one before. */
export const changedHeader = 'x-bench-changed'
