// Whether a form that opens a ticket seems to come from a person. It carries a field that people never
// see, the signed time at which it was made, and, where very many come, a piece of work that the browser
// did. None of these needs a script, a cookie or anybody else's server; what lacks them is held, not lost.

import type { Doubt } from '../domain/flood.ts'
import { asksForWork, doubtOf, workBits } from '../domain/flood.ts'
import { clientOfVisit, passageOf } from './flood-gate.ts'
import type { FormSeal } from './pages/open-ticket.ts'
import { isWorked } from './proof-of-work.ts'
import type { Visit } from './visit.ts'

type Fields = ReadonlyMap<string, string>

/** Shaped like ours, so that nothing else comes back on a page. */
const proofOf = (fields: Fields): string => /^[0-9a-z]{1,12}$/u.exec(fields.get('proof') ?? '')?.[0] ?? ''

/**
 * What the form brings along. A form that comes back with mistakes keeps its time and its work: whoever corrects
 * a letter within a second is no robot. null: agents are not asked.
 */
export const sealOf = (visit: Visit, formKey: string, sent?: Fields): FormSeal | null => {
  const { door } = visit
  const client = clientOfVisit(visit)
  if (client === null) return null
  const former = sent?.get('rendered') ?? ''
  const kept = door.renderTimes.read(former, formKey) !== null
  return {
    rendered: kept ? former : door.renderTimes.stamp(door.parts.clock.now(), formKey),
    proof: kept && sent ? proofOf(sent) : '',
    bits: workBits,
    needed: asksForWork(door.flood.before('form', { client }), door.flood.limits.form),
  }
}

export type Judgement =
  | { readonly kind: 'open' }
  /** `client`: the mark of where it came from. */
  | { readonly kind: 'doubt'; readonly doubt: Doubt; readonly client: string }
  /** Seconds. */
  | { readonly kind: 'refused'; readonly retryAfter: number }

/** Counts it, and says what becomes of it. */
export const judge = (
  visit: Visit,
  fields: Fields,
  { email, key }: { readonly email: string; readonly key: string | undefined },
): Judgement => {
  const { door } = visit
  const client = clientOfVisit(visit)
  if (client === null) return { kind: 'open' }
  const passage = passageOf(visit, 'form', email)
  if (!passage.open) return { kind: 'refused', retryAfter: passage.retryAfter }
  const rendered = fields.get('rendered') ?? ''
  const renderedAt = key === undefined ? null : door.renderTimes.read(rendered, key)
  const doubt = doubtOf(
    {
      trapped: (fields.get('homepage') ?? '') !== '',
      renderedAt,
      worked: renderedAt !== null && isWorked(rendered, fields.get('proof') ?? ''),
      before: passage.before,
    },
    door.parts.clock.now(),
    door.flood.limits.form,
  )
  return doubt === null ? { kind: 'open' } : { kind: 'doubt', doubt, client: door.flood.markOf(client) }
}
