import { actorOf, role, viewerOf } from '../access.ts'
import { iso } from '../clock.ts'
import { type Answer, json, noContent } from '../http/answers.ts'
import { badParameter, notFound } from '../http/api-error.ts'
import { type Call, type Route, route } from '../http/call.ts'
import { whole } from '../http/fields.ts'
import { pageList } from '../http/paging.ts'
import { userShape } from '../shapes/user.ts'
import type { UploadRow } from '../store/rows.ts'
import { isImage, keepUpload } from '../work/uploads.ts'

function upload(call: Call): Answer {
  const { project, user } = actorOf(call, role.guest)
  if (!call.file) throw badParameter('file is missing')
  return json(201, keepUpload(call.world, project, user, call.file))
}

/** Answers as an attachment unless it is a plain image, and never lets a browser guess the type. */
export function fileAnswer(row: UploadRow): Answer {
  const shown = isImage(row.filename)
  const type = shown ? row.content_type : 'application/octet-stream'
  return {
    status: 200,
    body: row.bytes,
    headers: {
      'Content-Type': type,
      'Content-Disposition': `${shown ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(row.filename)}`,
      'Content-Security-Policy': "default-src 'none'; sandbox",
    },
  }
}

/** Fetching by secret exists since 17.4. */
function download(call: Call): Answer {
  const { project } = viewerOf(call)
  const row = call.world.db.one<UploadRow>(
    'select * from uploads where project_id = ? and secret = ? and filename = ?',
    project.id,
    call.params.secret ?? '',
    call.params.filename ?? '',
  )
  if (!row) throw notFound('File')
  return fileAnswer(row)
}

function listUploads(call: Call): Answer {
  const { project } = actorOf(call, role.maintainer)
  const rows = call.world.db.all<UploadRow & { size: number }>(
    'select id, filename, user_id, created_at, length(bytes) as size from uploads where project_id = ? order by id desc',
    project.id,
  )
  const { items, headers } = pageList(call, rows)
  const shapes = items.map((row) => {
    const { id, name, username } = userShape(call.world, row.user_id)
    return {
      id: row.id,
      size: row.size,
      filename: row.filename,
      created_at: iso(row.created_at),
      uploaded_by: { id, name, username },
    }
  })
  return json(200, shapes, headers)
}

function downloadById(call: Call): Answer {
  const { project } = actorOf(call, role.maintainer)
  const row = call.world.db.one<UploadRow>(
    'select * from uploads where project_id = ? and id = ?',
    project.id,
    whole(call.params, 'upload_id') ?? 0,
  )
  if (!row) throw notFound('File')
  return fileAnswer(row)
}

function deleteBySecret(call: Call): Answer {
  const { project } = actorOf(call, role.maintainer)
  const done = call.world.db.run(
    'delete from uploads where project_id = ? and secret = ? and filename = ?',
    project.id,
    call.params.secret ?? '',
    call.params.filename ?? '',
  )
  if (done.changes === 0) throw notFound('File')
  return noContent
}

function deleteById(call: Call): Answer {
  const { project } = actorOf(call, role.maintainer)
  const done = call.world.db.run(
    'delete from uploads where project_id = ? and id = ?',
    project.id,
    whole(call.params, 'upload_id') ?? 0,
  )
  if (done.changes === 0) throw notFound('File')
  return noContent
}

export const uploadRoutes: Route[] = [
  route('GET', '/projects/:id/uploads', listUploads),
  route('POST', '/projects/:id/uploads', upload),
  route('GET', '/projects/:id/uploads/:upload_id', downloadById),
  route('GET', '/projects/:id/uploads/:secret/:filename', download),
  route('DELETE', '/projects/:id/uploads/:secret/:filename', deleteBySecret),
  route('DELETE', '/projects/:id/uploads/:upload_id', deleteById),
]
