import type { IncomingMessage } from 'node:http'
import { Busboy } from '@fastify/busboy'
import type { Fields } from './fields.ts'
import { nest } from './fields.ts'

export type UploadedFile = { filename: string; contentType: string; bytes: Buffer }

/** Reads a `multipart/form-data` body; keeps the one part that is a file in memory, as uploads are small here. */
export function readMultipart(request: IncomingMessage): Promise<{ fields: Fields; file?: UploadedFile }> {
  return new Promise((resolve, reject) => {
    const contentType = request.headers['content-type'] ?? ''
    const busboy = new Busboy({ headers: { ...request.headers, 'content-type': contentType } })
    const pairs: [string, string][] = []
    let file: UploadedFile | undefined
    busboy.on('field', (name, value) => {
      pairs.push([name, value])
    })
    busboy.on('file', (_name, stream, filename, _encoding, mime) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        file = { filename: filename || 'file', contentType: mime, bytes: Buffer.concat(chunks) }
      })
    })
    busboy.on('error', reject)
    busboy.on('finish', () => resolve(file ? { fields: nest(pairs), file } : { fields: nest(pairs) }))
    request.pipe(busboy)
  })
}
