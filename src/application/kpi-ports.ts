// What the figures need from the store, and what the doors ask of the figures. The store keeps one row for each
// ticket, written in the same transaction as the events it is measured from; who reports reads those that changed
// since it last looked.

import type { Behind, BehindQuery, Report, ReportQuery } from '../domain/kpi/report.ts'
import type { TargetKind, TargetStanding } from '../domain/target.ts'
import type { Ticket, TicketId } from '../domain/ticket.ts'

/** One ticket's figures as they are kept: see domain/kpi/packed-figures.ts. */
export type FigureRow = {
  readonly n: number
  /** Number of the write that wrote it: grows. */
  readonly version: number
  /**
   * Words and names, and numbers as 64-bit floats, little-endian, in an ArrayBuffer of their own; null = the ticket is
   * not there any more, or does not matter since then any more.
   */
  readonly packed: { readonly names: string; readonly numbers: Uint8Array } | null
}

/** What became of telling that a promise runs out or was broken; each of them is told once. */
export type TargetNews = 'approaching' | 'missed'

export type DueTarget = {
  readonly ticketId: TicketId
  readonly kind: TargetKind
  readonly news: TargetNews
  /** UTC ms. */
  readonly at: number
}

export type KpiReader = {
  /**
   * Rows written after `version` (0 = all) of tickets that were open at or after `since` (UTC ms) or still are, in
   * order of version and n, behind `after`. `epoch` changes when all were dropped: then begin anew. To follow what is
   * written, go on from the version that `figuresState` had before the reading began: nothing is missed then.
   */
  figureRows(options: {
    readonly version: number
    readonly since: number
    readonly after: { readonly version: number; readonly n: number } | null
    readonly limit: number
  }): Promise<readonly FigureRow[]>
  figuresState(): Promise<{
    readonly epoch: string
    /** Number of the last write. */
    readonly version: number
    /** While all are measured again, because the rules have changed. */
    readonly measuring: { readonly done: number; readonly total: number } | null
  }>
  /** Tickets whose store keys these are, in no order. */
  ticketsByKeys(keys: readonly number[]): Promise<readonly (Ticket & { readonly n: number })[]>
  /** How a ticket stands with its promises; empty where none is given. */
  targets(id: TicketId): Promise<readonly TargetStanding[]>
  /** What is to be told by now and was not yet, the oldest first. */
  dueTargets(now: number, limit: number): Promise<readonly DueTarget[]>
  /** When the next is due (UTC ms); null = none. */
  nextTargetDue(): Promise<number | null>
}

export type KpiWriter = {
  /**
   * Measures up to `limit` tickets again, where the rules (levels, labels, calendars, targets) are others than those
   * they were measured by; answers how many, 0 = all are up to date. Takes up where it was interrupted.
   */
  measureAgain(limit: number, now: number): Promise<number>
  /** false where it was told before: then nobody is told again. Kept for ever. */
  targetTold(ticketId: TicketId, kind: TargetKind, news: TargetNews, at: number): Promise<boolean>
}

/** The figures as doors ask for them. */
export type Kpis = {
  report(query: ReportQuery): Promise<Report>
  behind(query: BehindQuery): Promise<Behind>
  /** Draws a chart (an option of echarts, as plain data) as SVG text. */
  draw(chart: ChartDrawing): Promise<string>
  close(): Promise<void>
}

export type ChartDrawing = {
  /** echarts' own option; checked by nobody here. */
  readonly option: object
  readonly width: number
  readonly height: number
}
