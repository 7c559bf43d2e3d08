// Sealed text: only Belay can read or make it, so the browser may keep it. Each purpose is
// bound in, so that a sealed flash message is never taken for a session.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

export type Seal = {
  seal(value: unknown): string
  /** What was sealed, or undefined when it was not by one of our keys for this purpose. */
  unseal(text: string): unknown
}

const nonceBytes = 12
const tagBytes = 16
const longest = 4_096

/** `keys`: 32 bytes each; the first one seals, every one unseals. */
export const sealFor = (purpose: string, keys: readonly Uint8Array[]): Seal => {
  const [first] = keys
  if (!first || keys.some((key) => key.length !== 32)) throw new RangeError('sealing needs keys of 32 bytes')
  const bound = Buffer.from(`belay:${purpose}`)
  return {
    seal: (value) => {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', first, nonce).setAAD(bound)
      const sealed = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()])
      return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url')
    },
    unseal: (text) => {
      if (text.length > longest || !/^[A-Za-z0-9_-]+$/u.test(text)) return undefined
      const bytes = Buffer.from(text, 'base64url')
      if (bytes.length <= nonceBytes + tagBytes) return undefined
      for (const key of keys) {
        const opened = unsealedBy(key, bytes, bound)
        if (opened !== undefined) return JSON.parse(opened)
      }
      return undefined
    },
  }
}

const unsealedBy = (key: Uint8Array, bytes: Buffer, bound: Buffer): string | undefined => {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  })
    .setAAD(bound)
    .setAuthTag(bytes.subarray(-tagBytes))
  const text = decipher.update(bytes.subarray(nonceBytes, -tagBytes))
  try {
    return Buffer.concat([text, decipher.final()]).toString('utf8')
  } catch {
    // The only thing `final` throws: the tag does not fit this key. That is the answer, not a fault.
    return undefined
  }
}
