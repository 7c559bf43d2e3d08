// Other rules (levels, labels, calendars, promises) are noticed by their text. Then all tickets are measured again,
// newest first and a few at a time, while the desk goes on; where it was interrupted it goes on at the next start.

import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Desk } from '../../domain/desk.ts'
import { rulesText } from '../../domain/kpi/rules.ts'
import { saveSetting, setting } from './settings.ts'
import type { Queries, Writing } from './statements.ts'
import { tellTargetsSince } from './target-news.ts'

/** What one process knows of it. */
export type Measuring = {
  readonly rules: string
  /** It has begun to measure by its rules, when all were measured by these; '' = by none yet. */
  begunAfter: string | null
  /** It has found its rules to be those that all are measured by. */
  settled: boolean
}

export const measuringBy = (desk: Desk): Measuring => ({
  rules: createHash('sha256').update(rulesText(desk)).digest('hex'),
  begunAfter: null,
  settled: false,
})

const progressShape = z.object({ rules: z.string(), before: z.number(), done: z.number(), total: z.number() })

type Progress = z.infer<typeof progressShape>

/** '' = it is done. */
const progressIn = (text: string | null): Progress | null =>
  text === null || text === '' ? null : progressShape.parse(JSON.parse(text))

const beyondAll = Number.MAX_SAFE_INTEGER

const ticketCount = async (q: Queries): Promise<number> =>
  Number(
    (
      await q.first('figures.ticketCount', {}, (db) =>
        db.selectFrom('tickets').select((eb) => eb.fn.countAll<number>().as('number')),
      )
    )?.number ?? 0,
  )

/**
 * Two processes with different rules, as while one takes over from the other: whoever began last measures, the
 * other lets it. Else each would measure again what the other has just measured, for ever.
 */
export const measureAgain = async (
  q: Writing,
  measuring: Measuring,
  limit: number,
  now: number,
): Promise<number> => {
  const { rules } = measuring
  const present = (await setting(q, 'figures.rules')) ?? ''
  if (present === rules) {
    measuring.settled = true
    return 0
  }
  if (measuring.settled) return 0
  const found = progressIn(await setting(q, 'figures.measuring'))
  const own = found?.rules === rules ? found : null
  const { begunAfter } = measuring
  if (!own && begunAfter !== null && (found || present !== begunAfter)) return 0
  measuring.begunAfter = present
  if (!own) await tellTargetsSince(q, now)
  const progress = own ?? { rules, before: beyondAll, done: 0, total: await ticketCount(q) }
  const next = await q.all('figures.next', { before: progress.before, limit }, (db, hole) =>
    db.selectFrom('tickets').select('n').where('n', '<', hole.before).orderBy('n', 'desc').limit(hole.limit),
  )
  for (const { n } of next) q.tally.figures.add(n)
  const last = next.at(-1)
  if (last && next.length === limit) {
    const going: Progress = { ...progress, before: last.n, done: progress.done + next.length }
    await saveSetting(q, 'figures.measuring', JSON.stringify(going))
  } else {
    await saveSetting(q, 'figures.rules', rules)
    await saveSetting(q, 'figures.measuring', '')
  }
  return next.length
}

/** As a page shows it; `rules` and `going` as they are kept. */
export const measuringState = async (
  q: Queries,
  rules: string | null,
  going: string | null,
): Promise<{ readonly done: number; readonly total: number } | null> => {
  const progress = progressIn(going)
  if (progress) return { done: Math.min(progress.done, progress.total), total: progress.total }
  if (rules !== null) return null
  // Never measured: a desk from before there were figures, in the moments until it begins.
  const total = await ticketCount(q)
  return total === 0 ? null : { done: 0, total }
}
