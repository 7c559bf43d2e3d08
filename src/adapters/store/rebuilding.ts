// Dropping the index, for `rebuild`: everything GitLab can tell again goes. What it cannot tell
// stays: the kept tables, and tickets with something GitLab has not been told yet.

import { type SqlBool, sql } from 'kysely'
import { dropFigures } from './figures.ts'
import { countMails } from './mail-ledger.ts'
import { addRequester } from './requesters.ts'
import type { Writing } from './statements.ts'
import { allTickets, count, indexWords } from './ticket-index.ts'
import { countedAs } from './ticket-row.ts'

export const dropIndex = async (q: Writing): Promise<void> => {
  await q.run('rebuild.tickets', {}, (db) =>
    db
      .deleteFrom('tickets')
      .where('iid', 'is not', null)
      .where(
        sql<SqlBool>`not exists (select 1 from operations
          where operations.ticket_id = tickets.id and operations.state <> 'done')`,
      ),
  )
  await q.run('rebuild.events', {}, (db) =>
    db.deleteFrom('events').where('n', 'not in', db.selectFrom('tickets').select('n')),
  )
  await q.run('rebuild.search', {}, () =>
    q.speech === 'sqlite' ? sql`insert into search (search) values ('delete-all')` : sql`delete from search`,
  )
  await q.run('rebuild.wordsDue', {}, (db) => db.deleteFrom('words_due'))
  await q.run('rebuild.requesters', {}, (db) => db.deleteFrom('requesters'))
  q.tally.requesters.clear()
  await dropFigures(q)
  await q.run('rebuild.counts', {}, (db) => db.deleteFrom('counts'))
  q.tally.counts.clear()
  const operations = await q.all('rebuild.operations', {}, (db) =>
    db
      .selectFrom('operations')
      .select((eb) => ['state', eb.fn.countAll<number>().as('number')])
      .groupBy('state'),
  )
  for (const { state, number } of operations) q.tally.counts.set(`operation:${state}`, Number(number))
  await countMails(q)
  await q.run('rebuild.unread', {}, (db) =>
    db.updateTable('tickets').set({
      marked: 0,
      read_at: null,
      read_changed_at: null,
      read_due: sql`case when iid is null then null else 0 end`,
      read_class: sql`case when iid is null then null when state = 'resolved' then 2 else 1 end`,
    }),
  )
  for (const row of await allTickets(q)) {
    count(q, countedAs(row), 1)
    addRequester(q, row)
    q.tally.figures.add(row.n)
    await indexWords(q, row)
  }
}
