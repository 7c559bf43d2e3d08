// Telling GitLab what it must still know, one operation at a time. An operation whose earlier
// sending may have had its effect is looked up first, and sent again only when GitLab has had
// time to finish it and still knows nothing of it. What GitLab refuses for good is stuck and shown.

import type { Trouble } from '../domain/operation.ts'
import { backOff, withJitter } from '../domain/operation-policy.ts'
import { GatewayError } from './gateway-error.ts'
import type { Claimed, Clock, Gateway, Settlement, Store } from './ports.ts'

export type PushParts = {
  readonly store: Store
  readonly gateway: Gateway
  readonly clock: Clock
  /** A number in [0, 1), for jitter. */
  readonly chance: () => number
  readonly timings?: Timings
}

/** For mails the mail server takes GitLab's place. */
type Sending = Omit<PushParts, 'gateway'> & { readonly gateway: Pick<Gateway, 'perform' | 'lookUp'> }

/** GitLab ends a request of its own after 60 s: until then an effect may still land (milliseconds). */
export const effectsMayLand = 65_000

/** A thing just made can be missing for a moment (replicas); after this many tries it is really missing. */
const missingTries = 4

/** No call to GitLab takes longer (milliseconds). */
const longestCall = 25_000

/** How long a claim holds: longer than looking it up and sending it takes, in milliseconds. */
export const lease = 60_000

/**
 * The long waits, in milliseconds. They follow from how GitLab works, so they are no settings; only a
 * proof that kills us hundreds of times, against a GitLab that is quicker, shortens them.
 */
export type Timings = {
  readonly effectsMayLand: number
  readonly lease: number
  readonly longestCall: number
  /** No wait of our own between two tries is longer. */
  readonly longestWait: number
}

export const usualTimings: Timings = { effectsMayLand, lease, longestCall, longestWait: 300_000 }

type Attempt = { sentAt: number | null }

const perform = async (parts: Sending, claimed: Claimed, attempt: Attempt): Promise<Settlement> => {
  const { gateway, clock, timings = usualTimings } = parts
  if (claimed.unsure) {
    const known = await gateway.lookUp(claimed)
    if (known) return { state: 'done', outcome: known }
    const landed = (claimed.operation.sentAt ?? 0) + timings.effectsMayLand
    if (clock.now() < landed)
      return {
        state: 'unknown',
        notBefore: landed,
        trouble: { code: 'unsure', detail: '', at: clock.now() },
      }
  }
  // Stood still since the claim, or looked up for long: the next worker sends it, not we as well.
  if (clock.now() + timings.longestCall > claimed.until)
    return claimed.unsure
      ? { state: 'unknown', notBefore: clock.now(), trouble: { code: 'unsure', detail: '', at: clock.now() } }
      : { state: 'ready', notBefore: clock.now(), trouble: null }
  attempt.sentAt = clock.now()
  return { state: 'done', outcome: await gateway.perform(claimed) }
}

/** The same short wait for all, so that the queue keeps its order; the circuit grows the distance (milliseconds). */
const breath = 1_000

/** No answer at all, a closed door or a limit: nothing that this operation could be blamed for. */
export const isOfAllGitlab = ({ kind, status }: GatewayError): boolean =>
  kind === 'unauthorised' ||
  (kind === 'transient' && (status === null || status === 429 || (status >= 502 && status <= 504)))

const afterFailure = (
  parts: Sending,
  { operation, unsure }: Claimed,
  attempt: Attempt,
  error: GatewayError,
): Settlement => {
  const now = parts.clock.now()
  const trouble: Trouble = { code: error.kind, detail: error.message.slice(0, 500), at: now }
  const { longestWait } = parts.timings ?? usualTimings
  const ours = Math.min(backOff(operation.attempts), longestWait)
  const wait = Math.max(error.retryAfter ?? 0, withJitter(ours, parts.chance()))
  if (error.kind === 'permanent') return { state: 'stuck', trouble }
  if (error.kind === 'missing' && operation.attempts >= missingTries) return { state: 'stuck', trouble }
  // Sent and perhaps done: from now on the wait for a late effect begins anew.
  if (error.effect === 'maybe' && attempt.sentAt !== null)
    return { state: 'unknown', notBefore: now + wait, trouble, sentAt: attempt.sentAt }
  // GitLab as a whole is away: the circuit keeps the distance, and the queue keeps its order.
  const before = now + (isOfAllGitlab(error) ? (error.retryAfter ?? breath) : wait)
  if (unsure) return { state: 'unknown', notBefore: before, trouble }
  return { state: 'ready', notBefore: before, trouble }
}

/** Sends one claimed operation and writes down what became of it. Gives the failure, for the circuit. */
export const pushOperation = async (parts: Sending, claimed: Claimed): Promise<GatewayError | null> => {
  const { operation, fence } = claimed
  let failure: GatewayError | null = null
  let settlement: Settlement
  const attempt: Attempt = { sentAt: null }
  try {
    settlement = await perform(parts, claimed, attempt)
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    failure = error
    settlement = afterFailure(parts, claimed, attempt, error)
  }
  await parts.store.write((writer) => writer.settle(operation.id, fence, settlement, parts.clock.now()))
  return failure
}
