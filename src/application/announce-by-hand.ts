// What agents answer or close in GitLab itself is told to the requester by mail as well, where Belay
// is the one who mails them: to a requester it makes no difference where an agent works. Each is told
// of once, and only what happened just now: a first reading of years of history mails nobody. Nor does
// a restored desk tell of what happened before it was restored: it cannot know what was told already.

import type { Circumstances } from '../domain/decision.ts'
import type { Desk } from '../domain/desk.ts'
import type { TicketEvent } from '../domain/event.ts'
import { ownMailAddress, withNotices } from '../domain/notice.ts'
import type { Ticket } from '../domain/ticket.ts'
import type { Writer } from './ports.ts'

/** Milliseconds. */
const lately = 3_600_000

/** A setting: when this desk was restored last, in UTC milliseconds. */
export const restoredAfter = 'restored-after'

const isForRequester = ({ what, actor, byHand, hidden }: TicketEvent): boolean =>
  byHand &&
  !hidden &&
  // A robot's comment is written to nobody; that a merge closed the ticket is news all the same.
  ((what.kind === 'replied' && actor.kind === 'agent') ||
    (what.kind === 'resolved' && actor.kind !== 'requester'))

/** Answers how many mails were written. `ticket` as it stands now, `events` its timeline as it was just read. */
export const announceByHand = async (
  writer: Writer,
  ticket: Ticket,
  events: readonly TicketEvent[],
  { desk, circumstances }: { readonly desk: Desk; readonly circumstances: Circumstances },
): Promise<number> => {
  if (ownMailAddress(ticket, desk) === null) return 0
  const recent = events.filter((event) => isForRequester(event) && event.at >= circumstances.at - lately)
  if (recent.length === 0) return 0
  const restoredAt = Number((await writer.setting(restoredAfter)) ?? 0)
  let told = 0
  for (const event of recent) {
    // What was told of since the backup is not in it: rather a mail less than each of them twice.
    if (event.at < restoredAt) continue
    const key = `told:${ticket.id}:${event.source}`
    const current = (await writer.formKey(key)) === null ? await writer.ticket({ id: ticket.id }) : null
    if (!current) continue
    const { operations } = withNotices(
      { ticket: current, events: [event], operations: [] },
      { desk, listeners: [], acknowledge: false },
      circumstances,
    )
    if (operations.length === 0) continue
    if ((await writer.record({ ticket: current, events: [], operations }, { key })) === 'recorded') told++
  }
  return told
}
