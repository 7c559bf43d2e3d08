// What GitLab shows without saying since when (a label deleted, a branch deleted, a ticket gone), with
// the time at which we noticed. Kept by the ticket's number, because GitLab cannot say it again.

import type { Noticed } from '../../domain/history.ts'
import type { Queries, Writing } from './statements.ts'
import { storable } from './ticket-row.ts'

export const noticedOf = (q: Queries, iid: number): Promise<Noticed[]> =>
  q.all('noticed.of', { iid }, (db, hole) =>
    db.selectFrom('noticed').select(['name', 'at', 'what']).where('iid', '=', hole.iid).orderBy('name'),
  )

/** The first time counts. */
export const notice = async (q: Writing, iid: number, noticed: readonly Noticed[]): Promise<void> => {
  for (const { name, at, what } of noticed)
    await q.run('noticed.add', { iid, name, at, what: storable(what) }, (db, hole) =>
      db
        .insertInto('noticed')
        .values({ iid: hole.iid, name: hole.name, at: hole.at, what: hole.what })
        .onConflict((conflict) => conflict.columns(['iid', 'name']).doNothing()),
    )
}

/**
 * Before the index goes: names of labels in its timelines that GitLab has no longer. Its own history will
 * not tell them again.
 */
export const rememberLabels = async (q: Writing, existing: readonly string[], at: number): Promise<void> => {
  const rows = await q.all('noticed.labels', {}, (db) =>
    db
      .selectFrom('events')
      .innerJoin('tickets', 'tickets.n', 'events.n')
      .select(['tickets.iid', 'events.source', 'events.what'])
      .where('events.kind', 'in', ['label-added', 'label-removed'])
      .where('events.hidden', '=', 1),
  )
  const known = new Set(existing)
  for (const { iid, source, what } of rows) {
    const told: unknown = JSON.parse(what)
    const label = typeof told === 'object' && told !== null && 'label' in told ? told.label : null
    if (iid === null || typeof label !== 'string' || known.has(label) || !/^label:\d+$/.test(source)) continue
    await notice(q, iid, [{ name: source, at, what: label }])
  }
}
