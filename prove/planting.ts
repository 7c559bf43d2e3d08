// How a bug is put between the product's parts: from outside, one mistake each.

import type { DatabaseSync } from 'node:sqlite'
import type { Gateway, Store, Writer } from '../src/application/ports.ts'
import type { MailWorkerParts } from '../src/mail-worker.ts'
import type { Random } from './random.ts'

export type Bug = {
  readonly name: string
  readonly store?: (store: Store) => Store
  /** Below the store, where a transaction ends. */
  readonly database?: (database: DatabaseSync) => void
  readonly gateway?: (gateway: Gateway, store: Store) => Gateway
  /** Of mail; in stories without it there is nothing to find. */
  readonly mail?: (parts: MailWorkerParts, random: Random) => MailWorkerParts
  /** What it does with a webhook's content besides reading the ticket again. */
  readonly hook?: (store: Store, payload: { iid: number; labels: string[]; closed: boolean }) => Promise<void>
}

export const withWriter = (store: Store, change: (writer: Writer) => Writer): Store => ({
  ...store,
  write: (work) => store.write((writer) => work(change(writer))),
})
