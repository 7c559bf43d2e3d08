import { randomBytes } from 'node:crypto'
import type { UploadedFile } from '../http/multipart.ts'
import type { ProjectRow, UserRow } from '../store/rows.ts'
import type { World } from '../world.ts'

const images = /\.(png|jpe?g|gif|bmp|tiff|ico|webp)$/i

export const isImage = (filename: string) => images.test(filename)

export type KeptUpload = { id: number; alt: string; url: string; full_path: string; markdown: string }

/** Keeps a file under a secret address, with the Markdown that shows or links it. */
export function keepUpload(world: World, project: ProjectRow, user: UserRow, file: UploadedFile): KeptUpload {
  const secret = randomBytes(16).toString('hex')
  // CarrierWave's rule: what is neither letter, digit, dot, dash, plus nor underscore becomes `_`.
  const filename = file.filename.replace(/^.*[/\\]/, '').replace(/[^\p{L}\p{N}.\-+_]/gu, '_') || 'file'
  const { id } = world.db.run(
    'insert into uploads (project_id, secret, filename, content_type, bytes, user_id, created_at) values (?, ?, ?, ?, ?, ?, ?)',
    project.id,
    secret,
    filename,
    file.contentType,
    file.bytes,
    user.id,
    world.clock.now(),
  )
  const alt = isImage(filename) ? filename.replace(/\.[^.]+$/, '') : filename
  const url = `/uploads/${secret}/${filename}`
  return {
    id,
    alt,
    url,
    full_path: `/-/project/${project.id}${url}`,
    markdown: `${isImage(filename) ? '!' : ''}[${alt}](${url})`,
  }
}
