// Submissions that wait for a lead. Their texts and files lie apart from what is counted, so that
// looking whether there is room reads no long text.

import { type SqlBool, sql } from 'kysely'
import type { FileToKeep, Held, HeldLine, HeldPage } from '../../application/held-ports.ts'
import type { Doubt, HeldAmount } from '../../domain/flood.ts'
import type { FileRef } from '../../domain/operation.ts'
import type { Requester } from '../../domain/ticket.ts'
import type { Tables } from './schema.ts'
import type { Queries, Writing } from './statements.ts'
import { requesterText, storable } from './ticket-row.ts'

type Row = Tables['held_submissions']

const heldOf = (row: Row): Held => ({
  id: row.id,
  key: row.form_key,
  receivedAt: row.received_at,
  doubt: row.doubt as Doubt,
  client: row.client,
  bytes: row.bytes,
  title: row.title,
  text: row.text,
  category: row.category,
  requester: JSON.parse(row.requester) as Requester,
})

export const held = async (q: Queries, id: string): Promise<Held | null> => {
  const row = await q.first('held.one', { id }, (db, hole) =>
    db.selectFrom('held_submissions').selectAll().where('id', '=', hole.id),
  )
  return row ? heldOf(row) : null
}

const fileColumns = ['id', 'held_id', 'name', 'type', 'size'] as const

type FileColumns = Pick<Tables['held_files'], (typeof fileColumns)[number]>

const refOf = ({ id, name, type, size }: FileColumns): FileRef => ({ id, name, type, bytes: size })

export const heldFiles = async (q: Queries, id: string): Promise<FileToKeep[]> =>
  (
    await q.all('heldFiles.of', { id }, (db, hole) =>
      db.selectFrom('held_files').selectAll().where('held_id', '=', hole.id).orderBy('position'),
    )
  ).map((row) => ({ file: refOf(row), bytes: row.content }))

const mostOnPage = 100
/** Letters of a text that a list shows. */
const beginning = 2_000

export const heldPage = async (
  q: Queries,
  query: { readonly cursor: string | null; readonly limit: number },
): Promise<HeldPage> => {
  const limit = Math.max(1, Math.min(query.limit, mostOnPage))
  const after = query.cursor !== null && /^[\w-]{1,64}$/u.test(query.cursor) ? query.cursor : ''
  const rows = await q.all('held.page', { after, limit: limit + 1 }, (db, hole) =>
    db
      .selectFrom('held_submissions')
      .select(['id', 'form_key', 'received_at', 'doubt', 'client', 'bytes', 'category', 'title', 'requester'])
      .select([
        sql<string>`substr(text, 1, ${sql.lit(beginning)})`.as('text'),
        sql<number>`length(text)`.as('letters'),
      ])
      .where(sql<SqlBool>`id > ${hole.after}`)
      .orderBy('id')
      .limit(hole.limit),
  )
  const shown = rows.slice(0, limit)
  const files = await q.all('heldFiles.among', { ids: q.list(shown.map(({ id }) => id)) }, (db, hole) =>
    db
      .selectFrom('held_files')
      .select(fileColumns)
      .where(q.among('held_id', hole.ids))
      .orderBy('held_id')
      .orderBy('position'),
  )
  const lines = shown.map(
    (row): HeldLine => ({
      ...heldOf(row),
      letters: Number(row.letters),
      files: files.filter(({ held_id }) => held_id === row.id).map(refOf),
    }),
  )
  return { lines, next: rows.length > limit ? (shown.at(-1)?.id ?? null) : null }
}

export const heldWithKey = async (q: Queries, key: string): Promise<boolean> =>
  (await q.first('held.key', { key }, (db, hole) =>
    db.selectFrom('held_submissions').select('id').where('form_key', '=', hole.key),
  )) !== undefined

export const heldOfAddress = async (q: Queries, address: string): Promise<Held[]> => {
  const wanted = address.trim().toLowerCase()
  // There are few, by their bound, and each line is short.
  const rows = await q.all('held.requesters', {}, (db) =>
    db.selectFrom('held_submissions').select(['id', 'requester']).orderBy('id'),
  )
  const found: Held[] = []
  for (const { id, requester } of rows) {
    if ((JSON.parse(requester) as Requester).email?.trim().toLowerCase() !== wanted) continue
    const one = await held(q, id)
    if (one) found.push(one)
  }
  return found
}

export const heldAmount = async (q: Queries, client: string | null): Promise<HeldAmount> => {
  const row = await q.first(`held.amount.${client === null ? 'all' : 'client'}`, { client }, (db, hole) => {
    const sums = db
      .selectFrom('held_submissions')
      .select((eb) => [
        eb.fn.countAll<number>().as('count'),
        sql<number>`coalesce(sum(bytes), 0)`.as('bytes'),
      ])
    return client === null ? sums : sums.where(sql<SqlBool>`client = ${hole.client}`)
  })
  return { count: Number(row?.count ?? 0), bytes: Number(row?.bytes ?? 0) }
}

export const hold = async (q: Writing, one: Held, files: readonly FileToKeep[]): Promise<void> => {
  const values = {
    ...one,
    title: storable(one.title),
    text: storable(one.text),
    requester: requesterText(one.requester),
  }
  await q.run('held.add', values, (db, hole) =>
    db.insertInto('held_submissions').values({
      id: hole.id,
      form_key: hole.key,
      received_at: hole.receivedAt,
      doubt: hole.doubt,
      client: hole.client,
      bytes: hole.bytes,
      category: hole.category,
      title: hole.title,
      requester: hole.requester,
      text: hole.text,
    }),
  )
  for (const [position, { file, bytes }] of files.entries())
    await q.run(
      'heldFiles.add',
      {
        id: file.id,
        heldId: one.id,
        position,
        name: storable(file.name),
        type: storable(file.type),
        size: file.bytes,
        content: bytes,
      },
      (db, hole) =>
        db.insertInto('held_files').values({
          id: hole.id,
          held_id: hole.heldId,
          position: hole.position,
          name: hole.name,
          type: hole.type,
          size: hole.size,
          content: hole.content,
        }),
    )
}

export const dropHeld = async (q: Writing, id: string): Promise<boolean> => {
  const rows = await q.run('held.drop', { id }, (db, hole) =>
    db.deleteFrom('held_submissions').where('id', '=', hole.id),
  )
  await q.run('heldFiles.drop', { id }, (db, hole) =>
    db.deleteFrom('held_files').where('held_id', '=', hole.id),
  )
  return rows === 1
}
