// Where very many forms come in, the browser shows that it took some pains over this one: a number
// which, hashed with the form's signed time, begins with enough zero bits. assets/proof-of-work.js
// looks for it while somebody types; looking at it costs us one hash.

import { createHash } from 'node:crypto'
import { isWork } from '../domain/flood.ts'

/** `stamp`: the form's signed time. That it is ours, and this form's, is looked at elsewhere. */
export const isWorked = (stamp: string, proof: string): boolean =>
  /^[0-9a-z]{1,12}$/u.test(proof) && isWork(createHash('sha256').update(`${stamp} ${proof}`).digest())
