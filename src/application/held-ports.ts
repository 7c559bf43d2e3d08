// Where submissions lie that a person must look at first. They are kept: no rebuild drops them, and
// each leaves only when a lead opens it as a ticket or drops it.

import type { Doubt, HeldAmount } from '../domain/flood.ts'
import type { FileRef } from '../domain/operation.ts'
import type { Requester } from '../domain/ticket.ts'

export type FileToKeep = { readonly file: FileRef; readonly bytes: Uint8Array }

/** A form that was sent and is no ticket yet. */
export type Held = {
  /** Becomes the id of its ticket, so that it can be opened only once. */
  readonly id: string
  /** The form's own key: the same form sent twice is held once. */
  readonly key: string
  /** UTC milliseconds. */
  readonly receivedAt: number
  readonly doubt: Doubt
  /** A mark by which two submissions of one client are told; its network address is not kept. */
  readonly client: string
  /** Of text and files together. */
  readonly bytes: number
  readonly title: string
  readonly text: string
  /** '' = let the title decide. */
  readonly category: string
  readonly requester: Requester
}

/** For a list: `text` is its beginning, of `letters` in all. */
export type HeldLine = Held & { readonly letters: number; readonly files: readonly FileRef[] }

export type HeldPage = { readonly lines: readonly HeldLine[]; readonly next: string | null }

export type HeldReader = {
  held(id: string): Promise<Held | null>
  /** What was sent with it, in the order it was. */
  heldFiles(id: string): Promise<readonly FileToKeep[]>
  /** The oldest first. A broken cursor is as none. */
  heldPage(query: { readonly cursor: string | null; readonly limit: number }): Promise<HeldPage>
  heldWithKey(key: string): Promise<boolean>
  /** Whatever names this e-mail address (any letter case): for whoever wants to know or to be forgotten. */
  heldOfAddress(address: string): Promise<readonly Held[]>
  /** Of one client (by its mark), or of all. */
  heldAmount(client: string | null): Promise<HeldAmount>
}

export type HeldWriter = {
  hold(held: Held, files: readonly FileToKeep[]): Promise<void>
  /** With its files. false: it is not held. */
  dropHeld(id: string): Promise<boolean>
}
