// What a requester may see of their own ticket: what they asked, the replies in both directions, the answer
// of a resolution, and the files that came with these. It is made of the few things that are public, never of
// all but the internal ones, so that a kind of text that is added later is not public by accident.

import type { TicketEvent } from '../domain/event.ts'
import type { Ticket } from '../domain/ticket.ts'
import type { StoredFile } from './ports.ts'
import { opening } from './read-ticket.ts'

/** The text of an event that the requester may read, or null. A bot's comment in GitLab is not written to them. */
export const publicText = ({ what, actor, hidden }: TicketEvent): string | null => {
  if (hidden) return null
  if (what.kind === 'replied') return actor.kind === 'bot' ? null : what.text
  return what.kind === 'resolved' ? what.text : null
}

export type OwnFile = {
  readonly file: StoredFile
  /** Of the event it came with, or `opening`. */
  readonly source: string
  /** Its number in its requester's own list, from 1; how many files agents see tells it nothing. */
  readonly n: number
}

export const ownFiles = ({
  ticket,
  events,
  files,
  fileSources,
}: {
  readonly ticket: Pick<Ticket, 'gone'>
  readonly events: readonly TicketEvent[]
  readonly files: readonly StoredFile[]
  /** With which text each file came; without it all came with the ticket's own. */
  readonly fileSources?: ReadonlyMap<string, string>
}): readonly OwnFile[] => {
  // What was deleted or moved away in GitLab may have been so that nobody reads it any more.
  if (ticket.gone !== null) return []
  const sources = new Set([opening])
  for (const event of events) if (publicText(event) !== null) sources.add(event.source)
  return files
    .map((file) => ({ file, source: fileSources ? fileSources.get(file.id) : opening }))
    .flatMap(({ file, source }) => (source !== undefined && sources.has(source) ? [{ file, source }] : []))
    .map((one, index) => ({ ...one, n: index + 1 }))
}
