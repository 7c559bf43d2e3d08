// Files on their way to GitLab. Their bytes are kept until the upload is settled; from then on
// GitLab has them and only the path to them stays.

import type { StoredFile } from '../../application/ports.ts'
import type { FileRef } from '../../domain/operation.ts'
import type { RemoteFile } from '../../domain/remote.ts'
import type { Queries, Writing } from './statements.ts'
import { storable } from './ticket-row.ts'

export const filesOf = async (q: Queries, ticketId: string): Promise<StoredFile[]> => {
  const rows = await q.all('files.of', { ticketId }, (db, hole) =>
    db
      .selectFrom('files')
      .select(['id', 'ticket_id', 'name', 'type', 'size', 'remote_path'])
      .where('ticket_id', '=', hole.ticketId)
      .orderBy('position'),
  )
  return rows.map((row) => ({
    id: row.id,
    ticketId: row.ticket_id,
    name: row.name,
    type: row.type,
    bytes: row.size,
    remotePath: row.remote_path,
  }))
}

export const fileBytes = async (q: Queries, id: string): Promise<Uint8Array | null> =>
  (
    await q.first('files.bytes', { id }, (db, hole) =>
      db.selectFrom('files').select('content').where('id', '=', hole.id),
    )
  )?.content ?? null

export const saveFiles = async (
  q: Writing,
  ticketId: string,
  files: readonly { readonly file: FileRef; readonly bytes: Uint8Array }[],
): Promise<void> => {
  let position = (await filesOf(q, ticketId)).length
  for (const { file, bytes } of files)
    await q.run(
      'files.save',
      {
        id: file.id,
        ticketId,
        position: position++,
        name: storable(file.name),
        type: storable(file.type),
        size: file.bytes,
        content: bytes,
      },
      (db, hole) =>
        db.insertInto('files').values({
          id: hole.id,
          ticket_id: hole.ticketId,
          position: hole.position,
          name: hole.name,
          type: hole.type,
          size: hole.size,
          content: hole.content,
          remote_path: null,
        }),
    )
}

const secretOf = (path: string | null): string | null => /\/uploads\/[^/]+/.exec(path ?? '')?.[0] ?? null

/** Files that GitLab names and that are not known here: what became of them in between, nobody knows. */
export const rememberFiles = async (
  q: Writing,
  ticketId: string,
  files: readonly RemoteFile[],
): Promise<boolean> => {
  if (files.length === 0) return false
  const known = await filesOf(q, ticketId)
  const secrets = new Set(known.map((file) => secretOf(file.remotePath)))
  const missing = files.filter((file) => !secrets.has(secretOf(file.path)))
  // Some are still on their way under names of their own: GitLab's links to those are the same files.
  if (known.some((file) => file.remotePath === null)) return false
  let position = known.length
  for (const { name, path } of missing)
    await q.run(
      'files.remember',
      {
        id: `${ticketId}${secretOf(path) ?? path}`,
        ticketId,
        position: position++,
        name: storable(name),
        path,
      },
      (db, hole) =>
        db
          .insertInto('files')
          .values({
            id: hole.id,
            ticket_id: hole.ticketId,
            position: hole.position,
            name: hole.name,
            type: '',
            size: 0,
            content: null,
            remote_path: hole.path,
          })
          .onConflict((conflict) => conflict.column('id').doNothing()),
    )
  return missing.length > 0
}

export const fileArrived = (q: Writing, id: string, remotePath: string): Promise<number> =>
  q.run('files.arrived', { id, remotePath }, (db, hole) =>
    db.updateTable('files').set({ content: null, remote_path: hole.remotePath }).where('id', '=', hole.id),
  )

export const dropBytes = (q: Writing, id: string): Promise<number> =>
  q.run('files.drop', { id }, (db, hole) =>
    db.updateTable('files').set({ content: null }).where('id', '=', hole.id),
  )
