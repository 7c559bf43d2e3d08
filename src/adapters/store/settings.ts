// Small named values, and the keys of forms that were sent already.

import type { Queries, Writing } from './statements.ts'

export const setting = async (q: Queries, name: string): Promise<string | null> =>
  (
    await q.first('settings.one', { name }, (db, hole) =>
      db.selectFrom('settings').select('value').where('name', '=', hole.name),
    )
  )?.value ?? null

export const saveSetting = async (q: Writing, name: string, value: string): Promise<void> => {
  if ((await setting(q, name)) === value) return
  await q.run('settings.save', { name, value }, (db, hole) =>
    db
      .insertInto('settings')
      .values({ name: hole.name, value: hole.value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: hole.value })),
  )
}

export const formKey = async (q: Queries, key: string): Promise<string | null> =>
  (
    await q.first('formKeys.one', { key }, (db, hole) =>
      db.selectFrom('form_keys').select('ticket_id').where('key', '=', hole.key),
    )
  )?.ticket_id ?? null

export const saveFormKey = (q: Writing, key: string, ticketId: string): Promise<number> =>
  q.run('formKeys.save', { key, ticketId }, (db, hole) =>
    db.insertInto('form_keys').values({ key: hole.key, ticket_id: hole.ticketId }),
  )
