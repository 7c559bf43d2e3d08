// What the desk and the thread that makes its reports say to each other. All of it is plain data: it is copied.

import type { ChartDrawing } from './application/kpi-ports.ts'
import type { Desk } from './domain/desk.ts'
import type { BehindQuery, ReportQuery } from './domain/kpi/report.ts'

/** Where the desk's data lie: SQLite's file, or PostgreSQL's address. */
export type KpiData = { readonly file: string } | { readonly url: string }

export type KpiThreadData = { readonly data: KpiData; readonly desk: Desk }

export type ThreadAsk =
  | { readonly ask: 'report'; readonly query: ReportQuery }
  | { readonly ask: 'behind'; readonly query: BehindQuery }
  | { readonly ask: 'draw'; readonly query: ChartDrawing }

export type ThreadQuestion = ThreadAsk & { readonly id: number }

export type ThreadAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failed: string }
