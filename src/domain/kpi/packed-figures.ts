// A ticket's figures as they are kept: a short text of names and a row of numbers. A year of them is read and
// summed up while somebody waits for a page, so that nothing but numbers is unpacked.

import type { TicketFigures } from './figures.ts'

export type PackedFigures = { readonly names: string; readonly numbers: Float64Array }

export const packFigures = (_figures: TicketFigures): PackedFigures => {
  throw new Error('not there yet')
}

/** The exact inverse. */
export const unpackFigures = (_packed: PackedFigures): TicketFigures => {
  throw new Error('not there yet')
}

/** The last instant (UTC ms) at which it mattered to any period: for open tickets there is none, Infinity. */
export const mattersUntil = (_figures: TicketFigures): number => {
  throw new Error('not there yet')
}
