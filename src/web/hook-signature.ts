// Whether a delivery is really GitLab's. A shared secret is only compared; with a signing key
// (Standard Webhooks) the signature covers id, time and every byte of the body, so that nothing of
// it can be changed, kept for later or made without the key. Nothing here looks into the body.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

export type HookSecret =
  | { readonly kind: 'shared'; readonly digest: Uint8Array }
  | { readonly kind: 'signing'; readonly key: Uint8Array }

/** Every value of every header, as they came. */
export type HookHeaders = Pick<IncomingMessage, 'headersDistinct'>['headersDistinct']

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest()

/** `whsec_…` is a signing key, everything else a shared secret; nothing is no secret. */
export const hookSecretOf = (text: string | null): HookSecret | null => {
  if (text === null || text === '') return null
  if (!text.startsWith('whsec_')) return { kind: 'shared', digest: digestOf(text) }
  const key = Buffer.from(text.slice('whsec_'.length), 'base64')
  // An empty key would sign for everybody.
  return key.length < 24 ? null : { kind: 'signing', key }
}

/** Milliseconds that GitLab's clock and ours may differ, and a delivery may take. */
export const tolerance = 5 * 60_000

/** Sent exactly once and not empty, or it counts as not sent. */
const one = (headers: HookHeaders, name: string): string | null => {
  const values = headers[name]
  return values?.length === 1 && values[0] ? values[0] : null
}

const isShared = (headers: HookHeaders, digest: Uint8Array): boolean => {
  const given = one(headers, 'x-gitlab-token')
  // Digests have one length: how long the secret is shows nowhere either.
  return given !== null && timingSafeEqual(digestOf(given), digest)
}

const signedParts = (
  headers: HookHeaders,
  now: number,
): { readonly id: string; readonly timestamp: string; readonly signatures: readonly string[] } | null => {
  const id = one(headers, 'webhook-id')
  const timestamp = one(headers, 'webhook-timestamp')
  const signatures = one(headers, 'webhook-signature')
  if (id === null || id.length > longestId || timestamp === null || signatures === null) return null
  if (!/^\d{1,12}$/u.test(timestamp) || Math.abs(now - Number(timestamp) * 1_000) > tolerance) return null
  return { id, timestamp, signatures: signatures.split(' ').slice(0, mostSignatures) }
}

const longestId = 200
/** While a key is changed there are two; more than a handful is nobody's. */
const mostSignatures = 8

/** What the headers alone can tell: false = refused without reading the body. `now`: UTC ms. */
export const mayBeGenuine = (secret: HookSecret, headers: HookHeaders, now: number): boolean =>
  secret.kind === 'shared' ? isShared(headers, secret.digest) : signedParts(headers, now) !== null

/** `body`: the bytes as they came. `now`: UTC ms. */
export const isGenuine = (
  secret: HookSecret,
  headers: HookHeaders,
  body: Uint8Array,
  now: number,
): boolean => {
  if (secret.kind === 'shared') return isShared(headers, secret.digest)
  const signed = signedParts(headers, now)
  if (signed === null) return false
  const right = createHmac('sha256', secret.key)
    .update(`${signed.id}.${signed.timestamp}.`)
    .update(body)
    .digest('base64')
  const wanted = digestOf(`v1,${right}`)
  // Each is compared, whichever was right, so that the time tells nothing.
  return signed.signatures.reduce(
    (found, signature) => timingSafeEqual(digestOf(signature), wanted) || found,
    false,
  )
}

/** What the same delivery has again when it is sent twice; null = it says none. */
export const deliveryId = (secret: HookSecret, headers: HookHeaders): string | null => {
  const id = one(headers, secret.kind === 'signing' ? 'webhook-id' : 'idempotency-key')
  return id !== null && id.length <= longestId ? id : null
}
