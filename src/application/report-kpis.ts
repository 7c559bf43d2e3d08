// Reporting: keeps the tickets' figures at hand as they are needed, follows what changes, and sums them up.
// The same runs inside the desk's process, in a thread beside it, and in the command.

import type { Desk } from '../domain/desk.ts'
import type { ChartDrawing, Kpis } from './kpi-ports.ts'
import type { Clock, Store } from './ports.ts'

export type KpiParts = {
  readonly store: Pick<Store, 'read'>
  readonly desk: Desk
  readonly clock: Clock
  readonly draw: (chart: ChartDrawing) => Promise<string>
}

export const createKpis = (_parts: KpiParts): Kpis => {
  throw new Error('not there yet')
}
