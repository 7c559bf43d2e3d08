// A form that may not come from a person is kept for a lead instead of becoming a ticket: nothing
// reaches GitLab and nobody is written to until a person has looked at it. What is kept is bounded.

import type { Doubt } from '../domain/flood.ts'
import { hasRoom } from '../domain/flood.ts'
import type { Opening } from '../domain/opening.ts'
import type { Ticket } from '../domain/ticket.ts'
import type { FileToKeep } from './held-ports.ts'
import type { Parts } from './ports.ts'

export type Holding =
  | { readonly kind: 'held' }
  /** The same form has become a ticket before. */
  | { readonly kind: 'opened'; readonly ticket: Ticket }
  /** No room is left: nothing was kept. */
  | { readonly kind: 'full' }

/** A letter can take four bytes; what it takes on the disk is about what is counted. */
const bytesOf = ({ title, text }: Pick<Opening, 'title' | 'text'>, files: readonly FileToKeep[]): number =>
  files.reduce((sum, { bytes }) => sum + bytes.byteLength, 2 * (title.length + text.length))

/** Whether the form with this key waits for a lead. */
export const isHeld = (parts: Pick<Parts, 'store'>, key: string): Promise<boolean> =>
  parts.store.read((reader) => reader.heldWithKey(key))

export const holdSubmission = (
  parts: Pick<Parts, 'store' | 'clock' | 'newId'>,
  submission: {
    readonly opening: Pick<Opening, 'title' | 'text' | 'category' | 'requester'>
    readonly files: readonly FileToKeep[]
    readonly key?: string | undefined
    readonly doubt: Doubt
    /** The mark of the client it came from. */
    readonly client: string
  },
): Promise<Holding> =>
  parts.store.write(async (writer) => {
    const { opening, files, doubt, client } = submission
    const id = parts.newId()
    const key = submission.key ?? id
    const former = await writer.formKey(key)
    const ticket = former === null ? null : await writer.ticket({ id: former })
    if (ticket) return { kind: 'opened', ticket }
    if (await writer.heldWithKey(key)) return { kind: 'held' }
    const bytes = bytesOf(opening, files)
    const [all, own] = [await writer.heldAmount(null), await writer.heldAmount(client)]
    if (!hasRoom({ all, client: own }, bytes)) return { kind: 'full' }
    const { title, text, category, requester } = opening
    const receivedAt = parts.clock.now()
    await writer.hold({ id, key, receivedAt, doubt, client, bytes, title, text, category, requester }, files)
    return { kind: 'held' }
  })
