// A page of GitLab's list, taken over. Where GitLab made a second issue of one opening (its answer
// came so late that Belay had sent the ticket again) the second one never becomes a ticket: it is
// closed in GitLab as a duplicate, with an internal note that names the real one.

import type { Desk } from '../domain/desk.ts'
import { closeDouble, theDesk } from '../domain/mending.ts'
import type { Adopted, AdoptOptions, Clock, NewId, Writer } from './ports.ts'

export type AdoptingParts = {
  readonly clock: Clock
  readonly newId: NewId
  readonly desk: Desk
  /** Tells the worker that there is something to send. */
  readonly nudge?: () => void
}

/** Answers how many tickets changed. */
export const adoptListed = async (
  writer: Writer,
  changes: readonly Adopted[],
  parts: AdoptingParts,
  options: Pick<AdoptOptions, 'wordsLater'> = {},
): Promise<number> => {
  const doubles: { readonly iid: number; readonly of: string }[] = []
  const changed = await writer.adopt(changes, { ...options, onDouble: (double) => doubles.push(double) })
  for (const { iid, of } of doubles) {
    const double = await writer.ticket({ iid })
    const real = await writer.ticket({ id: of })
    // Where the real one has gone, this is what there is: moved back into the project, for instance.
    // What Service Desk answers was never sent twice by us: somebody's mail bears a copied mark, and is a ticket.
    if (
      !double ||
      double.requester.serviceDesk ||
      double.gone !== null ||
      !real ||
      real.iid === null ||
      real.gone !== null
    )
      continue
    const own = await writer.ownChanges(double.id)
    const decision = closeDouble(
      double,
      real.iid,
      {
        closed: double.state === 'resolved',
        tried: own.some(({ author }) => author.kind === 'desk'),
      },
      { by: theDesk, at: parts.clock.now(), newId: parts.newId },
    )
    await writer.record(decision)
    if (decision.operations.length > 0) parts.nudge?.()
  }
  return changed
}
