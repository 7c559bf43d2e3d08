// Every text we post ends with a signed line that GitLab does not show: which operation wrote it,
// and for whom. By it a lost answer is found again, and the desk can be rebuilt from GitLab alone.
// Who asked is inside too, but encrypted: GitLab's readers see no name or address in it.

import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { z } from 'zod'
import type { Marker } from '../../domain/remote.ts'
import type { Language } from '../../domain/ticket.ts'

/** The first writes, all read. */
export type MarkerKey = { readonly id: string; readonly secret: string | Uint8Array }

export type MarkerFacts = {
  readonly kind: Marker['kind']
  readonly operation: string
  /** GitLab's user id; 'desk' = Belay itself. */
  readonly author: 'requester' | 'desk' | number
  readonly authorName?: string | null
  readonly level?: number | null
  readonly formerAssignee?: string | null
  /** Of a satisfaction. */
  readonly good?: boolean | null
  readonly requester?: {
    readonly name: string
    readonly email: string | null
    readonly username: string | null
    readonly language?: Language
  } | null
  /** Of an opening: it came by mail. */
  readonly byMail?: boolean
  /** What stood here was erased on request. */
  readonly erased?: boolean
  /** We closed a fence that the text had left open. */
  readonly closedFence?: boolean
  /** How many lines before it are links to files. */
  readonly files?: number
}

export type ReadMarker = {
  readonly marker: Marker
  /** False when it was written with a key we do not have: then nothing in it is proven. */
  readonly verified: boolean
  readonly closedFence: boolean
  readonly files: number
  /** The text before it, without the blank line between. */
  readonly before: string
}

export type Markers = {
  write(facts: MarkerFacts): string
  /** Looks at the last line only. The caller judges the author. */
  read(text: string): ReadMarker | null
}

const payloadShape = z.object({
  k: z.enum(['open', 'reply', 'note', 'escalate', 'hand-back', 'resolve', 'satisfaction']),
  o: z.string().min(1).max(64),
  a: z.union([z.literal('requester'), z.literal('desk'), z.int()]),
  n: z.string().optional(),
  l: z.int().optional(),
  f: z.string().nullish(),
  r: z.string().optional(),
  c: z.literal(1).optional(),
  u: z.int().min(0).max(1000).optional(),
  s: z.literal('mail').optional(),
  e: z.literal(1).optional(),
  g: z.boolean().optional(),
})
type Payload = z.infer<typeof payloadShape>

// The fourth came later: marks of before have three.
const requesterShape = z.tuple([
  z.string(),
  z.string().nullable(),
  z.string().nullable(),
  z.enum(['en', 'de']).optional(),
])

const line = /^<!-- belay:v1:([A-Za-z0-9_-]{1,64}):([A-Za-z0-9_-]+):([A-Za-z0-9_-]{22}) -->$/

const subkey = (secret: string | Uint8Array, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, 'belay', purpose, 32))

export const createMarkers = (keys: readonly MarkerKey[]): Markers => {
  const rings = keys.map((key) => {
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(key.id)) throw new TypeError('a key id is 1 to 64 of A-Z a-z 0-9 _ -')
    return {
      id: key.id,
      // Made into keys once: Node would do so again for every mark it checks, which takes longer than the check.
      sign: createSecretKey(subkey(key.secret, 'marker signature')),
      seal: createSecretKey(subkey(key.secret, 'marker requester')),
    }
  })
  const [first] = rings
  if (!first) throw new TypeError('markers need a key')

  const tagOf = (sign: KeyObject, id: string, payload: string): Buffer =>
    createHmac('sha256', sign).update(`belay:v1:${id}:${payload}`).digest().subarray(0, 16)

  const seal = (requester: NonNullable<MarkerFacts['requester']>, operation: string): string => {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', first.seal, nonce).setAAD(Buffer.from(operation))
    const plain = JSON.stringify([
      requester.name,
      requester.email,
      requester.username,
      ...(requester.language ? [requester.language] : []),
    ])
    return Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
      'base64url',
    )
  }

  const unseal = (key: KeyObject, sealed: string, operation: string): Marker['requester'] => {
    const bytes = Buffer.from(sealed, 'base64url')
    if (bytes.length < 28) return 'unreadable'
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 })
        .setAAD(Buffer.from(operation))
        .setAuthTag(bytes.subarray(-16))
      const plain = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()])
      const [name, email, username, language] = requesterShape.parse(JSON.parse(plain.toString('utf8')))
      return { name, email, username, ...(language ? { language } : {}) }
    } catch {
      return 'unreadable'
    }
  }

  const write = (facts: MarkerFacts): string => {
    const payload: Payload = {
      k: facts.kind,
      o: facts.operation,
      a: facts.author,
      ...(facts.authorName ? { n: facts.authorName } : {}),
      ...(facts.level ? { l: facts.level } : {}),
      ...(facts.formerAssignee ? { f: facts.formerAssignee } : {}),
      ...(facts.requester ? { r: seal(facts.requester, facts.operation) } : {}),
      ...(facts.closedFence ? { c: 1 } : {}),
      ...(facts.files ? { u: facts.files } : {}),
      ...(facts.byMail ? { s: 'mail' } : {}),
      ...(facts.erased ? { e: 1 } : {}),
      ...(typeof facts.good === 'boolean' ? { g: facts.good } : {}),
    }
    const encoded = Buffer.from(JSON.stringify(payload)).toString('base64url')
    const tag = tagOf(first.sign, first.id, encoded).toString('base64url')
    return `<!-- belay:v1:${first.id}:${encoded}:${tag} -->`
  }

  const read = (text: string): ReadMarker | null => {
    const end = text.length - (/[ \t\r\n]*$/.exec(text.slice(-64))?.[0].length ?? 0)
    const start = text.lastIndexOf('\n', end - 1) + 1
    const [, id, encoded, tag] = line.exec(text.slice(start, end)) ?? []
    if (id === undefined || encoded === undefined || tag === undefined) return null
    const ring = rings.find((candidate) => candidate.id === id)
    if (ring && !timingSafeEqual(tagOf(ring.sign, id, encoded), Buffer.from(tag, 'base64url'))) return null
    let payload: Payload
    try {
      payload = payloadShape.parse(JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8')))
    } catch {
      return null
    }
    return {
      marker: {
        kind: payload.k,
        operation: payload.o,
        author: payload.a,
        authorName: payload.n ?? null,
        level: payload.l ?? null,
        formerAssignee: payload.f ?? null,
        ...(payload.s === 'mail' ? { byMail: true } : {}),
        ...(payload.e === 1 ? { erased: true } : {}),
        ...(payload.g === undefined ? {} : { good: payload.g }),
        requester:
          payload.r === undefined ? null : ring ? unseal(ring.seal, payload.r, payload.o) : 'unreadable',
      },
      verified: ring !== undefined,
      closedFence: payload.c === 1,
      files: payload.u ?? 0,
      before: text.slice(0, start).replace(/\n{1,2}$/, ''),
    }
  }

  return { write, read }
}
