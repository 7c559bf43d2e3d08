import { timingSafeEqual } from 'node:crypto'
import type { Call } from '../http/call.ts'
import { text } from '../http/fields.ts'

/** The one OAuth application here. */
export const clientId = 'belay'

export const allowedScopes = ['openid', 'profile', 'email', 'read_user', 'read_api', 'api'] as const

/** Any callback on this machine will do. */
export function isOwnCallback(uri: string): boolean {
  if (!URL.canParse(uri)) return false
  const { protocol, hostname } = new URL(uri)
  return /^https?:$/.test(protocol) && /^(127\.0\.0\.1|localhost|\[::1\])$/.test(hostname)
}

/** The application shows itself by Basic authentication or in the body. */
export function isClient(call: Call): boolean {
  const [id, secret] = fromBasic(call) ?? [text(call.fields, 'client_id'), text(call.fields, 'client_secret')]
  return id === clientId && secret !== undefined && same(secret, call.world.oauthSecret)
}

function fromBasic(call: Call): string[] | undefined {
  const basic = /^Basic (.+)$/i.exec(call.headers.authorization ?? '')?.[1]
  if (!basic) return undefined
  const parts = Buffer.from(basic, 'base64').toString('utf8').split(':')
  try {
    return parts.map(decodeURIComponent)
  } catch {
    // Not encoded as RFC 6749 asks; many clients do not.
    return parts
  }
}

function same(given: string, wanted: string): boolean {
  const a = Buffer.from(given)
  const b = Buffer.from(wanted)
  return a.length === b.length && timingSafeEqual(a, b)
}
