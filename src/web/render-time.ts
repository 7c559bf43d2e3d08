// When a form was made, signed: whoever sends one that was never shown, or shown a second ago, is
// probably no person. It is signed together with the form's own key, so that one page that was looked
// at is good for one ticket and not for a thousand.

import { createHmac, timingSafeEqual } from 'node:crypto'

export type RenderTimes = {
  /** `at`: UTC milliseconds. */
  stamp(at: number, formKey: string): string
  /** null: not ours, or made for a form with another key. */
  read(stamp: string, formKey: string): number | null
}

/** The first key writes, every one reads. */
export const createRenderTimes = (keys: readonly Uint8Array[]): RenderTimes => {
  const [first] = keys
  if (!first) throw new Error('no key for the times of forms')
  const tag = (key: Uint8Array, time: string, formKey: string): Buffer =>
    createHmac('sha256', key).update(`${time}\n${formKey}`).digest().subarray(0, 16)
  return {
    stamp: (at, formKey) => {
      const time = at.toString(36)
      return `${time}.${tag(first, time, formKey).toString('base64url')}`
    },
    read: (stamp, formKey) => {
      const [, time, given] = /^([0-9a-z]{1,11})\.([\w-]{22})$/u.exec(stamp) ?? []
      if (time === undefined || given === undefined) return null
      const bytes = Buffer.from(given, 'base64url')
      return keys.some((key) => timingSafeEqual(tag(key, time, formKey), bytes))
        ? Number.parseInt(time, 36)
        : null
    },
  }
}
