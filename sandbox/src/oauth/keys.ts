import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto'
import type { World } from '../world.ts'

type SigningKey = { privateKey: KeyObject; kid: string; jwk: Record<string, unknown> }

/** One key per sandbox, made on first use (it takes a moment) and kept, so that a restart leaves sign-ins valid. */
const known = new WeakMap<World, SigningKey>()

export function signingKey(world: World): SigningKey {
  const ready = known.get(world)
  if (ready) return ready
  let pem = world.db.one<{ value: string }>("select value from settings where name = 'oauth key'")?.value
  if (!pem) {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
    pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    world.db.run("insert into settings (name, value) values ('oauth key', ?)", pem)
  }
  const privateKey = createPrivateKey(pem)
  const exported = createPublicKey(privateKey).export({ format: 'jwk' })
  const { e, n } = exported
  const kid = createHash('sha256')
    .update(JSON.stringify({ e, kty: 'RSA', n }))
    .digest('base64url')
  const key = { privateKey, kid, jwk: { kty: 'RSA', e, n, kid, use: 'sig', alg: 'RS256' } }
  known.set(world, key)
  return key
}

/** A JSON Web Token signed with RS256. */
export function signToken(world: World, claims: Record<string, unknown>): string {
  const { privateKey, kid } = signingKey(world)
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ typ: 'JWT', alg: 'RS256', kid })}.${part(claims)}`
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url')}`
}
