// The desk's own limits, a million times as wide: for measurements and proofs in which one machine stands
// for all people of a big school. Everything is counted and looked at as always; only the numbers differ.

import type { Bound, FloodLimits } from '../../src/domain/flood.ts'
import { floodLimits } from '../../src/domain/flood.ts'

const wide = (limit: number): number => limit * 1_000_000

const wideGate = (gate: FloodLimits['gates']['form']) =>
  Object.fromEntries(
    Object.entries(gate).map(([by, bound]: [string, Bound]) => [by, { ...bound, limit: wide(bound.limit) }]),
  )

const { gates, form } = floodLimits

export const wideFloodLimits: FloodLimits = {
  gates: {
    form: wideGate(gates.form),
    reply: wideGate(gates.reply),
    'sign-in': wideGate(gates['sign-in']),
    'sign-in-link': wideGate(gates['sign-in-link']),
  },
  form: {
    odd: { client: wide(form.odd.client), all: wide(form.odd.all) },
    work: { client: wide(form.work.client), all: wide(form.work.all) },
    address: wide(form.address),
  },
}
